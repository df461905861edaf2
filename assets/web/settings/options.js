// How mails leave, and what becomes of them.

import { html, t, useState, useEffect, useData, useGuard, put, post, remove, poll, announce, LANGUAGES } from '../lib/core.js';
import { Button, Problems, Text, Choice, Tick, Radios, Got, useDoing, Saved } from '../lib/ui.js';
import { Recipients } from '../lib/recipients.js';
import { Page, Tabs, Part } from './page.js';

const UNDO = ['0', '5', '10', '20', '30', '60', '120', 'until_released'];
const PAPERS = { auto: '', a4: 'A4', a5: 'A5', letter: 'Letter', roll80: '80 mm', roll58: '58 mm' };
const FORMS = { factur_x: 'Factur-X / ZUGFeRD', xrechnung: 'XRechnung (UBL)', xrechnung_cii: 'XRechnung (CII)', peppol: 'Peppol BIS' };
const KINDS = ['invoice', 'credit_note', 'receipt', 'job_card', 'offer', 'sales_order', 'purchase_order', 'delivery_note', 'notification', 'report'];
const list = (text) => text.split(',').map((s) => s.trim()).filter(Boolean);

export function Options() {
  const got = useData('/settings', ['settings']);
  const [form, setForm] = useState(null);
  const [before, setBefore] = useState(null);
  const doing = useDoing();
  useEffect(() => {
    if (!got.data || form) return;
    const values = Object.fromEntries(got.data.map((s) => [s.key, s.value]));
    setForm(values);
    setBefore(values);
  }, [got.data]);
  const dirty = Boolean(form && before && Object.keys(form).some((k) => form[k] !== before[k]));
  useGuard(dirty, t('unsaved'));
  const set = (key) => (value) => setForm({ ...form, [key]: typeof value === 'boolean' ? String(value) : value });
  const save = () => doing.run('save', async () => {
    const now = { ...form };
    const kept = { ...before };
    try {
      for (const key of Object.keys(form)) if (form[key] !== before[key]) kept[key] = now[key] = (await put(`/settings/${key}`, { value: form[key] })).value;
    } finally {
      setForm(now);
      setBefore(kept);
    }
    announce(t('saved'));
    poll();
  });
  const ids = Object.fromEntries(['auto_bcc', 'archive_address', 'expire_online_days', 'delete_bytes_after_months', 'language'].map((k) => [k, k]));
  const tick = (key, note = true) => html`<${Tick} id=${key} label=${t(`options.${key}`)} note=${note ? t(`options.${key}.note`) : ''} checked=${form[key] === 'true'} onChange=${set(key)} />`;
  const people = (key) => html`<${Recipients} id=${key} label=${t(`options.${key}`)} value=${list(form[key])} error=${doing.error} onChange=${(all) => set(key)(all.join(', '))} />`;
  const paper = (key) => html`<${Choice} id=${`options-${key}`} class="medium" label=${t(`options.${key}`)} value=${form[key]} onChange=${set(key)} options=${Object.entries(PAPERS).map(([v, word]) => [v, word || t(`options.${key}.auto`)])} />`;
  return html`<${Page} title=${t('settings.options')}><${Tabs} at="options" /><${Got} from=${got}>${() => form && html`<form onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${{ ...ids, quiet_hours: 'quiet-from' }} />
    <${Part} title=${t('options.part.people')}>${tick('blind_copy_multiple')}${tick('auto_store_addresses')}<p><a href="/settings/disabled">${t('settings.disabled')}</a></p><//>
    <${Part} title=${t('options.part.before')}>${tick('confirm_before_sending')}
      <${Choice} id="undo_seconds" class="medium" label=${t('options.undo')} value=${form.undo_seconds} onChange=${set('undo_seconds')} options=${[...new Set([...UNDO, form.undo_seconds])].map((v) => [v, v === 'until_released' ? t('options.undo.never') : v === '0' ? t('options.undo.none') : t('options.seconds', { n: v })])} /><${Quiet} value=${form.quiet_hours} onChange=${set('quiet_hours')} error=${doing.error} /><//>
    <${Part} title=${t('options.part.copies')}>${people('auto_bcc')}${tick('auto_bcc_self')}${people('archive_address')}<${Copies} /><//>
    <${Part} title=${t('options.part.trouble')}><${Radios} legend=${t('options.uncertain')} name="uncertain" value=${form.uncertain_policy} onChange=${set('uncertain_policy')} options=${['resend_once', 'ask', 'never'].map((v) => [v, t(`options.uncertain.${v}`)])} />
      <${Text} id="expire_online_days" class="short" inputmode="numeric" label=${t('options.expire')} value=${form.expire_online_days} error=${doing.error} onInput=${set('expire_online_days')} /><//>
    <${Part} title=${t('options.part.papers')}><${Choice} id="language" class="medium" label=${t('options.language')} value=${form.language.slice(0, 2)} onChange=${set('language')} options=${Object.entries(LANGUAGES)} />
      <div class="two">${paper('paper')}${paper('receipt_paper')}</div>
      <${Choice} id="e_invoice" class="medium" label=${t('options.einvoice')} value=${form.e_invoice} onChange=${set('e_invoice')} options=${[['none', t('options.einvoice.none')], ...Object.entries(FORMS)]} />${tick('legal_checks')}<//>
    <${Part} title=${t('options.part.keep')}><${Text} id="delete_bytes_after_months" class="short" inputmode="numeric" label=${t('options.keep')} hint=${t('options.keep.hint')} value=${form.delete_bytes_after_months} error=${doing.error} onInput=${set('delete_bytes_after_months')} /><//>
    <div class="bar"><${Button} kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${!dirty && doing.done} /></div></form>`}<//><//>`;
}

/** The part of the day in which nothing leaves that can wait. */
function Quiet({ value, onChange, error }) {
  const [from, to] = value.includes('-') ? value.split('-') : ['20:00', '07:30'];
  return html`<${Tick} label=${t('options.quiet')} note=${t('options.quiet.note')} checked=${value !== ''} onChange=${(on) => onChange(on ? `${from}-${to}` : '')} />
    ${value !== '' && html`<div class="two inset"><${Text} id="quiet-from" name="quiet_hours" type="time" class="short" label=${t('options.quiet.from')} value=${from} error=${error} onInput=${(v) => v && onChange(`${v}-${to}`)} /><${Text} id="quiet-to" type="time" class="short" label=${t('options.quiet.to')} value=${to} onInput=${(v) => v && onChange(`${from}-${v}`)} /></div>`}`;
}

/** Copies of some mails only. */
function Copies() {
  const got = useData('/copies', ['contacts']);
  const [fresh, setFresh] = useState(null);
  const doing = useDoing();
  const add = () => doing.run('copy', async () => {
    await post('/copies', { address: fresh.address.trim(), kind: fresh.kind, customer: fresh.customer.trim() });
    setFresh(null);
    got.again();
    announce(t('saved'));
  });
  const says = (rule) => [rule.kind ? t(`kind.${rule.kind}`) : t('options.copy.all'), rule.customer && t('options.copy.of', { customer: rule.customer })].filter(Boolean).join(' · ');
  return html`<h3>${t('options.copies')}</h3><${Problems} error=${doing.error} fields=${{ address: 'copy-address', kind: 'copy-kind', customer: 'copy-customer' }} /><${Got} from=${got}>${(rules) => html`
    ${rules.length > 0 && html`<ul class="list people">${rules.map((r) => html`<li key=${r.id}><strong>${r.address}</strong><span class="muted">${says(r)}</span><${Button} aria-label=${t('options.copy.remove', { who: r.address })} busy=${doing.busy} onClick=${() => doing.run('drop', async () => { await remove(`/copies/${r.id}`); got.again(); })}>${t('remove')}<//></li>`)}</ul>`}
    ${fresh ? html`<div class="inset"><${Text} id="copy-address" name="address" label=${t('options.copy.to')} value=${fresh.address} error=${doing.error} inputmode="email" spellcheck="false" onInput=${(address) => setFresh({ ...fresh, address })} />
      <div class="two"><${Choice} id="copy-kind" name="kind" label=${t('options.copy.kind')} value=${fresh.kind} onChange=${(kind) => setFresh({ ...fresh, kind })} options=${[['', t('options.copy.all')], ...KINDS.map((k) => [k, t(`kind.${k}`)])]} /><${Text} id="copy-customer" name="customer" label=${t('options.copy.customer')} hint=${t('options.copy.customer.hint')} value=${fresh.customer} error=${doing.error} onInput=${(customer) => setFresh({ ...fresh, customer })} /></div>
      <div class="actions"><${Button} kind="main" busy=${doing.busy} onClick=${add}>${t('add')}<//><${Button} onClick=${() => { setFresh(null); doing.setError(null); }}>${t('cancel')}<//></div></div>`
    : html`<div class="actions"><${Button} onClick=${() => setFresh({ address: '', kind: 'invoice', customer: '' })}>${t('options.copy.add')}<//></div>`}`}<//>`;
}

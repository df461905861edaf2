// How mails leave, and what becomes of them.

import { html, t, useState, useData, put, post, remove, poll, LANGUAGES } from '../lib/core.js';
import '../lib/inputs.js';
import { Recipients } from '../lib/recipients.js';
import { Page, Part, Form, Inset, KINDS, MAIL, useActs, useFields, useForm } from './page.js';

const UNDO = ['0', '5', '10', '20', '30', '60', '120', 'until_released'];
const PAPERS = { auto: '', a4: 'A4', a5: 'A5', letter: 'Letter', roll80: '80 mm', roll58: '58 mm' };
const FORMS = { factur_x: 'Factur-X / ZUGFeRD', xrechnung: 'XRechnung (UBL)', xrechnung_cii: 'XRechnung (CII)', peppol: 'Peppol BIS' };
const list = (text) => text.split(',').map((s) => s.trim()).filter(Boolean);

export function Options() {
  const got = useData('/settings', ['settings']);
  return html`<${Page} tab="options" from=${got}>${(all) => html`<${Choose} start=${Object.fromEntries(all.map((s) => [s.key, s.value]))} />`}<//>`;
}

function Choose({ start }) {
  const form = useForm(start);
  const [before, setBefore] = useState(start);
  const { value, set, doing, text, choice, tick } = form;
  const save = () => form.save(async () => {
    const kept = { ...before };
    const now = { ...value };
    try {
      for (const key of Object.keys(value)) if (value[key] !== before[key]) kept[key] = now[key] = (await put(`/settings/${key}`, { value: value[key] })).value;
    } finally {
      form.take(now, true);
      setBefore(kept);
    }
    poll();
  });
  const flag = (key) => tick(key, `options.${key}`, { checked: value[key] === 'true', onChange: (on) => set({ [key]: String(on) }) });
  const people = (key) => html`<${Recipients} id=${key} label=${t(`options.${key}`)} value=${list(value[key])} error=${doing.error} onChange=${(all) => set({ [key]: all.join(', ') })} />`;
  const paper = (key) => choice(key, `options.${key}`, Object.entries(PAPERS).map(([v, word]) => [v, word || t(`options.${key}.auto`)]), { id: `options-${key}` });
  const number = (key, word) => text(key, word, { class: 'short', inputmode: 'numeric' });
  const undo = (v) => (v === 'until_released' ? t('options.undo.never') : v === '0' ? t('options.undo.none') : t('options.seconds', { n: v }));
  return html`<${Form} of=${form} onSave=${save}>
    <${Part} title=${t('options.part.people')}>${flag('blind_copy_multiple')}${flag('auto_store_addresses')}<p><a href="/settings/disabled">${t('settings.disabled')}</a></p><//>
    <${Part} title=${t('options.part.before')}>${flag('confirm_before_sending')}
      <Radios legend=${t('options.start')} name="start" value=${value.start_sending} onChange=${(start_sending) => set({ start_sending })} options=${['automatic', 'by_hand'].map((v) => [v, t(`options.start.${v}`)])} />
      ${choice('undo_seconds', 'options.undo', [...new Set([...UNDO, value.undo_seconds])].map((v) => [v, undo(v)]))}<${Quiet} value=${value.quiet_hours} onChange=${(quiet_hours) => set({ quiet_hours })} error=${doing.error} /><//>
    <${Part} title=${t('options.part.copies')}>${people('auto_bcc')}${flag('auto_bcc_self')}${people('archive_address')}<${Copies} /><//>
    <${Part} title=${t('options.part.trouble')}><Radios legend=${t('options.uncertain')} name="uncertain" value=${value.uncertain_policy} onChange=${(uncertain_policy) => set({ uncertain_policy })} options=${['resend_once', 'ask', 'never'].map((v) => [v, t(`options.uncertain.${v}`)])} />${number('expire_online_days', 'options.expire')}<//>
    <${Part} title=${t('nav.docs')}>${choice('language', 'options.language', Object.entries(LANGUAGES), { value: value.language.slice(0, 2) })}<div class="two">${paper('paper')}${paper('receipt_paper')}</div>
      ${choice('e_invoice', 'options.einvoice', [['none', t('options.einvoice.none')], ...Object.entries(FORMS)])}${flag('legal_checks')}<//>
    <${Part} title=${t('options.part.keep')}>${number('delete_bytes_after_months', 'options.keep')}<//><//>`;
}

/** The part of the day in which nothing leaves that can wait. */
function Quiet({ value, onChange, error }) {
  const [from, to] = value.includes('-') ? value.split('-') : ['20:00', '07:30'];
  return html`<Tick label=${t('options.quiet')} note=${t('options.quiet.note')} checked=${value !== ''} onChange=${(on) => onChange(on ? `${from}-${to}` : '')} />
    ${value !== '' && html`<div class="two inset"><Text id="quiet-from" name="quiet_hours" type="time" class="short" label=${t('options.quiet.from')} value=${from} error=${error} onInput=${(v) => v && onChange(`${v}-${to}`)} /><Text id="quiet-to" type="time" class="short" label=${t('options.quiet.to')} value=${to} onInput=${(v) => v && onChange(`${from}-${v}`)} /></div>`}`;
}

/** Copies of some mails only. */
function Copies() {
  const got = useData('/copies', ['contacts']);
  const doing = useActs(got.again);
  const { value: fresh, setValue: setFresh, text, choice } = useFields(null, doing.error);
  const add = () => doing.act('copy', async () => {
    await post('/copies', { address: fresh.address.trim(), kind: fresh.kind, customer: fresh.customer.trim() });
    setFresh(null);
  });
  const says = (rule) => [rule.kind ? t(`kind.${rule.kind}`) : t('options.copy.all'), rule.customer && t('options.copy.of', { customer: rule.customer })].filter(Boolean).join(' · ');
  return html`<h3>${t('options.copies')}</h3><Problems error=${doing.error} /><Got from=${got}>${(rules) => html`
    ${rules.length > 0 && html`<ul class="list people">${rules.map((r) => html`<li key=${r.id}><strong>${r.address}</strong><span class="muted">${says(r)}</span><Button aria-label=${t('options.copy.remove', { who: r.address })} busy=${doing.busy} onClick=${() => doing.act('drop', () => remove(`/copies/${r.id}`), '')}>${t('remove')}<//></li>`)}</ul>`}
    <${Inset} on=${fresh} word=${t('options.copy.add')} doing=${doing} open=${() => setFresh({ address: '', kind: 'invoice', customer: '' })} close=${() => setFresh(null)} save=${add}>${fresh && html`${text('address', 'options.copy.to', { ...MAIL, id: 'copy-address', name: 'address' })}
      <div class="two">${choice('kind', 'options.copy.kind', [['', t('options.copy.all')], ...KINDS.map((k) => [k, t(`kind.${k}`)])], { id: 'copy-kind', class: '' })}${text('customer', 'options.copy.customer', { id: 'copy-customer', name: 'customer' })}</div>`}<//>`}<//>`;
}

// Sales channels: where a document comes from decides how it is mailed and where it is booked.

import { html, t, useState, useEffect, useData, useGuard, query, put, post, remove, enc, go, announce } from '../lib/core.js';
import { Button, Problems, Text, Choice, Tick, Got, Empty, Ask, Banner, useDoing, Saved } from '../lib/ui.js';
import { Recipients } from '../lib/recipients.js';
import { Page, Part, Mark } from './page.js';
import { InsertField, useCaret } from './fields.js';

const at = (name) => `/settings/channels/edit?name=${enc(name)}`;

export function Channels() {
  const got = useData('/channels', ['channels', 'settings']);
  return html`<${Page} title=${t('settings.channels')} text=${t('channels.text')} actions=${html`<a class="button main" href="/settings/channels/new">${t('channels.add')}</a>`}><${Got} from=${got} isEmpty=${(l) => !l.length} empty=${html`<${Empty} title=${t('channels.empty')}>${t('channels.empty.text')}<//>`}>${(list) => html`<ul class="list rows">${list.map((c) => html`<li key=${c.name}><a class="into" href=${at(c.name)}><strong>${c.name}</strong><span class="muted">${[c.account && t('channels.by', { name: c.account }), c.folder && t('channels.from', { name: c.folder })].filter(Boolean).join(' · ') || t('channels.plain')}</span></a>
      <span class="row"><${Mark} tone=${c.mail === false ? 'plain' : 'ok'} icon=${c.mail === false ? 'off' : 'mail'}>${t(c.mail === false ? 'channels.mail.off' : 'channels.mail.on')}<//><${Mark} tone=${c.export_orders ? 'ok' : 'plain'} icon=${c.export_orders ? 'book' : 'off'}>${c.export_orders ? t('channels.export.on', { name: c.integration || '' }) : t('channels.export.off')}<//></span><a class="button" href=${at(c.name)} aria-label=${t('channels.edit', { name: c.name })}>${t('change')}</a></li>`)}</ul>`}<//>
    <p class="after"><a href="/settings/integrations">${t('settings.integrations')}</a></p><//>`;
}

const blank = { mail: true, account: '', subject: '', text: '', copies: [], folder: '', integration: '', export_orders: false, customer_source: '', payment_method: '', bank_account: '' };
const formOf = (c) => ({ ...blank, ...Object.fromEntries(Object.entries(c).filter(([k, v]) => k in blank && v !== null)), mail: c.mail !== false, ...Object.fromEntries(['customer_source', 'payment_method', 'bank_account'].map((k) => [k, c[k] ? String(c[k]) : ''])) });

export function Channel({ parts }) {
  const fresh = parts[0] === 'new';
  const name = fresh ? '' : query().get('name') || '';
  const got = useData(fresh ? '/channels' : `/channels/${enc(name)}`);
  return html`<${Page} title=${fresh ? t('channels.new') : name} back=${['/settings/channels', t('settings.channels')]}><${Got} from=${got}>${(c) => html`<${Form} key=${name} name=${name} start=${fresh ? { ...blank, integration: query().get('integration') || '', export_orders: Boolean(query().get('integration')) } : formOf(c)} />`}<//><//>`;
}

function Form({ name: given, start }) {
  const [form, setForm] = useState(start);
  const [name, setName] = useState(given);
  const [dirty, setDirty] = useState(false);
  const [gone, setGone] = useState(false);
  const doing = useDoing();
  const accounts = useData('/accounts', ['accounts']);
  const profiles = useData('/integrations', ['integrations']);
  const choices = useData(form.integration ? `/integrations/${enc(form.integration)}/choices` : null);
  useGuard(dirty, t('unsaved'));
  const set = (part) => {
    setForm({ ...form, ...part });
    setDirty(true);
  };
  const number = (v) => (v ? { v: Number(v) } : {}).v;
  const save = () => doing.run('save', async () => {
    if (!name.trim()) throw Object.assign(new Error(t('channels.need.name')), { field: 'name', status: 422 });
    if (form.export_orders && !form.integration) throw Object.assign(new Error(t('channels.need.integration')), { field: 'integration', status: 422 });
    const body = { mail: form.mail, export_orders: form.export_orders, copies: form.copies };
    for (const k of ['account', 'subject', 'text', 'folder', 'integration']) if (form[k].trim()) body[k] = form[k].trim();
    for (const k of ['customer_source', 'payment_method', 'bank_account']) if (form[k]) body[k] = number(form[k]);
    await put(`/channels/${enc(name.trim())}`, body);
    setDirty(false);
    announce(t('saved'));
    if (!given) go(at(name.trim()), { replace: true, force: true });
  });
  const drop = () => doing.run('drop', async () => {
    setGone(false);
    await remove(`/channels/${enc(given)}`);
    go('/settings/channels', { force: true });
  });
  const pick = (key, list) => html`<${Choice} id=${key} name=${key} label=${t(`channels.${key}`)} value=${form[key]} error=${doing.error} onChange=${(v) => set({ [key]: v })} options=${[['', t('channels.nochoice')], ...(list || []).map((c) => [String(c.id), c.name]), ...(form[key] && !(list || []).some((c) => String(c.id) === form[key]) ? [[form[key], `${form[key]}`]] : [])]} />`;
  const ids = { name: 'channelname', account: 'account', folder: 'folder', copies: 'copies', subject: 'subject', text: 'text', integration: 'integration', customer_source: 'customer_source', payment_method: 'payment_method', bank_account: 'bank_account' };
  return html`<form onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${ids} />
    ${!given && html`<${Text} id="channelname" name="name" class="medium" label=${t('channels.name')} hint=${t('channels.name.hint')} maxlength="60" value=${name} error=${doing.error} onInput=${(v) => { setName(v); setDirty(true); }} />`}
    <${Part} title=${t('channels.part.mail')}><${Tick} id="channelmail" label=${t('channels.mail')} note=${t('channels.mail.note')} checked=${form.mail} onChange=${(mail) => set({ mail })} />
      ${form.mail && html`<${Choice} id="account" class="medium" label=${t('channels.account')} value=${form.account} error=${doing.error} onChange=${(account) => set({ account })} options=${[['', t('channels.account.usual')], ...(accounts.data || []).map((a) => [a.name, `${a.name} – ${a.from}`])]} />
      <${Recipients} id="copies" label=${t('channels.copies')} value=${form.copies} error=${doing.error} onChange=${(copies) => set({ copies })} />
      <${OwnWords} form=${form} set=${set} error=${doing.error} />`}<//>
    <${Part} title=${t('channels.part.books')}><${Tick} id="export_orders" label=${t('channels.export')} note=${t('channels.export.note')} checked=${form.export_orders} onChange=${(export_orders) => set({ export_orders, integration: form.integration || (export_orders && profiles.data && profiles.data[0] ? profiles.data[0].name : '') })} />
      ${form.export_orders && (profiles.data && !profiles.data.length ? html`<${Banner} title=${t('channels.noprofile')} actions=${html`<a class="button" href="/settings/integrations/new">${t('integrations.add')}</a>`} />` : html`<${Choice} id="integration" name="integration" class="medium" label=${t('channels.integration')} value=${form.integration} error=${doing.error} onChange=${(integration) => set({ integration, customer_source: '', payment_method: '', bank_account: '' })} options=${[['', t('channels.nochoice')], ...(profiles.data || []).map((p) => [p.name, p.company ? `${p.name} – ${p.company}` : p.name])]} />
        ${form.integration && choices.data && !choices.data.company && html`<${Banner} tone="warn" title=${t('channels.untested')} actions=${html`<a class="button" href="/settings/integrations/edit?name=${enc(form.integration)}">${t('channels.totest')}</a>`} />`}
        ${form.integration && html`<div class="two">${pick('customer_source', choices.data && choices.data.customer_sources)}${pick('payment_method', choices.data && choices.data.payment_methods)}${pick('bank_account', choices.data && choices.data.bank_accounts)}</div>`}`)}<//>
    <${Part} title=${t('channels.part.folder')}><${Text} id="folder" class="medium" label=${t('channels.folder')} hint=${t('channels.folder.hint')} spellcheck="false" autocapitalize="off" value=${form.folder} error=${doing.error} onInput=${(folder) => set({ folder })} /><//>
    <div class="bar"><${Button} kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${!dirty && doing.done === 'save'} />${given && html`<${Button} kind="danger" onClick=${() => setGone(true)}>${t('channels.remove')}<//>`}</div>
    ${gone && html`<${Ask} danger title=${t('channels.remove.ask', { name: given })} yes=${t('channels.remove')} onNo=${() => setGone(false)} onYes=${drop}><p>${t('channels.remove.text')}</p><//>`}</form>`;
}

/** A channel's own subject and text, tried with sample values as they are typed. */
function OwnWords({ form, set, error }) {
  const caret = useCaret();
  const [sample, setSample] = useState(null);
  useEffect(() => {
    if (!form.subject && !form.text) return setSample(null);
    const stop = new AbortController();
    const timer = setTimeout(() => post('/templates/check', { subject: form.subject || '{{ number }}', text: form.text || '{{ number }}' }, { signal: stop.signal }).then(setSample, (e) => e.name !== 'AbortError' && setSample({ fault: e.message })), 400);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [form.subject, form.text]);
  return html`<details open=${Boolean(form.subject || form.text)}><summary>${t('channels.words')}</summary><p class="muted">${t('channels.words.text')}</p>
    <${InsertField} id="channel-field" caret=${caret} onInsert=${(key, text) => set({ [key]: text })} />
    <${Text} id="subject" label=${t('compose.subject')} value=${form.subject} error=${error} onInput=${(subject) => set({ subject })} ...${caret.of('subject')} /><${Text} id="text" rows=${6} label=${t('compose.text')} value=${form.text} error=${error} onInput=${(text) => set({ text })} ...${caret.of('text')} />
    ${sample && (sample.fault ? html`<p class="fault" role="status">${sample.fault}</p>` : html`<div class="sample"><span class="muted">${t('templates.sample')}</span>${form.subject && html`<p><strong>${sample.subject}</strong></p>`}${form.text && html`<pre>${sample.text}</pre>`}</div>`)}</details>`;
}

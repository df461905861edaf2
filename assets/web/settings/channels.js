// Sales channels: where a document comes from decides how it is mailed and where it is booked.

import { html, t, useState, useEffect, useData, query, get, put, remove, enc, go } from '../lib/core.js';
import { Recipients } from '../lib/recipients.js';
import { Page, Part, Mark, Row, Form, Switch, add, useActs, useForm, useAsk, need, CODE } from './page.js';
import { InsertField, useCaret, useSample } from '../lib/fields.js';

const at = (name) => `/settings/channels/edit?name=${enc(name)}`;

export function Channels() {
  const got = useData('/channels', ['channels', 'settings']);
  const doing = useActs(got.again);
  const lists = useLists(got.data || []);
  // What a channel says, in the words of the books where they are known.
  const says = (c) => [c.template && `${t('channels.template')}: ${c.template}`, ...CHOICES.map((k) => c[k] && `${t(`channels.${k}`)}: ${nameOf(lists[c.integration], k, c[k])}`), c.account && t('channels.by', { name: c.account }), c.folder && t('channels.from', { name: c.folder })].filter(Boolean).join(' · ') || t('channels.plain');
  return html`<${Page} title=${t('settings.channels')} text=${t('channels.text')} actions=${html`<Link kind="main" href="/settings/channels/new">${t('channels.add')}<//>`} from=${got} empty=${html`<Empty title=${t('channels.empty')}>${t('channels.empty.text')}<//>`}>${(list) => html`<Problems error=${doing.error} /><ul class="list rows">${list.map((c) => html`<${Row} key=${c.name} href=${at(c.name)} title=${c.name} note=${says(c)} edit=${t('channels.edit', { name: c.name })}>
      <span class="row"><${Switch} label=${html`${t('channels.mail')}<span class="hidden"> ${c.name}</span>`} checked=${c.mail !== false} set=${(mail) => doing.act(`${c.name} ${mail}`, () => put(`/channels/${enc(c.name)}`, bodyOf({ ...formOf(c), mail })))} /><${Mark} tone=${c.export_orders ? 'ok' : 'plain'} icon=${c.export_orders ? 'book' : 'off'}>${c.export_orders ? t('channels.export.on', { name: c.integration || '' }) : t('channels.export.off')}<//></span><//>`)}</ul>
    <p class="after"><a href="/settings/integrations">${t('settings.integrations')}</a></p>`}<//>`;
}

const WORDS = ['account', 'template', 'subject', 'text', 'folder', 'integration'];
const CHOICES = ['customer_source', 'payment_method', 'bank_account'];
const none = Object.fromEntries(CHOICES.map((k) => [k, '']));
const formOf = (c) => ({ name: c.name || '', mail: c.mail !== false, export_orders: Boolean(c.export_orders), copies: c.copies || [], ...Object.fromEntries([...WORDS, ...CHOICES].map((k) => [k, c[k] ? String(c[k]) : ''])) });

/** A channel as the API takes it, from its form. */
function bodyOf(value) {
  const body = { mail: value.mail, export_orders: value.export_orders, copies: value.copies };
  for (const k of WORDS) if (value[k].trim()) body[k] = value[k].trim();
  for (const k of CHOICES) if (value[k]) body[k] = Number(value[k]);
  return body;
}

/** What the books of each profile offer to choose from, by the profile's name. */
function useLists(channels) {
  const [lists, setLists] = useState({});
  const names = [...new Set(channels.map((c) => c.integration).filter(Boolean))];
  useEffect(() => {
    names.forEach((name) => get(`/integrations/${enc(name)}/choices`).then((found) => setLists((all) => ({ ...all, [name]: found })), () => {}));
  }, [names.join('\n')]);
  return lists;
}
const nameOf = (lists, key, id) => (((lists && lists[`${key}s`]) || []).find((c) => c.id === id) || { name: id }).name;

export function Channel({ parts }) {
  const fresh = parts[0] === 'new';
  const name = fresh ? '' : query().get('name') || '';
  const integration = query().get('integration') || '';
  const got = useData(fresh ? '/channels' : `/channels/${enc(name)}`);
  return html`<${Page} title=${fresh ? t('channels.new') : name} back=${['/settings/channels', t('settings.channels')]} from=${got}>${(c) => html`<${Settings} key=${name} given=${name} start=${formOf(fresh ? { integration, export_orders: integration } : c)} />`}<//>`;
}

function Settings({ given, start }) {
  const form = useForm(start);
  const { value, set, doing } = form;
  const [ask, asking] = useAsk();
  const accounts = useData('/accounts', ['accounts']).data || [];
  const profiles = useData('/integrations', ['integrations']).data;
  const names = [...new Set((useData('/templates', ['settings']).data || []).filter((x) => !x.kind).map((x) => x.template))];
  const choices = useData(value.integration ? `/integrations/${enc(value.integration)}/choices` : null).data;
  const first = profiles && profiles[0] ? profiles[0].name : '';
  useEffect(() => {
    if (value.export_orders && !value.integration && first) set({ integration: first });
  }, [value.export_orders, first]);
  const save = () => form.save(async () => {
    const name = value.name.trim();
    if (!name) throw need('name', 'channels.need.name');
    if (value.export_orders && !value.integration) throw need('integration', 'channels.need.integration');
    await (given ? put : add)(`/channels/${enc(name)}`, bodyOf(value));
    if (!given) go(at(name), { replace: true, force: true });
  });
  const drop = () => doing.run('drop', async () => {
    await remove(`/channels/${enc(given)}`);
    go('/settings/channels', { force: true });
  });
  const pick = (key) => {
    const list = ((choices && choices[`${key}s`]) || []).map((c) => [String(c.id), c.name]);
    return form.choice(key, `channels.${key}`, [['', t('channels.nochoice')], ...list, ...(value[key] && !list.some(([id]) => id === value[key]) ? [[value[key], value[key]]] : [])], { class: '' });
  };
  return html`<${Form} of=${form} onSave=${save} more=${given && html`<Button kind="danger" onClick=${() => ask('channels.remove', drop, { name: given })}>${t('channels.remove')}<//>`}>
    ${!given && form.text('name', 'channels.name', { class: 'medium', maxlength: '60' })}
    <${Part} title=${t('channels.part.mail')}>${form.tick('mail', 'channels.mail')}
      ${value.mail && html`${form.choice('account', 'channels.account', [['', t('channels.account.usual')], ...accounts.map((a) => [a.name, `${a.name} – ${a.from}`])])}
      <${Recipients} id="copies" label=${t('channels.copies')} value=${value.copies} error=${doing.error} onChange=${(copies) => set({ copies })} />
      ${names.length > 0 && form.choice('template', 'channels.template', [['', t('channels.account.usual')], ...names.map((name) => [name, name])])}<${OwnWords} form=${form} />`}<//>
    <${Part} title=${t('docs.books')}>${form.tick('export_orders', 'channels.export')}
      ${value.export_orders && (profiles && !profiles.length ? html`<Banner title=${t('channels.noprofile')} actions=${html`<Link href="/settings/integrations/new">${t('integrations.add')}<//>`} />` : html`${form.choice('integration', 'channels.integration', [['', t('channels.nochoice')], ...(profiles || []).map((p) => [p.name, p.company ? `${p.name} – ${p.company}` : p.name])], { onChange: (integration) => set({ integration, ...none }) })}
        ${value.integration && choices && !choices.company && html`<Banner tone="warn" title=${t('channels.untested')} actions=${html`<Link href="/settings/integrations/edit?name=${enc(value.integration)}">${t('channels.totest')}<//>`} />`}
        ${value.integration && html`<div class="two">${CHOICES.map(pick)}</div>`}`)}<//>
    <${Part} title=${t('settings.folders')}>${form.text('folder', 'channels.folder', { class: 'medium', ...CODE })}<//>${asking}<//>`;
}

/** A channel's own subject and text, tried with sample values as they are typed. */
function OwnWords({ form }) {
  const caret = useCaret();
  const { subject, text } = form.value;
  const own = Boolean(subject || text);
  const [sample, fault] = useSample(own ? { subject: subject || '{{ number }}', text: text || '{{ number }}' } : null);
  return html`<details open=${own}><summary>${t('channels.words')}</summary><p class="muted">${t('channels.words.text')}</p>
    <${InsertField} id="channel-field" caret=${caret} onInsert=${(key, v) => form.set({ [key]: v })} />
    ${form.text('subject', 'compose.subject', caret.of('subject'))}${form.text('text', 'compose.text', { rows: 6, ...caret.of('text') })}
    ${fault ? html`<p class="fault" role="status">${fault}</p>` : sample && html`<div class="sample"><span class="muted">${t('templates.sample')}</span>${subject && html`<p><strong>${sample.subject}</strong></p>`}${text && html`<pre>${sample.text}</pre>`}</div>`}</details>`;
}

// One profile of the integration manager: setting it up in steps, and looking after it.

import { html, t, useState, useData, query, put, post, remove, enc, go } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { Page, Part, Mark, Fields, Progress, Standing, CODE, fieldsOf, inNewTab, need, useActs, useAsk } from './page.js';
import { Keep, Password } from './parts.js';

const back = () => ['/settings/integrations', t('settings.integrations')];
const ids = { name: 'profile', package: 'package', user: 'profileuser', password: 'profilepassword', endpoint: 'endpoint', secret_place: 'profilepassword', key: 'allowkey' };
const STEPS = ['type', 'package', 'signin', 'test', 'channels'];
const request = (form) => ({ package: form.package, user: form.user.trim(), ...(form.password ? { password: form.password, secret_place: form.place } : {}), ...(form.endpoint.trim() ? { endpoint: form.endpoint.trim() } : {}) });

/** What has to be switched on over there. */
const There = ({ open }) => html`<details open=${open}><summary>${t('integrations.there')}</summary><ol>${['1', '2', '3', '4'].map((n) => html`<li key=${n}>${t(`integrations.there.${n}`)}</li>`)}</ol></details>`;

function SignInFields({ form, set, error, kept, onChange }) {
  const { text } = fieldsOf(form, set, error);
  return html`${text('user', 'integrations.user', { ...CODE, id: 'profileuser', name: 'user', class: 'medium' })}
  <${Password} id="profilepassword" label=${t('integrations.password')} hint=${t('integrations.password.hint')} value=${form.password} saved=${kept} error=${error} onChange=${onChange} onInput=${(password) => set({ password })} />
  ${!kept && html`<${Keep} value=${form.place} onChange=${(place) => set({ place })} open=${Boolean(error && error.key === 'not_sent')} />`}
  <details open=${Boolean(form.endpoint)}><summary>${t('integrations.endpoint')}</summary>${text('endpoint', 'integrations.endpoint', { ...CODE, label: t('integrations.endpoint.label'), inputmode: 'url' })}</details>`;
}

/** What the books offer to choose from. */
const Fetched = ({ lists }) => html`<Banner tone="ok" title=${t('integrations.works', { company: lists.company })}>${t('integrations.fetched', { sources: lists.customer_sources.length, payments: lists.payment_methods.length, banks: lists.bank_accounts.length })}<//>`;

export function NewIntegration() {
  const [at, setAt] = useState(0);
  const [form, setForm] = useState({ type: 'accounts', package: 'kashflow', name: 'KashFlow', user: '', password: '', place: 'keyring', endpoint: '' });
  // The address that the saved password was given for: it is never sent to another.
  const [saved, setSaved] = useState(null);
  const serves = saved === form.endpoint.trim();
  const [lists, setLists] = useState(null);
  const profiles = useData('/integrations');
  const packages = useData('/integration-packages');
  const channels = useData('/channels', ['channels']);
  const doing = useDoing();
  const step = STEPS[at];
  const set = (part) => {
    setForm({ ...form, ...part });
    setSaved(false);
  };
  const name = form.name.trim();
  const next = () => doing.run('next', async () => {
    if (step === 'package') {
      if (!name) throw need('name', 'integrations.need.name');
      if ((profiles.data || []).some((p) => p.name === name) && saved === null) throw need('name', 'integrations.need.unlike');
    }
    if (step === 'signin') {
      if (!form.user.trim()) throw need('user', 'integrations.need.user');
      if (!form.password && !serves) throw need('password', 'account.need.password');
      await put(`/integrations/${enc(name)}`, request(form));
      setSaved(form.endpoint.trim());
    }
    setAt(at + 1);
    scrollTo(0, 0);
  });
  const test = () => doing.run('test', async () => setLists(await post(`/integrations/${enc(name)}/test`, {})));
  return html`<${Page} title=${t('integrations.new')} back=${back()}><${Progress} of="integrations.step" steps=${STEPS} at=${at} />
    <${Fields} doing=${doing} fields=${ids}>
    ${step === 'type' && html`<Radios legend=${t('integrations.type')} name="type" value=${form.type} onChange=${(type) => set({ type })} options=${[['accounts', t('integrations.type.accounts'), t('integrations.type.accounts.note')]]} />`}
    ${step === 'package' && html`<Radios legend=${t('integrations.package')} name="package" value=${form.package} onChange=${(pack) => set({ package: pack })} options=${(packages.data || []).map((p) => [p.id, p.title])} />${fieldsOf(form, set, doing.error).text('name', 'integrations.name', { id: 'profile', name: 'name', class: 'medium', maxlength: '60' })}`}
    ${step === 'signin' && html`<${There} open /><${SignInFields} form=${form} set=${set} error=${doing.error} kept=${serves && !form.password} onChange=${() => setSaved(undefined)} />`}
    ${step === 'test' && html`<p>${t('integrations.test.text')}</p>${doing.busy === 'test' && html`<p class="muted" role="status">${t('trial.running')}</p>`}${lists && html`<${Fetched} lists=${lists} />`}`}
    ${step === 'channels' && html`<Banner tone=${lists ? 'ok' : 'warn'} title=${lists ? t('integrations.ready', { name }) : t('integrations.untested')} /><p>${t('integrations.channels.text')}</p>
      ${(channels.data || []).length > 0 && html`<ul class="list rows">${channels.data.map((c) => html`<li key=${c.name}><strong>${c.name}</strong><span>${c.export_orders && c.integration ? html`<${Mark} tone="ok" icon="book">${t('channels.export.on', { name: c.integration })}<//>` : html`<span class="muted">${t('channels.export.off')}</span>`}</span><a class="button" href="/settings/channels/edit?name=${enc(c.name)}">${t('integrations.channel.set')}</a></li>`)}</ul>`}
      <div class="actions"><Link kind="main" href="/settings/channels/new?integration=${enc(name)}">${t('channels.add')}<//><Link href="/settings/integrations">${t('integrations.finish')}<//></div>`}
    ${at < 4 && html`<div class="bar">${step === 'test' ? html`<Button kind=${lists ? '' : 'main'} busy=${doing.busy} onClick=${test}>${lists || doing.error ? t('try.again') : t('integrations.test')}<//><Button kind=${lists ? 'main' : ''} onClick=${() => { doing.setError(null); setAt(4); }}>${lists ? t('next') : t('integrations.later')}<//>` : html`<Button kind="main" busy=${doing.busy} onClick=${next}>${t(step === 'package' ? 'add' : 'next')}<//>`}${at > 0 && html`<Button onClick=${() => { doing.setError(null); setAt(at - 1); }}>${t('back')}<//>`}</div>`}<//><//>`;
}

export function Integration() {
  const name = query().get('name') || '';
  const got = useData(`/integrations/${enc(name)}`);
  return html`<${Page} title=${name} back=${back()} from=${got}>${(view) => html`<${Profile} key=${name} view=${view} again=${got.again} />`}<//>`;
}

function Profile({ view, again }) {
  const [form, setForm] = useState({ package: view.package, user: view.user, password: '', place: view.secret_place, endpoint: view.endpoint });
  const [kept, setKept] = useState(true);
  // It was given for one address, and is never sent to another.
  const serves = kept && form.endpoint.trim() === view.endpoint;
  const [lists, setLists] = useState(null);
  const [key, setKey] = useState('');
  const [ask, asking] = useAsk();
  const doing = useActs(again);
  const at = `/integrations/${enc(view.name)}`;
  const set = (part) => setForm({ ...form, ...part });
  const { act } = doing;
  const save = () => act('save', async () => {
    if (!form.user.trim()) throw need('user', 'integrations.need.user');
    if (!serves && !form.password) throw need('password', 'account.need.password');
    await put(at, request(form));
    setForm({ ...form, password: '' });
    setKept(true);
  });
  const drop = () => doing.run('gone', async () => {
    await remove(at);
    go('/settings/integrations', { force: true });
  });
  const open = () => act('open', () => inNewTab(async () => (await post(`${at}/remote-login`, {})).url), '');
  return html`<${Fields} doing=${doing} fields=${ids}>
    <p class="row"><${Standing} of=${view} />${view.company && html`<strong>${view.company}</strong>`}${view.contact_at && html`<span class="muted">${t('integrations.contact')} <When at=${view.contact_at} /></span>`}</p>
    ${view.reason && view.standing !== 'ready' && html`<Banner tone=${view.standing.startsWith('held') ? 'bad' : 'warn'} title=${view.reason}>${view.next_try_at && html`${t('postings.next')} <When at=${view.next_try_at} />`}<//>`}
    ${lists && html`<${Fetched} lists=${lists} />`}
    <div class="actions"><Button kind="main" busy=${doing.busy} onClick=${() => act('test', async () => { setLists(null); setLists(await post(`${at}/test`, {})); }, '')}>${t('integrations.test')}<//><Button busy=${doing.busy} onClick=${() => act('switch', () => post(`${at}/${view.enabled ? 'disable' : 'enable'}`, {}))}>${t(view.enabled ? 'integrations.off' : 'integrations.on')}<//><Link href="/settings/channels">${t('settings.channels')}<//></div>
    ${doing.busy === 'test' && html`<p class="muted" role="status">${t('trial.running')}</p>`}
    <${Part} title=${t('integrations.step.signin')}><${SignInFields} form=${form} set=${set} error=${doing.error} kept=${serves} onChange=${() => setKept(false)} />
      <div class="actions"><Button data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><Saved shown=${doing.done === 'save'} /></div><${There} open=${view.standing.startsWith('held')} /><//>
    <${Part} title=${t('integrations.allow')} text=${t('integrations.allow.text')}><Text id="allowkey" name="key" class="medium" label=${t('integrations.allow.key')} value=${key} error=${doing.error} spellcheck="false" onInput=${setKey} /><Button busy=${doing.busy} onClick=${() => act('allow', async () => { if (!key.trim()) throw need('key', 'integrations.allow.need'); await post(`${at}/allow-address`, { key: key.trim() }); setKey(''); }, t('integrations.allow.done'))}>${t('integrations.allow.do')}<//>${doing.done === 'allow' && html`<p role="status" class="saved">${t('integrations.allow.done')}</p>`}<//>
    <${Part} title=${t('integrations.open')} text=${t('integrations.open.text')}><Button busy=${doing.busy} onClick=${open}>${t('integrations.open.do', { package: view.package })}<//><//>
    <${Part} title=${t('integrations.remove')} text=${t('integrations.remove.text')}><Button kind="danger" onClick=${() => ask('integrations.remove', drop, { name: view.name })}>${t('integrations.remove')}<//><//>
    ${asking}<//>`;
}

// One profile of the integration manager: setting it up, and looking after it.

import { html, t, useState, useData, query, put, post, remove, enc, go } from '../lib/core.js';
import '../lib/inputs.js';
import { Page, Part, Fields, Standing, CODE, add, inNewTab, need, useActs, useAsk, useFields } from './page.js';
import { profileAt } from './integrations.js';
import { Keep, Password } from './parts.js';

const request = (form) => ({ package: form.package, user: form.user.trim(), ...(form.password ? { password: form.password, secret_place: form.place } : {}), ...(form.endpoint.trim() ? { endpoint: form.endpoint.trim() } : {}) });

const NEW = { data: { name: 'KashFlow', package: 'kashflow', user: '', endpoint: '', secret_place: 'keyring', standing: '' } };

/** A profile, or what a new one begins with. */
export function Integration() {
  const name = query().get('name') || '';
  const got = useData(name ? `/integrations/${enc(name)}` : null);
  return html`<${Page} title=${name || t('integrations.add')} back=${['/settings/integrations', t('settings.integrations')]} from=${name ? got : NEW}>${(view) => html`<${Profile} key=${name} fresh=${!name} view=${view} again=${got.again} />`}<//>`;
}

function Profile({ view, fresh, again }) {
  const [kept, setKept] = useState(!fresh);
  const [lists, setLists] = useState(null);
  const [ask, asking] = useAsk();
  const packages = useData(fresh ? '/integration-packages' : null).data || [];
  const doing = useActs(again);
  const { value: form, set, text } = useFields({ ...view, password: '', place: view.secret_place }, doing.error);
  // It was given for one address, and is never sent to another.
  const serves = kept && form.endpoint.trim() === view.endpoint;
  const name = form.name.trim();
  const at = `/integrations/${enc(name)}`;
  const { act } = doing;
  const save = () => act('save', async () => {
    if (!name) throw need('name', 'integrations.need.name');
    if (!form.user.trim()) throw need('user', 'integrations.need.user');
    if (!serves && !form.password) throw need('password', 'account.need.password');
    await (fresh ? add : put)(at, request(form));
    set({ password: '' });
    setKept(true);
    if (fresh) go(profileAt(name), { replace: true, force: true });
  });
  const drop = () => doing.run('gone', async () => {
    await remove(at);
    go('/settings/integrations', { force: true });
  });
  const test = () => act('test', async () => {
    setLists(null);
    setLists(await post(`${at}/test`, {}));
  }, '');
  const letIn = () => act('allow', async () => {
    if (!form.key) throw need('key', 'integrations.allow.need');
    await post(`${at}/allow-address`, { key: form.key.trim() });
    set({ key: '' });
  }, t('integrations.allow.done'));
  const open = () => act('open', () => inNewTab(async () => (await post(`${at}/remote-login`, {})).url), '');
  const there = html`<details open=${fresh || view.standing.startsWith('held')}><summary>${t('integrations.there')}</summary><ol>${['1', '2', '3', '4'].map((n) => html`<li key=${n}>${t(`integrations.there.${n}`)}</li>`)}</ol></details>`;
  const signIn = html`${text('user', 'integrations.user', { ...CODE, id: 'profileuser', name: 'user', class: 'medium' })}
    <${Password} id="profilepassword" label=${t('account.password')} hint=${t('integrations.password.hint')} value=${form.password} saved=${serves && !form.password} error=${doing.error} onChange=${() => setKept(false)} onInput=${(password) => set({ password })} />
    ${!serves && html`<${Keep} value=${form.place} onChange=${(place) => set({ place })} open=${Boolean(doing.error && doing.error.key === 'not_sent')} />`}
    <details open=${Boolean(form.endpoint)}><summary>${t('integrations.endpoint')}</summary>${text('endpoint', 'integrations.endpoint', { ...CODE, label: t('integrations.endpoint.label'), inputmode: 'url' })}</details>
    <div class="actions"><Button kind=${fresh ? 'main' : ''} data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><Saved shown=${doing.done === 'save'} /></div>`;
  if (fresh) return html`<${Fields} doing=${doing}>${there}${packages.length > 1 && html`<Radios legend=${t('integrations.package')} name="package" value=${form.package} onChange=${(pack) => set({ package: pack })} options=${packages.map((p) => [p.id, p.title])} />`}${text('name', 'integrations.name', { id: 'profile', class: 'medium', maxlength: '60' })}${signIn}<//>`;
  return html`<${Fields} doing=${doing}>
    <p class="row"><${Standing} of=${view} />${view.company && html`<strong>${view.company}</strong>`}${view.contact_at && html`<span class="muted">${t('integrations.contact')} <When at=${view.contact_at} /></span>`}</p>
    ${view.reason && view.standing !== 'ready' && html`<Banner tone=${view.standing.startsWith('held') ? 'bad' : 'warn'} title=${view.reason}>${view.next_try_at && html`${t('postings.next')} <When at=${view.next_try_at} />`}<//>`}
    ${lists && html`<Banner tone="ok" title=${t('integrations.works', { company: lists.company })} actions=${html`<Link kind="main" href="/settings/channels/new?integration=${enc(name)}">${t('channels.add')}<//>`}>${t('integrations.fetched', { sources: lists.customer_sources.length, payments: lists.payment_methods.length, banks: lists.bank_accounts.length })}<//>`}
    <div class="actions"><Button kind=${lists ? '' : 'main'} busy=${doing.busy} onClick=${test}>${t('integrations.test')}<//><Button busy=${doing.busy} onClick=${() => act('switch', () => post(`${at}/${view.enabled ? 'disable' : 'enable'}`, {}))}>${t(view.enabled ? 'account.off' : 'account.on')}<//><Link href="/settings/channels">${t('settings.channels')}<//></div>
    ${doing.busy === 'test' && html`<p class="muted" role="status">${t('trial.running')}</p>`}
    <${Part} title=${t('integrations.step.signin')}>${signIn}${there}<//>
    <${Part} title=${t('integrations.allow')} text=${t('integrations.allow.text')}>${text('key', 'integrations.allow.key', { ...CODE, id: 'allowkey', name: 'key', class: 'medium' })}<Button busy=${doing.busy} onClick=${letIn}>${t('integrations.allow.do')}<//>${doing.done === 'allow' && html`<p role="status" class="saved">${t('integrations.allow.done')}</p>`}<//>
    <${Part} title=${t('integrations.open')} text=${t('integrations.open.text')}><Button busy=${doing.busy} onClick=${open}>${t('integrations.open.do', { package: view.package })}<//><//>
    <${Part} title=${t('integrations.remove')} text=${t('integrations.remove.text')}><Button kind="danger" onClick=${() => ask('integrations.remove', drop, { name })}>${t('integrations.remove')}<//><//>
    ${asking}<//>`;
}

// The parts of setting up a mail account that the settings and the wizard share.

import { html, t, useState, useEffect, get, put, enc, poll, language } from '../lib/core.js';
import { isAt } from '../lib/inputs.js';
import { Elsewhere, CODE, MAIL, fieldsOf, need } from './page.js';

/** A password: typed once, never shown again by anybody. */
export function Password({ label, id, hint, value, onInput, saved, onChange, error }) {
  const [shown, setShown] = useState(false);
  if (saved) return html`<div class="field"><span class="label">${label}</span><div class="row"><span class="state ok"><Icon name="ok" /><span>${t('password.saved')}</span></span><Button onClick=${onChange}>${t('change')}<//></div></div>`;
  const wrong = isAt(error, 'password');
  return html`<Field ...${{ label, id, hint, error, name: 'password' }}><div class="row">
    <input id=${id} type=${shown ? 'text' : 'password'} value=${value} autocomplete="off" spellcheck="false" aria-invalid=${wrong ? 'true' : undefined} onInput=${(e) => onInput(e.target.value)} />
    <Button onClick=${() => setShown(!shown)} aria-pressed=${shown}>${shown ? t('password.hide') : t('show')}<//></div><//>`;
}

const noApp = { issuer: '', client_id: '', secret: '', secretKept: false, expires: '', tenant: '' };
export const emptyAccount = { transport: 'smtp', host: '', port: '465', encryption: 'tls', auth: 'password', user: '', password: '', saved: false, secret_place: 'keyring', sender: '', name: '', reply_to: [], ca_pem: null, pin: null, allow_plaintext: false, app: noApp };

/** The server that a password is for: what is saved for one is never sent to another. */
const serverIs = (a) => `${a.transport} ${a.host.trim().toLowerCase()}${/^(localhost|127\.|::1$)/.test(a.host.trim()) ? ` ${a.port}` : ''}`;
/** Whether the password that is saved serves. */
const isSaved = (a) => Boolean(a.saved) && a.saved === serverIs(a);
/** The form of an account after its password was stored, or read from what is. */
const withSaved = (a) => ({ ...a, saved: a.auth === 'password' && serverIs(a) });

/** A sender as the API writes it, from its parts. */
export function mailbox(name, address) {
  const shown = name.trim();
  if (!shown) return address.trim();
  return /[",;<>@:()\\.]/.test(shown) ? `"${shown.replace(/["\\]/g, '')}" <${address.trim()}>` : `${shown} <${address.trim()}>`;
}
/** The name and the address of a sender. */
export function partsOf(from) {
  const match = from.match(/^(.*)<([^<>]+)>\s*$/);
  return match ? [match[1].trim().replace(/^"(.*)"$/, '$1'), match[2]] : ['', from];
}
export function formOf(view) {
  const [name, sender] = partsOf(view.from);
  const o = view.oauth;
  return withSaved({
    ...emptyAccount, host: view.host, port: String(view.port), encryption: view.encryption, auth: view.auth, user: view.user, secret_place: view.secret_place,
    sender, name, transport: view.transport || 'smtp', reply_to: view.reply_to, ca_pem: view.ca_pem, pin: view.pin, allow_plaintext: view.allow_plaintext,
    app: o ? { issuer: o.issuer, client_id: o.client_id, secret: '', secretKept: o.client_secret, expires: o.client_secret_expires || '', tenant: o.tenant } : noApp,
  });
}
export function requestOf(a) {
  const request = { host: a.host.trim(), port: Number(a.port), encryption: a.encryption, auth: a.auth, user: a.auth === 'none' ? '' : a.user.trim(), from: mailbox(a.name, a.sender), reply_to: a.reply_to, ca_pem: a.ca_pem, pin: a.pin };
  if (a.auth === 'password' && a.password) Object.assign(request, { password: a.password, secret_place: a.secret_place });
  if (a.auth === 'oauth') {
    const { issuer, client_id, secret, expires, tenant } = a.app;
    request.oauth = { issuer, client_id: client_id.trim(), tenant: issuer === 'microsoft' ? tenant.trim() : '', client_secret_expires: expires || null, ...(secret ? { client_secret: secret } : {}) };
    if (secret) request.secret_place = a.secret_place;
  }
  if (a.transport !== 'smtp') request.transport = a.transport;
  if (a.allow_plaintext) request.allow_plaintext = true;
  return request;
}
/** Whether a server's name has a part that only the shop knows, like its region. */
export const unfinished = (host) => /[{}]/.test(host);
/** What the API would only find out late. */
export function faultOf(a) {
  const port = Number(a.port);
  const [wrong] = [
    ['host', 'account.need.host', !a.host.trim()],
    ['host', 'account.need.region', unfinished(a.host)],
    ['port', 'account.need.port', !/^\d+$/.test(String(a.port).trim()) || port < 1 || port > 65535],
    ['from', 'account.need.sender', !a.sender.trim()],
    ['user', 'account.need.user', a.auth !== 'none' && !a.user.trim()],
    ['password', 'account.need.password', a.auth === 'password' && !a.password && !isSaved(a)],
    ['client_id', 'connect.need.client', a.auth === 'oauth' && !a.app.client_id.trim()],
  ].filter(([, , is]) => is);
  return wrong ? need(wrong[0], wrong[1]) : null;
}
/** Stores an account and gives its form as it is then, without its secrets. */
export async function saveAccount(a, name = 'default', store = put) {
  const fault = faultOf(a);
  if (fault) throw fault;
  await store(`/accounts/${enc(name)}`, requestOf(a));
  poll();
  return withSaved({ ...a, password: '', app: { ...a.app, secret: '', secretKept: a.app.secretKept || Boolean(a.app.secret) } });
}

export function useProviders() {
  const [list, setList] = useState([]);
  useEffect(() => {
    get('/account-presets').then(setList, () => {});
  }, [language]);
  return list;
}
export const providerOf = (list, address) => list.find((p) => p.domains.includes((address.split('@')[1] || '').toLowerCase()));
export const byHost = (list, host) => list.find((p) => p.host === host.trim().toLowerCase());

/** Whose sign-in a provider's is: only these two let programs in that way. */
const issuerOf = (p) => (p && p.sign_ins.includes('oauth') ? { gmail: 'google', gworkspace: 'google', m365: 'microsoft', outlookcom: 'microsoft' }[p.id] || '' : '');
const takesPassword = (p) => !p || p.sign_ins.some((s) => s !== 'oauth');

/** The user name at providers where it is not the address. */
const local = (address) => address.split('@')[0];
const USERS = { sendgrid: () => 'apikey', ses: () => '', webde: local, free_fr: local };

const serverOf = (p) => ({ host: p.host, port: String(p.port), encryption: p.encryption });
/** An account's form with what a provider recommends. */
export function settingsOf(p, a) {
  const issuer = issuerOf(p);
  const kept = issuer && a.app.issuer !== issuer ? { ...noApp, issuer } : a.app;
  // Personal accounts have a directory of their own, companies each theirs.
  const tenant = p.id === 'outlookcom' ? 'consumers' : kept.tenant === 'consumers' ? '' : kept.tenant;
  const app = { ...kept, tenant };
  const user = USERS[p.id] ? USERS[p.id](a.sender.trim()) : a.user;
  return { ...a, user, transport: 'smtp', ...serverOf(p), auth: takesPassword(p) ? 'password' : 'oauth', app };
}

/** Server, port and how the connection is protected. */
export function Server({ value, onChange, error, providers }) {
  const [note, setNote] = useState('');
  const set = (part) => onChange({ ...value, ...part });
  const usual = () => {
    const p = byHost(providers, value.host);
    const [port, encryption] = p ? [p.port, p.encryption] : [465, 'tls'];
    set({ port: String(port), encryption });
    setNote(t('account.default.set', { port, encryption: t(`encryption.${encryption}.short`) }));
  };
  const other = { tls: '465', starttls: '587' }[value.encryption];
  return html`${fieldsOf(value, set, error).text('host', 'account.host', CODE)}
    <Field id="port" label=${t('account.port')} error=${error}><div class="row"><input id="port" class="short" inputmode="numeric" autocomplete="off" value=${value.port} aria-invalid=${error && error.field === 'port' ? 'true' : undefined} onInput=${(e) => set({ port: e.target.value.trim() })} /><Button onClick=${usual}>${t('account.default')}<//><span class="muted" role="status">${note}</span></div><//>
    <Radios legend=${t('account.encryption')} name="encryption" value=${value.encryption} onChange=${(encryption) => set({ encryption })} options=${[['tls', t('encryption.tls')], ['starttls', t('encryption.starttls')], ['none', t('encryption.none'), t('encryption.none.note')]]} />
    ${other && value.port !== other && ['465', '587'].includes(String(value.port)) && html`<p class="row"><span>${t('account.pair', { port: other, encryption: t(`encryption.${value.encryption}.short`) })}</span><Button onClick=${() => set({ port: other })}>${t('account.useport', { port: other })}<//></p>`}`;
}

/** By which way the mails of an account that signs in at its provider leave: its interface needs no mail server. */
const HOSTS = { gmail: 'gmail.googleapis.com', graph: 'graph.microsoft.com' };
export function Transport({ value, onChange, provider }) {
  const api = { google: 'gmail', microsoft: 'graph' }[value.app.issuer];
  const choose = (transport) => onChange(HOSTS[transport] ? { ...value, transport, host: HOSTS[transport], port: '443', encryption: 'tls' } : { ...value, transport, ...(provider ? serverOf(provider) : { host: '', port: '465' }) });
  return api && html`<Radios legend=${t('account.transport')} name="transport" value=${value.transport} onChange=${choose} options=${[['smtp', t('account.transport.smtp')], [api, t(`account.transport.${api}`), t('account.transport.note')]]} />`;
}

/** The way to an app password, for providers that want one. */
const PAGES = {
  gmail: 'myaccount.google.com/apppasswords', gworkspace: 'myaccount.google.com/apppasswords', yahoo: 'login.yahoo.com/account/security', aol: 'login.aol.com/account/security', icloud: 'account.apple.com', fastmail: 'app.fastmail.com/settings/security',
};
function AppPassword({ provider }) {
  const page = PAGES[provider.id];
  if (!page || !provider.sign_ins.includes('app_password')) return null;
  return html`<ol><li>${t('apppassword.two', { provider: provider.label })}</li><li>${t('apppassword.make')} <${Elsewhere} page=${page} /></li><li>${t('apppassword.paste')}</li></ol>`;
}

/** How the account signs in: with a password, at its provider, or not at all. */
export function SignIn({ value, onChange, error, provider, children }) {
  const set = (part) => onChange({ ...value, ...part });
  const issuer = issuerOf(provider) || value.app.issuer;
  // Only who signs in at the provider can send by its interface.
  const server = (auth) => (auth === 'oauth' || value.transport === 'smtp' ? {} : { transport: 'smtp', ...(provider ? serverOf(provider) : { host: '' }) });
  const choose = (auth) => set({ ...server(auth), auth, app: auth === 'oauth' && issuer && value.app.issuer !== issuer ? { ...noApp, issuer } : value.app });
  const ways = [
    ...(takesPassword(provider) || value.auth === 'password' ? [['password', t(provider && provider.sign_ins.includes('app_password') ? 'account.signin.app' : 'account.password')]] : []),
    ...(issuer ? [['oauth', t(`account.signin.${issuer}`)]] : []),
    ...(provider ? [] : [['none', t('account.signin.none')]]),
  ];
  if (!ways.some(([way]) => way === value.auth)) ways.push([value.auth, t('account.signin.none')]);
  return html`${ways.length > 1 && html`<Radios legend=${t('account.signin')} name="auth" value=${value.auth} onChange=${choose} options=${ways} />`}
    ${provider && (provider.hint || provider.notice) && value.auth === 'password' && html`<Banner title=${provider.hint || provider.label}><${AppPassword} provider=${provider} />${provider.notice && html`<p>${provider.notice}</p>`}<//>`}
    ${provider && value.auth === 'oauth' && provider.sign_ins[0] === 'oauth' && provider.sign_ins.length === 1 && html`<Banner title=${provider.hint}>${provider.notice && html`<p>${provider.notice}</p>`}<//>`}
    ${value.auth !== 'none' && fieldsOf(value, set, error).text('user', 'account.user', MAIL)}
    ${value.auth === 'password' && html`<${Password} id="password" label=${t(provider && provider.sign_ins.includes('app_password') ? 'account.signin.app' : 'account.password')} hint=${provider ? '' : t('account.password.hint')} value=${value.password} saved=${isSaved(value) && !value.password} error=${error} onChange=${() => set({ saved: false })} onInput=${(password) => set({ password, saved: false })} />`}
    ${value.auth === 'oauth' && children}
    ${value.auth === 'password' && !isSaved(value) && html`<${Keep} value=${value.secret_place} onChange=${(secret_place) => set({ secret_place })} open=${Boolean(error && error.key === 'not_sent')} />`}`;
}

/** Where secrets are kept. Most people never need to know, so it is asked only when it matters. */
export const Keep = ({ value, onChange, open, title }) => html`<details open=${open || value === 'file'}><summary>${title || t('account.keep')}</summary><Radios legend=${t('account.keep.legend')} name="secret_place" value=${value} onChange=${onChange} options=${[['keyring', t('account.keep.keyring')], ['file', t('account.keep.file'), t('account.keep.file.note')]]} /></details>`;

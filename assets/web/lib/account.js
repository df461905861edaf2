// The parts of setting up a mail account that the settings and the wizard share.

import { html, t, useState, useEffect, useRef, ask, get, put, language } from './core.js';
import { Button, Text, Radios, Password, Banner, Icon, Explained, Field } from './ui.js';

export const emptyAccount = { host: '', port: '465', encryption: 'tls', auth: 'password', user: '', password: '', saved: false, secret_place: 'keyring', sender: '', name: '', reply_to: [], ca_pem: null, pin: null, allow_plaintext: false, provider: '' };

/** A sender as the API writes it, from its parts. */
export const fromOf = (a) => {
  const name = a.name.trim();
  if (!name) return a.sender.trim();
  return /[",;<>@:()\\.]/.test(name) ? `"${name.replace(/["\\]/g, '')}" <${a.sender.trim()}>` : `${name} <${a.sender.trim()}>`;
};
export function formOf(view) {
  const match = view.from.match(/^(.*)<([^<>]+)>\s*$/);
  return { ...emptyAccount, host: view.host, port: String(view.port), encryption: view.encryption, auth: view.auth, user: view.user, saved: view.auth === 'password', secret_place: view.secret_place, sender: match ? match[2] : view.from, name: match ? match[1].trim().replace(/^"(.*)"$/, '$1') : '', reply_to: view.reply_to, ca_pem: view.ca_pem, pin: view.pin, allow_plaintext: view.allow_plaintext };
}
export function requestOf(a) {
  const request = { host: a.host.trim(), port: Number(a.port), encryption: a.encryption, auth: a.auth, user: a.auth === 'none' ? '' : a.user.trim(), from: fromOf(a), reply_to: a.reply_to };
  if (a.password && a.auth === 'password') Object.assign(request, { password: a.password, secret_place: a.secret_place });
  if (a.ca_pem) request.ca_pem = a.ca_pem;
  if (a.pin) request.pin = a.pin;
  if (a.allow_plaintext) request.allow_plaintext = true;
  return request;
}
/** What the API would only find out late. */
export function faultOf(a) {
  const fault = (field, message) => ({ field, message, status: 422 });
  if (!a.host.trim()) return fault('host', t('account.need.host'));
  const port = Number(a.port);
  if (!/^\d+$/.test(String(a.port).trim()) || port < 1 || port > 65535) return fault('port', t('account.need.port'));
  if (!a.sender.trim()) return fault('from', t('account.need.sender'));
  if (a.auth === 'password' && !a.user.trim()) return fault('user', t('account.need.user'));
  if (a.auth === 'password' && !a.password && !a.saved) return fault('password', t('account.need.password'));
  return null;
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
export const settingsOf = (p, a) => ({ ...a, provider: p.id, host: p.host, port: String(p.port), encryption: p.encryption, auth: 'password' });

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
  return html`<${Text} id="host" label=${t('account.host')} hint=${t('account.host.hint')} value=${value.host} error=${error} spellcheck="false" autocapitalize="off" onInput=${(host) => set({ host, provider: '' })} />
    <${Field} id="port" label=${t('account.port')} error=${error}><div class="row"><input id="port" class="short" inputmode="numeric" autocomplete="off" value=${value.port} aria-invalid=${error && error.field === 'port' ? 'true' : undefined} onInput=${(e) => set({ port: e.target.value.trim() })} /><${Button} onClick=${usual}>${t('account.default')}<//><span class="muted" role="status">${note}</span></div><//>
    <${Radios} legend=${t('account.encryption')} name="encryption" value=${value.encryption} onChange=${(encryption) => set({ encryption })} options=${[['tls', t('encryption.tls')], ['starttls', t('encryption.starttls')], ['none', t('encryption.none'), t('encryption.none.note')]]} />
    ${other && value.port !== other && ['465', '587'].includes(String(value.port)) && html`<p class="row"><span>${t('account.pair', { port: other, encryption: t(`encryption.${value.encryption}.short`) })}</span><${Button} onClick=${() => set({ port: other })}>${t('account.useport', { port: other })}<//></p>`}`;
}

/** User name and password. */
export function SignIn({ value, onChange, error, provider }) {
  const set = (part) => onChange({ ...value, ...part });
  return html`<${Radios} legend=${t('account.signin')} name="auth" value=${value.auth} onChange=${(auth) => set({ auth })} options=${[['password', t('account.signin.password')], ['none', t('account.signin.none')]]} />
    ${provider && provider.hint && html`<${Banner} title=${provider.label}><p>${provider.hint}</p>${provider.notice && html`<p>${provider.notice}</p>`}<//>`}
    ${value.auth === 'password' && html`<${Text} id="user" label=${t('account.user')} value=${value.user} error=${error} spellcheck="false" autocapitalize="off" onInput=${(user) => set({ user })} />
    <${Password} id="password" label=${t('account.password')} hint=${t('account.password.hint')} value=${value.password} saved=${value.saved && !value.password} error=${error} onChange=${() => set({ saved: false })} onInput=${(password) => set({ password, saved: false })} />
    ${!value.saved && html`<${Radios} legend=${t('account.keep')} name="secret_place" value=${value.secret_place} onChange=${(secret_place) => set({ secret_place })} options=${[['keyring', t('account.keep.keyring')], ['file', t('account.keep.file'), t('account.keep.file.note')]]} />`}`}`;
}

/** A test, told step by step while it runs. */
export function useTrial(name = 'default') {
  const [steps, setSteps] = useState(null);
  const [end, setEnd] = useState(null);
  const [busy, setBusy] = useState(false);
  const stop = useRef(null);
  useEffect(() => () => stop.current && stop.current.abort(), []);
  const start = async (account, to, subject) => {
    if (busy) return null;
    setBusy(true);
    setSteps([]);
    setEnd(null);
    stop.current = new AbortController();
    let last = null;
    try {
      const { answer } = await ask('POST', '/account-tests', { name, language, account: requestOf(account), ...(to ? { to } : {}), ...(subject ? { subject } : {}) }, { signal: stop.current.signal });
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let text = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
        const lines = text.split('\n');
        text = lines.pop();
        for (const line of lines.filter(Boolean)) {
          const told = JSON.parse(line);
          if (told.step) setSteps((s) => [...s, told.step]);
          else {
            last = told.result || { problem: null, message: told.problem.detail, works: false, state: 'failed', steps: [] };
            setEnd(last);
            if (last.steps.length) setSteps(last.steps);
          }
        }
      }
    } catch (error) {
      if (error.name !== 'AbortError') setEnd({ works: false, state: 'failed', message: error.message, problem: null, steps: [] });
    }
    setBusy(false);
    return last;
  };
  return { steps, end, busy, start };
}
export function Steps({ trial, onFix, account }) {
  const { steps, end, busy } = trial;
  if (!steps && !end) return null;
  const icons = { ok: 'ok', failed: 'stop', not_tried: 'off', waiting: 'wait' };
  const tones = { ok: 'ok', failed: 'bad', not_tried: 'plain', waiting: 'warn' };
  const shown = steps || [];
  const seen = shown.find((s) => s.certificate);
  return html`<div aria-live="polite"><ul class="steps">${shown.map((s, i) => html`<li key=${s.key + i}><span class="state ${tones[s.state]}"><${Icon} name=${icons[s.state]} /><span>${s.name}</span></span><span class="muted">${s.state === 'not_tried' ? t('trial.nottried') : s.says}</span><span class="muted">${s.state === 'not_tried' ? '' : t('trial.millis', { ms: s.millis })}</span></li>`)}</ul>
    ${busy && html`<p class="muted">${t('trial.running')}</p>`}
    ${end && end.works && html`<${Banner} tone="ok" title=${end.message || t('trial.works')} />`}
    ${end && !end.works && (end.problem ? html`<${Explained} problem=${end.problem} tone=${end.state === 'offline' ? 'warn' : 'bad'} actions=${onFix && fixes(end, account, seen).map(([word, part]) => html`<${Button} key=${word} onClick=${() => onFix(part)}>${word}<//>`)} />` : html`<${Banner} tone=${end.state === 'offline' ? 'warn' : 'bad'} title=${end.message} />`)}
    ${seen && end && !end.works && html`<details><summary>${t('trial.certificate')}</summary><dl class="facts"><dt>${t('trial.names')}</dt><dd>${seen.certificate.names.join(', ')}</dd><dt>${t('trial.issuer')}</dt><dd>${seen.certificate.issuer}</dd><dt>SHA-256</dt><dd>${seen.certificate.fingerprint}</dd></dl></details>`}</div>`;
}
/** What of a failed test a button can mend: the words on it and what it changes. */
function fixes(end, account, seen) {
  const found = [];
  for (const action of end.problem.actions) {
    if (['use_pair', 'use_tls_465'].includes(action.key)) found.push([action.label, { port: '465', encryption: 'tls' }], [t('account.use587'), { port: '587', encryption: 'starttls' }]);
    if (['use_port_587', 'use_starttls_587', 'use_starttls'].includes(action.key)) found.push([action.label, { port: '587', encryption: 'starttls' }]);
    if (action.key === 'trust_certificate' && seen) found.push([action.label, { pin: seen.certificate.fingerprint }]);
    if (action.key === 'change_password') found.push([action.label, { password: '', saved: false }]);
    if (action.key === 'switch_sign_in_on') found.push([action.label, { auth: 'password' }]);
  }
  return found;
}
export const saveAccount = (a, name = 'default') => put(`/accounts/${name}`, requestOf(a));

// Signing in at Microsoft or Google: the app's id, Connect, and how the connection stands.

import { html, t, useState, useEffect, useRef, get, post, remove, enc, when, clock, poll, announce } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { Explained } from '../lib/explained.js';
import { Copy, Elsewhere, Mark, Part, CODE, fieldsOf, inNewTab, useAsk } from './page.js';
import { Keep } from './parts.js';

const here = ['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname);
const brand = (issuer) => ({ microsoft: 'Microsoft', google: 'Google' })[issuer] || '';

/** The way to an app of one's own, which both providers ask for. */
function Register({ issuer }) {
  const page = { microsoft: 'entra.microsoft.com', google: 'console.cloud.google.com' }[issuer];
  return html`<details><summary>${t('connect.register')}</summary><p>${t('connect.register.why', { brand: brand(issuer) })}</p><ol><li>${t(`connect.${issuer}.1`)} <${Elsewhere} page=${page} /></li>${['2', '3', '4', '5'].map((n) => html`<li key=${n}>${t(`connect.${issuer}.${n}`)}${issuer === 'microsoft' && n === '3' && html` <code>${'http'}://localhost</code>`}</li>`)}</ol></details>`;
}

/** The app that signs in. */
export function AppFields({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, app: { ...value.app, ...part } });
  const { issuer, secret, secretKept } = value.app;
  const { text } = fieldsOf(value.app, set, error);
  const [anew, setAnew] = useState(false);
  return html`<${Register} issuer=${issuer} />
    ${text('client_id', 'connect.client', CODE)}
    ${secretKept && !anew ? html`<div class="field"><span class="label">${t('connect.secret')}</span><div class="row"><${Mark} tone="ok" icon="ok">${t('connect.secret.kept')}<//><Button onClick=${() => setAnew(true)}>${t('change')}<//></div></div>`
      : text('secret', 'connect.secret', { ...CODE, id: 'client_secret', type: 'password', hint: t(`connect.secret.${issuer}`) })}
    ${(secret || secretKept) && text('expires', 'connect.expires', { name: 'client_secret_expires', class: 'short', type: 'date' })}
    ${issuer === 'microsoft' && text('tenant', 'connect.tenant', { ...CODE, class: 'medium' })}`;
}

/** Connect and Disconnect. `save` stores the account as it is on the screen. */
export function Connection({ name, view, form, onChange, save, onDone, waiting = 0 }) {
  const [state, setState] = useState(null);
  const [ask, asking] = useAsk();
  const [ended, setEnded] = useState(null);
  const doing = useDoing();
  const alive = useRef(true);
  const round = useRef(0);
  useEffect(() => () => { alive.current = false; }, []);
  const done = () => {
    onDone();
    poll();
  };
  const follow = async () => {
    const mine = ++round.current;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (!alive.current || mine !== round.current) return;
      const now = await get(`/accounts/${enc(name)}/connect`).catch((e) => (e.key === 'lost' ? { state: 'waiting' } : { state: 'idle' }));
      if (!alive.current || mine !== round.current) return;
      if (now.state === 'waiting') continue;
      setState(now);
      if (now.state === 'connected') {
        announce(t('connect.done'));
        done();
      }
      return;
    }
  };
  const invite = async (device) => {
    setEnded(null);
    await save();
    const now = await post(`/accounts/${enc(name)}/connect`, { device, secret_place: form.secret_place });
    setState(now);
    follow();
    return now.url;
  };
  const retry = () => begin(!here);
  const begin = (device) => doing.run('connect', () => (device ? invite(true) : inNewTab(() => invite(false))));
  const stop = () => doing.run('stop', async () => {
    round.current += 1;
    setState(null);
    await remove(`/accounts/${enc(name)}/connect`);
  });
  const end = () => doing.run('end', async () => {
    setState(null);
    setEnded(await post(`/accounts/${enc(name)}/disconnect`, {}));
    done();
  });
  const issuer = form.app.issuer;
  const o = view && view.oauth && view.oauth.issuer === issuer ? view.oauth : null;
  const going = state && state.state === 'waiting';
  const other = o && o.connected_as && form.sender && o.connected_as.toLowerCase() !== form.sender.trim().toLowerCase();
  return html`<${Part} title=${t('connect.title')}><Problems error=${doing.error} />
    ${o && o.connected ? html`<p class="row"><${Mark} tone="ok" icon="ok">${o.connected_as ? t('connect.as', { who: o.connected_as }) : t('connect.done')}<//>${o.connected_at && html`<span class="muted"><When at=${o.connected_at} /></span>`}<Button kind="danger" busy=${doing.busy} onClick=${() => ask('connect.end', end, { n: waiting })}>${t('connect.end')}<//></p>
      ${o.ends_at && html`<p class="muted">${t('connect.until', { time: when(o.ends_at) })}</p>`}
      ${other && html`<Banner tone="warn" title=${t('connect.mismatch', { who: o.connected_as, from: form.sender })} actions=${html`<Link href="/settings/sender?name=${enc(name)}">${t('settings.sender')}<//>`}>${t('connect.mismatch.text')}<//>`}`
    : !going && html`<p><${Mark} tone="plain" icon="off">${t('connect.not')}<//></p>`}
    ${state && state.state === 'failed' && (state.problem ? html`<${Explained} problem=${state.problem} doable=${{ connect: retry, connect_again: retry, run_checks: '/help' }} />` : html`<Banner tone="bad" title=${t('connect.failed')} />`)}
    ${going && html`<Banner title=${t('connect.waiting', { time: clock(state.until) })} actions=${html`<Button onClick=${stop}>${t('cancel')}<//>`}>
      ${state.code ? html`<p>${t('connect.code.open')} <${Elsewhere} page=${state.page} open /></p><p>${t('connect.code.enter')} <strong class="code">${state.code}</strong> <${Copy} text=${state.code} /></p>`
        : html`<p>${t('connect.page')} <Link href=${state.url} target="_blank" rel="noopener">${t('connect.open', { brand: brand(issuer) })}<//></p>`}<//>`}
    ${ended && html`<Banner tone="ok" title=${t('connect.ended')}>${!ended.revoked && ended.page && html`<p>${t('connect.ended.page', { brand: brand(issuer) })} <${Elsewhere} page=${ended.page} /></p>`}<//>`}
    ${!going && html`<div class="actions">${here && html`<Button id="connect-do" kind=${o && o.connected ? '' : 'main'} busy=${doing.busy} onClick=${() => begin(false)}>${t(o && o.connected ? 'connect.again' : 'connect.do', { brand: brand(issuer) })}<//>`}<Button id=${here ? undefined : 'connect-do'} kind=${here || (o && o.connected) ? '' : 'main'} busy=${doing.busy} onClick=${() => begin(true)}>${t('connect.device')}<//></div><${Keep} title=${t('connect.keep')} value=${form.secret_place} onChange=${(secret_place) => onChange({ ...form, secret_place })} open=${Boolean(doing.error && doing.error.key === 'not_sent')} />`}
    ${asking}<//>`;
}

// Who else gets in: other programs, their pages, their passwords, and who is told what happens.

import { html, t, useState, useEffect, useData, put, post, remove, enc, poll } from '../lib/core.js';
import '../lib/inputs.js';
import { Page, Part, Copy, Mark, Switch, Inset, Item, Once, Ticks, CODE, need, useActs, useAsk, useFields } from './page.js';

const EVENTS = ['document.issued', 'mail.accepted', 'mail.refused', 'mail.expired', 'mail.uncertain', 'account.held'];
const THIS = '127.0.0.1';
/** The networks that no address of the internet is in. */
const LOCAL = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'];

export function Access() {
  const got = useData('/access', ['access', 'settings']);
  const doing = useActs(got.again);
  const set = (key, value) => doing.act(`${key} ${value}`, async () => {
    await put(`/settings/${key}`, { value: String(value) });
    poll();
  });
  const [ask, asking] = useAsk();
  const out = () => doing.act('out', () => remove('/access/sessions'), t('api.signout.done'));
  const curl = `curl -u ${t('api.try.program')}:${t('api.try.password')} ${location.origin}/api/v1/status`;
  return html`<${Page} title=${t('settings.api')} text=${t('api.text')} from=${got}>${(a) => html`
    <${Switch} id="api_enabled" label=${t('api.enabled')} note=${t('api.enabled.note')} checked=${a.enabled} set=${(on) => set('api_enabled', on)} />
    <${Switch} id="api_remote_login" label=${t('api.remote')} note=${a.enabled ? t('api.remote.note') : t('api.remote.needs')} checked=${a.remote_login} set=${(on) => set('api_remote_login', on)} />
    <p class="muted">${t(a.reachable ? 'api.reach.others' : 'api.reach.here', { at: a.listening.join(', ') })}</p><${Restrict} access=${a} set=${set} doing=${doing} />
    <${Passwords} access=${a} again=${got.again} />
    <${Part} title=${t('api.origins')} text=${t('api.origins.text')}><${Listed} id="origins" name="api_web_origins" label=${t('api.origins.list')} hint=${t('api.origins.hint')} list=${a.web_origins} keep=${(all) => set('api_web_origins', all.join(', '))} doing=${doing} /><//>
    <${Part} title=${t('api.try')} text=${t('api.try.text')}><pre>${curl}</pre><div class="actions"><${Copy} text=${curl} /><Link href="/api/v1/docs" target="_blank" rel="noopener">${t('api.docs')}<//></div><//>
    ${a.links.length > 0 && html`<${Part} title=${t('api.links')}><ul class="list people">${a.links.map((l, i) => html`<${Item} key=${i} name=${l.made_by} note=${l.path} state=${html`<When at=${l.created_at} />`}><span>${l.used_at && html`<${Mark} tone="ok" icon="ok">${t('api.link.used')}<//>`}</span><//>`)}</ul><//>`}
    <${Part} title=${t('api.sessions')} text=${t('api.sessions.text')}><Button onClick=${() => ask('api.signout', out)}>${t('api.signout')}<//>${asking}<//>
    <${Hooks} />`}<//>`;
}

/** A list in which each counts as soon as it is put in or taken out; `keep` stores it. */
function Listed({ list: stored, keep, doing, name, label, hint, id }) {
  const [text, setText] = useState('');
  const [list, setList] = useState(stored);
  useEffect(() => setList(stored), [stored.join()]);
  const make = async (next) => (await keep(next)) && (setList(next), true);
  const add = async () => {
    if (!text.trim()) return doing.setError(need(name, 'api.restrict.need'));
    // Who goes on typing meanwhile keeps that.
    return (await make([...new Set([...list, text.trim()])])) && setText((now) => (now === text ? '' : now));
  };
  return html`${list.length > 0 && html`<div class="chips">${list.map((one) => html`<button type="button" key=${one} class="chip" aria-disabled=${doing.busy ? 'true' : undefined} aria-label=${t('sender.remove', { who: one })} onClick=${() => doing.busy || make(list.filter((x) => x !== one))}>${one} <span aria-hidden="true">×</span></button>`)}</div>`}
    <Text ...${{ id, name, label, hint, error: doing.error, ...CODE }} class="medium" value=${text} onInput=${setText} /><div class="actions"><Button busy=${doing.busy} onClick=${add}>${t('add')}<//></div>`;
}

/** Restrict access: who may connect beside this computer. */
function Restrict({ access, set, doing }) {
  const list = access.restrict_access.map((n) => n.replace(/\/(32|128)$/, ''));
  const kind = !list.length ? 'all' : list.every((n) => n === THIS) ? 'this' : list.length === LOCAL.length && LOCAL.every((n) => list.includes(n)) ? 'local' : 'these';
  const [way, setWay] = useState(kind);
  // What was stored comes back late: whoever is about to write addresses by then goes on.
  useEffect(() => setWay((now) => (now === 'these' ? now : kind)), [kind]);
  // Without an address nobody else is let in; an empty list would let everybody in.
  const keep = async (all) => {
    const others = all.filter((n) => n !== THIS).join(', ');
    if (!(await set('api_restrict_access', others || THIS))) return false;
    if (!others) setWay('this');
    return true;
  };
  const [asked, setAsked] = useState('');
  const store = (next) => set('api_restrict_access', { all: '', this: THIS, local: LOCAL.join(', ') }[next]);
  const choose = (next) => {
    setWay(next);
    if (/all|local/.test(next)) setAsked(next);
    else if (next === 'this') store(next);
  };
  const settle = (answer) => {
    setAsked('');
    if (answer) store(asked);
    else setWay(kind);
  };
  return html`${asked && html`<Ask danger title=${t('api.open.ask')} yes=${t('api.open')} onNo=${() => settle(false)} onYes=${() => settle(true)}><p>${t('api.open.text')}</p><//>`}<Problems error=${doing.error} /><Radios legend=${t('api.restrict')} name="restrict" value=${way} onChange=${choose} options=${['this', 'these', 'local', 'all'].map((k) => [k, t(`api.restrict.${k}`), { local: t('api.restrict.local.note'), all: t('api.restrict.all.note') }[k]])} />
    ${way === 'these' && html`<div class="inset"><${Listed} id="networks" name="api_restrict_access" label=${t('api.restrict.list')} hint=${t('api.restrict.hint')} list=${kind === 'these' ? list : []} keep=${keep} doing=${doing} /></div>`}`;
}

/** Password settings: one for each program. */
function Passwords({ access, again }) {
  const [made, setMade] = useState(null);
  const [ask, asking] = useAsk();
  const doing = useActs(again);
  const { value: fresh, set, text, choice } = useFields({ name: '', scope: 'send' }, doing.error);
  const make = () => doing.act('make', async () => {
    if (!fresh.name.trim()) throw need('name', 'api.need.name');
    setMade(await post('/access/passwords', { name: fresh.name.trim(), scope: fresh.scope }));
    set({ name: '' });
  }, '');
  const revoke = ({ name }) => doing.act('revoke', () => remove(`/access/passwords/${enc(name)}`), t('api.revoked'));
  return html`<${Part} title=${t('api.passwords')} text=${t('api.passwords.text')}><Problems error=${doing.error} />
    ${made && html`<${Once} title=${t('api.once', { name: made.name })} secret=${made.password} onDone=${() => setMade(null)} />`}
    ${access.passwords.length ? html`<ul class="list people">${access.passwords.map((p) => html`<${Item} key=${p.name} name=${p.name} note=${[t(`scope.${p.scope}`), `…${p.ending}`, p.mails > 0 && t('api.mails', { n: p.mails })].filter(Boolean).join(' · ')} state=${p.last_used_at ? html`${t('api.used')} <When at=${p.last_used_at} />` : t('api.unused')}><Button aria-label=${t('api.revoke.who', { name: p.name })} onClick=${() => ask('api.revoke', () => revoke(p), p)}>${t('api.revoke')}<//><//>`)}</ul>` : html`<p class="muted">${t('api.none')}</p>`}
    <div class="two after">${text('name', 'api.program', { id: 'program', name: 'name', maxlength: '60' })}${choice('scope', 'api.may', ['read', 'send', 'manage'].map((s) => [s, t(`scope.${s}`)]), { hint: t(`scope.${fresh.scope}.note`), class: '' })}</div>
    <Button kind="main" busy=${doing.busy} onClick=${make}>${t('api.make')}<//>
    ${asking}<//>`;
}

/** Who is told what happens. */
function Hooks() {
  const got = useData('/webhooks', ['access', 'mails']);
  const [made, setMade] = useState(null);
  const doing = useActs(got.again);
  const { value: fresh, setValue: setFresh, set, text } = useFields(null, doing.error);
  const add = () => doing.act('add', async () => {
    if (!fresh.url.trim()) throw need('url', 'hooks.need');
    setMade(await post('/webhooks', { url: fresh.url.trim(), events: fresh.events, secret_place: fresh.place }));
    setFresh(null);
  }, '');
  return html`<${Part} title=${t('hooks')} text=${t('hooks.text')}><Problems error=${doing.error} /><Got from=${got}>${(hooks) => html`
    ${made && html`<${Once} title=${t('hooks.secret')} secret=${made.secret} onDone=${() => setMade(null)} />`}
    ${hooks.length > 0 && html`<ul class="list people">${hooks.map((h) => html`<${Item} key=${h.id} name=${h.url} note=${h.events.length && h.events.length < EVENTS.length ? h.events.map((e) => t(`hooks.${e}`)).join(', ') : t('hooks.all')} more=${h.problem && html`<${Mark} tone="bad" icon="stop">${h.problem}<//>`} state=${h.waiting ? t('hooks.waiting', { n: h.waiting }) : ''}><span class="row"><Button busy=${doing.busy} onClick=${() => doing.act('test', () => post(`/webhooks/${h.id}/test`, {}), t('hooks.tested'))}>${t('hooks.test')}<//><Button busy=${doing.busy} aria-label=${t('hooks.remove', { url: h.url })} onClick=${() => doing.act('drop', () => remove(`/webhooks/${h.id}`), '')}>${t('remove')}<//></span><//>`)}</ul>`}
    <${Inset} on=${fresh} word=${t('hooks.add')} doing=${doing} open=${() => setFresh({ url: '', events: EVENTS, place: 'keyring' })} close=${() => setFresh(null)} save=${add}>${fresh && html`${text('url', 'hooks.url', { ...CODE, id: 'hook-url', name: 'url', inputmode: 'url' })}
      <${Ticks} legend=${t('hooks.events')} options=${EVENTS.map((e) => [e, t(`hooks.${e}`)])} value=${fresh.events} onChange=${(events) => set({ events })} />`}<//>`}<//><//>`;
}

// Who else gets in: other programs, their pages, their passwords, and who is told what happens.

import { html, t, useState, useEffect, useData, put, post, remove, enc, poll, announce } from '../lib/core.js';
import { Button, Got, Banner, Problems, Text, Tick, Choice, Radios, When, Ask, useDoing, Saved, copy } from '../lib/ui.js';
import { Page, Part, Mark, Switch } from './page.js';

const EVENTS = ['document.issued', 'mail.accepted', 'mail.refused', 'mail.uncertain', 'account.held'];
const THIS = '127.0.0.1';

export function Access() {
  const got = useData('/access', ['access', 'settings']);
  const doing = useDoing();
  const set = (key, value) => doing.run(key, async () => {
    await put(`/settings/${key}`, { value: String(value) });
    got.again();
    poll();
    announce(t('saved'));
    return true;
  });
  return html`<${Page} title=${t('settings.api')} text=${t('api.text')}><${Got} from=${got}>${(a) => html`
    <${Switch} id="api_enabled" label=${t('api.enabled')} note=${t('api.enabled.note')} checked=${a.enabled} set=${(on) => set('api_enabled', on)} />
    <${Switch} id="api_remote_login" label=${t('api.remote')} note=${a.enabled ? t('api.remote.note') : t('api.remote.needs')} checked=${a.remote_login} set=${(on) => set('api_remote_login', on)} />
    <p class="muted">${t(a.reachable ? 'api.reach.others' : 'api.reach.here', { at: a.listening.join(', ') })}</p><${Restrict} access=${a} set=${set} doing=${doing} />
    <${Passwords} access=${a} again=${got.again} />
    <${Origins} access=${a} set=${set} doing=${doing} />
    <${Part} title=${t('api.try')} text=${t('api.try.text')}><pre>curl -u ${t('api.try.program')}:${t('api.try.password')} ${location.origin}/api/v1/status</pre><div class="actions"><${Button} onClick=${() => copy(`curl -u ${t('api.try.program')}:${t('api.try.password')} ${location.origin}/api/v1/status`)}>${t('copy')}<//><a class="button" href="/api/v1/docs" target="_blank" rel="noopener">${t('api.docs')}</a></div><//>
    ${a.links.length > 0 && html`<${Part} title=${t('api.links')}><ul class="list people">${a.links.map((l, i) => html`<li key=${i}><span><strong>${l.made_by}</strong><span class="muted">${l.path}</span></span><span class="muted"><${When} at=${l.created_at} /></span><span>${l.used_at ? html`<${Mark} tone="ok" icon="ok">${t('api.link.used')}<//>` : ''}</span></li>`)}</ul><//>`}
    <${Hooks} />`}<//><//>`;
}

/** Restrict access: who may connect beside this computer. */
function Restrict({ access, set, doing }) {
  const list = access.restrict_access;
  const kind = !list.length ? 'all' : list.every((n) => n === THIS || n === `${THIS}/32`) ? 'this' : 'these';
  const [way, setWay] = useState(kind);
  const [text, setText] = useState(kind === 'these' ? list.join(', ') : '');
  useEffect(() => setWay(kind), [kind]);
  const choose = (next) => {
    setWay(next);
    if (next === 'all') set('api_restrict_access', '');
    if (next === 'this') set('api_restrict_access', THIS);
  };
  const mine = ['api_restrict_access'].includes(doing.done);
  return html`<${Problems} error=${doing.error} fields=${{ api_restrict_access: 'networks', api_web_origins: 'origins' }} /><${Radios} legend=${t('api.restrict')} name="restrict" value=${way} onChange=${choose} options=${[['all', t('api.restrict.all'), t('api.restrict.all.note')], ['this', t('api.restrict.this')], ['these', t('api.restrict.these')]]} />
    ${way === 'these' && html`<div class="inset"><${Text} id="networks" name="api_restrict_access" label=${t('api.restrict.list')} hint=${t('api.restrict.hint')} value=${text} error=${doing.error} spellcheck="false" autocapitalize="off" onInput=${setText} /><div class="actions"><${Button} data-key="save" busy=${doing.busy} onClick=${() => (text.trim() ? set('api_restrict_access', text.trim()) : doing.setError({ field: 'api_restrict_access', message: t('api.restrict.need'), status: 422 }))}>${t('save')}<//><${Saved} shown=${mine} /></div></div>`}`;
}

/** Password settings: one for each program. */
function Passwords({ access, again }) {
  const [fresh, setFresh] = useState({ name: '', scope: 'send' });
  const [made, setMade] = useState(null);
  const [gone, setGone] = useState(null);
  const doing = useDoing();
  const make = () => doing.run('make', async () => {
    if (!fresh.name.trim()) throw Object.assign(new Error(t('api.need.name')), { field: 'name', status: 422 });
    setMade(await post('/access/passwords', { name: fresh.name.trim(), scope: fresh.scope }));
    setFresh({ ...fresh, name: '' });
    again();
  });
  return html`<${Part} title=${t('api.passwords')} text=${t('api.passwords.text')}><${Problems} error=${doing.error} fields=${{ name: 'program', scope: 'scope' }} />
    ${made && html`<${Banner} tone="ok" title=${t('api.once', { name: made.name })} actions=${html`<${Button} onClick=${() => copy(made.password)}>${t('copy')}<//><${Button} onClick=${() => setMade(null)}>${t('api.once.done')}<//>`}><pre class="code">${made.password}</pre><//>`}
    ${access.passwords.length ? html`<ul class="list people">${access.passwords.map((p) => html`<li key=${p.name}><span><strong>${p.name}</strong><span class="muted">${t(`scope.${p.scope}`)} · …${p.ending}</span></span><span class="muted">${p.last_used_at ? html`${t('api.used')} <${When} at=${p.last_used_at} />` : t('api.unused')}</span><${Button} aria-label=${t('api.revoke.who', { name: p.name })} onClick=${() => setGone(p)}>${t('api.revoke')}<//></li>`)}</ul>` : html`<p class="muted">${t('api.none')}</p>`}
    <div class="two after"><${Text} id="program" name="name" label=${t('api.program')} hint=${t('api.program.hint')} maxlength="60" value=${fresh.name} error=${doing.error} onInput=${(name) => setFresh({ ...fresh, name })} /><${Choice} id="scope" label=${t('api.may')} hint=${t(`scope.${fresh.scope}.note`)} value=${fresh.scope} onChange=${(scope) => setFresh({ ...fresh, scope })} options=${['read', 'send', 'manage'].map((s) => [s, t(`scope.${s}`)])} /></div>
    <${Button} kind="main" busy=${doing.busy} onClick=${make}>${t('api.make')}<//>
    ${gone && html`<${Ask} danger title=${t('api.revoke.ask', { name: gone.name })} yes=${t('api.revoke')} onNo=${() => setGone(null)} onYes=${() => doing.run('revoke', async () => { await remove(`/access/passwords/${enc(gone.name)}`); setGone(null); again(); announce(t('api.revoked')); })}><p>${t('api.revoke.text')}</p><//>`}<//>`;
}

/** Web pages that may show these screens inside theirs. */
function Origins({ access, set, doing }) {
  const [text, setText] = useState(null);
  return html`<${Part} title=${t('api.origins')} text=${t('api.origins.text')}><${Text} id="origins" name="api_web_origins" label=${t('api.origins.list')} hint=${t('api.origins.hint')} value=${text === null ? access.web_origins.join(', ') : text} error=${doing.error} spellcheck="false" autocapitalize="off" onInput=${setText} />
    <div class="actions"><${Button} busy=${doing.busy} onClick=${() => set('api_web_origins', text === null ? access.web_origins.join(', ') : text.trim())}>${t('save')}<//><${Saved} shown=${doing.done === 'api_web_origins'} /></div><//>`;
}

/** Who is told what happens. */
function Hooks() {
  const got = useData('/webhooks', ['access', 'mails']);
  const [fresh, setFresh] = useState(null);
  const [made, setMade] = useState(null);
  const doing = useDoing();
  const act = (name, work, word) => doing.run(name, async () => {
    await work();
    got.again();
    if (word) announce(word);
  });
  const add = () => act('add', async () => {
    if (!fresh.url.trim()) throw Object.assign(new Error(t('hooks.need')), { field: 'url', status: 422 });
    setMade(await post('/webhooks', { url: fresh.url.trim(), events: fresh.events, secret_place: fresh.place }));
    setFresh(null);
  });
  return html`<${Part} title=${t('hooks')} text=${t('hooks.text')}><${Problems} error=${doing.error} fields=${{ url: 'hook-url', events: 'hook-url', secret_place: 'hook-url' }} /><${Got} from=${got}>${(hooks) => html`
    ${made && html`<${Banner} tone="ok" title=${t('hooks.secret')} actions=${html`<${Button} onClick=${() => copy(made.secret)}>${t('copy')}<//><${Button} onClick=${() => setMade(null)}>${t('api.once.done')}<//>`}><pre class="code">${made.secret}</pre><//>`}
    ${hooks.length > 0 && html`<ul class="list people">${hooks.map((h) => html`<li key=${h.id}><span><strong>${h.url}</strong><span class="muted">${h.events.length && h.events.length < EVENTS.length ? h.events.map((e) => t(`hooks.${e}`)).join(', ') : t('hooks.all')}</span>${h.problem && html`<${Mark} tone="bad" icon="stop">${h.problem}<//>`}</span><span class="muted">${h.waiting ? t('hooks.waiting', { n: h.waiting }) : ''}</span><span class="row"><${Button} busy=${doing.busy} onClick=${() => act('test', () => post(`/webhooks/${h.id}/test`, {}), t('hooks.tested'))}>${t('hooks.test')}<//><${Button} busy=${doing.busy} aria-label=${t('hooks.remove', { url: h.url })} onClick=${() => act('drop', () => remove(`/webhooks/${h.id}`))}>${t('remove')}<//></span></li>`)}</ul>`}
    ${fresh ? html`<div class="inset"><${Text} id="hook-url" name="url" label=${t('hooks.url')} hint=${t('hooks.url.hint')} inputmode="url" spellcheck="false" autocapitalize="off" value=${fresh.url} error=${doing.error} onInput=${(url) => setFresh({ ...fresh, url })} />
      <fieldset class="grid"><legend>${t('hooks.events')}</legend>${EVENTS.map((e) => html`<${Tick} key=${e} label=${t(`hooks.${e}`)} checked=${fresh.events.includes(e)} onChange=${(on) => setFresh({ ...fresh, events: on ? [...fresh.events, e] : fresh.events.filter((x) => x !== e) })} />`)}</fieldset>
      <div class="actions"><${Button} kind="main" busy=${doing.busy} onClick=${add}>${t('add')}<//><${Button} onClick=${() => { setFresh(null); doing.setError(null); }}>${t('cancel')}<//></div></div>`
    : html`<div class="actions"><${Button} onClick=${() => setFresh({ url: '', events: EVENTS, place: 'keyring' })}>${t('hooks.add')}<//></div>`}`}<//><//>`;
}

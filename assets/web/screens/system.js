// The watched folder, who else gets in, and the program itself.

import { html, t, useState, useData, useApp, put, post, remove, enc, poll, announce } from '../lib/core.js';
import { Title, Button, Got, Banner, Problems, Text, Tick, Choice, When, Ask, useDoing, Saved, State, copy } from '../lib/ui.js';

export function Folders() {
  const got = useData('/folder');
  return html`<div class="head"><${Title}>${t('settings.folders')}<//><${Button} onClick=${got.again}>${t('reload')}<//></div><${Got} from=${got}>${(f) => html`<p>${t('folder.text')}</p><pre>${f.path}</pre><p><${Button} onClick=${() => copy(f.path)}>${t('copy')}<//></p>
    <p>${f.waiting ? t('folder.waiting', { n: f.waiting }) : t('folder.none')}</p>
    <h2>${t('folder.failed')}</h2>${f.failed.length ? html`<ul class="list">${f.failed.map((x) => html`<li key=${x.name} style="grid-template-columns:minmax(0,1fr)"><span><${State} of="failed" word=${x.name} /><span class="muted">${x.reason}</span></span></li>`)}</ul><p class="muted">${t('folder.failed.text')}</p>` : html`<p class="muted">${t('folder.failed.none')}</p>`}`}<//>`;
}

export function Access() {
  const got = useData('/access', ['access', 'settings']);
  const [fresh, setFresh] = useState({ name: '', scope: 'send' });
  const [made, setMade] = useState(null);
  const [gone, setGone] = useState(null);
  const [nets, setNets] = useState(null);
  const [origins, setOrigins] = useState(null);
  const doing = useDoing();
  const set = (key, value) => doing.run(key, async () => {
    await put(`/settings/${key}`, { value: String(value) });
    got.again();
    poll();
  });
  return html`<div class="narrow"><${Title}>${t('settings.api')}<//><p>${t('api.text')}</p><${Problems} error=${doing.error} fields=${{ name: 'program', api_restrict_access: 'networks', api_web_origins: 'origins' }} />
    <${Got} from=${got}>${(a) => html`<${Tick} label=${t('api.enabled')} note=${t('api.enabled.note')} checked=${a.enabled} onChange=${(on) => set('api_enabled', on)} />
      <${Tick} label=${t('api.remote')} note=${t('api.remote.note')} checked=${a.remote_login} onChange=${(on) => set('api_remote_login', on)} />
      <${Text} id="networks" name="api_restrict_access" label=${t('api.restrict')} hint=${t('api.restrict.hint')} value=${nets === null ? a.restrict_access.join(', ') : nets} error=${doing.error} onInput=${setNets} />
      <${Text} id="origins" name="api_web_origins" label=${t('api.origins')} hint=${t('api.origins.hint')} value=${origins === null ? a.web_origins.join(', ') : origins} error=${doing.error} onInput=${setOrigins} />
      <div class="actions"><${Button} busy=${doing.busy} data-key="save" onClick=${async () => { if (nets !== null) await set('api_restrict_access', nets); if (origins !== null) await set('api_web_origins', origins); }}>${t('save')}<//><${Saved} shown=${doing.done === 'api_restrict_access' || doing.done === 'api_web_origins'} /></div>
      <h2>${t('api.passwords')}</h2>${made && html`<${Banner} tone="ok" title=${t('api.once', { name: made.name })} actions=${html`<${Button} onClick=${() => copy(made.password)}>${t('copy')}<//>`}><pre>${made.password}</pre><//>`}
      ${a.passwords.length ? html`<ul class="list people">${a.passwords.map((p) => html`<li key=${p.name}><span><strong>${p.name}</strong><span class="muted">${t(`scope.${p.scope}`)} · …${p.ending}</span></span><span class="muted">${p.last_used_at ? html`<${When} at=${p.last_used_at} />` : t('api.unused')}</span><${Button} onClick=${() => setGone(p)}>${t('api.revoke')}<//></li>`)}</ul>` : html`<p class="muted">${t('api.none')}</p>`}
      <div class="two"><${Text} id="program" name="name" label=${t('api.program')} value=${fresh.name} error=${doing.error} onInput=${(name) => setFresh({ ...fresh, name })} /><${Choice} id="scope" label=${t('api.may')} value=${fresh.scope} onChange=${(scope) => setFresh({ ...fresh, scope })} options=${['read', 'send', 'manage'].map((s) => [s, t(`scope.${s}`)])} /></div>
      <${Button} kind="main" busy=${doing.busy} onClick=${() => doing.run('make', async () => { setMade(await post('/access/passwords', fresh)); setFresh({ ...fresh, name: '' }); got.again(); })}>${t('api.make')}<//>
      <h2>${t('api.try')}</h2><pre>curl -u program:PASSWORD ${location.origin}/api/v1/status</pre><p><a href="/api/v1/docs" target="_blank" rel="noopener">${t('api.docs')}</a></p>
      ${a.links.length > 0 && html`<h2>${t('api.links')}</h2><ul>${a.links.map((l, i) => html`<li key=${i}><${When} at=${l.created_at} /> · ${l.made_by} → ${l.path} ${l.used_at ? t('api.link.used') : ''}</li>`)}</ul>`}
      ${gone && html`<${Ask} danger title=${t('api.revoke.ask', { name: gone.name })} yes=${t('api.revoke')} onNo=${() => setGone(null)} onYes=${() => doing.run('revoke', async () => { await remove(`/access/passwords/${enc(gone.name)}`); setGone(null); got.again(); announce(t('api.revoked')); })}><p>${t('api.revoke.text')}</p><//>`}`}<//></div>`;
}

export function About() {
  const app = useApp();
  const doing = useDoing();
  const [backup, setBackup] = useState(null);
  const [check, setCheck] = useState(null);
  const report = (c) => (c.problems.length ? html`<${Banner} tone="bad" title=${t('about.damaged')}><ul>${c.problems.map((p) => html`<li>${p}</li>`)}</ul><//>` : html`<${Banner} tone="ok" title=${t('about.sound', { documents: c.documents, mails: c.mails })} />`);
  return html`<div class="narrow"><${Title}>${t('settings.about')}<//><dl class="facts"><dt>Tillpost</dt><dd>${app.status ? app.status.version : ''}</dd><dt>${t('about.licence')}</dt><dd>MIT OR Apache-2.0</dd></dl><${Problems} error=${doing.error} />
    <h2>${t('about.backup')}</h2><p>${t('about.backup.text')}</p><${Button} kind="main" busy=${doing.busy} onClick=${() => doing.run('backup', async () => setBackup(await post('/backups', {})))}>${t('about.backup.do')}<//>
    ${backup && html`<p role="status">${t('about.backup.done', { name: backup.name })}</p>${report(backup.check)}`}
    <h2>${t('about.check')}</h2><p>${t('about.check.text')}</p><${Button} busy=${doing.busy} onClick=${() => doing.run('check', async () => setCheck(await post('/check', {})))}>${t('about.check.do')}<//>${check && report(check)}
    <h2>${t('about.parts')}</h2><ul><li>Preact 11.2.0 – MIT (<a href="/vendor/LICENSE-preact.txt" target="_blank">${t('about.licence')}</a>)</li><li>htm 3.1.1 – Apache-2.0 (<a href="/vendor/LICENSE-htm.txt" target="_blank">${t('about.licence')}</a>)</li><li>Inter – SIL OFL 1.1</li></ul></div>`;
}

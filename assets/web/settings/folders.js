// The watched folder: where other programs put what is to be mailed, and what of it needs a person.

import { html, t, useEffect, useRef, useData, go, post, remove, enc } from '../lib/core.js';
import { Page, Part, Copy, Mark, useActs } from './page.js';

export function Folders() {
  const got = useData('/folder', ['folder', 'documents', 'mails']);
  const channels = useData('/channels', ['channels']);
  const doing = useActs(got.again);
  // A refused file is no row of the data that the status could count.
  const look = useRef(null);
  look.current = got.again;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || look.current(), 5000);
    return () => clearInterval(timer);
  }, []);
  const own = (channels.data || []).filter((c) => c.folder);
  const inside = (path, name) => `${path}${path.includes('\\') ? '\\' : '/'}${name}`;
  return html`<${Page} title=${t('settings.folders')} text=${t('folder.text')} actions=${html`<Button onClick=${got.again}>${t('folder.look')}<//>`} from=${got}>${(f) => html`
    <div class="row path"><code>${f.path}</code><${Copy} text=${f.path} /></div>
    <p>${f.waiting ? html`<${Mark} tone="act" icon="wait">${t('folder.waiting', { n: f.waiting })}<//>` : html`<${Mark} tone="ok" icon="ok">${t('folder.none')}<//>`}</p>
    ${f.last_taken && html`<p class="muted">${t('folder.last', { name: f.last_taken.name })} · <When at=${f.last_taken.at} />${f.last_taken.mail && html` · <a href="/outbox/${f.last_taken.mail}">${t('show')}</a>`}</p>`}<Problems error=${doing.error} />
    <${Part} title=${t('folder.what')}><ul><li>${t('folder.what.json')}</li><li>${t('folder.what.pdf')}</li><li>${t('folder.what.eml')}</li></ul><p class="muted">${t('folder.after')} <a href="/help/folder">${t('help.folder')}</a></p><//>
    ${own.length > 0 && html`<${Part} title=${t('folder.channels')}><ul class="list people">${own.map((c) => html`<li key=${c.name}><span><a href="/settings/channels/edit?name=${enc(c.name)}"><strong>${c.name}</strong></a><code>${inside(f.path, c.folder)}</code></span><span></span><${Copy} text=${inside(f.path, c.folder)} /></li>`)}</ul><//>`}
    <${Part} title=${f.failed.length ? t('folder.failed.n', { n: f.failed.length }) : t('folder.failed')}>${f.failed.length ? html`<ul class="list files">${f.failed.map((x) => html`<li key=${x.name}><span><State of="failed" word=${x.name} /><span class="muted">${x.reason}</span>${x.at && html`<When at=${x.at} />`}</span><span class="row">${x.writable && html`<Button busy=${doing.busy} aria-label=${t('folder.write.who', { name: x.name })} onClick=${() => doing.run('write', async () => go(`/mail/${(await post(`/folder/failed/${enc(x.name)}/draft`, {})).id}/edit`))}>${t('folder.write')}<//>`}<Button busy=${doing.busy} aria-label=${t('folder.retry.who', { name: x.name })} onClick=${() => doing.act('retry', () => post(`/folder/failed/${enc(x.name)}/retry`, {}), '')}>${t('try.again')}<//><Button busy=${doing.busy} aria-label=${t('folder.aside.who', { name: x.name })} onClick=${() => doing.act('aside', () => remove(`/folder/failed/${enc(x.name)}`), t('folder.aside.done'))}>${t('folder.aside')}<//></span></li>`)}</ul><p class="muted">${t('folder.failed.text')}</p>` : html`<p class="muted">${t('folder.failed.none')}</p>`}<//>`}<//>`;
}

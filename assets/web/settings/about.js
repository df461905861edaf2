// The program itself: its version, copies of its data, its settings as a file.

import { html, t, useState, useApp, useData, bytes, when, get, post, put, poll, enc, isOwner, announce } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { PickFile } from '../lib/form.js';
import { Copy, Page, Part, useAsk } from './page.js';
import { saveText } from './trial.js';

const Report = ({ of }) => (of.problems.length ? html`<Banner tone="bad" title=${t('about.damaged')}><ul>${of.problems.map((p) => html`<li key=${p}>${p}</li>`)}</ul><//>` : html`<Banner tone="ok" title=${t('about.sound', { documents: of.documents, mails: of.mails })} />`);

/** What came of the last copy that was put back. */
function PutBack({ done: { at, restored, problem } }) {
  if (problem) return html`<Banner tone="bad" title=${t('about.restore.not')}>${problem.detail}<//>`;
  const { documents, mails, held, lost } = restored;
  return html`<Banner tone="ok" title=${t('about.restore.done', { time: when(at) })} actions=${held > 0 && html`<Link href="/outbox?show=held">${t('show')}<//>`}>${t('about.restore.has', { documents, mails, held })}${lost.map((l) => html`<br key=${l} />${l}`)}<//>`;
}

/** The copies there are, and the way back to each. */
function Copies({ of, doing }) {
  const [ask, asking] = useAsk();
  const goBack = ({ name }) => doing.run('restore', async () => {
    await post(`/backups/${enc(name)}/restore`, {});
    // It stops for that, and begins again: then this page does, too.
    const before = of.put_back && of.put_back.at;
    for (let away = false, again = false; !again;) {
      await new Promise((go) => setTimeout(go, 500));
      const now = await get('/backups').catch(() => null);
      again = now && (away || (now.put_back && now.put_back.at !== before));
      away = away || !now;
    }
    location.reload();
  });
  return html`${doing.busy === 'restore' ? html`<p role="status" class="muted">${t('about.restore.runs')}</p>` : of.put_back && html`<${PutBack} done=${of.put_back} />`}${of.backups.length > 0 && html`<h3>${t('about.copies')}</h3><p class="muted">${t('about.restore')}</p><ul class="list copies">${of.backups.map((c) => {
    const time = c.at ? when(c.at) : c.name;
    return html`<li key=${c.name}><span><strong>${time}</strong><span class="muted">${bytes(c.bytes)}</span></span><div class="actions"><Button busy=${doing.busy} aria-label=${t('about.restore.which', { time })} onClick=${() => ask('about.restore.do', () => goBack(c), { time, documents: c.documents_since ?? '?', mails: c.mails_since ?? '?' })}>${t('about.restore.do')}<//></div><details><summary>${t('about.restore.hand')}</summary><pre>${c.restore}</pre><${Copy} text=${c.restore} /></details></li>`;
  })}</ul>`}${asking}`;
}

export function About() {
  const app = useApp();
  const doing = useDoing();
  const [backup, setBackup] = useState(null);
  const [check, setCheck] = useState(null);
  const copies = useData(isOwner() ? '/backups' : null);
  return html`<${Page} title=${t('settings.about')}><dl class="facts"><dt>Tillpost</dt><dd>${app.status ? app.status.version : ''}</dd><dt>${t('about.licence')}</dt><dd>MIT OR Apache-2.0</dd>${copies.data && html`<dt>${t('about.size')}</dt><dd>${bytes(copies.data.data_bytes)}</dd>`}</dl><Problems error=${doing.error} />
    ${isOwner() && html`<${Part} title=${t('about.backup')} text=${t('about.backup.text')}><Button kind="main" busy=${doing.busy} onClick=${() => doing.run('backup', async () => { setBackup(await post('/backups', {})); copies.again(); })}>${t('about.backup.do')}<//>
      ${doing.busy === 'backup' && html`<p role="status" class="muted">${t('about.working')}</p>`}${backup && html`<p role="status">${t('about.backup.done', { name: backup.name })}</p><${Report} of=${backup.check} />`}${copies.data && html`<${Copies} of=${copies.data} doing=${doing} />`}<//>
    <${Part} title=${t('about.check')} text=${t('about.check.text')}><Button busy=${doing.busy} onClick=${() => doing.run('check', async () => setCheck(await post('/check', {})))}>${t('about.check.do')}<//>${doing.busy === 'check' && html`<p role="status" class="muted">${t('about.working')}</p>`}${check && html`<${Report} of=${check} />`}<//>
    <${SettingsFile} />
    <${Part} title=${t('about.log')} text=${t('about.log.text')}><a class="button" href="/api/v1/log" download="tillpost.log">${t('about.log.save')}</a><//>`}
    <${Part} title=${t('about.parts')}><ul><li>Preact 11.2.0 – MIT (<a href="/vendor/LICENSE-preact.txt" target="_blank">${t('about.licence')}</a>)</li><li>htm 3.1.1 – Apache-2.0 (<a href="/vendor/LICENSE-htm.txt" target="_blank">${t('about.licence')}</a>)</li><li>Inter – SIL OFL 1.1</li></ul><//><//>`;
}

/** All settings as a file: for another till, or for safety. Looked at before anything is changed. */
function SettingsFile() {
  const [found, setFound] = useState(null);
  const doing = useDoing();
  const save = () => doing.run('export', async () => saveText('tillpost-settings.json', `${JSON.stringify(await get('/settings-file'), null, 2)}\n`));
  const look = (file) => doing.run('look', async () => {
    setFound(null);
    let content;
    try {
      content = JSON.parse(await file.text());
    } catch {
      throw new Error(t('about.settings.notone', { name: file.name }));
    }
    setFound({ content, name: file.name, report: await put('/settings-file?dry_run=true', content) });
  });
  const take = () => doing.run('take', async () => {
    await put('/settings-file', found.content);
    setFound(null);
    poll();
    announce(t('about.settings.taken'));
  });
  return html`<${Part} title=${t('about.settings')} text=${t('about.settings.text')}><Problems error=${doing.error} />
    <div class="actions"><Button busy=${doing.busy} onClick=${save}>${t('about.settings.save')}<//><${PickFile} accept=".json,application/json" onFiles=${([file]) => look(file)}>${t('about.settings.read')}<//>${doing.done === 'take' && html`<span role="status" class="saved">${t('about.settings.taken')}</span>`}</div>
    ${found && html`<Banner title=${t('about.settings.ask', { name: found.name })} actions=${html`<Button kind="main" busy=${doing.busy} onClick=${take}>${t('about.settings.take')}<//><Button onClick=${() => setFound(null)}>${t('cancel')}<//>`}><${Changes} of=${found.report} /><//>`}<//>`;
}
/** What a file would change, as the API tells it. */
const Changes = ({ of }) => html`${of.changes.length ? html`<ul>${of.changes.map((c) => html`<li key=${c}>${c}</li>`)}</ul>` : html`<p>${t('about.settings.same')}</p>`}${of.need_secrets.length > 0 && html`<p>${t('about.settings.secrets', { names: of.need_secrets.join(', ') })}</p>`}`;

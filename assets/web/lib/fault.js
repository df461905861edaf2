// Trouble that is Tillpost's own, or its disk's: what to do, and what to hand on.

import { html, t, state, post, remove, isGuarded, isOwner } from './core.js';
import { useDoing } from './ui.js';

/** What those who mend Tillpost need to see; no form's content is in it. */
async function save(error) {
  const { saveText } = await import('../settings/trial.js');
  const log = isOwner() ? await fetch('/api/v1/log').then((answer) => (answer.ok ? answer.text() : ''), () => '') : '';
  saveText('tillpost-report.txt', [new Date().toISOString(), navigator.userAgent, location.pathname, error.stack || error.message, error.message, JSON.stringify(state.status, null, 1), log].join('\n\n'));
}

/** A defect: an exception in a screen, or an answer 500. `again` tries once more. */
export function Fault({ error, again }) {
  // A draft has what was written up to two seconds ago; where more is written the form says so itself.
  const kept = /^\/mail\/.+\/edit$/.test(location.pathname) && !isGuarded();
  return html`<Banner tone="bad" title=${t('fault.title')} actions=${html`${again && html`<Button onClick=${again}>${t('try.again')}<//>`}<Button onClick=${() => save(error)}>${t('fault.save')}<//>`}>${kept && t('fault.kept')}<//>`;
}

/** Nothing can be saved now: said before somebody writes what would be lost. */
export function Full({ error }) {
  const doing = useDoing();
  // Only a mail that is kept shows that mails can be kept again.
  const check = () => doing.run('check', async () => remove(`/drafts/${(await post('/drafts', { mail: {} })).id}`));
  return html`<div class="lost" role="alert"><Icon name="warn" /><span>${error.reason === 'the_disk_is_full' ? t('full.title') : error.message} ${t('full.text')}</span><Button busy=${doing.busy} onClick=${check}>${t('full.check')}<//></div>`;
}

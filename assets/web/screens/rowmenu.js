// What can be done with a mail: from its row in a list, and where it is shown by itself.

import { html, t, useState, go, download, post, poll, change, announce } from '../lib/core.js';
import { useDoing, titleOf } from '../lib/ui.js';
import '../lib/inputs.js';
import { later, usualTimes } from '../lib/times.js';

/** How long a withdrawn mail can be put back from the bar at the bottom. */
const BACK_SECONDS = 10;

/** What can be done with a mail, the best first: key, endpoint, body. */
export function wishes({ state, reason }) {
  const undo = reason === 'undo';
  switch (state) {
    case 'held':
      if (reason === 'document_changed') return [['replace', 'replace'], ['sendasis', 'release'], ['drop', 'cancel']];
      return undo ? [['sendnow', 'release'], ['undo', 'undo'], ['later', 'later']] : [['release', 'release'], ['edit', 'edit'], ['later', 'later'], ['cancel', 'cancel']];
    case 'waiting':
      return undo ? [['undo', 'undo'], ['sendnow', 'retry']] : [['trynow', 'retry'], ['edit', 'edit'], ['later', 'later'], ['first', 'first'], ['hold', 'hold'], ['cancel', 'cancel']];
    case 'uncertain':
      return [['arrived', 'resolve', { decision: 'arrived' }], ['again', 'resolve', { decision: 'send_again' }], ['giveup', 'resolve', { decision: 'give_up' }]];
    case 'expired':
      return [['trynow', 'retry']];
    default:
      return [];
  }
}

/** Does it; `ask` shows a dialog, `again` looks at the mail anew. */
export const wisher = (mail, { run, again, ask }) => ([name, path, body]) => (name === 'later' ? ask(Later) : run(name, async () => {
  const after = await post(`/mails/${mail.id}/${path}`, body || {});
  // For a while the bar at the bottom takes a withdrawal back.
  if (path === 'cancel') change({ leaving: { back: mail.id, until: new Date(Date.now() + BACK_SECONDS * 1000).toISOString(), what: titleOf(mail) } });
  else {
    if (name === 'undo' || name === 'edit') change({ leaving: null });
    announce(t(`mail.did.${name}`));
  }
  poll();
  again();
  if (after.draft) go(`/mail/${after.draft}/edit`);
  if (name === 'replace') go(`/outbox/${after.id}`);
}));

/** The same mail once more as a draft, to be changed: for everybody, for those who missed it, or for nobody yet. */
export async function asDraft(mail, whom) {
  const draft = await post(`/mails/${mail.id}/draft`, { for: whom });
  announce(t('mail.edited'));
  go(`/mail/${draft.id}/edit`);
}

/** The items of a row's menu, fit for the mail's state. */
export function itemsOf(mail, how) {
  const kept = mail.state === 'held';
  const changed = mail.reason === 'document_changed';
  const waits = mail.state === 'waiting' || (kept && !changed);
  const own = waits ? [['sendnow', kept ? 'release' : 'retry'], !kept && ['first', 'first'], ['later', 'later'], ['edit', 'edit'], !kept && ['hold', 'hold']].filter(Boolean) : changed ? wishes(mail).slice(0, 2) : mail.state === 'uncertain' ? wishes(mail) : [];
  const wish = wisher(mail, how);
  const item = (one) => [t(`mail.do.${one[0]}`), () => wish(one)];
  return [
    [t('open'), () => go(`/outbox/${mail.id}${location.search}`)],
    ...own.map(item),
    [t('mail.copy'), () => how.run('copy', () => asDraft(mail, 'everybody'))],
    [t('mail.eml'), () => download(`/api/v1/mails/${mail.id}/eml`)],
    ...(waits || changed ? [item(['cancel', 'cancel'])] : []),
  ];
}

/** Gives a waiting mail another time. */
export function Later({ mail, onDone, onClose }) {
  const [at, setAt] = useState(later(8, 1));
  const doing = useDoing();
  const save = (when) => doing.run('later', async () => {
    await post(`/mails/${mail.id}/later`, { send_after: when });
    announce(t('mail.did.later'));
    poll();
    onDone();
  });
  return html`<Ask title=${t('mail.later')} yes=${t('mail.later.yes')} busy=${doing.busy} onNo=${onClose} onYes=${() => save(at)}><Problems error=${doing.error} fields=${{ send_after: 'later' }} />
    <div class="row">${usualTimes().map(([word, time]) => html`<Button key=${time} onClick=${() => save(time)}>${word}<//>`)}</div>
    <Text id="later" name="send_after" label=${t('compose.when')} type="datetime-local" value=${at} error=${doing.error} onInput=${setAt} /><//>`;
}

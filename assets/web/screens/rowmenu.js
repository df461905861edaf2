// What can be done with a mail of the outbox from its row.

import { html, t, useState, go, post, poll, change, announce } from '../lib/core.js';
import { Ask, Button, Text, Problems, useDoing } from '../lib/ui.js';
import { later } from '../lib/times.js';
import { asDraft } from './mail.js';

/** How long a withdrawn mail can be put back from the bar at the bottom. */
const BACK_SECONDS = 10;

/** Withdraws a mail; for a while the bar at the bottom takes that back. */
export async function cancel(mail) {
  await post(`/mails/${mail.id}/cancel`, {});
  change({ leaving: { back: mail.id, until: new Date(Date.now() + BACK_SECONDS * 1000).toISOString(), what: mail.subject || t('mail.nosubject') } });
  poll();
}

/** Takes a mail out of the queue and opens it to be changed. */
export async function edit(mail) {
  const { draft } = await post(`/mails/${mail.id}/edit`, {});
  change({ leaving: null });
  announce(t('mail.did.edit'));
  poll();
  go(`/mail/${draft}/edit`);
}

/** The items of a row's menu, fit for the mail's state; `ask` shows a dialog. */
export function itemsOf(mail, { run, again, ask }) {
  const wish = (name, path, body) => [t(`mail.do.${name}`), () => run(name, async () => {
    await post(`/mails/${mail.id}/${path}`, body || {});
    announce(t(`mail.did.${name}`));
    poll();
    again();
  })];
  const kept = mail.state === 'held';
  const changed = mail.reason === 'document_changed';
  const waits = mail.state === 'waiting' || (kept && !changed);
  return [
    [t('open'), () => go(`/outbox/${mail.id}`)],
    ...(waits ? [
      kept ? wish('sendnow', 'release') : wish('sendnow', 'retry'),
      ...(kept ? [] : [wish('first', 'first')]),
      [t('mail.do.later'), () => ask(Later)],
      [t('mail.do.edit'), () => run('edit', () => edit(mail))],
      ...(kept ? [] : [wish('hold', 'hold')]),
    ] : []),
    ...(changed ? [wish('replace', 'replace'), wish('sendasis', 'release')] : []),
    ...(mail.state === 'uncertain' ? [wish('arrived', 'resolve', { decision: 'arrived' }), wish('again', 'resolve', { decision: 'send_again' }), wish('giveup', 'resolve', { decision: 'give_up' })] : []),
    [t('mail.copy'), () => run('copy', () => asDraft(mail, mail.recipients.filter((r) => r.role !== 'own_copy').map((r) => r.address)))],
    [t('mail.eml'), () => Object.assign(document.createElement('a'), { href: `/api/v1/mails/${mail.id}/eml`, download: '' }).click()],
    ...(waits || changed ? [[t('mail.do.cancel'), () => run('cancel', async () => { await cancel(mail); again(); })]] : []),
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
  return html`<${Ask} title=${t('mail.later')} yes=${t('mail.later.yes')} busy=${doing.busy} onNo=${onClose} onYes=${() => save(at)}><${Problems} error=${doing.error} fields=${{ send_after: 'later' }} />
    <div class="row"><${Button} onClick=${() => save(later(18))}>${t('compose.at18')}<//><${Button} onClick=${() => save(later(8, 1))}>${t('compose.at8')}<//></div>
    <${Text} id="later" name="send_after" label=${t('compose.when')} type="datetime-local" value=${at} error=${doing.error} onInput=${setAt} /><//>`;
}

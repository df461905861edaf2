// One mail: where it stands for each person, what can be done, what it says, what happened.

import { html, t, useState, useData, go, post, poll, change, enc, bytes, day, clock, isToday, when, whenParts, announce, isOwner } from '../lib/core.js';
import { useDoing, why, useCountdown, titleOf, isFinished } from '../lib/ui.js';
import '../lib/inputs.js';
import { Explained } from '../lib/explained.js';
import { asDraft, wisher, wishes } from './rowmenu.js';
import { Words } from '../lib/outgoing.js';
import { Pdf, printPaper } from '../lib/preview.js';

const addresses = (whom) => whom.map((r) => r.address);

const tones = { sent: 'ok', partly_sent: 'warn', failed: 'bad', uncertain: 'warn', held: 'warn', expired: 'bad' };
/** What is to be known of a mail first. */
function headline({ state, reason, recipients, server, created_at, next_at }) {
  const people = recipients.filter((r) => r.role !== 'own_copy');
  const accepted = people.filter((r) => r.state === 'accepted');
  const time = (at, seconds) => (isToday(at) ? clock(at, seconds) : whenParts(at).join(', '));
  const [title, text] = {
    sent: () => [t(server ? 'mail.accepted.by' : 'mail.accepted', { host: server, time: time((accepted[0] && accepted[0].settled_at) || created_at, true) }), t('mail.accepted.text')],
    partly_sent: () => [t('mail.partly', { m: accepted.length, n: people.length }), t('mail.accepted.text')],
    uncertain: () => [t('mail.uncertain'), t('mail.uncertain.text')],
    held: () => [t({ document_changed: 'mail.changed', undo: 'mail.kept', restored: 'reason.restored' }[reason] || 'mail.held')],
    waiting: () => [why(reason) || t('state.waiting'), next_at && reason !== 'undo' && t('mail.next', { time: time(next_at) })],
  }[state]?.() || [t(`mail.${state}`)];
  return { tone: tones[state] || 'info', title, text };
}

function Recipients({ mail }) {
  return html`<table class="stack"><thead><tr><th>${t('mail.recipient')}</th><th>${t('mail.how')}</th><th>${t('mail.status')}</th><th>${t('mail.answer')}</th></tr></thead>
    <tbody>${mail.recipients.map((r) => html`<tr key=${r.address + r.role}><td>${r.name && html`<strong>${r.name}</strong><br />`}${r.address}</td><td>${t(`role.${r.role}`)}</td><td><State of=${r.state} word=${t(`recipient.${r.state}`)} />${r.settled_at && html`<br /><small class="muted"><When at=${r.settled_at} /></small>`}${r.resent && html`<br /><small>${t('mail.resent')}</small>`}</td><td class="muted">${r.reply || ''}</td></tr>`)}</tbody></table>`;
}

function History({ id }) {
  const attempts = useData(`/mails/${id}/attempts`, ['mails']);
  if (!attempts.data || !attempts.data.length) return html`<p class="muted">${t('mail.notries')}</p>`;
  return html`<ol class="plain">${attempts.data.map((a, i) => html`<li key=${i}><When at=${a.started_at} /> – ${a.result}<details><summary>${t('support.details')}</summary><pre>${a.transcript}</pre></details></li>`)}</ol>`;
}

/** The paper that a mail carries, in the version it carries. */
const pageOf = (mail) => `/documents/${mail.document_kind}/${enc(mail.document)}/pdf?version=${mail.document_version}`;

function Content({ mail }) {
  const got = useData(`/mails/${mail.id}/content`);
  const [tab, setTab] = useState('mail');
  const tabs = (m) => [['mail', t('preview.mail')], ...(mail.document ? [['paper', mail.document]] : []), ...(m.html ? [['plain', t('preview.plain')]] : []), ['header', t('mail.header')]];
  const { deleted } = got.error ? got.error.values : {};
  if (deleted) return html`<Banner title=${t('mail.purged', { day: day(deleted) })} actions=${mail.document && html`<Link href="/mail/new?doc=${enc(`${mail.document_kind}/${mail.document}`)}">${t('mail.purged.again')}<//>`} />`;
  return html`<Got from=${got}>${(m) => html`<Chips label=${t('mail.says')} value=${tab} options=${tabs(m)} onChange=${setTab} />
    ${tab === 'header' ? html`<pre>${m.header}</pre>` : tab === 'plain' ? html`<pre>${m.text}</pre>` : tab === 'paper' ? html`<div class="narrow"><${Pdf} url=${pageOf(mail)} title=${mail.document} /></div>` : html`<${Words} message=${m} title=${t('preview.letter')} />`}
    ${tab === 'mail' && m.attachments.length > 0 && html`<ul class="plain enclosed">${m.attachments.map((a) => html`<li key=${a.name}><Icon name="clip" /><span>${a.name} <span class="muted">${bytes(a.size)}</span></span></li>`)}</ul>`}`}<//>`;
}

/** A mail; `list` is the address of the list it was chosen from, which it may stand beside. */
export function Mail({ id, at, list, beside }) {
  const got = useData(`/mails/${enc(id)}`, ['mails', 'accounts']);
  const doing = useDoing();
  const [resend, setResend] = useState(null);
  const [Dialog, setDialog] = useState(null);
  const left = useCountdown(got.data && got.data.reason === 'undo' ? got.data.next_at : new Date(0).toISOString());
  const part = (words) => (beside ? html`<h3>${words}</h3>` : html`<h2>${words}</h2>`);
  return html`${beside ? html`<Button kind="quiet" icon="stop" class="close" onClick=${() => go(list)}>${t('close')}<//>` : html`<p class="back"><a href=${list}>← ${t(`nav.${at}`)}</a></p>`}<Got from=${got} title=${!beside && t('notfound.mail')}>${(mail) => {
    const head = headline(mail);
    const finished = isFinished(mail);
    const wish = wisher(mail, { run: doing.run, again: got.again, ask: (Shown) => setDialog(() => Shown) });
    // Of a mail in doubt the banner says all that is known, and what can be done.
    const troubles = mail.recipients.filter((r) => r.problem && r.state !== 'uncertain');
    const people = mail.recipients.filter((r) => r.role !== 'own_copy');
    const missed = people.filter((r) => r.state !== 'accepted');
    const again = (whom) => setResend({ to: addresses(whom).join(', ') });
    const draft = (whom) => () => doing.run('edit', () => asDraft(mail, whom));
    const edit = draft(missed.length ? 'missed' : 'everybody');
    const linked = (word, other) => other && html`<p><a href="/${at}/${other.id}">${t(word, { time: when(other.created_at) })}</a></p>`;
    /** What the buttons of an explanation do for this recipient. */
    const doable = (r) => ({
      ...(finished ? { change_address: () => again([r]), try_again: () => again([r]), use_suggestion: () => doing.run('meant', async () => { const [looked] = await post('/recipients/check', { text: r.address }); again([{ address: (looked && looked.meant) || r.address }]); }) } : { try_again: () => wish(['trynow', 'retry']) }),
      edit_mail: edit, remove_attachment: edit, shrink_pictures: edit, run_checks: '/help', open_settings: '/settings/account',
      ...(mail.document ? { print_instead: () => doing.run('print', () => printPaper(pageOf(mail), mail.document)), save_pdf: `/docs?q=${enc(mail.document)}` } : {}),
      ...(isOwner() ? { block_address: () => doing.run('block', async () => { await post('/disabled', { pattern: r.address, reason: r.problem.title.slice(0, 200) }); announce(t('chips.blocked', { who: r.address })); }) } : {}),
    });
    const title = mail.reason === 'undo' && left > 0 ? t('leaving.soon', { n: people.length, s: left }) : head.title;
    const acts = wishes(mail).map((w, i) => html`<Button key=${w[0]} kind=${i === 0 ? 'main' : ''} busy=${doing.busy} onClick=${() => wish(w)}>${t(`mail.do.${w[0]}`)}<//>`);
    // The first trouble is told in full; those behind it unfold.
    const explained = (r, i) => {
      const said = r.problem.title.includes(r.address) ? r.problem.title : t('mail.trouble', { who: r.address, title: r.problem.title });
      const whole = html`<${Explained} key=${r.address} problem=${r.problem} at=${r.settled_at} doable=${doable(r)} tone=${r.state === 'refused' ? 'bad' : 'warn'} title=${said} />`;
      return i || doing.error ? html`<details key=${r.address}><summary>${said}</summary>${whole}</details>` : whole;
    };
    return html`<Title beside=${beside} note=${html`<State of=${mail.reason === 'undo' ? 'held' : mail.state} />`}>${titleOf(mail)}<//>
      <Problems error=${resend ? null : doing.error} />
      ${troubles.length ? html`${mail.state !== 'failed' && html`<p><strong>${title}</strong></p>`}${acts.length > 0 && html`<div class="actions first">${acts}</div>`}` : !doing.error && html`<Banner tone=${head.tone} title=${title} actions=${acts.length > 0 && acts}>${head.text}<//>`}
      ${troubles.map(explained)}${linked('mail.again', mail.again)}${linked('mail.again.of', mail.again_of)}
      <${Recipients} mail=${mail} />
      <div class="actions">${finished && html`<Button icon="send" onClick=${() => again(missed.length && mail.state !== 'cancelled' ? missed : people)}>${t('mail.sendagain')}<//><Button icon="pen" busy=${doing.busy} onClick=${edit}>${t('mail.edit')}<//>`}<Button busy=${doing.busy} onClick=${draft('nobody')}>${t('mail.forward')}<//>
        ${mail.document && html`<Link icon="doc" href="/docs?q=${enc(mail.document)}">${mail.document}<//>`}
        <Link icon="mail" href="/api/v1/mails/${mail.id}/eml" download>${t('mail.eml')}<//></div>
      ${finished && mail.state !== 'cancelled' && html`<details><summary>${t('mail.notgot')}</summary><ol>${[1, 2, 3, 4].map((n) => html`<li key=${n}>${t(`mail.notgot.${n}`)}</li>`)}</ol></details>`}
      ${Dialog && html`<${Dialog} mail=${mail} onClose=${() => setDialog(null)} onDone=${() => { setDialog(null); got.again(); }} />`}
      ${resend && html`<Ask wide title=${t('mail.sendagain')} yes=${t('send')} busy=${doing.busy} onNo=${() => { setResend(null); doing.setError(null); }} onYes=${() => doing.run('resend', async () => {
        const to = resend.to.split(/[,;\n]/).map((x) => x.trim()).filter(Boolean);
        const made = await post(`/mails/${mail.id}/resend?confirmed=true`, { to });
        setResend(null);
        change({ leaving: { id: made.id, until: made.next_at, kept: made.state === 'held', count: to.length } });
        poll();
        go(`/outbox/${made.id}`);
      })}><p>${t('mail.sendagain.text')}</p><Problems error=${doing.error} fields=${{ to: 'resend' }} /><Text id="resend" name="to" error=${doing.error} label=${t('compose.to')} value=${resend.to} onInput=${(to) => setResend({ to })} rows="3" />
        ${missed.length > 0 && missed.length < people.length && html`<div class="row"><Button onClick=${() => again(missed)}>${t('mail.onlymissed')}<//><Button onClick=${() => again(people)}>${t('mail.everybody')}<//></div>`}<//>`}
      ${part(t('mail.says'))}<${Content} mail=${mail} />
      ${part(t('mail.happened'))}<${History} id=${mail.id} />
      <dl class="facts"><dt>${t('mail.queued')}</dt><dd><When at=${mail.created_at} /></dd><dt>${t('mail.size')}</dt><dd>${bytes(mail.size)}</dd><dt>${t('mail.account')}</dt><dd>${mail.account}</dd><dt>Message-ID</dt><dd>${mail.message_id}</dd></dl>`;
  }}<//>`;
}

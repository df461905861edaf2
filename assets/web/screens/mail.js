// One mail: where it stands for each person, what can be done, what it says, what happened.

import { html, t, useState, useData, go, get, post, poll, change, enc, bytes, clock, announce, isOwner } from '../lib/core.js';
import { Title, Button, Link, State, Got, Banner, When, Explained, Problems, useDoing, why, Text, Ask, Chips, Icon, useCountdown } from '../lib/ui.js';
import { Words } from '../lib/outgoing.js';
import { Pdf, printPaper } from '../lib/preview.js';

/** What can be done with a mail, the best first: key, endpoint, body. */
function wishes(mail) {
  const undo = mail.reason === 'undo';
  switch (mail.state) {
    case 'held':
      if (mail.reason === 'document_changed') return [['replace', 'replace'], ['sendasis', 'release'], ['drop', 'cancel']];
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

function headline(mail) {
  const accepted = mail.recipients.filter((r) => r.state === 'accepted');
  const n = mail.recipients.length;
  switch (mail.state) {
    case 'sent':
      return { tone: 'ok', title: t('mail.accepted', { time: clock(accepted[0] && accepted[0].settled_at || mail.created_at, true) }), text: t('mail.accepted.text') };
    case 'partly_sent':
      return { tone: 'warn', title: t('mail.partly', { m: accepted.length, n }), text: t('mail.accepted.text') };
    case 'failed':
      return { tone: 'bad', title: t('mail.failed') };
    case 'uncertain':
      return { tone: 'warn', title: t('mail.uncertain'), text: t('mail.uncertain.text') };
    case 'held':
      return { tone: 'warn', title: mail.reason === 'document_changed' ? t('mail.changed') : mail.reason === 'undo' ? t('mail.kept') : t('mail.held') };
    case 'expired':
      return { tone: 'bad', title: t('mail.expired') };
    case 'cancelled':
      return { tone: 'info', title: t('mail.cancelled') };
    case 'sending':
      return { tone: 'info', title: t('mail.sending') };
    default:
      return { tone: 'info', title: why(mail.reason) || t('state.waiting'), text: mail.next_at && mail.reason !== 'undo' ? t('mail.next', { time: clock(mail.next_at) }) : '' };
  }
}

function Recipients({ mail }) {
  return html`<table class="stack"><thead><tr><th>${t('mail.recipient')}</th><th>${t('mail.how')}</th><th>${t('mail.status')}</th><th>${t('mail.answer')}</th></tr></thead>
    <tbody>${mail.recipients.map((r) => html`<tr key=${r.address + r.role}><td>${r.name && html`<strong>${r.name}</strong><br />`}${r.address}</td><td>${t(`role.${r.role}`)}</td><td><${State} of=${r.state} word=${t(`recipient.${r.state}`)} />${r.settled_at && html`<br /><small class="muted"><${When} at=${r.settled_at} /></small>`}${r.resent && html`<br /><small>${t('mail.resent')}</small>`}</td><td class="muted">${r.reply || ''}</td></tr>`)}</tbody></table>`;
}

function History({ id, state }) {
  const attempts = useData(`/mails/${id}/attempts`, ['mails']);
  if (!attempts.data || !attempts.data.length) return html`<p class="muted">${t('mail.notries')}</p>`;
  return html`<ol class="plain">${attempts.data.map((a, i) => html`<li key=${i}><${When} at=${a.started_at} /> – ${a.result}<details><summary>${t('support.details')}</summary><pre>${a.transcript}</pre></details></li>`)}</ol>`;
}

/** The paper that a mail carries: its kind is found by its number. */
const paperOf = async (number) => (await get(`/documents?q=${enc(number)}&limit=20`)).items.find((d) => d.number === number);

function Attached({ number }) {
  const found = useData(`/documents?q=${enc(number)}&limit=20`);
  return html`<${Got} from=${found}>${(page) => {
    const paper = page.items.find((d) => d.number === number);
    return paper ? html`<${Pdf} url="/documents/${paper.kind}/${enc(number)}/pdf" title=${number} />` : html`<p class="muted">${t('list.nomatch', { q: number })}</p>`;
  }}<//>`;
}

function Content({ mail }) {
  const got = useData(`/mails/${mail.id}/content`);
  const [tab, setTab] = useState('mail');
  const tabs = (m) => [['mail', t('preview.mail')], ...(mail.document ? [['paper', mail.document]] : []), ...(m.html ? [['plain', t('preview.plain')]] : []), ['header', t('mail.header')]];
  return html`<${Got} from=${got}>${(m) => html`<${Chips} label=${t('mail.says')} value=${tab} options=${tabs(m)} onChange=${setTab} />
    ${tab === 'header' ? html`<pre>${m.header}</pre>` : tab === 'plain' ? html`<pre>${m.text}</pre>` : tab === 'paper' ? html`<div class="narrow"><${Attached} number=${mail.document} /></div>` : html`<${Words} message=${m} title=${t('preview.letter')} />`}
    ${tab === 'mail' && m.attachments.length > 0 && html`<ul class="plain enclosed">${m.attachments.map((a) => html`<li key=${a.name}><${Icon} name="clip" /><span>${a.name} <span class="muted">${bytes(a.size)}</span></span></li>`)}</ul>`}`}<//>`;
}

/** The same mail once more as a draft, to be changed; files that belong to no paper do not come along. */
export async function asDraft(mail, to) {
  const content = await get(`/mails/${mail.id}/content`);
  const own = content.attachments.filter((a) => !mail.document || !a.name.startsWith(mail.document));
  const draft = await post('/drafts', { mail: { to, subject: mail.subject, text: (content.text || '').replace(/\r\n/g, '\n') }, ...(mail.document ? { document: mail.document } : {}) });
  announce(own.length ? t('mail.edited.files', { names: own.map((a) => a.name).join(', ') }) : t('mail.edited'));
  go(`/mail/${draft.id}/edit`);
}

export function Mail({ parts, at }) {
  const id = parts[0];
  const got = useData(`/mails/${enc(id)}`, ['mails', 'accounts']);
  const doing = useDoing();
  const [resend, setResend] = useState(null);
  const [Dialog, setDialog] = useState(null);
  const left = useCountdown(got.data && got.data.reason === 'undo' ? got.data.next_at : new Date(0).toISOString());
  return html`<p class="back"><a href="/${at}">← ${t(at === 'sent' ? 'nav.sent' : 'nav.outbox')}</a></p><${Got} from=${got} title=${t('notfound.mail')}>${(mail) => {
    const head = headline(mail);
    const finished = ['sent', 'partly_sent', 'failed', 'cancelled', 'expired'].includes(mail.state);
    const wish = async ([name, path, body]) => {
      const menu = ['edit', 'later', 'cancel', 'drop'].includes(name) && await import('./rowmenu.js');
      if (name === 'later') return setDialog(() => menu.Later);
      return doing.run(name, async () => {
        if (name === 'edit') return menu.edit(mail);
        if (path === 'cancel') {
          await menu.cancel(mail);
          return got.again();
        }
        const after = await post(`/mails/${mail.id}/${path}`, body || {});
        if (name === 'undo') change({ leaving: null });
        announce(t(`mail.did.${name}`));
        poll();
        got.again();
        if (after.draft) go(`/mail/${after.draft}/edit`);
        if (name === 'replace' && after.id) go(`/outbox/${after.id}`);
        return undefined;
      });
    };
    // Of a mail in doubt the banner says all that is known, and what can be done.
    const troubles = mail.recipients.filter((r) => r.problem && r.state !== 'uncertain');
    const people = mail.recipients.filter((r) => r.role !== 'own_copy');
    const missed = people.filter((r) => r.state !== 'accepted');
    const again = (list) => setResend({ to: list.join(', ') });
    const edit = () => doing.run('edit', () => asDraft(mail, (missed.length ? missed : people).map((r) => r.address)));
    /** What the buttons of an explanation do for this recipient. */
    const doable = (r) => ({
      ...(finished ? { change_address: () => again([r.address]), try_again: () => again([r.address]), use_suggestion: () => doing.run('meant', async () => { const [looked] = await post('/recipients/check', { text: r.address }); again([(looked && looked.meant) || r.address]); }) } : { try_again: () => wish(['trynow', 'retry']) }),
      edit_mail: edit, remove_attachment: edit, shrink_pictures: edit, run_checks: '/help', open_settings: '/settings/account',
      ...(mail.document ? { print_instead: () => doing.run('print', async () => { const paper = await paperOf(mail.document); if (paper) await printPaper(`/documents/${paper.kind}/${enc(paper.number)}/pdf`, paper.number); }), save_pdf: `/docs?q=${enc(mail.document)}` } : {}),
      ...(isOwner() ? { block_address: () => doing.run('block', async () => { await post('/disabled', { pattern: r.address, reason: r.problem.title.slice(0, 200) }); announce(t('chips.blocked', { who: r.address })); }) } : {}),
    });
    return html`<${Title} name=${mail.subject || t('mail.nosubject')} note=${html`<${State} of=${mail.reason === 'undo' ? 'held' : mail.state} />`}>${mail.subject || t('mail.nosubject')}<//>
      <${Problems} error=${resend ? null : doing.error} />
      ${!(mail.state === 'failed' && troubles.length) && html`<${Banner} tone=${head.tone} title=${mail.reason === 'undo' && left > 0 ? t('leaving.soon', { n: mail.recipients.length, s: left }) : head.title}
        actions=${wishes(mail).length > 0 && wishes(mail).map((w, i) => html`<${Button} key=${w[0]} kind=${i === 0 ? 'main' : ''} busy=${doing.busy} onClick=${() => wish(w)}>${t(`mail.do.${w[0]}`)}<//>`)}>${head.text}<//>`}
      ${troubles.map((r) => html`<${Explained} key=${r.address} problem=${r.problem} doable=${doable(r)} tone=${r.state === 'refused' ? 'bad' : 'warn'} title=${r.problem.title.includes(r.address) ? r.problem.title : `${r.address}: ${r.problem.title}`} />`)}
      <${Recipients} mail=${mail} />
      <div class="actions">${finished && html`<${Button} icon="send" onClick=${() => again((missed.length && mail.state !== 'cancelled' ? missed : people).map((r) => r.address))}>${t('mail.sendagain')}<//><${Button} icon="pen" busy=${doing.busy} onClick=${edit}>${t('mail.edit')}<//>`}
        ${mail.document && html`<${Link} icon="doc" href="/docs?q=${enc(mail.document)}">${mail.document}<//>`}
        <${Link} icon="mail" href="/api/v1/mails/${mail.id}/eml" download>${t('mail.eml')}<//></div>
      ${finished && mail.state !== 'cancelled' && html`<details><summary>${t('mail.notgot')}</summary><ol><li>${t('mail.notgot.1')}</li><li>${t('mail.notgot.2')}</li><li>${t('mail.notgot.3')}</li><li>${t('mail.notgot.4')}</li></ol></details>`}
      ${Dialog && html`<${Dialog} mail=${mail} onClose=${() => setDialog(null)} onDone=${() => { setDialog(null); got.again(); }} />`}
      ${resend && html`<${Ask} wide title=${t('mail.sendagain')} yes=${t('send')} busy=${doing.busy} onNo=${() => { setResend(null); doing.setError(null); }} onYes=${() => doing.run('resend', async () => {
        const to = resend.to.split(/[,;\n]/).map((x) => x.trim()).filter(Boolean);
        const made = await post(`/mails/${mail.id}/resend?confirmed=true`, { to });
        setResend(null);
        change({ leaving: { id: made.id, until: made.next_at, kept: made.state === 'held', count: to.length } });
        poll();
        go(`/outbox/${made.id}`);
      })}><p>${t('mail.sendagain.text')}</p><${Problems} error=${doing.error} fields=${{ to: 'resend' }} /><${Text} id="resend" name="to" error=${doing.error} label=${t('compose.to')} value=${resend.to} onInput=${(to) => setResend({ to })} rows="3" />
        ${missed.length > 0 && missed.length < people.length && html`<div class="row"><${Button} onClick=${() => again(missed.map((r) => r.address))}>${t('mail.onlymissed')}<//><${Button} onClick=${() => again(people.map((r) => r.address))}>${t('mail.everybody')}<//></div>`}<//>`}
      <h2>${t('mail.says')}</h2><${Content} mail=${mail} />
      <h2>${t('mail.happened')}</h2><${History} id=${mail.id} state=${mail.state} />
      <dl class="facts"><dt>${t('mail.queued')}</dt><dd><${When} at=${mail.created_at} /></dd><dt>${t('mail.size')}</dt><dd>${bytes(mail.size)}</dd><dt>${t('mail.account')}</dt><dd>${mail.account}</dd><dt>Message-ID</dt><dd>${mail.message_id}</dd></dl>`;
  }}<//>`;
}

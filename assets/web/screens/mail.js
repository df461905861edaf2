// One mail: where it stands for each person, what can be done, what it says, what happened.

import { html, t, useState, useApp, useData, go, post, poll, change, enc, bytes, clock, announce } from '../lib/core.js';
import { Title, Button, Link, State, Got, Banner, When, Explained, Problems, useDoing, why, Text, Ask, useCountdown } from '../lib/ui.js';

/** What can be done with a mail, the best first: key, endpoint, body. */
function wishes(mail) {
  const undo = mail.reason === 'undo';
  switch (mail.state) {
    case 'held':
      if (mail.reason === 'document_changed') return [['replace', 'replace'], ['sendasis', 'release'], ['drop', 'cancel']];
      return undo ? [['sendnow', 'release'], ['undo', 'undo']] : [['release', 'release'], ['cancel', 'cancel']];
    case 'waiting':
      return undo ? [['undo', 'undo'], ['sendnow', 'retry']] : [['trynow', 'retry'], ['first', 'first'], ['hold', 'hold'], ['cancel', 'cancel']];
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
    <tbody>${mail.recipients.map((r) => html`<tr key=${r.address + r.role}><td>${r.address}</td><td>${t(`role.${r.role}`)}</td><td><${State} of=${r.state} word=${t(`recipient.${r.state}`)} />${r.settled_at && html`<br /><small class="muted"><${When} at=${r.settled_at} /></small>`}${r.resent && html`<br /><small>${t('mail.resent')}</small>`}</td><td class="muted">${r.reply || ''}</td></tr>`)}</tbody></table>`;
}

function History({ id, state }) {
  const attempts = useData(`/mails/${id}/attempts`, ['mails']);
  if (!attempts.data || !attempts.data.length) return html`<p class="muted">${t('mail.notries')}</p>`;
  return html`<ol>${attempts.data.map((a, i) => html`<li key=${i}>${clock(a.started_at, true)} · ${a.result}<details><summary>${t('support.details')}</summary><pre>${a.transcript}</pre></details></li>`)}</ol>`;
}

function Content({ mail }) {
  const got = useData(`/mails/${mail.id}/content`);
  return html`<${Got} from=${got}>${(m) => html`<pre>${m.text || ''}</pre>${m.attachments.length > 0 && html`<h3>${t('compose.files')}</h3><ul>${m.attachments.map((a) => html`<li>${a.name} <span class="muted">${bytes(a.size)}</span></li>`)}</ul>`}
    <details><summary>${t('mail.header')}</summary><pre>${m.header}</pre></details>`}<//>`;
}

export function Mail({ parts, at }) {
  const id = parts[0];
  const app = useApp();
  const got = useData(`/mails/${enc(id)}`, ['mails', 'accounts']);
  const doing = useDoing();
  const [resend, setResend] = useState(null);
  const left = useCountdown(got.data && got.data.reason === 'undo' ? got.data.next_at : new Date(0).toISOString());
  return html`<p><a href="/${at}">← ${t(at === 'sent' ? 'nav.sent' : 'nav.outbox')}</a></p><${Got} from=${got}>${(mail) => {
    const head = headline(mail);
    const finished = ['sent', 'partly_sent', 'failed', 'cancelled', 'expired'].includes(mail.state);
    const wish = async ([name, path, body]) => doing.run(name, async () => {
      const after = await post(`/mails/${mail.id}/${path}`, body || {});
      if (name === 'undo') change({ leaving: null });
      announce(t(`mail.did.${name}`));
      poll();
      got.again();
      if (after.draft) go(`/mail/${after.draft}/edit`);
      if (name === 'replace' && after.id) go(`/outbox/${after.id}`);
    });
    // Of a mail in doubt the banner says all that is known, and what can be done.
    const troubles = mail.recipients.filter((r) => r.problem && r.state !== 'uncertain');
    const refused = mail.recipients.filter((r) => r.state !== 'accepted' && r.role !== 'own_copy');
    return html`<${Title} note=${html`<${State} of=${mail.state} />`}>${mail.subject || t('mail.nosubject')}<//>
      <${Problems} error=${doing.error} />
      <${Banner} tone=${head.tone} title=${mail.reason === 'undo' && left > 0 ? t('leaving.soon', { n: mail.recipients.length, s: left }) : head.title}
        actions=${wishes(mail).map((w, i) => html`<${Button} key=${w[0]} kind=${i === 0 ? 'main' : ''} busy=${doing.busy} onClick=${() => wish(w)}>${t(`mail.do.${w[0]}`)}<//>`)}>${head.text}<//>
      ${troubles.map((r) => html`<${Explained} key=${r.address} problem=${r.problem} tone=${r.state === 'refused' ? 'bad' : 'warn'} title=${r.problem.title.includes(r.address) ? r.problem.title : `${r.address}: ${r.problem.title}`} />`)}
      <${Recipients} mail=${mail} />
      <div class="actions">${finished && html`<${Button} icon="send" onClick=${() => setResend({ to: (mail.state === 'partly_sent' || mail.state === 'failed' ? refused : mail.recipients.filter((r) => r.role !== 'own_copy')).map((r) => r.address).join(', ') })}>${t('mail.sendagain')}<//>`}
        ${mail.document && html`<${Link} icon="doc" href="/docs?q=${enc(mail.document)}">${mail.document}<//>`}
        <${Link} icon="mail" href="/api/v1/mails/${mail.id}/eml" download>${t('mail.eml')}<//></div>
      ${resend && html`<${Ask} title=${t('mail.sendagain')} yes=${t('send')} onNo=${() => setResend(null)} onYes=${() => doing.run('resend', async () => {
        const to = resend.to.split(/[,;\n]/).map((x) => x.trim()).filter(Boolean);
        const made = await post(`/mails/${mail.id}/resend`, { to });
        setResend(null);
        poll();
        go(`/outbox/${made.id}`);
      })}><p>${t('mail.sendagain.text')}</p><${Text} id="resend" label=${t('compose.to')} value=${resend.to} onInput=${(v) => setResend({ to: v })} rows="3" /><${Problems} error=${doing.error} /><//>`}
      <h2>${t('mail.says')}</h2><${Content} mail=${mail} />
      <h2>${t('mail.happened')}</h2><${History} id=${mail.id} state=${mail.state} />
      <dl class="facts"><dt>${t('mail.queued')}</dt><dd><${When} at=${mail.created_at} /></dd><dt>${t('mail.size')}</dt><dd>${bytes(mail.size)}</dd><dt>${t('mail.account')}</dt><dd>${mail.account}</dd><dt>Message-ID</dt><dd>${mail.message_id}</dd></dl>
      ${finished && html`<details><summary>${t('mail.notgot')}</summary><ol><li>${t('mail.notgot.1')}</li><li>${t('mail.notgot.2')}</li><li>${t('mail.notgot.3')}</li><li>${t('mail.notgot.4')}</li></ol></details>`}`;
  }}<//>`;
}

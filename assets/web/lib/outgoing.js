// A mail before it leaves: as the API wants it, and as its readers will see it.

import { html, t, useState, useEffect, ask, post, enc, bytes, announce } from './core.js';
import { titleOf } from './ui.js';
import { Letter } from './letter.js';
import { Pdf } from './preview.js';

export const blank = { to: [], cc: [], bcc: [], reply_to: [], subject: '', text: '', html: '', individually: false, read_receipt: false, no_own_copy: false, blind_copy: null, hold: false, send_after: '', account: '', from: '', paper: null, files: [] };

/** A paper as a request names it: its number alone may be that of another kind too. */
export const calledOf = (paper) => paper && (paper.kind ? `${paper.kind}/${paper.number}` : paper.number);

/** The request for a mail; words in double braces are filled from its paper. */
export function requestOf(mail) {
  const { to, paper, files } = mail;
  const m = { to };
  for (const key of ['cc', 'bcc', 'reply_to']) if (mail[key].length) m[key] = mail[key];
  // The formatted side of a mail taken out of the queue, as long as its words stay the same.
  for (const key of ['subject', 'text', 'html', 'send_after', 'account', 'from']) if (mail[key]) m[key] = mail[key];
  for (const key of ['individually', 'read_receipt', 'no_own_copy', 'hold']) if (mail[key]) m[key] = true;
  if (mail.blind_copy !== null) m.blind_copy = mail.blind_copy;
  if (paper && /\{\{/.test(mail.subject + mail.text)) m.placeholders = true;
  return { mail: m, document: calledOf(paper), ...(files.length ? { attachments: files.map(({ name, content }) => ({ name, content })) } : {}) };
}

const toNobody = ({ mail }) => !mail.to.length && !mail.cc && !mail.bcc;

/** What the API makes of a request, unless it is not `fit` to be asked about: asked 0.4 s after the last change, the
 *  answers of older ones dropped. */
export function useSight(request, fit) {
  const [got, setGot] = useState({});
  const [tries, setTries] = useState(0);
  // Files are known by name and size: they are too large to be compared at each key.
  const body = JSON.stringify(request, (key, v) => (key === 'content' ? v.length : v));
  useEffect(() => {
    // For nobody there is nothing to see.
    if (toNobody(request) || !fit) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => post('/mails/preview', request, { signal: stop.signal }).then((data) => setGot({ data, of: body }), (error) => error.name === 'AbortError' || setGot({ error, of: body })), 400);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body, tries]);
  // Why an older request was refused says nothing about this one.
  const now = async () => (got.of === body ? got.data : post('/mails/preview', request));
  return { now, again: () => setTries((n) => n + 1), ...(got.error && got.of !== body ? {} : got) };
}

const alone = ({ sees, address }) => sees.length < 2 && sees.every((one) => one.toLowerCase().includes(address.toLowerCase()));
/** Whom each recipient, the shop itself aside, will see: one sentence where nobody sees anybody, else one for each who does. */
export function Sees({ messages }) {
  const people = messages.flatMap((m) => m.recipients).filter((r) => r.role !== 'own_copy');
  const seeing = people.filter((r) => !alone(r));
  if (!people.length) return null;
  if (!seeing.length) return html`<p class="sees"><Icon name="ok" /><span>${people.length === 1 ? t('compose.sees.alone', { who: people[0].address }) : t('compose.sees.none', { n: people.length })}</span></p>`;
  return html`<h3>${t('compose.sees')}</h3><ul class="plain">${seeing.slice(0, 8).map((r) => html`<li key=${r.address + r.role}>${r.says}</li>`)}${seeing.length > 8 && html`<li>${t('compose.sees.more', { n: seeing.length - 8 })}</li>`}</ul>`;
}

/** The words of a mail as its reader will see them: formatted where it is, else plain. */
export function Words({ message, title }) {
  return message.html ? html`<${Letter} source=${message.html} title=${title} />` : html`<div class="words">${message.text}</div>`;
}

/** What leaves, as the program that sends it sees it. */
export function Preview({ sight, request, paper }) {
  const [tab, setTab] = useState('mail');
  const { data, error } = sight;
  const first = data && data.messages[0];
  const tabs = [['mail', t('preview.mail')], ...(paper ? [['paper', t('preview.paper')]] : []), ...(first && first.html ? [['plain', t('preview.plain')]] : [])];
  const shown = tabs.some(([k]) => k === tab) ? tab : 'mail';
  const nobody = toNobody(request);
  const pdf = (brief) => paper && paper.kind && html`<${Pdf} brief=${brief} url="/documents/${paper.kind}/${enc(paper.number)}/pdf" title=${paper.number} />`;
  const side = (content) => html`<section class="side" aria-label=${t('compose.preview')}>${content}</section>`;
  if (error || nobody) return side(html`<p class="muted">${nobody ? t('compose.preview.empty') : error.message}</p>${pdf()}`);
  if (!data) return side(html`<Loading again=${sight.again} />`);
  const { used, most } = data.size;
  const copies = first.recipients.filter((r) => r.role === 'own_copy').map((r) => r.address);
  return side(html`${data.warnings.filter((w) => w.key !== 'large').map((w) => html`<Banner key=${w.key} tone="warn" title=${w.says} />`)}
    ${tabs.length > 1 && html`<Chips label=${t('compose.preview')} value=${shown} options=${tabs} onChange=${setTab} />`}
    ${shown === 'paper' ? pdf() : html`
      <dl class="facts"><dt>${t('compose.from')}</dt><dd>${first.from}</dd><dt>${t('compose.subject')}</dt><dd><strong>${titleOf(first)}</strong></dd>${copies.length > 0 && html`<dt>${t('compose.copies')}</dt><dd>${copies.join(', ')}</dd>`}</dl>
      ${shown === 'plain' ? html`<pre>${first.text}</pre>` : html`<${Words} message=${first} title=${t('preview.letter')} />`}
      ${first.attachments.length > 0 && html`<ul class="plain enclosed">${first.attachments.map((a) => html`<li key=${a.name}><Icon name="clip" /><span>${a.name} <span class="muted">${bytes(a.size)}</span></span></li>`)}</ul>`}
      <${Sees} messages=${data.messages} />
      <p class="muted">${most ? t('preview.size.of', { size: bytes(used), most: bytes(most) }) : t('preview.size', { size: bytes(used) })}</p>
      ${pdf(true)}`}`);
}

/** Hands the mail to this computer's own mail program, as a draft file that it opens. */
export async function handOver(request) {
  const { answer } = await ask('POST', '/mails/draft-file', request);
  const link = URL.createObjectURL(await answer.blob());
  const name = (request.mail.subject || 'mail').replace(/[^\p{L}\p{N} ._-]/gu, ' ').trim().slice(0, 60) || 'mail';
  Object.assign(document.createElement('a'), { href: link, download: `${name}.eml` }).click();
  setTimeout(() => URL.revokeObjectURL(link), 60000);
  announce(t('compose.handed'));
}

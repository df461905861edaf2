// The shop's papers: the list, and one of them.

import { html, t, useState, useEffect, useData, query, go, enc, day, money, clock } from '../lib/core.js';
import { isFinished } from '../lib/ui.js';
import { usePages } from './mails.js';
import { Pdf, printPaper } from '../lib/preview.js';

const kinds = ['invoice', 'job_card', 'offer', 'receipt', 'credit_note', 'delivery_note'];
/** What can be written by hand besides invoices and job cards, which have buttons of their own. */
const others = ['offer', 'receipt', 'delivery_note'];
const unpriced = (d) => ['job_card', 'delivery_note', 'report', 'notification'].includes(d.kind) && !Number(d.payable);

export function Documents() {
  const asked = query();
  const q = asked.get('q') || '';
  const kind = asked.get('kind') || '';
  const set = (part) => {
    const now = new URLSearchParams(Object.entries({ q, kind, ...part }).filter(([, v]) => v));
    go(`/docs${[...now].length ? `?${now}` : ''}`, { replace: true });
  };
  const docs = usePages(`/documents?limit=50${kind ? `&kind=${kind}` : ''}${q ? `&q=${enc(q)}` : ''}`, ['documents', 'mails', 'postings']);
  const empty = q || kind ? html`<Empty title=${t('list.nomatch', { q: q || t(`kind.${kind}`) })} actions=${html`<Button onClick=${() => set({ q: '', kind: '' })}>${t('list.clear')}<//>${q && html`<Link href="/docs/new/job_card?number=${enc(q)}">${t('docs.makecard')}<//>`}`} />`
    : html`<Empty title=${t('docs.empty')} actions=${html`<Link kind="main" href="/docs/new/invoice">${t('docs.newinvoice')}<//><Link href="/docs/new/job_card">${t('docs.newcard')}<//>`}>${t('docs.empty.text')}<//>`;
  return html`<div class="head"><Title>${t('nav.docs')}<//><div class="row"><Link kind="main" icon="doc" href="/docs/new/invoice">${t('docs.newinvoice')} <small>F4</small><//><Link icon="pen" href="/docs/new/job_card">${t('docs.newcard')}<//></div></div>
    <div class="row tools"><Search label=${t('docs.search')} value=${q} onSearch=${(text) => set({ q: text })} />
    <details class="drop"><summary class="button">${t('docs.kinds')}</summary><ul class="offers menu">${others.map((k) => html`<li key=${k}><a href="/docs/new/${k}">${t(`doc.new.${k}`)}</a></li>`)}</ul></details></div>
    <Chips label=${t('list.filter')} value=${kind} onChange=${(v) => set({ kind: v })} options=${[['', t('list.all')], ...kinds.map((k) => [k, t(`kind.${k}`)])]} />
    <Got from=${docs} isEmpty=${(d) => !d.items.length} empty=${empty}>${(page) => html`<ul class="list docs">${page.items.map((d) => html`<li key=${d.kind + d.number + d.version}><a class="into" href="/docs/${d.kind}/${enc(d.number)}"><strong>${d.number}</strong><span class="muted">${t(`kind.${d.kind}`)}${d.version > 1 ? ` · ${t('docs.version', { v: d.version })}` : ''}</span></a><span class="who">${d.buyer || html`<span class="muted">${t('docs.nobuyer')}</span>`}</span><span class="muted wide">${day(d.issue_date)}</span><span class="amount">${unpriced(d) ? '–' : Number(d.payable) ? money(d.payable, d.currency) : t('docs.paid')}</span>
      <span class="state-or-send">${d.posting_state && d.posting_state !== 'accepted' && html`<State of=${d.posting_state} word=${`${t('docs.books')}: ${t(`posting.${d.posting_state}`)}`} />`}${d.mail ? html`<State of=${d.mail} />` : html`<Link href="/mail/new?doc=${enc(`${d.kind}/${d.number}`)}" aria-label=${t('docs.sendwhich', { number: d.number })}>${t('docs.send')}<//>`}</span></li>`)}</ul>${page.next && html`<div class="actions"><Button onClick=${docs.more}>${t('list.more')}<//></div>`}`}<//>`;
}

/** A job in words, for people who do not look at the picture of the page. */
function Job({ job }) {
  const item = job.item || {};
  const thing = [item.type, item.make, item.model, item.colour].filter(Boolean).join(' ');
  const ids = ['serial', 'imei', 'vin', 'registration', 'odometer_in', 'odometer_out'].filter((k) => item[k]);
  const texts = [['job.fault', job.reported_fault], ['job.findings', job.findings], ['job.work_done', job.work_done], ['job.technician', job.technician], ['job.status', job.status]].filter(([, v]) => v);
  return html`${thing && html`<dt>${t('job.thing')}</dt><dd>${thing}</dd>`}${ids.map((k) => html`<dt key=${k}>${t(`job.${k}`)}</dt><dd>${item[k]}</dd>`)}
    ${texts.map(([k, v]) => html`<dt key=${k}>${t(k)}</dt><dd>${v}</dd>`)}
    ${(job.accessories || []).length > 0 && html`<dt>${t('job.accessories')}</dt><dd>${job.accessories.join(', ')}</dd>`}
    ${(job.condition || []).length > 0 && html`<dt>${t('job.condition')}</dt><dd><ul class="plain">${job.condition.map((c, i) => html`<li key=${i}>${c.part}${c.finding ? `: ${t(`job.finding.${c.finding}`)}` : ''}${c.state ? ` – ${c.state}` : ''}</li>`)}</ul></dd>`}
    ${job.promised_at && html`<dt>${t('job.promised_at')}</dt><dd>${day(job.promised_at)} ${clock(job.promised_at)}</dd>`}
    ${(job.photos || []).length > 0 && html`<dt>${t('job.photos')}</dt><dd>${job.photos.length}</dd>`}`;
}

/** How a sale stands in the shop's accounts. */
const Posting = ({ of }) => html`<p><State of=${of.state} word=${t(`posting.${of.state}`)} /> <span class="muted">${[of.integration, of.invoice && t('postings.as', { number: of.invoice })].filter(Boolean).join(' · ')}</span>${of.reason && html`<br /><span class="reason">${of.reason}</span>`}</p>`;

export function Paper({ parts }) {
  const [kind, number] = parts;
  const path = `/documents/${kind}/${enc(number)}`;
  const named = enc(`${kind}/${number}`);
  const got = useData(path, ['documents', 'mails', 'postings']);
  const [printed, setPrinted] = useState(query().get('print') !== '1');
  useEffect(() => {
    if (!got.data || printed) return;
    setPrinted(true);
    go(`/docs/${kind}/${enc(number)}`, { replace: true, force: true });
    printPaper(`${path}/pdf`, number);
  }, [got.data]);
  return html`<p class="back"><a href="/docs">← ${t('nav.docs')}</a></p><Got from=${got} title=${number}>${(d) => html`
    <Title name=${`${t(`kind.${kind}`)} ${d.number}`} note=${`${day(d.issue_date)}${unpriced(d) ? '' : ` · ${Number(d.payable) ? money(d.payable, d.currency) : t('docs.paid')}`}`}>${t(`kind.${kind}`)} ${d.number}<//>
    <div class="actions first">${(kind === 'job_card' || kind === 'offer') && html`<Link icon="doc" href="/docs/new/invoice?from=${named}">${t('docs.invoicecard')}<//>`}${kind === 'job_card' && html`<Link icon="sign" href="/docs/new/${kind}?change=${named}#pick_up">${t('docs.pickup')}<//>`}
        <Link icon="pen" href="/docs/new/${kind}?change=${named}">${t('docs.change')}<//><Link href="/api/v1${path}/pdf" download=${`${d.number}.pdf`}>${t('download')}<//></div>
    <div class="panes"><div>
      <dl class="facts"><dt>${t('doc.customer')}</dt><dd>${d.buyer || t('docs.nobuyer')}${d.content.buyer && d.content.buyer.email ? html`<br />${d.content.buyer.email}` : ''}${d.content.buyer && d.content.buyer.phone ? html`<br />${d.content.buyer.phone}` : ''}</dd>
        ${d.content.job && html`<${Job} job=${d.content.job} />`}
        ${(d.content.lines || []).length > 0 && html`<dt>${t('doc.items')}</dt><dd><ul class="plain">${d.content.lines.map((l, i) => html`<li key=${i}>${l.quantity} × ${l.description} <span class="muted">${money(l.unit_price, d.currency)}</span></li>`)}</ul></dd>`}</dl>
      ${d.versions.length > 1 && html`<p class="muted">${t('docs.versions', { list: d.versions.join(', ') })}</p>`}
      <h2>${t('docs.mails')}</h2>${d.mails.length ? html`<ul class="list mails">${d.mails.map((m) => html`<li key=${m.id}><State of=${m.state} /><a class="into" href="/${isFinished(m) ? 'sent' : 'outbox'}/${m.id}"><strong>${m.subject}</strong><span class="muted">${m.recipients.filter((r) => r.role !== 'own_copy').map((r) => r.address).join(', ')}</span></a><span></span><When at=${m.created_at} /></li>`)}</ul>` : html`<p class="muted">${t('docs.notmailed')}</p>`}
      ${d.posting && html`<h2>${t('docs.books')}</h2><${Posting} of=${d.posting} />`}
    </div><section class="side" aria-label=${t('pdf.title', { name: d.number })}><${Pdf} key=${`${d.version}`} url=${`${path}/pdf`} title=${d.number} /></section></div>
    <div class="bar"><Link kind="main" icon="send" href="/mail/new?doc=${named}">${d.mails.length ? t('docs.sendagain') : t('docs.send')}<//></div>`}<//>`;
}

// The shop's papers: the list, and one of them.

import { html, t, useState, useEffect, useData, query, go, enc, day, money, clock, whenParts } from '../lib/core.js';
import { KINDS } from '../lib/newdoc.js';
import { Back, Mails, useBegun } from '../lib/rows.js';
import { Rest, pathOf, useFilter, usePages } from './mails.js';
import { Pdf, printPaper } from '../lib/preview.js';

const kinds = ['invoice', 'job_card', 'offer', 'receipt', 'credit_note', 'delivery_note'];
const unpriced = (d) => ['job_card', 'delivery_note', 'report', 'notification'].includes(d.kind) && !Number(d.payable);

/** A paper begun and not saved; its form offers to go on with it. */
const Begun = ({ id, kind, number, buyer, created_at: at }) => html`<li><a class="into" href="/docs/new/${kind}?begun=${id}${number ? `&change=${enc(`${kind}/${number}`)}` : ''}"><strong>${t(`kind.${kind}`)} <span>${number}</span></strong><span class="muted">${t('docs.begun', { time: whenParts(at)[0] })}</span></a><span class="who">${buyer}</span><span class="state-or-send"><State of="draft" /></span></li>`;

export function Documents() {
  const [{ q, kind }, set] = useFilter();
  const number = /^\S*\d\S*$/.test(q) && !q.includes('@');
  const docs = usePages(pathOf('/documents', { kind, q }), ['documents', 'mails', 'postings']);
  const { forms } = useBegun(!q && !kind);
  const empty = q || kind ? html`<Empty title=${t(number ? 'docs.none' : 'list.nomatch', { q: q || t(`kind.${kind}`) })} actions=${html`${number && html`<Link kind="main" href="/docs/new/job_card?number=${enc(q)}">${t('docs.makecard')}<//>`}<Button onClick=${() => set({ q: '', kind: '' })}>${t('list.clear')}<//>`} />`
    : html`<Empty title=${t('docs.empty')} actions=${html`<Link kind="main" href="/docs/new/invoice">${t('docs.newinvoice')}<//><Link href="/docs/new/job_card">${t('docs.newcard')}<//>`}>${t('docs.empty.text')}<//>`;
  return html`<div class="head"><Title>${t('nav.docs')}<//><div class="row"><Link kind="main" icon="doc" href="/docs/new/invoice">${t('docs.newinvoice')}<//><Link icon="pen" href="/docs/new/job_card">${t('docs.newcard')}<//></div></div>
    <div class="row tools"><Search label=${t('docs.search')} value=${q} onSearch=${(text) => set({ q: text })} />
    <More word=${t('docs.kinds')} load=${() => KINDS.slice(2).map((k) => [t(`doc.new.${k}`), () => go(`/docs/new/${k}`)])} /></div>
    <Chips label=${t('list.filter')} value=${kind} onChange=${(v) => set({ kind: v })} options=${[['', t('list.all')], ...kinds.map((k) => [k, t(`kind.${k}`)])]} />
    <Got from=${docs} empty=${!forms.length && empty}>${(page) => html`<ul class="list docs">${forms.map((f) => html`<${Begun} key=${f.id} ...${f} />`)}${page.items.map((d, i) => {
      const old = page.items.findIndex((o) => o.kind === d.kind && o.number === d.number) < i;
      return html`<li key=${d.kind + d.number + d.version}><a class="into" href="/docs/${d.kind}/${enc(d.number)}${old ? `?version=${d.version}` : ''}"><strong>${d.number}</strong><span class="muted">${t(`kind.${d.kind}`)}${old || d.version > 1 ? ` · ${t('docs.version', { v: d.version })}` : ''}</span></a><span class="who">${d.buyer} ${!d.buyer_email && html`<span class="muted">${t(d.buyer ? 'docs.noemail' : 'docs.nobuyer')}</span>`}</span><span class="muted wide">${day(d.issue_date)}</span><span class="amount">${unpriced(d) ? '–' : Number(d.payable) ? money(d.payable, d.currency) : t('docs.paid')}</span>
      <span class="state-or-send">${d.posting_state && d.posting_state !== 'accepted' && html`<State of=${d.posting_state} word=${`${t('docs.books')}: ${t(`posting.${d.posting_state}`)}`} />`}<State of=${d.mail || 'none'} word=${d.mail ? '' : t('docs.notmailed')} />${d.mail_at && html`<When at=${d.mail_at} />`}${!d.mail && !old && html`<Link href="/mail/new?doc=${enc(`${d.kind}/${d.number}`)}" aria-label=${t('docs.sendwhich', { number: d.number })}>${t('docs.send')}<//>`}</span></li>`;
    })}</ul><${Rest} page=${page} onMore=${docs.more} />`}<//>`;
}

/** A job in words, for people who do not look at the picture of the page. */
function Job({ job }) {
  const { item = {}, accessories = [], condition = [], photos = [], promised_at: promised } = job;
  const facts = [
    ['thing', [item.type, item.make, item.model, item.colour].filter(Boolean).join(' ')], ...['serial', 'imei', 'vin', 'registration', 'odometer_in', 'odometer_out'].map((k) => [k, item[k]]),
    ['fault', job.reported_fault], ...['findings', 'work_done', 'technician', 'status'].map((k) => [k, job[k]]), ['accessories', accessories.join(', ')],
    ['condition', condition.length && html`<ul class="plain">${condition.map((c, i) => html`<li key=${i}>${c.part}${c.finding ? `: ${t(`job.finding.${c.finding}`)}` : ''}${c.state ? ` – ${c.state}` : ''}</li>`)}</ul>`],
    ['promised_at', promised && `${day(promised)} ${clock(promised)}`], ['photos', photos.length],
  ];
  return facts.map(([k, v]) => v ? html`<dt key=${k}>${t(`job.${k}`)}</dt><dd>${v}</dd>` : '');
}

/** How a sale stands in the shop's accounts. */
const Posting = ({ of }) => html`<p><State of=${of.state} word=${t(`posting.${of.state}`)} /> <span class="muted">${[of.integration, of.invoice && t('postings.as', { number: of.invoice })].filter(Boolean).join(' · ')}</span>${of.reason && html`<br /><span class="reason">${of.reason}</span>`}</p>`;

export function Paper({ parts }) {
  const [kind, number] = parts;
  const at = `/docs/${kind}/${enc(number)}`;
  const path = `/documents/${kind}/${enc(number)}`;
  const named = enc(`${kind}/${number}`);
  const version = query().get('version');
  const which = version ? `?version=${enc(version)}` : '';
  const got = useData(`${path}${which}`, ['documents', 'mails', 'postings']);
  const [printed, setPrinted] = useState(query().get('print') !== '1');
  useEffect(() => {
    if (!got.data || printed) return;
    setPrinted(true);
    go(at, { replace: true, force: true });
    printPaper(`${path}/pdf`, number);
  }, [got.data]);
  return html`<${Back} to="docs" /><Got from=${got} title=${number}>${(d) => {
    const [newest] = d.versions;
    const old = d.version < newest;
    const { buyer = {}, lines = [], job } = d.content;
    const pdf = `${path}/pdf${which}`;
    return html`
    <Title name=${`${t(`kind.${kind}`)} ${d.number}`} note=${`${day(d.issue_date)}${unpriced(d) ? '' : ` · ${Number(d.payable) ? money(d.payable, d.currency) : t('docs.paid')}`}`}>${t(`kind.${kind}`)} ${d.number}<//>
    ${old && html`<Banner tone="warn" title=${t('docs.old', { v: d.version, of: newest })} actions=${html`<Link href=${at}>${t('show')}<//>`} />`}
    <div class="actions first">${!old && html`${(kind === 'job_card' || kind === 'offer') && html`<Link icon="doc" href="/docs/new/invoice?from=${named}">${t('docs.invoicecard')}<//>`}${kind === 'job_card' && html`<Link icon="sign" href="/docs/new/${kind}?change=${named}#pick_up">${t('docs.pickup')}<//>`}
        <Link icon="pen" href="/docs/new/${kind}?change=${named}">${t('docs.change')}<//>`}<Link href="/api/v1${pdf}" download=${`${d.number}.pdf`}>${t('download')}<//></div>
    <div class="panes"><div>
      <dl class="facts"><dt>${t('doc.customer')}</dt><dd>${d.buyer || t('docs.nobuyer')}${[buyer.email, buyer.phone].map((v) => v && html`<br />${v}`)}</dd>
        ${job && html`<${Job} job=${job} />`}
        ${lines.length > 0 && html`<dt>${t('doc.items')}</dt><dd><ul class="plain">${lines.map((l, i) => html`<li key=${i}>${l.quantity} × ${l.description} <span class="muted">${money(l.unit_price, d.currency)}</span></li>`)}</ul></dd>`}</dl>
      ${d.versions.length > 1 && html`<p class="muted">${t('docs.versions')} ${d.versions.map((v, i) => html`${i > 0 && ' · '}<a key=${v} href="${at}?version=${v}" aria-current=${v === d.version ? 'page' : undefined}>${t('docs.version', { v })}</a>`)}</p>`}
      <h2>${t('docs.mails')}</h2>${d.mails.length ? html`<${Mails} of=${d.mails} note=${(m) => m.recipients.filter((r) => r.role !== 'own_copy').map((r) => r.address).join(', ')} />` : html`<p class="muted">${t('docs.notmailed')}</p>`}
      ${d.posting && html`<h2>${t('docs.books')}</h2><${Posting} of=${d.posting} />`}
    </div><section class="side" aria-label=${t('pdf.title', { name: d.number })}><${Pdf} key=${`${d.version}`} url=${pdf} title=${d.number} /></section></div>
    ${!old && html`<div class="bar"><Link kind="main" icon="send" href="/mail/new?doc=${named}">${d.mails.length ? t('docs.sendagain') : t('docs.send')}<//></div>`}`;
  }}<//>`;
}

// The shop's papers: the list, and one of them.

import { html, t, useData, query, go, enc, day, money } from '../lib/core.js';
import { Title, Button, Link, State, Got, Empty, Search, Chips, When } from '../lib/ui.js';
import { usePages } from './mails.js';
import { Pdf } from '../lib/preview.js';

const kinds = ['invoice', 'job_card', 'offer', 'receipt', 'credit_note', 'delivery_note'];
export const isUnpriced = (kind) => kind === 'job_card' || kind === 'delivery_note' || kind === 'report' || kind === 'notification';

export function Documents() {
  const asked = query();
  const q = asked.get('q') || '';
  const kind = asked.get('kind') || '';
  const set = (part) => {
    const now = new URLSearchParams(Object.entries({ q, kind, ...part }).filter(([, v]) => v));
    go(`/docs${[...now].length ? `?${now}` : ''}`, { replace: true });
  };
  const docs = usePages(`/documents?limit=50${kind ? `&kind=${kind}` : ''}${q ? `&q=${enc(q)}` : ''}`, ['documents', 'mails']);
  const empty = q || kind ? html`<${Empty} title=${t('list.nomatch', { q: q || t(`kind.${kind}`) })} actions=${html`<${Button} onClick=${() => set({ q: '', kind: '' })}>${t('list.clear')}<//><${Link} href="/docs/new/job_card?number=${enc(q)}">${t('docs.makecard')}<//>`} />`
    : html`<${Empty} title=${t('docs.empty')} actions=${html`<${Link} kind="main" href="/docs/new/invoice">${t('docs.newinvoice')}<//><${Link} href="/docs/new/job_card">${t('docs.newcard')}<//>`}>${t('docs.empty.text')}<//>`;
  return html`<div class="head"><${Title}>${t('nav.docs')}<//><div class="row"><${Link} kind="main" icon="doc" href="/docs/new/invoice">${t('docs.newinvoice')} <small>F4</small><//><${Link} icon="pen" href="/docs/new/job_card">${t('docs.newcard')}<//></div></div>
    <${Search} label=${t('docs.search')} value=${q} onSearch=${(text) => set({ q: text })} />
    <${Chips} label=${t('list.filter')} value=${kind} onChange=${(v) => set({ kind: v })} options=${[['', t('list.all')], ...kinds.map((k) => [k, t(`kind.${k}`)])]} />
    <${Got} from=${docs} isEmpty=${(d) => !d.items.length} empty=${empty}>${(page) => html`<ul class="list docs">${page.items.map((d) => html`<li key=${d.kind + d.number + d.version}><a class="into" href="/docs/${d.kind}/${enc(d.number)}"><strong>${d.number}</strong><span class="muted">${t(`kind.${d.kind}`)}${d.version > 1 ? ` · ${t('docs.version', { v: d.version })}` : ''}</span></a><span>${d.buyer || html`<span class="muted">${t('docs.nobuyer')}</span>`}</span><span class="muted wide">${day(d.issue_date)}</span><span class="amount wide">${isUnpriced(d.kind) ? '–' : money(d.payable, d.currency)}</span>
      <span>${d.mail ? html`<${State} of=${d.mail} />` : html`<${Link} href="/mail/new?doc=${enc(`${d.kind}/${d.number}`)}">${t('docs.send')}<//>`}</span></li>`)}</ul>${page.next && html`<div class="actions"><${Button} onClick=${docs.more}>${t('list.more')}<//></div>`}`}<//>`;
}

export function Paper({ parts }) {
  const [kind, number] = parts;
  const path = `/documents/${kind}/${enc(number)}`;
  const got = useData(path, ['documents', 'mails']);
  return html`<p><a href="/docs">← ${t('nav.docs')}</a></p><${Got} from=${got}>${(d) => html`
    <${Title} note=${`${day(d.issue_date)}${isUnpriced(kind) ? '' : ` · ${money(d.payable, d.currency)}`}`}>${t(`kind.${kind}`)} ${d.number}<//>
    <div class="panes"><div>
      <dl class="facts"><dt>${t('doc.customer')}</dt><dd>${d.buyer || t('docs.nobuyer')}${d.content.buyer && d.content.buyer.email ? html`<br />${d.content.buyer.email}` : ''}</dd>
        ${(d.content.lines || []).map((l) => html`<dt>${l.quantity} × ${l.unit_price}</dt><dd>${l.description}</dd>`)}
        ${d.content.job && d.content.job.reported_fault && html`<dt>${t('job.fault')}</dt><dd>${d.content.job.reported_fault}</dd>`}</dl>
      <div class="actions"><${Link} kind="main" icon="send" href="/mail/new?doc=${enc(`${kind}/${d.number}`)}">${d.mails.length ? t('docs.sendagain') : t('docs.send')}<//>
        <${Link} icon="doc" href="/api/v1${path}/pdf" target="_blank" rel="noopener">${t('pdf.open')}<//><${Link} href="/api/v1${path}/pdf" download=${`${d.number}.pdf`}>${t('download')}<//>
        ${kind === 'job_card' && html`<${Link} href="/docs/new/invoice?from=${enc(`${kind}/${d.number}`)}">${t('docs.invoicecard')}<//>`}
        <${Link} href="/docs/new/${kind}?change=${enc(`${kind}/${d.number}`)}">${t('docs.change')}<//></div>
      ${d.versions.length > 1 && html`<p class="muted">${t('docs.versions', { list: d.versions.join(', ') })}</p>`}
      <h2>${t('docs.mails')}</h2>${d.mails.length ? html`<ul class="list mails">${d.mails.map((m) => html`<li key=${m.id}><${State} of=${m.state} /><a class="into" href="/${['sent', 'failed', 'partly_sent', 'cancelled', 'expired'].includes(m.state) ? 'sent' : 'outbox'}/${m.id}"><strong>${m.subject}</strong><span class="muted">${m.recipients.filter((r) => r.role !== 'own_copy').map((r) => r.address).join(', ')}</span></a><span></span><${When} at=${m.created_at} /></li>`)}</ul>` : html`<p class="muted">${t('docs.notmailed')}</p>`}
    </div><section class="side" aria-label=${t('pdf.title', { name: d.number })}><${Pdf} key=${`${d.version}`} url=${`${path}/pdf`} title=${d.number} /></section></div>`}<//>`;
}

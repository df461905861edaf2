// The integration manager: profiles of other systems, and the sales on their way there.

import { html, t, useData, query, post, enc, go } from '../lib/core.js';
import { Page, Part, Row, Standing, useActs } from './page.js';
import { usePages } from '../screens/mails.js';

export const profileAt = (name) => `/settings/integrations/edit?name=${enc(name)}`;

export function Integrations() {
  const got = useData('/integrations', ['integrations', 'settings']);
  return html`<${Page} title=${t('settings.integrations')} text=${t('integrations.text')} actions=${html`<Link kind="main" href="/settings/integrations/new">${t('integrations.add')}<//>`} from=${got}>${(list) => html`
    ${list.length ? html`<ul class="list rows">${list.map((p) => html`<${Row} key=${p.name} href=${profileAt(p.name)} title=${p.name} note=${[p.title || p.package, p.company, p.user].filter(Boolean).join(' · ')} more=${p.reason && html`<span class="muted">${p.reason}</span>`} edit=${t('integrations.edit', { name: p.name })}><${Standing} of=${p} /><//>`)}</ul><${Postings} known=${list.map((p) => p.reason)} />`
    : html`<Empty title=${t('integrations.empty')}>${t('integrations.empty.text')}<//>`}`}<//>`;
}

/** Sales on their way into the books, and what a person can do about one. What a profile says of itself (`known`) is not said again for each. */
function Postings({ known }) {
  const all = query().get('all') === '1';
  const list = usePages(`/postings?limit=50${all ? '&all=true' : ''}`, ['postings']);
  const doing = useActs(list.again);
  const act = (p, verb) => doing.act(verb, () => post(`/postings/${p.id}/${verb}`, {}), t(`postings.did.${verb}`));
  const can = (p) => ({
    // What no program enters, a person enters by hand.
    retry: p.kind !== 'credit_note' && ['waiting', 'deferred', 'refused'].includes(p.state),
    cancel: ['waiting', 'deferred', 'refused', 'uncertain'].includes(p.state),
  });
  return html`<${Part} title=${t('postings')} text=${t('postings.text')}><Problems error=${doing.error} /><Chips label=${t('list.filter')} value=${all ? 'all' : 'open'} options=${[['open', t('postings.open')], ['all', t('list.all')]]} onChange=${(v) => go(`/settings/integrations${v === 'all' ? '?all=1' : ''}`, { replace: true })} />
    <Got from=${list} empty=${html`<Empty title=${all ? t('postings.none') : t('postings.done')} />`}>${({ items, next }) => html`<ul class="list postings">${items.map((p) => {
      const may = can(p);
      return html`<li key=${p.id}><State of=${p.state} word=${t(`posting.${p.state}`)} /><span><a href="/docs/${p.kind}/${enc(p.document)}"><strong>${p.document}</strong></a><span class="muted">${[t(`kind.${p.kind}`), p.channel, p.invoice && t('postings.as', { number: p.invoice })].filter(Boolean).join(' · ')}</span>${p.reason && !known.includes(p.reason) && html`<span class="muted">${p.reason}</span>`}${p.next_try_at && ['waiting', 'deferred'].includes(p.state) && p.tries > 0 && html`<span class="muted">${t('postings.next')} <When at=${p.next_try_at} /></span>`}</span>
        <span class="row">${may.retry && html`<Button busy=${doing.busy} aria-label=${t('postings.retry.who', { number: p.document })} onClick=${() => act(p, 'retry')}>${t('try.again')}<//>`}${may.cancel && html`<Button busy=${doing.busy} aria-label=${t('postings.cancel.who', { number: p.document })} onClick=${() => act(p, 'cancel')}>${t('postings.cancel')}<//>`}</span></li>`;
    })}</ul>${next && html`<div class="actions"><Button onClick=${list.more}>${t('list.more')}<//></div>`}`}<//><//>`;
}

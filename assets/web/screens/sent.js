// The sent mails: what left, and what came of it.

import { html, t } from '../lib/core.js';
import '../lib/inputs.js';
import { Rows, Rest, None, Beside, box, pathOf, useFilter, usePages } from './mails.js';

function Left(mailbox) {
  const [asked, set] = useFilter();
  const { show, q, from, to } = asked;
  const mails = usePages(pathOf('/mails', { box: 'sent', state: show, q, from, to }), ['mails']);
  const empty = show || q || from || to ? html`<${None} title=${q ? t('sent.nomatch', { q }) : t('sent.nomatch.any')} set=${set} word=${t('search.clear')} />`
    : html`<${None} title=${t('sent.empty')} />`;
  const date = (key) => html`<Text id=${key} name=${key} type="date" label=${t(`sent.${key}`)} value=${asked[key]} error=${mails.error} onInput=${(v) => set({ [key]: v })} />`;
  return html`<div class="head"><Title>${t('nav.sent')}<//><div class="row dates"><Search label=${t('sent.search')} value=${q} onSearch=${(text) => set({ q: text })} />${date('from')}${date('to')}</div></div>
    <p class="muted">${t('sent.means')}</p>
    <Chips label=${t('list.filter')} value=${show} onChange=${(v) => set({ show: v })} options=${['', 'sent', 'partly_sent', 'failed', 'cancelled', 'expired'].map((s) => [s, s ? t(`state.${s}`) : t('list.all')])} />
    <${Beside} ...${mailbox}><Got from=${mails} empty=${empty}>${(page) => html`<${Rows} page=${page} box="sent" chosen=${mailbox.id} again=${mails.again} /><${Rest} page=${page} onMore=${mails.more} />`}<//><//>`;
}
export const Sent = box(Left);

// The address book: what mails and papers taught it, and what was written by hand.

import { html, t, useState, query, go, enc, post, remove, announce } from '../lib/core.js';
import { Title, Button, Link, Got, Empty, Search, When, Text, Problems, Ask, useDoing } from '../lib/ui.js';
import { usePages } from './mails.js';

export function Contacts() {
  const q = query().get('q') || '';
  const list = usePages(`/contacts?limit=50${q ? `&q=${enc(q)}` : ''}`, ['contacts']);
  const [edited, setEdited] = useState(null);
  const [gone, setGone] = useState(null);
  const doing = useDoing();
  const search = (text) => go(`/contacts${text ? `?q=${enc(text)}` : ''}`, { replace: true });
  const empty = q ? html`<${Empty} title=${t('list.nomatch', { q })} actions=${html`<${Button} onClick=${() => search('')}>${t('list.clear')}<//>${q.includes('@') && html`<${Link} href="/mail/new?to=${enc(q)}">${t('contacts.writeto', { who: q })}<//>`}`} />`
    : html`<${Empty} title=${t('contacts.empty')} actions=${html`<${Button} kind="main" onClick=${() => setEdited({ address: '', name: '', fresh: true })}>${t('contacts.add')}<//>`} />`;
  const save = () => doing.run('save', async () => {
    await post('/contacts', { address: edited.address, ...(edited.name ? { name: edited.name } : {}) });
    setEdited(null);
    announce(t('saved'));
    list.again();
  });
  return html`<div class="head"><${Title}>${t('nav.contacts')}<//><div class="row"><${Button} kind="main" onClick=${() => setEdited({ address: '', name: '', fresh: true })}>${t('contacts.add')}<//></div></div>
    <${Search} label=${t('contacts.search')} value=${q} onSearch=${search} />
    <${Got} from=${list} isEmpty=${(d) => !d.items.length} empty=${empty}>${(page) => html`<ul class="list people">${page.items.map((c) => html`<li key=${c.address}><span><strong>${c.name || c.address}</strong><span class="muted">${c.address}${c.uses ? ` · ${t('contacts.uses', { n: c.uses })}` : ''}</span></span><span class="muted">${c.last_used_at && html`<${When} at=${c.last_used_at} />`}</span>
      <span class="row"><${Link} href="/mail/new?to=${enc(c.name ? `${c.name.replace(/[,;<>"]/g, ' ')} <${c.address}>` : c.address)}">${t('contacts.write')}<//><${Button} onClick=${() => setEdited({ address: c.address, name: c.name || '' })} aria-label=${t('contacts.editwho', { who: c.address })}>${t('contacts.edit')}<//><${Button} kind="quiet" aria-label=${t('contacts.forget', { who: c.address })} onClick=${() => setGone(c)}>×<//></span></li>`)}</ul>
      ${page.next && html`<div class="actions"><${Button} onClick=${list.more}>${t('list.more')}<//></div>`}`}<//>
    ${edited && html`<${Ask} title=${edited.fresh ? t('contacts.add') : t('contacts.edit')} yes=${t('save')} onNo=${() => { setEdited(null); doing.setError(null); }} onYes=${save}><${Problems} error=${doing.error} fields=${{ address: 'contact-address', name: 'contact-name' }} />
      <${Text} id="contact-address" name="address" label=${t('doc.email')} value=${edited.address} readonly=${!edited.fresh} error=${doing.error} inputmode="email" spellcheck="false" onInput=${(address) => setEdited({ ...edited, address })} /><${Text} id="contact-name" name="name" label=${t('doc.name')} value=${edited.name} error=${doing.error} onInput=${(name) => setEdited({ ...edited, name })} /><//>`}
    ${gone && html`<${Ask} danger title=${t('contacts.forget', { who: gone.address })} yes=${t('contacts.forget.yes')} no=${t('contacts.forget.no')} onNo=${() => setGone(null)} onYes=${() => doing.run('forget', async () => { await remove(`/contacts/${enc(gone.address)}`); setGone(null); announce(t('contacts.forgotten')); list.again(); })}><p>${t('contacts.forget.text')}</p><//>`}`;
}

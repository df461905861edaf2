// The address book: what mails and papers taught it, and what was written by hand.

import { html, t, useState, query, go, enc, post, remove, announce, isOwner, base64 } from '../lib/core.js';
import { Title, Button, Link, Got, Empty, Search, When, Text, Problems, Ask, useDoing } from '../lib/ui.js';
import { usePages } from './mails.js';

export function Contacts() {
  const q = query().get('q') || '';
  const list = usePages(`/contacts?limit=50${q ? `&q=${enc(q)}` : ''}`, ['contacts']);
  const [edited, setEdited] = useState(null);
  const [gone, setGone] = useState(null);
  const [file, setFile] = useState(null);
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
  // First a dry run that shows what would become of each row, then the rows that can be taken.
  const look = (picked) => doing.run('look', async () => {
    const content = await base64(picked);
    setFile({ content, name: picked.name, found: await post('/contacts/import', { content, mode: 'dry_run' }) });
  });
  const take = () => doing.run('import', async () => {
    await post('/contacts/import', { content: file.content, mode: 'good_rows' });
    setFile(null);
    announce(t('saved'));
    list.again();
  });
  return html`<div class="head"><${Title}>${t('nav.contacts')}<//><div class="row"><${Button} kind="main" onClick=${() => setEdited({ address: '', name: '', fresh: true })}>${t('contacts.add')}<//>
      ${isOwner() && html`<label class="button">${t('contacts.import')}<input class="hidden" type="file" accept=".csv,.txt,.vcf" onChange=${(e) => { if (e.target.files[0]) look(e.target.files[0]); e.target.value = ''; }} /></label>`}<${Link} href="/api/v1/contacts/export" download>${t('contacts.export')}<//></div></div>
    ${!edited && !gone && html`<${Problems} error=${doing.error} />`}
    <${Search} label=${t('contacts.search')} value=${q} onSearch=${search} />
    <${Got} from=${list} isEmpty=${(d) => !d.items.length} empty=${empty}>${(page) => html`<ul class="list people">${page.items.map((c) => html`<li key=${c.address}><span><strong>${c.name || c.address}</strong><span class="muted">${c.address}${c.uses ? ` · ${t('contacts.uses', { n: c.uses })}` : ''}</span></span><span class="muted">${c.last_used_at && html`<${When} at=${c.last_used_at} />`}</span>
      <span class="row"><${Link} href="/mail/new?to=${enc(c.name ? `${c.name.replace(/[,;<>"]/g, ' ')} <${c.address}>` : c.address)}">${t('contacts.write')}<//><${Button} onClick=${() => setEdited({ address: c.address, name: c.name || '' })} aria-label=${t('contacts.editwho', { who: c.address })}>${t('contacts.edit')}<//><${Button} kind="quiet" aria-label=${t('contacts.forget', { who: c.address })} onClick=${() => setGone(c)}>×<//></span></li>`)}</ul>
      ${page.next && html`<div class="actions"><${Button} onClick=${list.more}>${t('list.more')}<//></div>`}`}<//>
    ${file && html`<${Ask} title=${file.name} yes=${t('contacts.import.do')} onNo=${() => setFile(null)} onYes=${take}><p>${t('contacts.import.found', { fresh: file.found.new, changed: file.found.changed, same: file.found.same, refused: file.found.refused })}</p>
      <ul>${file.found.rows.filter((row) => row.problem).slice(0, 20).map((row) => html`<li key=${row.row}>${t('contacts.import.row', { row: row.row, problem: row.problem })}</li>`)}</ul><//>`}
    ${edited && html`<${Ask} title=${edited.fresh ? t('contacts.add') : t('contacts.edit')} yes=${t('save')} onNo=${() => { setEdited(null); doing.setError(null); }} onYes=${save}><${Problems} error=${doing.error} fields=${{ address: 'contact-address', name: 'contact-name' }} />
      <${Text} id="contact-address" name="address" label=${t('doc.email')} value=${edited.address} readonly=${!edited.fresh} error=${doing.error} inputmode="email" spellcheck="false" onInput=${(address) => setEdited({ ...edited, address })} /><${Text} id="contact-name" name="name" label=${t('doc.name')} value=${edited.name} error=${doing.error} onInput=${(name) => setEdited({ ...edited, name })} /><//>`}
    ${gone && html`<${Ask} danger title=${t('contacts.forget', { who: gone.address })} yes=${t('contacts.forget.yes')} no=${t('contacts.forget.no')} onNo=${() => setGone(null)} onYes=${() => doing.run('forget', async () => { await remove(`/contacts/${enc(gone.address)}`); setGone(null); announce(t('contacts.forgotten')); list.again(); })}><p>${t('contacts.forget.text')}</p><//>`}`;
}

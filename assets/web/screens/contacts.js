// The address book: what mails and papers taught it, and what was written by hand.

import { html, t, useState, useEffect, query, go, get, enc, post, remove, announce, isOwner, useData, useGuard, whenParts, LANGUAGES } from '../lib/core.js';
import { useDoing, titleOf, isFinished } from '../lib/ui.js';
import { pathOf, useFilter, usePages } from './mails.js';

const written = (c) => (c.name ? `${c.name.replace(/[,;<>"]/g, ' ')} <${c.address}>` : c.address);
/** The time of today's last mail, the day of an older one. */
const lastMail = (at) => whenParts(at)[0];
const writeTo = (c) => `/mail/new?to=${enc(written(c))}`;

function Add({ onClose }) {
  const [form, setForm] = useState({ address: '', name: '' });
  const doing = useDoing();
  const save = () => doing.run('save', async () => {
    const at = `/contacts/${enc(form.address.trim())}`;
    // Who is in the book already keeps their name: they are shown.
    if (await get(at).catch(() => null)) return go(at);
    const made = await post('/contacts', { address: form.address, ...(form.name ? { name: form.name } : {}) });
    announce(t('saved'));
    return go(`/contacts/${enc(made.address)}`);
  });
  return html`<Ask title=${t('contacts.add')} yes=${t('save')} busy=${doing.busy} onNo=${onClose} onYes=${save}><Problems error=${doing.error} fields=${{ address: 'contact-address', name: 'contact-name' }} />
    <Text id="contact-address" name="address" label=${t('doc.email')} value=${form.address} error=${doing.error} inputmode="email" spellcheck="false" onInput=${(address) => setForm({ ...form, address })} />
    <Text id="contact-name" name="name" label=${t('doc.name')} value=${form.name} error=${doing.error} onInput=${(name) => setForm({ ...form, name })} /><//>`;
}

export function Contacts() {
  const [{ q, show }, to] = useFilter();
  const list = usePages(pathOf('/contacts', { q, show }), ['contacts']);
  const counts = useData('/contacts/counts', ['contacts']).data || {};
  const settings = useData('/settings', ['settings']);
  const [adding, setAdding] = useState(false);
  const doing = useDoing();
  const search = (text) => to({ q: text });
  const off = ((settings.data || []).find((s) => s.key === 'auto_store_addresses') || {}).value === 'false';
  const add = html`<Button kind="main" onClick=${() => setAdding(true)}>${t('contacts.add')}<//>`;
  const enable = (c) => doing.run('enable', async () => {
    await remove(`/disabled/${enc(c.address)}`);
    announce(t('contacts.enabled'));
    list.again();
  });
  const menu = (c) => [['edit', ''], ['merge', '?do=merge'], ...(isOwner() && !c.disabled ? [['block', '?do=block']] : []), ['forget.short', '?do=forget']]
    .map(([word, what]) => [t(`contacts.${word}`), () => go(`/contacts/${enc(c.address)}${what}`)]).concat([[t('contacts.allmails'), () => go(`/sent?q=${enc(c.address)}`)]]);
  const empty = show && !q ? html`<Empty title=${t(`contacts.none.${show}`)} actions=${html`<Button onClick=${() => to({ show: '' })}>${t('list.all')}<//>`} />` : q ? html`<Empty title=${t('list.nomatch', { q })} actions=${html`<Button onClick=${() => search('')}>${t('list.clear')}<//>${q.includes('@') && html`<Link href="/mail/new?to=${enc(q)}">${t('contacts.writeto', { who: q })}<//>`}`} />`
    : html`<Empty title=${off ? t('contacts.off') : t('contacts.empty')} actions=${html`${add}${isOwner() && html`<Link href="/contacts/import">${t('contacts.import')}<//>`}${off && isOwner() && html`<Link href="/settings/options">${t('contacts.on')}<//>`}`} />`;
  return html`<div class="head"><Title>${t('nav.contacts')}<//><div class="row">${add}
      ${isOwner() && html`<Link href="/contacts/import">${t('contacts.import')}<//>`}
      <details class="drop"><summary class="button">${t('contacts.export')}</summary><ul class="offers menu">${[['csv', t('contacts.export.csv')], ['vcard3', 'vCard 3.0'], ['vcard4', 'vCard 4.0']].map(([form, word]) => html`<li key=${form}><a href="/api/v1/contacts/export?form=${form}" download>${word}</a></li>`)}</ul></details></div></div>
    <div class="row"><Chips label=${t('list.filter')} value=${show} onChange=${(part) => to({ show: part })} options=${[['', t('list.all'), counts.all], ['automatic', t('contacts.automatic'), counts.automatic], ['disabled', t('contacts.disabled'), counts.disabled]]} /><Search label=${t('contacts.search')} value=${q} onSearch=${search} /></div><Problems error=${doing.error} />
    ${show === 'disabled' && isOwner() && html`<p><a href="/settings/disabled">${t('contacts.domains')}</a></p>`}
    <Got from=${list} isEmpty=${(d) => !d.items.length} empty=${empty}>${(page) => html`<ul class="list people acts">${page.items.map((c) => html`<li key=${c.address}><a class="into" href="/contacts/${enc(c.address)}"><strong>${c.name || c.company || c.address}</strong>${(c.name || c.company) && html`<span class="muted">${[c.name && c.company, c.address].filter(Boolean).join(' · ')}</span>`}</a>
      <span class="muted use">${c.disabled ? html`<span class="state bad"><Icon name="stop" /><span>${t('contacts.disabled')}</span></span>` : c.refusal ? html`<span class="state warn"><Icon name="warn" /><span>${t('contacts.refused')}</span></span>` : c.last_used_at ? html`${t('contacts.uses', { n: c.uses })} · ${lastMail(c.last_used_at)}` : t('contacts.unproven')}</span>
      ${c.disabled ? isOwner() && html`<Button busy=${doing.busy} aria-label=${t('contacts.enable.who', { who: c.address })} onClick=${() => enable(c)}>${t('contacts.enable')}<//>` : html`<Link href=${writeTo(c)} aria-label=${t('contacts.writeto', { who: c.name || c.address })}>${t('contacts.write')}<//>`}
      <span class="more"><More label=${t('mail.more', { what: c.name || c.address })} load=${() => menu(c)} /></span></li>`)}</ul>
      ${page.next && html`<div class="actions"><Button onClick=${list.more}>${t('list.more')}<//></div>`}`}<//>
    ${adding && html`<${Add} onClose=${() => setAdding(false)} />`}`;
}

/** Which other entry is the same person. */
function Merge({ contact, onClose, onDone }) {
  const [q, setQ] = useState('');
  const [other, setOther] = useState(null);
  const doing = useDoing();
  const found = useData(q.length > 1 ? `/contacts?limit=8&q=${enc(q)}` : null);
  const fit = ((found.data && found.data.items) || []).filter((c) => c.address !== contact.address);
  const merge = () => doing.run('merge', async () => {
    const one = await post(`/contacts/${enc(contact.address)}/merge`, { other: other.address });
    announce(t('contacts.merged'));
    onDone(one);
  });
  return html`<Ask wide title=${t('contacts.merge')} yes=${other && t('contacts.merge.yes', { who: other.address })} busy=${doing.busy} onNo=${onClose} onYes=${merge}><Problems error=${doing.error} />
    <p>${t('contacts.merge.text', { who: contact.address })}</p><Search label=${t('contacts.search')} value=${q} onSearch=${(text) => { setQ(text); setOther(null); }} />
    ${fit.length > 0 ? html`<div class="found" role="group" aria-label=${t('contacts.merge.which')}>${fit.map((c) => html`<button type="button" key=${c.address} class="chip" aria-pressed=${!!other && other.address === c.address} onClick=${() => setOther(c)}>${c.name ? `${c.name} · ${c.address}` : c.address}</button>`)}</div>` : q.length > 1 && found.data && html`<p class="muted">${t('list.nomatch', { q })}</p>`}
    ${other && html`<p><strong>${t('contacts.merge.what', { gone: other.address, stays: contact.address })}</strong></p>`}<//>`;
}

/** Everything that is kept about a person, and what of it can go. */
function Erase({ address, onClose, onDone }) {
  const kept = useData(`/contacts/${enc(address)}/data`);
  const [after, setAfter] = useState(null);
  const doing = useDoing();
  const erase = () => doing.run('erase', async () => {
    const { data } = await remove(`/contacts/${enc(address)}/data`);
    setAfter(data);
    announce(t('contacts.erased'));
  });
  const list = (title, items) => items.length > 0 && html`<h3>${title}</h3><ul>${items.map((one, i) => html`<li key=${i}>${one}</li>`)}</ul>`;
  const shown = after || kept.data;
  return html`<Ask key=${after ? 'done' : 'ask'} wide danger title=${after ? t('contacts.erased') : t('contacts.erase')} yes=${!after && shown && shown.removed.length > 0 && t('contacts.erase.yes')} no=${after ? t('back') : t('cancel')} busy=${doing.busy} onNo=${after ? onDone : onClose} onYes=${erase}><Problems error=${doing.error || kept.error} />
    <p>${address}</p>${!shown && !kept.error && html`<Loading />`}
    ${shown && html`${list(after ? t('contacts.erase.gone') : t('contacts.erase.goes'), shown.removed)}${list(t('contacts.erase.stays'), shown.kept)}${!shown.removed.length && !after && html`<p>${t('contacts.erase.nothing')}</p>`}`}<//>`;
}

const FIELDS = ['name', 'company', 'customer_number', 'phone', 'note'];
const ROLES = ['billing', 'workshop', 'orders', 'accountant'];

function Card({ contact, again }) {
  const begin = (c) => ({ ...Object.fromEntries(FIELDS.map((k) => [k, c[k] || ''])), language: c.language || '', roles: c.roles });
  const [form, setForm] = useState(() => begin(contact));
  const [dirty, setDirty] = useState(false);
  const [asking, setAsking] = useState(query().get('do') || '');
  const [reason, setReason] = useState('');
  const doing = useDoing();
  const mails = useData(`/mails?box=all&limit=8&q=${enc(contact.address)}`, ['mails']);
  useGuard(dirty, t('unsaved'));
  // The question was put once: going back or loading the page anew does not put it again.
  useEffect(() => { if (asking) go(`/contacts/${enc(contact.address)}`, { replace: true }); }, []);
  const set = (part) => {
    setForm((f) => ({ ...f, ...part }));
    setDirty(true);
  };
  const save = () => doing.run('save', async () => {
    await post('/contacts', { address: contact.address, ...form });
    setDirty(false);
    announce(t('saved'));
    again();
  });
  const block = () => doing.run('block', async () => {
    if (contact.disabled) await remove(`/disabled/${enc(contact.address)}`);
    else await post('/disabled', { pattern: contact.address, reason });
    setAsking('');
    announce(contact.disabled ? t('contacts.enabled') : t('chips.blocked', { who: contact.address }));
    again();
  });
  const away = () => go('/contacts', { force: true });
  const text = (k, more = {}) => html`<Text id="contact-${k}" name=${k} label=${t(`contacts.${k}`)} value=${form[k]} error=${doing.error} onInput=${(v) => set({ [k]: v })} ...${more} />`;
  const languages = [['', t('contacts.language.shop')], ...Object.entries(LANGUAGES)];
  return html`<Title name=${contact.name || contact.address} note=${contact.name ? contact.address : ''}>${contact.name || contact.address}<//>
    <Problems error=${doing.error} fields=${Object.fromEntries([...FIELDS, 'language'].map((k) => [k, `contact-${k}`]))} />
    ${contact.disabled && html`<Banner tone="bad" title=${t('contacts.disabled.text')} actions=${isOwner() && html`<Button busy=${doing.busy} onClick=${block}>${t('contacts.enable')}<//>`} />`}
    ${!contact.disabled && contact.refusal && html`<Banner tone="warn" title=${t('contacts.refused.text')} actions=${contact.correction && html`<Link href="/mail/new?to=${enc(contact.correction)}">${t('contacts.writeto', { who: contact.correction })}<//>`}>${contact.refusal}<//>`}
    <div class="panes"><form onSubmit=${(e) => e.preventDefault()}>
      <div class="two">${text('name')}${text('company')}${text('customer_number')}${text('phone', { inputmode: 'tel' })}</div>
      <Choice id="contact-language" class="medium" name="language" label=${t('contacts.language')} value=${form.language} error=${doing.error} onChange=${(language) => set({ language })} options=${languages.some(([k]) => k === form.language) ? languages : [...languages, [form.language, form.language]]} />
      <fieldset><legend>${t('contacts.roles')}</legend><div class="two">${ROLES.map((k) => html`<Tick key=${k} label=${t(`contacts.role.${k}`)} checked=${form.roles.includes(k)} onChange=${(on) => set({ roles: on ? [...form.roles, k] : form.roles.filter((r) => r !== k) })} />`)}</div></fieldset>
      ${text('note', { rows: 2 })}</form>
    <section class="side plainside" aria-label=${t('docs.mails')}><h2>${t('docs.mails')}</h2>
      ${mails.data && mails.data.items.length ? html`<ul class="list mails">${mails.data.items.map((m) => html`<li key=${m.id}><State of=${m.state} /><a class="into" href="/${isFinished(m) ? 'sent' : 'outbox'}/${m.id}"><strong>${titleOf(m)}</strong></a><When at=${m.created_at} /></li>`)}</ul><p><a href="/sent?q=${enc(contact.address)}">${t('contacts.allmails')}</a></p>` : mails.data && html`<p class="muted">${t('contacts.nomails')}</p>`}
      <h2>${t('contacts.more')}</h2><div class="actions"><Button onClick=${() => setAsking('merge')}>${t('contacts.merge')}<//>
        ${isOwner() && !contact.disabled && html`<Button onClick=${() => setAsking('block')}>${t('contacts.block')}<//>`}
        <Button onClick=${() => setAsking('forget')}>${t('contacts.forget.short')}<//>
        ${isOwner() && html`<Button kind="danger" onClick=${() => setAsking('erase')}>${t('contacts.erase')}<//>`}</div></section></div>
    <div class="bar"><Button kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><Link icon="pen" href=${writeTo(contact)}>${t('contacts.write')}<//><Saved shown=${!dirty && doing.done === 'save'} /></div>
    ${asking === 'merge' && html`<${Merge} contact=${contact} onClose=${() => setAsking('')} onDone=${(one) => { setAsking(''); setForm(begin(one)); setDirty(false); again(); }} />`}
    ${asking === 'block' && !contact.disabled && html`<Ask title=${t('contacts.block.ask', { who: contact.address })} yes=${t('contacts.block')} busy=${doing.busy} onNo=${() => setAsking('')} onYes=${block}><Text id="block-reason" label=${t('contacts.block.reason')} value=${reason} maxlength="200" onInput=${setReason} /><//>`}
    ${asking === 'erase' && html`<${Erase} address=${contact.address} onClose=${() => setAsking('')} onDone=${away} />`}
    ${asking === 'forget' && html`<Ask danger title=${t('contacts.forget', { who: contact.address })} yes=${t('contacts.forget.yes')} no=${t('contacts.forget.no')} onNo=${() => setAsking('')} onYes=${() => doing.run('forget', async () => { await remove(`/contacts/${enc(contact.address)}`); announce(t('contacts.forgotten')); away(); })}><p>${t('contacts.forget.text')}</p><//>`}`;
}

export function Contact({ parts }) {
  const got = useData(`/contacts/${enc(parts[0])}`, ['contacts']);
  return html`<p class="back"><a href="/contacts">← ${t('nav.contacts')}</a></p><Got from=${got} title=${parts[0]}>${(c) => html`<${Card} key=${c.address} contact=${c} again=${got.again} />`}<//>`;
}

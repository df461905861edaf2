// The address book: what mails and papers taught it, and what was written by hand.

import { html, t, useState, useEffect, query, go, get, enc, post, put, remove, download, announce, isOwner, useData, useGuard, whenParts, LANGUAGES } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';
import { Back, List, Mails, disabledBy, disabling } from '../lib/rows.js';
import { formOf } from '../lib/form.js';
import { Rest, pathOf, useFilter, usePages } from './mails.js';

const written = (c) => (c.name ? `${c.name.replace(/[,;<>"]/g, ' ')} <${c.address}>` : c.address);
const writeTo = (c) => `/mail/new?to=${enc(written(c))}`;

/** Allows a disabled address again; of a domain not one alone. */
const Enable = ({ block, ...rest }) => isOwner() && (block && block.pattern.startsWith('@') ? html`<Link href="/settings/disabled">${block.pattern}<//>`
  : html`<Button ...${rest}>${t('contacts.enable')}<//>`);

function Add({ onClose }) {
  const [form, setForm] = useState({ address: '', name: '' });
  // Who is in the book under this address, or under this name with another one.
  const [twin, setTwin] = useState(null);
  const doing = useDoing();
  const of = formOf(form, (made) => { setForm(made); setTwin(null); }, doing.error);
  const same = (a, b) => a.trim().localeCompare(b.trim(), undefined, { sensitivity: 'base' }) === 0;
  const save = () => doing.run('save', async () => {
    const { address, name } = form;
    const there = twin ? '' : name.trim() && (await get(`/contacts?limit=20&q=${enc(name.trim())}`)).items.find((c) => same(c.name || '', name));
    const known = (await get(`/contacts/${enc(address.trim())}`).catch(() => null)) || there;
    if (known) return setTwin(known);
    const made = await post('/contacts', { address, ...(name ? { name } : {}) });
    announce(t('saved'));
    return go(`/contacts/${enc(made.address)}`);
  });
  return html`<Ask title=${t('contacts.add')} yes=${t(twin ? 'contacts.addanyway' : 'save')} busy=${doing.busy} onNo=${onClose} onYes=${save}><Problems error=${doing.error} />
    ${twin && html`<Banner tone="warn" role="alert" title=${t(same(twin.address, form.address) ? 'contacts.known' : 'contacts.twin', { who: twin.name || twin.address })} actions=${html`<Link href="/contacts/${enc(twin.address)}">${twin.address}<//>`} />`}
    ${of.field('address', { label: 'email', inputmode: 'email', spellcheck: 'false' })}${of.field('name')}<//>`;
}

export function Contacts() {
  const [{ q, show }, to] = useFilter();
  const list = usePages(pathOf('/contacts', { q, show }), ['contacts']);
  const counts = useData('/contacts/counts', ['contacts']).data || {};
  const settings = useData('/settings', ['settings']);
  const disabled = useData(show === 'disabled' ? '/disabled' : null, ['contacts']).data;
  const [adding, setAdding] = useState(false);
  const doing = useDoing();
  const off = ((settings.data || []).find((s) => s.key === 'auto_store_addresses') || {}).value === 'false';
  const add = html`<Button kind="main" onClick=${() => setAdding(true)}>${t('contacts.add')}<//>`;
  const enable = (c) => doing.run('enable', async () => {
    await remove(`/disabled/${enc(c.address)}`);
    announce(t('contacts.enabled'));
    list.again();
  });
  const turnOn = () => doing.run('on', async () => {
    await put('/settings/auto_store_addresses', { value: 'true' });
    settings.again();
  });
  const menu = (c) => [['edit', ''], ['merge', '?do=merge'], ...(isOwner() && !c.disabled ? [['block', '?do=block']] : []), ['forget.short', '?do=forget']]
    .map(([word, what]) => [t(`contacts.${word}`), () => go(`/contacts/${enc(c.address)}${what}`)]).concat([[t('contacts.allmails'), () => go(`/sent?q=${enc(c.address)}`)]]);
  const empty = show || q ? html`<Empty title=${q ? t('list.nomatch', { q }) : t(`contacts.none.${show}`)} actions=${html`<Button onClick=${() => to({ show: '', q: '' })}>${t('list.clear')}<//>${q.includes('@') && html`<Link href="/mail/new?to=${enc(q)}">${t('contacts.writeto', { who: q })}<//>`}`} />`
    : html`<Empty title=${off ? t('contacts.off') : t('contacts.empty')} actions=${html`${add}${isOwner() && html`<Link href="/contacts/import">${t('contacts.import')}<//>`}${off && isOwner() && html`<Button busy=${doing.busy} onClick=${turnOn}>${t('contacts.on')}<//>`}`} />`;
  return html`<div class="head"><Title>${t('nav.contacts')}<//><div class="row">${add}
      ${isOwner() && html`<Link href="/contacts/import">${t('contacts.import')}<//>`}
      <More word=${t('contacts.export')} load=${() => [['csv', t('contacts.export.csv')], ['vcard3', 'vCard 3.0'], ['vcard4', 'vCard 4.0']].map(([form, word]) => [word, () => download(`/api/v1/contacts/export?form=${form}`)])} /></div></div>
    <div class="row"><Chips label=${t('list.filter')} value=${show} onChange=${(part) => to({ show: part })} options=${[['', t('list.all'), counts.all], ['automatic', t('contacts.automatic'), counts.automatic], ['disabled', t('contacts.disabled'), counts.disabled]]} /><Search label=${t('contacts.search')} value=${q} onSearch=${(text) => to({ q: text })} /></div><Problems error=${doing.error} />
    ${show === 'disabled' && isOwner() && html`<p><a href="/settings/disabled">${t('contacts.domains')}</a></p>`}
    <Got from=${list} empty=${empty}>${(page) => html`<${List} class="list people acts">${page.items.map((c) => {
      const block = disabling(disabled, c.address);
      return html`<li key=${c.address}><a class="into" href="/contacts/${enc(c.address)}"><strong>${c.name || c.company || c.address}</strong>${(c.name || c.company) && html`<span class="muted">${[c.name && c.company, c.address].filter(Boolean).join(' · ')}</span>`}</a>
      <span class="muted use">${c.disabled ? html`<State of="refused" word=${t('contacts.disabled')} />${block && html`<br />${disabledBy(block)}`}` : c.refusal ? html`<State of="partly_sent" word=${t('contacts.refused')} />` : c.last_used_at ? html`${t('contacts.uses', { n: c.uses })} · ${whenParts(c.last_used_at)[0]}` : t('contacts.unproven')}</span>
      ${c.disabled ? html`<${Enable} block=${block} busy=${doing.busy} aria-label=${t('contacts.enable.who', { who: c.address })} onClick=${() => enable(c)} />` : html`<Link href=${writeTo(c)} aria-label=${t('contacts.writeto', { who: c.name || c.address })}>${t('contacts.write')}<//>`}
      <span class="more"><More label=${t('mail.more', { what: c.name || c.address })} load=${() => menu(c)} /></span></li>`;
    })}<//>
      <${Rest} page=${page} onMore=${list.more} />`}<//>
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
  const why = disabling(useData(contact.disabled ? '/disabled' : null, ['contacts']).data, contact.address);
  const mails = useData(`/mails?box=all&limit=8&q=${enc(contact.address)}`, ['mails']);
  useGuard(dirty, t('unsaved'));
  // The question was put once: going back or loading the page anew does not put it again.
  useEffect(() => { if (asking) go(`/contacts/${enc(contact.address)}`, { replace: true }); }, []);
  const of = formOf(form, (made) => { setForm(made); setDirty(true); }, doing.error, 'contacts');
  const save = () => doing.run('save', async () => {
    await post('/contacts', { address: contact.address, ...form });
    setDirty(false);
    announce(t('saved'));
    again();
  });
  const block = () => doing.run('block', async () => {
    if (contact.disabled) await remove(`/disabled/${enc(contact.address)}`);
    else await post('/disabled', { pattern: contact.address, reason });
    close();
    announce(contact.disabled ? t('contacts.enabled') : t('chips.blocked', { who: contact.address }));
    again();
  });
  const close = () => setAsking('');
  const away = () => go('/contacts', { force: true });
  const languages = [['', t('contacts.language.shop')], ...Object.entries(LANGUAGES)];
  return html`<Title name=${contact.name || contact.address} note=${contact.name ? contact.address : ''}>${contact.name || contact.address}<//>
    <Problems error=${doing.error} />
    ${contact.disabled && html`<Banner tone="bad" title=${t('contacts.disabled.text')} actions=${html`<${Enable} block=${why} busy=${doing.busy} onClick=${block} />`}>${why && disabledBy(why)}<//>`}
    ${!contact.disabled && contact.refusal && html`<Banner tone="warn" title=${t('contacts.refused.text')} actions=${contact.correction && html`<Link href="/mail/new?to=${enc(contact.correction)}">${t('contacts.writeto', { who: contact.correction })}<//>`}>${contact.refusal}<//>`}
    <div class="panes"><form onSubmit=${(e) => e.preventDefault()}>
      <div class="two">${of.field('name')}${of.field('company')}${of.field('customer_number')}${of.field('phone', { inputmode: 'tel' })}</div>
      ${of.choice('language', languages.some(([k]) => k === form.language) ? languages : [...languages, [form.language, form.language]], { class: 'medium' })}
      <fieldset><legend>${t('contacts.roles')}</legend><div class="two">${ROLES.map((k) => html`<Tick key=${k} label=${t(`contacts.role.${k}`)} checked=${form.roles.includes(k)} onChange=${(on) => of.set('roles', (now) => (on ? [...now, k] : now.filter((r) => r !== k)))} />`)}</div></fieldset>
      ${of.field('note', { rows: 2 })}</form>
    <section class="side plainside" aria-label=${t('docs.mails')}><h2>${t('docs.mails')}</h2>
      ${mails.data && mails.data.items.length ? html`<${Mails} of=${mails.data.items} /><p><a href="/sent?q=${enc(contact.address)}">${t('contacts.allmails')}</a></p>` : mails.data && html`<p class="muted">${t('contacts.nomails')}</p>`}
      <h2>${t('contacts.more')}</h2><div class="actions">${[['merge'], ...(isOwner() && !contact.disabled ? [['block']] : []), ['forget', 'forget.short'], ...(isOwner() ? [['erase']] : [])].map(([what, word = what]) => html`<Button key=${what} kind=${what === 'erase' ? 'danger' : ''} onClick=${() => setAsking(what)}>${t(`contacts.${word}`)}<//>`)}</div></section></div>
    <div class="bar"><Button kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><Link icon="pen" href=${writeTo(contact)}>${t('contacts.write')}<//><Saved shown=${!dirty && doing.done === 'save'} /></div>
    ${asking === 'merge' && html`<${Merge} contact=${contact} onClose=${close} onDone=${(one) => { close(); setForm(begin(one)); setDirty(false); again(); }} />`}
    ${asking === 'block' && !contact.disabled && html`<Ask title=${t('contacts.block.ask', { who: contact.address })} yes=${t('contacts.block')} busy=${doing.busy} onNo=${close} onYes=${block}><Text id="block-reason" label=${t('contacts.block.reason')} value=${reason} maxlength="200" onInput=${setReason} /><//>`}
    ${asking === 'erase' && html`<${Erase} address=${contact.address} onClose=${close} onDone=${away} />`}
    ${asking === 'forget' && html`<Ask danger title=${t('contacts.forget', { who: contact.address })} yes=${t('contacts.forget.yes')} no=${t('contacts.forget.no')} onNo=${close} onYes=${() => doing.run('forget', async () => { await remove(`/contacts/${enc(contact.address)}`); announce(t('contacts.forgotten')); away(); })}><p>${t('contacts.forget.text')}</p><//>`}`;
}

export function Contact({ parts }) {
  const got = useData(`/contacts/${enc(parts[0])}`, ['contacts']);
  return html`<${Back} to="contacts" /><Got from=${got} title=${parts[0]}>${(c) => html`<${Card} key=${c.address} contact=${c} again=${got.again} />`}<//>`;
}

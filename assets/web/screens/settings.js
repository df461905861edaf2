// Settings: what the shop decides, and how this till shows it.

import { html, t, useState, useEffect, useData, useGuard, put, ask, poll, announce, change, screen, setScreen, loadLanguage, LANGUAGES, isOwner, remove, whoAmI } from '../lib/core.js';
import { Title, Button, Problems, Text, Choice, Tick, Radios, Got, useDoing, Saved, Banner, Field } from '../lib/ui.js';

export const Tabs = ({ at }) => html`<nav class="tabs" aria-label=${t('settings.email')}>${['account', 'sender', 'options', 'test'].map((k) => html`<a key=${k} href="/settings/${k}" aria-current=${k === at ? 'page' : undefined}>${t(`settings.${k}`)}</a>`)}</nav>`;

export function Settings() {
  const cards = ['account', 'sender', 'options', 'test', 'shop', 'screen', 'folders', 'api', 'about'];
  return html`<${Title}>${t('nav.settings')}<//>${!isOwner() && html`<${Banner} title=${t('settings.owner')} actions=${html`<${Button} onClick=${async () => { await remove('/session'); whoAmI(); }}>${t('settings.asowner')}<//>`} />`}
    <ul class="cards">${cards.map((k) => html`<li key=${k}><a href="/settings/${k}"><strong>${t(`settings.${k}`)}</strong><span class="muted">${t(`settings.${k}.text`)}</span></a></li>`)}<li><a href="/setup"><strong>${t('setup.title')}</strong><span class="muted">${t('setup.text')}</span></a></li></ul>
    <p><${Button} kind="quiet" onClick=${async () => { await remove('/session'); whoAmI(); }}>${t('signout')}<//></p>`;
}

const UNDO = ['0', '5', '10', '20', '30', '60', '120', 'until_released'];

export function Options() {
  const got = useData('/settings', ['settings']);
  const [form, setForm] = useState(null);
  const [before, setBefore] = useState(null);
  const doing = useDoing();
  useEffect(() => {
    if (got.data && !form) {
      const values = Object.fromEntries(got.data.map((s) => [s.key, s.value]));
      setForm(values);
      setBefore(values);
    }
  }, [got.data]);
  const dirty = form && before && Object.keys(form).some((k) => form[k] !== before[k]);
  useGuard(dirty, t('unsaved'));
  const set = (key) => (value) => setForm({ ...form, [key]: typeof value === 'boolean' ? String(value) : value });
  const save = () => doing.run('save', async () => {
    const now = { ...form };
    for (const key of Object.keys(form)) if (form[key] !== before[key]) now[key] = (await put(`/settings/${key}`, { value: form[key] })).value;
    setForm(now);
    setBefore(now);
    announce(t('saved'));
    poll();
  });
  const ids = Object.fromEntries(['auto_bcc', 'archive_address', 'quiet_hours', 'expire_online_days', 'delete_bytes_after_months', 'language'].map((k) => [k, k]));
  return html`<${Title}>${t('settings.options')}<//><${Tabs} at="options" /><${Got} from=${got}>${() => form && html`<form class="narrow" onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${ids} />
    <${Tick} id="blind_copy_multiple" label=${t('options.blind')} note=${t('options.blind.note')} checked=${form.blind_copy_multiple === 'true'} onChange=${set('blind_copy_multiple')} />
    <${Tick} label=${t('options.store')} note=${t('options.store.note')} checked=${form.auto_store_addresses === 'true'} onChange=${set('auto_store_addresses')} />
    <${Text} id="auto_bcc" label=${t('options.bcc')} hint=${t('options.bcc.hint')} value=${form.auto_bcc} error=${doing.error} onInput=${set('auto_bcc')} />
    <${Text} id="archive_address" label=${t('options.archive')} value=${form.archive_address} error=${doing.error} onInput=${set('archive_address')} />
    <${Choice} id="undo_seconds" class="medium" label=${t('options.undo')} value=${form.undo_seconds} onChange=${set('undo_seconds')} options=${[...new Set([...UNDO, form.undo_seconds])].map((v) => [v, v === 'until_released' ? t('options.undo.never') : t('options.seconds', { n: v })])} />
    <${Text} id="quiet_hours" class="medium" label=${t('options.quiet')} hint=${t('options.quiet.hint')} value=${form.quiet_hours} error=${doing.error} onInput=${set('quiet_hours')} />
    <${Radios} legend=${t('options.uncertain')} name="uncertain" value=${form.uncertain_policy} onChange=${set('uncertain_policy')} options=${['resend_once', 'ask', 'never'].map((v) => [v, t(`options.uncertain.${v}`)])} />
    <${Text} id="expire_online_days" class="short" inputmode="numeric" label=${t('options.expire')} value=${form.expire_online_days} error=${doing.error} onInput=${set('expire_online_days')} />
    <${Text} id="delete_bytes_after_months" class="short" inputmode="numeric" label=${t('options.keep')} hint=${t('options.keep.hint')} value=${form.delete_bytes_after_months} error=${doing.error} onInput=${set('delete_bytes_after_months')} />
    <${Choice} id="e_invoice" class="medium" label=${t('options.einvoice')} value=${form.e_invoice} onChange=${set('e_invoice')} options=${['none', 'factur_x', 'xrechnung', 'xrechnung_cii', 'peppol'].map((v) => [v, v === 'none' ? t('options.einvoice.none') : { factur_x: 'Factur-X / ZUGFeRD', xrechnung: 'XRechnung (UBL)', xrechnung_cii: 'XRechnung (CII)', peppol: 'Peppol BIS' }[v]])} />
    <${Choice} id="language" class="medium" label=${t('options.language')} value=${form.language.slice(0, 2)} onChange=${set('language')} options=${Object.entries(LANGUAGES)} />
    <${Tick} label=${t('options.legal')} note=${t('options.legal.note')} checked=${form.legal_checks === 'true'} onChange=${set('legal_checks')} />
    <div class="bar"><${Button} kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${!dirty && doing.done} /></div></form>`}<//>`;
}

export function Shop() {
  const got = useData('/shop');
  const [form, setForm] = useState(null);
  const [logo, setLogo] = useState(0);
  const [dirty, setDirty] = useState(false);
  const doing = useDoing();
  useEffect(() => {
    if (!got.data || form) return;
    const d = got.data.details || {};
    const a = d.address || {};
    setForm({ ...Object.fromEntries(['name', 'email', 'phone', 'tax_id', 'company_number', 'legal_note', 'contact', 'iban', 'bic'].map((k) => [k, d[k] || ''])), street: (a.lines || []).join('\n'), postcode: a.postcode || '', city: a.city || '', country: a.country || '', rest: { electronic_address: d.electronic_address, e_invoice: d.e_invoice } });
  }, [got.data]);
  useGuard(dirty, t('unsaved'));
  const set = (key) => (value) => {
    setForm({ ...form, [key]: value });
    setDirty(true);
  };
  const body = () => {
    const { street, postcode, city, country, rest, ...plain } = form;
    const filled = Object.fromEntries(Object.entries({ ...plain, ...rest }).filter(([, v]) => v));
    if (street || city || country) filled.address = { lines: street.split('\n').filter((l) => l.trim()), ...(postcode ? { postcode } : {}), ...(city ? { city } : {}), country: country.toUpperCase() };
    return { name: '', ...filled };
  };
  const save = () => doing.run('save', async () => {
    await put('/shop', body());
    setDirty(false);
    got.again();
    announce(t('saved'));
  });
  const upload = (file) => doing.run('logo', async () => {
    await ask('PUT', '/shop/logo', file, { raw: true, headers: { 'content-type': file.type } });
    setLogo(logo + 1);
    got.again();
  });
  const ids = { name: 'shop-name', email: 'shop-email', country: 'shop-country', iban: 'shop-iban', bic: 'shop-bic', tax_id: 'shop-tax' };
  const field = (key, id, label, more = {}) => html`<${Text} id=${id} name=${key} label=${label} value=${form[key]} error=${doing.error} onInput=${set(key)} ...${more} />`;
  return html`<${Title}>${t('settings.shop')}<//><${Got} from=${got}>${(shop) => form && html`<form class="narrow" onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${ids} />
    ${field('name', 'shop-name', t('shop.name'))}${field('street', 'shop-street', t('doc.street'), { rows: 2 })}
    <div class="two">${field('postcode', 'shop-postcode', t('doc.postcode'))}${field('city', 'shop-city', t('doc.city'))}${field('country', 'shop-country', t('doc.country'), { hint: t('doc.country.hint'), maxlength: 2 })}${field('phone', 'shop-phone', t('doc.phone'), { inputmode: 'tel' })}${field('email', 'shop-email', t('doc.email'), { inputmode: 'email' })}${field('tax_id', 'shop-tax', t('doc.taxid'))}${field('company_number', 'shop-company', t('shop.company'))}${field('contact', 'shop-contact', t('shop.contact'))}${field('iban', 'shop-iban', 'IBAN')}${field('bic', 'shop-bic', 'BIC')}</div>
    ${field('legal_note', 'shop-legal', t('shop.legal'), { rows: 2 })}
    <h2>${t('shop.logo')}</h2>${shop.logo && html`<img src="/api/v1/shop/logo" alt=${t('shop.logo.alt')} width="180" key=${logo} />`}
    <div class="actions"><label class="button">${t('shop.logo.choose')}<input class="hidden" type="file" accept="image/png,image/jpeg" onChange=${(e) => e.target.files[0] && upload(e.target.files[0])} /></label>${shop.logo && html`<${Button} onClick=${() => doing.run('nologo', async () => { await remove('/shop/logo'); got.again(); })}>${t('shop.logo.remove')}<//>`}<span class="muted">${t('shop.logo.hint')}</span></div>
    <div class="bar"><${Button} kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${!dirty && doing.done === 'save'} /></div></form>`}<//>`;
}

export function Screen() {
  const [own, setOwn] = useState({ ...screen });
  const ways = useData('/entrance');
  const [pins, setPins] = useState({ staff: '', owner: '' });
  const doing = useDoing();
  const set = async (part) => {
    setScreen(part);
    setOwn({ ...screen });
    if (part.language !== undefined) await loadLanguage();
    change({});
  };
  return html`<div class="narrow"><${Title}>${t('settings.screen')}<//><p class="muted">${t('screen.own')}</p>
    <${Choice} id="language" class="medium" label=${t('screen.language')} value=${own.language} onChange=${(language) => set({ language })} options=${[['', t('screen.language.auto')], ...Object.entries(LANGUAGES)]} />
    <${Radios} legend=${t('screen.size')} name="size" value=${own.size} onChange=${(size) => set({ size })} options=${['100', '125', '150'].map((v) => [v, `${v} %`])} />
    <${Radios} legend=${t('screen.look')} name="look" value=${own.look} onChange=${(look) => set({ look })} options=${['auto', 'light', 'dark', 'high'].map((v) => [v, t(`screen.look.${v}`)])} />
    <${Tick} label=${t('screen.shortcuts')} note=${t('screen.shortcuts.note')} checked=${own.shortcuts} onChange=${(shortcuts) => set({ shortcuts })} />
    <h2>${t('screen.scanner')}</h2><${Tick} label=${t('screen.scanner.on')} note=${t('screen.scanner.note')} checked=${own.scanner} onChange=${(scanner) => set({ scanner })} />
    <${Text} id="prefix" class="short" label=${t('screen.prefix')} value=${own.prefix} onInput=${(prefix) => set({ prefix })} />
    ${isOwner() && html`<h2>${t('screen.pins')}</h2><p class="muted">${t('screen.pins.text')}</p><${Problems} error=${doing.error} fields=${{ pin: 'pin-owner' }} /><${Got} from=${ways}>${(w) => ['owner', 'staff'].map((role) => html`<${Field} key=${role} id="pin-${role}" label=${t(`screen.pin.${role}`)} hint=${w[`${role}_pin`] ? t('screen.pin.set') : t('screen.pin.none')}><div class="row"><input id="pin-${role}" class="short" type="password" inputmode="numeric" autocomplete="off" maxlength="12" value=${pins[role]} onInput=${(e) => setPins({ ...pins, [role]: e.target.value })} />
      <${Button} busy=${doing.busy} onClick=${() => doing.run(role, async () => { await put(`/access/pins/${role}`, { pin: pins[role] }); setPins({ ...pins, [role]: '' }); ways.again(); await whoAmI(); })}>${t('screen.pin.do')}<//>${w[`${role}_pin`] && html`<${Button} busy=${doing.busy} onClick=${() => doing.run(role, async () => { await remove(`/access/pins/${role}`); ways.again(); await whoAmI(); })}>${t('screen.pin.remove')}<//>`}</div><//>`)}<//>`}</div>`;
}

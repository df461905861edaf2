// What stands on every document: the shop's name, address, bank and logo.

import { html, t, useState, useEffect, useData, useGuard, put, ask, remove, announce } from '../lib/core.js';
import { Button, Problems, Text, Got, useDoing, Saved } from '../lib/ui.js';
import { Page, Part } from './page.js';

const PLAIN = ['name', 'email', 'phone', 'tax_id', 'company_number', 'legal_note', 'contact', 'iban', 'bic'];
const ids = { name: 'shop-name', email: 'shop-email', phone: 'shop-phone', country: 'shop-country', postcode: 'shop-postcode', city: 'shop-city', lines: 'shop-street', address: 'shop-street', iban: 'shop-iban', bic: 'shop-bic', tax_id: 'shop-tax', company_number: 'shop-company', legal_note: 'shop-legal', contact: 'shop-contact' };

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
    setForm({ ...Object.fromEntries(PLAIN.map((k) => [k, d[k] || ''])), street: (a.lines || []).join('\n'), postcode: a.postcode || '', city: a.city || '', country: a.country || '', rest: { electronic_address: d.electronic_address, e_invoice: d.e_invoice } });
  }, [got.data]);
  useGuard(dirty, t('unsaved'));
  const set = (key) => (value) => {
    setForm({ ...form, [key]: value });
    setDirty(true);
  };
  const body = () => {
    const { street, postcode, city, country, rest, ...plain } = form;
    const filled = Object.fromEntries(Object.entries({ ...plain, ...rest }).filter(([, v]) => v));
    if (street || postcode || city || country) filled.address = { lines: street.split('\n').filter((l) => l.trim()), ...(postcode ? { postcode } : {}), ...(city ? { city } : {}), country: country.trim().toUpperCase() };
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
  const field = (key, id, label, more = {}) => html`<${Text} id=${id} name=${key} label=${label} value=${form[key]} error=${doing.error} onInput=${set(key)} ...${more} />`;
  return html`<${Page} title=${t('settings.shop')} text=${t('shop.text')}><${Got} from=${got}>${(shop) => form && html`<form onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${ids} />
    <${Part} title=${t('shop.part.name')}>${field('name', 'shop-name', t('shop.name'))}${field('street', 'shop-street', t('doc.street'), { rows: 2 })}
      <div class="two">${field('postcode', 'shop-postcode', t('doc.postcode'))}${field('city', 'shop-city', t('doc.city'))}</div>${field('country', 'shop-country', t('doc.country'), { hint: t('doc.country.hint'), maxlength: 2, class: 'short' })}<//>
    <${Part} title=${t('shop.part.reach')}><div class="two">${field('phone', 'shop-phone', t('doc.phone'), { inputmode: 'tel' })}${field('email', 'shop-email', t('doc.email'), { inputmode: 'email', spellcheck: 'false' })}</div>${field('contact', 'shop-contact', t('shop.contact'))}<//>
    <${Part} title=${t('shop.part.money')}><div class="two">${field('tax_id', 'shop-tax', t('doc.taxid'), { spellcheck: 'false' })}${field('company_number', 'shop-company', t('shop.company'), { spellcheck: 'false' })}</div><div class="two">${field('iban', 'shop-iban', 'IBAN', { spellcheck: 'false' })}${field('bic', 'shop-bic', 'BIC', { spellcheck: 'false' })}</div>${field('legal_note', 'shop-legal', t('shop.legal'), { rows: 2, hint: t('shop.legal.hint') })}<//>
    <${Part} title=${t('shop.logo')}>${shop.logo && html`<p><img class="logo" src="/api/v1/shop/logo" alt=${t('shop.logo.alt')} key=${logo} /></p>`}
      <div class="actions">${shop.details ? html`<label class="button">${t('shop.logo.choose')}<input class="hidden" type="file" accept="image/png,image/jpeg,image/svg+xml" onChange=${(e) => { const file = e.target.files[0]; if (file) upload(file); e.target.value = ''; }} /></label>${shop.logo && html`<${Button} onClick=${() => doing.run('nologo', async () => { await remove('/shop/logo'); got.again(); })}>${t('shop.logo.remove')}<//>`}<span class="muted">${t('shop.logo.hint')}</span>` : html`<span class="muted">${t('shop.logo.later')}</span>`}</div><//>
    <div class="bar"><${Button} kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${!dirty && doing.done === 'save'} /></div></form>`}<//><//>`;
}

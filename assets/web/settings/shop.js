// What stands on every document: the shop's name, address, bank and logo.

import { html, t, useState, useData, put, ask, remove } from '../lib/core.js';
import { PickFile } from '../lib/form.js';
import { Page, Part, Form, CODE, MAIL, useForm } from './page.js';

const PLAIN = ['name', 'email', 'phone', 'tax_id', 'company_number', 'legal_note', 'contact', 'iban', 'bic'];
const PLACE = ['postcode', 'city', 'country'];

export function Shop() {
  const got = useData('/shop');
  return html`<${Page} title=${t('settings.shop')} text=${t('shop.text')} from=${got}>${(shop) => html`<${Details} shop=${shop} again=${got.again} />`}<//>`;
}

/** The shop's name and address; `field` makes one of its fields. */
export const fieldOf = ({ text }) => (key, word, more) => text(key, word, { id: `shop-${key}`, name: key, ...more });
export const NameAndAddress = ({ field }) => html`${field('name', 'shop.name')}${field('street', 'doc.street', { rows: 2, name: 'lines' })}<div class="two">${field('postcode', 'doc.postcode')}${field('city', 'doc.city')}</div>${field('country', 'doc.country', { maxlength: 2, class: 'short' })}`;

/** What the form starts with; what it does not show is kept as it is. */
export function startOf(d) {
  const a = d.address || {};
  const filled = (from, keys) => Object.fromEntries(keys.map((k) => [k, from[k] || '']));
  return { ...filled(d, PLAIN), ...filled(a, PLACE), street: (a.lines || []).join('\n'), rest: { electronic_address: d.electronic_address, e_invoice: d.e_invoice } };
}

/** The same as the API takes it. */
export function bodyOf({ street, postcode, city, country, rest, ...plain }) {
  const filled = Object.fromEntries(Object.entries({ ...plain, ...rest }).filter(([, v]) => v));
  if (street || postcode || city || country) filled.address = { lines: street.split('\n').filter((l) => l.trim()), ...(postcode ? { postcode } : {}), ...(city ? { city } : {}), country: country.trim().toUpperCase() };
  return { name: '', ...filled };
}

function Details({ shop, again }) {
  const form = useForm(startOf(shop.details || {}));
  const { doing } = form;
  const [logo, setLogo] = useState(0);
  const save = () => form.save(async () => {
    await put('/shop', bodyOf(form.value));
    again();
  });
  const upload = (file) => doing.run('logo', async () => {
    await ask('PUT', '/shop/logo', file, { raw: true, headers: { 'content-type': file.type } });
    setLogo(logo + 1);
    again();
  });
  const drop = () => doing.run('nologo', async () => {
    await remove('/shop/logo');
    again();
  });
  const field = fieldOf(form);
  return html`<${Form} of=${form} onSave=${save}>
    <${Part} title=${t('shop.part.name')}><${NameAndAddress} field=${field} /><//>
    <${Part} title=${t('shop.part.reach')}><div class="two">${field('phone', 'doc.phone', { inputmode: 'tel' })}${field('email', 'doc.email', MAIL)}</div>${field('contact', 'shop.contact')}<//>
    <${Part} title=${t('shop.part.money')}><div class="two">${field('tax_id', 'doc.taxid', CODE)}${field('company_number', 'shop.company', CODE)}</div><div class="two">${field('iban', '', { label: 'IBAN', ...CODE })}${field('bic', '', { label: 'BIC', ...CODE })}</div>${field('legal_note', 'shop.legal', { rows: 2 })}<//>
    <${Part} title=${t('shop.logo')}>${shop.logo && html`<p><img class="logo" src="/api/v1/shop/logo" alt=${t('shop.logo.alt')} key=${logo} /></p>`}
      <div class="actions">${shop.details ? html`<${PickFile} accept="image/png,image/jpeg,image/svg+xml" onFiles=${([file]) => upload(file)}>${t('shop.logo.choose')}<//>${shop.logo && html`<Button onClick=${drop}>${t('shop.logo.remove')}<//>`}<span class="muted">${t('shop.logo.hint')}</span>` : html`<span class="muted">${t('shop.logo.later')}</span>`}</div><//><//>`;
}

// Invoices, job cards and their like: a form, and beside it the paper as it will be.

import { html, t, useState, useEffect, useRef, useData, useGuard, query, go, get, post, enc, uid, today, announce, poll } from '../lib/core.js';
import { Title, Button, Problems, Text, Choice, useDoing, Tick, Banner } from '../lib/ui.js';
import { Pdf } from '../lib/preview.js';

const CURRENCIES = ['EUR', 'GBP', 'CHF', 'PLN', 'USD', 'CZK', 'SEK', 'DKK', 'NOK', 'HUF'];
const priced = (kind) => !['job_card', 'report', 'notification'].includes(kind);
const line = () => ({ key: uid(), description: '', quantity: '1', unit_price: '', rate: '', kind: 'part' });
const plusDays = (n) => {
  const d = new Date();
  d.setDate(d.getDate() + n);
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;
};
const amount = (text) => String(text).trim().replace(/\s/g, '').replace(',', '.');

/** A form from a stored document. */
function formOf(d) {
  const b = d.buyer || {};
  const a = b.address || {};
  const j = d.job || {};
  const item = j.item || {};
  return {
    buyer: { name: b.name || '', email: b.email || '', phone: b.phone || '', street: (a.lines || []).join('\n'), postcode: a.postcode || '', city: a.city || '', country: a.country || '', tax_id: b.tax_id || '' },
    lines: (d.lines || []).map((l) => ({ key: uid(), description: l.description, quantity: String(l.quantity), unit_price: String(l.unit_price), rate: String(l.tax.rate || '0'), kind: l.kind || 'part' })),
    prices: d.prices || 'net', currency: d.currency, notes: (d.notes || []).join('\n\n'), terms: (d.payment && d.payment.terms) || '', paid: d.paid ? String(d.paid) : '',
    job: { type: item.type || '', make: item.make || '', model: item.model || '', serial: item.serial || '', fault: j.reported_fault || '', accessories: (j.accessories || []).join(', '), promised: j.promised_at || '', technician: j.technician || '' },
  };
}

/** The document file of a form, as the API takes it. */
function fileOf(kind, f) {
  const filled = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== '' && v !== undefined && v !== null));
  const b = f.buyer;
  const address = b.street || b.city || b.postcode ? filled({ lines: b.street ? b.street.split('\n').filter((x) => x.trim()) : undefined, postcode: b.postcode, city: b.city, country: b.country || f.country || 'GB' }) : '';
  const buyer = b.name || b.email ? filled({ name: b.name || b.email, email: b.email, phone: b.phone, address, tax_id: b.tax_id }) : '';
  const lines = f.lines.filter((l) => l.description.trim() || l.unit_price).map((l) => ({ description: l.description, kind: l.kind, quantity: amount(l.quantity) || '1', unit_price: amount(l.unit_price) || '0', tax: Number(amount(l.rate)) > 0 ? { category: 'S', rate: amount(l.rate) } : { category: f.exempt ? 'E' : 'Z' } }));
  const file = filled({ kind, number: f.number, version: f.version, issue_date: f.issue_date, due_date: kind === 'invoice' ? f.due_date : '', supply_date: kind === 'invoice' ? f.supply_date : '', currency: f.currency, prices: f.prices, buyer, paid: amount(f.paid || ''), notes: '' });
  if (lines.length) file.lines = lines;
  if (f.notes.trim()) file.notes = f.notes.split(/\n{2,}/).filter((n) => n.trim());
  if (f.terms && priced(kind)) file.payment = { terms: f.terms };
  if (f.exempt) file.tax_notes = { exemption: 'small_business' };
  const j = f.job;
  const item = filled({ type: j.type, make: j.make, model: j.model, serial: j.serial });
  const job = filled({ item: Object.keys(item).length ? item : '', reported_fault: j.fault, promised_at: j.promised, technician: j.technician });
  if (j.accessories.trim()) job.accessories = j.accessories.split(',').map((x) => x.trim()).filter(Boolean);
  if (Object.keys(job).length) file.job = job;
  return file;
}

function Customer({ value, onChange, error }) {
  const [offers, setOffers] = useState([]);
  const number = useRef(0);
  const name = (text) => {
    onChange({ ...value, name: text });
    const mine = ++number.current;
    if (text.trim().length < 2) return setOffers([]);
    setTimeout(() => {
      if (mine !== number.current) return;
      get(`/contacts?q=${enc(text.trim())}&limit=6`).then((page) => mine === number.current && setOffers(page.items.map((c) => ({ ...c, label: `${c.name || c.address}` }))), () => {});
    }, 150);
    return undefined;
  };
  const set = (part) => onChange({ ...value, ...part });
  return html`<fieldset><legend><h2>${t('doc.customer')}</h2></legend><div class="two">
    <${Text} id="buyer-name" name="buyer.name" label=${t('doc.name')} value=${value.name} error=${error} onInput=${name} list="known" />
    <datalist id="known">${offers.map((o) => html`<option key=${o.address} value=${o.name || o.address}>${o.address}</option>`)}</datalist>
    <${Text} id="buyer-email" name="email" label=${t('doc.email')} value=${value.email} error=${error} inputmode="email" spellcheck="false" onInput=${(email) => set({ email })} /></div>
    ${offers.filter((o) => o.name && o.address !== value.email && o.name.toLowerCase().startsWith(value.name.toLowerCase())).slice(0, 3).map((o) => html`<${Button} key=${o.address} onClick=${() => { set({ name: o.name, email: o.address, phone: o.phone || value.phone }); setOffers([]); announce(t('doc.taken', { who: o.name })); }}>${o.name} · ${o.address}<//>`)}
    <div class="two"><${Text} id="buyer-phone" label=${t('doc.phone')} value=${value.phone} inputmode="tel" onInput=${(phone) => set({ phone })} /></div>
    <details><summary>${t('doc.address')}</summary><${Text} id="buyer-street" label=${t('doc.street')} rows="2" value=${value.street} onInput=${(street) => set({ street })} />
      <div class="two"><${Text} id="buyer-postcode" label=${t('doc.postcode')} value=${value.postcode} onInput=${(postcode) => set({ postcode })} /><${Text} id="buyer-city" label=${t('doc.city')} value=${value.city} onInput=${(city) => set({ city })} />
      <${Text} id="buyer-country" name="country" label=${t('doc.country')} hint=${t('doc.country.hint')} maxlength="2" value=${value.country} error=${error} onInput=${(country) => set({ country: country.toUpperCase() })} /><${Text} id="buyer-tax" name="tax_id" label=${t('doc.taxid')} value=${value.tax_id} error=${error} onInput=${(tax_id) => set({ tax_id })} /></div></details></fieldset>`;
}

function Lines({ value, onChange, error }) {
  const at = (i, part) => onChange(value.map((l, j) => (j === i ? { ...l, ...part } : l)));
  return html`<fieldset><legend><h2>${t('doc.items')}</h2></legend>${value.map((l, i) => html`<div class="item" key=${l.key}>
      <${Text} id="item-${i}" name="lines[${i}].description" error=${error} label=${t('doc.item')} value=${l.description} onInput=${(description) => at(i, { description })} />
      <${Text} id="qty-${i}" name="lines[${i}].quantity" error=${error} label=${t('doc.qty')} inputmode="decimal" value=${l.quantity} onInput=${(quantity) => at(i, { quantity })} />
      <${Text} id="price-${i}" name="lines[${i}].unit_price" error=${error} label=${t('doc.price')} inputmode="decimal" value=${l.unit_price} onInput=${(unit_price) => at(i, { unit_price })} />
      <${Text} id="rate-${i}" name="lines[${i}].tax.rate" error=${error} label=${t('doc.rate')} inputmode="decimal" value=${l.rate} onInput=${(rate) => at(i, { rate })} />
      <${Button} kind="quiet" aria-label=${t('doc.removeitem', { n: i + 1 })} onClick=${() => onChange(value.filter((_, j) => j !== i))}>×<//></div>`)}
    <${Button} onClick=${() => { onChange([...value, { ...line(), rate: value.length ? value[value.length - 1].rate : '20' }]); requestAnimationFrame(() => { const f = document.getElementById(`item-${value.length}`); if (f) f.focus(); }); }}>+ ${t('doc.additem')}<//></fieldset>`;
}

function JobFields({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  return html`<fieldset><legend><h2>${t('job.title')}</h2></legend><div class="two">
    <${Text} id="job-type" label=${t('job.type')} value=${value.type} onInput=${(type) => set({ type })} /><${Text} id="job-make" label=${t('job.make')} value=${value.make} onInput=${(make) => set({ make })} />
    <${Text} id="job-model" label=${t('job.model')} value=${value.model} onInput=${(model) => set({ model })} /><${Text} id="job-serial" label=${t('job.serial')} value=${value.serial} onInput=${(serial) => set({ serial })} /></div>
    <${Text} id="job-fault" label=${t('job.fault')} rows="3" value=${value.fault} onInput=${(fault) => set({ fault })} />
    <${Text} id="job-accessories" label=${t('job.accessories')} hint=${t('job.accessories.hint')} value=${value.accessories} onInput=${(accessories) => set({ accessories })} />
    <div class="two"><${Text} id="job-promised" name="promised_at" label=${t('job.promised')} type="datetime-local" value=${value.promised} error=${error} onInput=${(promised) => set({ promised })} /><${Text} id="job-technician" label=${t('job.technician')} value=${value.technician} onInput=${(technician) => set({ technician })} /></div></fieldset>`;
}

export function DocumentForm({ parts }) {
  const kind = parts[0];
  const asked = query();
  const [form, setForm] = useState(null);
  const [dirty, setDirty] = useState(false);
  const shop = useData('/shop', ['shop']);
  const doing = useDoing();
  const clientRef = useRef(uid());
  const country = shop.data && shop.data.details && shop.data.details.address ? shop.data.details.address.country : '';
  useGuard(dirty, t('unsaved'));
  useEffect(() => {
    if (!shop.data || form) return;
    const usual = { CH: 'CHF', PL: 'PLN', GB: 'GBP', US: 'USD', CZ: 'CZK', SE: 'SEK', DK: 'DKK', NO: 'NOK', HU: 'HUF' }[country] || (country ? 'EUR' : 'GBP');
    const start = { number: asked.get('number') || '', issue_date: today(), due_date: plusDays(14), supply_date: today(), currency: usual, prices: 'gross', paid: '', notes: '', terms: '', exempt: false, country,
      buyer: { name: '', email: '', phone: '', street: '', postcode: '', city: '', country: '', tax_id: '' },
      lines: priced(kind) ? [{ ...line(), rate: { CH: '8.1', DE: '19', AT: '20', FR: '20', IT: '22', ES: '21', NL: '21', PL: '23', GB: '20' }[country] || '20' }] : [],
      job: { type: '', make: '', model: '', serial: '', fault: '', accessories: '', promised: '', technician: '' } };
    const source = asked.get('change') || asked.get('from');
    if (!source) return void setForm(start);
    const [of, ...rest] = source.split('/');
    get(`/documents/${of}/${enc(rest.join('/'))}`).then((d) => {
      const changed = asked.get('change') ? { number: d.number, version: Math.max(...d.versions) + 1, issue_date: d.issue_date, due_date: d.content.due_date || start.due_date } : { number: '' };
      const next = { ...start, ...formOf(d.content), ...changed };
      setForm(next.lines.length || !priced(kind) ? next : { ...next, lines: start.lines });
    }, (error) => doing.setError(error));
  }, [shop.data]);
  const title = asked.get('change') ? t('doc.change', { number: form ? form.number : '' }) : t(`doc.new.${kind}`);
  if (!form) return html`<${Title}>${title}<//><${Problems} error=${doing.error || shop.error} />`;
  const set = (part) => {
    setForm({ ...form, ...part });
    setDirty(true);
    clientRef.current = uid();
  };
  const file = fileOf(kind, form);
  const save = (then) => doing.run(then, async () => {
    const made = await post('/documents', { ...file, client_ref: clientRef.current });
    setDirty(false);
    poll();
    announce(t('saved'));
    const place = `${made.kind}/${enc(made.number)}`;
    if (then === 'send') go(`/mail/new?doc=${enc(`${made.kind}/${made.number}`)}`, { force: true });
    else go(`/docs/${place}`, { force: true });
    if (then === 'print') window.open(`/api/v1/documents/${place}/pdf`, '_blank', 'noopener');
  });
  const ids = { 'buyer.name': 'buyer-name', email: 'buyer-email', country: 'buyer-country', tax_id: 'buyer-tax', issue_date: 'issue_date', due_date: 'due_date', promised_at: 'job-promised', 'lines': 'item-0' };
  form.lines.forEach((_, i) => Object.assign(ids, { [`lines[${i}].description`]: `item-${i}`, [`lines[${i}].quantity`]: `qty-${i}`, [`lines[${i}].unit_price`]: `price-${i}`, [`lines[${i}].tax.rate`]: `rate-${i}` }));
  return html`<${Title} note=${form.number ? '' : t('doc.numbered')}>${title}<//>
    <${Problems} error=${doing.error} fields=${ids} />
    ${shop.data && !shop.data.details && html`<${Banner} tone="warn" title=${t('doc.noshop')} actions=${html`<a class="button" href="/settings/shop">${t('settings.shop')}</a>`} />`}
    <div class="panes"><form onSubmit=${(e) => e.preventDefault()}>
      <${Customer} value=${form.buyer} error=${doing.error} onChange=${(buyer) => set({ buyer })} />
      ${kind === 'job_card' && html`<${JobFields} value=${form.job} error=${doing.error} onChange=${(job) => set({ job })} />`}
      <div class="two"><${Text} id="issue_date" label=${t('doc.date')} type="date" value=${form.issue_date} error=${doing.error} onInput=${(issue_date) => set({ issue_date })} />
        ${kind === 'invoice' && html`<${Text} id="due_date" label=${t('doc.due')} type="date" value=${form.due_date} error=${doing.error} onInput=${(due_date) => set({ due_date })} />`}
        ${kind === 'invoice' && html`<${Text} id="supply_date" label=${t('doc.supply')} type="date" value=${form.supply_date} error=${doing.error} onInput=${(supply_date) => set({ supply_date })} />`}</div>
      <${Lines} value=${form.lines} error=${doing.error} onChange=${(lines) => set({ lines })} />
      <div class="two"><${Choice} id="prices" label=${t('doc.prices')} value=${form.prices} onChange=${(prices) => set({ prices })} options=${[['gross', t('doc.gross')], ['net', t('doc.net')]]} />
        <${Choice} id="currency" label=${t('doc.currency')} value=${form.currency} onChange=${(currency) => set({ currency })} options=${[...new Set([form.currency, ...CURRENCIES])].map((c) => [c, c])} />
        ${priced(kind) && html`<${Text} id="paid" label=${t('doc.paid')} inputmode="decimal" value=${form.paid} error=${doing.error} onInput=${(paid) => set({ paid })} />`}</div>
      ${priced(kind) && html`<${Tick} label=${t('doc.exempt')} checked=${form.exempt} onChange=${(exempt) => set({ exempt, lines: exempt ? form.lines.map((l) => ({ ...l, rate: '0' })) : form.lines })} />`}
      ${priced(kind) && html`<${Text} id="terms" label=${t('doc.terms')} value=${form.terms} onInput=${(terms) => set({ terms })} />`}
      <${Text} id="notes" label=${t('doc.notes')} rows="3" value=${form.notes} onInput=${(notes) => set({ notes })} />
    </form><section class="side" aria-label=${t('doc.preview')}><${Pdf} body=${file} title=${t('doc.preview')} /></section></div>
    <div class="bar"><${Button} kind="main" busy=${doing.busy} onClick=${() => save('send')}>${t('doc.savesend')}<//><${Button} data-key="save" busy=${doing.busy} onClick=${() => save('save')}>${t('doc.save')}<//><${Button} busy=${doing.busy} onClick=${() => save('print')}>${t('doc.saveprint')}<//></div>`;
}

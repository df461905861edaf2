// Invoices, job cards and their like: a form, and beside it the paper as it will be.

import { html, t, useState, useEffect, useRef, useData, useGuard, query, go, get, post, enc, uid, today, money, announce, poll, Fragment } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { jobForm, jobFile, Thing, Condition, Agreement, Work, Moment } from '../lib/jobcard.js';
import { amount, fieldsOf, filled, focusOn, put } from '../lib/form.js';
import { useOffers } from '../lib/offers.js';
import { local } from '../lib/times.js';
import { Pdf } from '../lib/preview.js';

const MONEY = { CH: 'CHF', LI: 'CHF', PL: 'PLN', GB: 'GBP', US: 'USD', CZ: 'CZK', SE: 'SEK', DK: 'DKK', NO: 'NOK', HU: 'HUF' };
const RATES = { CH: '8.1', LI: '8.1', DE: '19', AT: '20', FR: '20', IT: '22', ES: '21', NL: '21', BE: '21', PL: '23', GB: '20', IE: '23', CZ: '21' };
const priced = (kind) => !['job_card', 'report', 'notification'].includes(kind);
const line = (rate, kind = 'part') => ({ key: uid(), description: '', quantity: '1', unit_price: '', rate, kind, base: {} });
const plusDays = (n) => {
  const d = new Date();
  d.setDate(d.getDate() + n);
  return local(d).slice(0, 10);
};
/** The fields of a line: what their ids begin with, how the API calls them, and the form where that differs. */
const COLUMNS = [['item', 'description'], ['qty', 'quantity'], ['price', 'unit_price'], ['rate', 'tax.rate', 'rate']];
/** Those that are called something else where a line is work. */
const WORK = { item: 'labour', qty: 'hours' };

const texts = (from, keys) => Object.fromEntries(keys.map((k) => [k, from[k] || '']));

/** A form from a stored document. */
function formOf(d) {
  const b = d.buyer || {};
  const a = b.address || {};
  return {
    buyer: { ...texts(b, ['name', 'email', 'phone', 'tax_id']), ...texts(a, ['postcode', 'city', 'country']), street: (a.lines || []).join('\n'), base: b },
    lines: (d.lines || []).map((l) => ({ key: uid(), description: l.description, quantity: String(l.quantity), unit_price: String(l.unit_price), rate: String(l.tax.rate || '0'), kind: l.kind || 'part', base: l })),
    prices: d.prices || 'net', currency: d.currency, notes: (d.notes || []).join('\n\n'), terms: (d.payment && d.payment.terms) || '', paid: d.paid && Number(d.paid) ? String(d.paid) : '',
    exempt: Boolean(d.tax_notes && d.tax_notes.exemption), job: jobForm(d.job), signatures: d.signatures || [],
  };
}

function buyerFile(b, country) {
  const address = b.street || b.city || b.postcode ? filled({ lines: b.street ? b.street.split('\n').filter((x) => x.trim()) : undefined, postcode: b.postcode, city: b.city, country: b.country || country || 'GB' }) : '';
  const { name, email, phone, tax_id: taxId, base = {} } = b;
  return name || email ? filled({ ...base, name: name || email, email, phone, address, tax_id: taxId }) : '';
}

function lineFile(l, exempt) {
  const { base } = l;
  const was = base.tax || {};
  // A tax the form does not know, like reverse charge, stays as long as its rate does.
  const tax = String(was.rate || '0') === amount(l.rate || '0') && was.category ? was : Number(amount(l.rate)) > 0 ? { category: 'S', rate: amount(l.rate) } : { category: exempt ? 'E' : 'Z' };
  return { ...base, description: l.description, kind: l.kind, quantity: amount(l.quantity) || '1', unit_price: amount(l.unit_price) || '0', tax };
}

/** The document file of a form, as the API takes it; `base` is the stored one that is changed. */
function fileOf(kind, f, base = {}) {
  const file = { ...base, ...filled({ kind, number: f.number, version: f.version, issue_date: f.issue_date, currency: f.currency, prices: f.prices }) };
  put(file, 'due_date', kind === 'invoice' ? f.due_date : base.due_date);
  put(file, 'supply_date', kind === 'invoice' ? f.supply_date : base.supply_date);
  put(file, 'buyer', buyerFile(f.buyer, f.country));
  put(file, 'lines', f.lines.filter((l) => l.description.trim() || l.unit_price).map((l) => lineFile(l, f.exempt)));
  put(file, 'paid', amount(f.paid || ''));
  put(file, 'notes', f.notes.split(/\n{2,}/).filter((n) => n.trim()));
  const payment = { ...base.payment };
  put(payment, 'terms', priced(kind) ? f.terms : '');
  put(file, 'payment', payment);
  const notes = { ...base.tax_notes };
  put(notes, 'exemption', f.exempt ? notes.exemption || 'small_business' : '');
  put(file, 'tax_notes', notes);
  put(file, 'job', jobFile(f.job, base.job));
  put(file, 'signatures', f.signatures);
  for (const key of ['totals', 'mail', 'client_ref']) delete file[key];
  return file;
}

/** What an invoice takes from the job card it is made of. */
const fromCard = ({ photos, condition, authorisations, accessories, estimate_limit: limit, ...job }) => job;

function Customer({ value, onChange, error }) {
  const take = (o) => {
    offers.close();
    onChange({ ...value, name: o.name || o.company || value.name, email: o.address, phone: o.phone || value.phone });
    announce(t('doc.taken', { who: o.name || o.address }));
  };
  const offers = useOffers('buyer-name', { onTake: take, phones: true });
  const set = (part) => onChange({ ...value, ...part });
  const field = fieldsOf(value, set, error, { words: 'doc', path: 'buyer.', ids: 'buyer-' });
  return html`<fieldset><legend><h2>${t('doc.customer')}</h2></legend><div class="two">
    <div class="over whole">${field('name', { onInput: (name) => { set({ name }); offers.look(name); }, onKeyDown: offers.keys, onBlur: offers.close, enterkeyhint: 'next', ...offers.combobox })}
      ${offers.list}</div>
    ${field('email', { class: 'whole', name: 'email', inputmode: 'email', spellcheck: 'false' })}${field('phone', { inputmode: 'tel' })}</div>
    <details open=${Boolean(value.street || value.city || value.tax_id)}><summary>${t('doc.address')}</summary>${field('street', { name: 'buyer.address', rows: 2 })}
      <div class="two">${field('postcode', { name: 'postcode' })}${field('city', { name: 'city' })}
      ${field('country', { name: 'country', hint: t('doc.country.hint'), maxlength: 2, onInput: (country) => set({ country: country.toUpperCase() }) })}${field('tax_id', { label: 'taxid', name: 'tax_id' })}</div></details></fieldset>`;
}

function Lines({ value, onChange, error, usual, kinds }) {
  const at = (i, part) => onChange(value.map((l, j) => (j === i ? { ...l, ...part } : l)));
  const add = (kind) => {
    onChange([...value, line(value.length ? value[value.length - 1].rate : usual, kind)]);
    focusOn(`item-${value.length}`);
  };
  return html`<fieldset><legend><h2>${t(kinds ? 'doc.itemsjob' : 'doc.items')}</h2></legend>${value.map((l, i) => html`<div class="item" key=${l.key}>
      ${COLUMNS.map(([id, path, key = path]) => html`<Text key=${id} id="${id}-${i}" name="lines[${i}].${path}" error=${error} label=${t(`doc.${(l.kind === 'labour' && WORK[id]) || id}`)} inputmode=${id === 'item' ? undefined : 'decimal'} value=${l[key]} onInput=${(text) => at(i, { [key]: text })} />`)}
      <Button kind="quiet" aria-label=${t('doc.removeitem', { n: i + 1 })} onClick=${() => onChange(value.filter((_, j) => j !== i))}>×<//></div>`)}
    <div class="row"><Button onClick=${() => add('part')}>+ ${kinds ? t('doc.addpart') : t('doc.additem')}<//>${kinds && html`<Button onClick=${() => add('labour')}>+ ${t('doc.addlabour')}<//>`}</div></fieldset>`;
}

/** What the paper comes to, as the program that prints it adds it up: asked 0.4 s after the last change. */
function Sum({ file }) {
  const [sum, setSum] = useState(null);
  // Pictures and signatures cost nothing.
  const { signatures, ...rest } = file;
  const body = rest.job ? { ...rest, job: (({ photos, ...job }) => job)(rest.job) } : rest;
  const key = JSON.stringify(body);
  useEffect(() => {
    if (!body.lines) return void setSum(null);
    const stop = new AbortController();
    const timer = setTimeout(() => post('/documents/totals', body, { signal: stop.signal }).then(setSum, (error) => error.name !== 'AbortError' && setSum(null)), 400);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  if (!sum || !body.lines) return null;
  const part = (word, amount, strong) => html`<div class=${strong ? 'strong' : ''}><dt>${word}</dt><dd>${money(amount, sum.currency)}</dd></div>`;
  const paid = Number(sum.paid) !== 0;
  return html`<dl class="sum">${part(t('doc.sum.net'), sum.net)}${part(t('doc.sum.tax'), sum.tax)}${part(t('doc.sum.total'), sum.gross, !paid)}${paid && part(t('doc.sum.paid'), sum.paid)}${paid && part(t('doc.sum.payable'), sum.payable, true)}</dl>`;
}

/** What a form starts with. */
function start(kind, asked, country) {
  const fresh = formOf({});
  return {
    ...fresh, number: asked.get('number') || '', issue_date: today(), due_date: plusDays(14), supply_date: today(), currency: MONEY[country] || (country ? 'EUR' : 'GBP'), prices: 'gross', country,
    buyer: { ...fresh.buyer, name: asked.get('name') || '', email: asked.get('email') || '' },
    lines: priced(kind) ? [line(RATES[country] || '20')] : [],
    job: { ...fresh.job, received_at: kind === 'job_card' ? local(new Date()) : '' },
  };
}

export function DocumentForm({ parts }) {
  const kind = parts[0];
  const asked = query();
  const [form, setForm] = useState(null);
  const [base, setBase] = useState({});
  const [dirty, setDirty] = useState(false);
  const shop = useData('/shop', ['shop']);
  const doing = useDoing();
  const clientRef = useRef(uid());
  const country = shop.data && shop.data.details && shop.data.details.address ? shop.data.details.address.country : '';
  const changing = asked.get('change');
  useGuard(dirty, t('unsaved'));
  useEffect(() => {
    if (!shop.data || form) return;
    const fresh = start(kind, asked, country);
    const source = changing || asked.get('from');
    if (!source) return void setForm(fresh);
    const [of, ...rest] = source.split('/');
    get(`/documents/${of}/${enc(rest.join('/'))}`).then((d) => {
      const { content } = d;
      const stored = formOf(content);
      const taken = { ...fresh, ...stored, lines: stored.lines.length || !priced(kind) ? stored.lines : fresh.lines };
      if (changing) {
        setBase(content);
        setForm({ ...taken, number: d.number, version: Math.max(...d.versions) + 1, issue_date: d.issue_date, due_date: content.due_date || fresh.due_date, supply_date: content.supply_date || '' });
      } else {
        setBase({ ...(content.job ? { job: fromCard(content.job) } : {}), ...(content.language ? { language: content.language } : {}) });
        setForm({ ...taken, number: '', signatures: [], job: jobForm(content.job && fromCard(content.job)), notes: '' });
      }
    }, (error) => doing.setError(error));
  }, [shop.data]);
  // Who comes to write down the pick-up is led there.
  useEffect(() => {
    const place = form && location.hash && document.getElementById(location.hash.slice(1));
    if (place) place.scrollIntoView();
  }, [Boolean(form)]);
  const title = changing ? t('doc.change', { number: form ? form.number : '' }) : t(`doc.new.${kind}`);
  if (!form) return html`<Title>${title}<//><Problems error=${doing.error || shop.error} />${!doing.error && !shop.error && html`<Loading />`}`;
  const set = (part) => {
    setForm((f) => ({ ...f, ...(typeof part === 'function' ? part(f) : part) }));
    setDirty(true);
    clientRef.current = uid();
  };
  const file = fileOf(kind, form, base);
  const save = (then) => doing.run(then, async () => {
    const made = await post('/documents', { ...file, client_ref: clientRef.current });
    setDirty(false);
    poll();
    announce(t('saved'));
    if (then === 'send') go(`/mail/new?doc=${enc(`${made.kind}/${made.number}`)}`, { force: true });
    else go(`/docs/${made.kind}/${enc(made.number)}${then === 'print' ? '?print=1' : ''}`, { force: true });
  });
  const ids = { buyer: 'buyer-name', 'buyer.name': 'buyer-name', 'buyer.address': 'buyer-street', postcode: 'buyer-postcode', city: 'buyer-city', email: 'buyer-email', country: 'buyer-country', tax_id: 'buyer-tax_id', issue_date: 'issue_date', due_date: 'due_date', supply_date: 'supply_date', paid: 'paid', lines: 'item-0' };
  for (const k of ['serial', 'imei', 'vin', 'registration', 'promised_at', 'received_at', 'picked_up_at', 'estimate_limit', 'reported_fault']) ids[k] = `job-${k}`;
  form.lines.forEach((_, i) => COLUMNS.forEach(([id, path]) => (ids[`lines[${i}].${path}`] = `${id}-${i}`)));
  form.job.authorisations.forEach((_, i) => (ids[`job.authorisations[${i}].amount`] = `amount-${i}`));
  const part = { value: form.job, error: doing.error, onChange: (job) => set({ job }) };
  const moment = { form, customer: form.buyer.name, onChange: set, onError: (message) => doing.setError({ message, field: '' }) };
  const card = kind === 'job_card';
  const field = fieldsOf(form, set, doing.error, { words: 'doc' });
  const items = html`<${Lines} value=${form.lines} error=${doing.error} usual=${RATES[country] || '20'} kinds=${card} onChange=${(lines) => set({ lines })} /><${Sum} file=${file} />`;
  return html`<Title note=${form.number ? '' : t('doc.numbered')}>${title}<//>
    <Problems error=${doing.error} fields=${ids} />
    ${shop.data && !shop.data.details && html`<Banner tone="warn" title=${t('doc.noshop')} actions=${html`<a class="button" href="/settings/shop">${t('doc.toshop')}</a>`} />`}
    <div class="panes"><form onSubmit=${(e) => e.preventDefault()}>
      <${Customer} value=${form.buyer} error=${doing.error} onChange=${(buyer) => set({ buyer })} />
      ${card && html`<${Fragment}><${Thing} ...${part} /><${Condition} ...${part} /><${Agreement} ...${part} />${items}<${Moment} moment="hand_in" ...${moment} /><${Work} ...${part} open=${Boolean(changing)} />${changing && html`<${Moment} moment="pick_up" ...${moment} />`}<//>`}
      <div class="two">${field('issue_date', { label: 'date', type: 'date' })}${kind === 'invoice' && [field('due_date', { label: 'due', type: 'date' }), field('supply_date', { label: 'supply', type: 'date' })]}</div>
      ${!card && items}
      <div class="two"><Choice id="prices" label=${t('doc.prices')} value=${form.prices} onChange=${(prices) => set({ prices })} options=${[['gross', t('doc.gross')], ['net', t('doc.net')]]} />
        <Choice id="currency" label=${t('doc.currency')} value=${form.currency} onChange=${(currency) => set({ currency })} options=${[...new Set([form.currency, 'EUR', ...Object.values(MONEY)])].map((c) => [c, c])} />
        ${priced(kind) && field('paid', { inputmode: 'decimal' })}</div>
      ${priced(kind) && html`<Tick label=${t('doc.exempt')} checked=${form.exempt} onChange=${(exempt) => set({ exempt, lines: exempt ? form.lines.map((l) => ({ ...l, rate: '0' })) : form.lines })} />`}
      ${priced(kind) && field('terms')}${field('notes', { rows: 3 })}
    </form><section class="side" aria-label=${t('doc.preview')}><${Pdf} body=${file} title=${t('doc.preview')} begun=${dirty || Boolean(changing || asked.get('from'))} /></section></div>
    <div class="bar"><Button kind="main" icon="send" busy=${doing.busy} onClick=${() => save('send')}>${doing.busy === 'send' ? t('saving') : t('doc.savesend')}<//><Button data-key="save" busy=${doing.busy} onClick=${() => save('save')}>${t('doc.save')}<//><Button icon="print" busy=${doing.busy} onClick=${() => save('print')}>${t('doc.saveprint')}<//></div>`;
}

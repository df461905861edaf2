// Invoices, job cards and their like: a form, and beside it the paper as it will be.

import { html, t, useState, useEffect, useRef, useApp, useData, useGuard, query, go, get, post, put, remove, enc, uid, money, clock, when, announce, poll, told, state, setScreen } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';
import { jobFile, sortOf, Thing, Condition, Agreement, Work, Moment } from '../lib/jobcard.js';
import { amount, filled, focusOn, formOf } from '../lib/form.js';
import { useOffers } from '../lib/offers.js';
import { gone, useBegun } from '../lib/rows.js';
import { local, today } from '../lib/times.js';
import { Pdf } from '../lib/preview.js';

const MONEY = { CH: 'CHF', LI: 'CHF', PL: 'PLN', GB: 'GBP', US: 'USD', CZ: 'CZK', SE: 'SEK', DK: 'DKK', NO: 'NOK', HU: 'HUF' };
const RATES = { CH: '8.1', LI: '8.1', DE: '19', AT: '20', FR: '20', IT: '22', ES: '21', NL: '21', BE: '21', PL: '23', GB: '20', IE: '23', CZ: '21' };
const priced = (kind) => !['job_card', 'report', 'notification'].includes(kind);
const line = (rate, kind = 'part') => ({ key: uid(), description: '', quantity: '1', unit_price: '', tax: { rate }, kind });
/** The fields of a line with their words, and those that are called something else where it is work. */
const COLUMNS = { description: 'item', quantity: 'qty', unit_price: 'price', 'tax.rate': 'rate' };
const WORK = { description: 'labour', quantity: 'hours' };

/** A form is the document file as the API takes it, and beside that: the kind of thing, the keys of rows, and of
 *  each line which tax it was stored with. This makes one of a stored document; `fresh` is an empty one. */
function begun(d, fresh) {
  const { totals, mail, client_ref: ref, ...rest } = d;
  const lines = (d.lines || []).map((l) => ({ ...l, key: uid(), was: l.tax, kind: l.kind || 'part', tax: { ...l.tax, rate: l.tax.rate || '0' } }));
  return { ...fresh, ...rest, buyer: d.buyer || {}, lines: lines.length || !priced(fresh.kind) ? lines : fresh.lines, prices: d.prices || 'net', paid: Number(d.paid) ? d.paid : '', job: d.job || {}, sort: sortOf(d.job && d.job.item), exemption: d.tax_notes && d.tax_notes.exemption };
}

function lineFile({ key, was = {}, ...l }, exempt) {
  const rate = amount(l.tax.rate || '0');
  // A tax the form does not know, like reverse charge, stays as long as its rate does.
  const tax = was.category && String(was.rate || '0') === rate ? was : Number(rate) > 0 ? { category: 'S', rate } : { category: exempt ? 'E' : 'Z' };
  return { ...l, quantity: amount(l.quantity) || '1', unit_price: amount(l.unit_price) || '0', tax };
}

/** The document file of a form; `country` is the shop's. */
function fileOf({ sort, exemption, buyer, lines, notes = [], paid, payment, tax_notes: taxNotes, job, ...rest }, country) {
  const { lines: street = [], ...place } = buyer.address || {};
  const address = filled({ ...place, lines: street.filter((x) => x.trim()) });
  const named = buyer.name || buyer.email;
  return filled({
    ...rest,
    buyer: named && filled({ ...buyer, name: named, address: address.lines || address.city || address.postcode ? { ...address, country: address.country || country || 'GB' } : '' }),
    lines: lines.filter((l) => l.description.trim() || l.unit_price).map((l) => lineFile(l, taxNotes && taxNotes.exemption)),
    paid: amount(paid),
    notes: notes.join('\n\n').split(/\n{2,}/).filter((n) => n.trim()),
    payment: filled(payment || {}),
    tax_notes: filled(taxNotes || {}),
    job: jobFile(job, sort),
  });
}

/** What an invoice takes from the paper it is made of, a job card among them. */
function forInvoice({ buyer, lines, prices, currency, paid, language, payment, tax_notes: taxNotes, job = {} }) {
  const { photos, condition, authorisations, accessories, estimate_limit: limit, ...work } = job;
  return { buyer, lines, prices, currency, paid, language, payment: payment && { terms: payment.terms }, tax_notes: taxNotes && { exemption: taxNotes.exemption }, job: work };
}

function Customer({ of }) {
  const take = (o) => {
    offers.close();
    of.set('buyer', (now) => ({ ...now, name: o.name || o.company || now.name, email: o.address, phone: o.phone || now.phone }));
    announce(t('doc.taken', { who: o.name || o.address }));
  };
  const offers = useOffers('buyer.name', { onTake: take, phones: true });
  const { address = {}, tax_id: taxId } = of.value.buyer;
  return html`<fieldset><legend><h2>${t('doc.customer')}</h2></legend><div class="two">
    <div class="over whole">${of.field('buyer.name', { onInput: (name) => { of.set('buyer.name', name); offers.look(name); }, onKeyDown: offers.keys, onBlur: offers.close, enterkeyhint: 'next', ...offers.combobox })}
      ${offers.list}</div>
    ${of.field('buyer.email', { class: 'whole', inputmode: 'email', spellcheck: 'false' })}${of.field('buyer.phone', { inputmode: 'tel' })}</div>
    <details open=${Boolean(address.lines || address.city || taxId)}><summary>${t('doc.address')}</summary>${of.field('buyer.address.lines', { label: 'street', name: 'buyer.address', rows: 2, shown: (all = []) => all.join('\n'), read: (text) => text.split('\n') })}
      <div class="two">${of.field('buyer.address.postcode')}${of.field('buyer.address.city')}
      ${of.field('buyer.address.country', { hint: t('doc.country.hint'), maxlength: 2, read: (country) => country.toUpperCase() })}${of.field('buyer.tax_id', { label: 'taxid' })}</div></details></fieldset>`;
}

function Lines({ of, usual, kinds }) {
  const { lines } = of.value;
  const add = (kind) => {
    of.add('lines', line(lines.length ? lines[lines.length - 1].tax.rate : usual, kind));
    focusOn(`lines[${lines.length}].description`);
  };
  return html`<fieldset><legend><h2>${t(kinds ? 'doc.itemsjob' : 'doc.items')}</h2></legend>${lines.map((l, i) => html`<div class="item" key=${l.key}>
      ${Object.entries(COLUMNS).map(([key, word]) => of.field(`lines[${i}].${key}`, { label: (l.kind === 'labour' && WORK[key]) || word, inputmode: key === 'description' ? undefined : 'decimal' }))}
      ${of.drop('lines', i, t('doc.removeitem', { n: i + 1 }))}</div>`)}
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
  return {
    kind, number: asked.get('number') || '', issue_date: today(), ...(kind === 'invoice' ? { due_date: today(14), supply_date: today() } : {}), currency: MONEY[country] || (country ? 'EUR' : 'GBP'), prices: 'gross',
    buyer: { name: asked.get('name') || '', email: asked.get('email') || '' }, lines: priced(kind) ? [line(RATES[country] || '20')] : [],
    sort: 'device', job: kind === 'job_card' ? { received_at: local(new Date()) } : {},
  };
}

/** Keeps a form in the program 2 s after the last key, or when it can be again, until it is saved or left. */
function useKept(kind, form, dirty, ref) {
  const trouble = Boolean(told(useApp()));
  const id = useRef(uid());
  const [at, setAt] = useState('');
  // One after the other: what is kept late must not come back after the form is gone.
  const turn = useRef(Promise.resolve());
  const then = (work) => (turn.current = turn.current.then(work).catch(() => {}));
  useEffect(() => {
    if (!dirty) return undefined;
    const { number, version, buyer } = form;
    const timer = setTimeout(() => then(async () => {
      setScreen({ form: id.current });
      await put(`/forms/${id.current}`, { kind, number: version ? number : undefined, buyer: (buyer.name || buyer.email || '').slice(0, 200), content: { form, ref: ref.current } });
      setAt(new Date());
    }), 2000);
    return () => clearTimeout(timer);
  }, [form, dirty, trouble]);
  const here = useRef(state.visit);
  const drop = (which = id.current) => {
    gone.add(which);
    return then(() => remove(`/forms/${which}`));
  };
  const written = useRef();
  written.current = dirty;
  // Who leaves for another screen was asked, and throws it away; a screen that is locked or broken does not.
  useEffect(() => () => {
    if (written.current && state.session && state.visit !== here.current) drop();
  }, []);
  return { at, drop, go: (on) => { id.current = on; } };
}

/** A form of this kind that was begun and neither saved nor left: gone on with or thrown away, never shown unasked. */
function Begun({ kind, number, onGo, onDrop }) {
  const got = useBegun(true);
  const doing = useDoing();
  const fit = got.forms.filter((f) => f.kind === kind && (f.number || '') === number);
  const one = fit.find((f) => f.id === query().get('begun')) || fit[0];
  if (!one) return null;
  return html`<Problems error=${doing.error} /><Banner title=${t(one.buyer ? 'doc.begun.for' : 'doc.begun', { time: when(one.created_at), who: one.buyer, what: t(`kind.${kind}`) })} actions=${html`<Button kind="main" busy=${doing.busy} onClick=${() => doing.run('go', async () => onGo(one.id, (await get(`/forms/${one.id}`)).content))}>${t('doc.continue')}<//><Button onClick=${() => onDrop(one.id).then(got.again)}>${t('doc.discard')}<//>`} />`;
}

export function DocumentForm({ parts }) {
  const kind = parts[0];
  const asked = query();
  const [form, setForm] = useState(null);
  const [dirty, setDirty] = useState(false);
  const shop = useData('/shop', ['shop']);
  const doing = useDoing();
  const clientRef = useRef(uid());
  const kept = useKept(kind, form, dirty, clientRef);
  const country = shop.data && shop.data.details && shop.data.details.address ? shop.data.details.address.country : '';
  const changing = asked.get('change');
  useGuard(dirty, t('unsaved'));
  useEffect(() => {
    if (!shop.data || form) return;
    const fresh = start(kind, asked, country);
    const source = changing || asked.get('from');
    if (!source) return void setForm(fresh);
    const [of, ...rest] = source.split('/');
    get(`/documents/${of}/${enc(rest.join('/'))}`).then(({ content, number, issue_date: date, versions }) => setForm(changing
      ? { ...begun(content, { ...fresh, supply_date: '' }), number, version: Math.max(...versions) + 1, issue_date: date }
      : begun(forInvoice(content), fresh)), doing.setError);
  }, [shop.data]);
  // Who comes to write down the pick-up is led there.
  useEffect(() => {
    const place = form && location.hash && document.getElementById(location.hash.slice(1));
    if (place) place.scrollIntoView();
  }, [Boolean(form)]);
  const title = changing ? t('doc.change', { number: form ? form.number : '' }) : t(`doc.new.${kind}`);
  if (!form) return html`<Title>${title}<//><Problems error=${doing.error || shop.error} />${!doing.error && !shop.error && html`<Loading />`}`;
  const change = (made) => {
    setForm(made);
    setDirty(true);
    clientRef.current = uid();
  };
  const goOn = (id, content) => {
    kept.go(id);
    setForm(content.form);
    setDirty(true);
    clientRef.current = content.ref;
  };
  const file = fileOf(form, country);
  const save = (then) => doing.run(then, async () => {
    const made = await post('/documents', { ...file, client_ref: clientRef.current });
    setDirty(false);
    kept.drop();
    poll();
    announce(t('saved'));
    if (then === 'send') go(`/mail/new?doc=${enc(`${made.kind}/${made.number}`)}`, { force: true });
    else go(`/docs/${made.kind}/${enc(made.number)}${then === 'print' ? '?print=1' : ''}`, { force: true });
  });
  const of = formOf(form, change, doing.error);
  const papers = { of, onError: (message) => doing.setError({ message, field: '' }) };
  const card = kind === 'job_card';
  const items = html`<${Lines} of=${of} usual=${RATES[country] || '20'} kinds=${card} /><${Sum} file=${file} />`;
  const exempt = (on) => change((now) => ({ ...now, tax_notes: { ...now.tax_notes, exemption: on ? now.exemption || 'small_business' : '' }, lines: on ? now.lines.map((l) => ({ ...l, tax: { ...l.tax, rate: '0' } })) : now.lines }));
  return html`<Title note=${kept.at ? t('compose.kept', { time: clock(kept.at) }) : form.number ? '' : t('doc.numbered')}>${title}<//>
    <Problems error=${doing.error} />
    ${!dirty && html`<${Begun} kind=${kind} number=${changing ? form.number : ''} onGo=${goOn} onDrop=${kept.drop} />`}
    ${shop.data && !shop.data.details && html`<Banner tone="warn" title=${t('doc.noshop')} actions=${html`<a class="button" href="/settings/shop">${t('doc.toshop')}</a>`} />`}
    <div class="panes"><form onSubmit=${(e) => e.preventDefault()}>
      <${Customer} of=${of} />
      ${card && html`<${Thing} of=${of} /><${Condition} of=${of} /><${Agreement} of=${of} />${items}<${Moment} moment="hand_in" ...${papers} /><${Work} of=${of} open=${Boolean(changing)} />${changing && html`<${Moment} moment="pick_up" ...${papers} />`}`}
      <div class="two">${of.field('issue_date', { label: 'date', type: 'date' })}${kind === 'invoice' && [of.field('due_date', { label: 'due', type: 'date' }), of.field('supply_date', { label: 'supply', type: 'date' })]}</div>
      ${!card && items}
      <div class="two">${of.choice('prices', ['gross', 'net'].map((k) => [k, t(`doc.${k}`)]))}${of.choice('currency', [...new Set([form.currency, 'EUR', ...Object.values(MONEY)])].map((c) => [c, c]))}
        ${priced(kind) && of.field('paid', { inputmode: 'decimal' })}</div>
      ${priced(kind) && html`<Tick label=${t('doc.exempt')} checked=${Boolean(of.get('tax_notes.exemption'))} onChange=${exempt} />${of.field('payment.terms')}`}
      ${of.field('notes', { rows: 3, shown: (all = []) => all.join('\n\n'), read: (text) => text.split('\n\n') })}
    </form><section class="side" aria-label=${t('doc.preview')}><${Pdf} body=${file} title=${t('doc.preview')} begun=${dirty || Boolean(changing || asked.get('from'))} /></section></div>
    <div class="bar"><Button kind="main" icon="send" busy=${doing.busy} onClick=${() => save('send')}>${doing.busy === 'send' ? t('saving') : t('doc.savesend')}<//><Button data-key="save" busy=${doing.busy} onClick=${() => save('save')}>${t('doc.save')}<//><Button icon="print" busy=${doing.busy} onClick=${() => save('print')}>${t('doc.saveprint')}<//></div>`;
}

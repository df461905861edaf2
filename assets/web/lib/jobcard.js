// What a job card asks: the thing handed in, its condition, the agreement, the work, photos and signatures.

import { html, t, useState, uid } from './core.js';
import { Button, Text, Choice, Icon } from './ui.js';
import { Photos } from './photos.js';
import { Sign } from './signature.js';

/** What identifies a thing, by what kind of thing it is. */
export const SORTS = { device: ['serial', 'imei'], vehicle: ['registration', 'vin', 'odometer_in', 'odometer_out'], cycle: ['serial'], other: ['serial'] };
const FINDINGS = ['good', 'defect', 'not_tested'];
const ITEM = ['type', 'make', 'model', 'colour', 'serial', 'imei', 'vin', 'registration', 'odometer_in', 'odometer_out'];
const TEXTS = ['order_type', 'status', 'priority', 'received_at', 'received_by', 'promised_at', 'picked_up_at', 'technician', 'reported_fault', 'findings', 'work_done', 'estimate_limit', 'warranty'];

/** The part of a form for a job, from a stored one or empty. */
export function jobForm(job = {}) {
  const item = job.item || {};
  const sort = item.vin || item.registration || item.odometer_in ? 'vehicle' : item.imei ? 'device' : item.serial || item.type ? 'other' : 'device';
  return {
    sort,
    item: Object.fromEntries(ITEM.map((k) => [k, item[k] || ''])),
    ...Object.fromEntries(TEXTS.map((k) => [k, String(job[k] ?? '').slice(0, k.endsWith('_at') ? 16 : undefined)])),
    accessories: (job.accessories || []).join(', '),
    condition: (job.condition || []).map((c) => ({ key: uid(), ...c })),
    authorisations: (job.authorisations || []).map((a) => ({ key: uid(), ...a, at: (a.at || '').slice(0, 16) })),
    photos: job.photos || [],
  };
}

const filled = (o) => Object.fromEntries(Object.entries(o).filter(([k, v]) => k !== 'key' && v !== '' && v !== undefined && v !== null));

/** The job as the API takes it; what the form does not know stays as it was in `base`. */
export function jobFile(f, base = {}, amount = (x) => x) {
  const item = { ...base.item };
  for (const k of ITEM) {
    const ask = k === 'type' || k === 'make' || k === 'model' || k === 'colour' || SORTS[f.sort].includes(k);
    if (f.item[k] && ask) item[k] = f.item[k];
    else delete item[k];
  }
  const job = { ...base };
  for (const k of TEXTS) {
    if (f[k]) job[k] = k === 'estimate_limit' ? amount(f[k]) : f[k];
    else delete job[k];
  }
  const lists = {
    accessories: f.accessories.split(',').map((x) => x.trim()).filter(Boolean),
    condition: f.condition.filter((c) => c.part.trim()).map((c) => ({ part: c.part, state: c.state || '', ...(c.finding ? { finding: c.finding } : {}) })),
    authorisations: f.authorisations.map((a) => filled({ ...a, amount: a.amount ? amount(a.amount) : '' })).filter((a) => Object.keys(a).length),
    photos: f.photos.map(filled),
  };
  for (const [k, list] of Object.entries(lists)) {
    if (list.length) job[k] = list;
    else delete job[k];
  }
  if (Object.keys(item).length) job.item = item;
  else delete job.item;
  return job;
}

export function Thing({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  const item = (part) => set({ item: { ...value.item, ...part } });
  const field = (k, more = {}) => html`<${Text} key=${k} id="job-${k}" name="job.item.${k}" label=${t(`job.${k}`)} value=${value.item[k]} error=${error} onInput=${(v) => item({ [k]: v })} ...${more} />`;
  return html`<fieldset><legend><h2>${t('job.thing')}</h2></legend>
    <div class="chips" role="group" aria-label=${t('job.sort')}>${Object.keys(SORTS).map((k) => html`<button type="button" key=${k} class="chip" aria-pressed=${k === value.sort ? 'true' : 'false'} onClick=${() => set({ sort: k })}>${t(`job.sort.${k}`)}</button>`)}</div>
    <div class="two">${['type', 'make', 'model', 'colour'].map((k) => field(k))}${SORTS[value.sort].map((k) => field(k, { 'data-scan': k.startsWith('odometer') ? undefined : 'take', spellcheck: 'false', autocapitalize: 'characters', ...(k === 'imei' ? { inputmode: 'numeric' } : {}) }))}</div>
    <${Text} id="job-reported_fault" name="job.reported_fault" label=${t('job.fault')} rows="3" value=${value.reported_fault} error=${error} onInput=${(reported_fault) => set({ reported_fault })} />
    <${Text} id="job-accessories" label=${t('job.accessories')} hint=${t('job.accessories.hint')} value=${value.accessories} onInput=${(accessories) => set({ accessories })} /></fieldset>`;
}

/** The parts people look at when such a thing is handed in. */
const usualParts = (sort) => t(`job.parts.${sort}`).split(',').map((p) => p.trim());

export function Condition({ value, onChange }) {
  const rows = value.condition;
  const set = (condition) => onChange({ ...value, condition });
  const at = (i, part) => set(rows.map((c, j) => (j === i ? { ...c, ...part } : c)));
  const add = (parts) => set([...rows, ...parts.filter((p) => !p || !rows.some((c) => c.part === p)).map((part) => ({ key: uid(), part, state: '', finding: '', own: !part }))]);
  return html`<fieldset><legend><h2>${t('job.condition')}</h2></legend><p class="hint">${t('job.condition.hint')}</p>
    ${rows.length > 0 && html`<ul class="plain looked">${rows.map((c, i) => html`<li key=${c.key}>
      ${c.own ? html`<${Text} id="part-${i}" label=${t('job.part')} value=${c.part} onInput=${(part) => at(i, { part })} />` : html`<strong>${c.part}</strong>`}
      <div class="pick" role="group" aria-label=${`${t('job.finding')}: ${c.part}`}>${FINDINGS.map((f) => html`<button type="button" key=${f} class="chip ${f}" aria-pressed=${c.finding === f ? 'true' : 'false'} onClick=${() => at(i, { finding: c.finding === f ? '' : f })}>${t(`job.finding.${f}`)}</button>`)}</div>
      <${Button} kind="quiet" aria-label=${t('job.removepart', { part: c.part || i + 1 })} onClick=${() => set(rows.filter((_, j) => j !== i))}>×<//>
      ${(c.state || c.own || (c.finding && c.finding !== 'good')) && html`<${Text} id="state-${i}" class="state-seen" label=${t('job.state')} value=${c.state} onInput=${(state) => at(i, { state })} />`}</li>`)}</ul>`}
    <div class="row"><${Button} onClick=${() => add(usualParts(value.sort))}>${t('job.usual')}<//><${Button} onClick=${() => { add(['']); requestAnimationFrame(() => { const f = document.getElementById(`part-${rows.length}`); if (f) f.focus(); }); }}>+ ${t('job.addpart')}<//></div></fieldset>`;
}

export function Agreement({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  const rows = value.authorisations;
  const at = (i, part) => set({ authorisations: rows.map((a, j) => (j === i ? { ...a, ...part } : a)) });
  const now = () => {
    const d = new Date();
    return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  };
  const text = (k, more = {}) => html`<${Text} id="job-${k}" name="job.${k}" label=${t(`job.${k}`)} value=${value[k]} error=${error} onInput=${(v) => set({ [k]: v })} ...${more} />`;
  return html`<fieldset><legend><h2>${t('job.agreement')}</h2></legend>
    <div class="two">${text('estimate_limit', { inputmode: 'decimal', hint: t('job.estimate_limit.hint') })}${text('promised_at', { type: 'datetime-local' })}${text('order_type')}${text('priority')}</div>
    ${rows.length > 0 && html`<ul class="plain looked">${rows.map((a, i) => html`<li class="agreed" key=${a.key}>
      <${Text} id="what-${i}" label=${t('job.agreed.what')} value=${a.what || ''} onInput=${(what) => at(i, { what })} />
      <${Text} id="amount-${i}" name="job.authorisations[${i}].amount" label=${t('job.agreed.amount')} inputmode="decimal" value=${a.amount || ''} error=${error} onInput=${(v) => at(i, { amount: v })} />
      <${Text} id="by-${i}" label=${t('job.agreed.by')} value=${a.by || ''} onInput=${(by) => at(i, { by })} />
      <${Text} id="via-${i}" label=${t('job.agreed.via')} value=${a.via || ''} onInput=${(via) => at(i, { via })} />
      <${Text} id="at-${i}" label=${t('job.agreed.at')} type="datetime-local" value=${a.at || ''} onInput=${(v) => at(i, { at: v })} />
      <${Button} kind="quiet" aria-label=${t('job.agreed.remove', { n: i + 1 })} onClick=${() => set({ authorisations: rows.filter((_, j) => j !== i) })}>×<//></li>`)}</ul>`}
    <${Button} onClick=${() => { set({ authorisations: [...rows, { key: uid(), what: '', amount: '', by: '', via: '', at: now() }] }); requestAnimationFrame(() => { const f = document.getElementById(`what-${rows.length}`); if (f) f.focus(); }); }}>+ ${t('job.agreed.add')}<//></fieldset>`;
}

export function Work({ value, onChange, error, open }) {
  const set = (part) => onChange({ ...value, ...part });
  const text = (k, more = {}) => html`<${Text} id="job-${k}" name="job.${k}" label=${t(`job.${k}`)} value=${value[k]} error=${error} onInput=${(v) => set({ [k]: v })} ...${more} />`;
  return html`<details open=${open || Boolean(value.findings || value.work_done || value.technician)}><summary>${t('job.work')}</summary>
    <div class="two">${text('received_by')}${text('received_at', { type: 'datetime-local' })}${text('technician')}${text('status')}</div>
    ${text('findings', { rows: 2 })}${text('work_done', { rows: 2 })}
    <div class="two">${text('warranty')}${text('picked_up_at', { type: 'datetime-local' })}</div></details>`;
}

/** Photos and signatures at one of the two moments: when it comes, and when it goes. */
export function Moment({ moment, form, customer, onChange, onError }) {
  const [asking, setAsking] = useState('');
  const find = (signer) => form.signatures.find((s) => s.moment === moment && (s.signer || 'customer') === signer);
  const others = (signer) => form.signatures.filter((s) => !(s.moment === moment && (s.signer || 'customer') === signer));
  const today = () => {
    const d = new Date();
    return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
  };
  const signed = (signer, { name, image }) => {
    setAsking('');
    const rest = others(signer);
    onChange({ signatures: name || image ? [...rest, { moment, signer, ...(name ? { name } : {}), date: today(), ...(image ? { image } : {}) }] : rest });
  };
  const source = (image) => (image.startsWith('data:') ? image : `data:${image.startsWith('iVBOR') ? 'image/png' : image.startsWith('/9j/') ? 'image/jpeg' : 'image/svg+xml'};base64,${image}`);
  return html`<fieldset id=${moment}><legend><h2>${t(`job.moment.${moment}`)}</h2></legend>
    <${Photos} value=${form.job.photos} moment=${moment} onChange=${(photos) => onChange({ job: { ...form.job, photos } })} onError=${onError} />
    <ul class="plain signs">${['customer', 'shop'].map((signer) => {
      const has = find(signer);
      return html`<li key=${signer}><span class="label">${t(`sign.${signer}`)}</span>${has && html`<div class="signed">${has.image ? html`<img src=${source(has.image)} alt=${t('sign.drawn')} />` : html`<span class="muted">${t('sign.online')}</span>`}<span>${has.name || ''} <span class="muted">${has.date || ''}</span></span></div>`}
        <div class="row"><${Button} icon="sign" onClick=${() => setAsking(signer)}>${has ? t('sign.again') : t('sign.do')}<//>${has && html`<${Button} kind="quiet" aria-label=${t('sign.remove', { who: t(`sign.${signer}`) })} onClick=${() => onChange({ signatures: others(signer) })}>×<//>`}</div></li>`;
    })}</ul>
    ${asking && html`<${Sign} title=${`${t(`sign.${asking}`)} – ${t(`job.moment.${moment}`)}`} name=${asking === 'customer' ? customer : form.job.received_by || form.job.technician} onDone=${(given) => signed(asking, given)} onCancel=${() => setAsking('')} />`}</fieldset>`;
}

// What a job card asks: the thing handed in, its condition, the agreement, the work, photos and signatures.

import { html, t, useState, uid, today } from './core.js';
import { amount, fieldsOf, filled, focusOn, put } from './form.js';
import { local } from './times.js';
import { Photos, sourceOf } from './photos.js';
import { Sign } from './signature.js';

/** What identifies a thing, by what kind of thing it is. */
export const SORTS = { device: ['serial', 'imei'], vehicle: ['registration', 'vin', 'odometer_in', 'odometer_out'], cycle: ['serial'], other: ['serial'] };
const FINDINGS = ['good', 'defect', 'not_tested'];
const NAMES = ['type', 'make', 'model', 'colour'];
const ITEM = [...NAMES, 'serial', 'imei', 'vin', 'registration', 'odometer_in', 'odometer_out'];
const AGREED = { what: {}, amount: { inputmode: 'decimal' }, by: {}, via: {}, at: { type: 'datetime-local' } };
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

/** The job as the API takes it; what the form does not know stays as it was in `base`. */
export function jobFile(f, base = {}) {
  const item = { ...base.item };
  for (const k of ITEM) put(item, k, [...NAMES, ...SORTS[f.sort]].includes(k) ? f.item[k] : '');
  const job = { ...base };
  for (const k of TEXTS) put(job, k, k === 'estimate_limit' ? amount(f[k]) : f[k]);
  put(job, 'accessories', f.accessories.split(',').map((x) => x.trim()).filter(Boolean));
  put(job, 'condition', f.condition.filter((c) => c.part.trim()).map((c) => ({ part: c.part, state: c.state || '', ...(c.finding ? { finding: c.finding } : {}) })));
  put(job, 'authorisations', f.authorisations.map((a) => filled({ ...a, key: '', amount: a.amount && amount(a.amount) })).filter((a) => Object.keys(a).length));
  put(job, 'photos', f.photos.map(filled));
  put(job, 'item', item);
  return job;
}

/** The fields of the job itself, and those of the thing it is about. */
const OF_JOB = { words: 'job', path: 'job.', ids: 'job-' };
const OF_ITEM = { ...OF_JOB, path: 'job.item.' };

export function Thing({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  const text = fieldsOf(value, set, error, OF_JOB);
  const field = fieldsOf(value.item, (part) => set({ item: { ...value.item, ...part } }), error, OF_ITEM);
  return html`<fieldset><legend><h2>${t('job.thing')}</h2></legend>
    <Chips label=${t('job.sort')} value=${value.sort} options=${Object.keys(SORTS).map((k) => [k, t(`job.sort.${k}`)])} onChange=${(sort) => set({ sort })} />
    <div class="two">${NAMES.map((k) => field(k))}${SORTS[value.sort].map((k) => field(k, { 'data-scan': k.startsWith('odometer') ? undefined : 'take', spellcheck: 'false', autocapitalize: 'characters', ...(k === 'imei' ? { inputmode: 'numeric' } : {}) }))}</div>
    ${text('reported_fault', { label: 'fault', rows: 3 })}${text('accessories', { hint: t('job.accessories.hint') })}</fieldset>`;
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
      ${c.own ? html`<Text id="part-${i}" label=${t('job.part')} value=${c.part} onInput=${(part) => at(i, { part })} />` : html`<strong>${c.part}</strong>`}
      <div class="pick" role="group" aria-label=${`${t('job.finding')}: ${c.part}`}>${FINDINGS.map((f) => html`<button type="button" key=${f} class="chip ${f}" aria-pressed=${c.finding === f ? 'true' : 'false'} onClick=${() => at(i, { finding: c.finding === f ? '' : f })}>${t(`job.finding.${f}`)}</button>`)}</div>
      <Button kind="quiet" aria-label=${t('job.removepart', { part: c.part || i + 1 })} onClick=${() => set(rows.filter((_, j) => j !== i))}>×<//>
      ${(c.state || c.own || (c.finding && c.finding !== 'good')) && html`<Text id="state-${i}" class="state-seen" label=${t('job.state')} value=${c.state} onInput=${(state) => at(i, { state })} />`}</li>`)}</ul>`}
    <div class="row"><Button onClick=${() => add(usualParts(value.sort))}>${t('job.usual')}<//><Button onClick=${() => { add(['']); focusOn(`part-${rows.length}`); }}>+ ${t('job.addpart')}<//></div></fieldset>`;
}

export function Agreement({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  const rows = value.authorisations;
  const at = (i, part) => set({ authorisations: rows.map((a, j) => (j === i ? { ...a, ...part } : a)) });
  const text = fieldsOf(value, set, error, OF_JOB);
  return html`<fieldset><legend><h2>${t('job.agreement')}</h2></legend>
    <div class="two">${text('estimate_limit', { inputmode: 'decimal', hint: t('job.estimate_limit.hint') })}${text('promised_at', { type: 'datetime-local' })}${text('order_type')}${text('priority')}</div>
    ${rows.length > 0 && html`<ul class="plain looked">${rows.map((a, i) => html`<li class="agreed" key=${a.key}>
      ${Object.entries(AGREED).map(([k, more]) => html`<Text key=${k} id="${k}-${i}" name="job.authorisations[${i}].${k}" label=${t(`job.agreed.${k}`)} value=${a[k]} error=${error} onInput=${(v) => at(i, { [k]: v })} ...${more} />`)}
      <Button kind="quiet" aria-label=${t('job.agreed.remove', { n: i + 1 })} onClick=${() => set({ authorisations: rows.filter((_, j) => j !== i) })}>×<//></li>`)}</ul>`}
    <Button onClick=${() => { set({ authorisations: [...rows, { key: uid(), at: local(new Date()) }] }); focusOn(`what-${rows.length}`); }}>+ ${t('job.agreed.add')}<//></fieldset>`;
}

export function Work({ value, onChange, error, open }) {
  const set = (part) => onChange({ ...value, ...part });
  const text = fieldsOf(value, set, error, OF_JOB);
  return html`<details open=${open || Boolean(value.findings || value.work_done || value.technician)}><summary>${t('job.work')}</summary>
    <div class="two">${text('received_by')}${text('received_at', { type: 'datetime-local' })}${text('technician')}${text('status')}</div>
    ${text('findings', { rows: 2 })}${text('work_done', { rows: 2 })}
    <div class="two">${text('warranty')}${text('picked_up_at', { type: 'datetime-local' })}</div></details>`;
}

/** Photos and signatures at one of the two moments: when it comes, and when it goes. */
export function Moment({ moment, form, customer, onChange, onError }) {
  const [asking, setAsking] = useState('');
  const is = (signer) => (s) => s.moment === moment && (s.signer || 'customer') === signer;
  const others = (signer) => form.signatures.filter((s) => !is(signer)(s));
  const signed = (signer, { name, image }) => {
    setAsking('');
    const rest = others(signer);
    onChange({ signatures: name || image ? [...rest, { moment, signer, ...(name ? { name } : {}), date: today(), ...(image ? { image } : {}) }] : rest });
  };
  return html`<fieldset id=${moment}><legend><h2>${t(`job.moment.${moment}`)}</h2></legend>
    <${Photos} value=${form.job.photos} moment=${moment} onChange=${(made) => onChange(({ job }) => ({ job: { ...job, photos: made(job.photos) } }))} onError=${onError} />
    <ul class="plain signs">${['customer', 'shop'].map((signer) => {
      const has = form.signatures.find(is(signer));
      return html`<li key=${signer}><span class="label">${t(`sign.${signer}`)}</span>${has && html`<div class="signed">${has.image ? html`<img src=${sourceOf(has.image)} alt=${t('sign.drawn')} />` : html`<span class="muted">${t('sign.online')}</span>`}<span>${has.name || ''} <span class="muted">${has.date || ''}</span></span></div>`}
        <div class="row"><Button icon="sign" onClick=${() => setAsking(signer)}>${has ? t('sign.again') : t('sign.do')}<//>${has && html`<Button kind="quiet" aria-label=${t('sign.remove', { who: t(`sign.${signer}`) })} onClick=${() => onChange({ signatures: others(signer) })}>×<//>`}</div></li>`;
    })}</ul>
    ${asking && html`<${Sign} title=${`${t(`sign.${asking}`)} – ${t(`job.moment.${moment}`)}`} name=${asking === 'customer' ? customer : form.job.received_by || form.job.technician} onDone=${(given) => signed(asking, given)} onCancel=${() => setAsking('')} />`}</fieldset>`;
}

// What a job card asks: the thing handed in, its condition, the agreement, the work, photos and signatures.

import { html, t, useState } from './core.js';
import { amount, filled, focusOn } from './form.js';
import { local, today } from './times.js';
import { Photos, sourceOf } from './photos.js';
import { Sign } from './signature.js';

/** What identifies a thing, by what kind of thing it is. */
const SORTS = { device: ['serial', 'imei'], vehicle: ['registration', 'vin', 'odometer_in', 'odometer_out'], cycle: ['serial'], other: ['serial'] };
const IDS = Object.values(SORTS).flat();
const FINDINGS = ['good', 'defect', 'not_tested'];
const NAMES = ['type', 'make', 'model', 'colour'];
const MOMENT = { type: 'datetime-local', shown: (at = '') => at.slice(0, 16) };
const AGREED = { what: {}, amount: { inputmode: 'decimal' }, by: {}, via: {}, at: MOMENT };

/** What kind of thing a stored one is. */
export const sortOf = ({ vin, registration, odometer_in: odometer, imei, serial, type } = {}) => (vin || registration || odometer ? 'vehicle' : imei ? 'device' : serial || type ? 'other' : 'device');

/** The job as the API takes it. */
export function jobFile({ item = {}, accessories = [], condition = [], authorisations = [], photos = [], ...job }, sort) {
  return filled({
    ...job,
    estimate_limit: amount(job.estimate_limit),
    item: filled(Object.fromEntries(Object.entries(item).filter(([k]) => !IDS.includes(k) || SORTS[sort].includes(k)))),
    accessories: accessories.join(',').split(',').map((x) => x.trim()).filter(Boolean),
    condition: condition.filter((c) => c.part.trim()).map(({ key, own, ...c }) => ({ state: '', ...filled(c) })),
    authorisations: authorisations.map(({ key, ...a }) => filled({ ...a, amount: amount(a.amount) })).filter((a) => Object.keys(a).length),
    photos: photos.map(({ key, ...p }) => filled(p)),
  });
}

export function Thing({ of }) {
  const { sort } = of.value;
  return html`<fieldset><legend><h2>${t('job.thing')}</h2></legend>
    <Chips label=${t('job.sort')} value=${sort} options=${Object.keys(SORTS).map((k) => [k, t(`job.sort.${k}`)])} onChange=${(to) => of.set('sort', to)} />
    <div class="two">${NAMES.map((k) => of.field(`job.item.${k}`))}${SORTS[sort].map((k) => of.field(`job.item.${k}`, { 'data-scan': k.startsWith('odometer') ? undefined : 'take', spellcheck: 'false', autocapitalize: 'characters', ...(k === 'imei' ? { inputmode: 'numeric' } : {}) }))}</div>
    ${of.field('job.reported_fault', { label: 'fault', rows: 3 })}${of.field('job.accessories', { hint: t('job.accessories.hint'), shown: (all = []) => all.join(', '), read: (text) => text.split(', ') })}</fieldset>`;
}

export function Condition({ of }) {
  const rows = of.get('job.condition') || [];
  const add = (...parts) => of.add('job.condition', ...parts.filter((p) => !p || !rows.some((c) => c.part === p)).map((part) => ({ part, own: !part })));
  return html`<fieldset><legend><h2>${t('job.condition')}</h2></legend><p class="hint">${t('job.condition.hint')}</p>
    ${rows.length > 0 && html`<ul class="plain looked">${rows.map((c, i) => {
      const at = `job.condition[${i}].`;
      return html`<li key=${c.key || i}>${c.own ? of.field(`${at}part`) : html`<strong>${c.part}</strong>`}
      <div class="pick" role="group" aria-label=${`${t('job.finding')}: ${c.part}`}>${FINDINGS.map((f) => html`<button type="button" key=${f} class="chip ${f}" aria-pressed=${c.finding === f ? 'true' : 'false'} onClick=${() => of.set(`${at}finding`, c.finding === f ? '' : f)}>${t(`job.finding.${f}`)}</button>`)}</div>
      ${of.drop('job.condition', i, t('job.removepart', { part: c.part || i + 1 }))}
      ${(c.state || c.own || (c.finding && c.finding !== 'good')) && of.field(`${at}state`, { class: 'state-seen' })}</li>`;
    })}</ul>`}
    <div class="row"><Button onClick=${() => add(...t(`job.parts.${of.value.sort}`).split(', '))}>${t('job.usual')}<//><Button onClick=${() => { add(''); focusOn(`job.condition[${rows.length}].part`); }}>+ ${t('job.addpart')}<//></div></fieldset>`;
}

export function Agreement({ of }) {
  const path = 'job.authorisations';
  const rows = of.get(path) || [];
  return html`<fieldset><legend><h2>${t('job.agreement')}</h2></legend>
    <div class="two">${of.field('job.estimate_limit', { inputmode: 'decimal', hint: t('job.estimate_limit.hint') })}${of.field('job.promised_at', MOMENT)}${of.field('job.order_type')}${of.field('job.priority')}</div>
    ${rows.length > 0 && html`<ul class="plain looked">${rows.map((a, i) => html`<li class="agreed" key=${a.key || i}>
      ${Object.entries(AGREED).map(([k, more]) => of.field(`${path}[${i}].${k}`, { label: `agreed.${k}`, ...more }))}
      ${of.drop(path, i, t('job.agreed.remove', { n: i + 1 }))}</li>`)}</ul>`}
    <Button onClick=${() => { of.add(path, { at: local(new Date()) }); focusOn(`${path}[${rows.length}].what`); }}>+ ${t('job.agreed.add')}<//></fieldset>`;
}

export function Work({ of, open }) {
  const { findings, work_done: done, technician } = of.value.job;
  return html`<details open=${open || Boolean(findings || done || technician)}><summary>${t('job.work')}</summary>
    <div class="two">${of.field('job.received_by')}${of.field('job.received_at', MOMENT)}${of.field('job.technician')}${of.field('job.status')}</div>
    ${of.field('job.findings', { rows: 2 })}${of.field('job.work_done', { rows: 2 })}
    <div class="two">${of.field('job.warranty')}${of.field('job.picked_up_at', MOMENT)}</div></details>`;
}

/** Photos and signatures at one of the two moments: when it comes, and when it goes. */
export function Moment({ moment, of, onError }) {
  const [asking, setAsking] = useState('');
  const { buyer, job, signatures = [] } = of.value;
  const is = (signer) => (s) => s.moment === moment && (s.signer || 'customer') === signer;
  const sign = (signer, ...given) => of.set('signatures', (all = []) => [...all.filter((s) => !is(signer)(s)), ...given]);
  const signed = (signer, { name, image }) => {
    setAsking('');
    sign(signer, ...(name || image ? [filled({ moment, signer, name, date: today(), image })] : []));
  };
  return html`<fieldset id=${moment}><legend><h2>${t(`job.moment.${moment}`)}</h2></legend>
    <${Photos} of=${of} moment=${moment} onError=${onError} />
    <ul class="plain signs">${['customer', 'shop'].map((signer) => {
      const has = signatures.find(is(signer));
      return html`<li key=${signer}><span class="label">${t(`sign.${signer}`)}</span>${has && html`<div class="signed">${has.image ? html`<img src=${sourceOf(has.image)} alt=${t('sign.drawn')} />` : html`<span class="muted">${t('sign.online')}</span>`}<span>${has.name || ''} <span class="muted">${has.date || ''}</span></span></div>`}
        <div class="row"><Button icon="sign" onClick=${() => setAsking(signer)}>${has ? t('sign.again') : t('sign.do')}<//>${has && html`<Button kind="quiet" aria-label=${t('sign.remove', { who: t(`sign.${signer}`) })} onClick=${() => sign(signer)}>×<//>`}</div></li>`;
    })}</ul>
    ${asking && html`<${Sign} title=${`${t(`sign.${asking}`)} – ${t(`job.moment.${moment}`)}`} name=${asking === 'customer' ? buyer.name : job.received_by || job.technician} onDone=${(given) => signed(asking, given)} onCancel=${() => setAsking('')} />`}</fieldset>`;
}

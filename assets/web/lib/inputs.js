// The fields of forms, each with its word, its hint and what is wrong with it.

import { html, tags, t } from './core.js';

export const isAt = (error, name) => error && error.field && (error.field === name || error.field.replace(/\[\d+\]/g, '').split('.').includes(name));

/** A labelled field. */
export function Field({ label, id, hint, error, name, children, class: extra = '' }) {
  const wrong = isAt(error, name || id);
  return html`<div class="field ${wrong ? 'wrong' : ''} ${extra}"><label for=${id}>${label}</label>${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${wrong && html`<p class="fault" id="${id}-fault"><span class="hidden">${t('error.prefix')} </span>${error.message}</p>`}${children}</div>`;
}
export function Text({ label, id, hint, error, name, value, onInput, class: extra, rows, ...rest }) {
  const wrong = isAt(error, name || id);
  const described = [hint && `${id}-hint`, wrong && `${id}-fault`].filter(Boolean).join(' ') || undefined;
  const control = { id, 'data-at': name || id, value: value ?? '', 'aria-describedby': described, 'aria-invalid': wrong ? 'true' : undefined, onInput: (e) => onInput(e.target.value), autocomplete: 'off', ...rest };
  return html`<Field ...${{ label, id, hint, error, name, class: extra }}>${rows ? html`<textarea rows=${rows} ...${control}></textarea>` : html`<input type="text" ...${control} />`}<//>`;
}
export const Choice = ({ label, id, hint, value, options, onChange, error, name, class: extra }) => html`<Field ...${{ label, id, hint, error, name, class: extra }}>
  <select id=${id} data-at=${name || id} value=${value} aria-describedby=${hint ? `${id}-hint` : undefined} onChange=${(e) => onChange(e.target.value)}>${options.map(([v, word]) => html`<option key=${v} value=${v} selected=${v === value}>${word}</option>`)}</select><//>`;
export const Radios = ({ legend, name, value, options, onChange }) => html`<fieldset class="radios"><legend>${legend}</legend>${options.map(([v, word, note]) => html`<label class="tick" key=${v}>
  <input type="radio" name=${name} value=${v} checked=${v === value} onChange=${() => onChange(v)} /><span>${word}${note && html`<small class="muted">${note}</small>`}</span></label>`)}</fieldset>`;
export const Tick = ({ label, note, checked, onChange, id }) => html`<label class="tick"><input type="checkbox" id=${id} checked=${checked} onChange=${(e) => onChange(e.target.checked)} /><span>${label}${note && html`<small class="muted">${note}</small>`}</span></label>`;

Object.assign(tags, { Field, Text, Choice, Radios, Tick });

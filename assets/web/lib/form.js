// A form is what the API takes: its fields are named by the API's own paths, like `lines[0].tax.rate`, and so are
// the faults it finds.

import { html, t, uid } from './core.js';
import './inputs.js';

const steps = (path) => path.split(/[.[\]]+/).filter(Boolean);
function changed(of, [key, ...rest], made) {
  const copy = Array.isArray(of) ? [...of] : { ...of };
  copy[key] = rest.length ? changed(copy[key], rest, made) : made(copy[key]);
  return copy;
}

/** Reads, sets and shows what stands at a path of `value`. `change` is given what makes the next value of the one then; `words` is where the catalogue has the names. */
export function formOf(value, change, error, words = 'doc') {
  const get = (path) => steps(path).reduce((of, key) => (of ? of[key] : undefined), value);
  const set = (path, to) => change((now) => changed(now, steps(path), typeof to === 'function' ? to : () => to));
  const word = (path, label = steps(path).pop()) => t(`${path.startsWith('job.') ? 'job' : words}.${label}`);
  return {
    value,
    get,
    set,
    change,
    /** A field with the word of its name; `shown` and `read` where its text is not the value itself. */
    field: (path, { label, shown = (v) => v, read = (v) => v, ...more } = {}) => html`<Text key=${path} id=${path} label=${word(path, label)} value=${shown(get(path))} error=${error} onInput=${(text) => set(path, read(text))} ...${more} />`,
    choice: (path, options, { label, ...more } = {}) => html`<Choice key=${path} id=${path} label=${word(path, label)} value=${get(path)} error=${error} options=${options} onChange=${(to) => set(path, to)} ...${more} />`,
    add: (path, ...rows) => set(path, (now = []) => [...now, ...rows.map((row) => ({ key: uid(), ...row }))]),
    /** The button that takes out a row. */
    drop: (path, i, word) => html`<Button kind="quiet" aria-label=${word} onClick=${() => set(path, (now) => now.filter((_, j) => j !== i))}>×<//>`,
  };
}

/** An amount as the API reads it, and what of an object is filled in. */
export const amount = (text) => String(text ?? '').trim().replace(/\s/g, '').replace(',', '.');
export const filled = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== '' && v !== undefined && v !== null && (typeof v !== 'object' || Object.keys(v).length)));

/** Goes to the first of these fields that there is, once what was set before is there: what is typed next goes into it. */
export const focusOn = (...ids) => queueMicrotask(() => {
  const field = ids.map((id) => document.getElementById(id)).find(Boolean);
  if (field) field.focus();
});

/** A button that takes files. */
export const PickFile = ({ onFiles, kind = '', icon, children, ...rest }) => html`<label class="button ${kind}">${icon && html`<Icon name=${icon} />`}${children}<input class="hidden" type="file" ...${rest} onChange=${(e) => { const files = [...e.target.files]; e.target.value = ''; if (files.length) onFiles(files); }} /></label>`;

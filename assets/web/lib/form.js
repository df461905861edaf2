// What forms have in common whose fields are the keys of one object.

import { html, t } from './core.js';

/** Makes the field of a key. `words`, `path` and `ids` are what stands before it in the catalogue, in the API's own
 *  name of it, and in the page. */
export const fieldsOf = (value, set, error, { words, path = '', ids = '' }) => (key, { label = key, ...more } = {}) => html`<Text key=${key} id=${ids + key} name=${path + key} label=${t(`${words}.${label}`)} value=${value[key]} error=${error} onInput=${(text) => set({ [key]: text })} ...${more} />`;

/** Sets a key, or takes it out where there is nothing to set. */
export function put(into, key, value) {
  if (!value || (typeof value === 'object' && !Object.keys(value).length)) delete into[key];
  else into[key] = value;
}
/** An amount as the API reads it, and what of an object is filled in. */
export const amount = (text) => String(text).trim().replace(/\s/g, '').replace(',', '.');
export const filled = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== '' && v !== undefined && v !== null));

/** Goes to the first of these fields that there is, once it is drawn. */
export const focusOn = (...ids) => requestAnimationFrame(() => {
  const field = ids.map((id) => document.getElementById(id)).find(Boolean);
  if (field) field.focus();
});

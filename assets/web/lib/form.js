// What forms have in common whose fields are the keys of one object.

import { html, t } from './core.js';
import { Text } from './ui.js';

/** Makes the field of a key. `words`, `path` and `ids` are what stands before it in the catalogue, in the API's own
 *  name of it, and in the page. */
export const fieldsOf = (value, set, error, { words, path = '', ids = '' }) => (key, { label = key, ...more } = {}) => html`<${Text} key=${key} id=${ids + key} name=${path + key} label=${t(`${words}.${label}`)} value=${value[key]} error=${error} onInput=${(text) => set({ [key]: text })} ...${more} />`;

/** Goes to a field that is about to be drawn. */
export const focusOn = (id) => requestAnimationFrame(() => {
  const field = document.getElementById(id);
  if (field) field.focus();
});

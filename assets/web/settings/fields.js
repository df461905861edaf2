// Fields that are filled when a mail is made, and where they are put in.

import { html, t, has, useRef, useData } from '../lib/core.js';

/** Remembers in which text, and where in it, somebody was writing. */
export function useCaret() {
  const at = useRef({ key: '', field: null });
  return {
    at,
    of: (key) => ({ onFocus: (e) => { at.current = { key, field: e.target }; } }),
  };
}

/** What a field says, in the language of the screen. */
const saying = (p) => (has(`field.${p.name}`) ? t(`field.${p.name}`) : p.says);

/** A menu of the fields; the chosen one is put where the cursor was, and the cursor after it. */
export function InsertField({ id, caret, onInsert, usual = 'text' }) {
  const got = useData('/templates/placeholders');
  const put = (e) => {
    const name = e.target.value;
    e.target.value = '';
    if (!name) return;
    let { key, field } = caret.at.current;
    if (!field || !field.isConnected) {
      field = document.getElementById(usual);
      key = usual;
      if (!field) return;
      field.selectionStart = field.selectionEnd = field.value.length;
    }
    const word = `{{ ${name} }}`;
    const from = field.selectionStart;
    const text = field.value.slice(0, from) + word + field.value.slice(field.selectionEnd);
    onInsert(key, text);
    requestAnimationFrame(() => {
      field.focus();
      field.setSelectionRange(from + word.length, from + word.length);
    });
  };
  return html`<div class="field medium"><label for=${id}>${t('field.insert')}</label><select id=${id} onChange=${put}><option value="">${t('field.choose')}</option>${(got.data || []).map((p) => html`<option key=${p.name} value=${p.name}>${saying(p)}</option>`)}</select></div>`;
}

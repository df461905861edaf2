// Fields that are filled when a mail is made: where they are put in, and how the words look then.

import { html, t, has, useState, useEffect, useRef, useData, post } from './core.js';
import './inputs.js';

/** Remembers in which text, and where in it, somebody was writing. */
export function useCaret() {
  const at = useRef({ key: '', field: null });
  return { at, of: (key) => ({ onFocus: (e) => { at.current = { key, field: e.target }; } }) };
}

/** A template filled for a made-up customer as it is typed, and why it cannot be; `words` may be nothing. */
export function useSample(words, kind = 'invoice', language = 'en') {
  const [[sample, fault], setGot] = useState([null, '']);
  const body = JSON.stringify(words);
  useEffect(() => {
    if (!words) return setGot([null, '']);
    const stop = new AbortController();
    const timer = setTimeout(() => post(`/templates/check?kind=${kind}&language=${language}`, words, { signal: stop.signal })
      .then((found) => setGot([found, '']), (e) => e.name !== 'AbortError' && setGot(([last]) => [last, e.message])), sample ? 400 : 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body, kind]);
  return [sample, fault];
}

/** A menu of the fields; the chosen one is put where the cursor was, and the cursor after it. */
export function InsertField({ id, caret, onInsert }) {
  const names = useData('/templates/placeholders').data || [];
  const put = (name) => {
    let { key, field } = caret.at.current;
    if (!field || !field.isConnected) {
      key = 'text';
      field = document.getElementById(key);
      if (!field) return;
      field.selectionStart = field.selectionEnd = field.value.length;
    }
    const word = `{{ ${name} }}`;
    const from = field.selectionStart;
    onInsert(key, field.value.slice(0, from) + word + field.value.slice(field.selectionEnd));
    queueMicrotask(() => {
      field.focus();
      field.setSelectionRange(from + word.length, from + word.length);
    });
  };
  return html`<Choice id=${id} class="medium" label=${t('field.insert')} value="" onChange=${(name) => name && put(name)} options=${[['', t('field.choose')], ...names.map((p) => [p.name, has(`field.${p.name}`) ? t(`field.${p.name}`) : p.says])]} />`;
}

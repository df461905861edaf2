// Keys for those who work without a mouse, and the scanner, which is a keyboard that types too fast.

import { screen, state, change, go, queue, announce, t, enc, onScan, isGuarded } from './core.js';

const places = ['/outbox', '/mail/new', '/sent', '/docs', '/contacts', '/settings'];

function shortcut(event) {
  // Below a question, or the sign-in, nothing is done.
  if (screen.shortcuts === false || event.isComposing || document.querySelector('dialog[open]')) return false;
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
  const act = plain && {
    F1: () => go('/help'),
    F2: () => go('/mail/new'),
    F4: () => change({ menu: !state.menu }),
    F8: () => queue('flush').catch(() => {}),
  }[event.key];
  if (act) return act(), true;
  if (plain && event.key === 'F3') {
    const field = document.querySelector('input[type=search]');
    if (field) field.focus();
    return Boolean(field);
  }
  if (event.altKey && event.shiftKey && /^Digit[1-6]$/.test(event.code)) return go(places[Number(event.code.slice(5)) - 1]), true;
  const wanted = event.ctrlKey && !event.altKey ? { Enter: 'send', s: 'save', S: 'save' }[event.key] : event.key === 'F9' && plain ? 'preview' : '';
  if (wanted) {
    const button = document.querySelector(`[data-key="${wanted}"]`);
    if (button) {
      // What is typed in a field of recipients counts, as if one had gone to the button.
      const field = document.activeElement;
      if (field && field.closest('.people-field')) field.blur();
      setTimeout(() => button.click());
    }
    return Boolean(button) || wanted === 'save';
  }
  return false;
}

/** A code without what the scanner puts before and after each. */
export function bare(code) {
  const { prefix = '', suffix = '' } = screen;
  const rest = code.startsWith(prefix) ? code.slice(prefix.length) : code;
  return suffix && rest.endsWith(suffix) ? rest.slice(0, -suffix.length) : rest;
}

/** What a scan is for: 'take' fills the field (a serial number), 'people' takes an address; elsewhere it is looked up. */
function taken(code, before) {
  const field = before && before.field;
  const wants = field && field.dataset && field.dataset.scan;
  const person = /^mailto:|^[^\s@]+@[^\s@]+\.[^\s@]+$/i.test(code);
  if (wants !== 'take' && !(wants === 'people' && person)) return false;
  if (wants === 'take') fill(field, bare(code));
  else {
    fill(field, before.value);
    field.dispatchEvent(new CustomEvent('scan', { detail: bare(code).replace(/^mailto:/i, '').split('?')[0] }));
  }
  return true;
}
function fill(field, value) {
  const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set;
  set.call(field, value);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

/** Tells a scanner from a person: at least 6 keys no more than 50 ms apart, then Enter or Tab. */
export function scanDetector(found) {
  let text = '';
  let last = 0;
  let before = null;
  let lastCode = '';
  let lastAt = 0;
  return (event, now) => {
    const quick = now - last <= 50;
    last = now;
    if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (!quick || !text) {
        text = '';
        const field = event.target;
        before = field && 'value' in field && field.tagName !== 'BUTTON' ? { field, value: field.value } : null;
      }
      text += event.key;
      return false;
    }
    const code = text;
    const ends = (event.key === 'Enter' || event.key === 'Tab') && quick && code.length >= 6;
    if (event.key !== 'Shift') text = '';
    if (!ends) return false;
    if (code === lastCode && now - lastAt < 2000) return true;
    lastCode = code;
    lastAt = now;
    found(code, before);
    return true;
  };
}

/** Tells those who listen whether a scan was understood. */
export const heard = (known) => dispatchEvent(new CustomEvent('scanned', { detail: known }));

async function lookup(code, before) {
  if (taken(code, before)) return void heard(true);
  if (before && before.field.isConnected) fill(before.field, before.value);
  const text = bare(code);
  announce(t('scan.read', { code: text }));
  try {
    const exact = await (await import('./numbered.js')).numbered(text);
    heard(Boolean(exact));
    if (onScan.current) onScan.current({ code: text, ...(exact ? { kind: exact.kind, number: exact.number } : {}) });
    // What is being written is not left for a scan: its Enter would answer the question.
    else if (!isGuarded()) go(exact ? `/docs/${exact.kind}/${enc(exact.number)}` : `/docs?q=${enc(text)}`);
  } catch {
    heard(false);
    announce(t('lost.short'));
  }
}

export function startKeys() {
  const scanned = scanDetector(lookup);
  let silent = 0;
  let last = 0;
  addEventListener('keydown', (event) => {
    const now = performance.now();
    // Where a scanner is tried it is read; behind the sign-in nothing is looked up.
    if (!state.session || event.target.dataset && event.target.dataset.scan === 'self') return;
    if (screen.scanner && scanned(event, now)) {
      silent = now + 100;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    // A space inside a burst would press the focused button.
    if (screen.scanner && event.key === ' ' && now - last <= 50) silent = now + 100;
    if (event.key.length === 1) last = now;
    if (shortcut(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
  addEventListener('keyup', (event) => {
    if (performance.now() < silent && (event.key === ' ' || event.key === 'Enter')) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
}

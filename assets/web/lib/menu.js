// A menu of what can be done with one thing.

import { html, useLayoutEffect, useRef } from './core.js';

/** What can be done with one thing, by touch or by keys: pairs of a word and what it does; closed before it is done. */
export function Menu({ items, onClose, label }) {
  const list = useRef();
  // Before it is drawn: keys pressed at what one sees are its own.
  useLayoutEffect(() => {
    // The bar at the bottom is in sight; browsers would scroll to its place in the page.
    list.current.querySelector('button').focus({ preventScroll: !!list.current.closest('.bar') });
    // A press on the button that opened it is that button's to answer.
    const away = (e) => {
      if (!list.current || !(list.current.contains(e.target) || e.target.closest('[aria-haspopup=menu][aria-expanded=true]'))) onClose();
    };
    addEventListener('pointerdown', away, true);
    return () => removeEventListener('pointerdown', away, true);
  }, []);
  const keys = (e) => {
    const all = [...list.current.querySelectorAll('button')];
    const at = all.indexOf(document.activeElement);
    const last = all.length - 1;
    const to = { ArrowDown: at < last ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : last, Home: 0, End: last, PageUp: Math.max(at - 10, 0), PageDown: Math.min(at + 10, last) }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      all[to].focus();
    } else if (e.key === 'Escape' || e.key === 'Tab') {
      e.preventDefault();
      e.stopPropagation();
      onClose(true);
    }
  };
  return html`<ul class="offers menu" role="menu" aria-label=${label} ref=${list} onKeyDown=${keys}>${items.map(([word, act]) => html`<li role="none" key=${word}><button type="button" role="menuitem" onClick=${() => { onClose(true); act(); }}>${word}</button></li>`)}</ul>`;
}

// Suggestions from the address book under a field, by touch and by keys.

import { html, t, useState, useRef, get, enc, has, announce } from './core.js';

const MOST = 6;

/** The suggestions of the field `id`: `look` finds them, `keys` walks through them, `combobox` and `list` are what
 *  is drawn. `taken` has the addresses that are not offered again, `onTake` gets the chosen one. */
export function useOffers(id, { taken = [], onTake, phones }) {
  const [offers, setOffers] = useState([]);
  const [at, setAt] = useState(-1);
  const wanted = useRef('');
  const asking = useRef(false);
  const show = (found) => {
    setOffers(found);
    setAt(-1);
    if (found.length) announce(t('chips.offers', { n: found.length }));
  };
  // Asked at once, but never twice at a time: the keys pressed meanwhile are one question when the answer is here.
  const look = async (text) => {
    const q = text.trim();
    wanted.current = q.length < 2 ? '' : q;
    if (!wanted.current) setOffers([]);
    if (asking.current) return;
    asking.current = true;
    for (let asked = ''; asked !== wanted.current;) {
      asked = wanted.current;
      const found = asked ? await get(`/contacts/suggest?q=${enc(asked)}&limit=${MOST + taken.length}`).catch(() => []) : [];
      if (asked === wanted.current) show(found.filter((c) => !c.disabled && !taken.includes(c.address.toLowerCase())).slice(0, MOST));
    }
    asking.current = false;
  };
  const close = () => look('');
  const keys = (e) => {
    if (!offers.length || e.isComposing) return false;
    // -1 is the field itself, before the first offer and after the last.
    const places = offers.length + 1;
    const to = { ArrowDown: ((at + 2) % places) - 1, ArrowUp: ((at + places) % places) - 1, PageDown: places - 2, PageUp: 0 }[e.key];
    if (to !== undefined) setAt(to);
    else if ((e.key === 'Enter' && !e.ctrlKey || e.key === 'Tab' && !e.shiftKey) && offers[at]) onTake(offers[at]);
    else if (e.key === 'Escape') {
      e.stopPropagation();
      close();
    } else return false;
    e.preventDefault();
    return true;
  };
  return {
    look,
    close,
    keys,
    combobox: { role: 'combobox', 'aria-expanded': offers.length ? 'true' : 'false', 'aria-controls': offers.length ? `${id}-offers` : undefined, 'aria-autocomplete': 'list', 'aria-activedescendant': at >= 0 ? `${id}-offer-${at}` : undefined },
    list: offers.length > 0 && html`<ul class="offers" role="listbox" id="${id}-offers" aria-label=${t('chips.list')}>${offers.map((o, i) => html`<li key=${o.address} id="${id}-offer-${i}" role="option" aria-selected=${i === at ? 'true' : 'false'} onMouseDown=${(e) => e.preventDefault()} onClick=${() => onTake(o)}><span>${o.name || o.company || o.address}${o.name && o.company && html` <span class="muted">${o.company}</span>`}</span>
      ${(o.name || o.company) && html`<span class="muted">${o.address}${phones && o.phone ? ` · ${o.phone}` : ''}</span>`}${has(`chips.from.${o.source}`) && html`<small class="muted">${t(`chips.from.${o.source}`)}</small>`}</li>`)}</ul>`,
  };
}

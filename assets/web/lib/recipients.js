// The field for recipients: chips, suggestions from the address book, and marks on what needs a look.

import { html, t, useState, useEffect, useRef, post, announce } from './core.js';
import { Menu } from './menu.js';
import { useOffers } from './offers.js';

/** "Name <a@b>" in its parts; lists are split at commas, semicolons, tabs and lines outside quotes. */
export const splitList = (text) => (text.match(/("[^"]*"|<[^>]*>|[^,;\t\n\r])+/g) || []).map((p) => p.trim()).filter(Boolean);
export function addressOf(text) {
  const match = text.match(/<([^<>]*)>\s*$/);
  return (match ? match[1] : text).trim().replace(/^mailto:/i, '');
}
export function nameOf(text) {
  const match = text.match(/^(.*)<[^<>]*>\s*$/);
  return match ? match[1].trim().replace(/^"(.*)"$/, '$1') : '';
}
export const looksRight = (address) => /^[^\s@<>",;]+@[^\s@<>",;.]+(\.[^\s@<>",;.]+)+$/.test(address);

/** What the address book and the rules for addresses say of each, by address; asked once. */
function useLooked(value) {
  const [looked, setLooked] = useState({});
  const fresh = value.map(addressOf).filter((a) => looksRight(a) && looked[a.toLowerCase()] === undefined);
  useEffect(() => {
    if (!fresh.length) return;
    const of = (list, key) => list.find((one) => one.address.toLowerCase() === key) || null;
    post('/recipients/check', { text: fresh.join(', ') }).then((list) => setLooked((now) => ({ ...now, ...Object.fromEntries(fresh.map((a) => [a.toLowerCase(), of(list, a.toLowerCase())])) })), () => {});
  }, [fresh.join('\n')]);
  return [looked, (address) => setLooked((now) => ({ ...now, [address.toLowerCase()]: undefined }))];
}

/** A field of recipients. `value` is a list of texts as the API takes them; `copy` is the shop's own blind copy,
 *  `moves` are the other fields one can be moved to. */
export function Recipients({ id, label, value, onChange, error, copy, moves = [], onBlock }) {
  const [text, setText] = useState('');
  const [open, show] = useState(-1);
  // Known at once, before it is drawn.
  const opened = useRef(-1);
  const setOpen = (i) => {
    opened.current = i;
    show(i);
  };
  const [looked, forget] = useLooked(value);
  const input = useRef();
  const list = useRef();
  const chips = () => [...list.current.querySelectorAll('button.x')];
  const wrong = error && error.field && (error.field.includes(`${id}[`) || error.field.split('.').pop() === id);

  const type = (next) => {
    setText(next);
    offers.look(next);
  };
  const add = (texts) => {
    const next = [...value];
    let twice = false;
    for (const one of texts) {
      if (next.some((v) => addressOf(v).toLowerCase() === addressOf(one).toLowerCase())) twice = true;
      else next.push(one.replace(/^mailto:/i, ''));
    }
    type('');
    if (next.length !== value.length) {
      onChange(next);
      announce(t('chips.added', { who: nameOf(texts[0]) || addressOf(texts[0]), n: next.length }));
    } else if (twice) announce(t('chips.twice'));
  };
  const take = (offer) => add([offer.name ? `${/[,;<>@"]/.test(offer.name) ? `"${offer.name.replace(/["\\]/g, '')}"` : offer.name} <${offer.address}>` : offer.address]);
  const offers = useOffers(id, { taken: value.map((v) => addressOf(v).toLowerCase()), onTake: take });
  // Whoever leaves the field is done with it; what cannot be an address stays in it, to be seen.
  const leave = () => {
    offers.close();
    const parts = splitList(text);
    if (parts.length && parts.every((one) => looksRight(addressOf(one)))) add(parts);
  };
  const drop = (i, focus) => {
    announce(t('chips.removed', { who: addressOf(value[i]) }));
    onChange(value.filter((_, j) => j !== i));
    requestAnimationFrame(() => {
      if (!input.current) return;
      const left = chips();
      (focus === 'chip' && (left[i] || left[i - 1]) || input.current).focus();
    });
  };
  const edit = (i) => {
    type(value[i]);
    setOpen(-1);
    onChange(value.filter((_, j) => j !== i));
    input.current.focus();
  };
  const keys = (e) => {
    if (e.isComposing || offers.keys(e)) return;
    const comma = (e.key === ',' || e.key === ';') && text.trim() && !/"[^"]*$/.test(text);
    if (comma || (e.key === 'Enter' && !e.ctrlKey) || (e.key === 'Tab' && !e.shiftKey && looksRight(addressOf(text)))) {
      e.preventDefault();
      if (text.trim()) add(splitList(text));
    } else if (e.key === 'Backspace' && !text && value.length) {
      e.preventDefault();
      if (!e.repeat) chips()[value.length - 1].focus();
    } else if (e.key === 'ArrowLeft' && !text && value.length) chips()[value.length - 1].focus();
  };
  const chipKeys = (e, i) => {
    const all = chips();
    if (e.key === 'Backspace' || e.key === 'Delete') {
      e.preventDefault();
      if (!e.repeat) drop(i, 'chip');
    } else if (e.key === 'Escape' && opened.current === i) {
      // The menu has not taken the focus yet.
      e.preventDefault();
      e.stopPropagation();
      setOpen(-1);
    } else if (e.key === 'ArrowLeft' && i > 0) all[i - 1].focus();
    else if (e.key === 'ArrowRight') (all[i + 1] || input.current).focus();
    else if (e.key === 'Home') all[0].focus();
    else if (e.key === 'End') input.current.focus();
    else if (e.key === 'F2') edit(i);
    else if (e.key === 'ContextMenu' || e.key === 'ArrowDown' || (e.key === 'F10' && e.shiftKey)) {
      e.preventDefault();
      setOpen(i);
    }
  };
  const closeMenu = (back) => {
    const chip = list.current && chips()[open];
    setOpen(-1);
    if (back && chip) chip.focus();
  };
  const mark = (one) => {
    const address = addressOf(one);
    if (!looksRight(address)) return ['malformed', t('chips.malformed')];
    const entry = looked[address.toLowerCase()];
    if (!entry) return ['', ''];
    if (entry.disabled !== null) return ['disabled', t('chips.disabled')];
    if (entry.meant) return ['slip', t('chips.meant', { address: entry.meant }), entry.meant];
    if (entry.refusal) return ['slip', t('chips.refused')];
    return entry.known ? ['', ''] : ['new', ''];
  };
  const items = (i) => {
    const address = addressOf(value[i]);
    return [
      [t('chips.edit'), () => edit(i)],
      ...moves.map(([key, word, move]) => [t('chips.move', { where: word }), () => { setOpen(-1); onChange(value.filter((_, j) => j !== i)); move(value[i]); }]),
      [t('chips.take'), () => { setOpen(-1); drop(i, 'input'); }],
      ...(onBlock && looksRight(address) ? [[t('chips.block'), async () => { setOpen(-1); await onBlock(address); forget(address); }]] : []),
    ];
  };
  return html`<div class="field ${wrong ? 'wrong' : ''}"><label for=${id}>${label}</label>${wrong && html`<p class="fault" id="${id}-fault"><span class="hidden">${t('error.prefix')} </span>${error.message}</p>`}
    <div class="people-field" onClick=${(e) => { if (e.target === e.currentTarget || e.target.tagName === 'UL') input.current.focus(); }}>
      <ul class="got" ref=${list}>${copy && html`<li class="fixed" key="copy"><span>${t('chips.you')} <span class="address">${copy.who}</span></span><button type="button" aria-label=${t('compose.without', { name: t('chips.you') })} onClick=${copy.onDrop}>×</button></li>`}${value.map((one, i) => {
        const [kind, note, better] = mark(one);
        const address = addressOf(one);
        const entry = looked[address.toLowerCase()];
        const name = nameOf(one) || (entry && entry.name) || '';
        return html`<li key=${one} class=${kind}><button type="button" class="name" tabindex="-1" aria-haspopup="menu" aria-expanded=${open === i ? 'true' : 'false'} onClick=${() => setOpen(open === i ? -1 : i)}>${kind && kind !== 'new' && html`<Icon name="warn" />`}<span>${name ? html`${name} <span class="address">${address}</span>` : one}${note && html`<span class="why">${note}</span>`}</span></button>
          ${better && html`<button type="button" class="change" onClick=${() => onChange(value.map((v, j) => (j === i ? better : v)))}>${t('change')}</button>`}
          <button type="button" class="x" aria-label=${t('chips.remove', { who: name ? `${name}, ${address}` : one, i: i + 1, n: value.length })} onKeyDown=${(e) => chipKeys(e, i)} onClick=${() => drop(i, 'input')}>×</button></li>`;
      })}<li class="typed" key="typed"><input id=${id} ref=${input} ...${offers.combobox}
        aria-invalid=${wrong ? 'true' : undefined} aria-describedby=${wrong ? `${id}-fault` : undefined} inputmode="email" enterkeyhint="next" autocapitalize="off" spellcheck="false" autocomplete="off" data-scan="people" value=${text} onInput=${(e) => type(e.target.value)} onscan=${(e) => add([e.detail])} onKeyDown=${keys}
        onPaste=${(e) => { const pasted = e.clipboardData.getData('text'); const parts = splitList(pasted); if (parts.length > 1 || (parts.length === 1 && looksRight(addressOf(parts[0])))) { e.preventDefault(); add([...splitList(text), ...parts]); } }}
        onBlur=${leave} /></li></ul>
      ${offers.list}
      ${open >= 0 && value[open] !== undefined && html`<${Menu} key=${open} items=${items(open)} onClose=${closeMenu} />`}
    </div></div>`;
}

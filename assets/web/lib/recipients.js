// The field for recipients: chips, suggestions from the address book, and marks on what needs a look.

import { html, t, useState, useEffect, useRef, useApp, post, remove, enc, poll, announce, isOwner } from './core.js';
import { isAt } from './inputs.js';
import { Menu } from './menu.js';
import { useOffers } from './offers.js';

/** "Name <a@b>" in its parts; lists are split at commas, semicolons, tabs and lines outside quotes. */
export const splitList = (text) => (text.match(/("[^"]*"|<[^>]*>|[^,;\t\n\r])+/g) || []).map((p) => p.trim()).filter(Boolean);
const parted = (text) => text.match(/^(.*)<([^<>]*)>\s*$/) || ['', '', text];
export const addressOf = (text) => parted(text)[2].trim().replace(/^mailto:/i, '');
export const nameOf = (text) => parted(text)[1].trim().replace(/^"(.*)"$/, '$1');
export const looksRight = (address) => /^[^\s@<>",;]+@[^\s@<>",;.]+(\.[^\s@<>",;.]+)+$/.test(address);

/** How an address is compared. */
const keyOf = (text) => addressOf(text).toLowerCase();

/** What the address book and the rules for addresses say of each, by address; asked again when these change. */
function useLooked(value) {
  const [looked, setLooked] = useState({});
  const { status } = useApp();
  const text = value.map(addressOf).filter(looksRight).join(', ');
  useEffect(() => {
    if (text) post('/recipients/check', { text }).then((list) => setLooked((now) => ({ ...now, ...Object.fromEntries(list.map((one) => [keyOf(one.address), one])) })), () => {});
  }, [text, status && status.revisions.contacts]);
  return looked;
}

/** A field of recipients. `value` is a list of texts as the API takes them; `copy` is the shop's own blind copy,
 *  `moves` are the other fields one can be moved to. With `rules` the owner blocks addresses here and enables
 *  them again: what to do when that is done, and when it was refused. */
export function Recipients({ id, label, value, onChange, error, copy, moves = [], rules }) {
  const [text, setText] = useState('');
  const [open, show] = useState(-1);
  // Known at once, before it is drawn.
  const opened = useRef(-1);
  const setOpen = (i) => {
    opened.current = i;
    show(i);
  };
  const looked = useLooked(value);
  const input = useRef();
  const list = useRef();
  const chips = () => [...list.current.querySelectorAll('button.x')];
  const wrong = isAt(error, id);

  const type = (next) => {
    setText(next);
    offers.look(next);
  };
  const add = (texts) => {
    const next = [...value];
    let twice = false;
    for (const one of texts) {
      if (next.some((v) => keyOf(v) === keyOf(one))) twice = true;
      else next.push(one.replace(/^mailto:/i, ''));
    }
    type('');
    if (next.length !== value.length) {
      onChange(next);
      announce(t('chips.added', { who: nameOf(texts[0]) || addressOf(texts[0]), n: next.length }));
    } else if (twice) announce(t('chips.twice'));
  };
  const take = (offer) => add([offer.name ? `${/[,;<>@"]/.test(offer.name) ? `"${offer.name.replace(/["\\]/g, '')}"` : offer.name} <${offer.address}>` : offer.address]);
  const offers = useOffers(id, { taken: value.map(keyOf), onTake: take });
  // Whoever leaves the field is done with it; what cannot be an address stays in it, to be seen.
  const leave = () => {
    offers.close();
    const parts = splitList(text);
    if (parts.length && parts.every((one) => looksRight(addressOf(one)))) add(parts);
  };
  const without = (i) => onChange(value.filter((_, j) => j !== i));
  const drop = (i, focus) => {
    announce(t('chips.removed', { who: addressOf(value[i]) }));
    without(i);
    queueMicrotask(() => {
      if (!input.current) return;
      const left = chips();
      (focus === 'chip' && (left[i] || left[i - 1]) || input.current).focus();
    });
  };
  const edit = (i) => {
    type(value[i]);
    without(i);
    input.current.focus();
  };
  const keys = (e) => {
    if (e.isComposing || offers.keys(e)) return;
    const comma = (e.key === ',' || e.key === ';') && text.trim() && !/"[^"]*$/.test(text);
    if (comma || (e.key === 'Enter' && !e.ctrlKey) || (e.key === 'Tab' && !e.shiftKey && looksRight(addressOf(text)))) {
      e.preventDefault();
      if (text.trim()) add(splitList(text));
    } else if ((e.key === 'Backspace' || e.key === 'ArrowLeft') && !text && value.length) {
      e.preventDefault();
      if (!e.repeat) chips()[value.length - 1].focus();
    }
  };
  const chipKeys = (e, i) => {
    const all = chips();
    const to = { ArrowLeft: all[i - 1], ArrowRight: all[i + 1] || input.current, Home: all[0], End: input.current }[e.key];
    if (e.key === 'Backspace' || e.key === 'Delete') {
      e.preventDefault();
      if (!e.repeat) drop(i, 'chip');
    } else if (e.key === 'Escape' && opened.current === i) {
      // The menu has not taken the focus yet.
      e.preventDefault();
      e.stopPropagation();
      setOpen(-1);
    } else if (to) to.focus();
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
  const may = rules && isOwner();
  const rule = (work, said) => work.then(() => {
    announce(said);
    // What is known of the recipients is asked again when the list of disabled addresses has moved.
    poll();
    rules.done();
  }, rules.refused);
  /** What stands out of a recipient, its reason, and what puts it right: a word and what it does. */
  const mark = (one, i) => {
    const entry = looked[keyOf(one)];
    if (!looksRight(addressOf(one))) return ['malformed', t('chips.malformed')];
    if (!entry) return [''];
    const { disabled_as: listed, meant, refusal, known } = entry;
    if (listed) {
      const { pattern, reason } = listed;
      const word = pattern.startsWith('@') ? t('contacts.enable.who', { who: pattern }) : t('contacts.enable');
      return ['disabled', t(reason ? 'chips.disabled.why' : 'chips.disabled', { reason }), may && [word, () => rule(remove(`/disabled/${enc(pattern)}`), t('contacts.enabled'))]];
    }
    if (meant) return ['slip', t('chips.meant', { address: meant }), [t('change'), () => onChange(value.map((v, j) => (j === i ? meant : v)))]];
    return refusal ? ['slip', t('chips.refused')] : [known ? '' : 'new'];
  };
  const items = (i) => {
    const who = addressOf(value[i]);
    return [
      [t('chips.edit'), () => edit(i)],
      ...moves.map(([where, move]) => [t('chips.move', { where }), () => { without(i); move(value[i]); }]),
      [t('chips.take'), () => drop(i, 'input')],
      ...(may && looksRight(who) ? [[t('chips.block'), () => rule(post('/disabled', { pattern: who, reason: '' }), t('chips.blocked', { who }))]] : []),
    ].map(([word, act]) => [word, () => { closeMenu(true); act(); }]);
  };
  return html`<Field ...${{ label, id, error }}><div class="people-field" onClick=${(e) => { if (e.target === e.currentTarget || e.target.tagName === 'UL') input.current.focus(); }}>
      <ul class="got" ref=${list}>${copy && html`<li class="fixed" key="copy"><span>${t('chips.you')} <span class="address">${copy.who}</span></span><button type="button" aria-label=${t('compose.without', { name: t('chips.you') })} onClick=${copy.onDrop}>×</button></li>`}${value.map((one, i) => {
        const [kind, note, mend] = mark(one, i);
        const address = addressOf(one);
        const name = nameOf(one) || (looked[keyOf(one)] || {}).name || '';
        return html`<li key=${one} class=${kind}><button type="button" class="name" tabindex="-1" aria-haspopup="menu" aria-expanded=${open === i ? 'true' : 'false'} onClick=${() => setOpen(open === i ? -1 : i)}>${kind && kind !== 'new' && html`<Icon name="warn" />`}<span>${name ? html`${name} <span class="address">${address}</span>` : one}${note && html`<span class="why">${note}</span>`}</span></button>
          ${mend && html`<button type="button" class="change" onClick=${() => { mend[1](); chips()[i].focus(); }}>${mend[0]}</button>`}
          <button type="button" class=${kind === 'disabled' ? 'x change' : 'x'} aria-label=${t('chips.remove', { who: name ? `${name}, ${address}` : one, i: i + 1, n: value.length })} onKeyDown=${(e) => chipKeys(e, i)} onClick=${() => drop(i, 'input')}>${kind === 'disabled' ? t('chips.take') : '×'}</button></li>`;
      })}<li class="typed" key="typed"><input id=${id} ref=${input} ...${offers.combobox}
        aria-invalid=${wrong ? 'true' : undefined} aria-describedby=${wrong ? `${id}-fault` : undefined} inputmode="email" enterkeyhint="next" autocapitalize="off" spellcheck="false" autocomplete="off" data-scan="people" value=${text} onInput=${(e) => type(e.target.value)} onscan=${(e) => add([e.detail])} onKeyDown=${keys}
        onPaste=${(e) => { const pasted = e.clipboardData.getData('text'); const parts = splitList(pasted); if (parts.length > 1 || (parts.length === 1 && looksRight(addressOf(parts[0])))) { e.preventDefault(); add([...splitList(text), ...parts]); } }}
        onBlur=${leave} /></li></ul>
      ${offers.list}
      ${open >= 0 && value[open] !== undefined && html`<${Menu} key=${open} items=${items(open)} onClose=${closeMenu} />`}
    </div><//>`;
}

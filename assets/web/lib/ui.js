// The parts of which the screens are made.

import { html, tags, t, useState, useEffect, useLayoutEffect, useRef, part, whenParts, has, announce } from './core.js';

/** Drawings for states and buttons; always beside a word. */
const paths = {
  ok: 'M4 12l5 5L20 6', wait: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l4 2', warn: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  send: 'M4 12h14M13 6l6 6-6 6', hold: 'M8 5v14M16 5v14', stop: 'M6 6l12 12M18 6L6 18', cloud: 'M7 18a4 4 0 010-8 6 6 0 0111 2 3 3 0 010 6zM4 4l16 16',
  doubt: 'M12 3a9 9 0 100 18 9 9 0 000-18zM9.5 9.5a2.5 2.5 0 113.5 2.3c-.7.4-1 .8-1 1.7M12 16.5v.5', mail: 'M3 6h18v12H3zM3 6l9 7 9-7', pen: 'M4 20l4-1L19 8l-3-3L5 16z', doc: 'M6 3h8l4 4v14H6zM14 3v4h4',
  book: 'M5 4h12a2 2 0 012 2v14H7a2 2 0 01-2-2zM9 9h6M9 13h6', gear: 'M12 9a3 3 0 100 6 3 3 0 000-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1',
  clip: 'M8 12l6-6a3 3 0 014 4l-8 8a5 5 0 01-7-7l7-7', box: 'M3 13h5l1 3h6l1-3h5M5 5h14l2 8v6H3v-6z', off: 'M6 12h12', print: 'M7 9V3h10v6M7 17H4v-7h16v7h-3M7 14h10v7H7z', camera: 'M4 8h4l2-3h4l2 3h4v11H4zM12 10a3.5 3.5 0 100 7 3.5 3.5 0 000-7z', sign: 'M4 17c3-8 6-8 5-3s1 4 3 1 2 2 4 1 2-2 4-1M4 21h16',
};
paths.help = paths.doubt;
export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${paths[name] || paths.doc} /></svg>`;

const looks = {
  sent: ['ok', 'ok'], accepted: ['ok', 'ok'], waiting: ['wait', 'plain'], offered: ['send', 'act'], sending: ['send', 'act'], held: ['hold', 'plain'],
  partly_sent: ['warn', 'warn'], failed: ['stop', 'bad'], refused: ['stop', 'bad'], uncertain: ['doubt', 'warn'], deferred: ['wait', 'warn'],
  cancelled: ['off', 'plain'], expired: ['stop', 'bad'], abandoned: ['off', 'plain'], draft: ['pen', 'plain'], none: ['off', 'plain'],
};
/** A state as drawing, word and colour. */
export const State = ({ of, word }) => {
  const [icon, tone] = looks[of] || ['wait', 'plain'];
  return html`<span class="state ${tone}"><Icon name=${icon} /><span>${word || t(`state.${of}`)}</span></span>`;
};

export const Button = ({ kind = '', busy, children, icon, class: extra = '', ...rest }) => html`<button type="button" class="button ${kind} ${extra}" aria-disabled=${busy ? 'true' : undefined} ...${rest}
  onClick=${(e) => { if (!busy && rest.onClick) rest.onClick(e); }}>${icon && html`<Icon name=${icon} />`}${children}</button>`;
export const Link = ({ kind = '', icon, children, ...rest }) => html`<a class="button ${kind}" ...${rest}>${icon && html`<Icon name=${icon} />`}${children}</a>`;

/** A title that takes the focus when one comes to the screen; `beside` for what stands beside another. */
export function Title({ children, name, note, beside }) {
  const at = useRef();
  useLayoutEffect(() => {
    const { title: before, activeElement: now } = document;
    if (!now || now === document.body || now.closest('nav, a, button')) {
      at.current.focus({ preventScroll: true });
      if (!beside) scrollTo(0, 0);
    }
    return beside && (() => { document.title = before; });
  }, []);
  useEffect(() => {
    document.title = `${name || children} – Tillpost`;
  }, [name, children]);
  return html`<div class="title">${beside ? html`<h2 id="chosen" tabindex="-1" ref=${at}>${children}</h2>` : html`<h1 tabindex="-1" ref=${at}>${children}</h1>`}${note && html`<span class="muted">${note}</span>`}</div>`;
}

/** One thing that a person should know, with the one thing to do. */
export const Banner = ({ tone = 'info', title, children, actions, role }) => html`<section class="banner ${tone}" role=${role || (tone === 'bad' ? 'alert' : undefined)}>
  <Icon name=${{ bad: 'warn', warn: 'warn', ok: 'ok' }[tone] || 'help'} /><div><strong>${title}</strong>${children && html`<div>${children}</div>`}${actions && html`<div class="actions">${actions}</div>`}</div></section>`;

/** Said where Tillpost itself is at fault. */
export const Fault = part('fault', 'Fault');

/** Why something was refused: a summary that leads to the field. */
export function Problems({ error, fields }) {
  const at = useRef();
  const [id, setId] = useState('');
  useLayoutEffect(() => {
    if (!error || !at.current) return undefined;
    setId(fieldId(error.field, at.current, fields));
    const before = document.title;
    at.current.focus();
    document.title = `${t('error.prefix')} ${before}`;
    return () => {
      if (document.title.endsWith(before)) document.title = before;
    };
  }, [error]);
  // That nothing can be saved the bar above the screen says.
  if (!error || error.status === 507) return null;
  if (error.status === 500) return html`<Fault error=${error} />`;
  return html`<section class="banner bad" role="alert" tabindex="-1" ref=${at}><Icon name="warn" /><div>
    <strong>${t('error.title')}</strong>
    <div>${id ? html`<a href="#${id}" onClick=${(e) => { e.preventDefault(); unfold(id); }}>${error.message}</a>` : error.message}</div></div></section>`;
}
/** Goes to a field, also to one that is folded away. */
export function unfold(id) {
  const field = document.getElementById(id);
  if (!field) return;
  for (let fold = field.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
  field.focus();
}
/** The id of the field that a path of the API means: the one that carries it in `data-at`, or a part of it, on the
 *  page or in the question that is asked. `fields` has ids by paths where fields are called something else. */
function fieldId(path, from, fields = {}) {
  if (!path) return '';
  const place = from.closest('dialog') || document;
  const bare = path.replace(/\[\d+\]/g, '');
  for (const key of [path, bare, bare.split('.').pop(), bare.split('.')[0]]) {
    const at = (match, more = '') => `[data-at${match}"${CSS.escape(key)}${more}"]`;
    const found = fields[key] ? { id: fields[key] } : place.querySelector([at('='), at('^=', '.'), at('^=', '['), `#${CSS.escape(key)}`].join());
    if (found) return found.id;
  }
  // One that is made of several says so itself.
  const wrong = place.querySelector('.field.wrong > label');
  return wrong ? wrong.htmlFor : '';
}
/** Loading is silent for 0.3 s, then a word, then an offer. */
export function Loading({ again }) {
  const [since, setSince] = useState(0);
  useEffect(() => {
    const timers = [setTimeout(() => setSince(1), 300), setTimeout(() => setSince(2), 10000)];
    return () => timers.forEach(clearTimeout);
  }, []);
  if (!since) return html`<div class="loading"></div>`;
  return html`<div class="loading" role="status"><p>${since === 1 ? t('loading') : t('loading.long')}</p>${since === 2 && again && html`<Button onClick=${again}>${t('try.again')}<//>`}</div>`;
}
export const Empty = ({ title, children, actions }) => html`<div class="empty"><p class="big">${title}</p>${children && html`<p class="muted">${children}</p>`}${actions && html`<div class="actions">${actions}</div>`}</div>`;

/** What a fetch came to: what there is, the word for an empty list, or why there is none. */
export function Got({ from, children, empty, title }) {
  if (from.error && !from.data) {
    if (from.error.key === 'lost') return html`<Loading again=${from.again} />`;
    if (from.error.status === 500) return html`<Fault ...${from} />`;
    return html`${title && html`<Title>${title}<//>`}<Banner tone="bad" title=${from.error.status === 404 ? t('notfound.title') : t('error.shown')} actions=${html`<Button onClick=${from.again}>${t('try.again')}<//>`}>${from.error.message}<//>`;
  }
  if (!from.data) return html`<Loading again=${from.again} />`;
  if (empty && !(from.data.items || from.data).length) return empty;
  return children(from.data);
}

/** A time that stays right on a screen that is open all day. */
export function When({ at }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), 30000);
    return () => clearInterval(timer);
  }, []);
  const [first, second] = whenParts(at);
  return html`<time datetime=${at}><span>${first}</span> <span class="ago">${second}</span></time>`;
}
export const titleOf = (mail) => mail.subject || t('mail.nosubject');
export const isFinished = (mail) => ['sent', 'partly_sent', 'failed', 'cancelled', 'expired'].includes(mail.state);
/** How far sending has come. */
export const sendingWords = ({ done, of }) => t('status.sending', { i: Math.min(done + 1, of), n: of });
/** Seconds until a point in time, each second. */
export function useCountdown(at) {
  const left = () => Math.max(0, Math.ceil((new Date(at) - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 250);
    return () => clearInterval(timer);
  }, [at]);
  return seconds;
}

/** A question with a consequence; the harmless answer has the focus. */
export function Ask({ title, children, yes, no, onYes, onNo, danger, wide, busy }) {
  const at = useRef();
  useLayoutEffect(() => {
    const before = document.activeElement;
    at.current.showModal();
    // Where something is to be written the hand is there already.
    const field = at.current.querySelector('input, textarea, select');
    if (field) field.focus();
    return () => before && before.isConnected && before.focus();
  }, []);
  return html`<dialog class=${wide ? 'wide' : ''} ref=${at} aria-labelledby="ask-title" onCancel=${(e) => { e.preventDefault(); onNo(); }}><h2 id="ask-title">${title}</h2><div>${children}</div>
    <div class="actions"><Button autofocus onClick=${onNo}>${no || t('cancel')}<//>${yes && html`<Button kind=${danger ? 'danger' : 'main'} busy=${busy} onClick=${onYes}>${yes}<//>`}</div></dialog>`;
}

/** A search that asks 250 ms after the last key. */
export function Search({ value, onSearch, label }) {
  const [text, setText] = useState(value || '');
  const timer = useRef(0);
  const said = useRef(value || '');
  // What this field asked for itself comes back later than what is typed since.
  useEffect(() => {
    if ((value || '') !== said.current) setText(said.current = value || '');
  }, [value]);
  const say = (next) => {
    clearTimeout(timer.current);
    onSearch(said.current = next.trim());
  };
  // Who has gone on to another screen is not called back by the search.
  useEffect(() => () => clearTimeout(timer.current), []);
  const later = (next) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => say(next), 250);
  };
  return html`<div class="search"><label class="hidden" for="search">${label || t('search')}</label>
    <input id="search" type="search" placeholder=${label || t('search')} value=${text} autocomplete="off" spellcheck="false" onInput=${(e) => later(e.target.value)}
      onKeyDown=${(e) => { if (e.key === 'Enter') { e.preventDefault(); say(text); } }} /></div>`;
}
export const Chips = ({ label, value, options, onChange }) => html`<div class="chips" role="group" aria-label=${label}>${options.map(([v, word, n]) => html`<button type="button" key=${v} class="chip" aria-pressed=${v === value} onClick=${() => onChange(v)}>${word}${n ? html` <span class="count">${n}</span>` : ''}</button>`)}</div>`;

/** A button behind which more can be done; `load` gives the items of its menu. */
export function More({ label, word, load }) {
  const [open, setOpen] = useState(null);
  const button = useRef();
  // What cannot be asked for now is no menu; the line above says why.
  const toggle = () => (open ? setOpen(null) : Promise.all([load(), import('./menu.js')]).then(([items, { Menu }]) => setOpen({ items, Menu }), () => {}));
  const close = (back) => {
    setOpen(null);
    if (back && button.current) button.current.focus({ preventScroll: true });
  };
  return html`<span class="drop"><button type="button" class="button ${word ? 'down' : 'quiet'}" ref=${button} aria-haspopup="menu" aria-expanded=${!!open} aria-label=${label} onClick=${toggle}>${word || '⋯'}</button>${open && html`<${open.Menu} items=${open.items} onClose=${close} />`}</span>`;
}

/** What had the focus last, also when it is gone. */
let focused = null;
document.addEventListener('focusin', (e) => { focused = e.target; });

/** Whoever stood in a row of this list that is gone goes on in the one that takes its place, or at the title. */
export function useRowFocus(list) {
  // Asked while the page still shows what it did.
  const at = list.current ? [...list.current.children].findIndex((row) => row.contains(document.activeElement)) : -1;
  const on = (row) => {
    const to = row ? row.querySelector('a, button') : document.querySelector('h1');
    if (to && document.activeElement === document.body) to.focus();
  };
  useLayoutEffect(() => {
    if (at >= 0) on(list.current.children[Math.min(at, list.current.children.length - 1)]);
  });
  useEffect(() => {
    const { current: rows } = list;
    return () => rows.contains(focused) && on();
  }, []);
}

/** Does something that may be refused: keeps whether it runs and why it was refused. Meanwhile nothing else is begun,
 *  or, of what stands by itself, in its turn; the same not twice. */
export function useDoing() {
  const [busy, setBusy] = useState('');
  const [error, setError] = useState(null);
  const [done, setDone] = useState('');
  const alive = useRef(true);
  const names = useRef(new Set()).current;
  const last = useRef(null);
  useEffect(() => () => { alive.current = false; }, []);
  const perform = async (name, work) => {
    setBusy(name);
    setDone('');
    // Of what is under way nothing is done yet: "Saved." is of the one before.
    announce('');
    try {
      const result = await work();
      if (alive.current) setDone(name);
      return result;
    } catch (e) {
      if (e.name === 'AbortError') return undefined;
      if (alive.current) setError(e.field === undefined ? Object.assign(e, { field: '' }) : e);
      return undefined;
    } finally {
      names.delete(name);
      if (alive.current && !names.size) setBusy('');
    }
  };
  const run = (name, work, inTurn) => {
    if (names.has(name) || (names.size && !inTurn)) return Promise.resolve();
    const free = !names.size;
    names.add(name);
    // Of what is done in its turn, why the one before was refused stays to be read.
    if (free) setError(null);
    return (last.current = free ? perform(name, work) : last.current.then(() => perform(name, work)));
  };
  return { busy, error, done, run, setError };
}
export const Saved = ({ shown }) => html`<span role="status" class="saved">${shown ? html`<Icon name="ok" /> ${t('saved')}` : ''}</span>`;
export const why = (reason) => (reason && has(`reason.${reason}`) ? t(`reason.${reason}`) : '');

Object.assign(tags, { Icon, State, Button, Link, Title, Banner, Fault, Problems, Loading, Empty, Got, When, Ask, Search, Chips, More, Saved });

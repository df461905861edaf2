// What every screen stands on: the API, the words, the state of the program, the addresses.

import { h, render, Fragment } from '../vendor/preact.js';
import { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useErrorBoundary } from '../vendor/hooks.js';
import htm from '../vendor/htm.js';

/** The parts of all screens, by the names they have as tags: `<Button>` is the one of ui.js. */
export const tags = {};
export const html = htm.bind((tag, ...rest) => h(tags[tag] || tag, ...rest));
export { h, render, Fragment, useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useErrorBoundary };

// ---- state that outlives a screen ----

export const watchers = new Set();
export const state = {
  session: undefined, // undefined: not asked yet; null: nobody is signed in
  status: null,
  lost: null, // { since, retryAt } while Tillpost does not answer
  full: null, // why nothing can be saved, while the data file takes nothing
  asOf: 0, // when Tillpost answered last
  outdated: false, // the program was updated under this page
  leaving: null, // the mail that can still be taken back
  menu: false, // whether the menu of new documents is open
  live: true, // whether lists follow what happens
  path: location.pathname + location.search,
  visit: 0, // counts the screens gone to: the same address anew is begun anew
};

export function change(part) {
  Object.assign(state, part);
  watchers.forEach((w) => w());
}

export function useApp() {
  const [, again] = useState(0);
  useEffect(() => {
    const w = () => again((n) => n + 1);
    watchers.add(w);
    return () => watchers.delete(w);
  }, []);
  return state;
}

/** Whether a bar above the screen says what matters more than any banner in it. */
export const told = (app) => app.lost || app.full;

/** A part of the screen that is loaded when it is shown first. */
export const lazy = (load, name) => (given) => {
  const [Part, setPart] = useState(null);
  useEffect(() => {
    load().then((module) => setPart(() => module[name]), () => {});
  }, []);
  return Part && html`<${Part} ...${given} />`;
};
/** One of this folder's files, which speaks the words of papers. */
export const part = (file, name) => lazy(() => Promise.all([import(`./${file}.js`), paperWords()]).then(([module]) => module), name);

// ---- what this till remembers about its own screen ----

const OWN = 'tillpost.screen';
const usual = { language: '', size: '100', look: 'auto', shortcuts: true, scanner: true, prefix: '' };
export let screen = usual;
try {
  screen = { ...usual, ...JSON.parse(localStorage.getItem(OWN)) };
} catch {
  // What cannot be read is as usual.
}
export function setScreen(part) {
  screen = { ...screen, ...part };
  try {
    localStorage.setItem(OWN, JSON.stringify(screen));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
  applyScreen();
}
const dark = matchMedia('(prefers-color-scheme:dark)');
dark.addEventListener('change', applyScreen);
export function applyScreen() {
  const { look, size } = screen;
  Object.assign(document.documentElement.dataset, { look: look !== 'auto' ? look : dark.matches ? 'dark' : 'light', size });
}

// ---- words ----

export const LANGUAGES = {
  en: 'English', de: 'Deutsch', fr: 'Français', it: 'Italiano', es: 'Español', nl: 'Nederlands', pl: 'Polski',
};
let words = {};
export let language = 'en';

/** The files of words that are loaded: those of the first screen at once, of others when one goes there. */
const parts = [''];
async function wordsOf(part) {
  const answer = await fetch(`/i18n/${language === 'xx' ? 'en' : language}${part}.json`);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const found = await answer.json();
  if (language !== 'xx') return found;
  const { pseudo } = await import('./pseudo.js');
  return Object.fromEntries(Object.entries(found).map(([k, v]) => [k, pseudo(v)]));
}
export async function loadLanguage() {
  const wanted = screen.language || (navigator.language || 'en').slice(0, 2).toLowerCase();
  language = wanted === 'xx' || LANGUAGES[wanted] ? wanted : 'en';
  words = Object.assign({}, ...(await Promise.all(parts.map(wordsOf))));
  document.documentElement.lang = language === 'xx' ? 'en' : language;
  plurals = new Intl.PluralRules(locale());
}
async function also(part) {
  if (parts.includes(part)) return;
  Object.assign(words, await wordsOf(part));
  parts.push(part);
}
/** The words of papers, people and single mails. */
export const paperWords = () => also('.papers');
/** Those of the settings, where papers and people are named too. */
export const settingsWords = () => Promise.all([also('.papers'), also('.settings')]);
let plurals = new Intl.PluralRules('en');
export const locale = () => {
  const tag = language === 'xx' ? 'en' : language;
  return (navigator.language || '').slice(0, 2) === tag ? navigator.language : tag === 'en' ? 'en-GB' : tag;
};

/** The sentence of a key. With `n` among the parameters, the form for that number. */
export function t(key, params = {}) {
  const counted = params.n !== undefined && (words[`${key}.${plurals.select(Number(params.n))}`] || words[`${key}.other`]);
  return (counted || words[key] || key).replace(/\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
}
export const has = (key) => words[key] !== undefined;

// ---- times, money, sizes as people here write them ----

const format = (options) => new Intl.DateTimeFormat(locale(), options);
export function clock(iso, seconds) {
  return format({ hour: '2-digit', minute: '2-digit', second: seconds && '2-digit' }).format(new Date(iso));
}
export const isToday = (at) => new Date(at).toDateString() === new Date().toDateString();
/** A time in two parts: "10:42" and "3 min ago" today, the date and the time on other days. */
export function whenParts(iso) {
  const date = new Date(iso);
  if (!isToday(date)) {
    return [format({ day: 'numeric', month: 'short', year: date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric' }).format(date), clock(iso)];
  }
  const minutes = Math.round((date - Date.now()) / 60000);
  if (minutes === 0) return [clock(iso), t('just.now')];
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'always', style: 'short' });
  return [clock(iso), Math.abs(minutes) < 60 ? relative.format(minutes, 'minute') : relative.format(Math.round(minutes / 60), 'hour')];
}
/** The same in one sentence's words: "10:42 (3 min ago)", "21 Nov, 10:42". */
export function when(iso) {
  if (!iso) return '';
  const [first, second] = whenParts(iso);
  return isToday(iso) ? `${first} (${second})` : `${first}, ${second}`;
}
export function day(text) {
  const [y, m, d] = String(text).slice(0, 10).split('-').map(Number);
  return format({ day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(y, m - 1, d));
}
export function money(amount, currency) {
  try {
    return new Intl.NumberFormat(locale(), { style: 'currency', currency }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`;
  }
}
export function bytes(n) {
  const [v, unit] = n < 1000 ? [n, 'B'] : n < 1e6 ? [n / 1e3, 'KB'] : [n / 1e6, 'MB'];
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: v < 10 ? 1 : 0 }).format(v)} ${unit}`;
}

/** Saves what stands at an address of the API. */
export const download = (href) => Object.assign(document.createElement('a'), { href, download: '' }).click();

/** A file's bytes as the API takes them. */
export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => resolve(String(reader.result).split(',')[1] || '');
    reader.readAsDataURL(file);
  });
}

// ---- the API ----

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.key = problem.key || '';
    this.reason = problem.reason;
    this.values = problem.values || {};
    this.field = problem.field || '';
  }
}

/** An id nobody else has; what makes one by itself is missing where a page comes by plain HTTP. */
export const uid = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Until somebody is signed in again; the sign-in stands above the screen meanwhile. */
const signedIn = () => new Promise((done) => {
  const look = () => state.session && watchers.delete(look) && done();
  watchers.add(look);
});

/** Asks the API. Throws `Refused` with its sentence, or `Lost` as its key when nobody answers. */
export async function ask(method, path, body, how = {}) {
  const { signal, tag, raw, headers = {} } = how;
  const options = { method, signal, headers: { 'accept-language': language === 'xx' ? 'en' : language, ...headers }, cache: 'no-store' };
  if (tag) options.headers[method === 'GET' ? 'if-none-match' : 'if-match'] = tag;
  if (raw) options.body = body;
  else if (method !== 'GET') {
    options.headers['content-type'] = 'application/json';
    options.body = body && JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    noAnswer();
    throw new Refused(0, { key: 'lost', detail: t('lost.short') });
  }
  state.asOf = Date.now();
  if (state.lost) change({ lost: null });
  if (answer.status === 304) return { same: true };
  const type = answer.headers.get('content-type') || '';
  if (!answer.ok) {
    const problem = type.includes('json') ? await answer.json() : {};
    if (answer.status === 401 && path !== '/session') {
      change({ session: null });
      await signedIn();
      return ask(method, path, body, how);
    }
    const refused = new Refused(answer.status, problem);
    if (answer.status === 507) change({ full: refused });
    throw refused;
  }
  // A preview keeps nothing: it says nothing of the disk.
  if (state.full && method !== 'GET' && /^\/(drafts|forms|(mails|documents)$)/.test(path)) change({ full: null });
  const result = { tag: answer.headers.get('etag') || '', status: answer.status };
  if (type.startsWith('application/json')) result.data = await answer.json();
  else if (answer.status !== 204) result.answer = answer;
  return result;
}
export const get = async (path, options) => (await ask('GET', path, undefined, options)).data;
const giving = (method) => async (path, body, options) => (await ask(method, path, body, options)).data;
export const post = giving('POST');
export const put = giving('PUT');
export const remove = (path, options) => ask('DELETE', path, undefined, options);
export const enc = encodeURIComponent;

// ---- who sits here ----

export const isOwner = () => Boolean(state.session && state.session.scope === 'manage');
export const whoAmI = () => get('/session').then((session) => change({ session }), (error) => {
  if (error.key === 'lost') setTimeout(whoAmI, 2000);
  else change({ session: null });
});
export const signOut = () => remove('/session').then(whoAmI, () => {});

// ---- how things stand, asked often enough and no oftener ----

let statusTag = '';
let timer = 0;
let busyUntil = 0;
let failures = 0;
let version = '';
let awaited = false;
let polls = 0;

function noAnswer() {
  const wait = Math.min(1000 * 2 ** failures, 8000);
  failures += 1;
  change({ lost: { since: state.lost ? state.lost.since : Date.now(), retryAt: Date.now() + wait } });
  plan(wait);
}
function interval() {
  if (state.status && (state.status.sending > 0 || state.leaving)) return 1000;
  return Date.now() < busyUntil ? 3000 : 15000;
}
function plan(wait) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(poll, wait);
}
export async function poll() {
  clearTimeout(timer);
  if (state.session === null) return;
  const turn = (polls += 1);
  try {
    const answer = await ask('GET', '/status', undefined, { tag: statusTag });
    failures = 0;
    // A later one knows better.
    if (turn !== polls) return;
    if (!answer.same) {
      statusTag = answer.tag;
      if (version && version !== answer.data.version) change({ outdated: true });
      version = answer.data.version;
      const was = state.status && state.status.revisions;
      change({ status: answer.data });
      // The shop has another name, or there is a PIN now.
      if (was && ['access', 'shop'].some((one) => was[one] !== answer.data.revisions[one])) whoAmI();
    }
    plan(interval());
  } catch (error) {
    if (error.key !== 'lost' && state.session !== null) plan(5000);
  }
}
/** What is wished of the whole queue: `flush`, `pause` or `resume`. */
export const queue = (wish) => post(`/queue/${wish}`, {}).then(poll);
export function startPolling() {
  poll();
  if (awaited) return;
  awaited = true;
  const awake = () => {
    const slow = Date.now() >= busyUntil;
    busyUntil = Date.now() + 60000;
    if (slow && !state.lost) plan(200);
  };
  for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, awake, { passive: true, capture: true });
  document.addEventListener('visibilitychange', () => {
    // Signed in at one tab, the others need no second PIN.
    if (!document.hidden) (state.session ? poll : whoAmI)();
  });
  awake();
}

/** Data that is fetched again when a collection's revision moves. */
export function useData(path, collections = []) {
  const app = useApp();
  const [got, setGot] = useState({});
  const revision = app.status ? collections.map((c) => app.status.revisions[c] || 0).join('.') : '';
  const [nudge, setNudge] = useState(0);
  // To stand still is no reason to fetch it once more.
  const shown = useRef(revision);
  if (app.live) shown.current = revision;
  useEffect(() => {
    if (!path) return undefined;
    const stop = new AbortController();
    get(path, { signal: stop.signal })
      .then((data) => setGot({ path, data, error: null }))
      .catch((error) => {
        if (error.name !== 'AbortError') setGot((was) => ({ path, data: was.path === path ? was.data : null, error }));
      });
    return () => stop.abort();
  }, [path, shown.current, nudge, language]);
  const { data, error } = got.path === path ? got : {};
  return { data, error, again: () => setNudge((n) => n + 1) };
}

// ---- addresses ----

let guard = null;
/** Whether something is being written that leaving would lose. */
export const isGuarded = () => Boolean(guard);
/** Asks before leaving while `dirty`. */
export function useGuard(dirty, sentence) {
  useEffect(() => {
    guard = dirty ? sentence : null;
    const warn = (event) => {
      if (dirty) event.preventDefault();
    };
    addEventListener('beforeunload', warn);
    return () => {
      guard = null;
      removeEventListener('beforeunload', warn);
    };
  }, [dirty]);
}
export function go(path, { replace = false, force = false } = {}) {
  if (guard && !force && !confirm(guard)) return;
  guard = null;
  history[replace ? 'replaceState' : 'pushState']({}, '', path);
  change({ path: location.pathname + location.search, visit: state.visit + !replace });
}
addEventListener('popstate', () => {
  if (!guard || confirm(guard)) {
    guard = null;
    change({ path: location.pathname + location.search, visit: state.visit + 1 });
  } else history.pushState({}, '', state.path);
});
document.addEventListener('click', (event) => {
  const link = event.target.closest && event.target.closest('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const to = new URL(link.href);
  if (to.origin !== location.origin || link.target || to.pathname.startsWith('/api/') || link.hasAttribute('download')) return;
  if (to.hash && to.pathname === location.pathname) return;
  event.preventDefault();
  go(to.pathname + to.search + to.hash);
});
export const query = () => new URLSearchParams(state.path.split('?')[1] || '');

/** Who wants to be asked what a scanned code is to do, before a screen is left for it. */
export const onScan = { current: null };

/** Says something to those who do not see the screen. */
export function announce(text) {
  const place = document.getElementById('said');
  if (place) place.textContent = text;
}

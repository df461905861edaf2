// The frame around every screen: status line, navigation, what can be undone, who is signed in.

import { html, render, t, change, useApp, useState, useEffect, useRef, useErrorBoundary, get, post, poll, queue, query, go, startPolling, loadLanguage, settingsWords, paperWords, applyScreen, screen, announce, isOwner, isToday, whenParts, whoAmI } from './lib/core.js';
import { useCountdown, sendingWords } from './lib/ui.js';
import { startKeys } from './lib/keys.js';

/** Screens of papers, people and single mails bring words of their own, and so do those of the settings. */
const papers = (file) => () => Promise.all([import(`./screens/${file}.js`), paperWords()]).then(([module]) => module);
const settings = (file) => () => Promise.all([import(`./settings/${file}.js`), settingsWords()]).then(([module]) => module);
/** A mail may stand beside its list: both are one screen. */
const mailbox = (file) => async (id) => ({ ...(await import(`./screens/${file}.js`)), ...(id && await papers('mail')()) });

/** Which screen stands at which address; `:` is given to it. */
const screens = [
  ['/outbox(?:/:)?', mailbox('mails'), 'Outbox'],
  ['/sent(?:/:)?', mailbox('sent'), 'Sent'],
  ['/mail/new', papers('compose'), 'Compose'],
  ['/mail/:/edit', papers('compose'), 'Compose'],
  ['/docs', papers('documents'), 'Documents'],
  ['/docs/new/:', papers('docform'), 'DocumentForm'],
  ['/docs/:/:', papers('documents'), 'Paper'],
  ['/contacts', papers('contacts'), 'Contacts'],
  ['/contacts/import', papers('import'), 'Import'],
  ['/contacts/:', papers('contacts'), 'Contact'],
  ['/settings', settings('home'), 'Home'],
  ['/settings/(account|sender)', settings('account'), 'Account'],
  ['/settings/test', settings('trial'), 'Test'],
  ['/settings/templates/new', settings('templates'), 'NewTemplate'],
  ['/settings/templates/edit', settings('templates'), 'Template'],
  ['/settings/templates/:/:', settings('templates'), 'Template'],
  ['/settings/channels/(new|edit)', settings('channels'), 'Channel'],
  ['/settings/integrations/new', settings('integration'), 'NewIntegration'],
  ['/settings/integrations/edit', settings('integration'), 'Integration'],
  ['/settings/api', settings('access'), 'Access'],
  ...['options', 'disabled', 'shop', 'templates', 'channels', 'integrations', 'export', 'folders', 'screen', 'about'].map((file) => [`/settings/${file}`, settings(file), file[0].toUpperCase() + file.slice(1)]),
  ['/setup', settings('setup'), 'Setup'],
  ['/help', settings('help'), 'Help'],
  ['/help/:', settings('help'), 'Article'],
].map(([address, load, name]) => ({ at: address.match(/\w+/)[0].replace('setup', 'settings'), pattern: new RegExp(`^${address.replace(/\/:/g, '/([^/]+)')}$`), load, name }));
const bare = (path) => path.split('?')[0];
const screenAt = (path) => screens.find((s) => s.pattern.test(bare(path)));

/** Who paused sending and when, as far as it is known, and how many mails wait. */
function pausedWords(pause, n) {
  if (!pause.at) return t('status.paused', { n });
  const [first, second] = whenParts(pause.at);
  const time = isToday(pause.at) ? first : `${first}, ${second}`;
  const who = t(`paused.${pause.by || 'at'}`, { time, name: pause.name });
  return n ? `${who} ${t('status.waiting', { n })}` : who;
}

/** How things stand in one line: its drawing, its tone, its words, and where it leads. */
function standing(app) {
  const s = app.status;
  if (app.lost) return { icon: 'warn', tone: 'bad', text: t('lost.line') };
  if (!s) return { icon: 'wait', tone: 'plain', text: t('status.asking') };
  const n = s.waiting;
  if (!s.accounts.length) return { icon: 'warn', tone: 'warn', text: t('status.notsetup'), to: '/setup', fix: t('status.setup') };
  if (s.paused) return { icon: 'hold', tone: 'warn', text: pausedWords(s.pause, n), act: () => queue('resume'), fix: t('status.resume') };
  const account = s.accounts.find((a) => a.standing.startsWith('held'));
  if (account) return { icon: 'warn', tone: 'bad', text: t('status.account', { title: account.reason }), ...(isOwner() ? { to: '/settings/account', fix: t('status.fix') } : { to: '/outbox', fix: t('show') }) };
  if (s.round) return { icon: 'send', tone: 'act', text: sendingWords(s.round) };
  const slow = s.accounts.find((a) => a.standing !== 'ready');
  if (slow && slow.standing === 'offline') return { icon: 'cloud', tone: 'warn', text: n ? t('status.offline', { n }) : t('status.offline.none'), ...(n ? { at: slow.next_try_at, act: () => queue('flush'), fix: t('try.now') } : {}) };
  if (slow && slow.standing === 'throttled') return { icon: 'wait', tone: 'warn', text: slow.reason ? t('status.retry', { title: slow.reason }) : t('status.throttled', { n }) };
  if (slow && n) return { icon: 'wait', tone: 'warn', text: t('status.retry', { title: slow.reason }), act: () => queue('flush'), fix: t('try.now'), at: slow.next_try_at };
  if (s.uncertain > 0) return { icon: 'doubt', tone: 'warn', text: t('status.uncertain', { n: s.uncertain }), to: '/outbox?show=needs', fix: t('show') };
  if (n > s.held && s.calm) return { icon: 'wait', tone: 'plain', text: t(`status.${s.calm}`, { n }), act: () => queue('flush'), fix: t('send.now') };
  if (n > 0) return { icon: 'wait', tone: 'plain', text: t('status.waiting', { n }) };
  if (app.done) return { icon: 'ok', tone: 'ok', text: t('status.done', { n: app.done }) };
  if (s.refused_lately > 0) return { icon: 'warn', tone: 'warn', text: t('status.refused', { n: s.refused_lately }), to: '/sent?show=failed', fix: t('show') };
  return { icon: 'ok', tone: 'ok', text: t('status.idle') };
}

/** After a while of sending: how many mails the server took, said for five seconds. */
function useDone(status) {
  const before = useRef(null);
  const told = useRef(new Set());
  useEffect(() => {
    if (!status || status.sending) return;
    const was = before.current;
    before.current = { waiting: status.waiting, at: Date.now() };
    if (!was || status.waiting >= was.waiting) return;
    // Fewer may wait because some were cancelled. A status is older than its arrival: look a little further back.
    get('/mails?box=sent&state=sent&limit=50').then(({ items }) => {
      const lately = items.filter((m) => !told.current.has(m.id) && m.recipients.some((r) => r.state === 'accepted' && new Date(r.settled_at) >= was.at - 5000));
      lately.forEach((m) => told.current.add(m.id));
      const n = lately.length;
      if (!n) return;
      change({ done: n });
      setTimeout(() => change({ done: 0 }), 5000);
    }, () => {});
  }, [status]);
}

/** How long until the next try, for those who look; it is not read out each second. */
function NextTry({ at }) {
  const left = useCountdown(at);
  if (left <= 0) return '';
  return html` <span aria-hidden="true">${t('status.next', { s: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` })}</span>`;
}

function StatusLine({ app }) {
  const now = standing(app);
  const [said, setSaid] = useState('');
  const last = useRef(0);
  useEffect(() => {
    // Of every mail that leaves nobody wants to hear.
    const sending = now.icon === 'send';
    const timer = setTimeout(() => {
      last.current = sending ? Date.now() : 0;
      setSaid(now.text);
    }, Math.max(400, sending ? last.current + 5000 - Date.now() : 0));
    return () => clearTimeout(timer);
  }, [now.text]);
  return html`<div class="line ${now.tone}"><a class="standing" href="/outbox"><Icon name=${now.icon} /><span>${now.text}${now.at ? html`<${NextTry} at=${now.at} />` : ''}</span></a>
    ${now.fix && (now.to ? html`<Link href=${now.to}>${now.fix}<//>` : html`<Button onClick=${now.act}>${now.fix}<//>`)}<span class="hidden" role="status">${said}</span></div>`;
}

function Nav({ at, app }) {
  const { accounts, waiting = 0 } = app.status || {};
  const needs = accounts && (!accounts.length || accounts.some((a) => a.standing.startsWith('held')));
  const items = [
    ['outbox', '/outbox', 'box', t('nav.outbox'), waiting],
    ['mail', '/mail/new', 'pen', t('nav.new')],
    ['sent', '/sent', 'send', t('nav.sent')],
    ['docs', '/docs', 'doc', t('nav.docs')],
    ['contacts', '/contacts', 'book', t('nav.contacts')],
    ['settings', '/settings', 'gear', t('nav.settings'), needs ? '!' : 0],
  ];
  return html`<nav aria-label=${t('nav.label')}><ul>${items.map(([key, href, icon, word, n]) => html`<li key=${key}><a href=${href} aria-current=${at === key ? 'page' : undefined}><Icon name=${icon} /><span>${word}</span>${n ? html`<span class="count">${n}<span class="hidden"> ${n === '!' ? t('nav.needs') : t('nav.waiting')}</span></span>` : null}</a></li>`)}</ul></nav>`;
}

/** The mail just sent, as long as it can be taken back. */
function Leaving({ app }) {
  const mail = app.leaving;
  // One that waits for a person waits in the outbox: here it is said, and then gone.
  const [said] = useState(() => new Date(Date.now() + 10000).toISOString());
  const left = useCountdown((mail.kept ? said : mail.until) || new Date().toISOString());
  const [word, setWord] = useState('');
  const open = left > 0;
  useEffect(() => {
    if (open) return undefined;
    const timer = setTimeout(() => change({ leaving: null }), 1500);
    return () => clearTimeout(timer);
  }, [open]);
  useEffect(() => announce(sentence()), [mail.id, mail.back]);
  const ask = async (id, wish, said) => {
    try {
      const after = await post(`/mails/${id}/${wish}`, {});
      change({ leaving: null });
      if (said) announce(t(said));
      poll();
      if (wish === 'undo') go(after.draft ? `/mail/${after.draft}/edit` : '/outbox');
    } catch (error) {
      setWord(error.message);
    }
  };
  const undo = () => (mail.back ? ask(mail.back, 'restore', 'undo.back') : ask(mail.id, 'undo', 'undo.done'));
  const now = () => ask(mail.id, mail.kept ? 'release' : 'retry');
  const sentence = () => {
    if (mail.back) return t('leaving.cancelled', { what: mail.what });
    if (app.status && !app.status.accounts.length) return t('leaving.notsetup');
    if (mail.kept) return t('leaving.kept');
    const offline = app.status && app.status.accounts.some((a) => a.standing === 'offline');
    if (offline) return t('leaving.offline');
    if (app.status && app.status.calm === 'by_hand') return t('leaving.by_hand');
    return left > 0 ? t('leaving.soon', { n: mail.count, s: left }) : t('leaving.gone');
  };
  return html`<section class="leaving" aria-label=${t('leaving.label')}><Icon name="send" /><span>${word || sentence()}</span>
    ${open && html`<Button onClick=${undo}>${t('undo')}<//>${!mail.back && html`<Button onClick=${now}>${t('send.now')}<//>`}`}</section>`;
}

function Lost({ app }) {
  const left = useCountdown(new Date(app.lost.retryAt).toISOString());
  const long = Date.now() - app.lost.since > 60000;
  return html`<div class="lost" role="alert"><Icon name="warn" /><span>${t('lost')} <span aria-hidden="true">${t('lost.again', { s: left })}</span>${long ? ` ${t('lost.long')}` : ''}</span><Button onClick=${poll}>${t('try.now')}<//></div>`;
}

/** One fault of one screen does not take the others down. */
function Stage({ path, visit, lost }) {
  const [found, setFound] = useState(null);
  const [broken, mended] = useErrorBoundary();
  useEffect(() => {
    if (broken) {
      setFound(null);
      mended();
    }
    const hit = screenAt(path);
    if (!hit) {
      setFound({ none: true });
      return undefined;
    }
    const { at, pattern, load, name } = hit;
    let gone = false;
    const show = (next) => gone || setFound(next);
    const parts = path.match(pattern).slice(1).map((part) => part && decodeURIComponent(part));
    load(...parts).then((module) => show({ Screen: module[name], key: /^(outbox|sent)$/.test(at) ? at : name === 'Compose' || name === 'DocumentForm' ? `${path} ${visit}` : path, parts, at, Mail: module.Mail }), () => show({ failed: true }));
    return () => {
      gone = true;
    };
  }, [path, visit, lost]);
  if (!found) return html`<Loading />`;
  if (found.failed || broken) return html`<Banner tone="bad" title=${t(broken ? 'error.shown' : 'lost.line')} actions=${html`<Button onClick=${() => location.reload()}>${t('try.again')}<//>`} />`;
  if (found.none || !found.Screen) return html`<h1 tabindex="-1">${t('notfound.title')}</h1><p>${t('notfound.text')}</p><div class="actions"><Link kind="main" href="/outbox">${t('notfound.outbox')}<//></div>`;
  const { Screen, ...given } = found;
  return html`<${Screen} ...${given} />`;
}

function Home({ app }) {
  useEffect(() => {
    if (!app.status) return;
    go(app.status.accounts.length === 0 && isOwner() ? '/setup' : '/outbox', { replace: true, force: true });
  }, [app.status]);
  return html`<Loading />`;
}

/** Whether another program shows this screen inside its own: then the way around is its own, too. */
function isEmbedded() {
  const asked = query().get('embed') === '1';
  try {
    if (asked) sessionStorage.setItem('tillpost.embed', '1');
    return asked || (window.top !== window && sessionStorage.getItem('tillpost.embed') === '1');
  } catch {
    return asked;
  }
}
/** Tells the program around this screen, and nobody else, what happened: only allowed ones can show it. */
function tellAround(message) {
  if (window.parent === window) return;
  const origin = location.ancestorOrigins ? location.ancestorOrigins[0] : document.referrer && new URL(document.referrer).origin;
  if (origin) window.parent.postMessage(message, origin);
}

function App() {
  const app = useApp();
  const path = app.path;
  const embed = isEmbedded();
  const [Entrance, setEntrance] = useState(null);
  useDone(app.status);
  useEffect(() => {
    if (app.session === null) import('./screens/entrance.js').then((m) => setEntrance(() => m.Entrance));
    if (app.session) startPolling();
  }, [app.session]);
  useEffect(() => {
    if (embed && app.leaving && app.leaving.id) tellAround({ type: 'mail.queued', id: app.leaving.id });
  }, [app.leaving && app.leaving.id]);
  if (app.session === undefined) return html`<main id="main">${app.lost ? html`<${Lost} app=${app} />` : html`<Loading />`}</main>`;
  if (app.session === null) return html`<main id="main" class="entrance">${Entrance ? html`<${Entrance} />` : html`<Loading />`}</main>`;
  const { at } = screenAt(path) || {};
  return html`<a class="skip" href="#main">${t('skip')}</a>
    <header>${!embed && html`<a class="brand" href="/outbox"><svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><path class="back" d="M7 0h18a7 7 0 017 7v18a7 7 0 01-7 7H7a7 7 0 01-7-7V7a7 7 0 017-7z" /><path class="sheet" d="M6 10h20v13H6z" /><path class="fold" d="M6 10l10 8 10-8" /></svg><span>Tillpost</span></a>`}<${StatusLine} app=${app} />${!embed && html`<Link kind="quiet" icon="help" href="/help">${t('help')}<//>`}</header>
    ${app.lost && html`<${Lost} app=${app} />`}
    ${app.outdated && html`<Banner title=${t('outdated')} actions=${html`<Button onClick=${() => location.reload()}>${t('reload')}<//>`} />`}
    <div class="frame ${embed ? 'embed' : ''} ${app.lost ? 'stale' : ''} ${app.leaving ? 'above' : ''}">${!embed && html`<${Nav} at=${at} app=${app} />`}<main id="main">${bare(path) === '/' ? html`<${Home} app=${app} />` : html`<${Stage} path=${bare(path)} visit=${app.visit} lost=${Boolean(app.lost)} />`}</main></div>
    ${app.leaving && html`<${Leaving} key=${app.leaving.id || app.leaving.back} app=${app} />`}
    <div id="said" class="hidden" role="status"></div>`;
}

applyScreen();
await loadLanguage();
startKeys();
if (screen.sound) import('./lib/sound.js');
if (screen.lock) import('./lib/lock.js');
render(html`<${App} />`, document.getElementById('app'));
whoAmI();

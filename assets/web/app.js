// The frame around every screen: status line, navigation, what can be undone, who is signed in.

import { html, render, t, change, useApp, useState, useEffect, useRef, useErrorBoundary, told, get, poll, queue, query, go, startPolling, loadLanguage, settingsWords, paperWords, applyScreen, screen, lazy, part, isOwner, isToday, clock, whenParts, whoAmI, signOut } from './lib/core.js';
import { useCountdown, sendingWords } from './lib/ui.js';
import { startKeys } from './lib/keys.js';

/** Screens of papers, people and single mails bring words of their own, and so do those of the settings. */
const papers = (file) => () => Promise.all([import(`./screens/${file}.js`), paperWords()]).then(([module]) => module);
const settings = (file) => () => Promise.all([import(`./settings/${file}.js`), settingsWords()]).then(([module]) => module);
const Entrance = lazy(papers('entrance'), 'Entrance');
const Leaving = part('leaving', 'Leaving');
const Full = part('fault', 'Full');
const NewDocument = part('newdoc', 'NewDocument');
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
  ['/settings/integrations/(?:new|edit)', settings('integration'), 'Integration'],
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

/** Whether something about the accounts is the owner's to mend. */
const needsOwner = ({ status }) => Boolean(status) && (!status.accounts.length || status.accounts.some((a) => a.standing.startsWith('held')));

/** How things stand in one line: drawing, tone and words; what can be done, or where; when it is tried again. */
function standing(app) {
  const line = (icon, tone, text, fix, act, at) => ({ icon, tone, text, fix, act, at });
  const s = app.status;
  if (app.lost) return line('warn', 'bad', t('lost.line'));
  if (!s) return line('wait', 'plain', t('status.asking'));
  const n = s.waiting;
  const flush = () => queue('flush');
  if (!s.accounts.length) return line('warn', 'warn', t('status.notsetup'), t('status.setup'), '/setup');
  if (s.paused) return line('hold', 'warn', pausedWords(s.pause, n), t('status.resume'), () => queue('resume'));
  const held = s.accounts.find((a) => a.standing.startsWith('held'));
  if (held) return line('warn', 'bad', t('status.account', { title: held.reason }), ...(isOwner() ? [t('status.fix'), '/settings/account'] : [t('show'), '/outbox']));
  if (s.round) return line('send', 'act', sendingWords(s.round));
  if (s.connecting && n) return line('send', 'act', t('status.connecting', { host: s.connecting }));
  const needs = line('warn', 'warn', t('status.needs', { n: s.needs }), t('show'), '/outbox?show=needs');
  const { standing: how, reason: title, next_try_at: at } = s.accounts.find((a) => a.standing !== 'ready') || {};
  if (how === 'offline') return n ? line('cloud', 'warn', t('status.offline', { n }), t('try.now'), flush, at) : line('cloud', 'warn', t('status.offline.none'));
  if (how === 'throttled') return line('wait', 'warn', title ? t('status.retry', { title }) : at ? t('status.throttled', { n, time: clock(at) }) : t('status.waiting', { n }));
  if (how && n) return line('wait', 'warn', t('status.retry', { title }), t('try.now'), flush, at);
  if (s.uncertain) return needs;
  if (n > s.held && s.calm) return line('wait', 'plain', t(`status.${s.calm}`, { n }), t('send.now'), flush);
  if (n) return line('wait', 'plain', t('status.waiting', { n }));
  if (app.done) return line('ok', 'ok', t('status.done', { n: app.done }));
  return s.needs ? needs : line('ok', 'ok', t('status.idle'));
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
    // Fewer may wait because some were cancelled. A status is older than its arrival: look further back.
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
    const sending = now.icon === 'send' && app.status.round;
    const timer = setTimeout(() => {
      last.current = sending ? Date.now() : 0;
      setSaid(now.text);
    }, Math.max(400, sending ? last.current + 5000 - Date.now() : 0));
    return () => clearTimeout(timer);
  }, [now.text]);
  return html`<div class="line ${now.tone}"><a class="standing" href="/outbox"><Icon name=${now.icon} /><span>${now.text}${now.at ? html`<${NextTry} at=${now.at} />` : ''}</span></a>
    ${now.fix && (typeof now.act === 'string' ? html`<Link href=${now.act}>${now.fix}<//>` : html`<Button onClick=${now.act}>${now.fix}<//>`)}<span class="hidden" role="status">${said}</span></div>`;
}

function Nav({ at, app }) {
  const { name, role, pin } = app.session || {};
  const { waiting = 0 } = app.status || {};
  const items = [
    ['outbox', '/outbox', 'box', t('nav.outbox'), waiting],
    ['mail', '/mail/new', 'pen', t('nav.new')],
    ['sent', '/sent', 'send', t('nav.sent')],
    ['docs', '/docs', 'doc', t('nav.docs')],
    ['contacts', '/contacts', 'book', t('nav.contacts')],
    ['settings', '/settings', 'gear', t('nav.settings'), needsOwner(app) ? '!' : 0],
  ];
  return html`<nav aria-label=${t('nav.label')}><ul>${items.map(([key, href, icon, word, n]) => html`<li key=${key}><a href=${href} aria-current=${at === key ? 'page' : undefined}><Icon name=${icon} /><span>${word}</span>${n ? html`<span class="count">${n}<span class="hidden"> ${n === '!' ? t('nav.needs') : t('nav.waiting')}</span></span>` : null}</a></li>`)}
    <li class="me"><span>${role ? t(`role.${role}`) : name}</span>${pin && html`<Button kind="quiet" onClick=${signOut}>${t('lock')}<//>`}</li></ul></nav>`;
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
  if (broken) return html`<Fault error=${broken} again=${() => location.reload()} />`;
  if (found.failed) return html`<Banner tone="bad" title=${t('lost.line')} actions=${html`<Button onClick=${() => location.reload()}>${t('try.again')}<//>`} />`;
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
/** Tells the program around this screen, and nobody else, what happened. */
function tellAround(message) {
  if (window.parent === window) return;
  const origin = location.ancestorOrigins ? location.ancestorOrigins[0] : document.referrer && new URL(document.referrer).origin;
  if (origin) window.parent.postMessage(message, origin);
}

function App() {
  const app = useApp();
  const path = app.path;
  const embed = isEmbedded();
  const known = useRef(null);
  useDone(app.status);
  useEffect(() => {
    if (app.session) startPolling();
  }, [Boolean(app.session)]);
  const { at } = screenAt(path) || {};
  if (app.session) known.current = app.session;
  const scope = known.current && known.current.scope;
  // Whoever comes in after the owner is not shown what the owner had open.
  useEffect(() => scope && (() => location.pathname.startsWith('/settings') && go('/settings', { replace: true, force: true })), [scope]);
  useEffect(() => {
    if (embed && app.leaving && app.leaving.id) tellAround({ type: 'mail.queued', id: app.leaving.id });
  }, [app.leaving && app.leaving.id]);
  const entrance = app.session === null && html`<${Entrance} />`;
  if (!known.current) return html`<main id="main">${app.lost ? html`<${Lost} app=${app} />` : html`<Loading />`}</main>${entrance}`;
  return html`<a class="skip" href="#main">${t('skip')}</a>
    <header>${!embed && html`<a class="brand" href="/outbox"><svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><path class="back" d="M7 0h18a7 7 0 017 7v18a7 7 0 01-7 7H7a7 7 0 01-7-7V7a7 7 0 017-7z" /><path class="sheet" d="M6 10h20v13H6z" /><path class="fold" d="M6 10l10 8 10-8" /></svg><span>Tillpost${known.current.shop && html`<small>${known.current.shop}</small>`}</span></a>`}<${StatusLine} app=${app} />${!embed && html`<Link kind="quiet" icon="help" href="/help">${t('help')}<//>`}</header>
    ${told(app) ? (app.lost ? html`<${Lost} app=${app} />` : html`<${Full} error=${app.full} />`) : app.outdated && !(at === 'outbox' && needsOwner(app)) && html`<Banner title=${t('outdated')} actions=${html`<Button onClick=${() => location.reload()}>${t('reload')}<//>`} />`}
    <div class="frame ${embed ? 'embed' : ''} ${app.lost ? 'stale' : ''} ${app.leaving ? 'above' : ''}">${!embed && html`<${Nav} at=${at} app=${app} />`}<main id="main">${bare(path) === '/' ? html`<${Home} app=${app} />` : html`<${Stage} path=${bare(path)} visit=${app.visit} lost=${Boolean(app.lost)} />`}</main></div>
    ${app.menu && html`<${NewDocument} onClose=${() => change({ menu: false })} />`}
    ${app.leaving && html`<${Leaving} key=${app.leaving.id || app.leaving.back} mail=${app.leaving} />`}
    <div id="said" class="hidden" role="status"></div>${entrance}`;
}

applyScreen();
await loadLanguage();
startKeys();
if (screen.sound) import('./lib/sound.js');
if (screen.lock) import('./lib/lock.js');
render(html`<${App} />`, document.getElementById('app'));
whoAmI();

// The frame around every screen: status line, navigation, what can be undone, who is signed in.

import { html, render, t, change, useApp, useState, useEffect, useRef, get, post, poll, go, startPolling, loadLanguage, settingsWords, paperWords, applyScreen, screen, announce, isOwner, whoAmI } from './lib/core.js';
import { Icon, Button, Link, Banner, Loading, useCountdown } from './lib/ui.js';
import { startKeys } from './lib/keys.js';

/** A screen of the settings: at which address, in which file, and what it is called there. It brings words of its own. */
const settings = (path, file, name, tab = 'settings') => [new RegExp(`^/${path}$`), () => Promise.all([import(`./settings/${file}.js`), settingsWords()]).then(([module]) => module), name, tab];

/** So does one of papers, people, or a mail by itself. */
const papers = (load) => () => Promise.all([load(), paperWords()]).then(([module]) => module);

const screens = [
  [/^\/outbox$/, () => import('./screens/mails.js'), 'Outbox', 'outbox'],
  [/^\/outbox\/([^/]+)$/, papers(() => import('./screens/mail.js')), 'Mail', 'outbox'],
  [/^\/sent$/, () => import('./screens/mails.js'), 'Sent', 'sent'],
  [/^\/sent\/([^/]+)$/, papers(() => import('./screens/mail.js')), 'Mail', 'sent'],
  [/^\/mail\/new$/, papers(() => import('./screens/compose.js')), 'Compose', 'mail'],
  [/^\/mail\/([^/]+)\/edit$/, papers(() => import('./screens/compose.js')), 'Compose', 'mail'],
  [/^\/docs$/, papers(() => import('./screens/documents.js')), 'Documents', 'docs'],
  [/^\/docs\/new\/([a-z_]+)$/, papers(() => import('./screens/docform.js')), 'DocumentForm', 'docs'],
  [/^\/docs\/([a-z_]+)\/([^/]+)$/, papers(() => import('./screens/documents.js')), 'Paper', 'docs'],
  [/^\/contacts$/, papers(() => import('./screens/contacts.js')), 'Contacts', 'contacts'],
  [/^\/contacts\/import$/, papers(() => import('./screens/import.js')), 'Import', 'contacts'],
  [/^\/contacts\/([^/]+)$/, papers(() => import('./screens/contacts.js')), 'Contact', 'contacts'],
  settings('settings', 'home', 'Home'),
  settings('settings/(account|sender)', 'account', 'Account'),
  settings('settings/test', 'trial', 'Test'),
  settings('settings/options', 'options', 'Options'),
  settings('settings/disabled', 'disabled', 'Disabled'),
  settings('settings/shop', 'shop', 'Shop'),
  settings('settings/templates', 'templates', 'Templates'),
  settings('settings/templates/new', 'templates', 'NewTemplate'),
  settings('settings/templates/edit', 'templates', 'Template'),
  settings('settings/templates/([a-z_]+)/([a-z-]+)', 'templates', 'Template'),
  settings('settings/channels', 'channels', 'Channels'),
  settings('settings/channels/(new|edit)', 'channels', 'Channel'),
  settings('settings/integrations', 'integrations', 'Integrations'),
  settings('settings/integrations/new', 'integration', 'NewIntegration'),
  settings('settings/integrations/edit', 'integration', 'Integration'),
  settings('settings/export', 'export', 'Export'),
  settings('settings/folders', 'folders', 'Folders'),
  settings('settings/api', 'access', 'Access'),
  settings('settings/screen', 'screen', 'Screen'),
  settings('settings/about', 'about', 'About'),
  settings('setup', 'setup', 'Setup'),
  settings('help', 'help', 'Help', 'help'),
  settings('help/([a-z-]+)', 'help', 'Article', 'help'),
];

/** How things stand in one line: its drawing, its tone, its words, and where it leads. */
function standing(app) {
  const s = app.status;
  if (app.lost) return { icon: 'warn', tone: 'bad', text: t('lost.line') };
  if (!s) return { icon: 'wait', tone: 'plain', text: t('status.asking') };
  const n = s.waiting;
  if (!s.accounts.length) return { icon: 'warn', tone: 'warn', text: t('status.notsetup'), to: '/setup', fix: t('status.setup') };
  if (s.paused) return { icon: 'hold', tone: 'warn', text: t('status.paused', { n }), act: () => post('/queue/resume', {}).then(poll), fix: t('status.resume') };
  const account = s.accounts.find((a) => a.standing.startsWith('held'));
  if (account) return { icon: 'warn', tone: 'bad', text: t('status.account', { title: account.reason }), ...(isOwner() ? { to: '/settings/account', fix: t('status.fix') } : { to: '/outbox', fix: t('show') }) };
  if (s.sending > 0) return { icon: 'send', tone: 'act', text: t('status.sending', { n: s.sending }) };
  if (s.uncertain > 0) return { icon: 'doubt', tone: 'warn', text: t('status.uncertain', { n: s.uncertain }), to: '/outbox?show=needs', fix: t('show') };
  const slow = s.accounts.find((a) => a.standing !== 'ready');
  if (slow && slow.standing === 'offline') return { icon: 'cloud', tone: 'warn', text: n ? t('status.offline', { n }) : t('status.offline.none'), ...(n ? { at: slow.next_try_at, act: () => post('/queue/flush', {}).then(poll), fix: t('try.now') } : {}) };
  if (slow && slow.standing === 'throttled') return { icon: 'wait', tone: 'warn', text: slow.reason ? t('status.retry', { title: slow.reason }) : t('status.throttled', { n }) };
  if (slow && n) return { icon: 'wait', tone: 'warn', text: t('status.retry', { title: slow.reason }), act: () => post('/queue/flush', {}).then(poll), fix: t('try.now'), at: slow.next_try_at };
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
  useEffect(() => {
    // Of every mail that leaves nobody wants to hear: what is read out rests first.
    const timer = setTimeout(() => setSaid(now.text), now.icon === 'send' ? 5000 : 400);
    return () => clearTimeout(timer);
  }, [now.text]);
  return html`<div class="line ${now.tone}"><a class="standing" href="/outbox"><${Icon} name=${now.icon} /><span>${now.text}${now.at ? html`<${NextTry} at=${now.at} />` : ''}</span></a>
    ${now.fix && (now.to ? html`<${Link} href=${now.to}>${now.fix}<//>` : html`<${Button} onClick=${now.act}>${now.fix}<//>`)}<span class="hidden" role="status">${said}</span></div>`;
}

function Nav({ at, app }) {
  const needs = app.status && (app.status.accounts.length === 0 || app.status.accounts.some((a) => a.standing.startsWith('held')));
  const items = [
    ['outbox', '/outbox', 'box', t('nav.outbox'), app.status ? app.status.waiting : 0],
    ['mail', '/mail/new', 'pen', t('nav.new')],
    ['sent', '/sent', 'send', t('nav.sent')],
    ['docs', '/docs', 'doc', t('nav.docs')],
    ['contacts', '/contacts', 'book', t('nav.contacts')],
    ['settings', '/settings', 'gear', t('nav.settings'), needs ? '!' : 0],
  ];
  return html`<nav aria-label=${t('nav.label')}><ul>${items.map(([key, href, icon, word, n]) => html`<li key=${key}><a href=${href} aria-current=${at === key ? 'page' : undefined}><${Icon} name=${icon} /><span>${word}</span>${n ? html`<span class="count">${n}<span class="hidden"> ${n === '!' ? t('nav.needs') : t('nav.waiting')}</span></span>` : null}</a></li>`)}</ul></nav>`;
}

/** The mail just sent, as long as it can be taken back. */
function Leaving({ app }) {
  const mail = app.leaving;
  const left = useCountdown(mail.until || new Date().toISOString());
  const [word, setWord] = useState('');
  const open = mail.kept || left > 0;
  useEffect(() => {
    if (open) return undefined;
    const timer = setTimeout(() => change({ leaving: null }), 1500);
    return () => clearTimeout(timer);
  }, [open]);
  useEffect(() => announce(sentence()), [mail.id, mail.back]);
  const undo = async () => {
    try {
      if (mail.back) {
        await post(`/mails/${mail.back}/restore`, {});
        change({ leaving: null });
        announce(t('undo.back'));
        poll();
        return;
      }
      const undone = await post(`/mails/${mail.id}/undo`, {});
      change({ leaving: null });
      announce(t('undo.done'));
      poll();
      go(undone.draft ? `/mail/${undone.draft}/edit` : '/outbox', { force: true });
    } catch (error) {
      setWord(error.message);
    }
  };
  const now = async () => {
    try {
      await post(`/mails/${mail.id}/${mail.kept ? 'release' : 'retry'}`, {});
      change({ leaving: null });
      poll();
    } catch (error) {
      setWord(error.message);
    }
  };
  const sentence = () => {
    if (mail.back) return t('leaving.cancelled', { what: mail.what });
    if (app.status && !app.status.accounts.length) return t('leaving.notsetup');
    if (mail.kept) return t('leaving.kept');
    const offline = app.status && app.status.accounts.some((a) => a.standing === 'offline');
    if (offline) return t('leaving.offline');
    return left > 0 ? t('leaving.soon', { n: mail.count, s: left }) : t('leaving.gone');
  };
  return html`<section class="leaving" aria-label=${t('leaving.label')}><${Icon} name="send" /><span>${word || sentence()}</span>
    ${open && html`<${Button} onClick=${undo}>${t('undo')}<//>${!mail.back && html`<${Button} onClick=${now}>${t('send.now')}<//>`}`}</section>`;
}

function Lost({ app }) {
  const left = useCountdown(new Date(app.lost.retryAt).toISOString());
  const long = Date.now() - app.lost.since > 60000;
  return html`<div class="lost" role="alert"><${Icon} name="warn" /><span>${t('lost')} <span aria-hidden="true">${t('lost.again', { s: left })}</span>${long ? ` ${t('lost.long')}` : ''}</span><${Button} onClick=${poll}>${t('try.now')}<//></div>`;
}

/** One fault of one screen does not take the others down. */
function Stage({ path }) {
  const [found, setFound] = useState(null);
  const bare = path.split('?')[0];
  useEffect(() => {
    let gone = false;
    const hit = screens.map(([pattern, load, name, at]) => ({ match: bare.match(pattern), load, name, at })).find((s) => s.match);
    if (!hit) {
      setFound({ path, none: true });
      return undefined;
    }
    hit.load().then((module) => {
      if (!gone) setFound({ path, Screen: module[hit.name], parts: hit.match.slice(1).map(decodeURIComponent), at: hit.at });
    }, () => {
      if (!gone) setFound({ path, failed: true });
    });
    return () => {
      gone = true;
    };
  }, [bare]);
  if (!found) return html`<${Loading} />`;
  if (found.failed) return html`<${Banner} tone="bad" title=${t('lost.short')} actions=${html`<${Button} onClick=${() => location.reload()}>${t('try.again')}<//>`} />`;
  if (found.none || !found.Screen) return html`<h1 tabindex="-1">${t('notfound.title')}</h1><p>${t('notfound.text')}</p><div class="actions"><${Link} kind="main" href="/outbox">${t('notfound.outbox')}<//></div>`;
  return html`<${found.Screen} key=${found.path.split('?')[0]} parts=${found.parts} at=${found.at} />`;
}

function Home({ app }) {
  useEffect(() => {
    if (!app.status) return;
    go(app.status.accounts.length === 0 && isOwner() ? '/setup' : '/outbox', { replace: true, force: true });
  }, [app.status]);
  return html`<${Loading} />`;
}

/** Whether another program shows this screen inside its own: then the way around is its own, too. */
function isEmbedded(path) {
  const asked = new URLSearchParams(path.split('?')[1] || '').get('embed') === '1';
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
  const embed = isEmbedded(path);
  const [Entrance, setEntrance] = useState(null);
  useDone(app.status);
  useEffect(() => {
    if (app.session === null) import('./screens/entrance.js').then((m) => setEntrance(() => m.Entrance));
    if (app.session) startPolling();
  }, [app.session]);
  useEffect(() => {
    if (embed && app.leaving && app.leaving.id) tellAround({ type: 'mail.queued', id: app.leaving.id });
  }, [app.leaving && app.leaving.id]);
  if (app.session === undefined) return html`<main id="main">${app.lost ? html`<${Lost} app=${app} />` : html`<${Loading} />`}</main>`;
  if (app.session === null) return html`<main id="main" class="entrance">${Entrance ? html`<${Entrance} />` : html`<${Loading} />`}</main>`;
  const hit = screens.find(([pattern]) => pattern.test(path.split('?')[0]));
  const at = hit ? hit[3] : '';
  return html`<a class="skip" href="#main">${t('skip')}</a>
    <header>${!embed && html`<a class="brand" href="/outbox"><svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><path class="back" d="M7 0h18a7 7 0 017 7v18a7 7 0 01-7 7H7a7 7 0 01-7-7V7a7 7 0 017-7z" /><path class="sheet" d="M6 10h20v13H6z" /><path class="fold" d="M6 10l10 8 10-8" /></svg><span>Tillpost</span></a>`}<${StatusLine} app=${app} />${!embed && html`<${Link} kind="quiet" icon="help" href="/help">${t('help')}<//>`}</header>
    ${app.lost && html`<${Lost} app=${app} />`}
    ${app.outdated && html`<${Banner} title=${t('outdated')} actions=${html`<${Button} onClick=${() => location.reload()}>${t('reload')}<//>`} />`}
    <div class="frame ${embed ? 'embed' : ''} ${app.lost ? 'stale' : ''}">${!embed && html`<${Nav} at=${at} app=${app} />`}<main id="main">${path.split('?')[0] === '/' ? html`<${Home} app=${app} />` : html`<${Stage} path=${path} />`}</main></div>
    ${app.leaving && html`<${Leaving} key=${app.leaving.id || app.leaving.back} app=${app} />`}
    <div id="said" class="hidden" role="status"></div>`;
}

applyScreen();
await loadLanguage();
if (screen.shortcuts !== false || screen.scanner) startKeys();
if (screen.sound) import('./lib/sound.js');
render(html`<${App} />`, document.getElementById('app'));
whoAmI();

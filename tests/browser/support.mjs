// The real program, a real mail server behind it, and a real browser in front.

import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync, rmSync, readdirSync, readFileSync, existsSync, mkdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const binary = process.env.TILLPOST_BIN || join(root, 'target', 'debug', 'tillpost');

/** A port nobody uses. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Waits until `check` gives something; the last error tells what was missing. */
export async function until(check, what = 'it', patience = 20000) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const found = await check();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not happen`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A mail server that says what it is told to: `says` maps a step to its reply, to null for hanging up, or to a
 *  function of the address that gives either; the steps are greeting, ehlo, auth, mail, rcpt, data and dot. */
export async function scriptedServer(port, says = {}) {
  const received = [];
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    let to = [];
    let letter = null;
    let rest = '';
    let passwords = 0;
    const step = (name, value, usual) => {
      const chosen = typeof says[name] === 'function' ? says[name](value, to) : says[name];
      const reply = chosen === undefined ? usual : chosen;
      if (reply === null) socket.destroy();
      else socket.write(`${reply}\r\n`);
      return reply;
    };
    const good = (reply) => Boolean(reply) && /^[23]/.test(reply);
    const line = (text) => {
      if (letter !== null) {
        if (text !== '.') return void letter.push(text);
        if (good(step('dot', to[0] || '', '250 2.0.0 Ok'))) received.push({ to, text: letter.join('\r\n') });
        letter = null;
        to = [];
        return undefined;
      }
      const address = (text.match(/<([^>]*)>/) || [])[1] || '';
      const verb = text.toUpperCase();
      if (passwords) {
        passwords -= 1;
        return passwords ? socket.write('334 UGFzc3dvcmQ6\r\n') : step('auth', '', '235 2.7.0 Ok');
      }
      if (verb.startsWith('EHLO')) return step('ehlo', '', '250-script.example\r\n250-PIPELINING\r\n250-SIZE 36700160\r\n250-AUTH PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME');
      if (verb === 'AUTH LOGIN') {
        passwords = 2;
        return socket.write('334 VXNlcm5hbWU6\r\n');
      }
      if (verb.startsWith('AUTH')) return step('auth', '', '235 2.7.0 Ok');
      if (verb.startsWith('MAIL')) {
        to = [];
        return step('mail', address, '250 2.1.0 Ok');
      }
      if (verb.startsWith('RCPT')) {
        if (good(step('rcpt', address, '250 2.1.5 Ok'))) to.push(address);
        return undefined;
      }
      if (verb === 'DATA') {
        if (!to.length) return socket.write('554 5.5.1 No valid recipients\r\n');
        if (good(step('data', to[0], '354 Go on'))) letter = [];
        return undefined;
      }
      if (verb === 'QUIT') return socket.end('221 2.0.0 Bye\r\n');
      return socket.write('250 2.0.0 Ok\r\n');
    };
    step('greeting', '', '220 script.example ESMTP');
    socket.on('data', (bytes) => {
      rest += bytes.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const text = rest.slice(0, end);
        rest = rest.slice(end + 2);
        line(letter !== null && text.startsWith('..') ? text.slice(1) : text);
      }
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    received,
    port: server.address().port,
    stop: () => new Promise((resolve) => {
      open.forEach((socket) => socket.destroy());
      server.close(resolve);
    }),
  };
}

/** A till: its data folder, the running service, and a mail server that can be taken away. */
export class Till {
  static async start({ account = false, files = [], env = {} } = {}) {
    const till = new Till();
    till.folder = mkdtempSync(join(tmpdir(), 'tillpost-screens-'));
    till.data = join(till.folder, 'data');
    till.smtp = await freePort();
    till.port = await freePort();
    // Passwords are kept in a file here: a test has no keyring.
    const key = join(till.folder, 'key');
    writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 });
    till.env = { PATH: process.env.PATH, HOME: till.folder, TILLPOST_KEY_FILE: key, ...(process.env.TZ ? { TZ: process.env.TZ } : {}), ...env };
    if (account) {
      till.run('shop', 'set', '--name', 'Riverside Cycle Repairs', '--email', 'shop@till.example');
      till.account();
    }
    for (const file of files) till.run('issue', file);
    await till.serve();
    return till;
  }

  run(...args) {
    return execFileSync(binary, ['--data', this.data, ...args], { env: this.env, encoding: 'utf8' });
  }

  account() {
    this.run('account', 'set', '--name', 'default', '--host', '127.0.0.1', '--port', String(this.smtp), '--encryption', 'none', '--auth', 'none', '--from', 'Riverside Cycle Repairs <shop@till.example>');
  }

  async serve() {
    this.log = '';
    this.service = spawn(binary, ['--data', this.data, 'serve', '--listen', `127.0.0.1:${this.port}`], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.service.stdout, this.service.stderr]) stream.on('data', (text) => (this.log += text));
    this.base = `http://127.0.0.1:${this.port}`;
    await until(async () => (await fetch(`${this.base}/healthz`)).ok, `the service\n${this.log}`);
  }

  async stopService(signal = 'SIGTERM') {
    if (!this.service || this.service.exitCode !== null || this.service.signalCode) return;
    const ended = new Promise((resolve) => this.service.once('exit', resolve));
    this.service.kill(signal);
    await ended;
  }

  /** Postfix's own sink: it takes every mail and writes it into a file. */
  async mailServer(...options) {
    this.mails = join(this.folder, 'mails');
    mkdirSync(this.mails, { recursive: true });
    const user = process.getuid() === 0 ? ['-u', 'nobody'] : [];
    if (process.getuid() === 0) execFileSync('chmod', ['a+rwX', this.folder, this.mails]);
    this.sink = spawn('smtp-sink', [...user, '-d', `${this.mails}/%s.`, ...options, `127.0.0.1:${this.smtp}`, '64'], { env: { PATH: `${process.env.PATH}:/usr/sbin` }, stdio: 'ignore' });
    await until(() => fetchPort(this.smtp), 'the mail server');
  }

  /** A server with a mind of its own, see `scriptedServer`. */
  async scripted(says) {
    this.script = await scriptedServer(this.smtp, says);
  }

  async stopMailServer() {
    if (this.script) await this.script.stop();
    this.script = null;
    if (!this.sink) return;
    const ended = new Promise((resolve) => this.sink.once('exit', resolve));
    this.sink.kill('SIGKILL');
    await ended;
    this.sink = null;
  }

  received() {
    if (this.script) return this.script.received.map((mail) => mail.text);
    if (!this.mails || !existsSync(this.mails)) return [];
    return readdirSync(this.mails).map((name) => readFileSync(join(this.mails, name), 'utf8')).filter((text) => text.length > 0);
  }

  /** What the API says, asked as a program with a password would. */
  async api(path, { method = 'GET', body, language = 'en' } = {}) {
    this.password ||= JSON.parse(this.run('--json', 'api', 'password', 'add', 'tests', '--scope', 'manage')).password;
    const answer = await fetch(`${this.base}/api/v1${path}`, { method, headers: { authorization: `Basic ${Buffer.from(`tests:${this.password}`).toString('base64')}`, 'accept-language': language, ...(body ? { 'content-type': 'application/json' } : {}) }, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** An address that signs a browser in as the owner. */
  link(path = '/', role = 'owner') {
    return JSON.parse(this.run('--json', 'api', 'link', '--role', role, '--path', path)).url;
  }

  /** What a browser holds that is signed in as the owner: one sign-in is enough for all of a file's pages. */
  async signedIn() {
    this.cookies ||= await (async () => {
      const context = await (await theBrowser()).newContext();
      await context.request.get(this.link('/'), { maxRedirects: 0 });
      const cookies = await context.cookies();
      await context.close();
      if (!cookies.length) throw new Error('nobody was signed in');
      return cookies;
    })();
    return this.cookies;
  }

  async stop() {
    await this.stopService('SIGKILL');
    await this.stopMailServer();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function fetchPort(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Debian's own browser. */
export const chromiumOptions = { executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] };
let browser;
export async function theBrowser() {
  browser ||= await chromium.launch(chromiumOptions);
  return browser;
}
export async function closeBrowser() {
  if (browser) await browser.close();
  browser = null;
}

/** TILLPOST_SLOW=4 is an old till's processor, TILLPOST_LATE=400 requests that are 400 ms on their way: what happens
 *  to be quick enough here is not there. A page that is slowed keeps the processor busy: one at a time is. */
let slowed;
async function slow(page) {
  const [rate, late] = [process.env.TILLPOST_SLOW, process.env.TILLPOST_LATE].map(Number);
  if (late) await page.context().route('**/api/v1/**', (route) => setTimeout(() => route.continue().catch(() => {}), late));
  if (!rate) return;
  const set = (at) => slowed.send('Emulation.setCPUThrottlingRate', { rate: at });
  if (slowed) await set(1).catch(() => {});
  slowed = await page.context().newCDPSession(page);
  await set(rate);
}

/** A page that fails its test on errors in the console and on any request to another host. */
export async function screenOf(till, path = '/', { width = 1024, height = 768, locale = 'en-GB', own = null, ...more } = {}) {
  const context = await (await theBrowser()).newContext({ viewport: { width, height }, locale, reducedMotion: 'reduce', ...more });
  if (own) await context.addInitScript((value) => {
    // The viewer of a PDF is a frame without a storage of its own.
    if (location.protocol === 'http:' && window.localStorage) localStorage.setItem('tillpost.screen', JSON.stringify(value));
  }, own);
  const page = await context.newPage();
  await slow(page);
  page.setDefaultTimeout(20000);
  page.trouble = [];
  page.on('console', (message) => {
    // A refused request is told by the screen; the browser notes it as well.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.trouble.push(message.text());
  });
  page.on('pageerror', (error) => page.trouble.push(String(error.stack || error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:'].includes(url.protocol) && url.hostname !== '127.0.0.1') page.trouble.push(`asked ${url}`);
  });
  await context.addCookies(await till.signedIn());
  await page.goto(till.base + path);
  await page.locator('main h1').first().waitFor();
  return page;
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What axe finds: in all, in the colours alone, or in all but the colours, which take the longest. */
export async function axe(page, part = 'all') {
  const builder = new AxeBuilder({ page }).exclude('iframe');
  if (part === 'colours') builder.withRules(['color-contrast', 'link-in-text-block']);
  else builder.withTags(TAGS);
  if (part === 'layout') builder.disableRules(['color-contrast']);
  const found = await builder.analyze();
  return found.violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `   ${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 160)}`).join('\n')}`);
}
/** Visible controls smaller than 48 px, other than links inside a sentence. */
export function smallTargets(page) {
  return page.evaluate(() => {
    const small = [];
    for (const e of document.querySelectorAll('button, a.button, nav a, select, textarea, input:not([type=checkbox]):not([type=radio]):not([type=file]):not(.people-field input), label.tick, label.button, summary, a.into, .offers li')) {
      const box = e.getBoundingClientRect();
      if (!box.width || e.closest('.hidden, details:not([open]) > :not(summary)')) continue;
      if (box.height < 47.5 || box.width < 47.5) small.push(`${e.tagName} ${e.className} "${e.textContent.slice(0, 30)}" ${Math.round(box.width)}x${Math.round(box.height)}`);
    }
    return small;
  });
}
/** A scanner: keys faster than a hand's, into whatever has the focus, and what a browser would do with each. */
export function burst(page, code, end = 'Enter') {
  return page.evaluate(([text, last]) => {
    for (const key of [...text, last]) {
      const at = document.activeElement || document.body;
      const go = at.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      if (go && key.length === 1 && 'value' in at && at.tagName !== 'BUTTON') {
        const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(at), 'value').set;
        set.call(at, at.value + key);
        at.dispatchEvent(new Event('input', { bubbles: true }));
      }
      if (go && key === 'Enter' && at.tagName === 'BUTTON') at.click();
      if (at.dispatchEvent(new KeyboardEvent('keyup', { key, bubbles: true, cancelable: true })) && key === ' ' && at.tagName === 'BUTTON') at.click();
    }
  }, [code, end]);
}
/** The field of recipients of a mail being written, and the recipients in one of its fields. */
export const toField = (page) => page.getByLabel('To', { exact: true });
export const chipsOf = (page, id = 'to') => page.locator(`#${id}`).locator('xpath=ancestor::ul').locator('button.x');
/** What makes a page scroll sideways. */
export function sideways(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > wide + 1 && e.getBoundingClientRect().width > 0).slice(0, 5).map((e) => `${e.tagName}.${e.className} ${Math.round(e.getBoundingClientRect().right)}`);
  });
}
/** Words that stand out of the box that holds them, where it hides what stands out. */
export function cutOff(page) {
  return page.evaluate(() => [...document.querySelectorAll('button, a, label, legend, h1, h2, h3, th, td, p, strong, .state, .hint, dt, dd')].filter((e) => {
    const box = e.getBoundingClientRect();
    if (!box.width || e.closest('.hidden, svg')) return false;
    const style = getComputedStyle(e);
    const hides = style.overflowX !== 'visible' || style.textOverflow === 'ellipsis';
    return (hides && e.scrollWidth > e.clientWidth + 1) || (e.matches('button, .button') && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2));
  }).map((e) => `${e.tagName}.${e.className} "${e.textContent.trim().slice(0, 40)}"`).slice(0, 5));
}

// The real program, a real mail server behind it, and a real browser in front.

import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, readdirSync, readFileSync, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const binary = process.env.TILLPOST_BIN || join(root, 'target', 'debug', 'tillpost');

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

/** A till: its data folder, the running service, and a mail server that can be taken away. */
export class Till {
  static async start({ account = false, files = [], env = {} } = {}) {
    const till = new Till();
    till.folder = mkdtempSync(join(tmpdir(), 'tillpost-screens-'));
    till.data = join(till.folder, 'data');
    till.smtp = await freePort();
    till.port = await freePort();
    till.env = { PATH: process.env.PATH, HOME: till.folder, ...(process.env.TZ ? { TZ: process.env.TZ } : {}), ...env };
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
    if (process.getuid() === 0) execFileSync('chmod', ['-R', 'a+rwX', this.folder, this.mails]);
    this.sink = spawn('smtp-sink', [...user, '-d', `${this.mails}/%s.`, ...options, `127.0.0.1:${this.smtp}`, '64'], { env: { PATH: `${process.env.PATH}:/usr/sbin` }, stdio: 'ignore' });
    await until(() => fetchPort(this.smtp), 'the mail server');
  }

  async stopMailServer() {
    if (!this.sink) return;
    const ended = new Promise((resolve) => this.sink.once('exit', resolve));
    this.sink.kill('SIGKILL');
    await ended;
    this.sink = null;
  }

  received() {
    if (!this.mails || !existsSync(this.mails)) return [];
    return readdirSync(this.mails).map((name) => readFileSync(join(this.mails, name), 'utf8')).filter((text) => text.length > 0);
  }

  /** An address that signs a browser in as the owner. */
  link(path = '/', role = 'owner') {
    return JSON.parse(this.run('--json', 'api', 'link', '--role', role, '--path', path)).url;
  }

  async stop() {
    await this.stopService('SIGKILL');
    await this.stopMailServer();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function fetchPort(port) {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

let browser;
export async function theBrowser() {
  browser ||= await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return browser;
}
export async function closeBrowser() {
  if (browser) await browser.close();
  browser = null;
}

/** A page that fails its test on errors in the console and on any request to another host. */
export async function screenOf(till, path = '/', { width = 1024, height = 768, locale = 'en-GB', own = null, ...more } = {}) {
  const context = await (await theBrowser()).newContext({ viewport: { width, height }, locale, ...more });
  if (own) await context.addInitScript((value) => {
    // The viewer of a PDF is a frame without a storage of its own.
    if (location.protocol === 'http:' && window.localStorage) localStorage.setItem('tillpost.screen', JSON.stringify(value));
  }, own);
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
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
  await page.goto(till.link(path));
  await page.locator('main h1').first().waitFor();
  return page;
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export async function axe(page) {
  const found = await new AxeBuilder({ page }).withTags(TAGS).exclude('iframe').analyze();
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
/** What makes a page scroll sideways. */
export function sideways(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > wide + 1 && e.getBoundingClientRect().width > 0).slice(0, 5).map((e) => `${e.tagName}.${e.className} ${Math.round(e.getBoundingClientRect().right)}`);
  });
}

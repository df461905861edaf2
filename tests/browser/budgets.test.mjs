// How light the screens are: on a slow till, with a full address book, and open all day.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Till, screenOf, closeBrowser, until } from './support.mjs';

let till;
before(async () => {
  till = await Till.start({ account: true });
  till.run('settings', 'set', 'undo_seconds', 'until_released');
  for (let i = 0; i < 30; i += 1) await till.api('/mails', { method: 'POST', body: { mail: { to: [`p${i}@example.com`], subject: `Mail ${i}`, text: 'Text.\n' } } });
});
after(async () => {
  await closeBrowser();
  await till.stop();
});

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
/** Opens the outbox, and tells when it was first seen. */
async function painted(page) {
  await page.goto(new URL('/outbox', page.url()).href);
  await page.locator('.list a.into').first().waitFor();
  return page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].toJSON());
}
/** A machine that is busy with other things is not a slow till: how much longer than usual the outbox takes now, without any brake. */
async function busyness(page) {
  const paints = [];
  for (let i = 0; i < 3; i += 1) paints.push((await painted(page)).startTime);
  return Math.max(1, median(paints) / 150);
}
/** What all but the slowest twentieth of the answers take no longer than, as a screen asks. The best of three rounds:
 *  what else this machine does in one of them is not the program's time. */
const p95 = (page, path) => page.evaluate(async (url) => {
  const rounds = [];
  for (let round = 0; round < 3; round += 1) {
    const took = [];
    for (let i = 0; i < 20; i += 1) {
      const begun = performance.now();
      const answer = await fetch(url, { cache: 'no-store' });
      const size = (await answer.arrayBuffer()).byteLength;
      if (!answer.ok || !size) throw new Error(`${url}: ${answer.status}, ${size} bytes`);
      took.push(performance.now() - begun);
    }
    rounds.push(took.sort((x, y) => x - y)[18]);
  }
  return Math.min(...rounds);
}, `/api/v1${path}`);
async function slowed(page, rate) {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
  return session;
}

// Of blocking, Lighthouse allows 150 ms at four times slower; twelve times slower is three times that.
for (const [rate, paint, ready, blocking] of [[6, 1000, 1500, 225], [12, 2000, 3000, 450]]) {
  test(`a till ${rate} times slower shows the outbox in time, without a jump`, async () => {
    const page = await screenOf(till, '/settings');
    await page.addInitScript(() => {
      new MutationObserver(() => {
        if (!window.readyAt && document.querySelector('.list a.into')) window.readyAt = performance.now();
      }).observe(document, { childList: true, subtree: true });
      window.jumps = 0;
      window.blocked = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.blocked += Math.max(0, entry.duration - 50);
      }).observe({ type: 'longtask', buffered: true });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const busy = await busyness(page);
    await slowed(page, rate);
    const seen = [];
    // Five times; what else this machine does blocks a page too, and asks for more until one was let alone.
    const least = () => Math.min(...seen.map((s) => s.blocked));
    for (let i = 0; i < 5 || (i < 15 && least() > blocking * busy); i += 1) {
      const { startTime } = await painted(page);
      seen.push({ paint: startTime, ...(await page.evaluate(() => ({ ready: window.readyAt, jumps: window.jumps, blocked: window.blocked }))) });
    }
    const paints = seen.map((s) => s.paint);
    const readies = seen.map((s) => s.ready);
    const jumps = Math.max(...seen.map((s) => s.jumps));
    assert.ok(median(paints) <= paint * busy, `first paint after ${paints.map(Math.round)} ms`);
    assert.ok(median(readies) <= ready * busy, `first data after ${readies.map(Math.round)} ms`);
    assert.ok(jumps <= 0.05, `the page jumps: ${jumps}`);
    assert.ok(least() <= blocking * busy, `no key is heard for ${seen.map((s) => Math.round(s.blocked))} ms`);
    await page.context().close();
  });
}

test('20,000 addresses: suggestions follow the keys on a slow till', async () => {
  const cards = Array.from({ length: 20000 }, (_, i) => `person${i}@example.com;Person Number${i}`);
  const file = join(till.folder, 'book.csv');
  writeFileSync(file, `address;name\n${cards.join('\n')}\n`);
  till.run('contacts', 'import', file);
  const page = await screenOf(till, '/outbox');
  const busy = await busyness(page);
  const asked = await p95(page, '/contacts/suggest?q=number19&limit=6');
  assert.ok(asked <= 50 * busy, `the API takes ${asked} ms`);
  await page.goto(`${till.base}/mail/new`);
  await slowed(page, 6);
  const took = [];
  for (const text of ['number19999', 'number777', 'number4242', 'number15', 'number9001']) {
    const field = page.getByLabel('To', { exact: true });
    await field.fill(text.slice(0, -1));
    await page.getByRole('option').first().waitFor();
    took.push(await page.evaluate(([all, wanted]) => new Promise((resolve) => {
      const input = document.getElementById('to');
      const begun = performance.now();
      const look = () => {
        // Every suggestion fits the whole word, as none did for all of its beginning.
        const offers = [...document.querySelectorAll('[role=option]')];
        if (offers.length && offers.every((o) => o.textContent.toLowerCase().includes(wanted))) resolve(performance.now() - begun);
        else requestAnimationFrame(look);
      };
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, all);
      input.dispatchEvent(new Event('input', { bubbles: true }));
      look();
    }), [text, text]));
    await field.fill('');
  }
  assert.ok(median(took) <= 200 * busy, `suggestions after ${took.map(Math.round)} ms`);
  await page.context().close();
});

test('the status is small, and said to be the same while nothing changes', async () => {
  const page = await screenOf(till, '/outbox');
  const seen = await page.evaluate(async () => {
    const first = await fetch('/api/v1/status', { cache: 'no-store' });
    const body = await first.text();
    const again = await fetch('/api/v1/status', { cache: 'no-store', headers: { 'if-none-match': first.headers.get('etag') } });
    return { size: body.length, again: again.status };
  });
  assert.ok(seen.size <= 1024, `${seen.size} bytes`);
  assert.equal(seen.again, 304);
  await page.context().close();
});

test('a burst of keys asks for one preview, of the whole', async () => {
  const page = await screenOf(till, '/mail/new?to=anna@example.com');
  await page.getByLabel('Subject').fill('Keys');
  await page.locator('.side dd', { hasText: 'Keys' }).waitFor();
  const asked = [];
  page.on('request', (request) => { if (/preview$/.test(request.url())) asked.push(request.postData()); });
  await page.getByLabel('Message').focus();
  await page.keyboard.type('A sentence of forty keys, or some more.', { delay: 20 });
  await page.locator('.side .words', { hasText: 'or some more.' }).waitFor();
  assert.ok(asked.length <= 3, `${asked.length} previews`);
  assert.ok(asked.at(-1).includes('or some more.'));
  await page.context().close();
});

/** Copies the one mail of a till that does not run: `waiting` times as it is, `sent` times as the server took it. */
function multiply(data, waiting, sent) {
  const copies = (count, first, mail, recipient) => `
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
    INSERT INTO mail (id, uuid, fingerprint, account_id, message_id, from_address, subject, size, sha256, eight_bit, created_ms, urgency, step_back_ms, online_base_ms, held, finished, next_ms, wait)
      SELECT n + ${first}, randomblob(16), fingerprint, account_id, n + ${first} || message_id, from_address, subject || ' ' || n, size, sha256, eight_bit, created_ms - n * 1000, urgency, step_back_ms, online_base_ms, ${mail}, next_ms, wait FROM n, mail WHERE mail.id = 1;
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
    INSERT INTO recipient (mail_id, address, address_key, role, state, tries, reply, settled_ms)
      SELECT n + ${first}, 'c' || n % 5000 || '@example.com', 'c' || n % 5000 || '@example.com', role, ${recipient} FROM n, recipient WHERE recipient.mail_id = 1;`;
  const sql = `PRAGMA synchronous = OFF; BEGIN;${copies(waiting, 1, 'held, 0', "'waiting', 0, NULL, NULL")}${copies(sent, waiting + 1, '0, 1', "'accepted', 1, '250 2.0.0 Ok', 1763000000000")} COMMIT; PRAGMA wal_checkpoint(TRUNCATE);`;
  execFileSync('python3', ['-c', 'import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).executescript(sys.stdin.read())', join(data, 'tillpost.db')], { input: sql });
}

test('a thousand mails that wait and a hundred thousand that were sent: a page of them comes at once', { timeout: 120000 }, async () => {
  const full = await Till.start({ account: true });
  try {
    full.run('settings', 'set', 'undo_seconds', 'until_released');
    full.run('send', '--to', 'anna@example.com', '--subject', 'Mail', '--text', 'Text.\n');
    await full.stopService();
    multiply(full.data, 999, 100000);
    await full.serve();
    const page = await screenOf(full, '/outbox');
    const busy = await busyness(page);
    for (const [box, count] of [['outbox', 1000], ['sent', 100000]]) {
      const seen = await page.evaluate(async (b) => (await fetch(`/api/v1/mails?box=${b}&limit=50`)).json(), box);
      assert.deepEqual([seen.items.length, seen.total], [50, count]);
      const took = await p95(page, `/mails?box=${box}&limit=50`);
      assert.ok(took <= 300 * busy, `${box}: ${took} ms`);
    }
    await page.context().close();
  } finally {
    await full.stop();
  }
});

test('the picture of a page is small, and drawn soon', async () => {
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'invoice', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna' }, lines: Array.from({ length: 18 }, (_, i) => ({ description: `Part ${i} with a name that is a little longer`, quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } })) } });
  const page = await screenOf(till, `/docs/invoice/${made.number}`);
  await page.locator('img.sheet').first().waitFor();
  const size = await page.evaluate(async (path) => (await (await fetch(path)).blob()).size, `/api/v1/documents/invoice/${made.number}/pages/1`);
  assert.ok(size <= 150000, `${size} bytes`);
  const busy = await busyness(page);
  // A4 at 97 dots an inch is 802 dots wide.
  const took = await p95(page, `/documents/invoice/${made.number}/pages/1?dpi=97`);
  assert.ok(took <= 300 * busy, `drawn after ${took} ms`);
  await page.context().close();
});

test('a day at the till in short: nothing piles up', { timeout: 240000 }, async () => {
  const page = await screenOf(till, '/outbox');
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const weigh = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name) => metrics.find((m) => m.name === name).value;
    return { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') };
  };
  const paths = ['/sent', '/mail/new', '/docs', '/docs/new/job_card', '/contacts', '/outbox'];
  const round = async (times) => {
    for (let i = 0; i < times; i += 1) {
      for (const path of paths) {
        await page.evaluate((to) => {
          history.pushState({}, '', to);
          dispatchEvent(new PopStateEvent('popstate'));
        }, path);
        await page.locator('main h1').first().waitFor();
        // What a day's polls are, as fast as they come.
        await page.evaluate(async () => {
          for (let n = 0; n < 5; n += 1) {
            document.dispatchEvent(new Event('visibilitychange'));
            await fetch('/api/v1/status', { cache: 'no-store' });
          }
        });
      }
    }
    await page.locator('.list a.into').first().waitFor();
  };
  await round(4);
  const before = await weigh();
  await round(30);
  const after = await weigh();
  assert.ok(after.heap - before.heap <= 2e6, `the heap grew by ${Math.round((after.heap - before.heap) / 1000)} KB`);
  assert.ok(after.nodes <= before.nodes * 1.2 + 100, `nodes: ${before.nodes} and then ${after.nodes}`);
  assert.ok(after.listeners <= before.listeners * 1.2 + 50, `listeners: ${before.listeners} and then ${after.listeners}`);
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

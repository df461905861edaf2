// The lists of mails: a mail beside its list, the order, how far sending has come, and mails of some days.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Till, screenOf, closeBrowser, until, axe, smallTargets, sideways } from './support.mjs';

const WIDE = { width: 1366, height: 768, own: { look: 'light' } };
let till;
before(async () => {
  till = await Till.start({ account: true });
  till.run('settings', 'set', 'undo_seconds', '0');
});
after(async () => {
  await closeBrowser();
  await till.stop();
});

/** A mail that waits for another year. */
const waiting = (subject) => till.api('/mails', { method: 'POST', body: { mail: { to: ['Zofie Müller <zofie@example.com>'], subject, text: `About ${subject}.\n`, send_after: '2090-01-02T08:00' } } });
const link = (page, subject) => page.locator('.mails a.into').filter({ has: page.getByText(subject, { exact: true }) });
const topOf = async (there) => Math.round((await there.boundingBox()).y);
const focused = (page) => page.evaluate(() => document.activeElement.textContent);
/** A mail beside its list. */
const side = (page, subject) => page.getByRole('region', { name: subject });
const opened = (page, subject) => until(async () => (await focused(page)) === subject, `the focus on the heading of ${subject}`);
async function done(page) {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
}

test('a mail stands beside its list on a wide screen, and nothing in the list moves', async () => {
  const mails = [];
  for (let n = 10; n < 34; n += 1) mails.push(await waiting(`Number ${n}`));
  const page = await screenOf(till, '/outbox', WIDE);
  const [one, other] = [link(page, 'Number 28'), link(page, 'Number 29')];
  await one.scrollIntoViewIfNeeded();
  const place = await topOf(one);
  await one.click();
  await opened(page, 'Number 28');
  assert.match(page.url(), new RegExp(`/outbox/${mails[18].id}$`));
  assert.equal(await page.title(), 'Number 28 – Tillpost');
  assert.equal(await topOf(one), place);
  assert.deepEqual([await one.getAttribute('aria-current'), await page.locator('.mails [aria-current]').count()], ['true', 1]);
  await side(page, 'Number 28').getByText('About Number 28.').waitFor();
  // Others come and go, above and below: the row, the focus and the mail stay.
  await till.api(`/mails/${mails[0].id}/cancel`, { method: 'POST', body: {} });
  await waiting('Number 34');
  await link(page, 'Number 34').waitFor();
  await link(page, 'Number 10').waitFor({ state: 'detached' });
  assert.deepEqual([await topOf(one), await focused(page)], [place, 'Number 28']);
  // On to the next by keys, and back by the browser.
  const next = await topOf(other);
  await other.focus();
  await page.keyboard.press('Enter');
  await opened(page, 'Number 29');
  assert.deepEqual([await topOf(other), await other.getAttribute('aria-current'), await one.getAttribute('aria-current')], [next, 'true', null]);
  await page.goBack();
  await opened(page, 'Number 28');
  assert.equal(await topOf(one), place);
  await page.keyboard.press('Escape');
  await page.waitForURL(/\/outbox$/);
  await until(() => one.evaluate((e) => e === document.activeElement), 'the focus on the row');
  assert.deepEqual([await topOf(one), await page.title(), await page.locator('.mails [aria-current]').count()], [place, 'Outbox – Tillpost', 0]);
  await one.press('Enter');
  await opened(page, 'Number 28');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await until(() => one.evaluate((e) => e === document.activeElement), 'the focus on the row again');
  await done(page);
});

test('the address of a mail beside its list is kept, with what the list was searched for', async () => {
  const mail = await waiting('Sought');
  const page = await screenOf(till, '/outbox', WIDE);
  await page.getByRole('searchbox').fill('sought');
  await page.waitForURL(/q=sought/);
  await until(async () => (await page.locator('.mails > li').count()) === 1, 'one row');
  await link(page, 'Sought').click();
  await opened(page, 'Sought');
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, `/outbox/${mail.id}?q=sought`);
  await page.reload();
  await side(page, 'Sought').getByText('About Sought.').waitFor();
  assert.equal(await page.locator('.mails > li').count(), 1);
  // A typed search is emptied before the mail is closed.
  await page.getByRole('searchbox').focus();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.pathname.endsWith(mail.id) && !url.search);
  await page.keyboard.press('Escape');
  await page.waitForURL(/\/outbox$/);
  await page.goto(`${till.base}/outbox/${mail.id}?q=sought`);
  await side(page, 'Sought').getByText('About Sought.').waitFor();
  await link(page, 'Sought').waitFor();
  for (const look of ['light', 'dark', 'high']) {
    await page.evaluate((name) => { document.documentElement.dataset.look = name; }, look);
    assert.deepEqual(await axe(page, look === 'light' ? 'all' : 'colours'), [], look);
  }
  assert.deepEqual([await smallTargets(page), await sideways(page)], [[], []]);
  // Without the room it is a page of its own, and the way back leads to the same list.
  for (const [width, height] of [[1024, 768], [683, 384], [320, 640]]) {
    await page.setViewportSize({ width, height });
    await page.locator('.mails').waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1, name: 'Sought' }).waitFor();
    assert.deepEqual([await smallTargets(page), await sideways(page)], [[], []], `${width}`);
  }
  await page.getByRole('link', { name: '← Outbox' }).click();
  await page.waitForURL(/\/outbox\?q=sought$/);
  await done(page);
});

test('large letters leave a mail its own page, and a made-up address beside the list is answered', async () => {
  const mail = await waiting('Large');
  const page = await screenOf(till, `/outbox/${mail.id}`, { ...WIDE, own: { size: '150' } });
  await page.getByRole('heading', { level: 1, name: 'Large' }).waitFor();
  assert.equal(await page.locator('.mails').count(), 0);
  await page.context().close();
  const other = await screenOf(till, `/outbox/${encodeURIComponent('"]')}`, WIDE);
  await other.locator('.side').getByText('is not the id of a mail').waitFor();
  await other.locator('.mails > li').first().waitFor();
  await other.keyboard.press('Escape');
  await other.waitForURL(/\/outbox$/);
  await done(other);
});

test('the outbox has the oldest on top, behind what was put first, and says how much of it is shown', async () => {
  const own = await Till.start({ account: true });
  try {
    const mails = [];
    for (let n = 0; n < 53; n += 1) mails.push(await own.api('/mails', { method: 'POST', body: { mail: { to: ['a@example.com'], subject: `Turn ${n}`, text: 'Text.\n', send_after: '2090-01-02T08:00' } } }));
    const page = await screenOf(own, '/outbox');
    const subjects = () => page.locator('.mails strong').allInnerTexts();
    await page.getByText('Showing 1–50 of 53').first().waitFor();
    assert.deepEqual((await subjects()).slice(0, 3), ['Turn 0', 'Turn 1', 'Turn 2']);
    await own.api('/queue/pause', { method: 'POST', body: {} });
    await own.api(`/mails/${mails[40].id}/first`, { method: 'POST', body: {} });
    await until(async () => (await subjects())[0] === 'Turn 40', 'the one that was put first on top');
    await page.getByRole('button', { name: 'Show more' }).click();
    await until(async () => (await subjects()).length === 53, 'all of them');
    assert.deepEqual(await subjects(), ['Turn 40', ...mails.map((_, n) => `Turn ${n}`).filter((s) => s !== 'Turn 40')]);
    await page.getByText('Showing 1–50').first().waitFor({ state: 'detached' });
    await done(page);
  } finally {
    await own.stop();
  }
});

test('while mails leave it is said how many have, on the outbox and to those who do not see it', async () => {
  const own = await Till.start({ account: true });
  try {
    own.run('settings', 'set', 'undo_seconds', '0');
    own.run('queue', 'pause');
    for (let n = 0; n < 9; n += 1) own.run('send', '--to', 'a@example.com', '--subject', `Turn ${n}`, '--text', 'Text.');
    // The server takes its time for each.
    await own.mailServer('-w', '1');
    const page = await screenOf(own, '/outbox');
    await page.locator('.standing', { hasText: 'on the command line' }).waitFor();
    await page.evaluate(() => {
      window.said = [];
      new MutationObserver(() => window.said.push([Date.now(), document.querySelector('.line [role=status]').textContent])).observe(document.querySelector('.line [role=status]'), { characterData: true, childList: true, subtree: true });
    });
    const list = page.locator('ul.mails');
    const top = await topOf(list);
    await page.getByRole('button', { name: 'Start sending' }).first().click();
    const seen = new Set();
    await page.getByRole('progressbar', { name: /^Sending \d of 9…$/ }).waitFor();
    await until(async () => {
      const now = await page.evaluate(() => {
        const [bar, rows] = [document.querySelector('progress'), document.querySelector('ul.mails')];
        return { words: document.querySelector('.standing').innerText.trim(), bar: bar && [bar.max, bar.value], top: rows && Math.round(rows.getBoundingClientRect().y) };
      });
      if (now.words === '9 mails sent.') return true;
      const found = now.words.match(/^Sending (\d) of 9…$/);
      if (found) seen.add(Number(found[1]));
      if (found && now.bar) assert.deepEqual(now.bar, [9, Number(found[1]) - 1]);
      if (now.top !== null) assert.equal(now.top, top);
      return false;
    }, 'all of them sent', 40000);
    assert.ok(seen.size >= 4 && [...seen].every((n, i, all) => !i || n > all[i - 1]), [...seen].join());
    const said = (await page.evaluate(() => window.said)).filter(([, words]) => words.startsWith('Sending '));
    const gaps = said.slice(1).map(([at], i) => at - said[i][0]);
    assert.ok(said.length >= 2 && gaps.every((gap) => gap >= 4900), JSON.stringify(said));
    await done(page);
  } finally {
    await own.stop();
  }
});

test('sent mails of some days: kept in the address, cleared with the search', async () => {
  const mail = await waiting('Of today');
  await till.api(`/mails/${mail.id}/cancel`, { method: 'POST', body: {} });
  const page = await screenOf(till, '/sent');
  const day = (days) => page.evaluate((n) => {
    const d = new Date(Date.now() + n * 86400000);
    return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;
  }, days);
  const [yesterday, today] = [await day(-1), await day(0)];
  await link(page, 'Of today').waitFor();
  await page.getByLabel('To', { exact: true }).fill(yesterday);
  await page.getByText('No sent mail matches this search.').waitFor();
  await page.getByLabel('From', { exact: true }).fill(today);
  await page.getByText(`${yesterday} is before ${today}`).first().waitFor();
  assert.equal(await page.getByLabel('To', { exact: true }).getAttribute('aria-invalid'), 'true');
  await page.getByLabel('To', { exact: true }).fill(today);
  await link(page, 'Of today').waitFor();
  await page.getByRole('searchbox').fill('nobody');
  await page.getByText('No sent mail matches "nobody".').waitFor();
  await page.reload();
  await page.getByText('No sent mail matches "nobody".').waitFor();
  assert.deepEqual([await page.getByLabel('From', { exact: true }).inputValue(), new URL(page.url()).search], [today, `?q=nobody&from=${today}&to=${today}`]);
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'Clear search' }).click();
  await link(page, 'Of today').waitFor();
  assert.deepEqual([await page.getByLabel('From', { exact: true }).inputValue(), new URL(page.url()).search], ['', '']);
  await done(page);
});

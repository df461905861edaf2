// What the screens say as time goes by, with a clock the test holds: undo, waiting, losing contact.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Till, screenOf, closeBrowser, until } from './support.mjs';

let till;
before(async () => {
  till = await Till.start({ account: true });
  till.run('settings', 'set', 'undo_seconds', '120');
});
after(async () => {
  await closeBrowser();
  await till.stop();
});

/** From its next address on the page's clock stands at the till's own time until the test moves it. */
async function hold(page) {
  await page.clock.install({ time: new Date() });
  await page.addInitScript(() => {
    window.underWay = 0;
    const { fetch } = window;
    window.fetch = (...what) => {
      window.underWay += 1;
      const answer = fetch(...what);
      const over = () => { window.underWay -= 1; };
      answer.then((one) => one.clone().text()).then(over, over);
      return answer;
    };
  });
}
async function stopped(path) {
  const page = await screenOf(till, '/outbox');
  await hold(page);
  await page.goto(till.base + path);
  await page.locator('main h1').first().waitFor();
  return page;
}
/** Moves the clock in steps; what is asked in between gets its answer, as time stands still for it. Gives the
 *  seconds that went by in truth, and at the till. */
async function pass(page, seconds, step = seconds) {
  const begun = Date.now();
  const answered = () => until(() => page.evaluate(() => window.underWay === 0), 'the answers');
  await answered();
  for (let s = 0; s < seconds; s += step) {
    await page.clock.runFor(step * 1000);
    await answered();
  }
  return (Date.now() - begun) / 1000;
}

test('the time to undo counts down, and its words follow', async () => {
  const page = await stopped('/mail/new');
  await page.getByLabel('To', { exact: true }).fill('anna@example.com');
  await page.getByLabel('Subject').fill('Soon');
  await page.getByLabel('Message').fill('Text.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const bar = page.getByRole('region', { name: 'The mail just written' });
  await bar.waitFor();
  const left = async () => Number((await bar.innerText()).match(/leaves in (\d+) s/)[1]);
  const first = await left();
  const real = await pass(page, 30, 1);
  const second = await left();
  assert.ok(first - second >= 28 && first - second <= 32 + real, `${first} and then ${second}`);
  await bar.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('heading', { name: 'New mail' }).waitFor();
  assert.equal(await page.getByLabel('Subject').inputValue(), 'Soon');
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('a screen left open does not say "just now" for ever', async () => {
  await till.api('/mails', { method: 'POST', body: { mail: { to: ['anna@example.com'], subject: 'Ages', text: 'Text.\n', send_after: '2099-01-01T08:00' } } });
  const page = await stopped('/outbox');
  const row = page.getByRole('listitem').filter({ hasText: 'Ages' });
  await row.getByText('just now').waitFor();
  await pass(page, 180, 20);
  await row.getByText('3 min ago').waitFor();
  const begun = new Date();
  await pass(page, 2 * 3600, 600);
  // Past midnight it is a day, not hours ago.
  const sameDay = new Date(begun.getTime() + 2 * 3600 * 1000 + 180 * 1000).getDate() === begun.getDate();
  await row.getByText(sameDay ? /2 hr\.? ago/ : begun.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })).waitFor();
  await page.context().close();
});

test('contact lost: at once, then with the time to the next try, after a minute with a question, and back', async () => {
  const page = await stopped('/outbox');
  await page.getByRole('link', { name: /Ages/ }).waitFor();
  await till.stopService('SIGKILL');
  await pass(page, 16);
  await page.getByText('This screen has lost contact with Tillpost').waitFor();
  await page.getByText('Mails in the outbox are safe.').first().waitFor();
  await page.getByText(/Trying again in \d+ s\./).waitFor();
  assert.equal(await page.getByText('Is the Tillpost program running?').count(), 0);
  await pass(page, 80, 8);
  await page.getByText('Is the Tillpost program running?').waitFor();
  // The list stays, greyed.
  await page.getByRole('link', { name: /Ages/ }).waitFor();
  await till.serve();
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByText('This screen has lost contact').waitFor({ state: 'detached' });
  await page.context().close();
});

test('a pause, and sending again: said at the next look', async () => {
  const page = await stopped('/outbox');
  till.run('queue', 'pause');
  await pass(page, 16);
  const paused = page.locator('.standing', { hasText: /Paused at \d\d:\d\d on the command line\./ });
  await paused.waitFor();
  till.run('queue', 'resume');
  await pass(page, 16);
  await paused.waitFor({ state: 'detached' });
  await page.context().close();
});

test('the server is away: the mails are safe, and the seconds to the next try go by', async () => {
  await till.api('/mails', { method: 'POST', body: { mail: { to: ['anna@example.com'], subject: 'Away', text: 'Text.\n' } } });
  till.run('queue', 'retry', '--all');
  await until(async () => (await till.api('/status')).accounts[0].next_try_at, 'a next try');
  const page = await stopped('/outbox');
  await page.locator('.standing', { hasText: /mails? (is|are) safe in the outbox|tried again by itself/ }).waitFor();
  const left = async () => {
    const [, minutes, seconds] = (await page.locator('.standing').innerText()).match(/Next try in (\d+):(\d\d)\./);
    return Number(minutes) * 60 + Number(seconds);
  };
  // Long enough that it is not over while the test looks.
  const first = await until(async () => {
    const seconds = await left();
    if (seconds >= 5) return seconds;
    await pass(page, 1);
    return 0;
  }, 'the time to the next try', 40000);
  const real = await pass(page, 2);
  const second = await left();
  assert.ok(first - second >= 1 && first - second <= 4 + real, `${first} and then ${second}`);
  // It is seen and not read out each second.
  assert.equal(await page.locator('.standing [aria-hidden]', { hasText: 'Next try' }).count(), 1);
  assert.ok(!(await page.locator('.line [role=status]').innerText()).includes('Next try'));
  await till.mailServer();
  await page.locator('.line').getByRole('button', { name: 'Try now' }).click();
  await until(() => till.received().some((mail) => mail.includes('Subject: Away')), 'the mail at the server');
  await page.context().close();
});

test('a screen that nobody touches asks four times a minute how things stand, for nothing else, and draws nothing', async () => {
  const page = await stopped('/settings/screen');
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async () => (await session.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value;
  // A minute after the last touch it asks less often.
  await pass(page, 90, 3);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.evaluate(() => {
    window.changes = 0;
    new MutationObserver((list) => { window.changes += list.length; }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  });
  const before = await busy();
  await pass(page, 600, 5);
  const spent = (await busy()) - before;
  assert.ok(asked.length >= 28 && asked.length <= 42, `${asked.length} requests`);
  assert.deepEqual([...new Set(asked)], ['/api/v1/status']);
  assert.ok((await page.evaluate(() => window.changes)) <= 4, 'the page was drawn anew');
  // One per cent of the ten minutes that went by.
  assert.ok(spent <= 6, `${spent} s of work`);
  await page.context().close();
});

test('a screen that nobody touches locks itself, and what is being written waits under the PIN', async () => {
  const own = await Till.start({ account: true });
  try {
    await own.api('/access/pins/owner', { method: 'PUT', body: { pin: '4711' } });
    const page = await screenOf(own, '/settings/screen');
    await hold(page);
    await page.reload();
    await page.getByLabel('After', { exact: true }).selectOption('1 minute');
    await page.goto(`${own.base}/docs/new/invoice`);
    await page.getByLabel('Name', { exact: true }).fill('Zofie');
    await pass(page, 90, 5);
    await page.getByLabel('PIN', { exact: true }).waitFor();
    for (const key of ['Escape', 'Escape', 'F1']) await page.keyboard.press(key);
    await page.getByLabel('PIN', { exact: true }).fill('4711');
    await page.keyboard.press('Enter');
    await page.getByLabel('PIN', { exact: true }).waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Zofie');
    page.on('dialog', (dialog) => dialog.accept());
    await page.getByRole('link', { name: 'Outbox' }).click();
    await page.getByRole('heading', { name: 'Outbox' }).waitFor();
    await pass(page, 40, 5);
    await page.keyboard.press('Shift');
    await pass(page, 40, 5);
    assert.ok(await page.getByRole('heading', { name: 'Outbox' }).isVisible(), 'a key counts');
    await pass(page, 30, 5);
    await page.getByLabel('PIN', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => fetch('/api/v1/status').then((answer) => answer.status)), 401);
    for (const digit of '4711') await page.getByRole('button', { name: digit, exact: true }).click();
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByRole('heading', { name: 'Outbox' }).waitFor();
    await page.context().close();
  } finally {
    await own.stop();
  }
});

test('a screen of the staff does not lock while the owner alone has a PIN', async () => {
  const own = await Till.start({ account: true });
  try {
    await own.api('/access/pins/owner', { method: 'PUT', body: { pin: '4711' } });
    const page = await screenOf(own, '/outbox');
    await page.goto(own.link('/settings/screen', 'staff'));
    await hold(page);
    await page.reload();
    await page.getByLabel('After', { exact: true }).selectOption('1 minute');
    await page.goto(`${own.base}/outbox`);
    await page.getByRole('heading', { name: 'Outbox' }).waitFor();
    await pass(page, 90, 5);
    assert.ok(await page.getByRole('heading', { name: 'Outbox' }).isVisible(), 'nobody could come in again');
    await own.api('/access/pins/staff', { method: 'PUT', body: { pin: '1234' } });
    await pass(page, 90, 5);
    await page.getByLabel('PIN', { exact: true }).waitFor();
    await page.context().close();
  } finally {
    await own.stop();
  }
});

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

/** A page whose clock stands at the till's own time until the test moves it. */
async function stopped(path) {
  const page = await screenOf(till, '/outbox');
  await page.clock.install({ time: new Date() });
  await page.goto(till.base + path);
  await page.locator('main h1').first().waitFor();
  return page;
}
/** Moves the clock in small steps, so that what is asked in between gets its answer. */
async function pass(page, seconds, step = 1) {
  for (let s = 0; s < seconds; s += step) await page.clock.runFor(step * 1000);
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
  await pass(page, 30);
  const second = await left();
  assert.ok(first - second >= 28 && first - second <= 32, `${first} and then ${second}`);
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
  await pass(page, 2 * 3600, 600);
  await row.getByText(/2 hr\.? ago/).waitFor();
  await page.context().close();
});

test('contact lost: at once, then with the time to the next try, after a minute with a question, and back', async () => {
  const page = await stopped('/outbox');
  await till.stopService('SIGKILL');
  await page.clock.runFor(16000);
  await page.getByText('This screen has lost contact with Tillpost').waitFor();
  await page.getByText('Mails in the outbox are safe.').first().waitFor();
  await page.getByText(/Trying again in \d+ s\./).waitFor();
  assert.equal(await page.getByText('Is the Tillpost program running?').count(), 0);
  for (let i = 0; i < 10; i += 1) {
    await page.clock.runFor(8000);
    await page.waitForLoadState('networkidle');
  }
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
  await page.clock.runFor(16000);
  await page.locator('.standing', { hasText: 'Sending is paused.' }).waitFor();
  till.run('queue', 'resume');
  await page.clock.runFor(16000);
  await page.locator('.standing', { hasText: 'Sending is paused.' }).waitFor({ state: 'detached' });
  await page.context().close();
});

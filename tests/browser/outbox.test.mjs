// Waiting mails: what can be done with each from its row, taken back, changed, given another time.

import { test, before, after, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Till, screenOf, closeBrowser, until, axe, smallTargets, sideways } from './support.mjs';

let till;
let page;
before(async () => {
  till = await Till.start({ account: true });
  await till.scripted({ rcpt: (address) => (address === 'gone@example.com' ? '550 5.1.1 no such user' : undefined) });
  till.run('settings', 'set', 'undo_seconds', '0');
  till.run('contacts', 'add', 'Zofie Müller <zofie@example.com>');
});
after(async () => {
  await closeBrowser();
  await till.stop();
});
beforeEach(async () => {
  page = await screenOf(till, '/outbox');
});
afterEach(async () => {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

/** A mail that waits for another year. */
const waiting = (subject, more = {}) => till.api('/mails', { method: 'POST', body: { mail: { to: ['Zofie Müller <zofie@example.com>'], subject, text: 'The words.\n', send_after: '2090-01-02T08:00', ...more } } });
const row = (subject) => page.getByRole('listitem').filter({ has: page.getByText(subject, { exact: true }) });
async function choose(subject, item) {
  await row(subject).getByRole('button', { name: `More for ${subject}` }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}
const stateOf = async (mail) => (await till.api(`/mails/${mail.id}`)).state;
const arrived = (subject) => until(() => till.script.received.some((m) => m.text.includes(`Subject: ${subject}`)), `${subject} at the server`);

test('a waiting mail is edited: it is out of the queue meanwhile, and leaves once, as changed', async () => {
  const mail = await waiting('Wrong words', { cc: ['bob@lee.example'] });
  await choose('Wrong words', 'Edit');
  await page.getByRole('heading', { name: 'New mail' }).waitFor();
  assert.equal(await stateOf(mail), 'cancelled');
  assert.equal(await page.getByLabel('Message').inputValue(), 'The words.\n');
  await page.getByRole('button', { name: /Remove Zofie Müller, zofie@example.com/ }).waitFor();
  await page.getByRole('button', { name: /Remove bob@lee.example/ }).click();
  await page.getByLabel('To', { exact: true }).fill('anna@example.com');
  await page.keyboard.press('Enter');
  await page.getByLabel('Subject').fill('Right words');
  await page.getByRole('button', { name: 'Send later' }).click();
  await page.getByRole('menuitem', { name: 'Do not wait' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await arrived('Right words');
  const [got] = till.script.received.filter((m) => m.text.includes('Right words'));
  assert.deepEqual(got.to.sort(), ['anna@example.com', 'zofie@example.com']);
  assert.ok(!till.script.received.some((m) => m.text.includes('Wrong words')));
});

test('a cancelled mail is put back from the bar, with its time', async () => {
  const mail = await waiting('Too soon cancelled');
  const before = await till.api(`/mails/${mail.id}`);
  await choose('Too soon cancelled', 'Cancel');
  await page.getByText('Cancelled: Too soon cancelled').first().waitFor();
  await row('Too soon cancelled').waitFor({ state: 'detached' });
  assert.equal(await stateOf(mail), 'cancelled');
  await page.getByRole('region', { name: 'The mail just written' }).getByRole('button', { name: 'Undo' }).click();
  await row('Too soon cancelled').waitFor();
  const now = await till.api(`/mails/${mail.id}`);
  assert.deepEqual([now.state, now.reason, now.next_at], [before.state, before.reason, before.next_at]);
  await till.api(`/mails/${mail.id}/cancel`, { method: 'POST', body: {} });
});

test('kept back, given another time, and sent from the row', async () => {
  const mail = await waiting('Steered');
  await choose('Steered', 'Keep back');
  await row('Steered').locator('.state', { hasText: 'Held' }).waitFor();
  await choose('Steered', 'Send later…');
  await page.getByRole('dialog').getByLabel('Not before').fill('2091-03-04T09:30');
  await page.getByRole('button', { name: 'Send then' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await row('Steered').locator('.state', { hasText: 'Waiting' }).waitFor();
  assert.match((await till.api(`/mails/${mail.id}`)).next_at, /^2091-03-04T/);
  await choose('Steered', 'Send now');
  await page.locator('.standing', { hasText: '1 mail sent.' }).waitFor();
  await arrived('Steered');
});

test('a copy is a new draft and the mail itself stays', async () => {
  const mail = await waiting('Pattern');
  await choose('Pattern', 'Copy into a new mail');
  await page.getByRole('heading', { name: 'New mail' }).waitFor();
  assert.equal(await page.getByLabel('Subject').inputValue(), 'Pattern');
  assert.equal(await stateOf(mail), 'waiting');
  await till.api(`/mails/${mail.id}/cancel`, { method: 'POST', body: {} });
});

test('the menu of a row by keys: opened, walked, closed; the focus comes back', async () => {
  const mail = await waiting('By keys');
  const button = row('By keys').getByRole('button', { name: 'More for By keys' });
  await button.focus();
  await page.keyboard.press('Enter');
  await until(() => page.evaluate(() => document.activeElement.textContent === 'Open'), 'the focus on the first item');
  await page.keyboard.press('End');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await smallTargets(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  assert.ok(await button.evaluate((e) => e === document.activeElement));
  // A second press of the mouse closes it, too.
  await button.click();
  await page.getByRole('menu').waitFor();
  await button.click();
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await page.setViewportSize({ width: 320, height: 640 });
  await button.click();
  assert.deepEqual(await sideways(page), []);
  await till.api(`/mails/${mail.id}/cancel`, { method: 'POST', body: {} });
});

test('what has left meanwhile is not edited, and the row says so', async () => {
  const mail = await waiting('Gone');
  await row('Gone').waitFor();
  await page.getByRole('button', { name: 'Pause live updates' }).click();
  await till.api(`/mails/${mail.id}/retry`, { method: 'POST', body: {} });
  await arrived('Gone');
  await until(async () => (await stateOf(mail)) === 'sent', 'the mail sent');
  await choose('Gone', 'Edit');
  await page.getByRole('alert').getByText('only a mail that waits can be changed').waitFor();
  assert.match(page.url(), /\/outbox$/);
});

test('a mail is kept until Send now is pressed, and its addresses are shown only when its writer says so', async () => {
  await page.goto(`${till.base}/mail/new`);
  await page.getByLabel('Subject').fill('Kept');
  await page.getByLabel('Message').fill('Text.');
  await page.getByLabel('To', { exact: true }).fill('anna@example.com, bob@lee.example');
  await page.keyboard.press('Enter');
  await page.getByText('None of the 2 recipients sees another address.').waitFor();
  await page.getByRole('button', { name: 'Show addresses to everyone' }).click();
  await page.getByText('The 2 recipients can see each other').waitFor();
  await page.getByText(/^anna@example.com sees .*bob@lee.example/).waitFor();
  await page.getByRole('button', { name: 'Use BCC instead' }).click();
  await page.getByText('None of the 2 recipients sees another address.').waitFor();
  await page.getByRole('button', { name: 'Show addresses to everyone' }).click();
  const later = async (item) => {
    await page.getByRole('button', { name: 'Send later' }).first().click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await later('Another time…');
  await until(() => page.getByLabel('Not before').evaluate((field) => field === document.activeElement && /T08:00$/.test(field.value)), 'the field for the time');
  await later('Do not wait');
  assert.equal(await page.getByLabel('Not before').count(), 0);
  await later('Keep it until I press Send now');
  await page.getByRole('button', { name: 'Put in the outbox' }).click();
  await page.getByText('It stays there until you press Send now.').first().waitFor();
  await till.api('/queue/flush', { method: 'POST', body: {} });
  assert.ok(!till.script.received.some((m) => m.text.includes('Subject: Kept')), 'nobody let it go');
  await page.getByRole('link', { name: /^Outbox/ }).click();
  await row('Kept').getByRole('button', { name: 'Send now' }).click();
  await arrived('Kept');
  const [got] = till.script.received.filter((m) => m.text.includes('Subject: Kept'));
  assert.match(got.text, /^To: .*anna@example\.com.*bob@lee\.example/ms);
});

test('a row names the address behind the name and the files; what was refused needs somebody until it is sent again', async () => {
  const wrong = await till.api('/mails', { method: 'POST', body: { mail: { to: ['Ann <gone@example.com>'], subject: 'Refused', text: 'The words.\n' }, attachments: [{ name: 'list.txt', content: 'QnJha2Vz' }] } });
  const filter = (name) => page.getByRole('group', { name: 'Show' }).getByRole('button', { name });
  await until(async () => (await stateOf(wrong)) === 'failed', 'the refusal');
  await filter(/Needs you 1/).click();
  await row('Refused').getByText(/^gone@example\.com · 1 file, \d+ B$/).waitFor();
  await row('Refused').getByRole('link', { name: /Refused/ }).click();
  assert.ok((await page.locator('main .banner').count()) <= 1, 'one banner at a time');
  // Forwarded: its words and files for nobody yet.
  await page.getByRole('button', { name: 'Forward' }).click();
  await page.getByRole('heading', { name: 'New mail' }).waitFor();
  assert.equal(await page.getByLabel('Subject').inputValue(), 'Refused');
  await page.getByText('list.txt').first().waitFor();
  assert.equal(await page.locator('.people-field button.x').count(), 0);
  await page.goto(`${till.base}/outbox/${wrong.id}`);
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('ann@example.com');
  await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('link', { name: /^Sent once more: the first is from / }).click();
  const again = page.getByRole('link', { name: /^Sent again on / });
  await again.waitFor();
  await again.click();
  await page.getByText(/^Accepted by 127\.0\.0\.1 at /).first().waitFor();
  await page.goto(`${till.base}/outbox?show=needs`);
  await page.getByText('Nothing needs you. Good.').waitFor();
});

test('the outbox tells how many mails it lists, and a paper when its mail was accepted', async () => {
  const first = await waiting('Counted');
  await till.api(`/mails/${(await waiting('Counted too')).id}/hold`, { method: 'POST', body: {} });
  const { total } = await till.api('/mails?box=outbox');
  const all = page.getByRole('group', { name: 'Show' }).getByRole('button', { name: /^All/ });
  await until(async () => (await all.innerText()) === `All ${total}`, 'the number of all');
  await till.api(`/mails/${first.id}/cancel`, { method: 'POST', body: {} });
  await until(async () => (await all.innerText()) === `All ${total - 1}`, 'one less');
  till.run('shop', 'set', '--file', join(import.meta.dirname, '..', '..', 'assets', 'demo', 'shop.json'));
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'receipt', issue_date: '2026-11-21', currency: 'EUR', lines: [{ description: 'Bell', quantity: '1', unit_price: '9.00', tax: { category: 'S', rate: '23' } }], mail: { to: ['zofie@example.com'] } } });
  await until(async () => (await stateOf(made.mails[0])) === 'sent', 'the receipt at the server');
  await page.goto(`${till.base}/docs`);
  const state = page.getByRole('listitem').filter({ hasText: made.number }).locator('.state-or-send');
  await state.getByText('Accepted').waitFor();
  assert.match(await state.innerText(), /^Accepted\s+\d\d:\d\d$/);
  await page.clock.setFixedTime(Date.now() + 400 * 24 * 3600 * 1000);
  await page.reload();
  await state.getByText('Accepted').waitFor();
  assert.match(await state.innerText(), /^Accepted\s+\d+ \w+ \d{4}$/);
});

test('after a row is gone the focus is in the one that takes its place, and at the title after the last', async () => {
  for (const subject of ['Row one', 'Row two']) await waiting(subject);
  await page.goto(`${till.base}/outbox?q=Row`);
  for (const [gone, next] of [['Row one', 'Row two'], ['Row two', '']]) {
    await row(gone).getByRole('button', { name: `More for ${gone}` }).focus();
    await page.keyboard.press('Enter');
    const on = (item) => until(() => page.evaluate((text) => document.activeElement.textContent === text, item), item);
    await on('Open');
    await page.keyboard.press('PageDown');
    await on('Cancel');
    await page.keyboard.press('Enter');
    await row(gone).waitFor({ state: 'detached' });
    await until(() => page.evaluate((text) => (text ? document.activeElement.closest('li')?.textContent.includes(text) : document.activeElement.tagName === 'H1'), next), `the focus after ${gone}`);
  }
});

test('F4 opens what can be written by hand, from any screen, by keys alone', async () => {
  await page.getByRole('searchbox').focus();
  await page.keyboard.press('F4');
  const item = (name) => page.getByRole('menuitem', { name });
  await until(() => page.evaluate(() => document.activeElement.textContent === 'New invoice'), 'the focus in the menu');
  await page.keyboard.press('Escape');
  await item('New invoice').waitFor({ state: 'detached' });
  await until(() => page.evaluate(() => document.activeElement.id === 'search'), 'the focus back');
  await page.keyboard.press('F4');
  await item('New invoice').waitFor();
  await until(() => page.evaluate(() => document.activeElement.textContent === 'New invoice'), 'the focus in the menu');
  await page.keyboard.press('End');
  await page.keyboard.press('PageUp');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'New job card' }).waitFor();
  await page.keyboard.press('Alt+Shift+Digit4');
  await page.getByRole('heading', { name: 'Documents' }).waitFor();
  await page.getByRole('button', { name: 'Other documents' }).click();
  await item('New offer').waitFor();
  await page.keyboard.press('Escape');
  await item('New offer').waitFor({ state: 'detached' });
});

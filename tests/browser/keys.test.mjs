// Without a mouse: chips, focus, shortcuts, and the scanner that types too fast.

import { test, before, after, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { Till, screenOf, closeBrowser, until, burst, toField, chipsOf } from './support.mjs';

let till;
let page;
before(async () => {
  till = await Till.start({ account: true });
  await till.mailServer();
});
after(async () => {
  await closeBrowser();
  await till.stop();
});
beforeEach(async () => {
  page = await screenOf(till, '/mail/new');
});
afterEach(async () => {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

const chips = () => chipsOf(page);
const to = () => toField(page);

test('chips: comma, semicolon, Enter and Tab commit; duplicates merge', async () => {
  for (const [text, key] of [['a@example.com', ','], ['b@example.com', ';'], ['c@example.com', 'Enter'], ['d@example.com', 'Tab']]) {
    await to().focus();
    await page.keyboard.type(text, { delay: 60 });
    await page.keyboard.press(key);
  }
  await until(async () => (await chips().count()) === 4, 'four chips');
  await to().fill('A@example.com');
  await page.keyboard.press('Enter');
  assert.equal(await chips().count(), 4);
});

test('chips: a pasted list is parted, a malformed address is marked and refused at sending', async () => {
  await to().focus();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData('text', '"Lee, Bob" <bob@lee.example>; zofie@example.com\nanna@example.com\tnot-an-address');
    document.getElementById('to').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await until(async () => (await chips().count()) === 4, 'four chips');
  await page.getByText('check this address').waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('There is a problem').waitFor();
  const focused = await page.evaluate(() => document.activeElement.getAttribute('role'));
  assert.equal(focused, 'alert');
  await page.getByRole('link', { name: /Check the address not-an-address/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'to');
});

test('chips: Backspace goes to the last one first, held down it removes nothing, then it removes', async () => {
  await to().fill('a@example.com, b@example.com');
  await page.keyboard.press('Enter');
  await until(async () => (await chips().count()) === 2, 'two chips');
  await page.keyboard.press('Backspace');
  assert.equal(await chips().count(), 2);
  await page.evaluate(() => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Backspace', repeat: true, bubbles: true })));
  assert.equal(await chips().count(), 2);
  await page.keyboard.press('Backspace');
  await until(async () => (await chips().count()) === 1, 'one chip');
  await until(() => page.evaluate(() => document.activeElement.matches('button.x')), 'the focus on the chip that is left');
  await page.keyboard.press('End');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'to');
});

test('chips: suggestions by keyboard, Escape keeps the text', async () => {
  await page.evaluate(() => fetch('/api/v1/contacts', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ address: 'zofie@example.com', name: 'Zofie Müller' }) }));
  await to().focus();
  await page.keyboard.type('zof', { delay: 60 });
  await page.getByRole('listbox').getByRole('option').first().waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await to().inputValue(), 'zof');
  await page.keyboard.type('i', { delay: 60 });
  await page.getByRole('listbox').getByRole('option').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove Zofie Müller, zofie@example.com, 1 of 1' }).waitFor();
});

test('a gmial.com is asked about and changed with one key', async () => {
  await to().fill('anna@gmial.com');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByRole('button', { name: /Remove anna@gmail.com/ }).waitFor();
});

test('written and sent with the keyboard alone', async () => {
  await page.keyboard.press('F2');
  await to().focus();
  await page.keyboard.type('anna@example.com', { delay: 60 });
  await page.keyboard.press('Enter');
  await page.getByLabel('Subject').focus();
  await page.keyboard.type('By keys', { delay: 60 });
  await page.keyboard.press('Enter');
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0, 'Enter in a line sends nothing');
  await page.getByLabel('Message').focus();
  await page.keyboard.type('Text.', { delay: 60 });
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: 'Undo' }).first().waitFor();
  await page.keyboard.press('F8');
  await until(() => till.received().some((m) => m.includes('Subject: By keys')), 'the mail at the server');
});

test('going to another screen brings the focus to its title; the skip link comes first', async () => {
  await page.getByRole('link', { name: 'Sent', exact: true }).click();
  await page.getByRole('heading', { name: 'Sent' }).waitFor();
  await until(() => page.evaluate(() => document.activeElement.tagName === 'H1'), 'the focus on the title');
  await page.reload();
  await page.getByRole('heading', { name: 'Sent' }).waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.activeElement.matches('.skip, h1 ~ *, a, button, input')));
});

test('a dialog gives the focus back', async () => {
  await page.goto(`${till.base}/contacts`);
  const opener = page.getByRole('button', { name: 'Add address' }).first();
  await opener.click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Add address/);
});

test('a scan while Send has the focus sends nothing; its document opens', async () => {
  const made = await page.evaluate(() => fetch('/api/v1/documents', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kind: 'invoice', issue_date: '2026-11-21', currency: 'GBP', seller: { name: 'Shop' }, buyer: { name: 'Anna' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] }) }).then((r) => r.json()));
  const before = till.received().length;
  await page.goto(`${till.base}/mail/new`);
  await to().waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).focus();
  await burst(page, made.number);
  await page.getByRole('heading', { name: new RegExp(made.number) }).waitFor();
  assert.equal(till.received().length, before);
});

test('a scanned number that two customers\' papers have opens neither', async () => {
  const paper = (kind, name) => page.evaluate(([as, who]) => fetch('/api/v1/documents', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kind: as, number: 'R-1001', issue_date: '2026-11-21', currency: 'GBP', seller: { name: 'Shop' }, buyer: { name: who }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] }) }).then((r) => r.status), [kind, name]);
  assert.deepEqual([await paper('invoice', 'Anna'), await paper('job_card', 'Bert')], [201, 201]);
  await page.goto(`${till.base}/outbox`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await burst(page, 'R-1001');
  await page.getByText('Bert').waitFor();
  await page.getByText('Anna').first().waitFor();
  assert.match(page.url(), /\/docs\?q=R-1001$/);
});

test('a scan into a field leaves the field as it was', async () => {
  await page.getByLabel('Subject').fill('Half');
  page.on('dialog', (dialog) => dialog.dismiss());
  await page.getByLabel('Subject').focus();
  await burst(page, 'NOSUCH-12345');
  await until(async () => (await page.getByLabel('Subject').inputValue()) === 'Half', 'the field as it was');
});

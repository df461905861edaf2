// Selling into the books: the integration manager from nothing to a sale that stands there, once.

import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Till, closeBrowser, screenOf, until } from './support.mjs';

const root = join(import.meta.dirname, '..', '..');
after(closeBrowser);

/** KashFlow's stand-in (tests/kashflow.rs): its address, and what stands in its books. */
async function stand() {
  const child = spawn('cargo', ['test', '--quiet', '--locked', '--test', 'kashflow'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const endpoint = (await lines.next()).value;
  const books = async () => {
    child.stdin.write('\n');
    return JSON.parse((await lines.next()).value);
  };
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return { endpoint, books, stop: () => (child.stdin.end(), ended) };
}

test('from no integration to a sale that stands in the books, with its source, payment and page', { timeout: 120000 }, async () => {
  const there = await stand();
  const till = await Till.start({ account: true });
  try {
    await till.mailServer();
    const page = await screenOf(till, '/settings/integrations');
    const button = (name) => page.getByRole('button', { name, exact: true });
    await page.getByRole('link', { name: 'New integration' }).click();
    await page.getByLabel('Name of the profile').fill('Books');
    await page.getByLabel('User name').fill('shop');
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByText('Where the password is kept').click();
    await page.getByLabel('In an encrypted file of Tillpost').check();
    await page.getByText('Another address').click();
    await page.getByLabel('Where it answers').fill(there.endpoint);
    await button('Save').click();
    await button('Test the connection').click();
    await page.getByText('Incorrect username or password', { exact: false }).first().waitFor();
    await button('Change').click();
    await page.getByLabel('Password', { exact: true }).fill('secret-horse');
    await button('Save').click();
    await page.getByText('Saved.', { exact: true }).first().waitFor();
    await button('Test the connection').click();
    await page.getByText('It works: ', { exact: false }).waitFor();
    if (process.env.TILLPOST_PICTURES) await page.screenshot({ path: join(process.env.TILLPOST_PICTURES, 'books-test.png') });
    await page.getByRole('link', { name: 'Add a channel' }).click();
    await page.getByLabel('Name of the channel').fill('Web shop');
    assert.equal(await page.getByLabel('Export orders').isChecked(), true);
    await page.getByLabel('Customer source').selectOption('Web & phone');
    await page.getByLabel('Payment method').selectOption('Card');
    await page.getByLabel('Bank account').selectOption('Current');
    if (process.env.TILLPOST_PICTURES) await page.screenshot({ path: join(process.env.TILLPOST_PICTURES, 'books-channel.png'), fullPage: true });
    await button('Save').click();
    await page.getByText('Saved', { exact: false }).first().waitFor();
    // In the list a channel says what it does, in the words of the books, and is switched off there.
    await page.getByRole('link', { name: 'Sales channels' }).first().click();
    await page.getByText('Customer source: Web & phone · Payment method: Card · Bank account: Current').waitFor();
    const mails = () => JSON.parse(till.run('--json', 'channels', 'show', 'Web shop')).mail;
    await page.getByLabel('Email documents Web shop').uncheck();
    await until(() => mails() === false, 'the channel that mails nothing');
    await page.getByLabel('Email documents Web shop').check();
    await until(() => mails() !== false, 'the channel that mails');
    const sale = { ...JSON.parse(readFileSync(join(root, 'assets', 'demo', 'invoice.json'), 'utf8')), channel: 'Web shop' };
    writeFileSync(join(till.folder, 'sale.json'), JSON.stringify(sale));
    const { number, payable } = JSON.parse(till.run('--json', 'issue', join(till.folder, 'sale.json')));
    await page.goto(`${till.base}/docs/invoice/${encodeURIComponent(number)}`);
    await page.getByText('In the books', { exact: true }).waitFor();
    await page.getByText('Books · there number 4471').waitFor();
    if (process.env.TILLPOST_PICTURES) await page.screenshot({ path: join(process.env.TILLPOST_PICTURES, 'books-document.png'), fullPage: true });
    const { invoices, customers } = await there.books();
    assert.equal(customers, 1);
    assert.equal(invoices.length, 1);
    assert.ok(invoices[0].reference.includes(number), invoices[0].reference);
    assert.equal((Number(invoices[0].gross) - Number(invoices[0].paid)).toFixed(2), payable);
    assert.equal(invoices[0].files, 1);
    await page.goto(`${till.base}/settings/integrations`);
    await page.getByText('All sales are in the books.').waitFor();
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
    await there.stop();
  }
});

// The address book: a person's page, merging, blocking, forgetting, the deletion of all data, and files of other programs.

import { test, before, after, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { Till, screenOf, closeBrowser, until } from './support.mjs';

let till;
let page;
before(async () => {
  till = await Till.start({ account: true });
  till.run('settings', 'set', 'undo_seconds', '0');
  await till.scripted();
});
after(async () => {
  await closeBrowser();
  await till.stop();
});
beforeEach(async () => {
  page = await screenOf(till, '/contacts');
});
afterEach(async () => {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

const contact = (address) => till.api(`/contacts/${encodeURIComponent(address)}`);
const missing = (address) => contact(address).then(() => false, (error) => /404/.test(error.message));

test('a person is added, written down in full, and found again', async () => {
  await page.getByRole('button', { name: 'Add address' }).first().click();
  await page.getByRole('dialog').getByLabel('Email address').fill('not an address');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').getByText('There is a problem').waitFor();
  await page.getByRole('dialog').getByLabel('Email address').fill('zofie@example.com');
  await page.getByRole('dialog').getByLabel('Name').fill('Zofie Müller');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Zofie Müller' }).waitFor();
  await page.getByLabel('Company').fill('Vélo Rivière Sàrl');
  await page.getByLabel('Customer number').fill('K-1007');
  await page.getByLabel('Language of documents and mails').selectOption('fr');
  await page.getByLabel('Invoices').check();
  await page.getByLabel('Note').fill('Rings twice.');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').first().waitFor();
  const stored = await contact('zofie@example.com');
  assert.deepEqual([stored.company, stored.customer_number, stored.language, stored.roles, stored.note], ['Vélo Rivière Sàrl', 'K-1007', 'fr', ['billing'], 'Rings twice.']);
  await page.goto(`${till.base}/contacts`);
  await page.getByLabel('Search name or address').fill('riviere');
  await page.getByRole('link', { name: /Zofie Müller/ }).first().click();
  assert.equal(await page.getByLabel('Customer number').inputValue(), 'K-1007');
});

test('two entries of one person become one', async () => {
  await till.api('/contacts', { method: 'POST', body: { address: 'anna@example.com', name: 'Anna' } });
  await till.api('/contacts', { method: 'POST', body: { address: 'anna.k@example.com', phone: '+48 600 000 000' } });
  await page.goto(`${till.base}/contacts/anna@example.com`);
  await page.getByRole('button', { name: 'Merge with another entry' }).click();
  await page.getByRole('dialog').getByLabel('Search name or address').fill('anna.k');
  await page.getByRole('dialog').getByRole('button', { name: 'anna.k@example.com' }).click();
  await page.getByText('anna.k@example.com is removed; what is known of it goes over to anna@example.com.').waitFor();
  await page.getByRole('button', { name: 'Merge anna.k@example.com into it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await until(async () => (await page.getByLabel('Phone').inputValue()) === '+48 600 000 000', 'the telephone number on the page');
  assert.ok(await missing('anna.k@example.com'));
});

test('an address is blocked and allowed again; a blocked one is refused in a mail', async () => {
  await till.api('/contacts', { method: 'POST', body: { address: 'noreply@example.com' } });
  await page.goto(`${till.base}/contacts/noreply@example.com`);
  await page.getByRole('button', { name: 'Never mail this address' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Never mail this address' }).click();
  await page.getByText('No mail goes to this address.').waitFor();
  await page.goto(`${till.base}/mail/new?to=noreply@example.com`);
  await page.getByText('on your disabled list').waitFor();
  await page.getByLabel('Subject').fill('Hello');
  await page.getByLabel('Message').fill('Hello.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('There is a problem').waitFor();
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${till.base}/contacts/noreply@example.com`);
  await page.getByRole('button', { name: 'Allow mails again' }).click();
  await page.getByText('No mail goes to this address.').waitFor({ state: 'detached' });
  assert.equal((await contact('noreply@example.com')).disabled, false);
});

test('all data about a person: first what goes and what stays, then it is gone', async () => {
  till.run('send', '--to', 'Greta <greta@example.com>', '--subject', 'For Greta', '--text', 'Hello.\n');
  await until(() => till.received().some((m) => m.includes('For Greta')), 'the mail at the server');
  await page.goto(`${till.base}/contacts/greta@example.com`);
  await page.getByRole('link', { name: /For Greta/ }).waitFor();
  await page.getByRole('button', { name: 'Delete all data about this person' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This is deleted', { exact: true }).waitFor();
  assert.ok(!(await missing('greta@example.com')), 'looking deletes nothing');
  // The harmless answer has the focus.
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Cancel');
  await dialog.getByRole('button', { name: 'Delete this data' }).click();
  await dialog.getByText('This is deleted now').waitFor();
  await dialog.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('heading', { name: 'Addresses' }).waitFor();
  assert.ok(await missing('greta@example.com'));
  assert.equal((await till.api('/mails?q=greta@example.com')).items.length, 0);
});

test('removing from the book leaves the mails', async () => {
  till.run('send', '--to', 'Hugo <hugo@example.com>', '--subject', 'For Hugo', '--text', 'Hello.\n');
  await until(() => till.received().some((m) => m.includes('For Hugo')), 'the mail at the server');
  await page.goto(`${till.base}/contacts/hugo@example.com`);
  await page.getByRole('button', { name: 'Remove from the address book' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('heading', { name: 'Addresses' }).waitFor();
  assert.ok(await missing('hugo@example.com'));
  assert.equal((await till.api('/mails?q=hugo@example.com')).items.length, 1);
});

const upload = (name, text) => page.locator('#book').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text, 'latin1') });

test('a table of another program: rows looked at, a column set right, the good ones taken', async () => {
  await till.api('/contacts', { method: 'POST', body: { address: 'known@example.com', name: 'Known' } });
  await page.getByRole('link', { name: 'Import' }).first().click();
  // Written by a program of the nineties: other letters, other words for its columns.
  await upload('kunden.csv', 'Kto;Wer;Wohin\n17;J\xfcrgen Gro\xdf;juergen@example.com\n18;Petra;petra(at)example.com\n19;Known;known@example.com\n20;Nobody;\n');
  await page.getByText(/address|column/i).first().waitFor();
  await page.getByLabel('Wohin').selectOption('address');
  await page.getByRole('heading', { name: 'Import addresses' }).waitFor();
  await page.getByText('Rows in the file: 4').first().waitFor();
  await page.getByLabel('Wer').selectOption('name');
  await page.getByLabel('Kto').selectOption('customer_number');
  await page.getByRole('button', { name: /^Needs a look/ }).click();
  await page.getByRole('cell', { name: 'petra(at)example.com', exact: true }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1);
  assert.ok(await missing('juergen@example.com'), 'a look stores nothing');
  await page.getByText('Without an email address: 1.').waitFor();
  await page.getByRole('button', { name: /^No email address/ }).click();
  assert.equal(await page.locator('tbody tr').count(), 1);
  await page.getByRole('cell', { name: '5', exact: true }).waitFor();
  await page.getByRole('button', { name: /^All/ }).click();
  assert.equal(await page.locator('tbody tr').count(), 4);
  await page.getByRole('button', { name: /^Import \d address/ }).click();
  await page.getByRole('heading', { name: 'Addresses', exact: true }).waitFor();
  const taken = await contact('juergen@example.com');
  assert.deepEqual([taken.name, taken.customer_number], ['Jürgen Groß', '17']);
  assert.equal((await contact('known@example.com')).customer_number, '19');
});

test('cards are taken, and a file with nothing in it says so', async () => {
  await page.goto(`${till.base}/contacts/import`);
  await page.locator('#book').setInputFiles({ name: 'cards.vcf', mimeType: 'text/vcard', buffer: Buffer.from('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ingrid Ø\r\nEMAIL:ingrid@example.com\r\nEND:VCARD\r\n') });
  await page.getByRole('button', { name: 'Import 1 address' }).click();
  await page.getByRole('link', { name: /Ingrid Ø/ }).first().waitFor();
  await page.goto(`${till.base}/contacts/import`);
  await page.locator('#book').setInputFiles({ name: 'empty.csv', mimeType: 'text/csv', buffer: Buffer.from('\n') });
  await page.getByText(/There is a problem|There is nothing to import/).first().waitFor();
});

test('staff see people and cannot delete all about them', async () => {
  await till.api('/contacts', { method: 'POST', body: { address: 'staff@example.com', name: 'Somebody' } });
  const context = await page.context().browser().newContext({ locale: 'en-GB' });
  const tab = await context.newPage();
  await tab.goto(till.link('/contacts/staff@example.com', 'staff'));
  await tab.getByRole('heading', { name: 'Somebody' }).waitFor();
  await tab.getByRole('button', { name: 'Merge with another entry' }).waitFor();
  assert.equal(await tab.getByRole('button', { name: 'Delete all data about this person' }).count(), 0);
  assert.equal(await tab.getByRole('button', { name: 'Never mail this address' }).count(), 0);
  await tab.goto(`${till.base}/contacts`);
  await tab.getByRole('button', { name: 'Add address' }).first().waitFor();
  assert.equal(await tab.getByRole('link', { name: 'Import' }).count(), 0);
  await context.close();
});

test('the book shows who came by itself and who is disabled, and each row says what can be done', async () => {
  till.run('send', '--to', 'Quinn Adair <quinn@example.com>', '--subject', 'Hello', '--text', 'Text.');
  till.run('contacts', 'add', 'Ruth Hand <ruth@example.com>');
  await page.goto(`${till.base}/contacts`);
  const row = (who) => page.getByRole('listitem').filter({ hasText: who });
  await row('Ruth Hand').waitFor();
  await page.getByRole('button', { name: /^Added automatically/ }).click();
  await row('Quinn Adair').waitFor();
  assert.equal(await row('Ruth Hand').count(), 0);
  const menu = async (who, item) => {
    await row(who).getByRole('button', { name: `More for ${who}` }).click();
    await page.getByRole('menuitem', { name: item, exact: true }).click();
  };
  await menu('Quinn Adair', 'Never mail this address');
  const ask = page.getByRole('dialog');
  await ask.getByLabel('Reason').fill('moved away');
  await ask.getByRole('button', { name: 'Never mail this address' }).click();
  await page.getByText('No mail goes to this address.').waitFor();
  assert.equal((await till.api('/disabled')).find((d) => d.pattern === 'quinn@example.com').reason, 'moved away');
  await page.goto(`${till.base}/contacts?show=disabled`);
  await row('Quinn Adair').waitFor();
  await page.getByRole('button', { name: /^Disabled 1$/ }).waitFor();
  assert.equal(await page.getByRole('listitem').filter({ hasText: '@example.com' }).count(), 1);
  await page.getByRole('button', { name: 'Allow mails to quinn@example.com again' }).click();
  await page.getByText('No address is disabled.').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await menu('Quinn Adair', 'Merge with another entry');
  await page.getByRole('dialog').getByText('Which entry is the same person as quinn@example.com?').waitFor();
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByRole('heading', { name: 'Quinn Adair' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('who is in the book already is named before they are added again', async () => {
  await till.api('/contacts', { method: 'POST', body: { address: 'tess@example.com', name: 'Tess Möller' } });
  await page.goto(`${till.base}/contacts`);
  await page.getByRole('button', { name: 'Add address' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Email address').fill('Tess@Example.com');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Tess Möller is in the address book already.').waitFor();
  await dialog.getByLabel('Email address').fill('tess@work.example');
  await dialog.getByLabel('Name').fill('tess möller');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Tess Möller is in the address book with another address.').waitFor();
  assert.ok(await missing('tess@work.example'));
  await dialog.getByRole('link', { name: 'tess@example.com' }).click();
  await page.getByRole('heading', { name: 'Tess Möller' }).waitFor();
  await page.goto(`${till.base}/contacts`);
  await page.getByRole('button', { name: 'Add address' }).first().click();
  await dialog.getByLabel('Email address').fill('tess@work.example');
  await dialog.getByLabel('Name').fill('Tess Möller');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Add all the same' }).click();
  await page.waitForURL(/tess%40work\.example/);
  assert.equal((await contact('tess@work.example')).name, 'Tess Möller');
});

test('a disabled address says why, by whom and since when; a book that saves nobody can be told to', async () => {
  await till.api('/contacts', { method: 'POST', body: { address: 'uma@inner.example', name: 'Uma' } });
  await till.api('/contacts', { method: 'POST', body: { address: 'vic@example.com', name: 'Vic' } });
  await till.api('/contacts', { method: 'POST', body: { address: 'wes@example.com', name: 'Wes' } });
  for (const [pattern, reason] of [['@inner.example', 'Internal'], ['wes@example.com', '']]) await till.api('/disabled', { method: 'POST', body: { pattern, reason } });
  await page.goto(`${till.base}/contacts/vic@example.com`);
  await page.getByRole('button', { name: 'Never mail this address' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('moved away');
  await page.getByRole('dialog').getByRole('button', { name: 'Never mail this address' }).click();
  await page.getByText(/^moved away · Owner · \d\d:\d\d$/).waitFor();
  await page.goto(`${till.base}/contacts?show=disabled`);
  const row = (who) => page.getByRole('listitem').filter({ hasText: who });
  await row('Vic').getByText(/moved away · Owner · \d\d:\d\d/).waitFor();
  // Whoever allows one goes on in the row beside it.
  const beside = (who) => until(() => page.evaluate((text) => new RegExp(text).test((document.activeElement.closest('li') || document.body).innerText), who), `the focus beside: ${who}`);
  await page.getByRole('button', { name: 'Allow mails to wes@example.com again' }).click();
  await row('Wes').waitFor({ state: 'detached' });
  await beside('^(Uma|Vic)');
  // Of a domain one address is not allowed alone.
  await row('Uma').getByText(/Internal · tests · \d\d:\d\d/).waitFor();
  await row('Uma').getByRole('link', { name: '@inner.example', exact: true }).click();
  await page.getByRole('listitem').filter({ hasText: 'vic@example.com' }).getByText(/^moved away · Owner · \d\d:\d\d$/).waitFor();
  await page.getByRole('button', { name: 'Allow vic@example.com again' }).click();
  await row('vic@example.com').waitFor({ state: 'detached' });
  await beside('^@inner');
  await till.api('/disabled/@inner.example', { method: 'DELETE' });

  const { items } = await till.api('/contacts?limit=200');
  for (const { address } of items) await till.api(`/contacts/${encodeURIComponent(address)}`, { method: 'DELETE' });
  till.run('settings', 'set', 'auto_store_addresses', 'false');
  await page.goto(`${till.base}/contacts`);
  await page.getByText('Saving addresses automatically is off.').waitFor();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('Addresses you write to are kept here automatically.').waitFor();
  assert.equal((await till.api('/settings')).find((s) => s.key === 'auto_store_addresses').value, 'true');
});

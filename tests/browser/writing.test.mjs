// Writing a mail: recipients by touch and keys, the last look before sending, drafts, scans, other ways out.

import { test, before, after, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Till, screenOf, closeBrowser, until, burst, toField, chipsOf } from './support.mjs';

let till;
let page;
before(async () => {
  till = await Till.start({ account: true });
  await till.scripted();
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

const to = () => toField(page);
const chips = (id) => chipsOf(page, id);
const send = () => page.getByRole('button', { name: 'Send', exact: true });
async function write(people, subject = 'Hello', text = 'Text.') {
  await to().fill(people);
  await page.keyboard.press('Enter');
  await page.getByLabel('Subject').fill(subject);
  await page.getByLabel('Message').fill(text);
}

test('an address that was only typed counts; what cannot be one stops the mail', async () => {
  await to().fill('anna@example.com');
  await page.getByLabel('Subject').click();
  await until(async () => (await chips('to').count()) === 1, 'the recipient after leaving the field');
  await page.getByLabel('Subject').fill('Typed');
  await page.getByLabel('Message').fill('Text.');
  await to().fill('bob@lee');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('link', { name: /Check the address bob@lee/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0);
  await to().fill('bob@lee.example');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: 'Undo' }).first().waitFor();
  const { items } = await till.api('/mails?q=Typed');
  assert.deepEqual(items[0].recipients.map((r) => r.address).sort(), ['anna@example.com', 'bob@lee.example']);
});

test('a recipient is moved to BCC by keys, edited and removed by touch', async () => {
  await write('anna@example.com, bob@lee.example');
  await until(async () => (await chips('to').count()) === 2, 'two recipients');
  await chips('to').nth(1).focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await until(async () => (await page.locator('#bcc').count()) === 1 && (await chips('bcc').count()) === 1, 'a recipient in BCC');
  assert.equal(await chips('to').count(), 1);
  await chips('to').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.matches('button.x')), true, 'Escape gives the focus back');
  await page.getByRole('button', { name: 'anna@example.com', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  assert.equal(await to().inputValue(), 'anna@example.com');
  await to().fill('');
  await page.getByRole('button', { name: 'bob@lee.example', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Remove', exact: true }).click();
  await until(async () => (await chips('bcc').count()) === 0, 'nobody in BCC');
});

test('the owner blocks an address where it is typed', async () => {
  await write('spam@trap.example');
  await page.getByRole('button', { name: 'spam@trap.example', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Never mail this address' }).click();
  await page.getByText('on your disabled list').waitFor();
  const disabled = await till.api('/disabled');
  assert.ok(disabled.some((d) => d.pattern === 'spam@trap.example'));
});

test('a crowd, no subject, a forgotten file: looked at once more, changed, and sent', async () => {
  const crowd = Array.from({ length: 21 }, (_, i) => `p${i}@example.com`).join(', ');
  await write(crowd, '', 'Please find the list attached.');
  await page.getByText('None of the 21 recipients sees another address.').first().waitFor();
  await send().click();
  await page.getByRole('heading', { name: 'Check before sending' }).waitFor();
  for (const reason of ['The mail goes to 21 recipients.', 'The mail has no subject.']) await page.getByText(reason).waitFor();
  await page.locator('.banner', { hasText: /attach/ }).waitFor();
  assert.equal(await page.locator('dd li', { hasText: 'p20@example.com' }).count(), 1);
  await page.getByRole('button', { name: 'Change Subject' }).click();
  await until(() => page.evaluate(() => document.activeElement.id === 'subject'), 'the focus on the subject');
  await page.getByLabel('Subject').fill('Our list');
  await page.locator('#files').setInputFiles({ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('A list.\n') });
  await page.getByText('list.txt').first().waitFor();
  await page.locator('.side').getByText('list.txt').waitFor();
  await send().click();
  await page.getByText('The mail goes to 21 recipients.').waitFor();
  assert.equal(await page.getByText('The mail has no subject.').count(), 0);
  assert.equal(await page.locator('.banner', { hasText: /attach/ }).count(), 0);
  await page.getByRole('button', { name: 'Send to 21 recipients' }).click();
  await page.getByRole('button', { name: 'Undo' }).first().waitFor();
});

test('where the mail was not seen beside the form, it is seen before it leaves', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await write('anna@example.com', 'On the phone', 'Seen first.');
  await send().click();
  await page.getByRole('heading', { name: 'Check before sending' }).waitFor();
  await page.locator('.words', { hasText: 'Seen first.' }).waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: 'Undo' }).first().waitFor();
  assert.equal((await till.api('/mails?q=On%20the%20phone')).items.length, 1);
});

test('the draft is kept by itself; what another window wrote is not overwritten unseen', async () => {
  await write('anna@example.com', 'Half');
  await page.getByText(/Draft saved/).waitFor();
  const id = page.url().match(/mail\/([^/]+)\/edit/)[1];
  await till.api(`/drafts/${id}`, { method: 'PUT', body: { mail: { to: ['anna@example.com'], subject: 'Theirs', text: 'Other words.' } } });
  await page.getByLabel('Subject').fill('Mine');
  await page.getByText('This draft was changed in another window.').waitFor();
  assert.equal((await till.api(`/drafts/${id}`)).content.mail.subject, 'Theirs');
  await page.getByRole('button', { name: 'Keep what is here' }).click();
  await until(async () => (await till.api(`/drafts/${id}`)).content.mail.subject === 'Mine', 'my words in the draft');
});

test('a file for the computer\'s own mail program has everything in it', async () => {
  await write('anna@example.com', 'By my program', 'Grüße');
  await page.getByText('Send another way').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Open in my mail program' }).click()]);
  assert.equal(download.suggestedFilename(), 'By my program.eml');
  const text = readFileSync(await download.path(), 'utf8');
  assert.match(text, /^X-Unsent: 1/m);
  assert.match(text, /anna@example\.com/);
  assert.equal((await till.api('/mails?q=By%20my%20program')).items.length, 0, 'nothing is queued');
});

test('a paper scanned while a mail is half written is attached only when its writer says so', async () => {
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'invoice', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] } });
  await write('anna@example.com', 'With a paper');
  await page.getByLabel('Subject').focus();
  await burst(page, made.number);
  await page.getByRole('dialog').getByText('You are writing a mail. What should the scan do?').waitFor();
  assert.equal(await page.getByLabel('Subject').inputValue(), 'With a paper', 'the field is as it was');
  await page.getByRole('button', { name: `Attach ${made.number}` }).click();
  await page.getByRole('heading', { name: `Send ${made.number}` }).waitFor();
  await page.locator('.attached', { hasText: `${made.number}.pdf` }).waitFor();
});

test('a scanned address goes into the field of recipients; a scanned serial number into its field', async () => {
  await to().focus();
  await burst(page, 'mailto:zofie@example.com');
  await page.getByRole('button', { name: /Remove zofie@example.com/ }).waitFor();
  assert.equal(await to().inputValue(), '');
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${till.base}/docs/new/job_card`);
  await page.getByLabel('IMEI').focus();
  await burst(page, '490154203237518');
  assert.equal(await page.getByLabel('IMEI').inputValue(), '490154203237518');
  assert.match(page.url(), /job_card$/);
});

test('a refused mail is written again to the right address', async () => {
  await till.stopMailServer();
  await till.scripted({ rcpt: (address) => (address.endsWith('gmial.com') ? '550 5.1.1 User unknown' : undefined) });
  till.run('settings', 'set', 'undo_seconds', '0');
  till.run('send', '--to', 'anna@gmial.com', '--subject', 'Slipped', '--text', 'The words.\n');
  await page.goto(`${till.base}/sent`);
  await page.getByRole('link', { name: /Slipped/ }).click();
  await page.getByRole('button', { name: 'Write it again' }).click();
  await page.getByRole('heading', { name: 'New mail' }).waitFor();
  assert.equal(await page.getByLabel('Message').inputValue(), 'The words.\n');
  await page.getByRole('button', { name: 'Change', exact: true }).last().click();
  await page.getByRole('button', { name: /Remove anna@gmail.com/ }).waitFor();
  await send().click();
  await until(() => till.script.received.some((m) => m.to.includes('anna@gmail.com')), 'the mail at the server');
  till.run('settings', 'set', 'undo_seconds', '10');
});

test('the words of a template go into the mail of a paper, filled; a signature stands below it once', async () => {
  till.run('account', 'sender', 'set', 'Riverside Cycle Repairs <shop@till.example>', '--signature', 'Riverside\nCycles');
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'invoice', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna', email: 'anna@example.com' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] } });
  await page.goto(`${till.base}/mail/new?doc=${encodeURIComponent(`invoice/${made.number}`)}`);
  await until(async () => (await page.getByLabel('Message').inputValue()).includes('Please find'), 'the words of the usual template');
  await page.getByLabel('Template').selectOption({ label: 'Invoice – Deutsch' });
  await until(async () => (await page.getByLabel('Subject').inputValue()).includes(' von '), 'the German subject');
  const words = await page.getByLabel('Message').inputValue();
  assert.match(words, new RegExp(`Rechnung ${made.number}`));
  assert.ok(!words.includes('{'), words);
  till.run('settings', 'set', 'undo_seconds', '0');
  await send().click();
  await until(() => till.script.received.some((m) => m.text.includes(made.number)), 'the mail at the server');
  const { items } = await till.api(`/mails?q=${made.number}`);
  const said = await till.api(`/mails/${items[0].id}/content`);
  assert.equal(said.text.match(/Cycles/g).length, 1, said.text);
  till.run('settings', 'set', 'undo_seconds', '10');
});

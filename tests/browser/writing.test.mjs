// Writing a mail: recipients by touch and keys, the last look before sending, drafts, scans, other ways out.

import { test, before, after, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Till, screenOf, closeBrowser, theBrowser, until, burst, toField, chipsOf } from './support.mjs';

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
  assert.ok((await blocked()).includes('spam@trap.example'));
});

const blocked = async () => (await till.api('/disabled')).map((d) => d.pattern);
test('a disabled address says why on its chip, and is removed or enabled there; the staff only removes', async () => {
  await till.api('/disabled', { method: 'POST', body: { pattern: 'gone@trap.example', reason: 'moved away' } });
  await till.api('/disabled', { method: 'POST', body: { pattern: '@inside.example', reason: '' } });
  await write('gone@trap.example, boss@inside.example', 'Blocked');
  const chip = page.locator('li.disabled', { hasText: 'on your disabled list: moved away' });
  await chip.waitFor();
  await page.locator('.side').getByText(/is disabled in this shop: moved away/).waitFor();
  await chip.getByRole('button', { name: 'Allow mails again' }).click();
  await chip.waitFor({ state: 'detached' });
  assert.equal(await chips('to').count(), 2, 'enabled and still written to');
  assert.ok(!(await blocked()).includes('gone@trap.example'));
  await page.getByRole('button', { name: 'Allow mails to @inside.example again' }).waitFor();
  await page.locator('li.disabled').getByRole('button', { name: /^Remove boss@inside\.example/ }).click();
  await page.locator('.side').getByText('gone@trap.example sees nobody').waitFor();
  assert.ok((await blocked()).includes('@inside.example'));
  const staff = await (await theBrowser()).newContext();
  try {
    const other = await staff.newPage();
    await other.goto(till.link('/mail/new', 'staff'));
    await toField(other).fill('boss@inside.example,');
    await other.keyboard.press('Enter');
    const theirs = other.locator('li.disabled');
    await theirs.getByText('on your disabled list').waitFor();
    assert.deepEqual(await theirs.getByRole('button').allInnerTexts(), ['boss@inside.example\non your disabled list', 'Remove']);
    await other.getByRole('button', { name: 'boss@inside.example' }).first().click();
    assert.deepEqual(await other.getByRole('menuitem').allInnerTexts(), ['Edit', 'Move to CC', 'Move to BCC', 'Remove']);
  } finally {
    await staff.close();
  }
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
  const now = async () => (await till.api(`/drafts/${id}`)).content.mail.subject;
  const kept = async () => (await till.api('/drafts')).items.map((d) => d.content.mail.subject);
  const theirs = (subject) => till.api(`/drafts/${id}`, { method: 'PUT', body: { mail: { to: ['anna@example.com'], subject, text: 'Other words.' } } });
  await theirs('Theirs');
  await page.getByLabel('Subject').fill('Mine');
  await page.getByText(/^tests changed this draft at \d\d:\d\d\.$/).waitFor();
  assert.equal(await now(), 'Theirs');
  await page.getByRole('button', { name: 'Keep what is here' }).click();
  await until(async () => (await now()) === 'Mine', 'my words in the draft');
  assert.ok((await kept()).includes('Theirs'), 'what was not chosen is a draft of its own');
  // Another window at a till says who sits there.
  const staff = await (await theBrowser()).newContext();
  const other = await staff.newPage();
  await other.goto(till.link(`/mail/${id}/edit`, 'staff'));
  await other.getByLabel('Subject').fill('By the staff');
  await until(async () => (await now()) === 'By the staff', 'the words of the staff');
  await staff.close();
  await page.getByLabel('Subject').fill('Mine again');
  await page.getByText(/^The staff changed this draft in another window at \d\d:\d\d\.$/).waitFor();
  await page.getByRole('button', { name: 'Load the other one' }).click();
  await until(async () => (await page.getByLabel('Subject').inputValue()) === 'By the staff', 'their words on the screen');
  assert.ok((await kept()).includes('Mine again'), 'mine is a draft of its own');
  assert.equal(await page.getByText('changed this draft').count(), 0);
});

test('a draft that was deleted in another window is begun anew', async () => {
  await write('anna@example.com', 'Kept');
  await page.getByText(/Draft saved/).waitFor();
  const id = page.url().match(/mail\/([^/]+)\/edit/)[1];
  await till.api(`/drafts/${id}`, { method: 'DELETE' });
  await page.getByLabel('Subject').fill('Kept all the same');
  await until(async () => (await till.api('/drafts')).items.some((d) => d.content.mail.subject === 'Kept all the same'), 'another draft');
  assert.ok(!page.url().includes(id));
});

test('"Send later" says what day it is: after closing time 18:00 is tomorrow\'s', async () => {
  const offered = async (now) => {
    const own = await screenOf(till, '/mail/new', { timezoneId: 'Europe/London' });
    await own.clock.setFixedTime(new Date(now));
    await own.getByRole('button', { name: 'Send later' }).click();
    return own;
  };
  const early = await offered('2026-11-23T17:59:00Z');
  assert.deepEqual(await early.getByRole('menuitem').allInnerTexts(), ['Today 18:00', 'Tomorrow 08:00', 'Another time…', 'Keep it until I press Send now']);
  await early.getByRole('menuitem', { name: 'Today 18:00' }).click();
  assert.equal(await early.getByLabel('Not before').inputValue(), '2026-11-23T18:00');
  await early.context().close();
  const late = await offered('2026-11-23T18:01:00Z');
  assert.deepEqual((await late.getByRole('menuitem').allInnerTexts()).slice(0, 2), ['Tomorrow 08:00', 'Tomorrow 18:00']);
  await late.getByRole('menuitem', { name: 'Tomorrow 18:00' }).click();
  assert.equal(await late.getByLabel('Not before').inputValue(), '2026-11-24T18:00');
  await late.getByRole('button', { name: 'Send later' }).click();
  await late.getByRole('menuitem', { name: 'Another time…' }).click();
  await late.locator('#send_after:focus').waitFor();
  await late.context().close();
});

test('what was sent stays in sight until somebody goes on', async () => {
  till.run('settings', 'set', 'undo_seconds', '1');
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'invoice', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna', email: 'anna@example.com' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] } });
  await page.goto(`${till.base}/mail/new?doc=${encodeURIComponent(`invoice/${made.number}`)}`);
  await page.locator('.side').getByText('anna@example.com sees nobody').waitFor();
  const subject = await page.getByLabel('Subject').inputValue();
  await send().click();
  await page.getByRole('heading', { name: subject }).waitFor();
  await page.locator('main .state', { hasText: 'Accepted' }).waitFor();
  await page.reload();
  await page.locator('main .state', { hasText: 'Accepted' }).waitFor();
  await page.getByRole('link', { name: `Back to ${made.number}` }).click();
  await page.getByRole('heading', { name: new RegExp(made.number) }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'New mail' }).last().click();
  await page.getByRole('heading', { name: 'New mail' }).waitFor();
  assert.equal(await page.getByLabel('Subject').inputValue(), '');
  till.run('settings', 'set', 'undo_seconds', '10');
});

test('a preview that takes long offers to ask for it again', async () => {
  await page.clock.install();
  let slow = true;
  let asked = false;
  await page.route('**/api/v1/mails/preview', (route) => {
    asked = true;
    return slow ? undefined : route.continue();
  });
  await page.reload();
  await write('anna@example.com', 'Slow');
  await until(() => asked, 'the preview asked for');
  await page.clock.runFor(11000);
  slow = false;
  await page.locator('.side').getByRole('button', { name: 'Try again' }).click();
  await page.locator('.side').getByText('anna@example.com sees nobody').waitFor();
});

test('a file that is gone when it is read is named; the others are attached', async () => {
  await write('anna@example.com', 'Files');
  await page.evaluate(() => {
    const read = FileReader.prototype.readAsDataURL;
    FileReader.prototype.readAsDataURL = function readAsDataURL(file) {
      if (file.name === 'gone.txt') setTimeout(() => this.onerror());
      else read.call(this, file);
    };
  });
  await page.locator('#files').setInputFiles(['gone.txt', 'here.txt'].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from('x') })));
  await page.getByRole('link', { name: /^gone\.txt is no longer on this computer/ }).waitFor();
  assert.deepEqual((await page.locator('.attached li').allInnerTexts()).map((row) => row.split(/\s/)[0]), ['here.txt']);
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
  // Opened instead, what was written is kept without a question.
  const other = await till.api('/documents', { method: 'POST', body: { kind: 'invoice', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] } });
  await page.getByLabel('Subject').fill('With another');
  await burst(page, other.number);
  await page.getByText(`It takes the place of ${made.number}.`).waitFor();
  await page.getByRole('button', { name: `Open ${other.number}` }).click();
  await page.getByRole('heading', { name: new RegExp(other.number) }).waitFor();
  assert.ok((await till.api('/drafts')).items.some((d) => d.content.mail.subject === 'With another'));
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

test('a field is put where the cursor was; one that the paper has no value for is named, and the mail stays', async () => {
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'receipt', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna', email: 'anna@example.com' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] } });
  await page.goto(`${till.base}/mail/new?doc=${encodeURIComponent(`receipt/${made.number}`)}`);
  await page.getByLabel('Message').fill('About .');
  await page.getByLabel('Message').press('ArrowLeft');
  await page.getByLabel('Insert a field').selectOption('number');
  assert.equal(await page.getByLabel('Message').inputValue(), 'About {{ number }}.');
  await page.locator('.side').getByText(`About ${made.number}.`).waitFor();
  await page.getByLabel('Insert a field').selectOption('technician');
  await page.locator('.side').getByText('"technician" has no value in this document. Take it out, or write what belongs there.').waitFor();
  await send().click();
  await page.getByRole('link', { name: /^"technician" has no value/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'text');
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

/** A photo of this size, soft and of many colours, drawn by the browser; its lower half is left open where `clear`. */
const photo = (wide, high, type, { clear = false, quality = 0.95 } = {}) => page.evaluate(async ([width, height, kind, open, fine]) => {
  const dots = new ImageData(width / 10, height / 10);
  let seed = 7;
  for (let i = 0; i < dots.data.length; i += 1) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    dots.data[i] = i % 4 === 3 ? 255 : (seed >> 16) % 256;
  }
  const grain = Object.assign(document.createElement('canvas'), { width: width / 10, height: height / 10 });
  grain.getContext('2d').putImageData(dots, 0, 0);
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d').drawImage(grain, 0, 0, width, open ? height / 2 : height);
  return canvas.toDataURL(kind, fine).split(',')[1];
}, [wide, high, type, clear, quality]).then((text) => Buffer.from(text, 'base64'));
/** What a mail attaches: names, sizes, and how large its pictures are. */
const attached = (id) => page.evaluate(async (request) => {
  const { content } = await (await fetch(`/api/v1/drafts/${request}`, { cache: 'no-store' })).json();
  return Promise.all((content.attachments || []).map(async ({ name, content: text }) => {
    const file = new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]);
    const picture = await createImageBitmap(file).catch(() => null);
    return { name, size: file.size, wide: picture && picture.width, high: picture && picture.height };
  }));
}, id);

test('pictures that are too large for the server are made smaller, and as they were again', async () => {
  await till.stopMailServer();
  await till.scripted({ ehlo: '250-script.example\r\n250-SIZE 1200000\r\n250 8BITMIME' });
  till.run('settings', 'set', 'undo_seconds', '0');
  till.run('send', '--to', 'anna@example.com', '--subject', 'To learn the limit', '--text', 'x');
  await until(() => till.script.received.length === 1, 'a mail at the server');
  await write('anna@example.com', 'Photos');
  // Lying on its side, as a camera stores it: the mark says which edge is up (EXIF, orientation 6).
  const side = await photo(2000, 1000, 'image/jpeg');
  const exif = Buffer.from('ffe1002245786966000049492a0008000000010012010300010000000600000000000000', 'hex');
  await page.locator('#files').setInputFiles([
    { name: 'side.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat([side.subarray(0, 2), exif, side.subarray(2)]) },
    { name: 'open.png', mimeType: 'image/png', buffer: await photo(400, 400, 'image/png', { clear: true }) },
    { name: 'list.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(50000, 'x') },
    { name: 'screen.png', mimeType: 'image/png', buffer: await photo(900, 700, 'image/png') },
  ]);
  const banner = page.locator('.banner', { hasText: /Your provider takes mails up to 1.2 MB; this one is \d/ });
  await banner.waitFor();
  await send().click();
  await page.getByRole('link', { name: /Your provider takes mails up to 1.2 MB/ }).waitFor();
  await banner.getByRole('button', { name: 'Remove screen.png' }).waitFor();
  await banner.getByRole('button', { name: 'Make pictures smaller' }).click();
  await page.getByText(/Pictures made smaller: from \d+(\.\d)? [KM]B to \d+ KB\./).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'smaller-undo');
  await banner.waitFor({ state: 'detached' });
  const id = await until(async () => (page.url().match(/mail\/([^/]+)\/edit/) || [])[1], 'a draft');
  const small = await until(async () => { const all = await attached(id); return all.some((f) => f.name === 'screen.jpg') && all; }, 'the smaller pictures in the draft');
  assert.deepEqual(small.map((f) => f.name), ['side.jpg', 'open.png', 'list.pdf', 'screen.jpg']);
  assert.deepEqual([small[0].wide, small[0].high], [800, 1600], 'upright, and as large as a screen');
  assert.equal(small[2].size, 50000);
  await page.locator('#smaller-undo').click();
  await banner.waitFor();
  assert.equal(await page.locator('.attached', { hasText: 'screen.png' }).count(), 1);
  await banner.getByRole('button', { name: 'Make pictures smaller' }).click();
  await banner.waitFor({ state: 'detached' });
  await send().click();
  await until(() => till.script.received.length === 2, 'the mail with small pictures');
  assert.ok(till.script.received[1].text.length < 1200000);
  till.run('settings', 'set', 'undo_seconds', '10');
});

test('what cannot be made smaller is said; more than Tillpost itself puts into a mail is not asked about', async () => {
  await write('anna@example.com', 'Plans');
  const noise = Buffer.alloc(20e6, 'x');
  const tiny = await photo(60, 60, 'image/jpeg', { quality: 0.5 });
  await page.locator('#files').setInputFiles([{ name: 'plan.dwg', mimeType: 'application/octet-stream', buffer: noise }, { name: 'plan-2.dwg', mimeType: 'application/octet-stream', buffer: noise }, { name: 'tiny.jpg', mimeType: 'image/jpeg', buffer: tiny }]);
  const banner = page.locator('.banner', { hasText: 'A mail takes files up to 37.7 MB together; these are 40.1 MB.' });
  await banner.waitFor();
  await banner.getByRole('button', { name: 'Make pictures smaller' }).click();
  await page.getByRole('link', { name: 'None of the attached pictures can be made smaller.' }).waitFor();
  await banner.getByRole('button', { name: 'Remove plan.dwg' }).click();
  await banner.waitFor({ state: 'detached' });
  assert.equal(await page.locator('.attached li').count(), 2);
});

test('one\'s own copy is a chip that can be left out of one mail, and put back', async () => {
  await till.stopMailServer();
  await till.scripted();
  till.run('settings', 'set', 'auto_bcc', 'owner@till.example');
  till.run('settings', 'set', 'undo_seconds', '0');
  await page.reload();
  const chip = page.locator('li.fixed', { hasText: 'You (copy) owner@till.example' });
  await chip.waitFor();
  await write('anna@example.com', 'No copy');
  const copies = page.locator('.side dt', { hasText: 'Own copies' });
  await copies.waitFor();
  await chip.getByRole('button', { name: 'Remove You (copy)' }).click();
  await chip.waitFor({ state: 'detached' });
  await page.locator('#copy:focus').waitFor();
  await copies.waitFor({ state: 'detached' });
  await page.getByText(/Draft saved/).waitFor();
  await page.reload();
  await page.getByRole('button', { name: '+ You (copy)' }).click();
  await chip.waitFor();
  await chip.getByRole('button').click();
  await send().click();
  await until(() => till.script.received.length === 1, 'the mail without a copy');
  assert.deepEqual(till.script.received[0].to, ['anna@example.com']);
  till.run('settings', 'set', 'auto_bcc', '');
  till.run('settings', 'set', 'undo_seconds', '10');
});

test('a till with sound on plays a tone for scans, for what needs a person, and for mails that left; others are quiet', async () => {
  await page.addInitScript(() => {
    window.tones = [];
    const Real = window.AudioContext;
    window.AudioContext = class extends Real {
      get state() {
        return window.forbidden ? 'suspended' : super.state;
      }

      resume() {
        window.asked = (window.asked || 0) + 1;
        return window.forbidden ? new Promise(() => {}) : super.resume();
      }

      createOscillator() {
        const tone = super.createOscillator();
        const start = tone.start.bind(tone);
        tone.start = (at) => {
          window.tones.push(tone.frequency.value);
          start(at);
        };
        return tone;
      }
    };
  });
  const played = async () => (await page.evaluate(() => window.tones.splice(0))).map(Math.round);
  const heard = (tones, what) => until(async () => (await played()).join() === tones.join(), what);
  const [known, unknown, needs, sent] = [[880, 1319], [220, 185], [659, 659], [523, 659, 784]];
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'invoice', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] } });
  await page.goto(`${till.base}/settings/screen`);
  await page.getByLabel('What the scanner puts before each code').click();
  await burst(page, made.number);
  await page.getByRole('heading', { name: new RegExp(made.number) }).waitFor();
  assert.deepEqual(await played(), [], 'sound is off');
  await page.goBack();
  await page.getByLabel('Play short tones').check();
  for (const [name, tones] of [['Scan understood', known], ['Scan not understood', unknown], ['Something needs you', needs], ['Mail sent', sent]]) {
    await page.getByRole('button', { name, exact: true }).click();
    await heard(tones, name);
  }
  await till.stopMailServer();
  await till.scripted({ rcpt: (address) => (address.startsWith('gone') ? '550 5.1.1 User unknown' : undefined) });
  till.run('settings', 'set', 'undo_seconds', '2');
  await page.getByRole('link', { name: 'Documents' }).click();
  await page.getByRole('heading', { name: 'Documents' }).waitFor();
  // A browser may forbid sound until a person has touched the page; what was not heard then is not heard later.
  await page.evaluate(() => (window.forbidden = true));
  await burst(page, 'NOSUCH-54321');
  await until(async () => page.url().includes('NOSUCH-54321') && page.evaluate(() => window.asked > 0), 'the search, and the browser asked for sound');
  await page.evaluate(() => (window.forbidden = false));
  await burst(page, made.number);
  await page.getByRole('heading', { name: new RegExp(made.number) }).waitFor();
  await heard(known, 'the tone for a known number');
  await burst(page, 'NOSUCH-12345');
  await heard(unknown, 'the tone for an unknown number');
  await page.getByRole('link', { name: 'New mail' }).click();
  await write('anna@example.com', 'Arrives');
  await send().click();
  await heard(sent, 'the tone for a mail that left');
  till.run('send', '--to', 'gone@example.com', '--subject', 'Refused', '--text', 'x');
  await heard(needs, 'the tone for what needs a person');
  till.run('settings', 'set', 'undo_seconds', '10');
});

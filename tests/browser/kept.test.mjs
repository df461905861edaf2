// What somebody typed stays, what is shown is true, and nothing leaves that was not looked at.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Till, screenOf, closeBrowser, until } from './support.mjs';

const demo = join(import.meta.dirname, '..', '..', 'assets', 'demo');
let till;
before(async () => {
  till = await Till.start({ account: true });
  till.run('shop', 'set', '--file', join(demo, 'shop.json'));
  till.run('settings', 'set', 'undo_seconds', 'until_released');
});
after(async () => {
  await closeBrowser();
  await till.stop();
});
const name = (page) => page.getByLabel('Name', { exact: true });

test('a new paper begins empty, also where an old one was being changed', async () => {
  const { kind, number } = JSON.parse(till.run('--json', 'issue', join(demo, 'invoice.json')));
  const page = await screenOf(till, `/docs/new/invoice?change=${encodeURIComponent(`${kind}/${number}`)}`);
  await until(async () => (await name(page).inputValue()) !== '', 'the old invoice in the form');
  await page.keyboard.press('F4');
  await page.getByRole('menuitem', { name: 'New invoice' }).click();
  await page.getByRole('heading', { name: 'New invoice' }).waitFor();
  await until(async () => (await name(page).inputValue()) === '', 'an empty form');
  // The same for a mail whose draft was kept: its address says so, the screen begins anew.
  await page.keyboard.press('F2');
  await page.getByLabel('Subject').fill('Kept');
  await page.getByText('Draft saved').waitFor();
  await page.keyboard.press('F2');
  await until(async () => (await page.getByLabel('Subject').inputValue()) === '', 'an empty mail');
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('the way back asks before it throws away what was typed', async () => {
  const page = await screenOf(till, '/docs');
  await page.keyboard.press('F4');
  await page.getByRole('menuitem', { name: 'New invoice' }).click();
  await name(page).fill('Anna');
  await page.getByLabel('Item', { exact: true }).fill('Bell');
  // The form knows that it was touched when it shows its sum.
  await page.locator('.sum').waitFor();
  const asked = [];
  page.on('dialog', (dialog) => asked.push(dialog) && (asked.length > 1 ? dialog.accept() : dialog.dismiss()));
  await page.goBack();
  await until(() => asked.length === 1, 'the question');
  assert.equal(await name(page).inputValue(), 'Anna');
  assert.match(page.url(), /docs\/new\/invoice$/);
  await page.goBack();
  await page.getByRole('heading', { name: 'Documents', exact: true }).waitFor();
  await page.context().close();
});

test('what is typed while photos are made smaller, or while a search runs, is not lost', async () => {
  const page = await screenOf(till, '/docs/new/job_card');
  const session = await page.context().newCDPSession(page);
  const fault = page.getByLabel('Fault, in the customer');
  await fault.waitFor();
  // The photos are ready only when the words are typed.
  await page.evaluate(() => {
    const real = window.createImageBitmap;
    const typed = new Promise((done) => { window.typed = done; });
    window.createImageBitmap = async (...all) => typed.then(() => real(...all));
  });
  await page.locator('#photos-hand_in').setInputFiles(join(demo, 'logo.png'));
  await fault.fill('The display is cracked.');
  await page.getByLabel('Maker').fill('Google');
  await page.evaluate(() => window.typed());
  await page.locator('.photos li').waitFor();
  assert.equal(await fault.inputValue(), 'The display is cracked.');
  assert.equal(await page.getByLabel('Maker').inputValue(), 'Google');
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${till.base}/contacts`);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 8 });
  const search = page.locator('#search');
  await search.waitFor();
  for (const key of 'zofie 0142') await search.press(key === ' ' ? 'Space' : key, { delay: 130 });
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await until(() => new URL(page.url()).searchParams.get('q') === 'zofie 0142' || page.getByText('zofie 0142').count(), 'the search');
  assert.equal(await search.inputValue(), 'zofie 0142');
  await page.context().close();
});

test('a mail sent the moment it is typed is looked at before, and both files picked after each other go', async () => {
  const page = await screenOf(till, '/mail/new');
  await page.getByLabel('Subject').fill('Our prices');
  await page.getByLabel('Message').fill('Please find the list attached.');
  await page.getByLabel('To', { exact: true }).pressSequentially('bob@lee.example');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: 'Check before sending' }).waitFor();
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await page.evaluate(() => {
    const real = FileReader.prototype.readAsDataURL;
    // The first file takes its time.
    FileReader.prototype.readAsDataURL = function read(file) {
      setTimeout(() => real.call(this, file), file.name === 'slow.txt' ? 400 : 0);
    };
  });
  const picker = page.locator('input[type=file]').first();
  await picker.setInputFiles({ name: 'slow.txt', mimeType: 'text/plain', buffer: Buffer.from('slow') });
  await picker.setInputFiles({ name: 'quick.txt', mimeType: 'text/plain', buffer: Buffer.from('quick') });
  for (const file of ['slow.txt', 'quick.txt']) await page.locator('.attached').getByText(file).waitFor();
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('the pages of a list behind the first are true too, and two taps show one page more', async () => {
  const many = await Till.start({ account: true });
  try {
    many.run('settings', 'set', 'undo_seconds', '0');
    many.run('queue', 'pause');
    for (let i = 0; i < 110; i += 1) await many.api('/mails', { method: 'POST', body: { mail: { to: [`c${i}@example.com`], subject: `Bulk ${i}`, text: 'x' } } });
    const page = await screenOf(many, '/outbox');
    const rows = page.locator('.mails > li');
    await rows.nth(49).waitFor();
    await page.getByRole('button', { name: 'Show more' }).evaluate((button) => {
      button.click();
      button.click();
    });
    await rows.nth(99).waitFor();
    assert.equal(await rows.count(), 100);
    // Stopped here, the list of what was sent goes on.
    await page.getByRole('button', { name: 'Pause live updates' }).click();
    await page.getByRole('link', { name: /^Sent/ }).click();
    await many.mailServer();
    many.run('queue', 'resume');
    await rows.nth(20).waitFor();
    await page.getByRole('link', { name: /^Outbox/ }).click();
    await until(() => many.received().length === 110, 'all mails', 60000);
    await until(async () => (await rows.count()) === 0, 'an empty outbox', 40000);
    await page.context().close();
  } finally {
    await many.stop();
  }
});

test('the bar with Undo hides no button, and goes', async () => {
  const page = await screenOf(till, '/mail/new?to=bob@lee.example');
  await page.getByLabel('Subject').fill('Covering');
  await page.getByLabel('Message').fill('Text.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const bar = page.locator('.leaving');
  await bar.waitFor();
  await page.keyboard.press('F2');
  const send = page.getByRole('button', { name: 'Send', exact: true });
  await send.waitFor();
  const over = await send.evaluate((button) => {
    const { left, width, top, height } = button.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === button;
  });
  assert.ok(over, 'nothing lies over Send');
  await bar.waitFor({ state: 'detached' });
  await page.context().close();
});

test('a fault in one screen leaves the others, and a profile for the accounts opens', async () => {
  await till.api('/integrations/books', { method: 'PUT', body: { package: 'kashflow', user: 'u', password: 'p', secret_place: 'file' } });
  const page = await screenOf(till, '/settings/integrations/edit?name=books');
  await page.getByRole('heading', { name: 'books', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Test' }).first().waitFor();
  assert.deepEqual(page.trouble, []);
  await page.route('**/api/v1/channels', (route) => route.fulfill({ json: [null] }));
  await page.getByRole('link', { name: 'Sales channels' }).first().click();
  await page.getByText('Sorry, there is a problem with Tillpost.').waitFor();
  await page.getByRole('link', { name: /^Outbox/ }).click();
  await page.getByRole('heading', { name: 'Outbox' }).waitFor();
  assert.equal(await page.getByText('Sorry, there is a problem with Tillpost.').count(), 0);
  await page.context().close();
});

test('a paper half written is offered again after the tab is gone, and never shows up by itself', async () => {
  const page = await screenOf(till, '/docs/new/job_card');
  await name(page).fill('Zofie Müller');
  await page.getByLabel('Email address').fill('zofie@example.com');
  await page.getByLabel('Handed in with it').fill('Case, charger');
  await page.getByLabel('Estimate').fill('120,5');
  await page.getByRole('button', { name: 'Add part' }).click();
  await page.getByLabel('Item', { exact: true }).fill('Display');
  await page.locator('#photos-hand_in').setInputFiles(join(demo, 'logo.png'));
  await page.getByLabel('What it shows').fill('Front');
  await page.getByRole('button', { name: 'Sign', exact: true }).first().click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('to be signed on paper').waitFor();
  const kept = await until(async () => (await till.api('/forms')).find((f) => f.buyer === 'Zofie Müller'), 'the paper kept');
  await until(async () => (await till.api(`/forms/${kept.id}`)).content.form.signatures, 'the signature kept');
  await page.getByText('Draft saved').waitFor();
  // The tab is gone without a word; the browser is the same.
  const storageState = await page.context().storageState();
  await page.context().close();

  const again = await screenOf(till, '/docs/new/job_card', { storageState });
  const offer = again.getByText(/^Job card for Zofie Müller, begun .* is not finished\.$/);
  await offer.waitFor();
  assert.equal(await name(again).inputValue(), '');
  // Of another kind it is not spoken.
  await again.goto(`${till.base}/docs/new/invoice`);
  await Promise.all([again.waitForResponse(/api\/v1\/forms$/), again.reload()]);
  await again.getByRole('heading', { name: 'New invoice' }).waitFor();
  assert.equal(await offer.count(), 0);
  await again.goto(`${till.base}/docs/new/job_card`);
  await again.getByRole('button', { name: 'Continue' }).click();
  await until(async () => (await name(again).inputValue()) === 'Zofie Müller', 'the paper as it was');
  assert.equal(await offer.count(), 0);
  assert.equal(await again.getByLabel('Handed in with it').inputValue(), 'Case, charger');
  assert.equal(await again.getByLabel('What it shows').inputValue(), 'Front');
  await again.getByLabel('Price', { exact: true }).fill('80');
  await again.getByRole('button', { name: 'Save', exact: true }).click();
  await again.getByRole('heading', { name: /Job card JC-/ }).waitFor();
  const { content } = await till.api(`/documents/job_card/${(await till.api('/documents?kind=job_card')).items[0].number}`);
  assert.equal(content.job.estimate_limit, '120.5');
  assert.equal(content.job.photos[0].caption, 'Front');
  assert.equal(content.signatures[0].name, 'Zofie Müller');
  await until(async () => !(await till.api('/forms')).length, 'what is saved is begun no more');

  // What was left after the question is thrown away.
  await again.goto(`${till.base}/docs/new/invoice`);
  await name(again).fill('Bob Lee');
  await until(async () => (await till.api('/forms')).length, 'the invoice kept');
  again.once('dialog', (dialog) => dialog.accept());
  await again.getByRole('link', { name: 'Addresses' }).click();
  await until(async () => !(await till.api('/forms')).length, 'what was left is gone');
  // What another till writes is offered here when it has rested, not while it is being written.
  await till.api('/forms/01a1ff24-48ed-7702-8f19-80005e5d8d5c', { method: 'PUT', body: { kind: 'invoice', buyer: '', content: { form: {} } } });
  await Promise.all([again.waitForResponse(/api\/v1\/forms$/), again.goto(`${till.base}/docs/new/invoice`)]);
  await again.getByRole('heading', { name: 'New invoice' }).waitFor();
  assert.equal(await again.getByRole('button', { name: 'Continue' }).count(), 0);
  await again.clock.setFixedTime(Date.now() + 120000);
  await again.reload();
  await again.getByText(/^Invoice, begun/).waitFor();
  await again.getByRole('button', { name: 'Discard' }).click();
  await until(async () => !(await till.api('/forms')).length, 'what is discarded is gone');
  assert.deepEqual(again.trouble, []);
  await again.context().close();
});

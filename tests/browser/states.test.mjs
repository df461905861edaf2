// What the screens show when things are not as they should be: refused, in doubt, held, away.

import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Till, screenOf, closeBrowser, until, binary, axe, toField } from './support.mjs';

after(closeBrowser);

const send = (till, to, subject) => till.run('send', '--to', to, '--subject', subject, '--text', 'Text.\n');

test('a server that refuses everybody: the mail is shown as not accepted, with what it said', async () => {
  const till = await Till.start({ account: true });
  try {
    till.run('settings', 'set', 'undo_seconds', '0');
    await till.mailServer('-f', 'rcpt', '-B', '550 5.1.1 Recipient address rejected: User unknown');
    send(till, 'nobody@example.com', 'To nobody');
    const page = await screenOf(till, '/sent');
    await page.getByRole('link', { name: /To nobody/ }).click();
    await page.getByRole('heading', { name: 'To nobody' }).waitFor();
    await page.getByText('nobody@example.com does not exist').first().waitFor();
    assert.equal(await page.getByText('Accepted', { exact: true }).count(), 0);
    // What is kept in English is read in the reader's language, too.
    const german = await screenOf(till, new URL(page.url()).pathname, { locale: 'de-DE', own: { language: 'de' } });
    await german.getByText('1 abgelehnt').waitFor();
    assert.deepEqual(german.trouble, []);
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('an answer that was lost: shown as not certain, never as accepted, until a person decides', async () => {
  const till = await Till.start({ account: true });
  try {
    till.run('settings', 'set', 'undo_seconds', '0');
    till.run('settings', 'set', 'uncertain_policy', 'ask');
    // The sink takes the whole mail and hangs up instead of answering.
    await till.mailServer('-q', '.');
    send(till, 'anna@example.com', 'In doubt');
    const page = await screenOf(till, '/outbox');
    await page.getByText(/not certain whether it was accepted/).first().waitFor();
    await page.getByRole('link', { name: /In doubt/ }).click();
    await page.getByText('It is not certain whether this mail was accepted').first().waitFor();
    assert.equal(await page.getByText('Accepted', { exact: true }).count(), 0);
    await page.getByRole('button', { name: 'It arrived' }).click();
    await page.getByText('Accepted', { exact: true }).first().waitFor();
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('the service is gone: a bar says so, what was typed stays, and it comes back by itself', async () => {
  const till = await Till.start({ account: true });
  try {
    const page = await screenOf(till, '/mail/new');
    await page.getByLabel('Subject').fill('Half written');
    await till.stopService('SIGKILL');
    await page.getByText('This screen has lost contact with Tillpost').waitFor({ timeout: 20000 });
    assert.equal(await page.getByLabel('Subject').inputValue(), 'Half written');
    await till.serve();
    await page.getByText('This screen has lost contact with Tillpost').waitFor({ state: 'detached', timeout: 20000 });
    assert.equal(await page.getByLabel('Subject').inputValue(), 'Half written');
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('sending paused by a person is said, and nothing leaves until it is started again', async () => {
  const till = await Till.start({ account: true });
  try {
    till.run('settings', 'set', 'undo_seconds', '0');
    await till.mailServer();
    const page = await screenOf(till, '/outbox');
    await page.getByRole('button', { name: 'Pause sending' }).click();
    const standing = page.locator('.standing');
    await standing.getByText(/^The owner paused sending at \d\d:\d\d\.$/).waitFor();
    send(till, 'anna@example.com', 'Later');
    await standing.getByText(/^The owner paused sending at \d\d:\d\d\. 1 mail waiting\.$/).waitFor();
    assert.equal(till.received().length, 0);
    await page.getByRole('button', { name: 'Start sending' }).first().click();
    await until(() => till.received().length === 1, 'the mail at the server');
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('names and subjects that look like markup are shown as text', async () => {
  const till = await Till.start({ account: true });
  try {
    const evil = '<img src=x onerror="document.title=1"><script>alert(1)</script>';
    send(till, 'evil@example.com', evil);
    const page = await screenOf(till, '/outbox');
    await page.evaluate((name) => fetch('/api/v1/contacts', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ address: 'evil@example.com', name }) }), evil);
    let alerted = false;
    page.on('dialog', (dialog) => {
      alerted = true;
      dialog.dismiss();
    });
    await page.getByText(evil).first().waitFor();
    await page.goto(`${till.base}/contacts`);
    await page.getByText(evil).first().waitFor();
    await page.goto(`${till.base}/outbox`);
    await page.getByText(evil).first().click();
    await page.getByRole('heading', { name: evil }).waitFor();
    assert.equal(await page.locator('img[src=x]').count(), 0);
    assert.equal(alerted, false);
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('seven tabs at once all work', async () => {
  const till = await Till.start({ account: true });
  try {
    const page = await screenOf(till, '/outbox');
    const tabs = [page];
    for (let i = 0; i < 6; i += 1) {
      const tab = await page.context().newPage();
      await tab.goto(`${till.base}/sent`);
      await tab.getByText('No mail has been sent yet.').waitFor();
      tabs.push(tab);
    }
    await tabs[6].getByRole('link', { name: 'Documents' }).click();
    await tabs[6].getByText('Make your first invoice or job card.').waitFor();
  } finally {
    await till.stop();
  }
});

test('a PIN: staff can send and cannot change settings', async () => {
  const till = await Till.start({ account: true });
  try {
    const owner = await screenOf(till, '/settings/screen');
    await owner.getByLabel('PIN of the staff').fill('4711');
    await owner.getByRole('button', { name: 'Set' }).last().click();
    await owner.getByText('A PIN is set').first().waitFor();
    const context = await owner.context().browser().newContext();
    const page = await context.newPage();
    await page.goto(till.base);
    await page.getByLabel('PIN', { exact: true }).fill('1234');
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByText('This PIN is wrong.').waitFor();
    for (const digit of '4711') await page.getByRole('button', { name: digit, exact: true }).click();
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Changing them is for the owner.').waitFor();
  } finally {
    await till.stop();
  }
});

test('staff are told what is wrong with the account in words to hand on; the owner gets the fix', async () => {
  const till = await Till.start();
  try {
    await till.scripted({ auth: '535 5.7.8 Username and Password not accepted.' });
    execFileSync(binary, ['--data', till.data, 'account', 'set', '--name', 'default', '--host', '127.0.0.1', '--port', String(till.smtp), '--encryption', 'none', '--auth', 'password', '--from', 'Shop <shop@till.example>', '--user', 'shop@till.example', '--password-stdin', '--allow-plaintext', '--secret-place', 'file'], { env: till.env, input: 'secret\n' });
    till.run('settings', 'set', 'undo_seconds', '0');
    await till.api('/mails', { method: 'POST', body: { mail: { to: ['anna@example.com'], subject: 'Held up', text: 'Text.\n' } } });
    await until(async () => (await till.api('/status')).accounts[0].standing.startsWith('held'), 'the account held');
    const owner = await screenOf(till, '/outbox');
    await owner.locator('.banner').getByRole('link', { name: 'Fix it' }).waitFor();
    await owner.getByText('Details for support').click();
    assert.match(await owner.locator('.banner pre').innerText(), /535[\s\S]*Tillpost \d+\.\d+/);
    const context = await owner.context().browser().newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const staff = await context.newPage();
    await staff.goto(till.link('/outbox', 'staff'));
    const title = await staff.locator('.banner strong').first().innerText();
    await staff.getByRole('button', { name: 'Tell the owner' }).click();
    await staff.getByText('Copied. Give this text to the owner.').waitFor();
    assert.ok((await staff.evaluate(() => navigator.clipboard.readText())).startsWith(title));
    assert.equal(await staff.getByRole('link', { name: 'Fix it' }).count(), 0);
    await context.close();
    assert.deepEqual(owner.trouble, []);
  } finally {
    await till.stop();
  }
});

test('signed out in another tab: the PIN comes above the mail being written, and it is sent as it was', async () => {
  const own = await Till.start({ account: true });
  try {
    await own.scripted();
    own.run('settings', 'set', 'undo_seconds', '0');
    await own.api('/access/pins/owner', { method: 'PUT', body: { pin: '4711' } });
    const page = await screenOf(own, '/mail/new');
    await toField(page).fill('anna@example.com');
    const other = await page.context().newPage();
    await other.goto(`${own.base}/outbox`);
    await other.getByRole('button', { name: 'Lock' }).waitFor();
    await page.bringToFront();
    await page.getByLabel('Subject').fill('Half written');
    await page.getByLabel('Message').fill('The words.');
    await other.getByRole('button', { name: 'Lock' }).click();
    await other.getByLabel('PIN', { exact: true }).waitFor();
    await page.bringToFront();
    const pin = page.getByLabel('PIN', { exact: true });
    await pin.waitFor();
    assert.deepEqual(await axe(page, 'layout'), []);
    await pin.fill('4711');
    await page.getByRole('button', { name: 'Go' }).click();
    await pin.waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Message').inputValue(), 'The words.');
    // What was asked while nobody was signed in goes on.
    await page.getByText('Draft saved').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await until(() => own.received().some((mail) => mail.includes('Subject: Half written')), 'the mail at the server');
    // The other tab needs no second PIN.
    await other.bringToFront();
    await other.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await other.getByLabel('PIN', { exact: true }).waitFor({ state: 'detached' });
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  } finally {
    await own.stop();
  }
});

const problem = (status, more) => ({ status, contentType: 'application/problem+json', body: JSON.stringify({ status, title: '', ...more }) });

test('how things stood when an answer was late does not come back over what is known since', async () => {
  const till = await Till.start({ account: true });
  try {
    const page = await screenOf(till, '/outbox');
    let late;
    await page.route('**/api/v1/status', async (route) => {
      const response = await route.fetch();
      if (late) return route.fulfill({ response });
      late = () => route.fulfill({ response });
      return undefined;
    });
    send(till, 'anna@example.com', 'In between');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await until(() => late, 'the answer on its way');
    await page.getByRole('button', { name: 'Pause sending' }).click();
    const paused = page.locator('.standing', { hasText: 'Paused' });
    await paused.waitFor();
    const told = page.waitForResponse('**/api/v1/status');
    await late();
    await told;
    await page.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
    assert.equal(await paused.count(), 1);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('a full disk is said above the form before anything is lost, until mails can be kept again', async () => {
  const till = await Till.start({ account: true });
  try {
    const page = await screenOf(till, '/mail/new');
    const full = problem(507, { key: 'data_file', reason: 'the_disk_is_full', detail: 'The disk is full: database or disk is full. Free some space and repeat; nothing was half-done.' });
    const drafts = /\/api\/v1\/drafts/;
    await page.route(drafts, (route) => route.fulfill(full));
    await toField(page).fill('anna@example.com');
    await page.getByLabel('Subject').fill('Not lost');
    const bar = page.getByRole('alert').filter({ hasText: "This computer's disk is full. New mails cannot be saved." });
    await bar.waitFor();
    assert.equal(await page.locator('.banner').count(), 0, 'one banner at a time');
    // A preview needs no room: that it is there says nothing.
    const refused = page.waitForResponse((answer) => drafts.test(answer.url()) && answer.request().postData().includes('Nor is this.'));
    await page.getByLabel('Message').fill('Nor is this.');
    await page.locator('section.side').getByText('Nor is this.').waitFor();
    assert.equal(await bar.count(), 1, 'said as long as it is so');
    await refused;
    const check = () => Promise.all([page.waitForResponse(drafts), bar.getByRole('button', { name: 'Check again' }).click()]);
    await check();
    await bar.waitFor();
    await page.unroute(drafts);
    await check();
    await bar.waitFor({ state: 'detached' });
    // What could not be kept is kept now, without another key.
    await until(async () => (await till.api('/drafts')).items.some((draft) => draft.content.mail.text === 'Nor is this.'), 'the draft');
    await page.route(drafts, (route) => route.fulfill(full));
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await bar.waitFor();
    assert.equal(await page.getByLabel('Subject').inputValue(), 'Not lost');
    page.on('dialog', (dialog) => dialog.accept());
    await page.context().close();
  } finally {
    await till.stop();
  }
});

test('a defect is called one, with a report for those who mend it, and a draft only where there is one', async () => {
  const till = await Till.start({ account: true });
  try {
    const page = await screenOf(till, '/outbox');
    const defect = problem(500, { key: 'defect', detail: 'A defect.' });
    await page.route('**/api/v1/contacts?*', (route) => route.fulfill(defect));
    await page.getByRole('link', { name: 'Addresses' }).click();
    const banner = page.getByRole('alert').filter({ hasText: 'Sorry, there is a problem with Tillpost.' });
    await banner.waitFor();
    assert.ok(!(await banner.innerText()).includes('draft'));
    const [file] = await Promise.all([page.waitForEvent('download'), banner.getByRole('button', { name: 'Save report for support' }).click()]);
    assert.match(readFileSync(await file.path(), 'utf8'), /\/contacts[\s\S]*A defect\./);
    await page.unroute('**/api/v1/contacts?*');
    await banner.getByRole('button', { name: 'Try again' }).click();
    await banner.waitFor({ state: 'detached' });
    // An exception in a screen, where what was written is a draft already.
    const draft = await till.api('/drafts', { method: 'POST', body: { mail: { to: ['anna@example.com'], subject: 'Kept' } } });
    await page.route('**/api/v1/accounts', (route) => route.fulfill({ json: [null] }));
    await page.goto(`${till.base}/mail/${draft.id}/edit`);
    await banner.getByText('What you typed is saved as a draft.').waitFor();
    await page.unroute('**/api/v1/accounts');
    await banner.getByRole('button', { name: 'Try again' }).click();
    await page.getByLabel('Subject').waitFor();
    assert.equal(await page.getByLabel('Subject').inputValue(), 'Kept');
    await page.context().close();
  } finally {
    await till.stop();
  }
});

test('connecting is said with the server that is asked, and a list without contact with when it was known', async () => {
  const till = await Till.start({ account: true });
  const silent = createServer(() => {});
  await new Promise((done) => silent.listen(till.smtp, '127.0.0.1', done));
  try {
    till.run('settings', 'set', 'undo_seconds', '0');
    const page = await screenOf(till, '/outbox');
    await page.getByText('Riverside Cycle Repairs').waitFor();
    send(till, 'anna@example.com', 'Slow');
    await page.locator('.standing', { hasText: 'Connecting to 127.0.0.1…' }).waitFor();
    await page.getByRole('link', { name: /Slow/ }).waitFor();
    await till.stopService('SIGKILL');
    await page.getByRole('button', { name: 'Pause sending' }).click();
    await page.getByText(/^Last known \d\d:\d\d$/).waitFor();
    assert.equal(await page.locator('.banner').count(), 0, 'the bar alone says it');
    await page.context().close();
  } finally {
    silent.close();
    await till.stop();
  }
});

// What the screens show when things are not as they should be: refused, in doubt, held, away.

import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Till, screenOf, closeBrowser, until, binary } from './support.mjs';

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

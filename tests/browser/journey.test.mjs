// The way of a shop from the first start to a mail that its server accepted.

import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { Till, screenOf, closeBrowser, until } from './support.mjs';

after(closeBrowser);

async function setUp(page, till) {
  await page.getByRole('heading', { name: 'Set up email' }).waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Which email address do customers know?').fill('shop@till.example');
  await page.getByLabel('Who provides your email?').selectOption({ label: 'Another provider' });
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Outgoing server').fill('127.0.0.1');
  await page.getByLabel('Port', { exact: true }).fill(String(till.smtp));
  await page.getByLabel('None – not encrypted').check();
  await page.getByLabel('No sign-in').check();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Sender name').fill('Riverside Cycle Repairs');
  await page.getByRole('button', { name: 'Next' }).click();
}

async function writeMail(page, to, subject, text = 'It is ready.') {
  await page.getByRole('link', { name: 'New mail' }).click();
  await page.getByLabel('To', { exact: true }).fill(to);
  await page.keyboard.press('Enter');
  await page.getByLabel('Subject').fill(subject);
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

test('first start online: set up, test mail, first mail accepted', async () => {
  const till = await Till.start();
  try {
    await till.mailServer();
    const page = await screenOf(till);
    await setUp(page, till);
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('Email works.').waitFor();
    assert.equal(till.received().length, 1);
    await writeMail(page, 'anna@example.com', 'Your bicycle');
    await page.getByText(/The mail leaves in \d+ s\./).first().waitFor();
    await page.getByRole('button', { name: 'Send now' }).last().click();
    await page.getByRole('link', { name: 'Sent', exact: true }).click();
    await page.getByRole('link', { name: /Your bicycle/ }).click();
    await page.getByText(/Accepted by \S+ at/).waitFor();
    await until(() => till.received().some((mail) => mail.includes('Subject: Your bicycle')), 'the mail at the server');
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('first start offline: the mail waits, says so, and leaves when the server is there', async () => {
  const till = await Till.start();
  try {
    const page = await screenOf(till);
    await setUp(page, till);
    await page.getByRole('button', { name: 'Finish without a test' }).click();
    await page.getByRole('link', { name: 'Go to the outbox' }).click();
    await writeMail(page, 'anna@example.com', 'While offline');
    await page.getByRole('button', { name: 'Send now' }).last().click();
    await page.getByRole('link', { name: /Outbox/ }).click();
    await page.getByRole('link', { name: /While offline/ }).waitFor();
    // Nothing is shown as accepted that was not.
    await until(async () => /does not answer|Offline|tried again/.test(await page.locator('.standing').innerText()), 'the trouble in the status line');
    await page.getByRole('link', { name: 'Sent', exact: true }).click();
    await page.getByText('No mail has been sent yet.').waitFor();
    await till.mailServer();
    await page.keyboard.press('F8');
    await page.getByRole('link', { name: /While offline/ }).waitFor();
    await until(() => till.received().some((mail) => mail.includes('While offline')), 'the mail at the server');
    await page.getByText('Ready. Nothing waiting.').first().waitFor();
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('an invoice: preview while typing, mailed to two who do not see each other, undone once', async () => {
  const till = await Till.start({ account: true });
  try {
    await till.mailServer();
    const page = await screenOf(till, '/docs/new/invoice');
    await page.getByLabel('Name', { exact: true }).fill('Zofie Müller');
    await page.getByLabel('Email address').fill('zofie@example.com');
    await page.getByLabel('Item', { exact: true }).fill('Full service');
    await page.getByLabel('Price', { exact: true }).fill('85,00');
    await page.locator('img.sheet').first().waitFor();
    await page.getByRole('button', { name: 'Save and send' }).click();
    await page.getByRole('heading', { name: /Send INV-/ }).waitFor();
    const body = await page.getByLabel('Message').inputValue();
    assert.match(body, /Zofie Müller/);
    await page.getByLabel('To', { exact: true }).fill('bob@lee.example;');
    await page.keyboard.press('Enter');
    await page.getByText('None of the 2 recipients sees another address.').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.getByRole('heading', { name: /Send INV-/ }).waitFor();
    assert.equal(await page.getByLabel('Message').inputValue(), body);
    assert.equal(till.received().length, 0);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('button', { name: 'Send now' }).last().click();
    const mail = await until(() => till.received()[0], 'the mail at the server');
    assert.equal(till.received().length, 1);
    assert.ok(!/bob@lee\.example/.test(mail.replace(/^X-Rcpt-Args:.*$/gm, '').replace(/^X-.*$/gm, '')), mail.slice(0, 1500));
    assert.deepEqual(page.trouble, []);
  } finally {
    await till.stop();
  }
});

test('two clicks on Send are one mail; the browser closed during the undo time does not keep it back', async () => {
  const till = await Till.start({ account: true });
  try {
    await till.mailServer();
    till.run('settings', 'set', 'undo_seconds', '2');
    const page = await screenOf(till, '/mail/new');
    await page.getByLabel('To', { exact: true }).fill('anna@example.com');
    await page.keyboard.press('Enter');
    await page.getByLabel('Subject').fill('Once');
    await page.getByLabel('Message').fill('Only once.');
    await page.getByRole('button', { name: 'Send', exact: true }).dblclick();
    await page.getByRole('button', { name: 'Undo' }).first().waitFor();
    await page.context().close();
    await until(() => till.received().length > 0, 'the mail at the server');
    assert.equal(JSON.parse(till.run('--json', 'queue', 'list', '--all')).length ?? 1, 1);
  } finally {
    await till.stop();
  }
});

test('undo works in another tab', async () => {
  const till = await Till.start({ account: true });
  try {
    await till.mailServer();
    till.run('settings', 'set', 'undo_seconds', '60');
    const page = await screenOf(till, '/outbox');
    await writeMail(page, 'anna@example.com', 'Taken back');
    await page.getByRole('button', { name: 'Undo' }).first().waitFor();
    const other = await page.context().newPage();
    await other.goto(`${till.base}/outbox`);
    await other.locator('.list').getByRole('button', { name: 'Undo' }).click();
    await other.getByLabel('Subject').waitFor();
    assert.equal(await other.getByLabel('Subject').inputValue(), 'Taken back');
    assert.equal(till.received().length, 0);
  } finally {
    await till.stop();
  }
});

// The settings: what a person does at the screen, and what comes of it at the server and in the data.

import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Till, screenOf, closeBrowser, until, freePort, burst } from './support.mjs';

const demo = join(import.meta.dirname, '..', '..', 'assets', 'demo');
const keys = mkdtempSync(join(tmpdir(), 'tillpost-key-'));
writeFileSync(join(keys, 'key'), `${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 });
/** Where passwords are kept on a machine without a keyring. */
const env = { TILLPOST_KEY_FILE: join(keys, 'key') };

after(async () => {
  await closeBrowser();
  rmSync(keys, { recursive: true });
});

/** Runs `work` with a till that is gone afterwards. */
async function withTill(options, work) {
  const till = await Till.start({ env, ...options });
  try {
    await work(till);
  } finally {
    await till.stop();
  }
}
const json = (till, ...args) => JSON.parse(till.run('--json', ...args));
const button = (page, name) => page.getByRole('button', { name, exact: true });
const saved = (page) => page.getByText('Saved.', { exact: true }).locator('visible=true').first().waitFor();

test('the wizard knows Gmail: the way to an app password, its server, and a wrong step says where', async () => {
  await withTill({}, async (till) => {
    const page = await screenOf(till);
    await page.getByRole('heading', { name: 'Set up email' }).waitFor();
    await page.getByLabel('Name of the shop').fill('Riverside Cycle Repairs');
    await page.getByLabel('PIN of the owner').fill('4711');
    await button(page, 'Next').click();
    await page.getByLabel('Which email address do customers know?').waitFor();
    assert.match(till.run('shop', 'show'), /Riverside Cycle Repairs/);
    await button(page, 'Next').click();
    await page.getByRole('link', { name: 'Enter your email address, like name@example.com' }).click();
    await page.keyboard.type('riverside@gmail.com');
    await page.getByText('This is an address of Gmail (personal).').waitFor();
    await button(page, 'Next').click();
    await page.getByText('smtp.gmail.com, port 465').waitFor();
    // Left here and taken up again: the shop is there, and so is the address.
    await page.getByRole('link', { name: 'Do this later' }).click();
    await page.getByRole('heading', { name: 'Outbox' }).waitFor();
    await page.goto(`${till.base}/setup`);
    await page.getByText('This is an address of Gmail (personal).').waitFor();
    assert.equal(await page.getByLabel('Which email address do customers know?').inputValue(), 'riverside@gmail.com');
    await button(page, 'Next').click();
    await page.getByText('smtp.gmail.com, port 465').waitFor();
    await page.getByText('make an app password called Tillpost').waitFor();
    assert.equal(await page.getByLabel('Email address or user name').inputValue(), 'riverside@gmail.com');
    await button(page, 'Next').click();
    await page.getByRole('link', { name: 'Enter the password' }).waitFor();
    await page.getByLabel('App password', { exact: true }).last().fill('abcd efgh ijkl mnop');
    await page.getByText('Where the password is kept').click();
    await page.getByLabel('In an encrypted file of Tillpost').check();
    await button(page, 'Next').click();
    assert.equal(await page.getByLabel('Sender name').inputValue(), 'Riverside Cycle Repairs');
    await button(page, 'Next').click();
    await button(page, 'Finish without a test').click();
    await page.getByText('Email is set up. It was not tested yet.').waitFor();
    // What is done can be gone back to, and is as it was.
    await page.getByRole('button', { name: 'Shop', exact: true }).click();
    assert.equal(await page.getByLabel('Name of the shop').inputValue(), 'Riverside Cycle Repairs');
    await page.goto(`${till.base}/setup`);
    await button(page, 'Send test').waitFor();
    const account = json(till, 'account', 'show');
    assert.deepEqual([account.host, account.port, account.encryption, account.from], ['smtp.gmail.com', 465, 'tls', 'Riverside Cycle Repairs <riverside@gmail.com>']);
    assert.ok(!(await page.content()).includes('ijkl'));
    assert.deepEqual(page.trouble, []);
  });
});

test('the wizard asks nothing before it knows what was answered the last time', async () => {
  await withTill({}, async (till) => {
    till.run('shop', 'set', '--name', 'Riverside Cycle Repairs', '--email', 'shop@till.example');
    const page = await screenOf(till, '/outbox');
    let answer;
    await page.route('**/api/v1/shop', (route) => { answer = () => route.continue(); });
    const accounts = page.waitForResponse('**/api/v1/accounts');
    await page.goto(`${till.base}/setup`);
    await until(() => answer, 'the shop asked for');
    await accounts;
    assert.equal(await page.locator('main').getByRole('textbox').count(), 0);
    await answer();
    const address = page.getByLabel('Which email address do customers know?');
    await address.waitFor();
    assert.equal(await address.inputValue(), 'shop@till.example');
    assert.deepEqual(page.trouble, []);
  });
});

test('every provider of the wizard: its sign-in is offered, Outlook.com takes no password', async () => {
  await withTill({}, async (till) => {
    const page = await screenOf(till);
    const providers = await page.evaluate(() => fetch('/api/v1/account-presets').then((r) => r.json()));
    assert.ok(providers.length > 20);
    await button(page, 'Next').click();
    await page.getByLabel('Which email address do customers know?').fill('shop@riverside.example');
    for (const p of providers) {
      await page.getByLabel('Who provides your email?').selectOption(p.id);
      await button(page, 'Next').click();
      // Where a part of the name is the shop's own, it is asked for.
      if (p.host.includes('{')) assert.equal(await page.getByLabel('Outgoing server').inputValue(), p.host);
      else await page.getByText(`${p.host}, port ${p.port}`).waitFor();
      if (p.id === 'sendgrid') assert.equal(await page.locator('#user').inputValue(), 'apikey');
      if (p.id === 'gmx_de') assert.equal(await page.locator('#user').inputValue(), 'shop@riverside.example');
      const password = await page.locator('#password').count();
      assert.equal(password, p.id === 'outlookcom' ? 0 : 1, p.id);
      if (p.id === 'outlookcom') {
        await page.getByLabel('Client ID').waitFor();
        assert.equal(await page.getByLabel('Tenant ID').inputValue(), 'consumers');
        await page.getByText('How to get a client ID').click();
        await page.getByText('entra.microsoft.com').waitFor();
        await button(page, 'Next').click();
        await page.getByRole('link', { name: 'Enter the client ID' }).waitFor();
      }
      await button(page, 'Back').click();
    }
    assert.deepEqual(page.trouble, []);
  });
});

test('the account: a server that is away is explained, the log can be kept, and a test arrives', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/test');
    await button(page, 'Send test').click();
    await page.getByText('The whole log (passwords are not in it)').click();
    const download = page.waitForEvent('download');
    await button(page, 'Save as a file').click();
    const log = readFileSync(await (await download).path(), 'utf8');
    assert.match(log, /^OK .*127\.0\.0\.1/m);
    assert.match(log, /^BAD /m);
    await till.mailServer();
    await page.getByLabel('Subject').fill('Does it work?');
    await button(page, 'Try again').click();
    await until(() => till.received().some((m) => m.includes('Subject: Does it work?')), 'the test mail');
    await page.goto(`${till.base}/settings/account`);
    await page.getByText(/^Last test: worked, /).waitFor();
    await page.getByLabel('Port', { exact: true }).fill('70000');
    await button(page, 'Save').click();
    await page.getByRole('link', { name: 'Port must be a number from 1 to 65535' }).waitFor();
    await button(page, 'Default').click();
    await page.getByText('Set to 465 with SSL/TLS, as recommended').waitFor();
    assert.equal(await page.getByLabel('SSL/TLS – usually port 465').isChecked(), true);
    assert.deepEqual(page.trouble, []);
  });
});

test('an account that is held: what is wrong stands above it, and the fix leads to its field', async () => {
  await withTill({ account: true }, async (till) => {
    till.run('settings', 'set', 'undo_seconds', '0');
    await till.mailServer('-f', 'ehlo', '-B', '530 5.7.0 Must issue a STARTTLS command first');
    till.run('send', '--to', 'anna@example.com', '--subject', 'Held', '--text', 'x');
    const page = await screenOf(till, '/outbox');
    await page.getByRole('link', { name: 'Fix it' }).first().click();
    await page.getByText('Details for support').waitFor();
    await page.locator('.banner').getByRole('button', { name: 'Use STARTTLS on port 587' }).first().click();
    assert.equal(await page.getByLabel('Port', { exact: true }).inputValue(), '587');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'port');
    assert.deepEqual(page.trouble, []);
  });
});

test('every button that an explanation of an account names is there, and puts in what it says', async () => {
  const rules = JSON.parse(readFileSync(join(demo, '..', 'explanations', 'rules.json'), 'utf8'));
  // The details stand below every explanation.
  const keys = [...new Set(rules.filter((r) => ['account', 'network'].includes(r.scope)).flatMap((r) => r.actions))].filter((key) => key !== 'details');
  assert.ok(keys.length > 25, keys.join());
  const values = { use_pair: '587 starttls', use_name: 'mx.till.example', use_suggested_host: 'smtp.till.example', use_user_as_sender: 'shop@till.example' };
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/outbox', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.route('**/api/v1/accounts', async (route) => {
      const answer = await route.fetch();
      const [account] = await answer.json();
      const oauth = { issuer: 'microsoft', client_id: 'till', tenant: '', client_secret: false, client_secret_expires: null, connected: true, connected_as: null };
      const problem = { id: 'E00', key: 'x', scope: 'account', retry: 'hold', stage: 'auth', title: 'Everything at once', detail: 'x', steps: [], actions: keys.map((key) => ({ key, label: `do ${key}`, value: values[key] ?? null })), raw: { code: null, enhanced: null, text: 'raw words' } };
      await route.fulfill({ response: answer, json: [{ ...account, user: 'shop@till.example', oauth, standing: 'held_settings', problem }] });
    });
    await page.goto(`${till.base}/settings/account`);
    const banner = page.locator('.banner', { hasText: 'Everything at once' });
    await banner.waitFor();
    const missing = [];
    for (const key of keys) if (!(await banner.locator('a, button').getByText(`do ${key}`, { exact: true }).or(banner.getByRole('button', { name: `do ${key}`, exact: true })).count())) missing.push(key);
    assert.deepEqual(missing, []);
    const press = (key) => banner.getByRole('button', { name: `do ${key}`, exact: true }).click();
    const field = (name) => page.getByLabel(name, { exact: true }).inputValue();
    await press('use_name');
    assert.equal(await field('Outgoing server'), 'mx.till.example');
    await press('use_suggested_host');
    assert.equal(await field('Outgoing server'), 'smtp.till.example');
    await press('use_pair');
    assert.equal(await field('Port'), '587');
    assert.equal(await page.getByLabel('STARTTLS', { exact: false }).first().isChecked(), true);
    await press('copy_it_text');
    await banner.getByText('Copied', { exact: true }).waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Everything at once\nx\n[^]*raw words/);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

test('a page of a provider can be opened on a phone: its address to copy, and as a code', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/help/gmail');
    await page.getByText('myaccount.google.com/apppasswords', { exact: true }).waitFor();
    await button(page, 'QR code').last().click();
    const code = page.getByRole('img', { name: 'QR code that opens myaccount.google.com/apppasswords on a phone' });
    await until(() => code.evaluate((img) => img.complete && img.naturalWidth > 0), 'the code');
    assert.match(await code.getAttribute('src'), /text=https%3A%2F%2Fmyaccount\.google\.com%2Fapppasswords$/);
    assert.deepEqual(page.trouble, []);
  });
});

test('staff at the settings: it is the owner’s, said plainly, and how to tell the owner', async () => {
  await withTill({ account: true }, async (till) => {
    const owner = await screenOf(till);
    await owner.evaluate(() => fetch('/api/v1/access/pins/staff', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"pin":"1111"}' }));
    const page = await screenOf(till, '/settings/options', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.evaluate(async () => {
      await fetch('/api/v1/session', { method: 'DELETE' });
      await fetch('/api/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"role":"staff","pin":"1111"}' });
    });
    await page.goto(`${till.base}/settings/options`);
    await button(page, 'Tell the owner').click();
    await page.getByText('Copied. Give this text to the owner.').waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\/settings\/options$/);
    await button(page, 'Save').click();
    await page.goto(`${till.base}/settings/api`);
    await page.getByText("This is for the owner of the shop. Ask the owner, or sign in with the owner's PIN.").waitFor();
  });
});

test('connecting with Microsoft: the way to a client ID, what is refused is said, nothing is lost', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/account');
    await page.getByLabel('Provider', { exact: true }).selectOption('m365');
    await page.getByLabel('Microsoft sign-in').check();
    await page.getByLabel('Email address or user name').fill('shop@till.example');
    await button(page, 'Save').click();
    await page.getByRole('link', { name: 'Enter the client ID' }).waitFor();
    await page.getByLabel('Client ID').fill('11111111-2222-3333-4444-555555555555');
    await button(page, 'Save').click();
    await saved(page);
    await page.getByText('Not connected', { exact: true }).waitFor();
    await page.getByLabel('Through Microsoft Graph').check();
    assert.equal(await page.getByLabel('Outgoing server').count(), 0);
    await button(page, 'Save').click();
    await until(() => json(till, 'account', 'show').transport === 'graph', 'the way through Graph');
    await page.getByLabel('Through the mail server (SMTP)').check();
    assert.equal(await page.getByLabel('Outgoing server').inputValue(), 'smtp.office365.com');
    await button(page, 'Save').click();
    await until(() => json(till, 'account', 'show').transport === 'smtp', 'the way through the mail server');
    const account = json(till, 'account', 'show');
    assert.deepEqual([account.auth, account.oauth.issuer, account.oauth.connected], ['oauth', 'microsoft', false]);
    await button(page, 'Connect by phone').waitFor();
    await page.goto(`${till.base}/outbox`);
    await page.goto(`${till.base}/settings/account`);
    assert.equal(await page.getByLabel('Client ID').inputValue(), '11111111-2222-3333-4444-555555555555');
    assert.deepEqual(page.trouble, []);
  });
});

test('connecting at a real sign-in service: in the browser, and ended again', async () => {
  // The provider of `tests/real/oauth`, whose modules `tests/run` installs.
  const provider = spawn(process.execPath, [join(import.meta.dirname, '..', 'real', 'oauth', 'provider.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [said] = await once(provider.stdout, 'data');
    const { issuer } = JSON.parse(said);
    await withTill({}, async (till) => {
      till.run('account', 'set', '--host', '127.0.0.1', '--port', '1', '--encryption', 'none', '--allow-plaintext', '--auth', 'oauth', '--issuer', 'microsoft', '--client-id', 'till', '--user', 'shop@till.example', '--from', 'shop@till.example', '--secret-place', 'file', '--authorize-url', `${issuer}/auth`, '--token-url', `${issuer}/token`, '--device-url', `${issuer}/device/auth`, '--revoke-url', `${issuer}/token/revocation`);
      const page = await screenOf(till, '/settings/account');
      await page.getByText('Where the sign-in is kept').click();
      await page.getByLabel('In an encrypted file of Tillpost').check();
      const tab = page.context().waitForEvent('page');
      await button(page, 'Connect with Microsoft').click();
      await (await tab).waitForLoadState();
      await page.getByText('Connected as shop@till.example').waitFor();
      assert.equal(json(till, 'account', 'show').oauth.connected, true);
      await button(page, 'Disconnect').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
      await page.getByText('Disconnected. Tillpost has forgotten the sign-in.').waitFor();
      assert.equal(json(till, 'account', 'show').oauth.connected, false);
      await button(page, 'Connect by phone').click();
      await page.locator('strong.code').waitFor();
      const code = await page.locator('strong.code').innerText();
      const phone = await page.context().newPage();
      await phone.goto(await page.locator('.banner code').first().innerText());
      await phone.locator('input[name=user_code]').fill(code);
      await phone.locator('button[type=submit]').first().click();
      await phone.locator('button[type=submit]').first().click();
      await page.getByText('Connected as shop@till.example').waitFor();
      assert.deepEqual(page.trouble, []);
    });
  } finally {
    provider.kill();
  }
});

test('the sender: a signature stands below the mail, others may write, and only listed ones where wanted', async () => {
  await withTill({ account: true }, async (till) => {
    await till.mailServer();
    till.run('settings', 'set', 'undo_seconds', '0');
    const page = await screenOf(till, '/settings/sender');
    await page.getByLabel('Signature').fill('Riverside Cycle Repairs\n1 Mill Lane');
    await page.getByText('So it stands below a mail').waitFor();
    await button(page, 'Save').click();
    await saved(page);
    await button(page, 'Add a sender').click();
    await page.getByLabel('Sender name').last().fill('Ben');
    await page.locator('#otheraddress').fill('ben@till.example');
    await button(page, 'Add').click();
    await page.getByText('Ben <ben@till.example>').waitFor();
    await page.getByLabel('Only these senders').check();
    await until(() => json(till, 'settings', 'get', 'sender_policy') === 'listed', 'the policy');
    till.run('send', '--to', 'anna@example.com', '--subject', 'Signed', '--text', 'It is ready.\n');
    const mail = await until(() => till.received().find((m) => m.includes('Subject: Signed')), 'the mail');
    assert.match(mail, /It is ready\.\r?\n\r?\n--(?: |=20)\r?\nRiverside Cycle Repairs\r?\n1 Mill Lane/);
    assert.throws(() => till.run('send', '--from', 'eve@till.example', '--to', 'anna@example.com', '--subject', 'x', '--text', 'y'));
    await page.getByRole('button', { name: 'Remove Ben <ben@till.example>' }).click();
    await page.getByText('Ben <ben@till.example>').waitFor({ state: 'detached' });
    assert.deepEqual(page.trouble, []);
  });
});

test('sending options are kept: quiet hours, own copies, and copies of some mails', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/options');
    await page.getByLabel('Quiet hours').check();
    await page.getByLabel('From', { exact: true }).fill('21:00');
    await page.getByLabel('Always send a blind copy to').fill('owner@till.example');
    await page.keyboard.press('Enter');
    await page.getByLabel('Show the mail once more before it is sent').uncheck();
    await button(page, 'Save').click();
    await saved(page);
    const value = (key) => json(till, 'settings', 'get', key);
    assert.deepEqual(['quiet_hours', 'auto_bcc', 'confirm_before_sending'].map(value), ['21:00-07:30', 'owner@till.example', 'false']);
    await button(page, 'Add a rule').click();
    await page.getByRole('textbox', { name: 'Blind copy to' }).fill('books@till.example');
    await button(page, 'Add').click();
    await page.getByText('books@till.example').waitFor();
    await page.reload();
    await page.getByText('books@till.example').waitFor();
    assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), '21:00');
    assert.deepEqual(page.trouble, []);
  });
});

test('a disabled domain gets no mail until it is allowed again, and that can be undone', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/disabled');
    await button(page, 'Disable').click();
    await page.getByRole('link', { name: 'Enter the address or the domain' }).waitFor();
    await page.getByLabel('Address or domain').fill('@internal.example');
    await page.getByLabel('Reason').fill('Read on paper');
    await button(page, 'Disable').click();
    await page.getByText('Read on paper').waitFor();
    const send = () => till.run('send', '--to', 'ann@internal.example', '--subject', 'x', '--text', 'y');
    assert.throws(send);
    await page.getByRole('button', { name: 'Allow @internal.example again' }).click();
    await page.getByText('@internal.example can get mails again.').locator('visible=true').first().waitFor();
    send();
    await page.getByText('Read on paper').waitFor({ state: 'detached' });
    await button(page, 'Undo').click();
    await page.getByText('Read on paper').waitFor();
    assert.throws(send);
    assert.deepEqual(page.trouble, []);
  });
});

test('mail texts: a field goes where the cursor is, faults are told, and the next invoice says it', async () => {
  await withTill({ account: true }, async (till) => {
    await till.mailServer();
    till.run('settings', 'set', 'undo_seconds', '0');
    const page = await screenOf(till, '/settings/templates');
    await page.getByRole('link', { name: 'Change the text for: Invoice' }).click();
    const subject = page.getByLabel('Subject');
    await subject.fill('Bill : thanks');
    await subject.evaluate((field) => field.setSelectionRange(5, 5));
    await page.getByLabel('Insert a field').selectOption('number');
    assert.equal(await subject.inputValue(), 'Bill {{ number }}: thanks');
    await page.getByText('Bill 2026-0012: thanks').waitFor();
    await page.getByLabel('Message').fill('Hello {{ byuer }}');
    await page.locator('aside .fault').getByText('byuer').first().waitFor();
    await button(page, 'Save').click();
    await page.getByText('There is a problem').waitFor();
    await page.getByLabel('Message').fill('Hello {{ buyer }},\nsee the file.\n');
    await button(page, 'Save').click();
    await page.getByText('Your own, version 1').waitFor();
    const invoice = JSON.parse(readFileSync(join(demo, 'invoice.json'), 'utf8'));
    writeFileSync(join(till.folder, 'invoice.json'), JSON.stringify({ ...invoice, mail: { to: ['anna@example.com'] } }));
    till.run('issue', join(till.folder, 'invoice.json'));
    await until(() => till.received().some((m) => /^Subject: Bill .*: thanks/m.test(m)), 'the mail in the new words');
    await page.getByLabel('Message').fill('Second {{ buyer }}\n');
    await button(page, 'Save').click();
    await page.getByText('Your own, version 2').waitFor();
    await page.getByRole('button', { name: 'Show version 1' }).click();
    await page.getByText('This is version 1').waitFor();
    assert.match(await page.getByLabel('Message').inputValue(), /see the file/);
    await button(page, 'Save').click();
    await page.getByText('Your own, version 3').waitFor();
    await button(page, 'Back to the original').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Back to the original' }).click();
    await page.getByText('From Tillpost').first().waitFor();
    assert.equal(JSON.stringify(json(till, 'templates', 'list')).includes('see the file'), false);
    assert.deepEqual(page.trouble, []);
  });
});

test('mail texts with names: made as a copy, chosen in a mail, used by itself, renamed, kept while a channel uses it', async () => {
  await withTill({ account: true }, async (till) => {
    await till.mailServer();
    till.run('settings', 'set', 'undo_seconds', '0');
    const page = await screenOf(till, '/settings/templates');
    const edit = (name) => page.getByRole('link', { name: `Change the text for: ${name}` });
    const make = async (name, copy) => {
      await page.getByRole('link', { name: 'New mail text' }).click();
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('Start with the words of').selectOption({ label: copy });
      await button(page, 'Make it').click();
      await page.getByRole('heading', { name: `${name} – English` }).waitFor();
    };
    await make('Bike ready', 'Job card – English');
    assert.ok(await page.getByRole('group', { name: 'Use for' }).getByLabel('Job card').isChecked());
    await page.getByRole('group', { name: 'Use for' }).getByLabel('Mails without a document').check();
    await page.getByLabel('Subject').fill('Ready at {{ seller }}');
    await page.getByLabel('Message').fill('Hello{% if buyer %} {{ buyer }}{% endif %}, come and get it.\n');
    await button(page, 'Save').click();
    await page.getByText('Your own, version 2').waitFor();
    // It is on the menu of a mail without a document, filled for whom it is to.
    await page.goto(`${till.base}/mail/new?to=${encodeURIComponent('Anna <anna@example.com>')}`);
    await page.getByLabel('Template').selectOption({ label: 'Bike ready – English' });
    await until(async () => (await page.getByLabel('Message').inputValue()).startsWith('Hello Anna, come'), 'the words in the mail');
    await button(page, 'Send').click();
    await until(() => till.received().some((m) => /^Subject: Ready at /m.test(m)), 'the mail in its words');
    // By itself for English invoices; the kind's own says so, and takes it back.
    await page.goto(`${till.base}/settings/templates`);
    await make('Invoice – friendly', 'Invoice – English');
    await page.getByLabel('Subject').fill('Hi, {{ number }}');
    await page.getByRole('group', { name: 'Used by itself for' }).getByLabel('Invoice').check();
    // What was said of the template made is not said of its change before that is stored.
    let store;
    await page.route('**/templates/*/en', (route) => { store = () => route.continue(); });
    await button(page, 'Save').click();
    await until(() => store, 'what is to be stored');
    assert.equal(await page.getByText('Saved.', { exact: true }).count(), 0);
    await store();
    await saved(page);
    await page.unroute('**/templates/*/en');
    const bill = (name) => {
      const invoice = JSON.parse(readFileSync(join(demo, 'invoice.json'), 'utf8'));
      writeFileSync(join(till.folder, name), JSON.stringify({ ...invoice, client_ref: name, number: undefined, mail: { to: ['anna@example.com'] } }));
      till.run('issue', join(till.folder, name));
    };
    bill('one.json');
    await until(() => till.received().some((m) => /^Subject: Hi, /m.test(m)), 'the invoice in its words');
    await page.goto(`${till.base}/settings/templates/invoice/en`);
    await page.getByText('Mails with this kind of document start with “Invoice – friendly”.').waitFor();
    await button(page, 'Use this one instead').click();
    await page.getByText('Mails with this kind of document').waitFor({ state: 'detached' });
    assert.deepEqual(json(till, 'templates', 'show', 'invoice – friendly', 'en').default_for, []);
    // A channel keeps it under its new name, and holds it.
    till.run('channels', 'set', 'counter', '--template', 'Invoice – friendly');
    await page.goto(`${till.base}/settings/templates`);
    await edit('Invoice – friendly').click();
    await button(page, 'Rename').click();
    await page.getByRole('dialog').getByLabel('Name').fill('Bike ready');
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await page.getByText('There is a template called "Bike ready" already').first().waitFor();
    await button(page, 'Rename').click();
    await page.getByRole('dialog').getByLabel('Name').fill('Invoice – kind');
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { name: 'Invoice – kind – English' }).waitFor();
    await page.getByRole('link', { name: 'Add another language' }).click();
    await button(page, 'Make it').click();
    await page.getByRole('heading', { name: 'Invoice – kind – Deutsch' }).waitFor();
    await page.getByRole('link', { name: 'English' }).click();
    for (const [tongue, last] of [['English', false], ['Deutsch', true]]) {
      await page.getByRole('heading', { name: `Invoice – kind – ${tongue}` }).waitFor();
      await button(page, 'Delete').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      if (last) await page.getByText('is used by these sales channels: counter').first().waitFor();
      else {
        await page.getByLabel('Language').selectOption({ label: 'Deutsch' });
        await edit('Invoice – kind').click();
      }
    }
    await page.goto(`${till.base}/settings/channels/edit?name=counter`);
    await page.getByLabel('Mail text', { exact: true }).selectOption({ label: 'Bike ready' });
    await button(page, 'Save').click();
    await saved(page);
    assert.equal(json(till, 'channels', 'show', 'counter').template, 'Bike ready');
    assert.deepEqual(page.trouble.filter((one) => !/40[49]/.test(one)), []);
  });
});

test('from no integration to sales that wait for the books: profile, test, channel, postings', async () => {
  await withTill({ account: true }, async (till) => {
    const dead = await freePort();
    const page = await screenOf(till, '/settings/integrations');
    await page.getByRole('link', { name: 'New integration' }).click();
    await page.getByLabel('Name of the profile').fill('Books');
    await button(page, 'Save').click();
    await page.getByRole('link', { name: 'Enter the user name' }).waitFor();
    await page.getByLabel('User name').fill('corner-cycles');
    await page.getByLabel('Password', { exact: true }).fill('the API password');
    await page.getByText('Where the password is kept').click();
    await page.getByLabel('In an encrypted file of Tillpost').check();
    await page.getByText('Another address').click();
    await page.getByLabel('Where it answers').fill(`http://127.0.0.1:${dead}/api/service.asmx`);
    await button(page, 'Save').click();
    await button(page, 'Test the connection').click();
    await page.getByText('There is a problem').waitFor();
    await page.getByRole('link', { name: 'Sales channels' }).click();
    await page.getByRole('link', { name: 'Add a channel' }).click();
    await page.getByLabel('Name of the channel').fill('Web shop');
    await page.getByLabel('Export orders').check();
    await page.getByText('Test the profile first.', { exact: false }).waitFor();
    await page.getByLabel('Folder inside the watched folder').fill('web');
    await button(page, 'Save').click();
    await saved(page);
    // Another one of its name is none, and takes nothing from it.
    await page.goto(`${till.base}/settings/channels/new`);
    await page.getByLabel('Name of the channel').fill('Web shop');
    await button(page, 'Save').click();
    await page.getByRole('link', { name: 'There is something called "Web shop" already. Choose another name.' }).click();
    assert.ok(await page.getByLabel('Name of the channel').evaluate((field) => field === document.activeElement));
    assert.equal(json(till, 'channels', 'show', 'Web shop').folder, 'web');
    page.once('dialog', (dialog) => dialog.accept());
    await page.goto(`${till.base}/settings/folders`);
    await page.getByText(/outbox.web$/).waitFor();
    const invoice = { ...JSON.parse(readFileSync(join(demo, 'invoice.json'), 'utf8')), channel: 'Web shop' };
    writeFileSync(join(till.folder, 'sale.json'), JSON.stringify(invoice));
    const { number } = json(till, 'issue', join(till.folder, 'sale.json'));
    await page.goto(`${till.base}/settings/integrations`);
    await page.getByText(/was not reached/).first().waitFor();
    await page.getByRole('button', { name: `Do not enter ${number}` }).click();
    await page.getByText('All sales are in the books.').waitFor();
    await button(page, 'All').click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    // What no program enters is not tried again, and can be laid down.
    const { mail, totals, ...rest } = invoice;
    const credit = { ...rest, kind: 'credit_note', paid: '0.00', original: { number, issue_date: invoice.issue_date } };
    writeFileSync(join(till.folder, 'credit.json'), JSON.stringify(credit));
    const note = json(till, 'issue', join(till.folder, 'credit.json')).number;
    await page.goto(`${till.base}/settings/integrations`);
    await page.getByText('Enter it in the books by hand.', { exact: false }).waitFor();
    assert.equal(await page.getByRole('button', { name: `Try ${note} again` }).count(), 0);
    if (process.env.TILLPOST_PICTURES) await page.screenshot({ path: join(process.env.TILLPOST_PICTURES, 'postings-refused.png') });
    await page.getByRole('button', { name: `Do not enter ${note}` }).click();
    await page.getByText('All sales are in the books.').waitFor();
    assert.equal(json(till, 'accounting', 'list')[0].user, 'corner-cycles');
    assert.deepEqual(page.trouble, []);
  });
});

test('API access: a password is shown once, works, and stops when it is revoked', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/api');
    await page.getByLabel('Program', { exact: true }).fill('TillSoft');
    await button(page, 'Make a password').click();
    const password = (await page.locator('pre.code').innerText()).trim();
    const ask = () => fetch(`${till.base}/api/v1/status`, { headers: { authorization: `Bearer ${password}` } });
    assert.equal((await ask()).status, 200);
    await page.reload();
    await page.getByText('TillSoft').first().waitFor();
    assert.ok(!(await page.content()).includes(password));
    await page.getByRole('button', { name: 'Revoke the password of TillSoft' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No program has a password yet.').waitFor();
    assert.equal((await ask()).status, 401);
    const restricted = (list) => until(() => json(till, 'settings', 'get', 'api_restrict_access') === list, list);
    const opens = (answer) => page.getByRole('dialog', { name: 'Open Tillpost to the network?' }).getByRole('button', { name: answer }).click();
    // What is chosen while something else is being stored is stored after it.
    let release;
    const held = new Promise((go) => { release = go; });
    const stored = (route) => held.then(() => route.continue());
    await page.route('**/settings/api_remote_login', stored);
    await page.getByLabel('Remote login').click();
    await page.getByLabel('Only this computer').click();
    release();
    await restricted('127.0.0.1/32');
    assert.equal(json(till, 'settings', 'get', 'api_remote_login'), 'true');
    await page.unroute('**/settings/api_remote_login');
    await page.getByLabel('Whole local network').click();
    await opens('Cancel');
    await until(() => page.getByLabel('Only this computer').isChecked(), 'as it was');
    assert.equal(json(till, 'settings', 'get', 'api_restrict_access'), '127.0.0.1/32');
    await page.getByLabel('Whole local network').click();
    await opens('Open it');
    await restricted('10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, fe80::/10');
    await page.getByLabel('This computer and these addresses').check();
    await page.getByLabel('IP addresses and networks').fill('192.168.1.500');
    await button(page, 'Add').first().click();
    await page.getByText('There is a problem').waitFor();
    assert.equal(await page.getByLabel('IP addresses and networks').inputValue(), '192.168.1.500');
    await page.getByLabel('IP addresses and networks').fill('192.168.1.0/24');
    await button(page, 'Add').first().click();
    await restricted('192.168.1.0/24');
    await button(page, 'Remove 192.168.1.0/24').waitFor();
    await page.getByLabel('IP addresses and networks').fill('192.168.7.20');
    await button(page, 'Add').first().click();
    await restricted('192.168.1.0/24, 192.168.7.20/32');
    await button(page, 'Remove 192.168.7.20').waitFor();
    await button(page, 'Remove 192.168.1.0/24').click();
    await restricted('192.168.7.20/32');
    // The last one taken out lets nobody in, not everybody.
    await button(page, 'Remove 192.168.7.20').click();
    await restricted('127.0.0.1/32');
    await until(() => page.getByLabel('Only this computer').isChecked(), 'this computer alone');
    till.cookies = null;
    const lost = await screenOf(till, '/settings');
    const signedIn = (screen) => screen.evaluate(() => fetch('/api/v1/session').then((r) => r.ok));
    assert.equal(await signedIn(lost), true);
    await button(page, 'Sign out everywhere else').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText('All other browsers are signed out.').first().waitFor({ state: 'attached' });
    assert.deepEqual([await signedIn(page), await signedIn(lost)], [true, false]);
    assert.deepEqual(page.trouble, []);
  });
});

test('going back to a copy: what is not in it is said first, and the page comes back by itself', async () => {
  await withTill({ account: true }, async (till) => {
    const write = (subject) => till.api('/mails', { method: 'POST', body: { mail: { to: ['anna@example.com'], subject, text: 'x' } } });
    await write('Before the copy');
    const page = await screenOf(till, '/settings/about');
    await button(page, 'Make a backup now').click();
    await page.getByText('The copy is called').waitFor();
    await write('After the copy');
    await page.reload();
    await page.getByRole('button', { name: /^Go back to the copy of/ }).click();
    const asked = page.getByRole('dialog');
    await asked.getByText('documents 0, mails 1').waitFor();
    await asked.getByRole('button', { name: 'Go back to it' }).click();
    await page.getByText(/^Back at a copy since/).waitFor();
    await page.getByText('Documents: 0, mails: 1. Held until you let them go: 1.').waitFor();
    // Whoever was signed in stays so.
    await page.getByRole('link', { name: 'Show', exact: true }).click();
    await page.getByRole('link', { name: /Before the copy/ }).waitFor();
    assert.equal(await page.getByRole('link', { name: /After the copy/ }).count(), 0);
    assert.deepEqual(page.trouble, []);
  });
});

test('settings as a file: what it would change is shown before anything is changed', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/about');
    const download = page.waitForEvent('download');
    await button(page, 'Save the file').click();
    const path = await (await download).path();
    const content = JSON.parse(readFileSync(path, 'utf8'));
    const file = join(till.folder, 'other.json');
    writeFileSync(file, JSON.stringify({ ...content, settings: { ...content.settings, undo_seconds: '60' } }));
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('other.json would change this').waitFor();
    assert.equal(json(till, 'settings', 'get', 'undo_seconds'), '10');
    await button(page, 'Take it over').click();
    await page.getByText('The settings are taken over.').locator('visible=true').first().waitFor();
    assert.equal(json(till, 'settings', 'get', 'undo_seconds'), '60');
    writeFileSync(file, 'no settings');
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('other.json is not a settings file of Tillpost.', { exact: false }).first().waitFor();
    await button(page, 'Make a backup now').click();
    await page.getByText('Everything is sound', { exact: false }).waitFor();
    assert.deepEqual(page.trouble, []);
  });
});

test('the folder: a refused file is corrected and tried again, another set aside', async () => {
  await withTill({ account: true }, async (till) => {
    const outbox = join(till.data, 'outbox');
    writeFileSync(join(outbox, 'sale.json'), '{"kind": "invoyce"}');
    writeFileSync(join(outbox, 'crowd.json'), JSON.stringify({ mail: { to: ['nobody'], subject: 'x', text: 'x' } }));
    writeFileSync(join(outbox, 'scan.json'), 'no JSON at all');
    const page = await screenOf(till, '/settings/folders');
    await page.getByText('3 files need you').waitFor();
    const english = await page.locator('.files li', { hasText: 'crowd' }).locator('.muted').innerText();
    const french = await screenOf(till, '/settings/folders', { locale: 'fr-FR', own: { language: 'fr' } });
    const reason = await french.locator('.files li', { hasText: 'crowd' }).locator('.muted').innerText();
    assert.match(english, /crowd.json was not taken[^]*mail\.to\[0\]: "nobody" has no @/);
    assert.match(reason, /crowd.json n'a pas été pris[^]*mail\.to\[0\]: (?!.*has no)/);
    await page.getByRole('button', { name: 'Set crowd aside' }).click();
    await page.getByText('2 files need you').waitFor();
    const failed = join(outbox, 'failed', 'sale.json');
    writeFileSync(failed, readFileSync(join(demo, 'invoice.json')));
    await page.getByRole('button', { name: 'Try sale again' }).click();
    await page.getByText('1 file needs you').waitFor();
    await page.getByText('Taken last: sale', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Set scan aside' }).click();
    await page.getByText('Nothing. Good.').waitFor();
    assert.equal(readFileSync(join(outbox, 'failed', 'done', 'scan.json'), 'utf8'), 'no JSON at all');
    assert.deepEqual(page.trouble, []);
  });
});

test('the folder: a paper that names nobody is written to by hand', async () => {
  await withTill({ account: true }, async (till) => {
    const outbox = join(till.data, 'outbox');
    writeFileSync(join(outbox, 'scan_77.pdf'), '%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n');
    writeFileSync(join(outbox, 'scan_77.json'), JSON.stringify({ mail: { to: [], subject: 'Your scan', text: 'Here it is.' } }));
    const page = await screenOf(till, '/settings/folders');
    await page.getByRole('button', { name: 'Choose whom scan_77 goes to' }).click();
    await page.getByRole('heading', { name: 'New mail' }).waitFor();
    await page.getByText('scan_77.pdf').first().waitFor();
    assert.equal(await page.getByLabel('Subject').inputValue(), 'Your scan');
    assert.deepEqual((await till.api('/folder')).failed, []);
    await page.getByLabel('To', { exact: true }).fill('anna@example.com');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await until(async () => (await till.api('/mails?box=outbox')).items.length === 1, 'the mail in the queue');
    const [mail] = (await till.api('/mails?box=outbox')).items;
    assert.deepEqual((await till.api(`/mails/${mail.id}/content`)).attachments.map((a) => a.name), ['scan_77.pdf']);
    assert.deepEqual(page.trouble, []);
  });
});

test('for the accountant: the documents of a month, as a table or with everything', async () => {
  await withTill({ account: true, files: [join(demo, 'invoice.json')] }, async (till) => {
    const page = await screenOf(till, '/settings/export');
    const { issue_date: issued, number } = JSON.parse(await page.evaluate(() => fetch('/api/v1/documents').then((r) => r.json()).then((list) => JSON.stringify(list.items[0]))));
    await page.getByLabel('From', { exact: true }).fill(issued);
    await page.getByLabel('To', { exact: true }).fill('2000-01-01');
    await button(page, 'Save the file').click();
    await page.getByRole('link', { name: 'Choose both days, the first not after the last' }).waitFor();
    await page.getByLabel('To', { exact: true }).fill(issued);
    await page.getByLabel('What', { exact: true }).selectOption('table');
    const save = async () => {
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Save the file' }).click();
      return readFileSync(await (await download).path());
    };
    const table = (await save()).toString('utf8');
    assert.ok(table.includes(number) && !table.startsWith('PK'), table.slice(0, 200));
    await page.getByLabel('What', { exact: true }).selectOption('all');
    assert.equal((await save()).subarray(0, 2).toString(), 'PK');
    assert.deepEqual(page.trouble, []);
  });
});

test('an account that is added takes nothing from the one that has its name', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/account?new=1');
    await page.getByLabel('Name of the account').fill('default');
    await page.getByLabel('Outgoing server').fill('127.0.0.1');
    await page.getByLabel('Port', { exact: true }).fill(String(till.smtp));
    await page.getByLabel('None – not encrypted').check();
    await page.getByLabel('No sign-in').check();
    await page.getByLabel('Sender address').fill('other@till.example');
    await button(page, 'Save').click();
    await page.getByRole('link', { name: 'There is something called "default" already. Choose another name.' }).click();
    assert.ok(await page.getByLabel('Name of the account').evaluate((field) => field === document.activeElement));
    assert.match(json(till, 'account', 'show').from, /shop@till\.example/);
    await page.getByLabel('Name of the account').fill('second');
    await button(page, 'Save').click();
    await page.waitForURL(/name=second/);
    assert.deepEqual((await till.api('/accounts')).map((one) => one.from.match(/[^<]+@[^>]+/)[0]), ['shop@till.example', 'other@till.example']);
    // What is there is changed as ever.
    await page.getByLabel('Outgoing server').fill('localhost');
    await button(page, 'Save').click();
    await until(async () => (await till.api('/accounts/second')).host === 'localhost', 'the change');
  });
});

test('an account that is switched off keeps its mails until it is on again', async () => {
  await withTill({ account: true }, async (till) => {
    await till.mailServer();
    till.run('settings', 'set', 'undo_seconds', '0');
    const page = await screenOf(till, '/settings/account');
    await page.getByText('More: several accounts, how fast to send').click();
    await button(page, 'Switch off').click();
    await page.getByText('This account is switched off; its mails wait.').waitFor();
    till.run('send', '--to', 'anna@example.com', '--subject', 'Kept', '--text', 'x');
    await page.goto(`${till.base}/outbox`);
    await page.getByRole('link', { name: /Kept/ }).waitFor();
    assert.equal(till.received().length, 0);
    await page.goto(`${till.base}/settings/account`);
    await page.getByText('More: several accounts, how fast to send').click();
    await button(page, 'Switch on').click();
    await until(() => till.received().some((m) => m.includes('Subject: Kept')), 'the mail');
    assert.deepEqual(page.trouble, []);
  });
});

test('the scanner is tried without opening anything, and a slow hand is told from it', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/settings/screen');
    const field = page.getByLabel('Scan something now');
    await field.focus();
    await burst(page, 'JC-000123');
    await page.getByText('The scanner works. It read: JC-000123').waitFor();
    await field.pressSequentially('JC-000124', { delay: 120 });
    await page.keyboard.press('Enter');
    await page.getByText('too slowly', { exact: false }).waitFor();
    await page.getByLabel('before each code').fill('>>');
    await page.getByLabel('after each code').fill('#');
    await field.focus();
    await burst(page, '>>JC-000125#');
    await page.getByText('The scanner works. It read: JC-000125', { exact: true }).waitFor();
    assert.match(page.url(), /settings\/screen$/);
    assert.deepEqual(page.trouble, []);
  });
});

test('the checks: this computer and the way to the mail server, and a report without secrets', async () => {
  await withTill({ account: true }, async (till) => {
    const page = await screenOf(till, '/help');
    await button(page, 'Run checks').click();
    await page.getByText('The way to the mail server of', { exact: false }).waitFor();
    await page.getByText('One thing needs you.').waitFor();
    await button(page, 'Use default port').waitFor();
    const download = page.waitForEvent('download');
    await button(page, 'Save the report').click();
    const report = readFileSync(await (await download).path(), 'utf8');
    assert.match(report, /"host": "127\.0\.0\.1"/);
    // What it logged last: that an account was set.
    assert.match(report, /INFO /);
    await till.mailServer();
    await button(page, 'Run checks').click();
    await page.getByText('Everything is as it should be.').waitFor();
    assert.deepEqual(page.trouble, []);
  });
});

test('the guide is written in every language, with the same steps', async () => {
  await withTill({}, async (till) => {
    const page = await screenOf(till, '/help');
    const names = await page.evaluate(() => [...document.querySelectorAll('.cards a')].map((a) => a.getAttribute('href').split('/').pop()));
    assert.ok(names.length >= 15, `${names.length}`);
    const shape = (text) => text.trim().split(/\n\s*\n/).map((b) => (b.startsWith('# ') ? '#' : /^\d/.test(b) ? `ol${b.split('\n').length}` : b.startsWith('- ') ? `ul${b.split('\n').length}` : 'p')).join(' ');
    for (const name of names) {
      const read = async (tag) => {
        const answer = await fetch(`${till.base}/help/${tag}/${name}.txt`);
        assert.equal(answer.status, 200, `${tag} ${name}`);
        return answer.text();
      };
      const english = await read('en');
      for (const tag of ['de', 'fr', 'it', 'es', 'nl', 'pl']) {
        const text = await read(tag);
        assert.equal(shape(text), shape(english), `${tag} ${name}`);
        assert.notEqual(text, english, `${tag} ${name}`);
      }
    }
  });
});

test('inside another program: no menu, it stays so, the program is told; others may not show it', async () => {
  await withTill({ account: true }, async (till) => {
    const around = createServer((request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>POS</title><body><script>addEventListener("message", (e) => { window.told = [e.origin, e.data]; });</script></body>');
    });
    await new Promise((resolve) => around.listen(0, '127.0.0.1', resolve));
    try {
      const pos = `http://127.0.0.1:${around.address().port}`;
      const page = await screenOf(till, '/outbox');
      const show = async (frame) => page.evaluate((url) => document.body.append(Object.assign(document.createElement('iframe'), { src: url, width: 900, height: 700 })), frame);
      await page.goto(pos);
      const refused = page.waitForEvent('console', (m) => /frame-ancestors/.test(m.text()));
      await show(`${till.base}/outbox?embed=1`);
      await refused;
      till.run('settings', 'set', 'api_web_origins', pos);
      await page.goto(pos);
      await show(till.link('/mail/new?embed=1'));
      const frame = page.frameLocator('iframe');
      await frame.getByRole('heading', { level: 1 }).waitFor();
      assert.equal(await frame.getByRole('navigation', { name: 'Main menu' }).count(), 0);
      await frame.getByLabel('To', { exact: true }).fill('anna@example.com');
      await page.keyboard.press('Enter');
      await frame.getByLabel('Subject').fill('From the POS');
      await frame.getByLabel('Message').fill('It is ready.');
      await frame.getByRole('button', { name: 'Send', exact: true }).click();
      const told = await page.waitForFunction(() => window.told).then((handle) => handle.jsonValue());
      assert.equal(told[0], till.base);
      assert.equal(told[1].type, 'mail.queued');
      assert.equal(json(till, 'queue', 'show', told[1].id).subject ?? 'From the POS', 'From the POS');
      await frame.locator('header a.standing').click();
      await frame.getByRole('heading', { name: 'Outbox' }).waitFor();
      assert.equal(await frame.getByRole('navigation', { name: 'Main menu' }).count(), 0);
    } finally {
      around.close();
    }
  });
});

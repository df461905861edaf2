// Without a mouse, all the way; where the focus is and stays; what a scanner's burst does to what has it.

import { test, before, after, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { Till, screenOf, closeBrowser, until, burst } from './support.mjs';

let till;
let page;
before(async () => {
  till = await Till.start();
  till.run('shop', 'set', '--name', 'Riverside Cycle Repairs', '--email', 'shop@till.example');
  await till.mailServer();
});
after(async () => {
  await closeBrowser();
  await till.stop();
});

/** Presses Tab until this has the focus; nothing else is done to get there. */
async function tabTo(locator, most = 80) {
  await locator.waitFor();
  for (let i = 0; i < most; i += 1) {
    if (await locator.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${locator}`);
}
const press = async (...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const type = (text) => page.keyboard.type(text, { delay: 55 });
const label = (name) => page.getByLabel(name, { exact: true });
const button = (name) => page.getByRole('button', { name, exact: true });

test('with the keyboard alone: set up, an invoice, sent, undone, sent again, found in Sent, and sent once more', { timeout: 120000 }, async () => {
  page = await screenOf(till);
  await page.getByRole('heading', { name: 'Set up email' }).waitFor();
  await tabTo(button('Next'));
  await press('Enter');
  await tabTo(page.getByLabel('Which email address do customers know?'));
  await type('shop@till.example');
  await tabTo(page.getByLabel('Who provides your email?'));
  await type('Another');
  await tabTo(button('Next'));
  await press('Enter');
  await tabTo(page.getByLabel('Outgoing server'));
  await type('127.0.0.1');
  await tabTo(label('Port'));
  await press('Control+A');
  await type(String(till.smtp));
  // A group of choices is one stop; the arrows choose.
  const encryption = page.getByLabel('None – not encrypted');
  await tabTo(page.locator('input[name=encryption]:checked'));
  for (let i = 0; i < 3 && !(await encryption.isChecked()); i += 1) await press('ArrowDown');
  await tabTo(page.locator('input[name=auth]:checked'));
  const nobody = page.getByLabel('No sign-in');
  for (let i = 0; i < 4 && !(await nobody.isChecked()); i += 1) await press('ArrowDown');
  await tabTo(button('Next'));
  await press('Enter');
  await tabTo(page.getByLabel('Sender name'));
  await type('Riverside Cycle Repairs');
  await tabTo(button('Next'));
  await press('Enter');
  await tabTo(button('Send test'));
  await press('Enter');
  await page.getByText('Email works.').waitFor();

  await press('F4');
  await page.getByRole('menuitem', { name: 'New invoice' }).waitFor();
  await press('Enter');
  await page.getByRole('heading', { name: 'New invoice' }).waitFor();
  await tabTo(label('Name'));
  await type('Anna Kowalska');
  await tabTo(label('Email address'));
  await type('anna@example.com');
  await tabTo(label('Item'));
  await type('Full service');
  await tabTo(label('Price'));
  await type('85.00');
  await page.locator('.sum .strong', { hasText: '85.00' }).waitFor();
  await tabTo(button('Save and send'));
  await press('Enter');
  await page.getByRole('heading', { name: /^Send INV-/ }).waitFor();
  await page.locator('.side').getByText('anna@example.com sees nobody else').waitFor();
  await press('Control+Enter');
  await tabTo(button('Undo').last());
  await press('Enter');
  await page.getByRole('heading', { name: /^Send INV-/ }).waitFor();
  assert.equal(till.received().length, 1, 'only the test mail has left');
  await tabTo(button('Send'));
  await press('Enter');
  await tabTo(button('Send now').last());
  await press('Enter');
  await until(() => till.received().length === 2, 'the invoice at the server');

  await press('Alt+Shift+Digit3');
  await page.getByRole('heading', { name: 'Sent', exact: true }).waitFor();
  await tabTo(page.getByRole('link', { name: /INV-/ }).first());
  await press('Enter');
  await page.getByText(/Accepted by \S+ at/).waitFor();
  await tabTo(button('Send again'));
  await press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }));
  await press('Enter');
  await tabTo(button('Send now').last());
  await press('Enter');
  await until(() => till.received().length === 3, 'the invoice once more');
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('the focus stays through ten changes of a list, with the place one has scrolled to', async () => {
  till.account();
  till.run('settings', 'set', 'undo_seconds', 'until_released');
  for (let i = 0; i < 20; i += 1) await till.api('/mails', { method: 'POST', body: { mail: { to: [`a${i}@example.com`], subject: `First ${i}`, text: 'x' } } });
  page = await screenOf(till, '/outbox');
  await page.getByRole('link', { name: /First 9/ }).waitFor();
  await page.evaluate(() => scrollTo(0, 700));
  const kept = page.getByRole('link', { name: new RegExp(await page.evaluate(() => [...document.querySelectorAll('.list a.into')].find((e) => e.getBoundingClientRect().top > 250).querySelector('strong').textContent)) });
  await kept.evaluate((e) => e.focus({ preventScroll: true }));
  const place = () => kept.evaluate((e) => e.getBoundingClientRect().top);
  const at = await place();
  for (let i = 0; i < 10; i += 1) {
    await till.api('/mails', { method: 'POST', body: { mail: { to: ['b@example.com'], subject: `Later ${i}`, text: 'x' } } });
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByRole('link', { name: new RegExp(`Later ${i}`) }).waitFor();
    assert.ok(await kept.evaluate((e) => e === document.activeElement), `the focus after change ${i}`);
  }
  assert.ok(Math.abs((await place()) - at) < 3, `from ${at} to ${await place()}`);
  await page.context().close();
});

test('wherever Tab goes, the bar at the bottom and the line at the top hide nothing of it', { timeout: 120000 }, async () => {
  page = await screenOf(till, '/mail/new?to=anna@example.com', { height: 640 });
  for (const path of ['/mail/new?to=anna@example.com', '/docs/new/invoice', '/docs/new/job_card', '/settings/options', '/settings/shop']) {
    await page.goto(till.base + path);
    await page.locator('.bar').waitFor();
    const hidden = [];
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      const under = await page.evaluate(() => {
        const e = document.activeElement;
        if (!e || e === document.body || e.closest('.bar, header, .hidden, nav, .skip')) return '';
        const whole = e.getBoundingClientRect();
        // Of a long text the line with the cursor counts, which is the first one here.
        const box = e.tagName === 'TEXTAREA' ? { top: whole.top, bottom: whole.top + 48, height: 48 } : whole;
        const bar = document.querySelector('.bar').getBoundingClientRect();
        const top = document.querySelector('header').getBoundingClientRect();
        // What is higher than the room between them cannot be seen whole.
        if (!box.height || box.height > bar.top - top.bottom) return '';
        return box.bottom > bar.top + 1 || box.top < top.bottom - 1 ? `${e.id || e.textContent.trim().slice(0, 30)} ${Math.round(box.top)}-${Math.round(box.bottom)}, bar ${Math.round(bar.top)}` : '';
      });
      if (under) hidden.push(under);
    }
    assert.deepEqual(hidden, [], path);
  }
  await page.context().close();
});

test('a scan on the page, with a space on a button, twice, and into a long text', async () => {
  const made = await till.api('/documents', { method: 'POST', body: { kind: 'invoice', number: 'RE 2026 77', issue_date: '2026-11-21', currency: 'GBP', buyer: { name: 'Anna' }, lines: [{ description: 'Tube', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] } });
  page = await screenOf(till, '/outbox');
  const asked = [];
  page.on('request', (request) => { if (/documents\?q=/.test(request.url())) asked.push(request.url()); });
  // On nothing in particular.
  await page.evaluate(() => document.activeElement.blur());
  await burst(page, made.number);
  await page.getByRole('heading', { name: new RegExp(made.number) }).waitFor();
  // The same code twice within two seconds is one scan.
  await page.goto(`${till.base}/outbox`);
  await page.getByRole('heading', { name: 'Outbox' }).waitFor();
  asked.length = 0;
  await burst(page, 'NOSUCH-4711');
  await burst(page, 'NOSUCH-4711');
  await page.getByText('No document NOSUCH-4711.').waitFor();
  assert.equal(asked.filter((url) => url.includes('limit=5')).length, 1);
  // A space in a code does not press the button that has the focus.
  await page.goto(`${till.base}/outbox`);
  await page.getByRole('button', { name: 'Pause sending' }).focus();
  await burst(page, made.number);
  await page.getByRole('heading', { name: new RegExp(made.number) }).waitFor();
  assert.equal((await till.api('/status')).paused, false);
  // In a long text a scan is a look-up, too, and the text stays as it was.
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${till.base}/mail/new`);
  await page.getByLabel('Message').fill('Half a sentence');
  await page.getByLabel('Message').focus();
  await burst(page, made.number);
  await page.getByRole('dialog').getByText('You are writing a mail.').waitFor();
  assert.equal(await page.getByLabel('Message').inputValue(), 'Half a sentence');
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

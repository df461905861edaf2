// Papers: a job card with all that belongs to one, what changing it keeps, printing, and a mail's formatted side.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Till, screenOf, closeBrowser, until } from './support.mjs';

const demo = join(import.meta.dirname, '..', '..', 'assets', 'demo');
let till;
before(async () => {
  till = await Till.start({ account: true });
  till.run('shop', 'set', '--file', join(demo, 'shop.json'));
});
after(async () => {
  await closeBrowser();
  await till.stop();
});

/** Draws two strokes into the box for a signature. */
async function draw(page) {
  const box = await page.locator('svg.pad').boundingBox();
  for (const [from, to] of [[0.1, 0.5], [0.5, 0.9]]) {
    await page.mouse.move(box.x + box.width * from, box.y + box.height * 0.7);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * ((from + to) / 2), box.y + box.height * 0.2, { steps: 6 });
    await page.mouse.move(box.x + box.width * to, box.y + box.height * 0.7, { steps: 6 });
    await page.mouse.up();
  }
}
const settled = (page) => page.getByRole('button', { name: 'Sign', exact: true }).first().waitFor();

test('a job card: thing, condition, agreement, parts and labour, photo and signatures, hand-in and pick-up', async () => {
  const page = await screenOf(till, '/docs/new/job_card');
  await page.getByLabel('Name', { exact: true }).fill('Siobhán Ní Dhomhnaill');
  await page.getByLabel('Email address').fill('siobhan@example.com');
  await page.getByLabel('What it is').fill('Phone');
  await page.getByLabel('IMEI').fill('490154203237518');
  await page.getByLabel('Fault, in the customer').fill('The display is cracked.');
  await page.getByLabel('Handed in with it').fill('Case, charger');
  await page.getByRole('button', { name: 'Add the usual parts' }).click();
  await page.getByRole('group', { name: 'Finding: Display' }).getByRole('button', { name: 'Defect' }).click();
  await page.getByLabel('What was seen').fill('cracked top left');
  await page.getByRole('group', { name: 'Finding: Case' }).getByRole('button', { name: 'Good' }).click();
  await page.getByRole('button', { name: 'Remove Microphone' }).click();
  await page.getByLabel('Estimate').fill('120,50');
  await page.getByRole('button', { name: 'Add a go-ahead' }).click();
  await page.getByLabel('What was agreed').fill('New display');
  await page.getByLabel('Up to').fill('99');
  await page.getByRole('button', { name: 'Add part' }).click();
  await page.getByLabel('Item', { exact: true }).fill('Display');
  await page.getByLabel('Price', { exact: true }).fill('80');
  await page.getByRole('button', { name: 'Add labour' }).click();
  await page.getByLabel('Labour', { exact: true }).fill('Fitting');
  await page.getByLabel('Price', { exact: true }).last().fill('40');
  await page.locator('#photos-hand_in').setInputFiles(join(demo, 'logo.png'));
  await page.getByLabel('What it shows').fill('Front');
  await settled(page);
  await page.getByRole('button', { name: 'Sign', exact: true }).first().click();
  assert.equal(await page.getByRole('dialog').getByLabel('Name').inputValue(), 'Siobhán Ní Dhomhnaill');
  await draw(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.locator('.signed img').first().waitFor();
  await page.locator('img.sheet').first().waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: /Job card JC-/ }).waitFor();
  await page.getByText('cracked top left').first().waitFor();

  const { items } = await till.api('/documents?kind=job_card');
  const path = `/documents/job_card/${items[0].number}`;
  const { content } = await till.api(path);
  assert.equal(content.job.item.imei, '490154203237518');
  assert.deepEqual(content.job.accessories, ['Case', 'charger']);
  assert.deepEqual(content.job.condition.find((c) => c.part === 'Display'), { part: 'Display', state: 'cracked top left', finding: 'defect' });
  assert.equal(content.job.condition.length, 7);
  assert.equal(content.job.estimate_limit, '120.50');
  assert.equal(content.job.authorisations[0].amount, '99');
  assert.deepEqual(content.lines.map((l) => l.kind), ['part', 'labour']);
  assert.equal(content.job.photos[0].caption, 'Front');
  assert.match(Buffer.from(content.signatures[0].image, 'base64').toString(), /<svg .*<path d="M[\d. ]+Q/);

  // Weeks later: the pick-up, on the same card.
  await page.getByRole('link', { name: 'Write down the pick-up' }).click();
  await page.getByRole('heading', { name: /^Change JC-/ }).waitFor();
  await page.getByLabel('What was done').fill('Display replaced.');
  await page.locator('#pick_up').getByRole('button', { name: 'Sign', exact: true }).first().click();
  await page.getByRole('dialog').getByLabel('Name').fill('Niamh');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('to be signed on paper').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: 'version 1' }).waitFor();
  const later = (await till.api(path)).content;
  assert.equal(later.job.work_done, 'Display replaced.');
  assert.deepEqual(later.signatures.map((s) => [s.moment, s.name]), [['hand_in', 'Siobhán Ní Dhomhnaill'], ['pick_up', 'Niamh']]);
  assert.deepEqual(later.job.photos, content.job.photos);
  assert.deepEqual(later.job.condition, content.job.condition);

  // The invoice takes the work and leaves the workshop's own notes.
  await page.getByRole('link', { name: 'Make the invoice' }).click();
  await page.getByRole('heading', { name: 'New invoice' }).waitFor();
  assert.equal(await page.getByLabel('Item', { exact: true }).inputValue(), 'Display');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  // The law wants an address; the sentence leads to the field, which was folded away.
  await page.getByRole('link', { name: /full name and address/ }).click();
  await page.getByLabel('Street').fill('27 Quay Lane');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'buyer.address.lines');
  await page.getByLabel('Town').fill('Galway');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: /^Invoice INV-/ }).waitFor();
  const invoice = (await till.api('/documents?kind=invoice')).items[0];
  const made = (await till.api(`/documents/invoice/${invoice.number}`)).content;
  assert.equal(made.job.item.imei, '490154203237518');
  assert.equal(made.job.photos, undefined);
  assert.equal(made.signatures, undefined);
  assert.equal(made.job.condition, undefined);
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('papers begun and not saved stand above the others, each with the way to its own form', async () => {
  const { kind, number } = JSON.parse(till.run('--json', 'issue', join(demo, 'job-card.json')));
  const keep = (id, body) => till.api(`/forms/01a1ff24-48ed-7702-8f19-80005e5d8d5${id}`, { method: 'PUT', body: { content: { form: {} }, ...body } });
  for (const [id, body] of [{ kind: 'invoice', buyer: 'Anna' }, { kind: 'invoice', buyer: 'Bob Lee' }, { kind, number, buyer: 'Cy' }].entries()) await keep(id, body);
  const page = await screenOf(till, '/docs');
  const drafts = page.locator('.docs > li').filter({ has: page.locator('.state', { hasText: 'Draft' }) });
  // What another till writes in this minute is not offered.
  await Promise.all([page.waitForResponse(/api\/v1\/forms$/), page.reload()]);
  await page.locator('.docs > li').first().waitFor();
  assert.equal(await drafts.count(), 0);
  await page.clock.setFixedTime(Date.now() + 120000);
  await page.reload();
  await drafts.nth(2).waitFor();
  const said = (await drafts.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').replace(/\d\d:\d\d/, 'then'));
  assert.deepEqual(said, [`Job card ${number} begun then Cy Draft`, 'Invoice begun then Bob Lee Draft', 'Invoice begun then Anna Draft']);
  assert.equal(await page.locator('.docs > li').nth(2).locator('.state').innerText(), 'Draft', 'above all others');
  const chip = (name) => page.getByRole('group', { name: 'Show' }).getByRole('button', { name, exact: true });
  await chip('Job card').click();
  await drafts.first().waitFor({ state: 'detached' });
  await chip('All').click();
  await drafts.filter({ hasText: 'Anna' }).getByRole('link').click();
  await page.getByText(/^Invoice for Anna, begun/).waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText(/^Invoice for Bob Lee, begun/).waitFor();
  const toList = () => page.getByRole('link', { name: 'Documents' }).click();
  await toList();
  await drafts.filter({ hasText: number }).getByRole('link').click();
  await page.getByRole('heading', { name: `Change ${number}` }).waitFor();
  await page.getByText(/^Job card for Cy, begun/).waitFor();

  // This till's own is offered at once, and what was left on purpose not even while the program still forgets it.
  await page.goto(`${till.base}/docs/new/receipt`);
  await page.getByLabel('Name', { exact: true }).fill('Dee');
  await until(async () => (await till.api('/forms')).some((f) => f.buyer === 'Dee'), 'the receipt kept');
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${till.base}/docs`);
  await drafts.filter({ hasText: 'Dee' }).getByRole('link').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await until(async () => (await page.getByLabel('Name', { exact: true }).inputValue()) === 'Dee', 'the receipt as it was');
  let forget;
  await page.route('**/api/v1/forms/*', async (route) => {
    if (route.request().method() === 'DELETE') await new Promise((done) => { forget = done; });
    await route.continue();
  });
  await toList();
  await drafts.nth(1).waitFor();
  assert.equal(await drafts.filter({ hasText: 'Dee' }).count(), 0);
  await until(() => forget, 'the program being told');
  forget();
  await until(async () => !(await till.api('/forms')).some((f) => f.buyer === 'Dee'), 'the receipt gone');
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('a change keeps what the form does not show', async () => {
  const full = { kind: 'invoice', issue_date: '2026-11-20', currency: 'EUR', prices: 'net', language: 'de', buyer_reference: 'REF-7', order_reference: 'PO-9', buyer: { name: 'Anna', tax_id: 'DE123456788', address: { lines: ['Weg 1', 'Haus B'], postcode: '10115', city: 'Berlin', country: 'DE' } },
    lines: [{ description: 'Kabel', item_number: 'K-1', part_state: 'used', quantity: '2', unit: 'm', unit_price: '3.50', discount_percent: '10', tax: { category: 'AE' } }], allowances: [{ reason: 'Treue', amount: '1.00', tax: { category: 'AE' } }],
    payment: { terms: '14 Tage', reference: 'R-1' }, terms: ['Es gelten unsere Bedingungen.'] };
  const made = await till.api('/documents', { method: 'POST', body: full });
  const page = await screenOf(till, `/docs/new/invoice?change=invoice%2F${made.number}`);
  await page.getByLabel('Item', { exact: true }).fill('Kabel, rot');
  await page.locator('img.sheet').first().waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: 'version 1' }).waitFor();
  const { content } = await till.api(`/documents/invoice/${made.number}`);
  assert.equal(content.lines[0].description, 'Kabel, rot');
  for (const key of ['item_number', 'part_state', 'unit', 'discount_percent']) assert.equal(content.lines[0][key], full.lines[0][key], key);
  assert.equal(content.lines[0].tax.category, 'AE');
  for (const key of ['buyer_reference', 'order_reference', 'language']) assert.equal(content[key], full[key], key);
  assert.equal(content.allowances[0].reason, 'Treue');
  assert.equal(content.payment.reference, 'R-1');
  assert.deepEqual(content.buyer.address, full.buyer.address);
  assert.deepEqual(content.terms, full.terms);
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('printing puts each page of a paper on a sheet of its own, and nothing else', async () => {
  till.run('issue', join(demo, 'invoice-long.json'));
  const { items } = await till.api('/documents?kind=invoice');
  const page = await screenOf(till, `/docs/invoice/${items[0].number}`);
  await page.locator('img.sheet').nth(1).waitFor();
  await page.evaluate(() => {
    window.print = () => {
      document.documentElement.dataset.printed = 'yes';
    };
  });
  await page.getByRole('button', { name: 'Print' }).click();
  await page.locator('html[data-printed]').waitFor({ state: 'attached', timeout: 60000 });
  const pages = await page.locator('#paper img').count();
  const file = join(till.folder, 'printed.pdf');
  writeFileSync(file, await page.pdf({ format: 'A4', preferCSSPageSize: false }));
  assert.ok(pages >= 2);
  const info = execFileSync('pdfinfo', [file], { encoding: 'utf8' });
  assert.match(info, new RegExp(`Pages: +${pages}\\b`));
  // Pictures alone: no word of the screen.
  assert.equal(execFileSync('pdftotext', [file, '-'], { encoding: 'utf8' }).trim(), '');
  // The browser has said that it is done.
  await page.locator('#paper').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Send', exact: true }).waitFor();
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('the formatted side of a mail: shown as written, and nothing in it runs, loads or leads away', async () => {
  const html = `<html><head><title>x</title><style>p{color:red}</style></head><body style="background:url(http://tracker.example/a.png)">
    <h1 style="color:#0b5cab;background:url('http://tracker.example/b.png')">Winter check</h1><script>parent.document.title='run'</script>
    <img src="http://tracker.example/c.png" alt="A picture"><img src="x" onerror="parent.document.title='run'"><p onclick="parent.document.title='run'">Press <a href="https://away.example/">here</a></p>
    <form action="https://away.example/"><input name="pin"><button>Send</button></form><iframe src="https://away.example/"></iframe></body></html>`;
  const sent = await till.api('/mails', { method: 'POST', body: { mail: { to: ['anna@example.com'], subject: 'Formatted', text: 'Winter check in words', html, send_after: '2099-01-01T08:00' } } });
  const page = await screenOf(till, `/outbox/${sent.id}`);
  const letter = page.frameLocator('iframe.reading');
  await letter.getByRole('heading', { name: 'Winter check' }).waitFor();
  assert.equal(await letter.locator('h1').evaluate((e) => getComputedStyle(e).color), 'rgb(11, 92, 171)');
  await letter.getByText('A picture').waitFor();
  assert.equal(await letter.locator('script, form, input, button, iframe, style, a[href], img, [onclick]').count(), 0);
  await letter.getByText('here').click();
  assert.notEqual(await page.title(), 'run');
  // The test itself asks in a frame that may run nothing.
  page.trouble = page.trouble.filter((text) => !/^Blocked script execution in 'about:blank'/.test(text));
  await page.getByRole('button', { name: 'Plain text' }).click();
  await page.getByText('Winter check in words').waitFor();
  await page.getByRole('button', { name: 'Headers' }).click();
  await page.getByText(/^Subject: Formatted/m).waitFor();
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('a customer is found by keys while an invoice is written', async () => {
  await till.api('/contacts', { method: 'POST', body: { address: 'zofie@example.com', name: 'Zofie Müller', phone: '+44 20 7946 0000' } });
  const page = await screenOf(till, '/docs/new/invoice');
  await page.getByLabel('Name', { exact: true }).pressSequentially('zof', { delay: 60 });
  await page.getByRole('option', { name: /Zofie/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await page.getByLabel('Email address').inputValue(), 'zofie@example.com');
  assert.equal(await page.getByLabel('Phone').inputValue(), '+44 20 7946 0000');
  await page.context().close();
});

test('the list says what was not mailed and cannot be, an old version is there to be read, and a number nobody knows can become a job card', async () => {
  const paper = { kind: 'delivery_note', number: 'DN-77', issue_date: '2026-11-20', currency: 'GBP', buyer: { name: 'Bob Lee' }, lines: [{ description: 'Tube, red', quantity: '2', unit_price: '6.00', tax: { category: 'S', rate: '20' } }] };
  await till.api('/documents', { method: 'POST', body: paper });
  await till.api('/documents', { method: 'POST', body: { ...paper, version: 2, lines: [{ ...paper.lines[0], description: 'Tube, blue' }] } });
  const page = await screenOf(till, '/docs?q=DN-77');
  const rows = page.locator('.docs > li');
  await rows.nth(1).waitFor();
  assert.match(await rows.first().innerText(), /version 2\s+Bob Lee\s+\(no email\)[^]*Not mailed\s+Send/);
  assert.equal(await rows.nth(1).getByRole('link', { name: 'Send DN-77' }).count(), 0);
  await rows.nth(1).getByRole('link', { name: /DN-77/ }).click();
  await page.getByText('This is version 1. Version 2 has replaced it.').waitFor();
  await page.getByText('Tube, red').waitFor();
  assert.match(await page.locator('img.sheet').first().getAttribute('alt'), /DN-77/);
  assert.equal(await page.getByRole('link', { name: 'Change' }).count(), 0);
  await page.getByRole('link', { name: 'Show', exact: true }).click();
  await page.getByText('Tube, blue').waitFor();
  await page.getByRole('link', { name: 'version 1' }).click();
  await page.getByText('Tube, red').waitFor();

  await page.goto(`${till.base}/docs?q=JC-000999`);
  await page.getByText('No document JC-000999.').waitFor();
  await page.getByRole('link', { name: 'Make a job card with this number' }).click();
  await page.getByRole('heading', { name: 'New job card' }).waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Bob Lee');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: 'Job card JC-000999' }).waitFor();

  // The menu of the other papers closes by Escape and by a press beside it.
  await page.goto(`${till.base}/docs`);
  const others = page.getByRole('button', { name: 'Other documents' });
  const menu = page.getByRole('menu');
  await others.click();
  await menu.locator('button:focus').waitFor();
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });
  assert.equal(await others.evaluate((e) => e === document.activeElement), true);
  await others.click();
  // It hears what is pressed beside it from the frame on in which it takes the focus.
  await menu.locator('button:focus').waitFor();
  await page.mouse.click(500, 700);
  await menu.waitFor({ state: 'detached' });
  await others.click();
  await page.getByRole('menuitem', { name: 'New offer' }).click();
  await page.getByRole('heading', { name: 'New offer' }).waitFor();
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

// Every screen, looked at by rules: axe, sizes of targets, narrow and enlarged, another language's lengths.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Till, screenOf, closeBrowser, axe, smallTargets, sideways, cutOff, until } from './support.mjs';

const demo = join(import.meta.dirname, '..', '..', 'assets', 'demo');
const ROUTES = ['/outbox', '/sent', '/mail/new', '/docs', '/docs/new/invoice', '/docs/new/job_card', '/docs/new/offer', '/contacts', '/contacts/import', '/contacts/anna.kowalska@example.com', '/settings', '/settings/account', '/settings/sender', '/settings/options', '/settings/test', '/settings/shop', '/settings/screen', '/settings/folders', '/settings/api', '/settings/about', '/settings/disabled', '/settings/export', '/settings/templates', '/settings/templates/invoice/en', '/settings/templates/new', '/settings/templates/edit?name=Friendly&language=en', '/settings/channels', '/settings/channels/new', '/settings/integrations', '/settings/integrations/new', '/settings/integrations/edit?name=books', '/setup', '/help', '/help/gmail', '/nowhere'];
let till;
let routes;

before(async () => {
  till = await Till.start({ account: true });
  await till.mailServer();
  till.run('settings', 'set', 'undo_seconds', '0');
  till.run('templates', 'new', 'Friendly', 'en', '--copy-of', 'invoice', '--use-for', 'invoice,mail', '--default-for', 'invoice');
  await till.api('/integrations/books', { method: 'PUT', body: { package: 'kashflow', user: 'u', password: 'p', secret_place: 'file' } });
  const issued = JSON.parse(till.run('--json', 'issue', join(demo, 'invoice.json')));
  till.run('issue', join(demo, 'job-card.json'));
  await until(() => till.received().length >= 2, 'two mails at the server');
  till.run('settings', 'set', 'undo_seconds', 'until_released');
  till.run('issue', join(demo, 'offer.json'));
  routes = [...ROUTES, `/docs/${issued.kind}/${issued.number}`, `/sent/${issued.mails[0].id}`];
});
after(async () => {
  await closeBrowser();
  await till.stop();
});

/** Goes to a screen and waits until it has what it shows. */
async function visit(page, path) {
  await page.goto(till.base + path);
  await page.locator('main h1').first().waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
}

/** Goes on to another screen as its own links do. */
async function goOn(page, path) {
  await page.evaluate((to) => {
    document.querySelector('main h1').dataset.left = 'yes';
    history.pushState({}, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.locator('main h1:not([data-left])').first().waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
}

/** Shows the page that is open in another look. */
const look = (page, name) => page.evaluate((value) => { document.documentElement.dataset.look = value; }, name);

/** Everything a rule can say about one screen, looked at in every look and size without leaving it. */
async function judge(page, path, found) {
  await visit(page, path);
  // Tall enough that nothing lies under the bar at the bottom, from where it can be scrolled.
  for (const [name, width, part] of [['dark', 1024, 'colours'], ['high', 1024, 'colours'], ['light', 1024, 'all'], ['light', 768, 'layout'], ['light', 320, 'layout']]) {
    await page.setViewportSize({ width, height: 2600 });
    await look(page, name);
    for (const violation of await axe(page, part)) found.push(`${path}, ${name}, ${width} px: ${violation}`);
  }
  for (const [width, height] of [[320, 640], [768, 1024], [1024, 768], [1366, 768]]) {
    await page.setViewportSize({ width, height });
    for (const wide of await sideways(page)) found.push(`${path}, ${width} px: sideways ${wide}`);
    for (const small of await smallTargets(page)) found.push(`${path}, ${width} px: small ${small}`);
  }
  // Letters of 150 % in a window of half its width: as at 300 %.
  await page.setViewportSize({ width: 512, height: 384 });
  await page.evaluate(() => { document.documentElement.dataset.size = '150'; });
  for (const wide of await sideways(page)) found.push(`${path}, 150 %: sideways ${wide}`);
}

for (const part of ['the daily work', 'the settings and the help']) {
  test(`${part}: axe finds nothing in any look, every control is 48 px, nothing scrolls sideways or is cut by large letters`, { timeout: 300000 }, async () => {
    const page = await screenOf(till, '/outbox', { own: { look: 'light' } });
    const found = [];
    for (const path of routes.filter((path) => /^.(settings|setup|help|nowhere)/.test(path) === (part !== 'the daily work'))) await judge(page, path, found);
    assert.deepEqual(found, []);
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  });
}

/** Screens in the middle of their work: address, and what is done there. */
const STATES = [
  ['suggestions', '/mail/new', async (page) => {
    await page.getByLabel('To', { exact: true }).pressSequentially('anna', { delay: 60 });
    await page.getByRole('option').first().waitFor();
  }],
  ['recipients of every kind, with an error', '/mail/new', async (page) => {
    await page.getByLabel('To', { exact: true }).fill('anna.kowalska@example.com, bob@gmial.com, not-an-address');
    await page.keyboard.press('Enter');
    await page.locator('.slip').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('There is a problem').waitFor();
  }],
  ['what can be done with a recipient', '/mail/new?to=bob@lee.example', async (page) => {
    await page.getByRole('button', { name: 'bob@lee.example', exact: true }).click();
    await page.getByRole('menuitem').first().waitFor();
  }],
  ['the last look before sending', '/mail/new?to=bob@lee.example', async (page) => {
    await page.getByLabel('Message').fill('Hello.');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('heading', { name: 'Check before sending' }).waitFor();
  }],
  ['the condition, an agreement and a signature', '/docs/new/job_card', async (page) => {
    await page.getByRole('button', { name: 'Add the usual parts' }).click();
    await page.getByRole('button', { name: 'Defect' }).first().click();
    await page.getByRole('button', { name: 'Add a part', exact: false }).last().click();
    await page.getByRole('button', { name: 'Add a go-ahead' }).click();
    await page.getByRole('button', { name: 'Sign', exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
  }],
  ['all data about a person', '/contacts/anna.kowalska@example.com', async (page) => {
    await page.getByRole('button', { name: 'Delete all data about this person' }).click();
    await page.getByText('This stays, and why').waitFor();
  }],
  ['a file of contacts, looked at', '/contacts/import', async (page) => {
    await page.locator('#book').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('email;name;x\nnew@example.com;New;1\nwrong;Wrong;2\n') });
    await page.locator('tbody tr').first().waitFor();
    await page.getByText('Which column is what').click();
  }],
];
for (const width of [1024, 320]) {
  test(`axe finds nothing in the middle of work, and nothing is small or cut, ${width} px`, async () => {
    const page = await screenOf(till, '/outbox', { own: { look: 'light' }, width, height: 2600 });
    page.on('dialog', (dialog) => dialog.accept());
    const found = [];
    for (const [name, path, act] of STATES) {
      await visit(page, path);
      await act(page);
      for (const [one, part] of width > 900 ? [['high', 'colours'], ['dark', 'colours'], ['light', 'all']] : [['light', 'layout']]) {
        await look(page, one);
        // What an open menu covers can be touched again when it is closed; the sizes are measured below.
        for (const violation of await axe(page, part)) if (!violation.startsWith('target-size')) found.push(`${name}, ${one}: ${violation}`);
      }
      for (const wide of await sideways(page)) found.push(`${name}: sideways ${wide}`);
      for (const small of await smallTargets(page)) found.push(`${name}: small ${small}`);
    }
    assert.deepEqual(found, []);
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  });
}

test('a pseudo language: no sentence stands outside the files, and longer words cut nothing', async () => {
  const page = await screenOf(till, '/outbox', { own: { language: 'xx' } });
  const found = [];
  for (const path of routes.filter((r) => !r.startsWith('/help/'))) {
    await visit(page, path);
    for (const wide of await sideways(page)) found.push(`${path}: sideways ${wide}`);
    const bare = await page.evaluate(() => [...document.querySelectorAll('button, h1, h2, label, legend, th, nav a, .hint')].map((e) => e.textContent.trim()).filter((text) => /[a-z]{4,}/i.test(text) && !text.includes('[!!')));
    // Proper names, and what comes from the shop's own data, stand as they are.
    const own = /^(books|English|Deutsch|HTML|IBAN|BIC|Tillpost|INV-|JC-|OF-|[\d% ]+$)|Harbour|Kowalska|@|Your repair|Your invoice|Angebot|×$/;
    for (const text of bare) if (!own.test(text)) found.push(`${path}: "${text.slice(0, 60)}"`);
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

test('in each of the seven languages nothing is cut at 320 px, nor with letters of 200 %', { timeout: 300000 }, async () => {
  const found = [];
  for (const language of ['en', 'de', 'fr', 'it', 'es', 'nl', 'pl', 'xx']) {
    const page = await screenOf(till, '/nowhere', { own: { language }, width: 320, height: 640 });
    for (const path of routes.filter((r) => !/^.(help.gmail|nowhere)/.test(r))) {
      await page.setViewportSize({ width: 320, height: 640 });
      await goOn(page, path);
      for (const size of ['100', '200']) {
        // As the window gets narrower with the letters: 640 px at 200 % are 320.
        await page.setViewportSize({ width: size === '200' ? 640 : 320, height: 640 });
        await page.evaluate((value) => { document.documentElement.style.fontSize = value === '200' ? '34px' : ''; }, size);
        for (const wide of await sideways(page)) found.push(`${language} ${path}, ${size} %: sideways ${wide}`);
        for (const cut of await cutOff(page)) found.push(`${language} ${path}, ${size} %: cut ${cut}`);
      }
    }
    await page.context().close();
  }
  assert.deepEqual(found, []);
});

test('first screen: at most 15 requests and 120 KB', async () => {
  const page = await screenOf(till, '/settings');
  const session = await page.context().newCDPSession(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  // What the page before still asks for is not this one's.
  await page.goto('about:blank');
  const seen = [];
  const asked = new Set();
  page.on('response', (response) => {
    // The status is asked for again and again; the first time counts.
    if (asked.has(response.url())) return;
    asked.add(response.url());
    seen.push(response.body().then((b) => b.length, () => 0));
  });
  await page.goto(`${till.base}/outbox`);
  await page.locator('.list a.into').first().waitFor();
  const sizes = await Promise.all(seen);
  assert.ok(sizes.length <= 15, `${sizes.length} requests: ${[...asked].join(' ')}`);
  assert.ok(sizes.reduce((a, b) => a + b, 0) <= 120000, `${sizes.reduce((a, b) => a + b, 0)} bytes`);
  await page.context().close();
});

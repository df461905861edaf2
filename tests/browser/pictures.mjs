// Pictures of the screens on sample data, to be looked at by a person: node pictures.mjs FOLDER [size] [look] [name…]

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Till, screenOf, closeBrowser, until } from './support.mjs';

/** Eight in the morning of the next day, on this machine's clock. */
function tomorrow() {
  const d = new Date(Date.now() + 24 * 3600 * 1000);
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}T08:00`;
}

const SIZES = { till: [1024, 768], wide: [1366, 768], phone: [390, 844], narrow: [320, 640] };
const demo = join(import.meta.dirname, '..', '..', 'assets', 'demo');
const [folder = '/tmp/pictures', size = 'till', look = 'light', ...only] = process.argv.slice(2);

/** A shop in the middle of its day: mails in every state, papers, people. */
export async function sampleTill() {
  const till = await Till.start({ account: true });
  till.run('shop', 'set', '--file', join(demo, 'shop.json'));
  till.run('settings', 'set', 'undo_seconds', '0');
  till.run('settings', 'set', 'uncertain_policy', 'ask');
  await till.scripted({
    rcpt: (address) => (/^refused|gmial/.test(address) ? `550 5.1.1 <${address}>: Recipient address rejected: User unknown` : undefined),
    dot: (address) => (address.startsWith('maeve') ? null : undefined),
  });
  for (const [address, name] of [['zofie@example.com', 'Zofie Müller'], ['bob@lee.example', 'Bob Lee'], ['workshop@velo.example', 'Vélo Rivière Sàrl'], ['office@harbour.example', 'Harbour Office']]) till.run('contacts', 'add', `${name} <${address}>`);
  for (const file of ['invoice.json', 'job-card.json', 'receipt.json', 'delivery-note.json', 'job-card-car.json']) till.run('issue', join(demo, file));
  till.run('send', '--to', 'Bob Lee <bob@lee.example>', '--subject', 'New opening hours', '--text', 'Hello Bob,\n\nfrom December on we open at 8:00.\n');
  till.run('send', '--to', 'anna@gmial.com', '--subject', 'Your bicycle is ready', '--text', 'It is ready.\n');
  till.run('send', '--to', 'Maeve Burke <maeve@example.com>', '--subject', 'Your bicycle is ready', '--text', 'We are open until 18:00.\n');
  await until(() => till.received().length >= 3, 'mails at the server');
  await until(() => ['failed', 'uncertain'].every((state) => till.run('--json', 'queue', 'list', '--all').includes(`"${state}"`)), 'a refused mail and one in doubt');
  await till.stopMailServer();
  till.run('settings', 'set', 'undo_seconds', 'until_released');
  till.run('send', '--to', 'Zofie Müller <zofie@example.com>, Bob Lee <bob@lee.example>', '--subject', 'Winter check: 20 % off', '--text', 'Bring your bicycle before it snows.\n');
  till.run('settings', 'set', 'undo_seconds', '0');
  till.run('issue', join(demo, 'offer.json'));
  till.run('send', '--to', 'office@harbour.example', '--subject', 'Reminder for the fleet', '--text', 'The yearly check is due.\n', '--at', tomorrow());
  return till;
}

/** The ids of what is shown. */
export async function idsOf(till) {
  const mails = JSON.parse(till.run('--json', 'queue', 'list', '--all'));
  const list = mails.items || mails;
  const by = (state) => (list.find((m) => m.state === state) || {}).id;
  const docs = await till.api('/documents?limit=50');
  const number = (kind) => docs.items.find((d) => d.kind === kind).number;
  return { uncertain: by('uncertain'), held: by('held'), partly: by('partly_sent') || by('sent'), failed: by('failed'), invoice: number('invoice'), card: docs.items.filter((d) => d.kind === 'job_card').pop().number };
}

async function fillCompose(page) {
  await page.getByLabel('To', { exact: true }).fill('zofie@example.com, bob@lee.example, anna@gmial.com, not-an-address');
  await page.keyboard.press('Enter');
  await page.locator('.slip').first().waitFor();
}
async function offers(page) {
  await page.getByLabel('To', { exact: true }).pressSequentially('zo', { delay: 70 });
  await page.getByRole('option').first().waitFor();
}
async function jobCard(page) {
  await page.getByLabel('Name', { exact: true }).fill('Siobhán Ní Dhomhnaill');
  await page.getByLabel('Fault, in the customer').fill('The display is cracked and the phone does not charge any more.');
  await page.getByRole('button', { name: 'Add the usual parts' }).click();
  await page.getByRole('button', { name: 'Defect' }).first().click();
  await page.getByRole('button', { name: 'Good', exact: true }).nth(1).click();
  await page.locator('img.sheet').first().waitFor();
}

async function rowMenu(page) {
  await page.getByRole('button', { name: /^More for/ }).first().click();
  await page.getByRole('menu').waitFor();
}
async function lastLook(page) {
  await page.getByLabel('Message').fill('Please find the list attached.');
  await page.getByLabel('To', { exact: true }).fill('zofie@example.com, bob@lee.example');
  await page.keyboard.press('Enter');
  await page.getByText('None of the 2 recipients sees another address.').waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('heading', { name: 'Check before sending' }).waitFor();
}

/** name, address, what to do there first */
const shots = (ids) => [
  ['outbox', '/outbox'], ['outbox-held', `/outbox/${ids.held}`], ['outbox-mail', `/outbox/${ids.uncertain}`], ['sent', '/sent'], ['sent-partly', `/sent/${ids.partly}`], ['refused', `/sent/${ids.failed}`],
  ['compose', '/mail/new'], ['compose-offers', '/mail/new', offers], ['compose-chips', '/mail/new', fillCompose], ['compose-doc', `/mail/new?doc=${encodeURIComponent(`invoice/${ids.invoice}`)}`],
  ['docs', '/docs'], ['doc', `/docs/job_card/${ids.card}`], ['invoice', '/docs/new/invoice'], ['jobcard', '/docs/new/job_card', jobCard],
  ['contacts', '/contacts'], ['contact', '/contacts/bob@lee.example'], ['import', '/contacts/import'],
  ['settings', '/settings'], ['help', '/help'], ['nowhere', '/nowhere'],
  ['outbox-menu', '/outbox', rowMenu], ['check', '/mail/new', lastLook], ['change', `/docs/new/job_card?change=${encodeURIComponent(`job_card/${ids.card}`)}`], ['invoice-from', `/docs/new/invoice?from=${encodeURIComponent(`job_card/${ids.card}`)}`],
  ...['account', 'sender', 'options', 'test', 'disabled', 'shop', 'templates', 'templates/new', 'templates/invoice/en', 'channels', 'channels/new', 'integrations', 'integrations/new', 'export', 'folders', 'api', 'screen', 'about'].map((name) => [`settings-${name.replaceAll('/', '-')}`, `/settings/${name}`]),
  ['setup', '/setup'], ['help-article', '/help/gmail'],
];

async function main() {
  mkdirSync(folder, { recursive: true });
  const till = await sampleTill();
  try {
    const ids = await idsOf(till);
    const [width, height] = SIZES[size];
    const page = await screenOf(till, '/outbox', { width, height, own: { look } });
    for (const [name, path, first] of shots(ids)) {
      if (only.length && !only.includes(name)) continue;
      await page.goto(till.base + path);
      await page.locator('main h1').first().waitFor();
      await page.waitForLoadState('networkidle').catch(() => {});
      if (first) await first(page);
      await page.waitForLoadState('networkidle').catch(() => {});
      writeFileSync(join(folder, `${name}-${size}-${look}.png`), await page.screenshot({ fullPage: process.env.FULL === '1' }));
    }
    for (const trouble of page.trouble) console.log(trouble);
  } finally {
    await closeBrowser();
    await till.stop();
  }
}
if (process.argv[1] === import.meta.filename) await main();

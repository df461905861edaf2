// The main screens as they were when a person last looked at them. A screen that has changed is looked at again:
// TILLPOST_BLESS=1 node --test stored.test.mjs stores it, and the picture in the change is what was looked at.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeBrowser, screenOf } from './support.mjs';
import { sampleTill, idsOf } from './pictures.mjs';

const folder = join(import.meta.dirname, 'stored');
/** A dot this much lighter or darker has changed; edges of letters differ less from one font to the next. */
const TOLERANCE = 60;
/** As many of a thousand dots may have changed: another font moves letters, another layout moves boxes. */
const MOST = 15;

let till;
let page;
let ids;
before(async () => {
  till = await sampleTill();
  ids = await idsOf(till);
  // Half as fine as a screen: what stands where is seen, and the files stay small.
  page = await screenOf(till, '/outbox', { own: { look: 'light' }, deviceScaleFactor: 0.5 });
});
after(async () => {
  await closeBrowser();
  await till.stop();
});

const screens = () => ({
  outbox: '/outbox', 'mail-in-doubt': `/outbox/${ids.uncertain}`, sent: '/sent', 'mail-refused': `/sent/${ids.failed}`, 'new-mail': '/mail/new', 'send-invoice': `/mail/new?doc=${encodeURIComponent(`invoice/${ids.invoice}`)}`,
  documents: '/docs', 'new-invoice': '/docs/new/invoice', 'new-job-card': '/docs/new/job_card', 'job-card': `/docs/job_card/${ids.card}`, addresses: '/contacts', address: '/contacts/bob@lee.example',
  settings: '/settings', account: '/settings/account', options: '/settings/options', help: '/help',
});

/** How many of a thousand dots of two pictures differ, counted by the browser, which can read them. */
const differing = (one, other) => page.evaluate(async ([a, b, tolerance]) => {
  const dots = async (source) => {
    const picture = new Image();
    picture.src = `data:image/jpeg;base64,${source}`;
    await picture.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height });
    const pen = canvas.getContext('2d');
    pen.drawImage(picture, 0, 0);
    return { size: `${picture.width}x${picture.height}`, data: pen.getImageData(0, 0, picture.width, picture.height).data };
  };
  const [x, y] = [await dots(a), await dots(b)];
  if (x.size !== y.size) return 1000;
  let count = 0;
  for (let i = 0; i < x.data.length; i += 4) if (Math.abs(x.data[i] - y.data[i]) + Math.abs(x.data[i + 1] - y.data[i + 1]) + Math.abs(x.data[i + 2] - y.data[i + 2]) > 3 * tolerance) count += 1;
  return (count * 4000) / x.data.length;
}, [one.toString('base64'), other.toString('base64'), TOLERANCE]);

test('the sixteen main screens look as they did when a person last looked at them', { timeout: 120000 }, async () => {
  const changed = [];
  for (const [name, path] of Object.entries(screens())) {
    await page.goto(till.base + path);
    await page.locator('main h1').first().waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
    await page.waitForLoadState('networkidle');
    // What tells the time, a port or a day is another one tomorrow.
    await page.evaluate(() => {
      // How things stand changes with the moment, and with it how many lines it takes.
      for (const e of document.querySelectorAll('.line')) e.style.display = 'none';
      for (const e of document.querySelectorAll('time, input[type=date], input[type=datetime-local], .facts dd, #port, .banner strong')) e.style.visibility = 'hidden';
      if (document.activeElement) document.activeElement.blur();
    });
    const now = await page.screenshot({ type: 'jpeg', quality: 60 });
    const file = join(folder, `${name}.jpg`);
    if (process.env.TILLPOST_BLESS || !existsSync(file)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, now);
      if (process.env.TILLPOST_BLESS) continue;
      changed.push(`${name}: there was no picture; look at ${file}`);
      continue;
    }
    const parts = await differing(readFileSync(file), now);
    if (parts > MOST) {
      const seen = join(till.folder, '..', `tillpost-${name}.jpg`);
      writeFileSync(seen, now);
      changed.push(`${name}: ${parts.toFixed(1)} of 1000 dots differ; look at ${seen} beside ${file}`);
    }
  }
  assert.deepEqual(changed, []);
});

// Every trouble a server can make, from its raw reply to the words on a narrow screen, in every language.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Till, screenOf, closeBrowser, until, sideways, scriptedServer, binary } from './support.mjs';

const LANGUAGES = ['en', 'de', 'fr', 'it', 'es', 'nl', 'pl'];

/** What servers say of one recipient or one mail: the explanation's id, the step, the reply. What passes by itself
 *  (E18, E21) is told by the state alone. */
const OF_MAILS = [
  ['E10', 'rcpt', '550 5.1.1 User unknown'], ['E11', 'rcpt', '550 5.1.2 Bad destination system address'], ['E12', 'rcpt', '501 5.1.3 Bad recipient address syntax'],
  ['E13', 'rcpt', '552 5.2.2 Mailbox full'], ['E14', 'dot', '552 5.3.4 Message too big for system'], ['E15', 'dot', '552 5.7.0 This message was blocked because its content presents a potential security issue'],
  ['E35', 'dot', '554 5.7.1 Message rejected as spam by content filtering'], ['E38', 'rcpt', '553 5.6.7 Must declare SMTPUTF8'], ['E40', 'dot', '554 5.9.9 No, thank you'],
];
/** What servers say of the account that sends. */
const OF_ACCOUNTS = [
  ['E01', 'auth', '534-5.7.9 Application-specific password required.\r\n534 5.7.9 InvalidSecondFactor'], ['E02', 'auth', '535 5.7.8 Username and Password not accepted.'], ['E03', 'auth', '534 5.7.14 Please log in via your web browser'],
  ['E04', 'auth', '535 Authentication credentials invalid'], ['E05', 'auth', '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.'], ['E06', 'auth', '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.'],
  ['E07', 'auth', '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect: security defaults policy'], ['E09', 'mail', '550 5.7.60 SMTP; Client does not have permissions to send as this sender'], ['E17', 'mail', '550 5.4.5 Daily user sending limit exceeded.'],
  ['E19', 'auth', '454 4.7.0 Too many login attempts, please try again later.'], ['E20', 'greeting', '421 4.3.0 Temporary System Problem. Try again later.'],
  ['E22', 'mail', '530 5.7.0 Must issue a STARTTLS command first.'], ['E34', 'rcpt', '554 5.7.1 Relay access denied'], ['E36', 'auth', '535 5.7.8 This account has been suspended'], ['E37', 'dot', '554 5.2.2 mailbox full; STOREDRV.Submission.Exception: ShutoffQuotaExceeded'], ['E39', 'auth', '504 5.5.4 Unrecognized authentication type'],
];

let till;
const servers = [];
before(async () => {
  till = await Till.start({ account: true });
  till.run('settings', 'set', 'undo_seconds', '0');
  await till.scripted(Object.fromEntries(['rcpt', 'dot'].map((step) => [step, (address) => (OF_MAILS.find(([id, at]) => at === step && address.startsWith(id.toLowerCase())) || [])[2]])));
  for (const [id] of OF_MAILS) till.run('send', '--to', `${id.toLowerCase()}@example.com`, '--subject', `Trouble ${id}`, '--text', 'Text.\n');
  for (const [id, step, reply] of OF_ACCOUNTS) {
    const server = await scriptedServer(0, { [step]: reply });
    servers.push(server);
    const login = step === 'auth';
    execFileSync(binary, ['--data', till.data, 'account', 'set', '--name', id.toLowerCase(), '--host', '127.0.0.1', '--port', String(server.port), '--encryption', 'none', '--auth', login ? 'password' : 'none', '--from', 'Shop <shop@till.example>',
      ...(login ? ['--user', 'shop@till.example', '--password-stdin', '--allow-plaintext', '--secret-place', 'file'] : [])], { env: till.env, input: 'secret\n' });
    await till.api('/mails', { method: 'POST', body: { mail: { to: ['anna@example.com'], subject: `Through ${id}`, text: 'Text.\n', account: id.toLowerCase() } } });
  }
});
after(async () => {
  await closeBrowser();
  await till.stop();
  for (const server of servers) await server.stop();
});

const troubled = (mail) => mail.recipients.find((r) => r.problem);
/** A page on a narrow screen that shows its words in a language. */
const narrow = (language, path) => screenOf(till, path, { width: 320, height: 900, locale: language, own: { language } });

test('each reply about a recipient or a mail is told in every language', { timeout: 240000 }, async () => {
  const ids = {};
  for (const [id] of OF_MAILS) {
    await until(async () => {
      const mail = (await till.api(`/mails?q=${encodeURIComponent(`Trouble ${id}`)}`)).items[0];
      ids[id] = mail.id;
      return mail && troubled(mail) && troubled(mail).problem.id === id;
    }, `the trouble ${id}`);
  }
  const found = [];
  const said = new Map();
  for (const language of LANGUAGES) {
    const page = await narrow(language, '/sent');
    for (const [id, , reply] of OF_MAILS) {
      const { problem } = troubled(await till.api(`/mails/${ids[id]}`, { language }));
      await page.evaluate((path) => {
        history.pushState({}, '', path);
        dispatchEvent(new PopStateEvent('popstate'));
      }, `/sent/${ids[id]}`);
      const banner = page.locator('.banner', { hasText: problem.title }).first();
      await banner.waitFor();
      const text = await banner.innerText();
      for (const wanted of [problem.detail, ...problem.steps]) if (!text.includes(wanted)) found.push(`${language} ${id}: "${wanted}" is missing`);
      if (/[{}]/.test(text)) found.push(`${language} ${id}: a place was not filled: ${text}`);
      await banner.locator('summary').click();
      const raw = await banner.locator('pre').innerText();
      if (!raw.includes(reply.slice(10))) found.push(`${language} ${id}: the raw reply is missing: ${raw}`);
      for (const wide of await sideways(page)) found.push(`${language} ${id}: ${wide}`);
      said.set(id, (said.get(id) || new Set()).add(problem.title));
    }
    found.push(...page.trouble);
    await page.context().close();
  }
  for (const [id, titles] of said) if (titles.size < LANGUAGES.length - 1) found.push(`${id} is said in ${titles.size} ways: ${[...titles]}`);
  assert.deepEqual(found, []);
});

test('each reply about an account is told once, in every language, with the mails kept', { timeout: 240000 }, async () => {
  const problems = async (language) => new Map((await till.api('/accounts', { language })).map((a) => [a.name.toUpperCase(), a.problem]));
  await until(async () => {
    const now = await problems('en');
    const missing = OF_ACCOUNTS.filter(([id]) => !now.get(id) || now.get(id).id !== id).map(([id]) => `${id}: ${now.get(id) && now.get(id).id}`);
    if (missing.length) throw new Error(missing.join(', '));
    return true;
  }, 'the troubles of the accounts', 40000);
  const found = [];
  for (const language of LANGUAGES) {
    const page = await narrow(language, '/outbox');
    let shown = '';
    // One account at a time: a shop has one, and its screen tells of the first that is held.
    await page.route('**/api/v1/status', async (route) => {
      const answer = await route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } });
      const status = await answer.json();
      await route.fulfill({ response: answer, json: { ...status, uncertain: 0, refused_lately: 0, sending: 0, accounts: status.accounts.filter((a) => a.name === shown) } });
    });
    const told = await problems(language);
    for (const [id] of OF_ACCOUNTS) {
      shown = id.toLowerCase();
      const problem = told.get(id);
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await page.locator('.standing', { hasText: problem.title }).waitFor();
      const held = problem.retry === 'hold';
      if (held) {
        const banner = page.locator('main .banner', { hasText: problem.title }).first();
        await banner.waitFor();
        const text = await banner.innerText();
        for (const wanted of [problem.detail, ...problem.steps]) if (!text.includes(wanted)) found.push(`${language} ${id}: "${wanted}" is missing`);
        if (/[{}]/.test(text)) found.push(`${language} ${id}: a place was not filled: ${text}`);
        if ((await page.locator('main .banner').count()) !== 1) found.push(`${language} ${id}: more than one banner`);
      }
      for (const wide of await sideways(page)) found.push(`${language} ${id}: ${wide}`);
    }
    // No mail is shown as refused because of its account.
    if (await page.locator('.list .state.bad').count()) found.push(`${language}: a mail is shown as refused`);
    found.push(...page.trouble);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.context().close();
  }
  assert.deepEqual(found, []);
});

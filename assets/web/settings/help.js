// Help: the checks, the keys, and the user's guide.

import { html, t, useState, useEffect, post, get, language, has, enc, go, isOwner } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { Explained, TellOwner, copy } from '../lib/explained.js';
import { Elsewhere, Part } from './page.js';
import { formOf } from './parts.js';
import { saveText, mend, mending, accountAt } from './trial.js';

const GUIDE = [
  ['start', ['first-mail', 'documents', 'privacy']],
  ['providers', ['gmail', 'microsoft', 'other-providers']],
  ['trouble', ['offline', 'not-arrived', 'uncertain']],
  ['more', ['templates', 'folder', 'programs', 'accounting', 'backup', 'keyboard']],
];
const articles = GUIDE.flatMap(([, names]) => names);

const WAY = ['dns', 'connect', 'tls', 'greeting', 'ehlo', 'starttls', 'auth', 'sender', 'recipient', 'accepted', 'port'];
/** Runs the checks of this computer, and then of every account up to its sign-in; nothing is sent. */
function useChecks() {
  const [found, setFound] = useState(null);
  const [accounts, setAccounts] = useState([]);
  const doing = useDoing();
  const run = () => doing.run('checks', async () => {
    setFound(null);
    setAccounts([]);
    // The way to the servers is told in full below, with the sign-in.
    const all = await post('/diagnostics', {});
    setFound(all.filter((f) => !WAY.includes(f.key || f.what)));
    for (const a of (await get('/accounts')).filter((x) => x.enabled)) {
      const view = await post(`/accounts/${enc(a.name)}/test`, {});
      setAccounts((list) => [...list, { account: a, view }]);
    }
  });
  return { found, accounts, doing, run };
}

const line = (good, what, says) => `${good ? 'ok ' : 'BAD'} ${what}: ${says}`;
/** What a person who helps needs to see; nothing secret is in it. */
async function report(found, accounts) {
  const parts = [new Date().toISOString(), navigator.userAgent, ''];
  parts.push(...found.map((f) => line(f.good, f.what, f.says)));
  for (const { account, view } of accounts) {
    parts.push('', account.name, ...view.steps.map((s) => line(s.state !== 'failed', s.name, s.says)));
    if (view.problem) parts.push(`${view.problem.id} ${view.problem.stage} ${[view.problem.raw.code, view.problem.raw.enhanced, view.problem.raw.text].filter(Boolean).join(' ')}`);
  }
  const more = await Promise.all(['/status', ...(isOwner() ? ['/settings-file'] : [])].map((path) => get(path).catch(() => null)));
  parts.push('', ...more.filter(Boolean).map((m) => JSON.stringify(m, null, 1)));
  if (isOwner()) parts.push('', await fetch('/api/v1/log').then((answer) => (answer.ok ? answer.text() : ''), () => ''));
  return `${parts.join('\n')}\n`;
}

const Articles = ({ names }) => html`<ul class="cards">${names.map((a) => html`<li key=${a}><a href="/help/${a}"><strong>${t(`help.${a}`)}</strong></a></li>`)}</ul>`;

export function Help() {
  const { found, accounts, doing, run } = useChecks();
  const bad = found ? found.filter((f) => !f.good).length + accounts.filter((a) => !a.view.works).length : 0;
  const done = found && !doing.busy;
  return html`<div class="narrow"><div class="head"><Title>${t('help')}<//><Button kind="main" busy=${doing.busy} onClick=${run}>${t('help.run')}<//></div><p class="lead">${t('help.text')}</p><Problems error=${doing.error} />
    ${found && html`<div aria-live="polite">${done && (bad ? html`<Banner tone="warn" title=${t('help.bad', { n: bad })} />` : html`<Banner tone="ok" title=${t('help.good')} />`)}
      <ul class="steps checks">${found.map((f) => html`<li key=${f.what}><State of=${f.good ? 'accepted' : 'failed'} word=${f.what} /><span class="muted">${f.says}</span></li>`)}</ul>
      ${accounts.map(({ account, view }) => html`<${Part} key=${account.name} title=${t('help.account', { name: account.from })}><ul class="steps checks">${view.steps.filter((s) => s.state !== 'not_tried').map((s) => html`<li key=${s.key}><State of=${s.state === 'failed' ? 'failed' : 'accepted'} word=${s.name} /><span class="muted">${s.says}</span></li>`)}</ul>${view.problem && html`<${Explained} problem=${view.problem} tone=${view.state === 'offline' ? 'warn' : 'bad'} actions=${!isOwner() && html`<${TellOwner} problem=${view.problem} />`} doable=${mending({ account: formOf(account), seen: view.steps.find((s) => s.certificate), change: (part) => doing.run('mend', () => mend(account, part, () => setTimeout(run))), look: (field) => go(accountAt(account, field)), again: run })} />`}<//>`)}</div>`}
    ${doing.busy && html`<p role="status">${t('help.running')}</p>`}
    ${done && html`<div class="actions"><Button onClick=${async () => copy(await report(found, accounts))}>${t('help.copy')}<//><Button onClick=${async () => saveText('tillpost-report.txt', await report(found, accounts))}>${t('help.save')}<//><span class="muted">${t('help.report.text')}</span></div>`}
    ${GUIDE.map(([group, names]) => html`<section key=${group}><h2>${t(`help.group.${group}`)}</h2><${Articles} names=${names} /></section>`)}</div>`;
}

/** A line of the guide; an address with a path is a page that may have to be opened elsewhere. */
const told = (line) => line.split(/((?:[a-z0-9-]+\.)+[a-z]{2,}\/[^\s,;]*[^\s,;.])/).map((part, i) => (i % 2 ? html`<${Elsewhere} page=${part} />` : part));

/** An article: paragraphs, numbered steps and headings in plain text, so that translators need no markup. */
export function Article({ parts }) {
  const name = parts[0];
  const [text, setText] = useState(null);
  useEffect(() => {
    let gone = false;
    const load = async () => {
      const answer = await fetch(`/help/${language === 'xx' ? 'en' : language}/${name}.txt`);
      return answer.ok ? answer.text() : '';
    };
    load().catch(() => '').then((got) => !gone && setText(got));
    return () => {
      gone = true;
    };
  }, [name, language]);
  if (!articles.includes(name) || !has(`help.${name}`)) return html`<Title>${t('notfound.title')}<//>`;
  const [, names] = GUIDE.find(([, list]) => list.includes(name));
  return html`<article class="narrow"><p class="backway"><a href="/help"><span aria-hidden="true">‹ </span>${t('help')}</a></p><Title>${t(`help.${name}`)}<//>${text === null ? html`<Loading />` : html`${text.trim().split(/\n\s*\n/).map((b, i) => {
    if (b.startsWith('# ')) return html`<h2 key=${i}>${b.slice(2)}</h2>`;
    if (/^\d+\. /.test(b)) return html`<ol key=${i} class="apart">${b.split('\n').map((l) => html`<li>${told(l.replace(/^\d+\. /, ''))}</li>`)}</ol>`;
    if (b.startsWith('- ')) return html`<ul key=${i} class="apart">${b.split('\n').map((l) => html`<li>${told(l.slice(2))}</li>`)}</ul>`;
    return html`<p key=${i}>${told(b)}</p>`;
  })}<h2>${t('help.also')}</h2><${Articles} names=${names.filter((a) => a !== name)} />`}</article>`;
}

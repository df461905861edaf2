// Help: the checks, the keys, and the user's guide.

import { html, t, useState, useEffect, post, language, has } from '../lib/core.js';
import { Title, Button, Banner, Problems, State, useDoing, Loading, copy } from '../lib/ui.js';

export const articles = ['first-mail', 'gmail', 'microsoft', 'other-providers', 'offline', 'not-arrived', 'uncertain', 'privacy', 'documents', 'folder', 'backup', 'keyboard'];

export function Help() {
  const doing = useDoing();
  const [found, setFound] = useState(null);
  const run = () => doing.run('checks', async () => setFound(await post('/diagnostics', {})));
  return html`<div class="narrow"><div class="head"><${Title}>${t('help')}<//><${Button} kind="main" busy=${doing.busy} onClick=${run}>${t('help.run')}<//></div><${Problems} error=${doing.error} />
    ${doing.busy && html`<p role="status">${t('help.running')}</p>`}
    ${found && html`<div aria-live="polite">${found.every((f) => f.good) ? html`<${Banner} tone="ok" title=${t('help.good')} />` : html`<${Banner} tone="warn" title=${t('help.bad', { n: found.filter((f) => !f.good).length })} />`}
      <ul class="steps">${found.map((f) => html`<li key=${f.what}><${State} of=${f.good ? 'accepted' : 'failed'} word=${f.what} /><span>${f.says}</span></li>`)}</ul>
      <${Button} onClick=${() => copy(found.map((f) => `${f.good ? 'ok ' : 'BAD'} ${f.what}: ${f.says}`).join('\n'))}>${t('help.copy')}<//></div>`}
    <h2>${t('help.guide')}</h2><ul class="cards">${articles.map((a) => html`<li key=${a}><a href="/help/${a}"><strong>${t(`help.${a}`)}</strong></a></li>`)}</ul></div>`;
}

/** The languages in which the guide is written. */
const written = ['en', 'de'];

/** An article: paragraphs, numbered steps and headings in plain text, so that translators need no markup. */
export function Article({ parts }) {
  const name = parts[0];
  const [text, setText] = useState(null);
  useEffect(() => {
    const load = async (tag) => {
      const answer = await fetch(`/help/${tag}/${name}.txt`);
      return answer.ok ? answer.text() : null;
    };
    load(written.includes(language) ? language : 'en').then((got) => setText(got || ''), () => setText(''));
  }, [name, language]);
  if (!articles.includes(name) || !has(`help.${name}`)) return html`<${Title}>${t('notfound.title')}<//>`;
  const blocks = (text || '').trim().split(/\n\s*\n/);
  return html`<article class="narrow"><p><a href="/help">← ${t('help')}</a></p><${Title}>${t(`help.${name}`)}<//>${text === null ? html`<${Loading} />` : blocks.map((b, i) => {
    if (b.startsWith('# ')) return html`<h2 key=${i}>${b.slice(2)}</h2>`;
    if (/^\d+\. /.test(b)) return html`<ol key=${i}>${b.split('\n').map((l) => html`<li>${l.replace(/^\d+\. /, '')}</li>`)}</ol>`;
    if (b.startsWith('- ')) return html`<ul key=${i}>${b.split('\n').map((l) => html`<li>${l.slice(2)}</li>`)}</ul>`;
    return html`<p key=${i}>${b}</p>`;
  })}</article>`;
}

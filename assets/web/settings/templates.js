// What mails say: a template for each kind of document and language.

import { html, t, useState, useEffect, useData, useGuard, language, get, post, put, remove, announce, go, query, LANGUAGES } from '../lib/core.js';
import { Button, Problems, Text, Choice, Got, Ask, Banner, useDoing, Saved } from '../lib/ui.js';
import { Page, Part, Mark } from './page.js';
import { InsertField, useCaret } from './fields.js';

const spoken = (tag) => {
  const [primary, region] = tag.split('-');
  return `${LANGUAGES[primary] || primary}${region ? ` (${region.toUpperCase()})` : ''}`;
};

export function Templates() {
  const got = useData('/templates', ['settings']);
  const [tag, setTag] = useState(query().get('language') || '');
  useEffect(() => {
    if (!tag) get('/settings/language').then((s) => setTag(s.value.slice(0, 2)), () => setTag(language));
  }, []);
  return html`<${Page} title=${t('settings.templates')} text=${t('templates.text')}><${Got} from=${got}>${(all) => tag && html`
    <${Choice} id="templatelanguage" class="medium" label=${t('templates.language')} value=${tag} onChange=${(next) => { setTag(next); go(`/settings/templates?language=${next}`, { replace: true }); }} options=${[...new Set(all.map((x) => x.language))].map((l) => [l, spoken(l)])} />
    <ul class="list rows">${all.filter((x) => x.language === tag).map((x) => html`<li key=${x.kind}><a class="into" href="/settings/templates/${x.kind}/${x.language}"><strong>${t(`kind.${x.kind}`)}</strong><span class="muted clip">${x.subject}</span></a><${Mark} tone=${x.own ? 'ok' : 'plain'} icon=${x.own ? 'pen' : 'doc'}>${t(x.own ? 'templates.own' : 'templates.shipped')}<//><a class="button" href="/settings/templates/${x.kind}/${x.language}" aria-label=${t('templates.edit', { kind: t(`kind.${x.kind}`) })}>${t('change')}</a></li>`)}</ul>`}<//><//>`;
}

export function Template({ parts }) {
  const [kind, tag] = parts;
  const got = useData(`/templates/${kind}/${tag}`);
  return html`<${Page} wide title=${t('templates.title', { kind: t(`kind.${kind}`), language: spoken(tag) })} back=${[`/settings/templates?language=${tag}`, t('settings.templates')]}><${Got} from=${got}>${(view) => html`<${Editor} kind=${kind} tag=${tag} view=${view} again=${got.again} />`}<//><//>`;
}

const ids = { subject: 'subject', text: 'text', html: 'html' };

function Editor({ kind, tag, view, again }) {
  const start = (v) => ({ subject: v.subject, text: v.text, html: v.html || '' });
  const [form, setForm] = useState(start(view));
  const [dirty, setDirty] = useState(false);
  const [formatted, setFormatted] = useState(Boolean(view.html));
  const [shown, setShown] = useState('');
  const [asking, setAsking] = useState(false);
  const [sample, setSample] = useState(null);
  const [fault, setFault] = useState(null);
  const caret = useCaret();
  const doing = useDoing();
  useGuard(dirty, t('unsaved'));
  const body = { subject: form.subject, text: form.text, ...(formatted && form.html.trim() ? { html: form.html } : {}) };
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => post(`/templates/check?kind=${kind}&language=${tag}`, body, { signal: stop.signal }).then((s) => { setSample(s); setFault(null); }, (e) => e.name !== 'AbortError' && setFault(e)), sample ? 400 : 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [JSON.stringify(body)]);
  const set = (part) => {
    setForm({ ...form, ...part });
    setDirty(true);
  };
  const take = (v) => {
    setForm(start(v));
    setFormatted(Boolean(v.html));
  };
  const path = `/templates/${kind}/${tag}`;
  const save = () => doing.run('save', async () => {
    take(await put(path, body));
    setDirty(false);
    setShown('');
    again();
    announce(t('saved'));
  });
  const older = (version) => doing.run('older', async () => {
    take(await get(`${path}?version=${version}`));
    setShown(String(version));
    setDirty(true);
  });
  const reset = () => doing.run('reset', async () => {
    setAsking(false);
    await remove(path);
    take(await get(path));
    setDirty(false);
    setShown('');
    again();
    announce(t('templates.reset.done'));
  });
  const now = view.own ? Number(view.name.split('/').pop()) : 0;
  return html`<form class="panes" onSubmit=${(e) => e.preventDefault()}><div><${Problems} error=${doing.error} fields=${ids} />
    <p><${Mark} tone=${view.own ? 'ok' : 'plain'} icon=${view.own ? 'pen' : 'doc'}>${view.own ? t('templates.own.version', { v: now }) : t('templates.shipped')}<//></p>
    ${shown && html`<${Banner} title=${t('templates.older', { v: shown })}>${t('templates.older.text')}<//>`}
    <${InsertField} id="insert" caret=${caret} onInsert=${(key, text) => set({ [key]: text })} />
    <${Text} id="subject" label=${t('compose.subject')} value=${form.subject} error=${doing.error} maxlength="500" onInput=${(subject) => set({ subject })} ...${caret.of('subject')} />
    <${Text} id="text" rows=${12} label=${t('compose.text')} value=${form.text} error=${doing.error} onInput=${(text) => set({ text })} ...${caret.of('text')} />
    <details open=${formatted}><summary>${t('templates.html')}</summary><${Text} id="html" rows=${8} class="code" label="HTML" hint=${t('templates.html.hint')} value=${form.html} error=${doing.error} spellcheck="false" onInput=${(value) => { setFormatted(true); set({ html: value }); }} ...${caret.of('html')} /></details>
    <div class="bar"><${Button} kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${!dirty && doing.done === 'save'} />${view.own && html`<${Button} onClick=${() => setAsking(true)}>${t('templates.reset')}<//>`}</div>
    ${view.versions.length > 0 && html`<${Part} title=${t('templates.versions')} text=${t('templates.versions.text')}><ul class="list rows">${view.versions.map((v) => html`<li key=${v}><strong>${t('templates.version', { v })}</strong><span>${v === now ? html`<${Mark} tone="ok" icon="ok">${t('templates.inuse')}<//>` : ''}</span><${Button} busy=${doing.busy} onClick=${() => older(v)} aria-label=${t('templates.show', { v })}>${t('show')}<//></li>`)}</ul><//>`}</div>
    <aside class="side" aria-label=${t('templates.preview')}><h2>${t('templates.preview')}</h2><p class="muted">${t('templates.sample')}</p>
    ${fault && html`<p class="fault" role="status">${fault.message}</p>`}
    ${sample && html`<div class=${fault ? 'stale' : ''}><p><strong>${sample.subject}</strong></p>${sample.html ? html`<iframe class="letter" sandbox="" title=${t('templates.preview')} srcdoc=${sample.html}></iframe><details><summary>${t('templates.plain')}</summary><pre>${sample.text}</pre></details>` : html`<pre class="letter">${sample.text}</pre>`}${sample.warnings.map((w) => html`<p key=${w} class="muted">${w}</p>`)}</div>`}</aside>
    ${asking && html`<${Ask} title=${t('templates.reset.ask')} yes=${t('templates.reset')} onNo=${() => setAsking(false)} onYes=${reset}><p>${t('templates.reset.text')}</p><//>`}</form>`;
}

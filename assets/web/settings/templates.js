// What mails say: a template for each kind of document and language, and those that the shop gave names.

import { html, t, useState, useEffect, useData, query, language, get, post, put, remove, announce, go, enc, LANGUAGES } from '../lib/core.js';
import '../lib/inputs.js';
import { Letter } from '../lib/letter.js';
import { Page, Part, Mark, Row, Ticks, KINDS, useForm, useAsk, Form } from './page.js';
import { InsertField, useCaret, useSample } from '../lib/fields.js';

const spoken = (tag) => {
  const [primary, region] = tag.split('-');
  return `${LANGUAGES[primary] || primary}${region ? ` (${region.toUpperCase()})` : ''}`;
};
const useWord = (word) => t(word === 'mail' ? 'templates.use.mail' : `kind.${word}`);
const useWords = (words) => ({ kinds: words.map(useWord).join(', ') });
const titleOf = (x) => (x.kind ? useWord(x.kind) : x.template);
const at = ({ template, language: tag }) => `/settings/templates/edit?name=${enc(template)}&language=${tag}`;
const listIn = (tag) => `/settings/templates?language=${tag}`;
const newFrom = (name, tag) => `/settings/templates/new?from=${enc(name)}&language=${tag}`;
/** The name of the template that is used by itself where that of the kind is not. */
const insteadOf = (all, x) => (x.kind && !x.default_for.length ? (all.find((y) => y.language === x.language && y.default_for.includes(x.kind)) || {}).template : '');

/** The language whose templates are shown first: the shop's. */
function useShopLanguage() {
  const [tag, setTag] = useState(query().get('language') || '');
  useEffect(() => {
    if (!tag) get('/settings/language').then((s) => setTag(s.value.slice(0, 2)), () => setTag(language));
  }, []);
  return [tag, setTag];
}

/** What a template of the list is used for. */
function standing(x, instead) {
  if (instead) return ['plain', 'off', t('templates.instead', { name: instead })];
  if (x.kind) return x.own ? ['ok', 'pen', t('templates.own')] : ['plain', 'doc', t('templates.shipped')];
  if (x.default_for.length) return ['ok', 'ok', t('templates.default', useWords(x.default_for))];
  return ['plain', 'doc', x.use_for.length ? t('templates.offered', useWords(x.use_for)) : t('templates.offered.none')];
}

export function Templates() {
  const got = useData('/templates', ['settings']);
  const [tag, setTag] = useShopLanguage();
  const choose = (next) => {
    setTag(next);
    go(listIn(next), { replace: true });
  };
  const rows = (all, kind) => all.filter((x) => x.language === tag && Boolean(x.kind) === kind).map((x) => {
    const [tone, icon, word] = standing(x, insteadOf(all, x));
    return html`<${Row} key=${x.template} href=${at(x)} title=${titleOf(x)} note=${x.subject} edit=${t('templates.edit', { kind: titleOf(x) })}><${Mark} tone=${tone} icon=${icon}>${word}<//><//>`;
  });
  const part = (title, list) => list.length > 0 && html`<${Part} title=${title}><ul class="list rows">${list}</ul><//>`;
  return html`<${Page} title=${t('settings.templates')} text=${t('templates.text')} actions=${html`<Link kind="main" href=${newFrom('invoice', tag)}>${t('templates.add')}<//>`} from=${got}>${(all) => tag && html`
    <Choice id="templatelanguage" class="medium" label=${t('templates.language')} value=${tag} onChange=${choose} options=${[...new Set(all.map((x) => x.language))].map((l) => [l, spoken(l)])} />
    ${part(t('templates.named'), rows(all, false))}${part(t('templates.kinds'), rows(all, true))}`}<//>`;
}

/** A new template, which starts as a copy; or more words for one that is there, in another language. */
export function NewTemplate() {
  const got = useData('/templates', ['settings']);
  const [tag] = useShopLanguage();
  const name = query().get('name') || '';
  return html`<${Page} title=${t(name ? 'templates.inother' : 'templates.add')} text=${t('templates.new.text')} back=${[listIn(tag), t('settings.templates')]} from=${got}>${(all) => tag && html`<${Start} all=${all} tag=${tag} given=${name} from=${query().get('from') || 'invoice'} />`}<//>`;
}

function Start({ all, tag, given, from }) {
  const free = Object.keys(LANGUAGES).filter((l) => !given || !all.some((x) => x.template === given && x.language === l));
  const form = useForm({ name: given, language: free.includes(tag) ? tag : free[0], copy: `${from}/${tag}` });
  const make = () => form.save(async () => {
    const { name, copy, language: tongue } = form.value;
    const cut = copy.lastIndexOf('/');
    const made = await post('/templates', { name, language: tongue, copy_of: copy.slice(0, cut), copy_language: copy.slice(cut + 1) });
    go(at(made), { replace: true, force: true });
  });
  return html`<${Form} of=${form} onSave=${make} word=${t('templates.make')}>
    ${form.text('name', 'templates.name', { class: 'medium', maxlength: '80', readonly: Boolean(given) })}${form.choice('language', 'templates.language', free.map((l) => [l, LANGUAGES[l]]))}
    ${form.choice('copy', 'templates.copy', all.filter((x) => x.language === tag || x.template === given).map((x) => [`${x.template}/${x.language}`, `${titleOf(x)} – ${spoken(x.language)}`]), { name: 'copy_of' })}<//>`;
}

export function Template({ parts }) {
  const [name, tag] = parts.length > 1 ? parts : [query().get('name') || '', query().get('language') || 'en'];
  const path = `/templates/${enc(name)}/${tag}`;
  const got = useData(path);
  return html`<${Page} wide title=${t('templates.title', { kind: got.data ? titleOf(got.data) : name, language: spoken(tag) })} back=${[listIn(tag), t('settings.templates')]} from=${got}>${(view) => html`<${Editor} key=${path} path=${path} view=${view} again=${got.again} />`}<//>`;
}

const startOf = (v) => ({ subject: v.subject, text: v.text, html: v.html || '', use_for: v.use_for, default_for: v.default_for });

function Editor({ path, view, again }) {
  const { template: name, language: tag, kind } = view;
  const form = useForm(startOf(view));
  const { doing, value } = form;
  const { subject, text, use_for, default_for } = value;
  const [shown, setShown] = useState('');
  const [renamed, setRenamed] = useState(null);
  const [ask, asking] = useAsk();
  const all = useData('/templates', ['settings']).data || [];
  const caret = useCaret();
  const words = { subject, text, ...(value.html.trim() ? { html: value.html } : {}) };
  const [sample, fault] = useSample(words, use_for[0], tag);
  const settle = (v) => {
    form.take(startOf(v));
    setShown('');
    again();
  };
  const save = () => form.save(async () => settle(await put(path, { ...words, ...(kind ? {} : { use_for, default_for }) })));
  const older = (v) => doing.run('older', async () => {
    form.take({ ...startOf(await get(`${path}?version=${v}`)), use_for, default_for }, true);
    setShown(String(v));
  });
  const reset = () => doing.run('reset', async () => {
    settle((await remove(path)).data);
    announce(t('templates.reset.done'));
  });
  const drop = () => doing.run('drop', async () => {
    await remove(path);
    go(listIn(tag), { force: true });
  });
  const rename = () => doing.run('rename', async () => {
    setRenamed(null);
    const [first] = await post(`/templates/${enc(name)}/rename`, { name: renamed });
    announce(t('saved'));
    go(at({ ...first, language: tag }), { replace: true });
  });
  const takeBack = () => doing.run('back', async () => settle(await put(path, { ...words, default_for: [kind] })));
  const now = view.own ? Number(view.name.split('/').pop()) : 0;
  const kinds = use_for.filter((word) => word !== 'mail');
  const instead = insteadOf(all, view);
  const pairs = (list) => list.map((word) => [word, useWord(word)]);
  const bar = kind ? now > 0 && html`<Button onClick=${() => ask('templates.reset', reset, {}, true)}>${t('templates.reset')}<//>`
    : html`<Button onClick=${() => setRenamed(name)}>${t('templates.rename')}<//><Button kind="danger" onClick=${() => ask('templates.drop', drop, { name, language: spoken(tag) })}>${t('templates.drop')}<//>`;
  return html`<${Form} of=${form} class="panes" onSave=${save} more=${bar}
    after=${view.versions.length > 0 && html`<${Part} title=${t('templates.versions')} text=${t('templates.versions.text')}><ul class="list rows">${view.versions.map((v) => html`<li key=${v}><strong>${t('templates.version', { v })}</strong><span>${v === now ? html`<${Mark} tone="ok" icon="ok">${t('templates.inuse')}<//>` : ''}</span><Button busy=${doing.busy} onClick=${() => older(v)} aria-label=${t('templates.show', { v })}>${t('show')}<//></li>`)}</ul><//>`}
    side=${html`<h2>${t('compose.preview')}</h2><p class="muted">${t('templates.sample')}</p>${fault && html`<p class="fault" role="status">${fault}</p>`}
    ${sample && html`<div><p><strong>${sample.subject}</strong></p>${sample.html ? html`<${Letter} source=${sample.html} title=${t('compose.preview')} /><details><summary>${t('templates.plain')}</summary><pre>${sample.text}</pre></details>` : html`<pre class="letter">${sample.text}</pre>`}${sample.warnings.map((w) => html`<p key=${w} class="muted">${w}</p>`)}</div>`}`}>
    <p class="row"><${Mark} tone=${now ? 'ok' : 'plain'} icon=${now ? 'pen' : 'doc'}>${now ? t('templates.own.version', { v: now }) : t('templates.shipped')}<//></p>
    <p class="row">${!kind && html`${all.filter((x) => x.template === name && x.language !== tag).map((x) => html`<a key=${x.language} href=${at(x)}>${spoken(x.language)}</a>`)}<a href="${newFrom(name, tag)}&name=${enc(name)}">${t('templates.inother')}</a>`}<a href=${newFrom(name, tag)}>${t('templates.copied')}</a></p>
    ${instead && html`<Banner title=${t('templates.instead.title', { name: instead })} actions=${html`<Button busy=${doing.busy} onClick=${takeBack}>${t('templates.takeback')}<//>`} />`}
    ${shown && html`<Banner title=${t('templates.older', { v: shown })}>${t('templates.older.text')}<//>`}
    <${InsertField} id="insert" caret=${caret} onInsert=${(key, v) => form.set({ [key]: v })} />
    ${form.text('subject', 'compose.subject', { maxlength: '500', ...caret.of('subject') })}${form.text('text', 'compose.text', { rows: 12, ...caret.of('text') })}
    <details open=${Boolean(view.html)}><summary>${t('templates.html')}</summary>${form.text('html', 'templates.html', { rows: 8, class: 'code', label: 'HTML', spellcheck: 'false', ...caret.of('html') })}</details>
    ${!kind && html`<${Ticks} class="two" id="use" legend=${t('templates.use')} note=${t('templates.use.text')} options=${pairs([...KINDS, 'mail'])} value=${use_for} onChange=${(next) => form.set({ use_for: next, default_for: default_for.filter((one) => next.includes(one)) })} />
      ${kinds.length > 0 && html`<${Ticks} class="two" id="default" legend=${t('templates.byitself')} note=${t('templates.byitself.text', { language: spoken(tag) })} options=${pairs(kinds)} value=${default_for} onChange=${(next) => form.set({ default_for: next })} />`}`}
    ${asking}${renamed !== null && html`<Ask title=${t('templates.rename')} yes=${t('templates.rename')} onNo=${() => setRenamed(null)} onYes=${rename}><Text id="rename" label=${t('templates.name')} hint=${t('templates.rename.hint')} maxlength="80" value=${renamed} onInput=${setRenamed} /><//>`}<//>`;
}

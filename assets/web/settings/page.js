// What all pages of the settings have: the way back, the title, who may change them, and how forms are filled.

import { html, t, has, useState, useEffect, useGuard, announce, enc, isOwner, put, remove, whoAmI } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';
import { TellOwner, copy } from '../lib/explained.js';

export const KINDS = ['invoice', 'credit_note', 'receipt', 'job_card', 'offer', 'sales_order', 'purchase_order', 'delivery_note', 'notification', 'report'];

export const signOut = async () => {
  await remove('/session');
  whoAmI();
};

/** What somebody who is not the owner is told. */
export const OwnerOnly = () => (isOwner() ? null : html`<Banner title=${t('settings.owner')} actions=${html`<Button onClick=${signOut}>${t('settings.asowner')}<//><${TellOwner} kind="" problem=${{ title: t('settings.owner.ask'), detail: document.title, steps: [location.href] }} />`} />`);

/** The pages about mail, side by side. */
const Tabs = ({ at }) => html`<nav class="tabs" aria-label=${t('settings.email')}>${['account', 'sender', 'options', 'test'].map((k) => html`<a key=${k} href="/settings/${k}" aria-current=${k === at ? 'page' : undefined}>${t(`settings.${k}`)}</a>`)}</nav>`;

/** A page of the settings. `back` is where it is left to, with that page's name; `tab` is its place among those about mail; what it shows is made of the data `from`. */
export function Page({ tab, title = t(`settings.${tab}`), back = ['/settings', t('nav.settings')], actions, text, from, empty, children, wide }) {
  return html`<div class=${wide ? '' : 'narrow'}><p class="backway"><a href=${back[0]}><span aria-hidden="true">‹ </span>${back[1]}</a></p>
    <div class="head"><Title>${title}<//>${actions}</div>${text && html`<p class="lead">${text}</p>`}<${OwnerOnly} />${tab && html`<${Tabs} at=${tab} />`}${from ? html`<Got ...${{ from, empty }}>${children}<//>` : children}</div>`;
}

/** A part of a page that belongs together. */
export const Part = ({ title, text, children }) => html`<section class="part"><h2>${title}</h2>${text && html`<p class="muted">${text}</p>`}${children}</section>`;

/** How something stands, in a word. */
export const Mark = ({ tone, icon, children }) => html`<span class="state ${tone}"><Icon name=${icon} /><span>${children}</span></span>`;

/** An account or profile by its standing. */
export function Standing({ of }) {
  if (of.enabled === false) return html`<${Mark} tone="plain" icon="off">${t('standing.off')}<//>`;
  const [tone, icon] = { ready: ['ok', 'ok'], offline: ['warn', 'cloud'], busy: ['warn', 'wait'], throttled: ['warn', 'wait'], held_sign_in: ['bad', 'stop'], held_settings: ['bad', 'stop'] }[of.standing] || ['plain', 'wait'];
  return html`<${Mark} tone=${tone} icon=${icon}>${t(`standing.${of.standing}`)}<//>`;
}

/** One of a list of things that have a page each: what it is, how it stands, and the way there. */
export const Row = ({ href, title, note, more, edit, children }) => html`<li><a class="into" href=${href}><strong>${title}</strong><span class="muted">${note}</span>${more}</a>${children}<a class="button" href=${href} aria-label=${edit}>${t('change')}</a></li>`;

/** One of a list of things without a page: what it is, more about it, how it stands, and what can be done. */
export const Item = ({ name, note, more, state, children }) => html`<li><span><strong>${name}</strong>${note && html`<span class="muted">${note}</span>`}${more}</span><span class="muted">${state}</span>${children}</li>`;

/** A page of somebody else's in a tab of its own. The tab is opened at once: one that comes later than the press of the button would not be let through. `find` gives its address. */
export async function inNewTab(find) {
  const tab = window.open('', '_blank');
  let url;
  try {
    url = await find();
  } finally {
    if (tab && !url) tab.close();
  }
  if (tab && url) tab.location = url;
}

/** A tick that counts at once: it stays as it was set while that is stored, and goes back if it is refused. `set` gives true once it is. */
export function Switch({ checked, set, ...rest }) {
  const [shown, setShown] = useState(checked);
  useEffect(() => setShown(checked), [checked]);
  return html`<Tick ...${rest} checked=${shown} onChange=${async (on) => { setShown(on); if (!(await set(on))) setShown(!on); }} />`;
}

/** Stores what is new, under a name that nothing has yet. */
export const add = (path, body) => put(path, body, { headers: { 'if-none-match': '*' } });

/** The refusal of a field before the API is asked. */
export const need = (field, key) => Object.assign(new Error(t(key)), { field, status: 422 });

/** What fields need whose content is no sentence. */
export const CODE = { spellcheck: 'false', autocapitalize: 'off' };
export const MAIL = { ...CODE, inputmode: 'email' };

/** Fields for the parts of `value`: each with the word of a key, and with what more is said of it (`.hint`, `.note`). */
export function fieldsOf(value, set, error) {
  const said = (key) => (has(key) ? t(key) : undefined);
  const common = (key, word) => ({ id: key, label: t(word), hint: said(`${word}.hint`), value: value[key], error });
  return {
    text: (key, word, more) => html`<Text ...${common(key, word)} onInput=${(v) => set({ [key]: v })} ...${more} />`,
    choice: (key, word, options, more) => html`<Choice class="medium" ...${common(key, word)} options=${options} onChange=${(v) => set({ [key]: v })} ...${more} />`,
    tick: (key, word, more) => html`<Tick id=${key} label=${t(word)} note=${said(`${word}.note`)} checked=${value[key]} onChange=${(on) => set({ [key]: on })} ...${more} />`,
  };
}

/** Values that somebody fills in, in fields of their own; none while they are not asked for. */
export function useFields(start, error) {
  const [value, setValue] = useState(start);
  const set = (part) => setValue((now) => ({ ...now, ...part }));
  return { value, setValue, set, ...fieldsOf(value || {}, set, error) };
}

/** Ticks for a list of words, of which some are chosen. */
export const Ticks = ({ legend, note, options, value, onChange, id, class: look = 'grid' }) => html`<fieldset class=${look}><legend>${legend}</legend>${note && html`<p class="muted whole">${note}</p>`}${options.map(([key, word]) => html`<Tick key=${key} id=${id && `${id}-${key}`} label=${word} checked=${value.includes(key)} onChange=${(on) => onChange(options.map(([k]) => k).filter((k) => (k === key ? on : value.includes(k))))} />`)}</fieldset>`;

/** What a form of the settings has: its values, whether some are not saved, its fields, and what is being done. */
export function useForm(start) {
  const [value, setValue] = useState(start);
  const [dirty, setDirty] = useState(false);
  const doing = useDoing();
  useGuard(dirty, t('unsaved'));
  const take = (next, changed = false) => {
    setValue(next);
    setDirty(changed);
  };
  const set = (part) => {
    setValue((now) => ({ ...now, ...part }));
    setDirty(true);
  };
  const save = (work) => doing.run('save', async () => {
    await work();
    setDirty(false);
    announce(t('saved'));
  });
  return { value, dirty, doing, take, set, save, ...fieldsOf(value, set, doing.error) };
}

/** The fields of a form, with why it was refused above them. */
export const Fields = ({ doing, class: look, children }) => html`<form class=${look} onSubmit=${(e) => e.preventDefault()}><Problems error=${doing.error} />${children}</form>`;

/** The form itself: why it was refused, its fields, and what is done with it. */
export function Form({ of, onSave, word, more, after, side, class: look, children }) {
  const { doing, dirty } = of;
  const inner = html`${children}
    <div class="bar"><Button kind="main" data-key="save" busy=${doing.busy} onClick=${onSave}>${word || t('save')}<//><Saved shown=${!dirty && doing.done === 'save'} />${more}</div>${after}`;
  return html`<${Fields} doing=${doing} class=${look}>${side ? html`<div>${inner}</div><aside class="side" aria-label=${t('compose.preview')}>${side}</aside>` : inner}<//>`;
}

/** As `useDoing`, for one thing of a list: the list is fetched again, and what was done is said. */
export function useActs(again) {
  const doing = useDoing();
  const act = (name, work, word = t('saved')) => doing.run(name, async () => {
    try {
      await work();
    } finally {
      again();
    }
    if (word) announce(word);
    return true;
  }, true);
  return { ...doing, act };
}

/** A form inside a page that is there when it is wanted. */
export const Inset = ({ on, word, yes, doing, open, close, save, children }) => (on
  ? html`<div class="inset">${children}<div class="actions"><Button kind="main" busy=${doing.busy} onClick=${save}>${yes || t('add')}<//><Button onClick=${() => { close(); doing.setError(null); }}>${t('cancel')}<//></div></div>`
  : html`<div class="actions"><Button onClick=${open}>${word}<//></div>`);

/** A question before something goes: the function asks with the words of a key, and the question is to be shown. */
export function useAsk() {
  const [asked, setAsked] = useState(null);
  const done = () => setAsked(null);
  const ask = (key, work, params, plain) => setAsked({ key, work, params, plain });
  return [ask, asked && html`<Ask danger=${!asked.plain} title=${t(`${asked.key}.ask`, asked.params)} yes=${t(asked.key)} onNo=${done} onYes=${() => { done(); asked.work(); }}><p>${t(`${asked.key}.text`, asked.params)}</p><//>`];
}

/** A button that puts a text where it can be pasted from. */
export function Copy({ text }) {
  const [copied, setCopied] = useState('');
  return html`<Button onClick=${async () => { await copy(text); setCopied(text); }}>${t(copied === text ? 'copied' : 'copy')}<//>`;
}

/** A page of somebody else's, which a till may not be able to open: as words, to copy, and as a code for a phone. */
export function Elsewhere({ page, open }) {
  const [shown, show] = useState(open);
  const url = page.includes('://') ? page : `https://${page}`;
  return html`<span class="elsewhere"><code>${page}</code> <${Copy} text=${url} /> ${!open && html`<Button aria-expanded=${Boolean(shown)} onClick=${() => show(!shown)}>${t('code')}<//>`}${shown && html`<img class="scan" src="/api/v1/code?text=${enc(url)}" alt=${t('code.alt', { page })} />`}</span>`;
}

/** A secret that is shown this once. */
export const Once = ({ title, secret, onDone }) => html`<Banner tone="ok" title=${title} actions=${html`<${Copy} text=${secret} /><Button onClick=${onDone}>${t('api.once.done')}<//>`}><pre class="code">${secret}</pre><//>`;

/** What leads to the wizard where there is no account yet. */
export const NoAccount = () => html`<div class="empty"><p class="big">${t('trial.first')}</p><div class="actions"><Link kind="main" href="/setup">${t('status.setup')}<//></div></div>`;

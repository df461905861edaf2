// What all pages of the settings have: the way back, the title, who may change them.

import { html, t, useState, useEffect, isOwner, remove, whoAmI } from '../lib/core.js';
import { Title, Button, Banner, Icon, Tick } from '../lib/ui.js';

export const signOut = async () => {
  await remove('/session');
  whoAmI();
};

/** What somebody who is not the owner is told. */
export const OwnerOnly = () => (isOwner() ? null : html`<${Banner} title=${t('settings.owner')} actions=${html`<${Button} onClick=${signOut}>${t('settings.asowner')}<//>`} />`);

/** A page of the settings. `back` is where it is left to, with that page's name. */
export function Page({ title, back = ['/settings', t('nav.settings')], actions, text, children, wide }) {
  return html`<div class=${wide ? '' : 'narrow'}><p class="backway"><a href=${back[0]}><span aria-hidden="true">‹ </span>${back[1]}</a></p>
    <div class="head"><${Title}>${title}<//>${actions}</div>${text && html`<p class="lead">${text}</p>`}<${OwnerOnly} />${children}</div>`;
}

/** The pages about mail, side by side. */
export const Tabs = ({ at }) => html`<nav class="tabs" aria-label=${t('settings.email')}>${['account', 'sender', 'options', 'test'].map((k) => html`<a key=${k} href="/settings/${k}" aria-current=${k === at ? 'page' : undefined}>${t(`settings.${k}`)}</a>`)}</nav>`;

/** A part of a page that belongs together. */
export const Part = ({ title, text, children }) => html`<section class="part"><h2>${title}</h2>${text && html`<p class="muted">${text}</p>`}${children}</section>`;

/** How something stands, in a word. */
export const Mark = ({ tone, icon, children }) => html`<span class="state ${tone}"><${Icon} name=${icon} /><span>${children}</span></span>`;

/** An account or profile by its standing. */
export function Standing({ of }) {
  if (of.enabled === false) return html`<${Mark} tone="plain" icon="off">${t('standing.off')}<//>`;
  const [tone, icon] = { ready: ['ok', 'ok'], offline: ['warn', 'cloud'], busy: ['warn', 'wait'], throttled: ['warn', 'wait'], held_sign_in: ['bad', 'stop'], held_settings: ['bad', 'stop'] }[of.standing] || ['plain', 'wait'];
  return html`<${Mark} tone=${tone} icon=${icon}>${t(`standing.${of.standing}`)}<//>`;
}

/** A tick that counts at once: it stays as it was set while that is stored, and goes back if it is refused. `set` gives true once it is. */
export function Switch({ checked, set, ...rest }) {
  const [shown, setShown] = useState(checked);
  useEffect(() => setShown(checked), [checked]);
  return html`<${Tick} ...${rest} checked=${shown} onChange=${async (on) => { setShown(on); if (!(await set(on))) setShown(!on); }} />`;
}

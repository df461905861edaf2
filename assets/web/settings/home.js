// All settings at one look.

import { html, t, isOwner, useData, useApp } from '../lib/core.js';
import { OwnerOnly, signOut, Standing, Mark } from './page.js';

const GROUPS = [
  ['mail', [['account', 'mail'], ['sender', 'pen'], ['options', 'send'], ['test', 'ok']]],
  ['papers', [['shop', 'box'], ['templates', 'doc'], ['disabled', 'stop']]],
  ['others', [['channels', 'send'], ['integrations', 'book'], ['export', 'doc'], ['folders', 'box'], ['api', 'gear']]],
  ['here', [['screen', 'gear'], ['about', 'help']]],
];

export function Home() {
  const app = useApp();
  const accounts = useData('/accounts', ['accounts']);
  const shop = useData('/shop', ['shop']);
  const worst = accounts.data && (accounts.data.find((a) => a.enabled && a.standing.startsWith('held')) || accounts.data[0]);
  const fresh = accounts.data && !accounts.data.length;
  const note = {
    account: accounts.data && (worst ? html`<${Standing} of=${worst} />` : html`<${Mark} tone="warn" icon="warn">${t('standing.none')}<//>`),
    integrations: app.status && app.status.not_posted > 0 && html`<${Mark} tone="bad" icon="stop">${t('posting.refused')}: ${app.status.not_posted}<//>`,
    shop: shop.data && !shop.data.details && html`<${Mark} tone="warn" icon="warn">${t('standing.empty')}<//>`,
  };
  return html`<div class="head"><Title>${t('nav.settings')}<//>${isOwner() && html`<a class="button ${fresh ? 'main' : ''}" href="/setup">${t('status.setup')}</a>`}</div><${OwnerOnly} />
    ${GROUPS.map(([group, cards]) => html`<section key=${group}><h2>${t(`settings.group.${group}`)}</h2><ul class="cards">${cards.map(([k, icon]) => html`<li key=${k}><a href="/settings/${k}"><Icon name=${icon} /><span><strong>${t(`settings.${k}`)}</strong><span class="muted">${t(`settings.${k}.text`)}</span>${note[k] || ''}</span></a></li>`)}</ul></section>`)}
    <p class="end"><Button kind="quiet" onClick=${signOut}>${t('signout')}<//></p>`;
}

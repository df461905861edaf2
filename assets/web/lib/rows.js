// What the screens of papers and of people have in common.

import { html, t, whenParts } from './core.js';
import { isFinished, titleOf } from './ui.js';

export const Back = ({ to }) => html`<p class="back"><a href="/${to}">← ${t(`nav.${to}`)}</a></p>`;

/** Mails, each with the way to it; `note` says more of one. */
export const Mails = ({ of, note }) => html`<ul class="list mails">${of.map((m) => html`<li key=${m.id}><State of=${m.state} /><a class="into" href="/${isFinished(m) ? 'sent' : 'outbox'}/${m.id}"><strong>${titleOf(m)}</strong>${note && html`<span class="muted">${note(m)}</span>`}</a>${note && html`<span></span>`}<When at=${m.created_at} /></li>`)}</ul>`;

/** What disables an address, among all that is disabled: its own entry before its domain's. */
export function disabling(all = [], address) {
  const key = address.toLowerCase();
  return all.find((d) => d.pattern.toLowerCase() === key) || all.find((d) => d.pattern.startsWith('@') && key.endsWith(d.pattern));
}
/** Why, by whom and since when. */
export const disabledBy = ({ reason, by, name, since }) => [reason, name || (by && t(`role.${by}`)), whenParts(since)[0]].filter(Boolean).join(' · ');

/** Goes on in the row beside the one that goes, or at the title. */
export function leaveRow() {
  const row = document.activeElement.closest('li');
  const to = row && (row.nextElementSibling || row.previousElementSibling);
  (to ? to.querySelector('a, button') : document.querySelector('h1')).focus();
}

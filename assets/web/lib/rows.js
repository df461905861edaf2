// What the screens of papers and of people have in common.

import { html, t, useData, useRef, screen, whenParts } from './core.js';
import { isFinished, titleOf, useRowFocus } from './ui.js';

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

/** A list of which rows may go. */
export function List({ children, ...rest }) {
  const at = useRef();
  useRowFocus(at);
  return html`<ul ref=${at} ...${rest}>${children}</ul>`;
}

/** The forms thrown away or saved here, also while the program does not know it yet. */
export const gone = new Set();
/** A form of another till is offered when nobody has touched it for so long; this till's own at once. */
const QUIET = 60000;
/** The papers begun and not finished that can be gone on with here. */
export function useBegun(on) {
  const got = useData(on && '/forms', ['documents']);
  return { ...got, forms: (got.data || []).filter((f) => !gone.has(f.id) && (f.id === screen.form || Date.now() - new Date(f.changed_at) > QUIET)) };
}

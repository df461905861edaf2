// The menu of what can be written by hand, from every screen.

import { html, t, useEffect, useRef, go } from './core.js';
import { Menu } from './menu.js';

/** What can be written by hand; the first two have buttons of their own among the papers. */
export const KINDS = ['invoice', 'job_card', 'offer', 'receipt', 'delivery_note'];

export function NewDocument({ onClose }) {
  const before = useRef(document.activeElement);
  useEffect(() => () => {
    const { current: at } = before;
    setTimeout(() => at.isConnected && document.activeElement === document.body && at.focus());
  }, []);
  return html`<div class="everywhere"><${Menu} label=${t('nav.docs')} items=${KINDS.map((kind) => [t(`doc.new.${kind}`), () => go(`/docs/new/${kind}`)])} onClose=${onClose} /></div>`;
}

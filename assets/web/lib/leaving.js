// The bar at the bottom: the mail just sent, as long as it can be taken back.

import { html, t, useState, useEffect, useApp, change, post, poll, go, announce } from './core.js';
import { useCountdown } from './ui.js';

export function Leaving({ mail }) {
  const { status } = useApp();
  // One that waits for a person waits in the outbox: here it is said, and then gone.
  const [said] = useState(() => new Date(Date.now() + 10000).toISOString());
  const left = useCountdown((mail.kept ? said : mail.until) || new Date().toISOString());
  const [word, setWord] = useState('');
  const open = left > 0;
  useEffect(() => {
    if (open) return undefined;
    const timer = setTimeout(() => change({ leaving: null }), 1500);
    return () => clearTimeout(timer);
  }, [open]);
  useEffect(() => announce(sentence()), [mail.id, mail.back]);
  const ask = async (id, wish, said) => {
    try {
      const after = await post(`/mails/${id}/${wish}`, {});
      change({ leaving: null });
      if (said) announce(t(said));
      poll();
      if (wish === 'undo') go(after.draft ? `/mail/${after.draft}/edit` : '/outbox');
    } catch (error) {
      setWord(error.message);
    }
  };
  const undo = () => (mail.back ? ask(mail.back, 'restore', 'undo.back') : ask(mail.id, 'undo', 'undo.done'));
  const now = () => ask(mail.id, mail.kept ? 'release' : 'retry');
  const sentence = () => {
    if (mail.back) return t('leaving.cancelled', { what: mail.what });
    if (status && !status.accounts.length) return t('leaving.notsetup');
    if (mail.kept) return t('leaving.kept');
    const offline = status && status.accounts.some((a) => a.standing === 'offline');
    if (offline) return t('leaving.offline');
    if (status && status.calm === 'by_hand') return t('leaving.by_hand');
    return left > 0 ? t('leaving.soon', { n: mail.count, s: left }) : t('leaving.gone');
  };
  return html`<section class="leaving" aria-label=${t('leaving.label')}><Icon name="send" /><span>${word || sentence()}</span>
    ${open && html`<Button onClick=${undo}>${t('undo')}<//>${!mail.back && html`<Button onClick=${now}>${t('send.now')}<//>`}`}</section>`;
}

// The way in: a PIN where one is set, a one-time link where none is.

import { html, t, useState, useEffect, useRef, get, post, whoAmI } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';

function Ways() {
  const [ways, setWays] = useState(null);
  const [role, setRole] = useState('');
  const [pin, setPin] = useState('');
  const doing = useDoing();
  useEffect(() => {
    const look = () => get('/entrance').then((w) => {
      setWays(w);
      setRole((r) => r || (w.staff_pin ? 'staff' : 'owner'));
    }, () => setTimeout(look, 2000));
    look();
  }, []);
  if (!ways) return html`<Loading />`;
  if (!ways.staff_pin && !ways.owner_pin) {
    return html`<h1>${t('entrance.title')}</h1><p>${t('entrance.link')}</p><pre>tillpost api link --role owner</pre><p class="muted">${t('entrance.link.text')}</p><Button kind="main" onClick=${whoAmI}>${t('try.again')}<//>`;
  }
  const enter = () => doing.run('enter', async () => {
    try {
      await post('/session', { role, pin });
      await whoAmI();
    } finally {
      setPin('');
    }
  });
  return html`<h1>${t('entrance.pin')}</h1><Problems error=${doing.error} />
    <form onSubmit=${(e) => { e.preventDefault(); enter(); }}>
    ${ways.staff_pin && ways.owner_pin && html`<Radios legend=${t('entrance.who')} name="role" value=${role} onChange=${setRole} options=${[['staff', t('role.staff')], ['owner', t('role.owner')]]} />`}
    <Field id="pin" label=${t('entrance.pin.label')}><input id="pin" type="password" inputmode="numeric" autocomplete="off" value=${pin} maxlength="12" onInput=${(e) => setPin(e.target.value.replace(/\s/g, ''))} /><//>
    <div class="keys">${[...'123456789⌫0'].map((n) => html`<Button key=${n} aria-label=${n === '⌫' ? t('entrance.back') : undefined} onClick=${() => setPin((p) => (n === '⌫' ? p.slice(0, -1) : (p + n).slice(0, 12)))}>${n}<//>`)}<Button kind="main" busy=${doing.busy} onClick=${enter}>${t('entrance.go')}<//></div></form>`;
}

/** Stands above the whole screen: what was being written waits under it, as it was. */
export function Entrance() {
  const at = useRef();
  useEffect(() => {
    const { activeElement: before, title } = document;
    document.title = 'Tillpost';
    at.current.showModal();
    at.current.focus();
    return () => {
      document.title = title;
      if (before && before.isConnected) before.focus();
    };
  }, []);
  // A second Escape closes a dialog whatever is said to the first.
  return html`<dialog class="entrance" tabindex="-1" ref=${at} aria-label=${t('entrance.title')} onCancel=${(e) => e.preventDefault()} onClose=${() => at.current && at.current.showModal()}><div><${Ways} /></div></dialog>`;
}

// How this one screen looks and listens, and who may sign in at it.

import { html, t, useState, useData, put, remove, change, screen, setScreen, loadLanguage, LANGUAGES, isOwner, whoAmI, announce } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';
import { bare, heard, scanDetector } from '../lib/keys.js';
import { EVENTS, play } from '../lib/sound.js';
import { Page, Part } from './page.js';

export function Screen() {
  const [own, setOwn] = useState({ ...screen });
  const set = async (part) => {
    setScreen(part);
    setOwn({ ...screen });
    if (part.language !== undefined) await loadLanguage();
    change({});
  };
  const lock = (minutes) => {
    import('../lib/lock.js');
    return set({ lock: minutes });
  };
  return html`<${Page} title=${t('settings.screen')} text=${t('screen.own')}>
    <${Part} title=${t('screen.part.look')}><Choice id="language" class="medium" label=${t('screen.language')} value=${own.language} onChange=${(language) => set({ language })} options=${[['', t('screen.language.auto')], ...Object.entries(LANGUAGES)]} />
      <div class="two"><Radios legend=${t('screen.size')} name="size" value=${own.size} onChange=${(size) => set({ size })} options=${['100', '125', '150'].map((v) => [v, `${v} %`])} /><Radios legend=${t('screen.look')} name="look" value=${own.look} onChange=${(look) => set({ look })} options=${['auto', 'light', 'dark', 'high'].map((v) => [v, t(`screen.look.${v}`)])} /></div><//>
    <${Part} title=${t('screen.part.keys')}><Tick label=${t('screen.shortcuts')} note=${t('screen.shortcuts.note')} checked=${own.shortcuts} onChange=${(shortcuts) => set({ shortcuts })} />
      <Tick label=${t('screen.scanner.on')} note=${t('screen.scanner.note')} checked=${own.scanner} onChange=${(scanner) => set({ scanner })} />
      ${own.scanner && html`${['prefix', 'suffix'].map((k) => html`<Text key=${k} id=${k} class="medium" label=${t(`screen.${k}`)} hint=${t('screen.prefix.hint')} value=${own[k] || ''} onInput=${(v) => set({ [k]: v })} />`)}<${Scanned} />`}<//>
    <${Part} title=${t('screen.sound')}><Tick label=${t('screen.sound.on')} note=${t('screen.sound.note')} checked=${Boolean(own.sound)} onChange=${(sound) => set({ sound })} />
      ${own.sound && html`<div class="field" role="group" aria-labelledby="try-sound"><span id="try-sound" class="label">${t('screen.sound.try')}</span><div class="row">${EVENTS.map((event) => html`<Button key=${event} onClick=${() => play(event)}>${t(`screen.sound.${event}`)}<//>`)}</div></div>`}<//>
    ${isOwner() && html`<${Pins} />`}
    <${Part} title=${t('screen.lock')} text=${t('screen.lock.text')}><Choice id="lock" class="medium" label=${t('screen.lock.after')} value=${own.lock || ''} onChange=${lock} options=${[['', t('screen.lock.never')], ...['1', '5', '15', '30'].map((n) => [n, t('screen.lock.minutes', { n })])]} /><//><//>`;
}

/** What a scanner sends, to see whether it is understood. */
function Scanned() {
  const [got, setGot] = useState(null);
  const [scanned] = useState(() => scanDetector(() => {}));
  const key = (e) => {
    const code = e.target.value;
    const quick = scanned(e, performance.now());
    // Kept from the rest of the screen: here a code opens nothing.
    e.stopPropagation();
    if ((e.key !== 'Enter' && e.key !== 'Tab') || !code) return;
    e.preventDefault();
    heard(quick);
    setGot({ code: bare(code), quick });
    e.target.value = '';
  };
  return html`<Field id="scanned" label=${t('screen.try')} hint=${t('screen.try.hint')}><input id="scanned" class="medium" autocomplete="off" data-scan="self" aria-describedby="scanned-hint" onKeyDown=${key} /><//><p role="status">${got && (got.quick ? t('screen.try.good', { code: got.code }) : t('screen.try.slow', { code: got.code }))}</p>`;
}

function Pins() {
  const ways = useData('/entrance', ['access']);
  const [pins, setPins] = useState({ staff: '', owner: '' });
  const [at, setAt] = useState('owner');
  const doing = useDoing();
  const set = (role, work, word) => {
    setAt(role);
    return doing.run(role, async () => {
      await work();
      setPins({ ...pins, [role]: '' });
      ways.again();
      announce(t(word));
      await whoAmI();
    });
  };
  return html`<${Part} title=${t('entrance.pin.label')} text=${t('screen.pins.text')}><Problems error=${doing.error} fields=${{ pin: `pin-${at}` }} /><Got from=${ways}>${(w) => ['owner', 'staff'].map((role) => html`<Field key=${role} id="pin-${role}" label=${t(`screen.pin.${role}`)} hint=${w[`${role}_pin`] ? t('screen.pin.set') : t('screen.pin.none')}><div class="row"><input id="pin-${role}" class="short" type="password" inputmode="numeric" autocomplete="off" maxlength="12" aria-describedby="pin-${role}-hint" value=${pins[role]} onInput=${(e) => setPins({ ...pins, [role]: e.target.value })} />
    <Button busy=${doing.busy} onClick=${() => set(role, () => put(`/access/pins/${role}`, { pin: pins[role] }), 'screen.pin.set')}>${t('screen.pin.do')}<//>${w[`${role}_pin`] && html`<Button busy=${doing.busy} onClick=${() => set(role, () => remove(`/access/pins/${role}`), 'screen.pin.none')}>${t('remove')}<//>`}</div><//>`)}<//><//>`;
}

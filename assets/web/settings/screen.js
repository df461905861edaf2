// How this one screen looks and listens, and who may sign in at it.

import { html, t, useState, useRef, useData, put, remove, change, screen, setScreen, loadLanguage, LANGUAGES, isOwner, whoAmI, announce } from '../lib/core.js';
import { Button, Problems, Text, Choice, Tick, Radios, Got, Field, useDoing } from '../lib/ui.js';
import { heard } from '../lib/keys.js';
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
  return html`<${Page} title=${t('settings.screen')} text=${t('screen.own')}>
    <${Part} title=${t('screen.part.look')}><${Choice} id="language" class="medium" label=${t('screen.language')} value=${own.language} onChange=${(language) => set({ language })} options=${[['', t('screen.language.auto')], ...Object.entries(LANGUAGES)]} />
      <div class="two"><${Radios} legend=${t('screen.size')} name="size" value=${own.size} onChange=${(size) => set({ size })} options=${['100', '125', '150'].map((v) => [v, `${v} %`])} /><${Radios} legend=${t('screen.look')} name="look" value=${own.look} onChange=${(look) => set({ look })} options=${['auto', 'light', 'dark', 'high'].map((v) => [v, t(`screen.look.${v}`)])} /></div><//>
    <${Part} title=${t('screen.part.keys')}><${Tick} label=${t('screen.shortcuts')} note=${t('screen.shortcuts.note')} checked=${own.shortcuts} onChange=${(shortcuts) => set({ shortcuts })} />
      <${Tick} label=${t('screen.scanner.on')} note=${t('screen.scanner.note')} checked=${own.scanner} onChange=${(scanner) => set({ scanner })} />
      ${own.scanner && html`<${Text} id="prefix" class="medium" label=${t('screen.prefix')} hint=${t('screen.prefix.hint')} value=${own.prefix} onInput=${(prefix) => set({ prefix })} /><${Scanned} prefix=${own.prefix} />`}<//>
    <${Part} title=${t('screen.sound')}><${Tick} label=${t('screen.sound.on')} note=${t('screen.sound.note')} checked=${Boolean(own.sound)} onChange=${(sound) => set({ sound })} />
      ${own.sound && html`<div class="row add" role="group" aria-labelledby="try-sound"><span id="try-sound">${t('screen.sound.try')}</span>${EVENTS.map((event) => html`<${Button} key=${event} onClick=${() => play(event)}>${t(`screen.sound.${event}`)}<//>`)}</div>`}<//>
    ${isOwner() && html`<${Pins} />`}<//>`;
}

/** What a scanner sends, to see whether it is understood. */
function Scanned({ prefix }) {
  const [got, setGot] = useState(null);
  const typed = useRef({ text: '', first: 0, last: 0 });
  const key = (e) => {
    const now = performance.now();
    const was = typed.current;
    // Kept from the rest of the screen: here a code opens nothing.
    e.stopPropagation();
    if (e.key.length === 1 && !e.ctrlKey && !e.altKey && !e.metaKey) {
      typed.current = !was.text || now - was.last > 1000 ? { text: e.key, first: now, last: now } : { ...was, text: was.text + e.key, last: now };
    } else if ((e.key === 'Enter' || e.key === 'Tab') && was.text) {
      e.preventDefault();
      const gap = was.text.length > 1 ? (was.last - was.first) / (was.text.length - 1) : 999;
      const quick = gap <= 50 && was.text.length >= 6;
      heard(quick);
      setGot({ quick, code: prefix && was.text.startsWith(prefix) ? was.text.slice(prefix.length) : was.text });
      typed.current = { text: '', first: 0, last: 0 };
      e.target.value = '';
    }
  };
  return html`<${Field} id="scanned" label=${t('screen.try')} hint=${t('screen.try.hint')}><input id="scanned" class="medium" autocomplete="off" data-scan="self" aria-describedby="scanned-hint" onKeyDown=${key} /><//><p role="status">${got && (got.quick ? t('screen.try.good', { code: got.code }) : t('screen.try.slow', { code: got.code }))}</p>`;
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
  return html`<${Part} title=${t('screen.pins')} text=${t('screen.pins.text')}><${Problems} error=${doing.error} fields=${{ pin: `pin-${at}` }} /><${Got} from=${ways}>${(w) => ['owner', 'staff'].map((role) => html`<${Field} key=${role} id="pin-${role}" label=${t(`screen.pin.${role}`)} hint=${w[`${role}_pin`] ? t('screen.pin.set') : t('screen.pin.none')}><div class="row"><input id="pin-${role}" class="short" type="password" inputmode="numeric" autocomplete="off" maxlength="12" aria-describedby="pin-${role}-hint" value=${pins[role]} onInput=${(e) => setPins({ ...pins, [role]: e.target.value })} />
    <${Button} busy=${doing.busy} onClick=${() => set(role, () => put(`/access/pins/${role}`, { pin: pins[role] }), 'screen.pin.set')}>${t('screen.pin.do')}<//>${w[`${role}_pin`] && html`<${Button} busy=${doing.busy} onClick=${() => set(role, () => remove(`/access/pins/${role}`), 'screen.pin.none')}>${t('screen.pin.remove')}<//>`}</div><//>`)}<//><//>`;
}

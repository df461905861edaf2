// Addresses and domains that no mail goes to.

import { html, t, useState, useData, post, remove, enc, announce } from '../lib/core.js';
import { Button, Problems, Text, Got, Empty, When, useDoing } from '../lib/ui.js';
import { Page } from './page.js';

const blank = { pattern: '', reason: '' };

export function Disabled() {
  const got = useData('/disabled', ['contacts']);
  const [fresh, setFresh] = useState(blank);
  const [undo, setUndo] = useState(null);
  const doing = useDoing();
  const add = (entry) => doing.run('add', async () => {
    const pattern = entry.pattern.trim();
    if (!pattern) throw Object.assign(new Error(t('disabled.need')), { field: 'pattern', status: 422 });
    await post('/disabled', { pattern, reason: entry.reason.trim() });
    setFresh(blank);
    setUndo(null);
    got.again();
    announce(t('disabled.added', { who: pattern }));
  });
  const allow = (entry) => doing.run('allow', async () => {
    await remove(`/disabled/${enc(entry.pattern)}`);
    setUndo(entry);
    got.again();
    announce(t('disabled.allowed', { who: entry.pattern }));
  });
  return html`<${Page} title=${t('settings.disabled')} text=${t('disabled.text')}><${Problems} error=${doing.error} fields=${{ pattern: 'pattern', reason: 'reason' }} />
    <form onSubmit=${(e) => { e.preventDefault(); add(fresh); }}><div class="two"><${Text} id="pattern" label=${t('disabled.pattern')} hint=${t('disabled.pattern.hint')} value=${fresh.pattern} error=${doing.error} inputmode="email" spellcheck="false" autocapitalize="off" onInput=${(pattern) => setFresh({ ...fresh, pattern })} /><${Text} id="reason" label=${t('disabled.reason')} hint=${t('disabled.reason.hint')} maxlength="200" value=${fresh.reason} error=${doing.error} onInput=${(reason) => setFresh({ ...fresh, reason })} /></div>
      <div class="actions"><button type="submit" class="button main">${t('disabled.add')}</button></div></form>
    ${undo && html`<p class="row undo" role="status"><span>${t('disabled.allowed', { who: undo.pattern })}</span><${Button} onClick=${() => add(undo)}>${t('undo')}<//></p>`}
    <${Got} from=${got} isEmpty=${(l) => !l.length} empty=${html`<${Empty} title=${t('disabled.empty')}>${t('disabled.empty.text')}<//>`}>${(entries) => html`<ul class="list people after">${entries.map((d) => html`<li key=${d.pattern}><span><strong>${d.pattern}</strong>${d.reason && html`<span class="muted">${d.reason}</span>`}</span><span class="muted"><${When} at=${d.since} /></span><${Button} aria-label=${t('disabled.allow.who', { who: d.pattern })} busy=${doing.busy} onClick=${() => allow(d)}>${t('disabled.allow')}<//></li>`)}</ul>`}<//><//>`;
}

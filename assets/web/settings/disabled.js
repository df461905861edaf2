// Addresses and domains that no mail goes to.

import { html, t, useState, useData, post, remove, enc } from '../lib/core.js';
import { List, disabledBy } from '../lib/rows.js';
import { Page, Item, MAIL, fieldsOf, need, useActs } from './page.js';

const blank = { pattern: '', reason: '' };

export function Disabled() {
  const got = useData('/disabled', ['contacts']);
  const [fresh, setFresh] = useState(blank);
  const [undo, setUndo] = useState(null);
  const doing = useActs(got.again);
  const { text } = fieldsOf(fresh, (part) => setFresh({ ...fresh, ...part }), doing.error);
  const add = (entry) => doing.act('add', async () => {
    const pattern = entry.pattern.trim();
    if (!pattern) throw need('pattern', 'disabled.need');
    await post('/disabled', { pattern, reason: entry.reason.trim() });
    setFresh(blank);
    setUndo(null);
  }, t('disabled.added', { who: entry.pattern.trim() }));
  const allow = (entry) => doing.act('allow', async () => {
    await remove(`/disabled/${enc(entry.pattern)}`);
    setUndo(entry);
  }, t('disabled.allowed', { who: entry.pattern }));
  return html`<${Page} title=${t('settings.disabled')} text=${t('disabled.text')}><Problems error=${doing.error} />
    <form onSubmit=${(e) => { e.preventDefault(); add(fresh); }}><div class="two">${text('pattern', 'disabled.pattern', MAIL)}${text('reason', 'disabled.reason', { maxlength: '200' })}</div>
      <div class="actions"><button type="submit" class="button main">${t('disabled.add')}</button></div></form>
    ${undo && html`<p class="row undo" role="status"><span>${t('disabled.allowed', { who: undo.pattern })}</span><Button onClick=${() => add(undo)}>${t('undo')}<//></p>`}
    <Got from=${got} empty=${html`<Empty title=${t('disabled.empty')}>${t('disabled.empty.text')}<//>`}>${(entries) => html`<${List} class="list people after">${entries.map((d) => html`<${Item} key=${d.pattern} name=${d.pattern} note=${disabledBy(d)}><Button aria-label=${t('disabled.allow.who', { who: d.pattern })} busy=${doing.busy} onClick=${() => allow(d)}>${t('disabled.allow')}<//><//>`)}<//>`}<//><//>`;
}

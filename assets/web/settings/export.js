// The documents of a period in one file, for whoever keeps the books.

import { html, t, useState, useData, enc } from '../lib/core.js';
import { formOf } from '../lib/form.js';
import { local, today } from '../lib/times.js';
import { Page } from './page.js';

/** The first and last day of a month, counted from this one. */
function month(back) {
  const now = new Date();
  const last = back ? local(new Date(now.getFullYear(), now.getMonth(), 0)).slice(0, 10) : today();
  return { from: local(new Date(now.getFullYear(), now.getMonth() - back, 1)).slice(0, 10), to: last };
}

export function Export() {
  const channels = useData('/channels', ['channels']);
  const [form, setForm] = useState({ ...month(1), channel: '', part: 'all' });
  const [fault, setFault] = useState(null);
  const change = (made) => {
    setFault(null);
    setForm(made);
  };
  const of = formOf(form, change, fault, 'export');
  const fine = form.from && form.to && form.from <= form.to;
  const url = `/api/v1/export?from=${form.from}&to=${form.to}&part=${form.part}${form.channel ? `&channel=${enc(form.channel)}` : ''}`;
  return html`<${Page} title=${t('settings.export')} text=${t('export.text')}><Problems error=${fault} />
    <div class="actions"><Button onClick=${() => change({ ...form, ...month(1) })}>${t('export.last')}<//><Button onClick=${() => change({ ...form, ...month(0) })}>${t('export.this')}<//></div>
    <div class="two after">${of.field('from', { type: 'date' })}${of.field('to', { type: 'date' })}</div>
    ${(channels.data || []).length > 0 && of.choice('channel', [['', t('list.all')], ...channels.data.map((c) => [c.name, c.name])], { class: 'medium' })}
    ${of.choice('part', ['all', 'table', 'e_invoices'].map((p) => [p, t(`export.part.${p}`)]), { label: 'what', class: 'medium' })}
    <div class="bar">${fine ? html`<a class="button main" href=${url} download>${t('about.settings.save')}</a>` : html`<Button kind="main" onClick=${() => setFault({ field: 'from', message: t('export.need'), status: 422 })}>${t('about.settings.save')}<//>`}</div><//>`;
}

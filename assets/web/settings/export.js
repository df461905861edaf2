// The documents of a period in one file, for whoever keeps the books.

import { html, t, useState, useData, enc, today } from '../lib/core.js';
import { Page } from './page.js';

const iso = (d) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;
/** The first and last day of a month, counted from this one. */
function month(back) {
  const now = new Date();
  const last = back ? iso(new Date(now.getFullYear(), now.getMonth(), 0)) : today();
  return { from: iso(new Date(now.getFullYear(), now.getMonth() - back, 1)), to: last };
}

export function Export() {
  const channels = useData('/channels', ['channels']);
  const [form, setForm] = useState({ ...month(1), channel: '', part: 'all' });
  const [fault, setFault] = useState(null);
  const set = (part) => {
    setFault(null);
    setForm({ ...form, ...part });
  };
  const fine = form.from && form.to && form.from <= form.to;
  const url = `/api/v1/export?from=${form.from}&to=${form.to}&part=${form.part}${form.channel ? `&channel=${enc(form.channel)}` : ''}`;
  return html`<${Page} title=${t('settings.export')} text=${t('export.text')}><Problems error=${fault} fields=${{ from: 'from' }} />
    <div class="actions"><Button onClick=${() => set(month(1))}>${t('export.last')}<//><Button onClick=${() => set(month(0))}>${t('export.this')}<//></div>
    <div class="two after"><Text id="from" type="date" label=${t('export.from')} value=${form.from} error=${fault} onInput=${(from) => set({ from })} /><Text id="to" type="date" label=${t('export.to')} value=${form.to} onInput=${(to) => set({ to })} /></div>
    ${(channels.data || []).length > 0 && html`<Choice id="channel" class="medium" label=${t('export.channel')} value=${form.channel} onChange=${(channel) => set({ channel })} options=${[['', t('export.every')], ...channels.data.map((c) => [c.name, c.name])]} />`}
    <Choice id="part" class="medium" label=${t('export.what')} value=${form.part} onChange=${(part) => set({ part })} options=${['all', 'table', 'e_invoices'].map((p) => [p, t(`export.part.${p}`)])} />
    <div class="bar">${fine ? html`<a class="button main" href=${url} download>${t('export.do')}</a>` : html`<Button kind="main" onClick=${() => setFault({ field: 'from', message: t('export.need'), status: 422 })}>${t('export.do')}<//>`}</div><//>`;
}

// Addresses of another program: chosen, looked at row by row, then taken. Nothing is half imported.

import { html, t, useState, useRef, go, post, base64, announce } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';
import { Back } from '../lib/rows.js';
import { PickFile, filled } from '../lib/form.js';

const FIELDS = ['address', 'name', 'first_name', 'last_name', 'company', 'customer_number', 'phone', 'language', 'note', 'roles'];
const ENCODINGS = ['utf-8', 'windows-1252', 'windows-1250', 'iso-8859-2', 'iso-8859-15', 'utf-16le'];
/** More rows than these are not shown one by one. */
const MOST = 200;

/** The names of a table's columns, when its first line is all that is known of it. */
function headOf(content) {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    text = new TextDecoder('windows-1252').decode(bytes);
  }
  const line = text.replace(/^\uFEFF/, '').split(/\r?\n/)[0];
  const mark = [';', ',', '\t', '|'].sort((a, b) => line.split(b).length - line.split(a).length)[0];
  return line.split(mark).map((name) => name.trim().replace(/^"(.*)"$/, '$1')).filter(Boolean);
}

export function Import() {
  const [file, setFile] = useState(null);
  const [seen, setSeen] = useState(null);
  const [show, setShow] = useState('');
  // How the file is to be read: known at once, before an answer about it is there.
  const [way, setWay] = useState({});
  const wanted = useRef(way);
  const doing = useDoing();
  const request = (mode, { content }, how) => ({ content, mode, ...filled(how) });
  const look = (of, how) => {
    setWay(wanted.current = how);
    doing.run('look', async () => {
      let found;
      try {
        found = await post('/contacts/import', request('dry_run', of, how));
      } catch (error) {
        // Without a column of addresses the file cannot be read; which one it is can be said all the same.
        if (error.status === 422 && !/^BEGIN:VCARD/i.test(atob(of.content.slice(0, 40)))) setSeen((s) => s || { rows: [], columns: headOf(of.content).map((column) => ({ column, field: null })), unread: true });
        throw error;
      }
      setSeen(found);
      setShow(found.refused ? 'refused' : '');
      announce(t('import.found', { n: found.rows.length }));
    }).then(() => {
      // Another column was set while this was looked at.
      if (wanted.current !== how) look(of, wanted.current);
    });
  };
  const choose = async (picked) => {
    const of = { name: picked.name, content: await base64(picked) };
    setFile(of);
    setSeen(null);
    look(of, { encoding: way.encoding });
  };
  const map = (column, field) => {
    // What was read from the names of the columns stands until somebody says otherwise.
    const base = wanted.current.columns ? Object.entries(wanted.current.columns) : seen.columns.filter((c) => c.field).map((c) => [c.field, c.column]);
    const columns = Object.fromEntries(base.filter(([of, name]) => name !== column && of !== field));
    if (field) columns[field] = column;
    look(file, { ...wanted.current, columns });
  };
  const take = () => doing.run('take', async () => {
    const done = await post('/contacts/import', request('good_rows', file, way));
    announce(t('import.done', { n: done.new + done.changed }));
    go('/contacts', { force: true });
  });
  const pick = html`<${PickFile} id="book" kind=${seen ? '' : 'main'} icon="clip" accept=".csv,.txt,.vcf,text/csv,text/vcard" onFiles=${([one]) => choose(one)}>${seen ? t('import.another') : t('import.choose')}<//>`;
  const letters = html`<details><summary>${t('import.letters')}</summary><Choice id="encoding" class="medium" label=${t('import.encoding')} value=${way.encoding || ''} onChange=${(encoding) => (seen ? look(file, { ...way, encoding }) : setWay({ encoding }))} options=${[['', t('import.encoding.auto')], ...ENCODINGS.map((e) => [e, e])]} /></details>`;
  const rows = seen ? seen.rows.filter((r) => !show || r.outcome === show) : [];
  const good = seen ? seen.new + seen.changed : 0;
  const looks = { new: 'accepted', changed: 'draft', same: 'none', skipped: 'none', refused: 'refused' };
  return html`<${Back} to="contacts" /><Title>${t('import.title')}<//><Problems error=${doing.error} />
    ${!seen && html`<p>${t('import.text')}</p><div class="actions">${pick}<span role="status">${doing.busy ? t('loading') : ''}</span></div>
      ${letters}`}
    ${seen && html`<p class="muted">${file.name}</p>${!seen.unread && html`<Banner tone=${seen.refused ? 'warn' : 'ok'} title=${t('import.found', { n: seen.rows.length })}>${t('contacts.import.found', { fresh: seen.new, changed: seen.changed, same: seen.same, skipped: seen.skipped, refused: seen.refused })}<//>`}
      ${seen.columns.length > 0 && html`<details open=${Boolean(way.columns) || !seen.columns.some((c) => c.field === 'address')}><summary>${t('import.columns')}</summary><p class="hint">${t('import.columns.hint')}</p><div class="two">${seen.columns.map((c, i) => html`<Choice key=${c.column} id="column-${i}" label=${c.column} value=${c.field || ''} onChange=${(field) => map(c.column, field)} options=${[['', t('import.skip')], ...FIELDS.map((f) => [f, t(`import.field.${f}`)])]} />`)}</div></details>`}
      ${letters}
      <Chips label=${t('list.filter')} value=${show} onChange=${setShow} options=${[['', t('list.all'), seen.rows.length], ...['refused', 'new', 'changed', 'same', 'skipped'].filter((k) => k !== 'skipped' || seen.skipped).map((k) => [k, t(`import.${k}`), seen[k]])]} />
      <table class="stack"><thead><tr><th>${t('import.row')}</th><th>${t('doc.email')}</th><th>${t('import.becomes')}</th></tr></thead><tbody>${rows.slice(0, MOST).map((r) => html`<tr key=${r.row}><td>${r.row}</td><td>${r.address || '–'}</td><td><State of=${looks[r.outcome]} word=${t(`import.${r.outcome}`)} />${r.problem && html`<br /><span class="muted">${r.problem}</span>`}</td></tr>`)}</tbody></table>
      ${rows.length > MOST && html`<p class="muted">${t('import.more', { n: rows.length - MOST })}</p>`}
      <div class="bar">${good > 0 ? html`<Button kind="main" busy=${doing.busy} onClick=${take}>${doing.busy === 'take' ? t('saving') : t('import.do', { n: good })}<//>` : html`<span>${t('import.nothing')}</span>`}${pick}<Link href="/contacts">${t('cancel')}<//></div>`}`;
}

// Writing a mail and sending a document: what goes out stands beside the form before it does.

import { html, t, useState, useEffect, useRef, useApp, useData, useGuard, query, go, get, post, ask, poll, change, base64, enc, bytes, uid, clock, announce } from '../lib/core.js';
import { Title, Button, Banner, Problems, Text, Choice, Tick, Icon, Loading, Ask, useDoing } from '../lib/ui.js';
import { Recipients, looksRight, addressOf } from '../lib/recipients.js';
import { Pdf } from '../lib/preview.js';

/** More than this is not kept as a draft; it is sent all the same. */
const LARGEST_DRAFT = 4.5e6;

const blank = { to: [], cc: [], bcc: [], reply_to: [], subject: '', text: '', individually: false, send_after: '', account: '' };

function requestOf(mail, document, files) {
  const m = { to: mail.to };
  for (const key of ['cc', 'bcc', 'reply_to']) if (mail[key].length) m[key] = mail[key];
  for (const key of ['subject', 'text', 'send_after', 'account']) if (mail[key]) m[key] = mail[key];
  if (mail.individually) m.individually = true;
  return { mail: m, ...(document ? { document } : {}), ...(files.length ? { attachments: files.map(({ name, content }) => ({ name, content })) } : {}) };
}

/** What leaves, as the program that sends it sees it. */
function Preview({ request, paper }) {
  const [got, setGot] = useState({ data: null, error: null });
  const body = JSON.stringify(request);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => post('/mails/preview', request, { signal: stop.signal }).then((data) => setGot({ data, error: null }), (error) => {
      if (error.name !== 'AbortError') setGot({ data: null, error });
    }), 400);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body]);
  const first = got.data && got.data.messages[0];
  const header = (name) => {
    if (!first) return '';
    const match = first.header.replace(/\r?\n[ \t]+/g, ' ').match(new RegExp(`^${name}: (.*)$`, 'im'));
    return match ? decoded(match[1].trim()) : '';
  };
  return html`<section class="side" aria-label=${t('compose.preview')}>
    ${got.error ? html`<p class="muted">${request.mail.to.length ? got.error.message : t('compose.preview.empty')}</p>` : !got.data ? html`<${Loading} />` : html`<div>
      ${got.data.warnings.map((w) => html`<${Banner} key=${w.key} tone="warn" title=${w.says} />`)}
      <dl class="facts"><dt>${t('compose.from')}</dt><dd>${header('From')}</dd><dt>${t('compose.subject')}</dt><dd><strong>${header('Subject')}</strong></dd></dl>
      <h3>${t('compose.sees')}</h3><ul>${got.data.messages.flatMap((m) => m.recipients).slice(0, 8).map((r) => html`<li key=${r.address + r.role}>${r.sees.length === 0 || (r.sees.length === 1 && r.sees[0].toLowerCase().includes(r.address.toLowerCase())) ? t('compose.sees.alone', { who: r.address }) : t('compose.sees.others', { who: r.address, others: r.sees.join(', ') })}</li>`)}</ul>
      <pre>${first.text}</pre>
      ${first.attachments.length > 0 && html`<p><${Icon} name="clip" /> ${first.attachments.map((a) => `${a.name} (${bytes(a.size)})`).join(', ')}</p>`}
    </div>`}
    ${paper && html`<${Pdf} url="/documents/${paper.kind}/${enc(paper.number)}/pdf" title=${paper.number} />`}</section>`;
}
/** A header line with its encoded words read (RFC 2047). */
function decoded(text) {
  return text.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, body) => {
    const raw = kind.toLowerCase() === 'b' ? atob(body) : body.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (__, hex) => String.fromCharCode(parseInt(hex, 16)));
    return new TextDecoder().decode(Uint8Array.from(raw, (c) => c.charCodeAt(0)));
  });
}

function later(hours, minute = 0) {
  const d = new Date();
  d.setHours(hours, minute, 0, 0);
  if (d < new Date()) d.setDate(d.getDate() + 1);
  return local(d);
}
const local = (d) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}T${String(d.getHours()).padStart(2, '0')}:${String(d.getMinutes()).padStart(2, '0')}`;

export function Compose({ parts }) {
  const app = useApp();
  const ask0 = query();
  const [mail, setMail] = useState(null);
  const [draft, setDraft] = useState(parts[0] ? { id: parts[0], tag: '' } : null);
  const [paper, setPaper] = useState(null);
  const [files, setFiles] = useState([]);
  const [more, setMore] = useState({ cc: false, bcc: false, reply_to: false });
  const [check, setCheck] = useState(null);
  const [kept, setKept] = useState('');
  const [conflict, setConflict] = useState(false);
  const [dirty, setDirty] = useState(false);
  const [shown, setShown] = useState(matchMedia('(min-width: 900px)').matches);
  const settings = useData('/settings', ['settings']);
  const accounts = useData('/accounts', ['accounts']);
  const doing = useDoing();
  const timer = useRef(0);
  const clientRef = useRef(uid());
  const latest = useRef({});
  latest.current = { mail, paper, files, draft };

  useEffect(() => {
    (async () => {
      if (parts[0]) {
        const { data, tag } = await ask('GET', `/drafts/${enc(parts[0])}`);
        const { mail: m, document, attachments } = data.content;
        setDraft({ id: data.id, tag });
        setMail({ ...blank, ...m });
        setMore({ cc: (m.cc || []).length > 0, bcc: (m.bcc || []).length > 0, reply_to: (m.reply_to || []).length > 0 });
        setFiles((attachments || []).map((f) => ({ ...f, size: Math.floor(f.content.length * 0.75) })));
        if (document) {
          const page = await get(`/documents?q=${enc(document)}&limit=20`);
          setPaper(page.items.find((d) => d.number === document) || { kind: 'invoice', number: document });
        }
        return;
      }
      const doc = ask0.get('doc');
      const start = { ...blank, to: ask0.get('to') ? [ask0.get('to')] : [] };
      if (!doc) return setMail(start);
      const [kind, ...rest] = doc.split('/');
      const number = rest.join('/');
      const found = await get(`/documents/${kind}/${enc(number)}`);
      setPaper(found);
      const buyer = found.content.buyer || {};
      if (!start.to.length && buyer.email) start.to = [buyer.email];
      try {
        const look = await post('/mails/preview', { mail: { to: start.to.length ? start.to : ['nobody@example.com'] }, document: number });
        const header = look.messages[0].header.replace(/\r?\n[ \t]+/g, ' ').match(/^Subject: (.*)$/im);
        start.subject = header ? decoded(header[1].trim()) : '';
        start.text = look.messages[0].text || '';
      } catch {
        // The template's words are used when nothing else is written.
      }
      setMail(start);
    })().catch((error) => doing.setError(error));
  }, []);

  const settle = async () => {
    const now = latest.current;
    if (!now.mail) return null;
    const body = requestOf(now.mail, now.paper && now.paper.number, now.files);
    if (JSON.stringify(body).length > LARGEST_DRAFT) return null;
    const answer = now.draft ? await ask('PUT', `/drafts/${now.draft.id}`, body, { tag: now.draft.tag }) : await ask('POST', '/drafts', body);
    const next = { id: answer.data.id, tag: answer.tag };
    if (!now.draft) history.replaceState({}, '', `/mail/${next.id}/edit`);
    setDraft(next);
    latest.current.draft = next;
    setKept(new Date().toISOString());
    setDirty(false);
    return next;
  };
  const saving = useRef(Promise.resolve());
  // One after the other: two saves at once would be a conflict with oneself.
  const save = () => {
    clearTimeout(timer.current);
    saving.current = saving.current.catch(() => null).then(settle);
    return saving.current;
  };
  const set = (part) => {
    setMail((m) => ({ ...m, ...part }));
    touched();
  };
  const touched = () => {
    setDirty(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => save().catch((error) => {
      if (error.key === 'stale') setConflict(true);
    }), 2000);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useGuard(dirty, t('unsaved'));

  if (!mail) return doing.error ? html`<${Title}>${t('nav.new')}<//><${Problems} error=${doing.error} />` : html`<${Loading} />`;

  const setting = (key) => (settings.data || []).find((s) => s.key === key);
  const all = [...mail.to, ...mail.cc, ...mail.bcc];
  const visible = mail.to.length + mail.cc.length;
  const blind = setting('blind_copy_multiple') ? setting('blind_copy_multiple').value === 'true' : true;
  const account = (accounts.data || []).find((a) => a.name === (mail.account || 'default')) || (accounts.data || [])[0];
  const copies = setting('auto_bcc') && setting('auto_bcc').value ? setting('auto_bcc').value.split(',').map((s) => s.trim()) : [];
  const fault = (field, sentence) => doing.setError({ message: sentence, field, status: 422 });

  const reasons = () => {
    const found = [];
    if (all.length > 20) found.push(t('check.crowd', { n: all.length }));
    if (!mail.subject.trim() && !paper) found.push(t('check.subject'));
    if (/\b(attach|enclosed|anbei|anhang|angehängt|ci-joint|allegat|adjunt|bijlage|załącz)/i.test(mail.text) && !paper && !files.length) found.push(t('check.attachment'));
    return found;
  };
  const send = (checked) => {
    if (!all.length) return fault('to', t('compose.needto'));
    const wrong = all.find((one) => !looksRight(addressOf(one)));
    if (wrong) return fault(mail.to.includes(wrong) ? 'to' : mail.cc.includes(wrong) ? 'cc' : 'bcc', t('compose.badto', { address: wrong }));
    const found = reasons();
    if (!checked && found.length) return setCheck(found);
    setCheck(null);
    return doing.run('send', async () => {
      const held = await save();
      const body = requestOf(mail, paper && paper.number, files);
      const sent = held ? await post(`/drafts/${held.id}/send`, {}, { tag: held.tag }) : await post('/mails', { ...body, client_ref: clientRef.current });
      setDirty(false);
      change({ leaving: { id: sent.id, until: sent.next_at, kept: sent.state === 'held', count: all.length } });
      poll();
      go(paper ? `/docs/${paper.kind}/${enc(paper.number)}` : '/outbox', { force: true });
    });
  };
  const addFiles = async (picked) => {
    const next = [...files];
    for (const file of picked) next.push({ name: file.name, size: file.size, content: await base64(file) });
    if (next.reduce((sum, f) => sum + f.size, 0) > 36 * 1024 * 1024) return fault('attachments', t('compose.toobig'));
    setFiles(next);
    touched();
    return undefined;
  };
  const rows = [['cc', t('compose.cc')], ['bcc', t('compose.bcc')], ['reply_to', t('compose.replyto')]];
  return html`<${Title} note=${kept && html`<span role="status">${t('compose.kept', { time: clock(kept) })}</span>`}>${paper ? t('compose.senddoc', { number: paper.number }) : t('nav.new')}<//>
    <${Problems} error=${doing.error} fields=${{ to: 'to', cc: 'cc', bcc: 'bcc', reply_to: 'reply_to', subject: 'subject', text: 'text', send_after: 'send_after', attachments: 'files' }} />
    ${conflict && html`<${Banner} tone="warn" title=${t('compose.conflict')} actions=${html`<${Button} onClick=${() => location.reload()}>${t('compose.conflict.theirs')}<//><${Button} onClick=${async () => { const { tag } = await ask('GET', `/drafts/${draft.id}`); latest.current.draft = { ...draft, tag }; setDraft({ ...draft, tag }); setConflict(false); await save(); }}>${t('compose.conflict.mine')}<//>`} />`}
    ${app.status && !app.status.accounts.length && html`<${Banner} tone="warn" title=${t('status.notsetup')} actions=${html`<a class="button" href="/setup">${t('status.setup')}</a>`} />`}
    <div class="panes"><form onSubmit=${(e) => e.preventDefault()}>
      <p>${t('compose.from')}: <strong>${account ? account.from : t('compose.noaccount')}</strong></p>
      <${Recipients} id="to" label=${t('compose.to')} value=${mail.to} error=${doing.error} onChange=${(to) => set({ to })} />
      ${rows.map(([key, word]) => more[key] && html`<${Recipients} key=${key} id=${key} label=${word} value=${mail[key]} error=${doing.error} onChange=${(v) => set({ [key]: v })} />`)}
      <div class="row">${rows.map(([key, word]) => !more[key] && html`<${Button} key=${key} onClick=${() => { setMore({ ...more, [key]: true }); requestAnimationFrame(() => document.getElementById(key).focus()); }}>+ ${word}<//>`)}</div>
      ${copies.length > 0 && html`<p class="muted">${t('compose.copies', { who: copies.join(', ') })}</p>`}
      ${visible >= 2 && (blind || mail.individually ? html`<${Banner} title=${mail.individually ? t('compose.each', { n: all.length }) : t('compose.blind', { n: all.length })} />` : html`<${Banner} tone="warn" title=${t('compose.public', { n: visible })} actions=${html`<${Button} onClick=${() => { setMore({ ...more, bcc: true }); set({ to: [], cc: [], bcc: all }); }}>${t('compose.usebcc')}<//>`} />`)}
      ${all.length >= 2 && html`<${Tick} label=${t('compose.individually')} checked=${mail.individually} onChange=${(individually) => set({ individually })} />`}
      ${(accounts.data || []).length > 1 && html`<${Choice} id="account" label=${t('mail.account')} value=${mail.account || 'default'} onChange=${(v) => set({ account: v })} options=${accounts.data.map((a) => [a.name, `${a.name}: ${a.from}`])} />`}
      <${Text} id="subject" label=${t('compose.subject')} value=${mail.subject} error=${doing.error} onInput=${(subject) => set({ subject })} maxlength="500" enterkeyhint="next" />
      <${Text} id="text" label=${t('compose.text')} value=${mail.text} error=${doing.error} rows="9" onInput=${(text) => set({ text })} />
      <div class="field"><span class="label">${t('compose.files')}</span><ul class="list">${paper && html`<li style="grid-template-columns:auto 1fr auto"><${Icon} name="doc" /><span>${paper.number}.pdf</span><${Button} kind="quiet" aria-label=${t('compose.without', { name: paper.number })} onClick=${() => { setPaper(null); touched(); }}>×<//></li>`}${files.map((f, i) => html`<li key=${f.name + i} style="grid-template-columns:auto 1fr auto"><${Icon} name="clip" /><span>${f.name} <span class="muted">${bytes(f.size)}</span></span><${Button} kind="quiet" aria-label=${t('compose.without', { name: f.name })} onClick=${() => { setFiles(files.filter((_, j) => j !== i)); touched(); }}>×<//></li>`)}</ul>
        <label class="button"><${Icon} name="clip" />${t('compose.addfile')}<input id="files" class="hidden" type="file" multiple onChange=${(e) => { addFiles([...e.target.files]); e.target.value = ''; }} /></label></div>
      <details><summary>${t('compose.later')}</summary><div class="row"><${Button} onClick=${() => set({ send_after: later(18) })}>${t('compose.at18')}<//><${Button} onClick=${() => set({ send_after: later(8) })}>${t('compose.at8')}<//>${mail.send_after && html`<${Button} onClick=${() => set({ send_after: '' })}>${t('compose.notlater')}<//>`}</div>
        <${Text} id="send_after" label=${t('compose.when')} class="medium" type="datetime-local" value=${mail.send_after.slice(0, 16)} error=${doing.error} onInput=${(send_after) => set({ send_after })} /></details>
    </form>${shown && html`<${Preview} request=${requestOf(mail, paper && paper.number, files)} paper=${paper} />`}</div>
    <div class="bar"><${Button} kind="main" icon="send" busy=${doing.busy} data-key="send" title="Ctrl+Enter" onClick=${() => send(false)}>${doing.busy === 'send' ? t('saving') : mail.send_after ? t('compose.sendlater') : t('send')}<//>
      <${Button} data-key="save" onClick=${() => doing.run('draft', save)}>${t('compose.savedraft')}<//><${Button} data-key="preview" aria-pressed=${shown ? 'true' : 'false'} onClick=${() => setShown(!shown)}>${t('compose.preview')} <small class="muted">F9</small><//>
      ${draft && html`<${Button} kind="danger" onClick=${() => doing.run('drop', async () => { clearTimeout(timer.current); await ask('DELETE', `/drafts/${draft.id}`); setDirty(false); announce(t('compose.dropped')); go('/outbox?show=drafts', { force: true }); })}>${t('compose.drop')}<//>`}</div>
    ${check && html`<${Ask} title=${t('check.title')} yes=${t('check.send', { n: all.length })} no=${t('back')} onNo=${() => setCheck(null)} onYes=${() => send(true)}><ul>${check.map((r) => html`<li>${r}</li>`)}</ul><dl class="facts"><dt>${t('compose.to')}</dt><dd>${all.join(', ')}</dd><dt>${t('compose.subject')}</dt><dd>${mail.subject}</dd></dl><//>`}`;
}

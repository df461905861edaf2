// Writing a mail and sending a document: what goes out stands beside the form before it does.

import { html, t, useState, useEffect, useRef, useApp, useData, useGuard, query, go, get, post, ask, poll, change, base64, enc, bytes, uid, clock, announce, isOwner, onScan, locale, LANGUAGES } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { Recipients, looksRight, addressOf } from '../lib/recipients.js';
import { later } from '../lib/times.js';
import { focusOn } from '../lib/form.js';
import { isPicture, lighter } from '../lib/photos.js';
import { blank, requestOf, useSight, headerOf, handOver, Preview, Sees } from '../lib/outgoing.js';

/** More than this is not kept as a draft; it is sent all the same. */
const LARGEST_DRAFT = 12e6;
/** More than this, all files together, Tillpost puts into no mail. */
const LARGEST_FILES = 36 * 1024 * 1024;
/** With more recipients than these a person looks once more. */
const CROWD = 20;

/** A paper as a request names it: its number alone may be that of another kind too. */
const calledOf = (paper) => (paper ? `${paper.kind}/${paper.number}` : undefined);

/** Subject and text of a mail as its fields have them: those of the template that is named or used by itself, filled from its paper. */
async function wordsFor(document, to, given = {}) {
  const { messages } = await post('/mails/preview', { mail: { to: to.length ? to : ['nobody@example.com'], ...given }, document });
  return { subject: headerOf(messages[0], 'Subject'), text: (messages[0].text || '').replace(/\r\n/g, '\n') };
}

/** What a mail starts with: a draft, a paper, or an address. */
async function beginning(parts, asked) {
  if (parts[0]) {
    const { data, tag } = await ask('GET', `/drafts/${enc(parts[0])}`);
    const { mail, document, attachments } = data.content;
    const files = (attachments || []).map((f) => ({ ...f, size: Math.floor(f.content.length * 0.75) }));
    let paper = null;
    if (document) {
      const [kind, ...rest] = document.split('/');
      const number = rest.join('/');
      const page = await get(`/documents?q=${enc(number || document)}&limit=20`);
      paper = page.items.find((d) => (d.number === number && d.kind === kind) || d.number === document) || { kind: 'invoice', number: document };
    }
    return { draft: { id: data.id, tag }, mail: { ...blank, ...mail }, files, paper };
  }
  const mail = { ...blank, to: asked.get('to') ? [asked.get('to')] : [] };
  const named = asked.get('doc');
  if (!named) return { draft: null, mail, files: [], paper: null };
  const [kind, ...rest] = named.split('/');
  const number = rest.join('/');
  const paper = await get(`/documents/${kind}/${enc(number)}`);
  const buyer = paper.content.buyer || {};
  if (!mail.to.length && buyer.email) mail.to = [buyer.email];
  // The template's words are used when nothing else is written.
  Object.assign(mail, await wordsFor(named, mail.to).catch(() => null));
  return { draft: null, mail, files: [], paper };
}

/** Who the mail is from: the account's own sender, or one it may write as. */
function From({ account, value, onChange, any, error }) {
  const senders = useData(account ? `/accounts/${enc(account.name)}/senders` : null, ['accounts']);
  const [free, setFree] = useState(false);
  const fixed = (who, more) => html`<div class="from"><span><span class="muted">${t('compose.from')}</span> ${who}</span>${more}</div>`;
  if (!account) return fixed(t('compose.noaccount'));
  const others = (senders.data || []).map((s) => s.from).filter((from) => from !== account.from);
  const listed = [account.from, ...others];
  const other = free || (value && !listed.includes(value));
  if (!others.length && !other) return fixed(account.from, any && html`<Button kind="quiet" aria-label=${t('check.change', { what: t('compose.from') })} onClick=${() => { setFree(true); focusOn('from-choice'); }}>${t('change')}<//>`);
  return html`<Choice id="from-choice" label=${t('compose.from')} value=${other ? '?' : value || account.from} onChange=${(v) => { setFree(v === '?'); onChange(v === '?' || v === account.from ? '' : v); }} options=${[...listed.map((from) => [from, from]), ...(any ? [['?', t('compose.otherfrom')]] : [])]} />
    ${other && html`<Text id="from" label=${t('compose.fromother')} hint=${t('compose.fromother.hint')} value=${value} error=${error} inputmode="email" spellcheck="false" onInput=${onChange} />`}`;
}

/** The fields of the paper that can stand in a mail, put where the cursor was. */
function Fields({ onPick }) {
  const names = useData('/templates/placeholders');
  if (!names.data) return null;
  return html`<Choice id="insert" class="medium" label=${t('compose.insert')} value="" onChange=${(v) => v && onPick(v)} options=${[['', t('compose.insert.choose')], ...names.data.map((p) => [p.name, `${p.name} – ${p.says}`])]} />`;
}

/** Other words for the mail: those of a template that is offered for its paper, or for mails without one. */
function Template({ paper, to, doing, onPick }) {
  const all = useData('/templates', ['settings']);
  if (!all.data) return null;
  const fit = all.data.filter((x) => x.use_for.includes(paper ? paper.kind : 'mail'));
  if (!fit.length) return null;
  const pick = (name) => doing.run('template', async () => {
    const { template, language } = fit[name];
    onPick({ ...(await wordsFor(calledOf(paper), to, { template, language })), html: '' });
    announce(t('compose.template.done'));
  });
  return html`<Choice id="template" class="medium" label=${t('compose.template')} value="" onChange=${(name) => name && pick(name)} options=${[['', t('compose.template.choose')], ...fit.map((x, i) => [String(i), `${x.kind ? t(`kind.${x.kind}`) : x.template} – ${LANGUAGES[x.language.slice(0, 2)] || x.language}`])]} />`;
}

const sum = (sizes) => sizes.reduce((all, size) => all + size, 0);

/** Two sizes as people read them, to the tenth of a megabyte where they would look the same. */
function sizes(most, used) {
  const tenth = (n) => `${new Intl.NumberFormat(locale()).format(n / 10)} MB`;
  return bytes(most) === bytes(used) ? { most: tenth(Math.floor(most / 1e5)), used: tenth(Math.ceil(used / 1e5)) } : { most: bytes(most), used: bytes(used) };
}

/** Why the mail is too large, and whether that keeps it from leaving: a provider's own pages may be wrong. */
function tooLarge(files, { data, error }) {
  const used = sum(files.map((f) => f.size));
  if (used > LARGEST_FILES) return { title: t('compose.over.files', sizes(LARGEST_FILES, used)), stops: true };
  if (error && error.field === 'attachments') return { title: error.message, stops: true };
  const { size } = data || {};
  return size && size.most && size.used > size.most ? { title: t('compose.over', sizes(size.most, size.used)), stops: size.from === 'server' } : null;
}

/** What can be done about files that are too large, and what was done. */
function Size({ over, files, busy, onSmaller, onFiles }) {
  const [none, setNone] = useState(null);
  const made = files.filter((f) => f.was);
  const largest = files.reduce((a, b) => (b.size > a.size ? b : a), files[0]);
  return html`${over && html`<Banner tone="warn" role="status" title=${over.title} actions=${largest && html`${files.some(isPicture) && html`<Button busy=${busy} onClick=${async () => setNone((await onSmaller()) ? null : files)}>${busy === 'smaller' ? t('photos.busy') : t('compose.smaller')}<//>`}<Button onClick=${() => onFiles(files.filter((f) => f !== largest))}>${t('compose.without', { name: largest.name })}<//>`}>${none === files && t('compose.smaller.none')}<//>`}
    ${made.length > 0 && html`<Banner tone="ok" role="status" title=${t('compose.smaller.done', { from: bytes(sum(made.map((f) => f.was.size))), to: bytes(sum(made.map((f) => f.size))) })} actions=${html`<Button id="smaller-undo" onClick=${() => onFiles(files.map((f) => f.was || f))}>${t('undo')}<//>`} />`}`;
}

function Files({ paper, files, onPaper, onFiles, onAdd }) {
  const row = (key, icon, words, name, onClick) => html`<li key=${key}><Icon name=${icon} /><span>${words}</span><Button kind="quiet" aria-label=${t('compose.without', { name })} onClick=${onClick}>×<//></li>`;
  return html`<div class="field"><span class="label">${t('compose.files')}</span><ul class="list attached">${paper && row('', 'doc', `${paper.number}.pdf`, paper.number, onPaper)}${files.map((f, i) => row(f.name + i, 'clip', html`${f.name} <span class="muted">${bytes(f.size)}</span>`, f.name, () => onFiles(files.filter((one) => one !== f))))}</ul>
    <label class="button"><Icon name="clip" />${t('compose.addfile')}<input id="files" class="hidden" type="file" multiple onChange=${(e) => { onAdd([...e.target.files]); e.target.value = ''; }} /></label></div>`;
}

/** The last look before sending: everything that leaves, and why this page came. */
function Check({ mail, copy, account, paper, files, sight, reasons, busy, error, onSend, onBack }) {
  const all = [...mail.to, ...mail.cc, ...mail.bcc];
  const row = (word, value, field) => html`<dt>${word}</dt><dd><span>${value}</span><Button aria-label=${t('check.change', { what: word })} onClick=${() => onBack(field)}>${t('change')}<//></dd>`;
  const list = (texts) => html`<ul class="plain">${texts.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`;
  const names = [...(paper ? [`${paper.number}.pdf`] : []), ...files.map((f) => `${f.name} (${bytes(f.size)})`)];
  return html`<Title>${t('check.title')}<//><Problems error=${error} />
    ${reasons.map((reason) => html`<Banner key=${reason} tone="warn" title=${reason} />`)}
    <dl class="facts check">${row(t('compose.from'), mail.from || (account ? account.from : t('compose.noaccount')), account ? 'from-choice' : 'to')}
      ${row(t('compose.to'), mail.to.length ? list(mail.to) : t('mail.nobody'), 'to')}${mail.cc.length > 0 && row(t('compose.cc'), list(mail.cc), 'cc')}${(mail.bcc.length > 0 || copy) && row(t('compose.bcc'), list([...(copy ? [`${t('chips.you')}: ${copy.who}`] : []), ...mail.bcc]), 'bcc')}
      ${row(t('compose.subject'), mail.subject || t('mail.nosubject'), 'subject')}${row(t('compose.files'), names.length ? list(names) : t('check.nofiles'), 'files')}</dl>
    ${sight.data && html`<${Sees} messages=${sight.data.messages} />`}
    ${sight.data && html`<div class="words">${sight.data.messages[0].text}</div>`}
    <div class="bar"><Button kind="main" icon="send" busy=${busy} data-key="send" onClick=${onSend}>${t('check.send', { n: all.length })}<//><Button onClick=${() => onBack('subject')}>${t('back')}<//></div>`;
}

export function Compose({ parts }) {
  const app = useApp();
  const asked = query();
  const [mail, setMail] = useState(null);
  const [draft, setDraft] = useState(parts[0] ? { id: parts[0], tag: '' } : null);
  const [paper, setPaper] = useState(null);
  const [files, setFiles] = useState([]);
  const [more, setMore] = useState({ cc: false, bcc: false, reply_to: false });
  const [check, setCheck] = useState(null);
  const [kept, setKept] = useState('');
  const [conflict, setConflict] = useState(false);
  const [dirty, setDirty] = useState(false);
  const [scanned, setScanned] = useState(null);
  const [dropping, setDropping] = useState(false);
  const [shown, setShown] = useState(matchMedia('(min-width: 900px)').matches);
  const settings = useData('/settings', ['settings']);
  const accounts = useData('/accounts', ['accounts']);
  const doing = useDoing();
  const timer = useRef(0);
  const caret = useRef({ id: 'text', at: null });
  const clientRef = useRef(uid());
  const latest = useRef({});
  latest.current = { mail, paper, files, draft };
  const request = requestOf(mail || blank, calledOf(paper), files);
  const sight = useSight(request, sum(files.map((f) => f.size)) <= LARGEST_FILES);

  useEffect(() => {
    beginning(parts, asked).then((start) => {
      setDraft(start.draft);
      setFiles(start.files);
      setPaper(start.paper);
      setMore({ cc: start.mail.cc.length > 0, bcc: start.mail.bcc.length > 0, reply_to: start.mail.reply_to.length > 0 });
      setMail(start.mail);
    }).catch((error) => doing.setError(error));
  }, []);
  // A paper scanned while a mail is half written is attached only when its writer says so.
  useEffect(() => {
    onScan.current = dirty ? (found) => setScanned(found) : null;
    return () => {
      onScan.current = null;
    };
  }, [dirty]);

  const settle = async () => {
    const now = latest.current;
    if (!now.mail) return null;
    if (sum(now.files.map((f) => f.content.length)) > LARGEST_DRAFT) return setKept(''), null;
    const body = requestOf(now.mail, calledOf(now.paper), now.files);
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
    saving.current.catch((error) => error.key === 'stale' && setConflict(true));
    return saving.current;
  };
  const touched = () => {
    setDirty(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => save().catch(() => {}), 2000);
  };
  const set = (part) => {
    setMail((m) => ({ ...m, ...part }));
    touched();
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  // What could not be kept while nobody answered is kept when somebody does.
  useEffect(() => {
    if (!app.lost && dirty && mail) touched();
  }, [Boolean(app.lost)]);
  useGuard(dirty, t('unsaved'));

  if (!mail) return doing.error ? html`<Title>${t('nav.new')}<//><Problems error=${doing.error} />` : html`<Loading />`;

  const setting = (key, usual) => ((settings.data || []).find((s) => s.key === key) || { value: usual }).value;
  const all = [...mail.to, ...mail.cc, ...mail.bcc];
  const visible = mail.to.length + mail.cc.length;
  const blind = mail.blind_copy === null ? setting('blind_copy_multiple', 'true') === 'true' : mail.blind_copy;
  const byProgram = setting('send_with', 'account') === 'program';
  const account = (accounts.data || []).find((a) => a.name === (mail.account || 'default')) || (accounts.data || [])[0];
  const writer = setting('auto_bcc_self', '') === 'true' && (mail.from || (account && account.from));
  const copies = [...new Set([...setting('auto_bcc', '').split(',').map((s) => s.trim()), writer ? addressOf(writer) : ''].filter(Boolean))];
  const copy = copies.length > 0 && !mail.no_own_copy && { who: copies.join(', '), onDrop: () => { set({ no_own_copy: true }); focusOn('copy'); } };
  const over = tooLarge(files, sight);
  const unkept = sum(files.map((f) => f.content.length)) > LARGEST_DRAFT;
  const fault = (field, sentence) => void doing.setError({ message: sentence, field, status: 422 });

  const ready = () => {
    const left = [...document.querySelectorAll('.people-field input')].find((field) => field.value.trim());
    if (left) return fault(left.id, t('compose.badto', { address: left.value.trim() }));
    if (!all.length) return fault('to', t('compose.needto'));
    const wrong = all.find((one) => !looksRight(addressOf(one)));
    if (wrong) return fault(mail.to.includes(wrong) ? 'to' : mail.cc.includes(wrong) ? 'cc' : 'bcc', t('compose.badto', { address: wrong }));
    return true;
  };
  const reasons = (seen) => [
    all.length > CROWD && t('check.crowd', { n: all.length }),
    !mail.subject.trim() && !paper && t('check.subject'),
    ...(seen ? seen.warnings : []).filter((w) => w.key !== 'empty_subject').map((w) => w.says),
  ].filter(Boolean);
  const send = async (checked) => {
    if (over && over.stops) return fault('attachments', over.title);
    if (!ready()) return undefined;
    return doing.run('send', async () => {
      // The last key may be younger than what is shown beside the form.
      const found = checked ? [] : reasons(await sight.now().catch(() => sight.data));
      // Beside the form the mail was seen already; where it was not, it is seen now.
      const unseen = setting('confirm_before_sending', 'true') === 'true' && !shown;
      if (!checked && (found.length || unseen)) return setCheck(found);
      const held = await save();
      const sent = held ? await post(`/drafts/${held.id}/send?confirmed=true`, {}, { tag: held.tag }) : await post('/mails?confirmed=true', { ...request, client_ref: clientRef.current });
      // What is too large to be kept was a draft before it grew.
      if (!held && latest.current.draft) await ask('DELETE', `/drafts/${latest.current.draft.id}`).catch(() => null);
      setDirty(false);
      change({ leaving: { id: sent.id, until: sent.next_at, kept: sent.state === 'held', count: all.length } });
      poll();
      return go(paper ? `/docs/${paper.kind}/${enc(paper.number)}` : '/outbox', { force: true });
    });
  };
  const waits = (part) => () => set({ send_after: '', hold: false, ...part });
  const laterItems = () => [
    [t('compose.at18'), waits({ send_after: later(18) })], [t('compose.at8'), waits({ send_after: later(8, 1) })],
    [t('compose.pick'), () => { waits({ send_after: later(8, 1) })(); focusOn('send_after'); }], [t('compose.hold'), waits({ hold: true })],
    ...(mail.send_after || mail.hold ? [[t('compose.notlater'), waits({})]] : []),
  ];
  const byHand = () => ready() && doing.run('hand', () => handOver(request));
  const keep = (next) => {
    setFiles(next);
    touched();
  };
  const addFiles = (picked) => Promise.all(picked.map(async (file) => ({ name: file.name, size: file.size, content: await base64(file) }))).then((made) => keep((now) => [...now, ...made]), (error) => fault('attachments', error.message));
  // Whether there was one that could be made smaller.
  const smaller = () => doing.run('smaller', async () => {
    const made = new Map();
    for (const file of files) made.set(file, await lighter(file));
    if (files.every((file) => made.get(file) === file)) return false;
    keep((now) => now.map((file) => made.get(file) || file));
    focusOn('smaller-undo');
    return true;
  });
  const attach = (found) => {
    setScanned(null);
    setPaper(found);
    touched();
  };
  const insert = (name) => {
    const { id, at } = caret.current;
    const key = id === 'subject' ? 'subject' : 'text';
    const place = at === null ? mail[key].length : Math.min(at, mail[key].length);
    const piece = `{{ ${name} }}`;
    set({ [key]: mail[key].slice(0, place) + piece + mail[key].slice(place), ...(key === 'text' ? { html: '' } : {}) });
    requestAnimationFrame(() => {
      const field = document.getElementById(key);
      field.focus();
      field.setSelectionRange(place + piece.length, place + piece.length);
    });
  };
  const marks = (id) => (e) => {
    caret.current = { id, at: e.target.selectionStart };
  };
  const back = (field) => {
    setCheck(null);
    focusOn(field, 'to');
  };
  if (check) return html`<${Check} key="check" ...${{ mail, copy, account, paper, files, sight, reasons: check, busy: doing.busy, error: doing.error }} onSend=${() => send(true)} onBack=${back} />`;

  const rows = [['cc', t('compose.cc')], ['bcc', t('compose.bcc')], ['reply_to', t('compose.replyto')]];
  const opened = (key) => more[key] || (key === 'bcc' && copy);
  const moves = (from) => (from === 'reply_to' ? [] : [['to', t('compose.to')], ...rows.slice(0, 2)]).filter(([key]) => key !== from).map(([key, word]) => [key, word, (one) => {
    setMore((m) => ({ ...m, [key]: true }));
    setMail((m) => ({ ...m, [key]: [...m[key], one] }));
  }]);
  const block = isOwner() ? (address) => post('/disabled', { pattern: address, reason: '' }).then(() => announce(t('chips.blocked', { who: address })), (error) => doing.setError(error)) : undefined;
  const people = (key, word) => html`<${Recipients} key=${key} id=${key} label=${word} value=${mail[key]} error=${doing.error} copy=${key === 'bcc' && copy} moves=${moves(key)} onBlock=${block} onChange=${(v) => set({ [key]: v })} />`;
  return html`<Title key="title" note=${(kept || unkept) && html`<span role="status">${kept ? t('compose.kept', { time: clock(kept) }) : t('compose.notkept')}</span>`}>${paper ? t('compose.senddoc', { number: paper.number }) : t('nav.new')}<//>
    <Problems error=${doing.error} fields=${{ to: 'to', cc: 'cc', bcc: 'bcc', reply_to: 'reply_to', from: 'from', subject: 'subject', text: 'text', send_after: 'send_after', attachments: 'files' }} />
    ${conflict && html`<Banner tone="warn" title=${t('compose.conflict')} actions=${html`<Button onClick=${() => location.reload()}>${t('compose.conflict.theirs')}<//><Button onClick=${async () => { const { tag } = await ask('GET', `/drafts/${draft.id}`); latest.current.draft = { ...draft, tag }; setDraft({ ...draft, tag }); setConflict(false); await save(); }}>${t('compose.conflict.mine')}<//>`} />`}
    ${app.status && !app.status.accounts.length && !byProgram && html`<Banner tone="warn" title=${t('status.notsetup')} actions=${html`<a class="button" href="/setup">${t('status.setup')}</a>`} />`}
    <div class="panes ${shown ? '' : 'one'}"><form onSubmit=${(e) => e.preventDefault()}>
      <${From} account=${account} value=${mail.from} any=${setting('sender_policy', 'any') === 'any'} error=${doing.error} onChange=${(from) => set({ from })} />
      ${people('to', t('compose.to'))}
      ${rows.map(([key, word]) => opened(key) && people(key, word))}
      <div class="row add">${rows.map(([key, word]) => !opened(key) && html`<Button key=${key} onClick=${() => { setMore({ ...more, [key]: true }); focusOn(key); }}>+ ${word}<//>`)}
        ${copies.length > 0 && mail.no_own_copy && html`<Button id="copy" onClick=${() => { set({ no_own_copy: false }); focusOn('bcc'); }}>+ ${t('chips.you')}<//>`}</div>
      ${visible >= 2 && (blind || mail.individually ? html`<Banner title=${mail.individually ? t('compose.each', { n: all.length }) : t('compose.blind', { n: all.length })} actions=${!mail.individually && html`<Button onClick=${() => set({ blind_copy: false })}>${t('compose.showall')}<//>`} />` : html`<Banner tone="warn" title=${t('compose.public', { n: visible })} actions=${html`<Button onClick=${() => set({ blind_copy: true })}>${t('compose.usebcc')}<//>`} />`)}
      ${all.length >= 2 && html`<Tick label=${t('compose.individually')} checked=${mail.individually} onChange=${(individually) => set({ individually })} />`}
      ${(accounts.data || []).length > 1 && html`<Choice id="account" label=${t('mail.account')} value=${mail.account || 'default'} onChange=${(v) => set({ account: v, from: '' })} options=${accounts.data.map((a) => [a.name, `${a.name}: ${a.from}`])} />`}
      <Text id="subject" label=${t('compose.subject')} value=${mail.subject} error=${doing.error} onInput=${(subject) => set({ subject })} onBlur=${marks('subject')} maxlength="500" enterkeyhint="next" />
      <Text id="text" label=${t('compose.text')} value=${mail.text} error=${doing.error} rows="9" onInput=${(text) => set({ text, html: '' })} onBlur=${marks('text')} />
      <div class="two"><${Template} paper=${paper} to=${mail.to} doing=${doing} onPick=${set} />${paper && html`<${Fields} onPick=${insert} />`}</div>
      <${Files} paper=${paper} files=${files} onPaper=${() => { setPaper(null); touched(); }} onFiles=${keep} onAdd=${addFiles} />
      <${Size} over=${over} files=${files} busy=${doing.busy} onSmaller=${smaller} onFiles=${keep} />
      ${(mail.send_after || mail.hold) && html`<div class="two">${mail.hold ? '' : html`<Text id="send_after" label=${t('compose.when')} type="datetime-local" value=${mail.send_after.slice(0, 16)} error=${doing.error} onInput=${(send_after) => set({ send_after })} />`}<Tick id="hold" label=${t('compose.hold')} checked=${mail.hold} onChange=${(hold) => set({ hold, send_after: '' })} /></div>`}
      <Tick id="read_receipt" label=${t('compose.receipt')} checked=${mail.read_receipt} onChange=${(read_receipt) => set({ read_receipt })} />
      ${!byProgram && html`<details><summary>${t('compose.otherway')}</summary><p class="muted">${t('compose.program.text')}</p><Button icon="mail" busy=${doing.busy} onClick=${byHand}>${t('compose.program')}<//></details>`}
    </form>${shown && html`<${Preview} sight=${sight} request=${request} paper=${paper} />`}</div>
    <div class="bar">${byProgram ? html`<Button kind="main" icon="mail" busy=${doing.busy} data-key="send" onClick=${byHand}>${t('compose.program')}<//>` : html`<Button kind="main" icon="send" busy=${doing.busy} data-key="send" title="Ctrl+Enter" onClick=${() => send(false)}>${doing.busy === 'send' ? t('saving') : mail.hold ? t('compose.sendkept') : mail.send_after ? t('compose.sendlater') : t('send')}<//><More word=${t('compose.later')} load=${laterItems} />`}
      <Button data-key="save" onClick=${() => doing.run('draft', save)}>${t('compose.savedraft')}<//><Button data-key="preview" aria-pressed=${shown ? 'true' : 'false'} onClick=${() => { setShown(!shown); requestAnimationFrame(() => { const side = document.querySelector('.side'); if (side && side.getBoundingClientRect().top > innerHeight / 2) side.scrollIntoView(); }); }}>${t('compose.preview')} <small class="muted">F9</small><//>
      ${draft && html`<Button kind="danger" class="far" onClick=${() => setDropping(true)}>${t('compose.drop')}<//>`}</div>
    ${dropping && html`<Ask title=${t('compose.drop')} yes=${t('compose.drop')} danger busy=${doing.busy} onNo=${() => setDropping(false)} onYes=${() => doing.run('drop', async () => { clearTimeout(timer.current); await ask('DELETE', `/drafts/${draft.id}`); setDirty(false); announce(t('compose.dropped')); go('/outbox?show=drafts', { force: true }); })}><p>${mail.subject || t('mail.nosubject')}</p><//>`}
    ${scanned && html`<Ask title=${t('scan.read', { code: scanned.code })} yes=${scanned.number ? t('scan.attach', { number: scanned.number }) : t('scan.search')} no=${t('scan.ignore')} onNo=${() => setScanned(null)} onYes=${() => (scanned.number ? attach(scanned) : go(`/docs?q=${enc(scanned.code)}`))}><p>${scanned.number ? t('scan.dirty') : t('scan.unknown')}${scanned.number && paper ? ` ${t('scan.instead', { number: paper.number })}` : ''}</p>${scanned.number && html`<Button onClick=${() => go(`/docs/${scanned.kind}/${enc(scanned.number)}`)}>${t('scan.open', { number: scanned.number })}<//>`}<//>`}`;
}

// Writing a mail and sending a document: what goes out stands beside the form before it does.

import { html, t, useState, useEffect, useRef, useApp, useData, useGuard, query, go, get, post, remove, ask, poll, change, base64, enc, bytes, uid, clock, announce, told, onScan, locale, LANGUAGES } from '../lib/core.js';
import { More, useDoing, isFinished, titleOf } from '../lib/ui.js';
import '../lib/inputs.js';
import { Recipients, looksRight, addressOf } from '../lib/recipients.js';
import { InsertField, useCaret } from '../lib/fields.js';
import { later, usualTimes } from '../lib/times.js';
import { PickFile, focusOn } from '../lib/form.js';
import { numbered } from '../lib/numbered.js';
import { isPicture, lighter } from '../lib/photos.js';
import { blank, calledOf, requestOf, useSight, handOver, Preview, Sees } from '../lib/outgoing.js';

/** With more than this, all files together, a mail is not kept as a draft; it is sent all the same. */
const LARGEST_DRAFT = 9e6;
/** More than this Tillpost puts into no mail. */
const LARGEST_FILES = 36 * 1024 * 1024;
/** With more recipients than these a person looks once more. */
const CROWD = 20;

const pathOf = ({ kind, number }) => `${kind}/${enc(number)}`;
/** The paper that a request names; programs may say its number alone. */
async function paperOf(named) {
  const [kind, ...rest] = named.split('/');
  if (rest.length) return get(`/documents/${pathOf({ kind, number: rest.join('/') })}`);
  return numbered(named);
}

/** Subject and text of a mail as its fields have them: those of the template that is named or used by itself, filled from its paper. */
async function wordsFor(document, to, given = {}) {
  const { messages } = await post('/mails/preview', { mail: { to: to.length ? to : ['nobody@example.com'], ...given }, document });
  const { subject, text } = messages[0];
  return { subject, text: (text || '').replace(/\r\n/g, '\n') };
}

/** What a mail starts with: a draft, a paper, or an address. */
async function beginning(id, asked) {
  if (id) {
    const { data, tag } = await ask('GET', `/drafts/${enc(id)}`);
    const { mail, document, attachments } = data.content;
    const files = (attachments || []).map((f) => ({ ...f, size: Math.floor(f.content.length * 0.75) }));
    const paper = document && ((await paperOf(document).catch(() => null)) || { number: document });
    return { draft: { id: data.id, tag }, mail: { ...blank, ...mail, files, paper } };
  }
  const named = asked.get('doc');
  const paper = named && await paperOf(named);
  const to = [asked.get('to') || (paper && paper.content.buyer || {}).email].filter(Boolean);
  // The template's words are used when nothing else is written.
  return { mail: { ...blank, to, paper, ...(named && await wordsFor(named, to).catch(() => null)) } };
}

/** Who the mail is from: the account's own sender, or one it may write as. */
function From({ account, value, onChange, any, error }) {
  const senders = useData(account ? `/accounts/${enc(account.name)}/senders` : null, ['accounts']);
  const [free, setFree] = useState(false);
  const fixed = (who, more) => html`<div class="from"><span><span class="muted">${t('compose.from')}</span> ${who}</span>${more}</div>`;
  if (!account) return fixed(t('compose.noaccount'));
  const own = account.from;
  const listed = [...new Set([own, ...(senders.data || []).map((s) => s.from)])];
  const other = free || (value && !listed.includes(value));
  if (!listed[1] && !other) return fixed(own, any && html`<Button kind="quiet" aria-label=${t('check.change', { what: t('compose.from') })} onClick=${() => { setFree(true); focusOn('from-choice'); }}>${t('change')}<//>`);
  return html`<Choice id="from-choice" label=${t('compose.from')} value=${other ? '?' : value || own} onChange=${(v) => { setFree(v === '?'); onChange(v === '?' || v === own ? '' : v); }} options=${[...listed.map((from) => [from, from]), ...(any ? [['?', t('compose.otherfrom')]] : [])]} />
    ${other && html`<Text id="from" label=${t('compose.fromother')} hint=${t('compose.fromother.hint')} value=${value} error=${error} inputmode="email" spellcheck="false" onInput=${onChange} />`}`;
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

const sum = (files) => files.reduce((all, { size }) => all + size, 0);

/** Two sizes to the tenth of a megabyte, so that they do not look the same. */
const sizes = (most, used) => {
  const tenths = (n) => `${new Intl.NumberFormat(locale()).format(n / 10)} MB`;
  return { most: tenths(Math.floor(most / 1e5)), used: tenths(Math.ceil(used / 1e5)) };
};

/** Why the mail is too large, and whether that keeps it from leaving: a provider's own pages may be wrong. */
function tooLarge(files, { data, error }) {
  const used = sum(files);
  if (used > LARGEST_FILES) return { title: t('compose.over.files', sizes(LARGEST_FILES, used)), stops: true };
  if (error && error.field === 'attachments') return { title: error.message, stops: true };
  const { size } = data || {};
  return size && size.most && size.used > size.most ? { title: t('compose.over', sizes(size.most, size.used)), stops: size.from === 'server' } : null;
}

/** What can be done about files that are too large, and what was done. */
function Size({ over, files, busy, onSmaller, onFiles }) {
  const made = files.filter((f) => f.was);
  const largest = files.reduce((a, b) => (b.size > a.size ? b : a), files[0]);
  return html`${over && html`<Banner tone="warn" role="status" title=${over.title} actions=${largest && html`${files.some(isPicture) && html`<Button busy=${busy} onClick=${onSmaller}>${busy === 'smaller' ? t('photos.busy') : t('compose.smaller')}<//>`}<Button onClick=${() => onFiles(files.filter((f) => f !== largest))}>${t('compose.without', { name: largest.name })}<//>`} />`}
    ${made.length > 0 && html`<Banner tone="ok" role="status" title=${t('compose.smaller.done', { from: bytes(sum(made.map((f) => f.was))), to: bytes(sum(made)) })} actions=${html`<Button id="smaller-undo" onClick=${() => onFiles(files.map((f) => f.was || f))}>${t('undo')}<//>`} />`}`;
}

function Files({ paper, files, onPaper, onFiles, onAdd }) {
  const row = (icon, name, size, onClick) => html`<li><Icon name=${icon} /><span>${name} <span class="muted">${size}</span></span><Button kind="quiet" aria-label=${t('compose.without', { name })} onClick=${onClick}>×<//></li>`;
  return html`<div class="field"><span class="label">${t('compose.files')}</span><ul class="list attached">${paper && row('doc', `${paper.number}.pdf`, '', onPaper)}${files.map((f) => row('clip', f.name, bytes(f.size), () => onFiles(files.filter((one) => one !== f))))}</ul>
    <${PickFile} id="files" icon="clip" multiple onFiles=${onAdd}>${t('compose.addfile')}<//></div>`;
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

/** What becomes of the mail just written, for as long as one looks. */
function Gone({ id }) {
  const got = useData(`/mails/${id}`, ['mails']);
  return html`<Got from=${got} title=${t('nav.new')}>${(mail) => html`<Title>${titleOf(mail)}<//>
    <p class="row"><State of=${mail.state} /><span>${mail.recipients.filter((r) => r.role !== 'own_copy').map((r) => r.address).join(', ')}</span><Link href="/${isFinished(mail) ? 'sent' : 'outbox'}/${id}">${t('show')}<//></p>
    <div class="bar"><Link kind="main" icon="pen" href="/mail/new">${t('nav.new')}<//>${mail.document && html`<Link icon="doc" href="/docs/${pathOf({ kind: mail.document_kind, number: mail.document })}">${t('compose.backto', { number: mail.document })}<//>`}</div>`}<//>`;
}

export function Compose({ parts }) {
  const [asked] = useState(query);
  const sent = asked.get('sent');
  return sent ? html`<${Gone} id=${sent} />` : html`<${Writing} id=${parts[0]} asked=${asked} />`;
}

function Writing({ id, asked }) {
  const app = useApp();
  const [mail, setMail] = useState(null);
  const [draft, setDraft] = useState(null);
  const [more, setMore] = useState({});
  const [check, setCheck] = useState(null);
  const [kept, setKept] = useState('');
  const [conflict, setConflict] = useState(null);
  const [dirty, setDirty] = useState(false);
  const [scanned, setScanned] = useState(null);
  const [dropping, setDropping] = useState(false);
  const [shown, setShown] = useState(matchMedia('(min-width: 900px)').matches);
  const settings = useData('/settings', ['settings']);
  const accounts = useData('/accounts', ['accounts']);
  const doing = useDoing();
  const timer = useRef(0);
  const caret = useCaret();
  const clientRef = useRef(uid());
  const latest = useRef({});
  const { paper, files } = mail || blank;
  const request = requestOf(mail || blank);
  const total = sum(files);
  const unkept = total > LARGEST_DRAFT;
  latest.current = { request, unkept, draft };
  const sight = useSight(request, total <= LARGEST_FILES);

  useEffect(() => {
    beginning(id, asked).then((start) => {
      setDraft(start.draft);
      setMore({ cc: start.mail.cc.length, bcc: start.mail.bcc.length, reply_to: start.mail.reply_to.length });
      setMail(start.mail);
    }).catch((error) => doing.setError(error));
  }, []);
  // A paper scanned while a mail is half written is attached only when its writer says so.
  useEffect(() => {
    onScan.current = dirty ? setScanned : null;
    return () => {
      onScan.current = null;
    };
  }, [dirty]);

  const settle = async () => {
    const now = latest.current;
    const old = now.draft || {};
    if (now.unkept) return setKept(''), null;
    // One that another window deleted is begun anew.
    const put = old.id && await ask('PUT', `/drafts/${old.id}`, now.request, { tag: old.tag }).catch((error) => { if (error.status !== 404) throw error; });
    const { data, tag } = put || await ask('POST', '/drafts', now.request);
    if (data.id !== old.id) history.replaceState({}, '', `/mail/${data.id}/edit`);
    setDraft(latest.current.draft = { id: data.id, tag });
    setKept(data.changed_at);
    setDirty(false);
    return latest.current.draft;
  };
  const saving = useRef(Promise.resolve());
  // One after the other: two saves at once would be a conflict with oneself.
  const save = () => {
    clearTimeout(timer.current);
    saving.current = saving.current.catch(() => null).then(settle);
    saving.current.catch((error) => error.key === 'stale' && get(`/drafts/${latest.current.draft.id}`).then(setConflict, () => {}));
    return saving.current;
  };
  /** Ends a conflict; the draft that is not chosen is kept as another. */
  const choose = (mine) => doing.run('choose', async () => {
    const { data, tag } = await ask('GET', `/drafts/${draft.id}`);
    await post('/drafts', mine ? { ...data.content, client_ref: undefined } : request);
    if (!mine) return go(`/mail/${draft.id}/edit`, { force: true });
    setDraft(latest.current.draft = { id: draft.id, tag });
    setConflict(null);
    return save();
  });
  const touched = () => {
    setDirty(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => save().catch(() => {}), 2000);
  };
  const set = (part) => {
    setMail((m) => ({ ...m, ...(typeof part === 'function' ? part(m) : part) }));
    touched();
  };
  const into = (key) => (value) => set({ [key]: value });
  useEffect(() => () => clearTimeout(timer.current), []);
  // What could not be kept while nobody answered, or the disk was full, is kept as soon as it can be.
  const trouble = Boolean(told(app));
  useEffect(() => {
    if (!trouble && dirty && mail) touched();
  }, [trouble]);
  useGuard(dirty, t('unsaved'));

  // By which way it leaves, and whether it is shown once more, stands in the settings.
  if (!mail || !(settings.data || settings.error)) return doing.error ? html`<Title>${t('nav.new')}<//><Problems error=${doing.error} />` : html`<Loading />`;

  const chosen = Object.fromEntries((settings.data || []).map(({ key, value }) => [key, value]));
  const all = [...mail.to, ...mail.cc, ...mail.bcc];
  const visible = mail.to.length + mail.cc.length;
  const blind = mail.blind_copy === null ? chosen.blind_copy_multiple !== 'false' : mail.blind_copy;
  const byProgram = chosen.send_with === 'program';
  const account = (accounts.data || []).find((a) => a.name === (mail.account || 'default')) || (accounts.data || [])[0];
  const writer = chosen.auto_bcc_self === 'true' && (mail.from || (account && account.from));
  const copies = [...new Set([...(chosen.auto_bcc || '').split(',').map((s) => s.trim()), writer ? addressOf(writer) : ''].filter(Boolean))];
  const copy = copies.length > 0 && !mail.no_own_copy && { who: copies.join(', '), onDrop: () => { set({ no_own_copy: true }); focusOn('copy'); } };
  const over = tooLarge(files, sight);
  const fault = (field, sentence) => void doing.setError({ message: sentence, field, status: 422 });

  const ready = () => {
    const left = [...document.querySelectorAll('.people-field input')].find((field) => field.value.trim());
    const wrong = all.find((one) => !looksRight(addressOf(one)));
    const address = left ? left.value.trim() : wrong;
    if (address) return fault(left ? left.id : ['to', 'cc', 'bcc'].find((key) => mail[key].includes(wrong)), t('compose.badto', { address }));
    return all.length > 0 || fault('to', t('compose.needto'));
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
      const unseen = chosen.confirm_before_sending !== 'false' && !shown;
      if (!checked && (found.length || unseen)) return setCheck(found);
      const held = await save();
      const sent = held ? await post(`/drafts/${held.id}/send?confirmed=true`, {}, { tag: held.tag }) : await post('/mails?confirmed=true', { ...request, client_ref: clientRef.current });
      // What is too large to be kept was a draft before it grew.
      if (!held && draft) await remove(`/drafts/${draft.id}`).catch(() => null);
      setDirty(false);
      change({ leaving: { id: sent.id, until: sent.next_at, kept: sent.state === 'held', count: all.length } });
      poll();
      // What is sent is no draft to come back to.
      history.replaceState({}, '', paper ? `/docs/${pathOf(paper)}` : '/outbox');
      return go(`/mail/new?sent=${sent.id}`, { force: true });
    });
  };
  const waits = (part) => () => set({ send_after: '', hold: false, ...part });
  const laterItems = () => [
    ...usualTimes().map(([word, send_after]) => [word, waits({ send_after })]),
    [t('compose.pick'), () => { waits({ send_after: later(8, 1) })(); focusOn('send_after'); }], [t('compose.hold'), waits({ hold: true })],
    ...(mail.send_after || mail.hold ? [[t('compose.notlater'), waits({})]] : []),
  ];
  const byHand = () => ready() && doing.run('hand', () => handOver(request));
  const addFiles = async (picked) => {
    const made = await Promise.all(picked.map((file) => base64(file).then((content) => ({ name: file.name, size: file.size, content }), () => fault('attachments', t('compose.unreadable', { name: file.name })))));
    set((now) => ({ files: [...now.files, ...made.filter(Boolean)] }));
  };
  const smaller = () => doing.run('smaller', async () => {
    const made = new Map();
    for (const file of files) made.set(file, await lighter(file));
    if (files.every((file) => made.get(file) === file)) return fault('attachments', t('compose.smaller.none'));
    set((now) => ({ files: now.files.map((file) => made.get(file) || file) }));
    return focusOn('smaller-undo');
  });
  const write = { subject: into('subject'), text: (text) => set({ text, html: '' }) };
  const leave = async (path) => {
    const held = await save().catch(() => null);
    go(path, { force: Boolean(held) });
  };
  const back = (field) => {
    setCheck(null);
    focusOn(field, 'to');
  };
  if (check) return html`<${Check} key="check" ...${{ mail, copy, account, paper, files, sight, reasons: check, busy: doing.busy, error: doing.error }} onSend=${() => send(true)} onBack=${back} />`;

  const rows = ['cc', 'bcc', 'reply_to'];
  const word = (key) => t(`compose.${key.replace('_', '')}`);
  const opened = (key) => more[key] || (key === 'bcc' && copy);
  const moves = (from) => (from === 'reply_to' ? [] : ['to', 'cc', 'bcc']).filter((key) => key !== from).map((key) => [word(key), (one) => {
    setMore((m) => ({ ...m, [key]: true }));
    setMail((m) => ({ ...m, [key]: [...m[key], one] }));
  }]);
  const people = (key) => html`<${Recipients} key=${key} id=${key} label=${word(key)} value=${mail[key]} error=${doing.error} copy=${key === 'bcc' && copy} moves=${moves(key)} rules=${{ done: sight.again, refused: doing.setError }} onChange=${into(key)} />`;
  return html`<Title key="title" note=${(kept || unkept) && html`<span role="status">${kept ? t('compose.kept', { time: clock(kept) }) : t('compose.notkept')}</span>`}>${paper ? t('compose.senddoc', { number: paper.number }) : t('nav.new')}<//>
    <Problems error=${doing.error} fields=${{ attachments: 'files' }} />
    ${conflict && html`<Banner tone="warn" role="alert" title=${t(`compose.conflict.${conflict.changed_by || 'at'}`, { name: conflict.changed_by_name, time: clock(conflict.changed_at) })} actions=${html`<Button busy=${doing.busy} onClick=${() => choose(false)}>${t('compose.conflict.theirs')}<//><Button busy=${doing.busy} onClick=${() => choose(true)}>${t('compose.conflict.mine')}<//>`}>${t('compose.conflict.both')}<//>`}
    ${app.status && !app.status.accounts.length && !byProgram && html`<Banner tone="warn" title=${t('status.notsetup')} actions=${html`<a class="button" href="/setup">${t('status.setup')}</a>`} />`}
    <div class="panes ${shown ? '' : 'one'}"><form onSubmit=${(e) => e.preventDefault()}>
      <${From} account=${account} value=${mail.from} any=${chosen.sender_policy !== 'listed'} error=${doing.error} onChange=${into('from')} />
      ${['to', ...rows.filter(opened)].map(people)}
      <div class="row add">${rows.map((key) => !opened(key) && html`<Button key=${key} onClick=${() => { setMore({ ...more, [key]: true }); focusOn(key); }}>+ ${word(key)}<//>`)}
        ${copies.length > 0 && mail.no_own_copy && html`<Button id="copy" onClick=${() => { set({ no_own_copy: false }); focusOn('bcc'); }}>+ ${t('chips.you')}<//>`}</div>
      ${visible >= 2 && (blind || mail.individually ? html`<Banner title=${mail.individually ? t('compose.each', { n: all.length }) : t('compose.blind', { n: all.length })} actions=${!mail.individually && html`<Button onClick=${() => set({ blind_copy: false })}>${t('compose.showall')}<//>`} />` : html`<Banner tone="warn" title=${t('compose.public', { n: visible })} actions=${html`<Button onClick=${() => set({ blind_copy: true })}>${t('compose.usebcc')}<//>`} />`)}
      ${all.length >= 2 && html`<Tick label=${t('compose.individually')} checked=${mail.individually} onChange=${into('individually')} />`}
      ${(accounts.data || []).length > 1 && html`<Choice id="account" label=${t('mail.account')} value=${mail.account || 'default'} onChange=${(v) => set({ account: v, from: '' })} options=${accounts.data.map((a) => [a.name, `${a.name}: ${a.from}`])} />`}
      <Text id="subject" label=${t('compose.subject')} value=${mail.subject} error=${doing.error} onInput=${write.subject} ...${caret.of('subject')} maxlength="500" enterkeyhint="next" />
      <Text id="text" label=${t('compose.text')} value=${mail.text} error=${doing.error} rows="9" onInput=${write.text} ...${caret.of('text')} />
      <div class="two"><${Template} paper=${paper} to=${mail.to} doing=${doing} onPick=${set} />${paper && html`<${InsertField} id="insert" caret=${caret} onInsert=${(key, text) => write[key](text)} />`}</div>
      <${Files} paper=${paper} files=${files} onPaper=${() => set({ paper: null })} onFiles=${into('files')} onAdd=${addFiles} />
      <${Size} over=${over} files=${files} busy=${doing.busy} onSmaller=${smaller} onFiles=${into('files')} />
      ${(mail.send_after || mail.hold) && html`<div class="two">${mail.hold ? '' : html`<Text id="send_after" label=${t('compose.when')} type="datetime-local" value=${mail.send_after.slice(0, 16)} error=${doing.error} onInput=${into('send_after')} />`}<Tick id="hold" label=${t('compose.hold')} checked=${mail.hold} onChange=${(hold) => set({ hold, send_after: '' })} /></div>`}
      <Tick id="read_receipt" label=${t('compose.receipt')} checked=${mail.read_receipt} onChange=${into('read_receipt')} />
      ${!byProgram && html`<details><summary>${t('compose.otherway')}</summary><p class="muted">${t('compose.program.text')}</p><Button icon="mail" busy=${doing.busy} onClick=${byHand}>${t('compose.program')}<//></details>`}
    </form>${shown && html`<${Preview} sight=${sight} request=${request} paper=${paper} />`}</div>
    <div class="bar">${byProgram ? html`<Button kind="main" icon="mail" busy=${doing.busy} data-key="send" onClick=${byHand}>${t('compose.program')}<//>` : html`<Button kind="main" icon="send" busy=${doing.busy} data-key="send" title="Ctrl+Enter" onClick=${() => send(false)}>${doing.busy === 'send' ? t('saving') : mail.hold ? t('compose.sendkept') : mail.send_after ? t('compose.sendlater') : t('send')}<//><More word=${t('compose.later')} load=${laterItems} />`}
      <Button data-key="save" onClick=${() => doing.run('draft', save)}>${t('compose.savedraft')}<//><Button data-key="preview" aria-pressed=${shown ? 'true' : 'false'} onClick=${() => { setShown(!shown); requestAnimationFrame(() => { const side = document.querySelector('.side'); if (side && side.getBoundingClientRect().top > innerHeight / 2) side.scrollIntoView(); }); }}>${t('compose.preview')} <small class="muted">F9</small><//>
      ${draft && html`<Button kind="danger" class="far" onClick=${() => setDropping(true)}>${t('compose.drop')}<//>`}</div>
    ${dropping && html`<Ask title=${t('compose.drop')} yes=${t('compose.drop')} danger busy=${doing.busy} onNo=${() => setDropping(false)} onYes=${() => doing.run('drop', async () => { clearTimeout(timer.current); await remove(`/drafts/${draft.id}`); setDirty(false); announce(t('compose.dropped')); go('/outbox?show=drafts', { force: true }); })}><p>${mail.subject || t('mail.nosubject')}</p><//>`}
    ${scanned && html`<Ask title=${t('scan.read', { code: scanned.code })} yes=${scanned.number ? t('scan.attach', { number: scanned.number }) : t('scan.search')} no=${t('scan.ignore')} onNo=${() => setScanned(null)} onYes=${() => { setScanned(null); if (scanned.number) set({ paper: scanned }); else leave(`/docs?q=${enc(scanned.code)}`); }}><p>${scanned.number ? t('scan.dirty') : t('scan.unknown')}${scanned.number && paper ? ` ${t('scan.instead', { number: paper.number })}` : ''}</p>${scanned.number && html`<Button onClick=${() => { setScanned(null); leave(`/docs/${pathOf(scanned)}`); }}>${t('scan.open', { number: scanned.number })}<//>`}<//>`}`;
}

// The outbox: what waits, what needs somebody; and what it has in common with other lists of mails.

import { html, t, useState, useEffect, useLayoutEffect, useRef, useApp, useData, query, go, post, poll, change, get, queue, enc, locale, screen, part, told, bytes, clock, whenParts, paperWords } from '../lib/core.js';
import { useCountdown, why, useDoing, titleOf, sendingWords, useRowFocus } from '../lib/ui.js';

/** Whom a mail is for, short, and under it the address behind the name and the files. */
function Whom({ mail: { recipients, files, size } }) {
  const [first, ...rest] = recipients.filter((r) => r.role !== 'own_copy');
  const who = first ? first.name || first.address : t('mail.nobody');
  const all = rest.length ? t('mail.andmore', { name: who, n: rest.length }) : who;
  const under = [first && first.name && first.address, files && t('mail.files', { n: files, size: bytes(size) })].filter(Boolean).join(' · ');
  return html`<span class="muted">${t('mail.to', { who: all })}${first && first.role === 'bcc' && ` ${t('role.bcc')}`}</span>${under && html`<span class="muted">${under}</span>`}`;
}

function Undo({ mail, again }) {
  const left = useCountdown(mail.next_at);
  const doing = useDoing();
  const kept = mail.state === 'held';
  if (!kept && left <= 0) return null;
  const wish = (name) => () => doing.run(name, async () => {
    const { draft } = await post(`/mails/${mail.id}/${name}`, {});
    if (name === 'undo') change({ leaving: null });
    poll();
    again();
    if (draft) go(`/mail/${draft}/edit`);
  });
  return html`<div class="row act"><span>${kept ? t('mail.kept') : t('mail.leaves', { s: left })}</span><Button busy=${doing.busy} onClick=${wish('undo')}>${t('undo')}<//>${kept && html`<Button onClick=${wish('release')}>${t('send.now')}<//>`}</div>`;
}

/** The rest of what can be done with a waiting mail; its words and dialogs come when they are asked for. */
function RowMenu({ mail, again }) {
  const doing = useDoing();
  const [Dialog, setDialog] = useState(null);
  const load = async () => {
    const [menu] = await Promise.all([import('./rowmenu.js'), paperWords()]);
    return menu.itemsOf(mail, { run: doing.run, again, ask: (Shown) => setDialog(() => Shown) });
  };
  const close = () => setDialog(null);
  return html`<span class="more"><More label=${t('mail.more', { what: titleOf(mail) })} load=${load} /></span>${doing.error && html`<p class="fault" role="alert">${doing.error.message}</p>`}${Dialog && html`<${Dialog} mail=${mail} onClose=${close} onDone=${() => { close(); again(); }} />`}`;
}

/** A row of a list of mails; its link keeps what the list was searched for. */
function Row({ mail, box, chosen, again }) {
  const trouble = mail.recipients.find((r) => r.problem);
  const scheduled = mail.reason === 'scheduled' && mail.next_at;
  const reason = mail.state === 'uncertain' ? t('reason.uncertain') : trouble ? trouble.problem.title : scheduled ? t('mail.scheduled', { time: whenParts(mail.next_at).join(', ') }) : why(mail.reason);
  const undo = mail.reason === 'undo';
  return html`<li class=${chosen ? 'chosen' : ''}><State of=${undo ? 'held' : mail.state} /><a class="into" href="/${box}/${mail.id}${location.search}" aria-current=${chosen ? 'true' : undefined}><strong>${titleOf(mail)}</strong><${Whom} mail=${mail} />${reason && !undo && html`<span class="reason ${trouble || mail.state === 'uncertain' ? 'bad' : ''}">${reason}${mail.late ? ` · ${t('mail.late')}` : ''}</span>`}</a>
    ${undo && html`<${Undo} mail=${mail} again=${again} />`}<When at=${mail.created_at} />${box === 'outbox' && html`<${RowMenu} mail=${mail} again=${again} />`}</li>`;
}

/** Keeps a row where it is on the screen while what stands around it changes. */
function useSteady(row) {
  // Asked while the page still shows what it did.
  const top = row && row.getBoundingClientRect().top;
  useLayoutEffect(() => {
    if (row && row.isConnected) scrollBy(0, row.getBoundingClientRect().top - top);
  });
}

/** The rows of a page of mails. */
export function Rows({ page, box, chosen, again }) {
  const list = useRef();
  const rows = scrollY > 0 && list.current ? [...list.current.children] : [];
  useRowFocus(list);
  useSteady(rows.find((r) => r.contains(document.activeElement)) || rows.find((r) => r.getBoundingClientRect().top > 0));
  return html`<ul class="list mails ${box === 'outbox' ? 'acts' : ''} ${chosen ? '' : 'roomy'}" ref=${list}>${page.items.map((m) => html`<${Row} key=${m.id} mail=${m} box=${box} chosen=${m.id === chosen} again=${again} />`)}</ul>`;
}

/** How many of the mails are shown. */
function Shown({ page }) {
  const number = (n) => n.toLocaleString(locale());
  const m = number(page.items.length);
  return html`<span class="muted">${page.total > 0 ? t('list.shown.of', { m, of: number(page.total) }) : t('list.shown', { m })}</span>`;
}
export const Rest = ({ page, onMore }) => page.next && html`<div class="actions"><${Shown} page=${page} /><Button onClick=${onMore}>${t('list.more')}<//></div>`;

/** How far sending has come, or how old the list is. Its line is always there: nothing moves when it begins. */
const Progress = ({ round, flushing, page, live, lost, asOf }) => html`<div class="tally">${lost ? html`<strong>${t('list.known', { time: clock(asOf) })}</strong>` : round ? html`<label>${sendingWords(round)} <progress max=${round.of} value=${round.done}></progress></label>` : flushing ? html`<span role="status">${t('outbox.flushing')}</span>` : page && page.next && html`<${Shown} page=${page} />`}
  <Button kind="quiet" aria-pressed=${!live} onClick=${() => change({ live: !live })}>${live ? t('live.pause') : t('live.resume')}<//></div>`;

/** A list in pages; the pages behind the first come when asked for. */
export function usePages(path, collections) {
  const first = useData(path, collections);
  const none = { path, items: [], pages: 0 };
  const [behind, setBehind] = useState(none);
  const [pages, setPages] = useState(none);
  const wanted = pages.path === path ? pages.pages : 0;
  const rest = behind.path === path && wanted ? behind : none;
  // All that is shown is asked for anew when something moves: what was sent waits no more.
  useEffect(() => {
    let gone = !first.data || !wanted;
    const load = async () => {
      const got = { ...none, next: first.data.next };
      while (!gone && got.next && got.pages < wanted) {
        const page = await get(`${path}&after=${enc(got.next)}`);
        Object.assign(got, { items: [...got.items, ...page.items], next: page.next, pages: got.pages + 1 });
      }
      if (!gone) setBehind(got);
    };
    if (!gone) load().catch(() => setPages({ path, pages: rest.pages }));
    return () => {
      gone = true;
    };
  }, [first.data, wanted]);
  const page = first.data && { ...first.data, items: [...first.data.items, ...rest.items.filter((m) => !first.data.items.some((f) => f.id !== undefined && f.id === m.id))], next: rest.pages ? rest.next : first.data.next };
  const more = () => wanted === rest.pages && setPages({ path, pages: wanted + 1 });
  return { ...first, data: page, more };
}

/** No mail at all, or none that is searched for: then `set` shows the others. */
export const None = ({ title, children, set, word }) => html`<Empty title=${title} actions=${set ? html`<Button onClick=${() => set({ show: '', q: '', from: '', to: '' })}>${word}<//>` : html`<Link kind="main" href="/mail/new">${t('mail.write')}<//>`}>${children}<//>`;

function Drafts({ q }) {
  const drafts = usePages('/drafts?limit=50', ['drafts']);
  const fits = (d) => !q || `${d.content.mail.subject || ''} ${(d.content.mail.to || []).join(' ')}`.toLowerCase().includes(q.toLowerCase());
  return html`<Got from=${drafts} empty=${html`<${None} title=${t('drafts.empty')} />`}>${(d) => html`${q && !d.items.some(fits) && html`<p class="muted">${t('list.nomatch', { q })}</p>`}<ul class="list mails roomy">${d.items.filter(fits).map((draft) => html`<li key=${draft.id}><State of="draft" /><a class="into" href="/mail/${draft.id}/edit"><strong>${titleOf(draft.content.mail)}</strong><span class="muted">${t('mail.to', { who: (draft.content.mail.to || []).join(', ') || t('mail.nobody') })}</span></a><When at=${draft.changed_at} /></li>`)}</ul><${Rest} page=${d} onMore=${drafts.more} />`}<//>`;
}

/** What the list is searched for; kept in the address, also while a mail stands beside it. */
export function useFilter() {
  const asked = query();
  const now = Object.fromEntries(['show', 'kind', 'q', 'from', 'to'].map((key) => [key, asked.get(key) || '']));
  const set = (part) => {
    const wanted = new URLSearchParams(Object.entries({ ...now, ...part }).filter(([, v]) => v)).toString();
    go(location.pathname + (wanted && `?${wanted}`), { replace: true });
  };
  return [now, set];
}
export const pathOf = (path, asked) => `${path}?limit=50${Object.entries(asked).map(([key, v]) => (v ? `&${key}=${enc(v)}` : '')).join('')}`;

const Held = part('explained', 'Held');

function Waiting(mailbox) {
  const app = useApp();
  const [{ show, q }, set] = useFilter();
  const doing = useDoing();
  // It is this list that was stopped, not those of the other screens.
  useEffect(() => () => change({ live: true }), []);
  const wish = (name) => doing.run(name, () => queue(name));
  const status = app.status;
  const box = show === 'needs' ? { box: show } : { box: 'outbox', state: show };
  const mails = usePages(show === 'drafts' ? null : pathOf('/mails', { ...box, q }), ['mails', 'accounts']);
  const holding = status && status.accounts.find((a) => a.standing.startsWith('held'));
  const held = useData(holding ? `/accounts/${enc(holding.name)}` : null, ['accounts']).data;
  const empty = show === 'needs' && !q ? html`<${None} title=${t('outbox.needs.none')} set=${set} word=${t('list.clear')} />` : q || show ? html`<${None} title=${t('list.nomatch', { q: q || t(show === 'waiting' ? 'state.waiting' : `outbox.${show}`) })} set=${set} word=${t('list.clear')} />`
    : html`<${None} title=${t('outbox.empty')}>${t('outbox.empty.text')}<//>`;
  return html`<div class="head"><Title>${t('nav.outbox')}<//><div class="row">
      <Button icon="send" busy=${doing.busy} onClick=${() => wish('flush').then(mails.again)}>${t('send.now')} <small class="muted">F8</small><//>
      ${status && status.paused ? html`<Button onClick=${() => wish('resume')}>${t('status.resume')}<//>` : html`<Button icon="hold" onClick=${() => wish('pause')}>${t('outbox.pause')}<//>`}</div></div>
    <Problems error=${told(app) ? null : doing.error} />
    ${!told(app) && !doing.error && status && (held && held.problem ? html`<${Held} problem=${held.problem} />` : !status.accounts.length && html`<Banner tone="warn" title=${t('status.notsetup')} actions=${html`<Link kind="main" href="/setup">${t('status.setup')}<//>`} />`)}
    <div class="row"><Chips label=${t('list.filter')} value=${show} onChange=${(v) => set({ show: v })} options=${[['', t('list.all'), status && status.outbox], ['waiting', t('state.waiting'), status && status.waiting - status.held], ['held', t('outbox.held'), status && status.held], ['needs', t('outbox.needs'), status && status.needs], ['drafts', t('outbox.drafts'), status && status.drafts]]} />
      <Search value=${q} onSearch=${(text) => set({ q: text })} /></div>
    <${Beside} ...${mailbox}><${Progress} round=${status && status.round} flushing=${doing.busy === 'flush'} page=${mails.data} ...${app} />
    ${show === 'drafts' ? html`<${Drafts} q=${q} />` : html`<Got from=${mails} empty=${empty}>${(page) => html`<${Rows} page=${page} box="outbox" chosen=${mailbox.id} again=${mails.again} /><${Rest} page=${page} onMore=${mails.more} />`}<//>`}<//>`;
}

/** Whether there is room for a mail beside its list, at the size of letters this till has. */
function useRoom() {
  const [room] = useState(() => matchMedia(`(min-width: ${12 * screen.size}px)`));
  const [is, setIs] = useState(room.matches);
  useEffect(() => {
    const look = () => setIs(room.matches);
    room.addEventListener('change', look);
    return () => room.removeEventListener('change', look);
  }, []);
  return is;
}

/** The address of a list, with what it is searched for now. */
const listOf = (at) => `/${at}${location.search}`;

/** The rows of a list and, beside them, the mail that was chosen. */
export function Beside({ Mail, at, id, children }) {
  const before = useRef(id);
  const row = (which) => which && document.querySelector(`.mails a[href*="${CSS.escape(which)}"]`);
  useSteady(id !== before.current && (row(id) || row(before.current)));
  useLayoutEffect(() => {
    const was = before.current;
    before.current = id;
    // Whoever was in the mail that is closed now goes on where it stands in the list.
    if (was && !id && document.activeElement === document.body) (row(was) || document.querySelector('h1')).focus();
  }, [id]);
  useLayoutEffect(() => {
    if (!id) return undefined;
    const close = (e) => {
      // What is open above it, and a search that is typed, are closed first.
      if (e.key === 'Escape' && !e.target.value && !document.querySelector('dialog[open]')) go(listOf(at));
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [id]);
  return html`<div class=${id ? 'panes mailbox' : ''}><div>${children}</div>${id && html`<section key=${id} class="side" aria-labelledby="chosen"><${Mail} id=${id} at=${at} list=${listOf(at)} beside /></section>`}</div>`;
}

/** A list of mails. The one chosen from it stands beside it where there is room, else by itself. */
export const box = (List) => ({ parts: [id], at, Mail }) => (useRoom() || !id ? html`<${List} id=${id} at=${at} Mail=${Mail} />` : html`<${Mail} key=${id} id=${id} at=${at} list=${listOf(at)} />`);
export const Outbox = box(Waiting);

// The outbox and the sent mails: what waits, what left, what needs somebody.

import { html, t, useState, useEffect, useLayoutEffect, useRef, useApp, useData, query, go, post, poll, change, get, enc, whenParts, paperWords, isOwner } from '../lib/core.js';
import { Title, Button, Link, State, Got, Empty, Search, Chips, When, Banner, Explained, useCountdown, why, useDoing, Problems, More, TellOwner } from '../lib/ui.js';

/** Whom a mail is for, short. */
export function recipientsOf(mail) {
  const people = mail.recipients.filter((r) => r.role !== 'own_copy');
  if (!people.length) return t('mail.nobody');
  const first = people[0].name || people[0].address;
  return people.length > 1 ? t('mail.andmore', { name: first, n: people.length - 1 }) : first;
}

function Undo({ mail, again }) {
  const left = useCountdown(mail.next_at);
  const doing = useDoing();
  const kept = mail.state === 'held';
  if (!kept && left <= 0) return null;
  return html`<div class="row act"><span>${kept ? t('mail.kept') : t('mail.leaves', { s: left })}</span><${Button} busy=${doing.busy} onClick=${() => doing.run('undo', async () => {
    const undone = await post(`/mails/${mail.id}/undo`, {});
    change({ leaving: null });
    poll();
    again();
    if (undone.draft) go(`/mail/${undone.draft}/edit`);
  })}>${t('undo')}<//>${kept && html`<${Button} onClick=${() => doing.run('go', async () => { await post(`/mails/${mail.id}/release`, {}); poll(); again(); })}>${t('send.now')}<//>`}</div>`;
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
  return html`<span class="more"><${More} label=${t('mail.more', { what: mail.subject || t('mail.nosubject') })} load=${load} /></span>${doing.error && html`<p class="fault" role="alert">${doing.error.message}</p>`}${Dialog && html`<${Dialog} mail=${mail} onClose=${close} onDone=${() => { close(); again(); }} />`}`;
}

/** A row of a list of mails. */
function Row({ mail, box, again }) {
  const trouble = mail.recipients.find((r) => r.problem);
  const scheduled = mail.reason === 'scheduled' && mail.next_at;
  const reason = mail.state === 'uncertain' ? t('reason.uncertain') : trouble ? trouble.problem.title : scheduled ? t('mail.scheduled', { time: whenParts(mail.next_at).join(', ') }) : why(mail.reason);
  const undo = mail.reason === 'undo';
  return html`<li><${State} of=${undo ? 'held' : mail.state} /><a class="into" href="/${box}/${mail.id}"><strong>${mail.subject || t('mail.nosubject')}</strong><span class="muted">${t('mail.to', { who: recipientsOf(mail) })}</span>${reason && !undo && html`<span class="reason ${trouble || mail.state === 'uncertain' ? 'bad' : ''}">${reason}${mail.late ? ` · ${t('mail.late')}` : ''}</span>`}</a>
    ${undo && html`<${Undo} mail=${mail} again=${again} />`}<${When} at=${mail.created_at} />${box === 'outbox' && html`<${RowMenu} mail=${mail} again=${again} />`}</li>`;
}

function Rest({ page, of, onMore, busy }) {
  if (!page.next) return null;
  return html`<div class="actions"><span class="muted">${of > page.items.length ? t('list.shown.of', { m: page.items.length, of }) : t('list.shown', { m: page.items.length })}</span><${Button} busy=${busy} onClick=${onMore}>${t('list.more')}<//></div>`;
}

/** Keeps what one looks at where it is on the screen while a list above it grows or shrinks. */
function useSteady() {
  const list = useRef();
  let kept = null;
  // Asked while the page still shows what it did.
  if (scrollY > 0 && list.current) {
    const rows = [...list.current.children];
    const row = rows.find((r) => r.contains(document.activeElement)) || rows.find((r) => r.getBoundingClientRect().top > 0);
    if (row) kept = { row, top: row.getBoundingClientRect().top };
  }
  useLayoutEffect(() => {
    if (kept && kept.row.isConnected) scrollBy(0, kept.row.getBoundingClientRect().top - kept.top);
  });
  return list;
}

/** The rows of a page of mails. */
function Rows({ page, box, again }) {
  return html`<ul class="list mails ${box === 'outbox' ? 'acts' : ''}" ref=${useSteady()}>${page.items.map((m) => html`<${Row} key=${m.id} mail=${m} box=${box} again=${again} />`)}</ul>`;
}

/** A list in pages; the pages behind the first come when asked for. */
export function usePages(path, collections) {
  const first = useData(path, collections);
  const [rest, setRest] = useState([]);
  const [next, setNext] = useState(undefined);
  useEffect(() => {
    setRest([]);
    setNext(undefined);
  }, [path]);
  const page = first.data && { ...first.data, items: [...first.data.items, ...rest.filter((m) => !first.data.items.some((f) => f.id !== undefined && f.id === m.id))], next: next === undefined ? first.data.next : next };
  const more = async () => {
    const got = await get(`${path}&after=${enc(page.next)}`);
    setRest((r) => [...r, ...got.items]);
    setNext(got.next);
  };
  return { ...first, data: page, more };
}

function Drafts({ q }) {
  const drafts = useData('/drafts?limit=50', ['drafts']);
  const fits = (d) => !q || `${d.content.mail.subject || ''} ${(d.content.mail.to || []).join(' ')}`.toLowerCase().includes(q.toLowerCase());
  return html`<${Got} from=${drafts} isEmpty=${(d) => !d.items.length} empty=${html`<${Empty} title=${t('drafts.empty')} actions=${html`<${Link} kind="main" href="/mail/new">${t('mail.write')}<//>`} />`}>${(d) => html`<ul class="list mails">${d.items.filter(fits).map((draft) => html`<li key=${draft.id}><${State} of="draft" /><a class="into" href="/mail/${draft.id}/edit"><strong>${draft.content.mail.subject || t('mail.nosubject')}</strong><span class="muted">${t('mail.to', { who: (draft.content.mail.to || []).join(', ') || t('mail.nobody') })}</span></a><span></span><${When} at=${draft.changed_at} /></li>`)}</ul>`}<//>`;
}

function useFilter(base) {
  const ask = query();
  const set = (part) => {
    const now = new URLSearchParams(Object.entries({ show: ask.get('show') || '', q: ask.get('q') || '', ...part }).filter(([, v]) => v));
    go(`${base}${now.size || [...now].length ? `?${now}` : ''}`, { replace: true });
  };
  return [ask.get('show') || '', ask.get('q') || '', set];
}

export function Outbox() {
  const app = useApp();
  const [show, q, set] = useFilter('/outbox');
  const doing = useDoing();
  const status = app.status;
  const state = { needs: 'uncertain', held: 'held', waiting: 'waiting' }[show] || '';
  const path = `/mails?box=outbox&limit=50${state ? `&state=${state}` : ''}${q ? `&q=${enc(q)}` : ''}`;
  const mails = usePages(show === 'drafts' ? null : path, ['mails', 'accounts']);
  const holding = status && status.accounts.find((a) => a.standing.startsWith('held'));
  const held = useData(holding ? `/accounts/${enc(holding.name)}` : null, ['accounts']).data;
  const empty = q || show ? html`<${Empty} title=${t('list.nomatch', { q: q || t(show === 'waiting' ? 'state.waiting' : `outbox.${show}`) })} actions=${html`<${Button} onClick=${() => set({ q: '', show: '' })}>${t('list.clear')}<//>`} />`
    : html`<${Empty} title=${t('outbox.empty')} actions=${html`<${Link} kind="main" href="/mail/new">${t('mail.write')}<//>`}>${t('outbox.empty.text')}<//>`;
  return html`<div class="head"><${Title}>${t('nav.outbox')}<//><div class="row">
      <${Button} icon="send" busy=${doing.busy} onClick=${() => doing.run('flush', async () => { await post('/queue/flush', {}); poll(); mails.again(); })}>${t('send.now')} <small class="muted">F8</small><//>
      ${status && status.paused ? html`<${Button} onClick=${() => doing.run('resume', () => post('/queue/resume', {}).then(poll))}>${t('status.resume')}<//>` : html`<${Button} icon="hold" onClick=${() => doing.run('pause', () => post('/queue/pause', {}).then(poll))}>${t('outbox.pause')}<//>`}</div></div>
    <${Problems} error=${doing.error} />
    ${doing.busy === 'flush' && html`<p role="status" class="muted">${t('outbox.flushing')}</p>`}
    ${held && held.problem && html`<${Explained} problem=${held.problem} actions=${isOwner() ? html`<${Link} kind="main" href="/settings/account">${t('status.fix')}<//>` : html`<${TellOwner} problem=${held.problem} />`} />`}
    ${status && !status.accounts.length && html`<${Banner} tone="warn" title=${t('status.notsetup')} actions=${html`<${Link} kind="main" href="/setup">${t('status.setup')}<//>`} />`}
    <div class="row"><${Chips} label=${t('list.filter')} value=${show} onChange=${(v) => set({ show: v })} options=${[['', t('list.all')], ['waiting', t('state.waiting'), status && status.waiting - status.held], ['held', t('outbox.held'), status && status.held], ['needs', t('outbox.needs'), status && status.uncertain], ['drafts', t('outbox.drafts')]]} />
      <${Search} value=${q} onSearch=${(text) => set({ q: text })} /></div>
    ${show === 'drafts' ? html`<${Drafts} q=${q} />` : html`<${Got} from=${mails} isEmpty=${(d) => !d.items.length} empty=${empty}>${(page) => html`<${Rows} page=${page} box="outbox" again=${mails.again} /><${Rest} page=${page} of=${!show && !q && status ? status.waiting : 0} onMore=${mails.more} />`}<//>`}
    ${(show === 'drafts' || mails.data) && html`<p><${Button} kind="quiet" aria-pressed=${app.live ? 'false' : 'true'} onClick=${() => change({ live: !app.live })}>${app.live ? t('live.pause') : t('live.resume')}<//></p>`}`;
}

export function Sent() {
  const [show, q, set] = useFilter('/sent');
  const mails = usePages(`/mails?box=sent&limit=50${show ? `&state=${show}` : ''}${q ? `&q=${enc(q)}` : ''}`, ['mails']);
  const empty = q || show ? html`<${Empty} title=${t('list.nomatch', { q: q || t(`state.${show}`) })} actions=${html`<${Button} onClick=${() => set({ q: '', show: '' })}>${t('list.clear')}<//>`} />`
    : html`<${Empty} title=${t('sent.empty')} actions=${html`<${Link} kind="main" href="/mail/new">${t('mail.write')}<//>`} />`;
  return html`<div class="head"><${Title}>${t('nav.sent')}<//><${Search} label=${t('sent.search')} value=${q} onSearch=${(text) => set({ q: text })} /></div>
    <p class="muted">${t('sent.means')}</p>
    <${Chips} label=${t('list.filter')} value=${show} onChange=${(v) => set({ show: v })} options=${['', 'sent', 'partly_sent', 'failed', 'cancelled', 'expired'].map((s) => [s, s ? t(`state.${s}`) : t('list.all')])} />
    <${Got} from=${mails} isEmpty=${(d) => !d.items.length} empty=${empty}>${(page) => html`<${Rows} page=${page} box="sent" again=${mails.again} /><${Rest} page=${page} onMore=${mails.more} />`}<//>`;
}

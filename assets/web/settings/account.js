// The mail accounts: server, sign-in, what each carries, and who writes.

import { html, t, useState, useEffect, useRef, useData, useApp, query, put, post, remove, enc, poll, go, when, isOwner, announce } from '../lib/core.js';
import { unfold } from '../lib/ui.js';
import '../lib/inputs.js';
import { Explained, TellOwner } from '../lib/explained.js';
import { Recipients } from '../lib/recipients.js';
import { Page, Part, Standing, Mark, Switch, Fields, Form, Inset, Item, NoAccount, Ticks, KINDS, MAIL, add, fieldsOf, need, useActs, useAsk, useFields, useForm } from './page.js';
import { emptyAccount, Transport, formOf, mailbox, partsOf, useProviders, byHost, settingsOf, Server, SignIn, saveAccount } from './parts.js';
import { AppFields, Connection } from './connect.js';
import { Steps, useTrial, mending } from './trial.js';

const usual = (list) => list.find((a) => a.name === 'default') || list[0];

export function Account({ parts }) {
  useApp();
  const tab = parts[0];
  const accounts = useData('/accounts', ['accounts']);
  // How mails written by hand leave, a setting of its own; waited for, so that nothing jumps down when it comes.
  const way = useData('/settings/send_with', ['settings']);
  const list = accounts.data || [];
  const fresh = query().get('new') === '1';
  const held = list.find((a) => a.enabled && a.standing.startsWith('held'));
  const name = fresh ? '' : query().get('name') || (list.length ? (held || usual(list)).name : 'default');
  const view = list.find((a) => a.name === name);
  const Which = tab === 'sender' ? SenderForm : AccountForm;
  return html`<${Page} tab=${tab} from=${way.data || way.error ? accounts : way}>${() => html`
    ${(list.length > 1 || fresh) && html`<Chips label=${t('mail.account')} value=${name} options=${list.map((a) => [a.name, a.name])} onChange=${(next) => go(`/settings/${tab}?name=${enc(next)}`)} />`}
    ${tab === 'sender' && !view ? html`<${NoAccount} />` : html`<${Which} key=${`${tab} ${name}`} view=${view} name=${name} all=${list} way=${way} again=${accounts.again} />`}`}<//>`;
}

/** Once what was asked for with it is there. */
const look = (id) => queueMicrotask(() => unfold(id));

function AccountForm({ view, name: given, all, way, again }) {
  const form = useForm({ ...(view ? formOf(view) : emptyAccount), called: given });
  const { value, set, doing } = form;
  const providers = useProviders();
  const name = value.called.trim();
  const trial = useTrial(name || 'default');
  const made = useRef();
  const [done, setDone] = useState('');
  const app = useApp();
  const leaving = given && (!view || usual(all).name === view.name) && way.data;
  useEffect(() => {
    const field = query().get('at');
    if (field) look(field);
  }, []);
  const store = async () => {
    if (!name) throw need('name', 'account.need.name');
    const kept = await saveAccount(value, name, view || made.current === name ? put : add);
    made.current = name;
    form.take(kept);
    announce(t('saved'));
    again();
    return kept;
  };
  const save = (test) => doing.run(test ? 'test' : 'save', async () => {
    const kept = await store();
    if (test) {
      await trial.start(kept, '', '');
      again();
    }
    setDone(name);
  });
  // Its own page shows what is stored, once the list has it.
  useEffect(() => {
    if (done && done !== given && all.some((a) => a.name === done)) go(`/settings/account?name=${enc(done)}`, { replace: true, force: true });
  }, [all, done]);
  const mend = (part) => {
    if (part.auth !== 'oauth' || value.auth !== 'oauth') set(part);
    const { auth, saved } = part;
    look(saved === false || auth === 'password' ? 'password' : auth ? (value.app.client_id ? 'connect-do' : 'client_id') : ['port', 'sender', 'host'].find((field) => field in part) || 'ca');
  };
  const does = { account: value, change: mend, look, again: () => save(true) };
  const [chosen, setChosen] = useState('');
  const provider = providers.find((p) => p.id === chosen && (p.host === value.host || value.transport !== 'smtp')) || byHost(providers, value.host) || providers.find((p) => p.id === { gmail: 'gworkspace', graph: 'm365' }[value.transport]);
  const pick = (id) => {
    const p = providers.find((x) => x.id === id);
    setChosen(id);
    set(p ? settingsOf(p, value) : { host: '', auth: 'password' });
  };
  const leave = (next) => doing.run('way', async () => {
    await put('/settings/send_with', { value: next });
    way.again();
    announce(t('saved'));
  });
  const parts = { value, onChange: set, error: doing.error };
  return html`<${Fields} doing=${doing}>
    ${view && html`<p class="row how"><${Standing} of=${view} />${!view.enabled && html`<span class="muted">${t('account.off.text')}</span>`}</p>`}
    ${view && view.problem && html`<${Explained} problem=${view.problem} actions=${!isOwner() && html`<${TellOwner} problem=${view.problem} />`} doable=${mending(does)} />`}
    ${view && (view.notices || []).map((note) => html`<Banner key=${note} tone="warn" title=${note} />`)}
    ${leaving && html`<Radios legend=${t('account.way')} name="send_with" value=${leaving.value} onChange=${leave} options=${[['account', t('account.way.account')], ['program', t('account.way.program'), t('account.way.program.note')]]} />`}
    ${leaving && leaving.value === 'program' && html`<p class="muted">${t('account.way.still')}</p>`}
    ${!given && form.text('called', 'account.name', { id: 'accountname', name: 'name', class: 'medium' })}
    <Choice id="provider" label=${t('account.provider')} value=${provider ? provider.id : ''} onChange=${pick} options=${[['', t('account.another')], ...providers.map((p) => [p.id, p.label])]} />
    ${value.auth === 'oauth' && html`<${Transport} ...${parts} provider=${provider} />`}${value.transport === 'smtp' && html`<${Server} ...${parts} providers=${providers} />`}
    <${SignIn} ...${parts} provider=${provider}><${AppFields} ...${parts} /><//>
    ${!view && html`<${SenderFields} ...${parts} />`}
    ${value.auth === 'oauth' && html`<${Connection} name=${name || 'default'} view=${view} form=${value} onChange=${(next) => form.take(next, form.dirty)} waiting=${app.status ? app.status.waiting : 0} save=${() => (form.dirty || !view) && store()} onDone=${again} />`}
    <details open=${Boolean(value.ca_pem || value.pin)}><summary>${t('account.ca')}</summary><Field id="ca" label=${t('account.ca.file')} hint=${t(value.ca_pem ? 'account.ca.set' : 'account.ca.hint')} error=${doing.error} name="ca_pem"><input id="ca" type="file" accept=".pem,.crt,.cer" onChange=${async (e) => { if (e.target.files[0]) set({ ca_pem: await e.target.files[0].text() }); }} /><//>
      ${value.ca_pem && html`<Button onClick=${() => set({ ca_pem: null })}>${t('account.ca.remove')}<//>`}${value.pin && html`<p>${t('account.pin')} <code>${value.pin}</code></p><p><Button onClick=${() => set({ pin: null })}>${t('account.pin.remove')}<//></p>`}</details>
    <${Steps} trial=${trial} ...${does} />
    ${view && html`<${More} view=${view} all=${all} again=${again} />`}
    <div class="bar"><Button kind="main" busy=${doing.busy || trial.busy} onClick=${() => save(true)}>${t('account.savetest')}<//><Button data-key="save" busy=${doing.busy} onClick=${() => save(false)}>${t('save')}<//><Saved shown=${!form.dirty && doing.done === 'save'} />${view && view.last_test && !trial.busy && html`<${LastTest} of=${view.last_test} />`}</div><//>`;
}

const LastTest = ({ of }) => html`<${Mark} tone=${of.works ? 'ok' : 'bad'} icon=${of.works ? 'ok' : 'stop'}>${t(`account.test.${of.works ? 'good' : 'bad'}`, { time: when(of.at) })}<//>`;

const PACE = ['per_minute', 'per_hour', 'per_day'];

/** What few shops need: several accounts, what each carries, how fast it may send. */
function More({ view, all, again }) {
  const at = `/accounts/${enc(view.name)}`;
  const detail = useData(at, ['accounts']);
  const channels = useData('/channels', ['channels']).data || [];
  const [carries, setCarries] = useState(null);
  const [ask, asking] = useAsk();
  const doing = useActs(again);
  const { value: pace, setValue: setPace, text } = useFields(null, doing.error);
  useEffect(() => {
    if (!detail.data || carries) return;
    setCarries(detail.data.carries);
    setPace(Object.fromEntries(PACE.map((k) => [k, String(detail.data.pace[k] ?? '')])));
  }, [detail.data]);
  const several = all.length > 1;
  const set = (part) => setCarries({ ...carries, ...part });
  const save = () => doing.act('more', async () => {
    if (several) await put(`${at}/carries`, carries);
    const chosen = Object.fromEntries(PACE.filter((k) => pace[k].trim()).map((k) => [k, Number(pace[k])]));
    for (const [field, v] of Object.entries(chosen)) if (!Number.isInteger(v) || v < 0) throw need(field, 'account.pace.need');
    await put(`${at}/pace`, chosen);
    setCarries(null);
    detail.again();
  });
  const turn = () => doing.act('switch', async () => {
    await post(`${at}/${view.enabled ? 'disable' : 'enable'}`, {});
    poll();
  });
  const drop = () => doing.act('gone', async () => {
    await remove(at);
    poll();
    go('/settings/account', { force: true });
  }, '');
  return html`<details class="more"><summary>${t('account.more')}</summary><Got from=${detail}>${() => carries && html`<Problems error=${doing.error} />
    ${several && html`<h3>${t('account.carries')}</h3><p class="muted">${t('account.carries.text')}</p><Tick label=${t('account.carries.rest')} checked=${carries.default} onChange=${(on) => set({ default: on })} />
      <${Ticks} legend=${t('account.carries.kinds')} options=${KINDS.map((k) => [k, t(`kind.${k}`)])} value=${carries.kinds} onChange=${(kinds) => set({ kinds })} />
      ${channels.length > 0 && html`<${Ticks} legend=${t('settings.channels')} options=${channels.map((c) => [c.name, c.name])} value=${carries.channels} onChange=${(names) => set({ channels: names })} />`}`}
    <h3>${t('account.pace')}</h3><p class="muted">${t('account.pace.text')}</p><div class="two">${PACE.map((k) => text(k, `account.${k}`, { class: 'short', inputmode: 'numeric' }))}</div>
    <div class="actions"><Button busy=${doing.busy} onClick=${save}>${t('save')}<//><Saved shown=${doing.done === 'more'} /></div>
    <h3>${t('account.several')}</h3><div class="actions"><Link href="/settings/account?new=1">${t('account.add')}<//><Button busy=${doing.busy} onClick=${turn}>${t(view.enabled ? 'account.off' : 'account.on')}<//><Button kind="danger" onClick=${() => ask('account.remove', drop, { name: view.name })}>${t('account.remove')}<//></div>`}<//>${asking}</details>`;
}

/** Name, address and where answers go. */
export function SenderFields({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  const domain = (address) => (address.split('@')[1] || '').trim().toLowerCase();
  const mismatch = value.auth !== 'none' && value.sender.includes('@') && value.user.includes('@') && domain(value.sender) !== domain(value.user);
  const { text } = fieldsOf(value, set, error);
  return html`${text('name', 'sender.name', { id: 'sendername' })}${text('sender', 'sender.address', { name: 'from', ...MAIL })}
    ${mismatch && html`<Banner tone="warn" title=${t('sender.mismatch', { sender: value.sender.trim(), user: value.user.trim() })} actions=${html`<Button onClick=${() => set({ sender: value.user.trim(), reply_to: value.reply_to.length ? value.reply_to : [value.sender.trim()] })}>${t('sender.mismatch.do')}<//>`}>${t('sender.mismatch.text')}<//>`}
    <${Recipients} id="reply_to" label=${t('sender.reply')} value=${value.reply_to} error=${error} onChange=${(reply_to) => set({ reply_to })} /><p class="hint under">${t('sender.reply.hint')}</p>`;
}

/** A signature as it stands below a mail. */
const Signature = ({ id, value, onInput, error }) => html`<Text id=${id} name="signature" rows=${4} label=${t('sender.signature')} hint=${t('sender.signature.hint')} maxlength="2000" value=${value} error=${error} onInput=${onInput} />
  ${value.trim() && html`<div class="sample"><span class="muted">${t('sender.signature.shown')}</span><pre>${'-- \n'}${value.trimEnd()}</pre></div>`}`;

function SenderForm({ view, again }) {
  const form = useForm({ ...formOf(view), signature: null });
  const { value, set, doing } = form;
  const at = `/accounts/${enc(view.name)}/senders`;
  const senders = useData(at, ['accounts']);
  const own = (list) => list.find((s) => partsOf(s.from)[1].toLowerCase() === formOf(view).sender.toLowerCase());
  const before = own(senders.data || []);
  useEffect(() => {
    if (senders.data && value.signature === null) form.take({ ...value, signature: before ? before.signature : '' }, form.dirty);
  }, [senders.data]);
  const save = () => form.save(async () => {
    await saveAccount(value, view.name);
    if (before || value.signature) await put(at, { from: mailbox(value.name, value.sender), signature: value.signature });
    again();
    senders.again();
  });
  return html`<${Form} of=${form} onSave=${save} after=${html`<${Others} at=${at} senders=${senders} own=${own} />`}>
    <${SenderFields} value=${value} onChange=${set} error=${doing.error} />
    ${value.signature !== null && html`<${Signature} id="signature" value=${value.signature} error=${doing.error} onInput=${(signature) => set({ signature })} />`}<//>`;
}

/** Others the account may send as. */
function Others({ at, senders, own }) {
  const policy = useData('/settings/sender_policy', ['settings']);
  const doing = useActs(senders.again);
  const { value: edit, setValue: setEdit, set, text } = useFields(null, doing.error);
  const save = () => doing.act('sender', async () => {
    if (!edit.address.trim()) throw need('from', 'account.need.sender');
    await put(at, { from: mailbox(edit.name, edit.address), signature: edit.signature });
    setEdit(null);
  });
  const drop = (s) => doing.act('drop', () => remove(`${at}/${enc(partsOf(s.from)[1])}`), t('sender.removed'));
  const decide = (on) => doing.act(`policy ${on}`, async () => {
    await put('/settings/sender_policy', { value: on ? 'listed' : 'any' });
    policy.again();
  });
  const begin = (s) => {
    const [name, address] = partsOf(s.from);
    setEdit({ name, address, signature: s.signature, known: true });
  };
  return html`<${Part} title=${t('sender.others')} text=${t('sender.others.text')}><Got from=${senders}>${(list) => {
    const others = list.filter((s) => s !== own(list));
    return html`${others.length > 0 && html`<ul class="list people">${others.map((s) => html`<${Item} key=${s.from} name=${s.from} note=${s.signature.split('\n')[0]}><span class="row"><Button aria-label=${t('sender.edit', { who: s.from })} onClick=${() => begin(s)}>${t('change')}<//><Button aria-label=${t('sender.remove', { who: s.from })} busy=${doing.busy} onClick=${() => drop(s)}>${t('remove')}<//></span><//>`)}</ul>`}
      <${Inset} on=${edit} word=${t('sender.add')} yes=${t(edit && edit.known ? 'save' : 'add')} doing=${doing} open=${() => setEdit({ name: '', address: '', signature: '' })} close=${() => setEdit(null)} save=${save}>${edit && html`<Problems error=${doing.error} />${text('name', 'sender.name', { id: 'othername', hint: '' })}
        ${edit.known ? html`<p><code>${edit.address}</code></p>` : text('address', 'sender.address', { ...MAIL, id: 'otheraddress', name: 'from' })}<${Signature} id="othersignature" value=${edit.signature} error=${doing.error} onInput=${(signature) => set({ signature })} />`}<//>
      ${policy.data && html`<${Switch} label=${t('sender.listed')} note=${t('sender.listed.note')} checked=${policy.data.value === 'listed'} set=${decide} />`}`;
  }}<//><//>`;
}

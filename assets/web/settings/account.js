// The mail accounts: server, sign-in, what each carries, and who writes.

import { html, t, useState, useEffect, useData, useGuard, useApp, query, get, put, post, remove, enc, poll, go, announce } from '../lib/core.js';
import { Button, Problems, Text, Choice, Tick, Radios, Field, Ask, useDoing, Saved, Explained, Got, Banner, Empty } from '../lib/ui.js';
import { Recipients } from '../lib/recipients.js';
import { Page, Tabs, Part, Standing, Switch } from './page.js';
import { emptyAccount, Transport, formOf, faultOf, mailbox, partsOf, places, useProviders, byHost, settingsOf, Server, SignIn, saveAccount } from './parts.js';
import { AppFields, Connection } from './connect.js';
import { Steps, useTrial, fixes } from './trial.js';

const usual = (list) => list.find((a) => a.name === 'default') || list[0];

export function Account({ parts }) {
  useApp();
  const tab = parts[0];
  const accounts = useData('/accounts', ['accounts']);
  const list = accounts.data || [];
  const fresh = query().get('new') === '1';
  const held = list.find((a) => a.enabled && a.standing.startsWith('held'));
  const name = fresh ? '' : query().get('name') || (list.length ? (held || usual(list)).name : 'default');
  const view = list.find((a) => a.name === name);
  const Form = tab === 'sender' ? SenderForm : AccountForm;
  return html`<${Page} title=${t(`settings.${tab}`)}><${Tabs} at=${tab} /><${Got} from=${accounts}>${() => html`
    ${(list.length > 1 || fresh) && html`<div class="chips" role="group" aria-label=${t('account.which')}>${list.map((a) => html`<button type="button" key=${a.name} class="chip" aria-pressed=${a.name === name ? 'true' : 'false'} onClick=${() => go(`/settings/${tab}?name=${enc(a.name)}`)}>${a.name}</button>`)}</div>`}
    ${tab === 'sender' && !view ? html`<${Empty} title=${t('trial.first')} actions=${html`<a class="button main" href="/setup">${t('setup.title')}</a>`} />` : html`<${Form} key=${`${tab} ${name}`} view=${view} name=${name} all=${list} again=${accounts.again} />`}`}<//><//>`;
}

/** How mails written by hand leave; kept as a setting of its own. */
function useWay(shown) {
  const [way, setWay] = useState(null);
  useEffect(() => {
    if (shown) get('/settings/send_with').then((s) => setWay(s.value), () => {});
  }, [shown]);
  return [way, setWay];
}

function AccountForm({ view, name: given, all, again }) {
  const [form, setForm] = useState(view ? formOf(view) : emptyAccount);
  const [name, setName] = useState(given);
  const [dirty, setDirty] = useState(false);
  const providers = useProviders();
  const doing = useDoing();
  const trial = useTrial(name || 'default');
  const app = useApp();
  const main = !view || usual(all).name === view.name;
  const [way, setWay] = useWay(main && given);
  useGuard(dirty, t('unsaved'));
  useEffect(() => {
    const field = query().get('at');
    if (field) requestAnimationFrame(() => document.getElementById(field) && document.getElementById(field).focus());
  }, []);
  const change = (next) => {
    setForm(next);
    setDirty(true);
  };
  const store = async () => {
    const fault = name.trim() ? faultOf(form) : { field: 'name', message: t('account.need.name'), status: 422 };
    if (fault) throw Object.assign(new Error(fault.message), fault);
    await saveAccount(form, name.trim());
    const kept = { ...form, saved: form.auth === 'password', password: '', app: { ...form.app, secret: '', secretKept: form.app.secretKept || Boolean(form.app.secret) } };
    setForm(kept);
    setDirty(false);
    announce(t('saved'));
    poll();
    again();
    return kept;
  };
  const save = (test) => doing.run(test ? 'test' : 'save', async () => {
    const kept = await store();
    if (test) await trial.start(kept, '', '');
    if (given !== name.trim()) go(`/settings/account?name=${enc(name.trim())}`, { replace: true, force: true });
  });
  const mend = (part) => {
    if (part.auth !== 'oauth' || form.auth !== 'oauth') change({ ...form, ...part });
    const at = 'saved' in part ? 'password' : 'port' in part ? 'port' : 'sender' in part ? 'sender' : part.auth === 'oauth' ? (form.app.client_id ? 'connect-do' : 'client_id') : '';
    requestAnimationFrame(() => document.getElementById(at) && document.getElementById(at).focus());
  };
  const provider = byHost(providers, form.host);
  const [chosen, setChosen] = useState('');
  const shown = providers.find((p) => p.id === chosen && (p.host === form.host || form.transport !== 'smtp')) || provider || providers.find((p) => p.id === { gmail: 'gworkspace', graph: 'm365' }[form.transport]);
  const tab = way === 'program';
  return html`<form onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${{ ...places, name: 'accountname' }} />
    ${view && html`<p class="row how"><${Standing} of=${view} />${!view.enabled && html`<span class="muted">${t('account.off.text')}</span>`}</p>`}
    ${view && view.problem && html`<${Explained} problem=${view.problem} actions=${html`${fixes(view, form).map(([word, part]) => html`<${Button} key=${word} onClick=${() => mend(part)}>${word}<//>`)}<${Button} busy=${doing.busy || trial.busy} onClick=${() => save(true)}>${t('try.again')}<//>`} />`}
    ${view && (view.notices || []).map((note) => html`<${Banner} key=${note} tone="warn" title=${note} />`)}
    ${way !== null && html`<${Radios} legend=${t('account.way')} name="send_with" value=${way} onChange=${(value) => doing.run('way', async () => { setWay((await put('/settings/send_with', { value })).value); announce(t('saved')); })} options=${[['account', t('account.way.account')], ['program', t('account.way.program'), t('account.way.program.note')]]} />`}
    ${tab && html`<p class="muted">${t('account.way.still')}</p>`}
    ${!given && html`<${Text} id="accountname" name="name" class="medium" label=${t('account.name')} hint=${t('account.name.hint')} value=${name} error=${doing.error} onInput=${(v) => { setName(v); setDirty(true); }} />`}
    <${Choice} id="provider" label=${t('account.provider')} value=${shown ? shown.id : ''} onChange=${(id) => { setChosen(id); const p = providers.find((x) => x.id === id); change(p ? settingsOf(p, form) : { ...form, host: '', auth: 'password' }); }} options=${[['', t('account.another')], ...providers.map((p) => [p.id, p.label])]} />
    ${form.auth === 'oauth' && html`<${Transport} value=${form} onChange=${change} provider=${shown} />`}
    ${form.transport === 'smtp' && html`<${Server} value=${form} onChange=${change} error=${doing.error} providers=${providers} />`}
    <${SignIn} value=${form} onChange=${change} error=${doing.error} provider=${shown}><${AppFields} value=${form} onChange=${change} error=${doing.error} /><//>
    ${!view && html`<${SenderFields} value=${form} onChange=${change} error=${doing.error} />`}
    ${form.auth === 'oauth' && html`<${Connection} name=${name.trim() || 'default'} view=${view} form=${form} onChange=${setForm} waiting=${app.status ? app.status.waiting : 0} save=${async () => { if (dirty || !view) await store(); return true; }} onDone=${() => { again(); poll(); }} />`}
    <details open=${Boolean(form.ca_pem || form.pin)}><summary>${t('account.ca')}</summary><${Field} id="ca" label=${t('account.ca.file')} hint=${form.ca_pem ? t('account.ca.set') : t('account.ca.hint')} error=${doing.error} name="ca_pem"><input id="ca" type="file" accept=".pem,.crt,.cer" onChange=${async (e) => { if (e.target.files[0]) change({ ...form, ca_pem: await e.target.files[0].text() }); }} /><//>
      ${form.ca_pem && html`<${Button} onClick=${() => change({ ...form, ca_pem: null })}>${t('account.ca.remove')}<//>`}${form.pin && html`<p>${t('account.pin')} <code>${form.pin}</code></p><p><${Button} onClick=${() => change({ ...form, pin: null })}>${t('account.pin.remove')}<//></p>`}</details>
    <${Steps} trial=${trial} account=${form} onFix=${mend} />
    ${view && html`<${More} view=${view} all=${all} again=${again} />`}
    <div class="bar"><${Button} kind="main" busy=${doing.busy || trial.busy} onClick=${() => save(true)}>${t('account.savetest')}<//><${Button} data-key="save" busy=${doing.busy} onClick=${() => save(false)}>${t('save')}<//><${Saved} shown=${!dirty && ['save', 'test'].includes(doing.done)} /></div></form>`;
}

const KINDS = ['invoice', 'credit_note', 'receipt', 'job_card', 'offer', 'sales_order', 'delivery_note', 'purchase_order', 'notification', 'report'];

/** What few shops need: several accounts, what each carries, how fast it may send. */
function More({ view, all, again }) {
  const detail = useData(`/accounts/${enc(view.name)}`, ['accounts']);
  const channels = useData('/channels', ['channels']);
  const [carries, setCarries] = useState(null);
  const [pace, setPace] = useState(null);
  const [gone, setGone] = useState(false);
  const doing = useDoing();
  useEffect(() => {
    if (!detail.data || carries) return;
    setCarries(detail.data.carries);
    const p = detail.data.pace;
    setPace({ per_minute: p.per_minute ?? '', per_hour: p.per_hour ?? '', per_day: p.per_day ?? '' });
  }, [detail.data]);
  const several = all.length > 1;
  const toggle = (key, word, on) => setCarries({ ...carries, [key]: on ? [...carries[key], word] : carries[key].filter((w) => w !== word) });
  const save = () => doing.run('more', async () => {
    if (several) await put(`/accounts/${enc(view.name)}/carries`, carries);
    const number = (v) => (String(v).trim() === '' ? {} : { v: Number(String(v).trim()) });
    const chosen = Object.fromEntries(Object.entries(pace).map(([k, v]) => [k, number(v).v]).filter(([, v]) => v !== undefined));
    for (const [field, v] of Object.entries(chosen)) if (!Number.isInteger(v) || v < 0) throw Object.assign(new Error(t('account.pace.need')), { field, status: 422 });
    await put(`/accounts/${enc(view.name)}/pace`, chosen);
    setCarries(null);
    detail.again();
    again();
    announce(t('saved'));
  });
  return html`<details class="more"><summary>${t('account.more')}</summary><${Got} from=${detail}>${() => carries && html`<${Problems} error=${doing.error} fields=${{ per_minute: 'per_minute', per_hour: 'per_hour', per_day: 'per_day' }} />
    ${several && html`<h3>${t('account.carries')}</h3><p class="muted">${t('account.carries.text')}</p><${Tick} label=${t('account.carries.rest')} checked=${carries.default} onChange=${(on) => setCarries({ ...carries, default: on })} />
      <fieldset class="grid"><legend>${t('account.carries.kinds')}</legend>${KINDS.map((k) => html`<${Tick} key=${k} label=${t(`kind.${k}`)} checked=${carries.kinds.includes(k)} onChange=${(on) => toggle('kinds', k, on)} />`)}</fieldset>
      ${channels.data && channels.data.length > 0 && html`<fieldset class="grid"><legend>${t('settings.channels')}</legend>${channels.data.map((c) => html`<${Tick} key=${c.name} label=${c.name} checked=${carries.channels.includes(c.name)} onChange=${(on) => toggle('channels', c.name, on)} />`)}</fieldset>`}`}
    <h3>${t('account.pace')}</h3><p class="muted">${t('account.pace.text')}</p><div class="two">${['per_minute', 'per_hour', 'per_day'].map((k) => html`<${Text} key=${k} id=${k} class="short" inputmode="numeric" label=${t(`account.${k}`)} value=${String(pace[k])} error=${doing.error} onInput=${(v) => setPace({ ...pace, [k]: v })} />`)}</div>
    <div class="actions"><${Button} busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${doing.done === 'more'} /></div>
    <h3>${t('account.several')}</h3><div class="actions"><a class="button" href="/settings/account?new=1">${t('account.add')}</a><${Button} busy=${doing.busy} onClick=${() => doing.run('switch', async () => { await post(`/accounts/${enc(view.name)}/${view.enabled ? 'disable' : 'enable'}`, {}); again(); poll(); announce(t('saved')); })}>${t(view.enabled ? 'account.off' : 'account.on')}<//><${Button} kind="danger" onClick=${() => setGone(true)}>${t('account.remove')}<//></div>`}<//>
    ${gone && html`<${Ask} danger title=${t('account.remove.ask', { name: view.name })} yes=${t('account.remove')} onNo=${() => setGone(false)} onYes=${() => { setGone(false); doing.run('gone', async () => { await remove(`/accounts/${enc(view.name)}`); again(); poll(); go('/settings/account', { force: true }); }); }}><p>${t('account.remove.text')}</p><//>`}</details>`;
}

/** Name, address and where answers go. */
export function SenderFields({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  const domain = (address) => (address.split('@')[1] || '').trim().toLowerCase();
  const mismatch = value.auth !== 'none' && value.sender.includes('@') && value.user.includes('@') && domain(value.sender) !== domain(value.user);
  return html`<${Text} id="sendername" label=${t('sender.name')} hint=${t('sender.name.hint')} value=${value.name} onInput=${(name) => set({ name })} />
    <${Text} id="sender" name="from" label=${t('sender.address')} value=${value.sender} error=${error} inputmode="email" spellcheck="false" autocapitalize="off" onInput=${(sender) => set({ sender })} />
    ${mismatch && html`<${Banner} tone="warn" title=${t('sender.mismatch', { sender: value.sender.trim(), user: value.user.trim() })} actions=${html`<${Button} onClick=${() => set({ sender: value.user.trim(), reply_to: value.reply_to.length ? value.reply_to : [value.sender.trim()] })}>${t('sender.mismatch.do')}<//>`}>${t('sender.mismatch.text')}<//>`}
    <${Recipients} id="reply_to" label=${t('sender.reply')} value=${value.reply_to} error=${error} onChange=${(reply_to) => set({ reply_to })} /><p class="hint under">${t('sender.reply.hint')}</p>`;
}

/** A signature as it stands below a mail. */
const Signature = ({ id, value, onInput, error, label }) => html`<${Text} id=${id} name="signature" rows=${4} label=${label || t('sender.signature')} hint=${t('sender.signature.hint')} maxlength="2000" value=${value} error=${error} onInput=${onInput} />
  ${value.trim() && html`<div class="sample"><span class="muted">${t('sender.signature.shown')}</span><pre>${'-- \n'}${value.trimEnd()}</pre></div>`}`;

function SenderForm({ view, again }) {
  const [form, setForm] = useState(formOf(view));
  const senders = useData(`/accounts/${enc(view.name)}/senders`, ['accounts']);
  const [signature, setSignature] = useState(null);
  const [dirty, setDirty] = useState(false);
  const doing = useDoing();
  useGuard(dirty, t('unsaved'));
  const own = (list) => list.find((s) => partsOf(s.from)[1].toLowerCase() === formOf(view).sender.toLowerCase());
  useEffect(() => {
    if (senders.data && signature === null) setSignature((own(senders.data) || { signature: '' }).signature);
  }, [senders.data]);
  const change = (next) => {
    setForm(next);
    setDirty(true);
  };
  const save = () => doing.run('save', async () => {
    const fault = faultOf(form);
    if (fault) throw Object.assign(new Error(fault.message), fault);
    const before = own(senders.data || []);
    await saveAccount(form, view.name);
    if ((before ? before.signature : '') !== signature || before) await put(`/accounts/${enc(view.name)}/senders`, { from: mailbox(form.name, form.sender), signature });
    setDirty(false);
    again();
    senders.again();
    poll();
    announce(t('saved'));
  });
  return html`<form onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${{ ...places, signature: 'signature' }} />
    <${SenderFields} value=${form} onChange=${change} error=${doing.error} />
    ${signature !== null && html`<${Signature} id="signature" value=${signature} error=${doing.error} onInput=${(v) => { setSignature(v); setDirty(true); }} />`}
    <div class="bar"><${Button} kind="main" data-key="save" busy=${doing.busy} onClick=${save}>${t('save')}<//><${Saved} shown=${!dirty && doing.done === 'save'} /></div>
    <${Others} view=${view} senders=${senders} own=${own} /></form>`;
}

/** Others the account may send as. */
function Others({ view, senders, own }) {
  const policy = useData('/settings/sender_policy', ['settings']);
  const [edit, setEdit] = useState(null);
  const doing = useDoing();
  const at = `/accounts/${enc(view.name)}/senders`;
  const save = () => doing.run('sender', async () => {
    if (!edit.address.trim()) throw Object.assign(new Error(t('account.need.sender')), { field: 'from', status: 422 });
    await put(at, { from: mailbox(edit.name, edit.address), signature: edit.signature });
    setEdit(null);
    senders.again();
    announce(t('saved'));
  });
  const drop = (s) => doing.run('drop', async () => {
    await remove(`${at}/${enc(partsOf(s.from)[1])}`);
    senders.again();
    announce(t('sender.removed'));
  });
  return html`<${Part} title=${t('sender.others')} text=${t('sender.others.text')}><${Got} from=${senders}>${(list) => {
    const mine = own(list);
    const others = list.filter((s) => s !== mine);
    return html`${others.length > 0 && html`<ul class="list people">${others.map((s) => html`<li key=${s.from}><span><strong>${s.from}</strong>${s.signature && html`<span class="muted">${s.signature.split('\n')[0]}</span>`}</span><span></span><span class="row"><${Button} aria-label=${t('sender.edit', { who: s.from })} onClick=${() => { const [name, address] = partsOf(s.from); setEdit({ name, address, signature: s.signature, known: true }); }}>${t('change')}<//><${Button} aria-label=${t('sender.remove', { who: s.from })} busy=${doing.busy} onClick=${() => drop(s)}>${t('remove')}<//></span></li>`)}</ul>`}
      ${edit ? html`<div class="inset"><${Problems} error=${doing.error} fields=${{ from: 'otheraddress', signature: 'othersignature' }} /><${Text} id="othername" label=${t('sender.name')} value=${edit.name} onInput=${(name) => setEdit({ ...edit, name })} />${edit.known ? html`<p><code>${edit.address}</code></p>` : html`<${Text} id="otheraddress" name="from" label=${t('sender.address')} value=${edit.address} error=${doing.error} inputmode="email" spellcheck="false" autocapitalize="off" onInput=${(address) => setEdit({ ...edit, address })} />`}
        <${Signature} id="othersignature" label=${t('sender.signature')} value=${edit.signature} error=${doing.error} onInput=${(signature) => setEdit({ ...edit, signature })} /><div class="actions"><${Button} kind="main" busy=${doing.busy} onClick=${save}>${t(edit.known ? 'save' : 'add')}<//><${Button} onClick=${() => { setEdit(null); doing.setError(null); }}>${t('cancel')}<//></div></div>`
      : html`<div class="actions"><${Button} onClick=${() => setEdit({ name: '', address: '', signature: '' })}>${t('sender.add')}<//></div>`}
      ${policy.data && html`<${Switch} label=${t('sender.listed')} note=${t('sender.listed.note')} checked=${policy.data.value === 'listed'} set=${(on) => doing.run('policy', async () => { await put('/settings/sender_policy', { value: on ? 'listed' : 'any' }); policy.again(); announce(t('saved')); return true; })} />`}`;
  }}<//><//>`;
}

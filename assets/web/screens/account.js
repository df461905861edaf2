// The mail account: server, sign-in, sender, and a test that says where it ends.

import { html, t, useState, useEffect, useData, useGuard, poll, announce } from '../lib/core.js';
import { Title, Button, Problems, Text, Choice, useDoing, Saved, Explained, Field, Got } from '../lib/ui.js';
import { Recipients } from '../lib/recipients.js';
import { emptyAccount, formOf, faultOf, useProviders, byHost, settingsOf, Server, SignIn, Steps, useTrial, saveAccount } from '../lib/account.js';
import { Tabs } from './settings.js';

const ids = { host: 'host', port: 'port', user: 'user', password: 'password', from: 'sender', sender: 'sender', reply_to: 'reply_to', ca_pem: 'ca', pin: 'host', encryption: 'host' };

export function Account({ parts }) {
  const tab = parts[0];
  const accounts = useData('/accounts', ['accounts']);
  const [form, setForm] = useState(null);
  const [dirty, setDirty] = useState(false);
  const [to, setTo] = useState('');
  const [subject, setSubject] = useState(t('trial.subject.text'));
  const providers = useProviders();
  const doing = useDoing();
  const trial = useTrial();
  const found = accounts.data && (accounts.data.find((a) => a.name === 'default') || accounts.data[0]);
  useEffect(() => {
    if (!accounts.data || form) return;
    const start = found ? formOf(found) : emptyAccount;
    setForm(start);
    setTo(start.sender);
  }, [accounts.data]);
  useGuard(dirty, t('unsaved'));
  const change = (next) => {
    setForm(next);
    setDirty(true);
  };
  const name = found ? found.name : 'default';
  const save = (test) => {
    const fault = faultOf(form);
    if (fault) return doing.setError(fault);
    return doing.run(test ? 'test' : 'save', async () => {
      await saveAccount(form, name);
      setForm({ ...form, saved: form.auth === 'password', password: '' });
      setDirty(false);
      poll();
      accounts.again();
      announce(t('saved'));
      if (test) await trial.start({ ...form, password: '' }, '', '');
    });
  };
  const provider = form && byHost(providers, form.host);
  return html`<${Title}>${t(`settings.${tab}`)}<//><${Tabs} at=${tab} />
    <${Got} from=${accounts}>${() => form && html`<form class="narrow" onSubmit=${(e) => e.preventDefault()}><${Problems} error=${doing.error} fields=${ids} />
      ${found && found.problem && tab !== 'test' && html`<${Explained} problem=${found.problem} />`}
      ${tab === 'account' && html`<${Choice} id="provider" label=${t('account.provider')} value=${provider ? provider.id : ''} onChange=${(id) => { const p = providers.find((x) => x.id === id); if (p) change(settingsOf(p, form)); }} options=${[['', t('account.another')], ...providers.map((p) => [p.id, p.label])]} />
        <${Server} value=${form} onChange=${change} error=${doing.error} providers=${providers} /><${SignIn} value=${form} onChange=${change} error=${doing.error} provider=${provider} />
        <details open=${Boolean(form.ca_pem || form.pin)}><summary>${t('account.ca')}</summary><${Field} id="ca" label=${t('account.ca.file')} hint=${form.ca_pem ? t('account.ca.set') : t('account.ca.hint')} error=${doing.error} name="ca_pem"><input id="ca" type="file" accept=".pem,.crt,.cer" onChange=${async (e) => { if (e.target.files[0]) change({ ...form, ca_pem: await e.target.files[0].text() }); }} /><//>
          ${form.ca_pem && html`<${Button} onClick=${() => change({ ...form, ca_pem: null })}>${t('account.ca.remove')}<//>`}${form.pin && html`<p>${t('account.pin')} <code>${form.pin}</code> <${Button} onClick=${() => change({ ...form, pin: null })}>${t('account.pin.remove')}<//></p>`}</details>
        ${!found && html`<${Sender} value=${form} onChange=${change} error=${doing.error} />`}`}
      ${tab === 'sender' && html`<${Sender} value=${form} onChange=${change} error=${doing.error} />`}
      ${tab === 'test' && html`<${Text} id="testto" label=${t('trial.to')} value=${to} onInput=${setTo} inputmode="email" /><${Text} id="testsubject" label=${t('compose.subject')} value=${subject} onInput=${setSubject} />`}
      <${Steps} trial=${trial} account=${form} onFix=${(part) => change({ ...form, ...part })} />
      <div class="bar">${tab === 'test' ? html`<${Button} kind="main" busy=${trial.busy} onClick=${() => { const fault = faultOf(form); if (fault) doing.setError(fault); else { doing.setError(null); trial.start(form, to, subject).then(poll); } }}>${t('trial.send')}<//>`
        : html`<${Button} kind="main" busy=${doing.busy || trial.busy} onClick=${() => save(true)}>${t('account.savetest')}<//><${Button} data-key="save" busy=${doing.busy} onClick=${() => save(false)}>${t('save')}<//><${Saved} shown=${!dirty && doing.done} />`}</div></form>`}<//>`;
}

export function Sender({ value, onChange, error }) {
  const set = (part) => onChange({ ...value, ...part });
  const domain = (address) => (address.split('@')[1] || '').toLowerCase();
  const mismatch = value.sender && value.user.includes('@') && domain(value.sender) !== domain(value.user);
  return html`<${Text} id="sendername" label=${t('sender.name')} hint=${t('sender.name.hint')} value=${value.name} onInput=${(name) => set({ name })} />
    <${Text} id="sender" name="from" label=${t('sender.address')} value=${value.sender} error=${error} inputmode="email" spellcheck="false" onInput=${(sender) => set({ sender })} />
    ${mismatch && html`<p class="muted">${t('sender.mismatch', { sender: value.sender, user: value.user })}</p>`}
    <${Recipients} id="reply_to" label=${t('sender.reply')} value=${value.reply_to} error=${error} onChange=${(reply_to) => set({ reply_to })} />`;
}

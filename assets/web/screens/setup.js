// The first start: from an address to a mail that was accepted, in five steps that can be left at any time.

import { html, t, useState, useEffect, useData, get, poll, setScreen, loadLanguage, change, screen, LANGUAGES } from '../lib/core.js';
import { Title, Button, Link, Problems, Text, Choice, Banner, useDoing } from '../lib/ui.js';
import { looksRight } from '../lib/recipients.js';
import { emptyAccount, formOf, faultOf, useProviders, providerOf, settingsOf, Server, SignIn, Steps, useTrial, saveAccount } from '../lib/account.js';
import { Sender } from './account.js';

const STEPS = ['address', 'signin', 'sender', 'test', 'done'];

export function Setup() {
  const [at, setAt] = useState(0);
  const [form, setForm] = useState(emptyAccount);
  const [chosen, setChosen] = useState('');
  const [to, setTo] = useState('');
  const providers = useProviders();
  const shop = useData('/shop');
  const doing = useDoing();
  const trial = useTrial();
  const [offline, setOffline] = useState(false);
  useEffect(() => {
    get('/accounts').then((list) => {
      const found = list.find((a) => a.name === 'default');
      if (found) setForm(formOf(found));
    }, () => {});
  }, []);
  useEffect(() => {
    const details = shop.data && shop.data.details;
    if (details) setForm((f) => ({ ...f, name: f.name || details.name, sender: f.sender || details.email || '' }));
  }, [shop.data]);
  const provider = providers.find((p) => p.id === (chosen || (providerOf(providers, form.sender) || {}).id));
  const step = STEPS[at];
  const fault = (field, message) => doing.setError({ field, message, status: 422 });
  const next = async () => {
    doing.setError(null);
    if (step === 'address') {
      if (!looksRight(form.sender.trim())) return fault('from', t('setup.need.address'));
      const user = form.user || form.sender.trim();
      setForm(provider ? settingsOf(provider, { ...form, user }) : { ...form, user });
      setTo(form.sender.trim());
    }
    if (step === 'signin') {
      const wrong = faultOf(form);
      if (wrong) return doing.setError(wrong);
    }
    if (step === 'sender') {
      const saved = await doing.run('save', async () => {
        await saveAccount(form);
        poll();
        return true;
      });
      if (!saved) return setAt(1);
      setForm({ ...form, password: '', saved: form.auth === 'password' });
    }
    setAt(at + 1);
    scrollTo(0, 0);
    return undefined;
  };
  const test = async () => {
    const end = await trial.start(form, to, t('trial.subject.text'));
    poll();
    setOffline(Boolean(end && end.state === 'offline'));
    if (end && end.works) setAt(4);
  };
  return html`<div class="narrow"><div class="head"><${Title}>${t('setup.title')}<//><${Link} kind="quiet" href="/outbox">${t('setup.later')}<//></div>
    <ol class="progress">${STEPS.map((s, i) => html`<li key=${s} class=${i < at ? 'done' : ''} aria-current=${i === at ? 'step' : undefined}>${i + 1} ${t(`setup.step.${s}`)}</li>`)}</ol>
    <${Problems} error=${doing.error} fields=${{ from: 'address', host: 'host', port: 'port', user: 'user', password: 'password' }} />
    <form onSubmit=${(e) => e.preventDefault()}>
    ${step === 'address' && html`<${Choice} id="language" label=${t('screen.language')} class="medium" value=${screen.language} onChange=${async (language) => { setScreen({ language }); await loadLanguage(); change({}); }} options=${[['', t('screen.language.auto')], ...Object.entries(LANGUAGES)]} />
      <${Text} id="address" name="from" label=${t('setup.address')} value=${form.sender} error=${doing.error} type="email" spellcheck="false" autocomplete="email" onInput=${(sender) => setForm({ ...form, sender, user: '' })} />
      ${provider && !chosen && html`<p class="muted" role="status">${t('setup.known', { provider: provider.label })}</p>`}
      ${(!provider || chosen) && form.sender.includes('@') && html`<${Choice} id="who" label=${t('setup.who')} value=${chosen} onChange=${setChosen} options=${[['', t('account.another')], ...providers.map((p) => [p.id, p.label])]} />`}`}
    ${step === 'signin' && html`${!provider && html`<${Server} value=${form} onChange=${setForm} error=${doing.error} providers=${providers} />`}<${SignIn} value=${form} onChange=${setForm} error=${doing.error} provider=${provider} />`}
    ${step === 'sender' && html`<${Sender} value=${form} onChange=${setForm} error=${doing.error} />`}
    ${step === 'test' && html`<p>${t('setup.test')}</p><${Text} id="testto" label=${t('trial.to')} value=${to} onInput=${setTo} inputmode="email" /><${Steps} trial=${trial} account=${form} onFix=${(part) => { setForm({ ...form, ...part }); setAt(1); }} />
      ${offline && html`<${Banner} tone="warn" title=${t('setup.offline')} actions=${html`<${Button} kind="main" onClick=${() => setAt(4)}>${t('setup.finish')}<//>`} />`}`}
    ${step === 'done' && html`<${Banner} tone=${offline ? 'warn' : 'ok'} title=${offline ? t('setup.done.offline') : t('setup.done')}><p>${t('setup.done.text')}</p><//><div class="actions"><${Link} kind="main" href="/docs/new/invoice">${t('docs.newinvoice')}<//><${Link} href="/mail/new">${t('mail.write')}<//><${Link} href="/outbox">${t('notfound.outbox')}<//>${!(shop.data && shop.data.details) && html`<${Link} href="/settings/shop">${t('settings.shop')}<//>`}</div>`}
    <div class="bar">${at < 3 && html`<${Button} kind="main" busy=${doing.busy} onClick=${next}>${t('next')}<//>`}${step === 'test' && html`<${Button} kind="main" busy=${trial.busy} onClick=${test}>${t('trial.send')}<//>`}${at > 0 && at < 4 && html`<${Button} onClick=${() => { doing.setError(null); setAt(at - 1); }}>${t('back')}<//>`}${step === 'test' && html`<${Button} onClick=${() => setAt(4)}>${t('setup.skip')}<//>`}</div></form></div>`;
}

// The first start: from an address to a mail that was accepted, in five steps that can be left at any time.

import { html, t, useState, useEffect, useData, get, poll, put, setScreen, loadLanguage, change, screen, LANGUAGES } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { looksRight } from '../lib/recipients.js';
import { emptyAccount, formOf, places, useProviders, providerOf, settingsOf, unfinished, Server, SignIn, saveAccount } from './parts.js';
import { Fields, OwnerOnly, Progress, MAIL, fieldsOf, need } from './page.js';
import { SenderFields } from './account.js';
import { AppFields, Connection } from './connect.js';
import { Steps, useTrial } from './trial.js';

const STEPS = ['address', 'signin', 'sender', 'test', 'done'];
const OTHER = 'other';

export function Setup() {
  const [at, setAt] = useState(0);
  const [form, setForm] = useState(emptyAccount);
  const [chosen, setChosen] = useState('');
  const [to, setTo] = useState('');
  const [offline, setOffline] = useState(false);
  const [tested, setTested] = useState(false);
  const providers = useProviders();
  const shop = useData('/shop');
  const accounts = useData('/accounts', ['accounts']);
  const doing = useDoing();
  const trial = useTrial();
  const view = (accounts.data || []).find((a) => a.name === 'default');
  const [begun, setBegun] = useState(false);
  useEffect(() => {
    if (!accounts.data || begun) return;
    setBegun(true);
    if (view) setForm(formOf(view));
  }, [accounts.data]);
  useEffect(() => {
    const details = shop.data && shop.data.details;
    if (details) setForm((f) => ({ ...f, name: f.name || details.name, sender: f.sender || details.email || '' }));
  }, [shop.data]);
  const guess = providerOf(providers, form.sender.trim());
  const provider = chosen === OTHER ? undefined : providers.find((p) => p.id === chosen) || guess;
  const step = STEPS[at];
  const move = (to) => {
    doing.setError(null);
    setAt(to);
    scrollTo(0, 0);
    requestAnimationFrame(() => document.querySelector('main h1') && document.querySelector('main h1').focus({ preventScroll: true }));
  };
  const store = async () => {
    setForm(await saveAccount(form));
    accounts.again();
  };
  const next = () => doing.run('next', async () => {
    if (step === 'address') {
      const address = form.sender.trim();
      if (!looksRight(address)) throw need('from', 'setup.need.address');
      if (!provider && !chosen) throw need('who', 'setup.need.who');
      const user = form.user || address;
      // What somebody has set already is kept when they come back to this step.
      const same = provider && provider.host === form.host && form.user;
      setForm(provider && !same ? settingsOf(provider, { ...form, user: address }) : { ...form, user });
      setTo(to || address);
    }
    // Here a wrong password store shows itself, while the field for it is on the screen.
    if (step === 'signin') {
      await store();
      const now = form.auth === 'oauth' && (await get('/accounts')).find((a) => a.name === 'default');
      if (now && !(now.oauth && now.oauth.connected)) throw need('', 'setup.need.connect');
    }
    if (step === 'sender') await store();
    move(at + 1);
    return undefined;
  });
  const tryIt = async (account) => {
    const end = await trial.start(account, to.trim(), t('trial.subject.text'));
    poll();
    setOffline(Boolean(end && end.state === 'offline'));
    if (end && end.works) {
      setTested(true);
      move(4);
    }
  };
  const test = () => doing.run('test', async () => {
    if (!looksRight(to.trim())) throw need('to', 'trial.need.to');
    await tryIt(form);
  });
  const mend = (part) => {
    const changed = { ...form, ...part };
    setForm(changed);
    trial.clear();
    if ('sender' in part) return move(2);
    if ('saved' in part || 'auth' in part) return move(1);
    return doing.run('mend', async () => {
      await saveAccount(changed);
      await tryIt(changed);
    });
  };
  const speak = async (language) => {
    setScreen({ language });
    await loadLanguage();
    change({});
    if (language) put('/settings/language', { value: language }).catch(() => {});
  };
  const parts = { value: form, onChange: setForm, error: doing.error };
  const { text } = fieldsOf(form, null, doing.error);
  const bare = !(shop.data && shop.data.details);
  return html`<div class="narrow"><div class="head"><Title>${t('setup.title')}<//>${at < 4 && html`<Link kind="quiet" href="/outbox">${t('setup.later')}<//>`}</div><${OwnerOnly} />
    <${Progress} of="setup.step" steps=${STEPS} at=${at} />
    <${Fields} doing=${doing} fields=${{ ...places, from: step === 'address' ? 'address' : 'sender', who: 'who' }}>
    ${step === 'address' && html`<Choice id="language" label=${t('screen.language')} class="medium" value=${screen.language} onChange=${speak} options=${[['', t('screen.language.auto')], ...Object.entries(LANGUAGES)]} />
      ${text('sender', 'setup.address', { ...MAIL, id: 'address', name: 'from', autocomplete: 'email', onInput: (sender) => setForm({ ...form, sender, user: '' }) })}
      ${guess && !chosen && html`<p class="row" role="status"><span>${t('setup.known', { provider: guess.label })}</span><Button onClick=${() => setChosen(OTHER)}>${t('setup.known.not')}<//></p>`}
      ${((!guess && form.sender.includes('@')) || chosen) && html`<Choice id="who" name="who" class="medium" label=${t('setup.who')} hint=${t('setup.who.hint')} value=${chosen} error=${doing.error} onChange=${setChosen} options=${[['', t('setup.who.choose')], ...providers.map((p) => [p.id, p.label]), [OTHER, t('account.another')]]} />`}`}
    ${step === 'signin' && html`${provider && !unfinished(provider.host) ? html`<p class="muted">${t('setup.server', { provider: provider.label, host: form.host, port: form.port })}</p>` : html`${!provider && html`<p>${t('setup.byhand')}</p>`}<${Server} ...${parts} providers=${providers} />`}
      <${SignIn} ...${parts} provider=${provider}><${AppFields} ...${parts} /><${Connection} name="default" view=${view} form=${form} onChange=${setForm} save=${store} onDone=${() => { accounts.again(); poll(); }} /><//>`}
    ${step === 'sender' && html`<${SenderFields} ...${parts} />`}
    ${step === 'test' && html`<p>${t('setup.test')}</p><Text id="testto" name="to" class="medium" label=${t('trial.to')} value=${to} error=${doing.error} onInput=${setTo} inputmode="email" spellcheck="false" /><${Steps} trial=${trial} account=${form} onFix=${mend} />
      ${offline && html`<Banner tone="warn" title=${t('setup.offline')} actions=${html`<Button kind="main" onClick=${() => move(4)}>${t('setup.finish')}<//>`} />`}`}
    ${step === 'done' && html`<Banner tone=${tested ? 'ok' : 'warn'} title=${tested ? t('setup.done') : t('setup.done.offline')}><p>${t('setup.done.text')}</p><//>
      ${bare && html`<p>${t('setup.done.shop')}</p>`}<div class="actions">${bare && html`<Link kind="main" href="/settings/shop">${t('settings.shop')}<//>`}<Link kind=${bare ? '' : 'main'} href="/docs/new/invoice">${t('docs.newinvoice')}<//><Link href="/mail/new">${t('mail.write')}<//><Link href="/outbox">${t('notfound.outbox')}<//></div>`}
    ${at < 4 && html`<div class="bar">${at < 3 && html`<Button kind="main" busy=${doing.busy} onClick=${next}>${t('next')}<//>`}${step === 'test' && html`<Button kind="main" busy=${trial.busy || doing.busy} onClick=${test}>${trial.end && !trial.end.works ? t('try.again') : t('trial.send')}<//>`}${at > 0 && html`<Button onClick=${() => move(at - 1)}>${t('back')}<//>`}${step === 'test' && html`<Button onClick=${() => move(4)}>${t('setup.skip')}<//>`}</div>`}<//></div>`;
}

// The first start: from the shop's name to a mail that was accepted, in steps that can be left at any time and gone back to.

import { html, t, useState, useEffect, useData, get, go, poll, put, setScreen, loadLanguage, change, screen, whoAmI, LANGUAGES } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';
import { looksRight } from '../lib/recipients.js';
import { emptyAccount, formOf, useProviders, providerOf, settingsOf, unfinished, Server, SignIn, saveAccount } from './parts.js';
import { Fields, OwnerOnly, MAIL, fieldsOf, need, useFields } from './page.js';
import { SenderFields } from './account.js';
import { AppFields, Connection } from './connect.js';
import { NameAndAddress, bodyOf, fieldOf, startOf } from './shop.js';
import { Steps, accountAt, useTrial } from './trial.js';

const STEPS = ['shop', 'address', 'signin', 'sender', 'test', 'done'];
const OTHER = 'other';

/** What is done can be gone back to. */
const Progress = ({ at, move }) => html`<ol class="progress">${STEPS.map((s, i) => html`<li key=${s}><button type="button" class="chip" aria-current=${i === at ? 'step' : undefined} disabled=${i > at} onClick=${() => i < at && move(i)}>${i < at ? html`<Icon name="ok" />` : `${i + 1} `}${t(`setup.step.${s}`)}</button></li>`)}</ol>`;

export function Setup() {
  const [at, setAt] = useState(0);
  // An address that was given when this was left the last time.
  const [form, setForm] = useState({ ...emptyAccount, sender: (screen.setup || {}).sender || '' });
  const [chosen, setChosen] = useState((screen.setup || {}).chosen || '');
  const [to, setTo] = useState('');
  const [offline, setOffline] = useState(false);
  const [tested, setTested] = useState(false);
  const providers = useProviders();
  const shop = useData('/shop');
  const accounts = useData('/accounts', ['accounts']);
  const doing = useDoing();
  const own = useFields({ ...startOf({}), pin: '' }, doing.error);
  const trial = useTrial();
  const view = (accounts.data || []).find((a) => a.name === 'default');
  const details = shop.data && shop.data.details;
  const [begun, setBegun] = useState(false);
  useEffect(() => {
    if (!accounts.data || !shop.data || begun) return;
    setBegun(true);
    const given = view ? formOf(view) : form;
    if (details) own.set(startOf(details));
    setForm(details ? { ...given, name: given.name || details.name, sender: given.sender || details.email || '' } : given);
    setTo(given.sender);
    const works = Boolean(view && view.last_test && view.last_test.works);
    setTested(works);
    if (view) setAt(STEPS.indexOf(view.oauth && !view.oauth.connected ? 'signin' : works ? 'done' : 'test'));
    else if (details) setAt(1);
  }, [accounts.data, shop.data]);
  const guess = providerOf(providers, form.sender.trim());
  const provider = chosen === OTHER ? undefined : providers.find((p) => p.id === chosen) || guess;
  const step = STEPS[at];
  const move = (to) => {
    doing.setError(null);
    setAt(to);
    scrollTo(0, 0);
    queueMicrotask(() => document.querySelector('main h1').focus({ preventScroll: true }));
  };
  const moveTo = (name) => move(STEPS.indexOf(name));
  const store = async () => {
    setScreen({ setup: undefined });
    setForm(await saveAccount(form));
    accounts.again();
  };
  const next = () => doing.run('next', async () => {
    if (step === 'shop') {
      const { pin, ...given } = own.value;
      if (Object.values(given).some((v) => typeof v === 'string' && v.trim())) await put('/shop', bodyOf(given));
      if (pin) {
        await put('/access/pins/owner', { pin });
        await whoAmI();
      }
      own.set({ pin: '' });
      shop.again();
      if (!form.name) setForm({ ...form, name: given.name });
    }
    if (step === 'address') {
      const address = form.sender.trim();
      if (!looksRight(address)) throw need('from', 'setup.need.address');
      if (!provider && !chosen) throw need('who', 'setup.need.who');
      const user = form.user || address;
      // What somebody has set already is kept when they come back to this step.
      const same = provider && provider.host === form.host && form.user;
      setForm(provider && !same ? settingsOf(provider, { ...form, user: address }) : { ...form, user });
      setTo(to || address);
      setScreen({ setup: { sender: address, chosen } });
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
      moveTo('done');
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
    if ('sender' in part) return moveTo('sender');
    if ('saved' in part || 'auth' in part || 'host' in part) return moveTo('signin');
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
  const shopField = fieldOf(own);
  // Nothing is asked before it is known what was answered the last time.
  if (!begun) return html`<Got from=${shop.data ? accounts : shop}>${() => ''}<//>`;
  return html`<div class="narrow"><div class="head"><Title>${t('status.setup')}<//>${step !== 'done' && html`<Link kind="quiet" href="/outbox">${t('setup.later')}<//>`}</div><${OwnerOnly} />
    <${Progress} at=${at} move=${move} />
    <${Fields} doing=${doing}>
    ${step === 'shop' && html`<Choice id="language" label=${t('screen.language')} class="medium" value=${screen.language} onChange=${speak} options=${[['', t('screen.language.auto')], ...Object.entries(LANGUAGES)]} />
      <p class="muted">${t('shop.text')}</p><${NameAndAddress} field=${shopField} />
      ${shopField('pin', 'screen.pin.owner', { type: 'password', inputmode: 'numeric', maxlength: 12, class: 'short', hint: t('setup.pin.hint') })}`}
    ${step === 'address' && html`${text('sender', 'setup.address', { ...MAIL, id: 'address', name: 'from', autocomplete: 'email', onInput: (sender) => setForm({ ...form, sender, user: '' }) })}
      ${guess && !chosen && html`<p class="row" role="status"><span>${t('setup.known', { provider: guess.label })}</span><Button onClick=${() => setChosen(OTHER)}>${t('setup.known.not')}<//></p>`}
      ${((!guess && form.sender.includes('@')) || chosen) && html`<Choice id="who" name="who" class="medium" label=${t('setup.who')} hint=${t('setup.who.hint')} value=${chosen} error=${doing.error} onChange=${setChosen} options=${[['', t('setup.who.choose')], ...providers.map((p) => [p.id, p.label]), [OTHER, t('account.another')]]} />`}`}
    ${step === 'signin' && html`${provider && !unfinished(provider.host) ? html`<p class="muted">${t('setup.server', { provider: provider.label, host: form.host, port: form.port })}</p>` : html`${!provider && html`<p>${t('setup.byhand')}</p>`}<${Server} ...${parts} providers=${providers} />`}
      <${SignIn} ...${parts} provider=${provider}><${AppFields} ...${parts} /><${Connection} name="default" view=${view} form=${form} onChange=${setForm} save=${store} onDone=${accounts.again} /><//>`}
    ${step === 'sender' && html`<${SenderFields} ...${parts} />`}
    ${step === 'test' && html`<p>${t('setup.test')}</p><Text id="testto" name="to" class="medium" label=${t('trial.to')} value=${to} error=${doing.error} onInput=${setTo} inputmode="email" spellcheck="false" /><${Steps} trial=${trial} account=${form} change=${mend} look=${(field) => (field === 'ca' ? go(accountAt({ name: 'default' }, field)) : moveTo(field === 'sender' ? 'sender' : 'signin'))} again=${test} />
      ${offline && html`<Banner tone="warn" title=${t('setup.offline')} actions=${html`<Button kind="main" onClick=${() => moveTo('done')}>${t('setup.finish')}<//>`} />`}`}
    ${step === 'done' && html`<Banner tone=${tested ? 'ok' : 'warn'} title=${tested ? t('setup.done') : t('setup.done.offline')}><p>${t('setup.done.text')}</p><//>
      ${!details && html`<p>${t('setup.done.shop')}</p>`}<div class="actions">${!details && html`<Link kind="main" href="/settings/shop">${t('settings.shop')}<//>`}<Link kind=${details ? 'main' : ''} href="/docs/new/invoice">${t('docs.newinvoice')}<//><Link href="/mail/new">${t('mail.write')}<//><Link href="/outbox">${t('notfound.outbox')}<//></div>`}
    ${step !== 'done' && html`<div class="bar">${step !== 'test' && html`<Button kind="main" busy=${doing.busy} onClick=${next}>${t('next')}<//>`}${step === 'test' && html`<Button kind="main" busy=${trial.busy || doing.busy} onClick=${test}>${trial.end && !trial.end.works ? t('try.again') : t('trial.send')}<//>`}${at > 0 && html`<Button onClick=${() => move(at - 1)}>${t('back')}<//>`}${step === 'test' && html`<Button onClick=${() => moveTo('done')}>${t('setup.skip')}<//>`}</div>`}<//></div>`;
}

// A test of an account, told step by step while it runs.

import { html, t, useState, useEffect, useRef, useData, query, ask, poll, enc, language, announce } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import { Explained } from '../lib/explained.js';
import { Page, Copy, Fields, Mark, NoAccount, need } from './page.js';
import { formOf, requestOf, saveAccount, faultOf, places } from './parts.js';

const failed = (message) => ({ works: false, state: 'failed', message, problem: null, steps: [] });

export function useTrial(name = 'default') {
  const [steps, setSteps] = useState(null);
  const [end, setEnd] = useState(null);
  const [busy, setBusy] = useState(false);
  const stop = useRef(null);
  useEffect(() => () => stop.current && stop.current.abort(), []);
  const start = async (account, to, subject) => {
    if (stop.current) stop.current.abort();
    const mine = new AbortController();
    stop.current = mine;
    setBusy(true);
    setSteps([]);
    setEnd(null);
    let last = null;
    const ended = (result) => {
      last = result;
      if (stop.current === mine) setEnd(result);
    };
    try {
      const { answer } = await ask('POST', '/account-tests', { name, language: language === 'xx' ? 'en' : language, account: requestOf(account), ...(to ? { to } : {}), ...(subject ? { subject } : {}) }, { signal: mine.signal });
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let text = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
        const lines = text.split('\n');
        text = lines.pop();
        for (const line of lines.filter(Boolean)) {
          const told = JSON.parse(line);
          if (stop.current !== mine) return null;
          if (told.step) setSteps((s) => [...s, told.step]);
          else {
            ended(told.result || failed(told.problem.detail));
            if (last.steps.length) setSteps(last.steps);
          }
        }
      }
      if (!last) ended(failed(t('trial.broken')));
    } catch (error) {
      if (error.name !== 'AbortError') ended(failed(error.message));
    }
    if (stop.current === mine) setBusy(false);
    return last;
  };
  const clear = () => {
    setSteps(null);
    setEnd(null);
  };
  return { steps, end, busy, start, clear };
}

const icons = { ok: 'ok', failed: 'stop', not_tried: 'off', waiting: 'wait' };
const tones = { ok: 'ok', failed: 'bad', not_tried: 'plain', waiting: 'warn' };

/** The log as a text for somebody who helps. */
function logOf(steps, end) {
  const lines = steps.map((s) => `${{ ok: 'OK ', failed: 'BAD', waiting: '...' }[s.state] || '-  '} ${s.name}: ${s.state === 'not_tried' ? t('trial.nottried') : s.says} (${s.millis} ms)`);
  const raw = end && end.problem ? [end.problem.id, end.problem.stage, end.problem.raw.code, end.problem.raw.enhanced, end.problem.raw.text].filter(Boolean).join(' ') : '';
  return [...lines, end ? end.message || (end.problem && end.problem.title) || '' : '', raw].filter(Boolean).join('\n');
}
export function saveText(name, text) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([text], { type: 'text/plain' })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** The steps of a test, how it ended, and the buttons that mend it. `onFix` gets what is to change. */
export function Steps({ trial, onFix, account }) {
  const { steps, end, busy } = trial;
  if (!steps && !end) return null;
  const shown = steps || [];
  const seen = shown.find((s) => s.certificate);
  const tone = end && end.state === 'offline' ? 'warn' : 'bad';
  return html`<div aria-live="polite"><ul class="steps">${shown.map((s, i) => html`<li key=${s.key + i}><${Mark} tone=${tones[s.state]} icon=${icons[s.state]}>${s.name}<//><span class="muted">${s.state === 'not_tried' ? t('trial.nottried') : s.says}</span><span class="muted">${s.state === 'not_tried' ? '' : t('trial.millis', { ms: s.millis })}</span></li>`)}</ul>
    ${busy && html`<p class="muted">${t('trial.running')}</p>`}
    ${end && end.works && html`<Banner tone="ok" title=${end.message || t('trial.works')} />`}
    ${end && !end.works && (end.problem ? html`<${Explained} problem=${end.problem} tone=${tone} actions=${onFix && fixes(end, account, seen).map(([word, part]) => html`<Button key=${word} onClick=${() => onFix(part)}>${word}<//>`)} />` : html`<Banner tone=${tone} title=${end.message} />`)}
    ${seen && end && !end.works && html`<details><summary>${t('trial.certificate')}</summary><dl class="facts"><dt>${t('trial.names')}</dt><dd>${seen.certificate.names.join(', ')}</dd><dt>${t('trial.issuer')}</dt><dd>${seen.certificate.issuer}</dd><dt>SHA-256</dt><dd>${seen.certificate.fingerprint}</dd></dl></details>`}
    ${end && shown.length > 0 && html`<details><summary>${t('trial.log')}</summary><pre>${logOf(shown, end)}</pre><div class="actions"><${Copy} text=${logOf(shown, end)} /><Button onClick=${() => saveText('tillpost-test.txt', logOf(shown, end))}>${t('trial.log.save')}<//></div></details>`}</div>`;
}
/** The field that has to be looked at. */
const LOOK = { change_user: 'user', check_server_name: 'host', change_sender: 'sender', choose_certificate: 'ca' };
/** What of a failed test a button can mend: the words on it and what it changes; beside the `fields` also where to look. */
export function fixes(end, account, seen, fields) {
  const found = [];
  const add = (word, part, field) => found.every(([w]) => w !== word) && found.push([word, part, field]);
  for (const action of end.problem.actions) {
    if (['use_pair', 'use_tls_465'].includes(action.key)) add(t('account.use465'), { port: '465', encryption: 'tls' });
    if (['use_pair', 'use_port_587', 'use_starttls_587', 'use_starttls'].includes(action.key)) add(t('account.use587'), { port: '587', encryption: 'starttls' });
    if (action.key === 'trust_certificate' && seen) add(action.label, { pin: seen.certificate.fingerprint });
    if (action.key === 'use_default_port') add(action.label, { port: account.encryption === 'tls' ? '465' : '587' });
    if (fields && LOOK[action.key]) add(action.label, {}, LOOK[action.key]);
    if (action.key === 'change_password') add(action.label, { password: '', saved: false });
    if (action.key === 'switch_sign_in_on') add(action.label, { auth: 'password' });
    const issuer = { connect_microsoft: 'microsoft', connect_google: 'google' }[action.key] || (['connect', 'connect_again'].includes(action.key) && account.app.issuer);
    if (issuer) add(action.label, { auth: 'oauth', app: { ...account.app, issuer } });
    if (action.key === 'use_user_as_sender' && account.user.includes('@')) add(action.label, { sender: account.user, reply_to: account.reply_to.length ? account.reply_to : [account.sender] });
  }
  return found;
}

/** The screen on which an account that is set up is tested. */
export function Test() {
  const accounts = useData('/accounts', ['accounts']);
  return html`<${Page} tab="test" from=${accounts} isEmpty=${(list) => !list.length} empty=${html`<${NoAccount} />`}>${(list) => html`<${One} accounts=${list} again=${accounts.again} />`}<//>`;
}
function One({ accounts, again }) {
  const [name, setName] = useState(query().get('name') || (accounts.find((a) => a.name === 'default') || accounts[0]).name);
  const view = accounts.find((a) => a.name === name) || accounts[0];
  const form = formOf(view);
  const [to, setTo] = useState(form.sender);
  const [subject, setSubject] = useState(t('trial.subject.text'));
  const trial = useTrial(view.name);
  const doing = useDoing();
  const run = async (account) => {
    await trial.start(account, to.trim(), subject.trim());
    poll();
    again();
  };
  const test = () => {
    doing.setError(null);
    return to.trim() ? run(form) : doing.setError(need('to', 'trial.need.to'));
  };
  const mend = (part) => {
    const changed = { ...form, ...part };
    const fault = faultOf(changed);
    if (fault) return void (location.href = `/settings/account?name=${enc(view.name)}&at=${places[fault.field]}`);
    return doing.run('mend', async () => {
      await saveAccount(changed, view.name);
      announce(t('saved'));
      again();
      await run(changed);
    });
  };
  return html`<p>${t('trial.text')}</p><${Fields} class="narrow" doing=${doing} fields=${places}>
    ${accounts.length > 1 && html`<Choice id="which" label=${t('settings.account')} value=${view.name} onChange=${(n) => { setName(n); trial.clear(); }} options=${accounts.map((a) => [a.name, `${a.name} – ${a.from}`])} />`}
    <Text id="testto" name="to" label=${t('trial.to')} value=${to} error=${doing.error} onInput=${setTo} inputmode="email" spellcheck="false" /><Text id="testsubject" name="subject" label=${t('compose.subject')} value=${subject} error=${doing.error} onInput=${setSubject} />
    <${Steps} trial=${trial} account=${form} onFix=${mend} />
    <div class="bar"><Button kind="main" busy=${trial.busy || doing.busy} onClick=${test}>${trial.end && !trial.end.works ? t('try.again') : t('trial.send')}<//></div><//>`;
}

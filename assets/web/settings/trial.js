// A test of an account, told step by step while it runs.

import { html, t, useState, useEffect, useRef, useData, query, ask, poll, enc, go, language, announce } from '../lib/core.js';
import { useDoing } from '../lib/ui.js';
import '../lib/inputs.js';
import { Explained } from '../lib/explained.js';
import { Page, Copy, Fields, Mark, NoAccount, need } from './page.js';
import { formOf, requestOf, saveAccount, faultOf } from './parts.js';

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

/** The steps of a test, how it ended, and the buttons that mend it; `change`, `look` and `again` as for `mending`. */
export function Steps({ trial, account, ...does }) {
  const { steps, end, busy } = trial;
  if (!steps && !end) return null;
  const shown = steps || [];
  const seen = shown.find((s) => s.certificate);
  const tone = end && end.state === 'offline' ? 'warn' : 'bad';
  return html`<div aria-live="polite"><ul class="steps">${shown.map((s, i) => html`<li key=${s.key + i}><${Mark} tone=${tones[s.state]} icon=${icons[s.state]}>${s.name}<//><span class="muted">${s.state === 'not_tried' ? t('trial.nottried') : s.says}</span><span class="muted">${s.state === 'not_tried' ? '' : t('trial.millis', { ms: s.millis })}</span></li>`)}</ul>
    ${busy && html`<p class="muted">${t('trial.running')}</p>`}
    ${end && end.works && html`<Banner tone="ok" title=${end.message || t('trial.works')} />`}
    ${end && !end.works && (end.problem ? html`<${Explained} problem=${end.problem} tone=${tone} doable=${mending({ account, seen, ...does })} />` : html`<Banner tone=${tone} title=${end.message} />`)}
    ${seen && end && !end.works && html`<details><summary>${t('trial.certificate')}</summary><dl class="facts"><dt>${t('trial.names')}</dt><dd>${seen.certificate.names.join(', ')}</dd><dt>${t('trial.issuer')}</dt><dd>${seen.certificate.issuer}</dd><dt>SHA-256</dt><dd>${seen.certificate.fingerprint}</dd></dl></details>`}
    ${end && shown.length > 0 && html`<details><summary>${t('trial.log')}</summary><pre>${logOf(shown, end)}</pre><div class="actions"><${Copy} text=${logOf(shown, end)} /><Button onClick=${() => saveText('tillpost-test.txt', logOf(shown, end))}>${t('trial.log.save')}<//></div></details>`}</div>`;
}
/** What the buttons of an explanation do about an account: `change` gets what is to be other, `look` the field to
 *  look at, `again` tries once more. */
export function mending({ account, seen, change, look, again }) {
  const to = (part) => () => change(part);
  const at = (field) => () => look(field);
  const pair = (port, encryption) => to({ port, encryption });
  const host = ({ value }) => change({ host: value });
  const oauth = (issuer) => issuer && to({ auth: 'oauth', app: { ...account.app, issuer } });
  const own = oauth(account.app.issuer);
  return {
    use_tls_465: pair('465', 'tls'), use_starttls_587: pair('587', 'starttls'), use_port_587: pair('587', 'starttls'),
    use_pair: ({ value }) => pair(...value.split(' '))(),
    use_default_port: to({ port: account.encryption === 'tls' ? '465' : '587' }),
    use_name: host, use_suggested_host: host, check_server_name: at('host'), open_settings: at('host'),
    // A certificate is looked at before it is trusted: the test shows it.
    trust_certificate: seen ? to({ pin: seen.certificate.fingerprint }) : again, choose_certificate: at('ca'),
    change_password: to({ password: '', saved: false }), change_user: at('user'), switch_sign_in_on: to({ auth: 'password' }),
    connect: own, connect_again: own, connect_microsoft: oauth('microsoft'), connect_google: oauth('google'),
    use_user_as_sender: account.user.includes('@') && to({ sender: account.user, reply_to: account.reply_to.length ? account.reply_to : [account.sender] }), change_sender: at('sender'),
    try_again: again, done_try_again: again, show_steps: '/help/gmail', run_checks: '/help', choose_order: '/outbox', save_eml: '/outbox',
  };
}
/** Changes an account that is stored as a button says, and goes on; what has to be filled in is gone to. */
export async function mend(view, part, next) {
  const changed = { ...formOf(view), ...part };
  const fault = faultOf(changed);
  if (fault) return go(accountAt(view, fault.field === 'from' ? 'sender' : fault.field));
  await saveAccount(changed, view.name);
  announce(t('saved'));
  return next(changed);
}
export const accountAt = ({ name }, field) => `/settings/account?name=${enc(name)}&at=${field}`;

/** The screen on which an account that is set up is tested. */
export function Test() {
  const accounts = useData('/accounts', ['accounts']);
  return html`<${Page} tab="test" from=${accounts} empty=${html`<${NoAccount} />`}>${(list) => html`<${One} accounts=${list} again=${accounts.again} />`}<//>`;
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
  const change = (part) => doing.run('mend', () => mend(view, part, async (changed) => {
    again();
    await run(changed);
  }));
  return html`<p>${t('trial.text')}</p><${Fields} class="narrow" doing=${doing}>
    ${accounts.length > 1 && html`<Choice id="which" label=${t('settings.account')} value=${view.name} onChange=${(n) => { setName(n); trial.clear(); }} options=${accounts.map((a) => [a.name, `${a.name} – ${a.from}`])} />`}
    <Text id="testto" name="to" label=${t('trial.to')} value=${to} error=${doing.error} onInput=${setTo} inputmode="email" spellcheck="false" /><Text id="testsubject" name="subject" label=${t('compose.subject')} value=${subject} error=${doing.error} onInput=${setSubject} />
    <${Steps} trial=${trial} account=${form} change=${change} look=${(field) => go(accountAt(view, field))} again=${test} />
    <div class="bar"><Button kind="main" busy=${trial.busy || doing.busy} onClick=${test}>${trial.end && !trial.end.works ? t('try.again') : t('trial.send')}<//></div><//>`;
}

// Why something does not work and what to do, as the API explains it, and how it is told to others.

import { html, t, useState, useApp, isOwner, announce } from './core.js';

const storyOf = (problem) => [problem.title, problem.detail, ...problem.steps].join('\n');
/** For those who cannot mend it themselves: the whole story as a text to hand on. */
export function TellOwner({ problem, kind = 'main' }) {
  const [told, setTold] = useState(false);
  return html`<Button kind=${kind} onClick=${async () => { await copy(storyOf(problem)); setTold(true); }}>${t('owner.tell')}<//>${told && html`<span role="status">${t('owner.told')}</span>`}`;
}

/** What went wrong and what to do, as the API explains it; `doable` says what a button of it does here, by its key. */
export function Explained({ problem, actions, tone = 'bad', title, at: happened, doable = {} }) {
  if (!problem) return null;
  const [copied, setCopied] = useState('');
  const raw = [problem.raw.code, problem.raw.enhanced, problem.raw.text].filter(Boolean).join(' ');
  const { status } = useApp();
  const [seen] = useState(() => new Date().toISOString());
  const support = `${problem.id} ${problem.key}\n${problem.stage}\n${raw}\n${happened || seen}\nTillpost ${status ? status.version : ''}`;
  const take = async (key, text) => { await copy(text); setCopied(key); };
  const known = problem.actions.filter((a) => doable[a.key]);
  // Who is asked for help gets the whole story, with the server's own words.
  const texts = problem.actions.filter((a) => a.key.startsWith('copy_'));
  const buttons = known.map((a, i) => (typeof doable[a.key] === 'string' ? html`<Link key=${a.key} kind=${i ? '' : 'main'} href=${doable[a.key]}>${a.label}<//>` : html`<Button key=${a.key} kind=${i ? '' : 'main'} onClick=${() => doable[a.key](a)}>${a.label}<//>`)).concat(texts.map(({ key, label }) => html`<Button key=${key} onClick=${() => take(key, `${storyOf(problem)}\n\n${support}`)}>${copied === key ? t('copied') : label}<//>`));
  return html`<Banner tone=${tone} title=${title || problem.title} actions=${actions || (buttons.length ? buttons : null)}>
    <p>${problem.detail}</p>${problem.steps.length > 1 ? html`<ol>${problem.steps.map((s) => html`<li>${s}</li>`)}</ol>` : problem.steps.map((s) => html`<p>${s}</p>`)}
    <details><summary>${t('support.details')}</summary><pre>${support}</pre><Button onClick=${() => take('all', support)}>${t(copied === 'all' ? 'copied' : 'copy')}<//></details><//>`;
}
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = Object.assign(document.createElement('textarea'), { value: text });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  announce(t('copied'));
}

/** Why an account sends nothing: the owner is led to its settings, others tell the owner. */
export const Held = ({ problem }) => html`<${Explained} problem=${problem} actions=${isOwner() ? html`<Link kind="main" href="/settings/account">${t('status.fix')}<//>` : html`<${TellOwner} problem=${problem} />`} />`;

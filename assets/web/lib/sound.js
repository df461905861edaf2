// Short tones for those who look at the goods and not at the screen. They are made here: no file is loaded.

import { screen, state, watchers } from './core.js';

/** Each tone's parts: how high in hertz (0 is silence), and how long in seconds. */
const TONES = {
  scan: [[880, 0.07], [1319, 0.1]],
  unknown: [[220, 0.12], [185, 0.22]],
  needs: [[659, 0.14], [0, 0.06], [659, 0.14]],
  sent: [[523, 0.08], [659, 0.08], [784, 0.14]],
};
export const EVENTS = Object.keys(TONES);
let speaker = null;

/** Plays a tone, on a till that may: where the browser forbids it, or has no sound, it is quiet. */
export async function play(event) {
  try {
    speaker = speaker || new AudioContext();
    // Forbidden until somebody has touched the page; a tone that comes late would mean something else.
    if (speaker.state !== 'running' && !(await Promise.race([speaker.resume().then(() => true), new Promise((done) => setTimeout(done, 1000))]))) return;
    let at = speaker.currentTime;
    for (const [pitch, long] of TONES[event]) {
      if (pitch) {
        const tone = speaker.createOscillator();
        const loud = speaker.createGain();
        tone.frequency.value = pitch;
        // Swells and fades: a hard edge clicks.
        loud.gain.setValueAtTime(0, at);
        loud.gain.linearRampToValueAtTime(0.2, at + 0.01);
        loud.gain.linearRampToValueAtTime(0, at + long);
        tone.connect(loud).connect(speaker.destination);
        tone.start(at);
        tone.stop(at + long);
      }
      at += long;
    }
  } catch {
    // Nothing hangs on a tone.
  }
}
const hear = (event) => screen.sound && play(event);

/** How much waits for a person. */
const needs = (s) => s.accounts.filter((a) => a.standing.startsWith('held')).length + s.uncertain + s.refused_lately + s.not_posted;
let before = { ...state };
watchers.add(() => {
  const was = before;
  before = { ...state };
  if (was.status && state.status !== was.status && needs(state.status) > needs(was.status)) hear('needs');
  else if (state.done && state.done !== was.done) hear('sent');
});
addEventListener('scanned', (e) => hear(e.detail ? 'scan' : 'unknown'));

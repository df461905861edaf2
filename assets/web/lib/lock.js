// Signs out at a screen that nobody has touched for a while, where a PIN lets people in again.

import { screen, state, signOut } from './core.js';

let touched = Date.now();
for (const event of ['pointerdown', 'keydown']) addEventListener(event, () => { touched = Date.now(); }, true);

setInterval(() => {
  const minutes = Number(screen.lock);
  if (!minutes || !state.session || !state.session.pin || Date.now() - touched < minutes * 60000) return;
  touched = Date.now();
  signOut();
}, 5000);

// Signs out at a screen that nobody has touched for a while, where a PIN lets people in again.

import { screen, state, get, remove, isGuarded, isOwner, whoAmI } from './core.js';

let touched = Date.now();
for (const event of ['pointerdown', 'keydown']) addEventListener(event, () => { touched = Date.now(); }, true);

/** What is being written and not saved stays: such a screen waits until it is. */
async function look() {
  const minutes = Number(screen.lock);
  if (!minutes || !state.session || isGuarded() || Date.now() - touched < minutes * 60000) return;
  touched = Date.now();
  try {
    const ways = await get('/entrance');
    // The owner's PIN lets no staff in again.
    if (!ways.staff_pin && !(isOwner() && ways.owner_pin)) return;
    await remove('/session');
    await whoAmI();
  } catch {
    // Not answered: asked again after as long.
  }
}
setInterval(look, 5000);

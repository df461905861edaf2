// Times as fields have them, on this till's clock.

import { t, clock, isToday } from './core.js';

const two = (n) => String(n).padStart(2, '0');
export const local = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
/** Today's date, or that of so many days from now. */
export function today(plus = 0) {
  const d = new Date();
  d.setDate(d.getDate() + plus);
  return local(d).slice(0, 10);
}

/** The next time the clock shows this hour; with `days`, that many days from now. */
export function later(hours, days = 0) {
  const d = new Date();
  d.setDate(d.getDate() + days);
  d.setHours(hours, 0, 0, 0);
  if (d < new Date()) d.setDate(d.getDate() + 1);
  return local(d);
}
/** Closing time and the next morning, the sooner first, each with the day it is: after closing time that is tomorrow's. */
export const usualTimes = () => [later(18), later(8, 1)].sort().map((time) => [t(isToday(time) ? 'compose.today' : 'compose.tomorrow', { time: clock(time) }), time]);

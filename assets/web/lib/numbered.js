// A paper by its number, as scanners and programs name it.

import { get, enc } from './core.js';

/** The paper with this number; none where several kinds have it: which one is meant a person says. */
export async function numbered(number) {
  const { items } = await get(`/documents?q=${enc(number.slice(0, 200))}&limit=50`);
  const same = items.filter((d) => d.number.toLowerCase() === number.toLowerCase());
  return same.every((d) => d.kind === same[0].kind) ? same[0] : undefined;
}

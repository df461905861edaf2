// A made-up language: longer words with marks on their letters, to find what is not translated or has no room.

const accents = Object.fromEntries('aáeéiíoóuúnñcçsšAÁEÉOÖSŠWŴwŵyý'.match(/../g).map((two) => [...two]));
export function pseudo(text) {
  const body = text.replace(/\{[^}]*\}|./g, (m) => (m.length > 1 ? m : accents[m] || m));
  return `[!! ${body}${' ·'.repeat(Math.ceil(text.length * 0.2))} !!]`;
}

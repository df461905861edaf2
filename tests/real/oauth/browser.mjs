// A browser without eyes: follows redirections, keeps cookies, and submits each form it is shown.
// node browser.mjs URL [FIELD=VALUE ...]; says the last page's address and text.
const cookies = new Map();

async function fetchPage(url, form) {
  const response = await fetch(url, {
    method: form ? 'POST' : 'GET',
    body: form,
    redirect: 'manual',
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(';')[0].split('=');
    cookies.set(name, value);
  }
  const next = response.headers.get('location');
  return next ? fetchPage(new URL(next, url)) : { url, text: await response.text() };
}

let page = await fetchPage(new URL(process.argv[2]));
const typed = new Map(process.argv.slice(3).map((pair) => pair.split('=')));
for (let n = 0; n < 5 && page.text.includes('<form'); n++) {
  const action = page.text.match(/<form[^>]*action="([^"]*)"/)?.[1].replaceAll('&amp;', '&') ?? page.url;
  const form = new URLSearchParams();
  for (const [tag] of page.text.matchAll(/<(input|button)[^>]*>/g)) {
    const name = tag.match(/name="([^"]*)"/)?.[1];
    const value = tag.match(/value="([^"]*)"/)?.[1] ?? '';
    if (name && name !== 'abort') form.set(name, typed.get(name) ?? value);
  }
  page = await fetchPage(new URL(action, page.url), form);
}
console.log(JSON.stringify({ url: String(page.url), text: page.text }));

// Pictures of papers: pages as the API draws them.

import { html, t, useState, useEffect, useRef, ask } from './core.js';
import { Button, Loading } from './ui.js';

/** The pages of a stored paper (`url` is the address of its PDF) or of one in the making (`body`). */
export function Pdf({ url, title, body }) {
  const [got, setGot] = useState({ pages: [], count: 0, error: null, busy: true });
  const stop = useRef(null);
  const key = body ? JSON.stringify(body) : url;
  const page = async (n, signal) => {
    const options = { signal };
    const { answer } = body ? await ask('POST', `/documents/preview/pages/${n}`, body, options) : await ask('GET', url.replace(/\/pdf$/, `/pages/${n}`), undefined, options);
    return { count: Number(answer.headers.get('page-count')), link: URL.createObjectURL(await answer.blob()) };
  };
  const drop = (pages) => pages.forEach((link) => URL.revokeObjectURL(link));
  useEffect(() => {
    const timer = setTimeout(async () => {
      if (stop.current) stop.current.abort();
      const mine = new AbortController();
      stop.current = mine;
      setGot((g) => ({ ...g, busy: true }));
      try {
        const first = await page(1, mine.signal);
        const pages = [first.link];
        setGot((g) => {
          drop(g.pages);
          return { pages, count: first.count, error: null, busy: first.count > 1 };
        });
        for (let n = 2; n <= Math.min(first.count, 10); n += 1) {
          const next = await page(n, mine.signal);
          setGot((g) => ({ ...g, pages: [...g.pages, next.link], busy: n < first.count && n < 10 }));
        }
      } catch (error) {
        if (error.name !== 'AbortError') setGot((g) => ({ ...g, error, busy: false }));
      }
    }, body ? 400 : 0);
    return () => clearTimeout(timer);
  }, [key]);
  const shown = useRef([]);
  shown.current = got.pages;
  useEffect(() => () => {
    if (stop.current) stop.current.abort();
    drop(shown.current);
  }, []);
  const open = async () => {
    const tab = window.open('', '_blank');
    const { answer } = await ask('POST', '/documents/preview', body);
    tab.location = URL.createObjectURL(await answer.blob());
  };
  return html`<div>${got.error && html`<p class="muted" role="status">${got.error.message}</p>`}
    ${got.pages.length ? got.pages.map((link, i) => html`<img class="sheet" key=${i} src=${link} alt=${t('pdf.page', { i: i + 1, of: got.count, name: title })} />`) : !got.error && html`<${Loading} />`}
    <div class="actions">${got.pages.length > 0 && (body ? html`<${Button} onClick=${open}>${t('pdf.open')}<//>` : html`<a class="button" href="/api/v1${url}" target="_blank" rel="noopener">${t('pdf.open')}</a>`)}<span class="muted" role="status">${got.busy && got.pages.length ? t('pdf.updating') : ''}</span></div></div>`;
}

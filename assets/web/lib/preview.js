// Pictures of papers: pages as the API draws them.

import { html, t, useState, useEffect, useRef, ask, announce, isOwner } from './core.js';

/** More pages than these are looked at in the PDF itself. */
const MOST = 10;
/** Fine enough for paper: a page of A4 is 1654 dots wide. */
const PRINT = 200;

/** A page as a picture, and how many there are. */
async function pageOf(asked) {
  const { answer } = await asked;
  return { count: Number(answer.headers.get('page-count')), link: URL.createObjectURL(await answer.blob()) };
}

/** The address of a page's picture, from that of its PDF. */
const pageAt = (url, n, ...asked) => {
  const [path, ...version] = url.split('?');
  return `${path.replace(/pdf$/, `pages/${n}`)}?${[...version, ...asked].join('&')}`;
};
/** The pages of a stored paper (`url` is the address of its PDF) or of one in the making (`body`); `brief` shows the first alone. */
export function Pdf({ url, title, body, brief, begun = true }) {
  const [got, setGot] = useState({ pages: [], busy: true });
  const stop = useRef(null);
  const key = body ? JSON.stringify(body) : url;
  const page = (n, signal) => pageOf(body ? ask('POST', `/documents/preview/pages/${n}`, body, { signal }) : ask('GET', pageAt(url, n), undefined, { signal }));
  const drop = (pages) => pages.forEach((link) => URL.revokeObjectURL(link));
  const waits = Boolean(body) && !begun;
  useEffect(() => {
    if (waits) return undefined;
    // Why the last one could not be drawn says nothing about this one.
    setGot((g) => (g.error ? { ...g, error: null } : g));
    const timer = setTimeout(async () => {
      if (stop.current) stop.current.abort();
      const mine = new AbortController();
      stop.current = mine;
      setGot((g) => ({ ...g, busy: true }));
      try {
        for (let n = 1, last = 1; n <= last; n += 1) {
          const { count, link } = await page(n, mine.signal);
          last = brief ? 1 : Math.min(count, MOST);
          setGot((g) => {
            if (n === 1) drop(g.pages);
            return { pages: [...(n > 1 ? g.pages : []), link], count, busy: n < last };
          });
        }
      } catch (error) {
        if (error.name !== 'AbortError') setGot((g) => ({ ...g, error, busy: false }));
      }
    }, body ? 400 : 0);
    return () => clearTimeout(timer);
  }, [key, waits]);
  const shown = useRef([]);
  shown.current = got.pages;
  useEffect(() => () => {
    if (stop.current) stop.current.abort();
    drop(shown.current);
  }, []);
  const open = async () => {
    const tab = window.open('', '_blank');
    try {
      const { answer } = await ask('POST', '/documents/preview', body);
      tab.location = URL.createObjectURL(await answer.blob());
    } catch (error) {
      tab.close();
      setGot((g) => ({ ...g, error }));
    }
  };
  if (waits) return html`<p class="muted">${t('pdf.wait')}</p>`;
  return html`<div class="pages ${got.busy && got.pages.length ? 'old' : ''}">${got.error && html`<p class="note" role="status"><Icon name="warn" /><span>${t('pdf.failed', { reason: got.error.message })}</span>${got.error.field === 'seller' && isOwner() && html`<Link href="/settings/shop">${t('doc.toshop')}<//>`}</p>`}
    ${!brief && html`<div class="actions">${got.pages.length > 0 && (body ? html`<Button onClick=${open}>${t('pdf.open')}<//>` : html`<a class="button" href="/api/v1${url}" target="_blank" rel="noopener">${t('pdf.open')}</a>`)}
      ${got.pages.length > 0 && !body && html`<Button icon="print" onClick=${() => printPaper(url, title)}>${t('pdf.print')}<//>`}<span class="muted" role="status">${got.busy && got.pages.length ? t('pdf.updating') : ''}</span></div>`}
    ${got.pages.length ? got.pages.map((link, i) => html`<img class="sheet" key=${i} src=${link} alt=${t('pdf.page', { i: i + 1, of: got.count, name: title })} />`) : !got.error && html`<Loading />`}
    ${brief && got.count > 1 && html`<p class="muted">${t('pdf.more', { n: got.count - 1 })}</p>`}</div>`;
}

/** Prints a stored paper, a page on each sheet, on any device: its pages as pictures, drawn fine. */
export async function printPaper(url, title) {
  announce(t('pdf.printing'));
  const place = Object.assign(document.createElement('div'), { id: 'paper' });
  const links = [];
  const root = document.documentElement;
  const done = () => {
    place.remove();
    delete root.dataset.paper;
    links.forEach((link) => URL.revokeObjectURL(link));
  };
  try {
    for (let n = 1, count = 1; n <= count; n += 1) {
      const drawn = await pageOf(ask('GET', pageAt(url, n, `dpi=${PRINT}`)));
      count = drawn.count;
      links.push(drawn.link);
      const picture = Object.assign(document.createElement('img'), { src: drawn.link, alt: t('pdf.page', { i: n, of: count, name: title }) });
      place.append(picture);
      await picture.decode();
    }
  } catch (error) {
    done();
    announce(error.message);
    return;
  }
  document.body.append(place);
  root.dataset.paper = 'yes';
  const before = document.title;
  document.title = title;
  addEventListener('afterprint', () => {
    document.title = before;
    done();
  }, { once: true });
  window.print();
}

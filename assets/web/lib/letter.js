// The formatted side of a mail, looked at without its powers: nothing in it runs, loads or leads anywhere.

import { html, useEffect, useRef } from './core.js';

/** What a letter may be made of; anything else is left out, and what stands inside it stays. */
const TAGS = new Set('A ABBR ADDRESS ARTICLE ASIDE B BDI BDO BIG BLOCKQUOTE BR CAPTION CENTER CITE CODE COL COLGROUP DD DEL DFN DIV DL DT EM FIGCAPTION FIGURE FONT FOOTER H1 H2 H3 H4 H5 H6 HEADER HR I IMG INS KBD LI MAIN MARK NAV OL P PRE Q S SAMP SECTION SMALL SPAN STRIKE STRONG SUB SUP TABLE TBODY TD TFOOT TH THEAD TR TT U UL VAR WBR'.split(' '));
/** What is left out with all that stands inside it. */
const SILENT = new Set('APPLET AUDIO BASE BUTTON CANVAS EMBED FRAME FRAMESET HEAD IFRAME INPUT LINK MATH META NOSCRIPT OBJECT OPTION SCRIPT SELECT STYLE SVG TEMPLATE TEXTAREA TITLE VIDEO X-STYLE'.split(' '));
const KEPT = 'align valign width height cellpadding cellspacing border bgcolor color face size colspan rowspan alt title dir lang start type'.split(' ');

/** A style that loads nothing. */
const harmless = (css) => css.split(';').filter((rule) => !/url\s*\(|image-set|expression|@import|\\/i.test(rule)).join(';');

/** The source with its styles and handlers under other names: the policy of these pages would complain of each. */
const tamed = (source) => source.replace(/<\/?style/gi, (tag) => tag.replace(/style/i, 'x-style')).replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/([\s"'/])(style|on[a-z]+)(\s*=)/gi, '$1data-$2$3'));

function copy(from, into, page) {
  for (const node of from.childNodes) {
    if (node.nodeType === 3) into.append(page.createTextNode(node.nodeValue));
    if (node.nodeType !== 1 || SILENT.has(node.tagName.toUpperCase())) continue;
    if (!TAGS.has(node.tagName)) {
      copy(node, into, page);
      continue;
    }
    const made = page.createElement(node.tagName);
    for (const name of KEPT) if (node.hasAttribute(name)) made.setAttribute(name, node.getAttribute(name));
    // Set by the program and not by markup, which the policy of these pages refuses.
    if (node.dataset && node.dataset.style) made.style.cssText = harmless(node.dataset.style);
    if (node.tagName === 'IMG') {
      const source = node.getAttribute('src') || '';
      if (!/^data:image\/(png|jpeg|gif|webp);base64,/i.test(source)) {
        into.append(page.createTextNode(node.getAttribute('alt') || ''));
        continue;
      }
      made.src = source;
    }
    if (node.tagName === 'A' && node.hasAttribute('href')) {
      made.title = node.getAttribute('href');
      made.style.textDecoration = 'underline';
      if (!made.style.color) made.style.color = '#0b5cab';
    }
    into.append(made);
    copy(node, made, page);
  }
}

/** A mail's HTML as its reader will see it. */
export function Letter({ source, title }) {
  const at = useRef();
  useEffect(() => {
    const frame = at.current;
    const page = frame.contentDocument;
    const letter = new DOMParser().parseFromString(tamed(source), 'text/html');
    page.body.replaceChildren();
    page.documentElement.lang = document.documentElement.lang;
    page.title = title;
    page.body.style.cssText = `margin:12px;background:#fff;color:#111;font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere;${harmless(letter.body.dataset.style || '')}`;
    copy(letter.body, page.body, page);
    // As high as the letter is at this width, measured from below.
    const fit = () => {
      frame.style.height = '40px';
      frame.style.height = `${Math.min(4000, page.documentElement.scrollHeight + 2)}px`;
    };
    fit();
    let width = frame.clientWidth;
    const watch = new ResizeObserver(() => {
      if (frame.clientWidth === width) return;
      width = frame.clientWidth;
      fit();
    });
    watch.observe(frame);
    return () => watch.disconnect();
  }, [source, title]);
  return html`<iframe class="reading" ref=${at} sandbox="allow-same-origin" title=${title}></iframe>`;
}

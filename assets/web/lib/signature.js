// A signature by pen or finger, kept as lines and not as dots: small in the file and sharp on paper.

import { html, t, useState, useRef } from './core.js';
import './inputs.js';

const WIDE = 600;
const HIGH = 200;
const round = (n) => Math.round(n * 10) / 10;

/** The strokes as an SVG path: curves through the middles of what the pen reported; a dot stays a dot. */
const pathOf = (strokes, left = 0, top = 0) => strokes.map((stroke) => {
  const at = stroke.map(([x, y]) => [round(x - left), round(y - top)]);
  const last = at[at.length - 1];
  if (at.length < 3) return `M${at[0].join(' ')}L${round(last[0] + 0.1)} ${last[1]}`;
  const curves = at.slice(1, -1).map(([x, y], i) => `Q${x} ${y} ${round((x + at[i + 2][0]) / 2)} ${round((y + at[i + 2][1]) / 2)}`);
  return `M${at[0].join(' ')}${curves.join('')}L${last.join(' ')}`;
}).join('');
const PEN = { fill: 'none', stroke: '#1a2a6c', 'stroke-width': 3, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };

/** A picture of the strokes, cut to what was drawn; '' when nothing was. */
export function svgOf(strokes) {
  const points = strokes.flat();
  if (points.length < 3) return '';
  const [left, top] = [0, 1].map((i) => Math.min(...points.map((p) => p[i])) - 6);
  const [right, bottom] = [0, 1].map((i) => Math.max(...points.map((p) => p[i])) + 6);
  const pen = Object.entries(PEN).map(([k, v]) => ` ${k}="${v}"`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(right - left)} ${round(bottom - top)}"><path d="${pathOf(strokes, left, top)}"${pen}/></svg>`;
}

/** A question for a signature; `onDone` gets the name and the picture in base64. */
export function Sign({ title, name: known, onDone, onCancel }) {
  const [name, setName] = useState(known || '');
  const [strokes, setStrokes] = useState([]);
  const pad = useRef();
  const pen = useRef(null);
  const place = (e) => {
    const box = pad.current.getBoundingClientRect();
    return [((e.clientX - box.left) * WIDE) / box.width, ((e.clientY - box.top) * HIGH) / box.height];
  };
  const down = (e) => {
    if (pen.current !== null) return;
    pen.current = e.pointerId;
    pad.current.setPointerCapture(e.pointerId);
    const at = place(e);
    setStrokes((s) => [...s, [at]]);
  };
  const move = (e) => {
    // The palm that rests beside the pen draws nothing.
    if (pen.current !== e.pointerId) return;
    const more = (e.getCoalescedEvents ? e.getCoalescedEvents() : []).map(place);
    const at = more.length ? more : [place(e)];
    setStrokes((s) => [...s.slice(0, -1), [...s[s.length - 1], ...at]]);
  };
  const up = (e) => {
    if (pen.current === e.pointerId) pen.current = null;
  };
  const picture = svgOf(strokes);
  return html`<Ask wide title=${title} yes=${t('sign.done')} onYes=${() => onDone({ name: name.trim(), image: picture ? btoa(picture) : '' })} onNo=${onCancel}>
    <Text id="sign-name" label=${t('sign.name')} value=${name} onInput=${setName} />
    <p id="sign-hint" class="hint">${t('sign.hint')}</p>
    <svg class="pad" ref=${pad} viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label=${picture ? t('sign.drawn') : t('sign.empty')} aria-describedby="sign-hint" onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up}><path d=${pathOf(strokes)} ...${PEN} /></svg>
    <div class="actions"><Button onClick=${() => setStrokes([])}>${t('sign.clear')}<//></div><//>`;
}

// A signature by pen or finger, kept as lines and not as dots: small in the file and sharp on paper.

import { html, t, useState, useEffect, useRef } from './core.js';
import { Ask, Button, Text } from './ui.js';

const WIDE = 600;
const HIGH = 200;
const round = (n) => Math.round(n * 10) / 10;

/** The strokes as an SVG picture, cut to what was drawn; '' when nothing was. */
export function svgOf(strokes) {
  const points = strokes.flat();
  if (points.length < 3) return '';
  const [left, top] = [Math.min(...points.map((p) => p[0])) - 6, Math.min(...points.map((p) => p[1])) - 6];
  const [right, bottom] = [Math.max(...points.map((p) => p[0])) + 6, Math.max(...points.map((p) => p[1])) + 6];
  // Curves through the middles of what the pen reported; a dot stays a dot.
  const path = strokes.map((stroke) => {
    const at = stroke.map(([x, y]) => [round(x - left), round(y - top)]);
    if (at.length < 3) return `M${at[0].join(' ')}L${round(at[at.length - 1][0] + 0.1)} ${at[at.length - 1][1]}`;
    let d = `M${at[0].join(' ')}`;
    for (let i = 1; i < at.length - 1; i += 1) d += `Q${at[i].join(' ')} ${round((at[i][0] + at[i + 1][0]) / 2)} ${round((at[i][1] + at[i + 1][1]) / 2)}`;
    return `${d}L${at[at.length - 1].join(' ')}`;
  }).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(right - left)} ${round(bottom - top)}"><path d="${path}" fill="none" stroke="#1a2a6c" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
}

/** A question for a signature; `onDone` gets the name and the picture in base64. */
export function Sign({ title, name: known, onDone, onCancel }) {
  const [name, setName] = useState(known || '');
  const [strokes, setStrokes] = useState([]);
  const pad = useRef();
  const pen = useRef(null);
  useEffect(() => {
    const ink = pad.current.getContext('2d');
    ink.clearRect(0, 0, WIDE, HIGH);
    ink.lineWidth = 3;
    ink.lineCap = 'round';
    ink.lineJoin = 'round';
    ink.strokeStyle = '#1a2a6c';
    for (const stroke of strokes) {
      ink.beginPath();
      stroke.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
      if (stroke.length === 1) ink.lineTo(stroke[0][0] + 0.1, stroke[0][1]);
      ink.stroke();
    }
  }, [strokes]);
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
  return html`<${Ask} wide title=${title} yes=${t('sign.done')} onYes=${() => onDone({ name: name.trim(), image: picture ? btoa(picture) : '' })} onNo=${onCancel}>
    <${Text} id="sign-name" label=${t('sign.name')} value=${name} onInput=${setName} />
    <p id="sign-hint" class="hint">${t('sign.hint')}</p>
    <canvas class="pad" ref=${pad} width=${WIDE} height=${HIGH} role="img" aria-label=${picture ? t('sign.drawn') : t('sign.empty')} aria-describedby="sign-hint" onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up}></canvas>
    <${Button} onClick=${() => setStrokes([])}>${t('sign.clear')}<//><//>`;
}

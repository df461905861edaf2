// Pictures made small enough to travel: photos of what was handed in, and files attached to a mail.

import { html, t, useState, base64 } from './core.js';

/** The longest side in dots: of a photo on a job card, more than a page prints; of one in a mail, more than a screen shows. */
const PRINTED = 1400;
const SHOWN = 1600;

/** A picture upright as the camera meant it, no side longer than `longest`: a JPEG on white paper, or a PNG where
 *  one can see through it and `clear` says that this stays so. */
async function redraw(file, longest, clear) {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const by = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * by));
  canvas.height = Math.max(1, Math.round(picture.height * by));
  const ink = canvas.getContext('2d');
  ink.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const png = clear && ink.getImageData(0, 0, canvas.width, canvas.height).data.some((v, i) => i % 4 === 3 && v < 255);
  if (!png) {
    ink.globalCompositeOperation = 'destination-over';
    ink.fillStyle = '#fff';
    ink.fillRect(0, 0, canvas.width, canvas.height);
  }
  return new Promise((done) => canvas.toBlob(done, png ? 'image/png' : 'image/jpeg', 0.8));
}

/** What a file is, by the beginning of its base64; '' when it is no picture that can be redrawn. */
const typeOf = (content) => (content.startsWith('/9j/') ? 'image/jpeg' : content.startsWith('iVBOR') ? 'image/png' : content.startsWith('UklGR') ? 'image/webp' : '');
export const isPicture = (file) => typeOf(file.content) !== '';
/** Where an <img> finds a stored picture; what is none of the others is a signature. */
export const sourceOf = (image) => (image.startsWith('data:') ? image : `data:${typeOf(image) || 'image/svg+xml'};base64,${image}`);

/** An attached file as a smaller one, which keeps what it `was`; the same where it cannot be made much smaller. */
export async function lighter(file) {
  if (!isPicture(file)) return file;
  try {
    const made = await redraw(new Blob([Uint8Array.from(atob(file.content), (c) => c.charCodeAt(0))]), SHOWN, true);
    // A tenth less is not worth another loss of sharpness.
    if (!made || made.size > file.size * 0.9) return file;
    const ending = made.type === 'image/png' ? '.png' : '.jpg';
    const name = /\.jpe?g$/i.test(file.name) && ending === '.jpg' ? file.name : file.name.replace(/(\.(png|webp|jpe?g))?$/i, ending);
    return { name, size: made.size, content: await base64(made), was: file.was || file };
  } catch {
    return file;
  }
}

/** The photos of a job card: `value` is the list as the API takes it; `onChange` is told what becomes of the list as it is then. */
export function Photos({ value, moment, onChange, onError }) {
  const [busy, setBusy] = useState(false);
  const add = async (files) => {
    setBusy(true);
    const made = [];
    for (const file of files) {
      try {
        made.push({ image: await base64(await redraw(file, PRINTED)), caption: '', moment });
      } catch {
        onError(t('photos.unreadable', { name: file.name }));
      }
    }
    setBusy(false);
    if (made.length) onChange((now) => [...now, ...made]);
  };
  const at = (i, part) => onChange((now) => now.map((p, j) => (j === i ? { ...p, ...part } : p)));
  const here = value.map((p, i) => [p, i]).filter(([p]) => (p.moment || 'hand_in') === moment);
  return html`<div class="field"><span class="label">${t(`photos.${moment}`)}</span>
    ${here.length > 0 && html`<ul class="photos">${here.map(([p, i], n) => html`<li key=${`${i}${p.image.length}`}><img src=${sourceOf(p.image)} alt=${p.caption || t('photos.number', { n: n + 1 })} />
      <Text id="photo-${i}" label=${t('photos.caption')} value=${p.caption || ''} maxlength="200" onInput=${(caption) => at(i, { caption })} />
      <Button kind="quiet" aria-label=${t('photos.remove', { n: n + 1 })} onClick=${() => onChange((now) => now.filter((_, j) => j !== i))}>×<//></li>`)}</ul>`}
    <label class="button"><Icon name="camera" />${busy ? t('photos.busy') : t('photos.add')}<input id="photos-${moment}" class="hidden" type="file" accept="image/*" multiple onChange=${(e) => { const files = [...e.target.files]; e.target.value = ''; if (files.length) add(files); }} /></label></div>`;
}

// Pictures made small enough to travel: photos of what was handed in, and files attached to a mail.

import { html, t, useState, base64 } from './core.js';
import { PickFile } from './form.js';

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

/** The photos of a job card at one of its moments. */
export function Photos({ of, moment, onError }) {
  const [busy, setBusy] = useState(false);
  const path = 'job.photos';
  const add = async (files) => {
    setBusy(true);
    for (const file of files) {
      try {
        of.add(path, { image: await base64(await redraw(file, PRINTED)), moment });
      } catch {
        onError(t('photos.unreadable', { name: file.name }));
      }
    }
    setBusy(false);
  };
  const here = (of.get(path) || []).map((p, i) => [p, i]).filter(([p]) => (p.moment || 'hand_in') === moment);
  return html`<div class="field"><span class="label">${t(`photos.${moment}`)}</span>
    ${here.length > 0 && html`<ul class="photos">${here.map(([p, i], n) => html`<li key=${p.key || i}><img src=${sourceOf(p.image)} alt=${p.caption || t('photos.number', { n: n + 1 })} />
      ${of.field(`${path}[${i}].caption`, { maxlength: '200' })}${of.drop(path, i, t('photos.remove', { n: n + 1 }))}</li>`)}</ul>`}
    <${PickFile} id="photos-${moment}" icon="camera" accept="image/*" multiple onFiles=${add}>${busy ? t('photos.busy') : t('photos.add')}<//></div>`;
}

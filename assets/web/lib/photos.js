// Photos of what was handed in: taken or chosen, made small enough to travel, named.

import { html, t, useState } from './core.js';
import { Button, Text, Icon } from './ui.js';

/** The longest side of a photo as it is stored, in dots: more than a page prints. */
const LONGEST = 1400;

/** A photo file as a small JPEG in base64, upright as the camera meant it. */
export async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const by = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * by));
  canvas.height = Math.max(1, Math.round(picture.height * by));
  const ink = canvas.getContext('2d');
  // A transparent picture is laid on paper.
  ink.fillStyle = '#fff';
  ink.fillRect(0, 0, canvas.width, canvas.height);
  ink.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.toDataURL('image/jpeg', 0.8).split(',')[1];
}

const typeOf = (image) => (image.startsWith('iVBOR') ? 'image/png' : image.startsWith('UklGR') ? 'image/webp' : 'image/jpeg');
const sourceOf = (image) => (image.startsWith('data:') ? image : `data:${typeOf(image)};base64,${image}`);

/** The photos of a job card: `value` is the list as the API takes it. */
export function Photos({ value, moment, onChange, onError }) {
  const [busy, setBusy] = useState(false);
  const add = async (files) => {
    setBusy(true);
    const made = [];
    for (const file of files) {
      try {
        made.push({ image: await shrink(file), caption: '', moment });
      } catch {
        onError(t('photos.unreadable', { name: file.name }));
      }
    }
    setBusy(false);
    if (made.length) onChange([...value, ...made]);
  };
  const at = (i, part) => onChange(value.map((p, j) => (j === i ? { ...p, ...part } : p)));
  const here = value.map((p, i) => [p, i]).filter(([p]) => (p.moment || 'hand_in') === moment);
  return html`<div class="field"><span class="label">${t(`photos.${moment}`)}</span>
    ${here.length > 0 && html`<ul class="photos">${here.map(([p, i], n) => html`<li key=${`${i}${p.image.length}`}><img src=${sourceOf(p.image)} alt=${p.caption || t('photos.number', { n: n + 1 })} />
      <${Text} id="photo-${i}" label=${t('photos.caption')} value=${p.caption || ''} maxlength="200" onInput=${(caption) => at(i, { caption })} />
      <${Button} kind="quiet" aria-label=${t('photos.remove', { n: n + 1 })} onClick=${() => onChange(value.filter((_, j) => j !== i))}>×<//></li>`)}</ul>`}
    <label class="button"><${Icon} name="camera" />${busy ? t('photos.busy') : t('photos.add')}<input id="photos-${moment}" class="hidden" type="file" accept="image/*" multiple onChange=${(e) => { const files = [...e.target.files]; e.target.value = ''; if (files.length) add(files); }} /></label></div>`;
}

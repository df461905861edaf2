//! Photos on a job card: rows of them, each with its caption.

use super::error::RenderError;
use super::labels::Word;
use super::pictures::{photo, photo_budget};
use super::press::Press;
use super::sheet::MM;
use super::sketch::{Piece, Sketch};
use super::text::clean;
use crate::domain::document::{Job, Moment, Photo};

/// The photos of one moment.
pub(super) fn photos(press: &Press<'_>, job: &Job, moment: Moment) -> Result<Vec<Piece>, RenderError> {
    let sheet = &press.sheet;
    let taken: Vec<(usize, &Photo)> =
        job.photos.iter().enumerate().filter(|(_, p)| p.moment == moment).collect();
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let word = match moment {
        Moment::HandIn => Word::JobPhotosBefore,
        Moment::PickUp => Word::JobPhotosAfter,
    };
    let columns = match sheet.text / MM {
        wide if wide > 120.0 => 3,
        wide if wide > 80.0 => 2,
        _ => 1,
    };
    let gutter = 4.0 * MM;
    let width = (sheet.text - gutter * (columns as f32 - 1.0)) / columns as f32;
    let budget = photo_budget(job.photos.len());
    let mut pieces = vec![press.heading(press.word(word))?];
    for row in taken.chunks(columns) {
        let mut sketch = Sketch::default();
        let mut pictures = Vec::new();
        for (index, taken) in row {
            let picture = photo(&taken.image, budget)
                .map_err(|p| p.of(&format!("The photo job.photos[{index}].image")))?;
            pictures.push((picture.fit((width, 60.0 * MM)), picture));
        }
        // Captions of a row stand on one line, below its highest photo.
        let tallest = pictures.iter().map(|((_, height), _)| *height).fold(0.0, f32::max);
        sketch.height = tallest;
        let mut x = sheet.left;
        for ((size, picture), (_, taken)) in pictures.into_iter().zip(row) {
            let mut cell = Sketch::default();
            let alt = taken.caption.as_deref().map_or_else(|| press.word(word).to_owned(), clean);
            cell.marks.push(press.picture(picture, alt, (x, 0.0), size));
            cell.skip(tallest);
            if let Some(caption) = &taken.caption {
                cell.skip(2.0);
                cell.write(&press.setter, sheet.small, &clean(caption), x, width)?;
            }
            sketch.height = sketch.height.max(cell.height);
            sketch.stamp(0.0, 0.0, cell);
            x += width + gutter;
        }
        pieces.push(Piece::new(2.0, sketch));
        if let Some(last) = pieces.last_mut() {
            last.sketch.skip(4.0);
        }
    }
    Ok(pieces)
}

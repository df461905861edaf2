//! Lines to sign on, and what was signed on a screen.

use super::error::RenderError;
use super::labels::Word;
use super::pictures::picture;
use super::press::Press;
use super::sheet::MM;
use super::sketch::{Piece, Sketch};
use super::text::clean;
use super::wrap::dotted;
use crate::domain::document::{Kind, Moment, Signature, Signer, is_signed};

/// Room for a signature above its line.
const ROOM: f32 = 11.0 * MM;

/// Who signs at one moment, and what they signed.
type Lines<'s> = Vec<(Signer, Option<&'s Signature>)>;

/// The signatures of a document; lines for those that are missing where its kind has them.
pub(super) fn signatures(press: &Press<'_>) -> Result<Option<Piece>, RenderError> {
    let content = &press.document.content;
    let wanted: &[(Moment, &[Signer])] = match content.kind {
        Kind::JobCard => &[(Moment::HandIn, &Signer::ALL), (Moment::PickUp, &Signer::ALL)],
        _ if is_signed(content.kind) => &[(Moment::PickUp, &[Signer::Customer])],
        _ => &[],
    };
    let mut columns: Vec<(Moment, Lines<'_>)> = Vec::new();
    for moment in Moment::ALL {
        let lines: Lines<'_> = Signer::ALL
            .into_iter()
            .filter_map(|signer| {
                let given = content.signatures.iter().find(|s| (s.moment, s.signer) == (moment, signer));
                let asked = wanted.iter().any(|(m, signers)| *m == moment && signers.contains(&signer));
                (asked || given.is_some()).then_some((signer, given))
            })
            .collect();
        if !lines.is_empty() {
            columns.push((moment, lines));
        }
    }
    if columns.is_empty() {
        return Ok(None);
    }
    let sheet = &press.sheet;
    let mut sketch = Sketch::default();
    let gutter = 12.0 * MM;
    let width = if sheet.is_roll() { sheet.text } else { (sheet.text - gutter) / 2.0 };
    let mut x = sheet.left;
    let mut sketches = Vec::new();
    for (moment, lines) in columns {
        let mut name = Sketch::default();
        let style = sheet.body.bold();
        name.write(&press.setter, style, press.word(title(content.kind, moment)), x, width)?;
        let mut column = vec![name];
        for (signer, given) in lines {
            column.push(line(press, signer, given, (x, width))?);
        }
        sketches.push(column);
        if !sheet.is_roll() {
            x += width + gutter;
        }
    }
    if sheet.is_roll() {
        for part in sketches.into_iter().flat_map(|column| column.into_iter().chain([space(6.0)])) {
            sketch.append(part);
        }
    } else {
        abreast(&mut sketch, sketches);
    }
    Ok(Some(Piece::new(18.0, sketch)))
}

fn space(height: f32) -> Sketch {
    Sketch { height, ..Sketch::default() }
}

/// Columns side by side, so that the lines to sign on stand level also below captions of different height.
fn abreast(sketch: &mut Sketch, columns: Vec<Vec<Sketch>>) {
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let height = |row: usize| columns.iter().filter_map(|c| c.get(row)).map(|s| s.height).fold(0.0, f32::max);
    let heights: Vec<f32> = (0..rows).map(height).collect();
    for column in columns {
        let mut top = 0.0;
        for (part, height) in column.into_iter().zip(&heights) {
            sketch.stamp(0.0, top, part);
            top += height;
        }
    }
    sketch.height = heights.iter().sum();
}

fn title(kind: Kind, moment: Moment) -> Word {
    match (kind, moment) {
        (Kind::JobCard, Moment::HandIn) => Word::SignHandIn,
        (Kind::JobCard, Moment::PickUp) => Word::SignPickUp,
        (Kind::DeliveryNote, _) => Word::SignReceived,
        _ => Word::SignSigned,
    }
}

/// One line: what was drawn above it, and who signed when below.
fn line(
    press: &Press<'_>,
    signer: Signer,
    given: Option<&Signature>,
    (x, width): (f32, f32),
) -> Result<Sketch, RenderError> {
    let sheet = &press.sheet;
    let word = match signer {
        Signer::Customer => Word::SignCustomer,
        Signer::Shop => Word::SignShop,
    };
    let mut sketch = Sketch::default();
    sketch.skip(ROOM);
    if let Some(image) = given.and_then(|s| s.image.as_deref()) {
        let index = press.document.content.signatures.iter().position(|s| Some(s) == given);
        let field = format!("The signature signatures[{}].image", index.unwrap_or_default());
        let drawn = picture(image).map_err(|p| p.of(&field))?;
        let alt = press.word(word).to_owned();
        let size = drawn.fit((width, ROOM - 2.0));
        let mark = press.picture(drawn, alt, (x, ROOM - 1.0 - size.1), size);
        sketch.marks.push(mark);
    }
    sketch.rule(x, sketch.height, width, 0.5, sheet.soft);
    sketch.skip(1.5);
    let mut said = Vec::new();
    if let Some(given) = given {
        said.extend(given.name.as_deref().map(clean));
        said.extend(given.date.map(|d| press.language.date(d)));
    }
    said.push(press.word(word).to_owned());
    let said = dotted(&press.setter, sheet.fine, said, width)?;
    sketch.write(&press.setter, sheet.fine, &said, x, width)?;
    Ok(sketch)
}

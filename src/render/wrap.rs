//! Lines of a given width.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::error::RenderError;
use super::text::{Run, Style, Typesetter};

/// `text` as lines no wider than `width` points, broken where the language allows it, or inside a
/// word that is wider than a whole line.
///
/// # Source
/// Unicode Standard Annex 14.
pub(super) fn wrap(
    setter: &Typesetter<'_>,
    style: Style,
    text: &str,
    width: f32,
) -> Result<Vec<Run>, RenderError> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let paragraph = paragraph.trim_end();
        let whole = setter.run(style, paragraph)?;
        if whole.width() <= width {
            lines.push(whole);
        } else {
            wrap_paragraph(setter, style, paragraph, width, &mut lines)?;
        }
    }
    Ok(lines)
}

fn wrap_paragraph(
    setter: &Typesetter<'_>,
    style: Style,
    text: &str,
    width: f32,
    lines: &mut Vec<Run>,
) -> Result<(), RenderError> {
    let mut line = String::new();
    let mut line_width = 0.0;
    let mut from = 0;
    for (to, _) in
        linebreaks(text).filter(|(_, o)| matches!(o, BreakOpportunity::Allowed | BreakOpportunity::Mandatory))
    {
        let word = text.get(from..to).unwrap_or_default();
        from = to;
        let bare = setter.width(style, word.trim_end())?;
        if line_width + bare > width && !line.is_empty() {
            lines.push(setter.run(style, line.trim_end())?);
            line.clear();
            line_width = 0.0;
        }
        if bare <= width {
            line.push_str(word);
            line_width += setter.width(style, word)?;
            continue;
        }
        let mut parts = cut(setter, style, word.trim_end(), width)?;
        let rest = parts.pop().unwrap_or_default();
        for part in parts {
            lines.push(setter.run(style, &part)?);
        }
        line_width = setter.width(style, &rest)?;
        line = rest;
        if word.ends_with(' ') {
            line.push(' ');
            line_width += setter.width(style, " ")?;
        }
    }
    if !line.trim_end().is_empty() {
        lines.push(setter.run(style, line.trim_end())?);
    }
    Ok(())
}

/// A word in pieces that each fit. Kerning across a cut is lost, so pieces only get narrower.
fn cut(setter: &Typesetter<'_>, style: Style, word: &str, width: f32) -> Result<Vec<String>, RenderError> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut part_width = 0.0;
    for c in word.chars() {
        // A combining mark stays with its letter.
        let mark = unicode_normalization::char::is_combining_mark(c);
        let wide = setter.width(style, c.encode_utf8(&mut [0; 4]))?;
        if !mark && !part.is_empty() && part_width + wide > width {
            parts.push(std::mem::take(&mut part));
            part_width = 0.0;
        }
        part.push(c);
        part_width += wide;
    }
    parts.push(part);
    Ok(parts)
}

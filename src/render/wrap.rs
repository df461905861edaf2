//! Lines of a given width.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::error::RenderError;
use super::fonts::Weight;
use super::text::{Run, Style, Typesetter};

/// From this share of its width on, a line is full enough to leave the next word undivided.
const FULL: f32 = 0.75;
/// The shortest word that is divided.
const LEAST_LETTERS: usize = 7;
/// The longest, in bytes; what is longer is no word of a language.
const MOST_BYTES: usize = 45;

/// `text` as lines no wider than `width` points, broken where the language allows it, between
/// syllables where a line would be left short, or inside a word that is wider than a whole line.
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
        // Measured only: the glyphs of a whole paragraph are not kept beside those of its lines.
        if setter.width(style, paragraph)? <= width {
            lines.push(setter.run(style, paragraph)?);
        } else {
            wrap_paragraph(setter, style, paragraph, width, &mut lines)?;
        }
    }
    Ok(lines)
}

/// How wide the widest part of `text` is that is never broken in good style.
pub(super) fn widest_word(setter: &Typesetter<'_>, style: Style, text: &str) -> Result<f32, RenderError> {
    let (mut widest, mut from) = (0.0_f32, 0);
    for (to, _) in linebreaks(text) {
        let word = text.get(from..to).unwrap_or_default().trim_end();
        widest = widest.max(setter.width(style, word)?);
        from = to;
    }
    Ok(widest)
}

/// Parts with a dot between them, as lines of at most `width` points where they allow it: a line ends where
/// the dot would stand.
pub(super) fn dotted(
    setter: &Typesetter<'_>,
    style: Style,
    parts: impl IntoIterator<Item = String>,
    width: f32,
) -> Result<String, RenderError> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} · {part}");
            if setter.width(style, &longer)? <= width {
                *line = longer;
                continue;
            }
        }
        lines.push(part);
    }
    Ok(lines.join("\n"))
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
        let mut word = text.get(from..to).unwrap_or_default();
        from = to;
        loop {
            let bare = setter.width(style, word.trim_end())?;
            if line_width + bare <= width {
                line.push_str(word);
                line_width += setter.width(style, word)?;
                break;
            }
            // A line is filled up with a part of the next word only when it would look torn else; in a
            // heading only a word that no line holds is divided.
            let heading = matches!(style.weight, Weight::SemiBold | Weight::SlipBold) && bare <= width;
            let torn = line_width < FULL * width && !heading;
            let divided = if torn { divide(setter, style, word, width - line_width)? } else { None };
            if let Some((part, rest)) = divided {
                line.push_str(&part);
                word = rest;
            } else if line.is_empty() {
                let mut parts = cut(setter, style, word.trim_end(), width)?;
                line = parts.pop().unwrap_or_default();
                for part in parts {
                    lines.push(setter.run(style, &part)?);
                }
                if word.ends_with(' ') {
                    line.push(' ');
                }
                line_width = setter.width(style, &line)?;
                break;
            }
            lines.push(setter.run(style, line.trim_end())?);
            line.clear();
            line_width = 0.0;
        }
    }
    if !line.trim_end().is_empty() {
        lines.push(setter.run(style, line.trim_end())?);
    }
    Ok(())
}

/// The longest part of a word, with its hyphen, that fits into `room`, and the rest; nothing when the
/// word is short, is a name of a thing with figures or signs in it, or has no place to divide.
fn divide<'w>(
    setter: &Typesetter<'_>,
    style: Style,
    word: &'w str,
    room: f32,
) -> Result<Option<(String, &'w str)>, RenderError> {
    let bare = word.trim_end().trim_end_matches(|c: char| c.is_ascii_punctuation());
    let letters = bare.trim_start_matches(|c: char| !c.is_alphabetic());
    let Some(language) = setter.hyphens else { return Ok(None) };
    let lower_case = letters.chars().skip(1).all(char::is_lowercase);
    if !lower_case || letters.chars().count() < LEAST_LETTERS || letters.len() > MOST_BYTES {
        return Ok(None);
    }
    let mut end = bare.len() - letters.len();
    let mut best = None;
    for syllable in hypher::hyphenate(letters, language) {
        end += syllable.len();
        let Some((part, rest)) = word.split_at_checked(end).filter(|(part, _)| part.len() < bare.len())
        else {
            break;
        };
        let part = format!("{part}\u{AD}");
        if setter.width(style, &part)? > room {
            break;
        }
        best = Some((part, rest));
    }
    Ok(best)
}

/// A word in pieces that each fit, torn at a space that is meant to hold or behind a sign where there is
/// one: an account number between its groups, an address of mail at its @. Kerning across a cut is lost, so
/// pieces only get narrower.
fn cut(setter: &Typesetter<'_>, style: Style, word: &str, width: f32) -> Result<Vec<String>, RenderError> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut part_width = 0.0;
    let mut tear = 0;
    for c in word.chars() {
        // A combining mark stays with its letter.
        let mark = unicode_normalization::char::is_combining_mark(c);
        let wide = setter.width(style, c.encode_utf8(&mut [0; 4]))?;
        if !mark && !part.is_empty() && part_width + wide > width {
            let rest = part.split_off(if tear > 0 { tear } else { part.len() });
            parts.push(std::mem::replace(&mut part, rest).trim_end_matches(is_fixed_space).to_owned());
            part_width = setter.width(style, &part)?;
            tear = 0;
        }
        part.push(c);
        part_width += wide;
        if is_fixed_space(c) || matches!(c, '@' | '/' | '_' | '-' | '=' | '?' | '&') {
            tear = part.len();
        }
    }
    parts.push(part);
    Ok(parts)
}

fn is_fixed_space(c: char) -> bool {
    matches!(c, '\u{A0}' | '\u{202F}')
}

//! The names of attachments: safe to save under on any system, readable in any mail program.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::header::one_line;

/// At most this many characters, ending included.
const LONGEST: usize = 120;
/// At most this many bytes: file systems take 255, and `filename*` must fit one line of 998.
const MOST_BYTES: usize = 240;
/// An ending longer than this is not one.
const LONGEST_ENDING: usize = 12;

/// The name as it is shown: one line, composed letters, nothing a file system refuses.
///
/// # Source
/// The characters Windows refuses in names, which are the most; RFC 2183 section 2.3 on paths.
pub fn clean(given: &str) -> String {
    let given: String = one_line(given).nfc().collect();
    let replaced: String = given
        .chars()
        .filter(|c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'))
        .map(|c| if "/\\:*?\"<>|".contains(c) { '-' } else { c })
        .collect();
    let name = replaced
        .trim_start_matches(|c: char| c == '.' || c == '-' || c.is_whitespace())
        .trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let (stem, ending) = split(name);
    let stem = match stem.trim() {
        "" => "attachment".to_owned(),
        stem if is_device(stem) => format!("_{stem}"),
        stem => stem.to_owned(),
    };
    shorten(&stem, ending)
}

/// `CON.pdf` and its like name devices on Windows, whatever the ending.
fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default();
    let upper = first.trim().to_ascii_uppercase();
    let numbered = upper.strip_prefix("COM").or(upper.strip_prefix("LPT"));
    matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || numbered.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The name and its ending with the dot.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if (2..=LONGEST_ENDING).contains(&(name.len() - dot)) => name.split_at(dot),
        _ => (name, ""),
    }
}

fn shorten(stem: &str, ending: &str) -> String {
    let (mut chars, mut bytes) = (ending.chars().count(), ending.len());
    let mut name = String::with_capacity(stem.len() + ending.len());
    for c in stem.chars() {
        chars += 1;
        bytes += c.len_utf8();
        if chars > LONGEST || bytes > MOST_BYTES {
            break;
        }
        name.push(c);
    }
    name.push_str(ending);
    name
}

/// The media type for a file name's ending.
#[must_use]
pub fn media_type(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    match end.as_str() {
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "xml" => "application/xml",
        "json" => "application/json",
        "zip" => "application/zip",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        _ => "application/octet-stream",
    }
}

/// The nearest name in ASCII, for programs that know no other: `Żółw.pdf` becomes `Zolw.pdf`.
pub(super) fn ascii(clean: &str) -> String {
    if clean.is_ascii() {
        return clean.to_owned();
    }
    let (stem, ending) = split(clean);
    let (stem, ending) = (plain(stem), plain(ending));
    let stem = stem.trim_matches(|c: char| c == '_' || c == '.' || c == ' ');
    let stem = if stem.is_empty() { "attachment" } else { stem };
    let ending = if ending.len() > 1 && ending != "._" { ending } else { String::new() };
    shorten(stem, &ending)
}

/// Letters without their accents; what has no likeness becomes one `_` for each run.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            ' '..='~' => out.push(c),
            _ => match likeness(c) {
                Some(letters) => out.push_str(letters),
                None if out.ends_with('_') => {}
                None => out.push('_'),
            },
        }
    }
    out
}

/// Letters and signs that do not decompose.
fn likeness(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'Ł' => "L",
        'ß' => "ss",
        'ẞ' => "SS",
        'ø' => "o",
        'Ø' => "O",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'þ' => "th",
        'Þ' => "Th",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        '€' => "EUR",
        '£' => "GBP",
        '№' => "No",
        '‐'..='―' | '−' => "-",
        '‘' | '’' | '´' => "'",
        '\u{A0}' | '\u{202F}' => " ",
        _ => return None,
    })
}

/// The name in the form of `filename*` (RFC 2231 section 4, RFC 5987 `attr-char`).
pub(super) fn extended(name: &str) -> String {
    let mut out = String::with_capacity(name.len() * 2);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_shop_meets_and_names_meant_to_harm() {
        for (given, want) in [
            ("Invoice INV-2026-0012.pdf", "Invoice INV-2026-0012.pdf"),
            ("Rechnung 1/2.pdf", "Rechnung 1-2.pdf"),
            ("../../etc/passwd", "etc-passwd"),
            ("C:\\Windows\\a.txt", "C--Windows-a.txt"),
            (".hidden", "hidden"),
            ("...", "attachment"),
            ("", "attachment"),
            ("a\r\nBcc: x@y.zz.pdf", "a Bcc- x@y.zz.pdf"),
            ("say \"hi\".pdf", "say -hi-.pdf"),
            ("exe\u{202E}fdp.exe", "exe fdp.exe"),
            ("nul\u{0}.pdf", "_nul.pdf"),
            ("CON.pdf", "_CON.pdf"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("Console.pdf", "Console.pdf"),
            ("trailing. . ", "trailing"),
            ("Z\u{307}.pdf", "Ż.pdf"),
        ] {
            assert_eq!(clean(given), want, "{given:?}");
        }
    }

    #[test]
    fn ascii_likenesses() {
        for (name, want) in [
            ("Żółw – łódź.pdf", "Zolw - lodz.pdf"),
            ("Größe Ærø.pdf", "Grosse AEro.pdf"),
            ("請求書.pdf", "attachment.pdf"),
            ("請求書 12.pdf", "12.pdf"),
            ("счёт.файл", "attachment"),
            ("plain.pdf", "plain.pdf"),
        ] {
            assert_eq!(ascii(&clean(name)), want, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = clean(&format!("{}.pdf", "ż".repeat(400)));
        assert!(long.chars().count() <= LONGEST && long.len() <= MOST_BYTES && long.ends_with("ż.pdf"));
        assert!(extended(&long).len() < 900);
        let euros = ascii(&clean(&format!("{}.pdf", "€".repeat(80))));
        assert!(euros.len() <= LONGEST && euros.ends_with(".pdf"), "{euros}");
    }
}

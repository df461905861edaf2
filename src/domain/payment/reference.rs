//! Accounts and references with check digits.

use crate::domain::{Invalid, Said, say};

/// Whether an IBAN's length and check digits are right; without spaces.
///
/// # Source
/// ISO 13616-1, ISO 7064 MOD 97-10.
#[must_use]
pub fn iban_is_valid(iban: &str) -> bool {
    let (head, _) = iban.split_at_checked(4).unwrap_or_default();
    (15..=34).contains(&iban.len())
        && head.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && head.bytes().skip(2).all(|b| b.is_ascii_digit())
        && mod_97(iban)
}

/// Whether the characters, the first four moved to the end, leave 1 when divided by 97.
fn mod_97(text: &str) -> bool {
    if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (head, tail) = text.split_at_checked(4).unwrap_or_default();
    let remainder = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    });
    remainder == Some(1)
}

/// Whether an account of Switzerland or Liechtenstein is a QR-IBAN: its institution has a number of
/// its own for QR-bills, 30000 to 31999.
///
/// # Source
/// SIX, Swiss Implementation Guidelines QR-bill, 4.2.2.
#[must_use]
pub fn is_qr_iban(iban: &str) -> bool {
    let institution = iban.get(4..9).and_then(|i| i.parse::<u32>().ok());
    (iban.starts_with("CH") || iban.starts_with("LI"))
        && institution.is_some_and(|i| (30_000..=31_999).contains(&i))
}

/// Whether the text wants to be an ISO creditor reference: `RF`, two digits, and no more than 21
/// letters and digits.
fn looks_like_creditor_reference(text: &str) -> bool {
    text.starts_with("RF")
        && (5..=25).contains(&text.len())
        && text.bytes().skip(2).take(2).all(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The ISO creditor reference that `text` is, without spaces; nothing when it is other text.
///
/// # Errors
/// When it looks like one and its check digits are wrong.
///
/// # Source
/// ISO 11649, ISO 7064 MOD 97-10.
pub fn creditor(text: &str) -> Result<Option<String>, Invalid> {
    let compact: String = text.split_whitespace().collect();
    if !looks_like_creditor_reference(&compact) {
        return Ok(None);
    }
    if mod_97(&compact) {
        return Ok(Some(compact));
    }
    Err(wrong_digits(say!(
        "\"{text}\" is not a valid creditor reference (RF): its check digits do not match",
        text
    )))
}

/// The QR reference that `text` is: 27 digits without spaces; nothing when it is other text.
///
/// # Errors
/// When it has 27 digits and the last, the check digit, is wrong.
///
/// # Source
/// SIX, Swiss Implementation Guidelines QR-bill, annex B: modulo 10, recursive.
pub fn qr(text: &str) -> Result<Option<String>, Invalid> {
    const NEXT: [u32; 10] = [0, 9, 4, 6, 8, 2, 7, 1, 3, 5];
    let compact: String = text.split_whitespace().collect();
    if compact.len() != 27 || !compact.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let (digits, check) = compact.split_at_checked(26).unwrap_or_default();
    let carry = digits.chars().filter_map(|c| c.to_digit(10)).fold(0_u32, |carry, digit| {
        let place = usize::try_from((carry + digit) % 10).unwrap_or_default();
        NEXT.get(place).copied().unwrap_or_default()
    });
    if check.parse() == Ok((10 - carry) % 10) {
        Ok(Some(compact))
    } else {
        Err(wrong_digits(say!("\"{text}\" is not a valid QR reference: its check digits do not match", text)))
    }
}

fn wrong_digits(problem: Said) -> Invalid {
    Invalid::new("", problem, "Copy it again from where it was made")
}

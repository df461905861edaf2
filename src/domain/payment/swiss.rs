//! The Swiss QR-bill.
//!
//! # Source
//! SIX, Swiss Implementation Guidelines for the QR-bill, version 2.3: the elements of the code, the
//! characters, the kinds of reference, structured addresses only.

use rust_decimal::Decimal;

use super::{account, one_line, reference};
use crate::domain::document::{Address, Document, Party};
use crate::domain::{Invalid, say};

/// Somebody's name and address as the bill carries them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// Name.
    pub name: String,
    /// Street; may be empty.
    pub street: String,
    /// House number; may be empty.
    pub house: String,
    /// Postal code.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// Country.
    pub country: String,
}

/// How a payment is told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A QR reference, 27 digits.
    Qr(String),
    /// An ISO creditor reference.
    Creditor(String),
    /// None.
    None,
}

/// All that a QR-bill asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwissBill {
    /// The account.
    pub iban: String,
    /// Whose it is.
    pub creditor: Payer,
    /// How much.
    pub amount: Decimal,
    /// CHF or EUR.
    pub currency: &'static str,
    /// Who pays; without one the payer writes it in.
    pub debtor: Option<Payer>,
    /// How the payment is told from others.
    pub reference: Reference,
    /// Words for the creditor.
    pub message: String,
}

impl SwissBill {
    /// The text of the code.
    #[must_use]
    pub fn text(&self) -> String {
        let empty = ["", "", "", "", "", "", ""];
        let amount = self.amount.to_string();
        let (kind, reference) = match &self.reference {
            Reference::Qr(r) => ("QRR", r.as_str()),
            Reference::Creditor(r) => ("SCOR", r.as_str()),
            Reference::None => ("NON", ""),
        };
        let mut lines = vec!["SPC", "0200", "1", self.iban.as_str()];
        lines.extend(lines_of(&self.creditor));
        // The ultimate creditor is for future use.
        lines.extend(empty);
        lines.extend([amount.as_str(), self.currency]);
        match &self.debtor {
            Some(debtor) => lines.extend(lines_of(debtor)),
            None => lines.extend(empty),
        }
        lines.extend([kind, reference, self.message.as_str(), "EPD"]);
        lines.join("\n")
    }
}

fn lines_of(payer: &Payer) -> [&str; 7] {
    ["S", &payer.name, &payer.street, &payer.house, &payer.postcode, &payer.city, &payer.country]
}

/// The bill that a document asks for.
pub(super) fn bill(document: &Document) -> Result<SwissBill, Invalid> {
    let content = &document.content;
    let currency = content.currency.code();
    if !matches!(currency, "CHF" | "EUR") {
        return Err(Invalid::new(
            "payment.qr",
            say!("a Swiss QR-bill is in CHF or EUR, and the document is in {currency}", currency),
            "Leave payment.qr out",
        ));
    }
    let iban = account(document)?;
    if !(iban.starts_with("CH") || iban.starts_with("LI")) {
        return Err(Invalid::new(
            "seller.iban",
            say!(
                "a Swiss QR-bill needs an account in Switzerland or Liechtenstein, and \"{iban}\" is none",
                iban
            ),
            "Give such an account, or leave payment.qr out",
        ));
    }
    let quoted = content.payment.reference.as_deref().map(one_line);
    let (reference, message) = told_apart(iban, quoted)?;
    let message = if message.is_empty() { one_line(&document.number) } else { message };
    printable("payment.reference", &message, 140)?;
    Ok(SwissBill {
        iban: iban.to_owned(),
        creditor: payer("seller", &document.seller)?.ok_or_else(|| {
            Invalid::new(
                "seller.address",
                "a Swiss QR-bill needs the seller's postal code and town",
                "Give them, or leave payment.qr out",
            )
        })?,
        amount: document.totals.payable,
        currency,
        debtor: content.buyer.as_ref().map(|b| payer("buyer", b)).transpose()?.flatten(),
        reference,
        message,
    })
}

/// The reference and what stays as words: a QR-IBAN goes with a QR reference and nothing else does.
fn told_apart(iban: &str, quoted: Option<String>) -> Result<(Reference, String), Invalid> {
    let wrong =
        |problem: &'static str, remedy: &'static str| Err(Invalid::new("payment.reference", problem, remedy));
    let at = |e: Invalid| e.within("payment.reference");
    let quoted = quoted.unwrap_or_default();
    let qr = reference::qr(&quoted).map_err(at)?;
    match (reference::is_qr_iban(iban), qr) {
        (true, Some(reference)) => Ok((Reference::Qr(reference), String::new())),
        (true, None) => wrong(
            "the account is a QR-IBAN, which needs a QR reference of 27 digits",
            "Give one, or use the account's ordinary IBAN",
        ),
        (false, Some(_)) => wrong(
            "it is a QR reference, which needs a QR-IBAN as the account",
            "Use the QR-IBAN, or a creditor reference (RF)",
        ),
        (false, None) => Ok(match reference::creditor(&quoted).map_err(at)? {
            Some(reference) => (Reference::Creditor(reference), String::new()),
            None => (Reference::None, quoted),
        }),
    }
}

/// A party in the bill's form; nothing when it has no town.
fn payer(path: &str, party: &Party) -> Result<Option<Payer>, Invalid> {
    let Some(Address { lines, postcode: Some(postcode), city: Some(city), country }) = &party.address else {
        return Ok(None);
    };
    let (street, house) = lines.last().map(|l| street(&one_line(l))).unwrap_or_default();
    let payer = Payer {
        name: one_line(&party.name),
        street,
        house,
        postcode: one_line(postcode),
        city: one_line(city),
        country: country.clone(),
    };
    for (field, value, most) in [
        ("name", &payer.name, 70),
        ("address.lines", &payer.street, 70),
        ("address.postcode", &payer.postcode, 16),
        ("address.city", &payer.city, 35),
    ] {
        printable(&format!("{path}.{field}"), value, most)?;
    }
    Ok(Some(payer))
}

/// Street and house number: the last word of the line when it starts with a digit.
fn street(line: &str) -> (String, String) {
    match line.rsplit_once(' ') {
        Some((street, house)) if house.len() <= 16 && house.starts_with(|c: char| c.is_ascii_digit()) => {
            (street.trim_end_matches(',').to_owned(), house.to_owned())
        }
        _ => (line.to_owned(), String::new()),
    }
}

/// Refuses what the code cannot carry: other letters than the Latin ones of Europe, and long texts.
fn printable(path: &str, text: &str, most: usize) -> Result<(), Invalid> {
    let known = |c: char| matches!(c, '\u{20}'..='\u{7E}' | '\u{A0}'..='\u{17F}' | '\u{218}'..='\u{21B}' | '\u{20AC}');
    if let Some(c) = text.chars().find(|c| !known(*c)) {
        return Err(Invalid::new(
            path,
            say!(
                "has the character \"{character}\" (U+{code}), which a Swiss QR-bill cannot carry",
                character = c,
                code = format!("{:04X}", c as u32)
            ),
            "Write it in Latin letters, or leave payment.qr out",
        ));
    }
    let length = text.chars().count();
    if length > most {
        return Err(Invalid::new(
            path,
            say!("has {length} characters; a Swiss QR-bill takes at most {most}", length, most),
            "Shorten it, or leave payment.qr out",
        ));
    }
    Ok(())
}

//! Address books of other programs: CSV and vCard, read into contacts and written from them.

use calcard::vcard::{VCard, VCardEntry, VCardProperty, VCardValue, VCardVersion};
use calcard::{Entry, Parser};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::ContactShape;
use crate::domain::Invalid;

/// The largest address book that is read.
///
/// # Units
/// Bytes.
pub const LARGEST_BOOK: usize = 64 * 1024 * 1024;
/// The most contacts in one file.
const MOST_ROWS: usize = 200_000;

/// A contact of a file, and where it stands: the line of a CSV file, the number of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRow {
    /// The line or card, from 1.
    pub row: usize,
    /// What it says.
    pub contact: ContactShape,
}

/// A file of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// What it says.
    pub rows: Vec<BookRow>,
    /// The columns of a table as they are named there, and the field each was read as.
    pub columns: Vec<(String, Option<&'static str>)>,
}

/// How a file is to be read, where it does not say so itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The encoding, like `windows-1250`.
    pub encoding: Option<String>,
    /// Which column holds which field: field, column.
    pub columns: Vec<(String, String)>,
}

/// The fields and the names that columns have for them, folded, in programs and languages.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "address",
        &[
            "address",
            "email",
            "e mail",
            "e mail address",
            "email address",
            "mail",
            "e mail 1 value",
            "email 1",
            "e mail adresse",
            "adresse e mail",
            "indirizzo e mail",
            "correo electronico",
            "adres e mail",
            "primary email",
            "e mailadres",
        ],
    ),
    (
        "name",
        &[
            "name",
            "full name",
            "display name",
            "contact",
            "nom",
            "nome",
            "nombre",
            "naam",
            "nazwa",
            "imie i nazwisko",
            "anzeigename",
        ],
    ),
    ("first_name", &["first name", "given name", "vorname", "prenom", "nombre de pila", "voornaam", "imie"]),
    (
        "last_name",
        &[
            "last name",
            "family name",
            "surname",
            "nachname",
            "nom de famille",
            "cognome",
            "apellidos",
            "achternaam",
            "nazwisko",
        ],
    ),
    (
        "company",
        &[
            "company",
            "organization",
            "organisation",
            "organization name",
            "organization 1 name",
            "firma",
            "societe",
            "azienda",
            "empresa",
            "bedrijf",
        ],
    ),
    (
        "customer_number",
        &[
            "customer number",
            "customer no",
            "customer id",
            "kundennummer",
            "numero client",
            "numero cliente",
            "klantnummer",
            "numer klienta",
        ],
    ),
    ("language", &["language", "sprache", "langue", "lingua", "idioma", "taal", "jezyk"]),
    (
        "phone",
        &[
            "phone",
            "telephone",
            "mobile",
            "mobile phone",
            "business phone",
            "phone 1 value",
            "telefon",
            "telefono",
            "telefoon",
            "mobil",
        ],
    ),
    ("note", &["note", "notes", "notiz", "remarque", "nota", "notitie", "uwagi"]),
    ("roles", &["roles", "role"]),
];

/// Reads a file of contacts: vCard when it begins like one, else CSV with a head line.
///
/// # Errors
/// When the file as a whole cannot be read; rows are judged by who takes them.
pub fn read_book(bytes: &[u8], reading: &Reading) -> Result<Book, Invalid> {
    if bytes.len() > LARGEST_BOOK {
        return Err(Invalid::new("", format!("the file is larger than {LARGEST_BOOK} bytes"), "Split it"));
    }
    let text = decoded(bytes, reading.encoding.as_deref())?;
    let begins: String = text.trim_start().chars().take(11).collect();
    let cards_only = begins.eq_ignore_ascii_case("BEGIN:VCARD");
    let book =
        if cards_only { Book { rows: cards(&text)?, columns: vec![] } } else { table(&text, reading)? };
    if book.rows.len() > MOST_ROWS {
        return Err(Invalid::new("", format!("the file has more than {MOST_ROWS} contacts"), "Split it"));
    }
    Ok(book)
}

/// The text of a file: by its byte order mark, as told, as UTF-8 where it is, else as Windows writes it.
fn decoded(bytes: &[u8], told: Option<&str>) -> Result<String, Invalid> {
    let encoding = match (Encoding::for_bom(bytes), told) {
        (Some((encoding, _)), _) => encoding,
        (None, Some(label)) => Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
            Invalid::new(
                "encoding",
                format!("\"{label}\" is not an encoding"),
                "Use a name like utf-8 or windows-1250",
            )
        })?,
        (None, None) if std::str::from_utf8(bytes).is_ok() => UTF_8,
        (None, None) => WINDOWS_1252,
    };
    let (text, _, broken) = encoding.decode(bytes);
    if broken {
        return Err(Invalid::new(
            "encoding",
            format!("the file is not {}", encoding.name()),
            "Name its encoding",
        ));
    }
    Ok(text.into_owned())
}

fn folded(name: &str) -> String {
    crate::domain::words::words(name).join(" ")
}

fn table(text: &str, reading: &Reading) -> Result<Book, Invalid> {
    // The reader counts a line end of two signs as a line of the next record.
    let text = text.replace("\r\n", "\n");
    let head_line = text.lines().next().unwrap_or_default();
    let count = |sign: char| head_line.matches(sign).count();
    let delimiter = [';', '\t', ','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unreadable = |e: csv::Error| Invalid::new("", format!("the file is not CSV: {e}"), "Export it again");
    let named: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let places = places(&named, reading)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let row = record.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or_default());
        rows.push(BookRow { row, contact: contact(&record, &places) });
    }
    let field = |at: usize| places.iter().find(|(_, place)| *place == at).map(|(field, _)| *field);
    let columns = named.into_iter().enumerate().map(|(at, name)| (name, field(at))).collect();
    Ok(Book { rows, columns })
}

/// Which column holds which field: as told, else by the column's name.
fn places(named: &[String], reading: &Reading) -> Result<Vec<(&'static str, usize)>, Invalid> {
    let head: Vec<String> = named.iter().map(|name| folded(name)).collect();
    let mut places = Vec::new();
    for (field, column) in &reading.columns {
        let known = FIELDS.iter().find(|(name, _)| name == field).ok_or_else(|| {
            let all: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            Invalid::new(
                "columns",
                format!("\"{field}\" is not a field"),
                format!("Use one of: {}", all.join(", ")),
            )
        })?;
        let place = head.iter().position(|h| *h == folded(column)).ok_or_else(|| {
            Invalid::new(
                "columns",
                format!("there is no column \"{column}\""),
                format!("There are: {}", named.join(", ")),
            )
        })?;
        places.push((known.0, place));
    }
    for (field, names) in FIELDS {
        let told = places.iter().any(|(known, _)| known == field);
        let found = names.iter().find_map(|name| head.iter().position(|h| h == name));
        if let (false, Some(place)) = (told, found) {
            places.push((field, place));
        }
    }
    if !places.iter().any(|(field, _)| *field == "address") {
        return Err(Invalid::new(
            "columns",
            format!("no column holds e-mail addresses; there are: {}", named.join(", ")),
            "Say which one does, like address=COLUMN",
        ));
    }
    Ok(places)
}

fn contact(record: &csv::StringRecord, places: &[(&str, usize)]) -> ContactShape {
    let value = |field: &str| {
        let place = places.iter().find(|(known, _)| *known == field).map(|(_, place)| *place)?;
        record.get(place).filter(|v| !v.is_empty()).map(str::to_owned)
    };
    let parts: Vec<String> = [value("first_name"), value("last_name")].into_iter().flatten().collect();
    let roles = value("roles");
    ContactShape {
        address: value("address").unwrap_or_default(),
        name: value("name").or_else(|| (!parts.is_empty()).then(|| parts.join(" "))),
        company: value("company"),
        customer_number: value("customer_number"),
        language: value("language"),
        phone: value("phone"),
        note: value("note"),
        roles: roles.map(|r| r.split([',', ' ', '|']).filter(|w| !w.is_empty()).map(str::to_owned).collect()),
    }
}

fn cards(text: &str) -> Result<Vec<BookRow>, Invalid> {
    let mut parser = Parser::new(text);
    let mut rows = Vec::new();
    let mut number = 0;
    loop {
        let card = match parser.entry() {
            Entry::VCard(card) => card,
            Entry::Eof => return Ok(rows),
            Entry::InvalidLine(line) if line.trim().is_empty() => continue,
            other => {
                let what = match other {
                    Entry::InvalidLine(line) => format!("\"{}\" is no line of a vCard", line.trim()),
                    _ => "something in it is no vCard".to_owned(),
                };
                return Err(Invalid::new("", format!("behind card {number}: {what}"), "Export it again"));
            }
        };
        number += 1;
        let first = |property: VCardProperty| {
            let values = card.property(&property).into_iter().flat_map(|entry| &entry.values);
            values.filter_map(VCardValue::as_text).map(str::trim).find(|v| !v.is_empty()).map(str::to_owned)
        };
        let name = first(VCardProperty::Fn);
        let company = first(VCardProperty::Org);
        let addresses: Vec<String> = card
            .properties(&VCardProperty::Email)
            .flat_map(|entry| &entry.values)
            .filter_map(VCardValue::as_text)
            .map(|a| a.trim().trim_start_matches("mailto:").to_owned())
            .collect();
        // A card without an address is a row too, so that the report says what became of it.
        let none = addresses.is_empty().then(String::new);
        for address in addresses.into_iter().chain(none) {
            let contact = ContactShape {
                address,
                name: name.clone().filter(|n| Some(n) != company.as_ref()),
                company: company.clone(),
                customer_number: first(VCardProperty::Other("X-CUSTOMER-NUMBER".into())),
                language: first(VCardProperty::Lang),
                phone: first(VCardProperty::Tel).map(|t| t.trim_start_matches("tel:").to_owned()),
                note: first(VCardProperty::Note),
                roles: None,
            };
            rows.push(BookRow { row: number, contact });
        }
    }
}

/// Contacts as CSV that [`read_book`] takes back.
///
/// # Errors
/// None that a caller can cause.
pub fn write_csv(contacts: &[ContactShape]) -> Result<Vec<u8>, Invalid> {
    let wrong = |e: csv::Error| Invalid::new("", e.to_string(), "");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["address", "name", "company", "customer_number", "language", "phone", "note", "roles"];
    writer.write_record(head).map_err(wrong)?;
    for c in contacts {
        let roles = c.roles.as_ref().map(|r| r.join(" "));
        let rest = [&c.name, &c.company, &c.customer_number, &c.language, &c.phone, &c.note, &roles];
        let values = rest.into_iter().map(|v| v.as_deref().unwrap_or_default());
        writer.write_record(std::iter::once(c.address.as_str()).chain(values)).map_err(wrong)?;
    }
    writer.into_inner().map_err(|e| Invalid::new("", e.to_string(), ""))
}

/// Contacts as vCards of version 3 or 4 that [`read_book`] takes back.
#[must_use]
pub fn write_vcards(contacts: &[ContactShape], version4: bool) -> Vec<u8> {
    let version = if version4 { VCardVersion::V4_0 } else { VCardVersion::V3_0 };
    let mut out = String::new();
    for c in contacts {
        let named = c.name.as_ref().or(c.company.as_ref()).unwrap_or(&c.address);
        let fields = [
            (VCardProperty::Fn, Some(named)),
            (VCardProperty::Email, Some(&c.address)),
            (VCardProperty::Org, c.company.as_ref()),
            (VCardProperty::Tel, c.phone.as_ref()),
            (VCardProperty::Lang, c.language.as_ref()),
            (VCardProperty::Note, c.note.as_ref()),
            (VCardProperty::Other("X-CUSTOMER-NUMBER".into()), c.customer_number.as_ref()),
        ];
        let mut entries: Vec<VCardEntry> = fields
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .map(|(name, value)| VCardEntry {
                group: None,
                name,
                params: Vec::new(),
                values: vec![VCardValue::Text(value.clone())],
            })
            .collect();
        if !version4 {
            // Version 3 asks for it; an empty one is right where only the whole name is known.
            let values = vec![VCardValue::Text(named.clone())];
            entries.push(VCardEntry { group: None, name: VCardProperty::N, params: Vec::new(), values });
        }
        // Writing to a `String` has no way to fail.
        let _ = VCard { entries }.write_to(&mut out, version);
    }
    out.into_bytes()
}

//! Address books of other programs: CSV and vCard, read into contacts and written from them.

use calcard::vcard::{VCard, VCardEntry, VCardProperty, VCardValue, VCardVersion};
use calcard::{Entry, Parser};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::{ContactShape, sheet};
use crate::domain::{Invalid, recipients, say};

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

/// The fields and the names that columns have for them in programs and languages, folded and without the
/// numbers that tell several of one kind apart (`E-mail 2 - Value`).
const FIELDS: &[(&str, &str)] = &[
    (
        "address",
        "email, e mail, e mail address, email address, e mail value, mail, primary email, secondary \
         email, e mail adresse, email adresse, mailadresse, primare e mail adresse, sekundare e mail \
         adresse, adresse e mail, adresse mail, adresse de messagerie, courriel, indirizzo e mail, \
         indirizzo email, indirizzo posta elettronica, correo, correo electronico, direccion de correo \
         electronico, e mailadres, emailadres, adres e mail, adres email",
    ),
    (
        "name",
        "name, full name, display name, contact, contact name, customer, customer name, anzeigename, \
         kontakt, kunde, kundenname, nom, nom complet, nome, nome completo, nombre, nombre completo, \
         naam, volledige naam, nazwa, imie i nazwisko",
    ),
    ("first_name", "first name, given name, vorname, prenom, nombre de pila, voornaam, imie"),
    (
        "last_name",
        "last name, family name, surname, nachname, familienname, nom de famille, cognome, apellidos, \
         apellido, achternaam, nazwisko",
    ),
    (
        "company",
        "company, company name, organization, organisation, organization name, firma, firmenname, \
         unternehmen, societe, entreprise, azienda, societa, ditta, empresa, organizacion, compania, \
         bedrijf, bedrijfsnaam, nazwa firmy",
    ),
    (
        "customer_number",
        "customer number, customer no, customer id, kundennummer, kunden nr, kundennr, numero client, no \
         client, numero cliente, klantnummer, numer klienta, nr klienta",
    ),
    ("language", "language, sprache, langue, lingua, idioma, taal, jezyk"),
    (
        "phone",
        "phone, phone number, phone value, telephone, telephone number, mobile, mobile phone, mobile \
         number, business phone, work phone, home phone, primary phone, telefon, telefonnummer, telefon \
         geschaftlich, telefon privat, mobil, mobiltelefon, handy, telephone bureau, telephone domicile, \
         telephone mobile, tel mobile, tel, telefono, telefono ufficio, telefono abitazione, cellulare, \
         telefono del trabajo, telefono movil, telefono particular, movil, telefoon, telefoon op werk, \
         mobiel, mobiele telefoon, telefon sluzbowy, telefon komorkowy, telefon domowy",
    ),
    (
        "note",
        "note, notes, comments, notiz, notizen, bemerkung, bemerkungen, remarque, commentaires, nota, \
         notas, notitie, notities, uwagi, notatki",
    ),
    ("roles", "roles, role"),
];

/// What Tillpost calls the column of e-mail addresses; in lists of other programs it is where somebody lives,
/// unless there is no other.
const OWN_ADDRESS: &str = "address";

/// Reads a file of contacts: vCard when it begins like one, else CSV with a head line.
///
/// # Errors
/// When the file as a whole cannot be read; rows are judged by who takes them.
pub fn read_book(bytes: &[u8], reading: &Reading) -> Result<Book, Invalid> {
    if bytes.len() > LARGEST_BOOK {
        return Err(Invalid::new(
            "",
            say!("the file is larger than {most} bytes", most = LARGEST_BOOK),
            "Split it",
        ));
    }
    let text = decoded(bytes, reading.encoding.as_deref())?;
    let begins: String = text.trim_start().chars().take(11).collect();
    let cards_only = begins.eq_ignore_ascii_case("BEGIN:VCARD");
    let book =
        if cards_only { Book { rows: cards(&text)?, columns: vec![] } } else { table(&text, reading)? };
    if book.rows.len() > MOST_ROWS {
        return Err(Invalid::new(
            "",
            say!("the file has more than {most} contacts", most = MOST_ROWS),
            "Split it",
        ));
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
                say!("\"{label}\" is not an encoding", label),
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
            say!("the file is not {name}", name = encoding.name()),
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
    // Excel says in a line of its own what it puts between columns.
    let told = text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n'));
    let (told, text, line) = match told {
        Some((sign, rest)) if sign.chars().count() == 1 => (sign.chars().next(), rest, 1),
        _ => (None, text.as_str(), 0),
    };
    let head_line = text.lines().next().unwrap_or_default();
    let count = |sign: char| head_line.matches(sign).count();
    let usual = || [';', '\t', ','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(told.unwrap_or_else(usual)).unwrap_or(b','))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unreadable = |e: csv::Error| Invalid::new("", say!("the file is not CSV: {e}", e), "Export it again");
    let named: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let places = places(&named, reading)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let row = record.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or_default()) + line;
        rows.extend(contacts(&record, &places).into_iter().map(|contact| BookRow { row, contact }));
    }
    let field = |at: usize| places.iter().find(|(_, place)| *place == at).map(|(field, _)| *field);
    let columns = named.into_iter().enumerate().map(|(at, name)| (name, field(at))).collect();
    Ok(Book { rows, columns })
}

/// Which columns hold which field: as told, else by the columns' names.
fn places(named: &[String], reading: &Reading) -> Result<Vec<(&'static str, usize)>, Invalid> {
    let head: Vec<String> = named.iter().map(|name| folded(name)).collect();
    let mut places = Vec::new();
    for (field, column) in &reading.columns {
        let known = FIELDS.iter().find(|(name, _)| name == field).ok_or_else(|| {
            let all: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            Invalid::new(
                "columns",
                say!("\"{field}\" is not a field", field),
                say!("Use one of: {all}", all = all.join(", ")),
            )
        })?;
        let place = head.iter().position(|h| *h == folded(column)).ok_or_else(|| {
            Invalid::new(
                "columns",
                say!("there is no column \"{column}\"", column),
                say!("There are: {all}", all = named.join(", ")),
            )
        })?;
        places.push((known.0, place));
    }
    let told: Vec<(&str, usize)> = places.clone();
    let kinds: Vec<String> = head.iter().map(|name| without_numbers(name)).collect();
    for (field, names) in FIELDS.iter().filter(|(field, _)| !told.iter().any(|(known, _)| known == field)) {
        let is_it =
            |kind: &String| names.split(", ").any(|name| name == kind) || kind == &field.replace('_', " ");
        let free = |place: &usize| !told.iter().any(|(_, taken)| taken == place);
        let of_kind = |wanted: &dyn Fn(&String) -> bool| -> Vec<usize> {
            let found = kinds.iter().enumerate().filter(|(_, kind)| wanted(kind)).map(|(place, _)| place);
            found.filter(free).collect()
        };
        let mut found = of_kind(&|kind| is_it(kind) && kind != OWN_ADDRESS);
        if found.is_empty() {
            found = of_kind(&is_it);
        }
        places.extend(found.into_iter().map(|place| (*field, place)));
    }
    if !places.iter().any(|(field, _)| *field == "address") {
        return Err(Invalid::new(
            "columns",
            say!("no column holds e-mail addresses; there are: {named}", named = named.join(", ")),
            "Say which one does, like address=COLUMN",
        ));
    }
    Ok(places)
}

/// `e mail 2 value` is an `e mail value`.
fn without_numbers(name: &str) -> String {
    let words = name.split(' ').filter(|word| !word.bytes().all(|b| b.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

/// The contacts of a row: one for each address; one without where it has none, so that the report says what
/// became of it.
fn contacts(record: &csv::StringRecord, places: &[(&str, usize)]) -> Vec<ContactShape> {
    let values = |field: &'static str| {
        let columns = places.iter().filter(move |(known, _)| *known == field);
        let cells = columns.filter_map(|(_, place)| record.get(*place));
        cells.map(sheet::text).filter(|value| !value.is_empty())
    };
    let value = |field| values(field).next().map(str::to_owned);
    let roles = value("roles");
    let about = ContactShape {
        name: whole_name(value("name"), value("first_name"), value("last_name")),
        company: value("company"),
        customer_number: value("customer_number"),
        language: value("language"),
        phone: value("phone"),
        note: value("note"),
        roles: roles.map(|r| r.split([',', ' ', '|']).filter(|w| !w.is_empty()).map(str::to_owned).collect()),
        ..ContactShape::default()
    };
    each_address(values("address").flat_map(addresses_in), &about)
}

/// The addresses of one field, in which programs put several: `a@example.com ::: b@example.com`.
fn addresses_in(text: &str) -> Vec<String> {
    match recipients::mailboxes(&text.replace(":::", ",")) {
        Ok(list) if list.len() > 1 => list.iter().map(ToString::to_string).collect(),
        _ => vec![text.to_owned()],
    }
}

/// A contact for each address, or one without.
fn each_address(addresses: impl Iterator<Item = String>, about: &ContactShape) -> Vec<ContactShape> {
    let mut all: Vec<ContactShape> =
        addresses.map(|address| ContactShape { address, ..about.clone() }).collect();
    if all.is_empty() {
        all.push(about.clone());
    }
    all
}

/// A name from its parts. Programs call the surname alone a name too: `Name;Vorname`, `Nom;Prénom`.
fn whole_name(name: Option<String>, first: Option<String>, last: Option<String>) -> Option<String> {
    let Some(mut whole) = name else {
        let parts: Vec<String> = [first, last].into_iter().flatten().collect();
        return (!parts.is_empty()).then(|| parts.join(" "));
    };
    let folded_name = folded(&whole);
    let has = |part: &String| folded(part).split(' ').all(|word| folded_name.split(' ').any(|w| w == word));
    if let Some(first) = first.filter(|first| !has(first)) {
        whole = format!("{first} {whole}");
    }
    if let Some(last) = last.filter(|last| !has(last)) {
        whole = format!("{whole} {last}");
    }
    Some(whole)
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
                return Err(Invalid::new(
                    "",
                    say!("behind card {number}: {what}", number, what),
                    "Export it again",
                ));
            }
        };
        number += 1;
        rows.extend(contacts_of(&card).into_iter().map(|contact| BookRow { row: number, contact }));
    }
}

/// The contacts of a card, one for each address.
fn contacts_of(card: &VCard) -> Vec<ContactShape> {
    let first = |property: VCardProperty| {
        let values = card.property(&property).into_iter().flat_map(|entry| &entry.values);
        values.filter_map(VCardValue::as_text).map(str::trim).find(|v| !v.is_empty()).map(str::to_owned)
    };
    let company = first(VCardProperty::Org);
    let part = |at: usize| {
        let value = card.property(&VCardProperty::N).and_then(|entry| entry.values.get(at));
        value.and_then(VCardValue::as_text).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned)
    };
    // A card of version 2.1 may have nothing but the parts of a name: surname, then the others.
    let name = first(VCardProperty::Fn).or_else(|| whole_name(None, part(1), part(0)));
    let about = ContactShape {
        name: name.filter(|name| Some(name) != company.as_ref()),
        company,
        customer_number: first(VCardProperty::Other("X-CUSTOMER-NUMBER".into())),
        language: first(VCardProperty::Lang),
        phone: first(VCardProperty::Tel).map(|t| t.trim_start_matches("tel:").to_owned()),
        note: first(VCardProperty::Note),
        ..ContactShape::default()
    };
    let addresses = card.properties(&VCardProperty::Email).flat_map(|entry| &entry.values);
    let addresses = addresses.filter_map(VCardValue::as_text).map(|a| a.trim().trim_start_matches("mailto:"));
    each_address(addresses.filter(|a| !a.is_empty()).map(str::to_owned), &about)
}

/// Contacts as CSV that [`read_book`] takes back. What a spreadsheet would take for a formula stays text.
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
        let cells =
            std::iter::once(c.address.as_str()).chain(values).map(|text| sheet::cell(text).into_owned());
        writer.write_record(cells).map_err(wrong)?;
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

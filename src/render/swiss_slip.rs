//! The payment part and the receipt of a Swiss QR-bill, 210 by 105 mm at the foot of a page.
//!
//! # Source
//! SIX, Style Guide QR-bill: places and sizes in millimetres, sizes of type, headings in the four
//! languages of Switzerland; Swiss Implementation Guidelines 2.3 for the order of what is said.

use rust_decimal::Decimal;

use super::address::iban;
use super::error::RenderError;
use super::pages::Page;
use super::payment_code;
use super::press::Press;
use super::sheet::MM;
use super::sketch::{Mark, Sketch};
use super::tags::Tag;
use super::text::{Style, clean};
use super::wrap::wrap;
use super::{Colour, SOFT};
use crate::domain::payment::{Payer, Reference, SwissBill};

/// Height of the slip.
pub(super) const HEIGHT: f32 = 105.0 * MM;
/// Above the slip: the words that say where to cut.
pub(super) const CUT: f32 = 4.0 * MM;
/// Width of the slip: the whole page.
const WIDTH: f32 = 210.0 * MM;
/// Where the receipt ends.
const RECEIPT: f32 = 62.0 * MM;
/// White at every edge.
const EDGE: f32 = 5.0 * MM;
/// Type and code are black, whatever the shop's colours are.
const BLACK: Colour = Colour::new(0, 0, 0);

/// The fixed words, in the order of the guidelines.
struct Words {
    payment_part: &'static str,
    account: &'static str,
    reference: &'static str,
    information: &'static str,
    payable_by: &'static str,
    payable_by_blank: &'static str,
    currency: &'static str,
    amount: &'static str,
    receipt: &'static str,
    acceptance: &'static str,
    cut: &'static str,
}

const EN: Words = Words {
    payment_part: "Payment part",
    account: "Account / Payable to",
    reference: "Reference",
    information: "Additional information",
    payable_by: "Payable by",
    payable_by_blank: "Payable by (name/address)",
    currency: "Currency",
    amount: "Amount",
    receipt: "Receipt",
    acceptance: "Acceptance point",
    cut: "Separate before paying in",
};
const DE: Words = Words {
    payment_part: "Zahlteil",
    account: "Konto / Zahlbar an",
    reference: "Referenz",
    information: "Zusätzliche Informationen",
    payable_by: "Zahlbar durch",
    payable_by_blank: "Zahlbar durch (Name/Adresse)",
    currency: "Währung",
    amount: "Betrag",
    receipt: "Empfangsschein",
    acceptance: "Annahmestelle",
    cut: "Vor der Einzahlung abzutrennen",
};
const FR: Words = Words {
    payment_part: "Section paiement",
    account: "Compte / Payable à",
    reference: "Référence",
    information: "Informations supplémentaires",
    payable_by: "Payable par",
    payable_by_blank: "Payable par (nom/adresse)",
    currency: "Monnaie",
    amount: "Montant",
    receipt: "Récépissé",
    acceptance: "Point de dépôt",
    cut: "A détacher avant le versement",
};
const IT: Words = Words {
    payment_part: "Sezione pagamento",
    account: "Conto / Pagabile a",
    reference: "Riferimento",
    information: "Informazioni supplementari",
    payable_by: "Pagabile da",
    payable_by_blank: "Pagabile da (nome/indirizzo)",
    currency: "Valuta",
    amount: "Importo",
    receipt: "Ricevuta",
    acceptance: "Punto di accettazione",
    cut: "Da staccare prima del versamento",
};

/// The words in the document's language; in English when it is none of Switzerland's.
fn words(language: &str) -> &'static Words {
    match language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "de" => &DE,
        "fr" => &FR,
        "it" => &IT,
        _ => &EN,
    }
}

/// The payment part on a page of its own, for papers that are not as wide as it is.
pub(super) fn page(press: &Press<'_>, bill: &SwissBill) -> Result<Page, RenderError> {
    let sketch = slip(press, bill)?;
    Ok(Page { width: WIDTH, height: sketch.height, sketch })
}

/// The slip, the words above it where to cut it off included; its top left corner at the origin.
pub(super) fn slip(press: &Press<'_>, bill: &SwissBill) -> Result<Sketch, RenderError> {
    let words = words(&press.document.content.language);
    let mut sketch = Sketch { height: CUT + HEIGHT, ..Sketch::default() };
    let style = Style::of_slip(7.0, SOFT);
    let cut = press.setter.run(style, words.cut)?;
    let mut line = Sketch::default();
    line.place((WIDTH - cut.width()) / 2.0, 0.0, cut);
    line.rule(0.0, CUT, WIDTH, 0.5, SOFT);
    line.marks.push(Mark::Line {
        from: (RECEIPT, CUT),
        to: (RECEIPT, CUT + HEIGHT),
        thick: 0.5,
        colour: SOFT,
    });
    sketch.stamp(0.0, 0.0, line.tagged(Tag::Artifact));
    sketch.stamp(0.0, CUT, receipt(press, words, bill)?);
    sketch.stamp(RECEIPT, CUT, payment_part(press, words, bill)?);
    Ok(sketch)
}

/// A column of headings, each with its lines.
struct Column<'c> {
    press: &'c Press<'c>,
    heading: f32,
    value: f32,
    leading: f32,
    width: f32,
    sketch: Sketch,
}

impl<'c> Column<'c> {
    fn new(press: &'c Press<'c>, (heading, value, leading): (f32, f32, f32), width: f32) -> Self {
        Self { press, heading, value, leading, width, sketch: Sketch::default() }
    }

    fn lines(&mut self, style: Style, text: &str) -> Result<(), RenderError> {
        let mut lines = Sketch::default();
        for run in wrap(&self.press.setter, style, &clean(text), self.width)? {
            lines.place(0.0, lines.height + (self.leading - style.leading()) / 2.0, run);
            lines.height += self.leading;
        }
        let height = lines.height;
        self.sketch.stamp(0.0, self.sketch.height, lines.tagged(Tag::Paragraph));
        self.sketch.height += height;
        Ok(())
    }

    fn entry(&mut self, heading: &str, values: &[String]) -> Result<(), RenderError> {
        self.lines(Style::of_slip(self.heading, BLACK).bold(), heading)?;
        for value in values.iter().filter(|v| !v.is_empty()) {
            self.lines(Style::of_slip(self.value, BLACK), value)?;
        }
        self.sketch.skip(self.leading);
        Ok(())
    }

    /// Where the payer writes a name by hand: corners of a box.
    fn blank(&mut self, heading: &str, width: f32, height: f32) -> Result<(), RenderError> {
        self.lines(Style::of_slip(self.heading, BLACK).bold(), heading)?;
        let (top, arm) = (self.sketch.height + 1.0, 3.0 * MM);
        for (x, y, dx, dy) in [
            (0.0, top, arm, arm),
            (width, top, -arm, arm),
            (0.0, top + height, arm, -arm),
            (width, top + height, -arm, -arm),
        ] {
            for to in [(x + dx, y), (x, y + dy)] {
                self.sketch.marks.push(Mark::Line { from: (x, y), to, thick: 0.75, colour: BLACK });
            }
        }
        self.sketch.skip(height + self.leading);
        Ok(())
    }
}

fn receipt(press: &Press<'_>, words: &Words, bill: &SwissBill) -> Result<Sketch, RenderError> {
    let mut sketch = title(press, words.receipt)?;
    let size = (6.0, 8.0, 9.0);
    let mut column = Column::new(press, size, 52.0 * MM);
    column.entry(words.account, &account(bill))?;
    if let Some(reference) = reference(bill) {
        column.entry(words.reference, &[reference])?;
    }
    match &bill.debtor {
        Some(debtor) => column.entry(words.payable_by, &address(debtor))?,
        None => column.blank(words.payable_by_blank, 52.0 * MM, 20.0 * MM)?,
    }
    sketch.stamp(EDGE, 12.0 * MM, column.sketch);
    sketch.stamp(EDGE, 68.0 * MM, amount(press, words, bill, size, 12.0 * MM)?);
    let style = Style::of_slip(6.0, BLACK).bold();
    let mut acceptance = Sketch::default();
    acceptance.place_right(57.0 * MM, 82.0 * MM, press.setter.run(style, words.acceptance)?);
    sketch.stamp(0.0, 0.0, acceptance.tagged(Tag::Paragraph));
    Ok(sketch)
}

fn payment_part(press: &Press<'_>, words: &Words, bill: &SwissBill) -> Result<Sketch, RenderError> {
    let mut sketch = title(press, words.payment_part)?;
    let code = code(bill)?.tagged(Tag::Figure(words.payment_part.into()));
    sketch.stamp(EDGE, 17.0 * MM, code);
    let size = (8.0, 10.0, 11.0);
    sketch.stamp(EDGE, 68.0 * MM, amount(press, words, bill, size, 17.0 * MM)?);
    let mut column = Column::new(press, size, 87.0 * MM);
    column.entry(words.account, &account(bill))?;
    if let Some(reference) = reference(bill) {
        column.entry(words.reference, &[reference])?;
    }
    if !bill.message.is_empty() {
        column.entry(words.information, std::slice::from_ref(&bill.message))?;
    }
    match &bill.debtor {
        Some(debtor) => column.entry(words.payable_by, &address(debtor))?,
        None => column.blank(words.payable_by_blank, 65.0 * MM, 25.0 * MM)?,
    }
    sketch.stamp(56.0 * MM, EDGE, column.sketch);
    Ok(sketch)
}

fn title(press: &Press<'_>, text: &str) -> Result<Sketch, RenderError> {
    let mut sketch = Sketch::default();
    let style = Style::of_slip(11.0, BLACK).bold();
    sketch.place(EDGE, EDGE, press.setter.run(style, text)?);
    Ok(sketch.tagged(Tag::Heading))
}

/// Currency and amount side by side.
fn amount(
    press: &Press<'_>,
    words: &Words,
    bill: &SwissBill,
    size: (f32, f32, f32),
    second: f32,
) -> Result<Sketch, RenderError> {
    let mut sketch = Sketch::default();
    for (x, heading, value) in
        [(0.0, words.currency, bill.currency.to_owned()), (second, words.amount, spaced(bill.amount))]
    {
        let mut column = Column::new(press, size, 30.0 * MM);
        column.entry(heading, &[value])?;
        sketch.stamp(x, 0.0, column.sketch);
    }
    Ok(sketch)
}

/// The code, 46 mm wide, with the Swiss cross of 7 mm in its middle.
fn code(bill: &SwissBill) -> Result<Sketch, RenderError> {
    let side = 46.0 * MM;
    let mut sketch = payment_code::square(&bill.text(), side, BLACK)?;
    let white = Colour::new(255, 255, 255);
    let mut block = |width: f32, height: f32, colour: Colour| {
        let (x, y) = ((side - width) / 2.0, (side - height) / 2.0);
        sketch.marks.push(Mark::Fill { x, y, width, height, colour });
    };
    // The cross of the flag: arms one sixth longer than wide (Federal Act on the Swiss arms, art. 3).
    block(7.0 * MM, 7.0 * MM, white);
    block(6.0 * MM, 6.0 * MM, BLACK);
    block(3.9 * MM, 1.17 * MM, white);
    block(1.17 * MM, 3.9 * MM, white);
    Ok(sketch)
}

fn account(bill: &SwissBill) -> Vec<String> {
    let mut lines = vec![iban(&bill.iban)];
    lines.extend(address(&bill.creditor));
    lines
}

fn address(payer: &Payer) -> Vec<String> {
    let street = format!("{} {}", payer.street, payer.house);
    let town = format!("{} {}", payer.postcode, payer.city);
    let town = match payer.country.as_str() {
        "CH" => town,
        country => format!("{country}-{town}"),
    };
    vec![payer.name.clone(), street.trim().to_owned(), town]
}

/// The reference in groups: a QR reference in fives from the right, a creditor reference in fours.
fn reference(bill: &SwissBill) -> Option<String> {
    let grouped = |text: &str, first: usize, size: usize| {
        let chars: Vec<char> = text.chars().collect();
        let (head, tail) = chars.split_at_checked(first).unwrap_or_default();
        let groups = tail.chunks(size).map(|g| g.iter().collect::<String>());
        let all: Vec<String> = Some(head.iter().collect::<String>())
            .filter(|h| !h.is_empty())
            .into_iter()
            .chain(groups)
            .collect();
        all.join(" ")
    };
    match &bill.reference {
        Reference::Qr(text) => Some(grouped(text, 2, 5)),
        Reference::Creditor(text) => Some(grouped(text, 0, 4)),
        Reference::None => None,
    }
}

/// An amount with a space before every three digits and a point.
fn spaced(amount: Decimal) -> String {
    let text = amount.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push('\u{A0}');
        }
        grouped.push(c);
    }
    format!("{grouped}.{rest}")
}

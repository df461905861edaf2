//! The paper: letterhead, address for the window, footer, page numbers.
//!
//! # Source
//! DIN 5008 form B: address field 45 mm from the top and 20 mm from the left, 85 by 45 mm, the
//! lower 27.3 mm of it for the address; fold marks at 105 and 210 mm. Windows of C5/6 and DL
//! envelopes on the left show it, in the United Kingdom (BS 4264) as well.

use super::error::RenderError;
use super::finish::Facts;
use super::fonts::Fonts;
use super::labels::{Language, Word};
use super::pages::{Area, fill};
use super::payment_code;
use super::sketch::{Mark, Piece, Sketch};
use super::swiss_slip;
use super::tags::Tag;
use super::text::{Style, Typesetter, clean};
use super::wrap::wrap;
use super::{HAIRLINE, INK, Look, PAGE_HEIGHT, SOFT};
use crate::domain::document::{Address, Document, Kind, Party, PaymentCode};
use crate::domain::payment::Request;

/// A millimetre in points.
pub(super) const MM: f32 = 72.0 / 25.4;
/// Left edge of all text.
pub(super) const LEFT: f32 = 25.0 * MM;
/// Width of all text.
pub(super) const WIDTH: f32 = 165.0 * MM;
/// Left edge of the column beside the address.
const ASIDE: f32 = 125.0 * MM;
/// Running text.
pub(super) const BODY: Style = Style::regular(9.0, INK);
/// Labels and asides.
pub(super) const SMALL: Style = Style::regular(7.5, SOFT);

/// All that drawing one document needs.
pub(super) struct Press<'a> {
    pub(super) document: &'a Document,
    pub(super) look: &'a Look,
    pub(super) setter: Typesetter<'a>,
    pub(super) language: Language,
}

impl<'a> Press<'a> {
    pub(super) fn new(document: &'a Document, look: &'a Look) -> Result<Self, RenderError> {
        Ok(Self {
            document,
            look,
            setter: Typesetter::new(Fonts::new(look.fallback_font.as_deref())?),
            language: Language::of(&document.content.language)?,
        })
    }

    /// Kind and number, as the title and the file say them.
    pub(super) fn title(&self) -> String {
        let kind = self.language.kind(self.document.content.kind);
        format!("{kind} {}", clean(&self.document.number))
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            title: self.title(),
            author: clean(&self.document.seller.name),
            language: clean(&self.document.content.language),
            date: self.document.content.issue_date,
        }
    }

    /// Labels with values beside them.
    pub(super) fn pairs(
        &self,
        rows: &[(&str, String)],
        x: f32,
        label: f32,
        width: f32,
    ) -> Result<Sketch, RenderError> {
        let mut sketch = Sketch::default();
        for (name, value) in rows {
            let top = sketch.height;
            let mut names = Sketch::default();
            // The label's smaller type stands on the value's baseline.
            names.skip(BODY.baseline() - SMALL.baseline());
            names.write(&self.setter, SMALL, name, x, label - 6.0)?;
            sketch.stamp(0.0, top, names.clone());
            sketch.write(&self.setter, BODY, value, x + label, width - label)?;
            sketch.height = sketch.height.max(top + names.height);
        }
        Ok(sketch)
    }

    /// A heading, kept with what follows.
    pub(super) fn heading(&self, text: &str) -> Result<Piece, RenderError> {
        let mut sketch = Sketch::default();
        let style = BODY.bold().sized(10.0);
        sketch.write(&self.setter, style, text, LEFT, WIDTH)?;
        sketch.skip(2.0);
        Ok(Piece::new(14.0, sketch.tagged(Tag::Heading)).glued())
    }

    /// The title over the content.
    pub(super) fn headline(&self) -> Result<Piece, RenderError> {
        let mut sketch = Sketch::default();
        let style = BODY.bold().sized(17.0).in_colour(self.look.accent);
        sketch.write(&self.setter, style, &self.title(), LEFT, WIDTH)?;
        sketch.skip(4.0);
        Ok(Piece::new(0.0, sketch.tagged(Tag::Title)).glued())
    }
}

/// Fills pages with the pieces and puts the letterhead, the footer and the page numbers on them.
pub(super) fn bind(press: &Press<'_>, pieces: Vec<Piece>) -> Result<Vec<Sketch>, RenderError> {
    let letterhead = letterhead(press)?;
    let footer = footer(press)?;
    let running = running_head(press)?;
    let footer_top = PAGE_HEIGHT - 11.0 * MM - footer.height;
    let slip = match payment_code::request(press.document)? {
        Some(Request::Swiss(bill)) => Some(swiss_slip::slip(press, &bill)?),
        _ => None,
    };
    let area = Area {
        // A page that ends with a payment part has less room: the title moves up to the address.
        first_top: letterhead.height - if slip.is_some() { 7.0 * MM } else { 0.0 },
        next_top: 17.0 * MM + running.height,
        bottom: footer_top - 5.0 * MM,
    };
    let mut pages = fill(pieces, area);
    let above = PAGE_HEIGHT - slip.as_ref().map_or(0.0, |s| s.height) - 4.0 * MM - footer.height;
    if slip.is_some() && pages.last().is_some_and(|last| last.height + 3.0 * MM > above) {
        pages.push(Sketch::default());
    }
    let count = pages.len();
    for (i, page) in pages.iter_mut().enumerate() {
        // What is read first stands first: the letterhead, the content, the footer.
        let content = std::mem::take(page);
        if i == 0 {
            page.stamp(0.0, 0.0, letterhead.clone());
        } else {
            page.stamp(0.0, 12.0 * MM, running.clone().tagged(Tag::Artifact));
        }
        page.stamp(0.0, 0.0, content);
        let mut foot = footer.clone();
        let number = press.language.page(i + 1, count);
        let number = press.setter.run(SMALL.sized(7.0), &number)?;
        foot.place_right(LEFT + WIDTH, 4.0, number);
        let top = if i + 1 == count && slip.is_some() { above } else { footer_top };
        // On the pages after the first the footer says the same again.
        page.stamp(0.0, top, if i == 0 { foot } else { foot.tagged(Tag::Artifact) });
    }
    if let (Some(last), Some(slip)) = (pages.last_mut(), slip) {
        last.stamp(0.0, PAGE_HEIGHT - slip.height, slip);
    }
    Ok(pages)
}

/// Height of the tallest page after the first, for splitting rows; the footer and the running head
/// take at most this much.
pub(super) fn page_height() -> f32 {
    PAGE_HEIGHT - 75.0 * MM
}

fn letterhead(press: &Press<'_>) -> Result<Sketch, RenderError> {
    let seller = &press.document.seller;
    let mut sketch = Sketch::default();
    brand(press, &mut sketch)?;
    let head_end = particulars(press, seller, &mut sketch)?;
    // The lower mark would stand on the receipt of a Swiss QR-bill.
    let swiss = press.document.content.payment.code == Some(PaymentCode::Swiss);
    for y in [105.0 * MM, 210.0 * MM].into_iter().take(if swiss { 1 } else { 2 }) {
        sketch.rule(5.0 * MM, y, 3.0 * MM, 0.4, SOFT);
    }
    let mut end = head_end + 6.0 * MM;
    if let Some(buyer) = &press.document.content.buyer {
        window(press, seller, buyer, &mut sketch)?;
        end = end.max(90.0 * MM);
    }
    let aside_top = (50.0 * MM).max(head_end + 4.0 * MM);
    let block = press.pairs(&information(press), ASIDE, 26.0 * MM, LEFT + WIDTH - ASIDE)?;
    end = end.max(aside_top + block.height);
    sketch.stamp(0.0, aside_top, block);
    sketch.height = end + 9.0 * MM;
    Ok(sketch)
}

/// The logo, no larger than 60 by 20 mm, or the seller's name in its place.
fn brand(press: &Press<'_>, sketch: &mut Sketch) -> Result<(), RenderError> {
    let top = 14.0 * MM;
    if let Some(logo) = &press.look.logo {
        let (width, height) = (logo.width as f32, logo.height as f32);
        let scale = (60.0 * MM / width).min(20.0 * MM / height);
        sketch.marks.push(Mark::Logo { x: LEFT, y: top, width: width * scale, height: height * scale });
        return Ok(());
    }
    let text = clean(&press.document.seller.name);
    // A long name gets smaller type rather than running into the address.
    for size in [15.0, 12.0, 10.0, 8.0, 7.0] {
        let mut name = Sketch::default();
        let style = BODY.bold().sized(size).in_colour(press.look.accent);
        name.write(&press.setter, style, &text, LEFT, ASIDE - LEFT - 20.0)?;
        if name.height <= 28.0 * MM || size <= 7.0 {
            sketch.stamp(0.0, top, name);
            break;
        }
    }
    Ok(())
}

/// Who the seller is and how to reach them; gives where the block ends.
fn particulars(press: &Press<'_>, seller: &Party, sketch: &mut Sketch) -> Result<f32, RenderError> {
    let style = Style::regular(8.0, SOFT);
    let mut block = Sketch::default();
    let width = LEFT + WIDTH - ASIDE;
    let setter = &press.setter;
    let name = clean(&seller.name);
    block.write(setter, style.bold().in_colour(INK), &name, ASIDE, width)?;
    let mut lines = address_lines(seller.address.as_ref(), None);
    lines.extend(seller.phone.as_deref().map(clean));
    lines.extend(seller.email.as_ref().map(|e| clean(e.as_str())));
    for line in lines {
        block.write(setter, style, &line, ASIDE, width)?;
    }
    let end = 14.0 * MM + block.height;
    sketch.stamp(0.0, 14.0 * MM, block);
    Ok(end)
}

/// The buyer's address where the envelope has its window, the sender above it.
fn window(press: &Press<'_>, seller: &Party, buyer: &Party, sketch: &mut Sketch) -> Result<(), RenderError> {
    let setter = &press.setter;
    let width = 80.0 * MM;
    let mut sender = vec![clean(&seller.name)];
    sender.extend(address_lines(seller.address.as_ref(), None));
    let mut style = Style::regular(6.5, SOFT);
    let sender = sender.join(" · ");
    let full = setter.width(style, &sender)?;
    if full > width {
        style = style.sized((6.5 * width / full).max(5.0));
    }
    let runs = wrap(setter, style, &sender, width)?;
    let mut top = 61.5 * MM - runs.len() as f32 * style.leading();
    for run in runs {
        sketch.place(LEFT, top, run);
        top += style.leading();
    }
    sketch.rule(LEFT, 61.8 * MM, width, 0.4, HAIRLINE);

    let home = seller.address.as_ref().map(|a| a.country.as_str());
    let mut lines = vec![clean(&buyer.name)];
    lines.extend(address_lines(buyer.address.as_ref(), home));
    let text = lines.join("\n");
    // Six lines of ten points fit; more or longer lines make the type smaller.
    for size in [10.0, 9.0, 8.0, 7.0, 6.0, 5.0] {
        let mut block = Sketch::default();
        block.write(setter, Style::regular(size, INK), &text, LEFT, width)?;
        if block.height <= 27.3 * MM || size <= 5.0 {
            sketch.stamp(0.0, 63.5 * MM, block);
            break;
        }
    }
    Ok(())
}

/// An address from the street down; the country only when it is not `home`.
///
/// # Source
/// Universal Postal Union: the country last, in capitals, in a language known internationally.
fn address_lines(address: Option<&Address>, home: Option<&str>) -> Vec<String> {
    let Some(address) = address else {
        return Vec::new();
    };
    let mut lines: Vec<String> = address.lines.iter().map(|l| clean(l)).collect();
    let part = |p: &Option<String>| p.as_deref().map(clean).unwrap_or_default();
    let (code, city) = (part(&address.postcode), part(&address.city));
    // Where the post writes the code behind the town or below it, one line after the other serves.
    let town = if matches!(address.country.as_str(), "GB" | "IE" | "US" | "CA" | "AU") {
        format!("{city} {code}")
    } else {
        format!("{code} {city}")
    };
    lines.push(town.trim().to_owned());
    if home.is_some_and(|home| home != address.country) {
        lines.push(country(&address.country).to_owned());
    }
    lines.retain(|l| !l.is_empty());
    lines
}

/// The name of a country on an envelope; its code where the list has none.
fn country(code: &str) -> &str {
    const NAMES: &str = "AT AUSTRIA,AU AUSTRALIA,BE BELGIUM,BG BULGARIA,CA CANADA,CH SWITZERLAND,\
        CY CYPRUS,CZ CZECHIA,DE GERMANY,DK DENMARK,EE ESTONIA,ES SPAIN,FI FINLAND,FR FRANCE,\
        GB UNITED KINGDOM,GR GREECE,HR CROATIA,HU HUNGARY,IE IRELAND,IN INDIA,IS ICELAND,IT ITALY,\
        JP JAPAN,LI LIECHTENSTEIN,LT LITHUANIA,LU LUXEMBOURG,LV LATVIA,MT MALTA,NL NETHERLANDS,\
        NO NORWAY,NZ NEW ZEALAND,PL POLAND,PT PORTUGAL,RO ROMANIA,RS SERBIA,SE SWEDEN,SI SLOVENIA,\
        SK SLOVAKIA,TR TURKEY,UA UKRAINE,US UNITED STATES OF AMERICA,ZA SOUTH AFRICA";
    NAMES.split(',').find_map(|n| n.strip_prefix(code)?.strip_prefix(' ')).unwrap_or(code)
}

/// Number, dates and what else tells this document from others.
fn information<'w>(press: &Press<'_>) -> Vec<(&'w str, String)> {
    let content = &press.document.content;
    let language = &press.language;
    let mut rows = vec![
        (language.word(Word::Number), clean(&press.document.number)),
        (language.word(Word::Date), language.date(content.issue_date)),
    ];
    let due = match content.kind {
        Kind::Offer => Word::DueValid,
        Kind::SalesOrder | Kind::PurchaseOrder | Kind::DeliveryNote => Word::DueDelivery,
        Kind::JobCard => Word::DueReady,
        _ => Word::DuePayment,
    };
    let job = content.job.as_ref();
    let promised = job.and_then(|j| j.promised_at).filter(|_| content.kind == Kind::JobCard);
    if let Some(at) = promised {
        let text = format!("{}, {}", language.date(at.date()), at.format("%H:%M"));
        rows.push((language.word(Word::DueReady), text));
    } else if let Some(date) = content.due_date {
        rows.push((language.word(due), language.date(date)));
    }
    if content.kind == Kind::JobCard {
        if let Some(name) = job.and_then(|j| j.technician.as_deref()) {
            rows.push((language.word(Word::JobTechnician), clean(name)));
        }
        let buyer = content.buyer.as_ref();
        if let Some(phone) = buyer.and_then(|b| b.phone.as_deref()) {
            rows.push((language.word(Word::Phone), clean(phone)));
        }
        if let Some(email) = buyer.and_then(|b| b.email.as_ref()) {
            rows.push((language.word(Word::Email), clean(email.as_str())));
        }
    }
    if let Some(supply) = content.supply {
        let mut text = language.date(supply.from);
        if supply.until != supply.from {
            text = format!("{text} – {}", language.date(supply.until));
        }
        rows.push((language.word(Word::Supply), text));
    }
    if let Some(original) = &content.original {
        let date = original.issue_date.map(|d| format!("\n{}", language.date(d))).unwrap_or_default();
        rows.push((language.word(Word::Original), format!("{}{date}", clean(&original.number))));
    }
    for (word, value) in
        [(Word::BuyerReference, &content.buyer_reference), (Word::OrderReference, &content.order_reference)]
    {
        rows.extend(value.as_deref().map(|v| (language.word(word), clean(v))));
    }
    if let Some(id) = content.buyer.as_ref().and_then(|b| b.tax_id.as_deref()) {
        rows.push((language.word(Word::BuyerTaxId), clean(id)));
    }
    rows
}

/// What a page after the first says on top.
fn running_head(press: &Press<'_>) -> Result<Sketch, RenderError> {
    let mut sketch = Sketch::default();
    let date = press.language.date(press.document.content.issue_date);
    let title = format!("{} · {date}", press.title());
    let title = press.setter.run(SMALL, &title)?;
    let room = WIDTH - title.width() - 20.0;
    let name = clean(&press.document.seller.name);
    sketch.write(&press.setter, SMALL.bold(), &name, LEFT, room.max(80.0))?;
    sketch.place_right(LEFT + WIDTH, 0.0, title);
    sketch.skip(3.0);
    sketch.rule(LEFT, sketch.height, WIDTH, 0.4, HAIRLINE);
    Ok(sketch)
}

/// The seller's particulars as business letters must show them.
fn footer(press: &Press<'_>) -> Result<Sketch, RenderError> {
    let seller = &press.document.seller;
    let language = &press.language;
    let mut parts = vec![clean(&seller.name)];
    parts.extend(seller.tax_id.as_deref().map(|id| format!("{} {}", language.word(Word::TaxId), clean(id))));
    let company = seller.company_number.as_deref();
    parts.extend(company.map(|n| format!("{} {}", language.word(Word::CompanyNumber), clean(n))));
    parts.extend(seller.iban.as_deref().map(|i| format!("IBAN {}", iban(i))));
    parts.extend(seller.bic.as_deref().map(|b| format!("BIC {}", clean(b))));
    // A particular is not torn apart at a line's end.
    let mut text = parts.iter().map(|p| p.replace(' ', "\u{A0}")).collect::<Vec<_>>().join(" · ");
    if let Some(note) = &seller.legal_note {
        text = format!("{text} · {}", clean(note));
    }
    let mut sketch = Sketch::default();
    sketch.rule(LEFT, 0.0, WIDTH, 0.4, HAIRLINE);
    sketch.skip(4.0);
    sketch.write(&press.setter, SMALL.sized(7.0), &text, LEFT, 132.0 * MM)?;
    Ok(sketch)
}

/// An IBAN in groups of four (ISO 13616-1, print format), never torn apart.
pub(super) fn iban(iban: &str) -> String {
    let mut text = String::new();
    for (i, c) in iban.chars().filter(|c| !c.is_whitespace()).enumerate() {
        if i > 0 && i.is_multiple_of(4) {
            text.push('\u{A0}');
        }
        text.push(c);
    }
    clean(&text)
}

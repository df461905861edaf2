//! Letters: letterhead, address for the window, footer, page numbers.

use super::address::{address_lines, iban};
use super::error::RenderError;
use super::information::information;
use super::labels::Word;
use super::pages::{Area, Page, fill};
use super::payment_code;
use super::press::Press;
use super::sheet::{Letter, MM};
use super::sketch::{Piece, Sketch};
use super::swiss_slip;
use super::tags::Tag;
use super::text::clean;
use super::wrap::{dotted, wrap};
use crate::domain::document::{Paper, Party, PaymentCode};
use crate::domain::payment::Request;

/// Fills pages with the pieces and puts the letterhead, the footer and the page numbers on them.
pub(super) fn bind(press: &Press<'_>, form: Letter, pieces: Vec<Piece>) -> Result<Vec<Page>, RenderError> {
    let sheet = &press.sheet;
    let Head { sketch: head, address } = head(press, form)?;
    let footer = footer(press)?;
    let running = running_head(press)?;
    let footer_top = sheet.height - form.foot - footer.height;
    let bill = match payment_code::request(press.document)? {
        Some(Request::Swiss(bill)) => Some(bill),
        _ => None,
    };
    // The payment part is as wide as A4; with other papers it goes on a page of its own.
    let slip = match &bill {
        Some(bill) if press.document.content.paper.is_none_or(|p| p == Paper::A4) => {
            Some(swiss_slip::slip(press, bill)?)
        }
        _ => None,
    };
    let bottom = footer_top - 5.0 * MM;
    if head.height > bottom {
        let long = address > form.address.1;
        return Err(RenderError::HeadTooHigh { field: long.then_some("buyer.address.lines") });
    }
    let area = Area {
        // A page that ends with a payment part has less room: the title moves up to the address.
        first_top: head.height - if slip.is_some() { 7.0 * MM } else { 0.0 },
        next_top: form.top + 3.0 * MM + running.height,
        bottom,
    };
    let mut pages = fill(pieces, area);
    let above = sheet.height - slip.as_ref().map_or(0.0, |s| s.height) - 4.0 * MM - footer.height;
    if slip.is_some() && pages.last().is_some_and(|last| last.height + 3.0 * MM > above) {
        pages.push(Sketch::default());
    }
    let count = pages.len();
    for (i, page) in pages.iter_mut().enumerate() {
        // What is read first stands first: the letterhead, the content, the footer.
        let content = std::mem::take(page);
        if i == 0 {
            page.stamp(0.0, 0.0, head.clone());
        } else {
            page.stamp(0.0, form.top - 2.0 * MM, running.clone().tagged(Tag::Artifact));
        }
        page.stamp(0.0, 0.0, content);
        let mut foot = footer.clone();
        let number = press.setter.run(sheet.fine.tabular(), &press.language.page(i + 1, count))?;
        foot.place_right(sheet.right(), 4.0, number);
        let top = if i + 1 == count && slip.is_some() { above } else { footer_top };
        // On the pages after the first the footer says the same again.
        page.stamp(0.0, top, if i == 0 { foot } else { foot.tagged(Tag::Artifact) });
    }
    let apart = slip.is_none();
    if let (Some(last), Some(slip)) = (pages.last_mut(), slip) {
        last.stamp(0.0, sheet.height - slip.height, slip);
    }
    let page = |sketch| Page { width: sheet.width, height: sheet.height, sketch };
    let mut pages: Vec<Page> = pages.into_iter().map(page).collect();
    if let (Some(bill), true) = (bill, apart) {
        pages.push(swiss_slip::page(press, &bill)?);
    }
    Ok(pages)
}

/// What stands above the title of the first page.
struct Head {
    sketch: Sketch,
    /// Height of the buyer's address.
    address: f32,
}

fn head(press: &Press<'_>, form: Letter) -> Result<Head, RenderError> {
    let seller = &press.document.seller;
    let sheet = &press.sheet;
    let mut sketch = Sketch::default();
    brand(press, form, &mut sketch)?;
    let head_end = particulars(press, form, seller, &mut sketch)?;
    // The lower mark would stand on the receipt of a Swiss QR-bill.
    let swiss = press.document.content.payment.code == Some(PaymentCode::Swiss);
    for y in form.folds.into_iter().flatten().take(if swiss { 1 } else { 2 }) {
        sketch.rule(5.0 * MM, y, 3.0 * MM, 0.4, sheet.soft);
    }
    let mut end = head_end + 6.0 * MM;
    let mut address = 0.0;
    if let Some(buyer) = &press.document.content.buyer {
        address = window(press, form, seller, buyer, &mut sketch)?;
        // The low window of a no. 10 envelope leaves room below the address all the same; what no window
        // would show whole moves the rest of the page down.
        end = end.max(form.window + 1.0 * MM + form.address.1.max(24.0 * MM).max(address));
    }
    let aside_top = (form.window - 11.8 * MM).max(head_end + 4.0 * MM);
    let room = sheet.right() - form.aside;
    let rows = information(press);
    let label = press.label_width(&rows, room * 0.45)?;
    let block = press.pairs(&rows, form.aside, label, room)?;
    end = end.max(aside_top + block.height);
    sketch.stamp(0.0, aside_top, block);
    sketch.height = end + sheet.body.size;
    Ok(Head { sketch, address })
}

/// The logo, or the seller's name in its place.
fn brand(press: &Press<'_>, form: Letter, sketch: &mut Sketch) -> Result<(), RenderError> {
    let left = press.sheet.left;
    if let Some(logo) = &press.look.logo {
        let size = logo.0.fit(form.brand);
        sketch.marks.push(press.picture(
            logo.0.clone(),
            clean(&press.document.seller.name),
            (left, form.top),
            size,
        ));
        return Ok(());
    }
    let text = clean(&press.document.seller.name);
    let body = press.sheet.body;
    // A long name gets smaller type rather than running into the address.
    for size in [15.0, 12.0, 10.0, 8.0, 7.0] {
        let mut name = Sketch::default();
        let style = body.bold().sized(size).in_colour(press.accent());
        name.write(&press.setter, style, &text, left, form.aside - left - 20.0)?;
        if name.height <= 28.0 * MM || size <= 7.0 {
            sketch.stamp(0.0, form.top, name);
            break;
        }
    }
    Ok(())
}

/// Who the seller is and how to reach them; gives where the block ends.
fn particulars(
    press: &Press<'_>,
    form: Letter,
    seller: &Party,
    sketch: &mut Sketch,
) -> Result<f32, RenderError> {
    let sheet = &press.sheet;
    let style = sheet.small.sized(sheet.body.size - 1.0);
    let mut block = Sketch::default();
    let width = sheet.right() - form.aside;
    let setter = &press.setter;
    // Without a logo the name stands large beside it.
    if press.look.logo.is_some() {
        let name = clean(&seller.name);
        block.write(setter, style.bold().in_colour(sheet.body.colour), &name, form.aside, width)?;
    }
    for line in reach(seller) {
        block.write(setter, style, &line, form.aside, width)?;
    }
    let end = form.top + block.height;
    sketch.stamp(0.0, form.top, block);
    Ok(end)
}

/// The seller's address and how to reach them, a line each.
pub(super) fn reach(seller: &Party) -> Vec<String> {
    let mut lines = address_lines(seller.address.as_ref(), None);
    lines.extend(seller.phone.as_deref().map(clean));
    lines.extend(seller.email.as_ref().map(|e| clean(e.as_str())));
    lines
}

/// The buyer's address where the envelope has its window, the sender above it; gives the height of the
/// address.
fn window(
    press: &Press<'_>,
    form: Letter,
    seller: &Party,
    buyer: &Party,
    sketch: &mut Sketch,
) -> Result<f32, RenderError> {
    let setter = &press.setter;
    let sheet = &press.sheet;
    let (width, height) = form.address;
    let mut sender = vec![clean(&seller.name)];
    sender.extend(address_lines(seller.address.as_ref(), None));
    let mut style = sheet.small.sized(6.5);
    let sender = sender.join(" · ");
    let full = setter.width(style, &sender)?;
    if full > width {
        style = style.sized((6.5 * width / full).max(5.0));
    }
    let runs = wrap(setter, style, &sender, width)?;
    let mut top = form.window - 0.3 * MM - runs.len() as f32 * style.leading();
    for run in runs {
        sketch.place(sheet.left, top, run);
        top += style.leading();
    }
    sketch.rule(sheet.left, form.window, width, 0.4, sheet.hairline);

    let home = seller.address.as_ref().map(|a| a.country.as_str());
    let mut lines = vec![clean(&buyer.name)];
    lines.extend(address_lines(buyer.address.as_ref(), home));
    let text = lines.join("\n");
    // Six lines of ten points fit; more or longer lines make the type smaller.
    let mut block = Sketch::default();
    for size in [10.0, 9.0, 8.0, 7.0, 6.0, 5.0] {
        block = Sketch::default();
        block.write(setter, sheet.body.sized(size), &text, sheet.left, width)?;
        if block.height <= height {
            break;
        }
    }
    let high = block.height;
    sketch.stamp(0.0, form.window + 1.7 * MM, block);
    Ok(high)
}

/// What a page after the first says on top.
fn running_head(press: &Press<'_>) -> Result<Sketch, RenderError> {
    let sheet = &press.sheet;
    let mut sketch = Sketch::default();
    let date = press.language.date(press.document.content.issue_date);
    let title = press.setter.run(sheet.small, &format!("{} · {date}", press.title()))?;
    let room = sheet.text - title.width() - 20.0;
    let name = clean(&press.document.seller.name);
    if room >= 80.0 {
        sketch.write(&press.setter, sheet.small.bold(), &name, sheet.left, room)?;
        sketch.place_right(sheet.right(), 0.0, title);
    } else {
        // A long number leaves the name no room beside it.
        sketch.write(&press.setter, sheet.small.bold(), &name, sheet.left, sheet.text)?;
        sketch.write(&press.setter, sheet.small, &title.shaped.text, sheet.left, sheet.text)?;
    }
    sketch.skip(3.0);
    sketch.rule(sheet.left, sketch.height, sheet.text, 0.4, sheet.hairline);
    Ok(sketch)
}

/// The seller's particulars as business letters must show them.
fn footer(press: &Press<'_>) -> Result<Sketch, RenderError> {
    let sheet = &press.sheet;
    // A particular is not torn apart at a line's end.
    let mut parts: Vec<String> = particulars_line(press).iter().map(|p| p.replace(' ', "\u{A0}")).collect();
    parts.extend(press.document.seller.legal_note.as_deref().map(clean));
    let mut sketch = Sketch::default();
    sketch.rule(sheet.left, 0.0, sheet.text, 0.4, sheet.hairline);
    sketch.skip(4.0);
    let room = sheet.text * 0.8;
    let text = dotted(&press.setter, sheet.fine, parts, room)?;
    sketch.write(&press.setter, sheet.fine, &text, sheet.left, room)?;
    Ok(sketch)
}

/// Name, tax number, register and account of the seller.
fn particulars_line(press: &Press<'_>) -> Vec<String> {
    let seller = &press.document.seller;
    let mut parts = vec![clean(&seller.name)];
    parts.extend(seller.tax_id.as_deref().map(|id| format!("{} {}", press.word(Word::TaxId), clean(id))));
    parts.extend(company(press));
    parts.extend(seller.iban.as_deref().map(|i| format!("IBAN {}", iban(i))));
    parts.extend(seller.bic.as_deref().map(|b| format!("BIC {}", clean(b))));
    parts
}

/// The number of the seller's company in its register.
pub(super) fn company(press: &Press<'_>) -> Option<String> {
    let number = press.document.seller.company_number.as_deref();
    number.map(|n| format!("{} {}", press.word(Word::CompanyNumber), clean(n)))
}

//! Properties of whole documents that their readers would miss.

mod figures;
mod letters;
mod papers;
pub(super) mod sample;

use std::collections::BTreeMap;

use lopdf::{Document as File, Object};
use rust_decimal::Decimal;

use super::*;
use crate::domain::totals::Totals;
use sample::{demo, line, logo_file, sample};

/// Text on a page: where it starts, how large it is and what it says.
struct Found {
    page: usize,
    x: f32,
    y: f32,
    width: f32,
    text: String,
    /// The name of its font without the mark of the subset.
    font: String,
}

/// Reads the texts back from a file the way a reader copies them: by codes, widths and ToUnicode.
fn read(bytes: &[u8]) -> Vec<Found> {
    let file = File::load_mem(bytes).unwrap();
    let mut found = Vec::new();
    for (page, id) in file.get_pages() {
        let fonts = file.get_page_fonts(id).unwrap();
        let fonts: BTreeMap<Vec<u8>, _> = fonts
            .into_iter()
            .map(|(name, font)| {
                let base = String::from_utf8_lossy(font.get(b"BaseFont").unwrap().as_name().unwrap());
                let base = base.split_once('+').unwrap().1.to_owned();
                (name, (code_map(&file, font), widths(&file, font), base))
            })
            .collect();
        let content = file.get_and_decode_page_content(id).unwrap();
        let (mut font, mut size, mut at) = (Vec::new(), 0.0, (0.0, 0.0));
        for operation in content.operations {
            let operands = &operation.operands;
            match operation.operator.as_str() {
                "Tf" => {
                    font = operands[0].as_name().unwrap().to_vec();
                    size = operands[1].as_float().unwrap();
                }
                "Td" => at = (operands[0].as_float().unwrap(), operands[1].as_float().unwrap()),
                "TJ" | "Tj" => {
                    let (codes, widths, base) = &fonts[&font];
                    let (mut text, mut mille) = (String::new(), 0.0);
                    let items = match &operands[0] {
                        Object::Array(items) => items.clone(),
                        other => vec![other.clone()],
                    };
                    for item in &items {
                        match item {
                            Object::String(string, _) => {
                                for code in string.chunks(2) {
                                    let code = u16::from_be_bytes([code[0], code[1]]);
                                    text.push_str(&codes[&code]);
                                    mille += widths[&code];
                                }
                            }
                            number => mille -= number.as_float().unwrap(),
                        }
                    }
                    found.push(Found {
                        page: page as usize,
                        x: at.0,
                        y: at.1,
                        width: mille * size / 1000.0,
                        text,
                        font: base.clone(),
                    });
                }
                _ => {}
            }
        }
    }
    found
}

fn code_map(file: &File, font: &lopdf::Dictionary) -> BTreeMap<u16, String> {
    let id = font.get(b"ToUnicode").unwrap().as_reference().unwrap();
    let map = file.get_object(id).unwrap().as_stream().unwrap();
    let map = String::from_utf8(map.decompressed_content().unwrap()).unwrap();
    let mut codes = BTreeMap::new();
    let hex = |s: &str| -> Vec<u16> {
        let s = s.trim_matches(['<', '>']);
        (0..s.len() / 4).map(|i| u16::from_str_radix(&s[4 * i..4 * i + 4], 16).unwrap()).collect()
    };
    let mut in_chars = false;
    for row in map.lines() {
        let parts: Vec<&str> = row.split_whitespace().collect();
        match parts.as_slice() {
            [.., "beginbfchar"] => in_chars = true,
            ["endbfchar", ..] => in_chars = false,
            [code, text] if in_chars => {
                codes.insert(hex(code)[0], String::from_utf16(&hex(text)).unwrap());
            }
            [from, to, text] if from.starts_with('<') && text.starts_with('<') => {
                let (from, to, first) = (hex(from)[0], hex(to)[0], hex(text));
                for step in 0..=(to - from) {
                    let mut text = first.clone();
                    *text.last_mut().unwrap() += step;
                    codes.insert(from + step, String::from_utf16(&text).unwrap());
                }
            }
            _ => {}
        }
    }
    codes
}

fn widths(file: &File, font: &lopdf::Dictionary) -> BTreeMap<u16, f32> {
    let descendants = font.get(b"DescendantFonts").unwrap().as_array().unwrap();
    let descendant = match &descendants[0] {
        Object::Reference(id) => file.get_object(*id).unwrap().as_dict().unwrap(),
        other => other.as_dict().unwrap(),
    };
    let mut widths = BTreeMap::new();
    let list = descendant.get(b"W").unwrap().as_array().unwrap();
    for pair in list.chunks(2) {
        let first = pair[0].as_i64().unwrap() as u16;
        for (code, width) in (first..).zip(pair[1].as_array().unwrap()) {
            widths.insert(code, width.as_float().unwrap());
        }
    }
    widths
}

fn all_text(bytes: &[u8]) -> String {
    let texts: Vec<String> = read(bytes).into_iter().map(|f| f.text).collect();
    texts.join("\n")
}

fn draw(document: &Document) -> Vec<u8> {
    pdf(document, &Look::default()).unwrap()
}

fn recount(document: &mut Document) {
    document.totals = Totals::of(&document.content);
}

#[test]
fn text_comes_out_as_it_was_typed() {
    let bytes = draw(&demo("invoice"));
    let text = all_text(&bytes);
    for words in [
        "Anna Kowalska i Łukasz Žižka",
        "ul. Lecha Wałęsy 12 m. 7",
        "00-950 Warszawa",
        "POLAND",
        "IE29\u{A0}AIBK\u{A0}9311\u{A0}5212\u{A0}3456\u{A0}78",
        "5 December 2026",
        "−20.00",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    // Words may be broken over lines, letters may not be lost or taken for their twins.
    for word in ["πληκτρολόγιο", "клавиатуру", "Ďakujeme!", "Ευχαριστούμε!", "Дякуємо!"]
    {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}

#[test]
fn every_kind_renders_in_every_language() {
    for kind in Kind::ALL {
        for language in languages() {
            let mut document = sample(kind, 3);
            document.content.language = language.to_owned();
            let text = all_text(&draw(&document));
            assert!(text.contains(&document.number), "{} in {language}", kind.word());
        }
    }
}

#[test]
fn what_is_optional_may_be_left_out() {
    for kind in Kind::ALL {
        let mut document = sample(kind, usize::from(kind.needs_lines()));
        document.content.job = None;
        document.content.notes.clear();
        document.content.payment = Default::default();
        document.seller.address = None;
        document.seller.email = None;
        document.seller.iban = None;
        if kind.needs_buyer() {
            document.content.buyer.as_mut().unwrap().address = None;
        } else {
            document.content.buyer = None;
        }
        let text = all_text(&draw(&document));
        assert!(text.contains("Page 1 of 1"), "{}: {text}", kind.word());
    }
}

#[test]
fn totals_of_other_lines_are_refused() {
    let mut document = sample(Kind::Invoice, 3);
    document.totals.lines.pop();
    assert!(matches!(pdf(&document, &Look::default()), Err(RenderError::Internal(_))));
}

#[test]
fn the_demo_totals_are_right_and_every_figure_is_printed() {
    for name in ["invoice", "job-card"] {
        let document = demo(name);
        let text = all_text(&draw(&document));
        let language = labels::Language::of(&document.content.language).unwrap();
        let totals = &document.totals;
        for amount in totals.lines.iter().chain([&totals.net, &totals.tax, &totals.gross]) {
            assert!(text.contains(&language.amount(*amount)), "{name} lacks {amount}");
        }
        let payable = language.money(totals.payable, document.content.currency);
        assert!(text.contains(&payable), "{name} lacks {payable}");
    }
}

#[test]
fn a_long_invoice_repeats_its_head_carries_its_sum_and_loses_no_line() {
    let document = sample(Kind::Invoice, 200);
    let found = read(&draw(&document));
    let pages = found.iter().map(|f| f.page).max().unwrap();
    assert!(pages > 4, "{pages} pages");
    for i in 1..=200 {
        let name = format!("Article number {i} of the list");
        assert_eq!(found.iter().filter(|f| f.text == name).count(), 1, "{name}");
    }
    // Terms and signatures may stand on a page after the table.
    let table = found.iter().filter(|f| f.text.starts_with("Article number")).map(|f| f.page).max().unwrap();
    let mut sum = Decimal::ZERO;
    for page in 1..=table {
        let on_page: Vec<&Found> = found.iter().filter(|f| f.page == page).collect();
        let says = |text: &str| on_page.iter().filter(|f| f.text == text).count();
        assert_eq!(says(&format!("Page {page} of {pages}")), 1);
        let rows = on_page.iter().filter(|f| f.text.starts_with("Article number"));
        let amounts: Vec<Decimal> = rows
            .map(|f| f.text.split(' ').nth(2).unwrap().parse::<usize>().unwrap())
            .map(|i| document.totals.lines[i - 1])
            .collect();
        assert!(!amounts.is_empty(), "page {page} has no line");
        assert_eq!(says("Description"), 1, "heads on page {page}");
        let ends = usize::from(page > 1) + usize::from(page < table);
        assert_eq!(says("Carried forward"), ends, "page {page}");
        let language = labels::Language::of("en").unwrap();
        if page > 1 {
            assert!(says(&language.amount(sum)) >= 1, "page {page} lacks {sum}");
        }
        sum += amounts.iter().sum::<Decimal>();
    }
}

#[test]
fn nothing_leaves_its_place() {
    let mut document = sample(Kind::Invoice, 4);
    document.content.lines[1].description = "Donaudampfschifffahrt".repeat(30);
    document.content.lines[2].description = "words that go on ".repeat(110);
    document.content.notes = vec!["x".repeat(3000)];
    document.content.buyer.as_mut().unwrap().name = "Long".repeat(50);
    document.seller.name = "Wide Company ".repeat(15);
    recount(&mut document);
    let found = read(&draw(&document));
    let column = found.iter().find(|f| f.text == "Quantity").unwrap();
    for f in &found {
        assert!(f.x >= 70.0 && f.x + f.width <= 539.2, "{} at {} leaves the page", f.text, f.x);
        assert!(f.y > 25.0 && f.y < 815.0, "{} at height {}", f.text, f.y);
        if f.text.contains("schiff") || f.text.contains("words that") {
            assert!(f.x + f.width < column.x, "{} runs into the quantity", f.text);
        }
    }
    let texts = found.iter().filter(|f| f.x < column.x - 100.0).map(|f| f.text.as_str());
    let text: String = texts.collect();
    assert!(text.contains(&"Donaudampfschifffahrt".repeat(30)), "letters were lost");
}

#[test]
fn a_row_higher_than_a_page_is_split_and_complete() {
    let mut document = sample(Kind::Offer, 2);
    document.content.lines[0].description = (1..=190).map(|i| format!("row {i}.\n")).collect();
    recount(&mut document);
    let found = read(&draw(&document));
    for i in 1..=190 {
        let text = format!("row {i}.");
        let all: Vec<_> = found.iter().filter(|f| f.text == text).collect();
        assert_eq!(all.len(), 1, "{text}");
        assert!(all[0].y > 60.0, "{text} stands in the footer");
    }
}

#[test]
fn amounts_end_at_one_edge_and_prices_align_at_their_point() {
    let mut document = sample(Kind::Invoice, 3);
    for (line, price) in document.content.lines.iter_mut().zip(["1", "22222.5", "3.33333333"]) {
        line.unit_price = price.parse().unwrap();
    }
    recount(&mut document);
    let found = read(&draw(&document));
    let at = |text: &str| found.iter().find(|f| f.text == text).unwrap_or_else(|| panic!("{text}"));
    let language = labels::Language::of("en").unwrap();
    for amount in &document.totals.lines {
        let cell = at(&language.amount(*amount));
        assert!((cell.x + cell.width - 538.58).abs() < 0.15, "{} ends at {}", cell.text, cell.x + cell.width);
    }
    // Figures have one width, so the points stand below each other when the whole parts differ
    // by that width for each digit.
    let (one, three) = (at("1.00"), at("3.33333333"));
    assert!((one.x - three.x).abs() < 0.15, "{} and {}", one.x, three.x);
}

#[test]
fn equal_documents_give_equal_bytes_and_other_documents_do_not() {
    let look = Look { logo: Some(logo(logo_file()).unwrap()), ..Look::default() };
    let document = demo("invoice");
    let first = pdf(&document, &look).unwrap();
    let in_another_thread =
        std::thread::scope(|s| s.spawn(|| pdf(&demo("invoice"), &look).unwrap()).join().unwrap());
    assert!(first == in_another_thread, "two runs differ");
    let mut other = document.clone();
    other.number.push('x');
    assert!(first != pdf(&other, &look).unwrap());
}

#[test]
fn fonts_are_cut_down_to_what_is_used() {
    let one_page = draw(&sample(Kind::Invoice, 6));
    assert!(one_page.len() < 45_000, "{} bytes", one_page.len());
    assert!(demo_with_logo().len() < 110_000, "{} bytes", demo_with_logo().len());
    let file = File::load_mem(&one_page).unwrap();
    let font_files = file.objects.values().filter_map(|o| o.as_stream().ok());
    for font in font_files.filter(|s| s.dict.has(b"Length1")) {
        let length = font.dict.get(b"Length1").unwrap().as_i64().unwrap();
        assert!(length < 40_000, "a font of {length} bytes");
    }
}

/// A mail with it leaves a slow line free again soon.
#[test]
fn a_file_is_small() {
    let look = Look { logo: Some(logo(logo_file()).unwrap()), ..Look::default() };
    for (lines, most) in [(8, 30_000), (1000, 150_000)] {
        let bytes = pdf(&sample(Kind::Invoice, lines), &look).unwrap();
        assert!(bytes.len() < most, "{lines} lines take {} bytes", bytes.len());
    }
}

fn demo_with_logo() -> Vec<u8> {
    let look = Look { logo: Some(logo(logo_file()).unwrap()), ..Look::default() };
    pdf(&demo("invoice"), &look).unwrap()
}

#[test]
fn the_file_says_what_it_is() {
    let document = demo("invoice");
    let file = File::load_mem(&draw(&document)).unwrap();
    let info = file.trailer.get(b"Info").unwrap().as_reference().unwrap();
    let info = file.get_dictionary(info).unwrap();
    let says = |key: &[u8]| String::from_utf8_lossy(info.get(key).unwrap().as_str().unwrap()).into_owned();
    assert_eq!(says(b"Title"), format!("Invoice {}", document.number));
    assert_eq!(says(b"Author"), "Harbour Street Repairs Ltd");
    assert_eq!(says(b"CreationDate"), "D:20261121000000Z");
    let lang = file.catalog().unwrap().get(b"Lang").unwrap();
    assert_eq!(lang.as_str().unwrap(), b"en-IE");
}

#[test]
fn a_character_without_a_glyph_is_named_with_the_remedy() {
    let mut document = sample(Kind::Invoice, 1);
    document.content.lines[0].description = "Tea 茶 green".to_owned();
    let error = pdf(&document, &Look::default()).unwrap_err();
    let said = error.to_string();
    for part in ["U+8336", "Tea 茶 green", "fallback_font"] {
        assert!(said.contains(part), "{said}");
    }
    let look = Look { fallback_fonts: vec![Arc::from(&b"not a font"[..])], ..Look::default() };
    let broken = pdf(&sample(Kind::Invoice, 1), &look).unwrap_err();
    assert!(matches!(broken, RenderError::FallbackFont { .. }), "{broken}");
}

#[test]
fn letters_that_share_a_glyph_are_told_apart() {
    let mut document = sample(Kind::Notification, 0);
    let twins = "AΑА BΒВ OΟО oοо pр a\u{A0}b a\u{3000}b a\u{2011}b-c";
    document.content.notes = vec![twins.to_owned()];
    let text = all_text(&draw(&document));
    assert!(text.contains(twins), "{text}");
}

#[test]
fn invisible_characters_do_not_reach_the_page() {
    let mut document = sample(Kind::Notification, 0);
    document.content.notes = vec![
        "ze\0ro\u{200B}wid\u{7}th \u{202E}tur\u{1B}ned\u{FEFF}\u{9F} e\u{301}\u{FE0F}\te\u{FB03}cient"
            .to_owned(),
    ];
    assert!(all_text(&draw(&document)).contains("zerowidth turned é efficient"));
}

#[test]
fn figures_without_room_are_refused_and_large_ones_fit_in_smaller_type() {
    let mut document = sample(Kind::Invoice, 1);
    let line = &mut document.content.lines[0];
    line.quantity = "999999999.12345678".parse().unwrap();
    line.unit_price = "999999999.12345678".parse().unwrap();
    recount(&mut document);
    assert!(all_text(&draw(&document)).contains("999,999,999.12345678"));
    document.totals.lines[0] = Decimal::MAX;
    document.content.lines[0].quantity = Decimal::MAX;
    document.content.lines[0].unit_price = Decimal::MAX;
    let refused = pdf(&document, &Look::default());
    assert!(matches!(refused, Err(RenderError::TableTooWide { .. })), "{refused:?}");
}

#[test]
fn exempt_lines_say_why_and_totals_stay_with_a_line() {
    for count in 18..40 {
        let mut document = sample(Kind::Invoice, count);
        document.content.lines[0].tax = line(1, "AE").tax;
        recount(&mut document);
        let found = read(&draw(&document));
        let text: Vec<&str> = found.iter().map(|f| f.text.as_str()).collect();
        assert!(text.iter().any(|t| t.starts_with("AE: Reverse charge")));
        let total = found.iter().find(|f| f.text == "To pay").unwrap();
        let last = format!("Article number {count} of the list");
        let last = found.iter().find(|f| f.text == last).unwrap();
        assert_eq!(total.page, last.page, "{count} lines");
        assert!(total.y < last.y);
    }
}

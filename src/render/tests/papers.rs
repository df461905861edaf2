//! Every paper in every language: nothing leaves it, nothing is lost, and a roll ends where it should.

use super::*;
use crate::domain::document::Paper;

/// Width of the paper, the white left and right of all text, in points.
const PAPERS: [(Paper, f32, (f32, f32)); 5] = [
    (Paper::A4, 595.28, (70.8, 56.6)),
    (Paper::Letter, 612.0, (70.8, 62.0)),
    (Paper::A5, 419.53, (56.6, 31.0)),
    (Paper::Roll80, 226.77, (11.3, 11.3)),
    (Paper::Roll58, 164.41, (14.1, 14.1)),
];

fn on(paper: Paper, mut document: Document) -> Document {
    document.content.paper = Some(paper);
    if let Some(job) = &mut document.content.job {
        // Pictures have no text to lose.
        job.photos.clear();
    }
    document
}

/// Width and height of each page.
fn sizes(bytes: &[u8]) -> Vec<(f32, f32)> {
    let file = File::load_mem(bytes).unwrap();
    let number = |object: &Object| object.as_float().unwrap();
    file.get_pages()
        .into_values()
        .map(|id| {
            let page = file.get_object(id).unwrap().as_dict().unwrap();
            let edges = page.get(b"MediaBox").unwrap().as_array().unwrap();
            (number(&edges[2]), number(&edges[3]))
        })
        .collect()
}

/// The words of a file without what lines and pages do to them.
fn words(bytes: &[u8]) -> String {
    all_text(bytes).replace("\u{AD}\n", "").replace(['\n', ' ', '\u{A0}', '\u{202F}'], "")
}

#[test]
fn nothing_leaves_a_paper_or_is_lost_on_it() {
    for (paper, width, (left, right)) in PAPERS {
        for language in labels::languages() {
            for name in ["invoice", "job-card"] {
                let mut document = on(paper, demo(name));
                document.content.language = language.to_owned();
                let bytes = draw(&document);
                let what = format!("{name} in {language} on {}", paper.word());
                let pages = sizes(&bytes);
                let mut lowest = f32::MAX;
                for found in read(&bytes) {
                    let (wide, high) = pages[found.page - 1];
                    assert!((wide - width).abs() < 0.02, "{what}: {wide} wide");
                    let end = found.x + found.width;
                    let inside = found.x >= left && end <= width - right + 0.2;
                    assert!(inside, "{what}: {} from {} to {end}", found.text, found.x);
                    assert!(found.y > 10.0 && found.y < high - 10.0, "{what}: {} at {}", found.text, found.y);
                    lowest = lowest.min(found.y);
                }
                let words = words(&bytes);
                for line in &document.content.lines {
                    let description = line.description.replace([' ', '\n', '\u{A0}'], "");
                    assert!(words.contains(&description), "{what} lacks {}", line.description);
                }
                let total = labels::Language::of(language).unwrap().amount(document.totals.payable);
                assert!(words.contains(&total.replace(['\u{A0}', '\u{202F}'], "")), "{what} lacks {total}");
                if paper == Paper::Roll80 || paper == Paper::Roll58 {
                    assert_eq!(pages.len(), 1, "{what}");
                    // A card ends with its code of 26 mm.
                    let most = if name == "invoice" { 45.0 } else { 120.0 };
                    assert!(lowest < most, "{what}: {lowest} points of nothing at the end");
                }
            }
        }
    }
}

#[test]
fn a_roll_says_numbers_once() {
    let mut document = on(Paper::Roll80, demo("invoice"));
    document.seller.company_number = Some("IE 654321".to_owned());
    let words = words(&draw(&document));
    for number in ["IE6388047V", "IE29AIBK93115212345678", "AIBKIE2D", "IE654321"] {
        assert_eq!(words.matches(number).count(), 1, "{number}");
    }
}

#[test]
fn the_name_of_the_sum_and_times_stay_in_one_line() {
    let mut document = on(Paper::A4, demo("job-card"));
    for (language, sum) in [("de", "Voraussichtlicher Gesamtbetrag"), ("en", "Estimated total")] {
        document.content.language = language.to_owned();
        let found = read(&draw(&document));
        assert!(found.iter().any(|f| f.text == sum), "{sum}");
        let promised = document.content.job.as_ref().and_then(|j| j.promised_at).unwrap();
        let language = labels::Language::of(language).unwrap();
        let time = format!("{}, {}", language.date(promised.date()), promised.format("%H:%M"));
        assert!(found.iter().any(|f| f.text.replace('\u{A0}', " ") == time), "{time}");
    }
}

#[test]
fn the_number_of_a_thing_stays_in_one_line() {
    for paper in [Paper::Roll80, Paper::Roll58] {
        for language in labels::languages() {
            let mut document = on(paper, demo("job-card"));
            document.content.language = language.to_owned();
            document.content.job.as_mut().unwrap().item.vin = Some("WVWZZZAUZEW123456".to_owned());
            let found = read(&draw(&document));
            let whole = |number: &str| found.iter().any(|f| f.text == number);
            assert!(whole("WVWZZZAUZEW123456") && whole("490154203237518"), "{language} on {}", paper.word());
        }
    }
}

#[test]
fn a_roll_takes_no_colours_and_no_greys() {
    let bytes = draw(&on(Paper::Roll80, demo("job-card")));
    let file = File::load_mem(&bytes).unwrap();
    for id in file.get_pages().into_values() {
        for operation in file.get_and_decode_page_content(id).unwrap().operations {
            if matches!(operation.operator.as_str(), "rg" | "RG") {
                let parts: Vec<f32> = operation.operands.iter().map(|o| o.as_float().unwrap()).collect();
                let dark = parts.iter().all(|p| *p < 0.15) || parts.iter().all(|p| *p > 0.99);
                assert!(dark, "{parts:?}");
            }
        }
    }
}

const INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.ttf");
const LIBERATION: &[u8] = include_bytes!("../../../assets/fonts/LiberationSans-Regular.ttf");

/// Inter with other characters: a font as a shop may add it.
fn font_of(chars: &[(char, char)]) -> Vec<u8> {
    let face = rustybuzz::ttf_parser::Face::parse(INTER, 0).unwrap();
    let glyphs: Vec<(char, u16)> =
        chars.iter().map(|(c, like)| (*c, face.glyph_index(*like).unwrap().0)).collect();
    with_map(INTER, &glyphs)
}

/// A font in which these characters, and no others, have these glyphs.
fn with_map(base: &[u8], chars: &[(char, u16)]) -> Vec<u8> {
    let mut map = [0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0].to_vec();
    map.extend((16 + 12 * chars.len() as u32).to_be_bytes());
    map.extend([0; 4]);
    map.extend((chars.len() as u32).to_be_bytes());
    for (c, glyph) in chars {
        for number in [u32::from(*c), u32::from(*c), u32::from(*glyph)] {
            map.extend(number.to_be_bytes());
        }
    }
    let long = |at: usize| u32::from_be_bytes(base[at..at + 4].try_into().unwrap()) as usize;
    let count = usize::from(u16::from_be_bytes([base[4], base[5]]));
    let mut font = base[..12].to_vec();
    let mut tables = Vec::new();
    for at in (0..count).map(|i| 12 + 16 * i) {
        let tag = &base[at..at + 4];
        let table = if tag == b"cmap" { &map } else { &base[long(at + 8)..long(at + 8) + long(at + 12)] };
        font.extend(tag);
        font.extend([0; 4]);
        font.extend(((12 + 16 * count + tables.len()) as u32).to_be_bytes());
        font.extend((table.len() as u32).to_be_bytes());
        tables.extend(table);
        tables.resize(tables.len().next_multiple_of(4), 0);
    }
    font.extend(tables);
    font
}

#[test]
fn names_written_from_right_to_left_stand_so() {
    let hebrew = font_of(&[('א', 'a'), ('ב', 'b'), ('ג', 'c'), ('ד', 'd')]);
    let look = Look { fallback_fonts: vec![Arc::from(hebrew)], ..Look::default() };
    let mut document = sample(Kind::Invoice, 1);
    document.content.buyer.as_mut().unwrap().name = "Anna אבגד Ltd".to_owned();
    let bytes = pdf(&document, &look).unwrap();
    let found = read(&bytes);
    // Within a line from left to right: the last Hebrew letter comes first.
    let name = found.iter().find(|f| f.text.contains('ד')).unwrap();
    assert_eq!(name.text.trim(), "דגבא");
    let line: Vec<&Found> = found.iter().filter(|f| f.page == 1 && (f.y - name.y).abs() < 0.1).collect();
    let at = |text: &str| line.iter().find(|f| f.text.contains(text)).unwrap();
    assert!(at("Anna").x < name.x && name.x + name.width <= at("Ltd").x + 0.1);
    let error = pdf(&document, &Look::default()).unwrap_err().to_string();
    for part in ["U+05D0", "Noto Sans Hebrew", "fallback_font"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn words_of_two_fonts_stand_from_right_to_left() {
    // The space between them is of the page's own font.
    let bytes = named("אב גד", &[font_of(&[('א', 'a'), ('ב', 'b'), ('ג', 'c'), ('ד', 'd')])]);
    let found = read(&bytes);
    let at = |letter: char| found.iter().find(|f| f.text.contains(letter)).unwrap().x;
    assert!(at('ד') < at('א'), "the second word stands left of the first");
}

fn named(name: &str, fonts: &[Vec<u8>]) -> Vec<u8> {
    let fallback_fonts = fonts.iter().map(|font| Arc::from(font.as_slice())).collect();
    let mut document = sample(Kind::Invoice, 1);
    document.content.buyer.as_mut().unwrap().name = name.to_owned();
    pdf(&document, &Look { fallback_fonts, ..Look::default() }).unwrap()
}

#[test]
fn a_second_font_prints_what_the_first_lacks() {
    let fonts = [font_of(&[('ა', 'a'), ('ბ', 'b')]), font_of(&[('ბ', 'b'), ('ก', 'c')])];
    assert!(all_text(&named("აბ ก", &fonts)).replace(['\n', ' '], "").contains("აბก"));
}

/// A shop that picks another font must not get the glyphs of the last.
#[test]
fn another_font_is_not_taken_for_the_last() {
    let parts = |base: &[u8]| -> Vec<Vec<u8>> {
        let file = File::load_mem(&named("ა", &[with_map(base, &[('ა', 40)])])).unwrap();
        let streams = file.objects.values().filter_map(|object| object.as_stream().ok());
        streams.filter(|s| s.dict.has(b"Length1")).map(|s| s.decompressed_content().unwrap()).collect()
    };
    let (inter, liberation) = (parts(INTER), parts(LIBERATION));
    let common = inter.iter().filter(|part| liberation.contains(part)).count();
    assert_eq!((inter.len(), liberation.len(), common), (3, 3, 2), "the page's own two fonts are the same");
}

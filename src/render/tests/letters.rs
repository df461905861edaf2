//! What a letter says around its content, and in whose words.

use super::*;
use crate::domain::document::{Moment, Paper, PaymentCode, Signature, Signer};

/// The demo invoice of a seller in this country.
fn from_country(country: &str, language: &str) -> Document {
    let mut document = demo("invoice");
    document.content.language = language.to_owned();
    document.seller.address.as_mut().unwrap().country = country.to_owned();
    document
}

#[test]
fn tax_has_the_name_it_has_where_the_seller_is() {
    for (country, language, there, elsewhere) in [
        ("IE", "en", "VAT", "Tax"),
        ("GB", "en-GB", "VAT", "Tax"),
        ("US", "en", "Tax", "VAT"),
        ("US", "es", "Impuesto", "IVA"),
        ("US", "fr", "Taxe", "TVA"),
        ("US", "pl", "Podatek", "VAT"),
        ("CH", "de", "MWST", "USt"),
        ("DE", "de-CH", "USt", "MWST"),
    ] {
        let found = read(&draw(&from_country(country, language)));
        let says = |word: &str| found.iter().any(|f| f.text == word);
        assert!(says(there) && !says(elsewhere), "{country} in {language}");
    }
}

#[test]
fn a_line_of_particulars_begins_and_ends_with_a_particular() {
    let mut document = demo("invoice");
    document.content.paper = Some(Paper::A5);
    document.seller.company_number = Some("IE 654321, Companies Registration Office, Dublin".to_owned());
    document.seller.legal_note =
        Some("Directors: Oisín Byrne, Mairéad Walsh. Registered office: Galway.".to_owned());
    for language in labels::languages() {
        document.content.language = language.to_owned();
        let found = read(&draw(&document));
        let foot: Vec<&str> = found.iter().filter(|f| f.y < 60.0).map(|f| f.text.trim()).collect();
        assert!(foot.len() > 3 && foot.iter().any(|t| t.contains(" · ")), "{foot:?}");
        assert!(!foot.iter().any(|t| t.starts_with('·') || t.ends_with('·')), "{language}: {foot:?}");
        let all = foot.join(" ").replace('\u{A0}', " ");
        for part in ["BIC AIBKIE2D", "Dublin", "Registered office: Galway."] {
            assert!(all.contains(part), "{language}: {all}");
        }
    }
}

#[test]
fn lines_to_sign_on_stand_level() {
    let mut document = sample(Kind::JobCard, 1);
    document.content.signatures = vec![Signature {
        moment: Moment::HandIn,
        signer: Signer::Customer,
        name: Some("Maximiliane von und zu Hohenlohe-Schillingsfürst, authorised by Anna".to_owned()),
        date: Some(document.content.issue_date),
        image: None,
    }];
    let found = read(&draw(&document));
    let shop: Vec<&Found> = found.iter().filter(|f| f.text.ends_with("signature for the shop")).collect();
    assert_eq!(shop.len(), 2);
    assert!((shop[0].y - shop[1].y).abs() < 0.01 && shop[0].x < shop[1].x, "{} {}", shop[0].y, shop[1].y);
}

/// The banks' style guide asks for Helvetica or its like; the rest of the page keeps its family.
#[test]
fn a_payment_part_is_set_in_a_like_of_helvetica() {
    let mut document = from_country("CH", "en");
    document.seller.iban = Some("CH9300762011623852957".to_owned());
    document.content.currency = crate::domain::money::Currency::from_code("CHF").unwrap();
    document.content.payment.code = Some(PaymentCode::Swiss);
    document.content.payment.reference = None;
    let found = read(&draw(&document));
    let font = |text: &str| found.iter().find(|f| f.text.trim() == text).map(|f| f.font.as_str());
    assert_eq!(font("Payment part"), Some("LiberationSans-Bold"));
    assert_eq!(font("CHF"), Some("LiberationSans"));
    assert_eq!(font("To pay"), Some("Inter-SemiBold"));
}

#[test]
fn what_a_file_says_of_itself_comes_back_as_it_was_typed() {
    for number in ["A(1", "B)2\\", "C\\(3)", "Ż-4 (€)", "D%5<>[]{}/#"] {
        let mut document = demo("invoice");
        document.number = number.to_owned();
        let file = File::load_mem(&draw(&document)).unwrap();
        let info = file.trailer.get(b"Info").unwrap().as_reference().unwrap();
        let title = file.get_dictionary(info).unwrap().get(b"Title").unwrap();
        assert_eq!(lopdf::decode_text_string(title).unwrap(), format!("Invoice {number}"));
    }
}

/// Who hears a page, or copies from it, would else hear the last word of a line and the first of the next as
/// one.
#[test]
fn lines_of_a_paragraph_are_read_apart() {
    let mut document = sample(Kind::Invoice, 1);
    document.content.lines[0].description = "Tube with valve ".repeat(8).trim().to_owned();
    let found = read(&hybrid(&document, &Look::default(), b"<x/>").unwrap());
    let lines: Vec<&str> =
        found.iter().filter(|f| f.text.contains("Tube with")).map(|f| f.text.as_str()).collect();
    let (last, others) = lines.split_last().unwrap();
    assert!(!others.is_empty() && others.iter().all(|line| line.ends_with(' ')), "{lines:?}");
    assert!(!last.ends_with(' '));
}

/// The place of a window is kept, and what is longer than it moves the page down instead of lying on it.
#[test]
fn a_long_address_lies_on_nothing() {
    let capitals = "WM ".repeat(66);
    let words = "Building of the former harbour authority behind the second gate, ".repeat(3);
    for paper in [Paper::A4, Paper::Letter, Paper::A5] {
        for (line, count) in [(&words, 3), (&words, 6), (&capitals, 6)] {
            let mut document = sample(Kind::Invoice, 2);
            document.content.paper = Some(paper);
            let buyer = document.content.buyer.as_mut().unwrap();
            let address = buyer.address.as_mut().unwrap();
            address.lines = vec![line.trim().to_owned(); count];
            address.city = Some("Endtown".to_owned());
            let found = read(&draw(&document));
            assert_eq!(figures::overprinted(&found), None, "{count} on {}", paper.word());
            let town = found.iter().find(|f| f.text.contains("Endtown")).unwrap();
            let title = found.iter().find(|f| f.text.starts_with("Invoice X-")).unwrap();
            assert!(title.page > town.page || title.y + 14.0 < town.y, "{count} on {}", paper.word());
            let lowest = found.iter().filter(|f| f.page == 1 && !f.text.contains("Page")).map(|f| f.y);
            assert!(lowest.fold(f32::MAX, f32::min) > 20.0, "{count} on {}", paper.word());
        }
    }
}

#[test]
fn a_long_number_lies_on_nothing_on_any_page() {
    let mut document = sample(Kind::Invoice, 40);
    document.content.paper = Some(Paper::A5);
    for number in ["2026/11/GALWAY-HARBOUR-STREET/WORKSHOP-2/INV-00001", "MW".repeat(25).as_str()] {
        document.number = number.to_owned();
        let found = read(&draw(&document));
        assert!(found.iter().any(|f| f.page > 1) && found.iter().all(|f| f.x > 50.0));
        assert_eq!(figures::overprinted(&found), None, "{number}");
    }
}

#[test]
fn what_is_higher_than_the_paper_is_refused() {
    let mut document = sample(Kind::Invoice, 1);
    document.content.paper = Some(Paper::A5);
    let refused = |document: &Document| match pdf(document, &Look::default()) {
        Err(RenderError::HeadTooHigh { field }) => field,
        other => panic!("{:?}", other.map(|_| ())),
    };
    let mut addressed = document.clone();
    let address = addressed.content.buyer.as_mut().unwrap().address.as_mut().unwrap();
    // A wide character that the page's own font has.
    address.lines = vec!["Ⅷ".repeat(200); 6];
    address.city = Some("Ⅷ".repeat(200));
    assert_eq!(refused(&addressed), Some("buyer.address.lines"));
    document.content.order_reference = Some("W".repeat(200));
    document.content.buyer_reference = Some("W".repeat(200));
    assert_eq!(refused(&document), None);
}

//! Codes for paying, read back from the page by a decoder that knows nothing of us.

use lopdf::{Document as Pdf, Object};
use serde_json::{Value, json};
use tillpost::app::{Error, Kind, render_alone};
use tillpost::wire::InputFile;

/// Dots a point: a code of 30 mm has three a module.
const SCALE: f32 = 4.0;

fn draw(document: &Value) -> Result<Vec<u8>, Error> {
    let InputFile::Document(file) = InputFile::read(document.to_string().as_bytes())? else {
        panic!("not a document: {document}");
    };
    Ok(render_alone(*file)?.pdf)
}

/// A grey picture of the filled rectangles of a page.
struct Picture {
    width: usize,
    height: usize,
    dots: Vec<u8>,
}

fn number(object: &Object) -> f32 {
    object.as_float().unwrap()
}

fn picture(pdf: &Pdf, page: lopdf::ObjectId) -> Picture {
    let size = pdf.get_object(page).unwrap().as_dict().unwrap().get(b"MediaBox").unwrap().as_array().unwrap();
    let (width, height) = ((number(&size[2]) * SCALE) as usize, (number(&size[3]) * SCALE) as usize);
    let mut picture = Picture { width, height, dots: vec![255; width * height] };
    let mut grey = 0;
    let mut path: Vec<[f32; 4]> = Vec::new();
    // How the page's units are scaled and moved: a code is drawn in modules.
    let plain = [1.0, 1.0, 0.0, 0.0];
    let mut now = plain;
    for operation in pdf.get_and_decode_page_content(page).unwrap().operations {
        let numbers: Vec<f32> = operation.operands.iter().filter_map(|o| o.as_float().ok()).collect();
        match operation.operator.as_str() {
            "rg" => grey = (numbers.iter().sum::<f32>() * 85.0) as u8,
            "cm" => now = [numbers[0], numbers[3], numbers[4], numbers[5]],
            "Q" => now = plain,
            "re" => {
                let [x, y] = [now[2] + now[0] * numbers[0], now[3] + now[1] * numbers[1]];
                path.push([x, y, x + now[0] * numbers[2], y + now[1] * numbers[3]]);
            }
            "f" | "f*" => {
                for [x0, y0, x1, y1] in path.drain(..) {
                    let at = |v: f32, most: usize| ((v * SCALE).round().max(0.0) as usize).min(most);
                    let (left, right) = (at(x0, width), at(x1, width));
                    let (low, high) = (at(y0.min(y1), height), at(y0.max(y1), height));
                    for y in height - high..height - low {
                        picture.dots[y * width + left..y * width + right].fill(grey);
                    }
                }
            }
            "S" | "n" => path.clear(),
            _ => {}
        }
    }
    picture
}

/// The texts of all codes on all pages, in the order of the pages.
fn scanned(pdf: &[u8]) -> Vec<String> {
    let pdf = Pdf::load_mem(pdf).unwrap();
    let mut texts = Vec::new();
    for page in pdf.get_pages().into_values() {
        let picture = picture(&pdf, page);
        let dot = |x: usize, y: usize| picture.dots[y * picture.width + x];
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(picture.width, picture.height, dot);
        texts.extend(image.detect_grids().iter().map(|g| g.decode().unwrap().1));
    }
    texts
}

fn invoice(payment: Value) -> Value {
    json!({
        "kind": "invoice", "number": "RE-2026-0042", "issue_date": "2026-11-21", "due_date": "2026-12-21",
        "language": "de-CH", "currency": "CHF", "payment": payment,
        "seller": { "name": "Velo Rüegg GmbH", "iban": "CH4431999123000889012", "tax_id": "CHE-123.456.788 MWST",
            "address": { "lines": ["Bahnhofstrasse 12a"], "postcode": "8001", "city": "Zürich", "country": "CH" } },
        "buyer": { "name": "Pia Rutschmann",
            "address": { "lines": ["c/o Meier", "Marktgasse 28"], "postcode": "9400", "city": "Rorschach", "country": "CH" } },
        "lines": [{ "description": "Inspektion", "quantity": "1", "unit_price": "1802.65",
            "tax": { "category": "S", "rate": "8.1" } }]
    })
}

fn euro(payment: Value) -> Value {
    let mut document = invoice(payment);
    document["currency"] = json!("EUR");
    document["seller"]["iban"] = json!("DE89370400440532013000");
    document
}

const QRR: &str = "21 00000 00003 13947 14300 09017";

#[test]
fn the_swiss_code_says_what_banks_read() {
    let document = invoice(json!({ "qr": "swiss", "reference": QRR }));
    let want = "SPC\n0200\n1\nCH4431999123000889012\n\
        S\nVelo Rüegg GmbH\nBahnhofstrasse\n12a\n8001\nZürich\nCH\n\
        \n\n\n\n\n\n\n1948.66\nCHF\n\
        S\nPia Rutschmann\nMarktgasse\n28\n9400\nRorschach\nCH\n\
        QRR\n210000000003139471430009017\nRE-2026-0042\nEPD";
    let pdf = draw(&document).unwrap();
    assert_eq!(scanned(&pdf), [want]);
    // The style guide of the QR-bill, 3.4: Arial, Frutiger, Helvetica or Liberation Sans.
    let pdf = Pdf::load_mem(&pdf).unwrap();
    let fonts = pdf.objects.values().filter_map(|o| o.as_dict().ok()?.get(b"BaseFont").ok()?.as_name().ok());
    let fonts: Vec<String> = fonts.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    for cut in ["+LiberationSans", "+LiberationSans-Bold"] {
        assert!(fonts.iter().any(|name| name.ends_with(cut)), "{fonts:?}");
    }
}

#[test]
fn an_ordinary_account_takes_a_creditor_reference_or_words() {
    let mut document = invoice(json!({ "qr": "swiss", "reference": "RF18 5390 0754 7034" }));
    document["seller"]["iban"] = json!("CH58 0079 1123 0008 8901 2");
    document["buyer"]["address"] = Value::Null;
    let codes = scanned(&draw(&document).unwrap());
    assert!(
        codes[0].ends_with("\nCHF\n\n\n\n\n\n\n\nSCOR\nRF18539007547034\nRE-2026-0042\nEPD"),
        "{codes:?}"
    );
    document["payment"]["reference"] = json!("Velo von Pia");
    let codes = scanned(&draw(&document).unwrap());
    assert!(codes[0].ends_with("\nNON\n\nVelo von Pia\nEPD"), "{codes:?}");
}

#[test]
fn the_slip_stands_on_the_last_page_whatever_comes_before_it() {
    for count in [1, 8, 12, 16, 40] {
        let mut document = invoice(json!({ "qr": "swiss", "reference": QRR }));
        let line = document["lines"][0].clone();
        document["lines"] = vec![line; count].into();
        let pdf = draw(&document).unwrap();
        assert_eq!(scanned(&pdf).len(), 1, "{count} lines");
        let last = Pdf::load_mem(&pdf).unwrap().get_pages().into_values().last().unwrap();
        // Nothing of the page reaches into the slip but the slip: the white edge of 5 mm is white.
        let picture = picture(&Pdf::load_mem(&pdf).unwrap(), last);
        let slip = (105.0 * 72.0 / 25.4 * SCALE) as usize;
        let top = picture.height - slip + (4.0 * 72.0 / 25.4 * SCALE) as usize;
        let dark =
            |y: usize| picture.dots[y * picture.width..(y + 1) * picture.width].iter().any(|d| *d < 128);
        assert!(!(picture.height - slip + 9..top).any(dark), "{count} lines");
    }
}

#[test]
fn the_sepa_code_carries_words_or_a_creditor_reference() {
    let codes = scanned(&draw(&euro(json!({ "qr": "epc", "reference": "Repair & more" }))).unwrap());
    assert_eq!(
        codes,
        ["BCD\n002\n1\nSCT\n\nVelo Rüegg GmbH\nDE89370400440532013000\nEUR1948.66\n\n\nRepair & more"]
    );
    let codes = scanned(&draw(&euro(json!({ "qr": "epc", "reference": "RF18 5390 0754 7034" }))).unwrap());
    assert!(codes[0].ends_with("EUR1948.66\n\nRF18539007547034"), "{codes:?}");
}

#[test]
fn a_link_is_a_link() {
    let link = "https://pay.example/i/RE-2026-0042?t=a%20b";
    assert_eq!(scanned(&draw(&euro(json!({ "qr": "link", "link": link }))).unwrap()), [link]);
}

#[test]
fn nothing_to_pay_has_no_code() {
    let mut document = invoice(json!({ "qr": "swiss", "reference": QRR }));
    document["paid"] = json!("1948.66");
    assert!(scanned(&draw(&document).unwrap()).is_empty());
}

#[test]
fn a_code_that_cannot_be_made_is_refused_by_its_field() {
    let refused = |document: &Value, path: &str, words: &str| {
        let error = draw(document).unwrap_err();
        assert_eq!(error.kind(), Kind::BadInput, "{error}");
        let said = error.to_string();
        assert!(said.starts_with(&format!("{path}: ")) && said.contains(words), "{path} {words}: {said}");
    };
    let swiss = |reference: &str| invoice(json!({ "qr": "swiss", "reference": reference }));
    let changed = |document: Value, path: &str, value: Value| {
        let mut document = document;
        *document.pointer_mut(path).unwrap() = value;
        document
    };
    refused(&swiss("21 00000 00003 13947 14300 09018"), "payment.reference", "check digits");
    refused(&swiss("RF18 5390 0754 7034"), "payment.reference", "27 digits");
    refused(
        &changed(swiss(QRR), "/seller/iban", json!("CH5800791123000889012")),
        "payment.reference",
        "QR-IBAN",
    );
    refused(
        &changed(swiss(QRR), "/seller/iban", json!("CH4431999123000889013")),
        "seller.iban",
        "check digits",
    );
    refused(
        &changed(swiss(QRR), "/seller/iban", json!("DE89370400440532013000")),
        "seller.iban",
        "Switzerland",
    );
    refused(&changed(swiss(QRR), "/seller/address/city", Value::Null), "seller.address", "town");
    refused(&changed(swiss(QRR), "/seller/name", json!("Вело")), "seller.name", "U+0412");
    refused(&changed(swiss(QRR), "/buyer/name", json!("P".repeat(71))), "buyer.name", "at most 70");
    refused(&changed(swiss(QRR), "/currency", json!("USD")), "payment.qr", "CHF or EUR");
    let epc = |reference: &str| euro(json!({ "qr": "epc", "reference": reference }));
    refused(&epc("RF19 5390 0754 7034"), "payment.reference", "check digits");
    refused(&epc(&"ü".repeat(140)), "payment.reference", "too long");
    refused(&changed(epc("x"), "/currency", json!("CHF")), "payment.qr", "euro");
    refused(&changed(epc("x"), "/seller/iban", Value::Null), "seller.iban", "account");
    refused(&changed(epc("x"), "/lines/0/unit_price", json!("999999999")), "payment.qr", "999999999.99");
    refused(&euro(json!({ "qr": "link" })), "payment.link", "page to pay on");
    refused(&euro(json!({ "qr": "link", "link": "javascript:alert(1)" })), "payment.link", "https://");
    refused(&euro(json!({ "qr": "upi" })), "payment.qr", "epc, swiss, link");
}

//! What drawing costs, beside ReportLab and typst from PyPI with the same data in the same run.
//!
//! `cargo bench --bench render`; it installs the peers into a folder of its own under `target`, as
//! `benches/support/requirements.txt` names them. The bars of one page with logo and code: under 2 ms and
//! 30 KB, as a tagged PDF/A-3 with its data 3 ms and 45 KB; of 1,000 lines 50 ms and 150 KB, 90 ms and 320
//! KB; of the first document of a process 8 ms; and 8 times faster than either peer.
//!
//! Documents differ in buyer, articles and amounts. All engines print the same words, logo and code; the
//! peers are given the code as a picture and add nothing up, use the fonts they come with, and keep
//! between documents what they can.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic
)]
#![allow(missing_docs)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use support::median;
use tillpost::domain::document::{Document, EInvoice};
use tillpost::domain::payment::{Request, request};
use tillpost::domain::totals::Totals;
use tillpost::einvoice;
use tillpost::render::{Look, hybrid, logo, pdf, tax_reason};
use tillpost::wire::{DocumentFile, parse};

const LOGO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/logo.png");
const SUPPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/support");
/// Lines of the invoice of one page.
const FEW: usize = 8;
/// Lines of the long one.
const MANY: usize = 1000;

const NAMES: [&str; 12] = [
    "Anna Schäfer",
    "Björn Öztürk",
    "Café Zur Linde",
    "Jörg Xaver Quint",
    "Stadtwerke Wyhl",
    "Émile Lefèvre",
    "Praxis Dr. Yilmaz",
    "Hotel Krone",
    "Günther Böhm",
    "Sofía Muñoz",
    "Verein Jahn 1886 e. V.",
    "Pia Voß",
];
const TOWNS: [(&str, &str); 6] = [
    ("10115", "Berlin"),
    ("79104", "Freiburg"),
    ("50667", "Köln"),
    ("01067", "Dresden"),
    ("80331", "München"),
    ("24103", "Kiel"),
];
const ARTICLES: [&str; 16] = [
    "Display-Einheit, Originalteil, eingebaut und geprüft",
    "Akku 4200 mAh",
    "Diagnose",
    "Ladebuchse gereinigt",
    "USB-C-Kabel, 2 m, geflochten",
    "Schutzglas, entspiegelt",
    "Datenübernahme vom alten auf das neue Gerät",
    "SSD 1 TB, NVMe",
    "Arbeitszeit",
    "Hülle aus Filz, grau",
    "Versand, versichert",
    "Kamera hinten, Weitwinkel",
    "Lautsprecher",
    "Wasserschaden: Platine im Ultraschallbad",
    "Tastatur QWERTZ",
    "Kleinteile",
];

/// An invoice with so many lines; each `round` has its own buyer, articles and amounts.
fn document(lines: usize, round: usize) -> Document {
    let (postcode, city) = TOWNS[round % TOWNS.len()];
    let line = |i: usize| {
        let price = 399 + (round * 7919 + i * 137) % 24_000;
        json!({ "description": ARTICLES[(round * 5 + i) % ARTICLES.len()], "quantity": (1 + i % 4).to_string(),
            "unit": "Stk", "unit_price": format!("{}.{:02}", price / 100, price % 100),
            "tax": { "category": "S", "rate": if i % 6 == 5 { "7" } else { "19" } } })
    };
    let file = json!({
        "kind": "invoice", "number": format!("RE-2026-{round:04}"), "issue_date": "2026-11-21",
        "due_date": "2026-12-05", "supply_date": "2026-11-20", "language": "de-DE", "currency": "EUR",
        "seller": { "name": "Gerätewerkstatt am Hafen GmbH", "tax_id": "DE123456788", "phone": "+49 431 550 142",
            "email": "hallo@werkstatt.example", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX",
            "company_number": "HRB 4711, Amtsgericht Kiel",
            "address": { "lines": ["Hafenstraße 14"], "postcode": "24103", "city": "Kiel", "country": "DE" } },
        "buyer": { "name": NAMES[round % NAMES.len()], "email": "rechnung@kunde.example",
            "address": { "lines": [format!("Lindenallee {}", 1 + round % 90)], "postcode": postcode, "city": city,
                "country": "DE" } },
        "lines": (0..lines).map(line).collect::<Vec<_>>(),
        "payment": { "terms": "14 Tage ohne Abzug", "qr": "epc" },
        "notes": ["Vielen Dank für Ihren Auftrag. Auf Ersatzteile geben wir zwei Jahre Gewähr."]
    });
    let draft = parse::<DocumentFile>(file.to_string().as_bytes()).unwrap().to_draft("de").unwrap();
    let totals = Totals::of(&draft.content);
    Document { number: draft.number.unwrap(), seller: draft.seller.unwrap(), content: draft.content, totals }
}

fn plain(document: &Document, look: &Look) -> Vec<u8> {
    pdf(document, look).unwrap()
}

/// The data checked and written, and the page drawn with it.
fn tagged(document: &Document, look: &Look) -> Vec<u8> {
    let reason = |category| tax_reason(document, category);
    let xml = einvoice::write(document, EInvoice::FacturX, &reason).unwrap().unwrap();
    hybrid(document, look, &xml).unwrap()
}

type Draw = fn(&Document, &Look) -> Vec<u8>;

/// Milliseconds a document, the median, and the bytes of the largest.
fn time(draw: Draw, documents: &[Document], look: &Look) -> (f64, usize) {
    let mut size = 0;
    let times = documents.iter().map(|document| {
        let started = Instant::now();
        size = draw(document, look).len().max(size);
        started.elapsed().as_secs_f64() * 1000.0
    });
    (median(times.collect()), size)
}

/// What the first document of a process takes, with reading the logo.
fn first(name: &str) -> f64 {
    let times = (0..9).map(|_| {
        let run = Command::new(std::env::current_exe().unwrap()).args(["--first", name]).output().unwrap();
        String::from_utf8(run.stdout).unwrap().trim().parse().unwrap()
    });
    median(times.collect())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let draw = |name: &str| if name == "tagged" { tagged as Draw } else { plain };
    if let Some(at) = arguments.iter().position(|a| a == "--first") {
        let document = document(FEW, 1);
        let file = std::fs::read(LOGO).unwrap();
        let started = Instant::now();
        let look = Look { logo: Some(logo(&file).unwrap()), ..Look::default() };
        draw(&arguments[at + 1])(&document, &look);
        println!("{}", started.elapsed().as_secs_f64() * 1000.0);
        return;
    }
    let look = Look { logo: Some(logo(&std::fs::read(LOGO).unwrap()).unwrap()), ..Look::default() };
    let few: Vec<Document> = (0..300).map(|round| document(FEW, round)).collect();
    let many: Vec<Document> = (0..12).map(|round| document(MANY, round)).collect();
    println!(
        "first document of a process, logo read: {:.2} ms, tagged {:.2} ms",
        first("plain"),
        first("tagged")
    );
    println!(
        "{:>11} {:>9} {:>7} {:>9}   {:>9} {:>7} {:>9}",
        "", "1 page ms", "ratio", "bytes", "1,000 ms", "ratio", "bytes"
    );
    for document in &few {
        let pages = lopdf::Document::load_mem(&plain(document, &look)).unwrap().get_pages().len();
        assert_eq!(pages, 1, "{} has {pages} pages", document.number);
    }
    let mut own = None;
    for name in ["plain", "tagged"] {
        time(draw(name), &few[..40], &look);
        let (page, lines) = (time(draw(name), &few, &look), time(draw(name), &many, &look));
        show(name, page, lines, *own.get_or_insert((page.0, lines.0)));
    }
    peers(&few[..25], &many[..4], own.unwrap());
}

fn show(name: &str, page: (f64, usize), lines: (f64, usize), own: (f64, f64)) {
    println!(
        "{name:>11} {:>9.2} {:>7.1} {:>9}   {:>9.1} {:>7.1} {:>9}",
        page.0,
        page.0 / own.0,
        page.1,
        lines.0,
        lines.0 / own.1,
        lines.1
    );
}

/// Runs the peers on the same documents.
fn peers(few: &[Document], many: &[Document], own: (f64, f64)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-render");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(LOGO, folder.join("logo.png")).unwrap();
    for (name, documents) in [("few", few), ("many", many)] {
        let shown: Vec<Value> =
            documents.iter().enumerate().map(|(i, d)| words(d, &folder, &format!("{name}{i}.png"))).collect();
        std::fs::write(folder.join(format!("{name}.json")), json!(shown).to_string()).unwrap();
    }
    let python = python(&folder);
    for peer in ["reportlab", "typst"] {
        let run = Command::new(&python)
            .arg(Path::new(SUPPORT).join("peers.py"))
            .arg(peer)
            .arg(&folder)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&run.stdout);
        let figures: Vec<f64> = text.split_whitespace().filter_map(|t| t.parse().ok()).collect();
        let [page, page_bytes, lines, lines_bytes] = figures[..] else {
            panic!("{peer} does not run: {}", String::from_utf8_lossy(&run.stderr));
        };
        show(peer, (page, page_bytes as usize), (lines, lines_bytes as usize), own);
    }
}

/// A Python with the peers; made when it is missing.
fn python(folder: &Path) -> PathBuf {
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    let wanted = Path::new(SUPPORT).join("requirements.txt");
    let here = |path: &Path| std::fs::read(path).ok();
    if here(&venv.join("requirements.txt")) != here(&wanted) {
        let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted));
        std::fs::copy(&wanted, venv.join("requirements.txt")).unwrap();
    }
    python
}

/// What stands on a document, for engines that lay it out but work nothing out.
fn words(document: &Document, folder: &Path, code: &str) -> Value {
    let content = &document.content;
    let totals = &document.totals;
    let party = |party: &tillpost::domain::document::Party| {
        let address = party.address.as_ref().unwrap();
        let town = format!("{} {}", address.postcode.as_deref().unwrap(), address.city.as_deref().unwrap());
        json!([party.name, address.lines[0], town])
    };
    let rows: Vec<[String; 7]> = (1..)
        .zip(content.lines.iter().zip(&totals.lines))
        .map(|(place, (line, amount))| {
            [
                place.to_string(),
                line.description.clone(),
                line.quantity.to_string(),
                line.unit.clone(),
                line.unit_price.to_string(),
                format!("{} %", line.tax.rate),
                amount.to_string(),
            ]
        })
        .collect();
    let mut sums = vec![("Summe netto".to_owned(), totals.net.to_string())];
    sums.extend(
        totals.tax_groups.iter().map(|g| (format!("Umsatzsteuer {} %", g.tax.rate), g.amount.to_string())),
    );
    sums.push(("Zu zahlen EUR".to_owned(), totals.payable.to_string()));
    let Some(Request::Epc(text)) = request(document).unwrap() else { panic!("no code") };
    picture(&text, &folder.join(code));
    json!({
        "code": code, "seller": party(&document.seller), "buyer": party(content.buyer.as_ref().unwrap()),
        "title": format!("Rechnung {}", document.number),
        "facts": [["Nummer", document.number], ["Datum", "21. November 2026"], ["Leistung", "20. November 2026"],
            ["Zahlbar bis", "5. Dezember 2026"]],
        "head": ["Pos.", "Bezeichnung", "Menge", "Einheit", "Preis", "USt.", "Betrag EUR"],
        "rows": rows, "sums": sums, "terms": content.payment.terms, "notes": content.notes,
        "footer": "Gerätewerkstatt am Hafen GmbH · USt-IdNr. DE123456788 · HRB 4711, Amtsgericht Kiel · IBAN DE89 3704 0044 0532 0130 00 · BIC COBADEFFXXX",
    })
}

/// A code as a PNG file of four dots a module.
fn picture(text: &str, path: &Path) {
    let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().unwrap();
    let side = code.size * 4;
    let dark = |x: usize, y: usize| code.data[y / 4 * code.size + x / 4].value();
    let dots: Vec<u8> = (0..side * side).map(|i| if dark(i % side, i / side) { 0 } else { 255 }).collect();
    let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), side as u32, side as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&dots).unwrap();
}

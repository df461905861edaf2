//! E-invoices under the schemas and rules their receivers use, and codes under another decoder.
//!
//! veraPDF is in no registry that a build machine may use; PDF/A is checked by its parts in
//! `tests/it/archive.rs`, and by qpdf here. A person runs veraPDF before a release.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// The Python that has the packages of `requirements.txt`.
fn python() -> PathBuf {
    std::env::var_os("TILLPOST_TEST_PYTHON")
        .map(PathBuf::from)
        .expect("TILLPOST_TEST_PYTHON is not set: bash tests/run makes that Python and sets it")
}

fn script(name: &str, files: &[PathBuf]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/einvoice").join(name);
    Command::new(python()).arg(script).args(files).output().unwrap()
}

fn render(folder: &Path, name: &str, document: &Value) -> PathBuf {
    let (file, pdf) = (folder.join(format!("{name}.json")), folder.join(format!("{name}.pdf")));
    std::fs::write(&file, document.to_string()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_tillpost"))
        .args(["--data", "nowhere", "render"])
        .arg(&file)
        .arg("-o")
        .arg(&pdf)
        .output()
        .unwrap();
    assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    pdf
}

fn line(quantity: &str, price: &str, category: &str, rate: &str) -> Value {
    json!({ "description": "Bremsbelag <vorn> & \"hinten\"\nneu", "quantity": quantity, "unit": "Stk",
        "unit_price": price, "tax": { "category": category, "rate": rate } })
}

fn invoice() -> Value {
    json!({
        "kind": "invoice", "number": "RE-2026-0007", "issue_date": "2026-11-21", "due_date": "2026-12-05",
        "supply_date": "2026-11-20", "language": "de", "currency": "EUR", "buyer_reference": "04011000-12345-34",
        "payment": { "terms": "14 Tage", "qr": "epc" }, "notes": ["Danke & bis <bald>"],
        "seller": { "name": "Fahrrad Müller & Söhne", "tax_id": "DE123456788", "phone": "+49 30 123",
            "email": "hallo@mueller.example", "iban": "DE89370400440532013000", "company_number": "HRB 1",
            "legal_note": "Amtsgericht Berlin", "electronic_address": { "scheme": "9930", "id": "DE123456788" },
            "address": { "lines": ["Hauptstraße 1"], "postcode": "10115", "city": "Berlin", "country": "DE" } },
        "buyer": { "name": "Stad Voorbeeld", "tax_id": "NL123456789B01",
            "electronic_address": { "scheme": "9944", "id": "NL123456789B01" },
            "address": { "lines": ["Plein 1", "2e etage", "Kamer 3", "Postvak 4"], "postcode": "1011 AB",
                "city": "Amsterdam", "country": "NL" } },
        "lines": [line("2", "9.95", "S", "19"), line("-1", "3.333", "S", "19"), line("1.5", "20", "S", "7")]
    })
}

/// What shops write: every category without tax, sums with tax, credit notes, other currencies.
fn documents() -> Vec<(String, Value)> {
    let mut all = vec![("plain".to_owned(), invoice())];
    let mut add = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut document = invoice();
        change(&mut document);
        all.push((name.to_owned(), document));
    };
    for category in ["Z", "AE", "K", "G", "O"] {
        add(category, &|d| d["lines"] = json!([line("1", "100", category, "0")]));
    }
    for exemption in ["small_business", "second_hand", "art", "antiques", "travel"] {
        add(exemption, &|d| {
            d["lines"] = json!([line("1", "100", "E", "0")]);
            d["tax_notes"] = json!({ "exemption": exemption, "cash_accounting": true });
        });
    }
    add("gross", &|d| {
        d["prices"] = json!("gross");
        d["lines"] = (1..40).map(|i| line("3", &format!("{i}.99"), "S", ["19", "7"][i % 2])).collect();
        d["lines"][3]["discount_percent"] = json!("15");
        d["allowances"] =
            json!([{ "reason": "Treue", "amount": "7.77", "tax": { "category": "S", "rate": "19" } }]);
        d["charges"] =
            json!([{ "reason": "Versand", "amount": "4.90", "tax": { "category": "S", "rate": "7" } }]);
        d["paid"] = json!("10.00");
    });
    add("credit", &|d| {
        d["kind"] = json!("credit_note");
        d["original"] = json!({ "number": "RE-2026-0003", "issue_date": "2026-10-02" });
        d["lines"] = json!([line("2", "9.95", "S", "19")]);
    });
    add("refund", &|d| d["lines"] = json!([line("-2", "9.95", "S", "19")]));
    add("pounds", &|d| {
        d["currency"] = json!("GBP");
        d["payment"] = json!({ "reference": "X", "terms": "at once" });
        d["tax_notes"] = json!({ "national_tax": "6.71" });
        d["supply_until"] = json!("2026-11-21");
        d["order_reference"] = json!("PO-1");
    });
    add("cash", &|d| {
        d["seller"]["iban"] = Value::Null;
        d["payment"] = Value::Null;
        d["paid"] = json!("45.44");
    });
    for language in ["en", "es", "fr", "it", "nl", "pl"] {
        add(language, &|d| d["language"] = json!(language));
    }
    all
}

#[test]
fn every_form_of_e_invoice_passes_the_schemas_and_the_rules_of_its_receivers() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, mut document) in documents() {
        for form in ["factur_x", "xrechnung", "xrechnung_cii", "peppol"] {
            document["buyer"]["e_invoice"] = json!(form);
            let pdf = render(folder.path(), &format!("{name}-{form}"), &document);
            files.push(if form == "factur_x" { pdf } else { pdf.with_extension("xml") });
        }
    }
    let checked = script("check.py", &files);
    let said = String::from_utf8_lossy(&checked.stdout);
    let wrong: Vec<&str> = said.lines().filter(|l| !l.contains(": ok (")).collect();
    let errors = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && wrong.is_empty(), "{wrong:#?}\n{errors}");
    assert_eq!(said.lines().count(), files.len());
}

#[test]
fn the_check_finds_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = invoice();
    document["buyer"]["e_invoice"] = json!("xrechnung");
    let xml = render(folder.path(), "good", &document).with_extension("xml");
    let text = std::fs::read_to_string(&xml).unwrap();
    let total = "TaxInclusiveAmount currencyID=\"EUR\">";
    assert!(text.contains(total));
    std::fs::write(&xml, text.replacen(total, &format!("{total}1"), 1)).unwrap();
    let checked = script("check.py", &[xml]);
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(!checked.status.success() && said.contains("BR-CO-15"), "{said}");
}

#[test]
fn files_are_sound_for_qpdf_and_carry_their_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = invoice();
    document["buyer"]["e_invoice"] = json!("factur_x");
    let one = document["lines"][0].clone();
    document["lines"] = vec![one; 300].into();
    let pdf = render(folder.path(), "long", &document);
    let qpdf = Command::new("qpdf").arg("--check").arg(&pdf).output().unwrap();
    assert!(qpdf.status.success(), "{}", String::from_utf8_lossy(&qpdf.stdout));
    let list = Command::new("pdfdetach").arg("-list").arg(&pdf).output().unwrap();
    assert!(String::from_utf8_lossy(&list.stdout).contains("factur-x.xml"));
    let told = Command::new("pdfinfo").arg("-struct-text").arg(&pdf).output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout);
    // A table over many pages is one table, and its rows are read in their order.
    assert_eq!(told.matches("Table (block)").count(), 2, "the lines and the summary of the tax");
    let title = told.find("Rechnung RE-2026-0007").unwrap();
    let (first, last) = (told.find("\"1\"").unwrap(), told.find("\"300\"").unwrap());
    assert!(title < first && first < last && last < told.find("Zu zahlen").unwrap());
}

/// The rules of PDF/UA-1 that the checker knows of structure, language, title, pictures and tables. The file
/// does not claim PDF/UA: whether the structure serves a reader well is for a person to judge.
#[test]
fn the_structure_is_whole_to_a_checker_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = invoice();
    let one = document["lines"][0].clone();
    document["lines"] = vec![one; 60].into();
    let check = |pdf: PathBuf| {
        let rules = ["check", "--rules", "UA-01,UA-06,UA-07,UA-13,UA-15"];
        let run = Command::new(python()).args(["-m", "pdfua"]).args(rules).arg(pdf).output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(said.contains("errors="), "{said}{}", String::from_utf8_lossy(&run.stderr));
        (run.status.success() && !said.contains("not evaluated"), said)
    };
    let (whole, said) = check(render(folder.path(), "plain", &document));
    assert!(!whole && said.contains("UA-01-005"), "a plain page has no structure: {said}");
    document["buyer"]["e_invoice"] = json!("factur_x");
    let (whole, said) = check(render(folder.path(), "tagged", &document));
    assert!(whole, "{said}");
}

#[test]
fn printed_codes_are_read_by_another_decoder() {
    let folder = tempfile::tempdir().unwrap();
    let epc = invoice();
    let mut swiss = invoice();
    swiss["currency"] = json!("CHF");
    swiss["seller"]["iban"] = json!("CH4431999123000889012");
    swiss["payment"] = json!({ "qr": "swiss", "reference": "210000000003139471430009017" });
    let mut link = invoice();
    link["payment"] = json!({ "qr": "link", "link": "https://pay.example/i/RE-2026-0007" });
    let files = [("epc", &epc), ("swiss", &swiss), ("link", &link)];
    let files: Vec<PathBuf> = files.map(|(name, d)| render(folder.path(), name, d)).into();
    let scanned = script("scan.py", &files);
    let said = String::from_utf8_lossy(&scanned.stdout);
    let texts: Vec<Vec<String>> = said.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(texts.len(), 3, "{}", String::from_utf8_lossy(&scanned.stderr));
    assert!(
        texts[0][0].starts_with("BCD\n002\n1\nSCT\n\nFahrrad Müller & Söhne\nDE89370400440532013000\nEUR")
    );
    assert!(texts[1][0].starts_with("SPC\n0200\n1\nCH4431999123000889012\nS\nFahrrad Müller & Söhne\n"));
    assert!(texts[1][0].ends_with("QRR\n210000000003139471430009017\nRE-2026-0007\nEPD"), "{texts:?}");
    assert_eq!(texts[2], ["https://pay.example/i/RE-2026-0007"]);
}

//! Pages as poppler reads them: names in scripts the built-in font lacks, with fonts as Debian has them,
//! and the longest document there may be.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

/// TrueType outlines, TrueType with joining letters, and a collection of PostScript outlines.
const FONTS: [&str; 3] = [
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/opentype/fonts-hosny-amiri/Amiri-Regular.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
];

/// Script, a name in it, and what of it a search must find.
const NAMES: [(&str, &str, &str); 6] = [
    ("Hebrew", "יוסף בן־דוד (Haifa 12)", "בן־דוד"),
    ("Arabic", "محمد العربي رقم 42", "محمد العربي"),
    ("Chinese", "北京自行车有限公司", "北京自行车有限公司"),
    ("Japanese", "株式会社タナカ・さくら支店", "株式会社タナカ・さくら支店"),
    ("Korean", "서울자전거", "서울자전거"),
    ("Russian", "Владивосток", "Владивосток"),
];

fn tillpost(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tillpost")).arg("--data").arg(data).args(arguments).output().unwrap()
}

/// The files of an invoice to `name`, or why there is none.
fn render(folder: &Path, script: &str, name: &str) -> Result<String, String> {
    let document = json!({ "kind": "invoice", "number": "INV-7", "issue_date": "2026-11-21", "language": "en",
        "currency": "EUR", "seller": { "name": "Harbour Street Repairs Ltd" },
        "buyer": { "name": name, "address": { "lines": [name], "city": name, "country": "DE" } },
        "lines": [{ "description": format!("Repair for {name}, as agreed"), "quantity": "1", "unit_price": "12.50",
            "tax": { "category": "S", "rate": "19" } }],
        "notes": [format!("{name} ").repeat(24)] });
    let file = folder.join(format!("{script}.json"));
    std::fs::write(&file, document.to_string()).unwrap();
    let pdf = folder.join(format!("{script}.pdf")).to_str().unwrap().to_owned();
    let run = tillpost(folder, &["render", file.to_str().unwrap(), "-o", &pdf]);
    if run.status.success() { Ok(pdf) } else { Err(String::from_utf8_lossy(&run.stderr).into_owned()) }
}

#[test]
fn names_of_all_scripts_are_printed_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("TILLPOST_KEEP").map_or(folder.path().to_owned(), Into::into);
    for (script, name, _) in NAMES.iter().filter(|(script, ..)| *script != "Russian") {
        let refused = render(&folder, script, name).unwrap_err();
        assert!(refused.contains("fallback_font") && refused.contains("U+"), "{script}: {refused}");
    }
    let set = tillpost(&folder, &["settings", "set", "fallback_font", &FONTS.join(";")]);
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    for (script, name, part) in NAMES {
        let pdf = render(&folder, script, name).unwrap();
        let qpdf = Command::new("qpdf").args(["--check", &pdf]).output().unwrap();
        assert!(qpdf.status.success(), "{script}: {}", String::from_utf8_lossy(&qpdf.stdout));
        let text = Command::new("pdftotext").args([&pdf, "-"]).output().unwrap();
        let text = String::from_utf8_lossy(&text.stdout).replace(['\u{202A}', '\u{202B}', '\u{202C}'], "");
        // Buyer, address and town; the words of a line and of the note.
        assert!(text.matches(part).count() >= 5, "{script}: {text}");
        let fonts = Command::new("pdffonts").arg(&pdf).output().unwrap();
        let fonts = String::from_utf8_lossy(&fonts.stdout);
        let embedded = fonts.lines().skip(2).all(|font| font.contains(" yes yes yes "));
        assert!(embedded, "{script}: {fonts}");
    }
}

#[test]
fn as_many_lines_as_a_document_may_have_are_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let line = |i: usize| {
        json!({ "description": format!("Article number {i:04} of the list"), "quantity": "1", "unit": "pcs",
            "unit_price": format!("{}.37", i % 900), "tax": { "category": "S", "rate": "20" } })
    };
    for paper in ["a4", "roll58"] {
        let document = json!({ "kind": "invoice", "number": "INV-7", "issue_date": "2026-11-21",
            "due_date": "2026-12-05", "language": "en", "currency": "EUR", "paper": paper,
            "seller": { "name": "Harbour Street Repairs Ltd" }, "buyer": { "name": "Anna Kowalska" },
            "lines": (0..5000).map(line).collect::<Vec<_>>() });
        let file = folder.path().join("long.json");
        std::fs::write(&file, document.to_string()).unwrap();
        let pdf = folder.path().join("long.pdf");
        let (file, pdf) = (file.to_str().unwrap(), pdf.to_str().unwrap());
        let run = tillpost(folder.path(), &["render", file, "-o", pdf]);
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let text = Command::new("pdftotext").args([pdf, "-"]).output().unwrap();
        let text = String::from_utf8_lossy(&text.stdout);
        // Poppler may read a table column by column.
        let mut found: Vec<&str> =
            text.lines().filter_map(|l| l.find("Article").and_then(|at| l.get(at..))).collect();
        found.sort_unstable();
        let wanted: Vec<String> = (0..5000).map(|i| format!("Article number {i:04} of the list")).collect();
        assert!(found == wanted, "{paper}: {} lines", found.len());
        let one_too_many = (0..5001).map(line).collect::<Vec<_>>();
        let mut document = document;
        document["lines"] = one_too_many.into();
        std::fs::write(file, document.to_string()).unwrap();
        let run = tillpost(folder.path(), &["render", file, "-o", pdf]);
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.code() == Some(2) && said.contains("lines"), "{said}");
    }
}

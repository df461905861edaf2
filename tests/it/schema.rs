//! The published schema of the document file says what the program takes.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The demo documents: one of each kind, and one of each paper.
const DEMOS: [&str; 15] = [
    "invoice",
    "invoice-letter",
    "invoice-long",
    "invoice-swiss",
    "credit-note",
    "receipt",
    "receipt-narrow",
    "job-card",
    "job-card-car",
    "offer",
    "sales-order",
    "purchase-order",
    "delivery-note",
    "report",
    "notification",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn published() -> Value {
    let text = std::fs::read_to_string(root().join("schema/document.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_published_schema_is_the_programs_own() {
    let file = root().join("schema/document.schema.json");
    let text = serde_json::to_string_pretty(&tillpost::wire::document_schema()).unwrap() + "\n";
    if std::env::var_os("TILLPOST_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let published = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(published == text, "write it anew: TILLPOST_BLESS=1 cargo test --test it schema");
}

#[test]
fn the_demo_documents_fit_it_and_unknown_keys_do_not() {
    let validator = jsonschema::validator_for(&published()).unwrap();
    for name in DEMOS {
        let text = std::fs::read_to_string(root().join(format!("assets/demo/{name}.json"))).unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        document["colour"] = "red".into();
        assert!(!validator.is_valid(&document), "{name} with an unknown key");
    }
}

#[test]
fn every_table_and_column_is_described() {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root().join("schema")).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "sql"));
    files.sort();
    let sql: String = files.iter().map(|f| std::fs::read_to_string(f).unwrap()).collect();
    let readme = std::fs::read_to_string(root().join("schema/README.md")).unwrap();
    let mut table = String::new();
    for line in sql.lines() {
        if let Some(name) = line.strip_prefix("CREATE TABLE ") {
            table = name.trim_end_matches(" (").to_owned();
            assert!(readme.contains(&format!("\n## {table}\n")), "{table} is not described");
        } else if let Some(column) = line.strip_prefix("    ").and_then(|l| l.split_whitespace().next()) {
            let known = column.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
            if known {
                let section = readme.split(&format!("\n## {table}\n")).nth(1).unwrap();
                let section = section.split("\n## ").next().unwrap();
                assert!(section.contains(column), "{table}.{column} is not described");
            }
        }
    }
}

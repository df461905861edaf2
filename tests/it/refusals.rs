//! Every sentence that refuses something has a key, and words in every language.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tillpost::app::{key_of, say_in};
use tillpost::domain::Said;

use crate::http::{Api, invoice, mail};

/// The places where a sentence begins that somebody may be told.
const BEGINNINGS: [&str; 7] = [
    "say!(",
    "Invalid::new(",
    "Error::new(",
    "Error::of(",
    "Problem::new(",
    "StoreError::NotFound(",
    "StoreError::Conflict(",
];

/// Files whose sentences only ever reach the command line or a log, in English.
const COMMAND_LINE: [&str; 7] = [
    "http/mod.rs",
    "http/tls.rs",
    "app/serving.rs",
    "store/salvage.rs",
    "store/maintenance.rs",
    "store/restore.rs",
    "app/settings_file.rs",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "cli" && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" && name != "said.rs" {
            found.push(path);
        }
    }
}

/// The literal at the beginning of `code`, and what stands behind it.
fn literal(code: &str) -> Option<(String, &str)> {
    let rest = code.trim_start().strip_prefix('"')?;
    let mut out = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &rest[at + 1..])),
            '\\' => match chars.next()?.1 {
                '\n' => {
                    let after = &rest[at + 2..];
                    let skipped = after.len() - after.trim_start().len();
                    for _ in 0..after[..skipped].chars().count() {
                        chars.next();
                    }
                }
                'n' => out.push('\n'),
                other => out.push(other),
            },
            c => out.push(c),
        }
    }
    None
}

/// The arguments behind an opening parenthesis.
fn arguments(code: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_i32, 0, Vec::new());
    let bytes = code.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'\'' if bytes.get(at + 2) == Some(&b'\'') => at += 2,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => {
                found.push(&code[start..at]);
                return found;
            }
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                found.push(&code[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[test]
fn every_sentence_that_refuses_has_a_key() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut missing, mut seen) = (Vec::new(), Vec::new(), 0);
    sources(&src, &mut files);
    for path in files {
        if COMMAND_LINE.iter().any(|file| path.ends_with(file)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: Vec<&str> = code.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        for beginning in BEGINNINGS {
            for (at, _) in code.match_indices(beginning) {
                let arguments = arguments(&code[at + beginning.len()..]);
                if arguments.iter().any(|a| a.contains("Kind::Defect"))
                    || beginning.starts_with("Error") && arguments.len() < 2
                {
                    continue;
                }
                // A field's path comes first, or what kind of error it is; of `say!` the values come behind.
                let skipped = usize::from(!beginning.starts_with("say") && !beginning.starts_with("Store"));
                let taken = if beginning.starts_with("say") { 1 } else { usize::MAX };
                for argument in arguments.iter().skip(skipped).take(taken) {
                    assert!(
                        !argument.trim_start().starts_with("format!")
                            || beginning == "Error::new("
                            || beginning == "Problem::new(",
                        "{}: use say! for what is said: {argument}",
                        path.display()
                    );
                    let Some((words, _)) = literal(argument) else { continue };
                    seen += 1;
                    let said = Said::from(&*Box::leak(words.clone().into_boxed_str()));
                    if !words.is_empty() && key_of(&said).is_none() {
                        missing.push(format!("{}: {words}", path.strip_prefix(&src).unwrap().display()));
                    }
                }
            }
        }
    }
    assert!(seen > 400, "only {seen} sentences were found");
    assert!(missing.is_empty(), "give these a key and words in assets/refusals:\n{}", missing.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_said_in_the_language_of_who_asks() {
    let api = Api::start().await;
    let french = [("accept-language", "fr-CH, en;q=0.5")];
    let mut wrong = invoice("wrong", false);
    wrong["lines"][0]["quantity"] = "-2".into();
    wrong["kind"] = "offer".into();
    let told = api.ask_with("POST", "/documents", &french, Some(&wrong)).await.is(422);
    assert_eq!(told.header("content-language"), Some("fr"));
    let told = told.json();
    assert_eq!(told["title"], "Quelque chose dans la saisie ne convient pas");
    assert_eq!(
        told["detail"],
        "-2 est négatif, ce qui n'a pas de sens sur un document de type offer. Utilisez une quantité \
         positive ; la marchandise reprise figure sur une facture, un ticket ou un avoir."
    );
    assert_eq!((&told["key"], &told["field"]), (&json!("bad_input"), &json!("lines[0].quantity")));
    assert_eq!(told["reason"], "is_negative_which_makes_no");
    assert_eq!(told["values"], json!({ "kind": "offer", "quantity": "-2" }));
    let plain = api.post("/documents", wrong).await.is(422).json();
    assert!(plain["detail"].as_str().unwrap().starts_with("-2 is negative, which makes no sense"), "{plain}");
    // A remedy at a screen is no command.
    let none =
        api.ask_with("POST", "/mails", &[("accept-language", "pl")], Some(&mail("a@example.com"))).await;
    assert_eq!(none.json()["detail"], "Nie ma jeszcze konta pocztowego. Najpierw ustaw konto pocztowe.");
    let none = api.post("/mails", mail("a@example.com")).await.json();
    assert_eq!(none["detail"], "There is no mail account yet. Set up a mail account first.");
    let said = Said::from("theirs alone".to_owned());
    assert_eq!((key_of(&said), say_in(&said, "de")), (None, "theirs alone".to_owned()));
}

/// An address and the name of a field stay as they are written, also where a sentence begins with them.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_keeps_the_letters_of_what_it_names() {
    let api = Api::start().await;
    api.account(9);
    let off = json!({ "pattern": "carl@example.org" });
    api.post("/disabled", off).await.is(200);
    let mut named = invoice("once", false);
    api.post("/documents", named.clone()).await.is(201);
    named["notes"] = json!(["other"]);
    for (language, carl, once) in [
        ("en", "carl@example.org is disabled", "client_ref: \"once\" was used"),
        ("de", "carl@example.org ist in diesem Geschäft gesperrt", "client_ref: \"once\" was used"),
    ] {
        let asked = [("accept-language", language)];
        let told = api.ask_with("POST", "/mails", &asked, Some(&mail("carl@example.org"))).await.json();
        assert!(told["detail"].as_str().unwrap().starts_with(carl), "{told}");
        let told = api.ask_with("POST", "/documents", &asked, Some(&named)).await.is(409).json();
        assert!(told["detail"].as_str().unwrap().starts_with(once), "{told}");
        let told = api.ask_with("DELETE", "/contacts/dora@example.org", &asked, None).await.is(404).json();
        assert!(told["detail"].as_str().unwrap().starts_with("dora@example.org "), "{told}");
    }
    let none = api.ask("DELETE", "/access/passwords/x", None).await.is(404).json();
    assert_eq!(none["detail"], "There is no API password called \"x\".");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_at_before_sending_and_after_a_check_is_said_in_the_language_of_who_asks() {
    let api = Api::start().await;
    api.account(9);
    let german = [("accept-language", "de")];
    let body = json!({ "mail": { "to": ["a@example.com"], "subject": "", "text": "siehe Anhang" } });
    let seen = api.ask_with("POST", "/mails/preview", &german, Some(&body)).await.is(200).json();
    let says: Vec<&str> =
        seen["warnings"].as_array().unwrap().iter().map(|w| w["says"].as_str().unwrap()).collect();
    assert!(
        says.contains(&"Der Text spricht von einer Datei („anhang“), aber keine ist angehängt."),
        "{says:?}"
    );
    assert_eq!(seen["messages"][0]["recipients"][0]["says"], "a@example.com sieht nur die eigene Adresse.");
    let found =
        api.ask_with("POST", "/diagnostics?offline=true", &german, Some(&json!({}))).await.is(200).json();
    let data = &found[0];
    assert_eq!((&data["key"], &data["what"]), (&json!("data_file"), &json!("Datendatei")));
    assert!(data["says"].as_str().unwrap().contains("ist heil"), "{data}");
    let names = api.ask_with("GET", "/templates/placeholders", &german, None).await.is(200).json();
    assert_eq!(names[1]["says"], "die Nummer des Belegs");
    let gone = api.ask_with("GET", "/contacts/a@example.com/data", &german, None).await.is(200).json();
    assert!(gone["kept"][0].as_str().unwrap().starts_with("was in anderswo gemachten Kopien"), "{gone}");
}

//! Suggestions while somebody types, in an address book of 100,000 contacts of which a tenth was used: every
//! beginning of what people type, and what is hard to answer.
//!
//! `cargo bench --bench contacts`

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

use std::time::{Duration, Instant};

use tillpost::app::{App, Import};
use tillpost::wire::Reading;

const FIRST: [&str; 20] = [
    "Anna", "Bert", "Carla", "Dirk", "Émile", "Fatima", "Grzegorz", "Helga", "Ivo", "Jürgen", "Klára",
    "Łucja", "Marta", "Nils", "Ottavia", "Pedro", "Quirin", "Rosa", "Søren", "Tadeusz",
];
const LAST: [&str; 25] = [
    "Müller",
    "Kowalska",
    "Smith",
    "García",
    "Rossi",
    "Janssen",
    "Dubois",
    "Nowak",
    "Schmidt",
    "Jones",
    "Bianchi",
    "de Vries",
    "Moreau",
    "Wójcik",
    "Fischer",
    "Taylor",
    "Fernández",
    "Russo",
    "Bakker",
    "Laurent",
    "Zieliński",
    "Weber",
    "Brown",
    "O'Brien",
    "Łuk",
];
const COUNT: usize = 100_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(folder.path()).unwrap();
    let mut book = String::from("address,name,company,phone\n");
    for n in 0..COUNT {
        let (first, last) = (FIRST[n % 20], LAST[n / 20 % 25]);
        book += &format!(
            "{}.{n}@shop{}.example,{first} {last},Company {},+49 171 {n:07}\n",
            first.to_lowercase().replace(|c: char| !c.is_ascii(), "x"),
            n % 997,
            n % 5003
        );
    }
    let view = app.import_contacts(book.as_bytes(), &Reading::default(), Import::All).unwrap();
    assert_eq!(view.new, COUNT);
    used(&folder.path().join(tillpost::store::FILE_NAME));
    let mut typed: Vec<String> = Vec::new();
    for n in (0..COUNT).step_by(997) {
        for word in [
            format!("{} {}", FIRST[n % 20], LAST[n / 20 % 25]),
            format!("0171 {n:07}"),
            format!("company {}", n % 5003),
            format!("shop{}.ex", n % 997),
            "zzzz".to_owned(),
        ] {
            let letters: Vec<char> = word.chars().collect();
            typed.extend((1..=letters.len()).map(|end| letters[..end].iter().collect()));
        }
    }
    println!("{COUNT} contacts, {} searches: {}", typed.len(), spread(&typed, |text| answer(&app, text)));
    for (what, texts) in HARD {
        let texts: Vec<String> = texts.repeat(50).into_iter().map(str::to_owned).collect();
        println!("  {what}: {}", spread(&texts, |text| answer(&app, text)));
    }
}

/// What the index has to work for.
const HARD: [(&str, &[&str]); 6] = [
    ("one letter", &["a", "e", "s", "x", "1"]),
    ("the begin of an address", &["a@", "anna@", "s@"]),
    ("a domain everybody has", &["example", "@example", "shop", "exam"]),
    ("a number everybody has", &["171", "0171", "17100", "+4917"]),
    ("nobody", &["zzzz", "shopz", "comp zzzz", "annaz shop", "17199999"]),
    ("many of each, none of both", &["anna bert", "an be", "mul kow", "company anna bert"]),
];

fn answer(app: &App, text: &str) {
    app.suggest(text, 20).unwrap();
}

/// Uses every tenth contact, some of them often.
fn used(file: &std::path::Path) {
    let sql = rusqlite::Connection::open(file).unwrap();
    let day = 24 * 3600 * 1000_i64;
    sql.execute(
        "UPDATE contact SET uses = 1 + id % 7, rank_ms = ?1 - (id * 7919 % 700) * ?2 WHERE id % 10 = 3",
        [1_795_000_000_000, day],
    )
    .unwrap();
}

fn spread(texts: &[String], ask: impl Fn(&str)) -> String {
    let mut times: Vec<Duration> = texts
        .iter()
        .map(|text| {
            let started = Instant::now();
            ask(text);
            started.elapsed()
        })
        .collect();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    format!("median {:.2} ms, 99th percentile {:.2} ms, worst {:.2} ms", at(0.5), at(0.99), at(1.0))
}

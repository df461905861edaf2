//! The rooms of the crate and the arrows between them, as the crate's documentation states them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms it may use beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("render", &["domain"]),
    ("einvoice", &["domain"]),
    ("compose", &["domain"]),
    ("transport", &["domain"]),
    ("auth", &["domain"]),
    ("outbox", &["domain"]),
    ("wire", &["domain"]),
    ("accounting", &["domain"]),
    (
        "app",
        &[
            "domain",
            "store",
            "render",
            "einvoice",
            "compose",
            "transport",
            "auth",
            "outbox",
            "wire",
            "accounting",
        ],
    ),
    // Shapes of the rows they show; never the store itself.
    ("http", &["domain", "wire", "app"]),
    ("cli", &["domain", "wire", "app", "http", "store"]),
];

/// A crate, or a part of one, and the rooms that may name it.
const ONLY: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("printpdf", &["render"]),
    ("lopdf", &["render"]),
    ("rustybuzz", &["render"]),
    ("subsetter", &["render"]),
    ("en16931", &["einvoice"]),
    ("en16931_formats", &["einvoice"]),
    ("lettre::message", &["compose"]),
    ("minijinja", &["compose"]),
    ("mail_parser", &["compose"]),
    ("lettre::transport", &["transport"]),
    ("tokio_rustls", &["transport", "http"]),
    ("hmac", &["auth"]),
    ("rustls_platform_verifier", &["transport"]),
    ("oauth2", &["auth"]),
    ("keyring", &["auth"]),
    ("keyring_core", &["auth"]),
    ("zbus_secret_service_keyring_store", &["auth"]),
    ("x509_parser", &["transport"]),
    ("chacha20poly1305", &["auth"]),
    ("notify", &["outbox"]),
    ("opener", &["transport"]),
    ("schemars", &["wire"]),
    // The domain reads the table of providers, which is part of the program.
    ("csv", &["wire", "domain"]),
    ("calcard", &["wire"]),
    ("axum", &["http"]),
    ("hyper", &["http", "transport"]),
    ("hyper_util", &["http", "transport"]),
    ("rcgen", &["http"]),
    ("rust_embed", &["http"]),
    ("zip", &["http"]),
    ("argon2", &["auth"]),
    ("getrandom", &["auth"]),
    ("clap", &["cli"]),
    ("quick_xml", &["accounting"]),
    ("anyhow", &[]),
];

/// What only `app::clock` may call: the wall clock, and ids that carry it.
const CLOCK: &[&str] = &["Utc::now", "Local::now", "SystemTime::now"];

/// What the domain must not touch: the world, and floats.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "TcpStream",
    "Instant::now",
    "now_v7",
    "println!",
    "f32",
    "f64",
    "serde::",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The files of a room with their code: comments and tests are left out.
fn room(name: &str) -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let file = src.join(format!("{name}.rs"));
    if file.exists() {
        found.push(file);
    } else {
        sources(&src.join(name), &mut found);
    }
    found
        .into_iter()
        .filter(|path| {
            let tests = |part: std::path::Component<'_>| {
                part.as_os_str().to_string_lossy().trim_end_matches(".rs").ends_with("tests")
            };
            !path.strip_prefix(&src).unwrap().components().any(tests)
        })
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let code: Vec<&str> = code.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
            (path, code.join("\n"))
        })
        .collect()
}

fn names(code: &str, word: &str) -> bool {
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code.match_indices(word).any(|(at, _)| {
        boundary(code[..at].chars().next_back()) && boundary(code[at + word.len()..].chars().next())
    })
}

/// Whether a path in `code` begins with `path`.
fn begins(code: &str, path: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.match_indices(path).any(|(at, _)| !code[..at].chars().next_back().is_some_and(inside))
}

/// The rooms that `code` names, as `crate::room` or in `crate::{room, ...}`.
fn rooms_named(code: &str) -> BTreeSet<&'static str> {
    ROOMS.iter().map(|(room, _)| *room).filter(|room| names(code, &format!("crate::{room}"))).collect()
}

#[test]
fn the_rooms_are_all_there_are() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let listed: BTreeSet<&str> =
        lib.lines().filter_map(|l| l.strip_prefix("pub mod ")).filter_map(|l| l.strip_suffix(';')).collect();
    assert_eq!(listed, ROOMS.iter().map(|(room, _)| *room).collect());
}

#[test]
fn arrows_point_one_way() {
    for (name, allowed) in ROOMS {
        for (path, code) in room(name) {
            assert!(!code.contains("crate::{"), "{}: name each room in a `use` of its own", path.display());
            for named in rooms_named(&code) {
                assert!(
                    named == *name || allowed.contains(&named),
                    "{}: {name} must not use {named}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn a_crate_has_one_room() {
    for (name, _) in ROOMS {
        for (path, code) in room(name) {
            for (crate_name, rooms) in ONLY {
                let uses =
                    begins(&code, &format!("{crate_name}::")) || code.contains(&format!("use {crate_name};"));
                let own_module = code.contains(&format!("mod {crate_name};"));
                assert!(
                    !uses || own_module || rooms.contains(name),
                    "{}: {crate_name} belongs to {rooms:?}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_clock_is_read_in_one_place() {
    for (name, _) in ROOMS {
        for (path, code) in room(name) {
            for call in CLOCK {
                assert!(
                    path.ends_with("app/clock.rs") || !code.contains(call),
                    "{}: {call} belongs to app::clock",
                    path.display()
                );
            }
            assert!(
                *name == "app" || !code.contains("now_v7") || *name == "outbox",
                "{}: ids with the time in them are made in app",
                path.display()
            );
        }
    }
}

#[test]
fn the_domain_is_pure() {
    for (path, code) in room("domain") {
        for word in IMPURE {
            assert!(!names(&code, word), "{}: the domain must not use {word}", path.display());
        }
    }
}

#[test]
fn files_stay_small() {
    for (name, _) in ROOMS {
        for (path, _) in room(name) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 600, "{} has {lines} lines: make two rooms of it", path.display());
        }
    }
}

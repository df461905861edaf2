//! What other users of the machine may read: nothing with customers in it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tillpost::app::App;

use crate::program::{Run, finished, invoice, program};

/// The program where files are readable for everybody unless it says otherwise, as most systems have it.
fn run(data: &Path, args: &[&str]) -> Run {
    let own = program(data, args);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 022; exec \"$@\"", "sh"]).arg(own.get_program()).args(own.get_args());
    finished(command.env_clear().env("HOME", data).stdin(Stdio::null())).ok()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// What lies in `folder` and can be reached and read by others.
fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match (path.is_dir(), mode(&path) & 0o007) {
            (_, 0) => {}
            (true, _) => found.extend(open_to_others(&path)),
            (false, _) => found.push(path),
        }
    }
    found
}

#[test]
fn other_users_read_nothing_of_a_new_data_folder_nor_of_its_copies() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("till/data");
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("invoice.json"), invoice().to_string()).unwrap();
    set_mode(Path::new(&at("invoice.json")), 0o600);
    run(&data, &["issue", &at("invoice.json")]);
    run(&data, &["contacts", "add", "anna@example.com"]);
    run(&data, &["channels", "set", "web", "--folder", "web"]);
    run(&data, &["backup", &at("copy.db")]);
    run(&data, &["contacts", "export", &at("book.csv")]);
    run(&data, &["export", "--from", "2026-11-01", "--to", "2026-11-30", "-o", &at("period")]);
    // While it is open there is a journal beside it.
    let app = App::open(&data).unwrap();
    app.backup_here().unwrap();
    app.add_contact("bert@example.com").unwrap();
    assert!(data.join("tillpost.db-wal").exists());
    let none: [PathBuf; 0] = [];
    assert_eq!(open_to_others(folder.path()), none);
    // Only who knows the way comes through to an outbox that is opened to them.
    assert_eq!((mode(&data), mode(&data.join("outbox"))), (0o711, 0o700));
    // What was made there by its owner stays as it is, and so does what a copy of a file let others do.
    drop(app);
    set_mode(Path::new(&at("copy.db")), 0o644);
    let other = folder.path().join("other");
    run(&other, &["restore", &at("copy.db")]);
    assert_eq!((mode(&other), mode(&other.join("tillpost.db"))), (0o711, 0o600));
    std::fs::remove_file(at("copy.db")).unwrap();
    run(&other, &["restore", other.join("tillpost.db").to_str().unwrap(), "--replace", "--salvage"]);
    assert_eq!(open_to_others(folder.path()), none);
}

#[test]
fn what_an_earlier_tillpost_left_open_is_closed_and_what_its_owner_chose_stays() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let of = |name: &str| data.join(name);
    run(&data, &["channels", "set", "web", "--folder", "web"]);
    for name in ["backups", "handed-over", "outbox/queued"] {
        std::fs::create_dir_all(of(name)).unwrap();
        set_mode(&of(name), 0o755);
    }
    let left = ["tillpost.db", "tillpost-before-upgrade-v3-20260101.db", "backups/a.db", "handed-over/a.eml"];
    let others = ["outbox/queued/a.json", "notes.txt"];
    for name in left.iter().chain(&others) {
        std::fs::OpenOptions::new().create(true).append(true).open(of(name)).unwrap();
        set_mode(&of(name), 0o644);
    }
    std::fs::write(of("backups/group.db"), "").unwrap();
    set_mode(&of("backups/group.db"), 0o640);
    set_mode(&data, 0o755);
    set_mode(&of("outbox"), 0o775);
    run(&data, &["settings", "get", "language"]);
    assert_eq!(left.map(|name| mode(&of(name))), [0o600; 4]);
    assert_eq!(others.map(|name| mode(&of(name))), [0o644; 2]);
    let folders = ["", "backups", "outbox"].map(|name| mode(&of(name)));
    assert_eq!((folders, mode(&of("backups/group.db"))), ([0o755, 0o755, 0o775], 0o640));
    // A group that was let in may read the copies, too.
    set_mode(&of("tillpost.db"), 0o640);
    let copy = folder.path().join("copy.db");
    run(&data, &["backup", copy.to_str().unwrap()]);
    assert_eq!((mode(&of("tillpost.db")), mode(&copy)), (0o640, 0o640));
}

//! A disk that is full, one that cannot be written, one whose power goes out; and a data file that
//! somebody else holds.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;

use crate::memory::Memory;
use crate::till::{Till, until};

/// A till whose data folder is a small disk of its own; unmounted when dropped.
struct SmallDisk {
    till: Till,
}

impl SmallDisk {
    fn new() -> Self {
        Self::of(Till::at(9))
    }

    fn of(till: Till) -> Self {
        let disk = Self { till };
        let data = disk.till.data();
        let aside = data.with_file_name("aside");
        std::fs::rename(&data, &aside).unwrap();
        std::fs::create_dir(&data).unwrap();
        disk.mount(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"]);
        for file in std::fs::read_dir(&aside).unwrap().flatten().filter(|f| f.path().is_file()) {
            std::fs::copy(file.path(), data.join(file.file_name())).unwrap();
        }
        disk
    }

    fn mount(&self, args: &[&str]) {
        let status = Command::new("mount").args(args).arg(self.till.data()).status().unwrap();
        assert!(status.success(), "a disk cannot be mounted; these tests run as root");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.till.data()).status();
    }
}

fn numbers(till: &Till) -> Vec<String> {
    let mut numbers: Vec<String> =
        till.mails().iter().map(|m| m["document"].as_str().unwrap().to_owned()).collect();
    numbers.sort();
    numbers
}

#[test]
fn a_full_disk_refuses_the_next_invoice_and_keeps_all_before_it() {
    let disk = SmallDisk::new();
    let till = &disk.till;
    let invoice = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/one-page-invoice.json");
    let mut issued = 0;
    let refused = loop {
        let run = till.run(&["issue", invoice]);
        if run.code != 0 {
            break run;
        }
        issued += 1;
        assert!(issued < 200, "the disk never filled");
    };
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(refused.err.contains("disk is full") && refused.err.contains("Free some space"), "{refused:?}");
    till.run(&["check"]).ok();
    assert_eq!(numbers(till).len(), issued);

    disk.mount(&["-o", "remount,size=8m"]);
    till.run(&["issue", invoice]).ok();
    let wanted: Vec<String> = (1..=issued + 1).map(|n| format!("INV-2026-{n:04}")).collect();
    assert_eq!(numbers(till), wanted, "a number was lost to the full disk");
}

#[test]
fn a_disk_that_cannot_be_written_is_said() {
    let disk = SmallDisk::new();
    disk.mount(&["-o", "remount,ro"]);
    let run = disk.till.run(&["send", "--to", "a@example.com", "--text", "x"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.err.contains("cannot be written"), "{run:?}");
    disk.mount(&["-o", "remount,rw"]);
    disk.till.run(&["send", "--to", "a@example.com", "--text", "x"]).ok();
}

/// Takes all the room there is on the disk of `file`.
fn fill(file: &PathBuf) {
    use std::io::Write;
    let mut filler = std::fs::File::create(file).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
}

/// Runs the service, with what it logs in a file, until all of `till`'s mails are sent; gives the log.
fn served(till: &Till) -> String {
    let log = till.folder.path().join("log");
    let mut service = till
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .stdout(std::process::Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let sent = || till.mails().iter().all(|m| m["state"] == "sent").then_some(());
    until(sent, || format!("{:?}\n{}", till.mails(), std::fs::read_to_string(&log).unwrap()));
    service.kill().unwrap();
    service.wait().unwrap();
    std::fs::read_to_string(&log).unwrap()
}

/// The server has the mail and has said so, and there is no room to write that down: it is written when
/// there is, and the mail is not sent again.
#[test]
fn a_disk_that_fills_while_the_server_answers_forgets_no_answer() {
    let till = Till::new();
    let filler = till.data().join("filler");
    let fills = filler.clone();
    let memory = Memory::that_first(move |number| {
        if number == 1 {
            fill(&fills);
            // Room again, once there was none for a while.
            let fills = fills.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(2));
                std::fs::remove_file(fills).unwrap();
            });
        }
    });
    till.account(memory.port);
    let disk = SmallDisk::of(till);
    for n in 0..3 {
        disk.till.send(&format!("c{n}@example.com"), "s", "t");
    }
    let log = served(&disk.till);
    assert!(log.contains("disk is full"), "the disk was never full: {log}");
    let taken = memory.taken();
    assert_eq!((taken.len(), taken.values().sum::<usize>()), (3, 3), "{taken:?}");
    disk.till.run(&["check"]).ok();
}

/// Longer than a write has patience for.
#[test]
fn a_file_locked_while_the_server_answers_forgets_no_answer() {
    let till = Till::new();
    let file = till.data().join("tillpost.db");
    let memory = Memory::that_first(move |number| {
        if number == 1 {
            let sql = Connection::open(&file).unwrap();
            sql.busy_timeout(Duration::from_secs(5)).unwrap();
            sql.execute_batch("BEGIN IMMEDIATE").unwrap();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(11));
                sql.execute_batch("ROLLBACK").unwrap();
            });
        }
    });
    till.account(memory.port);
    till.send("anna@example.com", "s", "t");
    let log = served(&till);
    assert!(log.contains("a result waits to be recorded"), "the lock was never in the way: {log}");
    assert_eq!(memory.taken().values().sum::<usize>(), 1);
}

/// What the power going out would take is what was written and not synced. The program's system calls
/// show that before it says that a mail is queued, nothing of the data file was left unsynced.
#[test]
fn what_is_acknowledged_was_on_the_disk_before_the_answer() {
    let till = Till::at(9);
    let trace = till.folder.path().join("trace");
    let program = till.command(&["send", "--to", "anna@example.com", "--text", "t", "--json"]);
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "40", "-e", "trace=write,pwrite64,fsync,fdatasync,ftruncate", "-o"]);
    command.arg(&trace).arg(program.get_program()).args(program.get_args());
    command.env("HOME", till.folder.path());
    let output = command.output().expect("strace is missing: apt-get install strace");
    assert!(output.status.success(), "{output:?}");
    let (mut unsynced, mut synced, mut answered) = (None, 0, false);
    for line in std::fs::read_to_string(&trace).unwrap().lines() {
        let of_the_file = line.contains("tillpost.db-wal>") || line.contains("tillpost.db>");
        if of_the_file && line.contains("write") {
            unsynced = Some(line.to_owned());
        } else if of_the_file && line.contains("sync(") {
            (unsynced, synced) = (None, synced + 1);
        } else if line.contains("write(1<") && line.contains("{") {
            assert_eq!(unsynced, None, "not on the disk when the answer was given");
            answered = true;
        }
    }
    assert!(answered && synced > 0, "the trace shows no answer or no sync");
}

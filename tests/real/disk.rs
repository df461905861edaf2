//! A disk that is full, and one that cannot be written.

use std::process::Command;

use crate::till::Till;

/// A till whose data folder is a small disk of its own; unmounted when dropped.
struct SmallDisk {
    till: Till,
}

impl SmallDisk {
    fn new() -> Self {
        let disk = Self { till: Till::at(9) };
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

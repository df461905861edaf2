//! The power goes out: what was written and not synced is lost, all of it or any part.
//!
//! The program's system calls are recorded with the bytes they carry ([`crate::syscalls`]). From them the
//! test makes the disk as it may stand after a power cut at a given moment: what was synced is there; of
//! the rest each write may be there, be missing, or have come half way, and so may each new name in a
//! folder. The program is then started on that disk, as the machine's next start would.
//!
//! The long form: `TILLPOST_CUTS=2000 cargo test --test real power -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::dice::Dice;
use crate::memory::Memory;
use crate::support::program::run;
use crate::syscalls::{Event, recorded};
use crate::till::Till;

/// What a disk can write half of.
const SECTOR: u64 = 512;
/// Moments tried beside those at which something was said or sent, where the environment does not say how many.
const CUTS: usize = 60;

#[derive(Debug)]
enum Change<'a> {
    Write(u64, &'a [u8]),
    Length(u64),
}

/// A file's content, in the order it came to be.
#[derive(Debug, Default)]
struct Node<'a> {
    changes: Vec<Change<'a>>,
    /// So many of the changes are on the disk.
    synced: usize,
}

impl Node<'_> {
    /// What the disk may hold of it.
    fn after_a_cut(&self, dice: &mut Dice) -> Vec<u8> {
        let mut content = Vec::new();
        for (n, change) in self.changes.iter().enumerate() {
            let fate = if n < self.synced { 0 } else { dice.roll(3) };
            match change {
                Change::Write(at, bytes) if fate < 2 => {
                    let sectors = (bytes.len() as u64).div_ceil(SECTOR);
                    let kept = if fate == 0 { u64::MAX } else { dice.roll(sectors) * SECTOR };
                    let kept = bytes.len().min(usize::try_from(kept).unwrap_or(usize::MAX));
                    let at = usize::try_from(*at).unwrap();
                    content.resize(content.len().max(at + kept), 0);
                    content[at..at + kept].copy_from_slice(&bytes[..kept]);
                }
                Change::Length(length) if fate < 2 => content.resize(usize::try_from(*length).unwrap(), 0),
                _ => {}
            }
        }
        content
    }
}

/// What a name stands for: on the disk, and for the running program.
#[derive(Debug, Default, Clone, Copy)]
struct Name {
    synced: Option<usize>,
    now: Option<usize>,
}

/// A folder on a disk that syncs what it is told to, and nothing else.
#[derive(Debug, Default)]
struct Disk<'a> {
    nodes: Vec<Node<'a>>,
    names: BTreeMap<&'a Path, Name>,
    /// Syncs under way: what they were asked to bring to the disk.
    syncing: BTreeMap<usize, (&'a Path, usize)>,
}

impl<'a> Disk<'a> {
    /// A disk with the files that were there before.
    fn with(files: &'a BTreeMap<PathBuf, Vec<u8>>) -> Self {
        let mut disk = Self::default();
        for (path, content) in files {
            let node = disk.nodes.len();
            disk.nodes.push(Node { changes: vec![Change::Write(0, content)], synced: 1 });
            disk.names.insert(path, Name { synced: Some(node), now: Some(node) });
        }
        disk
    }

    fn take(&mut self, event: &'a Event) {
        match event {
            Event::Opened(path) => {
                let name = self.names.entry(path).or_default();
                if name.now.is_none() {
                    name.now = Some(self.nodes.len());
                    self.nodes.push(Node::default());
                }
            }
            Event::Wrote { file, at, bytes } => self.change(file, Change::Write(*at, bytes)),
            Event::Cut { file, length } => self.change(file, Change::Length(*length)),
            Event::Renamed(from, to) => {
                let node = self.names.entry(from).or_default().now.take();
                self.names.entry(to).or_default().now = node;
            }
            Event::Removed(path) => self.names.entry(path).or_default().now = None,
            Event::SyncBegan(id, path) => {
                let asked = self.node(path).map_or(0, |node| node.changes.len());
                self.syncing.insert(*id, (path, asked));
            }
            Event::SyncEnded(id) => self.synced(*id),
            Event::Said(_) | Event::Dot(_) => {}
        }
    }

    fn node(&mut self, path: &Path) -> Option<&mut Node<'a>> {
        let node = self.names.get(path)?.now?;
        self.nodes.get_mut(node)
    }

    fn change(&mut self, path: &Path, change: Change<'a>) {
        // Files of elsewhere, and those without a name any more, are nothing to a data folder.
        if let Some(node) = self.node(path) {
            node.changes.push(change);
        }
    }

    fn synced(&mut self, id: usize) {
        let Some((path, asked)) = self.syncing.remove(&id) else { return };
        if let Some(node) = self.node(path) {
            node.synced = node.synced.max(asked);
        }
        for (_, name) in self.names.iter_mut().filter(|(name, _)| name.parent() == Some(path)) {
            name.synced = name.now;
        }
    }

    /// Makes the folder `to` of what the disk may hold of `from` now.
    fn after_a_cut(&self, from: &Path, to: &Path, dice: &mut Dice) {
        for (path, name) in &self.names {
            let node = if dice.roll(2) == 0 { name.synced } else { name.now };
            // The memory of the processes that used the data file together is never on the disk.
            let shared_memory = path.to_string_lossy().ends_with("-shm");
            let (Some(node), Ok(inside), false) = (node, path.strip_prefix(from), shared_memory) else {
                continue;
            };
            let file = to.join(inside);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, another_boot(self.nodes[node].after_a_cut(dice))).unwrap();
        }
    }
}

/// The notes of a process name the running time of the machine, which ended with the power.
fn another_boot(mut content: Vec<u8>) -> Vec<u8> {
    let start = b"{\"boot\":\"";
    if content.starts_with(start) && content.len() > start.len() {
        let digit = &mut content[start.len()];
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
    content
}

/// The files under `folder`.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.append(&mut files(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// The mails the program had said are queued.
fn queued(events: &[Event]) -> BTreeSet<String> {
    let said: String =
        events.iter().filter_map(|e| if let Event::Said(text) = e { Some(&**text) } else { None }).collect();
    let ids = said.split("\"message_id\": \"").skip(1);
    ids.filter_map(|rest| rest.split_once('"')).map(|(id, _)| id.to_owned()).collect()
}

/// Looks at what the program makes of the disk after a power cut following `events`.
fn judge(events: &[Event], data: &Path, memory: &Memory, dice: &mut Dice, disk: &Disk<'_>) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("data");
    disk.after_a_cut(data, &to, dice);
    let gone: BTreeSet<&String> =
        events.iter().filter_map(|e| if let Event::Dot(id) = e { Some(id) } else { None }).collect();
    let before = memory.taken();
    let flush = run(&to, &["flush"]);
    assert!([0, 4, 5].contains(&flush.code), "{flush:?}");
    let taken = memory.taken();

    let sql = Connection::open(to.join("tillpost.db")).unwrap();
    let sound: String = sql.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let list = run(&to, &["queue", "list", "--all", "--json"]).ok().json();
    let state = |id: &str| {
        let mail = list.as_array().unwrap().iter().find(|m| m["message_id"] == id);
        mail.unwrap_or_else(|| panic!("mail {id} was queued and is lost"))["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mut doubtful = false;
    for id in &queued(events) {
        let again = taken.get(id).unwrap_or(&0) - before.get(id).unwrap_or(&0);
        let (state, went) = (state(id), gone.contains(id));
        doubtful |= state == "uncertain";
        match state.as_str() {
            "sent" => assert_eq!(again + usize::from(went), 1, "mail {id} is called sent"),
            "uncertain" => assert_eq!(again, 0, "mail {id} is in doubt and was sent again"),
            other => panic!("mail {id} is {other}: {list}"),
        }
    }
    doubtful
}

#[test]
fn whatever_the_disk_kept_after_a_power_cut_no_mail_is_lost_or_doubled() {
    let memory = Memory::start();
    let till = Till::at(memory.port);
    till.run(&["settings", "set", "uncertain_policy", "ask"]).ok();
    let data = till.data();
    let before = files(&data);
    let invoice = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/one-page-invoice.json");
    let large = "x".repeat(60_000);
    let mut events = Vec::new();
    for args in [
        &["send", "--json", "--to", "anna@example.com", "--text", "one"][..],
        &["issue", "--json", invoice],
        &["send", "--json", "--to", "bert@example.com", "--text", &large],
        &["flush"],
        &["send", "--json", "--to", "cleo@example.com", "--text", "three"],
        &["send", "--json", "--to", "dora@example.com", "--text", "four"],
        &["flush"],
    ] {
        recorded(&till.command(args), till.folder.path(), &mut events);
    }
    let dots = events.iter().filter(|e| matches!(e, Event::Dot(_))).count();
    assert_eq!((dots, queued(&events).len(), memory.taken().len()), (5, 5, 5), "the record misses something");

    let cuts = std::env::var("TILLPOST_CUTS").map_or(CUTS, |n| n.parse().unwrap());
    let mut dice = Dice::new(0x7111_9057);
    let mut moments: Vec<usize> =
        (0..cuts).map(|_| usize::try_from(dice.roll(events.len() as u64)).unwrap()).collect();
    for (n, _) in events.iter().enumerate().filter(|(_, e)| matches!(e, Event::Said(_) | Event::Dot(_))) {
        moments.extend([n, n + 1]);
    }
    let mut disk = Disk::with(&before);
    let mut in_doubt = 0;
    for (n, event) in events.iter().enumerate() {
        for _ in moments.iter().filter(|moment| **moment == n) {
            in_doubt += usize::from(judge(&events[..n], &data, &memory, &mut dice, &disk));
        }
        disk.take(event);
    }
    println!("{} power cuts, {in_doubt} left a mail in doubt", moments.len());
    assert!(in_doubt > 0, "no cut came between a final dot and its answer");
}

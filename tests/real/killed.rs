//! The real program, killed while documents are issued, files are taken from the folder and mails leave.
//!
//! A few kills at every fault point and some at random moments are what `tests/run` has time for. The long form: `TILLPOST_KILLS=1000 cargo test --test real kills -- --nocapture`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};
use tillpost::store::FaultPoint;

use crate::dice::Dice;
use crate::memory::Memory;
use crate::till::{Till, until};

/// Kills where the environment does not say how many.
const KILLS: usize = 4 * FaultPoint::OF_MAILS.len();
/// Of so many kills, one is at a random moment.
const RANDOM: usize = 4;
/// Files put into the folder in each round.
const FILES: usize = 3;
/// For so long a service may run before it is killed wherever it is.
const PATIENCE: Duration = Duration::from_secs(4);

/// A shop in which programs die.
struct Loop {
    till: Till,
    memory: Memory,
    dice: Dice,
    /// Message-IDs of mails the program has said are queued.
    queued: BTreeSet<String>,
    /// Numbers of documents the program has said are issued.
    issued: BTreeSet<String>,
    /// Subjects of the mails put into the folder.
    dropped: BTreeSet<String>,
    /// The fault points at which a program has ended.
    reached: BTreeSet<&'static str>,
    kills: usize,
}

impl Loop {
    fn new(seed: u64) -> Self {
        let memory = Memory::start();
        let till = Till::at(memory.port);
        // It would send uncertain mails again by itself after ten minutes; this test decides when.
        till.run(&["settings", "set", "uncertain_policy", "ask"]).ok();
        Self {
            till,
            memory,
            dice: Dice::new(seed),
            queued: BTreeSet::new(),
            issued: BTreeSet::new(),
            dropped: BTreeSet::new(),
            reached: BTreeSet::new(),
            kills: 0,
        }
    }

    fn round(&mut self, n: usize) {
        let point = (!n.is_multiple_of(RANDOM)).then(|| FaultPoint::OF_MAILS[n % FaultPoint::OF_MAILS.len()]);
        self.drop_files(n);
        let message_id = self.till.send(&format!("s{n}@example.com"), &format!("sent {n}"), "text");
        self.queued.insert(message_id);
        if point == Some(FaultPoint::NumberTaken) || n.is_multiple_of(5) {
            self.kill_issue(n, point);
        }
        self.issue(n);
        if point != Some(FaultPoint::NumberTaken) {
            self.kill_service(point);
        }
        self.look_for_damage();
    }

    /// Puts complete files into the folder, as another program would.
    fn drop_files(&mut self, n: usize) {
        let outbox = self.till.data().join("outbox");
        std::fs::create_dir_all(&outbox).unwrap();
        for i in 0..FILES {
            let subject = format!("dropped {n}/{i}");
            let padding = "x".repeat(usize::try_from(self.dice.roll(4000)).unwrap());
            let mail = json!({ "mail": { "to": [format!("d{i}@example.com")], "subject": subject, "text": padding } });
            let part = outbox.join(format!("{n}-{i}.part"));
            std::fs::write(&part, mail.to_string()).unwrap();
            std::fs::rename(&part, part.with_extension("json")).unwrap();
            self.dropped.insert(subject);
        }
    }

    fn document(&self, n: usize) -> String {
        let document = json!({
            "kind": "invoice", "client_ref": format!("till-1-{n}"), "issue_date": "2026-11-21", "currency": "GBP",
            "seller": { "name": "Shop" }, "buyer": { "name": "Anna", "email": format!("i{n}@example.com") },
            "lines": [{ "description": "Tube", "quantity": "1", "unit_price": "6.00",
                        "tax": { "category": "S", "rate": "20" } }],
            "mail": {}
        });
        let file = self.till.folder.path().join("document.json");
        std::fs::write(&file, document.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Begins to issue document `n`, and does not let it end in peace.
    fn kill_issue(&mut self, n: usize, point: Option<FaultPoint>) {
        let file = self.document(n);
        let mut command = self.till.command(&["issue", &file]);
        let at_point = [FaultPoint::NumberTaken, FaultPoint::BeforeCommit, FaultPoint::AfterCommit];
        let point = point.filter(|p| at_point.contains(p));
        if let Some(point) = point {
            command.env("TILLPOST_FAULT_POINT", point.word());
        }
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        if point.is_none() {
            spin(Duration::from_micros(self.dice.roll(60_000)));
            child.kill().unwrap();
        }
        self.note_end(&mut child, point);
    }

    /// Issues document `n` as a till does that was not answered the first time.
    fn issue(&mut self, n: usize) {
        let file = self.document(n);
        let answer = self.till.run(&["issue", &file, "--json"]).ok().json();
        self.issued.insert(answer["number"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned());
    }

    /// Runs the service until it dies at `point`, or at a random moment.
    fn kill_service(&mut self, point: Option<FaultPoint>) {
        while self.memory.events.try_recv().is_ok() {}
        let mut command = self.till.command(&["serve", "--listen", "127.0.0.1:0"]);
        // Passed once, most likely, and then not before there is more to do.
        let at_the_start = [FaultPoint::FilesClaimed, FaultPoint::TakenUp];
        if let Some(point) = point {
            let times = 1 + self.dice.roll(if at_the_start.contains(&point) { 1 } else { 4 });
            command.env("TILLPOST_FAULT_POINT", format!("{}:{times}", point.word()));
        }
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        if point.is_some() {
            while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
        } else {
            self.random_moment();
        }
        let _ = child.kill();
        self.note_end(&mut child, point);
    }

    /// Waits for some of the server's events, then a fraction of a millisecond: the moments of a delivery.
    fn random_moment(&mut self) {
        for _ in 0..=self.dice.roll(FILES as u64 + 2) {
            if self.memory.events.recv_timeout(PATIENCE).is_err() {
                return;
            }
        }
        spin(Duration::from_micros(self.dice.roll(1500)));
    }

    fn note_end(&mut self, child: &mut Child, point: Option<FaultPoint>) {
        use std::os::unix::process::ExitStatusExt;
        let signal = child.wait().unwrap().signal();
        self.kills += usize::from(signal.is_some());
        if let (Some(point), Some(6)) = (point, signal) {
            self.reached.insert(point.word());
        }
    }

    fn look_for_damage(&self) {
        let sql = Connection::open(self.till.data().join("tillpost.db")).unwrap();
        let found: String = sql.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
        assert_eq!(found, "ok");
    }

    /// Lets a service end its work in peace.
    fn finish(&self) {
        let mut service = self.till.start(&["serve", "--listen", "127.0.0.1:0"]);
        let left = || {
            let waiting = self
                .till
                .mails()
                .iter()
                .filter(|m| m["state"] == "waiting" || m["state"] == "sending")
                .count();
            waiting + files_in_hand(&self.till.data().join("outbox"))
        };
        until(|| (left() == 0).then_some(()), || format!("{} mails and files are still there", left()));
        service.kill().unwrap();
        service.wait().unwrap();
    }

    fn in_state(&self, state: &str) -> Vec<Value> {
        self.till.mails().into_iter().filter(|m| m["state"] == state).collect()
    }
}

/// Files that are neither queued nor refused yet: in the folder, or claimed by a program that was killed.
fn files_in_hand(outbox: &Path) -> usize {
    let entries = std::fs::read_dir(outbox).unwrap().flatten().map(|e| e.path());
    let open = entries.filter(|path| !path.ends_with("queued") && !path.ends_with("failed"));
    open.map(|path| match path.is_dir() {
        true => files_in_hand(&path),
        false => usize::from(path.extension().is_some_and(|e| e == "json")),
    })
    .sum()
}

/// Busy, because sleeping is far coarser than the steps of a delivery.
fn spin(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

fn texts(values: &[Value], key: &str) -> Vec<String> {
    values.iter().filter_map(|v| v[key].as_str()).map(str::to_owned).collect()
}

#[test]
fn kills_lose_nothing_and_double_only_what_is_called_uncertain() {
    let seed = u64::from(std::process::id()) << 20 | 0x5eed;
    println!("seed {seed}");
    let wanted = std::env::var("TILLPOST_KILLS").map_or(KILLS, |n| n.parse().unwrap());
    let mut kills = Loop::new(seed);
    let mut n = 0;
    while kills.kills < wanted {
        kills.round(n);
        n += 1;
        assert!(n < 3 * wanted, "the programs do not die: {} kills in {n} rounds", kills.kills);
    }
    kills.finish();
    let uncertain: BTreeSet<String> = texts(&kills.in_state("uncertain"), "message_id").into_iter().collect();
    let before = kills.memory.taken();
    for id in texts(&kills.in_state("uncertain"), "id") {
        kills.till.run(&["queue", "resolve", &id, "send-again"]).ok();
    }
    kills.till.run(&["flush"]).ok();

    let (mails, taken) = (kills.till.mails(), kills.memory.taken());
    let ids = texts(&mails, "message_id");
    let lost: Vec<_> = ids.iter().chain(&kills.queued).filter(|id| !taken.contains_key(*id)).collect();
    let doubled: Vec<_> = taken.iter().filter(|(_, n)| **n > 1).map(|(id, _)| id.clone()).collect();
    println!(
        "{} kills at {} fault points and at random, {} mails: {} lost, {} uncertain, {} doubled",
        kills.kills,
        kills.reached.len(),
        ids.len(),
        lost.len(),
        uncertain.len(),
        doubled.len()
    );
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(doubled.iter().all(|id| uncertain.contains(id)), "doubled without a word: {doubled:?}");
    assert!(before.values().all(|n| *n == 1), "doubled before anybody asked for it");
    assert_eq!(kills.in_state("sent").len(), mails.len());
    assert_eq!(taken.len(), mails.len(), "something arrived that is not in the queue");

    let subjects = texts(&mails, "subject");
    for subject in &kills.dropped {
        let found = subjects.iter().filter(|s| *s == subject).count();
        assert_eq!(found, 1, "{subject} was put into the folder once");
    }
    let numbers: BTreeSet<String> = (1..=kills.issued.len()).map(|n| format!("INV-2026-{n:04}")).collect();
    assert_eq!(kills.issued, numbers, "a number is missing or was given twice");
    let with_document: BTreeSet<String> = texts(&mails, "document").into_iter().collect();
    assert_eq!(with_document, numbers, "a document has no mail, or a mail no acknowledged document");
    let points: BTreeSet<&str> = FaultPoint::OF_MAILS.iter().map(|p| p.word()).collect();
    assert_eq!(kills.reached, points, "no program ended at some of the fault points");
}

#[test]
fn four_programs_on_one_data_folder_send_each_mail_once() {
    let memory = Memory::start();
    let till = Till::at(memory.port);
    let queued: BTreeSet<String> =
        (0..200).map(|n| till.send(&format!("c{n}@example.com"), &n.to_string(), "text")).collect();
    let children: Vec<_> = (0..4).map(|_| till.start(&["flush"])).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    till.run(&["flush"]).ok();
    let taken = memory.taken();
    assert_eq!(taken.keys().cloned().collect::<BTreeSet<_>>(), queued);
    assert!(taken.values().all(|n| *n == 1), "{taken:?}");
    assert!(till.mails().iter().all(|m| m["state"] == "sent"));
}

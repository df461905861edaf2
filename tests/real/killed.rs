//! The real program, killed at random moments of delivery.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::till::Till;

/// How often the program is killed.
const KILLS: usize = 50;
/// Mails queued before each start.
const MAILS_A_ROUND: usize = 6;

/// A mail server that remembers which messages it has said 250 to, and tells of each.
struct Memory {
    port: u16,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
    /// Something happened: a connection, or a message about to be taken.
    events: Receiver<()>,
}

impl Memory {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let (tell, events) = channel();
        let shelf = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (shelf, tell) = (Arc::clone(&shelf), tell.clone());
                // A killed client is the end of its connection, nothing more.
                std::thread::spawn(move || drop(talk(stream.unwrap(), &shelf, &tell)));
            }
        });
        Self { port, taken, events }
    }

    fn taken(&self) -> BTreeMap<String, usize> {
        self.taken.lock().unwrap().clone()
    }
}

fn talk(stream: TcpStream, shelf: &Mutex<BTreeMap<String, usize>>, tell: &Sender<()>) -> std::io::Result<()> {
    let mut write = stream.try_clone()?;
    let mut read = BufReader::new(stream);
    let _ = tell.send(());
    write.write_all(b"220 memory\r\n")?;
    let mut line = String::new();
    while read.read_line(&mut line)? > 0 {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let reply: &[u8] = match verb.as_str() {
            "EHLO" => b"250-memory\r\n250 PIPELINING\r\n",
            "DATA" => {
                write.write_all(b"354 go on\r\n")?;
                let id = message_id(&mut read)?;
                let _ = tell.send(());
                // Taken is taken, whether or not the client lives to hear it.
                *shelf.lock().unwrap().entry(id).or_default() += 1;
                b"250 taken\r\n"
            }
            "QUIT" => return write.write_all(b"221 bye\r\n"),
            _ => b"250 ok\r\n",
        };
        write.write_all(reply)?;
        line.clear();
    }
    Ok(())
}

/// Reads a message to its dot; its Message-ID without brackets.
fn message_id(read: &mut impl BufRead) -> std::io::Result<String> {
    let (mut id, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if read.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(id);
        }
        if let Some(value) = line.strip_prefix("Message-ID: <") {
            id = value.trim_end().trim_end_matches('>').to_owned();
        }
    }
}

/// A generator of our own: the run can be repeated from its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Waits for some of the server's events, then a fraction of a millisecond: the moments of a delivery.
fn random_moment(memory: &Memory, dice: &mut Dice) {
    let steps = 1 + dice.roll(MAILS_A_ROUND as u64);
    for _ in 0..steps {
        if memory.events.recv_timeout(Duration::from_secs(5)).is_err() {
            return;
        }
    }
    // Busy, because sleeping is far coarser than the steps of a delivery.
    let until = Instant::now() + Duration::from_micros(dice.roll(1500));
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

fn uncertain(till: &Till) -> BTreeSet<String> {
    let is =
        |m: &serde_json::Value| m["recipients"].as_array().unwrap().iter().any(|r| r["state"] == "uncertain");
    till.mails().iter().filter(|m| is(m)).map(|m| m["message_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn fifty_kills_lose_nothing_and_double_only_what_is_called_uncertain() {
    let seed = u64::from(std::process::id()) << 20 | 0x5eed;
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let memory = Memory::start();
    let till = Till::at(memory.port);
    // It would send uncertain mails again by itself after ten minutes; this test decides when.
    till.run(&["settings", "set", "uncertain_policy", "ask"]).ok();
    let mut queued = BTreeSet::new();
    let mut ever_uncertain = BTreeSet::new();
    let mut cut_short = 0;
    for round in 0..KILLS {
        for n in 0..MAILS_A_ROUND {
            let padding = "x".repeat(usize::try_from(dice.roll(4000)).unwrap());
            queued.insert(till.send(&format!("c{n}@example.com"), &format!("mail {round}/{n}"), &padding));
        }
        while memory.events.try_recv().is_ok() {}
        let mut child = till.start(&["flush"]);
        random_moment(&memory, &mut dice);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        cut_short += usize::from(!status.success());
        // The next start takes up what this one left; nothing is due, so nothing else happens.
        till.run(&["check"]).ok();
        let flushed = till.run(&["flush", "--json"]);
        assert_eq!(flushed.code, 0, "{flushed:?}");
        ever_uncertain.extend(uncertain(&till));
    }
    let before = memory.taken();
    for id in till.mails().iter().filter(|m| m["state"] == "uncertain").map(|m| m["id"].clone()) {
        till.run(&["queue", "resolve", id.as_str().unwrap(), "send-again"]).ok();
    }
    till.run(&["flush"]).ok();

    let taken = memory.taken();
    let lost: Vec<_> = queued.iter().filter(|id| !taken.contains_key(*id)).collect();
    let doubled: Vec<_> = taken.iter().filter(|(_, n)| **n > 1).map(|(id, _)| id.clone()).collect();
    println!(
        "{KILLS} kills ({cut_short} in mid-delivery), {} mails: {} lost, {} uncertain, {} doubled",
        queued.len(),
        lost.len(),
        ever_uncertain.len(),
        doubled.len()
    );
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(doubled.iter().all(|id| ever_uncertain.contains(id)), "doubled without a word: {doubled:?}");
    assert!(before.values().all(|n| *n == 1), "doubled before anybody asked for it");
    assert!(till.mails().iter().all(|m| m["state"] == "sent"));
    assert!(cut_short >= KILLS / 2, "most kills came too late to prove anything: {cut_short}");
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
    assert!(uncertain(&till).is_empty());
}

//! Postfix's `smtp-sink`, which can fail at every command in four ways: whatever it does, no mail is lost and
//! none is called sent that was not taken.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::till::{Till, until};

/// A running `smtp-sink`; it keeps each message it got in a file of its own.
struct Sink {
    child: Child,
    folder: TempDir,
}

impl Sink {
    fn start(port: u16, flags: &[&str]) -> Self {
        // It gives up root's rights, and must still be able to write there.
        let folder = tempfile::Builder::new().prefix("tillpost-sink-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let child = Command::new("smtp-sink")
            .args(["-u", "nobody", "-d"])
            .arg(folder.path().join("mail."))
            .args(flags)
            .args([&format!("127.0.0.1:{port}"), "100"])
            .stderr(Stdio::null())
            .spawn()
            .expect("smtp-sink is missing: apt-get install postfix (it lives in /usr/sbin)");
        let sink = Self { child, folder };
        until(
            || TcpStream::connect(("127.0.0.1", port)).ok(),
            || "smtp-sink does not listen; as another user than root it cannot".into(),
        );
        sink
    }

    /// How often each message reached its final dot, by Message-ID.
    fn reached(&self) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for file in fs::read_dir(self.folder.path()).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: <"));
            if let Some(id) = id {
                *found.entry(id.trim_end().trim_end_matches('>').to_owned()).or_default() += 1;
            }
        }
        found
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the shop sees after a flush: the exit code, and how many of the three mails stand how.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    code: i32,
    states: BTreeMap<String, usize>,
    tries: u64,
}

fn seen(till: &Till) -> Seen {
    let code = till.run(&["flush"]).code;
    let mut states = BTreeMap::new();
    let mut tries = 0;
    for mail in till.mails() {
        let state = mail["state"].as_str().unwrap().to_owned();
        let reason = mail["reason"].as_str().map(|r| format!("{state}: {r}"));
        *states.entry(reason.unwrap_or(state)).or_default() += 1;
        tries += mail["recipients"][0]["tries"].as_u64().unwrap();
    }
    Seen { code, states, tries }
}

fn three(state: &str, code: i32, tries: u64) -> Seen {
    Seen { code, states: BTreeMap::from([(state.to_owned(), 3)]), tries }
}

/// What must be seen when `command` fails in the way of `flag`: -q closes, -Q says 421 and closes, -r says
/// 450, -f says 500.
fn expected(flag: &str, command: &str) -> Seen {
    let first_alone = |state: &str| Seen {
        code: 5,
        states: BTreeMap::from([(state.to_owned(), 1), ("waiting: offline".to_owned(), 2)]),
        tries: 1,
    };
    match (flag, command) {
        // Between two mails, and after the last: the mails before are safe, the ones after take a new line.
        (_, "RSET" | "QUIT") => three("sent", 0, 3),
        // A server that knows only HELO is spoken to in its way: nothing here needs more.
        ("-f", "EHLO") => three("sent", 0, 3),
        // Only a cut between the dot and its answer leaves a doubt.
        ("-q", ".") => first_alone("uncertain"),
        // A 421 to the dot says that it was not taken.
        ("-Q", ".") => Seen { tries: 1, ..three("waiting: offline", 5, 0) },
        // The network's or the server's trouble costs no mail a try.
        ("-q" | "-Q", _) | ("-r", "CONNECT" | "EHLO") => three("waiting: offline", 5, 0),
        // The account's trouble costs no mail a try either.
        ("-f", "CONNECT" | "MAIL") => three("waiting: account_held", 5, 0),
        ("-r", _) => three("waiting: backoff", 0, 3),
        ("-f", _) => three("failed", 0, 3),
        other => panic!("no such fault: {other:?}"),
    }
}

#[test]
fn at_whatever_command_the_server_fails_nothing_is_lost_or_called_sent_that_was_not() {
    for command in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".", "RSET", "QUIT"] {
        for flag in ["-q", "-Q", "-r", "-f"] {
            one_fault(flag, command);
        }
    }
}

fn one_fault(flag: &str, command: &str) {
    let at = format!("smtp-sink {flag} {command}");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let till = Till::at(port);
    let queued: Vec<String> = (0..3).map(|n| till.send(&format!("c{n}@example.com"), "x", "text")).collect();

    let broken = Sink::start(port, &[flag, command]);
    assert_eq!(seen(&till), expected(flag, command), "{at}");
    let reached = broken.reached();
    drop(broken);
    let waits = |m: &&serde_json::Value| m["state"] != "sent";
    let mails = till.mails();
    let waiting: Vec<_> = mails.iter().filter(waits).collect();
    for mail in mails.iter().filter(|m| !waits(m)) {
        assert_eq!(
            reached.get(mail["message_id"].as_str().unwrap()),
            Some(&1),
            "{at}: not taken once: {mail}"
        );
    }

    // The server is well again, and the shop does what it is told to do.
    let well = Sink::start(port, &[]);
    till.run(&["account", "test"]).ok();
    for mail in &waiting {
        let id = mail["id"].as_str().unwrap();
        if mail["state"] == "uncertain" {
            till.run(&["queue", "resolve", id, "send-again"]).ok();
        } else {
            till.run(&["queue", "retry", id]).ok();
        }
    }
    till.run(&["flush"]).ok();
    let mut missing: Vec<_> = waiting.iter().map(|m| m["message_id"].as_str().unwrap().to_owned()).collect();
    missing.sort();
    let arrived = well.reached();
    assert_eq!(arrived.keys().cloned().collect::<Vec<_>>(), missing, "{at}: after the server was well again");
    assert!(arrived.values().all(|n| *n == 1), "{at}: {arrived:?}");
    assert_eq!(till.mails().iter().filter(|m| m["state"] == "sent").count(), queued.len(), "{at}");
}

#[test]
fn a_server_without_pipelining_or_eight_bit_takes_the_same_bytes() {
    for flag in ["-p", "-8"] {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let till = Till::at(port);
        let id = till.send("a@example.com,b@example.com", "Grüße", "Zażółć gęślą jaźń\n.\n..\nFrom here");
        let sink = Sink::start(port, &[flag]);
        till.run(&["flush"]).ok();
        assert_eq!(sink.reached(), BTreeMap::from([(id, 1)]), "{flag}");
        let file = fs::read_dir(sink.folder.path()).unwrap().next().unwrap().unwrap().path();
        let dump = fs::read_to_string(file).unwrap();
        let sealed = till.run(&["queue", "export", "1"]).ok().out.replace("\r\n", "\n");
        assert!(
            dump.trim_end().ends_with(sealed.trim_end()),
            "{flag}: the bytes changed:\n{dump}\n---\n{sealed}"
        );
        assert!(sealed.is_ascii(), "8-bit text would need a server that takes it");
    }
}

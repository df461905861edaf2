//! A data folder and the real program on it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::program::{ACCOUNT, Run, finished, program};

/// A till: a data folder, and the program run with it.
pub struct Till {
    pub folder: TempDir,
}

impl Till {
    /// A till without an account; mails leave without an undo time.
    pub fn new() -> Self {
        let till = Self { folder: tempfile::tempdir().unwrap() };
        till.run(&["settings", "set", "undo_seconds", "0"]).ok();
        till
    }

    /// A till with an account at a server on this machine that asks for nothing.
    pub fn at(port: u16) -> Self {
        let till = Self::new();
        till.account(port);
        till
    }

    /// Sets up an account at a server on this machine that asks for nothing.
    pub fn account(&self, port: u16) {
        self.run(&[ACCOUNT, &[&port.to_string()]].concat()).ok();
    }

    /// A till on a machine without a keyring: passwords go into the encrypted file, whose key it has.
    pub fn with_key() -> Self {
        let till = Self::new();
        tillpost::auth::create_key_file(&till.key()).unwrap();
        till
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("till.key")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with this till's data folder and nothing of the machine's settings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(&self.data(), args);
        command.env("HOME", self.folder.path());
        if self.key().exists() {
            command.env("TILLPOST_KEY_FILE", self.key());
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        finished(&mut self.command(args))
    }

    /// Runs the program with something on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }

    /// Starts the program and leaves it running.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn send(&self, to: &str, subject: &str, text: &str) -> String {
        let run = self.run(&["send", "--json", "--to", to, "--subject", subject, "--text", text]).ok();
        run.json()["message_id"].as_str().unwrap().to_owned()
    }

    /// All mails, as `queue list --all --json` shows them.
    pub fn mails(&self) -> Vec<Value> {
        self.run(&["queue", "list", "--all", "--json"]).ok().json().as_array().unwrap().clone()
    }

    /// The state of each recipient of the only mail, by address.
    pub fn states(&self) -> Vec<(String, String)> {
        let mails = self.mails();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        mails
            .iter()
            .flat_map(|m| m["recipients"].as_array().unwrap().clone())
            .map(|r| (text(&r["address"]), text(&r["state"])))
            .collect()
    }
}

/// Looks again and again until `look` finds something; gives up, with words for why, after 20 seconds.
pub fn until<T>(mut look: impl FnMut() -> Option<T>, why_not: impl Fn() -> String) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{}", why_not());
        std::thread::sleep(Duration::from_millis(2));
    }
}

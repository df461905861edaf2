//! A data folder and the real program on it.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A till: a data folder, and the program run with it.
pub struct Till {
    pub folder: TempDir,
}

/// What a run of the program gave.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The run's JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("not JSON ({e}): {self:?}"))
    }

    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
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
        let port = port.to_string();
        till.run(&[
            "account",
            "set",
            "--host",
            "127.0.0.1",
            "--port",
            &port,
            "--encryption",
            "none",
            "--auth",
            "none",
            "--from",
            "Shop <shop@till.example>",
        ])
        .ok();
        till
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_tillpost"));
        command.arg("--data").arg(self.data()).args(args).env_clear().env("HOME", self.folder.path());
        if self.key().exists() {
            command.env("TILLPOST_KEY_FILE", self.key());
        }
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args).output().unwrap())
    }

    /// Runs the program with something on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        finish(child.wait_with_output().unwrap())
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

pub fn finish(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
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

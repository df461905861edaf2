//! The real program in a child process, with nothing of this machine's surroundings.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// Sets up an account at a server on this machine that asks for nothing; its port comes behind.
pub const ACCOUNT: &[&str] = &[
    "account",
    "set",
    "--host",
    "127.0.0.1",
    "--encryption",
    "none",
    "--auth",
    "none",
    "--from",
    "Shop <shop@till.example>",
    "--port",
];

/// What a run of the program gave.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// The program on the folder `data`, not started yet.
pub fn program(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillpost"));
    command.arg("--data").arg(data).args(args).env_clear().env("HOME", data).stdin(Stdio::null());
    command
}

pub fn finished(command: &mut Command) -> Run {
    Run::of(command.output().unwrap())
}

pub fn run(data: &Path, args: &[&str]) -> Run {
    finished(&mut program(data, args))
}

/// An invoice over 14.40 GBP; nothing is mailed.
pub fn invoice() -> Value {
    json!({
        "kind": "invoice", "issue_date": "2026-11-21", "currency": "GBP",
        "seller": { "name": "Shop" }, "buyer": { "name": "Anna" },
        "lines": [{ "description": "Tube", "quantity": "2", "unit_price": "6.00",
                    "tax": { "category": "S", "rate": "20" } }]
    })
}

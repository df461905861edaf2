//! A data folder whose secrets are in a sealed file, and the program on it.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};

use tempfile::TempDir;

use super::program::{Run, program};

pub struct Place {
    pub folder: TempDir,
    pub port: String,
}

impl Place {
    pub fn new(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        tillpost::auth::create_key_file(&folder.path().join("key")).unwrap();
        Self { folder, port: port.to_string() }
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// The program, started with its input and outputs in our hands.
    pub fn start(&self, args: &[&str]) -> Child {
        program(&self.data(), args)
            .env("TILLPOST_KEY_FILE", self.folder.path().join("key"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Whether the program was killed at this moment.
    pub fn killed_at(&self, moment: &str, args: &[&str], input: &str) -> bool {
        let mut child = program(&self.data(), args)
            .env("TILLPOST_KEY_FILE", self.folder.path().join("key"))
            .env("TILLPOST_FAULT_POINT", moment)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let status = child.wait().unwrap();
        assert!(status.success() || status.code().is_none(), "{status}");
        !status.success()
    }

    pub fn run(&self, args: &[&str], input: &str) -> Run {
        let mut child = self.start(args);
        // A program that does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn password(&self, password: &str) {
        let run = self.run(
            &[
                "account",
                "set",
                "--host",
                "127.0.0.1",
                "--port",
                &self.port,
                "--encryption",
                "none",
                "--allow-plaintext",
                "--auth",
                "password",
                "--user",
                "till",
                "--password-stdin",
                "--secret-place",
                "file",
                "--from",
                "Shop <shop@till.example>",
            ],
            &format!("{password}\n"),
        );
        assert_eq!(run.code, 0, "{run:?}");
        assert!(!format!("{run:?}").contains("horse"), "{run:?}");
    }

    pub fn standing(&self) -> String {
        let run = self.run(&["account", "show", "--json"], "");
        run.json()["standing"].as_str().unwrap().to_owned()
    }
}

/// Every file below `folder` that has `needle` in it.
pub fn holding(folder: &Path, needle: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, needle));
        } else if std::fs::read(&path).unwrap().windows(needle.len()).any(|w| w == needle) {
            found.push(path);
        }
    }
    found
}

//! Printing: the one place that writes to standard output and standard error.

use std::io::{ErrorKind, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::app::{Error, show};

/// Whether something that was to be printed could not be.
static UNWRITTEN: AtomicBool = AtomicBool::new(false);

/// Prints text for people or JSON for programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Out {
    json: bool,
}

impl Out {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints `view` as JSON, or the text that `text` makes.
    pub(super) fn show<V: Serialize + ?Sized>(self, view: &V, text: impl FnOnce() -> String) {
        if self.json {
            // Shapes of strings and numbers only cannot fail to be written.
            let line = serde_json::to_string_pretty(view).unwrap_or_default();
            print(&line);
        } else {
            print(&text());
        }
    }

    /// Prints text in either form; nothing for programs.
    pub(super) fn say(self, text: &str) {
        if !self.json {
            print(text);
        }
    }

    /// Prints text as it is, in either form.
    pub(super) fn line(self, text: &str) {
        print(text);
    }

    /// Tells a person what to do, beside the output, so that JSON stays JSON.
    pub(super) fn aside(self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Writes bytes as they are; to be flushed.
    pub(super) fn raw(self) -> impl Write {
        Raw(std::io::stdout().lock())
    }

    /// Whether all that was printed could be written.
    pub(super) fn is_whole(self) -> bool {
        !UNWRITTEN.load(Ordering::Relaxed)
    }

    /// Prints an error: a sentence for people, a problem object for programs.
    pub(super) fn error(self, error: &Error) {
        let line = if self.json {
            serde_json::to_string(&show::problem(error)).unwrap_or_default()
        } else {
            format!("error: {error}")
        };
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// Standard output; a reader that has gone away (`| head`) is no error.
struct Raw(StdoutLock<'static>);

impl Write for Raw {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

/// Prints a line.
fn print(text: &str) {
    let mut out = Raw(std::io::stdout().lock());
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        UNWRITTEN.store(true, Ordering::Relaxed);
        let _ = writeln!(std::io::stderr(), "error: the output cannot be written: {error}");
    }
}

/// Lines up rows under a head, two spaces between columns.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column).map(|c| c.chars().count()));
        cells.chain(head.get(column).map(|h| h.chars().count())).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(c, w)| format!("{c}{}", " ".repeat(w.saturating_sub(c.chars().count()))))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut head.iter().copied())];
    lines.extend(rows.iter().map(|r| line(&mut r.iter().map(String::as_str))));
    lines.join("\n")
}

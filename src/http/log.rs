//! The last lines that were logged, kept for a report to whoever helps.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Lines that are kept.
const MOST_LINES: usize = 200;
/// The longest line, in bytes; the rest of a longer one is left out.
const LONGEST_LINE: usize = 2000;

/// The last lines that this process logged: a writer for the log, read by the API. What is logged names
/// no secret and masks addresses.
#[derive(Debug, Clone, Default)]
pub struct RecentLog(Arc<Mutex<VecDeque<String>>>);

impl RecentLog {
    /// The lines, oldest first, each with its end.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

impl io::Write for RecentLog {
    /// Takes an event, which comes whole.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in event.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let shown = line.get(..LONGEST_LINE).unwrap_or(line);
            lines.push_back(String::from_utf8_lossy(shown).into_owned());
        }
        let over = lines.len().saturating_sub(MOST_LINES);
        lines.drain(..over);
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_newest_lines_are_kept_and_long_ones_cut() {
        let mut log = RecentLog::default();
        for n in 0..MOST_LINES + 5 {
            log.write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        log.write_all("ä".repeat(LONGEST_LINE).as_bytes()).unwrap();
        let text = log.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (MOST_LINES, "line 6"));
        assert_eq!(lines[MOST_LINES - 1].chars().count(), LONGEST_LINE / 2);
    }
}

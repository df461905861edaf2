//! What a program does to files and connections, read from `strace` with every byte.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const CALLS: &str = "trace=openat,lseek,write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync,ftruncate,rename,renameat,\
                     renameat2,unlink,unlinkat";

/// One thing a program did, in the order of the system calls.
#[derive(Debug)]
pub enum Event {
    /// A file was opened that is made if it is not there.
    Opened(PathBuf),
    Wrote {
        file: PathBuf,
        at: u64,
        bytes: Vec<u8>,
    },
    /// A file was given another length.
    Cut {
        file: PathBuf,
        length: u64,
    },
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
    /// A sync of a file or folder was asked for; its number.
    SyncBegan(usize, PathBuf),
    SyncEnded(usize),
    /// What went to the standard output.
    Said(String),
    /// The final dot of the mail with this Message-ID was handed to the network.
    Dot(String),
}

/// Runs `program` to its end and appends what it did; the record is kept in `folder` meanwhile.
pub fn recorded(program: &Command, folder: &Path, events: &mut Vec<Event>) {
    let trace = folder.join("trace");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-y", "-a", "1", "-xx", "-s", "1000000", "--seccomp-bpf", "-e", CALLS, "-o"])
        .arg(&trace);
    strace.arg(program.get_program()).args(program.get_args()).env_clear();
    strace.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = strace.output().expect("strace is missing: apt-get install strace");
    assert!(output.status.success(), "{output:?}");
    let mut reader =
        Reader { events, positions: HashMap::new(), sent: HashMap::new(), begun: HashMap::new(), syncs: 0 };
    for line in std::fs::read_to_string(&trace).unwrap().lines() {
        reader.line(line);
    }
}

/// Makes events of lines.
struct Reader<'a> {
    events: &'a mut Vec<Event>,
    /// Where the next plain write into a file goes.
    positions: HashMap<PathBuf, u64>,
    /// What went into each connection since its last final dot.
    sent: HashMap<PathBuf, Vec<u8>>,
    /// By thread: the call that has begun, and the number of its sync.
    begun: HashMap<String, (String, usize)>,
    syncs: usize,
}

impl Reader<'_> {
    /// Takes `1234 call(arguments) = result`, or one of the two halves of it that other threads parted.
    fn line(&mut self, line: &str) {
        let Some((thread, call)) = line.split_once(' ') else { return };
        let call = call.trim_start();
        if let Some(start) = call.strip_suffix(" <unfinished ...>") {
            self.begins(thread, start);
        } else if call.starts_with("<... ") {
            self.ends(thread, call);
        } else if call.contains(") = ") {
            self.begins(thread, call);
            self.ends(thread, call);
        }
    }

    fn begins(&mut self, thread: &str, call: &str) {
        let (name, arguments) = call.split_once('(').unwrap_or((call, ""));
        self.begun.insert(thread.to_owned(), (call.to_owned(), self.syncs));
        let file = in_brackets(arguments);
        match name {
            "fsync" | "fdatasync" => {
                self.events.push(Event::SyncBegan(self.syncs, file));
                self.syncs += 1;
            }
            "pwrite64" => {
                let end = arguments.split_once(") = ").map_or(arguments, |(inside, _)| inside);
                let at = end.rsplit(", ").next().unwrap().parse().unwrap();
                self.events.push(Event::Wrote { file, at, bytes: quoted(arguments).concat() });
            }
            "write" if arguments.starts_with("1<") => {
                let text = String::from_utf8_lossy(&quoted(arguments).concat()).into_owned();
                self.events.push(Event::Said(text));
            }
            "write" | "writev" | "sendto" | "sendmsg" if is_connection(&file) => {
                self.sends(file, &quoted(arguments).concat());
            }
            "write" | "writev" => {
                let bytes = quoted(arguments).concat();
                let position = self.positions.entry(file.clone()).or_default();
                let at = *position;
                *position += bytes.len() as u64;
                self.events.push(Event::Wrote { file, at, bytes });
            }
            "ftruncate" => {
                let end = arguments.split_once(')').map_or(arguments, |(inside, _)| inside);
                let length = end.rsplit(", ").next().unwrap().parse().unwrap();
                self.events.push(Event::Cut { file, length });
            }
            _ => {}
        }
    }

    fn ends(&mut self, thread: &str, line: &str) {
        let Some((call, sync)) = self.begun.remove(thread) else { return };
        let result = line.rsplit_once(") = ").map_or("", |(_, result)| result);
        if result.starts_with('-') {
            return;
        }
        let (name, arguments) = call.split_once('(').unwrap_or((&call, ""));
        let paths: Vec<PathBuf> = if name.starts_with("rename") || name.starts_with("unlink") {
            quoted(arguments).iter().map(|b| PathBuf::from(String::from_utf8_lossy(b).into_owned())).collect()
        } else {
            Vec::new()
        };
        match (name, paths.as_slice()) {
            ("fsync" | "fdatasync", _) => self.events.push(Event::SyncEnded(sync)),
            ("lseek", _) => {
                let position = result.split_whitespace().next().unwrap().parse().unwrap();
                self.positions.insert(in_brackets(arguments), position);
            }
            ("openat", _) if arguments.contains("O_CREAT") => {
                let file = in_brackets(result);
                self.positions.insert(file.clone(), 0);
                self.events.push(Event::Opened(file.clone()));
                if arguments.contains("O_TRUNC") {
                    self.events.push(Event::Cut { file, length: 0 });
                }
            }
            (_, [from, to]) => self.events.push(Event::Renamed(from.clone(), to.clone())),
            (_, [path]) => self.events.push(Event::Removed(path.clone())),
            _ => {}
        }
    }

    fn sends(&mut self, connection: PathBuf, bytes: &[u8]) {
        let text = self.sent.entry(connection).or_default();
        text.extend_from_slice(bytes);
        if !text.windows(5).any(|w| w == b"\r\n.\r\n") {
            return;
        }
        let words = String::from_utf8_lossy(text);
        let id = words.split_once("Message-ID: <").and_then(|(_, rest)| rest.split_once('>'));
        let id = id.unwrap_or_else(|| panic!("a mail without a Message-ID: {words}")).0.to_owned();
        text.clear();
        self.events.push(Event::Dot(id));
    }
}

fn is_connection(file: &Path) -> bool {
    file.to_string_lossy().starts_with("socket:")
}

/// What stands in the first angle brackets: the file behind a descriptor.
fn in_brackets(text: &str) -> PathBuf {
    let inside =
        text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(inside, _)| inside);
    PathBuf::from(String::from_utf8_lossy(&unescaped(inside)).into_owned())
}

/// What stands in quotation marks.
fn quoted(text: &str) -> Vec<Vec<u8>> {
    text.split('"').skip(1).step_by(2).map(unescaped).collect()
}

/// `\x2f\x74` as bytes; other text as it is.
fn unescaped(text: &str) -> Vec<u8> {
    if !text.starts_with("\\x") {
        return text.as_bytes().to_vec();
    }
    text.split("\\x").skip(1).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

//! A mail server that remembers which messages it has said 250 to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// The server; it ends with the test program.
pub struct Memory {
    pub port: u16,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
    /// Something happened: a connection, or a message about to be taken.
    pub events: Receiver<()>,
}

/// What the server does, with their number, when it has a message and before it says 250.
type Before = dyn Fn(usize) + Send + Sync;

impl Memory {
    pub fn start() -> Self {
        Self::that_first(|_| {})
    }

    /// A server that does something before each 250.
    pub fn that_first(before: impl Fn(usize) + Send + Sync + 'static) -> Self {
        let before: Arc<Before> = Arc::new(before);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let (tell, events) = channel();
        let shelf = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (shelf, tell, before) = (Arc::clone(&shelf), tell.clone(), Arc::clone(&before));
                // A killed client is the end of its connection, nothing more.
                std::thread::spawn(move || drop(talk(stream.unwrap(), &shelf, &tell, &*before)));
            }
        });
        Self { port, taken, events }
    }

    /// How often each Message-ID was taken.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        self.taken.lock().unwrap().clone()
    }
}

fn talk(
    stream: TcpStream,
    shelf: &Mutex<BTreeMap<String, usize>>,
    tell: &Sender<()>,
    before: &Before,
) -> std::io::Result<()> {
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
                let number = {
                    let mut shelf = shelf.lock().unwrap();
                    *shelf.entry(id).or_default() += 1;
                    shelf.values().sum()
                };
                before(number);
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

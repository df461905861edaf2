//! A small mail server for the demo: it takes mail on loopback, keeps it as files, refuses one address,
//! as a real server would refuse a mistyped one, and hangs up on another when it has the whole mail, as
//! a line does that breaks at the last moment.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

/// The largest message it takes.
const LARGEST: usize = 50 * 1024 * 1024;

/// A mail server that is down: it has its port, and nobody answers there.
pub(super) struct Down {
    socket: TcpSocket,
    address: SocketAddr,
}

impl Down {
    /// Takes a free port on loopback without listening on it.
    pub(super) fn reserve() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Starts answering; what arrives is written into `folder`.
    pub(super) fn start(self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let listener = self.socket.listen(16)?;
        let shelf = Arc::new(Shelf { folder: folder.to_owned(), count: AtomicUsize::new(0) });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shelf = Arc::clone(&shelf);
                tokio::spawn(async move {
                    if let Err(error) = talk(stream, &shelf).await {
                        tracing::debug!(%error, "a demo connection ended early");
                    }
                });
            }
        });
        Ok(())
    }
}

/// Where arrived mails are kept.
struct Shelf {
    folder: PathBuf,
    count: AtomicUsize,
}

impl Shelf {
    fn keep(&self, message: &[u8], to: &[String]) -> io::Result<String> {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{number:02}.eml");
        std::fs::write(self.folder.join(&name), message)?;
        std::fs::write(self.folder.join(format!("{number:02}.envelope.txt")), to.join("\n") + "\n")?;
        Ok(name)
    }
}

async fn talk(stream: TcpStream, shelf: &Shelf) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    write.write_all(b"220 demo.tillpost.example ESMTP\r\n").await?;
    let mut to: Vec<String> = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        if read.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let upper = line.to_ascii_uppercase();
        let verb = upper.split([' ', '\r', '\n', ':']).next().unwrap_or_default();
        let reply = match verb {
            "EHLO" => "250-demo.tillpost.example\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n".to_owned(),
            "MAIL" => {
                to.clear();
                "250 2.1.0 Ok\r\n".to_owned()
            }
            "RCPT" => recipient(&line, &mut to),
            "DATA" if to.is_empty() => "554 5.5.1 No valid recipients\r\n".to_owned(),
            "DATA" => {
                write.write_all(b"354 End data with <CR><LF>.<CR><LF>\r\n").await?;
                let message = message(&mut read).await?;
                if to.iter().any(|address| address.starts_with("unsure.")) {
                    return Ok(());
                }
                let name = shelf.keep(&message, &to)?;
                to.clear();
                format!("250 2.0.0 Ok: kept as {name}\r\n")
            }
            "RSET" => {
                to.clear();
                "250 2.0.0 Ok\r\n".to_owned()
            }
            "QUIT" => return write.write_all(b"221 2.0.0 Bye\r\n").await,
            "NOOP" => "250 2.0.0 Ok\r\n".to_owned(),
            _ => "500 5.5.2 Command not recognized\r\n".to_owned(),
        };
        write.write_all(reply.as_bytes()).await?;
    }
}

fn recipient(line: &str, to: &mut Vec<String>) -> String {
    let address =
        line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(address, _)| address);
    if address.starts_with("refused.") {
        return format!("550 5.1.1 <{address}>: Recipient address rejected: User unknown\r\n");
    }
    to.push(address.to_owned());
    "250 2.1.5 Ok\r\n".to_owned()
}

/// Reads up to the lone dot, taking stuffed dots off (RFC 5321 section 4.5.2).
async fn message(read: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if read.read_until(b'\n', &mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        if message.len() > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
}

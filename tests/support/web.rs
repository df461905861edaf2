//! A web server on 127.0.0.1 that answers every request as a test tells it to, and remembers all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    /// A field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        fields(std::str::from_utf8(&self.body).ok()?, name)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A value in a form or query.
pub fn fields(form: &str, name: &str) -> Option<String> {
    form.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| unescaped(value))
    })
}

fn unescaped(value: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(out).unwrap()
}

/// What is answered.
pub enum Reply {
    Json(u16, Value),
    /// A status, more header lines, a body.
    Raw(u16, Vec<String>, String),
    /// The connection closes without a word.
    Close,
}

type Decide = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Web {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    decide: Decide,
    asked: Mutex<Vec<Asked>>,
}

impl Web {
    pub async fn start(decide: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { decide: Box::new(decide), asked: Mutex::default() });
        let server = Self { address, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { serve(stream, &shared).await });
            }
        });
        server
    }

    pub fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.shared.asked.lock().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut line = head.lines().next().unwrap().split(' ');
    let mut asked = Asked {
        method: line.next().unwrap().to_owned(),
        path: line.next().unwrap().to_owned(),
        head,
        body: vec![],
    };
    let length: usize = asked.header("content-length").map_or(0, |n| n.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
    asked.body = bytes[end + 4..end + 4 + length].to_vec();
    let reply = (shared.decide)(&asked);
    shared.asked.lock().unwrap().push(asked);
    let (status, lines, body) = match reply {
        Reply::Json(status, value) => {
            (status, vec!["Content-Type: application/json".to_owned()], value.to_string())
        }
        Reply::Raw(status, lines, body) => (status, lines, body),
        Reply::Close => return,
    };
    let lines: String = lines.iter().map(|l| format!("{l}\r\n")).collect();
    let answer = format!(
        "HTTP/1.1 {status} x\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

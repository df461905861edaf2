//! Faithful stand-ins for the Gmail API and Microsoft Graph, as far as sending goes, built from their
//! documentation: what they check and in which words they refuse, whom they send a copy to, and what they
//! take out of it.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{HeaderName, MessageParser};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Gmail,
    Graph,
}

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is not done, and this is answered: status, header lines, body.
    Says(u16, Vec<String>, String),
    /// It is done, and the connection ends before the answer.
    LostAnswer,
    /// It is done, and this is answered all the same.
    DoneBut(u16, String),
    /// The connection ends when this many bytes of the body have come.
    Cut(usize),
    /// It is done and answered this late.
    Slow(Duration),
    /// It is done, this is told, and nothing is ever answered.
    Held(Arc<Notify>),
    /// When this many bytes of the body have come it is told, and nothing more is read.
    Stalled(usize, Arc<Notify>),
}

/// A refusal as Google writes it.
pub fn google(status: u16, reason: &str, message: &str) -> Fault {
    let body = json!({ "error": { "code": status, "message": message,
        "errors": [{ "message": message, "domain": "global", "reason": reason }] } });
    Fault::Says(status, vec![], body.to_string())
}

/// A refusal as Microsoft writes it.
pub fn microsoft(status: u16, code: &str, message: &str) -> Fault {
    let inner = json!({ "date": "2026-11-21T10:00:00", "request-id": "0192", "client-request-id": "0192" });
    let body = json!({ "error": { "code": code, "message": message, "innerError": inner } });
    Fault::Says(status, vec![], body.to_string())
}

/// A refusal in the words of whoever it is.
pub fn says(kind: Kind, status: u16, reason: &str, message: &str) -> Fault {
    match kind {
        Kind::Gmail => google(status, reason, message),
        Kind::Graph => microsoft(status, reason, message),
    }
}

/// The same with a header line.
pub fn with(fault: Fault, line: &str) -> Fault {
    match fault {
        Fault::Says(status, mut lines, body) => {
            lines.push(line.to_owned());
            Fault::Says(status, lines, body)
        }
        other => other,
    }
}

/// One copy in one person's mailbox.
#[derive(Debug, Clone)]
pub struct Copy {
    pub to: String,
    pub message: Vec<u8>,
}

#[derive(Default)]
pub struct State {
    /// Whose mailbox it is.
    pub mailbox: String,
    /// Tokens that count no more.
    pub ended: HashSet<String>,
    /// Addresses it finds fault with.
    pub dislikes: HashSet<String>,
    /// What came over the wire, message by message, before anything was taken out.
    pub submitted: Vec<Vec<u8>>,
    /// The copies that went out.
    pub copies: Vec<Copy>,
    /// Requests that came whole.
    pub requests: usize,
    /// Requests under way, and the most at once.
    pub at_once: (usize, usize),
}

impl State {
    /// How many copies each address has.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for copy in &self.copies {
            *counts.entry(copy.to.clone()).or_default() += 1;
        }
        counts
    }
}

type Faults = Box<dyn FnMut(usize) -> Option<Fault> + Send>;

#[derive(Clone)]
pub struct Interface {
    pub address: SocketAddr,
    pub kind: Kind,
    state: Arc<Mutex<State>>,
    faults: Arc<Mutex<Faults>>,
}

impl Interface {
    pub async fn start(kind: Kind) -> Self {
        // It takes in little at a time, so that what it does not read has not left the other side either.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(32 * 1024).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let state = State { mailbox: "shop@till.example".into(), ..State::default() };
        let interface = Self {
            address,
            kind,
            state: Arc::new(Mutex::new(state)),
            faults: Arc::new(Mutex::new(Box::new(|_| None))),
        };
        let own = interface.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move {
                    let _ = own.serve(stream).await;
                });
            }
        });
        interface
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What goes wrong with the n-th request, from 0.
    pub fn faults(&self, faults: impl FnMut(usize) -> Option<Fault> + Send + 'static) {
        *self.faults.lock().unwrap() = Box::new(faults);
    }

    /// Only the next request goes wrong.
    pub fn next(&self, fault: Fault) {
        let mut fault = Some(fault);
        self.faults(move |_| fault.take());
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let n = {
            let mut state = self.state();
            state.at_once.0 += 1;
            state.at_once.1 = state.at_once.1.max(state.at_once.0);
            state.requests
        };
        let fault = (self.faults.lock().unwrap())(n);
        let length: usize = field(&head, "content-length").unwrap().parse().unwrap();
        let enough = match fault {
            Some(Fault::Cut(most) | Fault::Stalled(most, _)) => most.min(length),
            _ => length,
        };
        while bytes.len() < end + 4 + enough {
            if stream.read_buf(&mut bytes).await? == 0 {
                self.state().at_once.0 -= 1;
                return Ok(());
            }
        }
        if let Some(Fault::Stalled(_, told)) = &fault {
            told.notify_one();
            std::future::pending::<()>().await;
        }
        let body = bytes[end + 4..].to_vec();
        let answer = self.answer(&head, &body, fault).await;
        self.state().at_once.0 -= 1;
        if let Some(answer) = answer {
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
        }
        Ok(())
    }

    async fn answer(&self, head: &str, body: &[u8], fault: Option<Fault>) -> Option<String> {
        if matches!(fault, Some(Fault::Cut(_))) {
            return None;
        }
        self.state().requests += 1;
        if let Some(Fault::Says(status, lines, body)) = fault {
            return Some(whole(status, &lines, &body));
        }
        let (status, said) = match self.take(head, body) {
            Ok(said) => said,
            Err(Fault::Says(status, lines, body)) => return Some(whole(status, &lines, &body)),
            Err(_) => unreachable!(),
        };
        match fault {
            Some(Fault::LostAnswer) => None,
            Some(Fault::Held(told)) => {
                told.notify_one();
                std::future::pending().await
            }
            Some(Fault::DoneBut(status, said)) => Some(whole(status, &[], &said)),
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                Some(whole(status, &[], &said))
            }
            _ => Some(whole(status, &[], &said)),
        }
    }

    /// Does what is asked, or says why not.
    fn take(&self, head: &str, body: &[u8]) -> Result<(u16, String), Fault> {
        let mut line = head.lines().next().unwrap().split(' ');
        let asked = (line.next().unwrap(), line.next().unwrap());
        let token = field(head, "authorization").and_then(|a| a.strip_prefix("Bearer ")).unwrap_or_default();
        if !token.starts_with("access-") || self.state().ended.contains(token) {
            return Err(match self.kind {
                Kind::Gmail => google(401, "authError", "Invalid Credentials"),
                Kind::Graph => microsoft(
                    401,
                    "InvalidAuthenticationToken",
                    "Lifetime validation failed, the token is expired.",
                ),
            });
        }
        let message = match self.kind {
            Kind::Gmail => {
                let way = "/upload/gmail/v1/users/me/messages/send?uploadType=media";
                if asked != ("POST", way) {
                    return Err(google(404, "notFound", "Not Found"));
                }
                if field(head, "content-type") != Some("message/rfc822") {
                    return Err(google(400, "badContent", "Media type is not supported."));
                }
                if body.len() > 36_700_160 {
                    return Err(google(413, "uploadTooLarge", "Request is too large."));
                }
                body.to_vec()
            }
            Kind::Graph => {
                if asked != ("POST", "/v1.0/me/sendMail") {
                    return Err(microsoft(404, "ResourceNotFound", "Resource could not be discovered."));
                }
                if body.len() > 4 * 1024 * 1024 {
                    return Err(Fault::Says(413, vec![], "Request Entity Too Large".into()));
                }
                if field(head, "content-type") != Some("text/plain") {
                    return Err(microsoft(400, "BadRequest", "Write requests need a Content-Type."));
                }
                let bad = || {
                    microsoft(
                        400,
                        "ErrorMimeContentInvalidBase64String",
                        "Invalid base64 string for MIME content.",
                    )
                };
                STANDARD.decode(body).map_err(|_| bad())?
            }
        };
        self.send(message)
    }

    fn send(&self, message: Vec<u8>) -> Result<(u16, String), Fault> {
        let parsed = MessageParser::default().parse(&message).unwrap();
        let named = |names: &[HeaderName<'_>]| -> Vec<String> {
            let fields = parsed.headers().iter().filter(|h| names.contains(&h.name));
            let lists = fields.filter_map(|h| h.value.as_address());
            lists.flat_map(|a| a.iter()).filter_map(|a| a.address()).map(str::to_owned).collect()
        };
        let mut state = self.state();
        state.submitted.push(message.clone());
        let from = named(&[HeaderName::From]);
        if self.kind == Kind::Graph && !from.iter().all(|from| from.eq_ignore_ascii_case(&state.mailbox)) {
            return Err(microsoft(
                403,
                "ErrorSendAsDenied",
                "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account., Cannot submit message.",
            ));
        }
        let nobody = parsed.header_raw("To").is_some_and(|to| to.contains("undisclosed"));
        let to = named(&[HeaderName::To, HeaderName::Cc, HeaderName::Bcc]);
        let disliked = to.iter().any(|to| state.dislikes.contains(&to.to_lowercase()));
        if to.is_empty() || disliked || (nobody && self.kind == Kind::Graph) {
            return Err(match self.kind {
                Kind::Gmail if to.is_empty() => google(400, "invalidArgument", "Recipient address required"),
                Kind::Gmail => google(400, "invalidArgument", "Invalid To header"),
                Kind::Graph => {
                    microsoft(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
                }
            });
        }
        let copy = without_bcc(&message);
        for to in to {
            state.copies.push(Copy { to: to.to_lowercase(), message: copy.clone() });
        }
        Ok(match self.kind {
            Kind::Gmail => {
                let id = format!("18f{:013x}", state.submitted.len());
                let said: Value = json!({ "id": id, "threadId": id, "labelIds": ["SENT"] });
                (200, said.to_string())
            }
            Kind::Graph => (202, String::new()),
        })
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn whole(status: u16, lines: &[String], body: &str) -> String {
    let lines: String = lines.iter().map(|l| format!("{l}\r\n")).collect();
    format!(
        "HTTP/1.1 {status} x\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// What leaves the service: the message without its Bcc.
fn without_bcc(message: &[u8]) -> Vec<u8> {
    let end = message.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 2;
    let mut out = Vec::new();
    let mut skipping = false;
    for line in message[..end].split_inclusive(|b| *b == b'\n') {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            skipping = line.len() > 4 && line[..4].eq_ignore_ascii_case(b"bcc:");
        }
        if !skipping {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(&message[end..]);
    out
}

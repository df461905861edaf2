//! The API over real connections to a real listener.

mod access;
mod attacks;
mod book;
mod change;
mod conditional;
mod connect;
mod contract;
mod lists;
mod pages;
mod put_back;
mod routes;
pub mod service;
pub mod webhooks;
mod work;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;
use tillpost::app::{AccountInput, App, Deliverer};
use tillpost::domain::access::Scope;
use tillpost::http::{self, Service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// A till that answers, and an API password that may do everything.
pub struct Api {
    _folder: TempDir,
    pub app: App,
    pub address: SocketAddr,
    pub password: String,
    /// Where it says which copies are to be put back: nobody does it here.
    _copies: mpsc::Receiver<PathBuf>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The body of an answer that came in pieces.
    pub fn unchunked(&self) -> Vec<u8> {
        let (mut whole, mut rest) = (Vec::new(), self.body.as_slice());
        while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
            let size = std::str::from_utf8(&rest[..end]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
            rest = &rest[end + 2 + size + 2..];
            if size == 0 {
                return whole;
            }
        }
        panic!("the answer broke off after {} bytes", whole.len());
    }

    pub fn text(&self) -> String {
        format!("{} {:?}\n{}", self.status, self.headers, String::from_utf8_lossy(&self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The key of the problem it is.
    pub fn key(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        self.json()["key"].as_str().unwrap().to_owned()
    }
}

impl Api {
    pub async fn start() -> Self {
        Self::serving(|_| {}).await
    }

    /// A service with something about it changed.
    pub async fn serving(change: impl FnOnce(&mut Service)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        tillpost::auth::create_key_file(&key).unwrap();
        let app = App::open(&folder.path().join("data")).unwrap().with_key_file(&key);
        let password = app.make_api_password("test", Scope::Manage).unwrap().text.expose().to_owned();
        let listener = http::listen(&app, "127.0.0.1:0".parse().unwrap(), None).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut service = Service::new(app.clone());
        let (puts_back, copies) = mpsc::channel(1);
        service.puts_back = Some(puts_back);
        change(&mut service);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(async move { http::serve(service, listener, stopped).await.unwrap() });
        Self { _folder: folder, app, address, password, _copies: copies, stop, server }
    }

    /// With somebody who delivers when asked.
    pub async fn delivering(port: u16) -> Self {
        let api =
            Self::serving(|service| service.deliverer = Some(Deliverer::new(&service.app).unwrap())).await;
        api.account(port);
        api
    }

    /// An account at a server on this machine that asks for nothing; mails leave at once.
    pub fn account(&self, port: u16) {
        let account = crate::till::plain_account("default", port);
        self.app.set_account(AccountInput { account, secret: None }).unwrap();
        self.app.set_setting("undo_seconds", "0").unwrap();
    }

    pub async fn stop(self) -> App {
        self.stop.send(true).unwrap();
        self.server.await.unwrap();
        self.app
    }

    /// A request of the program with the password.
    pub async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.ask_with(method, path, &[], body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask("POST", path, Some(&body)).await
    }

    /// The same with more headers; the answer is compared with the description.
    pub async fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let bearer = format!("Bearer {}", self.password);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        let text = body.map(ToString::to_string);
        if text.is_some() && !headers.iter().any(|(n, _)| *n == "content-type") {
            all.push(("content-type", "application/json"));
        }
        let path = format!("/api/v1{path}");
        let reply = self.send(method, &path, &all, text.unwrap_or_default().as_bytes()).await;
        contract::check(method, &path, &reply);
        reply
    }

    /// A request as it is, with our name as Host unless another is given.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("host")) {
            head += &format!("host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() || matches!(method, "POST" | "PUT") {
            head += &format!("content-length: {}\r\n", body.len());
        }
        head += "connection: close\r\n\r\n";
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        // A server that refuses early may close before it has read everything.
        let _ = stream.write_all(&bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        parsed(&answer)
    }
}

/// An answer from its bytes.
pub fn parsed(answer: &[u8]) -> Reply {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|l| l.split_once(": ").unwrap_or((l, "")))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .collect();
    Reply { status, headers, body: answer[end + 4..].to_vec() }
}

/// An invoice over 14.40 GBP, mailed to Anna when `mailed`.
pub fn invoice(client_ref: &str, mailed: bool) -> Value {
    let mut document = json!({
        "kind": "invoice", "client_ref": client_ref, "issue_date": "2026-11-21", "currency": "GBP",
        "seller": { "name": "Shop" }, "buyer": { "name": "Anna", "email": "anna@example.com" },
        "lines": [{ "description": "Tube", "quantity": "2", "unit_price": "6.00",
                    "tax": { "category": "S", "rate": "20" } }]
    });
    if mailed {
        document["mail"] = json!({ "to": ["anna@example.com"] });
    }
    document
}

/// A mail to one person.
pub fn mail(to: &str) -> Value {
    json!({ "mail": { "to": [to], "subject": "Your bicycle", "text": "It is ready.\n" } })
}

/// The description, made once.
pub fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(http::description)
}

//! `serve` as a service: one for a data folder, encrypted where others listen, ended cleanly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::program::{program, run};

/// A running service; it is killed when the test ends otherwise.
pub struct Serve {
    child: Child,
    out: BufReader<ChildStdout>,
    pub address: String,
}

impl Serve {
    pub fn start(data: &Path, args: &[&str]) -> Self {
        let all = [&["serve", "--json", "--listen", "127.0.0.1:0"], args].concat();
        Self::of(program(data, &all))
    }

    /// The service that `command` starts.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut service = Self { child, out, address: String::new() };
        service.address = service.announced();
        service
    }

    /// Waits until it says where it answers: when it begins, and when it begins again.
    pub fn announced(&mut self) -> String {
        let mut text = String::new();
        while serde_json::from_str::<Value>(&text).is_err() {
            assert!(self.out.read_line(&mut text).unwrap() > 0, "it ended: {text}");
        }
        let said: Value = serde_json::from_str(&text).unwrap();
        said["address"].as_str().unwrap().to_owned()
    }

    #[cfg(unix)]
    pub fn stop(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_second_service_on_the_same_data_is_told_where_the_first_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let first = Serve::start(folder.path(), &["--no-watch"]);
    let second = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 4, "{second:?}");
    assert!(second.err.contains(&format!("http://{}", first.address)), "{}", second.err);
    let link = run(folder.path(), &["api", "link", "--json"]).json();
    assert!(link["url"].as_str().unwrap().starts_with(&format!("http://{}/login/", first.address)));
    drop(first);
    // A killed one leaves nothing behind that would be believed.
    let none = run(folder.path(), &["api", "link"]);
    assert_eq!(none.code, 3, "{none:?}");
    let third = Serve::start(folder.path(), &["--no-watch"]);
    #[cfg(unix)]
    assert_eq!(third.stop(), 0);
}

#[test]
fn a_service_logs_into_files_without_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let password = run(folder.path(), &["api", "password", "add", "till"]).out.trim().to_owned();
    let service = Serve::start(folder.path(), &["--log-dir", logs.to_str().unwrap()]);
    let ask = |authorization: &str| {
        let mut stream = TcpStream::connect(&service.address).unwrap();
        write!(stream, "GET /api/v1/status HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {authorization}\r\nconnection: close\r\n\r\n", service.address).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    assert!(ask(&password).starts_with("HTTP/1.1 200"));
    assert!(ask(&format!("{password}0")).starts_with("HTTP/1.1 401"));
    drop(service);
    let log: String = std::fs::read_dir(&logs)
        .unwrap()
        .map(|e| std::fs::read_to_string(e.unwrap().path()).unwrap())
        .collect();
    assert!(log.contains("a wrong API password was sent"), "{log}");
    assert!(!log.contains(password.rsplit('_').next().unwrap()), "{log}");
}

/// What a machine gets that trusts `pem` and calls the service by `name`.
fn encrypted(address: &str, pem: &[u8], name: &'static str, path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
    let config =
        ClientConfig::builder_with_provider(Arc::new(tokio_rustls::rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let session = ClientConnection::new(Arc::new(config), ServerName::try_from(name).unwrap()).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(address).unwrap());
    let port = address.rsplit(':').next().unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {name}:{port}\r\nconnection: close\r\n\r\n")?;
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    Ok(text)
}

/// A browser sends a cookie without `Secure` also to whoever answers unencrypted by the same name.
#[test]
fn where_the_service_is_encrypted_its_session_never_travels_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let service = Serve::start(folder.path(), &["--tls-generate", "--no-watch"]);
    let pem = std::fs::read(folder.path().join("tls/certificate.pem")).unwrap();
    let link = run(folder.path(), &["api", "link", "--json"]).json();
    let path = link["url"].as_str().unwrap().strip_prefix(&format!("https://{}", service.address)).unwrap();
    let opened = encrypted(&service.address, &pem, "127.0.0.1", path).unwrap();
    let cookie = opened.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    assert!(cookie.split("; ").any(|part| part == "Secure"), "{cookie}");
}

#[test]
fn a_generated_certificate_encrypts_and_stays_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let read = || std::fs::read(folder.path().join("tls/certificate.pem")).unwrap();
    let first = Serve::start(folder.path(), &["--tls-generate", "--name", "till.example", "--no-watch"]);
    let pem = read();
    for name in ["till.example", "localhost"] {
        let text = encrypted(&first.address, &pem, name, "/healthz").unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{name}: {text}");
    }
    drop(first);
    drop(Serve::start(folder.path(), &["--tls-generate", "--no-watch"]));
    assert_eq!(read(), pem, "other machines would have to trust it anew");
    // A name that was added is in the one that is made for it, beside those before, and somebody is told.
    let logs = folder.path().join("logs");
    let more = ["--tls-generate", "--name", "pos.example", "--no-watch", "--log-dir", logs.to_str().unwrap()];
    let second = Serve::start(folder.path(), &more);
    let anew = read();
    assert!(
        encrypted(&second.address, &anew, "pos.example", "/healthz").unwrap().starts_with("HTTP/1.1 200")
    );
    encrypted(&second.address, &anew, "till.example", "/healthz").unwrap();
    drop(second);
    let log = std::fs::read_dir(&logs).unwrap().next().unwrap().unwrap().path();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("the certificate was made anew") && log.contains("pos.example"), "{log}");
    drop(Serve::start(folder.path(), &["--tls-generate", "--name", "till.example", "--no-watch"]));
    assert_eq!(read(), anew, "it was made anew for a name that is in it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("tls/key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

//! A private Postfix on loopback, with its own folders, certificates, users and policy.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::till::until;

pub const USER: &str = "till";
pub const PASSWORD: &str = "correct horse";

/// A running Postfix; stopped when dropped.
pub struct Postfix {
    folder: TempDir,
    /// Stops the server when this process ends without doing so, in whatever way it ends.
    guard: Child,
    /// TLS from the first byte.
    pub tls: u16,
    /// STARTTLS, required before anything else.
    pub starttls: u16,
    /// TLS from the first byte, and only AUTH LOGIN.
    pub login: u16,
}

/// The shared server in the hands of one test; shows the server's log when that test fails.
pub struct Shared(Arc<Postfix>);

impl std::ops::Deref for Shared {
    type Target = Postfix;

    fn deref(&self) -> &Postfix {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("what Postfix logged:\n{}", self.0.log());
        }
    }
}

impl Postfix {
    /// One server for all tests that do not stop it, as long as any of them runs.
    pub fn shared() -> Shared {
        static SHARED: Mutex<Weak<Postfix>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Shared(server);
        }
        let server = Arc::new(Self::start());
        *shared = Arc::downgrade(&server);
        Shared(server)
    }

    pub fn start() -> Self {
        Self::with_size_limit(60_000_000)
    }

    pub fn with_size_limit(bytes: u64) -> Self {
        // In a place others may enter: Postfix's processes do not run as root.
        let folder = tempfile::Builder::new().prefix("tillpost-postfix-").tempdir_in("/tmp").unwrap();
        let stop = "cat; postfix -c \"$0\" stop; rm -rf \"$0\"";
        let guard = Command::new("sh")
            .args(["-c", stop, folder.path().to_str().unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { folder, guard, tls: free_port(), starttls: free_port(), login: free_port() };
        server.certificates();
        server.users();
        server.settings(bytes);
        server.go();
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn ca_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    fn certificates(&self) {
        let mut authority = CertificateParams::new(vec![]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
        let own = own.signed_by(&key, &authority).unwrap();
        fs::write(self.ca_file(), authority.pem()).unwrap();
        fs::write(self.path("server.pem"), own.pem() + &key.serialize_pem()).unwrap();
    }

    fn users(&self) {
        let sasl = self.path("sasl");
        fs::create_dir(&sasl).unwrap();
        let db = sasl.join("sasldb2");
        for (service, mechanisms) in [("smtpd", "PLAIN LOGIN"), ("login", "LOGIN")] {
            let conf = format!(
                "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: {mechanisms}\nsasldb_path: {}\n",
                db.display()
            );
            fs::write(sasl.join(format!("{service}.conf")), conf).unwrap();
        }
        let mut child = Command::new("saslpasswd2")
            .args(["-p", "-c", "-u", "till.example", "-f"])
            .args([db.as_os_str(), USER.as_ref()])
            .stdin(Stdio::piped())
            .spawn()
            .expect("saslpasswd2 is missing: apt-get install sasl2-bin libsasl2-modules");
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        run("chmod", &["-R", "a+rX", self.folder.path().to_str().unwrap()]);
    }

    fn settings(&self, size: u64) {
        for folder in ["queue", "data", "mail"] {
            fs::create_dir(self.path(folder)).unwrap();
        }
        run("chown", &["postfix", self.path("data").to_str().unwrap()]);
        run("chown", &["nobody", self.path("mail").to_str().unwrap()]);
        let base = self.folder.path().display();
        let (uid, gid) = (65534, 65534);
        fs::write(
            self.path("main.cf"),
            format!(
                "compatibility_level = 3.6\nqueue_directory = {base}/queue\ndata_directory = {base}/data\n\
                 maillog_file = {base}/log\nmaillog_file_prefixes = /tmp\nmyhostname = localhost\nmydestination =\n\
                 inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks =\nalias_maps =\n\
                 message_size_limit = {size}\nvirtual_mailbox_limit = 0\n\
                 virtual_mailbox_domains = example.com\nvirtual_mailbox_base = {base}/mail\n\
                 virtual_mailbox_maps = regexp:{base}/boxes\nvirtual_uid_maps = static:{uid}\n\
                 virtual_gid_maps = static:{gid}\nvirtual_transport = virtual\n\
                 smtpd_tls_cert_file = {base}/server.pem\nsmtpd_tls_key_file = {base}/server.pem\n\
                 smtpd_sasl_auth_enable = yes\nsmtpd_sasl_path = smtpd\ncyrus_sasl_config_path = {base}/sasl\n\
                 smtpd_sasl_local_domain = till.example\nsmtpd_tls_auth_only = yes\nsmtpd_delay_reject = yes\n\
                 smtpd_relay_restrictions = permit_sasl_authenticated, reject\n\
                 smtpd_recipient_restrictions = check_recipient_access regexp:{base}/policy, permit_sasl_authenticated, reject\n\
                 smtpd_client_connection_rate_limit = 0\nsmtpd_client_message_rate_limit = 0\n",
            ),
        )
        .unwrap();
        fs::write(self.path("boxes"), "/@example\\.com$/ all/\n").unwrap();
        self.policy("/^greylisted@/ 450 4.7.1 Greylisted, come again\n");
        // Some services insist on how many of them there are.
        let service = |name: &str, command: &str| {
            let most = match name {
                "anvil" | "scache" => "1",
                "bounce" | "defer" | "trace" => "0",
                _ => "-",
            };
            // It writes into boxes of other users.
            let unprivileged = if name == "virtual" { "n" } else { "-" };
            format!("{name} unix - {unprivileged} n - {most} {command}\n")
        };
        let mut master = format!(
            "127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n\
             127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt\n\
             127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_path=login\n\
             pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
             tlsmgr unix - - n 1000? 1 tlsmgr\npostlog unix-dgram n - n - 1 postlogd\n",
            self.tls, self.starttls, self.login
        );
        for (name, command) in [
            ("rewrite", "trivial-rewrite"),
            ("bounce", "bounce"),
            ("defer", "bounce"),
            ("trace", "bounce"),
            ("verify", "verify"),
            ("proxymap", "proxymap"),
            ("smtp", "smtp"),
            ("relay", "smtp"),
            ("error", "error"),
            ("retry", "error"),
            ("discard", "discard"),
            ("virtual", "virtual"),
            ("anvil", "anvil"),
            ("scache", "scache"),
        ] {
            master += &service(name, command);
        }
        fs::write(self.path("master.cf"), master).unwrap();
    }

    fn policy(&self, greylist: &str) {
        let text = format!("{greylist}/^refused/ 550 5.1.1 No such user here\n");
        fs::write(self.path("policy"), text).unwrap();
    }

    /// From now on the greylisted address is known.
    pub fn end_greylisting(&self) {
        self.policy("");
        self.postfix("reload");
        self.wait_until_answering();
    }

    /// Starts the server, for the first time or again.
    pub fn go(&self) {
        self.postfix("start");
        self.wait_until_answering();
    }

    pub fn stop(&self) {
        self.postfix("stop");
        until(|| TcpStream::connect(("127.0.0.1", self.tls)).err(), || "postfix does not stop".into());
    }

    fn postfix(&self, verb: &str) {
        let output = Command::new("postfix")
            .args(["-c", self.folder.path().to_str().unwrap(), verb])
            .output()
            .expect("postfix is missing: apt-get install postfix");
        assert!(output.status.success(), "postfix {verb}: {output:?}\n{}", self.log());
    }

    fn wait_until_answering(&self) {
        for port in [self.tls, self.starttls, self.login] {
            until(
                || TcpStream::connect(("127.0.0.1", port)).ok(),
                || format!("postfix does not answer\n{}", self.log()),
            );
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Sign-ins the server refused so far.
    pub fn failed_sign_ins(&self) -> usize {
        self.log().matches("authentication failed").count()
    }

    /// The one message for an address; waits for Postfix to put it into its box.
    pub fn only_mail(&self, address: &str) -> Vec<u8> {
        let mut found = self.mails_to(|to| to == address);
        assert!(found.len() < 2, "{address} got {} messages", found.len());
        found.pop().map_or_else(|| panic!("{address} got nothing"), |(_, message)| message)
    }

    /// The messages that arrived for addresses, once Postfix has nothing left to put into boxes.
    pub fn mails_to(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
        let on_the_way =
            || ["incoming", "active"].iter().any(|q| !files(&self.path("queue").join(q)).is_empty());
        until(|| (!on_the_way()).then_some(()), || format!("postfix keeps its mails\n{}", self.log()));
        let message = |file: &PathBuf| {
            let mut start = vec![0; 4096];
            let mut open = fs::File::open(file).ok()?;
            let n = open.read(&mut start).unwrap();
            let start = String::from_utf8_lossy(&start[..n]);
            let to = start.lines().find_map(|l| l.strip_prefix("Delivered-To: "))?.to_owned();
            wanted(&to).then(|| (to, fs::read(file).unwrap()))
        };
        files(&self.path("mail/all/new")).iter().filter_map(message).collect()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|e| e.path()).filter(|p| p.is_file()).collect()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn run(program: &str, args: &[&str]) {
    assert!(Command::new(program).args(args).status().unwrap().success(), "{program} {args:?}");
}

/// A message as it was sent: without the lines that servers put in front.
pub fn without_trace(message: &[u8]) -> Vec<u8> {
    let at = message.windows(6).position(|w| w == b"\nDate:").map_or(0, |n| n + 1);
    message[at..].to_vec()
}

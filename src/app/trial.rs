//! The test mail: on values that need not be saved, told step by step as it goes.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::accounts::Credential;
use super::explain::{self, Circumstances, Facts, Language};
use super::{App, Error, clock, show};
use crate::compose;
use crate::domain::account::{Account, Encryption, SignIn, Transport};
use crate::domain::address::Mailbox;
use crate::domain::fault::{Certificate, NetworkKind};
use crate::domain::mail::Letter;
use crate::domain::provider;
use crate::domain::reply::{Cause, Outcome, Stage, Trouble, stage_of_answer};
use crate::domain::{EmailAddress, Secret};
use crate::store::AccountRow;
use crate::transport::smtp;
use crate::transport::{self, Deadlines, Envelope, Progress, Report, Server, Session, SignIn as Proof};
use crate::wire::views::{TestStepView, TestView};

/// How long a test waits for the connection to come back.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What to test.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The account as it stands on the screen; it need not be saved.
    pub account: Account,
    /// The password as it stands there; `None` for the one that is stored under the account's name, which is
    /// shown to its own server alone.
    pub password: Option<Secret>,
    /// Whom to send a test mail; `None` to stop after signing in.
    pub to: Option<EmailAddress>,
    /// The test mail's subject.
    pub subject: Option<String>,
    /// The language of the explanations.
    pub language: String,
    /// When offline, wait until the connection is back and test then.
    pub wait: bool,
}

/// The steps so far, and who is told of them.
struct Log<F> {
    each: F,
    language: &'static Language,
    params: BTreeMap<String, String>,
    since: Instant,
    steps: Vec<TestStepView>,
}

impl<F: FnMut(&TestStepView)> Log<F> {
    fn add(&mut self, key: &'static str, state: &'static str, says: String) -> &mut TestStepView {
        let millis = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since = Instant::now();
        self.steps.push(TestStepView {
            key,
            name: self.language.step(key, &self.params),
            state,
            says,
            millis,
            certificate: None,
            problem: None,
        });
        let last = self.steps.len() - 1;
        // Just pushed.
        #[allow(clippy::indexing_slicing)]
        &mut self.steps[last]
    }

    fn tell(&mut self) {
        if let Some(step) = self.steps.last() {
            (self.each)(step);
        }
    }

    fn good(&mut self, key: &'static str, says: String, certificate: Option<&Certificate>) {
        self.add(key, "ok", says).certificate = certificate.map(show::certificate);
        self.tell();
    }

    fn progress(&mut self, progress: Progress) {
        match progress {
            Progress::Found(addresses) => {
                let shown: Vec<String> = addresses.iter().take(3).map(|a| a.ip().to_string()).collect();
                self.good("dns", shown.join(", "), None);
            }
            Progress::Connected(peer) => self.good("connect", peer.to_string(), None),
            Progress::Secured { version, certificate } => {
                let mut params = BTreeMap::from([("version".to_owned(), version.to_owned())]);
                if let Some(shown) = &certificate {
                    params.insert("names".into(), shown.names.join(", "));
                    params.insert("date".into(), explain::day(shown.not_after));
                }
                let says = self.language.word("certificate", &params);
                self.good("tls", says, certificate.as_ref());
            }
            Progress::Greeted(reply) => self.good("greeting", reply.to_string(), None),
            Progress::Offers(offers) => self.good("ehlo", offers.to_string(), None),
            Progress::SignedIn(reply) => self.good("auth", reply.to_string(), None),
        }
    }
}

/// The steps of a test, in their order.
fn order(account: &Account, mail: bool) -> Vec<&'static str> {
    let mut keys = vec!["dns", "connect", "greeting", "ehlo", "auth"];
    if account.transport != Transport::Smtp {
        // An interface says nothing before the first mail, and with it whether it lets us in.
        keys.retain(|key| !matches!(*key, "greeting" | "ehlo") && (mail || *key != "auth"));
    }
    match account.encryption {
        Encryption::Tls => keys.insert(2, "tls"),
        Encryption::StartTls => keys.insert(3, "tls"),
        Encryption::None => {}
    }
    if account.sign_in == SignIn::OAuth {
        keys.insert(0, "token");
    }
    if mail {
        keys.extend(["sender", "recipient", "accepted"]);
    }
    keys
}

fn step_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Token => "token",
        Stage::Resolve => "dns",
        Stage::Connect => "connect",
        Stage::Tls | Stage::StartTls => "tls",
        Stage::Greeting => "greeting",
        Stage::Ehlo => "ehlo",
        Stage::Auth => "auth",
        Stage::Mail | Stage::Reset => "sender",
        Stage::Rcpt => "recipient",
        Stage::Data | Stage::Body | Stage::Dot => "accepted",
    }
}

impl App {
    /// Tests an account, saved or not, with a test mail or without. `each` is told of every step when it is
    /// done; the whole comes back at the end. A saved account that is held and found to work is released.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when the values cannot stand together; what does not work is in the result.
    pub async fn test_account(
        &self,
        trial: Trial,
        each: impl FnMut(&TestStepView) + Send,
    ) -> Result<TestView, Error> {
        trial.account.check()?;
        self.try_account(trial, each).await
    }

    /// [`App::test_account`] with values that need not stand together.
    pub(super) async fn try_account(
        &self,
        trial: Trial,
        each: impl FnMut(&TestStepView) + Send,
    ) -> Result<TestView, Error> {
        let row = self.store.read(|reader| reader.account(&trial.account.name))?;
        let given = trial.password.is_some();
        let params = BTreeMap::from([
            ("host".to_owned(), trial.account.host.clone()),
            ("port".to_owned(), trial.account.port.to_string()),
            ("user".to_owned(), trial.account.user.clone()),
            ("from".to_owned(), trial.account.from.address.to_string()),
            ("rcpt".to_owned(), trial.to.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]);
        let log = Mutex::new(Log {
            each,
            language: Language::of(&trial.language),
            params,
            since: Instant::now(),
            steps: vec![],
        });
        let began = Instant::now();
        let outcome = loop {
            let outcome = self.run_trial(&trial, row.as_ref(), &log).await?;
            let offline = outcome.as_ref().err().is_some_and(is_offline);
            if !(offline && trial.wait && began.elapsed() < LONGEST_WAIT) {
                break outcome;
            }
            {
                let mut log = locked(&log);
                let says = log.language.word("when_back", &log.params);
                log.add("dns", "waiting", says);
                log.tell();
            }
            tokio::time::sleep(self.surroundings.look_again).await;
            let mut log = locked(&log);
            log.steps.clear();
            log.since = Instant::now();
        };
        if let Some(row) = row.filter(|row| row.account == trial.account && !given) {
            let works = outcome.is_ok();
            if works {
                self.account_works(row.id).await?;
            }
            // Being offline says nothing of the account.
            if !outcome.as_ref().err().is_some_and(is_offline) {
                let now = clock::now();
                self.store
                    .write_async(move |tx| Ok::<_, Error>(tx.account_tested(row.id, now, works)?))
                    .await?;
            }
        }
        let view = self.conclude(&trial, &log, outcome).await;
        Ok(view)
    }

    /// One run; the inner error is where it ended.
    async fn run_trial<F: FnMut(&TestStepView) + Send>(
        &self,
        trial: &Trial,
        row: Option<&AccountRow>,
        log: &Mutex<Log<F>>,
    ) -> Result<Result<(), Trouble>, Error> {
        let account = &trial.account;
        let credential = match (&trial.password, row) {
            _ if account.sign_in == SignIn::None => Credential::Nothing,
            (Some(given), _) if account.sign_in == SignIn::Password => {
                Credential::Password(provider::as_meant(account, given.clone()))
            }
            (_, Some(row)) if account.shares_secret(&row.account) => {
                match self.credential(row, None).await? {
                    Ok(credential) => credential,
                    Err(trouble) => return Ok(Err(trouble)),
                }
            }
            _ if account.sign_in == SignIn::OAuth => {
                return Ok(Err(Trouble { stage: Stage::Token, cause: Cause::NotConnected }));
            }
            _ => return Ok(Err(Trouble { stage: Stage::Auth, cause: Cause::NoSecret })),
        };
        if let (Credential::Token(_), Some(row)) = (&credential, row) {
            let who = row.connection.as_ref().and_then(|c| c.who.clone()).unwrap_or_default();
            locked(log).good("token", who, None);
        }
        let watch = |progress| locked(log).progress(progress);
        let proof = credential.sign_in(account);
        let opened = Session::open(account, proof, &hurried(), &watch).await;
        let mut session = match opened {
            Ok(session) => session,
            Err((trouble, _)) => return Ok(Err(self.surroundings.judge(account, trouble).await)),
        };
        if account.sign_in == SignIn::None && account.transport == Transport::Smtp {
            let mut log = locked(log);
            let says = log.language.word("no_sign_in", &log.params);
            log.good("auth", says, None);
        }
        let Some(to) = &trial.to else {
            session.quit().await;
            return Ok(Ok(()));
        };
        let sealed = compose::seal(&letter(trial, to))?;
        let envelope = Envelope {
            id: 0,
            from: account.from.address.clone(),
            to: vec![to.clone()],
            size: sealed.mime.len() as u64,
            eight_bit: !sealed.mime.is_ascii(),
        };
        let gate = || async { Ok(()) };
        let report = session.send(&envelope, Box::new(Cursor::new(sealed.mime)), Box::new(gate), None).await;
        let sent = told(&report, !session.has_signed_in(), log);
        session.quit().await;
        Ok(sent)
    }

    /// The last steps and the whole.
    async fn conclude<F: FnMut(&TestStepView) + Send>(
        &self,
        trial: &Trial,
        log: &Mutex<Log<F>>,
        outcome: Result<(), Trouble>,
    ) -> TestView {
        let account = &trial.account;
        let trouble = match outcome {
            Ok(()) => {
                let log = locked(log);
                let message =
                    trial.to.as_ref().map(|_| log.language.word("accepted", &log.params)).unwrap_or_default();
                let state = if trial.to.is_some() { "accepted" } else { "signed_in" };
                return TestView { works: true, state, message, problem: None, steps: log.steps.clone() };
            }
            Err(trouble) => trouble,
        };
        let pair = self.working_pair(account, &trouble, log).await;
        let mut at = Circumstances::of(account).where_works(pair);
        if let Some(to) = trial.to.as_ref().filter(|_| trouble.stage >= Stage::Rcpt) {
            at = at.to(to.as_str());
        }
        let problem = explain::explain(&Facts::of(&trouble), &at, &trial.language);
        let shown = match &trouble.cause {
            Cause::Certificate(fault) => fault.shown.as_ref().map(show::certificate),
            _ => None,
        };
        let mut log = locked(log);
        let failed = step_of(trouble.stage);
        let step = log.add(failed, "failed", problem.title.clone());
        step.certificate = shown;
        step.problem = Some(problem.clone());
        log.tell();
        let rest: Vec<_> = order(account, trial.to.is_some());
        let after = rest.iter().position(|key| *key == failed).map_or(rest.len(), |at| at + 1);
        for key in rest.into_iter().skip(after) {
            if log.steps.iter().any(|step| step.key == key) {
                continue;
            }
            let says = log.language.word("not_tried", &log.params);
            log.add(key, "not_tried", says);
            log.tell();
        }
        let offline = is_offline(&trouble);
        let message = if offline { log.language.word("when_back", &log.params) } else { String::new() };
        let state = if offline { "offline" } else { "failed" };
        TestView { works: false, state, message, problem: Some(problem), steps: log.steps.clone() }
    }

    /// Where port or encryption may be wrong: which usual ports answer, and which pair works. No password
    /// is sent.
    async fn working_pair<F: FnMut(&TestStepView) + Send>(
        &self,
        account: &Account,
        trouble: &Trouble,
        log: &Mutex<Log<F>>,
    ) -> Option<(u16, Encryption)> {
        if account.transport != Transport::Smtp {
            return None;
        }
        let early = matches!(trouble.stage, Stage::Connect | Stage::Tls | Stage::Greeting | Stage::StartTls);
        let wrong_door = matches!(trouble.cause, Cause::NotTls | Cause::TimedOut | Cause::NoEncryption)
            || matches!(&trouble.cause, Cause::Network(f) if f.kind != NetworkKind::Offline);
        if !early || !wrong_door {
            return None;
        }
        let mut works = None;
        for (port, encryption) in self.surroundings.pairs.iter().copied() {
            let answers = transport::answers(&account.host, port, Duration::from_secs(3)).await;
            {
                let mut log = locked(log);
                let before = log.params.insert("port".into(), port.to_string());
                log.add(
                    "port",
                    if answers { "ok" } else { "failed" },
                    explain::encryption_words(encryption.word()).into(),
                );
                log.tell();
                before.map(|before| log.params.insert("port".into(), before));
            }
            if works.is_some() || !answers || (port, encryption) == (account.port, account.encryption) {
                continue;
            }
            let server = Server { port, encryption, ..Server::of(account) };
            if let Ok(session) = smtp::Session::open(&server, Proof::None, &probing()).await {
                session.quit().await;
                works = Some((port, encryption));
            }
        }
        works
    }
}

fn locked<T>(log: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_offline(trouble: &Trouble) -> bool {
    matches!(&trouble.cause, Cause::Network(fault) if fault.kind == NetworkKind::Offline)
}

/// Deadlines for somebody who looks on.
fn hurried() -> Deadlines {
    let seconds = Duration::from_secs;
    Deadlines {
        resolve: seconds(10),
        connect: seconds(10),
        tls: seconds(10),
        greeting: seconds(15),
        ehlo: seconds(15),
        auth: seconds(20),
        ..Deadlines::default()
    }
}

fn probing() -> Deadlines {
    let short = Duration::from_secs(5);
    Deadlines {
        resolve: short,
        connect: short,
        tls: short,
        greeting: short,
        ehlo: short,
        ..Deadlines::default()
    }
}

fn letter(trial: &Trial, to: &EmailAddress) -> Letter {
    let now = clock::now();
    let from = trial.account.from.clone();
    let subject = trial.subject.clone().unwrap_or_else(|| "Tillpost".to_owned());
    Letter {
        message_id: format!("{}@{}", Uuid::now_v7(), from.address.domain()),
        text: format!("{subject}\n"),
        subject,
        reply_to: trial.account.reply_to.clone(),
        to: vec![Mailbox { name: None, address: to.clone() }],
        cc: vec![],
        bcc: vec![],
        own_copies: vec![],
        blind_copy_multiple: true,
        read_receipt: false,
        html: None,
        attachments: vec![],
        from,
        date: now,
    }
}

/// What the first refusal in a mail to one recipient answers: the commands may have left together, the
/// answers come in their order.
fn answered(transcript: &str) -> Stage {
    let asked = transcript.lines().skip_while(|line| !line.contains(" C: MAIL"));
    let mut answers = asked
        .filter_map(|line| line.split_once(" S: "))
        .filter(|(_, said)| said.as_bytes().get(3).is_none_or(|b| *b != b'-'));
    match answers.position(|(_, said)| said.starts_with(['4', '5'])) {
        Some(0) => Stage::Mail,
        Some(1) => Stage::Rcpt,
        Some(2) => Stage::Data,
        _ => Stage::Dot,
    }
}

/// Tells what became of the test mail; the error is where it ended.
fn told<F: FnMut(&TestStepView) + Send>(
    report: &Report,
    with_sign_in: bool,
    log: &Mutex<Log<F>>,
) -> Result<(), Trouble> {
    let mut log = locked(log);
    let replied = |stage: Stage, reply: &crate::domain::reply::Reply| Trouble {
        stage,
        cause: Cause::Replied(reply.clone()),
    };
    let outcome = report.outcomes.first();
    let ended = match (&report.trouble, outcome) {
        (Some(trouble), _) => Some(trouble.clone()),
        (None, Some(Outcome::Refused(reply) | Outcome::Deferred(reply))) => {
            let stage = match reply.answer {
                Some(_) => stage_of_answer(reply),
                None => answered(&report.transcript),
            };
            Some(replied(stage, reply))
        }
        (None, _) => None,
    };
    let reached = ended.as_ref().map_or(Stage::Reset, |trouble| trouble.stage);
    for (key, stage) in [("auth", Stage::Auth), ("sender", Stage::Mail), ("recipient", Stage::Rcpt)] {
        if reached > stage && (stage != Stage::Auth || with_sign_in) {
            log.good(key, String::new(), None);
        }
    }
    match ended {
        Some(trouble) => Err(trouble),
        None => {
            let says = match outcome {
                Some(Outcome::Accepted(reply)) => reply.to_string(),
                _ => String::new(),
            };
            log.good("accepted", says, None);
            Ok(())
        }
    }
}

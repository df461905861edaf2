//! What a mail server said, where in the conversation it said it, and what that means for whom.

use std::fmt;

mod answer;

pub use answer::{Answer, stage as stage_of_answer};

use super::fault::{CertificateFault, CertificateKind, NetworkFault, NetworkKind};
use super::oauth::{self, Refusal};

/// One reply of a mail server.
///
/// # Source
/// RFC 5321 section 4.2 (codes), RFC 2034 and RFC 3463 (enhanced codes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The three digits, 200 to 599.
    pub code: u16,
    /// The enhanced code like `5.1.1`, where the server gave one.
    pub enhanced: Option<String>,
    /// The text without codes, lines joined by a space, at most 500 characters, no control characters.
    pub text: String,
    /// Whether the server was not asked: Tillpost knew the answer from what it had announced.
    pub foretold: bool,
    /// What a mail interface said beside its HTTP status and its words, where it was one that answered.
    pub answer: Option<Answer>,
}

impl Reply {
    /// The reply the server would surely have given. Shown as text without codes: they are words of
    /// Tillpost, not of the server.
    #[must_use]
    pub fn foretold(code: u16, text: &str) -> Self {
        Self { foretold: true, ..Self::new(code, text) }
    }

    /// A reply from its code and its text; an enhanced code in front of the text is taken apart.
    ///
    /// The text is cleaned: control characters become spaces, and it is cut at 500 characters.
    #[must_use]
    pub fn new(code: u16, text: &str) -> Self {
        let clean = clean(text);
        let (first, rest) = clean.split_once(' ').unwrap_or((&clean, ""));
        let (enhanced, text) =
            if is_enhanced(first) { (Some(first.to_owned()), rest.trim()) } else { (None, clean.as_str()) };
        Self { code, enhanced, text: text.to_owned(), foretold: false, answer: None }
    }

    /// 2xx.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// May be otherwise later: 4xx of a mail server.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.answer {
            Some(_) => self.code >= 400 && !answer::is_permanent(self),
            None => (400..500).contains(&self.code),
        }
    }

    /// For good: 5xx of a mail server.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self.answer {
            Some(_) => self.code >= 400 && answer::is_permanent(self),
            None => (500..600).contains(&self.code),
        }
    }

    fn has_enhanced(&self, codes: &[&str]) -> bool {
        self.enhanced.as_deref().is_some_and(|e| codes.contains(&e))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        let text = self.text.to_lowercase();
        phrases.iter().any(|p| text.contains(p))
    }
}

fn clean(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
    clean.trim().to_owned()
}

fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    matches!(parts.as_slice(), [class, subject, detail]
        if matches!(*class, "2" | "4" | "5")
            && [subject, detail].iter().all(|p| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit())))
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.foretold {
            return f.write_str(&self.text);
        }
        let whose = if self.answer.is_some() { "HTTP " } else { "" };
        write!(f, "{whose}{}", self.code)?;
        if let Some(enhanced) = &self.enhanced {
            write!(f, " {enhanced}")?;
        }
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        Ok(())
    }
}

/// A place in the conversation with a mail server, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Renewing the sign-in at the provider.
    Token,
    /// Looking up the host name.
    Resolve,
    /// Opening the TCP connection.
    Connect,
    /// The TLS handshake, from the start or after STARTTLS.
    Tls,
    /// Waiting for the server's 220.
    Greeting,
    /// EHLO and its keywords.
    Ehlo,
    /// The STARTTLS command.
    StartTls,
    /// Signing in.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA, up to the 354.
    Data,
    /// The message itself, up to but not including the final dot.
    Body,
    /// From the final dot to its reply.
    Dot,
    /// RSET between two mails.
    Reset,
}

impl Stage {
    /// The stage as a word for rules and `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Resolve => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Greeting => "greeting",
            Self::Ehlo => "ehlo",
            Self::StartTls => "starttls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data | Self::Body => "data",
            Self::Dot => "after_data",
            Self::Reset => "reset",
        }
    }

    /// The stage as a word for a sentence: "while ...".
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Self::Token => "renewing the sign-in",
            Self::Resolve => "looking up the server's name",
            Self::Connect => "connecting",
            Self::Tls => "securing the connection",
            Self::Greeting => "waiting for the server's greeting",
            Self::Ehlo => "introducing ourselves",
            Self::StartTls => "asking for encryption",
            Self::Auth => "signing in",
            Self::Mail => "naming the sender",
            Self::Rcpt => "naming a recipient",
            Self::Data => "announcing the message",
            Self::Body => "sending the message",
            Self::Dot => "waiting for the server to take the message",
            Self::Reset => "preparing the next message",
        }
    }
}

/// How a conversation broke, apart from replies about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The server answered, and not as hoped.
    Replied(Reply),
    /// No route, refused, reset, closed, unknown host.
    Network(NetworkFault),
    /// The stage's time ran out.
    TimedOut,
    /// The server's certificate was refused, and why.
    Certificate(Box<CertificateFault>),
    /// TLS was begun and what answers does not speak it: port and encryption do not fit together.
    NotTls,
    /// The server speaks TLS, but nothing as new as TLS 1.2; what it said.
    OldTls(String),
    /// Something between us and the server answered in its place: a network that wants a sign-in first.
    Captive,
    /// The server broke the protocol (an endless line, text that is no reply, bytes injected before TLS).
    Protocol(String),
    /// Encryption was asked for and the server does not offer it.
    NoEncryption,
    /// A password would have crossed an unencrypted connection; nothing was sent.
    PlaintextPassword,
    /// The server offers no way to sign in that we speak, and what it offers.
    NoMechanism(Vec<String>),
    /// No password is stored for the account.
    NoSecret,
    /// The account signs in at its provider, and nobody has connected it yet.
    NotConnected,
    /// The provider's sign-in service said no.
    SignInRefused {
        /// The kind of refusal, as RFC 6749 names it.
        error: String,
        /// The service's own words.
        description: String,
    },
    /// The place where passwords are kept cannot be read now, and why.
    SecretUnreadable(String),
    /// The mark before the final dot could not be written; the message was not completed.
    NotMarked(String),
    /// The message's bytes could not be read from the data file.
    BodyUnreadable(String),
}

/// Trouble that ends the connection: where and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where in the conversation.
    pub stage: Stage,
    /// How.
    pub cause: Cause,
}

impl Cause {
    /// The kind of trouble as one word, for choosing its explanation.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Replied(_) => "replied",
            Self::Network(fault) => match fault.kind {
                NetworkKind::UnknownHost => "host_unknown",
                NetworkKind::Offline => "offline",
                NetworkKind::Unreachable => "unreachable",
                NetworkKind::Refused => "refused",
                NetworkKind::Cut => "cut",
                NetworkKind::Closed => "closed",
                NetworkKind::Other => "other",
            },
            Self::TimedOut => "timeout",
            Self::Certificate(fault) => match fault.kind {
                CertificateKind::Expired => "certificate_expired",
                CertificateKind::NotYetValid => "certificate_not_yet",
                CertificateKind::OtherName => "certificate_name",
                CertificateKind::UnknownIssuer => "certificate_unknown",
                CertificateKind::Changed => "certificate_changed",
                CertificateKind::Unusable => "certificate_other",
            },
            Self::NotTls => "tls_not_spoken",
            Self::OldTls(_) => "tls_old",
            Self::Captive => "captive",
            Self::Protocol(_) => "protocol",
            Self::NoEncryption => "no_encryption",
            Self::PlaintextPassword => "plaintext_password",
            Self::NoMechanism(_) => "no_mechanism",
            Self::NoSecret => "no_secret",
            Self::NotConnected => "not_connected",
            Self::SignInRefused { .. } => "sign_in_refused",
            Self::SecretUnreadable(_) => "keyring",
            Self::NotMarked(_) | Self::BodyUnreadable(_) => "local",
        }
    }
}

impl Trouble {
    /// Whether what answered does not show itself as the mail server it should be.
    #[must_use]
    pub fn is_another_server(&self) -> bool {
        match &self.cause {
            Cause::Certificate(fault) => {
                !matches!(fault.kind, CertificateKind::Changed | CertificateKind::Expired)
            }
            Cause::NoEncryption | Cause::NotTls => true,
            _ => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doing = self.stage.doing();
        match &self.cause {
            Cause::Replied(reply) => write!(f, "the server said \"{reply}\" while {doing}"),
            Cause::Network(why) => write!(f, "no connection while {doing}: {why}"),
            Cause::TimedOut => write!(f, "the server did not answer in time while {doing}"),
            Cause::Certificate(why) => write!(f, "the server's certificate was refused: {why}"),
            Cause::Protocol(why) => {
                write!(f, "the server broke the mail protocol while {doing}: {why}")
            }
            Cause::NoEncryption => {
                write!(f, "the server offers no encryption (STARTTLS), and this account requires it")
            }
            Cause::PlaintextPassword => {
                write!(f, "the connection is not encrypted, so the password was not sent")
            }
            Cause::NotTls => write!(f, "the server does not speak TLS on this port"),
            Cause::OldTls(why) => write!(f, "the server offers nothing as new as TLS 1.2 ({why})"),
            Cause::Captive => {
                write!(f, "something in between answers in the server's place; sign in to this network first")
            }
            Cause::NoMechanism(offered) if offered.is_empty() => {
                write!(f, "the server offers no sign-in on this port")
            }
            Cause::NoMechanism(offered) => {
                write!(f, "the server offers no sign-in this account can use, only {}", offered.join(", "))
            }
            Cause::NoSecret => write!(f, "no password is stored for this account"),
            Cause::NotConnected => {
                write!(f, "the account is not connected; connect it with `tillpost account connect`")
            }
            Cause::SignInRefused { error, description } if oauth::refusal(error) == Refusal::Ended => {
                write!(f, "the provider ended the connection ({error}: {description}); connect again")
            }
            Cause::SignInRefused { error, description } => {
                write!(f, "the provider refused the sign-in ({error}: {description})")
            }
            Cause::SecretUnreadable(why) => write!(f, "the stored password cannot be read now: {why}"),
            Cause::NotMarked(why) => {
                write!(f, "the data file could not be written before the message was completed: {why}")
            }
            Cause::BodyUnreadable(why) => {
                write!(f, "the message could not be read from the data file: {why}")
            }
        }
    }
}

/// What became of one recipient in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the message for this recipient: the 250 after the dot.
    Accepted(Reply),
    /// Refused for good (5xx), at RCPT or for the whole message.
    Refused(Reply),
    /// Refused for now (4xx).
    Deferred(Reply),
    /// The message provably did not go to this recipient, and it is not the recipient's doing.
    NotSent,
    /// The message may have gone: the connection broke between the dot and its reply.
    Uncertain(String),
}

/// What trouble, or a reply about the account inside a transaction, means for the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The network or the server is away: wait and try again; costs no mail anything.
    Offline,
    /// The server asks for patience (4xx before the dot): back off.
    Busy,
    /// The password or name was refused: no further try until it changes.
    HeldSignIn,
    /// Settings must change (certificate, encryption, sender not allowed): hold the account.
    HeldSettings,
    /// A sending limit was met: no mail until this many seconds have passed.
    Throttled(i64),
    /// Too many connections or sign-ins at once, not mails in a time: a wait of this many seconds.
    Crowded(i64),
    /// The trouble is with this one mail; the account goes on.
    ThisMail,
    /// The trouble is on our side of the wire (the data file, the keyring): back off, nothing is held.
    OwnFault,
}

/// How long an account waits after a day's limit was met.
const DAY_LIMIT_SECONDS: i64 = 24 * 3600;
/// How long an account waits after a short-term limit was met.
const SHORT_LIMIT_SECONDS: i64 = 300;

/// How long an account waits after the server asked for a pause between sign-ins.
const SIGN_IN_PAUSE_SECONDS: i64 = 900;

/// What a reply means that speaks of the account's own sending limit, whatever its class.
///
/// # Source
/// The providers' documented replies: Gmail 5.4.5, iCloud and Exchange Online daily limits, IONOS 450,
/// Exchange Online 432 4.3.2 (concurrent connections).
#[must_use]
pub fn sending_limit(reply: &Reply) -> Option<Effect> {
    if reply.answer.is_some() {
        let effect = replied(Stage::Dot, reply);
        return matches!(effect, Effect::Throttled(_) | Effect::Crowded(_)).then_some(effect);
    }
    if reply.is_positive() {
        return None;
    }
    let daily = [
        "daily user sending",
        "daily sending limit",
        "daily sending quota",
        "exceeded your daily",
        "submissionquotaexceeded",
        "sending quota exceeded",
        "maximum credits exceeded",
    ];
    if reply.has_enhanced(&["5.4.5"]) || reply.says(&daily) {
        return Some(Effect::Throttled(DAY_LIMIT_SECONDS));
    }
    let hourly = ["mail send limit exceeded", "sending rate", "peak smtp relay limit"];
    if reply.says(&hourly) {
        return Some(Effect::Throttled(3600));
    }
    if reply.says(&["too many login attempts", "too many auth commands"]) {
        return Some(Effect::Crowded(SIGN_IN_PAUSE_SECONDS));
    }
    let concurrent = ["concurrent connection", "thread limit"];
    if reply.says(&concurrent) || (reply.code == 432 && reply.has_enhanced(&["4.3.2"])) {
        return Some(Effect::Crowded(SHORT_LIMIT_SECONDS));
    }
    None
}

/// Whether a reply says that this account may not send, or not as this sender, whatever the stage.
#[must_use]
pub fn account_refused(reply: &Reply) -> bool {
    let refused = [
        // Not as this sender.
        "sendasdenied",
        "permissions to send as this sender",
        "permission to send as this sender",
        "not owned by user",
        "sender identity",
        "recipient not authorised",
        // Not without signing in, or not at this server.
        "basic authentication is not supported",
        "authentication required",
        "client not authenticated",
        "client was not authenticated",
        "must be authenticated",
        "relay access denied",
        "relaying denied",
        "relay not permitted",
        "unable to relay",
        // Not this account at all, for now.
        "bad outbound sender",
        "storedrv.submission",
        "shutoffquotaexceeded",
    ];
    reply.is_permanent()
        && (reply.code == 530
            || reply.has_enhanced(&["5.7.30", "5.7.57", "5.7.60", "5.7.139", "5.2.252"])
            || reply.says(&refused))
}

/// Whether a reply says that the connection must be encrypted, whatever its class.
fn encryption_required(reply: &Reply) -> bool {
    !reply.is_positive()
        && reply.says(&[
            "issue a starttls command",
            "starttls is required",
            "tls required",
            "encryption required",
        ])
}

/// What trouble means for the account.
///
/// # Source
/// RFC 4954 section 6 (535, 534, 454), RFC 5321 section 4.2.
#[must_use]
pub fn effect(trouble: &Trouble) -> Effect {
    match &trouble.cause {
        Cause::Network(_) | Cause::TimedOut | Cause::Protocol(_) | Cause::Captive => Effect::Offline,
        // Only the server's owner can renew it, and then nobody has to do anything here.
        Cause::Certificate(fault) if fault.kind == CertificateKind::Expired => Effect::Busy,
        Cause::Certificate(_)
        | Cause::NotTls
        | Cause::OldTls(_)
        | Cause::NoEncryption
        | Cause::PlaintextPassword
        | Cause::NoMechanism(_) => Effect::HeldSettings,
        Cause::NoSecret | Cause::NotConnected => Effect::HeldSignIn,
        Cause::SignInRefused { error, .. } => match oauth::refusal(error) {
            Refusal::Ended => Effect::HeldSignIn,
            Refusal::Settings => Effect::HeldSettings,
            Refusal::Later => Effect::Busy,
        },
        // A locked keyring opens again without anybody changing the account.
        Cause::NotMarked(_) | Cause::SecretUnreadable(_) => Effect::OwnFault,
        Cause::BodyUnreadable(_) => Effect::ThisMail,
        Cause::Replied(reply) => replied(trouble.stage, reply),
    }
}

/// What trouble means for an account whose server was reached before with the same settings.
///
/// A certificate or a missing encryption that was right before is far oftener the login page of a guest
/// network, or this computer's clock, than the server: it passes without anybody changing the account,
/// so it is tried again as without a network. Nothing secret was sent, and nothing is.
#[must_use]
pub fn effect_where_known(trouble: &Trouble) -> Effect {
    if trouble.is_another_server() { Effect::Offline } else { effect(trouble) }
}

fn replied(stage: Stage, reply: &Reply) -> Effect {
    if reply.answer.is_some() {
        return answer::effect(reply);
    }
    if let Some(effect) = sending_limit(reply) {
        return effect;
    }
    if encryption_required(reply) {
        return Effect::HeldSettings;
    }
    if reply.code == 421 || (reply.is_transient() && stage < Stage::Mail) {
        return Effect::Busy;
    }
    match stage {
        Stage::Auth => Effect::HeldSignIn,
        _ if stage < Stage::Mail => Effect::HeldSettings,
        Stage::Mail if too_large(reply) => Effect::ThisMail,
        Stage::Mail if reply.is_permanent() && matches!(reply.code, 501 | 555) => Effect::ThisMail,
        Stage::Mail if reply.is_permanent() => Effect::HeldSettings,
        _ if account_refused(reply) => Effect::HeldSettings,
        _ => Effect::ThisMail,
    }
}

/// Whether a reply says that the message is larger than the server takes.
#[must_use]
pub fn too_large(reply: &Reply) -> bool {
    match reply.answer {
        Some(_) => answer::too_large(reply),
        None => reply.code == 552 || reply.has_enhanced(&["5.3.4"]),
    }
}

/// Whether a refusal of a recipient only says that there are too many in one transaction.
///
/// # Source
/// RFC 5321 section 4.5.3.1.10: 452 (some servers: 552) after the accepted ones; the rest goes in the
/// next transaction.
#[must_use]
pub fn too_many_recipients(reply: &Reply) -> bool {
    reply.has_enhanced(&["4.5.3", "5.5.3"])
        || (matches!(reply.code, 452 | 552) && reply.says(&["too many recipients", "too many rcpt"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(stage: Stage, code: u16, text: &str) -> Effect {
        effect(&Trouble { stage, cause: Cause::Replied(Reply::new(code, text)) })
    }

    #[test]
    fn a_reply_is_taken_apart() {
        let reply = Reply::new(550, "5.1.1 No such\r\nuser");
        assert_eq!(reply.enhanced.as_deref(), Some("5.1.1"));
        assert_eq!(reply.text, "No such  user");
        assert_eq!(Reply::new(250, "2.0 ok").enhanced, None);
        assert_eq!(Reply::new(250, "").to_string(), "250");
    }

    #[test]
    fn limits_never_fail_a_mail() {
        for (stage, code, text) in [
            (Stage::Mail, 550, "5.4.5 Daily user sending limit exceeded"),
            (Stage::Dot, 554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
            (Stage::Rcpt, 450, "Mail send limit exceeded"),
        ] {
            assert!(matches!(at(stage, code, text), Effect::Throttled(_)), "{code} {text}");
        }
        let threads = at(Stage::Greeting, 432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded");
        assert_eq!(threads, Effect::Crowded(300));
    }

    #[test]
    fn who_a_refusal_belongs_to() {
        assert_eq!(at(Stage::Auth, 535, "5.7.8 bad password"), Effect::HeldSignIn);
        assert_eq!(at(Stage::Auth, 454, "4.7.0 try later"), Effect::Busy);
        assert_eq!(at(Stage::Greeting, 421, "busy"), Effect::Busy);
        assert_eq!(at(Stage::Mail, 553, "5.7.1 sender not owned"), Effect::HeldSettings);
        assert_eq!(at(Stage::Mail, 552, "5.3.4 too big"), Effect::ThisMail);
        assert_eq!(at(Stage::Dot, 554, "5.7.1 spam"), Effect::ThisMail);
        assert_eq!(at(Stage::Rcpt, 421, "closing"), Effect::Busy);
        let cut = Trouble {
            stage: Stage::Body,
            cause: Cause::Network(NetworkFault::new(NetworkKind::Cut, "reset")),
        };
        assert_eq!(effect(&cut), Effect::Offline);
    }
}

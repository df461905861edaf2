//! From what went wrong to one text in the shop's words: what happened, why, what to do.
//!
//! Which text it is, is decided by `assets/explanations/rules.json`, first match first; the texts are one
//! file a language beside it. What the trouble means for the queue is decided in [`crate::domain::reply`];
//! a test holds the two together.

mod rules;
mod texts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use texts::{LANGUAGES, Language, spoken};

use super::clock;
use crate::domain::Millis;
use crate::domain::account::{Account, Encryption, SignIn};
use crate::domain::oauth::OAuth;
use crate::domain::provider::{self as providers, Provider};
use crate::domain::reply::{Cause, Reply, Stage, Trouble};
use crate::domain::typo;
use crate::wire::views::{ActionView, ExplanationView, RawView};

/// A clock before this is wrong: this Tillpost did not exist then.
const RELEASED: Millis = Millis(1_793_491_200_000);

/// What went wrong, as facts without words of ours; kept with an account as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where: a word of [`Stage::word`], or `any`.
    pub stage: String,
    /// How: a word of [`Cause::word`].
    pub kind: String,
    /// The server's code.
    #[serde(default)]
    pub code: Option<u16>,
    /// Its enhanced code.
    #[serde(default)]
    pub enhanced: Option<String>,
    /// What the server or the system said.
    #[serde(default)]
    pub text: String,
    /// What the text may name: dates and names of a certificate, mechanisms.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl Facts {
    /// The facts of a trouble.
    #[must_use]
    pub fn of(trouble: &Trouble) -> Self {
        let mut facts = Self {
            stage: trouble.stage.word().to_owned(),
            kind: trouble.cause.word().to_owned(),
            ..Self::default()
        };
        match &trouble.cause {
            Cause::Replied(reply) => {
                facts.kind = kind_of(reply).to_owned();
                facts.code = Some(reply.code);
                facts.enhanced.clone_from(&reply.enhanced);
                facts.text.clone_from(&reply.text);
            }
            Cause::Network(fault) => facts.text.clone_from(&fault.text),
            Cause::Certificate(fault) => {
                facts.text.clone_from(&fault.text);
                if let Some(shown) = &fault.shown {
                    facts.params.insert("names".into(), shown.names.join(", "));
                    // One with an asterisk is the name of no server.
                    let name = shown.names.iter().find(|name| !name.contains('*'));
                    facts.params.insert("name".into(), name.cloned().unwrap_or_default());
                    facts.params.insert("issuer".into(), shown.issuer.clone());
                    facts.params.insert("fingerprint".into(), shown.fingerprint.clone());
                    facts.params.insert("date".into(), day(shown.not_after));
                }
            }
            Cause::NoMechanism(offered) => {
                facts.params.insert("mechanisms".into(), offered.join(", "));
            }
            Cause::SignInRefused { error, description } => facts.text = format!("{error}: {description}"),
            Cause::OldTls(why)
            | Cause::Protocol(why)
            | Cause::SecretUnreadable(why)
            | Cause::NotMarked(why)
            | Cause::BodyUnreadable(why) => facts.text.clone_from(why),
            Cause::NotTls
            | Cause::Captive
            | Cause::TimedOut
            | Cause::NoEncryption
            | Cause::PlaintextPassword
            | Cause::NoSecret
            | Cause::NotConnected => {}
        }
        facts
    }

    /// The facts of a reply as it is kept with a recipient: `550 5.1.1 No such user`.
    #[must_use]
    pub fn kept(stage: Option<Stage>, raw: &str) -> Self {
        let stage = stage.map_or("any", Stage::word).to_owned();
        let answer = raw.strip_prefix("HTTP ").and_then(|rest| {
            let (code, text) = rest.split_once(' ').unwrap_or((rest, ""));
            Some((code.parse().ok()?, text.to_owned()))
        });
        if let Some((code, text)) = answer {
            return Self { stage, kind: ANSWERED.into(), code: Some(code), text, ..Self::default() };
        }
        let split = raw.split_at_checked(3).and_then(|(digits, text)| Some((digits.parse().ok()?, text)));
        match split {
            Some((code @ 200..=599, text)) => {
                let reply = Reply::new(code, text.trim());
                let kind = kind_of(&reply).to_owned();
                let (enhanced, text) = (reply.enhanced, reply.text);
                Self { stage, kind, code: Some(code), enhanced, text, params: BTreeMap::new() }
            }
            // Words of Tillpost, which knew the answer beforehand and did not ask.
            _ => {
                let kind = match () {
                    () if raw.contains(" at most; it was not asked") => "too_big",
                    () if raw.contains("SMTPUTF8") => "replied",
                    () => "other",
                };
                Self { stage, kind: kind.into(), text: raw.to_owned(), ..Self::default() }
            }
        }
    }

    /// Reads facts that were kept with an account.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// As they are kept.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same facts with one more value to name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

/// The kind of what an interface answered.
const ANSWERED: &str = "answered";

fn kind_of(reply: &Reply) -> &'static str {
    if reply.answer.is_some() {
        return ANSWERED;
    }
    if reply.foretold && crate::domain::reply::too_large(reply) { "too_big" } else { "replied" }
}

/// The account and the mail that something went wrong with.
#[derive(Debug, Clone)]
pub struct Circumstances {
    provider: Option<&'static Provider>,
    port: u16,
    encryption: &'static str,
    oauth: bool,
    /// Host and port of the service that renews the sign-in.
    token_host: Option<(String, u16)>,
    /// Port and encryption that a test found to work.
    works: Option<(u16, Encryption)>,
    now: Millis,
    params: BTreeMap<String, String>,
}

impl Circumstances {
    /// Those of an account.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let provider = providers::of(account);
        let from = account.from.address.to_string();
        let user = if account.user.is_empty() { &from } else { &account.user };
        let host = if account.host.is_empty() { "?" } else { account.host.as_str() };
        let mut params: BTreeMap<String, String> = [
            ("provider", provider.map_or(host, |p| p.label.as_str())),
            ("host", host),
            ("user", user),
            ("from", &from),
            ("domain", account.from.address.domain()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        params.insert("port".into(), account.port.to_string());
        if let Some(oauth) = account.oauth.as_ref().filter(|_| account.sign_in == SignIn::OAuth) {
            params.insert("redirect".into(), format!("http://{}", oauth.issuer.redirect_host()));
            let scopes = oauth.scopes(account.transport);
            let right = scopes.first().and_then(|scope| scope.rsplit('/').find(|part| !part.is_empty()));
            params.insert("right".into(), right.unwrap_or_default().to_owned());
            if provider.is_none() {
                params.insert("provider".into(), oauth.issuer.label().to_owned());
            }
        }
        let expected = providers::by_address(user).filter(|p| !p.host.is_empty() && p.host != account.host);
        if let Some(expected) = expected {
            params.insert("suggestion".into(), expected.host.clone());
        }
        Self {
            provider,
            port: account.port,
            encryption: account.encryption.word(),
            oauth: account.sign_in == SignIn::OAuth,
            token_host: account.oauth.as_ref().and_then(OAuth::token_host),
            works: None,
            now: clock::now(),
            params,
        }
    }

    /// Seen for one recipient.
    #[must_use]
    pub fn to(mut self, recipient: &str) -> Self {
        self.params.remove("suggestion");
        self.params.insert("rcpt".into(), recipient.to_owned());
        if let Some((_, domain)) = recipient.rsplit_once('@') {
            self.params.insert("domain".into(), domain.to_owned());
        }
        if let Some(meant) = typo::meant(recipient, &[]) {
            self.params.insert("suggestion".into(), meant.domain().to_owned());
        }
        self
    }

    /// With one more value to name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// With the port and encryption that a test found to work.
    #[must_use]
    pub fn where_works(mut self, pair: Option<(u16, Encryption)>) -> Self {
        self.works = pair;
        match pair {
            Some((port, encryption)) => self.with("pair", pair_words(port, encryption)),
            None => self,
        }
    }

    /// As seen at another time.
    #[must_use]
    pub fn at(mut self, now: Millis) -> Self {
        self.now = now;
        self
    }

    pub(super) fn clock_wrong(&self) -> bool {
        self.now < RELEASED
    }
}

/// Whether the clock shows a time before this Tillpost existed.
pub(super) fn clock_is_wrong() -> bool {
    clock::now() < RELEASED
}

/// One text for what went wrong, in the language of a BCP 47 tag where it is shipped, else in English.
#[must_use]
pub fn explain(facts: &Facts, at: &Circumstances, language: &str) -> ExplanationView {
    let language = Language::of(language);
    let rule = rules::choose(facts, at);
    let mut params = at.params.clone();
    if let (Some((host, port)), "token" | "connecting") = (&at.token_host, facts.stage.as_str()) {
        params.insert("host".into(), host.clone());
        params.insert("port".into(), port.to_string());
    }
    params.extend(facts.params.clone());
    params.insert("text".into(), facts.text.clone());
    params.insert("now".into(), clock::local(at.now).format("%Y-%m-%d %H:%M").to_string());
    params.insert("encryption".into(), encryption_words(at.encryption).to_owned());
    params.entry("rcpt".into()).or_insert_with(|| "?".to_owned());
    if let Some(hint) = at.provider.or_else(|| providers::named("generic")) {
        let hint = language.hint(&hint.hint, &params);
        params.insert("hint".into(), hint);
    }
    let text = language.text(&rule.id);
    ExplanationView {
        id: rule.id.clone(),
        key: rule.key.clone(),
        scope: rule.scope.clone(),
        retry: rule.retry.clone(),
        stage: facts.stage.clone(),
        title: texts::fill(&text.title, &params),
        detail: texts::fill(&text.detail, &params),
        steps: text.steps.iter().map(|step| texts::fill(step, &params)).collect(),
        actions: actions(&rule.actions, at, language, &params),
        raw: RawView { code: facts.code, enhanced: facts.enhanced.clone(), text: facts.text.clone() },
    }
}

/// The buttons of an explanation, each with what it puts in. What nothing is known for is no offer.
fn actions(
    keys: &[String],
    at: &Circumstances,
    language: &Language,
    params: &BTreeMap<String, String>,
) -> Vec<ActionView> {
    let mut params = params.clone();
    let tried = at.works.is_some();
    // What is usual on its port is the best guess where no other was tried.
    let usual = if at.port == 587 { (587, Encryption::StartTls) } else { (465, Encryption::Tls) };
    let (port, encryption) = at.works.unwrap_or(usual);
    params.insert("pair".into(), pair_words(port, encryption));
    params.insert("works".into(), format!("{port} {}", encryption.word()));
    let other_ports = ["use_pair", "use_default_port", "use_port_587", "use_starttls_587", "use_tls_465"];
    let first = tried.then_some("use_pair");
    let rest = keys.iter().map(String::as_str).filter(|key| !(tried && other_ports.contains(key)));
    let action = |key: &str| {
        let named = match key {
            "use_name" => Some("name"),
            "use_suggested_host" | "use_suggestion" => Some("suggestion"),
            "use_user_as_sender" => Some("user"),
            "use_pair" => Some("works"),
            "trust_certificate" => Some("fingerprint"),
            _ => None,
        };
        let value = named.and_then(|name| params.get(name)).filter(|value| !value.is_empty()).cloned();
        if value.is_none() && named.is_some_and(|name| name != "fingerprint") {
            return None;
        }
        let label = texts::fill(language.action(key), &params);
        Some(ActionView { key: key.to_owned(), label, value })
    };
    first.into_iter().chain(rest).filter_map(action).collect()
}

fn pair_words(port: u16, encryption: Encryption) -> String {
    format!("{port} – {}", encryption_words(encryption.word()))
}

/// The encryption by what it does, in the words the vendors use.
pub(super) fn encryption_words(word: &str) -> &'static str {
    match Encryption::from_word(word) {
        Some(Encryption::Tls) => "SSL/TLS",
        Some(Encryption::StartTls) => "STARTTLS",
        Some(Encryption::None) | None => "-",
    }
}

/// A day as it is shown.
pub(super) fn day(at: Millis) -> String {
    clock::local(at).format("%Y-%m-%d").to_string()
}

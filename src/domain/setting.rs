//! The settings there are, their defaults, and which values they take.

use super::document::{EInvoice, Kind, Paper};
use super::mail::UncertainPolicy;
use super::{EmailAddress, Invalid};
use crate::domain::{Said, say};

/// What a setting's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `true` or `false`.
    Switch,
    /// A whole number between the two, both included.
    Number(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Addresses separated by commas, or nothing.
    Addresses,
    /// A BCP 47 language tag.
    Language,
    /// IP addresses and networks separated by commas, or nothing.
    Networks,
    /// Web origins separated by commas, or nothing.
    Origins,
    /// The path of a file, or nothing.
    File,
    /// Seconds from 0 to 120, or `until_released`.
    Undo,
    /// What to do with uncertain mails by kind of document, like `invoice=ask, receipt=never`, or nothing.
    PolicyByKind,
    /// A span of the day like `20:00-07:30`, or nothing.
    Hours,
}

/// A span of every day, over midnight too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first minute, counted from midnight.
    from: u32,
    /// The minute after the last.
    to: u32,
}

impl Hours {
    /// Reads `20:00-07:30`; nothing else is one, and a span of nothing is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let minute = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let (from, to) = text.split_once('-')?;
        let hours = Self { from: minute(from)?, to: minute(to)? };
        (hours.from != hours.to).then_some(hours)
    }

    /// Whether the minute of the day, counted from midnight, is in it.
    #[must_use]
    pub fn contains(self, minute: u32) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its key.
    pub key: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Its value until it is set.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// All settings, by key.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "api_enabled",
        form: Form::Switch,
        default: "true",
        help: "Enabled: other programs that have an API password may use Tillpost",
    },
    Setting {
        key: "api_remote_login",
        form: Form::Switch,
        default: "false",
        help: "Remote login: other programs may make one-time links that open a screen without signing in again",
    },
    Setting {
        key: "api_restrict_access",
        form: Form::Networks,
        default: "",
        help: "Restrict access: only these IP addresses and networks may connect, and this computer",
    },
    Setting {
        key: "api_web_origins",
        form: Form::Origins,
        default: "",
        help: "web pages of these origins may use the API and show the screens inside theirs",
    },
    Setting {
        key: "archive_address",
        form: Form::Addresses,
        default: "",
        help: "where a blind copy of every mail is kept for good",
    },
    Setting {
        key: "auto_bcc",
        form: Form::Addresses,
        default: "",
        help: "addresses that get a blind copy of every mail",
    },
    Setting {
        key: "auto_bcc_self",
        form: Form::Switch,
        default: "false",
        help: "who a mail is from when it is written gets a blind copy of it",
    },
    Setting {
        key: "auto_store_addresses",
        form: Form::Switch,
        default: "true",
        help: "learn addresses into the address book",
    },
    Setting {
        key: "blind_copy_multiple",
        form: Form::Switch,
        default: "true",
        help: "several recipients do not see each other",
    },
    Setting {
        key: "confirm_before_sending",
        form: Form::Switch,
        default: "true",
        help: "who sends by hand sees the mail and who sees whom first, and says yes; programs are not asked",
    },
    Setting {
        key: "delete_bytes_after_months",
        form: Form::Number(0, 1200),
        default: "0",
        help: "months after which the bytes of a finished mail are deleted and its record kept; 0 keeps all",
    },
    Setting {
        key: "e_invoice",
        form: Form::Word(&EInvoice::WORDS),
        default: "none",
        help: "the form programs can read that invoices and credit notes have, where a customer has no other",
    },
    Setting {
        key: "expire_online_days",
        form: Form::Number(1, 60),
        default: "5",
        help: "days online after which a mail that is put off again and again is given up",
    },
    Setting {
        key: "fallback_font",
        form: Form::File,
        default: "",
        help: "font files, separated by semicolons, for characters the built-in font lacks",
    },
    Setting {
        key: "language",
        form: Form::Language,
        default: "en",
        help: "the language of documents that name none",
    },
    Setting {
        key: "quiet_hours",
        form: Form::Hours,
        default: "",
        help: "the part of the day in which only urgent mails go, like 20:00-07:30; `flush` passes it",
    },
    Setting {
        key: "start_sending",
        form: Form::Word(&["automatic", "by_hand"]),
        default: "automatic",
        help: "whether mails leave by themselves, or only when somebody says so: `flush`, Send now; urgent ones leave anyway",
    },
    Setting {
        key: "legal_checks",
        form: Form::Switch,
        default: "true",
        help: "refuse to issue what lacks a field that the law of the seller's country asks for",
    },
    Setting {
        key: "paper",
        form: Form::Word(&["auto", "a4", "a5", "letter", "roll80", "roll58"]),
        default: "auto",
        help: "the paper of documents that name none; auto is letter where the shop's country uses it, else a4",
    },
    Setting {
        key: "receipt_paper",
        form: Form::Word(&["auto", "a4", "a5", "letter", "roll80", "roll58"]),
        default: "roll80",
        help: "the paper of receipts that name none; auto is that of other documents",
    },
    Setting {
        key: "send_with",
        form: Form::Word(&["account", "program"]),
        default: "account",
        help: "how mails leave: through the mail account, or handed as drafts to the computer's own mail program, which needs no account here",
    },
    Setting {
        key: "sender_policy",
        form: Form::Word(&["any", "listed"]),
        default: "any",
        help: "who a mail may be from: anybody (with a warning), or only the account's own and its listed senders",
    },
    Setting {
        key: "uncertain_policy",
        form: Form::Word(&["resend_once", "ask", "never"]),
        default: "resend_once",
        help: "what to do when the server's answer to a whole mail was lost",
    },
    Setting {
        key: "uncertain_policy_by_kind",
        form: Form::PolicyByKind,
        default: "",
        help: "the same for mails that carry a document of some kind, like invoice=ask, job_card=resend_once",
    },
    Setting {
        key: "undo_seconds",
        form: Form::Undo,
        default: "10",
        help: "seconds a new mail waits so that it can be taken back (`flush` does not wait), or until_released",
    },
];

impl Setting {
    /// The setting called `key`.
    ///
    /// # Errors
    /// When there is none, naming all there are.
    pub fn named(key: &str) -> Result<&'static Self, Invalid> {
        SETTINGS.iter().find(|s| s.key == key).ok_or_else(|| {
            let keys: Vec<&str> = SETTINGS.iter().map(|s| s.key).collect();
            Invalid::new(key, "there is no such setting", say!("There are: {all}", all = keys.join(", ")))
        })
    }

    /// Checks a value and brings it into the form it is stored in.
    ///
    /// # Errors
    /// Names the setting and what it takes.
    pub fn accept(&self, value: &str) -> Result<String, Invalid> {
        let value = value.trim();
        let refuse =
            |remedy: Said| Err(Invalid::new(self.key, say!("\"{value}\" does not fit", value), remedy));
        match self.form {
            Form::Switch => match value {
                "true" | "false" => Ok(value.to_owned()),
                "on" | "yes" | "1" => Ok("true".to_owned()),
                "off" | "no" | "0" => Ok("false".to_owned()),
                _ => refuse("Use true or false".into()),
            },
            Form::Number(least, most) => match value.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
                _ => refuse(say!("Use a whole number from {least} to {most}", least, most)),
            },
            Form::Word(words) if words.contains(&value) => Ok(value.to_owned()),
            Form::Word(words) => refuse(say!("Use one of: {all}", all = words.join(", "))),
            Form::Addresses => addresses(value)
                .map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                .map_err(|e| e.within(self.key)),
            Form::Networks => super::access::networks(value)
                .map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                .map_err(|e| e.within(self.key)),
            Form::Origins => {
                super::access::origins(value).map(|list| list.join(", ")).map_err(|e| e.within(self.key))
            }
            Form::Language => {
                let well_formed = (2..=35).contains(&value.len())
                    && value
                        .split('-')
                        .all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
                if well_formed { Ok(value.to_owned()) } else { refuse("Use a tag like en or en-GB".into()) }
            }
            Form::Undo => match value.parse::<i64>() {
                Ok(seconds) if (0..=LONGEST_UNDO_SECONDS).contains(&seconds) => Ok(seconds.to_string()),
                _ if value == UNTIL_RELEASED => Ok(value.to_owned()),
                _ => refuse(say!(
                    "Use a whole number from 0 to {most}, or {word}",
                    most = LONGEST_UNDO_SECONDS,
                    word = UNTIL_RELEASED
                )),
            },
            Form::PolicyByKind => match policies(value) {
                Some(list) => Ok(list
                    .iter()
                    .map(|(kind, policy)| format!("{}={}", kind.word(), policy.word()))
                    .collect::<Vec<_>>()
                    .join(", ")),
                None => refuse(
                    "Write kind=policy, separated by commas; the policies are resend_once, ask and never"
                        .into(),
                ),
            },
            Form::Hours if value.is_empty() => Ok(String::new()),
            Form::Hours => match Hours::parse(value) {
                Some(hours) => Ok(hours.to_string()),
                None => refuse("Write a span of the day like 20:00-07:30, or nothing".into()),
            },
            Form::File => {
                super::invalid::one_line(self.key, value)?;
                Ok(value.to_owned())
            }
        }
    }
}

/// The longest undo time there is.
pub const LONGEST_UNDO_SECONDS: i64 = 120;

/// The value of `undo_seconds` with which a new mail waits for a person.
const UNTIL_RELEASED: &str = "until_released";

/// Reads `invoice=ask, receipt=never`.
fn policies(text: &str) -> Option<Vec<(Kind, UncertainPolicy)>> {
    let each = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    each.map(|part| {
        let (kind, policy) = part.split_once('=')?;
        Some((Kind::from_word(kind.trim())?, UncertainPolicy::from_word(policy.trim())?))
    })
    .collect()
}

/// Reads a list of addresses separated by commas, semicolons or white space.
///
/// # Errors
/// The first that is none.
pub fn addresses(text: &str) -> Result<Vec<EmailAddress>, Invalid> {
    text.split([',', ';', ' ', '\n', '\t'])
        .filter(|part| !part.trim().is_empty())
        .map(EmailAddress::parse)
        .collect()
}

/// The settings a use case works with, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `archive_address`.
    pub archive_address: Vec<EmailAddress>,
    /// `auto_bcc`.
    pub auto_bcc: Vec<EmailAddress>,
    /// `auto_bcc_self`.
    pub auto_bcc_self: bool,
    /// `auto_store_addresses`.
    pub auto_store_addresses: bool,
    /// `blind_copy_multiple`.
    pub blind_copy_multiple: bool,
    /// `confirm_before_sending`.
    pub confirm_before_sending: bool,
    /// `delete_bytes_after_months`; 0 for never.
    pub delete_bytes_after_months: u32,
    /// `e_invoice`.
    pub e_invoice: EInvoice,
    /// `expire_online_days`.
    pub expire_online_days: i64,
    /// `fallback_font`, paths separated by semicolons; empty for none.
    pub fallback_font: String,
    /// `language`.
    pub language: String,
    /// `quiet_hours`.
    pub quiet_hours: Option<Hours>,
    /// `legal_checks`.
    pub legal_checks: bool,
    /// `paper`; none when it follows from the shop's country.
    pub paper: Option<Paper>,
    /// `receipt_paper`; none when it is that of other documents.
    pub receipt_paper: Option<Paper>,
    /// Whether `send_with` is the computer's own mail program.
    pub hands_over: bool,
    /// Whether `sender_policy` allows listed senders only.
    pub listed_senders_only: bool,
    /// Whether `start_sending` is by hand.
    pub starts_by_hand: bool,
    /// `uncertain_policy`.
    pub uncertain_policy: UncertainPolicy,
    /// `uncertain_policy_by_kind`.
    pub uncertain_policy_by_kind: Vec<(Kind, UncertainPolicy)>,
    /// `undo_seconds`; `None` where a new mail waits for a person.
    pub undo_seconds: Option<i64>,
}

impl Settings {
    /// The settings from their stored values; what is not stored, or no longer fits, has its default.
    #[must_use]
    pub fn from_stored(mut stored: impl FnMut(&str) -> Option<String>) -> Self {
        let mut value = |key: &str| {
            let setting = Setting::named(key).ok();
            let kept = stored(key).and_then(|v| setting.and_then(|s| s.accept(&v).ok()));
            kept.unwrap_or_else(|| setting.map_or_else(String::new, |s| s.default.to_owned()))
        };
        Self {
            archive_address: addresses(&value("archive_address")).unwrap_or_default(),
            auto_bcc: addresses(&value("auto_bcc")).unwrap_or_default(),
            auto_bcc_self: value("auto_bcc_self") == "true",
            auto_store_addresses: value("auto_store_addresses") == "true",
            blind_copy_multiple: value("blind_copy_multiple") == "true",
            confirm_before_sending: value("confirm_before_sending") == "true",
            delete_bytes_after_months: value("delete_bytes_after_months").parse().unwrap_or_default(),
            e_invoice: EInvoice::from_word(&value("e_invoice")).unwrap_or(EInvoice::None),
            expire_online_days: value("expire_online_days").parse().unwrap_or_default(),
            fallback_font: value("fallback_font"),
            language: value("language"),
            quiet_hours: Hours::parse(&value("quiet_hours")),
            legal_checks: value("legal_checks") == "true",
            paper: Paper::from_word(&value("paper")),
            receipt_paper: Paper::from_word(&value("receipt_paper")),
            hands_over: value("send_with") == "program",
            listed_senders_only: value("sender_policy") == "listed",
            starts_by_hand: value("start_sending") == "by_hand",
            uncertain_policy: UncertainPolicy::from_word(&value("uncertain_policy"))
                .unwrap_or(UncertainPolicy::ResendOnce),
            uncertain_policy_by_kind: policies(&value("uncertain_policy_by_kind")).unwrap_or_default(),
            undo_seconds: value("undo_seconds").parse().ok(),
        }
    }

    /// What to do with an uncertain mail that carries a document of `kind`, or none.
    #[must_use]
    pub fn policy(&self, kind: Option<Kind>) -> UncertainPolicy {
        let own = self.uncertain_policy_by_kind.iter().find(|(k, _)| Some(*k) == kind);
        own.map_or(self.uncertain_policy, |(_, policy)| *policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_its_setting_takes() {
        for setting in SETTINGS {
            assert_eq!(setting.accept(setting.default).unwrap(), setting.default, "{}", setting.key);
        }
    }

    #[test]
    fn quiet_hours_may_pass_midnight() {
        let night = Hours::parse("20:00-7:30").unwrap();
        assert_eq!(night.to_string(), "20:00-07:30");
        let quiet = |hour: u32, minute: u32| night.contains(hour * 60 + minute);
        assert!(quiet(20, 0) && quiet(23, 59) && quiet(0, 0) && quiet(7, 29));
        assert!(!quiet(7, 30) && !quiet(12, 0) && !quiet(19, 59));
        assert!(!Hours::parse("12:00-13:00").unwrap().contains(13 * 60));
    }

    #[test]
    fn values_that_do_not_fit_are_refused_by_name() {
        for (key, value) in [
            ("undo_seconds", "121"),
            ("blind_copy_multiple", "maybe"),
            ("uncertain_policy", "twice"),
            ("auto_bcc", "not an address"),
            ("language", "e"),
            ("quiet_hours", "24:00-07:00"),
            ("quiet_hours", "20:00"),
            ("uncertain_policy_by_kind", "invoice"),
            ("uncertain_policy_by_kind", "invoice=ask, letter=never"),
            ("quiet_hours", "20:00-20:00"),
        ] {
            assert_eq!(Setting::named(key).unwrap().accept(value).unwrap_err().path, key);
        }
        assert!(Setting::named("undo").is_err());
    }
}

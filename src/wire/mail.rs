//! Mails as files and requests name them.

use chrono::{DateTime, NaiveDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::check_client_ref;
use crate::domain::address::Mailbox;
use crate::domain::invalid::{at_most, one_line, several_lines};
use crate::domain::pace::Urgency;
use crate::domain::recipients;
use crate::domain::template::LONGEST_NAME;
use crate::domain::{Invalid, Millis, say};

/// The mail that carries a document, or stands alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailShape {
    /// Who it is for; `name@example.com` or `Name <name@example.com>`, or several of them separated by
    /// commas, semicolons, tabs or line breaks. With nobody named at all, the buyer's address is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Who gets a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<String>,
    /// Who gets a copy that nobody else sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<String>,
    /// Everybody named gets a message of their own, in which they stand alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub individually: bool,
    /// Whether several recipients are hidden from each other; left out, as the setting `blind_copy_multiple`
    /// says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blind_copy: Option<bool>,
    /// Whether the copies that the settings `auto_bcc` and `auto_bcc_self` ask for are left out; those of the
    /// archive, of rules and of channels leave all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_own_copy: bool,
    /// The sender, when it is not the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where answers go, when not to the account's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<String>,
    /// Whether readers are asked to say that they have seen it; their answers go to the sender.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_receipt: bool,
    /// The template its words come from where it has none of its own: the name the shop gave it, or a kind of
    /// document for that kind's. Without words in the mail's language it is taken in the shop's, else in one it
    /// has. Left out, the channel's, else the one used by itself; without a document, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The language its template is taken in, like de, at most 35 letters; left out, the document's, else the
    /// shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// One line; left out, the template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text; left out, the template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The same as HTML; without a text beside it, the text is made from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Whether subject, text and HTML have placeholders like `{{ number }}`, to be filled from the document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub placeholders: bool,
    /// The account it leaves through; left out, the one that carries such mails, else the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The user or till it is from; decides the account where one carries that user's mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The program that asks, which is the user where none is named. It is not in a file, and the same
    /// request by another program stays the same request.
    #[serde(skip)]
    pub program: Option<String>,
    /// The sales channel it came through; decides the account where one carries that channel's mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Not before this time: `2026-11-21T17:00` in the shop's own time, or with an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_after: Option<String>,
    /// Kept back until a person lets it go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
    /// `now` goes before all others and in quiet hours too; `bulk` lets others pass; left out, `normal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
}

/// A mail without a document, as a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailFile {
    /// Your own id for this mail: the same one again sends nothing twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// The mail.
    pub mail: MailShape,
    /// Names of files that lie beside this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
}

/// A time before which a mail does not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendAfter {
    /// A point in time.
    At(Millis),
    /// A time on the shop's clock.
    Local(NaiveDateTime),
}

/// A mail as asked for, checked, before the templates and the account have had their say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailDraft {
    /// Recipients named in To.
    pub to: Vec<Mailbox>,
    /// Recipients named in Cc.
    pub cc: Vec<Mailbox>,
    /// Blind copies.
    pub bcc: Vec<Mailbox>,
    /// Whether everybody named gets a message of their own.
    pub individually: bool,
    /// Whether several recipients are hidden from each other, where the mail says so.
    pub blind_copy: Option<bool>,
    /// Whether the writer does without the copies of every mail.
    pub no_own_copy: bool,
    /// The sender, when it is not the account's.
    pub from: Option<Mailbox>,
    /// Where answers go, when not to the account's.
    pub reply_to: Vec<Mailbox>,
    /// Whether readers are asked to say that they have seen it.
    pub read_receipt: bool,
    /// The template its words come from, where the mail says it.
    pub template: Option<String>,
    /// The language its template is taken in, where the mail says it.
    pub language: Option<String>,
    /// The subject, when it is not the template's.
    pub subject: Option<String>,
    /// The text, when it is not the template's.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// Whether subject, text and HTML have placeholders.
    pub placeholders: bool,
    /// The account's name, where the mail says it.
    pub account: Option<String>,
    /// The user or till it is from.
    pub user: Option<String>,
    /// The program that handed it in.
    pub program: Option<String>,
    /// The sales channel it came through.
    pub channel: Option<String>,
    /// Not before.
    pub send_after: Option<SendAfter>,
    /// Whether a person lets it go.
    pub hold: bool,
    /// How urgent it is.
    pub urgency: Urgency,
}

/// The most recipients of one mail.
pub(super) const MOST_RECIPIENTS: usize = 500;

impl MailShape {
    /// The draft this shape describes, checked; `path` is where it stands in its file.
    ///
    /// # Errors
    /// The first field that cannot stand, by its path.
    pub fn to_draft(&self, path: &str) -> Result<MailDraft, Invalid> {
        self.draft().map_err(|e| e.within(path))
    }

    fn draft(&self) -> Result<MailDraft, Invalid> {
        let [to, cc, bcc] =
            [mailboxes("to", &self.to)?, mailboxes("cc", &self.cc)?, mailboxes("bcc", &self.bcc)?];
        let count = to.len() + cc.len() + bcc.len();
        if count > MOST_RECIPIENTS {
            return Err(Invalid::new(
                "to",
                say!(
                    "the mail has {count} recipients; at most {most} are allowed",
                    count,
                    most = MOST_RECIPIENTS
                ),
                "Split it into several mails",
            ));
        }
        if let Some(template) = &self.template {
            at_most("template", template, LONGEST_NAME)?;
            one_line("template", template)?;
        }
        if let Some(subject) = &self.subject {
            at_most("subject", subject, 500)?;
            one_line("subject", subject)?;
        }
        for (name, body, most) in [("text", &self.text, 200_000), ("html", &self.html, 1_000_000)] {
            if let Some(body) = body {
                at_most(name, body, most)?;
                several_lines(name, body)?;
            }
        }
        Ok(MailDraft {
            to,
            cc,
            bcc,
            individually: self.individually,
            blind_copy: self.blind_copy,
            no_own_copy: self.no_own_copy,
            from: self
                .from
                .as_deref()
                .map(|f| Mailbox::parse(f).map_err(|e| e.within("from")))
                .transpose()?,
            reply_to: mailboxes("reply_to", &self.reply_to)?,
            read_receipt: self.read_receipt,
            template: self.template.clone(),
            language: self.language.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            placeholders: self.placeholders,
            account: self.account.clone(),
            user: self.user.clone().or_else(|| self.program.clone()),
            program: self.program.clone(),
            channel: self.channel.clone(),
            send_after: self.send_after.as_deref().map(send_after).transpose()?,
            hold: self.hold,
            urgency: self.urgency.as_deref().map_or(Ok(Urgency::default()), urgency)?,
        })
    }
}

impl MailFile {
    /// Checks the sender's own id.
    ///
    /// # Errors
    /// When it is empty, too long or not one line.
    pub fn check(&self) -> Result<(), Invalid> {
        self.client_ref.as_deref().map_or(Ok(()), check_client_ref)
    }
}

impl MailDraft {
    /// Whether nobody is named at all.
    #[must_use]
    pub fn names_nobody(&self) -> bool {
        self.to.is_empty() && self.cc.is_empty() && self.bcc.is_empty()
    }
}

fn mailboxes(path: &str, list: &[String]) -> Result<Vec<Mailbox>, Invalid> {
    let mut all = Vec::with_capacity(list.len());
    for (i, text) in list.iter().enumerate() {
        let read = recipients::mailboxes(text).map_err(|e| e.within(&format!("{path}[{i}]")))?;
        all.extend(read);
    }
    Ok(recipients::once_each(all))
}

fn urgency(word: &str) -> Result<Urgency, Invalid> {
    Urgency::from_word(word).ok_or_else(|| {
        Invalid::new("urgency", say!("\"{word}\" is not an urgency", word), "Use now, normal or bulk")
    })
}

/// Reads a time with an offset, or one on the shop's clock.
pub(super) fn send_after(text: &str) -> Result<SendAfter, Invalid> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(SendAfter::At(Millis(at.timestamp_millis())));
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(SendAfter::Local)
        .ok_or_else(|| {
            Invalid::new(
                "send_after",
                say!("\"{text}\" is not a date and time", text),
                "Write it like 2026-11-21T17:00 or 2026-11-21T17:00:00+01:00",
            )
        })
}

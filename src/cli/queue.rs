//! `flush` and `queue`.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::account::explained;
use super::out::table;
use super::{Context, runtime};
use crate::app::{App, Deliverer, Error, Kind, MailQuery, Who, Wish, clock, days, says_pause, show};
use crate::domain::mail::MailState;
use crate::store::MailRow;
use crate::wire::views::MailView;

#[derive(Debug, Args)]
pub(super) struct Flush {}

#[derive(Debug, Subcommand)]
pub(super) enum Queue {
    /// List the mails that are not finished, in the order they leave.
    List {
        /// Finished ones too, the newest first.
        #[arg(long)]
        all: bool,
        /// Only those in this state, finished or not, the newest first.
        #[arg(long, value_parser = state)]
        state: Option<MailState>,
        /// Only those queued on this day or later.
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: Option<NaiveDate>,
        /// Only those queued on this day or before.
        #[arg(long, value_name = "YYYY-MM-DD")]
        to: Option<NaiveDate>,
    },
    /// Show one mail, its recipients and what the server said.
    Show {
        /// The mail's number or id.
        id: String,
    },
    /// Try a mail now, also a refused or expired one.
    Retry {
        /// The mail's number or id.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Every waiting mail whose time nobody chose.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Withdraw a mail that has not left.
    Cancel {
        /// The mail's number or id.
        id: String,
    },
    /// Send a mail before all others, and in quiet hours too.
    First {
        /// The mail's number or id.
        id: String,
    },
    /// Stop sending, in every process on this data folder, until `queue resume`.
    Pause,
    /// Let sending go on.
    Resume,
    /// Say when all waiting mails will about be sent.
    Estimate,
    /// Keep a mail back until it is released.
    Hold {
        /// The mail's number or id.
        #[arg(required_unless_present = "document")]
        id: Option<String>,
        /// The mails that carry this document, by its number, or its kind and number like invoice/2026-0012: it
        /// was changed, paid or cancelled.
        #[arg(long, value_name = "NUMBER", conflicts_with = "id")]
        document: Option<String>,
    },
    /// Send the newest version of a mail's document in its place.
    Replace {
        /// The mail's number or id.
        id: String,
    },
    /// Let a held mail go as it is.
    Release {
        /// The mail's number or id.
        #[arg(required_unless_present = "restored")]
        id: Option<String>,
        /// Every mail that is held because the data file was restored; not those that were held before.
        #[arg(long, conflicts_with = "id")]
        restored: bool,
    },
    /// Decide about a mail whose answer from the server was lost.
    Resolve {
        /// The mail's number or id.
        id: String,
        /// What you know or want.
        decision: Decision,
    },
    /// Write the exact bytes of a mail.
    Export {
        /// The mail's number or id.
        id: String,
        /// Where to; default: standard output.
        #[arg(short, long, value_name = "FILE.eml")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Decision {
    /// It is known to have arrived.
    Arrived,
    /// Send the same bytes again.
    SendAgain,
    /// Leave it.
    GiveUp,
}

fn state(word: &str) -> Result<MailState, String> {
    MailState::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = MailState::ALL.into_iter().map(MailState::word).collect();
        format!("one of: {}", words.join(", "))
    })
}

impl Flush {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        let deliverer = Deliverer::new(&app)?;
        let report = runtime()?.block_on(deliverer.flush())?;
        let waiting = app.status()?.counts.waiting;
        context.out.show(&show::flush(&report, waiting), || {
            let mut lines = vec![format!(
                "{} accepted, {} refused, {} put off, {} uncertain; {waiting} mails wait",
                report.accepted, report.refused, report.deferred, report.uncertain
            )];
            if report.posted + report.not_posted > 0 {
                lines.push(format!("{} sales posted, {} not posted", report.posted, report.not_posted));
            }
            lines.extend(report.troubles.iter().map(|(account, why)| format!("{account}: {why}")));
            lines.join("\n")
        });
        Ok(if report.troubles.is_empty() { 0 } else { Kind::NotSent.exit_code() })
    }
}

impl Queue {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List { all, state, from, to } => {
                let (from, until) = days(from, to)?;
                let finished = (!all && state.is_none()).then_some(false);
                let query = MailQuery { finished, from, until, ..MailQuery::default() };
                list(context, &app, query, state)?;
            }
            Self::Show { id } => one(context, &app, &id)?,
            Self::Retry { id: Some(id), .. } => wish(context, &app, &id, Wish::Retry)?,
            Self::Retry { id: None, .. } => {
                let retried = app.retry_all()?;
                context.out.show(&serde_json::json!({ "retried": retried }), || {
                    format!("{retried} mails are due now")
                });
            }
            Self::Cancel { id } => wish(context, &app, &id, Wish::Cancel)?,
            Self::First { id } => wish(context, &app, &id, Wish::First)?,
            Self::Pause => {
                let pause = app.pause(Some(Who::CommandLine))?;
                let view = serde_json::json!({ "paused": true, "pause": show::pause(&pause) });
                context.out.show(&view, || says_pause(&pause));
            }
            Self::Resume => {
                app.resume()?;
                context.out.show(&serde_json::json!({ "paused": false }), || "sending goes on".to_owned());
            }
            Self::Estimate => estimate(context, &app)?,
            Self::Hold { id: Some(id), .. } => wish(context, &app, &id, Wish::Hold)?,
            Self::Hold { id: None, document } => {
                let held = app.document_changed(None, &document.unwrap_or_default())?;
                context.out.show(&serde_json::json!({ "held": held }), || format!("{held} mails are held"));
            }
            Self::Replace { id } => {
                let mail = app.replace(app.find_mail(&id)?)?;
                context.out.show(&show::mail(&mail, &app.conditions()?), || {
                    format!("mail {} carries the newest version", mail.id)
                });
            }
            Self::Release { id: Some(id), .. } => wish(context, &app, &id, Wish::Release)?,
            Self::Release { id: None, .. } => {
                let released = app.release_restored()?;
                context.out.show(&serde_json::json!({ "released": released }), || {
                    format!("{released} mails are released")
                });
            }
            Self::Resolve { id, decision } => {
                let decided = match decision {
                    Decision::Arrived => Wish::Arrived,
                    Decision::SendAgain => Wish::SendAgain,
                    Decision::GiveUp => Wish::GiveUp,
                };
                wish(context, &app, &id, decided)?;
            }
            Self::Export { id, output } => export(context, &app, &id, output)?,
        }
        Ok(0)
    }
}

fn list(context: &Context, app: &App, query: MailQuery, state: Option<MailState>) -> Result<(), Error> {
    let mails = app.all_mails(&query, state)?;
    let (conditions, pause) = (app.conditions()?, app.paused()?);
    let views: Vec<_> = mails.iter().map(|m| show::mail(m, &conditions)).collect();
    context.out.show(&views, || {
        let paused = pause.as_ref().map(|pause| format!("\n{}", says_pause(pause))).unwrap_or_default();
        if mails.is_empty() {
            return format!("no mails{paused}");
        }
        let rows: Vec<Vec<String>> = mails
            .iter()
            .zip(&views)
            .map(|(mail, view)| {
                let state = standing(view);
                let queued = clock::local(mail.created).format("%Y-%m-%d %H:%M").to_string();
                let document = mail.document_number.clone().unwrap_or_default();
                vec![mail.id.to_string(), queued, state, document, recipients(mail), mail.subject.clone()]
            })
            .collect();
        table(&["NO", "QUEUED", "STATE", "DOCUMENT", "RECIPIENTS", "SUBJECT"], &rows) + &paused
    });
    Ok(())
}

fn estimate(context: &Context, app: &App) -> Result<(), Error> {
    let estimates = app.estimates()?;
    let views: Vec<_> = estimates.iter().map(show::estimate).collect();
    let pause = app.paused()?;
    let paused = pause.as_ref().map(show::pause);
    let view = serde_json::json!({ "paused": pause.is_some(), "pause": paused, "accounts": views });
    context.out.show(&view, || {
        let mut lines: Vec<String> = estimates
            .iter()
            .map(|e| {
                let by = clock::local(e.all_sent_by).format("%Y-%m-%d %H:%M");
                format!(
                    "account {}: {} mails, all sent by about {by}, if the network stays",
                    e.account, e.mails
                )
            })
            .collect();
        lines.extend(pause.as_ref().map(says_pause));
        if lines.is_empty() { "no mails wait".to_owned() } else { lines.join("\n") }
    });
    Ok(())
}

fn recipients(mail: &MailRow) -> String {
    match mail.recipients.as_slice() {
        [only] => only.address.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.address, rest.len()),
        [] => String::new(),
    }
}

fn one(context: &Context, app: &App, name: &str) -> Result<(), Error> {
    let (mail, attempts) = app.mail(app.find_mail(name)?)?;
    let (conditions, language) = (app.conditions()?, app.setting("language")?);
    let account = conditions.accounts.iter().find(|row| row.account.name == mail.account);
    let shown = show::mail_in(&mail, &conditions, &language);
    let view = serde_json::json!({
        "mail": shown,
        "attempts": attempts.iter().map(|one| show::attempt(one, "en")).collect::<Vec<_>>(),
    });
    context.out.show(&view, || {
        let mut lines = vec![
            format!("mail {} ({})", mail.id, mail.uuid),
            format!("state       {}", standing(&shown)),
            format!("subject     {}", mail.subject),
            format!("account     {}", mail.account),
            format!("message id  <{}>", mail.message_id),
            format!("size        {} bytes", mail.size),
            format!("queued      {}", clock::local(mail.created).format("%Y-%m-%d %H:%M:%S")),
            String::new(),
        ];
        for r in &mail.recipients {
            lines.push(format!(
                "{:9} {}  {}",
                r.state.word(),
                r.address,
                r.reply.as_deref().unwrap_or_default()
            ));
            if let Some(problem) =
                account.and_then(|row| show::recipient_problem(row, &mail, r, &conditions, &language))
            {
                lines.extend(explained(&problem).into_iter().map(|line| format!("          {line}")));
            }
        }
        for attempt in &attempts {
            lines.push(format!(
                "\n{}  {}",
                clock::local(attempt.started).format("%Y-%m-%d %H:%M:%S"),
                attempt.result
            ));
            lines.push(attempt.transcript.clone());
        }
        lines.join("\n")
    });
    Ok(())
}

/// A mail's state, and why it waits or is held.
fn standing(mail: &MailView) -> String {
    mail.reason.as_ref().map_or_else(|| mail.state.to_owned(), |why| format!("{} ({why})", mail.state))
}

fn wish(context: &Context, app: &App, name: &str, wish: Wish) -> Result<(), Error> {
    let mail = app.wish(app.find_mail(name)?, wish)?;
    let conditions = app.conditions()?;
    context
        .out
        .show(&show::mail(&mail, &conditions), || format!("mail {} is {}", mail.id, mail.state.word()));
    Ok(())
}

fn export(context: &Context, app: &App, name: &str, output: Option<PathBuf>) -> Result<(), Error> {
    let id = app.find_mail(name)?;
    let Some(path) = output else {
        let mut out = context.out.raw();
        app.export(id, &mut out)?;
        return out.flush().map_err(|e| unwritten(Path::new("-"), &e));
    };
    let wrong = |e: std::io::Error| unwritten(&path, &e);
    let mut file = std::fs::File::create(&path).map_err(wrong)?;
    app.export(id, &mut file)?;
    context.out.say(&path.display().to_string());
    Ok(())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Kind::BadInput, format!("{} cannot be written: {error}.", path.display()))
}

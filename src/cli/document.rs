//! `render`, `issue` and `send`: from files to paper and mail.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, put_file, read_file, write_file};
use crate::app::{App, Error, Kind, Left, OutgoingFile, pictures, render_alone, show};
use crate::store::{FILE_NAME, MailRow};
use crate::wire::views::PreviewView;
use crate::wire::{DocumentFile, LARGEST_FILE, MailFile, MailShape, parse};

/// The largest attachment read from a file.
const LARGEST_ATTACHMENT: u64 = 36 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Render {
    /// The document file; `-` reads standard input.
    file: PathBuf,
    /// Where to write the PDF; default: beside the document file, ending in .pdf. `-` writes to standard output.
    #[arg(short, long, value_name = "FILE.pdf")]
    output: Option<PathBuf>,
    /// Write the pages as pictures too, beside the PDF: NAME-1.png, NAME-2.png and so on.
    #[arg(long)]
    png: bool,
    /// Only the picture of this page.
    #[arg(long, value_name = "N", requires = "png")]
    page: Option<usize>,
    /// How fine the pictures are, in dots an inch.
    #[arg(long, value_name = "N", default_value_t = 110, value_parser = clap::value_parser!(u32).range(36..=300))]
    dpi: u32,
}

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// The document file; `-` reads standard input.
    file: PathBuf,
    /// Hand its mail to the computer's own mail program instead of queueing it; no account is needed.
    #[arg(long)]
    program: bool,
    /// Do not show the mail and ask first, whatever `confirm_before_sending` says; only a terminal is ever asked.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct Send {
    /// Files to attach.
    files: Vec<PathBuf>,
    /// Recipients, like "anna@example.com, Bert <bert@example.com>"; may be repeated. With a document and
    /// nobody named, its buyer.
    #[arg(long, required_unless_present_any = ["cc", "bcc", "document"])]
    to: Vec<String>,
    /// Copies, separated by commas.
    #[arg(long)]
    cc: Vec<String>,
    /// Blind copies, separated by commas.
    #[arg(long)]
    bcc: Vec<String>,
    /// Send everybody named a message of their own, in which they stand alone.
    #[arg(long)]
    individually: bool,
    /// Let several recipients see each other's addresses, whatever the setting blind_copy_multiple says.
    #[arg(long, conflicts_with = "individually")]
    show_recipients: bool,
    /// Without the copies that the settings auto_bcc and auto_bcc_self ask for.
    #[arg(long)]
    no_copy: bool,
    /// Show the mail as it would leave and who would see whom; queue nothing.
    #[arg(long)]
    preview: bool,
    /// Hand the mail to the computer's own mail program instead of queueing it; no account is needed.
    #[arg(long, conflicts_with = "preview")]
    program: bool,
    /// Write the mail as a draft for a mail program to this file; `-` writes to standard output.
    #[arg(long, value_name = "FILE.eml", conflicts_with_all = ["preview", "program"])]
    eml: Option<PathBuf>,
    /// Do not ask before sending, whatever `confirm_before_sending` says; only a terminal is ever asked.
    #[arg(long)]
    yes: bool,
    /// The sender, when it is not the account's.
    #[arg(long)]
    from: Option<String>,
    /// Where answers go.
    #[arg(long)]
    reply_to: Vec<String>,
    /// Ask readers to say that they have seen it; their programs may answer or not.
    #[arg(long)]
    read_receipt: bool,
    /// The template its words come from, by name; default with a document: the one used by itself.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// The language its template is taken in; default: the document's, else the shop's.
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// The subject; default: the template's, or the first file's name.
    #[arg(long)]
    subject: Option<String>,
    /// The text; default: the template's.
    #[arg(long)]
    text: Option<String>,
    /// The text as HTML; without --text, the text is made from it.
    #[arg(long)]
    html: Option<String>,
    /// Fill placeholders like {{ number }} in subject, text and HTML from the document.
    #[arg(long, requires = "document")]
    placeholders: bool,
    /// Not before this time, like 2026-11-21T17:00.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Keep it back until it is released with `tillpost queue release`.
    #[arg(long)]
    hold: bool,
    /// `now` goes before all others and in quiet hours too; `bulk` lets others pass; default: normal.
    #[arg(long, value_name = "WORD")]
    urgency: Option<String>,
    /// Attach the PDF of the stored document with this number, or of this kind and number like invoice/2026-0012.
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// The account it leaves through. Default: the one that carries such mails, else the default one.
    #[arg(long)]
    account: Option<String>,
    /// The user or till it is from; decides the account where one carries that user's mails.
    #[arg(long)]
    user: Option<String>,
    /// The sales channel it came through; decides the account where one carries that channel's mails.
    #[arg(long)]
    channel: Option<String>,
    /// Your own id for this mail: the same one again sends nothing twice.
    #[arg(long, value_name = "ID")]
    client_ref: Option<String>,
}

fn document_file(path: &Path) -> Result<DocumentFile, Error> {
    let bytes = read_file(path, u64::try_from(LARGEST_FILE).unwrap_or(u64::MAX))?;
    Ok(parse(&bytes)?)
}

impl Render {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let file = document_file(&self.file)?;
        // Drawing stores nothing, so it does not create a data folder either.
        let data = context.data()?;
        let drawn =
            if data.join(FILE_NAME).exists() { App::open(&data)?.render(file)? } else { render_alone(file)? };
        let target = self.output.unwrap_or_else(|| {
            if self.file.as_os_str() == "-" { PathBuf::from("-") } else { self.file.with_extension("pdf") }
        });
        let beside_nothing = target.as_os_str() == "-";
        if beside_nothing && self.png {
            return Err(Error::new(Kind::BadInput, "--png needs a file to write beside: use --output."));
        }
        put_file(context, &target, &drawn.pdf)?;
        if !beside_nothing {
            let mut shown = serde_json::json!({"file": target, "bytes": drawn.pdf.len()});
            let mut said = format!("{} ({} bytes)", target.display(), drawn.pdf.len());
            if let Some(xml) = &drawn.xml {
                let beside = target.with_extension("xml");
                put_file(context, &beside, &xml.bytes)?;
                said = format!("{said}\n{} ({})", beside.display(), xml.form.word());
                if let Some(object) = shown.as_object_mut() {
                    object.insert("e_invoice".to_owned(), serde_json::json!(beside));
                }
            }
            if self.png {
                let written = write_pictures(&drawn.pdf, &target, self.page, self.dpi)?;
                for path in &written {
                    said = format!("{said}\n{}", path.display());
                }
                if let Some(object) = shown.as_object_mut() {
                    object.insert("pictures".to_owned(), serde_json::json!(written));
                }
            }
            context.out.show(&shown, || said);
        }
        Ok(0)
    }
}

/// Writes the pages of a PDF beside it as pictures.
pub(super) fn write_pictures(
    pdf: &[u8],
    beside: &Path,
    page: Option<usize>,
    dpi: u32,
) -> Result<Vec<PathBuf>, Error> {
    let name = beside.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut written = Vec::new();
    for (number, png) in pictures(pdf, page, dpi)? {
        let path = beside.with_file_name(format!("{name}-{number}.png"));
        std::fs::write(&path, png)
            .map_err(|e| Error::new(Kind::BadInput, format!("{} cannot be written: {e}.", path.display())))?;
        written.push(path);
    }
    Ok(written)
}

impl Issue {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let file = document_file(&self.file)?;
        let app = context.app()?;
        let (confirm, by_program) = app.ways_by_hand()?;
        if file.mail.is_some() && asks(confirm && !by_program && !self.program, self.yes) {
            let preview = app.preview_issue(file.clone())?;
            if !preview.messages.is_empty() && !says_yes(&preview)? {
                context.out.say("nothing was issued");
                return Ok(0);
            }
        }
        let issued = if self.program { app.issue_and_hand_over(file)? } else { app.issue_by_setting(file)? };
        let conditions = app.conditions()?;
        context.out.show(&show::issued(&issued, &conditions, "en"), || {
            let document = &issued.document;
            let verb = if issued.repeated { "was issued before" } else { "issued" };
            let mut lines =
                vec![format!("{} {verb}: {} {}", document.number, document.payable, document.currency)];
            for mail in &issued.mails {
                let to: Vec<&str> = mail.recipients.iter().map(|r| r.address.as_str()).collect();
                lines.push(format!("mail {} {} for {}", mail.id, mail.state.word(), to.join(", ")));
            }
            lines.extend(issued.handed_over.as_deref().map(handed));
            lines.join("\n")
        });
        Ok(0)
    }
}

impl Send {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let files = self.files.iter().map(|path| outgoing(path)).collect::<Result<Vec<_>, _>>()?;
        let mail = MailFile {
            client_ref: self.client_ref,
            mail: MailShape {
                to: self.to,
                cc: self.cc,
                bcc: self.bcc,
                individually: self.individually,
                blind_copy: self.show_recipients.then_some(false),
                no_own_copy: self.no_copy,
                from: self.from,
                reply_to: self.reply_to,
                read_receipt: self.read_receipt,
                template: self.template,
                language: self.language,
                subject: self.subject,
                text: self.text,
                html: self.html,
                placeholders: self.placeholders,
                account: self.account,
                user: self.user,
                program: None,
                channel: self.channel,
                send_after: self.at,
                hold: self.hold,
                urgency: self.urgency,
            },
            attachments: Vec::new(),
        };
        let app = context.app()?;
        if self.preview {
            let preview = app.preview(&mail, files, self.document.as_deref())?;
            context.out.show(&preview, || preview_text(&preview));
            return Ok(0);
        }
        let (confirm, by_program) = app.ways_by_hand()?;
        let document = self.document.as_deref();
        if let Some(file) = &self.eml {
            write_file(context, file, &app.draft_file(&mail, files, document)?)?;
            return Ok(0);
        }
        if self.program {
            let path = app.hand_over(&mail, files, document)?;
            context.out.show(&show::handed_over(&path), || handed(&path));
            return Ok(0);
        }
        if asks(confirm && !by_program, self.yes) {
            let preview = app.preview(&mail, files.clone(), document)?;
            if !says_yes(&preview)? {
                context.out.say("nothing was queued");
                return Ok(0);
            }
        }
        let sent = match app.send_by_setting(&mail, files, document)? {
            Left::Queued(mails) => mails,
            Left::HandedOver(path) => {
                context.out.show(&show::handed_over(&path), || handed(&path));
                return Ok(0);
            }
        };
        let conditions = app.conditions()?;
        let line = |mail: &MailRow| {
            let to: Vec<&str> = mail.recipients.iter().map(|r| r.address.as_str()).collect();
            format!("mail {} {} for {}", mail.id, mail.state.word(), to.join(", "))
        };
        match sent.as_slice() {
            [one] => context.out.show(&show::mail(one, &conditions), || line(one)),
            all => {
                let views: Vec<_> = all.iter().map(|one| show::mail(one, &conditions)).collect();
                context.out.show(&views, || all.iter().map(line).collect::<Vec<_>>().join("\n"));
            }
        }
        Ok(0)
    }
}

fn handed(path: &Path) -> String {
    format!("handed to the mail program: {}", path.display())
}

/// Whether a person sits here who is to be asked first.
fn asks(wanted: bool, yes: bool) -> bool {
    wanted && !yes && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Shows the mail and asks whether it may go.
fn says_yes(preview: &PreviewView) -> Result<bool, Error> {
    let wrong = |e: std::io::Error| Error::new(Kind::BadInput, format!("Nobody answered: {e}."));
    let mut out = std::io::stdout();
    write!(out, "{}\n\nSend it? [y/N] ", preview_text(preview)).and_then(|()| out.flush()).map_err(wrong)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(wrong)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn preview_text(preview: &PreviewView) -> String {
    let mut parts = Vec::new();
    for message in &preview.messages {
        let mut part = format!("{}\n\n{}", message.header, message.text.as_deref().unwrap_or_default());
        for file in &message.attachments {
            part += &format!("\n[{}, {}, {} bytes]", file.name, file.media_type, file.size);
        }
        for recipient in &message.recipients {
            part += &format!("\n{}", recipient.says);
        }
        parts.push(part);
    }
    parts.push(match preview.size.most {
        Some(most) => format!("{} of {most} bytes that may be sent", preview.size.used),
        None => format!("{} bytes as it is sent", preview.size.used),
    });
    parts.extend(preview.warnings.iter().map(|w| format!("warning: {}", w.says)));
    parts.join("\n\n")
}

fn outgoing(path: &Path) -> Result<OutgoingFile, Error> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(OutgoingFile { name, bytes: read_file(path, LARGEST_ATTACHMENT)? })
}

//! The command line: one file a noun, text for people and `--json` for programs.

mod account;
mod accounting;
mod api;
mod channels;
mod contacts;
mod data;
mod demo;
mod document;
mod documents;
mod export;
mod gallery;
mod out;
mod queue;
mod senders;
mod serve;
mod settings;
mod shop;
mod templates;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::app::{App, Error, Kind, default_data_folder};
use crate::domain::document::Kind as DocumentKind;
use crate::http::RecentLog;
use crate::store::private;
use out::Out;

/// The mail module of a point of sale: documents to PDF, a durable mail queue, delivery through the
/// shop's own mail server.
#[derive(Debug, Parser)]
#[command(name = "tillpost", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// The data folder; created where needed. Default: the platform's folder for program data.
    #[arg(long, global = true, env = "TILLPOST_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole job at once on a sample shop; nothing of yours is touched.
    Demo(demo::Demo),
    /// Watch the outbox folder, deliver, and answer on loopback HTTP.
    Serve(serve::Serve),
    /// Draw a document as PDF; nothing is stored.
    Render(document::Render),
    /// Draw the demo documents, one of each kind and paper, into a folder to look at.
    Gallery(gallery::Gallery),
    /// Store a document (number, PDF) and queue its mail if it has one.
    Issue(document::Issue),
    /// Find stored documents, and see how they stand.
    #[command(subcommand)]
    Documents(documents::Documents),
    /// Queue a mail with files.
    Send(Box<document::Send>),
    /// Deliver what is due now, then stop.
    Flush(queue::Flush),
    /// See and steer the mails in the queue.
    #[command(subcommand)]
    Queue(queue::Queue),
    /// See and change the address book.
    #[command(subcommand)]
    Contacts(contacts::Contacts),
    /// Set up and test mail accounts.
    #[command(subcommand)]
    Account(Box<account::Account>),
    /// See and change what mails say.
    #[command(subcommand)]
    Templates(templates::Templates),
    /// Set up the places documents come from.
    #[command(subcommand)]
    Channels(channels::Channels),
    /// Set up the shop's accounts elsewhere, and see what is posted there.
    #[command(subcommand)]
    Accounting(accounting::Accounting),
    /// Write the documents of a period for the accounts.
    ///
    /// A CSV file, the PDFs and the e-invoice files.
    Export(export::Export),
    /// See and change settings.
    #[command(subcommand)]
    Settings(settings::Settings),
    /// See and change the shop's details.
    #[command(subcommand)]
    Shop(shop::Shop),
    /// Say who may use the API and the screens.
    #[command(subcommand)]
    Api(api::Api),
    /// Check the installation and say what to do.
    Doctor(data::Doctor),
    /// Write a verified copy of the data file while work goes on.
    Backup(data::Backup),
    /// Put a copy in the place of the data file; what was there is kept beside it.
    ///
    /// Mails that had not left when the copy was made are held: they may have left since. With --replace,
    /// those that the file that was there knows as sent are not sent again, no number is given twice, and who was
    /// disabled stays so. People whose data was deleted since stand in the copy still: delete it again.
    Restore(data::Restore),
    /// Verify every stored byte and relation.
    Check(data::Check),
}

/// What commands get beside their own arguments.
struct Context {
    data: Option<PathBuf>,
    out: Out,
    /// The last lines that were logged.
    log: RecentLog,
}

impl Context {
    fn data(&self) -> Result<PathBuf, Error> {
        self.data.clone().or_else(default_data_folder).ok_or_else(|| {
            Error::new(
                Kind::BadInput,
                "This platform names no folder for program data. Use --data DIR or TILLPOST_DATA.",
            )
        })
    }

    fn app(&self) -> Result<App, Error> {
        App::open(&self.data()?)
    }
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let (default, folder) = match &cli.command {
        Command::Serve(serve) => ("tillpost=info", serve.log_dir.as_deref()),
        _ => ("tillpost=error", None),
    };
    let log = RecentLog::default();
    if let Err(error) = start_log(default, folder, &log) {
        Out::new(cli.common.json).error(&error);
        return ExitCode::from(error.kind().exit_code());
    }
    let context = Context { data: cli.common.data, out: Out::new(cli.common.json), log };
    match run(cli.command, &context) {
        // Whoever reads the output was given less than there is, however well the command itself went.
        Ok(0) if !context.out.is_whole() => ExitCode::from(Kind::BadInput.exit_code()),
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            context.out.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn run(command: Command, context: &Context) -> Result<u8, Error> {
    match command {
        Command::Demo(demo) => demo.run(context),
        Command::Serve(serve) => serve.run(context),
        Command::Render(render) => render.run(context),
        Command::Gallery(gallery) => gallery.run(context),
        Command::Issue(issue) => issue.run(context),
        Command::Documents(documents) => documents.run(context),
        Command::Send(send) => send.run(context),
        Command::Flush(flush) => flush.run(context),
        Command::Queue(queue) => queue.run(context),
        Command::Contacts(contacts) => contacts.run(context),
        Command::Account(account) => account.run(context),
        Command::Templates(templates) => templates.run(context),
        Command::Channels(channels) => channels.run(context),
        Command::Accounting(accounting) => accounting.run(context),
        Command::Export(export) => export.run(context),
        Command::Settings(settings) => settings.run(context),
        Command::Shop(shop) => shop.run(context),
        Command::Api(api) => api.run(context),
        Command::Doctor(doctor) => doctor.run(context),
        Command::Backup(backup) => backup.run(context),
        Command::Restore(restore) => restore.run(context),
        Command::Check(check) => check.run(context),
    }
}

/// Days of logs that are kept.
const LOG_FILES: usize = 14;

/// Logs to standard error, or to a file a day in `folder`, and keeps the last lines; `TILLPOST_LOG`
/// chooses what, in the syntax of `RUST_LOG`.
fn start_log(default: &str, folder: Option<&std::path::Path>, recent: &RecentLog) -> Result<(), Error> {
    let filter = EnvFilter::try_from_env("TILLPOST_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let recent = recent.clone();
    let kept = fmt::layer().with_target(false).with_ansi(false).with_writer(move || recent.clone());
    let log = tracing_subscriber::registry().with(filter).with(kept);
    let shown = fmt::layer().with_target(false);
    // A second start in one process (tests) keeps the first.
    let _ = match folder {
        None => {
            let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
            log.with(shown.with_writer(std::io::stderr).with_ansi(ansi)).try_init()
        }
        Some(folder) => {
            let unwritable = |why: String| {
                Error::new(Kind::DataFile, format!("{} cannot be logged to: {why}.", folder.display()))
            };
            private::make_folder(folder).map_err(|e| unwritable(e.to_string()))?;
            let files = RollingFileAppender::builder()
                .rotation(Rotation::DAILY)
                .filename_prefix("tillpost")
                .filename_suffix("log")
                .max_log_files(LOG_FILES)
                .build(folder)
                .map_err(|e| unwritable(e.to_string()))?;
            log.with(shown.with_writer(std::sync::Mutex::new(files)).with_ansi(false)).try_init()
        }
    };
    Ok(())
}

/// A runtime for the commands that talk to servers.
fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::new(Kind::Defect, format!("The program cannot start its threads: {e}.")))
}

/// Reads a file named on the command line; `-` is standard input.
fn read_file(path: &std::path::Path, most: u64) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let wrong =
        |e: std::io::Error| Error::new(Kind::BadInput, format!("{} cannot be read: {e}.", path.display()));
    let mut reader: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(wrong)?)
    };
    let mut bytes = Vec::new();
    reader.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(wrong)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(Error::new(Kind::BadInput, format!("{} is larger than {most} bytes.", path.display())));
    }
    Ok(bytes)
}

/// Writes a file named on the command line and says so; `-` is standard output.
fn write_file(context: &Context, path: &std::path::Path, bytes: &[u8]) -> Result<(), Error> {
    put_file(context, path, bytes)?;
    if path.as_os_str() != "-" {
        context.out.say(&format!("{} ({} bytes)", path.display(), bytes.len()));
    }
    Ok(())
}

/// The same without a word.
fn put_file(context: &Context, path: &std::path::Path, bytes: &[u8]) -> Result<(), Error> {
    use std::io::Write;
    let put = if path.as_os_str() == "-" {
        let mut out = context.out.raw();
        out.write_all(bytes).and_then(|()| out.flush())
    } else {
        std::fs::write(path, bytes)
    };
    put.map_err(|e| unwritten(path, &e))
}

fn unwritten(path: &std::path::Path, why: &std::io::Error) -> Error {
    Error::new(Kind::BadInput, format!("{} cannot be written: {why}.", path.display()))
}

/// The kind of document that a word names.
fn document_kind(word: &str) -> Result<DocumentKind, String> {
    DocumentKind::from_word(word).ok_or_else(|| {
        let all: Vec<&str> = DocumentKind::ALL.iter().map(|kind| kind.word()).collect();
        format!("\"{word}\" is not a kind of document; use one of: {}", all.join(", "))
    })
}

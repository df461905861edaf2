//! `demo`: the whole job on a sample shop, in a folder of its own.

mod catcher;
mod sample;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::out::{Out, table};
use super::{Context, runtime};
use crate::app::{AccountInput, App, Deliverer, Error, Intake, Kind, clock, show};
use crate::domain::access::{Role, Scope};
use crate::domain::account::{Account, Encryption, SignIn, Transport};
use crate::domain::address::Mailbox;
use crate::domain::mail::{MailState, State};
use crate::http;
use crate::store::MailRow;
use crate::wire::{DocumentFile, PartyShape, parse};
use catcher::Down;

const SHOP: &[u8] = include_bytes!("../../../assets/demo/shop.json");
const LOGO: &[u8] = include_bytes!("../../../assets/demo/logo.png");
const INVOICE: &[u8] = include_bytes!("../../../assets/demo/invoice.json");
const JOB_CARD: &[u8] = include_bytes!("../../../assets/demo/job-card.json");
const OFFER: &[u8] = include_bytes!("../../../assets/demo/offer.json");

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Keep the demo running, answering on loopback HTTP, until Ctrl-C.
    #[arg(long)]
    keep: bool,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        runtime()?.block_on(self.play(context.out))?;
        Ok(0)
    }

    async fn play(self, out: Out) -> Result<(), Error> {
        let stage = Stage::build()?;
        out.say(&format!("A sample shop in {}\n", stage.folder.display()));
        stage.fill()?;
        out.say("1. The network is down. An invoice and a job card are issued, an offer comes through the outbox folder.");
        let report = stage.deliverer.flush().await?;
        for (_, why) in &report.troubles {
            out.say(&format!("   Sending was tried: {why}."));
        }
        let waiting = stage.mails()?;
        ensure(report.accepted == 0 && waiting.len() == 3, "with the server down, three mails wait")?;
        ensure(
            waiting.iter().all(|m| m.state == MailState::Waiting),
            "with the server down, every mail waits",
        )?;
        ensure(
            waiting.iter().flat_map(|m| &m.recipients).all(|r| r.tries == 0),
            "being offline costs no mail a try",
        )?;
        out.say(&format!("{}\n", recipients_table(&stage.app, &waiting)?));

        out.say("2. The network is back.");
        let Stage { app, deliverer, server, folder } = stage;
        let server_port = server.port();
        server.start(&folder.join("received")).map_err(|e| cannot_write(&folder, &e))?;
        deliverer.flush().await?;
        let mails = app.mails(true, None)?;
        out.say(&format!("{}\n", recipients_table(&app, &mails)?));
        check_outcome(&mails)?;
        let received = check_received(&folder, &mails)?;
        let files = write_pdfs(&app, &folder)?;
        let conditions = app.conditions()?;
        let views: Vec<_> = mails.iter().map(|m| show::mail(m, &conditions)).collect();
        let result =
            serde_json::json!({ "folder": folder, "mails": views, "received": received, "pdfs": files });
        out.show(&result, || {
            let mut lines = vec![
                "The refused address cost the two others nothing; nobody sees anybody else's address."
                    .to_owned(),
                format!("\n{}", folder.display()),
            ];
            lines.extend(files.iter().map(|f| format!("  {f}")));
            lines.extend(received.iter().map(|f| format!("  {f}")));
            lines.push("  data/tillpost.db".to_owned());
            lines.join("\n")
        });
        if self.keep {
            keep_running(out, app, deliverer, server_port).await?;
        }
        Ok(())
    }
}

/// The sample shop: a data folder, an account, and a mail server that is down.
struct Stage {
    app: App,
    deliverer: Deliverer,
    server: Down,
    folder: PathBuf,
}

impl Stage {
    fn build() -> Result<Self, Error> {
        let folder = std::env::temp_dir().join(format!("tillpost-demo-{}", clock::file_stamp()));
        let app = App::open(&folder.join("data"))?;
        let server = Down::reserve()
            .map_err(|e| Error::new(Kind::Defect, format!("No port can be had on loopback: {e}.")))?;
        let shop: PartyShape = parse(SHOP)?;
        app.set_shop(&shop)?;
        app.set_logo(Some(LOGO.to_vec()))?;
        // Nobody is there to take a mail back.
        app.set_setting("undo_seconds", "0")?;
        let from = shop.email.clone().unwrap_or_default();
        app.set_account(AccountInput {
            account: Account {
                name: "default".to_owned(),
                transport: Transport::Smtp,
                host: "127.0.0.1".to_owned(),
                port: server.port(),
                encryption: Encryption::None,
                allow_plaintext: false,
                sign_in: SignIn::None,
                user: String::new(),
                from: Mailbox::parse(&format!("{} <{from}>", shop.name))?,
                reply_to: Vec::new(),
                ca_pem: None,
                pin: None,
                oauth: None,
            },
            secret: None,
        })?;
        let deliverer = Deliverer::new(&app)?;
        Ok(Self { app, deliverer, server, folder })
    }

    fn fill(&self) -> Result<(), Error> {
        for file in [INVOICE, JOB_CARD] {
            let file: DocumentFile = parse(file)?;
            self.app.issue(file)?;
        }
        let intake = Intake::open(&self.app)?;
        let path = self.app.outbox().join("offer.json");
        std::fs::write(&path, OFFER).map_err(|e| cannot_write(&path, &e))?;
        let taken = intake.scan()?;
        ensure(
            taken.iter().all(|t| t.problem.is_none()) && taken.len() == 1,
            "the outbox folder takes the offer",
        )
    }

    fn mails(&self) -> Result<Vec<MailRow>, Error> {
        self.app.mails(true, None)
    }
}

/// A step of the demo went otherwise than Tillpost promises.
fn ensure(kept: bool, promise: &str) -> Result<(), Error> {
    if kept {
        Ok(())
    } else {
        Err(Error::new(Kind::Defect, format!("The demo failed: it is not true that {promise}.")))
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Kind::DataFile, format!("{} cannot be written: {error}.", path.display()))
}

fn recipients_table(app: &App, mails: &[MailRow]) -> Result<String, Error> {
    let conditions = app.conditions()?;
    let mut rows = Vec::new();
    for mail in mails.iter().rev() {
        for recipient in &mail.recipients {
            let mut state = recipient.state.word().to_owned();
            if recipient.state == State::Waiting {
                state = format!("{state} ({})", show::reason(mail, &conditions));
            }
            rows.push(vec![
                mail.document_number.clone().unwrap_or_default(),
                recipient.address.clone(),
                state,
                recipient.reply.clone().unwrap_or_default(),
            ]);
        }
    }
    Ok(table(&["DOCUMENT", "RECIPIENT", "STATE", "THE SERVER SAID"], &rows))
}

fn check_outcome(mails: &[MailRow]) -> Result<(), Error> {
    for recipient in mails.iter().flat_map(|m| &m.recipients) {
        let refused = recipient.address.starts_with("refused.");
        let wanted = if refused { State::Refused } else { State::Accepted };
        ensure(recipient.state == wanted, &format!("{} is {}", recipient.address, wanted.word()))?;
    }
    let count = |state: State| mails.iter().flat_map(|m| &m.recipients).filter(|r| r.state == state).count();
    ensure(
        count(State::Refused) == 1 && count(State::Accepted) == 4,
        "four recipients are served and one is refused",
    )
}

/// Looks at what the server got: one message a mail, byte for byte, and no address where none belongs.
fn check_received(folder: &Path, mails: &[MailRow]) -> Result<Vec<String>, Error> {
    let received = folder.join("received");
    let mut names = Vec::new();
    for number in 1..=mails.len() {
        let name = format!("received/{number:02}.eml");
        let path = received.join(format!("{number:02}.eml"));
        let bytes = std::fs::read(&path).map_err(|e| cannot_write(&path, &e))?;
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let Some(mail) = mails.iter().find(|m| text.contains(&m.message_id.to_lowercase())) else {
            return ensure(false, "every message that arrived is one of ours").map(|()| names);
        };
        ensure(
            bytes.len() == usize::try_from(mail.size).unwrap_or_default(),
            "a mail arrives with all its bytes",
        )?;
        if mail.recipients.len() > 1 {
            let shown = mail.recipients.iter().any(|r| text.contains(&r.address.to_lowercase()));
            ensure(!shown, "with several recipients no address is in the message")?;
        }
        names.push(name);
    }
    Ok(names)
}

fn write_pdfs(app: &App, folder: &Path) -> Result<Vec<String>, Error> {
    let target = folder.join("pdf");
    std::fs::create_dir_all(&target).map_err(|e| cannot_write(&target, &e))?;
    let mut names = Vec::new();
    for mail in app.mails(true, None)?.iter().rev() {
        let Some(number) = &mail.document_number else {
            continue;
        };
        let path = target.join(format!("{number}.pdf"));
        std::fs::write(&path, app.pdf(number)?).map_err(|e| cannot_write(&path, &e))?;
        names.push(format!("pdf/{number}.pdf"));
    }
    Ok(names)
}

async fn keep_running(out: Out, app: App, deliverer: Deliverer, server_port: u16) -> Result<(), Error> {
    let listener = http::listen(&app, SocketAddr::from(([127, 0, 0, 1], 0)), None).await?;
    let address = listener.local_addr().map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
    sample::fill(&app, &deliverer).await?;
    let password = app.make_api_password("demo", Scope::Manage)?;
    let link = app.make_own_link(Role::Owner, "/")?;
    out.say(&format!(
        "\nThe screens, on sample data (this address works once, for 10 minutes):\n\
         http://{address}/login/{}\n\n\
         Outbox folder {}, mail server 127.0.0.1:{server_port}. Ctrl-C ends it. The API:\n\
         curl -u demo:{} http://{address}/api/v1/status\nhttp://{address}/api/v1/docs",
        link.token.expose(),
        app.outbox().display(),
        password.text.expose()
    ));
    let intake = Intake::open(&app)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let service = http::Service { deliverer: Some(deliverer.clone()), ..http::Service::new(app) };
    let wait = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        // A dropped sender means the program is ending anyway.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
        let _ = stop.send(true);
    };
    let (web, (), (), ()) = tokio::join!(
        http::serve(service, listener, stopped.clone()),
        intake.run(wait(stopped.clone())),
        deliverer.run(wait(stopped)),
        interrupted
    );
    web
}

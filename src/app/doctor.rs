//! Checks the installation and says what to do.

use super::accounts::secret_of;
use super::{App, Error, Kind, Trial, clock, explain, show};
use crate::domain::account::{Account, SignIn};
use crate::domain::{Said, Secret, say};
use crate::store::{AccountRow, SCHEMA_VERSION, SecretPlace};
use crate::wire::views::{ExplanationView, TestStepView};

/// Less free space than this is too little for a busy week.
///
/// # Units
/// Bytes.
const LEAST_FREE: u64 = 200_000_000;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// What kind of problem it is; `None` when it is as it should be.
    pub problem: Option<Kind>,
    /// What was found, and what to do where it is not good.
    pub says: Said,
    /// The same in full, where it is a server that said it.
    pub explained: Option<ExplanationView>,
}

impl App {
    /// Looks at the data file, the disk, the clock, the folders, the shop's details, the fonts, the accounts,
    /// their passwords and the keyring. Nothing is sent; servers are not contacted.
    ///
    /// # Errors
    /// The store's own.
    pub fn doctor(&self) -> Result<Vec<Finding>, Error> {
        let mut findings = vec![self.look_at_data()?, self.look_at_disk(), look_at_clock()];
        findings.extend([self.look_at_outbox(), self.look_at_shop()?, self.look_at_font()?]);
        findings.extend(self.look_at_accounts()?);
        findings.push(self.look_at_queue()?);
        findings.extend(self.look_at_keyring()?);
        Ok(findings)
    }

    /// [`App::doctor`], and beyond this machine: for every account its server's name, port, encryption,
    /// certificate and greeting. No password is sent.
    ///
    /// # Errors
    /// The store's own.
    pub async fn examine(&self, language: &str) -> Result<Vec<Finding>, Error> {
        let app = self.clone();
        let here = tokio::task::spawn_blocking(move || app.doctor());
        let mut findings = here.await.map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        let hands_over = self.settings()?.hands_over;
        for row in self.accounts()?.into_iter().filter(|row| row.enabled && !hands_over) {
            findings.extend(self.look_at_server(row.account, language).await?);
        }
        Ok(findings)
    }

    fn look_at_disk(&self) -> Finding {
        match fs4::available_space(self.data()) {
            Ok(free) if free < LEAST_FREE => bad(
                "disk",
                Kind::DataFile,
                say!(
                    "only {megabytes} MB are free. Make room, or mails cannot be kept",
                    megabytes = free / 1_000_000
                ),
            ),
            Ok(free) => good("disk", say!("{megabytes} MB are free", megabytes = free / 1_000_000)),
            Err(error) => bad("disk", Kind::DataFile, say!("{error}. Check the disk", error)),
        }
    }

    fn look_at_keyring(&self) -> Result<Option<Finding>, Error> {
        let accounts = self.accounts()?;
        let used = |row: &AccountRow| {
            row.account.sign_in != SignIn::None && row.secret_place == SecretPlace::Keyring
        };
        if self.settings()?.hands_over || !accounts.iter().any(used) {
            return Ok(None);
        }
        let probed = self.secrets(SecretPlace::Keyring).and_then(|secrets| Ok(secrets.probe()?));
        Ok(Some(match probed {
            Ok(()) => good("keyring", "a trial entry was written, read and removed"),
            Err(error) => bad("keyring", Kind::NotSent, error.to_string()),
        }))
    }

    /// The way to an account's server, up to its greeting.
    async fn look_at_server(&self, mut account: Account, language: &str) -> Result<Vec<Finding>, Error> {
        account.sign_in = SignIn::None;
        let trial = Trial {
            account,
            // Given, so that a hold is not taken for ended.
            password: Some(Secret::new("")),
            to: None,
            subject: None,
            language: language.to_owned(),
            wait: false,
        };
        let view = self.try_account(trial, |_| ()).await?;
        let told = |step: &TestStepView| match &step.problem {
            _ if step.key == "auth" || step.state == "not_tried" => None,
            Some(problem) => {
                let says = format!("{}: {}. {}", step.name, problem.title, problem.steps.join(" "));
                let explained = Some(problem.clone());
                Some(Finding { explained, ..bad(step.key, Kind::NotSent, says) })
            }
            None if step.state == "failed" => {
                Some(bad(step.key, Kind::NotSent, format!("{}: no answer", step.name)))
            }
            None => Some(good(step.key, format!("{}: {}", step.name, step.says))),
        };
        Ok(view.steps.iter().filter_map(told).collect())
    }

    fn look_at_data(&self) -> Result<Finding, Error> {
        let report = self.store.check()?;
        Ok(match report.problems.first() {
            None => good(
                "data file",
                say!(
                    "{file} is whole and up to date (version {version}, {documents} documents, {mails} mails)",
                    file = self.store.file().display(),
                    version = SCHEMA_VERSION,
                    documents = report.documents,
                    mails = report.mails
                ),
            ),
            Some(problem) => bad(
                "data file",
                Kind::DataFile,
                say!("{problem}. Keep a copy of it and restore the last backup", problem),
            ),
        })
    }

    fn look_at_outbox(&self) -> Finding {
        match crate::outbox::Outbox::open(&self.made_outbox()) {
            Ok(_) => good("outbox folder", self.outbox().display().to_string()),
            Err(error) => bad(
                "outbox folder",
                Kind::DataFile,
                say!("{error}. Give this user the right to write there", error),
            ),
        }
    }

    fn look_at_shop(&self) -> Result<Finding, Error> {
        Ok(match self.shop()? {
            (Some(shop), true) => good("shop", say!("{name}, with logo", name = shop.name)),
            (Some(shop), false) => good("shop", say!("{name}, without a logo", name = shop.name)),
            (None, _) => bad(
                "shop",
                Kind::NotFound,
                "the shop's details are not set. Set them with `tillpost shop set`, or name a seller in each document",
            ),
        })
    }

    fn look_at_font(&self) -> Result<Finding, Error> {
        let path = self.setting("fallback_font")?;
        if path.is_empty() {
            return Ok(good("fonts", "built in: Latin, Greek, Cyrillic; no fallback font is set"));
        }
        Ok(match super::fonts::read(&path) {
            Ok(_) => good("fonts", say!("built in, then {path}", path)),
            Err(error) => bad("fonts", Kind::BadInput, error.to_string()),
        })
    }

    fn look_at_accounts(&self) -> Result<Vec<Finding>, Error> {
        let accounts = self.accounts()?;
        if self.settings()?.hands_over {
            let says = "none is needed: mails are handed to the computer's own mail program";
            return Ok(vec![good("account", says)]);
        }
        if accounts.is_empty() {
            let says = "no mail account is set; mails cannot be queued. Set one with `tillpost account set`";
            return Ok(vec![bad("account", Kind::NotSent, says)]);
        }
        accounts
            .into_iter()
            .map(|row| {
                let name = &row.account.name;
                if row.breaker.standing.is_held() {
                    return Ok(bad(
                        "account",
                        Kind::NotSent,
                        say!("{name} is held: {reason}", name, reason = row.breaker.reason),
                    ));
                }
                if row.account.sign_in == SignIn::Password
                    && let Some((place, entry)) = secret_of(&row)
                {
                    let found = self.secrets(place).and_then(|s| Ok(s.get(&entry)?));
                    match found {
                        Ok(Some(_)) => {}
                        Ok(None) => {
                            return Ok(bad(
                                "account",
                                Kind::NotSent,
                                say!("{name} has no password stored. Set it again", name),
                            ));
                        }
                        Err(error) => {
                            return Ok(bad("account", Kind::NotSent, format!("{name}: {error}")));
                        }
                    }
                }
                if let Some(notice) = show::notices(&row, "en").first() {
                    return Ok(bad("account", Kind::NotSent, format!("{name}: {notice}")));
                }
                let server = format!("{}:{}", row.account.host, row.account.port);
                Ok(good(
                    "account",
                    say!(
                        "{name} at {server}, {standing}",
                        name,
                        server,
                        standing = row.breaker.standing.word()
                    ),
                ))
            })
            .collect()
    }

    fn look_at_queue(&self) -> Result<Finding, Error> {
        let counts = self.status()?.counts;
        let (waiting, uncertain) = (counts.waiting, counts.uncertain);
        Ok(if uncertain > 0 {
            let says = say!(
                "{waiting} mails wait, {uncertain} recipients are in doubt. See `tillpost queue list --state uncertain`",
                waiting,
                uncertain
            );
            bad("queue", Kind::Conflict, says)
        } else {
            good("queue", say!("{waiting} mails wait", waiting))
        })
    }
}

fn look_at_clock() -> Finding {
    let now = clock::local(clock::now()).format("%Y-%m-%d %H:%M").to_string();
    if explain::clock_is_wrong() {
        let says = say!("it shows {now}. Set date and time: certificates and invoices need them right", now);
        return bad("clock", Kind::BadInput, says);
    }
    good("clock", now)
}

fn good(what: &'static str, says: impl Into<Said>) -> Finding {
    Finding { what, problem: None, says: says.into(), explained: None }
}

fn bad(what: &'static str, problem: Kind, says: impl Into<Said>) -> Finding {
    Finding { what, problem: Some(problem), says: says.into(), explained: None }
}

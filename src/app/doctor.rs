//! Checks the installation and says what to do.

use super::{App, Error, Kind};
use crate::domain::account::SignIn;
use crate::render;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// What kind of problem it is; `None` when it is as it should be.
    pub problem: Option<Kind>,
    /// What was found, and what to do where it is not good.
    pub says: String,
}

impl App {
    /// Looks at the data file, the folders, the shop's details, the fonts, the accounts and their
    /// passwords. Nothing is sent; servers are not contacted.
    ///
    /// # Errors
    /// The store's own.
    pub fn doctor(&self) -> Result<Vec<Finding>, Error> {
        let mut findings = vec![self.look_at_data()?, self.look_at_outbox(), self.look_at_shop()?];
        findings.push(self.look_at_font()?);
        findings.extend(self.look_at_accounts()?);
        findings.push(self.look_at_queue()?);
        Ok(findings)
    }

    fn look_at_data(&self) -> Result<Finding, Error> {
        let report = self.store.check()?;
        Ok(match report.problems.first() {
            None => good(
                "data file",
                format!(
                    "{} is whole ({} documents, {} mails)",
                    self.store.file().display(),
                    report.documents,
                    report.mails
                ),
            ),
            Some(problem) => bad(
                "data file",
                Kind::DataFile,
                format!("{problem}. Keep a copy of it and restore the last backup"),
            ),
        })
    }

    fn look_at_outbox(&self) -> Finding {
        match crate::outbox::Outbox::open(&self.outbox()) {
            Ok(_) => good("outbox folder", self.outbox().display().to_string()),
            Err(error) => bad(
                "outbox folder",
                Kind::DataFile,
                format!("{error}. Give this user the right to write there"),
            ),
        }
    }

    fn look_at_shop(&self) -> Result<Finding, Error> {
        Ok(match self.shop()? {
            (Some(shop), logo) => {
                good("shop", format!("{}{}", shop.name, if logo { ", with logo" } else { ", without a logo" }))
            }
            (None, _) => bad("shop", Kind::NotFound,
                "the shop's details are not set. Set them with `tillpost shop set`, or name a seller in each document".into(),
            ),
        })
    }

    fn look_at_font(&self) -> Result<Finding, Error> {
        let path = self.setting("fallback_font")?;
        if path.is_empty() {
            return Ok(good("fonts", "built in: Latin, Greek, Cyrillic; no fallback font is set".into()));
        }
        let problem = match std::fs::read(&path) {
            Ok(bytes) => render::check_font(&bytes).err().map(|e| e.to_string()),
            Err(error) => Some(error.to_string()),
        };
        Ok(match problem {
            None => good("fonts", format!("built in, then {path}")),
            Some(problem) => {
                bad("fonts", Kind::BadInput, format!("{path}: {problem}. Correct the setting fallback_font"))
            }
        })
    }

    fn look_at_accounts(&self) -> Result<Vec<Finding>, Error> {
        let accounts = self.accounts()?;
        if accounts.is_empty() {
            let says = "no mail account is set; mails cannot be queued. Set one with `tillpost account set`";
            return Ok(vec![bad("account", Kind::NotSent, says.into())]);
        }
        accounts
            .into_iter()
            .map(|row| {
                let name = &row.account.name;
                if row.breaker.standing.is_held() {
                    return Ok(bad(
                        "account",
                        Kind::NotSent,
                        format!("{name} is held: {}", row.breaker.reason),
                    ));
                }
                if row.account.sign_in == SignIn::Password {
                    let found = self.secrets(row.secret_place).and_then(|s| Ok(s.get(name)?));
                    match found {
                        Ok(Some(_)) => {}
                        Ok(None) => {
                            return Ok(bad(
                                "account",
                                Kind::NotSent,
                                format!("{name} has no password stored. Set it again"),
                            ));
                        }
                        Err(error) => {
                            return Ok(bad("account", Kind::NotSent, format!("{name}: {error}")));
                        }
                    }
                }
                let server = format!("{}:{}", row.account.host, row.account.port);
                Ok(good("account", format!("{name} at {server}, {}", row.breaker.standing.word())))
            })
            .collect()
    }

    fn look_at_queue(&self) -> Result<Finding, Error> {
        let counts = self.status()?.counts;
        let says = format!("{} mails wait, {} recipients are in doubt", counts.waiting, counts.uncertain);
        Ok(if counts.uncertain > 0 {
            bad("queue", Kind::Conflict, format!("{says}. See `tillpost queue list --state uncertain`"))
        } else {
            good("queue", says)
        })
    }
}

fn good(what: &'static str, says: String) -> Finding {
    Finding { what, problem: None, says }
}

fn bad(what: &'static str, problem: Kind, says: String) -> Finding {
    Finding { what, problem: Some(problem), says }
}

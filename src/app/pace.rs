//! When mails may go: pause, quiet hours, the provider's pace, and when all will about be sent.

use chrono::Timelike;

use super::{App, Error, clock};
use crate::domain::Millis;
use crate::domain::Who;
use crate::domain::access::Role;
use crate::domain::pace::{Allowance, Limits};
use crate::domain::pause::Pause;
use crate::domain::provider;
use crate::domain::setting::Settings;
use crate::store::{AccountRow, ChosenPace, PAUSED, Reader, StoreError, Which};

/// When the mails of an account will about be sent, if the network stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// The account's name.
    pub account: String,
    /// Mails that wait for it; held ones do not count.
    pub mails: u32,
    /// When the last of them will about be sent.
    pub all_sent_by: Millis,
}

/// What mails wait for beside their own time.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// The accounts and how they stand.
    pub accounts: Vec<AccountRow>,
    /// What keeps all but urgent mails from leaving by themselves: `by_hand` or `quiet`.
    pub calm: Option<&'static str>,
    /// What the shop has decided about its mails.
    pub settings: Settings,
}

impl App {
    /// What mails wait for beside their own time.
    ///
    /// # Errors
    /// The store's own.
    pub fn conditions(&self) -> Result<Conditions, Error> {
        let settings = self.settings()?;
        Ok(Conditions { accounts: self.accounts()?, calm: calm(&settings, clock::now()), settings })
    }

    /// Stops sending, here and in every process on this data folder, until [`App::resume`]. A mail that
    /// is on the wire is finished. Where sending is paused already, that pause stays as it is.
    ///
    /// # Errors
    /// The store's own.
    pub fn pause(&self, by: Option<Who>) -> Result<Pause, Error> {
        let wanted = Pause { at: Some(clock::now()), by };
        let pause = self.store.write(move |tx| {
            let pause = tx.reader().setting(PAUSED)?.map_or(wanted, |text| Pause::read(&text));
            tx.set_setting(PAUSED, &pause.text())?;
            Ok::<_, Error>(pause)
        })?;
        tracing::info!(by = pause.by.as_ref().map(Who::word), "sending is paused");
        Ok(pause)
    }

    /// Lets sending go on after [`App::pause`].
    ///
    /// # Errors
    /// The store's own.
    pub fn resume(&self) -> Result<(), Error> {
        self.store.write(|tx| Ok::<_, Error>(tx.remove_setting(PAUSED)?))?;
        tracing::info!("sending goes on");
        self.wake();
        Ok(())
    }

    /// Since when and by whom sending is paused, while it is.
    ///
    /// # Errors
    /// The store's own.
    pub fn paused(&self) -> Result<Option<Pause>, Error> {
        Ok(self.store.read(|reader| reader.setting(PAUSED))?.map(|text| Pause::read(&text)))
    }

    /// Sets how fast an account may send, from now on; what its server taught so far is forgotten.
    ///
    /// # Errors
    /// [`super::Kind::NotFound`] when there is no such account.
    pub fn set_pace(&self, account: &str, chosen: ChosenPace) -> Result<(), Error> {
        let id = self.account(account)?.id;
        self.store.write(move |tx| Ok::<_, Error>(tx.set_pace(id, chosen)?))?;
        self.wake();
        Ok(())
    }

    /// What was chosen with [`App::set_pace`].
    ///
    /// # Errors
    /// [`super::Kind::NotFound`] when there is no such account.
    pub fn chosen_pace(&self, account: &str) -> Result<ChosenPace, Error> {
        let id = self.account(account)?.id;
        Ok(self.store.read(|reader| reader.pace(id, clock::now()))?.0)
    }

    /// How fast an account may send.
    ///
    /// # Errors
    /// [`super::Kind::NotFound`] when there is no such account.
    pub fn limits(&self, account: &str) -> Result<Limits, Error> {
        let row = self.account(account)?;
        Ok(self.store.read(|reader| limits(reader, &row, clock::now()))?)
    }

    /// When the waiting mails of each account will about be sent, for accounts with any.
    ///
    /// # Errors
    /// The store's own.
    pub fn estimates(&self) -> Result<Vec<Estimate>, Error> {
        let now = clock::now();
        self.store.read(|reader| {
            let each_ms = reader.usual_time_ms()?;
            let mut estimates = vec![];
            for row in reader.accounts()? {
                let (mails, recipients) = reader.backlog(row.id)?;
                if mails > 0 {
                    let sent = reader.sent_lately(row.id, now)?;
                    let limits = limits(reader, &row, now)?;
                    let all_sent_by = limits.all_sent_by(sent, mails, recipients, each_ms, now);
                    estimates.push(Estimate { account: row.account.name, mails, all_sent_by });
                }
            }
            Ok(estimates)
        })
    }
}

/// That sending is paused, since when and by whom, and what lets it go on, for the command line.
#[must_use]
pub fn says(pause: &Pause) -> String {
    let at = pause.at.map(|at| clock::local(at).format("%Y-%m-%d %H:%M").to_string());
    let who = match (&pause.by, at) {
        (_, None) => "sending is paused".to_owned(),
        (None, Some(at)) => format!("sending is paused since {at}"),
        (Some(Who::Person(Role::Owner)), Some(at)) => format!("the owner paused sending on {at}"),
        (Some(Who::Person(Role::Staff)), Some(at)) => format!("the staff paused sending on {at}"),
        (Some(Who::Program(name)), Some(at)) => format!("{name} paused sending on {at}"),
        (Some(Who::CommandLine), Some(at)) => format!("sending was paused on the command line on {at}"),
    };
    format!("{who}; `tillpost queue resume` lets it go on")
}

/// How fast an account may send: what the owner chose, else what its provider wants, and what its server
/// has taught.
pub(super) fn limits(reader: &Reader<'_>, row: &AccountRow, now: Millis) -> Result<Limits, StoreError> {
    let (chosen, learned) = reader.pace(row.id, now)?;
    let provider = provider::limits_of(&row.account);
    let choose = |chosen: Option<u32>, provider: Option<u32>| match chosen {
        Some(0) => None,
        Some(chosen) => Some(chosen),
        None => provider,
    };
    let wanted = Limits {
        per_minute: choose(chosen.per_minute, provider.per_minute),
        per_hour: choose(chosen.per_hour, provider.per_hour),
        per_day: choose(chosen.per_day, provider.per_day),
        recipients_per_day: provider.recipients_per_day.filter(|_| chosen.per_day != Some(0)),
        ..provider
    };
    let most = row.most_recipients.and_then(|most| u32::try_from(most).ok());
    Ok(wanted.and(learned).and(Limits { recipients_per_mail: most, ..Limits::default() }))
}

/// What may go now, counting what is in somebody's hands as sent.
pub(super) fn allowance(
    reader: &Reader<'_>,
    account: i64,
    limits: &Limits,
    now: Millis,
) -> Result<Allowance, StoreError> {
    let mut sent = reader.sent_lately(account, now)?;
    let in_hand = reader.in_hand(account)?;
    if in_hand > 0 {
        sent.note(now, in_hand, in_hand);
    }
    Ok(limits.allowance(&sent, now))
}

/// What keeps all but urgent mails from leaving by themselves: `by_hand` where the shop wants to be asked,
/// `quiet` in its quiet hours.
pub(super) fn calm(settings: &Settings, now: Millis) -> Option<&'static str> {
    if settings.starts_by_hand {
        return Some("by_hand");
    }
    let local = clock::local(now);
    let minute = local.hour() * 60 + local.minute();
    settings.quiet_hours.is_some_and(|hours| hours.contains(minute)).then_some("quiet")
}

/// Which mails may go by themselves now.
pub(super) fn which(settings: &Settings, now: Millis) -> Which {
    Which { urgent: calm(settings, now).is_some(), ..Which::ALL }
}

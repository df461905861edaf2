//! The shop's accounts elsewhere: what an accounting package can be asked, and the packages there are.
//!
//! A package says how a request is worded and what its answer means; how it travels is passed in as a
//! [`Wire`], and when it is made is decided by the use cases. A second package is a module here and an
//! entry in [`Package`]; nothing outside this room names one.

mod kashflow;
mod soap;

use crate::domain::posting::{Done, Lists, Sale, Step};
use crate::domain::reply::Effect;
use crate::domain::{Invalid, Secret, Target, say};

/// An accounting package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// KashFlow, by its SOAP interface.
    KashFlow,
}

impl Package {
    /// All packages.
    pub const ALL: [Self; 1] = [Self::KashFlow];

    /// The word on the command line and in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::KashFlow => "kashflow",
        }
    }

    /// Reads [`Package::word`].
    ///
    /// # Errors
    /// When there is no such package; names those there are.
    pub fn named(word: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|p| p.word() == word).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.into_iter().map(Self::word).collect();
            Invalid::new(
                "package",
                say!("\"{word}\" is not a package Tillpost knows", word),
                known.join(", "),
            )
        })
    }

    /// The name its maker gives it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::KashFlow => "KashFlow",
        }
    }

    /// Where it answers, unless the shop says otherwise.
    #[must_use]
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::KashFlow => kashflow::ENDPOINT,
        }
    }
}

/// A request as it leaves.
#[derive(Debug, Clone)]
pub struct Request {
    /// Header fields.
    pub headers: Vec<(&'static str, String)>,
    /// What it says; holds the password, so it is never logged.
    pub body: Secret,
}

/// How a request travels.
pub trait Wire: Send + Sync {
    /// Sends `request` to `target`, once: status and body of the answer, or a failure that is
    /// [`Failure::NotReached`] or [`Failure::Lost`].
    fn send(
        &self,
        target: &Target,
        request: Request,
    ) -> impl Future<Output = Result<(u16, Vec<u8>), Failure>> + Send;
}

/// How to get in.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where it answers.
    pub endpoint: Target,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Why a credit note is not posted.
///
/// # Source
/// KashFlow's description of its interface applies a credit note that stands in the books to an invoice
/// (`applyCreditNoteToInvoice`) and does not say how a program enters one; a sum of the wrong sign in the
/// books would be worse than none.
pub const NO_CREDIT_NOTES: &str = "The accounting system's interface does not say how a program enters a credit note. \
     Enter it in the books by hand.";

/// Why something was not done, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing left this machine, or nothing that changes the books.
    #[error("The accounting system was not reached: {0}.")]
    NotReached(String),
    /// It may have been done: the answer was lost.
    #[error("The accounting system's answer was lost: {0}. It is searched before anything is repeated.")]
    Lost(String),
    /// User name or password is wrong.
    #[error(
        "The accounting system refused the sign-in: \"{0}\". Check user name and password; where it has a \
         password of its own for the API, only that one works."
    )]
    SignIn(String),
    /// Only certain addresses may use it, and ours is none of them.
    #[error(
        "The accounting system lets in certain internet addresses only: \"{0}\". Add this address in its API \
         settings, or let it be added with the key shown there: tillpost accounting allow-address."
    )]
    Address(String),
    /// Its interface for programs is switched off.
    #[error("The accounting system's API is switched off: \"{0}\". Switch it on in its API settings.")]
    Off(String),
    /// It was reached and could not do it now.
    #[error("The accounting system could not do it now: \"{0}\".")]
    Again(String),
    /// This sale cannot be entered as it is.
    #[error("It was not entered: {0}")]
    Refused(String),
}

impl Failure {
    /// What it means for the profile.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::NotReached(_) | Self::Lost(_) => Effect::Offline,
            Self::SignIn(_) => Effect::HeldSignIn,
            Self::Address(_) | Self::Off(_) => Effect::HeldSettings,
            Self::Again(_) => Effect::Busy,
            Self::Refused(_) => Effect::ThisMail,
        }
    }
}

/// A package's books, opened for one shop.
#[derive(Debug)]
pub struct Books<'a, W> {
    /// Which package.
    pub package: Package,
    /// How to get in.
    pub access: &'a Access,
    /// How requests travel.
    pub wire: &'a W,
}

impl<W: Wire> Books<'_, W> {
    fn kashflow(&self) -> kashflow::Client<'_, W> {
        kashflow::Client { access: self.access, wire: self.wire }
    }

    /// Signs in and fetches what a channel can choose from.
    ///
    /// # Errors
    /// Why that does not work; nothing is changed there.
    pub async fn lists(&self) -> Result<Lists, Failure> {
        match self.package {
            Package::KashFlow => self.kashflow().lists().await,
        }
    }

    /// An address that opens the books in a browser without signing in. Whoever has it is in.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn remote_login(&self) -> Result<String, Failure> {
        match self.package {
            Package::KashFlow => self.kashflow().remote_login().await,
        }
    }

    /// Adds the address this machine has on the internet now to those that may use the books.
    ///
    /// # Errors
    /// Why it was not added.
    pub async fn allow_this_address(&self, key: &Secret) -> Result<(), Failure> {
        match self.package {
            Package::KashFlow => self.kashflow().allow_this_address(key).await,
        }
    }

    /// Looks for what an earlier, unanswered try at `step` may have entered; `None` when it is not there.
    ///
    /// # Errors
    /// Why it could not be looked for; nothing is changed there.
    pub async fn find(&self, step: Step, sale: &Sale, done: Done) -> Result<Option<i64>, Failure> {
        match self.package {
            Package::KashFlow => self.kashflow().find(step, sale, done).await,
        }
    }

    /// Does `step`, once, and returns what the books call the outcome.
    ///
    /// # Errors
    /// After [`Failure::Lost`] it may have been done; after every other it was not.
    pub async fn enter(&self, step: Step, sale: &Sale, done: Done, pdf: &[u8]) -> Result<i64, Failure> {
        match self.package {
            Package::KashFlow => self.kashflow().enter(step, sale, done, pdf).await,
        }
    }
}

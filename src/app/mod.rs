//! The use cases, and the only reader of the clock.

mod access;
mod accounts;
mod again;
mod book;
mod changed;
mod channels;
pub mod clock;
mod copies;
mod data;
mod deliver;
mod disabled;
mod doctor;
mod drafts;
mod drawing;
mod edit;
mod erase;
mod error;
pub mod explain;
mod export;
mod files;
mod folder;
mod fonts;
mod forms;
mod hand_over;
mod housekeeping;
mod intake;
mod integrations;
mod issue;
mod kept;
mod lists;
mod named_templates;
mod oauth;
mod pace;
mod people;
mod postings;
mod preview;
mod queue;
mod send;
mod senders;
mod serving;
mod settings_file;
mod shop;
pub mod show;
mod size;
mod status;
mod stored;
mod surroundings;
mod templates;
mod tongues;
mod trial;
mod webhooks;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use access::{AccessSettings, Entered, NewLink, NewPassword, token_digest};
pub use accounts::{AccountInput, SecretInput};
pub use book::{BookForm, Import};
pub use data::{Backup, PutBack};
pub use deliver::{BooksPatience, Deliverer, FlushReport};
pub use doctor::Finding;
pub use drafts::Draft;
pub use drawing::{Drawn, Picture, XmlFile, code_picture, picture, pictures};
pub use error::{Error, Kind};
pub use export::{Exported, Period, PeriodPart};
pub use folder::{FailedFile, Folder};
pub use hand_over::Left;
pub use intake::{Intake, Taken};
pub use issue::{Issued, render_alone};
pub use kept::{kept_in, result_in};
pub use lists::{ListedDocument, Page, StoredDocument, days, lately};
pub use oauth::{Connecting, Disconnected, Invitation, Progress};
pub use pace::{Conditions, Estimate, says as says_pause};
pub use queue::Wish;
pub use send::OutgoingFile;
pub use serving::{Serving, serving_at};
pub use status::Status;
pub use surroundings::Surroundings;
pub use tongues::{detail_in, key_of, say_in};
pub use trial::Trial;

pub use crate::domain::Who;
pub use crate::domain::pause::Pause;
pub use crate::store::{BookPart, ChosenPace, DocumentQuery, MailQuery, MailRow, PasswordRow, SecretPlace};

use crate::domain::setting::Settings;
use crate::store::{Store, StoreError, private};

/// Tillpost, opened on one data folder.
#[derive(Clone)]
pub struct App {
    store: Store,
    wake: Arc<tokio::sync::Notify>,
    connecting: status::Dialling,
    surroundings: Arc<Surroundings>,
    logo: Arc<drawing::LastLogo>,
    sign_ins: Arc<oauth::SignIns>,
    key_file: Option<Arc<Path>>,
    tongue: &'static str,
}

impl App {
    /// Opens the data folder, creating it where needed.
    ///
    /// # Errors
    /// When the data file cannot be used; it is then left as it is.
    pub fn open(data: &Path) -> Result<Self, Error> {
        let store = Store::open(data, &clock::file_stamp())?;
        Ok(Self {
            store,
            wake: Arc::default(),
            connecting: status::Dialling::default(),
            surroundings: Arc::default(),
            logo: Arc::default(),
            sign_ins: Arc::default(),
            key_file: None,
            tongue: "en",
        })
    }

    /// The same, looking at other surroundings than the internet's.
    #[must_use]
    pub fn in_surroundings(mut self, surroundings: Surroundings) -> Self {
        self.surroundings = Arc::new(surroundings);
        self
    }

    /// The same with this key for the encrypted file of passwords, where the surroundings name none.
    #[must_use]
    pub fn with_key_file(mut self, key_file: &Path) -> Self {
        self.key_file = Some(key_file.into());
        self
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.store.data()
    }

    /// The watched folder.
    #[must_use]
    pub fn outbox(&self) -> PathBuf {
        self.data().join("outbox")
    }

    /// The same, made where it is missing: for this user's programs, until its owner lets others in.
    fn made_outbox(&self) -> PathBuf {
        let outbox = self.outbox();
        // Whoever opens it says what is wrong.
        let _ = private::make_folder(&outbox);
        outbox
    }

    /// Tells a running delivery loop of this process that something may be due.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Whether who sends by hand is asked first, and whether their mails go to the computer's mail program.
    ///
    /// # Errors
    /// The store's own.
    pub fn ways_by_hand(&self) -> Result<(bool, bool), Error> {
        let settings = self.settings()?;
        Ok((settings.confirm_before_sending, settings.hands_over))
    }

    fn settings(&self) -> Result<Settings, StoreError> {
        self.store.read(|reader| {
            let mut failed = None;
            let settings = Settings::from_stored(|key| match reader.setting(key) {
                Ok(value) => value,
                Err(error) => {
                    failed = Some(error);
                    None
                }
            });
            failed.map_or(Ok(settings), Err)
        })
    }
}

/// The data folder of the platform, when neither `--data` nor `TILLPOST_DATA` names one.
#[must_use]
pub fn default_data_folder() -> Option<PathBuf> {
    dirs::data_dir().map(|folder| folder.join("tillpost"))
}

//! A mail as it will leave, before it is queued: nothing is stored.

use super::send::Ready;
use super::size::Largest;
use super::{App, Error, OutgoingFile, show};
use crate::compose;
use crate::domain::advice::{self, Facts, Warning};
use crate::wire::MailFile;
use crate::wire::views::{MessageView, PreviewView, WarningView};

impl App {
    /// The mails that a request would queue, exactly as they would leave but for their ids and dates, and
    /// what each recipient would see.
    ///
    /// # Errors
    /// Everything that would refuse the mail itself.
    pub fn preview(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<PreviewView, Error> {
        let ready = self.build(file, files, document, &self.settings()?)?;
        self.previewed(&ready)
    }

    /// A mail that was queued, as it leaves or left.
    ///
    /// # Errors
    /// As [`App::export`].
    pub fn content(&self, id: i64) -> Result<MessageView, Error> {
        let mut bytes = Vec::new();
        self.export(id, &mut bytes)?;
        Ok(show::message(bytes.len(), compose::look(&bytes)?, &[]))
    }

    /// What sealed mails look like to those who get them.
    pub(super) fn previewed(&self, ready: &[Ready]) -> Result<PreviewView, Error> {
        let accounts = self.store.read(|reader| reader.accounts())?;
        let nothing = Largest::Unknown.view(0);
        let mut view = PreviewView { messages: Vec::new(), warnings: Vec::new(), size: nothing };
        for one in ready {
            let looked = compose::look(&one.new.mime)?;
            if let Some(account) = accounts.iter().find(|a| a.id == one.new.account) {
                let senders = self.store.read(|reader| reader.senders(account.id))?;
                let facts = Facts {
                    subject: &one.new.subject,
                    text: looked.text.as_deref().unwrap_or_default(),
                    attachments: looked.attachments.len(),
                    from: &one.new.from,
                    account: &account.account.from.address,
                    listed: senders.iter().any(|sender| sender.mailbox.address == one.new.from),
                };
                let (largest, used) = (Largest::of(account), one.new.mime.len());
                if used as u64 >= view.size.used {
                    view.size = largest.view(used);
                }
                let large = largest.warning(used).map(|says| Warning { key: "large", says });
                for warning in advice::warnings(&facts).into_iter().chain(large) {
                    if !view.warnings.iter().any(|w: &WarningView| w.key == warning.key) {
                        view.warnings.push(WarningView { key: warning.key, says: warning.says });
                    }
                }
            }
            view.messages.push(show::message(one.new.mime.len(), looked, &one.sights));
        }
        Ok(view)
    }
}

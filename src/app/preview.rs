//! A mail as it will leave, before it is queued: nothing is stored.

use super::hand_over::Unsent;
use super::send::Ready;
use super::size::Largest;
use super::{App, Error, OutgoingFile, show};
use crate::compose;
use crate::domain::advice::{self, Facts, Warning};
use crate::domain::mail::Role;
use crate::domain::{EmailAddress, say, typo};
use crate::wire::MailFile;
use crate::wire::views::{MessageView, PreviewView, WarningView};

impl App {
    /// The mails that a request would queue, exactly as they would leave but for their ids and dates, and
    /// what each recipient would see; the draft where they are handed to the computer's mail program.
    ///
    /// # Errors
    /// Everything that would refuse the mail itself but its size, which the preview tells.
    pub fn preview(
        &self,
        file: &MailFile,
        files: Vec<OutgoingFile>,
        document: Option<&str>,
    ) -> Result<PreviewView, Error> {
        let settings = self.settings()?;
        if settings.hands_over {
            return self.preview_draft(file, files, document);
        }
        let ready = self.build(file, files, document, None, &settings)?;
        self.previewed(&ready)
    }

    /// A mail that was queued, as it leaves or left.
    ///
    /// # Errors
    /// As [`App::export`].
    pub fn content(&self, id: i64) -> Result<MessageView, Error> {
        let mut bytes = Vec::new();
        self.export(id, &mut bytes)?;
        Ok(show::message(bytes.len(), compose::look(&bytes)?, &[], self.tongue))
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
                let (largest, used) = (one.largest, one.new.mime.len());
                if used as u64 >= view.size.used {
                    view.size = largest.view(used);
                }
                let large = largest.warning(used).map(|says| Warning { key: "large", says });
                for warning in advice::warnings(&facts).into_iter().chain(large) {
                    if !view.warnings.iter().any(|w: &WarningView| w.key == warning.key) {
                        view.warnings.push(self.warn(warning));
                    }
                }
            }
            let people = one.new.recipients.iter().filter(|(.., role)| *role != Role::OwnCopy);
            view.warnings.extend(self.doubts(people.map(|(address, ..)| address))?);
            view.messages.push(show::message(one.new.mime.len(), looked, &one.sights, self.tongue));
        }
        Ok(view)
    }

    /// What a draft for a mail program looks like. It takes nobody's word for who it is from.
    pub(super) fn previewed_draft(&self, unsent: &Unsent) -> Result<PreviewView, Error> {
        let (letter, bytes) = (&unsent.letter, unsent.bytes()?);
        let looked = compose::look(&bytes)?;
        let facts = Facts {
            subject: &letter.subject,
            text: &letter.text,
            attachments: looked.attachments.len(),
            from: &letter.from.address,
            account: &letter.from.address,
            listed: true,
        };
        let mut warnings: Vec<_> = advice::warnings(&facts).into_iter().map(|w| self.warn(w)).collect();
        let people = [&letter.to, &letter.cc, &letter.bcc].into_iter().flatten();
        warnings.extend(self.doubts(people.map(|mailbox| &mailbox.address))?);
        Ok(PreviewView {
            warnings,
            messages: vec![show::message(bytes.len(), looked, &compose::sights(letter), self.tongue)],
            size: Largest::Unknown.view(bytes.len()),
        })
    }

    fn warn(&self, warning: Warning) -> WarningView {
        WarningView { key: warning.key, says: self.say(warning.says) }
    }

    /// What speaks against some recipients: they were refused before, or look like a slip of the finger.
    fn doubts<'a>(&self, people: impl Iterator<Item = &'a EmailAddress>) -> Result<Vec<WarningView>, Error> {
        let mut doubts = Vec::new();
        self.store.read(|reader| {
            let domains = reader.known_domains()?;
            for address in people {
                let known = reader.contact(&address.key())?;
                let proven = known.as_ref().is_some_and(|contact| contact.uses > 0);
                match known.and_then(|contact| contact.refusal) {
                    Some(reply) => doubts.push(Warning {
                        key: "refused_before",
                        says: say!("{address} was refused before: {reply}", address, reply),
                    }),
                    None if proven => {}
                    None => doubts.extend(typo::meant(address.as_str(), &domains).map(|meant| Warning {
                        key: "likely_slip",
                        says: say!("{address} looks like a slip; perhaps {meant} is meant.", address, meant),
                    })),
                }
            }
            Ok::<_, Error>(())
        })?;
        Ok(doubts.into_iter().map(|warning| self.warn(warning)).collect())
    }
}

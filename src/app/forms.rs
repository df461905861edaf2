//! Papers that are being written on a screen: kept, so that a power cut or a closed tab loses nothing.

use uuid::Uuid;

use super::{App, Error, Kind, clock};
use crate::domain::Millis;
use crate::domain::invalid::at_most;
use crate::store::{FormRow, NewForm};
use crate::wire::FormRequest;

/// For how long a paper is kept that nobody goes on with.
const KEPT_SECONDS: i64 = 7 * 24 * 3600;

/// As many are listed as somebody can look through.
const LISTED: u32 = 50;

fn expired() -> Millis {
    clock::now().plus_seconds(-KEPT_SECONDS)
}

impl App {
    /// Keeps a paper that is being written as it is now; those nobody went on with for a week go.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when it is too large to keep.
    pub fn keep_form(&self, uuid: Uuid, form: &FormRequest) -> Result<(), Error> {
        at_most("buyer", &form.buyer, 200)?;
        let number = form.number.clone().filter(|number| !number.is_empty());
        at_most("number", number.as_deref().unwrap_or_default(), 200)?;
        let content =
            serde_json::to_string(&form.content).map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
        super::drafts::keeps(content.len())?;
        let (kind, buyer) = (form.kind.kind().word(), form.buyer.clone());
        let (form, now) = (NewForm { kind, number, buyer, content }, clock::now());
        self.store.write(move |tx| {
            tx.forget_forms(expired())?;
            Ok::<_, Error>(tx.keep_form(uuid, &form, now)?)
        })
    }

    /// The papers that are being written, without what is filled in, the last begun first.
    ///
    /// # Errors
    /// The store's own.
    pub fn forms(&self) -> Result<Vec<FormRow>, Error> {
        Ok(self.store.read(|reader| reader.forms(expired(), LISTED))?)
    }

    /// A paper that is being written.
    ///
    /// # Errors
    /// [`super::Kind::NotFound`] when there is none.
    pub fn form(&self, uuid: Uuid) -> Result<FormRow, Error> {
        Ok(self.store.read(|reader| reader.form(uuid))?)
    }

    /// Forgets a paper that was being written, if it is there.
    ///
    /// # Errors
    /// The store's own.
    pub fn drop_form(&self, uuid: Uuid) -> Result<(), Error> {
        self.store.write(move |tx| Ok::<_, Error>(tx.delete_form(uuid)?))
    }
}

//! The shop's details and settings.

use super::{App, Error, fonts, issue};
use crate::domain::setting::{Form, SETTINGS, Setting};
use crate::domain::{Invalid, say};
use crate::render;
use crate::wire::PartyShape;

impl App {
    /// The shop's details, and whether it has a logo.
    ///
    /// # Errors
    /// The store's own.
    pub fn shop(&self) -> Result<(Option<PartyShape>, bool), Error> {
        self.store.read(|reader| {
            Ok((issue::shop(reader)?.as_ref().map(PartyShape::from), reader.logo()?.is_some()))
        })
    }

    /// Stores the shop's details.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] names the field.
    pub fn set_shop(&self, details: &PartyShape) -> Result<(), Error> {
        details.to_party()?.check()?;
        let text =
            serde_json::to_string(details).map_err(|e| Error::new(super::Kind::Defect, e.to_string()))?;
        self.store.write(move |tx| Ok(tx.set_shop(&text)?))
    }

    /// Stores the shop's logo, PNG, JPEG or SVG, or removes it.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when it is no picture we can print.
    pub fn set_logo(&self, bytes: Option<Vec<u8>>) -> Result<(), Error> {
        if let Some(bytes) = &bytes {
            render::logo(bytes)?;
        }
        self.store.write(move |tx| Ok(tx.set_logo(bytes.as_deref())?))
    }

    /// The bytes of the shop's logo.
    ///
    /// # Errors
    /// [`super::Kind::NotFound`] when there is none.
    pub fn logo(&self) -> Result<Vec<u8>, Error> {
        self.store
            .read(|reader| reader.logo())?
            .ok_or_else(|| Error::new(super::Kind::NotFound, "The shop has no logo."))
    }

    /// All settings with their values.
    ///
    /// # Errors
    /// The store's own.
    pub fn all_settings(&self) -> Result<Vec<(&'static Setting, String)>, Error> {
        self.store.read(|reader| {
            SETTINGS
                .iter()
                .map(|s| Ok((s, reader.setting(s.key)?.unwrap_or_else(|| s.default.to_owned()))))
                .collect()
        })
    }

    /// One setting's value.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when there is no such setting.
    pub fn setting(&self, key: &str) -> Result<String, Error> {
        let setting = Setting::named(key)?;
        self.store.read(|reader| Ok(reader.setting(key)?.unwrap_or_else(|| setting.default.to_owned())))
    }

    /// Changes a setting.
    ///
    /// # Errors
    /// [`super::Kind::BadInput`] when there is none, or the value does not fit it.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<String, Error> {
        let setting = Setting::named(key)?;
        let value = setting.accept(value)?;
        check_use(setting, &value)?;
        let stored = value.clone();
        self.store.write(move |tx| Ok::<_, Error>(tx.set_setting(setting.key, &stored)?))?;
        self.wake();
        Ok(value)
    }
}

/// Refuses a value that fits its form but could not be used: better now than at the next invoice.
pub(super) fn check_use(setting: &Setting, value: &str) -> Result<(), Error> {
    match setting.form {
        Form::Language => {
            let primary = value.split('-').next().unwrap_or_default().to_lowercase();
            if !render::languages().contains(&primary.as_str()) {
                let known = render::languages().join(", ");
                return Err(Invalid::new(
                    setting.key,
                    say!("there are no labels in \"{value}\"", value),
                    say!("Use one of: {all}", all = known),
                )
                .into());
            }
        }
        Form::File => {
            fonts::read(value)?;
        }
        _ => {}
    }
    Ok(())
}

//! Who gets in: API passwords for programs, one-time links and PINs for people.

mod people;
mod programs;

use ipnet::IpNet;

pub use people::{Entered, NewLink};
pub use programs::NewPassword;

pub use crate::auth::token::digest as token_digest;

use super::{App, Error};
use crate::domain::access::{networks, origins};

/// The access settings, read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSettings {
    /// Whether programs with an API password may get in.
    pub enabled: bool,
    /// Whether they may make one-time links.
    pub remote_login: bool,
    /// Who may connect beside this computer; empty for everybody who can.
    pub networks: Vec<IpNet>,
    /// Web pages that may use the API and show the screens inside theirs.
    pub origins: Vec<String>,
}

impl App {
    /// The access settings.
    ///
    /// # Errors
    /// The store's own.
    pub fn access_settings(&self) -> Result<AccessSettings, Error> {
        let [enabled, remote, nets, webs] =
            ["api_enabled", "api_remote_login", "api_restrict_access", "api_web_origins"]
                .map(|k| self.setting(k));
        Ok(AccessSettings {
            enabled: enabled? == "true",
            remote_login: remote? == "true",
            networks: networks(&nets?)?,
            origins: origins(&webs?)?,
        })
    }
}

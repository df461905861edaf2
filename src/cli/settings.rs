//! `settings`.

use clap::Subcommand;

use super::Context;
use super::out::table;
use crate::app::Error;

#[derive(Debug, Subcommand)]
pub(super) enum Settings {
    /// Show all settings.
    Show,
    /// Print one setting's value.
    Get {
        /// Its key.
        key: String,
    },
    /// Change a setting.
    Set {
        /// Its key.
        key: String,
        /// Its new value.
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
}

impl Settings {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::Show => {
                let all = app.all_settings()?;
                let object: serde_json::Map<String, serde_json::Value> =
                    all.iter().map(|(s, value)| (s.key.to_owned(), value.clone().into())).collect();
                context.out.show(&object, || {
                    let rows: Vec<Vec<String>> = all
                        .iter()
                        .map(|(s, value)| vec![s.key.to_owned(), value.clone(), s.help.to_owned()])
                        .collect();
                    table(&["KEY", "VALUE", "MEANING"], &rows)
                });
            }
            Self::Get { key } => {
                let value = app.setting(&key)?;
                context.out.show(&value, || value.clone());
            }
            Self::Set { key, value } => {
                let value = app.set_setting(&key, &value)?;
                context.out.show(&value, || format!("{key} = {value}"));
            }
        }
        Ok(0)
    }
}

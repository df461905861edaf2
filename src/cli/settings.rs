//! `settings`.

use std::path::PathBuf;

use clap::Subcommand;

use super::out::table;
use super::{Context, read_file};
use crate::app::{Error, Kind};
use crate::wire::{self, SettingsImportView};

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
    /// Write all settings to a file.
    ///
    /// With the shop's details and the accounts; no secret is in it.
    Export {
        /// The file; - is standard output.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Read such a file.
    ///
    /// All of it is checked and stored, or nothing.
    Import {
        /// The file; - is standard input.
        file: PathBuf,
        /// Store nothing; say what would change.
        #[arg(long)]
        dry_run: bool,
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
            Self::Export { file } => {
                let text = serde_json::to_string_pretty(&app.export_settings()?)
                    .map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
                if file.as_os_str() == "-" {
                    context.out.line(&text);
                } else {
                    std::fs::write(&file, text + "\n").map_err(|e| {
                        Error::new(Kind::BadInput, format!("{} cannot be written: {e}.", file.display()))
                    })?;
                }
            }
            Self::Import { file, dry_run } => {
                let bytes = read_file(&file, 5 * 1024 * 1024)?;
                let view = app.import_settings(&wire::parse(&bytes)?, dry_run)?;
                context.out.show(&view, || imported(&view));
            }
            Self::Set { key, value } => {
                let value = app.set_setting(&key, &value)?;
                context.out.show(&value, || format!("{key} = {value}"));
            }
        }
        Ok(0)
    }
}

fn imported(view: &SettingsImportView) -> String {
    let mut lines = view.changes.clone();
    if lines.is_empty() {
        lines.push("all is so already".to_owned());
    } else if !view.done {
        lines.push("nothing was stored".to_owned());
    }
    for name in &view.need_secrets {
        lines.push(format!("account \"{name}\" needs its password, or to be connected, before it can send"));
    }
    lines.join("\n")
}

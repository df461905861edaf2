//! How Tillpost behaves.

use axum::Json;
use axum::extract::State;
use serde_json::json;

use crate::app::{App, Error, Kind, show};
use crate::domain::access::Scope;
use crate::domain::setting::Setting;
use crate::http::answer::{Ask, At, In, Problem};
use crate::http::endpoint::{Endpoint, get, group, put};
use crate::http::web::Web;
use crate::wire::queries::{DryRunQuery, NoQuery};
use crate::wire::views::SettingView;
use crate::wire::{SettingRequest, SettingsFile, SettingsImportView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "settings",
        vec![
            get("/settings", Scope::Read, "listSettings", list)
                .about("All settings", "With their values, defaults and meaning, the meaning in English.")
                .asks::<NoQuery>()
                .gives::<Vec<SettingView>>(200, "The settings."),
            get("/settings/{key}", Scope::Read, "getSetting", one)
                .about("A setting", "")
                .asks::<NoQuery>()
                .gives::<SettingView>(200, "The setting."),
            put("/settings/{key}", Scope::Manage, "setSetting", set)
                .about("Change a setting", "")
                .asks::<NoQuery>()
                .takes::<SettingRequest>(json!({ "value": "20" }))
                .gives::<SettingView>(200, "The setting as it is now."),
            get("/settings-file", Scope::Manage, "exportSettings", export)
                .about("All settings in one file", "Settings, the shop's details and the accounts; no password, token or secret is in it.")
                .asks::<NoQuery>()
                .gives::<SettingsFile>(200, "The file."),
            put("/settings-file", Scope::Manage, "importSettings", import)
                .about("Read a settings file", "Everything in it is checked first; then all of it is stored, or nothing. What it leaves out stays.")
                .asks::<DryRunQuery>()
                .takes::<SettingsFile>(json!({ "tillpost_settings": 1, "settings": { "undo_seconds": "5" } }))
                .gives::<SettingsImportView>(200, "What changed, or would."),
        ],
    )
}

async fn list(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<SettingView>>, Problem> {
    let views = web
        .run(|app| Ok(app.all_settings()?.into_iter().map(|(s, value)| show::setting(s, value)).collect()))
        .await?;
    Ok(Json(views))
}

/// The setting in an address: a key there is none of is not there.
fn named(key: &str) -> Result<&'static Setting, Error> {
    Setting::named(key).map_err(|e| Error::new(Kind::NotFound, e.to_string()))
}

fn view(app: &App, key: &str) -> Result<SettingView, Error> {
    Ok(show::setting(named(key)?, app.setting(key)?))
}

async fn one(
    State(web): State<Web>,
    At(key): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<SettingView>, Problem> {
    Ok(Json(web.run(move |app| view(app, &key)).await?))
}

async fn set(
    State(web): State<Web>,
    At(key): At<String>,
    _: Ask<NoQuery>,
    In(request): In<SettingRequest>,
) -> Result<Json<SettingView>, Problem> {
    let changed = web
        .run(move |app| {
            let setting = named(&key)?;
            Ok(show::setting(setting, app.set_setting(&key, &request.value)?))
        })
        .await?;
    Ok(Json(changed))
}

async fn export(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<SettingsFile>, Problem> {
    Ok(Json(web.run(App::export_settings).await?))
}

async fn import(
    State(web): State<Web>,
    Ask(query): Ask<DryRunQuery>,
    In(file): In<SettingsFile>,
) -> Result<Json<SettingsImportView>, Problem> {
    Ok(Json(web.run(move |app| app.import_settings(&file, query.dry_run)).await?))
}

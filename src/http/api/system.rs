//! The outbox folder, the checks and the copies.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::show;
use crate::domain::access::Scope;
use crate::http::answer::{Ask, Problem};
use crate::http::endpoint::{Endpoint, get, group, post};
use crate::http::web::Web;
use crate::wire::queries::NoQuery;
use crate::wire::views::{BackupView, CheckView, FindingView, FolderView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "system",
        vec![
            get("/folder", Scope::Read, "getFolder", folder)
                .about("The outbox folder", "What lies in it, and what could not be taken and why.")
                .asks::<NoQuery>()
                .gives::<FolderView>(200, "The folder."),
            post("/diagnostics", Scope::Read, "runDiagnostics", diagnostics)
                .about("Check the installation", "Nothing is sent; servers are not contacted.")
                .asks::<NoQuery>()
                .gives::<Vec<FindingView>>(200, "What was found, and what to do."),
            post("/check", Scope::Manage, "checkDataFile", check)
                .about("Verify every stored byte and relation", "")
                .asks::<NoQuery>()
                .gives::<CheckView>(200, "What was found."),
            post("/backups", Scope::Manage, "makeBackup", backup)
                .about(
                    "Copy the data file",
                    "Verified, while work goes on, into the folder `backups` of the data folder.",
                )
                .asks::<NoQuery>()
                .gives::<BackupView>(201, "The copy."),
        ],
    )
}

async fn folder(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<FolderView>, Problem> {
    Ok(Json(web.run(|app| Ok(show::folder(&app.folder()?))).await?))
}

async fn diagnostics(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<Vec<FindingView>>, Problem> {
    Ok(Json(web.run(|app| Ok(app.doctor()?.iter().map(show::finding).collect())).await?))
}

async fn check(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<CheckView>, Problem> {
    Ok(Json(web.run(|app| Ok(show::check(&app.check()?))).await?))
}

async fn backup(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    let view = web
        .run(|app| {
            let (name, report) = app.backup_here()?;
            Ok(BackupView { name, check: show::check(&report) })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

//! The outbox folder, the checks and the copies.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::{App, Error, Kind, code_picture, show};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, At, Problem, Tongue, file, versioned};
use crate::http::endpoint::{Endpoint, delete, get, group, post};
use crate::http::web::Web;
use crate::wire::queries::{CodeQuery, DiagnosticsQuery, NoQuery};
use crate::wire::views::{BackupView, BackupsView, CheckView, DraftView, FindingView, FolderView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "system",
        vec![
            get("/folder", Scope::Read, "getFolder", folder)
                .about("The outbox folder", "What lies in it, and what could not be taken and why.")
                .asks::<NoQuery>()
                .gives::<FolderView>(200, "The folder."),
            post("/folder/failed/{file}/retry", Scope::Send, "retryFile", retry_file)
                .about("Put a file that could not be taken back into its folder", "With the files it attaches.")
                .asks::<NoQuery>()
                .gives::<FolderView>(200, "The folder as it is now."),
            post("/folder/failed/{file}/draft", Scope::Send, "draftOfFile", draft_of_file)
                .about(
                    "Make a draft of a file that could not be taken",
                    "With its PDF and its words, for a person who says whom it is for. The file is set aside.",
                )
                .asks::<NoQuery>()
                .gives::<DraftView>(201, "The draft."),
            delete("/folder/failed/{file}", Scope::Send, "setFileAside", set_file_aside)
                .about("Set a file that could not be taken aside", "It moves to `failed/done/`; nothing is deleted.")
                .asks::<NoQuery>()
                .gives::<FolderView>(200, "The folder as it is now."),
            post("/diagnostics", Scope::Read, "runDiagnostics", diagnostics)
                .about(
                    "Check the installation",
                    "Data file, disk, clock, folders and keyring, and for every account its name, port, encryption, \
                     certificate and greeting. No mail and no password is sent.",
                )
                .asks::<DiagnosticsQuery>()
                .gives::<Vec<FindingView>>(200, "What was found, and what to do."),
            get("/log", Scope::Manage, "getLog", log)
                .about("The last lines of the log", "Of the process that answers, 200 at most, without secrets.")
                .asks::<NoQuery>()
                .gives_bytes("text/plain; charset=utf-8", "The lines, oldest first."),
            get("/code", Scope::Read, "drawCode", code)
                .about(
                    "A text as a QR code",
                    "For a page that is opened on a phone, where the till itself opens none.",
                )
                .asks::<CodeQuery>()
                .gives_bytes("image/svg+xml", "The picture."),
            post("/check", Scope::Manage, "checkDataFile", check)
                .about("Verify every stored byte and relation", "")
                .asks::<NoQuery>()
                .gives::<CheckView>(200, "What was found."),
            get("/backups", Scope::Manage, "listBackups", backups)
                .about("The copies of the data file", "Those in the folder `backups` of the data folder, newest first.")
                .asks::<NoQuery>()
                .gives::<BackupsView>(200, "The copies."),
            post("/backups", Scope::Manage, "makeBackup", backup)
                .about(
                    "Copy the data file",
                    "Verified, while work goes on, into the folder `backups` of the data folder.",
                )
                .asks::<NoQuery>()
                .gives::<BackupView>(201, "The copy."),
            post("/backups/{name}/restore", Scope::Manage, "restoreBackup", restore)
                .about(
                    "Put a copy in the place of the data file",
                    "The service stops for it and begins again: it does not answer for some seconds. `GET /backups` \
                     then says what came of it. What was there is kept beside it; what the copy has as waiting is \
                     held, as it may have left since. Who is signed in stays so.",
                )
                .asks::<NoQuery>()
                .gives_nothing("It is begun.")
                .fails(&[Kind::NotFound, Kind::Conflict]),
        ],
    )
}

async fn folder(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<FolderView>, Problem> {
    Ok(Json(web.run(move |app| Ok(show::folder(&app.folder()?, &tongue))).await?))
}

async fn retry_file(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<FolderView>, Problem> {
    after(&web, tongue, move |app| app.try_file_again(&name)).await
}

async fn draft_of_file(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    let draft = web.run(move |app| app.draft_of_file(&name)).await?;
    Ok(versioned(StatusCode::CREATED, draft.row.version, show::draft(&draft)))
}

async fn log(State(web): State<Web>, _: Ask<NoQuery>) -> Response {
    file("text/plain; charset=utf-8", "tillpost.log", false, web.log().into_bytes())
}

async fn code(Ask(asked): Ask<CodeQuery>) -> Result<Response, Problem> {
    Ok(file("image/svg+xml", "code.svg", true, code_picture(&asked.text)?.into_bytes()))
}

async fn set_file_aside(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<FolderView>, Problem> {
    after(&web, tongue, move |app| app.set_file_aside(&name)).await
}

/// Does something with the folder and shows what came of it.
async fn after(
    web: &Web,
    tongue: String,
    work: impl FnOnce(&App) -> Result<(), Error> + Send + 'static,
) -> Result<Json<FolderView>, Problem> {
    let done = move |app: &App| {
        work(app)?;
        Ok(show::folder(&app.folder()?, &tongue))
    };
    Ok(Json(web.run(done).await?))
}

async fn diagnostics(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    Ask(asked): Ask<DiagnosticsQuery>,
) -> Result<Json<Vec<FindingView>>, Problem> {
    let findings =
        if asked.offline { web.run(|app| app.doctor()).await? } else { web.app().examine(&tongue).await? };
    Ok(Json(findings.iter().map(|f| show::finding(f, &tongue)).collect()))
}

async fn check(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<CheckView>, Problem> {
    Ok(Json(web.run(|app| Ok(show::check(&app.check()?))).await?))
}

async fn backups(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<BackupsView>, Problem> {
    let (size, found) = web.run(App::backups).await?;
    Ok(Json(show::backups(size, &found, web.put_back(), &tongue)))
}

async fn restore(
    State(web): State<Web>,
    At(name): At<String>,
    _: Ask<NoQuery>,
) -> Result<StatusCode, Problem> {
    web.put_copy_back(web.run(move |app| app.copy_called(&name)).await?)?;
    Ok(StatusCode::NO_CONTENT)
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

//! Mails in the queue and mails that have left.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{App, Error, Kind, Left, MailQuery, MailRow, Wish, days, lately, show};
use crate::domain::access::Scope;
use crate::domain::say;
use crate::http::answer::{Ask, At, IdempotencyKey, In, Large, Problem, Tongue, file, versioned};
use crate::http::endpoint::{Endpoint, get, group, post};
use crate::http::gate::Caller;
use crate::http::web::Web;
use crate::wire::queries::{ConfirmedQuery, MailBox, MailListQuery, NoQuery, page_size};
use crate::wire::views::{
    AttemptView, DraftView, HandedOverView, MailView, MessageView, PageView, PreviewView, UndoneView,
};
use crate::wire::{Decision, DraftOfRequest, LaterRequest, MailRequest, ResendRequest, ResolveRequest};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        get("/mails", Scope::Read, "listMails", list)
            .about(
                "Mails in pages",
                "The outbox as it leaves: mails that were put before all others, then the oldest first. Every other \
                 list has the newest first.",
            )
            .asks::<MailListQuery>()
            .gives::<PageView<MailView>>(200, "A page of mails."),
        post("/mails", Scope::Send, "sendMail", send)
            .about(
                "Queue a mail",
                "With files, and with an issued document where one is named. It leaves when its undo time is over, \
                 at the earliest at send_after. Where the setting send_with is program, the mail program of the computer \
                 Tillpost runs on opens it as a draft instead.",
            )
            .asks::<ConfirmedQuery>()
            .takes::<MailRequest>(example())
            .once()
            .gives::<MailView>(201, "The mail is queued, or was before under this client_ref.")
            .gives::<HandedOverView>(200, "The computer's mail program has it, or got it before under this client_ref.")
            .fails(&[Kind::Unconfirmed, Kind::Conflict, Kind::NotFound, Kind::NotSent]),
        post("/mails/preview", Scope::Read, "previewMail", preview)
            .about(
                "See a mail before it is queued",
                "Exactly as it would leave but for its id and date: header, text, HTML, files, what each recipient \
                 would see of the others, and what is worth a second look. Nothing is stored.",
            )
            .asks::<NoQuery>()
            .takes::<MailRequest>(example())
            .gives::<PreviewView>(200, "The messages.")
            .fails(&[Kind::NotFound]),
        post("/mails/draft-file", Scope::Send, "makeDraftFile", draft_file)
            .about(
                "A mail as a draft for the computer's own mail program",
                "An .eml file with X-Unsent: 1, its files attached, without a signature. No account is needed; nothing \
                 is queued or stored.",
            )
            .asks::<NoQuery>()
            .takes::<MailRequest>(example())
            .gives_bytes("message/rfc822", "The draft.")
            .fails(&[Kind::NotFound]),
        get("/mails/{id}", Scope::Read, "getMail", one)
            .about("A mail", "With the state of each recipient.")
            .asks::<NoQuery>()
            .gives::<MailView>(200, "The mail."),
        get("/mails/{id}/eml", Scope::Read, "getMailEml", eml)
            .about("A mail's exact bytes", "As they leave, or left.")
            .asks::<NoQuery>()
            .gives_bytes("message/rfc822", "The bytes."),
        get("/mails/{id}/content", Scope::Read, "getMailContent", content)
            .about("What a mail says", "Its header, its text and the names of its files, from its exact bytes.")
            .asks::<NoQuery>()
            .gives::<MessageView>(200, "The message; who gets it stands with the mail."),
        get("/mails/{id}/attempts", Scope::Read, "getMailAttempts", attempts)
            .about("What was said about a mail", "Every conversation with the server, without passwords.")
            .asks::<NoQuery>()
            .gives::<Vec<AttemptView>>(200, "The conversations, oldest first."),
        post("/mails/{id}/undo", Scope::Send, "undoMail", undo)
            .about("Take a mail back", "While its undo time runs. It is a draft again if it was one.")
            .asks::<NoQuery>()
            .gives::<UndoneView>(200, "The mail was taken back.")
            .fails(&[Kind::Conflict]),
        post("/mails/{id}/edit", Scope::Send, "editMail", edit)
            .about(
                "Take a waiting mail out of the queue to change it",
                "It is withdrawn, and a draft for those who have not got it.",
            )
            .asks::<NoQuery>()
            .gives::<UndoneView>(200, "The mail was taken out; there is always a draft.")
            .fails(&[Kind::Conflict]),
        post("/mails/{id}/draft", Scope::Send, "draftOfMail", draft_of)
            .about(
                "Write a mail anew from another",
                "A draft with its words and its files, for all its people, for those who have not got it, or for nobody \
                 yet. The mail itself stays as it is.",
            )
            .asks::<NoQuery>()
            .takes::<DraftOfRequest>(json!({ "for": "nobody" }))
            .gives::<DraftView>(201, "The draft.")
            .fails(&[Kind::BadInput]),
        post("/mails/{id}/later", Scope::Send, "postponeMail", later)
            .about("Give a waiting mail another time", "A held one is let go and leaves then.")
            .asks::<NoQuery>()
            .takes::<LaterRequest>(json!({ "send_after": "2026-11-23T08:00" }))
            .gives::<MailView>(200, "The mail as it is now.")
            .fails(&[Kind::Conflict]),
        post("/mails/{id}/resolve", Scope::Send, "resolveMail", resolve)
            .about("Decide about a mail in doubt", "Its server took all of it and the answer was lost.")
            .asks::<NoQuery>()
            .takes::<ResolveRequest>(json!({ "decision": "send_again" }))
            .gives::<MailView>(200, "The mail as it is now.")
            .fails(&[Kind::Conflict]),
        post("/mails/{id}/resend", Scope::Send, "resendMail", resend)
            .about("Send a finished mail once more", "As a new mail with the same content, to the same people or to others.")
            .asks::<ConfirmedQuery>()
            .takes::<ResendRequest>(json!({ "to": ["anna.k@example.com"] }))
            .once()
            .gives::<MailView>(201, "The new mail.")
            .fails(&[Kind::Unconfirmed, Kind::Conflict]),
    ];
    all.extend(wishes());
    group("mails", all)
}

/// What a person may want with a mail, without more words.
fn wishes() -> Vec<Endpoint> {
    type Wanted = fn(&App, i64) -> Result<MailRow, Error>;
    let told = |path, name, wanted: Wanted, summary, detail| {
        let handler = move |State(web): State<Web>,
                            At(id): At<String>,
                            Tongue(tongue): Tongue,
                            _: Ask<NoQuery>| async move {
            shown(&web, id, tongue, wanted).await
        };
        post(path, Scope::Send, name, handler)
            .about(summary, detail)
            .asks::<NoQuery>()
            .gives::<MailView>(200, "The mail as it is now.")
            .fails(&[Kind::Conflict])
    };
    vec![
        told(
            "/mails/{id}/retry",
            "retryMail",
            |app, id| app.wish(id, Wish::Retry),
            "Try a mail now",
            "Also one that is held, was refused or has expired.",
        ),
        told(
            "/mails/{id}/cancel",
            "cancelMail",
            |app, id| app.wish(id, Wish::Cancel),
            "Withdraw a mail",
            "For the recipients who have not got it.",
        ),
        told(
            "/mails/{id}/restore",
            "restoreMail",
            |app, id| app.wish(id, Wish::Restore),
            "Take a withdrawal back",
            "The mail waits again as it did before, for those who were withdrawn.",
        ),
        told(
            "/mails/{id}/hold",
            "holdMail",
            |app, id| app.wish(id, Wish::Hold),
            "Keep a mail back",
            "Until it is released.",
        ),
        told(
            "/mails/{id}/first",
            "sendMailFirst",
            |app, id| app.wish(id, Wish::First),
            "Send a mail before all others",
            "",
        ),
        told(
            "/mails/{id}/replace",
            "replaceMail",
            App::replace,
            "Send the newest version of a mail's document instead",
            "The mail is withdrawn; the answer is the one that carries the new version.",
        ),
        told(
            "/mails/{id}/release",
            "releaseMail",
            |app, id| app.wish(id, Wish::Release),
            "Let a held mail go",
            "",
        ),
    ]
}

fn example() -> Value {
    json!({
        "client_ref": "till-3-mail-000042",
        "mail": { "to": ["Anna Kowalska <anna@example.com>"], "subject": "Your bicycle is ready",
                  "text": "You can collect it until 18:00.\n" },
        "attachments": [{ "name": "checklist.txt", "content": "QnJha2VzLCBjaGFpbiwgbGlnaHRzCg==" }],
    })
}

async fn list(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    Ask(asked): Ask<MailListQuery>,
) -> Result<Json<PageView<MailView>>, Problem> {
    let view = web
        .run(move |app| {
            let (from, until) = days(asked.from, asked.to)?;
            let query = MailQuery {
                from,
                until,
                finished: match asked.r#box {
                    Some(MailBox::Outbox) => Some(false),
                    Some(MailBox::Sent) => Some(true),
                    Some(MailBox::All | MailBox::Needs) | None => None,
                },
                needs: (asked.r#box == Some(MailBox::Needs)).then(lately),
                text: asked.q.filter(|q| !q.is_empty()),
                most: page_size(asked.limit),
                ..MailQuery::default()
            };
            let page = app.mail_page(query, asked.state.map(|s| s.state()), asked.after.as_deref())?;
            let conditions = app.conditions()?;
            Ok(show::page(page, |m| show::mail_in(&m, &conditions, &tongue)))
        })
        .await?;
    Ok(Json(view))
}

async fn send(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    caller: Caller,
    Ask(asked): Ask<ConfirmedQuery>,
    key: IdempotencyKey,
    Large(mut request): Large<MailRequest>,
) -> Result<Response, Problem> {
    caller.said_yes(&web, &asked).await?;
    key.name(&mut request.client_ref)?;
    caller.sign(&mut request.mail);
    web.run(move |app| answer(app, app.send_request(&request)?, &tongue)).await
}

async fn preview(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    caller: Caller,
    Large(mut request): Large<MailRequest>,
) -> Result<Json<PreviewView>, Problem> {
    caller.sign(&mut request.mail);
    Ok(Json(web.run_in(&tongue, move |app| app.preview_request(&request)).await?))
}

async fn draft_file(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    Large(request): Large<MailRequest>,
) -> Result<Response, Problem> {
    let bytes = web.run(move |app| app.draft_file_of(&request)).await?;
    Ok(file("message/rfc822", "draft.eml", false, bytes))
}

/// A mail that was just queued, and where it is.
fn created(view: MailView) -> Response {
    let place = HeaderValue::from_str(&format!("/api/v1/mails/{}", view.id));
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// What became of a mail that somebody sent.
pub(super) fn answer(app: &App, left: Left, tongue: &str) -> Result<Response, Error> {
    match left {
        Left::Queued(mails) => {
            let first = mails.first().ok_or_else(|| Error::new(Kind::Defect, "no mail was queued"))?;
            Ok(created(show::mail_in(first, &app.conditions()?, tongue)))
        }
        Left::HandedOver(file) => Ok(Json(show::handed_over(&file)).into_response()),
    }
}

/// The row of the mail with this id.
fn row(app: &App, id: &str) -> Result<i64, Error> {
    // A number would do on the command line of this till; programs use the id that is unique in the world.
    let uuid = Uuid::parse_str(id)
        .map_err(|_| Error::new(Kind::NotFound, say!("\"{id}\" is not the id of a mail.", id)))?;
    app.find_mail(&uuid.to_string())
}

/// A mail after something was done with it, or with nothing done but looking it up.
async fn shown(
    web: &Web,
    id: String,
    tongue: String,
    what: impl FnOnce(&App, i64) -> Result<MailRow, Error> + Send + 'static,
) -> Result<Json<MailView>, Problem> {
    let view = web
        .run(move |app| {
            let mail = what(app, row(app, &id)?)?;
            Ok(show::mail_in(&mail, &app.conditions()?, &tongue))
        })
        .await?;
    Ok(Json(view))
}

async fn one(
    State(web): State<Web>,
    At(id): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<MailView>, Problem> {
    shown(&web, id, tongue, |app, id| Ok(app.mail(id)?.0)).await
}

async fn eml(State(web): State<Web>, At(id): At<String>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    let name = format!("{id}.eml");
    let bytes = web
        .run(move |app| {
            let mut bytes = Vec::new();
            app.export(row(app, &id)?, &mut bytes)?;
            Ok(bytes)
        })
        .await?;
    Ok(file("message/rfc822", &name, false, bytes))
}

async fn content(
    State(web): State<Web>,
    At(id): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<MessageView>, Problem> {
    Ok(Json(web.run(move |app| app.content(row(app, &id)?)).await?))
}

async fn attempts(
    State(web): State<Web>,
    At(id): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<Vec<AttemptView>>, Problem> {
    let views = web
        .run(move |app| {
            let (_, attempts) = app.mail(row(app, &id)?)?;
            Ok(attempts.iter().map(|one| show::attempt(one, &tongue)).collect::<Vec<_>>())
        })
        .await?;
    Ok(Json(views))
}

/// A mail that was taken out of the queue, and the draft it is now.
async fn taken_out(
    web: &Web,
    id: String,
    tongue: String,
    what: impl FnOnce(&App, i64) -> Result<(MailRow, Option<Uuid>), Error> + Send + 'static,
) -> Result<Json<UndoneView>, Problem> {
    let view = web
        .run(move |app| {
            let (mail, draft) = what(app, row(app, &id)?)?;
            let mail = show::mail_in(&mail, &app.conditions()?, &tongue);
            Ok(UndoneView { mail, draft: draft.map(|d| d.to_string()) })
        })
        .await?;
    Ok(Json(view))
}

async fn undo(
    State(web): State<Web>,
    At(id): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<UndoneView>, Problem> {
    taken_out(&web, id, tongue, App::undo).await
}

async fn edit(
    State(web): State<Web>,
    At(id): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<UndoneView>, Problem> {
    taken_out(&web, id, tongue, |app, id| app.edit(id).map(|(mail, draft)| (mail, Some(draft)))).await
}

async fn draft_of(
    State(web): State<Web>,
    At(id): At<String>,
    _: Ask<NoQuery>,
    In(request): In<DraftOfRequest>,
) -> Result<Response, Problem> {
    let draft = web.run(move |app| app.draft_of(row(app, &id)?, request.r#for)).await?;
    Ok(versioned(StatusCode::CREATED, draft.row.version, show::draft(&draft)))
}

async fn later(
    State(web): State<Web>,
    At(id): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    In(request): In<LaterRequest>,
) -> Result<Json<MailView>, Problem> {
    shown(&web, id, tongue, move |app, id| app.postpone(id, &request)).await
}

async fn resolve(
    State(web): State<Web>,
    At(id): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    In(request): In<ResolveRequest>,
) -> Result<Json<MailView>, Problem> {
    let decided = match request.decision {
        Decision::Arrived => Wish::Arrived,
        Decision::SendAgain => Wish::SendAgain,
        Decision::GiveUp => Wish::GiveUp,
    };
    shown(&web, id, tongue, move |app, id| app.wish(id, decided)).await
}

async fn resend(
    State(web): State<Web>,
    At(id): At<String>,
    Tongue(tongue): Tongue,
    caller: Caller,
    Ask(asked): Ask<ConfirmedQuery>,
    key: IdempotencyKey,
    In(mut request): In<ResendRequest>,
) -> Result<Response, Problem> {
    caller.said_yes(&web, &asked).await?;
    key.name(&mut request.client_ref)?;
    let Json(view) = shown(&web, id, tongue, move |app, id| app.resend(id, &request)).await?;
    Ok(created(view))
}

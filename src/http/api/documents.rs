//! Documents.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::{DocumentQuery, Kind, picture, show};
use crate::domain::access::Scope;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::say;
use crate::http::answer::{Ask, At, IdempotencyKey, In, Problem, Tongue, file};
use crate::http::endpoint::{Endpoint, get, group, post};
use crate::http::gate::Caller;
use crate::http::web::Web;
use crate::wire::DocumentFile;
use crate::wire::queries::{
    ConfirmedQuery, DocumentListQuery, NoQuery, PageOfVersionQuery, PictureQuery, VersionQuery, page_size,
};
use crate::wire::views::{
    DocumentEntryView, DocumentView, HeldView, IssuedView, PageView, PreviewView, TotalsView,
};

/// How fine a page is drawn for a screen when nobody says.
const SCREEN_DPI: u32 = 110;

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "documents",
        vec![
            get("/documents", Scope::Read, "listDocuments", list)
                .about("Documents, newest first", "")
                .asks::<DocumentListQuery>()
                .gives::<PageView<DocumentEntryView>>(200, "A page of documents."),
            post("/documents", Scope::Send, "issueDocument", issue)
                .about(
                    "Issue a document",
                    "Number, PDF and mail, all or nothing. What is left out is filled in: the seller from the shop's \
                     details, the number from the kind's series. Issued documents never change. Where the setting \
                     send_with is program, the mail program of the computer Tillpost runs on opens the mail as a draft \
                     instead; where none does, the document is issued all the same.",
                )
                .asks::<ConfirmedQuery>()
                .takes::<DocumentFile>(example())
                .once()
                .gives::<IssuedView>(201, "The document was issued.")
                .gives::<IssuedView>(200, "It had been issued before under this client_ref; nothing was stored.")
                .fails(&[Kind::Unconfirmed, Kind::Conflict, Kind::NotSent]),
            post("/documents/preview-mail", Scope::Read, "previewDocumentMail", preview_mail)
                .about(
                    "See the mail of a document before it is issued",
                    "As it would leave, under the number the document would have now. Nothing is stored.",
                )
                .asks::<NoQuery>()
                .takes::<DocumentFile>(example())
                .gives::<PreviewView>(200, "The messages; none where the document asks for no mail.")
                .fails(&[Kind::Conflict]),
            post("/documents/preview", Scope::Read, "previewDocument", preview)
                .about("Draw a document", "Nothing is stored. Without a number it is marked as a draft.")
                .asks::<NoQuery>()
                .takes::<DocumentFile>(example())
                .gives_bytes("application/pdf", "The PDF."),
            post("/documents/totals", Scope::Read, "totalDocument", totals)
                .about("Add a document up", "As it would be printed. Nothing is stored or drawn.")
                .asks::<NoQuery>()
                .takes::<DocumentFile>(example())
                .gives::<TotalsView>(200, "What it comes to."),
            post("/documents/preview/pages/{page}", Scope::Read, "previewDocumentPage", preview_page)
                .about("Draw a page of a document", "As previewDocument, for a screen. Nothing is stored. `Page-Count` says how many pages there are.")
                .asks::<PictureQuery>()
                .takes::<DocumentFile>(example())
                .gives_bytes("image/png", "The page.")
                .fails(&[Kind::NotFound]),
            get("/documents/{kind}/{number}", Scope::Read, "getDocument", one)
                .about("A document", "What it says, its versions and the mails that carry it.")
                .asks::<VersionQuery>()
                .gives::<DocumentView>(200, "The document."),
            post("/documents/{kind}/{number}/changed", Scope::Send, "documentChanged", changed)
                .about(
                    "Say that a document was changed, paid or cancelled elsewhere",
                    "Its mails that have not left are held until somebody releases, replaces or cancels them. A new \
                     version and a credit note do this by themselves.",
                )
                .asks::<NoQuery>()
                .gives::<HeldView>(200, "How many mails are held."),
            get("/documents/{kind}/{number}/pdf", Scope::Read, "getDocumentPdf", pdf)
                .about("A document's PDF", "The bytes that were stored when it was issued.")
                .asks::<VersionQuery>()
                .gives_bytes("application/pdf", "The PDF."),
            get("/documents/{kind}/{number}/pages/{page}", Scope::Read, "getDocumentPage", page)
                .about("A page of a document's PDF as a picture", "For a screen; what is sent is the PDF. `Page-Count` says how many pages there are.")
                .asks::<PageOfVersionQuery>()
                .gives_bytes("image/png", "The page."),
            get("/documents/{kind}/{number}/xml", Scope::Read, "getDocumentXml", xml)
                .about("A document's e-invoice", "The file beside its PDF, where the buyer wants one.")
                .asks::<VersionQuery>()
                .gives_bytes("application/xml", "The e-invoice."),
        ],
    )
}

/// A small invoice that any shop could issue.
fn example() -> Value {
    json!({
        "kind": "invoice", "client_ref": "till-3-000118", "issue_date": "2026-11-21", "currency": "GBP",
        "seller": { "name": "Riverside Cycle Repairs", "email": "shop@example.com" },
        "buyer": { "name": "Anna Kowalska", "email": "anna@example.com" },
        "lines": [{ "description": "Inner tube", "quantity": "2", "unit_price": "6.00",
                    "tax": { "category": "S", "rate": "20" } }],
        "totals": { "payable": "14.40" },
    })
}

async fn list(State(web): State<Web>, Ask(asked): Ask<DocumentListQuery>) -> Result<Response, Problem> {
    let view = web
        .run(move |app| {
            let query = DocumentQuery {
                kind: asked.kind.map(|k| k.kind()),
                text: asked.q.filter(|q| !q.is_empty()),
                before: None,
                most: page_size(asked.limit),
            };
            Ok(show::page(app.document_page(query, asked.after.as_deref())?, |d| show::document_entry(&d)))
        })
        .await?;
    Ok(Json(view).into_response())
}

async fn issue(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    caller: Caller,
    Ask(asked): Ask<ConfirmedQuery>,
    key: IdempotencyKey,
    In(mut document): In<DocumentFile>,
) -> Result<Response, Problem> {
    if document.mail.is_some() {
        caller.said_yes(&web, &asked).await?;
    }
    key.name(&mut document.client_ref)?;
    document.mail.iter_mut().for_each(|mail| caller.sign(mail));
    let view = web
        .run(move |app| {
            let issued = app.issue_by_setting(document)?;
            Ok(show::issued(&issued, &app.conditions()?, &tongue))
        })
        .await?;
    if view.repeated {
        return Ok(Json(view).into_response());
    }
    let place = format!("/api/v1/documents/{}/{}", view.kind, escaped(&view.number));
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// A number as it stands in an address.
fn escaped(number: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    number.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

async fn preview_mail(
    State(web): State<Web>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
    caller: Caller,
    In(mut document): In<DocumentFile>,
) -> Result<Json<PreviewView>, Problem> {
    document.mail.iter_mut().for_each(|mail| caller.sign(mail));
    Ok(Json(web.run_in(&tongue, move |app| app.preview_issue(document)).await?))
}

async fn preview(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(document): In<DocumentFile>,
) -> Result<Response, Problem> {
    let drawn = web.run(move |app| app.render(document)).await?;
    Ok(file("application/pdf", "preview.pdf", true, drawn.pdf))
}

fn kind(word: &str) -> Result<DocumentKind, Problem> {
    DocumentKind::from_word(word)
        .ok_or_else(|| Problem::new(Kind::NotFound, say!("There are no documents of kind \"{word}\".", word)))
}

async fn one(
    State(web): State<Web>,
    At((word, number)): At<(String, String)>,
    Tongue(tongue): Tongue,
    Ask(asked): Ask<VersionQuery>,
) -> Result<Json<DocumentView>, Problem> {
    let kind = kind(&word)?;
    let view = web
        .run(move |app| {
            let found = app.document(kind, &number, asked.version.map(i64::from))?;
            Ok(show::document(&found, &app.conditions()?, &tongue))
        })
        .await?;
    Ok(Json(view))
}

async fn changed(
    State(web): State<Web>,
    At((word, number)): At<(String, String)>,
    _: Ask<NoQuery>,
) -> Result<Json<HeldView>, Problem> {
    let kind = kind(&word)?;
    let held = web.run(move |app| app.document_changed(Some(kind), &number)).await?;
    Ok(Json(HeldView { held }))
}

async fn pdf(
    State(web): State<Web>,
    At((word, number)): At<(String, String)>,
    Ask(asked): Ask<VersionQuery>,
) -> Result<Response, Problem> {
    let kind = kind(&word)?;
    let name = format!("{number}.pdf");
    let pdf = web.run(move |app| app.document_pdf(kind, &number, asked.version.map(i64::from))).await?;
    Ok(file("application/pdf", &name, true, pdf))
}

/// One page of a PDF file as a picture, and how many there are.
async fn shown(web: Web, pdf: Vec<u8>, page: u32, dpi: Option<u32>) -> Result<Response, Problem> {
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let found = web.run(move |_| picture(pdf, page, dpi.unwrap_or(SCREEN_DPI))).await?;
    let mut response = file("image/png", &format!("page-{page}.png"), true, found.png);
    response.headers_mut().insert("page-count", HeaderValue::from(found.pages));
    Ok(response)
}

async fn totals(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(document): In<DocumentFile>,
) -> Result<Json<TotalsView>, Problem> {
    Ok(Json(web.run(move |app| app.totals(&document)).await?))
}

async fn preview_page(
    State(web): State<Web>,
    At(page): At<u32>,
    Ask(asked): Ask<PictureQuery>,
    In(document): In<DocumentFile>,
) -> Result<Response, Problem> {
    let drawn = web.run(move |app| app.render(document)).await?;
    shown(web, drawn.pdf, page, asked.dpi).await
}

async fn page(
    State(web): State<Web>,
    At((word, number, page)): At<(String, String, u32)>,
    Ask(asked): Ask<PageOfVersionQuery>,
) -> Result<Response, Problem> {
    let kind = kind(&word)?;
    let pdf = web.run(move |app| app.document_pdf(kind, &number, asked.version.map(i64::from))).await?;
    shown(web, pdf, page, asked.dpi).await
}

async fn xml(
    State(web): State<Web>,
    At((word, number)): At<(String, String)>,
    Ask(asked): Ask<VersionQuery>,
) -> Result<Response, Problem> {
    let kind = kind(&word)?;
    let name = format!("{number}.xml");
    let xml = web.run(move |app| app.document_xml(kind, &number, asked.version.map(i64::from))).await?;
    Ok(file("application/xml", &name, false, xml))
}

//! The address book.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{App, BookForm, BookPart, Import, Kind, Page};
use crate::domain::access::Scope;
use crate::domain::invalid::at_most;
use crate::http::answer::{Ask, At, In, Large, Problem, Tongue, file};
use crate::http::endpoint::{Endpoint, delete, get, group, post, put};
use crate::http::web::Web;
use crate::wire::queries::{
    BookPartWord, BookWord, ContactListQuery, ExportQuery, MeantQuery, NoQuery, SuggestQuery, page_size,
};
use crate::wire::views::{ContactCountsView, ContactView, ErasureView, ImportView, MeantView, PageView};
use crate::wire::{ContactShape, EInvoiceRequest, ImportMode, ImportRequest, MergeRequest};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        get("/contacts", Scope::Read, "listContacts", list)
            .about("The address book", "By address in pages; with `q` the best matches.")
            .asks::<ContactListQuery>()
            .gives::<PageView<ContactView>>(200, "A page of contacts."),
        post("/contacts", Scope::Send, "addContact", add)
            .about(
                "Write a contact",
                "New or changed; its name wins over what mails and documents say. What is left out stays as it is, \
                 an empty text removes what was there.",
            )
            .asks::<NoQuery>()
            .takes::<ContactShape>(json!({
                "address": "anna@example.com", "name": "Anna Kowalska", "customer_number": "K-1007",
                "language": "pl", "roles": ["billing"] }))
            .gives::<ContactView>(200, "The contact."),
        get("/contacts/counts", Scope::Read, "countContacts", counts)
            .about("How many contacts there are", "")
            .asks::<NoQuery>()
            .gives::<ContactCountsView>(200, "The counts."),
        get("/contacts/suggest", Scope::Read, "suggestContacts", suggest)
            .about(
                "Who may be meant, as one types",
                "The often and lately used first, who was refused last, nobody who is disabled.",
            )
            .asks::<SuggestQuery>()
            .gives::<Vec<ContactView>>(200, "The contacts, best first."),
        get("/contacts/meant", Scope::Read, "correctAddress", meant)
            .about("What an address that looks like a slip should be", "Works without a network.")
            .asks::<MeantQuery>()
            .gives::<MeantView>(200, "The correction, if there is one."),
        get("/contacts/{address}", Scope::Read, "getContact", one)
            .about("A contact", "")
            .asks::<NoQuery>()
            .gives::<ContactView>(200, "The contact."),
        delete("/contacts/{address}", Scope::Send, "forgetContact", forget)
            .about("Remove an address from the book", "Documents and mails keep their record.")
            .asks::<NoQuery>()
            .gives_nothing("It is gone."),
        put("/contacts/{address}/e-invoice", Scope::Send, "setContactEInvoice", set_e_invoice)
            .about("Set the form of e-invoice a customer wants", "Null: the shop's own, from the setting `e_invoice`.")
            .asks::<NoQuery>()
            .takes::<EInvoiceRequest>(json!({ "e_invoice": "factur_x" }))
            .gives::<ContactView>(200, "The contact."),
        post("/contacts/{address}/merge", Scope::Send, "mergeContacts", merge)
            .about("Make one contact of two", "The other is removed, and what is known of it goes over.")
            .asks::<NoQuery>()
            .takes::<MergeRequest>(json!({ "other": "anna.k@example.com" }))
            .gives::<ContactView>(200, "The contact that stays."),
    ];
    all.extend(files_and_persons());
    group("contacts", all)
}

fn files_and_persons() -> Vec<Endpoint> {
    vec![
        get("/contacts/{address}/data", Scope::Read, "getPersonalData", kept)
            .about("What is kept about a person", "And what of it could be deleted. Nothing is changed.")
            .asks::<NoQuery>()
            .gives::<ErasureView>(200, "What would go, and what would stay and why."),
        delete("/contacts/{address}/data", Scope::Manage, "deletePersonalData", erase)
            .about(
                "Delete all data about a person",
                "But for what the law keeps: invoices, offers, orders and delivery notes, and the mails that carried them. \
                 Job cards, reports and notifications issued to them go, too. Also for who is not in the book.",
            )
            .asks::<NoQuery>()
            .gives::<ErasureView>(200, "What is gone, and what stays and why."),
        post("/contacts/import", Scope::Manage, "importContacts", import)
            .about(
                "Take contacts from a CSV or vCard file",
                "A dry run first shows every row and what the columns were read as. All rows are stored or none, or \
                 the good ones; nothing is half imported.",
            )
            .asks::<NoQuery>()
            .takes::<ImportRequest>(json!({
                "content": "RS1tYWlsO05hbWUKYW5uYUBleGFtcGxlLmNvbTtBbm5hIEtvd2Fsc2thCg==",
                "mode": "dry_run", "columns": { "address": "E-mail" } }))
            .gives::<ImportView>(200, "What became of every row."),
        get("/contacts/export", Scope::Read, "exportContacts", export)
            .about("The whole address book as a file", "")
            .asks::<ExportQuery>()
            .gives_bytes("text/csv, text/vcard", "The file."),
    ]
}

async fn list(
    State(web): State<Web>,
    Ask(asked): Ask<ContactListQuery>,
) -> Result<Json<PageView<ContactView>>, Problem> {
    let most = page_size(asked.limit);
    let part = match asked.show {
        Some(BookPartWord::Automatic) => BookPart::Automatic,
        Some(BookPartWord::Disabled) => BookPart::Disabled,
        Some(BookPartWord::All) | None => BookPart::All,
    };
    let view = web
        .run(move |app| {
            let page = match asked.q.as_deref() {
                Some(text) if !text.is_empty() => {
                    Page { items: app.contacts_in(part, text, most)?, next: None, total: None }
                }
                _ => app.contact_page(part, asked.after.as_deref(), most)?,
            };
            Ok(PageView { items: app.contact_views(&page.items)?, next: page.next, total: page.total })
        })
        .await?;
    Ok(Json(view))
}

async fn counts(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<ContactCountsView>, Problem> {
    Ok(Json(web.run(App::contact_counts).await?))
}

async fn suggest(
    State(web): State<Web>,
    Ask(asked): Ask<SuggestQuery>,
) -> Result<Json<Vec<ContactView>>, Problem> {
    let most = page_size(asked.limit);
    let views = web
        .run(move |app| app.contact_views(&app.suggest(asked.q.as_deref().unwrap_or_default(), most)?))
        .await?;
    Ok(Json(views))
}

async fn meant(State(web): State<Web>, Ask(asked): Ask<MeantQuery>) -> Result<Json<MeantView>, Problem> {
    at_most("address", &asked.address, 400).map_err(|e| Problem(e.into()))?;
    let meant = web.run(move |app| app.meant(&asked.address)).await?;
    Ok(Json(MeantView { meant }))
}

async fn add(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(request): In<ContactShape>,
) -> Result<Json<ContactView>, Problem> {
    let view = web.run(move |app| app.contact_view(app.write_contact(&request)?)).await?;
    Ok(Json(view))
}

/// What is no address is in no book.
fn not_there(problem: Problem) -> Problem {
    match problem {
        Problem(error) if error.kind() == Kind::BadInput => Problem::new(Kind::NotFound, error.to_string()),
        other => other,
    }
}

async fn one(
    State(web): State<Web>,
    At(address): At<String>,
    _: Ask<NoQuery>,
) -> Result<Json<ContactView>, Problem> {
    let view = web.run(move |app| app.contact_view(app.contact(&address)?)).await.map_err(not_there)?;
    Ok(Json(view))
}

async fn forget(
    State(web): State<Web>,
    At(address): At<String>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    web.run(move |app| app.forget_contact(&address)).await.map_err(not_there)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn set_e_invoice(
    State(web): State<Web>,
    At(address): At<String>,
    _: Ask<NoQuery>,
    In(request): In<EInvoiceRequest>,
) -> Result<Json<ContactView>, Problem> {
    let form = request.form()?;
    let view = web
        .run(move |app| {
            app.set_e_invoice(&address, form)?;
            app.contact_view(app.contact(&address)?)
        })
        .await
        .map_err(not_there)?;
    Ok(Json(view))
}

async fn merge(
    State(web): State<Web>,
    At(address): At<String>,
    _: Ask<NoQuery>,
    In(request): In<MergeRequest>,
) -> Result<Json<ContactView>, Problem> {
    let view = web.run(move |app| app.contact_view(app.merge_contacts(&address, &request.other)?)).await?;
    Ok(Json(view))
}

async fn kept(
    State(web): State<Web>,
    At(address): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<ErasureView>, Problem> {
    Ok(Json(web.run_in(&tongue, move |app| app.kept_about(&address)).await.map_err(not_there)?))
}

async fn erase(
    State(web): State<Web>,
    At(address): At<String>,
    Tongue(tongue): Tongue,
    _: Ask<NoQuery>,
) -> Result<Json<ErasureView>, Problem> {
    Ok(Json(web.run_in(&tongue, move |app| app.erase_person(&address)).await.map_err(not_there)?))
}

async fn import(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    Large(request): Large<ImportRequest>,
) -> Result<Json<ImportView>, Problem> {
    let view = web
        .run(move |app| {
            let (bytes, reading) = request.file()?;
            let how = match request.mode {
                ImportMode::DryRun => Import::DryRun,
                ImportMode::All => Import::All,
                ImportMode::GoodRows => Import::GoodRows,
            };
            app.import_contacts(&bytes, &reading, how)
        })
        .await?;
    Ok(Json(view))
}

async fn export(State(web): State<Web>, Ask(asked): Ask<ExportQuery>) -> Result<Response, Problem> {
    let (form, media_type, name) = match asked.form {
        None | Some(BookWord::Csv) => (BookForm::Csv, "text/csv", "contacts.csv"),
        Some(BookWord::Vcard3) => (BookForm::VCard3, "text/vcard", "contacts.vcf"),
        Some(BookWord::Vcard4) => (BookForm::VCard4, "text/vcard", "contacts.vcf"),
    };
    let bytes = web.run(move |app| app.export_contacts(form)).await?;
    Ok(file(media_type, name, false, bytes))
}

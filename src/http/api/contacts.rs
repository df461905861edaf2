//! The address book.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{Kind, Page, show};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, At, In, Problem};
use crate::http::endpoint::{Endpoint, delete, get, group, post};
use crate::http::web::Web;
use crate::wire::ContactShape;
use crate::wire::queries::{ContactListQuery, NoQuery, page_size};
use crate::wire::views::{ContactView, PageView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "contacts",
        vec![
            get("/contacts", Scope::Read, "listContacts", list)
                .about("The address book", "By address in pages; with `q` the best matches.")
                .asks::<ContactListQuery>()
                .gives::<PageView<ContactView>>(200, "A page of contacts."),
            post("/contacts", Scope::Send, "addContact", add)
                .about("Write a contact", "New or changed; its name wins over what mails and documents say.")
                .asks::<NoQuery>()
                .takes::<ContactShape>(json!({ "address": "anna@example.com", "name": "Anna Kowalska" }))
                .gives::<ContactView>(200, "The contact."),
            delete("/contacts/{address}", Scope::Send, "forgetContact", forget)
                .about("Remove an address from the book", "Documents and mails keep their record.")
                .asks::<NoQuery>()
                .gives_nothing("It is gone."),
        ],
    )
}

async fn list(
    State(web): State<Web>,
    Ask(asked): Ask<ContactListQuery>,
) -> Result<Json<PageView<ContactView>>, Problem> {
    let most = page_size(asked.limit);
    let view = web
        .run(move |app| {
            let page = match asked.q.as_deref() {
                Some(text) if !text.is_empty() => {
                    Page { items: app.suggest(text, most)?, next: None, total: None }
                }
                _ => app.contact_page(asked.after.as_deref(), most)?,
            };
            Ok(show::page(page, |c| show::contact(&c)))
        })
        .await?;
    Ok(Json(view))
}

async fn add(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(request): In<ContactShape>,
) -> Result<Json<ContactView>, Problem> {
    let view = web.run(move |app| Ok(show::contact(&app.write_contact(&request)?))).await?;
    Ok(Json(view))
}

async fn forget(
    State(web): State<Web>,
    At(address): At<String>,
    _: Ask<NoQuery>,
) -> Result<Response, Problem> {
    match web.run(move |app| app.forget_contact(&address)).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        // What is no address is in no book.
        Err(Problem(error)) if error.kind() == Kind::BadInput => {
            Err(Problem::new(Kind::NotFound, error.to_string()))
        }
        Err(problem) => Err(problem),
    }
}

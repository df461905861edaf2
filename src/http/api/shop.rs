//! The shop's own details.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{App, Error, Kind};
use crate::domain::access::Scope;
use crate::http::answer::{Ask, In, Problem, Raw, file};
use crate::http::endpoint::{Endpoint, delete, get, group, put};
use crate::http::web::Web;
use crate::wire::PartyShape;
use crate::wire::queries::NoQuery;
use crate::wire::views::ShopView;

/// The largest logo that is looked at.
const LARGEST_LOGO: usize = 5 * 1024 * 1024;

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "shop",
        vec![
            get("/shop", Scope::Read, "getShop", shop)
                .about("The shop's details", "")
                .asks::<NoQuery>()
                .gives::<ShopView>(200, "The details."),
            put("/shop", Scope::Manage, "setShop", set)
                .about("Change the shop's details", "The whole of them. Documents that were issued keep theirs.")
                .asks::<NoQuery>()
                .takes::<PartyShape>(json!({
                    "name": "Riverside Cycle Repairs", "email": "shop@example.com", "phone": "+44 20 7946 0000",
                    "address": { "lines": ["1 Mill Lane"], "postcode": "AB1 2CD", "city": "Riverside", "country": "GB" } }))
                .gives::<ShopView>(200, "The details as they are now."),
            get("/shop/logo", Scope::Read, "getShopLogo", logo)
                .about("The shop's logo", "")
                .asks::<NoQuery>()
                .gives_bytes("image/png, image/jpeg, image/svg+xml", "The picture.")
                .fails(&[Kind::NotFound]),
            put("/shop/logo", Scope::Manage, "setShopLogo", set_logo)
                .about("Change the shop's logo", "PNG, JPEG or SVG, at most 2 MiB. The details come first.")
                .asks::<NoQuery>()
                .takes_bytes("image/png, image/jpeg, image/svg+xml")
                .gives_nothing("It is stored.")
                .fails(&[Kind::Conflict]),
            delete("/shop/logo", Scope::Manage, "removeShopLogo", remove_logo)
                .about("Remove the shop's logo", "")
                .asks::<NoQuery>()
                .gives_nothing("It is gone.")
                .fails(&[Kind::Conflict]),
        ],
    )
}

fn view(app: &App) -> Result<ShopView, Error> {
    let (details, logo) = app.shop()?;
    Ok(ShopView { details, logo })
}

async fn shop(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Json<ShopView>, Problem> {
    Ok(Json(web.run(view).await?))
}

async fn set(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    In(details): In<PartyShape>,
) -> Result<Json<ShopView>, Problem> {
    let shop = web
        .run(move |app| {
            app.set_shop(&details)?;
            view(app)
        })
        .await?;
    Ok(Json(shop))
}

async fn logo(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    let bytes = web.run(|app| app.logo()).await?;
    Ok(if bytes.starts_with(b"\x89PNG") {
        file("image/png", "logo.png", true, bytes)
    } else if bytes.starts_with(&[0xFF, 0xD8]) {
        file("image/jpeg", "logo.jpg", true, bytes)
    } else {
        // What a drawing might try to run, the policy of every answer forbids.
        file("image/svg+xml", "logo.svg", true, bytes)
    })
}

async fn set_logo(
    State(web): State<Web>,
    _: Ask<NoQuery>,
    headers: axum::http::HeaderMap,
    Raw(bytes): Raw<LARGEST_LOGO>,
) -> Result<Response, Problem> {
    let media_type = crate::http::answer::text(&headers, "content-type").unwrap_or_default();
    if !matches!(media_type, "image/png" | "image/jpeg" | "image/svg+xml") {
        return Err(Problem::new(
            Kind::Form,
            "A logo is image/png, image/jpeg or image/svg+xml. Say which in Content-Type.",
        ));
    }
    web.run(move |app| app.set_logo(Some(bytes))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remove_logo(State(web): State<Web>, _: Ask<NoQuery>) -> Result<Response, Problem> {
    web.run(|app| app.set_logo(None)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

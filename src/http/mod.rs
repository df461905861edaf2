//! Loopback HTTP: for now whether the program lives and how things stand.

mod guard;

use std::net::SocketAddr;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use tokio::net::TcpListener;

use crate::app::{App, Error, Kind, show};

/// Answers on `listener` until `stop` resolves.
///
/// # Errors
/// [`Kind::Defect`] when the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let failed = |e: std::io::Error| Error::new(Kind::Defect, format!("The HTTP listener failed: {e}."));
    let address = listener.local_addr().map_err(failed)?;
    axum::serve(listener, router(app, address)).with_graceful_shutdown(stop).await.map_err(failed)
}

/// Opens the listener; only loopback addresses are taken.
///
/// # Errors
/// [`Kind::BadInput`] for another address; [`Kind::Busy`] when the port is taken.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    if !address.ip().is_loopback() {
        return Err(Error::new(
            Kind::BadInput,
            format!("{address} can be reached from other machines. Listen on 127.0.0.1 or [::1]."),
        ));
    }
    TcpListener::bind(address).await.map_err(|e| {
        Error::new(Kind::Busy, format!("{address} cannot be listened on: {e}. Is Tillpost running already? Choose another port with --listen."))
    })
}

fn router(app: App, address: SocketAddr) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/api/v1/status", get(status))
        .fallback(|| async { problem(&Error::new(Kind::NotFound, "There is nothing at this address.")) })
        .layer(middleware::from_fn_with_state(address, guard::guard))
        .with_state(app)
}

async fn status(State(app): State<App>) -> Response {
    let found = tokio::task::spawn_blocking(move || app.status()).await;
    match found {
        Ok(Ok(status)) => Json(show::status(&status)).into_response(),
        Ok(Err(error)) => problem(&error),
        Err(error) => problem(&Error::new(Kind::Defect, error.to_string())),
    }
}

/// An error as `application/problem+json` (RFC 9457).
fn problem(error: &Error) -> Response {
    let view = show::problem(error);
    let status = StatusCode::from_u16(view.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(view)).into_response()
}

//! HTTP: the one door for screens and other programs.
//!
//! A request passes, in this order: `server` (connections, TLS, time limits), `guard` (is it meant
//! for this program, does it come from a page that may ask), `gate` (who asks, and may they), then the
//! endpoint in `api`. The endpoints stand in one table from which both the routes and the OpenAPI
//! description are made. What is no endpoint is one of the screens' static files (`screens`).

mod answer;
mod api;
mod endpoint;
mod gate;
mod guard;
mod log;
mod openapi;
mod pages;
mod screens;
mod server;
mod throttle;
mod tls;
mod web;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, watch};

use crate::app::{App, Deliverer, Error, Kind, PutBack};

pub use log::RecentLog;
pub use openapi::description;
pub use tls::Certificate;
use web::Web;

/// What a server serves.
#[derive(Clone)]
pub struct Service {
    /// The data folder.
    pub app: App,
    /// Who delivers, when this process does.
    pub deliverer: Option<Deliverer>,
    /// The certificate, when connections are encrypted.
    pub certificate: Option<Certificate>,
    /// Names by which other machines call this one, beside its IP addresses.
    pub names: Vec<String>,
    /// The last lines of this process's log.
    pub log: RecentLog,
    /// Who stops this service, puts a copy in the place of the data file, and begins it again; where there is
    /// nobody, a copy is put back by hand.
    pub puts_back: Option<mpsc::Sender<PathBuf>>,
    /// What came of the last copy that was put back.
    pub put_back: Option<Arc<PutBack>>,
    /// How long the head of a request may take, and how long a connection may wait for the next one.
    pub head_time: Duration,
    /// How long a connection may take nothing of an answer.
    pub write_time: Duration,
}

impl Service {
    /// The service of `app`: unencrypted, with nobody who delivers.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self {
            app,
            deliverer: None,
            certificate: None,
            names: Vec::new(),
            log: RecentLog::default(),
            puts_back: None,
            put_back: None,
            head_time: HEAD_TIME,
            write_time: WRITE_TIME,
        }
    }
}

/// How long the head of a request may take.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// The bytes of answers that the system keeps for each connection.
const SEND_BUFFER: u32 = 256 * 1024;
/// Connections that may wait to be taken.
const BACKLOG: u32 = 1024;
/// How long nothing of an answer may be taken: a tablet at the edge of the Wi-Fi comes back sooner.
const WRITE_TIME: Duration = Duration::from_secs(30);

/// Answers on `listener` until `stop` turns true, then lets running requests finish for a short while.
///
/// # Errors
/// [`Kind::Defect`] when the listener fails.
pub async fn serve(
    service: Service,
    listener: TcpListener,
    stop: watch::Receiver<bool>,
) -> Result<(), Error> {
    let failed = |e: std::io::Error| Error::new(Kind::Defect, format!("The HTTP listener failed: {e}."));
    let address = listener.local_addr().map_err(failed)?;
    let certificate = service.certificate.clone();
    let times = server::Times { head: service.head_time, write: service.write_time };
    let web = Web::new(service, address, stop.clone());
    server::run(router(&web), listener, certificate, times, stop).await;
    Ok(())
}

/// Opens the listener. An address that other machines can reach is only taken with a certificate, and
/// with an API password or a PIN to get in by.
///
/// # Errors
/// [`Kind::BadInput`] for an address that is not safe to listen on; [`Kind::Busy`] when the port is taken.
pub async fn listen(
    app: &App,
    address: SocketAddr,
    certificate: Option<&Certificate>,
) -> Result<TcpListener, Error> {
    if !address.ip().is_loopback() {
        if certificate.is_none() {
            return Err(Error::new(
                Kind::BadInput,
                format!(
                    "{address} can be reached from other machines, and without encryption they could read \
                     along. Add --tls-generate, or --tls-cert and --tls-key, or listen on 127.0.0.1 or [::1]."
                ),
            ));
        }
        let (staff, owner) = app.pins_set()?;
        if app.api_passwords()?.is_empty() && !staff && !owner {
            return Err(Error::new(
                Kind::BadInput,
                format!(
                    "{address} can be reached from other machines, and nothing is set to tell who may get in. \
                     Make a password first: `tillpost api password add NAME --scope send`."
                ),
            ));
        }
    }
    bind(address).map_err(|e| {
        Error::new(Kind::Busy, format!("{address} cannot be listened on: {e}. Is Tillpost running already? Choose another port with --listen."))
    })
}

/// Opens a listener whose connections hold little of what their other end does not read: the system would let
/// each grow to megabytes.
fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart finds its port free; on Windows the option would let another program take it.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn router(web: &Web) -> Router {
    let mut routes = Router::new();
    for endpoint in api::endpoints() {
        let path = format!("/api/v1{}", endpoint.path);
        let gate = middleware::from_fn_with_state((web.clone(), endpoint.scope), gate::gate);
        routes = routes.route(&path, endpoint.route.layer(gate));
    }
    routes
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/api/v1/docs", get(pages::docs))
        .route("/api/v1/docs.css", get(pages::style))
        .route("/login/{token}", get(pages::login))
        .fallback(screens::serve)
        .method_not_allowed_fallback(answer::wrong_method)
        .layer(middleware::from_fn(answer::conditional))
        .layer(middleware::from_fn_with_state(web.clone(), guard::guard))
        .layer(middleware::from_fn(answer::spoken))
        .with_state(web.clone())
}

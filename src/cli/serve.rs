//! `serve`: the folder watch, delivery and HTTP in one process.

use std::net::SocketAddr;

use clap::Args;
use tokio::sync::watch;

use super::{Context, runtime};
use crate::app::{App, Deliverer, Error, Intake, Kind};
use crate::http;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The loopback address to answer on.
    #[arg(long, default_value = "127.0.0.1:7420", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Do not send anything.
    #[arg(long)]
    no_deliver: bool,
    /// Do not watch the outbox folder.
    #[arg(long)]
    no_watch: bool,
}

impl Serve {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        runtime()?.block_on(self.serve(context, app))?;
        Ok(0)
    }

    async fn serve(self, context: &Context, app: App) -> Result<(), Error> {
        let listener = http::listen(self.listen).await?;
        let address = listener.local_addr().map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
        let (stop, stopped) = watch::channel(false);
        let watcher = (!self.no_watch).then(|| Intake::open(&app)).transpose()?;
        let deliverer = (!self.no_deliver).then(|| Deliverer::new(&app)).transpose()?;
        context.out.show(&serde_json::json!({ "address": address.to_string(), "data": app.data() }), || {
            format!("tillpost answers on http://{address}, data in {}", app.data().display())
        });
        let folder = tokio::spawn(until(stopped.clone(), |stop| async move {
            if let Some(watcher) = watcher {
                watcher.run(stop).await;
            }
        }));
        let delivery = tokio::spawn(until(stopped.clone(), |stop| async move {
            if let Some(deliverer) = deliverer {
                deliverer.run(stop).await;
            }
        }));
        let web = tokio::spawn(http::serve(app, listener, stop_signal(stopped)));
        asked_to_stop().await;
        tracing::info!("stopping");
        let _ = stop.send(true);
        for task in [folder, delivery] {
            task.await.map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
        }
        web.await.map_err(|e| Error::new(Kind::Defect, e.to_string()))?
    }
}

/// Runs `work` with a future that resolves when the program is to stop.
async fn until<F, W>(stopped: watch::Receiver<bool>, work: W)
where
    W: FnOnce(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>) -> F,
    F: Future<Output = ()>,
{
    work(Box::pin(stop_signal(stopped))).await;
}

async fn stop_signal(mut stopped: watch::Receiver<bool>) {
    // A dropped sender means the program is ending anyway.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Resolves at Ctrl-C or when the service manager says so.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(tokio::signal::ctrl_c().await),
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
}

//! `serve`: the folder watch, delivery and HTTP in one process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::sync::{mpsc, watch};

use super::{Context, api, runtime};
use crate::app::{App, Deliverer, Error, Intake, Kind, PutBack, Serving};
use crate::http::{self, Certificate, Service};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to answer on. One that other machines can reach needs a certificate and a password.
    #[arg(long, default_value = "127.0.0.1:7420", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// A name by which other machines call this one; may be given several times.
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Encrypt with this certificate chain (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls_generate")]
    tls_cert: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Encrypt with a certificate made for this data folder (tls/certificate.pem in it); a --name that is not in
    /// it makes it anew.
    #[arg(long)]
    tls_generate: bool,
    /// Log to files in this folder, one a day, the last 14 kept, instead of standard error.
    #[arg(long, value_name = "DIR")]
    pub(super) log_dir: Option<PathBuf>,
    /// Do not send anything.
    #[arg(long)]
    no_deliver: bool,
    /// Do not watch the outbox folder.
    #[arg(long)]
    no_watch: bool,
}

impl Serve {
    pub(super) fn run(mut self, context: &Context) -> Result<u8, Error> {
        let mut app = context.app()?;
        let data = app.data().to_owned();
        // Before anybody is told that it runs: whoever stops it then is heard, also between two rounds.
        let stopped = asked_to_stop()?;
        let serving = Serving::begin(&data)?;
        let mut put_back = None;
        loop {
            // Dropped before the copy is put back: nothing of this process has the data file open then.
            let round = runtime()?;
            let wanted = round.block_on(self.serve(context, app, &serving, put_back, stopped.clone()))?;
            drop(round);
            let Some(copy) = wanted else { return Ok(0) };
            tracing::info!(copy = %copy.display(), "putting a copy in the place of the data file");
            let done = App::put_back(&copy, &data);
            match &done.outcome {
                Ok(restored) => tracing::info!(held = restored.held, "the copy is put back"),
                Err(error) => tracing::error!(%error, "the copy could not be put back"),
            }
            put_back = Some(Arc::new(done));
            app = context.app()?;
        }
    }

    fn certificate(&self, app: &App) -> Result<Option<Certificate>, Error> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(chain), Some(key)) => Certificate::read(chain, key).map(Some),
            _ if self.tls_generate => {
                let mut names = self.name.clone();
                if !self.listen.ip().is_unspecified() {
                    names.push(self.listen.ip().to_string());
                }
                Certificate::generated(app.data(), &names).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Serves until the program is to stop, or until a copy is to be put back: that copy.
    async fn serve(
        &mut self,
        context: &Context,
        app: App,
        serving: &Serving,
        put_back: Option<Arc<PutBack>>,
        mut asked: watch::Receiver<bool>,
    ) -> Result<Option<PathBuf>, Error> {
        let certificate = self.certificate(&app)?;
        if let Some(made) = certificate.as_ref().filter(|made| !made.added().is_empty()) {
            context.out.aside(&format!(
                "The certificate is made anew, for {}. Whoever was told to trust the one before has to be told to \
                 trust {} now.",
                made.added().join(", "),
                app.data().join("tls/certificate.pem").display()
            ));
        }
        let listener = http::listen(&app, self.listen, certificate.as_ref()).await?;
        let address = listener.local_addr().map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
        // A port that the system chose is kept: screens look for the service where it was.
        self.listen = address;
        let base = api::base(if certificate.is_some() { "https" } else { "http" }, address);
        serving.announce(&base)?;
        let (stop, stopped) = watch::channel(false);
        let watcher = (!self.no_watch).then(|| Intake::open(&app)).transpose()?;
        let deliverer = (!self.no_deliver).then(|| Deliverer::new(&app)).transpose()?;
        context.out.show(&serde_json::json!({ "address": address.to_string(), "data": app.data() }), || {
            format!("tillpost answers on {base}, data in {}", app.data().display())
        });
        let (puts_back, mut wanted) = mpsc::channel(1);
        let service = Service {
            deliverer: deliverer.clone(),
            certificate,
            names: self.name.clone(),
            log: context.log.clone(),
            puts_back: Some(puts_back),
            put_back,
            ..Service::new(app.clone())
        };
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
        let telling = tokio::spawn({
            let stop = stop_signal(stopped.clone());
            async move { app.tell_webhooks(stop).await }
        });
        let web = tokio::spawn(http::serve(service, listener, stopped));
        let copy = tokio::select! {
            _ = asked.wait_for(|asked| *asked) => None,
            Some(copy) = wanted.recv() => Some(copy),
        };
        tracing::info!("stopping");
        let _ = stop.send(true);
        for task in [folder, delivery, telling] {
            task.await.map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
        }
        web.await.map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        Ok(copy)
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

/// Listens from now on for a person or the service manager who wants the program to stop; turns true then.
fn asked_to_stop() -> Result<watch::Receiver<bool>, Error> {
    let failed =
        |e: std::io::Error| Error::new(Kind::Defect, format!("Signals cannot be listened for: {e}."));
    let listening = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (stop, stopped) = watch::channel(false);
    let asked = {
        let _inside = listening.enter();
        asked().map_err(failed)?
    };
    std::thread::spawn(move || {
        listening.block_on(asked);
        let _ = stop.send(true);
    });
    Ok(stopped)
}

fn asked() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(windows)]
    {
        use tokio::signal::windows;
        // Signing out and shutting down come as events of the console, not as signals.
        let mut interrupt = windows::ctrl_c()?;
        let mut close = windows::ctrl_close()?;
        let mut logoff = windows::ctrl_logoff()?;
        let mut shutdown = windows::ctrl_shutdown()?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = close.recv() => {}
                _ = logoff.recv() => {}
                _ = shutdown.recv() => {}
            }
        })
    }
}

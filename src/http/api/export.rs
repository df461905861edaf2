//! The documents of a period, for the accounts.

use std::io::{self, Write};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::app::{App, Error, Kind, Period, PeriodPart};
use crate::domain::access::Scope;
use crate::domain::say;
use crate::http::answer::{Ask, Problem, file};
use crate::http::endpoint::{Endpoint, get, group};
use crate::http::web::Web;
use crate::wire::queries::{PeriodQuery, PeriodWord};

/// How many pieces wait for a reader who is slower than the disk.
const PIECES_AHEAD: usize = 4;
/// How large a piece is.
const PIECE: usize = 64 * 1024;

pub(super) fn endpoints() -> Vec<Endpoint> {
    group(
        "documents",
        vec![
            get("/export", Scope::Read, "exportPeriod", export)
                .about(
                    "The documents of a period, for the accounts",
                    "Invoices, credit notes and receipts by the date on them: `documents.csv` with a row for each tax \
                     rate of each, the PDFs, and the e-invoices, those inside a PDF beside it too. Of a corrected \
                     document the newest version; amounts of credit notes are negative.",
                )
                .asks::<PeriodQuery>()
                .gives_bytes("application/zip, text/csv", "The files in one, or the table alone.")
                .fails(&[Kind::TooOften]),
        ],
    )
}

async fn export(State(web): State<Web>, Ask(asked): Ask<PeriodQuery>) -> Result<Response, Problem> {
    let name = format!("documents-{}-{}", asked.from, asked.to);
    let period = Period::new(asked.from, asked.to, asked.channel.filter(|c| !c.is_empty()))?;
    let part = match asked.part {
        Some(PeriodWord::Table) => {
            let table = web.run(move |app| table(app, &period)).await?;
            return Ok(file("text/csv", &format!("{name}.csv"), false, table));
        }
        Some(PeriodWord::EInvoices) => PeriodPart::EInvoices,
        Some(PeriodWord::All) | None => PeriodPart::All,
    };
    let place = web.streams().clone().try_acquire_owned().map_err(|_| {
        Problem(Error::new(Kind::TooOften, "Too many streams run at this moment. Try again.").after(30))
    })?;
    let (pieces, ready) = mpsc::channel(PIECES_AHEAD);
    let app = web.app().clone();
    tokio::task::spawn_blocking(move || {
        // Whoever asked sees a file that breaks off, never one that looks whole and is not.
        if let Err(error) = pack(&app, &period, part, Pieces { out: pieces.clone(), held: Vec::new() }) {
            tracing::warn!(%error, "the export of a period broke off");
            let _ = pieces.blocking_send(Err(io::Error::other(error.to_string())));
        }
    });
    let body = Body::from_stream(stream::unfold((ready, place), next));
    let disposition = format!("attachment; filename=\"{name}.zip\"");
    Ok(([(CONTENT_TYPE, "application/zip".to_owned()), (CONTENT_DISPOSITION, disposition)], body)
        .into_response())
}

/// The place among the streams is given back when the last piece was read.
type Reading = (mpsc::Receiver<io::Result<Bytes>>, OwnedSemaphorePermit);

async fn next(mut reading: Reading) -> Option<(io::Result<Bytes>, Reading)> {
    let piece = reading.0.recv().await?;
    Some((piece, reading))
}

fn table(app: &App, period: &Period) -> Result<Vec<u8>, Error> {
    let mut table = Vec::new();
    app.export_period(period, PeriodPart::Table, |_, bytes| {
        table.extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(table)
}

/// Writes the files of a period as one, without ever holding more than one of them.
fn pack(app: &App, period: &Period, part: PeriodPart, out: Pieces) -> Result<(), Error> {
    let mut packed = ZipWriter::new_stream(out);
    app.export_period(period, part, |name, bytes| {
        packed.start_file(name, SimpleFileOptions::default())?;
        packed.write_all(bytes)
    })?;
    let finished = packed.finish().map_err(io::Error::from).and_then(|out| out.into_inner().flush());
    finished
        .map_err(|e| Error::new(Kind::BadInput, say!("The file of the period cannot be written: {e}.", e)))
}

/// Writes to whoever reads the answer.
struct Pieces {
    out: mpsc::Sender<io::Result<Bytes>>,
    held: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.held));
        self.out.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

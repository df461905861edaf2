//! A mail's bytes on their way from the data file to the wire, a piece at a time.

use std::io;

use tokio::task::JoinHandle;

use crate::compose;
use crate::domain::EmailAddress;
use crate::store::{Store, StoreError};
use crate::transport::Body;

/// The pieces a header is looked for in: 512 KiB.
const HEADER_PIECES: i64 = 4;

/// Reads a mail piece by piece; only one piece is in memory.
pub(super) struct StoredBody {
    store: Store,
    mail: i64,
    part: i64,
    size: u64,
    /// The first piece, read while the mail before was on the wire.
    ready: Option<Vec<u8>>,
    /// Why it cannot be read at all.
    broken: Option<String>,
}

impl StoredBody {
    pub(super) fn new(store: Store, mail: i64, size: u64) -> Self {
        Self { store, mail, part: 0, size, ready: None, broken: None }
    }

    /// The mail with a header that names exactly these recipients; the rest is as it was sealed.
    pub(super) fn addressed(self, recipients: &[EmailAddress]) -> Self {
        let mut body = Self { part: 0, ready: None, ..self };
        match body.readdress(recipients) {
            Ok(()) => body,
            Err(why) => Self { broken: Some(why), ..body },
        }
    }

    fn readdress(&mut self, recipients: &[EmailAddress]) -> Result<(), String> {
        let mut start = Vec::new();
        loop {
            let piece = self.read().map_err(|e| e.to_string())?;
            self.part += 1;
            let last = piece.is_empty() || self.part == HEADER_PIECES;
            start.extend_from_slice(&piece);
            match compose::addressed(&start, recipients) {
                Ok((mut new, old)) => {
                    let head = u64::try_from(new.len()).unwrap_or(u64::MAX);
                    self.size = self.size + head - u64::try_from(old).unwrap_or_default();
                    new.extend_from_slice(start.get(old..).unwrap_or_default());
                    // Given first; `part` stands at the one before what follows it.
                    self.ready = Some(new);
                    self.part -= 1;
                    return Ok(());
                }
                Err(why) if last => return Err(why.to_string()),
                Err(_) => {}
            }
        }
    }

    /// Reads the first piece now. An error is met again, and told, when the piece is asked for.
    fn read_ahead(mut self) -> Self {
        self.ready = self.read().ok();
        self
    }

    fn read(&self) -> Result<Vec<u8>, StoreError> {
        Ok(self.store.read(|reader| reader.mime_part(self.mail, self.part))?.unwrap_or_default())
    }
}

/// The body of the mail that comes next, being read.
pub(super) struct NextBody {
    mail: i64,
    reading: JoinHandle<StoredBody>,
}

impl NextBody {
    pub(super) fn read_ahead(body: StoredBody) -> Self {
        Self { mail: body.mail, reading: tokio::task::spawn_blocking(|| body.read_ahead()) }
    }

    /// The body, if it is that of `mail`.
    pub(super) async fn of(self, mail: i64) -> Option<StoredBody> {
        if self.mail == mail { self.reading.await.ok() } else { None }
    }
}

impl Body for StoredBody {
    fn len(&self) -> u64 {
        self.size
    }

    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        if let Some(why) = &self.broken {
            return Err(io::Error::other(why.clone()));
        }
        let bytes = match self.ready.take() {
            Some(bytes) => bytes,
            None => self.read().map_err(io::Error::other)?,
        };
        self.part += 1;
        into.extend_from_slice(&bytes);
        Ok(bytes.len())
    }
}

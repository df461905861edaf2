//! A mail's bytes on their way from the data file to the wire, a piece at a time.

use std::io;

use crate::store::{Store, StoreError};
use crate::transport::smtp::Body;

/// Reads a mail piece by piece; only one piece is in memory.
pub(super) struct StoredBody {
    store: Store,
    mail: i64,
    part: i64,
    size: u64,
}

impl StoredBody {
    pub(super) fn new(store: Store, mail: i64, size: u64) -> Self {
        Self { store, mail, part: 0, size }
    }
}

impl Body for StoredBody {
    fn len(&self) -> u64 {
        self.size
    }

    fn next_chunk(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        let part = self.store.read(|reader| reader.mime_part(self.mail, self.part));
        let bytes = part.map_err(|e: StoreError| io::Error::other(e))?.unwrap_or_default();
        self.part += 1;
        into.extend_from_slice(&bytes);
        Ok(bytes.len())
    }
}

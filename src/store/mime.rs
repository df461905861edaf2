//! The sealed bytes of mails, in pieces, so that sending holds one piece in memory.
//!
//! A mail that carries its document's PDF does not keep it a second time: the pieces of the attachment
//! name a part of the stored PDF, and are encoded again when they are read. A stored PDF never changes
//! ([`super::documents`]), so neither do the mail's bytes; `check` proves both by their hashes.

use email_encoding::body::base64::{self, encoded_len};
use memchr::memmem;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Reader, StoreError, Tx};

/// Bytes of a mail in one piece.
const PIECE: usize = 128 * 1024;
/// A mail's pieces at most, which is also how far apart the places of two mails are: half a gigabyte.
const MOST_PIECES: i64 = 4096;
/// Bytes of a file in one line of base64 (RFC 2045 section 6.8: 76 letters).
const LINE: u32 = 57;
/// Bytes of a PDF in one piece: whole lines, and no more than [`PIECE`] when encoded.
const PDF_PIECE: u32 = LINE * 1680;

impl Reader<'_> {
    /// One piece of a mail's bytes, counted from 0; `None` after the last.
    ///
    /// # Errors
    /// The store's own.
    pub fn mime_part(&self, mail: i64, part: i64) -> Result<Option<Vec<u8>>, StoreError> {
        piece(self.sql, mail, part)
    }
}

/// Where a piece is kept; `None` for one too many.
fn place(mail: i64, part: i64) -> Option<i64> {
    if part < MOST_PIECES { mail.checked_mul(MOST_PIECES)?.checked_add(part) } else { None }
}

fn place_for(mail: i64, part: i64) -> Result<i64, StoreError> {
    place(mail, part).ok_or_else(|| StoreError::Conflict("the mail is over 390 MB".into()))
}

/// One piece of a mail's bytes.
pub(super) fn piece(sql: &Connection, mail: i64, part: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let mut find = sql.prepare_cached(
        "SELECT mime.bytes, substr(document_pdf.bytes, pdf_from + 1, ?2), pdf_from + ?2 >= length(document_pdf.bytes)
         FROM mime LEFT JOIN document_pdf ON document_id = pdf WHERE place = ?1",
    )?;
    let Some(place) = place(mail, part) else {
        return Ok(None);
    };
    let found = find
        .query_row(params![place, PDF_PIECE], |r| {
            Ok((
                r.get::<_, Option<Vec<u8>>>(0)?,
                r.get::<_, Option<Vec<u8>>>(1)?,
                r.get::<_, Option<bool>>(2)?,
            ))
        })
        .optional()?;
    Ok(found.map(|found| match found {
        (Some(bytes), ..) => bytes,
        (None, pdf, last) => encode(&pdf.unwrap_or_default(), last == Some(true)),
    }))
}

impl Tx<'_> {
    /// Deletes the bytes of a mail.
    pub(super) fn delete_mime(&self, mail: i64) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM mime WHERE place BETWEEN ?1 AND ?2")?
            .execute(params![place(mail, 0), place(mail, MOST_PIECES - 1)])?;
        Ok(())
    }

    /// Stores the bytes of a mail, which may carry the PDF of `document`.
    pub(super) fn insert_mime(
        &self,
        mail: i64,
        bytes: &[u8],
        document: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut rest = bytes;
        let mut part = 0;
        if let Some(document) = document
            && let pdf = self.reader().pdf(document)?
            && let Some((before, after)) = around(bytes, &pdf)
        {
            self.insert_pieces(mail, &mut part, before)?;
            let mut insert =
                self.sql.prepare_cached("INSERT INTO mime (place, pdf, pdf_from) VALUES (?1, ?2, ?3)")?;
            let length =
                u32::try_from(pdf.len()).map_err(|_| StoreError::Conflict("the PDF is over 4 GiB".into()))?;
            for from in (0..length).step_by(PDF_PIECE as usize) {
                insert.execute(params![place_for(mail, part)?, document, from])?;
                part += 1;
            }
            rest = after;
        }
        self.insert_pieces(mail, &mut part, rest)
    }

    fn insert_pieces(&self, mail: i64, part: &mut i64, bytes: &[u8]) -> Result<(), StoreError> {
        let mut insert = self.sql.prepare_cached("INSERT INTO mime (place, bytes) VALUES (?1, ?2)")?;
        for piece in bytes.chunks(PIECE) {
            insert.execute(params![place_for(mail, *part)?, piece])?;
            *part += 1;
        }
        Ok(())
    }
}

/// What stands before and after the encoded `pdf` in a mail, where it stands there as [`encode`] writes it.
fn around<'a>(mail: &'a [u8], pdf: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let encoded = encode(pdf, true);
    let first_line = encoded.get(..encoded.len().min(76))?;
    let at = memmem::find(mail, first_line)?;
    let (before, from) = mail.split_at_checked(at)?;
    Some((before, from.strip_prefix(encoded.as_slice())?))
}

/// Base64 in lines of 76 letters; after the `last` line of a file there is no line end.
fn encode(bytes: &[u8], last: bool) -> Vec<u8> {
    let mut text = String::with_capacity(encoded_len(bytes.len()) + 2);
    // Writing to a string cannot fail.
    let _ = base64::encode(bytes, &mut text);
    if !last {
        text.push_str("\r\n");
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is encoded here was sealed by an earlier version of this program: not a byte may differ.
    #[test]
    fn the_encoding_is_that_of_the_sealed_mail_in_pieces_too() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * PDF_PIECE as usize + 100).collect();
        let whole = encode(&bytes, true);
        let pieces = bytes.chunks(PDF_PIECE as usize);
        let last = pieces.len() - 1;
        let joined: Vec<u8> = pieces.enumerate().flat_map(|(n, piece)| encode(piece, n == last)).collect();
        assert_eq!(whole, joined);
        let lines: Vec<&[u8]> = whole.split(|b| *b == b'\n').collect();
        assert!(lines.iter().rev().skip(1).all(|line| line.len() == 77 && line.ends_with(b"\r")));
        assert_eq!(
            lines[0],
            b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4\r"
        );
        assert!(encode(&bytes[..PDF_PIECE as usize], false).len() <= PIECE + 2);
    }

    #[test]
    fn a_mail_with_something_like_the_pdf_is_not_mistaken_for_one_with_it() {
        let pdf = vec![7_u8; 200];
        let encoded = encode(&pdf, true);
        let with = |inside: &[u8]| [b"before\r\n", inside, b"\r\nafter\r\n"].concat();
        let mail = with(&encoded);
        let (before, after) = around(&mail, &pdf).unwrap();
        assert_eq!((before, after), (&b"before\r\n"[..], &b"\r\nafter\r\n"[..]));
        let mut other = encoded.clone();
        other[150] = b'A';
        assert!(around(&with(&other), &pdf).is_none());
    }
}

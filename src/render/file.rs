//! The file: objects as bytes, small ones packed together, and where each of them stands.
//!
//! lopdf holds the objects that printpdf makes. It does not write them: it would copy every one on
//! the way and leave the table of places as it is, which for the structure of a thousand lines is
//! 56 KB.
//!
//! # Source
//! ISO 32000-1, 7.3: objects; 7.5.7: object streams; 7.5.8: cross-reference streams.

use std::fmt::Write;

use lopdf::{Dictionary, Object, ObjectId, StringFormat};
use sha2::{Digest, Sha256};

use super::error::RenderError;
use super::operators::integer;
use super::pictures::Deflater;

/// So many small objects share a stream: enough to get small, few enough for a reader that wants one.
const MOST_PACKED: usize = 200;
/// What is shorter than this is not deflated: that would take longer than the few bytes are worth.
const LEAST_DEFLATED: usize = 256;
/// Bytes of a row of the table of places: kind, place, number within the place.
const ROW: usize = 7;

/// Where an object stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// There is none with this number.
    Nowhere,
    /// At this byte of the file.
    At(usize),
    /// In this stream of objects, at this place of it.
    In(u32, usize),
}

/// A file as it is written.
pub(super) struct File {
    bytes: Vec<u8>,
    /// Where the object of each number stands.
    places: Vec<Place>,
    /// The small objects that are not written yet.
    packed: Vec<u8>,
    /// Number and place of each of them.
    index: String,
    count: usize,
    /// The next number that no object has.
    free: u32,
    deflater: Deflater,
}

impl File {
    /// A file that begins; its objects have numbers up to `most`.
    pub(super) fn new(most: u32, deflater: Deflater) -> Self {
        Self {
            // Version 1.7 (ISO 32000-1) is what object streams and soft masks need. The second line
            // tells programs that move files that this one is not text.
            bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(),
            places: Vec::new(),
            packed: Vec::new(),
            index: String::new(),
            count: 0,
            free: most + 1,
            deflater,
        }
    }

    /// Adds an object.
    ///
    /// # Errors
    /// When its content cannot be deflated.
    pub(super) fn add(&mut self, id: ObjectId, object: &Object) -> Result<(), RenderError> {
        let Object::Stream(stream) = object else {
            return self.pack(id, |bytes| write(bytes, object));
        };
        // Metadata is for programs that know nothing of PDF (ISO 19005-3, 6.6.2.1).
        let short = stream.content.len() < LEAST_DEFLATED;
        if short || stream.dict.has(b"Filter") || stream.dict.has_type(b"Metadata") {
            self.stream(id.0, &stream.dict, &stream.content);
            return Ok(());
        }
        self.deflated(id.0, stream.dict.clone(), &stream.content)
    }

    /// Adds a small object, which `written` writes; it shares a stream with others.
    ///
    /// # Errors
    /// When what it shares a stream with cannot be deflated.
    pub(super) fn pack(
        &mut self,
        (id, _): ObjectId,
        written: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), RenderError> {
        // A String takes everything.
        let _ = write!(self.index, "{id} {} ", self.packed.len());
        self.place(id, Place::In(self.free, self.count));
        self.count += 1;
        written(&mut self.packed);
        self.packed.push(b'\n');
        if self.count < MOST_PACKED { Ok(()) } else { self.close_pack() }
    }

    /// Writes the file's end; gives the file.
    ///
    /// # Errors
    /// When the table of places cannot be deflated.
    pub(super) fn close(mut self, root: ObjectId, info: ObjectId) -> Result<Vec<u8>, RenderError> {
        self.close_pack()?;
        // The file's name follows from what is in it.
        let name = Sha256::digest(&self.bytes);
        let name = Object::String(name.iter().take(16).copied().collect(), StringFormat::Hexadecimal);
        let start = self.bytes.len();
        let id = self.free;
        self.place(id, Place::At(start));
        // Each row is its difference from the one above it: most are the same again.
        let parms = Dictionary::from_iter([
            ("Predictor", Object::Integer(12)),
            ("Columns", Object::Integer(ROW as i64)),
        ]);
        let table = Dictionary::from_iter([
            ("Type", name_of("XRef")),
            ("Size", Object::Integer(i64::from(id) + 1)),
            ("W", vec![1.into(), 4.into(), 2.into()].into()),
            ("Root", root.into()),
            ("Info", info.into()),
            ("ID", vec![name.clone(), name].into()),
            ("DecodeParms", parms.into()),
        ]);
        let rows = rows(&self.places);
        self.deflated(id, table, &rows)?;
        let _ = write!(Text(&mut self.bytes), "startxref\n{start}\n%%EOF\n");
        Ok(self.bytes)
    }

    /// Writes the small objects that wait.
    fn close_pack(&mut self) -> Result<(), RenderError> {
        if self.count == 0 {
            return Ok(());
        }
        let mut content = std::mem::take(&mut self.index).into_bytes();
        let dict = Dictionary::from_iter([
            ("Type", name_of("ObjStm")),
            ("N", Object::Integer(self.count as i64)),
            ("First", Object::Integer(content.len() as i64)),
        ]);
        content.append(&mut self.packed);
        self.count = 0;
        self.free += 1;
        self.deflated(self.free - 1, dict, &content)
    }

    fn deflated(&mut self, id: u32, mut dict: Dictionary, content: &[u8]) -> Result<(), RenderError> {
        let content = self.deflater.deflate(content).map_err(|p| p.of("A page"))?;
        dict.set("Filter", name_of("FlateDecode"));
        self.stream(id, &dict, &content);
        Ok(())
    }

    fn stream(&mut self, id: u32, dict: &Dictionary, content: &[u8]) {
        self.place(id, Place::At(self.bytes.len()));
        let bytes = &mut self.bytes;
        let _ = write!(Text(bytes), "{id} 0 obj\n<</Length {}", content.len());
        entries(bytes, dict.iter().filter(|(key, _)| *key != b"Length"));
        bytes.extend_from_slice(b">>stream\n");
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    fn place(&mut self, id: u32, place: Place) {
        let at = id as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, Place::Nowhere);
        }
        if let Some(known) = self.places.get_mut(at) {
            *known = place;
        }
    }
}

/// The table of places, each row as its difference from the one above it.
fn rows(places: &[Place]) -> Vec<u8> {
    let mut rows = Vec::with_capacity(places.len() * (ROW + 1));
    let mut above = [0_u8; ROW];
    for place in places {
        let (kind, at, number) = match *place {
            Place::Nowhere => (0, 0, u16::MAX),
            Place::At(at) => (1, u32::try_from(at).unwrap_or(u32::MAX), 0),
            Place::In(pack, number) => (2, pack, u16::try_from(number).unwrap_or(u16::MAX)),
        };
        let mut row = [kind; ROW];
        let fields = at.to_be_bytes().into_iter().chain(number.to_be_bytes());
        row.iter_mut().skip(1).zip(fields).for_each(|(to, from)| *to = from);
        rows.push(2);
        rows.extend(row.iter().zip(above).map(|(byte, above)| byte.wrapping_sub(above)));
        above = row;
    }
    rows
}

/// Bytes as something to write text into.
struct Text<'b>(&'b mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

fn name_of(name: &str) -> Object {
    Object::Name(name.as_bytes().to_vec())
}

/// Writes an object as a part of another.
pub(super) fn write(bytes: &mut Vec<u8>, object: &Object) {
    match object {
        Object::Null => bytes.extend_from_slice(b" null"),
        Object::Boolean(true) => bytes.extend_from_slice(b" true"),
        Object::Boolean(false) => bytes.extend_from_slice(b" false"),
        Object::Integer(number) => {
            bytes.push(b' ');
            integer(bytes, *number);
        }
        Object::Real(number) => {
            let _ = write!(Text(bytes), " {number}");
        }
        Object::Name(name) => write_name(bytes, name),
        Object::String(string, StringFormat::Literal) => {
            bytes.push(b'(');
            for byte in string {
                match byte {
                    b'(' | b')' | b'\\' => bytes.extend_from_slice(&[b'\\', *byte]),
                    b'\r' => bytes.extend_from_slice(b"\\r"),
                    byte => bytes.push(*byte),
                }
            }
            bytes.push(b')');
        }
        Object::String(string, StringFormat::Hexadecimal) => {
            bytes.push(b'<');
            for byte in string {
                let _ = write!(Text(bytes), "{byte:02X}");
            }
            bytes.push(b'>');
        }
        Object::Array(items) => {
            bytes.push(b'[');
            items.iter().for_each(|item| write(bytes, item));
            bytes.push(b']');
        }
        Object::Dictionary(dict) => {
            bytes.extend_from_slice(b"<<");
            entries(bytes, dict.iter());
            bytes.extend_from_slice(b">>");
        }
        // A stream is never a part of another object.
        Object::Stream(_) => bytes.extend_from_slice(b" null"),
        Object::Reference(id) => reference(bytes, *id),
    }
}

/// Writes ` 12 0 R`.
pub(super) fn reference(bytes: &mut Vec<u8>, (id, _): ObjectId) {
    bytes.push(b' ');
    integer(bytes, i64::from(id));
    bytes.extend_from_slice(b" 0 R");
}

fn entries<'d>(bytes: &mut Vec<u8>, entries: impl Iterator<Item = (&'d Vec<u8>, &'d Object)>) {
    for (key, value) in entries {
        write_name(bytes, key);
        write(bytes, value);
    }
}

fn write_name(bytes: &mut Vec<u8>, name: &[u8]) {
    bytes.push(b'/');
    for byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(byte) {
            bytes.push(*byte);
        } else {
            let _ = write!(Text(bytes), "#{byte:02X}");
        }
    }
}

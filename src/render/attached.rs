//! Reading back the data that a PDF carries.

use lopdf::{Dictionary, Document, Object};

use super::RenderError;
use super::archive::FILE_NAME;

/// The e-invoice attached to a PDF that carries its own data, as Factur-X and ZUGFeRD do; nothing where
/// there is none.
///
/// # Errors
/// [`RenderError::Internal`] when the file is no PDF.
pub fn attached_xml(pdf: &[u8]) -> Result<Option<Vec<u8>>, RenderError> {
    let document = Document::load_mem(pdf)
        .map_err(|e| RenderError::Internal(format!("a stored PDF cannot be read: {e}")))?;
    Ok(document.objects.values().filter_map(|object| object.as_dict().ok()).find_map(|d| file(&document, d)))
}

/// The content of the file that a dictionary describes, where that is the one that is looked for.
fn file(document: &Document, described: &Dictionary) -> Option<Vec<u8>> {
    let named = described.get(b"F").ok().and_then(|name| name.as_str().ok());
    if named != Some(FILE_NAME.as_bytes()) {
        return None;
    }
    let files = described.get_deref(b"EF", document).ok()?.as_dict().ok()?;
    let stream = files.get_deref(b"F", document).ok()?;
    let Object::Stream(stream) = stream else { return None };
    Some(stream.decompressed_content().unwrap_or_else(|_| stream.content.clone()))
}

//! SOAP 1.1: an element written, an envelope around it, and an answer read.

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Answers nested deeper are nobody's.
const DEEPEST: usize = 32;

/// An element of XML: its children, or its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Without prefix: some answer in other namespaces than they describe.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn leaf(name: &str, text: impl ToString) -> Self {
        Self { name: name.to_owned(), text: text.to_string(), children: vec![] }
    }

    pub(super) fn branch(name: &str, children: Vec<Self>) -> Self {
        Self { name: name.to_owned(), text: String::new(), children }
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text of a child; empty where there is none.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |c| c.text.trim())
    }

    /// The number in a child, where it is one.
    pub(super) fn number_of(&self, name: &str) -> Option<i64> {
        self.text_of(name).parse().ok()
    }

    fn write(&self, out: &mut String, namespace: Option<&str>) {
        out.push('<');
        out.push_str(&self.name);
        if let Some(namespace) = namespace {
            out.push_str(" xmlns=\"");
            out.push_str(&escape(namespace));
            out.push('"');
        }
        out.push('>');
        for child in &self.children {
            child.write(out, None);
        }
        if self.children.is_empty() {
            // What XML cannot hold at all.
            let text: String = self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            out.push_str(&escape(text.as_str()));
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

/// The envelope around `body`, whose elements are in `namespace`.
pub(super) fn envelope(body: &Element, namespace: &str) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>"
    );
    body.write(&mut out, Some(namespace));
    out.push_str("</soap:Body></soap:Envelope>");
    out
}

/// What stands in the body of an envelope.
///
/// # Errors
/// Why it is no whole envelope, like one that breaks off.
pub(super) fn body(bytes: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let envelope = read(text)?;
    if envelope.name != "Envelope" {
        return Err(format!("it is {} and no SOAP envelope", envelope.name));
    }
    let body = envelope.child("Body").and_then(|b| b.children.first());
    body.cloned().ok_or_else(|| "its envelope is empty".to_owned())
}

fn read(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err("it is nested too deep".into());
                }
                let name = start.local_name().into_inner().to_owned();
                open.push(Element { name, ..Element::default() });
            }
            Event::Empty(empty) => {
                let name = empty.local_name().into_inner().to_owned();
                if let Some(parent) = open.last_mut() {
                    parent.children.push(Element { name, ..Element::default() });
                }
            }
            Event::End(_) => {
                let done = open.pop().ok_or("an element ends that did not begin")?;
                open.last_mut().ok_or("an element ends that did not begin")?.children.push(done);
            }
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let known = match reference.resolve_char_ref().map_err(|e| e.to_string())? {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference.xml10_content())
                        .ok_or("it uses an entity that XML does not know")?
                        .to_owned(),
                };
                add(&mut open, &known);
            }
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut root), true) => root.children.pop().ok_or_else(|| "it is empty".to_owned()),
        _ => Err("it breaks off".into()),
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let told = Element::branch("Note", vec![Element::leaf("Text", "Brush & Bell <\"3\"> 5 \u{20ac}")]);
        assert_eq!(body(envelope(&told, "KashFlow").as_bytes()).unwrap(), told);
    }

    #[test]
    fn an_answer_that_breaks_off_is_none() {
        let whole = envelope(&Element::leaf("Done", 1), "KashFlow");
        for cut in 0..whole.len() {
            assert!(body(&whole.as_bytes()[..cut]).is_err(), "{}", &whole[..cut]);
        }
        assert!(body(b"<html><body>Sign in to the network</body></html>").is_err());
        assert!(body("<a>".repeat(1000).as_bytes()).is_err());
    }
}

//! The structure of a document for those who cannot see its pages: what is a heading, a paragraph, a
//! cell of a table, and what is only decoration.
//!
//! # Source
//! ISO 32000-1, 14.7 and 14.8: structure elements hold marked content by its number on a page.

use std::collections::HashMap;
use std::rc::Rc;

/// What the marks between an opening and its closing are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tag {
    /// Decoration or repetition: not read out.
    Artifact,
    /// The title of the document.
    Title,
    /// A heading.
    Heading,
    /// A paragraph.
    Paragraph,
    /// A part of the paragraph with this number, which goes on elsewhere.
    Part(u32),
    /// A row of the table with this number.
    Row(u32),
    /// A cell of a row.
    Cell,
    /// A cell that names its column.
    Head,
    /// A picture and what it shows.
    Figure(Rc<str>),
}

/// One element of the structure.
#[derive(Debug)]
pub(super) struct Element {
    /// Its standard type (ISO 32000-1, 14.8.4).
    pub(super) role: &'static str,
    /// The element it is in; the first element is its own.
    pub(super) parent: usize,
    /// What stands for a picture.
    pub(super) alt: Option<Rc<str>>,
    /// What is in it, in reading order.
    pub(super) kids: Vec<Kid>,
}

/// What is in an element.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kid {
    /// Another element.
    Element(usize),
    /// Marked content: the page, from 0, and its number on the page.
    Content(usize, usize),
}

/// What a mark belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Nothing that is read.
    Artifact,
    /// An element.
    Element(usize),
}

/// The structure as it grows while pages are written.
#[derive(Debug)]
pub(super) struct Structure {
    /// All elements; the first is the document.
    pub(super) elements: Vec<Element>,
    /// For each page the element of each marked content.
    pub(super) pages: Vec<Vec<usize>>,
    stack: Vec<Target>,
    numbered: HashMap<u32, usize>,
}

impl Structure {
    pub(super) fn new() -> Self {
        let document = Element { role: "Document", parent: 0, alt: None, kids: Vec::new() };
        Self { elements: vec![document], pages: Vec::new(), stack: Vec::new(), numbered: HashMap::new() }
    }

    /// Starts the next page.
    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
    }

    /// Opens a tag. Inside a paragraph, a heading, a cell or a picture nothing is opened: they hold
    /// text, not structure.
    pub(super) fn open(&mut self, tag: Tag) {
        let outer = self.stack.last().copied();
        let inner = match (outer, tag) {
            (Some(Target::Artifact), _) | (_, Tag::Artifact) => Target::Artifact,
            (Some(Target::Element(at)), _) if self.is_leaf(at) => Target::Element(at),
            (outer, tag) => {
                let parent = match outer {
                    Some(Target::Element(at)) => at,
                    _ => 0,
                };
                Target::Element(self.element(parent, tag))
            }
        };
        self.stack.push(inner);
    }

    /// Closes what was opened last.
    pub(super) fn close(&mut self) {
        self.stack.pop();
    }

    /// Where a mark belongs: text outside all tags is a paragraph of its own, lines and areas are
    /// decoration unless they make up a picture.
    pub(super) fn target(&mut self, is_text: bool) -> Target {
        match self.stack.last().copied() {
            Some(Target::Artifact) => Target::Artifact,
            Some(Target::Element(at)) if self.is_leaf(at) => {
                let figure = self.elements.get(at).is_some_and(|e| e.role == "Figure");
                if is_text || figure { Target::Element(at) } else { Target::Artifact }
            }
            _ if is_text => Target::Element(self.element(0, Tag::Paragraph)),
            _ => Target::Artifact,
        }
    }

    /// A picture outside all tags.
    pub(super) fn picture(&mut self, alt: &str) -> Target {
        match self.stack.last() {
            Some(Target::Artifact) => Target::Artifact,
            _ => Target::Element(self.element(0, Tag::Figure(Rc::from(alt)))),
        }
    }

    /// Adds marked content on the current page to `element`; gives its number.
    pub(super) fn mark(&mut self, element: usize) -> usize {
        let page = self.pages.len().saturating_sub(1);
        let number = self.pages.last_mut().map_or(0, |marks| {
            marks.push(element);
            marks.len() - 1
        });
        if let Some(element) = self.elements.get_mut(element) {
            element.kids.push(Kid::Content(page, number));
        }
        number
    }

    /// The type of an element.
    pub(super) fn role(&self, element: usize) -> &'static str {
        self.elements.get(element).map_or("P", |e| e.role)
    }

    fn is_leaf(&self, at: usize) -> bool {
        !matches!(self.role(at), "Document" | "Table" | "TR")
    }

    fn element(&mut self, parent: usize, tag: Tag) -> usize {
        match tag {
            Tag::Row(number) => {
                let table = self.numbered(number, parent, "Table");
                self.add(table, "TR", None)
            }
            Tag::Part(number) => self.numbered(number, parent, "P"),
            Tag::Title => self.add(parent, "H1", None),
            Tag::Heading => self.add(parent, "H2", None),
            Tag::Cell => self.add(parent, "TD", None),
            Tag::Head => self.add(parent, "TH", None),
            Tag::Figure(alt) => self.add(parent, "Figure", Some(alt)),
            Tag::Paragraph | Tag::Artifact => self.add(parent, "P", None),
        }
    }

    fn numbered(&mut self, number: u32, parent: usize, role: &'static str) -> usize {
        if let Some(at) = self.numbered.get(&number) {
            return *at;
        }
        let at = self.add(parent, role, None);
        self.numbered.insert(number, at);
        at
    }

    fn add(&mut self, parent: usize, role: &'static str, alt: Option<Rc<str>>) -> usize {
        let at = self.elements.len();
        self.elements.push(Element { role, parent, alt, kids: Vec::new() });
        if let Some(parent) = self.elements.get_mut(parent) {
            parent.kids.push(Kid::Element(at));
        }
        at
    }
}

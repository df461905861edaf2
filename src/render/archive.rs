//! What makes a file a PDF/A-3 that carries its own data: colours explained, metadata, structure, the
//! attached XML.
//!
//! # Source
//! ISO 19005-3 (PDF/A-3), level B; Factur-X 1.0 / ZUGFeRD 2, section 6 and annex: the file name, the
//! relationship and the extension schema of the metadata.

use lopdf::{Dictionary, Document, Error, Object, ObjectId, Stream, StringFormat};

use super::error::RenderError;
use super::file::{File, reference, write};
use super::finish::{Facts, text};
use super::operators::integer;
use super::tags::{Element, Kid, Structure};

/// The colours of the screen, for readers that want to know exactly.
const SRGB: &[u8] = include_bytes!("../../assets/icc/sRGB.icc");
/// The name that readers look for.
pub(super) const FILE_NAME: &str = "factur-x.xml";

fn name(name: &str) -> Object {
    Object::Name(name.as_bytes().to_vec())
}

fn plain(text: &str) -> Object {
    Object::String(text.as_bytes().to_vec(), StringFormat::Literal)
}

/// The structure's place in the file: it is written at the end, past lopdf, being thousands of objects.
pub(super) struct Tree {
    root: ObjectId,
    /// The number of the first element; the others follow.
    first: u32,
    pages: Vec<ObjectId>,
}

/// Adds to `document` what PDF/A-3 and Factur-X ask for, and keeps place for the structure.
pub(super) fn archive(
    document: &mut Document,
    facts: &Facts,
    xml: &[u8],
    structure: &Structure,
) -> Result<Tree, Error> {
    let profile = Stream::new(Dictionary::from_iter([("N", Object::Integer(3))]), SRGB.to_vec());
    let profile = document.add_object(profile);
    let intent = document.add_object(Dictionary::from_iter([
        ("Type", name("OutputIntent")),
        ("S", name("GTS_PDFA1")),
        ("OutputConditionIdentifier", plain("sRGB")),
        ("Info", plain("sRGB IEC61966-2.1")),
        ("DestOutputProfile", Object::Reference(profile)),
    ]));
    let metadata = Dictionary::from_iter([("Type", name("Metadata")), ("Subtype", name("XML"))]);
    let metadata = document.add_object(Stream::new(metadata, xmp(facts).into_bytes()));
    let attached = attach(document, facts, xml);
    let tree = plant(document, structure)?;
    let names = Dictionary::from_iter([("Names", vec![plain(FILE_NAME), attached.into()].into())]);
    let catalog = document.catalog_mut()?;
    catalog.set("OutputIntents", vec![intent.into()]);
    catalog.set("Metadata", metadata);
    catalog.set("AF", vec![attached.into()]);
    catalog.set("Names", Dictionary::from_iter([("EmbeddedFiles", names.into())]));
    catalog.set("MarkInfo", Dictionary::from_iter([("Marked", true.into())]));
    catalog.set("StructTreeRoot", tree.root);
    Ok(tree)
}

/// The XML as an attached file, an alternative form of the page.
fn attach(document: &mut Document, facts: &Facts, xml: &[u8]) -> ObjectId {
    let date = facts.date.format("D:%Y%m%d000000Z").to_string();
    let size = i64::try_from(xml.len()).unwrap_or(i64::MAX);
    let file = Stream::new(
        Dictionary::from_iter([
            ("Type", name("EmbeddedFile")),
            ("Subtype", name("text/xml")),
            (
                "Params",
                Dictionary::from_iter([("Size", Object::Integer(size)), ("ModDate", plain(&date))]).into(),
            ),
        ]),
        xml.to_vec(),
    );
    let file = document.add_object(file);
    let both = Dictionary::from_iter([("F", file.into()), ("UF", file.into())]);
    document.add_object(Dictionary::from_iter([
        ("Type", name("Filespec")),
        ("F", plain(FILE_NAME)),
        ("UF", plain(FILE_NAME)),
        ("Desc", plain("Factur-X/ZUGFeRD invoice data")),
        ("AFRelationship", name("Alternative")),
        ("EF", both.into()),
    ]))
}

/// Keeps a number for each element, and tells the pages where they stand in the structure.
fn plant(document: &mut Document, structure: &Structure) -> Result<Tree, Error> {
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    for (number, page) in pages.iter().enumerate() {
        let page = document.get_object_mut(*page)?.as_dict_mut()?;
        page.set("StructParents", Object::Integer(i64::try_from(number).unwrap_or(i64::MAX)));
        page.set("Tabs", name("S"));
    }
    let root = document.new_object_id();
    let first = document.max_id + 1;
    document.max_id += u32::try_from(structure.elements.len()).unwrap_or(u32::MAX);
    Ok(Tree { root, first, pages })
}

impl Tree {
    fn id(&self, element: usize) -> ObjectId {
        (self.first.saturating_add(u32::try_from(element).unwrap_or(u32::MAX)), 0)
    }

    /// Writes the structure: one object an element, and for each page which element its content is in.
    pub(super) fn write(&self, structure: &Structure, file: &mut File) -> Result<(), RenderError> {
        for (at, element) in structure.elements.iter().enumerate() {
            file.pack(self.id(at), |bytes| self.element(bytes, at, element))?;
        }
        file.pack(self.root, |bytes| {
            bytes.extend_from_slice(b"<</Type/StructTreeRoot/K");
            reference(bytes, self.id(0));
            bytes.extend_from_slice(b"/ParentTreeNextKey");
            number(bytes, self.pages.len());
            bytes.extend_from_slice(b"/ParentTree<</Nums[");
            for (page, marks) in structure.pages.iter().enumerate() {
                number(bytes, page);
                bytes.push(b'[');
                marks.iter().for_each(|element| reference(bytes, self.id(*element)));
                bytes.push(b']');
            }
            bytes.extend_from_slice(b"]>>>>");
        })
    }

    fn element(&self, bytes: &mut Vec<u8>, at: usize, element: &Element) {
        bytes.extend_from_slice(b"<</S/");
        bytes.extend_from_slice(element.role.as_bytes());
        bytes.extend_from_slice(b"/P");
        reference(bytes, if at == 0 { self.root } else { self.id(element.parent) });
        if let Some(alt) = &element.alt {
            bytes.extend_from_slice(b"/Alt");
            write(bytes, &text(alt));
        }
        if element.role == "TH" {
            bytes.extend_from_slice(b"/A<</O/Table/Scope/Column>>");
        }
        let first = element.kids.iter().find_map(|kid| match kid {
            Kid::Content(page, _) => Some(*page),
            Kid::Element(_) => None,
        });
        if let Some(page) = first.and_then(|page| self.pages.get(page)) {
            bytes.extend_from_slice(b"/Pg");
            reference(bytes, *page);
        }
        bytes.extend_from_slice(b"/K[");
        for kid in &element.kids {
            match kid {
                Kid::Element(at) => reference(bytes, self.id(*at)),
                Kid::Content(page, mark) if Some(*page) == first => number(bytes, *mark),
                Kid::Content(page, mark) => {
                    bytes.extend_from_slice(b"<</Type/MCR/Pg");
                    reference(bytes, self.pages.get(*page).copied().unwrap_or(self.root));
                    bytes.extend_from_slice(b"/MCID");
                    number(bytes, *mark);
                    bytes.extend_from_slice(b">>");
                }
            }
        }
        bytes.extend_from_slice(b"]>>");
    }
}

/// Writes a number with a space before it.
fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.push(b' ');
    integer(bytes, i64::try_from(number).unwrap_or(i64::MAX));
}

/// The metadata: the same as the information dictionary, the claim of PDF/A, and what Factur-X adds
/// with the schema that explains it (ISO 19005-3, 6.6.2.3).
fn xmp(facts: &Facts) -> String {
    let date = facts.date.format("%Y-%m-%dT00:00:00Z");
    let (title, author, language) = (escape(&facts.title), escape(&facts.author), escape(&facts.language));
    let producer = concat!("Tillpost ", env!("CARGO_PKG_VERSION"));
    let property = |name: &str, what: &str| {
        format!(
            "<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>{name}</pdfaProperty:name>\
             <pdfaProperty:valueType>Text</pdfaProperty:valueType>\
             <pdfaProperty:category>external</pdfaProperty:category>\
             <pdfaProperty:description>{what}</pdfaProperty:description></rdf:li>"
        )
    };
    let properties = [
        ("DocumentFileName", "name of the embedded XML invoice file"),
        ("DocumentType", "INVOICE"),
        ("Version", "version of the embedded XML data"),
        ("ConformanceLevel", "conformance level of the embedded XML data"),
    ]
    .map(|(name, what)| property(name, what))
    .concat();
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\
         <pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
         <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\
         <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"><xmp:CreatorTool>Tillpost</xmp:CreatorTool>\
         <xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>\
         <pdf:Producer>{producer}</pdf:Producer></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" \
         xmlns:fx=\"urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#\">\
         <fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName>\
         <fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\" \
         xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" \
         xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\
         <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\
         <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>\
         <pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>\
         <pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq>\
         </pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>\n\
         </rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

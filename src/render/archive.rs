//! What makes a file a PDF/A-3 that carries its own data: colours explained, metadata, structure, the
//! attached XML.
//!
//! # Source
//! ISO 19005-3 (PDF/A-3), level B; Factur-X 1.0 / ZUGFeRD 2, section 6 and annex: the file name, the
//! relationship and the extension schema of the metadata.

use lopdf::{Dictionary, Document, Error, Object, ObjectId, Stream, StringFormat};

use super::finish::{Facts, text};
use super::tags::{Kid, Structure};

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

/// Adds to `document` what PDF/A-3 and Factur-X ask for.
pub(super) fn archive(
    document: &mut Document,
    facts: &Facts,
    xml: &[u8],
    structure: &Structure,
) -> Result<(), Error> {
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
    let root = tag(document, structure)?;
    let names = Dictionary::from_iter([("Names", vec![plain(FILE_NAME), attached.into()].into())]);
    let catalog = document.catalog_mut()?;
    catalog.set("OutputIntents", vec![intent.into()]);
    catalog.set("Metadata", metadata);
    catalog.set("AF", vec![attached.into()]);
    catalog.set("Names", Dictionary::from_iter([("EmbeddedFiles", names.into())]));
    catalog.set("MarkInfo", Dictionary::from_iter([("Marked", true.into())]));
    catalog.set("StructTreeRoot", root);
    Ok(())
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

/// Writes the structure: one object an element, and for each page which element its content is in.
fn tag(document: &mut Document, structure: &Structure) -> Result<ObjectId, Error> {
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    let root = document.new_object_id();
    let ids: Vec<ObjectId> = structure.elements.iter().map(|_| document.new_object_id()).collect();
    let id = |at: usize| ids.get(at).copied().unwrap_or(root);
    for (at, element) in structure.elements.iter().enumerate() {
        let mut dict = Dictionary::new();
        dict.set("S", name(element.role));
        dict.set("P", if at == 0 { root } else { id(element.parent) });
        if let Some(alt) = &element.alt {
            dict.set("Alt", text(alt));
        }
        if element.role == "TH" {
            dict.set("A", Dictionary::from_iter([("O", name("Table")), ("Scope", name("Column"))]));
        }
        let first = element.kids.iter().find_map(|kid| match kid {
            Kid::Content(page, _) => Some(*page),
            Kid::Element(_) => None,
        });
        if let Some(page) = first.and_then(|page| pages.get(page)) {
            dict.set("Pg", *page);
        }
        let mut kids: Vec<Object> = Vec::with_capacity(element.kids.len());
        for kid in &element.kids {
            kids.push(match kid {
                Kid::Element(at) => id(*at).into(),
                Kid::Content(page, number) if Some(*page) == first => number_of(*number),
                Kid::Content(page, number) => Dictionary::from_iter([
                    ("Type", name("MCR")),
                    ("Pg", pages.get(*page).copied().unwrap_or(root).into()),
                    ("MCID", number_of(*number)),
                ])
                .into(),
            });
        }
        dict.set("K", if kids.len() == 1 { kids.swap_remove(0) } else { Object::Array(kids) });
        document.set_object(id(at), dict);
    }
    let mut numbers = Vec::with_capacity(2 * pages.len());
    for (number, (page, marks)) in pages.iter().zip(&structure.pages).enumerate() {
        numbers.push(number_of(number));
        numbers.push(Object::Array(marks.iter().map(|at| id(*at).into()).collect()));
        let page = document.get_object_mut(*page)?.as_dict_mut()?;
        page.set("StructParents", number_of(number));
        page.set("Tabs", name("S"));
    }
    document.set_object(
        root,
        Dictionary::from_iter([
            ("Type", name("StructTreeRoot")),
            ("K", id(0).into()),
            ("ParentTree", Dictionary::from_iter([("Nums", numbers.into())]).into()),
            ("ParentTreeNextKey", number_of(pages.len())),
        ]),
    );
    Ok(root)
}

fn number_of(number: usize) -> Object {
    Object::Integer(i64::try_from(number).unwrap_or(i64::MAX))
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

//! A page with its data inside: what PDF/A-3, Factur-X and readers for the blind need, part by part.
//!
//! # Source
//! ISO 19005-3, ISO 32000-1 section 14, Factur-X 1.0.

use std::collections::BTreeSet;

use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document as Pdf, Object, ObjectId};
use serde_json::{Value, json};
use tillpost::app::{App, Drawn, Error, render_alone};
use tillpost::wire::{InputFile, PartyShape};

fn draw(document: &Value) -> Result<Drawn, Error> {
    let InputFile::Document(file) = InputFile::read(document.to_string().as_bytes())? else {
        panic!("not a document: {document}");
    };
    render_alone(*file)
}

fn invoice(lines: usize) -> Value {
    let line = |i: usize| {
        json!({ "description": format!("Tube {i} with a description that does not fit into one line of a table\nand more"),
            "quantity": "2", "unit": "pcs", "unit_price": "6.00", "tax": { "category": "S", "rate": "23" } })
    };
    json!({
        "kind": "invoice", "number": "INV-1", "issue_date": "2026-11-21", "due_date": "2026-12-05",
        "language": "en-IE", "currency": "EUR", "payment": { "qr": "epc" }, "notes": ["ż, € & <x>", "Two\nlines"],
        "seller": { "name": "Łukasz & <Sons>", "tax_id": "IE6388047V", "iban": "IE29AIBK93115212345678",
            "address": { "lines": ["Quay 1"], "city": "Galway", "country": "IE" } },
        "buyer": { "name": "Anna", "e_invoice": "factur_x",
            "address": { "lines": ["Road 2"], "city": "Cork", "country": "IE" } },
        "lines": (1..=lines).map(line).collect::<Vec<_>>()
    })
}

fn resolved<'p>(pdf: &'p Pdf, object: &'p Object) -> &'p Object {
    pdf.dereference(object).unwrap().1
}

fn dict<'p>(pdf: &'p Pdf, parent: &'p Dictionary, key: &str) -> &'p Dictionary {
    resolved(pdf, parent.get(key.as_bytes()).unwrap_or_else(|_| panic!("{key}"))).as_dict().unwrap()
}

fn text(object: &Object) -> String {
    String::from_utf8_lossy(object.as_str().unwrap()).into_owned()
}

#[test]
fn the_data_is_attached_as_readers_look_for_it() {
    let bytes = draw(&invoice(1)).unwrap().pdf;
    let pdf = Pdf::load_mem(&bytes).unwrap();
    let catalog = pdf.catalog().unwrap();
    let names =
        dict(&pdf, dict(&pdf, catalog, "Names"), "EmbeddedFiles").get(b"Names").unwrap().as_array().unwrap();
    assert_eq!(text(&names[0]), "factur-x.xml");
    let associated = resolved(&pdf, catalog.get(b"AF").unwrap()).as_array().unwrap();
    assert_eq!(associated, &names[1..]);
    let file = resolved(&pdf, &names[1]).as_dict().unwrap();
    assert_eq!(file.get(b"AFRelationship").unwrap().as_name().unwrap(), b"Alternative");
    assert_eq!((text(file.get(b"F").unwrap()), text(file.get(b"UF").unwrap())).0, "factur-x.xml");
    let stream = resolved(&pdf, dict(&pdf, file, "EF").get(b"F").unwrap()).as_stream().unwrap();
    assert_eq!(stream.dict.get(b"Subtype").unwrap().as_name().unwrap(), b"text/xml");
    let xml = stream.decompressed_content().unwrap();
    let size = dict(&pdf, &stream.dict, "Params").get(b"Size").unwrap().as_i64().unwrap();
    assert_eq!(usize::try_from(size).unwrap(), xml.len());
    let invoice = en16931_formats::read(&xml).unwrap().invoice;
    assert_eq!(invoice.seller.name.as_deref(), Some("Łukasz & <Sons>"));
    assert_eq!(invoice.totals.due.to_string(), "14.76");
}

#[test]
fn the_metadata_says_what_the_file_is() {
    let bytes = draw(&invoice(1)).unwrap().pdf;
    let pdf = Pdf::load_mem(&bytes).unwrap();
    let catalog = pdf.catalog().unwrap();
    let metadata = resolved(&pdf, catalog.get(b"Metadata").unwrap()).as_stream().unwrap();
    assert!(!metadata.dict.has(b"Filter"), "programs that know no PDF read it");
    let xmp = String::from_utf8(metadata.content.clone()).unwrap();
    for part in [
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<fx:DocumentType>INVOICE</fx:DocumentType>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>",
        ">Invoice INV-1</rdf:li>",
        "<rdf:li>Łukasz &amp; &lt;Sons&gt;</rdf:li>",
        "<rdf:li>en-IE</rdf:li>",
        "<xmp:CreateDate>2026-11-21T00:00:00Z</xmp:CreateDate>",
    ] {
        assert!(xmp.contains(part), "{part}");
    }
    let info = dict(&pdf, &pdf.trailer, "Info");
    assert_eq!(text(info.get(b"CreationDate").unwrap()), "D:20261121000000Z");
    assert_eq!(text(info.get(b"Title").unwrap()), "Invoice INV-1");
    assert_eq!(text(catalog.get(b"Lang").unwrap()), "en-IE");
    assert!(dict(&pdf, catalog, "ViewerPreferences").get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    assert!(dict(&pdf, catalog, "MarkInfo").get(b"Marked").unwrap().as_bool().unwrap());
    let intents = resolved(&pdf, catalog.get(b"OutputIntents").unwrap()).as_array().unwrap();
    let intent = resolved(&pdf, &intents[0]).as_dict().unwrap();
    assert_eq!(intent.get(b"S").unwrap().as_name().unwrap(), b"GTS_PDFA1");
    let profile = resolved(&pdf, intent.get(b"DestOutputProfile").unwrap()).as_stream().unwrap();
    assert_eq!(&profile.decompressed_content().unwrap()[36..40], b"acsp");
    assert_eq!(pdf.trailer.get(b"ID").unwrap().as_array().unwrap().len(), 2);
    assert!(
        bytes.starts_with(b"%PDF-1.7\n%") && bytes[10..14].iter().all(|b| *b > 127),
        "a comment of high bytes"
    );
}

/// Readers that trust the table find each object by it alone, also those of a long document.
#[test]
fn every_object_stands_where_the_table_of_places_says() {
    let bytes = draw(&invoice(60)).unwrap().pdf;
    let pdf = Pdf::load_mem(&bytes).unwrap();
    let mut packed = 0;
    for (id, entry) in &pdf.reference_table.entries {
        match *entry {
            XrefEntry::Normal { offset, .. } => {
                assert!(bytes[offset as usize..].starts_with(format!("{id} 0 obj").as_bytes()), "{id}");
            }
            XrefEntry::Compressed { container, index } => {
                packed += 1;
                let stream = pdf.get_object((container, 0)).unwrap().as_stream().unwrap();
                let content = stream.decompressed_content().unwrap();
                let first = stream.dict.get(b"First").unwrap().as_i64().unwrap();
                let head = String::from_utf8(content[..usize::try_from(first).unwrap()].to_vec()).unwrap();
                assert_eq!(
                    head.split_whitespace().nth(usize::from(index) * 2),
                    Some(id.to_string().as_str())
                );
            }
            _ => {}
        }
    }
    assert!(packed > 400, "{packed} objects share streams");
}

#[test]
fn everything_a_reader_needs_is_in_the_file() {
    let pdf = Pdf::load_mem(&draw(&invoice(60)).unwrap().pdf).unwrap();
    let mut fonts = 0;
    for object in pdf.objects.values() {
        let Ok(dict) = object.as_dict().or_else(|_| object.as_stream().map(|s| &s.dict)) else { continue };
        for forbidden in ["JavaScript", "Launch", "Encrypt", "XFA", "OpenAction", "AA"] {
            assert!(!dict.has(forbidden.as_bytes()), "{forbidden}");
        }
        if dict.has_type(b"FontDescriptor") {
            assert!(dict.has(b"FontFile2"), "a font that is not embedded");
        }
        if dict.get(b"Subtype").is_ok_and(|s| s.as_name().is_ok_and(|n| n == b"Type0")) {
            fonts += 1;
            assert!(dict.has(b"ToUnicode"));
            let descendants = resolved(&pdf, dict.get(b"DescendantFonts").unwrap()).as_array().unwrap();
            assert!(resolved(&pdf, &descendants[0]).as_dict().unwrap().has(b"CIDToGIDMap"));
        }
    }
    assert!(fonts >= 2);
}

/// What ISO 19005-3 asks of colours (6.2.4), transparency (6.2.10) and the widths of glyphs (6.2.11.5).
#[test]
fn colours_are_explained_nothing_is_clear_and_glyphs_are_as_wide_as_told() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(folder.path()).unwrap();
    app.set_shop(&PartyShape { name: "Shop".into(), ..PartyShape::default() }).unwrap();
    app.set_logo(Some(include_bytes!("../../assets/demo/logo.png").to_vec())).unwrap();
    let InputFile::Document(file) = InputFile::read(invoice(40).to_string().as_bytes()).unwrap() else {
        panic!()
    };
    let pdf = Pdf::load_mem(&app.render(*file).unwrap().pdf).unwrap();
    for page in pdf.get_pages().into_values() {
        for operation in pdf.get_and_decode_page_content(page).unwrap().operations {
            assert!(!["k", "K", "cs", "CS", "gs"].contains(&&*operation.operator), "{operation:?}");
        }
    }
    let (mut pictures, mut glyphs) = (0, 0);
    for object in pdf.objects.values() {
        if let Ok(stream) = object.as_stream() {
            assert!(!stream.dict.has(b"SMask") && !stream.dict.has(b"Mask") && !stream.dict.has(b"Group"));
            if let Ok(space) = stream.dict.get(b"ColorSpace") {
                pictures += 1;
                assert!(!format!("{space:?}").contains("CMYK"), "{space:?}");
            }
        }
        let Ok(font) = object.as_dict() else { continue };
        let Ok(descendants) = font.get(b"DescendantFonts") else { continue };
        let descendant =
            resolved(&pdf, &resolved(&pdf, descendants).as_array().unwrap()[0]).as_dict().unwrap();
        let map = resolved(&pdf, descendant.get(b"CIDToGIDMap").unwrap()).as_stream().unwrap();
        let map = map.decompressed_content().unwrap();
        let descriptor = dict(&pdf, descendant, "FontDescriptor");
        let program = resolved(&pdf, descriptor.get(b"FontFile2").unwrap()).as_stream().unwrap();
        let length = program.dict.get(b"Length1").unwrap().as_i64().unwrap();
        let program = program.decompressed_content().unwrap();
        assert_eq!(usize::try_from(length).unwrap(), program.len());
        let face = rustybuzz::ttf_parser::RawFace::parse(&program, 0).unwrap();
        let table = |tag: &[u8; 4]| face.table(rustybuzz::ttf_parser::Tag::from_bytes(tag)).unwrap();
        let short = |table: &[u8], at: usize| u16::from_be_bytes([table[at], table[at + 1]]);
        let (em, long) = (short(table(b"head"), 18), usize::from(short(table(b"hhea"), 34)));
        for pair in descendant.get(b"W").unwrap().as_array().unwrap().chunks(2) {
            let first = usize::try_from(pair[0].as_i64().unwrap()).unwrap();
            for (code, told) in (first..).zip(pair[1].as_array().unwrap()) {
                let glyph = usize::from(short(&map, 2 * code));
                assert!(glyph > 0, "code {code} has no glyph");
                let wide = short(table(b"hmtx"), 4 * glyph.min(long - 1));
                let wide = f32::from(wide) * 1000.0 / f32::from(em);
                assert!((wide - told.as_float().unwrap()).abs() <= 1.0, "code {code}: {wide}, {told:?}");
                glyphs += 1;
            }
        }
    }
    assert!(pictures == 1 && glyphs > 60, "{pictures} pictures, {glyphs} glyphs");
}

/// The numbers of marked content on a page, and whether everything drawn is inside of some.
fn marked(pdf: &Pdf, page: ObjectId) -> BTreeSet<i64> {
    let mut numbers = BTreeSet::new();
    let mut depth = 0;
    for operation in pdf.get_and_decode_page_content(page).unwrap().operations {
        match operation.operator.as_str() {
            "BMC" => depth += 1,
            "BDC" => {
                depth += 1;
                let number = operation.operands[1].as_dict().unwrap().get(b"MCID").unwrap().as_i64().unwrap();
                assert!(numbers.insert(number), "{number} twice");
            }
            "EMC" => depth -= 1,
            "TJ" | "Tj" | "f" | "S" | "Do" | "B" => assert_eq!(depth, 1, "{operation:?}"),
            _ => assert!((0..=1).contains(&depth)),
        }
    }
    assert_eq!(depth, 0);
    numbers
}

/// A page, the number of marked content on it, and the element it belongs to.
type Place = (ObjectId, i64, ObjectId);

/// The elements below `id`: their types in reading order, and where their content is.
fn walk(pdf: &Pdf, id: ObjectId, found: &mut Vec<String>, content: &mut Vec<Place>) {
    let element = pdf.get_object(id).unwrap().as_dict().unwrap();
    let role = String::from_utf8_lossy(element.get(b"S").unwrap().as_name().unwrap()).into_owned();
    if role == "TH" {
        let scope = dict(pdf, element, "A").get(b"Scope").unwrap();
        assert_eq!(scope.as_name().unwrap(), b"Column", "what a head is the head of");
    }
    found.push(role);
    let kids = match element.get(b"K").unwrap() {
        Object::Array(kids) => kids.clone(),
        one => vec![one.clone()],
    };
    for kid in kids {
        match kid {
            Object::Reference(kid) => {
                assert_eq!(pdf.get_object(kid).unwrap().as_dict().unwrap().get(b"P").unwrap(), &id.into());
                walk(pdf, kid, found, content);
            }
            Object::Integer(number) => {
                content.push((element.get(b"Pg").unwrap().as_reference().unwrap(), number, id));
            }
            Object::Dictionary(elsewhere) => {
                let page = elsewhere.get(b"Pg").unwrap().as_reference().unwrap();
                content.push((page, elsewhere.get(b"MCID").unwrap().as_i64().unwrap(), id));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_structure_holds_every_word_in_its_order() {
    let mut paragraphs = BTreeSet::new();
    for (lines, note) in [(1, 1), (90, 1), (1, 120)] {
        let mut document = invoice(lines);
        // A paragraph that goes on over the end of a page is one all the same.
        document["notes"][1] = vec!["Line"; note + 1].join("\n").into();
        let pdf = Pdf::load_mem(&draw(&document).unwrap().pdf).unwrap();
        let root = dict(&pdf, pdf.catalog().unwrap(), "StructTreeRoot");
        let tree = dict(&pdf, root, "ParentTree").get(b"Nums").unwrap().as_array().unwrap().clone();
        let mut places = BTreeSet::new();
        for (page, pair) in pdf.get_pages().into_values().zip(tree.chunks(2)) {
            let place = pdf.get_object(page).unwrap().as_dict().unwrap().get(b"StructParents").unwrap();
            assert_eq!(place, &pair[0]);
            let parents = pair[1].as_array().unwrap();
            let numbers = marked(&pdf, page);
            assert_eq!(numbers, (0..i64::try_from(parents.len()).unwrap()).collect());
            let parents = parents.iter().map(|parent| parent.as_reference().unwrap());
            places.extend((0..).zip(parents).map(|(number, parent)| (page, number, parent)));
        }
        let (mut found, mut content) = (Vec::new(), Vec::new());
        walk(&pdf, root.get(b"K").unwrap().as_reference().unwrap(), &mut found, &mut content);
        assert_eq!(content.len(), places.len(), "content without an element, or the other way round");
        assert_eq!(content.into_iter().collect::<BTreeSet<_>>(), places);
        let count = |role: &str| found.iter().filter(|r| *r == role).count();
        assert_eq!((count("Document"), count("H1"), count("Table")), (1, 1, 2));
        // A head for the lines, the lines, a head for the taxes, one tax.
        assert_eq!(count("TR"), lines + 3);
        assert_eq!(count("TD"), lines * 7 + 3);
        assert_eq!(count("Figure"), 1, "the code for paying");
        let at = |role: &str| found.iter().position(|r| r == role).unwrap();
        assert!(at("H1") < at("Table") && at("Table") < at("Figure"));
        paragraphs.insert(count("P"));
    }
    assert_eq!(paragraphs.len(), 1, "what is repeated on every page is read on every page");
}

#[test]
fn a_logo_of_a_printing_press_is_refused_and_others_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(folder.path()).unwrap();
    app.set_shop(&PartyShape { name: "Shop".into(), ..PartyShape::default() }).unwrap();
    // The head of a CMYK JPEG: what is printed is the file as it is.
    let cmyk =
        [&[0xFF, 0xD8, 0xFF, 0xC0, 0, 20, 8, 0, 1, 0, 1, 4][..], &[0; 12], &[0xFF, 0xDA, 0, 2, 0xFF, 0xD9]]
            .concat();
    app.set_logo(Some(cmyk)).unwrap();
    let InputFile::Document(file) = InputFile::read(invoice(1).to_string().as_bytes()).unwrap() else {
        panic!()
    };
    let error = app.render(*file.clone()).unwrap_err().to_string();
    assert!(error.contains("CMYK") && error.contains("PNG"), "{error}");
    app.set_logo(Some(include_bytes!("../../assets/demo/logo.png").to_vec())).unwrap();
    let pdf = Pdf::load_mem(&app.render(*file).unwrap().pdf).unwrap();
    let alt = pdf.objects.values().filter_map(|o| o.as_dict().ok()).filter_map(|d| d.get(b"Alt").ok());
    assert_eq!(alt.count(), 2, "the logo and the code");
}

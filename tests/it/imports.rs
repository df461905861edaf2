//! Address books as other programs write them.

use encoding_rs::{UTF_16LE, WINDOWS_1250, WINDOWS_1252};
use tillpost::app::Import;
use tillpost::wire::Reading;

use crate::program::run;
use crate::till::Till;

/// What is in the book after the import of `bytes`: address, name, company, telephone number.
fn taken(bytes: &[u8], reading: &Reading) -> Vec<[String; 4]> {
    let till = Till::at(1);
    let view = till.app.import_contacts(bytes, reading, Import::All).unwrap();
    assert!(view.stored, "{view:#?}");
    let mut all = till.app.contacts("", 99).unwrap();
    all.sort_by_key(|contact| contact.id);
    let text = |text: Option<String>| text.unwrap_or_default();
    all.into_iter()
        .map(|c| [c.address, text(c.name), text(c.details.company), text(c.details.phone)])
        .collect()
}

fn check(what: &str, bytes: &[u8], want: &[[&str; 4]]) {
    assert_eq!(taken(bytes, &Reading::default()), want, "{what}");
}

#[test]
fn cards_of_outlook_google_and_iphones() {
    // Outlook writes version 2.1: no FN where there is none, parts in quoted-printable, soft line ends.
    let outlook = "BEGIN:VCARD\r\nVERSION:2.1\r\n\
        N;LANGUAGE=de;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:M=FCller;J=FCrgen\r\n\
        FN;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:J=FCrgen M=FCller\r\n\
        ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gr=C3=B6=C3=9Fe & S=C3=B6hne Fahrradvertrieb Gesellschaft =\r\n\
        mbH;Einkauf\r\n\
        TEL;WORK;VOICE:+49 (30) 123456\r\n\
        ADR;WORK;PREF;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Stra=C3=9Fe 1=0D=0A;Berlin;;10115;Deutschland\r\n\
        X-MS-OL-DEFAULT-POSTAL-ADDRESS:2\r\n\
        EMAIL;PREF;INTERNET:juergen@example.com\r\n\
        X-MS-OL-DESIGN;CHARSET=utf-8:<card xmlns=\"http://schemas.microsoft.com/office/outlook/12/electronicbusinesscards\"/>\r\n\
        REV:20261121T070000Z\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:2.1\r\nN:Kowalska;Anna;;;\r\nEMAIL;INTERNET:anna@example.com\r\nEND:VCARD\r\n";
    check(
        "Outlook",
        outlook.as_bytes(),
        &[
            [
                "juergen@example.com",
                "Jürgen Müller",
                "Größe & Söhne Fahrradvertrieb Gesellschaft mbH",
                "+49 (30) 123456",
            ],
            ["anna@example.com", "Anna Kowalska", "", ""],
        ],
    );
    let google = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoë O'Brien\r\nN:O'Brien;Zoë;;;\r\n\
        EMAIL;TYPE=INTERNET;TYPE=HOME:zoe@example.com\r\nitem1.EMAIL;TYPE=INTERNET:zoe@work.example\r\n\
        item1.X-ABLabel:Werkstatt\r\nTEL;TYPE=CELL:0171 2345678\r\nitem2.ORG:Bikes\\, Parts & Co.\r\n\
        NOTE:first line\\nsecond\r\nCATEGORIES:myContacts\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nur Telefon\r\nTEL;TYPE=CELL:0171 1\r\nEND:VCARD\r\n";
    check(
        "Google",
        google.as_bytes(),
        &[
            ["zoe@example.com", "Zoë O'Brien", "Bikes, Parts & Co.", "0171 2345678"],
            ["zoe@work.example", "Zoë O'Brien", "Bikes, Parts & Co.", "0171 2345678"],
        ],
    );
    let photo = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYF";
    let iphone = format!(
        "BEGIN:VCARD\nVERSION:3.0\nPRODID:-//Apple Inc.//iPhone OS 18.1//EN\nN:Łuk;Łucja;;;\nFN:Łucja Łuk\n\
         ORG:Warsztat Łuk;\nitem1.EMAIL;type=INTERNET;type=pref:lucja@example.com\nitem1.X-ABLabel:_$!<Work>!$_\n\
         TEL;type=CELL;type=VOICE;type=pref:+48 601 234 567\n\
         item2.ADR;type=WORK;type=pref:;;ul. Długa 1;Warszawa;;00-238;Polska\nitem2.X-ABADR:pl\n\
         PHOTO;ENCODING=b;TYPE=JPEG:{photo}\n {photo}\n {photo}==\nEND:VCARD\n"
    );
    check(
        "iPhone",
        iphone.as_bytes(),
        &[["lucja@example.com", "Łucja Łuk", "Warsztat Łuk", "+48 601 234 567"]],
    );
    let four = "BEGIN:VCARD\nVERSION:4.0\nFN:Søren\nEMAIL;PREF=1:mailto:soren@example.com\nTEL;VALUE=uri:tel:+45-1234\nEND:VCARD\n";
    check("version 4", four.as_bytes(), &[["soren@example.com", "Søren", "", "+45-1234"]]);
}

#[test]
fn tables_of_excel_outlook_and_google_in_the_shops_languages() {
    let german = "\"Anrede\",\"Vorname\",\"Weitere Vornamen\",\"Nachname\",\"Suffix\",\"Firma\",\"Abteilung\",\
        \"Telefon geschäftlich\",\"Telefon (privat)\",\"Mobiltelefon\",\"E-Mail-Adresse\",\"E-Mail-Typ\",\
        \"E-Mail: Angezeigter Name\",\"E-Mail 2: Adresse\",\"Notizen\"\r\n\
        \"Herr\",\"Jürgen\",\"\",\"Müller\",\"\",\"Größe GmbH\",\"\",\"\",\"\",\"0171 1\",\"j@example.com\",\"SMTP\",\
        \"Jürgen Müller (j@example.com)\",\"j2@example.com\",\"zahlt\r\nbar\"\r\n\
        \"\",\"\",\"\",\"Ohne\",\"\",\"\",\"\",\"030 1\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n";
    check(
        "Outlook, German",
        &WINDOWS_1252.encode(german).0,
        &[
            ["j@example.com", "Jürgen Müller", "Größe GmbH", "0171 1"],
            ["j2@example.com", "Jürgen Müller", "Größe GmbH", "0171 1"],
        ],
    );
    let excel = "sep=;\r\nKundennummer;Name;Vorname;Address;E-Mail;Telefon\r\n7;Böhm;Renée;Weg 1, 10115 Berlin;r@example.com;=030\r\n";
    check("Excel", &WINDOWS_1252.encode(excel).0, &[["r@example.com", "Renée Böhm", "", "=030"]]);
    let mut unicode = vec![0xff, 0xfe];
    let text = "Name\tE-mail\nŻółw\tz@example.com\n";
    unicode.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(UTF_16LE.name(), "UTF-16LE");
    check("Excel, Unicode text", &unicode, &[["z@example.com", "Żółw", "", ""]]);
    for (what, head, row) in [
        (
            "Outlook, English",
            "First Name,Last Name,Company,Business Phone,Mobile Phone,E-mail Address",
            "Anna,Luk,Co,,0171,a@example.com",
        ),
        (
            "Outlook, French",
            "Prénom,Nom,Société,Téléphone (bureau),Tél. mobile,Adresse de messagerie",
            "Anna,Luk,Co,,0171,a@example.com",
        ),
        (
            "Outlook, Italian",
            "Nome;Cognome;Società;Cellulare;Indirizzo posta elettronica",
            "Anna;Luk;Co;0171;a@example.com",
        ),
        (
            "Outlook, Spanish",
            "Nombre;Apellidos;Organización;Teléfono móvil;Dirección de correo electrónico",
            "Anna;Luk;Co;0171;a@example.com",
        ),
        (
            "Outlook, Dutch",
            "Voornaam;Achternaam;Bedrijf;Mobiele telefoon;E-mailadres",
            "Anna;Luk;Co;0171;a@example.com",
        ),
        (
            "Google",
            "First Name,Middle Name,Last Name,Organization Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value",
            "Anna,,Luk,Co,* Home,a@example.com,Mobile,0171",
        ),
        (
            "Google before",
            "Name,Given Name,Family Name,E-mail 1 - Value,Phone 1 - Value,Organization 1 - Name",
            "Anna Luk,Anna,Luk,a@example.com,0171,Co",
        ),
        (
            "Thunderbird",
            "First Name,Last Name,Display Name,Primary Email,Mobile Number,Organization",
            "Anna,Luk,Anna Luk,a@example.com,0171,Co",
        ),
    ] {
        let text = format!("{head}\r\n{row}\r\n");
        check(what, text.as_bytes(), &[["a@example.com", "Anna Luk", "Co", "0171"]]);
    }
    let polish =
        "Imię;Nazwisko;Firma;Telefon komórkowy;Adres e-mail\r\nŻaneta;Łuk;Błysk;601;z@example.com\r\n";
    let told = Reading { encoding: Some("windows-1250".into()), columns: vec![] };
    assert_eq!(
        taken(&WINDOWS_1250.encode(polish).0, &told),
        [["z@example.com", "Żaneta Łuk", "Błysk", "601"]]
    );
    let several = "Name,Email\nAnna,a@example.com ::: b@example.com\nBert,\"c@example.com; d@example.com\"\n";
    let all = taken(several.as_bytes(), &Reading::default());
    let got: Vec<(&str, &str)> = all.iter().map(|c| (c[0].as_str(), c[1].as_str())).collect();
    assert_eq!(
        got,
        [
            ("a@example.com", "Anna"),
            ("b@example.com", "Anna"),
            ("c@example.com", "Bert"),
            ("d@example.com", "Bert")
        ]
    );
}

#[test]
fn every_row_is_told_of_and_one_wrong_one_leaves_the_book_as_it_was() {
    let till = Till::at(1);
    let file = till.folder.path().join("book.csv");
    let text = "E-Mail;Name\nanna@example.com;Anna\n;Nur Telefon\nbert@@example.com;Bert\nc@example.com;C\n";
    std::fs::write(&file, text).unwrap();
    let import = |more: &[&str]| {
        run(till.app.data(), &[&["contacts", "import", file.to_str().unwrap(), "--json"], more].concat())
    };
    let refused = import(&[]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let report = refused.json();
    let outcomes: Vec<(u64, &str)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["row"].as_u64().unwrap(), row["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes, [(2, "new"), (3, "skipped"), (4, "refused"), (5, "new")]);
    assert!(report["rows"][2]["problem"].as_str().unwrap().contains("bert@@example.com"));
    assert!(till.app.contacts("", 9).unwrap().is_empty());
    assert_eq!(import(&["--skip-bad"]).code, 0);
    assert_eq!(till.app.contacts("", 9).unwrap().len(), 2);
    // Who has no e-mail address is no reason to refuse the others.
    std::fs::write(&file, text.replace("bert@@", "bert@")).unwrap();
    let done = import(&[]);
    assert_eq!((done.code, &done.json()["skipped"]), (0, &serde_json::json!(1)));
    assert_eq!(till.app.contacts("", 9).unwrap().len(), 3);
}

/// Names come from buyers in a web shop by themselves: a spreadsheet must not calculate with them.
#[test]
fn a_spreadsheet_takes_no_name_for_a_formula_and_the_book_reads_them_back() {
    let till = Till::at(1);
    let names =
        ["=HYPERLINK(\"http://x.example\",\"Anna\")", "@SUM(1)", "+cmd|'/C calc'!A0", "'=quoted", "'t Hooft"];
    for (n, name) in names.iter().enumerate() {
        let shape = tillpost::wire::ContactShape {
            address: format!("{n}@example.com"),
            name: Some((*name).to_owned()),
            phone: Some("+44 (20) 7946-0000".into()),
            note: Some(format!("-{name}")),
            ..Default::default()
        };
        till.app.write_contact(&shape).unwrap();
    }
    let export = |data: &std::path::Path| run(data, &["contacts", "export", "-"]).ok().out;
    let table = export(till.app.data());
    for cell in table.lines().skip(1).flat_map(|line| line.split(',')) {
        let begin = cell.trim_start_matches('"').chars().next();
        assert!(!begin.is_some_and(|c| "=@-".contains(c)), "{cell}");
    }
    assert!(table.contains(",'+cmd|") && table.contains(",+44 (20) 7946-0000,"), "{table}");
    let other = Till::at(1);
    other.app.import_contacts(table.as_bytes(), &Reading::default(), Import::All).unwrap();
    let mut back: Vec<_> = other.app.contacts("", 9).unwrap();
    back.sort_by(|a, b| a.address.cmp(&b.address));
    let back: Vec<_> = back.into_iter().map(|c| c.name.unwrap()).collect();
    assert_eq!(back, names);
    assert_eq!(export(other.app.data()), table);
}

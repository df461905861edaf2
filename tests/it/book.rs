//! The address book: what it learns, finds, takes in and gives out.

use tillpost::app::{BookForm, Import};
use tillpost::domain::words;
use tillpost::wire::{ContactShape, Reading};

use crate::program::{invoice, run};
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::Till;

fn found(till: &Till, text: &str) -> Vec<String> {
    till.app.suggest(text, 20).unwrap().into_iter().map(|c| c.address).collect()
}

fn write(till: &Till, address: &str, change: impl FnOnce(&mut ContactShape)) {
    let mut shape = ContactShape { address: address.to_owned(), ..ContactShape::default() };
    change(&mut shape);
    till.app.write_contact(&shape).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_book_learns_from_what_was_accepted_and_a_written_name_wins() {
    let server = Scripted::start(Script::new(|moment| {
        let refused = moment.at == At::Rcpt && moment.line.contains("gmial.com");
        if refused { say("550 5.1.1 no such user") } else { Act::Usual }
    }))
    .await;
    let till = Till::at(server.address.port());
    write(&till, "aaron@example.com", |_| ());
    write(&till, "anna@example.com", |c| c.name = Some("Anna Müller-Łuk".into()));
    till.send(&["ANNA K <anna@example.com>"]);
    till.send(&["Bert <bert@gmial.com>"]);
    till.send(&["c@example.com", "anna@example.com"]);
    assert!(till.app.contact("c@example.com").unwrap().uses == 0, "typed, not accepted yet");
    till.flush().await;
    let anna = till.app.contact("Anna@Example.com").unwrap();
    assert_eq!((anna.uses, anna.name.as_deref()), (2, Some("Anna Müller-Łuk")));
    let bert = till.app.contact("bert@gmial.com").unwrap();
    assert!(bert.refusal.as_ref().unwrap().contains("no such user"));
    assert_eq!(till.app.meant("bert@gmial.com").unwrap().as_deref(), Some("bert@gmail.com"));
    // The often used first, the refused last.
    let best = ["anna@example.com", "c@example.com", "aaron@example.com", "bert@gmial.com"];
    assert_eq!(found(&till, ""), best);
    assert_eq!(found(&till, "example"), best[..3]);
    let listed = run(till.app.data(), &["contacts", "list"]).out;
    let says = |address: &str| listed.lines().find(|line| line.starts_with(address)).unwrap().to_owned();
    assert!(says("bert@").contains("no such user; perhaps bert@gmail.com"), "{listed}");
    assert!(!says("anna@").contains("nothing was sent"), "{listed}");
    let added = run(till.app.data(), &["contacts", "add", "Dora <dora@gmial.com>"]).out;
    assert!(added.contains("perhaps dora@gmail.com is meant"), "{added}");
    assert_eq!(run(till.app.data(), &["contacts", "search", "dora", "--json"]).json()[0]["source"], "hand");
    let listed = run(till.app.data(), &["contacts", "search", "bert", "--json"]);
    assert!(listed.out.contains("\"correction\": \"bert@gmail.com\""), "{}", listed.out);
}

#[test]
fn people_are_found_by_what_one_remembers() {
    let till = Till::at(1);
    write(&till, "anna@example.com", |c| {
        c.name = Some("Anna Müller-Łuk".into());
        c.company = Some("Größe & O'Brien".into());
        c.customer_number = Some("K-1007".into());
        c.phone = Some("+49 171 2345678".into());
    });
    write(&till, "zed@shop.example", |c| c.name = Some("Zed".into()));
    for text in [
        "ann",
        "MULLER",
        "luk",
        "mül an",
        "grosse",
        "obri",
        "k 1007",
        "1007",
        "0171 23",
        "+49171",
        "example.com",
        "anna@ex",
    ] {
        assert_eq!(found(&till, text), ["anna@example.com"], "{text}");
    }
    for text in ["ann zed", "uller", "NOT zed*", "anna OR zed"] {
        assert!(!found(&till, text).contains(&"zed@shop.example".to_owned()), "{text}");
    }
    till.app.disable("@example.com", "").unwrap();
    assert!(found(&till, "ann").is_empty(), "a disabled address is suggested");
    assert_eq!(till.app.contacts("ann", 5).unwrap().len(), 1, "and still in the book");
    write(&till, "anna@example.com", |c| (c.name, c.company) = (Some("Eve".into()), Some(String::new())));
    assert!(
        till.app.contacts("luk", 5).unwrap().is_empty() && till.app.contacts("grosse", 5).unwrap().is_empty()
    );
    assert_eq!(till.app.contacts("eve", 5).unwrap().len(), 1);
    let merged = till.app.merge_contacts("zed@shop.example", "anna@example.com").unwrap();
    assert_eq!(
        (merged.name.as_deref(), merged.details.customer_number.as_deref()),
        (Some("Zed"), Some("K-1007"))
    );
    assert_eq!(found(&till, "1007"), ["zed@shop.example"]);
    till.app.erase_person("zed@shop.example").unwrap();
    assert!(till.app.contacts("", 5).unwrap().is_empty() && found(&till, "zed").is_empty());
}

/// The same three lists as a look at every contact gives: first letters that many share and words that few
/// have, alone and together, in the order of use.
#[test]
fn what_is_found_is_what_a_look_at_every_contact_finds() {
    let till = Till::at(1);
    let mut book = String::from("address,name,company,phone\n");
    for n in 0..1500 {
        let name = ["Anna", "Annika", "Anne-Marie", "Ängström"][n % 4];
        let town = ["Hamburg", "Hamm", "Hameln", "Hannover"][n / 4 % 4];
        book += &format!("p{n}@firm{}.example,{name} {town},Company {},+49 171 {n:05}\n", n % 37, n % 211);
    }
    till.app.import_contacts(book.as_bytes(), &Reading::default(), Import::All).unwrap();
    let sql = rusqlite::Connection::open(till.app.data().join("tillpost.db")).unwrap();
    sql.execute(
        "UPDATE contact SET rank_ms = 1790000000000 + id * 7919 % 100000 * 1000 WHERE id % 9 = 4",
        [],
    )
    .unwrap();
    sql.execute("UPDATE contact SET rank_ms = -1000, refusal = 'no' WHERE id % 50 = 3", []).unwrap();
    let mut all = sql.prepare("SELECT address, words FROM contact ORDER BY rank_ms DESC, id").unwrap();
    let all: Vec<(String, String)> =
        all.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect();
    for text in [
        "a",
        "an",
        "ann",
        "anna",
        "annik",
        "ham",
        "hamb",
        "hameln anni",
        "marie hamm",
        "comp",
        "company 21",
        "company 210",
        "firm3",
        "firm36 angstrom",
        "example",
        "171",
        "0171 014",
        "0171 01499",
        "zzz",
        "annaz",
        "annaz company",
        "company anna hamburg 17",
        "p14 firm",
        "hannover company 9 ann exam",
    ] {
        let typed = words::typed(text);
        let fits = |has: &str| typed.iter().all(|word| has.contains(&format!(" {word}")));
        let want: Vec<&str> = all.iter().filter(|(_, has)| fits(has)).map(|(a, _)| a.as_str()).collect();
        for most in [1, 20, 700] {
            let got = till.app.contacts(text, most).unwrap();
            let got: Vec<&str> = got.iter().map(|c| c.address.as_str()).collect();
            assert_eq!(got, want[..want.len().min(most as usize)], "{text:?}, {most}");
        }
    }
    // The index gives its rows in this order; nothing is sorted.
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/contacts.rs")).unwrap();
    let query = source.split('"').find(|text| text.starts_with("SELECT rowid FROM contact_words")).unwrap();
    let mut plan = sql.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
    let plan = plan.query_map(rusqlite::params!["\"an\"*", 9], |r| r.get("detail")).unwrap();
    let plan: Vec<String> = plan.map(Result::unwrap).collect();
    assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:?}");
}

#[test]
fn a_documents_recipients_come_from_the_customers_roles() {
    let till = Till::at(1);
    for (address, roles) in [
        ("anna@example.com", vec![]),
        ("bills@example.com", vec!["billing"]),
        ("bench@example.com", vec!["workshop"]),
        ("books@tax.example", vec!["accountant"]),
    ] {
        write(&till, address, |c| {
            c.customer_number = Some("7".into());
            c.roles = Some(roles.into_iter().map(str::to_owned).collect());
        });
    }
    till.app.add_copy_rule("boss@till.example", "7", "invoice").unwrap();
    till.app.add_copy_rule("other@till.example", "8", "").unwrap();
    let mut document = invoice();
    document["buyer"]["email"] = "anna@example.com".into();
    document["mail"] = serde_json::json!({});
    let issued = till.app.issue(tillpost::wire::parse(document.to_string().as_bytes()).unwrap()).unwrap();
    let got: Vec<(&str, &str)> =
        issued.mails[0].recipients.iter().map(|r| (r.address.as_str(), r.role.word())).collect();
    assert_eq!(
        got,
        [("bills@example.com", "to"), ("books@tax.example", "cc"), ("boss@till.example", "own_copy")]
    );
}

#[test]
fn an_import_is_whole_or_nothing_and_reports_every_row() {
    let till = Till::at(1);
    write(&till, "anna@example.com", |c| c.name = Some("Anna by hand".into()));
    let book = "E-Mail-Adresse;Vorname;Nachname;Firma\r\nANNA@example.com;A.;Import;Größe GmbH\r\n\
                b@example.com;Bert;\"Müller; Søn\";\r\nkein;X;Y;\r\n";
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(book);
    let reading = Reading::default();
    for how in [Import::DryRun, Import::All] {
        let view = till.app.import_contacts(&windows, &reading, how).unwrap();
        assert_eq!((view.new, view.changed, view.refused, view.stored), (1, 1, 1, false));
        assert_eq!((view.rows[2].row, view.rows[2].outcome), (4, "refused"));
        assert!(view.rows[2].problem.as_ref().unwrap().contains("no @"));
    }
    assert_eq!(till.app.contacts("", 9).unwrap().len(), 1);
    let view = till.app.import_contacts(&windows, &reading, Import::GoodRows).unwrap();
    assert!(view.stored && view.refused == 1);
    let anna = till.app.contact("anna@example.com").unwrap();
    assert_eq!(
        (anna.name.as_deref(), anna.details.company.as_deref()),
        (Some("Anna by hand"), Some("Größe GmbH"))
    );
    assert_eq!(till.app.contact("b@example.com").unwrap().name.as_deref(), Some("Bert Müller; Søn"));
    let again = till.app.import_contacts(&windows, &reading, Import::GoodRows).unwrap();
    assert_eq!((again.same, again.changed), (2, 0));
    for (bytes, why) in [
        (b"Name,Phone\nx,1\n".as_slice(), "no column holds e-mail addresses"),
        (b"BEGIN:VCARD\nVERSION:4.0\nnonsense\n", "card"),
    ] {
        let outcome = till.app.import_contacts(bytes, &reading, Import::All);
        assert!(
            outcome.as_ref().is_err_and(|e| e.to_string().contains(why))
                || outcome.is_ok_and(|v| !v.stored || v.new == 0)
        );
    }
    let mapped = Reading { encoding: None, columns: vec![("address".into(), "Second".into())] };
    let view = till
        .app
        .import_contacts(b"email\tSecond\nx@example.com\ty@example.com\n", &mapped, Import::All)
        .unwrap();
    assert_eq!(view.rows[0].address, "y@example.com");
}

#[test]
fn what_is_exported_comes_back_as_it_was() {
    let till = Till::at(1);
    write(&till, "anna@example.com", |c| {
        c.name = Some("Anna, \"die\" Müller; 日本".into());
        c.company = Some("Größe; Söhne, Ltd".into());
        c.customer_number = Some("K-7".into());
        c.language = Some("de-AT".into());
        c.phone = Some("+49 171 2345678".into());
        c.note = Some("first line\nsecond, line".into());
    });
    write(&till, "b@example.com", |_| {});
    let details = |till: &Till| {
        let all = till.app.contacts("", 9).unwrap();
        let mut all: Vec<_> = all.into_iter().map(|c| (c.address, c.name, c.details)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    for form in [BookForm::Csv, BookForm::VCard3, BookForm::VCard4] {
        let bytes = till.app.export_contacts(form).unwrap();
        let other = Till::at(1);
        let view = other.app.import_contacts(&bytes, &Reading::default(), Import::All).unwrap();
        assert_eq!((view.new, view.stored), (2, true), "{form:?}");
        let mut got = details(&other);
        if form != BookForm::Csv {
            // A card needs a name; one without has its address there.
            assert_eq!(got[1].1.take().as_deref(), Some("b@example.com"));
        }
        assert_eq!(got, details(&till), "{form:?}:\n{}", String::from_utf8_lossy(&bytes));
    }
}

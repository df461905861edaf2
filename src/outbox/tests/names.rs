//! Names that are taken, too long, or used again: no file is ever taken for another drop's.

use super::*;

/// A drop with one attachment, refused or taken.
fn with_attachment(place: &Place, stem: &str, content: &[u8]) -> Drop {
    place.put(&format!("{stem}.json"), format!("{{\"kind\":\"{stem}\"}}").as_bytes());
    place.put("inv.txt", content);
    let mut taken = place.scan().claimed.remove(0);
    taken.attach("inv.txt").unwrap();
    taken
}

fn read(path: impl AsRef<Path>) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn a_refused_drop_keeps_its_own_files_whatever_their_names_became() {
    let place = place();
    with_attachment(&place, "sale", b"Anna's").failed("No.").unwrap();
    with_attachment(&place, "sale", b"Bob's").failed("No.").unwrap();
    // One that names a file which did not come.
    place.put("late.json", DOCUMENT);
    place.scan().claimed.remove(0).failed("No.").unwrap();
    let dir = place.dir.path();
    let of = |name: &str| {
        came_with(dir, name).into_iter().map(|(name, path)| (name, read(path))).collect::<Vec<_>>()
    };
    assert_eq!(of("sale"), [("inv.txt".to_owned(), b"Anna's".to_vec())]);
    assert_eq!(of("sale-2"), [("inv.txt".to_owned(), b"Bob's".to_vec())]);
    assert_eq!(of("late"), []);
    // Not while another's file has one of the names.
    place.put("inv.txt", b"Carol's");
    let refused = try_again(dir, "sale-2").unwrap_err();
    assert!(matches!(&refused, OutboxError::Taken(name) if name == "inv.txt"), "{refused}");
    assert_eq!(of("sale-2").len(), 1, "it was moved by half");
    fs::remove_file(place.path("inv.txt")).unwrap();
    place.put("sale.pdf", PDF);
    assert!(try_again(dir, "sale-2").is_err(), "another's page would be taken for its own");
    fs::remove_file(place.path("sale.pdf")).unwrap();
    assert!(try_again(dir, "sale-2").unwrap());
    assert_eq!((read(place.path("inv.txt")), read(place.path("sale.json")).len()), (b"Bob's".to_vec(), 15));
    assert!(place.path("failed/done/sale.error.txt").exists() && place.path("failed/sale.json").exists());
    // Set aside, it takes all that is its own along.
    assert!(set_aside(dir, "sale").unwrap() && set_aside(dir, "late").unwrap());
    assert_eq!(place.names("failed"), ["done"]);
    assert_eq!(read(place.path("failed/done/inv-2.txt")), b"Anna's");
    assert!(!try_again(dir, "sale").unwrap() && !set_aside(dir, "sale").unwrap());
}

#[test]
fn what_names_somebody_is_found_with_its_own_files_alone() {
    let place = place();
    let drop = |stem: &str, who: &str| {
        let json = format!("{{\"mail\":{{\"to\":[\"{who}@example.com\"]}},\"attachments\":[\"inv.txt\"]}}");
        place.put(&format!("{stem}.json"), json.as_bytes());
        place.put("inv.txt", who.as_bytes());
        let mut taken = place.scan().claimed.remove(0);
        taken.attach("inv.txt").unwrap();
        taken
    };
    drop("sale", "anna").queued().unwrap();
    drop("sale", "bob").queued().unwrap();
    drop("sale-2", "carol").queued().unwrap();
    drop("x", "anna").failed("No.").unwrap();
    drop("y", "bob").failed("No.").unwrap();
    set_aside(place.dir.path(), "x").unwrap();
    set_aside(place.dir.path(), "y").unwrap();
    drop("z", "dora").wait();
    for who in ["anna", "bob", "carol"] {
        let address = crate::domain::EmailAddress::parse(&format!("{who}@example.com")).unwrap();
        let found = naming(place.dir.path(), &address);
        let texts = found.finished.iter().filter(|path| path.to_string_lossy().ends_with(".txt"));
        let whose: Vec<_> = texts.map(|path| String::from_utf8(read(path)).unwrap()).collect();
        let attached: Vec<_> = whose.iter().filter(|text| !text.contains("not taken")).collect();
        assert!(!attached.is_empty() && attached.iter().all(|text| *text == who), "{who}: {whose:?}");
        assert_eq!(found.waiting, 0);
    }
    let address = crate::domain::EmailAddress::parse("dora@example.com").unwrap();
    assert_eq!(naming(place.dir.path(), &address), Named { finished: vec![], waiting: 1 });
}

#[test]
fn no_file_is_laid_where_it_would_become_part_of_another_drop() {
    let place = place();
    place.put("m.json", DOCUMENT);
    place.put("x.pdf", PDF);
    let mut taken = place.scan().claimed.remove(0);
    taken.attach("x.pdf").unwrap();
    taken.failed("No.").unwrap();
    place.put("x.json", DOCUMENT);
    place.scan().claimed.remove(0).failed("No.").unwrap();
    assert_eq!(file_of(place.dir.path(), "x", "pdf"), Some(place.path("failed/x.pdf")));
    assert_eq!(came_with(place.dir.path(), "x-2"), []);
    assert!(place.path("failed/x-2.json").exists(), "{:?}", place.names("failed"));
    // And a drop cannot name itself.
    place.put("s.json", DOCUMENT);
    let mut taken = place.scan().claimed.remove(0);
    place.put("s.json", DOCUMENT);
    assert!(matches!(taken.attach("s.json"), Err(OutboxError::BadName(_))));
    place.put("s.error.txt", b"mine");
    taken.attach("s.error.txt").unwrap();
    taken.failed("No.").unwrap();
    assert!(
        fs::read_to_string(place.path("failed/s.error.txt")).unwrap().starts_with("s.json was not taken")
    );
    let files = came_with(place.dir.path(), "s");
    assert_eq!((files.len(), files[0].0.as_str(), read(&files[0].1)), (1, "s.error.txt", b"mine".to_vec()));
}

#[test]
fn a_crash_between_two_moves_keeps_a_drops_files_together() {
    let place = place();
    with_attachment(&place, "a", b"Anna's").failed("No.").unwrap();
    let claim = |place: &Place| {
        drop_it(with_attachment(place, "b", b"Bob's"));
        let owner = place.path("processing").join(&place.names("processing")[0]);
        owner.join(&names_in(&owner)[0])
    };
    // Its attachment and its sentence were moved, the rest was not.
    let left = claim(&place);
    let text = refused::sentence("b.json", "No.", ["inv.txt"].into_iter());
    fs::write(place.path("failed/b-2.error.txt"), text).unwrap();
    let ending = left.with_file_name(format!("{}.failed-2", left.file_name().unwrap().to_string_lossy()));
    fs::rename(&left, &ending).unwrap();
    fs::rename(ending.join("attached/inv.txt"), place.path("failed/inv-2.txt")).unwrap();
    assert!(place.scan().claimed.is_empty());
    assert!(place.path("failed/b-2.json").exists(), "{:?}", place.names("failed"));
    let files = came_with(place.dir.path(), "b-2");
    assert_eq!(read(&files[0].1), b"Bob's");
}

#[test]
fn what_could_not_be_claimed_whole_goes_back_under_its_own_name_or_waits_for_it() {
    let place = place();
    let owner = place.path("processing").join(&place.names("processing")[0]);
    fs::create_dir_all(owner.join("x.back/main")).unwrap();
    fs::write(owner.join("x.back/main/a.json"), b"{\"kind\":\"old\"}").unwrap();
    place.put("a.json", DOCUMENT);
    let mut scan = place.scan();
    assert_eq!(claimed(&scan), ["a.json"]);
    assert_eq!(scan.claimed.remove(0).read_json(100).unwrap().as_bytes(), DOCUMENT);
    assert_eq!(place.scan().claimed.len(), 2, "the other one is there too now");
}

#[test]
fn the_longest_name_holds_up_nobody() {
    let mut place = place();
    let stem = "ż".repeat(125);
    place.put(&format!("{stem}.json"), b"{\"kind\":\"invo");
    place.scan();
    place.put("good.json", DOCUMENT);
    let scan = place.later(60);
    assert_eq!((claimed(&scan), scan.refused.len()), (vec!["good.json"], 1));
    let failed = place.names("failed");
    let name = failed.iter().find_map(|name| name.strip_suffix(".error.txt")).unwrap();
    assert!(failed.contains(&format!("{name}.json")), "{failed:?}");
    assert!(try_again(place.dir.path(), name).unwrap());
    assert!(place.path(&format!("{stem}.json")).exists(), "it has its own name again");
}

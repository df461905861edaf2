//! What becomes of a drop once it is claimed, also across a crash.

use std::collections::BTreeMap;

use super::*;

#[test]
fn attachments_are_taken_by_plain_name_only() {
    let place = place();
    let outside = place.dir.path().parent().unwrap().join("tillpost-outside.txt");
    place.put("order.json", br#"{"mail":{},"attachments":["x.jpg"]}"#);
    place.put("x.jpg", b"jpeg");
    let mut taken = place.scan().claimed.remove(0);
    for bad in [
        "",
        ".",
        "..",
        "../tillpost-outside.txt",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:x",
        "C:\\x",
        "x.jpg:s",
        "processing/scan.lock",
        ".hidden",
        "a\0b",
        "x.jpg ",
        "x.jpg.",
    ] {
        assert!(matches!(taken.attach(bad), Err(OutboxError::BadName(_))), "{bad:?} was taken");
    }
    assert!(matches!(taken.attach("queued"), Err(OutboxError::NotAFile(_))));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", place.path("link.txt")).unwrap();
        assert!(matches!(taken.attach("link.txt"), Err(OutboxError::NotAFile(_))));
    }
    let huge = File::create(place.path("huge.bin")).unwrap();
    huge.set_len(LARGEST_FILE + 1).unwrap();
    huge.set_times(FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(60))).unwrap();
    drop_it(huge);
    assert!(matches!(taken.attach("huge.bin"), Err(OutboxError::TooLarge { .. })));
    let path = taken.attach("x.jpg").unwrap();
    assert_eq!(taken.attach("x.jpg").unwrap(), path, "named twice");
    assert_eq!(taken.read_attachment(&path, 10).unwrap(), b"jpeg");
    taken.queued().unwrap();
    assert_eq!(place.names("queued"), ["order.json", "x.jpg"]);
    assert!(!outside.exists());
}

#[test]
fn a_drop_whose_attachment_is_late_waits_with_what_it_has_and_keeps_its_age() {
    let mut place = place();
    let json = br#"{"mail":{},"attachments":["a.jpg","b.pdf"]}"#;
    place.put("order.json", json);
    place.put("a.jpg", b"jpeg");
    let mut taken = place.scan().claimed.remove(0);
    taken.attach("a.jpg").unwrap();
    assert!(matches!(taken.attach("b.pdf"), Err(OutboxError::NotYet(_))));
    taken.wait();
    assert_eq!(in_hand(place.dir.path()), 2);
    // Its writer sees it gone and uses the names again.
    place.put("order.json", DOCUMENT);
    place.put("a.jpg", b"another");
    let scan = place.scan();
    assert_eq!(claimed(&scan), ["order.json"], "the one that waits rests for a moment");
    assert_eq!(scan.claimed[0].read_json(100).unwrap().as_bytes(), DOCUMENT);
    scan.claimed.into_iter().for_each(|other| drop_it(other.queued().unwrap()));
    place.put("b.pdf", b"%PDF half");
    let mut taken = place.later(30).claimed.remove(0);
    assert!(matches!(taken.attach("b.pdf"), Err(OutboxError::NotYet(_))), "incomplete");
    taken.wait();
    place.put("b.pdf", PDF);
    let mut taken = place.later(30).claimed.remove(0);
    assert_eq!(taken.age(place.now), PATIENCE);
    let path = taken.attach("a.jpg").unwrap();
    assert_eq!(taken.read_attachment(&path, 10).unwrap(), b"jpeg");
    taken.attach("b.pdf").unwrap();
    assert_eq!(taken.attachments().len(), 2);
    taken.failed("Because.").unwrap();
    assert_eq!(place.names("failed"), ["a.jpg", "b.pdf", "order.error.txt", "order.json"]);
    assert_eq!(fs::read(place.path("a.jpg")).unwrap(), b"another");
}

#[test]
fn nothing_is_overwritten() {
    let place = place();
    for turn in 0..3 {
        place.put("a.json", format!("{{\"kind\":{turn}}}").as_bytes());
        place.put("a.pdf", PDF);
        let taken = place.scan().claimed.remove(0);
        let end = taken.queued().unwrap();
        assert_eq!(fs::read_to_string(end).unwrap(), format!("{{\"kind\":{turn}}}"));
    }
    let want = ["a-2.json", "a-2.pdf", "a-3.json", "a-3.pdf", "a.json", "a.pdf"];
    assert_eq!(place.names("queued"), want);
    for turn in 0..2 {
        place.put("b.json", DOCUMENT);
        place.scan().claimed.remove(0).failed(&format!("Reason {turn}.")).unwrap();
    }
    assert_eq!(place.names("failed"), ["b-2.error.txt", "b-2.json", "b.error.txt", "b.json"]);
    let error = fs::read_to_string(place.path("failed/b-2.error.txt")).unwrap();
    assert!(error.contains("Reason 1."));
}

#[test]
fn the_same_contents_have_the_same_hash_and_others_another() {
    let place = place();
    let mut hashes = BTreeMap::new();
    for (name, content) in [("a.json", DOCUMENT), ("b.json", DOCUMENT), ("c.json", br#"{"kind":1}"#)] {
        place.put(name, content);
        let taken = place.scan().claimed.remove(0);
        hashes.insert(name, taken.sha256().unwrap());
        taken.queued().unwrap();
    }
    assert_eq!(hashes["a.json"], hashes["b.json"]);
    assert_ne!(hashes["a.json"], hashes["c.json"]);
    place.put("d.json", br#"{"kind":1,"attachments":["x.jpg"]}"#);
    place.put("x.jpg", b"jpeg");
    let mut taken = place.scan().claimed.into_iter().find(|d| d.original_name() == "d.json").unwrap();
    let before = taken.sha256().unwrap();
    taken.attach("x.jpg").unwrap();
    assert_ne!(taken.sha256().unwrap(), before);
    taken.queued().unwrap();
    // After a restart nobody knows in which order they were attached.
    place.put("e.json", br#"{"attachments":["z.jpg","a.jpg"]}"#);
    place.put("z.jpg", b"last");
    place.put("a.jpg", b"first");
    let mut taken = place.scan().claimed.remove(0);
    for name in ["z.jpg", "a.jpg"] {
        taken.attach(name).unwrap();
    }
    let before = taken.sha256().unwrap();
    drop_it(taken);
    let taken = place.scan().claimed.remove(0);
    assert_eq!((taken.attachments().len(), taken.sha256().unwrap() == before), (2, true));
}

#[test]
fn what_a_dead_program_had_claimed_is_offered_again_but_not_a_living_ones() {
    let place = place();
    place.put("a.json", SIDECAR);
    place.put("a.pdf", PDF);
    place.put("b.json", br#"{"attachments":["x.jpg"]}"#);
    place.put("x.jpg", b"jpeg");
    let mut scan = place.scan();
    scan.claimed[1].attach("x.jpg").unwrap();
    let second = Outbox::open(place.dir.path()).unwrap();
    assert!(second.scan(place.now).unwrap().claimed.is_empty(), "the first one lives");
    // Dying: the claims stay where they are, the lock goes.
    let Place { dir, outbox, now, .. } = place;
    drop_it((scan, outbox));
    let scan = second.scan(now).unwrap();
    assert_eq!(claimed(&scan), ["a.json", "b.json"]);
    assert_eq!(scan.claimed[0].read_pdf(1000).unwrap(), PDF);
    assert_eq!(scan.claimed[1].attachments().len(), 1);
    for taken in scan.claimed {
        taken.queued().unwrap();
    }
    assert_eq!(names_in(&dir.path().join("queued")), ["a.json", "a.pdf", "b.json", "x.jpg"]);
    assert_eq!(names_in(&dir.path().join("processing")).len(), 3, "the dead one's folder is still there");
}

#[test]
fn a_drop_let_go_is_offered_again() {
    let place = place();
    place.put("a.json", DOCUMENT);
    drop_it(place.scan());
    let scan = place.scan();
    assert_eq!(claimed(&scan), ["a.json"]);
    assert!(place.scan().claimed.is_empty(), "offered while it is held");
}

#[test]
fn a_crash_in_the_middle_of_an_end_is_carried_on() {
    for (word, want) in
        [("queued", ["queued/a.json", "queued/a.pdf"]), ("failed", ["failed/a.json", "failed/a.pdf"])]
    {
        let place = place();
        place.put("a.json", SIDECAR);
        place.put("a.pdf", PDF);
        drop_it(place.scan());
        let owner = place.path("processing").join(&place.names("processing")[0]);
        let claim = owner.join(&names_in(&owner)[0]);
        fs::write(claim.join("error.txt"), "Why.").unwrap();
        fs::rename(&claim, claim.with_extension(word)).unwrap();
        assert!(place.scan().claimed.is_empty(), "offered although it had ended");
        for path in want {
            assert!(place.path(path).exists(), "{path}");
        }
        assert_eq!(place.path("failed/a.error.txt").exists(), word == "failed");
        assert!(names_in(&owner).is_empty());
    }
    // Before the claim was complete: the PDF had been moved, its JSON not.
    let place = place();
    place.put("a.json", SIDECAR);
    place.put("a.pdf", PDF);
    let owner = place.path("processing").join(&place.names("processing")[0]);
    fs::create_dir_all(owner.join("x.back/main")).unwrap();
    fs::rename(place.path("a.pdf"), owner.join("x.back/main/a.pdf")).unwrap();
    let scan = place.scan();
    assert_eq!(claimed(&scan), ["a.json"]);
    assert!(scan.claimed[0].pdf().is_some());
}

#[test]
fn folders_removed_while_it_runs_are_made_again() {
    let place = place();
    for sub in ["processing", "queued", "failed"] {
        fs::remove_dir_all(place.path(sub)).unwrap();
    }
    place.put("a.json", DOCUMENT);
    let scan = place.scan();
    let second = Outbox::open(place.dir.path()).unwrap();
    assert!(second.scan(place.now).unwrap().claimed.is_empty(), "its claim was taken over");
    scan.claimed.into_iter().next().unwrap().queued().unwrap();
    assert_eq!(place.names("queued"), ["a.json"]);
}

//! The folder as programs and people use it. Time is passed in; nothing waits.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use tempfile::TempDir;

use super::*;

mod ends;
mod names;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n%%EOF\n";
const DOCUMENT: &[u8] = br#"{"kind":"invoice","lines":[]}"#;
const SIDECAR: &[u8] = br#"{"mail":{"to":["a@b.cc"]}}"#;

struct Place {
    dir: TempDir,
    outbox: Outbox,
    now: Instant,
    wall: SystemTime,
}

fn place() -> Place {
    let dir = TempDir::new().unwrap();
    Place { outbox: Outbox::open(dir.path()).unwrap(), now: Instant::now(), wall: SystemTime::now(), dir }
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a file there as a good program does, last changed an hour ago.
    fn put(&self, name: &str, content: &[u8]) {
        let draft = self.path(".draft");
        let mut file = File::create(&draft).unwrap();
        file.write_all(content).unwrap();
        let times = FileTimes::new().set_modified(self.wall - Duration::from_secs(3600));
        file.set_times(times).unwrap();
        drop_it(file);
        fs::rename(&draft, self.path(name)).unwrap();
    }

    fn scan(&self) -> Scan {
        self.outbox.scan(self.now).unwrap()
    }

    fn later(&mut self, seconds: u64) -> Scan {
        self.now += Duration::from_secs(seconds);
        self.scan()
    }

    fn names(&self, sub: &str) -> Vec<String> {
        names_in(&self.path(sub))
    }
}

fn drop_it<T>(_: T) {}

fn names_in(dir: &Path) -> Vec<String> {
    let names = claim::children(dir).unwrap();
    names.iter().map(|n| n.to_string_lossy().into_owned()).collect()
}

fn claimed(scan: &Scan) -> Vec<&str> {
    scan.claimed.iter().map(Drop::original_name).collect()
}

#[test]
fn a_file_renamed_into_place_is_taken_and_a_draft_is_not() {
    let place = place();
    place.put("order.json", DOCUMENT);
    place.put("Mail.EML", b"Subject: x\r\n\r\nbody");
    for draft in [".order.json", "~order.json", "order.json.tmp", "a.json.part", "b.pdf.CRDOWNLOAD"] {
        place.put(draft, DOCUMENT);
    }
    place.put("photo.jpg", b"x");
    let scan = place.scan();
    assert_eq!(claimed(&scan), ["Mail.EML", "order.json"]);
    assert!(!scan.pending && scan.refused.is_empty());
    assert_eq!(scan.claimed[1].read_json(100).unwrap().as_bytes(), DOCUMENT);
    assert_eq!(scan.claimed[0].read_eml(100).unwrap(), b"Subject: x\r\n\r\nbody");
    assert!(matches!(scan.claimed[1].read_json(5), Err(OutboxError::TooLarge { .. })));
    assert!(claimed(&place.scan()).is_empty(), "taken twice");
    for taken in scan.claimed {
        taken.queued().unwrap();
    }
    assert_eq!(place.names("queued"), ["Mail.EML", "order.json"]);
    assert!(claimed(&place.scan()).is_empty());
}

#[cfg(any(target_os = "linux", windows))]
#[test]
fn a_file_somebody_writes_is_never_taken() {
    let mut place = place();
    let mut file = File::create(place.path("slow.json")).unwrap();
    file.write_all(b"{\"kind\":").unwrap();
    assert!(place.scan().pending);
    file.write_all(b"\"invoice\"}").unwrap();
    assert!(claimed(&place.scan()).is_empty(), "complete, but still open");
    assert!(place.later(3600).claimed.is_empty(), "taken or failed while open");
    assert!(place.names("failed").is_empty());
    drop_it(file);
    assert_eq!(claimed(&place.scan()), ["slow.json"]);
}

#[test]
fn what_breaks_off_waits_a_minute_and_then_fails() {
    let mut place = place();
    place.put("half.json", b"{\"kind\":\"invo");
    place.put("empty.json", b"");
    place.put("zeros.json", b"{\"kind\":1,\0\0\0\0");
    place.put("half.eml", b"Subject: x\r\nTo: y");
    place.put("cut.pdf", b"%PDF-1.7\n1 0 obj");
    place.put("wrong.json", b"{\"kind\":]}");
    let scan = place.scan();
    assert_eq!(claimed(&scan), ["wrong.json"], "its reader says what is wrong with it");
    assert!(scan.pending && scan.refused.is_empty());
    assert!(place.later(59).refused.is_empty());
    let scan = place.later(1);
    assert_eq!(scan.refused.len(), 5);
    for refused in &scan.refused {
        assert!(refused.reason.contains("not complete"), "{refused:?}");
        let stem = refused.name.split('.').next().unwrap();
        assert!(place.names("failed").iter().any(|n| n.starts_with(stem) && n.ends_with(".error.txt")));
    }
    let error = fs::read_to_string(place.path("failed/empty.error.txt")).unwrap();
    assert!(error.starts_with("empty.json was not taken.\n\nIt is not complete"), "{error}");
    assert_eq!(fs::read(place.path("failed/cut.pdf")).unwrap(), b"%PDF-1.7\n1 0 obj");
}

#[test]
fn a_file_that_still_grows_is_given_its_minute_anew() {
    let mut place = place();
    place.put("grows.json", b"{");
    place.scan();
    place.now += Duration::from_secs(50);
    let file = OpenOptions::new().append(true).open(place.path("grows.json")).unwrap();
    file.set_times(FileTimes::new().set_modified(SystemTime::now())).unwrap();
    drop_it(file);
    place.scan();
    assert!(place.later(50).refused.is_empty());
    assert_eq!(place.later(10).refused.len(), 1);
}

#[test]
fn a_clock_that_was_set_changes_no_wait() {
    let mut place = place();
    place.put("half.json", b"{\"kind\":\"invo");
    place.put("alone.pdf", PDF);
    let day = Duration::from_secs(24 * 3600);
    for name in ["half.json", "alone.pdf"] {
        let file = OpenOptions::new().append(true).open(place.path(name)).unwrap();
        file.set_times(FileTimes::new().set_modified(SystemTime::now() + day)).unwrap();
    }
    assert!(place.scan().refused.is_empty() && place.later(59).refused.is_empty());
    assert_eq!(place.later(1).refused[0].name, "half.json", "it lies there since tomorrow");
    assert!(place.later(539).refused.is_empty());
    assert_eq!(place.later(1).refused[0].name, "alone.pdf");
}

#[test]
fn a_pdf_and_its_json_are_one_drop_in_either_order() {
    for order in [["a.pdf", "a.json"], ["a.json", "a.pdf"]] {
        let place = place();
        for name in order {
            assert!(claimed(&place.scan()).is_empty(), "half a pair was taken");
            place.put(name, if name.ends_with("pdf") { PDF } else { SIDECAR });
        }
        let scan = place.scan();
        assert_eq!(claimed(&scan), ["a.json"]);
        let taken = scan.claimed.into_iter().next().unwrap();
        assert_eq!(taken.read_pdf(1000).unwrap(), PDF);
        taken.queued().unwrap();
        assert_eq!(place.names("queued"), ["a.json", "a.pdf"]);
    }
}

#[test]
fn words_without_their_pdf_are_offered_alone_after_a_minute() {
    let mut place = place();
    place.put("a.json", SIDECAR);
    assert!(claimed(&place.scan()).is_empty());
    let scan = place.later(60);
    assert_eq!(claimed(&scan), ["a.json"]);
    assert!(scan.claimed[0].pdf().is_none());
}

#[test]
fn a_json_waits_for_the_end_of_its_pdf() {
    let place = place();
    place.put("a.pdf", b"%PDF-1.7 half");
    place.put("a.json", DOCUMENT);
    assert!(claimed(&place.scan()).is_empty());
    place.put("a.pdf", PDF);
    assert_eq!(claimed(&place.scan()), ["a.json"]);
}

#[test]
fn a_pdf_alone_fails_after_ten_minutes() {
    let mut place = place();
    place.put("alone.pdf", PDF);
    assert!(!place.scan().pending);
    assert!(place.later(599).refused.is_empty());
    let scan = place.later(1);
    assert_eq!(scan.refused[0].name, "alone.pdf");
    assert!(scan.refused[0].reason.contains("alone.json"));
    assert_eq!(place.names("failed"), ["alone.error.txt", "alone.pdf"]);
}

#[test]
fn a_huge_file_fails_unread() {
    let place = place();
    let file = File::create(place.path("huge.json")).unwrap();
    file.set_len(LARGEST_FILE + 1).unwrap();
    drop_it(file);
    let scan = place.scan();
    assert!(scan.refused[0].reason.contains("larger than 30 MB"));
    let moved = fs::metadata(place.path("failed/huge.json")).unwrap();
    assert_eq!(moved.len(), LARGEST_FILE + 1);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_fail_and_nothing_behind_them_is_touched() {
    let place = place();
    let outside = TempDir::new().unwrap();
    let secret = outside.path().join("secret.json");
    fs::write(&secret, DOCUMENT).unwrap();
    std::os::unix::fs::symlink(&secret, place.path("link.json")).unwrap();
    std::os::unix::fs::symlink("/nowhere", place.path("dangling.eml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe.json")).status();
    assert!(made.unwrap().success());
    fs::create_dir(place.path("folder.json")).unwrap();
    let scan = place.scan();
    assert!(claimed(&scan).is_empty());
    assert_eq!(scan.refused.len(), 3);
    assert!(scan.refused.iter().all(|r| r.reason.contains("not a regular file")));
    assert_eq!(fs::read(&secret).unwrap(), DOCUMENT);
    let moved = fs::symlink_metadata(place.path("failed/link.json")).unwrap();
    assert!(moved.is_symlink());
}

/// Writers in four threads, good and bad ones; two programs that share the folder.
#[test]
fn every_file_is_taken_exactly_once_and_whole() {
    let dir = TempDir::new().unwrap();
    let taken = Mutex::new(Vec::new());
    let (writing, done) = (AtomicBool::new(true), Instant::now());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let outbox = Outbox::open(dir.path()).unwrap();
                loop {
                    let last = !writing.load(Ordering::SeqCst);
                    let scan = outbox.scan(done).unwrap();
                    let idle = scan.claimed.is_empty() && !scan.pending;
                    for one in scan.claimed {
                        let text = one.read_json(1000).unwrap();
                        taken.lock().unwrap().push((one.original_name().to_owned(), text));
                        one.queued().unwrap();
                    }
                    if last && idle {
                        break;
                    }
                    thread::yield_now();
                }
            });
        }
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let dir = dir.path();
                scope.spawn(move || {
                    for n in 0..125 {
                        let name = format!("{writer}-{n}.json");
                        let text = format!("{{\"kind\":\"{name}\"}}");
                        if n % 2 == 0 {
                            fs::write(dir.join(".tmp").with_extension(&name), &text).unwrap();
                            fs::rename(dir.join(".tmp").with_extension(&name), dir.join(&name)).unwrap();
                        } else {
                            let mut file = File::create(dir.join(&name)).unwrap();
                            for part in text.as_bytes().chunks(5) {
                                file.write_all(part).unwrap();
                                thread::yield_now();
                            }
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        writing.store(false, Ordering::SeqCst);
    });
    let taken = taken.into_inner().unwrap();
    assert_eq!(taken.len(), 500);
    for (name, text) in &taken {
        assert_eq!(text, &format!("{{\"kind\":\"{name}\"}}"));
    }
    let distinct: std::collections::HashSet<_> = taken.iter().map(|(name, _)| name).collect();
    assert_eq!(distinct.len(), 500);
    assert_eq!(names_in(&dir.path().join("queued")).len(), 500);
}

#[test]
fn one_scan_has_an_end() {
    let place = place();
    for n in 0..MOST_A_SCAN + 5 {
        place.put(&format!("{n}.json"), DOCUMENT);
    }
    let first = place.scan();
    assert!(first.claimed.len() == MOST_A_SCAN && first.pending);
    let second = place.scan();
    assert!(second.claimed.len() == 5 && !second.pending);
}

#[test]
fn the_watcher_wakes_for_a_file_and_for_a_folder_put_in_its_place() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("outbox");
    fs::create_dir(&folder).unwrap();
    let (woken, wakes) = mpsc::channel();
    let mut watcher = Watcher::watch(&folder, move || {
        let _ = woken.send(());
    });
    if !watcher.is_watching() {
        return; // This system has no watches left to give; that is allowed.
    }
    let patience = Duration::from_secs(10);
    fs::write(folder.join("a.json"), DOCUMENT).unwrap();
    wakes.recv_timeout(patience).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    watcher.check();
    assert!(!watcher.is_watching());
    fs::create_dir(&folder).unwrap();
    watcher.check();
    assert!(watcher.is_watching());
    while wakes.try_recv().is_ok() {}
    fs::write(folder.join("b.json"), DOCUMENT).unwrap();
    wakes.recv_timeout(patience).unwrap();
}

#[test]
fn reading_in_the_folder_does_not_wake() {
    use notify::EventKind;
    use notify::event::{AccessKind, AccessMode, CreateKind};
    for (kind, own) in [
        (EventKind::Access(AccessKind::Open(AccessMode::Any)), true),
        (EventKind::Access(AccessKind::Close(AccessMode::Read)), true),
        (EventKind::Access(AccessKind::Close(AccessMode::Write)), false),
        (EventKind::Create(CreateKind::File), false),
        (EventKind::Other, false),
    ] {
        assert_eq!(watch::is_own_reading(kind), own, "{kind:?}");
    }
}

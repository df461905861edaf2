//! What is known of the mails a process had in hand when it ended.

use std::path::PathBuf;

use proptest::test_runner::{Config, TestRunner};
use tillpost::domain::Millis;
use tillpost::domain::mail::Event;
use tillpost::store::{Claimed, Hand, Owner, Recovered, Settlement, Store, StoreError, Which};
use uuid::Uuid;

use crate::till::Till;

const NOW: Millis = Millis(2_000_000_000_000);

/// A data folder with mails waiting, and the processes that come and go on it.
struct Shop {
    till: Till,
    store: Store,
}

impl Shop {
    fn with_mails(n: usize) -> (Self, Vec<i64>) {
        let till = Till::at(9);
        let mails = (0..n).map(|_| till.send(&["anna@example.com"])).collect();
        let store = Store::open(&till.folder.path().join("data"), "test").unwrap();
        (Self { till, store }, mails)
    }

    fn data(&self) -> PathBuf {
        self.till.folder.path().join("data")
    }

    fn process(&self) -> Process<'_> {
        let owner = std::sync::Arc::new(Owner::register(&self.data(), Uuid::now_v7()).unwrap());
        Process { shop: self, owner }
    }

    fn state(&self, mail: i64) -> &'static str {
        self.till.states(mail)[0]
    }

    /// The machine starts anew; of the notes the disk kept the first `kept` lines.
    fn power_goes_out(&self, kept: usize) {
        let notes = self.notes().pop().unwrap();
        let text = std::fs::read_to_string(&notes).unwrap();
        let (boot, rest) = text.split_once('\n').unwrap();
        assert!(boot.contains("boot"));
        let rest: String = rest.split_inclusive('\n').take(kept).collect();
        std::fs::write(&notes, format!("{{\"boot\":\"another\"}}\n{rest}")).unwrap();
    }

    fn notes(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.data().join("run")).unwrap();
        entries.map(|e| e.unwrap().path()).collect()
    }
}

/// One process; [`Process::dies`] is what the operating system does when it is killed.
struct Process<'a> {
    shop: &'a Shop,
    owner: std::sync::Arc<Owner>,
}

impl Process<'_> {
    fn claim(&self) -> Vec<Claimed> {
        let owner = self.owner.clone();
        let until = NOW.plus_seconds(60);
        self.shop.store.write(move |tx| tx.claim(1, &owner, (NOW, until), Which::ALL, 100)).unwrap()
    }

    fn only(&self) -> Claimed {
        self.claim().swap_remove(0)
    }

    fn mark(&self, mail: &Claimed) {
        let (id, owner) = (mail.id, self.owner.id());
        let recipients: Vec<i64> = mail.recipients.iter().map(|r| r.id).collect();
        self.owner.marks(id).unwrap();
        let until = NOW.plus_seconds(60);
        self.shop.store.write(move |tx| tx.mark(id, owner, &recipients, until)).unwrap();
    }

    fn settlement(&self, mail: &Claimed, event: Event) -> Settlement {
        let said = Some("250 2.0.0 Ok: queued as 4XF".to_owned());
        Settlement {
            mail: mail.id,
            owner: self.owner.id(),
            recipients: mail.recipients.iter().map(|r| (r.id, event, said.clone(), NOW)).collect(),
            wait: "due",
            started: NOW,
            ended: NOW,
            result: "1 accepted".into(),
            transcript: "> DATA\n< 250 \"quoted\"\n".into(),
            learn: true,
        }
    }

    fn settle(&self, settlement: Settlement) {
        self.shop.store.write(move |tx| tx.settle(&settlement)).unwrap();
    }

    /// Ends it, and waits until its lock is free: a test beside this one may just be starting a program,
    /// which has a copy of every open file for a moment.
    fn dies(self) {
        let notes = self.shop.data().join("run").join(format!("{}.lock", self.owner.id()));
        drop(self);
        if let Ok(file) = std::fs::File::open(notes) {
            file.lock().unwrap();
        }
    }

    fn recover(&self, now: Millis) -> Recovered {
        let (data, owner) = (self.shop.data(), self.owner.clone());
        self.shop.store.write::<_, StoreError>(move |tx| tx.recover(&data, &owner, now)).unwrap()
    }
}

fn counted(found: &Recovered) -> (usize, usize, usize) {
    (found.waiting, found.uncertain, found.answered)
}

/// How far a mail came before the process was killed.
const STEPS: [&str; 5] = ["claimed", "marked", "dot", "answered", "recorded"];

fn bring(process: &Process<'_>, mail: Claimed, step: usize) -> Option<Hand> {
    if step >= 1 {
        process.mark(&mail);
    }
    if step >= 2 {
        process.owner.lets_go(mail.id).unwrap();
    }
    let settlement = process.settlement(&mail, Event::Accept);
    let mut hand = mail.hand;
    if step >= 3 {
        hand.answered(&settlement);
    }
    if step >= 4 {
        process.settle(settlement);
        hand.lays_down();
        return None;
    }
    Some(hand)
}

#[test]
fn a_killed_process_leaves_in_doubt_only_what_was_waiting_for_its_answer() {
    let (shop, mails) = Shop::with_mails(STEPS.len());
    let dead = shop.process();
    for (step, mail) in dead.claim().into_iter().enumerate() {
        bring(&dead, mail, step);
    }
    dead.dies();
    let found = shop.process().recover(NOW);
    assert_eq!(counted(&found), (2, 1, 1), "{found:?}");
    let states: Vec<_> = mails.iter().map(|id| shop.state(*id)).collect();
    assert_eq!(states, ["waiting", "waiting", "uncertain", "accepted", "accepted"]);
    let (answered, attempts) = shop.till.app.mail(mails[3]).unwrap();
    assert_eq!(answered.recipients[0].reply.as_deref(), Some("250 2.0.0 Ok: queued as 4XF"));
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].transcript, "> DATA\n< 250 \"quoted\"\n");
    assert_eq!(found.remains.len(), 1, "the notes are not needed any more");
}

/// After a power cut the notes of the last seconds may be gone: what they do not say proves nothing.
#[test]
fn after_a_power_cut_every_unanswered_mark_is_in_doubt() {
    let (shop, mails) = Shop::with_mails(4);
    let dead = shop.process();
    for (step, mail) in dead.claim().into_iter().enumerate() {
        bring(&dead, mail, step);
    }
    dead.dies();
    shop.power_goes_out(usize::MAX);
    let found = shop.process().recover(NOW);
    assert_eq!(counted(&found), (1, 2, 1), "{found:?}");
    let states: Vec<_> = mails.iter().map(|id| shop.state(*id)).collect();
    assert_eq!(states, ["waiting", "uncertain", "uncertain", "accepted"]);
}

#[test]
fn without_its_notes_a_marked_mail_is_in_doubt() {
    let (shop, mails) = Shop::with_mails(1);
    let dead = shop.process();
    bring(&dead, dead.only(), 3);
    dead.dies();
    std::fs::remove_file(shop.notes().pop().unwrap()).unwrap();
    assert_eq!(counted(&shop.process().recover(NOW)), (0, 1, 0));
    assert_eq!(shop.state(mails[0]), "uncertain");
}

/// Notes end where the process was killed, in the middle of a line too.
#[test]
fn a_half_written_note_had_not_happened() {
    let (shop, mails) = Shop::with_mails(1);
    let dead = shop.process();
    bring(&dead, dead.only(), 2);
    dead.dies();
    let notes = shop.notes().pop().unwrap();
    let text = std::fs::read_to_string(&notes).unwrap();
    std::fs::write(&notes, text.trim_end().strip_suffix('}').unwrap()).unwrap();
    assert_eq!(counted(&shop.process().recover(NOW)), (1, 0, 0));
    assert_eq!(shop.state(mails[0]), "waiting");
}

/// What was noted of an earlier try says nothing about the present one.
#[test]
fn an_answer_to_an_earlier_try_is_history() {
    let (shop, mails) = Shop::with_mails(1);
    let process = shop.process();
    let mail = process.only();
    let put_off = process.settlement(&mail, Event::Defer);
    let mut hand = bring(&process, mail, 2).unwrap();
    hand.answered(&put_off);
    process.settle(put_off);
    hand.lays_down();
    bring(&process, process.only(), 2);
    process.dies();
    assert_eq!(counted(&shop.process().recover(NOW)), (0, 1, 0));
    assert_eq!(shop.state(mails[0]), "uncertain");
}

/// The same after a power cut, when the disk kept the first try's notes and not the second's.
#[test]
fn an_answer_to_an_earlier_try_says_nothing_when_the_power_took_the_later_notes() {
    for (event, result) in [(Event::Defer, "1 put off"), (Event::NotSent, "")] {
        let (shop, mails) = Shop::with_mails(1);
        let process = shop.process();
        let mail = process.only();
        let first = Settlement { result: result.into(), ..process.settlement(&mail, event) };
        let mut hand = bring(&process, mail, 2).unwrap();
        hand.answered(&first);
        process.settle(first);
        hand.lays_down();
        bring(&process, process.only(), 2);
        process.dies();
        shop.power_goes_out(3);
        assert_eq!(counted(&shop.process().recover(NOW)), (0, 1, 0), "{event:?}");
        assert_eq!(shop.state(mails[0]), "uncertain");
    }
}

/// A clock that jumps ahead ends no lease of a process that runs.
#[test]
fn nobody_takes_a_mail_out_of_living_hands() {
    let (shop, mails) = Shop::with_mails(2);
    let (alive, other) = (shop.process(), shop.process());
    let mut claimed = alive.claim();
    let hand = bring(&alive, claimed.remove(0), 2);
    let in_three_days = NOW.plus_seconds(3 * 24 * 3600);
    for process in [&other, &alive] {
        assert_eq!(counted(&process.recover(in_three_days)), (0, 0, 0));
    }
    assert_eq!(mails.iter().map(|id| shop.state(*id)).collect::<Vec<_>>(), ["offered", "waiting"]);
    assert!(other.claim().is_empty());
    drop(hand);
    assert_eq!(counted(&alive.recover(NOW)), (0, 1, 0), "it fell out of living hands");
}

/// Generated: any number of mails, each killed at any step, over several processes.
#[test]
fn whatever_was_known_is_known_after_any_kill() {
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let steps = proptest::collection::vec(proptest::collection::vec(0..STEPS.len(), 1..12), 1..4);
    let outcome = runner.run(&steps, |processes| {
        let count = processes.iter().map(Vec::len).sum();
        let (shop, _) = Shop::with_mails(count);
        for steps in processes {
            let process = shop.process();
            process.recover(NOW);
            let claimed = process.claim();
            let mut expected = vec![];
            for (mail, step) in claimed.into_iter().zip(&steps) {
                expected.push((mail.id, ["waiting", "waiting", "uncertain", "accepted", "accepted"][*step]));
                bring(&process, mail, *step);
            }
            process.dies();
            shop.process().recover(NOW);
            for (mail, state) in expected {
                assert_eq!(shop.state(mail), state, "mail {mail} of {steps:?}");
            }
        }
        Ok(())
    });
    outcome.unwrap();
}

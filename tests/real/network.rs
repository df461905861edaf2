//! A network that goes away and comes back, and clocks that jump.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::support::kashflow::{Fault, KashFlow};
use crate::support::scripted::{Act, At, Script, Scripted, say};
use crate::till::{Till, until};

/// Runs a command of the system, which must work.
fn system(command: &str) {
    let done = Command::new("sh").args(["-euc", command]).output().unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A network of two: the till in a namespace of its own, the mail server on this side.
struct Cable {
    name: String,
    server: Child,
}

impl Cable {
    const SERVER: &str = "10.213.7.1";

    fn laid() -> Self {
        let name = format!("till{}", std::process::id());
        system(&format!(
            "ip netns add {name}
             ip link add {name}s type veth peer name {name}c netns {name}
             ip addr add {server}/30 dev {name}s
             ip link set {name}s up
             ip -n {name} addr add 10.213.7.2/30 dev {name}c
             ip -n {name} link set lo up
             ip netns exec {name} nft add table inet t
             ip netns exec {name} nft 'add chain inet t out {{ type filter hook output priority 0; }}'",
            server = Self::SERVER
        ));
        let server = Command::new("smtp-sink")
            .args(["-u", "nobody", &format!("{}:2525", Self::SERVER), "16"])
            .spawn()
            .expect("smtp-sink is missing: apt-get install postfix");
        Self { name, server }
    }

    fn inside(&self, command: &str) {
        system(&format!("ip netns exec {} {command}", self.name));
    }

    /// The till's program at its end of the cable.
    fn start(&self, till: &Till) -> Child {
        let program = till.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program.get_program()).args(program.get_args());
        command.env_clear().env("HOME", till.folder.path()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

/// A program that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(till: &Till, mail: usize, state: &str) {
    let found = || (till.mails().iter().rev().nth(mail)?["recipients"][0]["state"] == state).then_some(());
    until(found, || format!("it is not {state}: {:?}", till.mails()));
}

/// What a night without a network leaves: the next try by itself is a quarter of an hour away.
fn long_offline(till: &Till) {
    let sql = rusqlite::Connection::open(till.data().join("tillpost.db")).unwrap();
    let next =
        "UPDATE account SET standing = 'offline', failures = 20, next_try_ms = unixepoch() * 1000 + 900000";
    assert_eq!(sql.execute(next, []).unwrap(), 1);
}

/// One test, for a machine has one such network: a pulled cable, and a line that swallows everything.
#[test]
fn mails_go_within_seconds_of_the_networks_return() {
    let cable = Cable::laid();
    let till = Till::new();
    till.run(&[
        "account",
        "set",
        "--host",
        Cable::SERVER,
        "--port",
        "2525",
        "--encryption",
        "none",
        "--allow-plaintext",
        "--auth",
        "none",
        "--from",
        "Shop <shop@till.example>",
    ])
    .ok();
    let _running = Running(cable.start(&till));
    let (away, back) = (
        ["ip link set IFC down", "nft add rule inet t out ip daddr 10.213.7.1 drop"],
        ["ip link set IFC up", "nft flush chain inet t out"],
    );
    let interface = format!("{}c", cable.name);
    cable.inside(&format!("ip link set {interface} up"));
    for (n, (goes, comes)) in away.iter().zip(back).enumerate() {
        cable.inside(&goes.replace("IFC", &interface));
        long_offline(&till);
        till.send("anna@example.com", "s", "t");
        cable.inside(&comes.replace("IFC", &interface));
        wait_for(&till, n, "accepted");
        let mail = till.mails().remove(0);
        assert_eq!(mail["recipients"][0]["tries"], 1, "being offline counted as a try");
    }
}

/// The program with a clock that the test sets.
struct Clock(PathBuf);

impl Clock {
    fn start(till: &Till) -> (Self, Running) {
        Self::start_in(till, "UTC")
    }

    fn start_in(till: &Till, zone: &str) -> (Self, Running) {
        let clock = Self(till.folder.path().join("clock"));
        clock.set("+0");
        let child = till
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .env("TZ", zone)
            .env("LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
            .env("FAKETIME_TIMESTAMP_FILE", &clock.0)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        (clock, Running(child))
    }

    /// Sets it, at once: the program never sees half of a new time.
    fn set(&self, offset: &str) {
        let new = self.0.with_extension("new");
        std::fs::write(&new, offset).unwrap();
        std::fs::rename(&new, &self.0).unwrap();
    }

    /// Sets it to a point in time.
    fn set_to(&self, time: &str) {
        let time: chrono::DateTime<chrono::Utc> = time.parse().unwrap();
        self.set(&format!("{:+}", (time - chrono::Utc::now()).num_seconds()));
    }
}

/// An answer of the books is lost, and the clock goes forward: the request may still be worked on, and a
/// search too early would find nothing and have it entered twice.
#[test]
fn a_clock_that_jumps_ends_no_rest_before_the_books_are_searched() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let books = runtime.block_on(KashFlow::start());
    books.faults(|method| (method == "InsertInvoice_TypeDefined").then_some(Fault::LostAnswer));
    let till = Till::with_key();
    let add = ["accounting", "add", "books", "--user", "shop", "--password-stdin", "--secret-in-file"];
    let endpoint = books.endpoint();
    till.run_with_input(&[&add[..], &["--endpoint", &endpoint]].concat(), "secret-horse").ok();
    till.run(&["channels", "set", "counter", "--integration", "books", "--export-orders", "on"]).ok();
    let sale = json!({
        "kind": "invoice", "channel": "counter", "issue_date": "2026-11-21", "due_date": "2026-12-05",
        "currency": "GBP", "seller": { "name": "Shop" }, "buyer": { "name": "Anna" },
        "lines": [{ "description": "Screen", "quantity": "1", "unit_price": "99.00",
                    "tax": { "category": "S", "rate": "20" } }],
    });
    let file = till.folder.path().join("sale.json");
    std::fs::write(&file, sale.to_string()).unwrap();
    till.run(&["issue", file.to_str().unwrap()]).ok();
    let (clock, _running) = Clock::start(&till);
    let posting = || till.run(&["accounting", "postings", "--all", "--json"]).ok().json()[0].clone();
    let in_doubt = || (posting()["state"] == "uncertain").then_some(());
    until(in_doubt, || format!("its answer was not lost: {}", posting()));
    clock.set("+1h");
    let rests = || {
        let next = posting()["next_try_at"].as_str()?.parse::<chrono::DateTime<chrono::Utc>>().ok()?;
        (next > chrono::Utc::now() + chrono::TimeDelta::hours(1)).then_some(())
    };
    until(rests, || format!("it does not rest: {}", posting()));
    assert_eq!(books.books().called.iter().filter(|method| *method == "GetInvoicesForCustomer").count(), 0);
}

/// Put off for five minutes; then the clock goes back three days. The recipient is tried within the hour
/// that a deferral lasts at most, not three days later; and going forward makes no mail fail.
#[test]
fn a_clock_that_jumps_three_days_either_way_stalls_nothing() {
    let tries = AtomicUsize::new(0);
    let script = Script::new(move |moment| {
        let early = moment.at == At::Rcpt && tries.fetch_add(1, Ordering::SeqCst) < 2;
        if early { say("450 4.2.0 come back later") } else { Act::Usual }
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Scripted::start(script));
    let till = Till::at(server.address.port());
    let (clock, _running) = Clock::start(&till);
    till.send("anna@example.com", "s", "t");
    let tries = |wanted: u64| {
        let tried = || (till.mails()[0]["recipients"][0]["tries"] == wanted).then_some(());
        until(tried, || format!("not {wanted} tries: {:?}", till.mails()));
    };
    tries(1);
    clock.set("-3d");
    // The wait is cut to an hour once the jump is seen.
    let cut = || {
        let next = till.mails()[0]["next_at"].as_str()?.parse::<chrono::DateTime<chrono::Utc>>().ok()?;
        (next < chrono::Utc::now() - chrono::TimeDelta::days(2)).then_some(())
    };
    until(cut, || format!("it still waits for three days: {:?}", till.mails()));
    clock.set("-255000");
    tries(2);
    clock.set("+3d");
    wait_for(&till, 0, "accepted");
    assert_eq!(server.arrived(), ["anna@example.com"]);
}

/// Berlin's rules, for machines without a table of zones.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// In the night in which an hour comes twice the quiet hours do too, and the one in which it is left out
/// shortens them: they are what the clock on the wall shows.
#[test]
fn quiet_hours_are_those_of_the_clock_on_the_wall_when_summer_time_begins_and_ends() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Scripted::start(Script::default()));
    let till = Till::at(server.address.port());
    till.run(&["settings", "set", "quiet_hours", "01:00-02:45"]).ok();
    let (clock, _running) = Clock::start_in(&till, BERLIN);
    let nights = [
        ("2027-10-31T00:30:00Z", "2027-10-31T00:50:00Z"), // 02:30 and 02:50 in summer
        ("2027-10-31T01:30:00Z", "2027-10-31T01:50:00Z"), // 02:30 again, and 02:50, in winter
        ("2028-03-26T00:30:00Z", "2028-03-26T01:10:00Z"), // 01:30 in winter and 03:10 in summer
    ];
    for (n, (quiet, loud)) in nights.iter().enumerate() {
        clock.set_to(quiet);
        till.send("waits@example.com", "s", "t");
        till.run(&["send", "--to", "urgent@example.com", "--text", "t", "--urgency", "now"]).ok();
        wait_for(&till, 2 * n + 1, "accepted");
        assert_eq!(till.mails().iter().rev().nth(2 * n).unwrap()["state"], "waiting", "quiet at {quiet}");
        clock.set_to(loud);
        wait_for(&till, 2 * n, "accepted");
    }
}

/// Half past two comes twice in one night of the year, and not at all in another.
#[test]
fn a_time_to_send_at_that_the_clocks_repeat_or_leave_out_is_the_first_or_the_next() {
    let till = Till::at(9);
    for (at, utc) in [
        ("2027-10-31T02:30", "2027-10-31T00:30:00.000Z"),
        ("2028-03-26T02:30", "2028-03-26T01:30:00.000Z"),
        ("2028-03-26T03:30", "2028-03-26T01:30:00.000Z"),
    ] {
        let mut send = till.command(&["send", "--json", "--to", "a@example.com", "--text", "t", "--at", at]);
        let output = send.env("TZ", BERLIN).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(till.mails()[0]["next_at"], utc, "{at}");
    }
}

//! The test mail: every step live, on values nobody saved, and every failure with its cause and fix.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tillpost::app::{AccountInput, App, Surroundings, Trial, show};
use tillpost::domain::account::{Account, Encryption, SignIn, Transport};
use tillpost::domain::address::Mailbox;
use tillpost::domain::{EmailAddress, Secret};
use tillpost::wire::views::TestView;

use crate::support::certificates::Authority;
use crate::support::scripted::{Act, At, Script, Scripted, Tls, say};
use crate::till::Till;

struct Shop {
    app: App,
    _folder: TempDir,
}

/// A shop whose surroundings are this machine: no name is found, and nothing is in between.
fn shop(change: impl FnOnce(&mut Surroundings)) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let mut surroundings = Surroundings {
        control: vec!["no-such.invalid".into()],
        nowhere: ([127, 0, 0, 1], closed_port()).into(),
        pairs: vec![],
        ..Surroundings::default()
    };
    change(&mut surroundings);
    Shop { app: App::open(folder.path()).unwrap().in_surroundings(surroundings), _folder: folder }
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn trial(port: u16, encryption: Encryption, ca_pem: Option<&str>) -> Trial {
    Trial {
        account: Account {
            name: "default".into(),
            transport: Transport::Smtp,
            host: "127.0.0.1".into(),
            port,
            encryption,
            allow_plaintext: true,
            sign_in: SignIn::Password,
            user: "till".into(),
            from: Mailbox::parse("Shop <shop@till.example>").unwrap(),
            reply_to: vec![],
            ca_pem: ca_pem.map(str::to_owned),
            pin: None,
            oauth: None,
        },
        password: Some(Secret::new("right-horse")),
        to: Some(EmailAddress::parse("owner@till.example").unwrap()),
        subject: Some("Test from the till".into()),
        language: "en".into(),
        wait: false,
    }
}

/// The steps in short, as they came live; they are those of the whole.
async fn run(shop: &Shop, trial: Trial) -> (Vec<String>, TestView) {
    let live = Arc::new(Mutex::new(vec![]));
    let heard = Arc::clone(&live);
    let view = shop
        .app
        .test_account(trial, move |step| heard.lock().unwrap().push(format!("{} {}", step.key, step.state)))
        .await
        .unwrap();
    let told: Vec<String> = view.steps.iter().map(|s| format!("{} {}", s.key, s.state)).collect();
    assert_eq!(*live.lock().unwrap(), told);
    (told, view)
}

#[tokio::test]
async fn a_test_mail_arrives_and_nothing_is_saved() {
    let authority = Authority::new();
    for encryption in [Encryption::Tls, Encryption::StartTls] {
        let config = authority.server("127.0.0.1");
        let tls = if encryption == Encryption::Tls { Tls::Implicit(config) } else { Tls::StartTls(config) };
        let scripted = Scripted::start(Script::default().tls(tls)).await;
        let shop = shop(|_| ());
        let (steps, view) =
            run(&shop, trial(scripted.address.port(), encryption, Some(&authority.pem))).await;
        let opening = match encryption {
            Encryption::Tls => ["tls ok", "greeting ok"],
            _ => ["greeting ok", "tls ok"],
        };
        let mut all = vec!["dns ok", "connect ok"];
        all.extend(opening);
        all.extend(["ehlo ok", "auth ok", "sender ok", "recipient ok", "accepted ok"]);
        assert_eq!(steps, all);
        assert!(view.works && view.problem.is_none() && view.state == "accepted");
        let tls = view.steps.iter().find(|s| s.key == "tls").unwrap();
        assert!(tls.says.contains("TLS 1.3, certificate of 127.0.0.1"), "{tls:?}");
        let seen = scripted.seen();
        assert_eq!(seen.mails[0].to, ["owner@till.example"]);
        let text = String::from_utf8_lossy(&seen.mails[0].text);
        assert!(text.contains("Subject: Test from the till"), "{text}");
        assert!(shop.app.accounts().unwrap().is_empty(), "the values were saved");
        assert!(!format!("{view:?}").contains("horse"));
    }
}

#[tokio::test]
async fn every_step_can_fail_with_its_cause_and_its_fix() {
    for (at, reply, step, id) in [
        (At::Greeting, "554 5.7.1 not you", "greeting", "E40"),
        (At::Ehlo, "550 5.7.1 go away", "ehlo", "E40"),
        (At::Auth, "535 5.7.8 Error: authentication failed", "auth", "E04"),
        (
            At::Mail,
            "553 5.7.1 <shop@till.example>: Sender address rejected: not owned by user till",
            "sender",
            "E09",
        ),
        (At::Rcpt, "550 5.1.1 User unknown", "recipient", "E10"),
        (At::Data, "451 4.3.0 Try again later", "accepted", "E20"),
        (At::Dot, "554 5.7.1 Message rejected as spam", "accepted", "E35"),
    ] {
        let authority = Authority::new();
        let script = Script::at(at, move || say(reply)).tls(Tls::Implicit(authority.server("127.0.0.1")));
        let scripted = Scripted::start(script).await;
        let (steps, view) =
            run(&shop(|_| ()), trial(scripted.address.port(), Encryption::Tls, Some(&authority.pem))).await;
        let problem = view.problem.expect(reply);
        assert_eq!(problem.id, id, "{reply}");
        assert!(!view.works && !problem.steps.is_empty());
        let failed: Vec<&String> = steps.iter().filter(|s| s.ends_with(" failed")).collect();
        assert_eq!(failed, [&format!("{step} failed")], "{reply}");
        let after = steps.iter().position(|s| s.ends_with(" failed")).unwrap();
        assert!(steps[after + 1..].iter().all(|s| s.ends_with(" not_tried")), "{steps:?}");
        assert!(steps[..after].iter().all(|s| s.ends_with(" ok")), "{steps:?}");
    }
}

#[tokio::test]
async fn certificates_are_told_apart_and_shown() {
    let (authority, other) = (Authority::new(), Authority::new());
    let own = Some(authority.pem.as_str());
    for (config, id) in [
        (authority.expired("127.0.0.1"), "E26"),
        (authority.not_yet("127.0.0.1"), "E27"),
        (authority.server("login.hotel.example"), "E25"),
        (other.server("127.0.0.1"), "E28"),
    ] {
        let scripted = Scripted::start(Script::default().tls(Tls::Implicit(config))).await;
        let shop = shop(|_| ());
        let mut trial = trial(scripted.address.port(), Encryption::Tls, own);
        let (_, view) = run(&shop, trial.clone()).await;
        assert_eq!(view.problem.unwrap().id, id);
        let shown = view.steps.iter().find(|s| s.state == "failed").unwrap().certificate.clone().unwrap();
        assert!(shown.not_before < shown.not_after && shown.not_before.ends_with('Z'), "{shown:?}");
        assert_eq!(scripted.seen().count("AUTH"), 0, "{id}: the password was sent");

        // The owner looks at it and trusts exactly this one.
        trial.account.pin = Some(shown.fingerprint);
        let (_, view) = run(&shop, trial.clone()).await;
        assert!(view.works, "{id}: {view:?}");
        // Another server in its place is not trusted.
        let impostor = Script::default().tls(Tls::Implicit(other.server("127.0.0.1")));
        let impostor = Scripted::start(impostor).await;
        trial.account.port = impostor.address.port();
        let (_, view) = run(&shop, trial).await;
        assert_eq!(view.problem.unwrap().id, "E45");
        assert_eq!(impostor.seen().count("AUTH"), 0);
    }
}

#[tokio::test]
async fn a_sign_in_page_in_between_is_no_fault_of_the_settings() {
    let authority = Authority::new();
    let page = Script::at(At::Connect, || Act::Last(b"HTTP/1.1 302 Found\r\n\r\n".to_vec()));
    let portal = Script::default().tls(Tls::Implicit(authority.server("login.hotel.example")));
    for script in [page, portal] {
        let scripted = Scripted::start(script).await;
        let address = scripted.address;
        // What answers where nobody can be.
        let shop = shop(|s| s.nowhere = address);
        let (_, view) = run(&shop, trial(address.port(), Encryption::Tls, Some(&authority.pem))).await;
        let problem = view.problem.unwrap();
        assert_eq!((problem.id.as_str(), problem.retry.as_str()), ("E42", "auto"));
    }
}

#[tokio::test]
async fn the_pair_that_works_is_found_without_a_password() {
    let authority = Authority::new();
    let right = Script::default().tls(Tls::StartTls(authority.server("127.0.0.1")));
    let right = Scripted::start(right).await;
    let port = right.address.port();
    let shop = shop(|s| s.pairs = vec![(closed_port(), Encryption::Tls), (port, Encryption::StartTls)]);
    // TLS from the first byte on a port for STARTTLS, and a port where nobody is.
    for (wrong, id) in [(port, "E23"), (closed_port(), "E31")] {
        let (steps, view) = run(&shop, trial(wrong, Encryption::Tls, Some(&authority.pem))).await;
        let problem = view.problem.unwrap();
        assert_eq!(problem.id, id);
        assert!(steps.contains(&"port ok".into()) && steps.contains(&"port failed".into()), "{steps:?}");
        if id == "E23" {
            assert!(problem.detail.contains(&format!("{port} – STARTTLS works")), "{problem:?}");
        }
        // The first button is the one that mends it, and no other names a port.
        let action = &problem.actions[0];
        let said = (action.key.as_str(), action.label.as_str(), action.value.as_deref());
        let (label, value) = (format!("Use {port} – STARTTLS"), format!("{port} starttls"));
        assert_eq!(said, ("use_pair", label.as_str(), Some(value.as_str())));
        assert!(!problem.actions.iter().any(|a| a.key == "use_default_port"), "{problem:?}");
    }
    assert_eq!(right.seen().count("AUTH"), 0, "a probe sent the password");
}

/// What is kept is about the account as it is: changed, it was not tested.
#[tokio::test]
async fn the_last_test_is_kept_until_the_account_changes() {
    let server = Scripted::start(Script::default()).await;
    let shop = shop(|_| ());
    let mut trial = Trial { password: None, ..trial(server.address.port(), Encryption::None, None) };
    (trial.account.sign_in, trial.account.user) = (SignIn::None, String::new());
    let saved = |account: &Account| {
        shop.app.set_account(AccountInput { account: account.clone(), secret: None }).unwrap();
        show::account(&shop.app.account("default").unwrap()).last_test.map(|test| test.works)
    };
    assert_eq!(saved(&trial.account), None);
    run(&shop, trial.clone()).await;
    assert_eq!(saved(&trial.account), Some(true));
    // Values that nobody saved say nothing about what is saved.
    let port = trial.account.port;
    trial.account.port = closed_port();
    run(&shop, trial.clone()).await;
    assert_eq!(show::account(&shop.app.account("default").unwrap()).last_test.map(|t| t.works), Some(true));
    assert_eq!(saved(&trial.account), None);
    run(&shop, trial.clone()).await;
    assert_eq!(saved(&trial.account), Some(false));
    trial.account.port = port;
    assert_eq!(saved(&trial.account), None);
}

#[tokio::test]
async fn offline_is_said_as_that() {
    let mut trial = trial(465, Encryption::Tls, None);
    trial.account.host = "mail.no-such.invalid".into();
    let (steps, view) = run(&shop(|_| ()), trial.clone()).await;
    assert_eq!(view.state, "offline", "{view:?}");
    assert_eq!(view.problem.unwrap().id, "E30");
    assert!(view.message.contains("when the connection is back"), "{}", view.message);
    assert_eq!(steps[0], "dns failed");
}

#[tokio::test]
async fn values_that_cannot_stand_are_refused_before_anybody_is_called() {
    let mut trial = trial(465, Encryption::None, None);
    trial.account.host = "mail.example.com".into();
    let error = shop(|_| ()).app.test_account(trial, |_| ()).await.unwrap_err();
    assert!(error.to_string().contains("encryption"), "{error}");
}

#[tokio::test]
async fn an_app_password_loses_its_spaces_and_no_other_does() {
    let authority = Authority::new();
    for (given, sent) in [
        ("abcd efgh ijkl mnop", "abcdefghijklmnop"),
        ("abcd efgh ijkl mnop q", "abcd efgh ijkl mnop q"),
        ("Abcd efgh ijkl mnop", "Abcd efgh ijkl mnop"),
        ("two words", "two words"),
    ] {
        let script =
            Script::default().tls(Tls::Implicit(authority.server("127.0.0.1"))).keywords(&["AUTH LOGIN"]);
        let scripted = Scripted::start(script).await;
        let mut trial = trial(scripted.address.port(), Encryption::Tls, Some(&authority.pem));
        trial.account.from = Mailbox::parse("shop@gmail.com").unwrap();
        trial.password = Some(Secret::new(given));
        trial.to = None;
        let (_, view) = run(&shop(|_| ()), trial).await;
        assert_eq!(view.state, "signed_in", "{view:?}");
        let plain = scripted.seen().commands[3].clone();
        let coded = Secret::new(sent);
        assert_eq!(plain, base64(coded.expose()), "{given}");
    }
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut coded = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, n| bits << 8 | u32::from(*group.get(n).unwrap_or(&0)));
        for n in 0..4 {
            let letter = char::from(LETTERS[(bits >> (18 - 6 * n) & 63) as usize]);
            coded.push(if n <= group.len() { letter } else { '=' });
        }
    }
    coded
}

#[tokio::test]
async fn the_doctor_walks_the_way_to_the_server_without_a_password() {
    let authority = Authority::new();
    let script = Script::default().tls(Tls::Implicit(authority.server("127.0.0.1")));
    let scripted = Scripted::start(script).await;
    let shop = shop(|_| ());
    let save = |port| {
        let mut account = trial(port, Encryption::Tls, Some(&authority.pem)).account;
        account.sign_in = SignIn::None;
        shop.app.set_account(AccountInput { account, secret: None }).unwrap();
    };
    save(scripted.address.port());
    let found = shop.app.examine("en").await.unwrap();
    for what in ["data file", "disk", "clock", "dns", "connect", "tls", "greeting", "ehlo"] {
        let finding = found.iter().find(|f| f.what == what).unwrap_or_else(|| panic!("{what}: {found:?}"));
        assert!(finding.problem.is_none(), "{finding:?}");
    }
    assert_eq!(scripted.seen().count("AUTH"), 0);
    save(closed_port());
    let found = shop.app.examine("en").await.unwrap();
    let connect = found.iter().find(|f| f.what == "connect").unwrap();
    assert!(
        connect.problem.is_some() && connect.says.english().contains("does not answer on port"),
        "{connect:?}"
    );
}

#[tokio::test]
async fn what_delivery_met_is_explained_with_the_account_and_the_recipient() {
    let script = Script::new(|moment| match moment.at {
        At::Rcpt if moment.line.contains("gone@") => say("550 5.1.1 User unknown"),
        At::Mail if moment.mails > 0 => say("553 5.7.1 Sender address rejected: not owned by user till"),
        _ => Act::Usual,
    });
    let scripted = Scripted::start(script).await;
    let till = Till::at(scripted.address.port());
    let first = till.send(&["anna@example.com", "gone@example.com"]);
    till.flush().await;
    till.send(&["ben@example.com"]);
    till.flush().await;
    let accounts = till.app.accounts().unwrap();
    let mail = show::mail_in(&till.mail(first), &till.app.conditions().unwrap(), "de");
    let problem = |address: &str| {
        mail.recipients
            .iter()
            .find(|r| r.address == address)
            .unwrap()
            .problem
            .clone()
            .map(|p| (p.id, p.title))
    };
    assert_eq!(problem("anna@example.com"), None);
    assert_eq!(problem("gone@example.com"), Some(("E10".into(), "gone@example.com gibt es nicht".into())));
    let view = show::account(&accounts[0]);
    assert_eq!((view.standing, view.problem.unwrap().id.as_str()), ("held_settings", "E09"));

    // A test that goes well ends the hold; switched off, the account keeps its mails.
    till.app.enable_account("default", false).unwrap();
    till.account(scripted.address.port());
    let report = till.flush().await;
    assert_eq!((report.accepted, report.troubles.len()), (0, 1));
    assert!(!till.app.accounts().unwrap()[0].enabled, "saving switched it on");
    till.app.enable_account("default", true).unwrap();
    assert_eq!(show::account(&till.app.accounts().unwrap()[0]).problem, None);
}

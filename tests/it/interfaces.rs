//! Sending through the interfaces of Google and Microsoft, against stand-ins that send copies as they do.

mod killed;

use std::path::PathBuf;
use std::sync::Arc;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tillpost::app::{AccountInput, App, Deliverer, Invitation, OutgoingFile, SecretPlace, Trial, Wish};
use tillpost::domain::account::{Account, Encryption, Transport};
use tillpost::domain::oauth::{Endpoints, OAuth};
use tillpost::domain::reply::{Cause, Outcome, Trouble};
use tillpost::domain::{EmailAddress, Secret, account::Standing};
use tillpost::transport::{Deadlines, Envelope, Session, SignIn};
use tillpost::wire::views::TestView;
use tillpost::wire::{MailFile, MailShape};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::privacy::{lists, nobody_is_shown};
use crate::support::interfaces::{Fault, Interface, Kind, says, with};
use crate::support::provider::Provider;
use crate::support::web::Web;
use crate::till::{Till, plain_account};

const BOTH: [Kind; 2] = [Kind::Gmail, Kind::Graph];

/// A till that is connected with its provider and sends through its interface.
struct Shop {
    till: Till,
    interface: Interface,
    provider: Arc<Provider>,
    _web: Web,
}

fn account(interface: &Interface, web: &Web) -> Account {
    let transport = if interface.kind == Kind::Gmail { Transport::Gmail } else { Transport::Graph };
    let endpoints = Endpoints {
        authorize: Some(web.url("/authorize")),
        token: Some(web.url("/token")),
        device: Some(web.url("/device")),
        revoke: Some(web.url("/revoke")),
    };
    Account {
        transport,
        encryption: Encryption::None,
        allow_plaintext: true,
        sign_in: tillpost::domain::account::SignIn::OAuth,
        user: "shop@till.example".into(),
        oauth: Some(OAuth {
            issuer: transport.issuer().unwrap(),
            client_id: "till".into(),
            client_secret: false,
            secret_expires: None,
            tenant: String::new(),
            endpoints,
        }),
        ..plain_account("default", interface.address.port())
    }
}

/// A person connects the account in a browser.
async fn connect(app: &App, provider: &Provider, kind: Kind) {
    let connecting = app.begin_connect("default", false, Some(SecretPlace::File)).await.unwrap();
    let Invitation::Browser { url, .. } = connecting.invitation().clone() else { panic!("no browser") };
    let right = match kind {
        Kind::Gmail => "https://www.googleapis.com/auth/gmail.send",
        Kind::Graph => "https://graph.microsoft.com/Mail.Send",
    };
    let back = provider.allows(&url, right);
    let browser = tokio::spawn(async move {
        let (host, path) = back.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        stream.write_all(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    });
    connecting.finish().await.unwrap().unwrap();
    browser.await.unwrap();
}

impl Shop {
    async fn open(kind: Kind) -> Self {
        let interface = Interface::start(kind).await;
        let (provider, web) = Provider::start().await;
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        tillpost::auth::create_key_file(&key).unwrap();
        let app = App::open(&folder.path().join("data")).unwrap().with_key_file(&key);
        app.set_setting("undo_seconds", "0").unwrap();
        let account = account(&interface, &web);
        app.set_account(AccountInput { account, secret: None }).unwrap();
        connect(&app, &provider, kind).await;
        Self { till: Till { folder, app }, interface, provider, _web: web }
    }

    fn standing(&self) -> Standing {
        self.till.app.account("default").unwrap().breaker.standing
    }

    /// The id of the explanation the account shows.
    fn problem(&self) -> String {
        let row = self.till.app.account("default").unwrap();
        tillpost::app::show::account(&row).problem.map(|p| p.id).unwrap_or_default()
    }

    async fn test(&self, to: Option<&str>) -> TestView {
        let trial = Trial {
            account: self.till.app.account("default").unwrap().account,
            password: None,
            to: to.map(|to| EmailAddress::parse(to).unwrap()),
            subject: None,
            language: "en".into(),
            wait: false,
        };
        self.till.app.test_account(trial, |_| ()).await.unwrap()
    }

    fn copies(&self) -> Vec<(String, usize)> {
        self.interface.state().counts().into_iter().collect()
    }
}

/// Queues a mail that is larger than what this computer's network takes in before anybody reads it: sockets on
/// this machine hold 2.6 MB from their beginning.
fn send_much(shop: &Shop) -> i64 {
    let size = if shop.interface.kind == Kind::Gmail { 8 } else { 2 } * 1024 * 1024;
    let mail = MailShape { to: vec!["anna@example.com".into()], ..MailShape::default() };
    let bytes = (0..size).map(|n| (n % 251) as u8).collect();
    let file = OutgoingFile { name: "photo.bin".into(), bytes };
    shop.till.app.send(&MailFile { mail, ..MailFile::default() }, vec![file], None).unwrap().id
}

fn one_each(to: &[&str]) -> Vec<(String, usize)> {
    to.iter().map(|to| ((*to).to_owned(), 1)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_out_as_it_was_sealed_and_no_token_is_kept_or_told() {
    for kind in BOTH {
        let shop = Shop::open(kind).await;
        let mail = shop.till.send(&["anna@example.com"]);
        let report = shop.till.flush().await;
        assert_eq!((report.accepted, shop.till.states(mail)[0]), (1, "accepted"), "{kind:?}: {report:?}");
        let submitted = shop.interface.state().submitted[0].clone();
        let mut sealed = Vec::new();
        shop.till.app.export(mail, &mut sealed).unwrap();
        let lines = |text: &[u8]| {
            let text = String::from_utf8(text.to_vec()).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&submitted), lines(&sealed), "only the order of fields differs");
        let shown = format!("{:?}", shop.till.app.mail(mail).unwrap());
        assert!(shown.contains("POST /") && !shown.contains("access-"), "{shown}");
        let files: Vec<PathBuf> = crate::support::place::holding(shop.till.folder.path(), b"access-horse");
        assert_eq!(files, [] as [PathBuf; 0]);
    }
}

#[test]
fn nobody_reads_an_address_that_is_not_theirs_to_read() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for kind in BOTH {
        let shop = runtime.block_on(Shop::open(kind));
        let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(&lists(), |lists| {
            lists.apply(&shop.till.app);
            *shop.interface.state() = crate::support::interfaces::State {
                mailbox: "shop@till.example".into(),
                ..Default::default()
            };
            shop.till.app.send(&lists.mail(), vec![], None).unwrap();
            runtime.block_on(shop.till.flush());
            let copies = shop.interface.state().copies.clone();
            if !lists.individually {
                let got: Vec<String> = copies.iter().map(|c| c.to.clone()).collect();
                let mut sorted = got.clone();
                sorted.sort();
                let wanted: Vec<String> = lists.envelope().into_iter().collect();
                if sorted != wanted {
                    return Err(TestCaseError::fail(format!("{sorted:?} is not {wanted:?}")));
                }
            }
            copies.iter().try_for_each(|copy| nobody_is_shown(&lists, &copy.to, &copy.message))
        });
        outcome.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_persons_address_costs_nobody_else_their_mail() {
    for kind in BOTH {
        for blind in ["true", "false"] {
            let shop = Shop::open(kind).await;
            shop.till.app.set_setting("blind_copy_multiple", blind).unwrap();
            shop.interface.state().dislikes.insert("bad@example.com".into());
            let mail = shop.till.send(&["anna@example.com", "bad@example.com", "cas@example.com"]);
            let report = shop.till.flush().await;
            assert_eq!((report.accepted, report.refused), (2, 1), "{kind:?}: {report:?}");
            assert_eq!(shop.till.states(mail), ["accepted", "refused", "accepted"]);
            assert_eq!(shop.copies(), one_each(&["anna@example.com", "cas@example.com"]), "{kind:?}");
            assert_eq!(shop.standing(), Standing::Ready);
            // Once for all, and once for each.
            assert_eq!(shop.interface.state().requests, 4);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ended_is_renewed_and_the_mail_goes_once() {
    for kind in BOTH {
        let shop = Shop::open(kind).await;
        shop.interface.state().ended.insert("access-horse-1".into());
        let mail = shop.till.send(&["anna@example.com"]);
        let report = shop.till.flush().await;
        assert_eq!((report.accepted, shop.till.states(mail)[0]), (1, "accepted"), "{kind:?}: {report:?}");
        assert_eq!((shop.copies(), shop.interface.state().requests), (one_each(&["anna@example.com"]), 2));
        // Renewed once, then a person is asked.
        for n in 2..9 {
            shop.interface.state().ended.insert(format!("access-horse-{n}"));
        }
        shop.till.send(&["ben@example.com"]);
        shop.till.flush().await;
        assert_eq!((shop.standing(), shop.problem().as_str()), (Standing::HeldSignIn, "E08"), "{kind:?}");
        assert_eq!(shop.interface.state().requests, 4);
        shop.till.flush().await;
        assert_eq!(shop.interface.state().requests, 4, "a held account asks nobody");
        shop.interface.state().ended.clear();
        connect(&shop.till.app, &shop.provider, kind).await;
        shop.till.flush().await;
        assert_eq!(shop.copies(), one_each(&["anna@example.com", "ben@example.com"]));
    }
}

/// What an answer makes of the recipient, of the account, and which text explains it.
#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_whose_it_is() {
    use Kind::{Gmail, Graph};
    use Standing::{Busy, HeldSettings, HeldSignIn, Ready, Throttled};
    let busy = "The server is busy.";
    for (kind, status, reason, message, state, standing, problem) in [
        (Gmail, 403, "insufficientPermissions", "Insufficient Permission", "waiting", HeldSignIn, "A01"),
        (Graph, 403, "ErrorAccessDenied", "Access is denied.", "waiting", HeldSignIn, "A01"),
        (
            Gmail,
            403,
            "domainPolicy",
            "The domain administrators have disabled Gmail apps.",
            "waiting",
            HeldSettings,
            "E07",
        ),
        (
            Gmail,
            403,
            "accessNotConfigured",
            "Gmail API has not been used in project 1",
            "waiting",
            HeldSettings,
            "A02",
        ),
        (Gmail, 400, "failedPrecondition", "Mail service not enabled", "waiting", HeldSettings, "A03"),
        (
            Graph,
            404,
            "MailboxNotEnabledForRESTAPI",
            "REST API is not yet supported for this mailbox.",
            "waiting",
            HeldSettings,
            "A03",
        ),
        (
            Graph,
            403,
            "ErrorSendAsDenied",
            "The user account does not have the right to send mail",
            "waiting",
            HeldSettings,
            "E09",
        ),
        (
            Graph,
            403,
            "ErrorMessageSubmissionBlocked",
            "Cannot send mail. Follow the instructions in your Inbox",
            "waiting",
            HeldSettings,
            "E36",
        ),
        (Graph, 507, "ErrorQuotaExceeded", "The mailbox is full.", "waiting", HeldSettings, "E37"),
        (Gmail, 403, "dailyLimitExceeded", "Daily Limit Exceeded", "waiting", Throttled, "E17"),
        (Gmail, 403, "userRateLimitExceeded", "User Rate Limit Exceeded", "waiting", Throttled, "E18"),
        (Gmail, 403, "rateLimitExceeded", "Rate Limit Exceeded", "waiting", Throttled, "E18"),
        (
            Gmail,
            429,
            "rateLimitExceeded",
            "User-rate limit exceeded.  Retry after 2026-11-21T10:10:00.000Z (Mail sending)",
            "waiting",
            Throttled,
            "E18",
        ),
        (
            Graph,
            429,
            "ApplicationThrottled",
            "Application is over its MailboxConcurrency limit.",
            "waiting",
            Throttled,
            "E18",
        ),
        (
            Graph,
            400,
            "ErrorSubmissionQuotaExceeded",
            "The submission quota was exceeded.",
            "waiting",
            Throttled,
            "E17",
        ),
        (Gmail, 503, "backendError", busy, "waiting", Busy, "E20"),
        (Graph, 503, "ErrorServerBusy", busy, "waiting", Busy, "E20"),
        (Gmail, 400, "invalidArgument", "Invalid To header", "refused", Ready, "E12"),
        (
            Graph,
            400,
            "ErrorInvalidRecipients",
            "At least one recipient is not valid.",
            "refused",
            Ready,
            "E12",
        ),
        (
            Graph,
            400,
            "ErrorMessageSizeExceeded",
            "The message exceeds the maximum supported size.",
            "refused",
            Ready,
            "E14",
        ),
        (Graph, 413, "", "Request Entity Too Large", "refused", Ready, "E14"),
        (Gmail, 400, "badRequest", "Invalid attachment", "refused", Ready, "E15"),
        (Gmail, 418, "teapot", "What nobody knows", "waiting", HeldSettings, "A04"),
    ] {
        let shop = Shop::open(kind).await;
        shop.interface.faults(move |_| Some(says(kind, status, reason, message)));
        let mail = shop.till.send(&["anna@example.com"]);
        shop.till.flush().await;
        let case = format!("{kind:?} {status} {reason}");
        assert_eq!((shop.till.states(mail)[0], shop.standing()), (state, standing), "{case}");
        let shown = match standing {
            Ready => tillpost::app::show::mail_in(
                &shop.till.mail(mail),
                &shop.till.app.conditions().unwrap(),
                "en",
            )
            .recipients[0]
                .problem
                .as_ref()
                .map(|p| p.id.clone())
                .unwrap_or_default(),
            _ => shop.problem(),
        };
        assert_eq!(shown, problem, "{case}");
        let asked = shop.interface.state().requests;
        assert_eq!(asked, 1, "{case}");
        shop.till.flush().await;
        let again = usize::from(standing == Busy);
        assert_eq!(shop.interface.state().requests, asked + again, "{case}: a person asks for what is busy");
        // What only waited goes once the trouble is over.
        if state == "waiting" && standing != Throttled {
            shop.interface.faults(|_| None);
            let account = shop.till.app.account("default").unwrap().account;
            shop.till.app.set_account(AccountInput { account, secret: None }).unwrap();
            shop.till.flush().await;
            assert_eq!(shop.copies(), one_each(&["anna@example.com"]), "{case}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_asked_for_is_kept() {
    let until = |shop: &Shop| {
        let next = shop.till.app.account("default").unwrap().breaker.next_try;
        (next.0 - chrono::Utc::now().timestamp_millis()) / 1000
    };
    let graph = Shop::open(Kind::Graph).await;
    graph.interface.next(with(says(Kind::Graph, 429, "TooManyRequests", "slow down"), "Retry-After: 120"));
    graph.till.send(&["anna@example.com"]);
    graph.till.flush().await;
    assert!((100..=120).contains(&until(&graph)), "{}", until(&graph));
    let gmail = Shop::open(Kind::Gmail).await;
    let message = "User-rate limit exceeded.  Retry after 2026-11-21T11:00:00.000Z";
    gmail.interface.next(says(Kind::Gmail, 429, "rateLimitExceeded", message));
    gmail.till.send(&["anna@example.com"]);
    gmail.till.flush().await;
    assert!((3580..=3601).contains(&until(&gmail)), "{}", until(&gmail));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_leaves_doubt_and_the_mail_goes_again_only_as_the_shop_wants() {
    for kind in BOTH {
        for fault in [
            Fault::LostAnswer,
            Fault::DoneBut(502, "<html>Bad Gateway</html>".into()),
            Fault::DoneBut(504, String::new()),
            Fault::DoneBut(500, "{\"error\":{\"code\":\"UnknownError\",\"message\":\"\"}}".into()),
            // Neither interface's word for having taken it.
            Fault::DoneBut(if kind == Kind::Graph { 200 } else { 202 }, String::new()),
        ] {
            let shop = Shop::open(kind).await;
            shop.interface.next(fault.clone());
            let mail = shop.till.send(&["anna@example.com", "ben@example.com"]);
            let report = shop.till.flush().await;
            assert_eq!((report.uncertain, report.accepted), (2, 0), "{kind:?} {fault:?}: {report:?}");
            assert_eq!(shop.till.states(mail), ["uncertain", "uncertain"], "{kind:?} {fault:?}");
            shop.till.flush().await;
            assert_eq!(shop.copies(), one_each(&["anna@example.com", "ben@example.com"]), "not by itself");
            shop.till.app.wish(mail, Wish::SendAgain).unwrap();
            shop.till.flush().await;
            assert_eq!(shop.till.states(mail), ["accepted", "accepted"]);
            let submitted = shop.interface.state().submitted.clone();
            assert_eq!(submitted[0], submitted[1], "the same bytes, under the same number");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_before_the_end_was_not_sent_and_goes_later() {
    for kind in BOTH {
        let shop = Shop::open(kind).await;
        shop.interface.next(Fault::Cut(64 * 1024));
        let mail = send_much(&shop);
        let report = shop.till.flush().await;
        assert_eq!((report.uncertain, report.accepted), (0, 0), "{kind:?}: {report:?}");
        assert_eq!((shop.till.states(mail)[0], shop.standing()), ("waiting", Standing::Offline), "{kind:?}");
        shop.till.flush().await;
        assert_eq!(shop.copies(), one_each(&["anna@example.com"]), "{kind:?}");
    }
}

/// The mark before the last bytes, as before a mail server's final dot.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_mail_does_not_leave_before_its_mark_stands() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, mut came) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            while stream.read_buf(&mut bytes).await.unwrap_or(0) > 0 {}
            told.send(bytes).unwrap();
        }
    });
    let token = Secret::new("access-1");
    for (transport, announced) in [(Transport::Gmail, 2_000_000), (Transport::Graph, 2_666_668)] {
        let account = Account { transport, allow_plaintext: true, ..plain_account("default", port) };
        let sign_in = SignIn::Token { user: "shop@till.example", token: &token };
        let envelope = Envelope {
            id: 1,
            from: EmailAddress::parse("shop@till.example").unwrap(),
            to: vec![EmailAddress::parse("anna@example.com").unwrap()],
            size: 2_000_000,
            eight_bit: false,
        };
        let body = || Box::new(std::io::Cursor::new(vec![b'x'; 2_000_000]));
        let open = async || Session::open(&account, sign_in, &Deadlines::default(), &|_| ()).await.unwrap();
        // It fails.
        let refuse = || async { Err("the disk is full".to_owned()) };
        let report = open().await.send(&envelope, body(), Box::new(refuse), None).await;
        assert_eq!(report.outcomes, [Outcome::NotSent]);
        let marked = matches!(&report.trouble, Some(Trouble { cause: Cause::NotMarked(why), .. }) if why == "the disk is full");
        assert!(marked, "{:?}", report.trouble);
        assert!(sent_of(&came.recv().await.unwrap(), announced) < announced);
        // Nobody waits for it any more.
        let asked = Arc::new(tokio::sync::Notify::new());
        let own = Arc::clone(&asked);
        let never = move || {
            own.notify_one();
            std::future::pending()
        };
        let mut session = open().await;
        tokio::select! {
            report = session.send(&envelope, body(), Box::new(never), None) => panic!("{report:?}"),
            () = asked.notified() => {}
        }
        assert!(sent_of(&came.recv().await.unwrap(), announced) < announced);
    }
}

/// How much of the body came of the one that was announced.
fn sent_of(request: &[u8], announced: usize) -> usize {
    let end = request.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    assert!(head.contains(&format!("content-length: {announced}\r\n")), "{head}");
    request.len() - end
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_tells_each_step_and_what_to_do() {
    let steps = |view: &TestView| -> Vec<(&'static str, &'static str)> {
        view.steps.iter().map(|step| (step.key, step.state)).collect()
    };
    for kind in BOTH {
        let shop = Shop::open(kind).await;
        let view = shop.test(None).await;
        assert_eq!(steps(&view), [("token", "ok"), ("dns", "ok"), ("connect", "ok")], "{kind:?}");
        let view = shop.test(Some("anna@example.com")).await;
        let all = ["token", "dns", "connect", "auth", "sender", "recipient", "accepted"];
        assert_eq!(steps(&view), all.map(|key| (key, "ok")), "{kind:?}");
        assert_eq!(shop.copies(), one_each(&["anna@example.com"]));
        shop.interface.state().dislikes.insert("bad@example.com".into());
        let view = shop.test(Some("bad@example.com")).await;
        let ends = [("sender", "ok"), ("recipient", "failed"), ("accepted", "not_tried")];
        assert_eq!(steps(&view)[4..], ends, "{kind:?}");
        assert_eq!(view.problem.unwrap().id, "E12");
        shop.interface.state().ended.insert("access-horse-1".into());
        let view = shop.test(Some("anna@example.com")).await;
        assert_eq!(steps(&view)[3..5], [("auth", "failed"), ("sender", "not_tried")], "{kind:?}");
    }
    let shop = Shop::open(Kind::Graph).await;
    shop.interface.state().mailbox = "other@till.example".into();
    let view = shop.test(Some("anna@example.com")).await;
    assert_eq!(steps(&view)[4..6], [("sender", "failed"), ("recipient", "not_tried")]);
    assert_eq!(view.problem.unwrap().id, "E09");
}

/// What the interface would refuse is refused before anything is queued, and one who moves there later
/// is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_too_large_for_graph_is_told_before_it_is_queued() {
    let shop = Shop::open(Kind::Graph).await;
    let mail = MailShape { to: vec!["anna@example.com".into()], ..MailShape::default() };
    let file = |size: usize| OutgoingFile { name: "photo.bin".into(), bytes: vec![7; size] };
    let send = |size| {
        shop.till.app.send(&MailFile { mail: mail.clone(), ..MailFile::default() }, vec![file(size)], None)
    };
    let told = send(2_300_000).unwrap_err();
    assert_eq!(told.field(), Some("attachments"), "{told}");
    send(2_100_000).unwrap();
    shop.till.flush().await;
    assert_eq!(shop.copies(), one_each(&["anna@example.com"]));
    // Queued for another way, which takes more.
    let own = shop.till.app.account("default").unwrap().account;
    shop.till.account(1);
    let large = send(2_300_000).unwrap().id;
    shop.till.app.set_account(AccountInput { account: own, secret: None }).unwrap();
    connect(&shop.till.app, &shop.provider, Kind::Graph).await;
    shop.till.flush().await;
    assert_eq!(shop.till.states(large), ["refused"]);
    let mail = shop.till.mail(large);
    let view = tillpost::app::show::mail_in(&mail, &shop.till.app.conditions().unwrap(), "en");
    assert_eq!(view.recipients[0].problem.as_ref().unwrap().id, "E14");
    assert_eq!(shop.interface.state().requests, 1, "it was not asked");
}

/// The command line knows what belongs to an interface, and the settings file carries it.
#[test]
fn an_interface_is_set_up_with_two_words_and_moves_with_the_settings() {
    let place = crate::support::place::Place::new(1);
    let set = ["account", "set", "--client-id", "till", "--from", "Shop <shop@till.example>", "--json"];
    let shown = place.run(&[&set[..], &["--transport", "graph"]].concat(), "").ok().json();
    let told = |name: &str| shown[name].as_str().unwrap().to_owned();
    assert_eq!((told("transport"), told("host")), ("graph".into(), "graph.microsoft.com".into()));
    assert_eq!(
        (told("encryption"), told("auth"), told("user")),
        ("tls".into(), "oauth".into(), "shop@till.example".into())
    );
    assert_eq!((&shown["port"], &shown["oauth"]["issuer"]), (&443.into(), &"microsoft".into()));
    assert_eq!((&shown["most_bytes"], &shown["pace"]["per_minute"]), (&3_000_000.into(), &30.into()));
    let shown = place
        .run(&["account", "set", "--transport", "gmail", "--client-id", "other", "--json"], "")
        .ok()
        .json();
    assert_eq!(
        (&shown["host"], &shown["oauth"]["issuer"]),
        (&"gmail.googleapis.com".into(), &"google".into())
    );
    assert_eq!((&shown["pace"]["per_day"], &shown["oauth"]["client_id"]), (&2000.into(), &"other".into()));
    let kept = place.run(&["account", "set", "--reply-to", "a@till.example", "--json"], "").ok().json();
    assert_eq!((&kept["transport"], &kept["host"]), (&"gmail".into(), &"gmail.googleapis.com".into()));
    let wrong = place
        .run(&["account", "set", "--transport", "gmail", "--auth", "password", "--password-stdin"], "x\n");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("auth: the Gmail API takes no other sign-in"), "{wrong:?}");
    let presets = place.run(&["account", "presets", "--json"], "").json();
    let ways: Vec<_> = ["gmail", "m365", "gmx_de"]
        .map(|id| presets.as_array().unwrap().iter().find(|p| p["id"] == id).unwrap()["interface"].clone())
        .into();
    assert_eq!(ways, [serde_json::json!("gmail"), serde_json::json!("graph"), serde_json::Value::Null]);
    let file = place.folder.path().join("settings.json");
    let file = file.to_str().unwrap();
    place.run(&["settings", "export", file], "").ok();
    let other = crate::support::place::Place::new(1);
    other.run(&["settings", "import", file], "").ok();
    let there = other.run(&["account", "show", "--json"], "").json();
    assert_eq!((&there["transport"], &there["oauth"]), (&"gmail".into(), &kept["oauth"]));
    let back = place
        .run(&["account", "set", "--transport", "smtp", "--host", "smtp.gmail.com", "--json"], "")
        .ok()
        .json();
    assert_eq!(
        (&back["transport"], &back["port"], &back["auth"]),
        (&"smtp".into(), &465.into(), &"oauth".into())
    );
}

/// A connection for one way to send has no right to another: a person connects again.
#[tokio::test(flavor = "multi_thread")]
async fn another_way_to_send_needs_another_permission() {
    let shop = Shop::open(Kind::Gmail).await;
    let mut account = shop.till.app.account("default").unwrap().account;
    account.transport = Transport::Smtp;
    shop.till.app.set_account(AccountInput { account, secret: None }).unwrap();
    assert_eq!(shop.till.app.account("default").unwrap().connection, None);
    let secrets = std::fs::read_to_string(shop.till.app.data().join("secrets.json")).unwrap();
    assert!(!secrets.contains("refresh-token"), "{secrets}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_reach_an_interface_without_a_token() {
    let shop = Shop::open(Kind::Graph).await;
    let found = shop.till.app.examine("en").await.unwrap();
    let ways: Vec<_> = found.iter().filter(|f| ["dns", "connect"].contains(&f.what)).collect();
    assert!(ways.len() == 2 && ways.iter().all(|f| f.problem.is_none()), "{found:?}");
    assert_eq!(shop.interface.state().requests, 0);
}

/// A till that lay in a drawer: its connection is renewed before the provider ends it, once, and the token
/// that came is the one that counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_lay_idle_is_renewed_by_itself() {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let shop = Shop::open(Kind::Graph).await;
    let renewed = |ago_ms: i64| {
        let sql = rusqlite::Connection::open(shop.till.app.data().join("tillpost.db")).unwrap();
        sql.execute("UPDATE account_oauth SET renewed_ms = renewed_ms - ?1", [ago_ms]).unwrap();
    };
    let given = || shop.provider.given.load(std::sync::atomic::Ordering::SeqCst);
    let renewals = async |until: usize| {
        let deliverer = Deliverer::new(&shop.till.app).unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(async move { deliverer.run(async move { drop(stopped.await) }).await });
        let enough = async {
            while given() < until
                || shop.till.app.account("default").unwrap().connection.unwrap().renewed.0 < now() - DAY_MS
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), enough).await.unwrap();
        drop(stop);
        running.await.unwrap();
    };
    assert_eq!(given(), 1, "connected");
    renewed(80 * DAY_MS);
    let row = shop.till.app.account("default").unwrap();
    let notices = tillpost::app::show::account_in(&row, "en").notices;
    assert!(notices[0].contains("Connect again before then"), "it is told before: {notices:?}");
    renewals(2).await;
    // Another process has nothing but what is stored.
    let key = shop.till.folder.path().join("key");
    let app = App::open(shop.till.app.data()).unwrap().with_key_file(&key);
    shop.till.send(&["anna@example.com"]);
    let report = Deliverer::new(&app).unwrap().flush().await.unwrap();
    assert_eq!((report.accepted, given()), (1, 3), "{report:?}");
    // What was used a few days ago is left alone.
    renewed(6 * DAY_MS);
    app.set_setting("undo_seconds", "0").unwrap();
    let row = app.account("default").unwrap();
    assert!(!tillpost::domain::oauth::lies_idle(&row.connection.unwrap(), tillpost::domain::Millis(now())));
}

fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

//! Nothing is entered twice, and nothing is left out: lost answers, broken lines, killed processes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use serde_json::json;
use tillpost::app::{BooksPatience, Deliverer};
use tillpost::domain::mail::State;

use super::{RESTED, Shop, profile, sale};
use crate::program::program;
use crate::support::kashflow::{Fault, KashFlow, twice};
use crate::support::scripted::{Script, Scripted};
use crate::till::no_commit_of;

/// Sales posted through faults: five hundred, or as many as `TILLPOST_SALES` says.
fn sales() -> usize {
    std::env::var("TILLPOST_SALES").ok().and_then(|n| n.parse().ok()).unwrap_or(500)
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A third of all requests meets one of these.
fn dice_faults(seed: u64) -> impl FnMut(&str) -> Option<Fault> + Send {
    let mut dice = Dice(seed);
    move |_| {
        const FAULTS: [Fault; 7] = [
            Fault::LostAnswer,
            Fault::Truncated,
            Fault::BadGateway,
            Fault::Unavailable,
            Fault::Reset,
            Fault::Slow(Duration::from_millis(2)),
            Fault::OkAndNothing,
        ];
        let at = usize::try_from(dice.roll(21)).unwrap();
        FAULTS.get(at).copied()
    }
}

/// What stands in the books is what was sold, once.
fn check_books(shop: &Shop, books: &KashFlow, sold: &[tillpost::app::Issued]) {
    let kept = books.books();
    assert_eq!(twice(kept.invoices.iter().map(|i| i.reference.clone())), Vec::<String>::new());
    assert_eq!(twice(kept.payments.iter().map(|p| p.note.clone())), Vec::<String>::new());
    assert_eq!(twice(kept.customers.iter().map(|c| c.text_of("Email"))), Vec::<String>::new());
    assert_eq!(kept.invoices.len(), sold.len());
    for issued in sold {
        let posting = shop.posting(issued);
        assert_eq!(posting.state, State::Accepted, "{posting:?}");
        let invoice = kept.invoices.iter().find(|i| i.reference == posting.reference).unwrap();
        assert_eq!(posting.done.invoice, Some(invoice.number));
        let paid = kept.paid(invoice.number);
        let payable: Decimal = issued.document.payable.parse().unwrap();
        assert_eq!(invoice.net + invoice.vat - paid, payable, "{posting:?}");
        assert!(!invoice.files.is_empty(), "{posting:?}");
    }
    assert_eq!(kept.at_once.1, 1, "more than one request at a time");
}

#[tokio::test]
async fn hundreds_of_sales_through_random_faults_are_each_in_the_books_once() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    books.faults(dice_faults(2026));
    let mut sold = Vec::new();
    for n in 0..sales() {
        let mut sale = sale(&format!("C{}", n % 17));
        sale["lines"][0]["quantity"] = (n % 4 + 1).to_string().into();
        sold.push(shop.sell(&sale));
    }
    let begun = Instant::now();
    loop {
        shop.flush().await;
        let left = shop.till.app.postings(false, None, 200).unwrap().items;
        assert!(left.iter().all(|p| p.state != State::Refused), "{left:?}");
        // Waits of a refused code are an hour; what makes them is not in this test.
        if left.is_empty() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(300), "{left:?}");
    }
    check_books(&shop, &books, &sold);
}

#[tokio::test]
async fn a_lost_answer_rests_before_the_books_are_searched() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let issued = shop.sell(&sale("Anna"));
    // Entered after nobody waits for it any more, and long before the rest is over.
    let late = Duration::from_millis(900);
    books.faults(move |method| (method == "InsertInvoice_TypeDefined").then_some(Fault::Late(late)));
    let patience = BooksPatience { answer: Duration::from_millis(600), rest: Duration::from_secs(5) };
    let hasty = Deliverer::new(&shop.till.app).unwrap().with_patience(patience);
    let report = hasty.flush().await.unwrap();
    assert_eq!((report.posted, report.uncertain), (0, 1), "{report:?}");
    books.faults(|_| None);
    assert_eq!(hasty.flush().await.unwrap().posted, 0, "searched too early");
    let posting = shop.posting(&issued);
    assert_eq!(posting.state, State::Uncertain);
    assert!(posting.reason.contains("searched before anything is repeated"), "{}", posting.reason);
    shop.till.app.retry_posting(posting.id).unwrap_err();
    while hasty.flush().await.unwrap().posted == 0 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    check_books(&shop, &books, &[issued]);
}

/// Stored by another version of the program, or hit on the disk: its own trouble, and nobody else's.
#[tokio::test]
async fn a_sale_that_cannot_be_read_stops_no_other_and_no_mail() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let server = Scripted::start(Script::default()).await;
    shop.till.account(server.address.port());
    let (first, lost) = (shop.sell(&sale("Anna")), shop.sell(&sale("Ben")));
    let fine = shop.sell(&sale("Cleo"));
    shop.till.send(&["anna@example.com"]);
    shop.change(&format!(
        "UPDATE document SET content = json_set(content, '$.lines[0].quantity', 'many') WHERE id = {};
         DELETE FROM document_pdf WHERE document_id = {};",
        first.document.id, lost.document.id
    ));
    let report = shop.flush().await;
    assert_eq!((report.posted, report.not_posted, report.accepted), (1, 2, 1), "{report:?}");
    assert_eq!(shop.posting(&fine).state, State::Accepted);
    for (unreadable, why) in [(first, "lines[0].quantity"), (lost, "PDF")] {
        let posting = shop.posting(&unreadable);
        assert_eq!(posting.state, State::Refused);
        assert!(posting.reason.contains("by hand") && posting.reason.contains(why), "{}", posting.reason);
        shop.till.app.cancel_posting(posting.id).unwrap();
    }
}

#[tokio::test]
async fn trouble_with_the_books_breaks_off_no_mail() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let server = Scripted::start(Script::default()).await;
    shop.till.account(server.address.port());
    shop.sell(&sale("Anna"));
    shop.till.send(&["anna@example.com"]);
    shop.change("UPDATE integration SET package = 'another'");
    let error = shop.deliverer.flush().await.unwrap_err();
    assert!(error.to_string().contains("another"), "{error}");
    assert_eq!(server.arrived(), ["anna@example.com"]);
}

#[tokio::test]
async fn two_processes_at_once_post_each_sale_once() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let sold: Vec<_> = (0..8).map(|n| shop.sell(&sale(&format!("C{}", n % 2)))).collect();
    let other = Deliverer::new(&shop.till.app).unwrap();
    while !shop.till.app.postings(false, None, 50).unwrap().items.is_empty() {
        let (one, two) = tokio::join!(shop.deliverer.flush(), other.flush());
        one.unwrap();
        two.unwrap();
    }
    check_books(&shop, &books, &sold);
}

#[tokio::test]
async fn a_process_killed_between_request_and_answer_leaves_nothing_twice() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let key = shop.till.folder.path().join("key");
    let mut sold = Vec::new();
    for point in ["posting_claimed", "posting_marked", "posting_answered", "posting_step_stands"] {
        for nth in 1..=4 {
            sold.push(shop.sell(&sale(&format!("C{nth}"))));
            let armed = format!("{point}:{}", if point == "posting_claimed" { 1 } else { nth });
            let mut child = program(shop.till.app.data(), &["flush"]);
            child.env("TILLPOST_KEY_FILE", &key).env("TILLPOST_FAULT_POINT", &armed);
            child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let ended = tokio::task::spawn_blocking(move || child.status().unwrap()).await.unwrap();
            assert_eq!(ended.code(), None, "{armed} was not passed");
            // The rest after a lost answer is two minutes in the program; nothing is slow here.
            shop.flush().await;
            shop.change(RESTED);
            assert_eq!(shop.flush().await.troubles, [], "{armed}");
        }
    }
    check_books(&shop, &books, &sold);
    assert!(books.books().invoices.iter().all(|i| i.files.len() <= 2));
}

/// Any quantity, price, discount and tax, net or gross: what stands in the books is our total.
#[test]
fn whatever_is_sold_stands_in_the_books_with_our_total() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (books, shop) = runtime.block_on(async {
        let books = KashFlow::start().await;
        let shop = Shop::at(&books).await;
        (books, shop)
    });
    let line = ("[1-9][0-9]{0,2}(\\.[0-9]{1,3})?", "[0-9]{1,3}\\.[0-9]{2,4}", 0..100_u32, 0..4_usize);
    let content = (prop::collection::vec(line, 1..7), any::<bool>(), "[0-9]\\.[0-9]{2}");
    let seen = AtomicUsize::new(0);
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&content, |(lines, gross, off)| {
            const TAXES: [(&str, &str); 4] = [("S", "20"), ("S", "5"), ("S", "17.5"), ("Z", "0")];
            let mut document = sale("Anna");
            document["prices"] = if gross { "gross" } else { "net" }.into();
            document["paid"] = "0.00".into();
            document["lines"] = lines
                .iter()
                .map(|(quantity, price, discount, tax)| {
                    json!({ "description": "Part", "quantity": quantity, "unit_price": price,
                            "discount_percent": discount.to_string(),
                            "tax": { "category": TAXES[*tax].0, "rate": TAXES[*tax].1 } })
                })
                .collect::<Vec<_>>()
                .into();
            let tax = TAXES[lines[0].3];
            document["charges"] = json!([{ "reason": "Carriage", "amount": off,
                                            "tax": { "category": tax.0, "rate": tax.1 } }]);
            document["allowances"] = json!([{ "reason": "Regular", "amount": "0.01",
                                               "tax": { "category": tax.0, "rate": tax.1 } }]);
            let Ok(issued) = shop.till.issue(&document) else { return Err(TestCaseError::reject("no sale")) };
            let report = runtime.block_on(shop.flush());
            prop_assert_eq!(report.posted, 1, "{:?} {:?}", report, shop.posting(&issued));
            let kept = books.books();
            let invoice = kept.invoices.last().unwrap();
            let payable: rust_decimal::Decimal = issued.document.payable.parse().unwrap();
            prop_assert_eq!(
                (invoice.net + invoice.vat).normalize().to_string(),
                payable.normalize().to_string()
            );
            seen.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .unwrap();
    assert!(seen.load(Ordering::Relaxed) > 0);
}

#[tokio::test]
async fn a_profile_changed_while_it_posts_posts_no_further_sale_as_it_was() {
    let (books, others) = (KashFlow::start().await, KashFlow::start().await);
    let shop = Shop::at(&books).await;
    let sold = [shop.sell(&sale("Anna")), shop.sell(&sale("Ben")), shop.sell(&sale("Cleo"))];
    let app = shop.till.app.clone();
    books.faults(move |method| {
        if method == "InsertInvoicePayment" {
            app.enable_integration("books", false).unwrap();
        }
        None
    });
    // The sale in hand comes to its end; the others wait.
    assert_eq!(shop.flush().await.posted, 1);
    assert_eq!(shop.flush().await.posted, 0);
    shop.till.app.enable_integration("books", true).unwrap();
    let (app, endpoint) = (shop.till.app.clone(), others.endpoint());
    books.faults(move |method| {
        if method == "InsertInvoicePayment" {
            app.set_integration("books", profile(&endpoint, Some("secret-horse"))).unwrap();
        }
        None
    });
    assert_eq!(shop.flush().await.posted, 1);
    assert_eq!(shop.flush().await.posted, 1);
    assert_eq!((books.books().invoices.len(), others.books().invoices.len()), (2, 1));
    assert!(sold.iter().all(|issued| shop.posting(issued).state == State::Accepted));
}

#[tokio::test]
async fn a_profile_is_removed_when_nothing_of_it_is_open() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let issued = shop.sell(&sale("Anna"));
    let mut dollars = sale("Ben");
    dollars["currency"] = "USD".into();
    let refused = shop.sell(&dollars);
    let app = &shop.till.app;
    assert!(app.remove_integration("books").unwrap_err().to_string().contains("still to be posted"));
    app.enable_integration("books", false).unwrap();
    assert_eq!(shop.flush().await.troubles[0].1, "this profile is switched off");
    app.enable_integration("books", true).unwrap();
    assert_eq!(shop.flush().await.posted, 1);
    app.set_integration("second", profile(&books.endpoint(), Some("secret-horse"))).unwrap();
    app.remove_integration("books").unwrap();
    assert_eq!(app.integrations().unwrap().len(), 1);
    let channel = app.channel("counter").unwrap();
    assert_eq!((channel.integration, channel.export_orders), (None, false));
    assert_eq!(shop.posting(&issued).state, State::Accepted);
    // What nobody would post must not seem to wait for it, also when a profile has that name again.
    app.set_integration("books", profile(&books.endpoint(), Some("secret-horse"))).unwrap();
    let refused = shop.posting(&refused);
    assert!(app.retry_posting(refused.id).unwrap_err().to_string().contains("is removed"));
    assert_eq!(app.cancel_posting(refused.id).unwrap().state, State::Cancelled);
}

/// The disk is full in the very moment in which a sale is claimed, then in that in which it is marked.
#[tokio::test]
async fn a_sale_whose_claim_and_mark_could_not_be_written_is_posted_when_they_can() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let sold = [shop.sell(&sale("Anna"))];
    for column in ["lease_owner", "step"] {
        let full = no_commit_of(shop.till.app.data(), "posting", column);
        shop.deliverer.flush().await.unwrap_err();
        drop(full);
    }
    assert_eq!(shop.flush().await.posted, 1);
    check_books(&shop, &books, &sold);
}

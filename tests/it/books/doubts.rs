//! A sale that may be in the books is never taken for one that is not.

use tillpost::app::{App, Deliverer};
use tillpost::domain::mail::State;
use tillpost::store::FILE_NAME;

use super::{RESTED, Shop, counter, profile, sale};
use crate::support::kashflow::{Fault, KashFlow};

/// The accounts' subscription ends while a sale is in doubt: the search is refused, and says nothing of the sale.
#[tokio::test]
async fn a_search_that_is_refused_says_nothing_of_the_sale() {
    for (entering, searching) in [
        ("InsertInvoice_TypeDefined", "GetInvoicesForCustomer"),
        ("InsertInvoicePayment", "GetInvoicePayment"),
    ] {
        let books = KashFlow::start().await;
        let shop = Shop::at(&books).await;
        let issued = shop.sell(&sale("Anna"));
        books.faults(move |method| (method == entering).then_some(Fault::LostAnswer));
        assert_eq!(shop.flush().await.uncertain, 1);
        let words = "Your subscription has expired";
        books.faults(move |method| (method == searching).then_some(Fault::Says(words)));
        for _ in 0..2 {
            shop.change(RESTED);
            let report = shop.flush().await;
            assert_eq!((report.posted, report.uncertain, report.troubles.len()), (0, 1, 0), "{report:?}");
            let posting = shop.posting(&issued);
            assert_eq!(posting.state, State::Uncertain, "{entering}");
            assert!(posting.reason.contains("could not be looked up"), "{}", posting.reason);
            assert!(posting.reason.contains(words), "{}", posting.reason);
            shop.till.app.retry_posting(posting.id).unwrap_err();
        }
        books.faults(|_| None);
        shop.change(RESTED);
        assert_eq!(shop.flush().await.posted, 1);
        let kept = books.books();
        assert_eq!((kept.invoices.len(), kept.payments.len()), (1, 1), "{entering}");
    }
}

/// The books said no and entered it all the same, or an earlier version of the program took a doubt for a no.
#[tokio::test]
async fn a_refused_sale_is_looked_for_before_it_is_entered_again() {
    for entering in ["InsertInvoice_TypeDefined", "InsertInvoicePayment"] {
        let books = KashFlow::start().await;
        let shop = Shop::at(&books).await;
        let issued = shop.sell(&sale("Anna"));
        books.faults(move |method| (method == entering).then_some(Fault::LostAnswer));
        assert_eq!(shop.flush().await.uncertain, 1);
        shop.change("UPDATE posting SET state = 'refused', step = NULL");
        let id = shop.posting(&issued).id;
        assert_eq!(shop.till.app.retry_posting(id).unwrap().state, State::Waiting);
        // Also when the first search of it fails.
        books.faults(|method| method.starts_with("Get").then_some(Fault::Says("Not now")));
        assert_eq!(shop.flush().await.posted, 0);
        books.faults(|_| None);
        shop.till.app.retry_posting(id).unwrap();
        assert_eq!(shop.flush().await.posted, 1, "{entering}");
        let kept = books.books();
        assert_eq!((kept.invoices.len(), kept.payments.len()), (1, 1), "{entering}");
    }
}

#[tokio::test]
async fn a_payment_in_doubt_is_found_by_our_reference_and_entered_where_there_is_none() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    shop.sell(&sale("Anna"));
    books.faults(|method| (method == "InsertInvoicePayment").then_some(Fault::LostAnswer));
    shop.flush().await;
    // The bookkeeper takes off what the card cost.
    books.books().payments[0].amount = "58.21".parse().unwrap();
    books.faults(|_| None);
    shop.change(RESTED);
    assert_eq!(shop.flush().await.posted, 1);
    assert_eq!(books.books().payments.len(), 1);
    shop.sell(&sale("Ben"));
    books.faults(|method| (method == "InsertInvoicePayment").then_some(Fault::Unavailable));
    assert_eq!(shop.flush().await.uncertain, 1);
    let none = "There are no payments for this invoice";
    books.faults(move |method| (method == "GetInvoicePayment").then_some(Fault::Says(none)));
    shop.change(RESTED);
    assert_eq!(shop.flush().await.posted, 1);
    assert_eq!(books.books().payments.len(), 2);
}

#[tokio::test]
async fn a_channel_taken_off_the_books_leaves_a_sale_in_doubt_until_it_is_back() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let issued = shop.sell(&sale("Anna"));
    books.faults(|method| (method == "InsertInvoice_TypeDefined").then_some(Fault::LostAnswer));
    shop.flush().await;
    books.faults(|_| None);
    shop.till.app.set_channel("counter", Default::default()).unwrap();
    shop.change(RESTED);
    shop.flush().await;
    let posting = shop.posting(&issued);
    assert_eq!(posting.state, State::Uncertain);
    assert!(posting.reason.contains("does not post by \"books\" any more"), "{}", posting.reason);
    shop.till.app.set_channel("counter", counter()).unwrap();
    shop.change(RESTED);
    assert_eq!(shop.flush().await.posted, 1);
    assert_eq!(books.books().invoices.len(), 1);
}

/// The invoice stands in the books, its payment does not: a corrected version must not stand beside it.
#[tokio::test]
async fn a_version_that_is_halfway_in_the_books_keeps_every_other_one_out() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let mut unpaid = counter();
    unpaid.payment_method = None;
    shop.till.app.set_channel("counter", unpaid).unwrap();
    let first = shop.sell(&sale("Anna"));
    shop.flush().await;
    let refused = shop.posting(&first);
    assert_eq!((refused.state, refused.done.invoice.is_some()), (State::Refused, true));
    let second = shop.sell(&corrected(&first, 2));
    let posting = shop.posting(&second);
    assert_eq!(posting.state, State::Refused);
    assert!(posting.reason.starts_with("Version 1 of this document is in the books"), "{}", posting.reason);
    let error = shop.till.app.retry_posting(posting.id).unwrap_err();
    assert!(error.to_string().contains("Version 1 of this document"), "{error}");
    shop.till.app.set_channel("counter", counter()).unwrap();
    shop.till.app.retry_posting(refused.id).unwrap();
    assert_eq!(shop.flush().await.posted, 1);
    shop.till.app.retry_posting(posting.id).unwrap_err();
    let kept = books.books();
    assert_eq!((kept.invoices.len(), kept.payments.len()), (1, 1));
}

#[tokio::test]
async fn a_version_of_which_nothing_was_entered_makes_room_for_the_corrected_one() {
    let books = KashFlow::start().await;
    let shop = Shop::at(&books).await;
    let mut dollars = sale("Anna");
    dollars["currency"] = "USD".into();
    let first = shop.sell(&dollars);
    shop.flush().await;
    assert_eq!(shop.posting(&first).state, State::Refused);
    let second = shop.sell(&corrected(&first, 2));
    let superseded = shop.posting(&first);
    assert_eq!(superseded.state, State::Cancelled);
    shop.till.app.retry_posting(superseded.id).unwrap_err();
    assert_eq!(shop.flush().await.posted, 1);
    assert_eq!(shop.posting(&second).state, State::Accepted);
    // As versions of the program left it that did not cancel what was refused.
    shop.change("UPDATE posting SET state = 'refused' WHERE state = 'cancelled'");
    let error = shop.till.app.retry_posting(superseded.id).unwrap_err();
    assert!(error.to_string().contains("Version 2 of this document"), "{error}");
    assert_eq!(books.books().invoices.len(), 1);
}

/// The copy is from before the sale was entered. The file that was there knows of it; a new disk knows nothing.
#[tokio::test]
async fn a_data_file_that_was_put_back_enters_no_sale_twice() {
    for known in [true, false] {
        let books = KashFlow::start().await;
        let shop = Shop::at(&books).await;
        let issued = shop.sell(&sale("Anna"));
        let folder = shop.till.folder.path();
        let (data, copy, key) = (shop.till.app.data().to_owned(), folder.join("copy.db"), folder.join("key"));
        shop.till.app.backup(&copy).unwrap();
        assert_eq!(shop.flush().await.posted, 1);
        let Shop { till, deliverer } = shop;
        drop((till.app, deliverer));
        if !known {
            std::fs::remove_file(data.join(FILE_NAME)).unwrap();
        }
        let restored = App::restore(&copy, &data, known).unwrap();
        assert_eq!((restored.settled, restored.sales), (usize::from(known), usize::from(!known)));
        let app = App::open(&data).unwrap().with_key_file(&key);
        let deliverer = Deliverer::new(&app).unwrap();
        assert_eq!(deliverer.flush().await.unwrap().posted, 0);
        let posting = app.posting_of(issued.document.id).unwrap().unwrap();
        if known {
            assert_eq!(posting.state, State::Accepted);
        } else {
            assert_eq!(posting.state, State::Refused);
            assert!(posting.reason.contains("put back from a copy"), "{}", posting.reason);
            // Tried again, it is found where it stands.
            app.retry_posting(posting.id).unwrap();
            assert_eq!(deliverer.flush().await.unwrap().posted, 1);
        }
        let kept = books.books();
        assert_eq!((kept.invoices.len(), kept.payments.len()), (1, 1), "known: {known}");
    }
}

fn corrected(first: &tillpost::app::Issued, version: i64) -> serde_json::Value {
    let mut corrected = sale("Anna");
    corrected["number"] = first.document.number.clone().into();
    corrected["version"] = version.into();
    corrected
}

/// Two who set up a profile of one name in the same moment: one of them has it, the other is told.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_add_a_profile_of_one_name_one_is_refused() {
    let books = KashFlow::start().await;
    let shop = Shop::new(&books, "secret-horse");
    let data = shop.till.app.data().to_owned();
    let kept =
        || std::fs::read_to_string(data.join("secrets.json")).unwrap().matches("/integration ").count();
    let held = rusqlite::Connection::open(data.join("tillpost.db")).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let add = |endpoint: &'static str| {
        let app = shop.till.app.clone();
        std::thread::spawn(move || (endpoint, app.set_integration("new", profile(endpoint, Some(endpoint)))))
    };
    let both = [add("http://127.0.0.1:1/a"), add("http://127.0.0.1:1/b")];
    // Both have looked, and have given their passwords away to be kept.
    while kept() < 3 {
        std::thread::yield_now();
    }
    held.execute_batch("COMMIT").unwrap();
    let done = both.map(|thread| thread.join().unwrap());
    let (won, lost): (Vec<_>, Vec<_>) = done.into_iter().partition(|(_, done)| done.is_ok());
    assert_eq!((won.len(), lost[0].1.as_ref().unwrap_err().kind()), (1, tillpost::app::Kind::Conflict));
    assert_eq!(shop.till.app.integration("new").unwrap().endpoint, won[0].0);
    assert_eq!(kept(), 2, "the password of the one who was refused stayed");
}

/// A profile that is removed while a sale is prepared: the sale stands, and says that nobody posts it.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_whose_profile_is_gone_when_it_is_stored_says_so() {
    let books = KashFlow::start().await;
    let shop = Shop::new(&books, "secret-horse");
    let issued = shop.sell(&crate::program::invoice());
    let store = tillpost::store::Store::open(shop.till.app.data(), "test").unwrap();
    let new = tillpost::store::NewPosting {
        uuid: uuid::Uuid::now_v7(),
        document: issued.document.id,
        profile: "gone".into(),
        channel: "counter".into(),
        reference: "INV-1 #x".into(),
        refused: None,
        created: tillpost::domain::Millis(1),
    };
    store.write(move |tx| tx.insert_posting(&new)).unwrap();
    let posting = shop.posting(&issued);
    assert_eq!(posting.state.word(), "refused");
    assert!(posting.reason.contains("\"gone\" was removed"), "{}", posting.reason);
    assert_eq!(shop.till.app.retry_posting(posting.id).unwrap_err().kind(), tillpost::app::Kind::Conflict);
}

//! The real program, killed in the middle of a sending through an interface.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tillpost::app::Wish;
use tokio::sync::Notify;

use super::{BOTH, Shop, one_each, send_much};
use crate::program::program;
use crate::support::interfaces::Fault;

/// The program on the shop's data, sending.
fn sending(shop: &Shop) -> Child {
    let mut command = program(shop.till.app.data(), &["flush"]);
    command.env("TILLPOST_KEY_FILE", shop.till.folder.path().join("key"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Starts the program and kills it when `moment` has come.
async fn killed_at(shop: &Shop, moment: &Notify) {
    let mut child = sending(shop);
    let came = tokio::time::timeout(Duration::from_secs(60), moment.notified()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    came.expect("the program did not come so far");
}

/// The answer is outstanding: nobody knows what became of the mail, so it is neither lost nor sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_killed_before_the_answer_leaves_doubt() {
    for kind in BOTH {
        let shop = Shop::open(kind).await;
        let mail = shop.till.send(&["anna@example.com", "ben@example.com"]);
        let moment = Arc::new(Notify::new());
        shop.interface.next(Fault::Held(Arc::clone(&moment)));
        killed_at(&shop, &moment).await;
        let copies = one_each(&["anna@example.com", "ben@example.com"]);
        assert_eq!((shop.copies(), shop.interface.state().requests), (copies.clone(), 1), "{kind:?}");
        // Whoever looks next finds the doubt, and sends nothing by itself.
        for _ in 0..2 {
            assert!(sending(&shop).wait().unwrap().success(), "{kind:?}");
            assert_eq!(shop.till.states(mail), ["uncertain", "uncertain"], "{kind:?}");
            assert_eq!(shop.interface.state().requests, 1, "{kind:?}: it was sent twice");
        }
        shop.till.app.wish(mail, Wish::SendAgain).unwrap();
        assert!(sending(&shop).wait().unwrap().success());
        assert_eq!(shop.till.states(mail), ["accepted", "accepted"], "{kind:?}");
        let submitted = shop.interface.state().submitted.clone();
        assert_eq!(submitted[0], submitted[1], "the same bytes, under the same number");
    }
}

/// Half of it had left: the interface cannot act on that, so it goes again, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_killed_in_the_middle_of_a_mail_sends_it_later() {
    for kind in BOTH {
        let shop = Shop::open(kind).await;
        let mail = send_much(&shop);
        let moment = Arc::new(Notify::new());
        shop.interface.next(Fault::Stalled(64 * 1024, Arc::clone(&moment)));
        killed_at(&shop, &moment).await;
        assert_eq!((shop.copies(), shop.interface.state().requests), (vec![], 0), "{kind:?}");
        assert!(sending(&shop).wait().unwrap().success(), "{kind:?}");
        assert_eq!((shop.till.states(mail)[0], shop.copies()), ("accepted", one_each(&["anna@example.com"])));
        assert!(sending(&shop).wait().unwrap().success());
        assert_eq!(shop.interface.state().requests, 1, "{kind:?}: it was sent twice");
    }
}

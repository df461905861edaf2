//! What is fed with anything at all, and what must hold of it. None of it may panic or take long.
//!
//! Driven two ways: `tests/it/generated.rs` feeds generated inputs with every `cargo test`, on a stable
//! compiler; with `fuzz/run`, libFuzzer follows what the bytes reach for as long as one likes.

use tillpost::domain::address::Mailbox;
use tillpost::domain::totals::Totals;
use tillpost::domain::{recipients, setting};
use tillpost::transport::smtp::read_replies;
use tillpost::wire::InputFile;

/// What a server may say. However its bytes are cut on their way, the same replies come out.
pub fn replies(bytes: &[u8]) {
    let whole = read_replies([bytes]);
    let pieces = read_replies(bytes.chunks(1));
    assert_eq!(whole, pieces);
    let (front, back) = bytes.split_at(bytes.len() / 2);
    assert_eq!(whole, read_replies([front, back]));
    if let Ok(replies) = whole {
        assert!(replies.iter().all(|r| (200..600).contains(&r.code)));
    }
}

/// What may lie in the outbox folder. What is taken adds up, and reads the same when written out again.
pub fn documents(bytes: &[u8]) {
    let InputFile::Document(file) = (match InputFile::read(bytes) {
        Ok(file) => file,
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            return;
        }
    }) else {
        return;
    };
    let written = serde_json::to_string(&file).unwrap();
    let Ok(InputFile::Document(again)) = InputFile::read(written.as_bytes()) else {
        panic!("it does not read again: {written}");
    };
    assert_eq!(file, again);
    if let Ok(draft) = file.to_draft("en") {
        let totals = Totals::of(&draft.content);
        let _ = totals.agree_with(draft.stated_payable);
    }
}

/// What a person may write into a field for addresses. An address that was taken reads as itself, has no
/// line end, and cannot be taken for two.
pub fn addresses(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(list) = setting::addresses(&text) {
        let joined: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(setting::addresses(&joined.join(", ")), Ok(list));
    }
    if let Ok(list) = recipients::mailboxes(&text) {
        let written: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(recipients::mailboxes(&written.join(", ")), Ok(list));
    }
    if let Ok(mailbox) = Mailbox::parse(&text) {
        let shown = mailbox.to_string();
        assert!(!shown.contains(['\r', '\n', '\0']), "{shown:?}");
        assert_eq!(Mailbox::parse(&shown), Ok(mailbox), "{shown:?}");
    }
}

//! Generated inputs for everything that reads what others wrote; the same targets as `cargo fuzz` has.

use proptest::prelude::*;

#[path = "../../fuzz/targets.rs"]
mod targets;

/// A line a server could mean: its code, whether more follow, its text, how it ends.
fn reply_line() -> impl Strategy<Value = (u16, Vec<u8>, &'static [u8])> {
    let text = prop_oneof![
        Just(vec![]),
        "[ -~]{0,60}".prop_map(String::into_bytes),
        "[2-5]\\.[0-9]{1,2}\\.[0-9]{1,2} [ -~]{0,40}".prop_map(String::into_bytes),
        // Latin-1, GBK or whatever: all but line ends.
        prop::collection::vec(any::<u8>().prop_filter("", |b| !matches!(b, b'\r' | b'\n')), 0..60),
    ];
    (200_u16..600, text, prop_oneof![Just(&b"\r\n"[..]), Just(&b"\n"[..])])
}

proptest! {
    /// Streams of whole replies, in any piece size: as many come out as were said, the last line's code
    /// decides, and no control character survives.
    #[test]
    fn replies_of_any_shape_are_read_as_they_were_meant(
        said in prop::collection::vec(prop::collection::vec(reply_line(), 1..6), 0..8),
        piece in 1_usize..40,
    ) {
        let mut bytes = vec![];
        for lines in &said {
            for (i, (code, text, end)) in lines.iter().enumerate() {
                let more = i + 1 < lines.len();
                bytes.extend_from_slice(code.to_string().as_bytes());
                if more || !text.is_empty() {
                    bytes.push(if more { b'-' } else { b' ' });
                }
                bytes.extend_from_slice(text);
                bytes.extend_from_slice(end);
            }
        }
        let read = tillpost::transport::smtp::read_replies(bytes.chunks(piece)).unwrap();
        let codes: Vec<u16> = said.iter().map(|lines| lines.last().unwrap().0).collect();
        prop_assert_eq!(read.iter().map(|r| r.code).collect::<Vec<_>>(), codes);
        prop_assert!(read.iter().all(|r| !r.text.contains(char::is_control)));
    }

    #[test]
    fn no_bytes_confuse_the_reader_of_replies(
        bytes in prop::collection::vec(prop_oneof![
            prop::sample::select(&b"25340 -\r\n."[..]), any::<u8>()
        ], 0..400),
    ) {
        targets::replies(&bytes);
    }

    #[test]
    fn no_text_confuses_the_reader_of_addresses(
        text in prop_oneof![
            "[a-zß\"<>@., ;:\\\\()żł-]{0,60}",
            "[\" a-z]{0,12}<[a-z.]{1,8}@[a-zü.-]{1,20}\\.[a-z]{2,3}>",
            "([a-z+._]{1,10}@[a-z-]{1,10}\\.[a-z]{2,4}[,; \n\t]{1,2}){0,5}",
            ".{0,80}",
        ],
    ) {
        targets::addresses(text.as_bytes());
    }

    /// A whole document in which some bytes are others: read or refused, never half of both.
    #[test]
    fn no_change_to_a_document_confuses_its_reader(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![
            prop::sample::select(&b"{}[]\",:-.0123456789eE+ntf\\ "[..]), any::<u8>()
        ]), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/invoice.json")).unwrap();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        targets::documents(&bytes);
    }
}

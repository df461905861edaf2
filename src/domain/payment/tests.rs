//! Check digits, against references that others published, and against every slip of one key.

use super::reference::{creditor, iban_is_valid, is_qr_iban, qr};

#[test]
fn published_numbers_pass() {
    // SWIFT's and SIX's own examples.
    for iban in
        ["GB82WEST12345698765432", "DE89370400440532013000", "CH4431999123000889012", "CH5800791123000889012"]
    {
        assert!(iban_is_valid(iban), "{iban}");
    }
    assert!(is_qr_iban("CH4431999123000889012") && !is_qr_iban("CH5800791123000889012"));
    assert_eq!(
        qr("21 00000 00003 13947 14300 09017").unwrap().as_deref(),
        Some("210000000003139471430009017")
    );
    assert_eq!(creditor("RF18 5390 0754 7034").unwrap().as_deref(), Some("RF18539007547034"));
    assert_eq!(creditor("Repair of 3 May").unwrap(), None);
    assert_eq!(qr("INV-2026-0001").unwrap(), None);
    assert!(!iban_is_valid("GB82 WEST 1234 5698 7654 32"), "spaces are taken out at the edge");
}

#[test]
fn one_wrong_key_is_always_noticed() {
    let slips = |text: &str, from: usize| -> Vec<String> {
        let mut all = Vec::new();
        for at in from..text.len() {
            for digit in '0'..='9' {
                let mut changed: Vec<char> = text.chars().collect();
                if changed[at].is_ascii_digit() && changed[at] != digit {
                    changed[at] = digit;
                    all.push(changed.into_iter().collect());
                }
            }
        }
        all
    };
    for slip in slips("CH5800791123000889012", 2) {
        assert!(!iban_is_valid(&slip), "{slip}");
    }
    for slip in slips("210000000003139471430009017", 0) {
        assert!(qr(&slip).is_err(), "{slip}");
    }
    for slip in slips("RF18539007547034", 2) {
        assert!(creditor(&slip).is_err(), "{slip}");
    }
}

#[test]
fn odd_texts_do_no_harm() {
    for text in ["", "é", "RFé1", "RF", "ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ", "CH", "漢字漢字漢字漢字漢字漢字"]
    {
        assert!(!iban_is_valid(text) && !is_qr_iban(text));
        assert_eq!((creditor(text).unwrap(), qr(text).unwrap()), (None, None));
    }
}

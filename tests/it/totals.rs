//! Sums of documents, against figures worked out by hand (EN 16931-1 section 6.5).

use proptest::prelude::*;
use serde_json::{Value, json};
use tillpost::app::Kind;
use tillpost::domain::document::Document;
use tillpost::domain::totals::Totals;
use tillpost::wire::InputFile;

use crate::program::{ACCOUNT, invoice, run};
use crate::till::Till;

/// One line: quantity, unit price, discount in percent, tax category, tax rate.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str);
/// An allowance or charge: amount, tax category, tax rate.
type Adjustment = (&'static str, &'static str, &'static str);

struct Case {
    what: &'static str,
    currency: &'static str,
    prices: &'static str,
    lines: &'static [Line],
    allowances: &'static [Adjustment],
    charges: &'static [Adjustment],
    paid: &'static str,
    payable: &'static str,
}

const PLAIN: Case = Case {
    what: "one line",
    currency: "EUR",
    prices: "net",
    lines: &[("1", "100.00", "0", "S", "19")],
    allowances: &[],
    charges: &[],
    paid: "0",
    payable: "119.00",
};

const CASES: &[Case] = &[
    PLAIN,
    // 99.00 less 10 % = 89.10; 20 % = 17.82.
    Case { what: "a discount", lines: &[("1", "99.00", "10", "S", "20")], payable: "106.92", ..PLAIN },
    // 3 x 0.335 = 1.005, rounded away from zero 1.01; 19 % of 1.01 = 0.1919, 0.19.
    Case { what: "half a cent goes up", lines: &[("3", "0.335", "0", "S", "19")], payable: "1.20", ..PLAIN },
    // Each line 0.33333... -> 0.33, three of them 0.99; 19 % = 0.1881, 0.19. Rounded once it were 1.19.
    Case {
        what: "every line is rounded by itself",
        lines: &[("0.33333333", "1.00", "0", "S", "19"); 3],
        payable: "1.18",
        ..PLAIN
    },
    // Tax per rate: 3 x 0.10 = 0.30 of which 19 % = 0.057 -> 0.06. Per line it were 3 x 0.02 = 0.06 too;
    // with 5 lines: 0.50, 19 % = 0.095 -> 0.10; per line 5 x 0.02 = 0.10. With 7: 0.70, 0.133 -> 0.13; per line 0.14.
    Case {
        what: "tax is rounded once for each rate",
        lines: &[("1", "0.10", "0", "S", "19"); 7],
        payable: "0.83",
        ..PLAIN
    },
    // 19 %: 2 x 49.99 = 99.98 -> 18.9962 = 19.00; 7 %: 12.50 -> 0.875 = 0.88; Z: 5.00. 117.48 + 19.88.
    Case {
        what: "several rates",
        lines: &[("2", "49.99", "0", "S", "19"), ("1", "12.50", "0", "S", "7"), ("1", "5.00", "0", "Z", "0")],
        payable: "137.36",
        ..PLAIN
    },
    // The same rate written otherwise is the same group: 0.03 at 19 % = 0.0057 -> 0.01; apart 0.00 + 0.00 + 0.00.
    Case {
        what: "19 and 19.00 are one rate",
        lines: &[
            ("1", "0.01", "0", "S", "19"),
            ("1", "0.01", "0", "S", "19.0"),
            ("1", "0.01", "0", "S", "19.00"),
        ],
        payable: "0.04",
        ..PLAIN
    },
    // 200.00 - 10.00 + 4.90 = 194.90 at 19 % = 37.031 -> 37.03.
    Case {
        what: "an allowance and a charge",
        lines: &[("2", "100.00", "0", "S", "19")],
        allowances: &[("10.00", "S", "19")],
        charges: &[("4.90", "S", "19")],
        payable: "231.93",
        ..PLAIN
    },
    // An allowance at a rate of its own: 100.00 at 19 % = 19.00; 20.00 - 5.00 = 15.00 at 7 % = 1.05.
    Case {
        what: "an allowance on the lower rate",
        lines: &[("1", "100.00", "0", "S", "19"), ("1", "20.00", "0", "S", "7")],
        allowances: &[("5.00", "S", "7")],
        payable: "135.05",
        ..PLAIN
    },
    // The gross price is what is paid, whatever the tax in it.
    Case {
        what: "gross",
        prices: "gross",
        lines: &[("3", "9.99", "0", "S", "19")],
        payable: "29.97",
        ..PLAIN
    },
    // 19.99 less 15 % = 16.9915 -> 16.99; 4.99 at 7 %; less 1.00, plus 2.50.
    Case {
        what: "gross with everything",
        prices: "gross",
        lines: &[("1", "19.99", "15", "S", "19"), ("1", "4.99", "0", "S", "7")],
        allowances: &[("1.00", "S", "19")],
        charges: &[("2.50", "S", "7")],
        paid: "10.00",
        payable: "13.48",
        ..PLAIN
    },
    // 1980 at 10 % = 198.
    Case { what: "yen", currency: "JPY", lines: &[("2", "990", "0", "S", "10")], payable: "2178", ..PLAIN },
    // 3 x 33.5 = 100.5 -> 101; 10 % = 10.1 -> 10.
    Case {
        what: "half a yen",
        currency: "JPY",
        lines: &[("3", "33.5", "0", "S", "10")],
        payable: "111",
        ..PLAIN
    },
    // 3 x 1.2345 = 3.7035 -> 3.704; 5 % = 0.1852 -> 0.185.
    Case {
        what: "fils",
        currency: "KWD",
        lines: &[("3", "1.2345", "0", "S", "5")],
        payable: "3.889",
        ..PLAIN
    },
    // 2 x 30.00 - 1 x 45.00 = 15.00; 19 % = 2.85.
    Case {
        what: "goods taken back",
        lines: &[("2", "30.00", "0", "S", "19"), ("-1", "45.00", "0", "S", "19")],
        payable: "17.85",
        ..PLAIN
    },
    // -3 x 0.335 = -1.005 -> -1.01, away from zero; 19 % = -0.1919 -> -0.19.
    Case {
        what: "more taken back than sold",
        lines: &[("-3", "0.335", "0", "S", "19")],
        payable: "-1.20",
        ..PLAIN
    },
    Case {
        what: "no tax at all",
        lines: &[("1", "10.00", "0", "AE", "0"), ("1", "5.00", "0", "E", "0"), ("1", "1.00", "0", "O", "0")],
        payable: "16.00",
        ..PLAIN
    },
    Case { what: "a gift", lines: &[("1", "80.00", "100", "S", "19")], payable: "0.00", ..PLAIN },
    Case { what: "paid in full", paid: "119.00", payable: "0.00", ..PLAIN },
    Case { what: "paid too much", paid: "120.00", payable: "-1.00", ..PLAIN },
    // 99 999.99 x 999 = 99 899 990.01; 25 % = 24 974 997.5025 -> .50.
    Case { what: "large", lines: &[("999", "99999.99", "0", "S", "25")], payable: "124874987.51", ..PLAIN },
];

fn document(case: &Case) -> Value {
    let mut document = invoice();
    document["currency"] = json!(case.currency);
    document["prices"] = json!(case.prices);
    document["paid"] = json!(case.paid);
    let lines = case.lines.iter().map(|(quantity, price, discount, category, rate)| {
        json!({ "description": "x", "quantity": quantity, "unit_price": price, "discount_percent": discount,
                "tax": { "category": category, "rate": rate } })
    });
    document["lines"] = lines.collect();
    let adjustments = |list: &[Adjustment]| -> Value {
        list.iter()
            .map(|(amount, category, rate)| {
                json!({ "reason": "r", "amount": amount, "tax": { "category": category, "rate": rate } })
            })
            .collect()
    };
    document["allowances"] = adjustments(case.allowances);
    document["charges"] = adjustments(case.charges);
    document
}

fn issue(till: &Till, document: &Value) -> Result<String, tillpost::app::Error> {
    let InputFile::Document(file) = InputFile::read(document.to_string().as_bytes())? else { unreachable!() };
    till.app.issue(*file).map(|issued| issued.document.payable)
}

#[test]
fn sums_are_what_they_are_by_hand() {
    let till = Till::at(9);
    for case in CASES {
        let mut document = document(case);
        assert_eq!(issue(&till, &document).unwrap(), case.payable, "{}", case.what);
        document["totals"] = json!({ "payable": case.payable });
        assert_eq!(issue(&till, &document).unwrap(), case.payable, "{} with its total", case.what);
    }
}

#[test]
fn a_total_that_differs_in_the_last_place_is_refused_with_both_figures() {
    let till = Till::at(9);
    for (currency, stated, ours) in
        [("EUR", "119.01", "119.00"), ("JPY", "118", "119"), ("KWD", "119.001", "119.000")]
    {
        let mut document = document(&Case { currency, lines: &[("1", "100", "0", "S", "19")], ..PLAIN });
        document["totals"] = json!({ "payable": stated });
        let error = issue(&till, &document).unwrap_err();
        assert_eq!(error.kind(), Kind::BadInput);
        let text = error.to_string();
        assert!(text.starts_with("totals.payable") && text.contains(stated) && text.contains(ours), "{text}");
    }
    // The same figure written with fewer or more places is the same figure.
    for stated in ["119", "119.0", "119.0000"] {
        let mut document = document(&PLAIN);
        document["totals"] = json!({ "payable": stated });
        assert_eq!(issue(&till, &document).unwrap(), "119.00", "{stated}");
    }
}

#[test]
fn amounts_finer_than_the_currency_are_refused_where_they_are_given_as_sums() {
    let till = Till::at(9);
    for (currency, paid) in [("JPY", "0.5"), ("EUR", "0.005"), ("KWD", "0.0001")] {
        let error = issue(&till, &document(&Case { currency, paid, ..PLAIN })).unwrap_err();
        assert!(error.to_string().starts_with("paid: "), "{error}");
        let allowances: &'static [Adjustment] = match currency {
            "JPY" => &[("0.5", "S", "19")],
            "EUR" => &[("0.005", "S", "19")],
            _ => &[("0.0001", "S", "19")],
        };
        let error = issue(&till, &document(&Case { currency, allowances, ..PLAIN })).unwrap_err();
        assert!(error.to_string().starts_with("allowances[0].amount: "), "{error}");
    }
}

/// Quantities, prices, lines and what is paid, at what they may be at most and around it.
fn extremes() -> impl Strategy<Value = Value> {
    let currency = prop::sample::select(&["VND", "IDR", "IRR", "KWD", "EUR"][..]);
    let amount = |most: &'static [&'static str]| prop::sample::select(most);
    let price = amount(&["1", "0.00000001", "500000000", "999999999999", "1000000000000", "1000000000001"]);
    let quantity = amount(&["1", "3", "2000", "1000000000", "1000000001", "-1", "-1000000000"]);
    let paid = amount(&["0", "1000000000", "999999999999", "1000000000000", "1000000000001"]);
    let rate = amount(&["0.00000001", "19", "100"]);
    let line = (quantity, price, rate);
    (currency, prop::collection::vec(line, 1..3), paid.clone(), paid, prop::sample::select(&[1, 2, 100][..]))
        .prop_map(|(currency, lines, paid, allowance, times)| {
            let mut document = document(&Case { currency, paid, ..PLAIN });
            let tax = |rate| json!({ "category": "S", "rate": rate });
            let lines = lines.iter().map(|(quantity, price, rate)| {
                json!({ "description": "x", "quantity": quantity, "unit_price": price, "tax": tax(rate) })
            });
            let all: Vec<Value> = std::iter::repeat_n(lines.collect::<Vec<_>>(), times).flatten().collect();
            document["lines"] = json!(all);
            document["allowances"] = json!([{ "reason": "x", "amount": allowance, "tax": tax(&"19") }]);
            document
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// What is issued is read again for every mail, export and posting.
    #[test]
    fn what_adds_up_is_read_again_as_it_was_issued(document in extremes()) {
        let InputFile::Document(file) = InputFile::read(document.to_string().as_bytes()).unwrap() else {
            unreachable!()
        };
        match file.to_draft("en") {
            Err(refused) => prop_assert!(
                refused.to_string().contains("than 1000000000") && !refused.path.is_empty(), "{}", refused
            ),
            Ok(draft) => {
                let totals = Totals::of(&draft.content);
                let seller = draft.seller.unwrap();
                let payable = totals.payable;
                let issued = Document { number: "X-1".to_owned(), seller, content: draft.content, totals };
                let again = file.as_issued(&issued).to_draft("en");
                prop_assert_eq!(again.map(|draft| draft.stated_payable), Ok(Some(payable)));
            }
        }
    }
}

/// Three phones in Vietnam.
const LARGE: Case = Case { currency: "VND", lines: &[("3", "500000000", "0", "S", "10")], ..PLAIN };

#[test]
fn sums_of_thousands_of_millions_are_issued_mailed_and_exported() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let file = place.path().join("document.json");
    for (number, paid, payable) in [("VND-1", "0", "1650000000"), ("VND-2", "1100000000", "550000000")] {
        let mut document = document(&Case { paid, ..LARGE });
        document["number"] = json!(number);
        document["totals"] = json!({ "payable": payable });
        std::fs::write(&file, document.to_string()).unwrap();
        run(&data, &["issue", file.to_str().unwrap()]).ok();
    }
    run(&data, &[ACCOUNT, &["9"]].concat()).ok();
    run(&data, &["send", "--document", "VND-1", "--to", "anna@example.com"]).ok();
    let books = place.path().join("books");
    run(&data, &["export", "-o", books.to_str().unwrap(), "--from", "2000-01-01", "--to", "2099-12-31"]).ok();
    let table = std::fs::read_to_string(books.join("documents.csv")).unwrap();
    assert!(table.contains("1650000000") && table.contains("VND-2"), "{table}");
}

#[test]
fn what_adds_up_to_more_than_a_million_million_is_refused() {
    let till = Till::at(9);
    let lines: &[Line] = &[("1000", "1000000000", "0", "Z", "0"), ("1", "1", "0", "Z", "0")];
    let error = issue(&till, &document(&Case { lines, currency: "VND", ..PLAIN })).unwrap_err();
    assert_eq!(error.field(), Some("lines"), "{error}");
    assert_eq!(
        issue(&till, &document(&Case { lines: &lines[..1], currency: "VND", ..PLAIN })).unwrap(),
        "1000000000000"
    );
    let lines: &[Line] = &[("1000000001", "1", "0", "Z", "0")];
    let error = issue(&till, &document(&Case { lines, ..PLAIN })).unwrap_err();
    assert_eq!(error.field(), Some("lines[0].quantity"), "{error}");
}

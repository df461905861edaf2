//! The figures of a document: each has its place on every paper, and says what its name says.

use super::*;
use crate::domain::document::{Paper, Prices};
use crate::domain::money::{Currency, LARGEST};

const PAPERS: [Paper; 5] = [Paper::A4, Paper::Letter, Paper::A5, Paper::Roll80, Paper::Roll58];

/// Two texts of one line of which one lies over the other.
pub(super) fn overprinted(found: &[Found]) -> Option<String> {
    found.iter().enumerate().find_map(|(i, one)| {
        let over = |other: &&Found| {
            let level = one.page == other.page && (one.y - other.y).abs() < 3.5;
            level && one.x + 0.1 < other.x + other.width && other.x + 0.1 < one.x + one.width
        };
        found.iter().skip(i + 1).find(over).map(|other| format!("{:?} and {:?}", one.text, other.text))
    })
}

/// A document over `gross`, of which nearly all is paid.
fn over(kind: Kind, paper: Paper, currency: &str, gross: Decimal) -> Document {
    let mut document = sample(kind, 1);
    let content = &mut document.content;
    content.paper = Some(paper);
    content.currency = Currency::from_code(currency).unwrap();
    content.prices = Prices::Gross;
    content.lines[0].quantity = Decimal::ONE;
    content.lines[0].unit_price = gross;
    content.lines[0].tax.rate = Decimal::new(12, 0);
    content.paid = gross - Decimal::ONE;
    if let Some(job) = &mut content.job {
        job.photos.clear();
    }
    recount(&mut document);
    document
}

#[test]
fn no_figure_lies_over_another_on_any_paper() {
    let amounts = [2_500_000_i64, 12_500_000, 125_000_000, 2_300_000_000, 70_000_000_000].map(Decimal::from);
    for paper in PAPERS {
        for kind in [Kind::Invoice, Kind::Receipt, Kind::JobCard] {
            let largest = labels::languages().into_iter().map(|language| (language, "KWD", LARGEST));
            let others = amounts.map(|amount| ("en", "IDR", amount));
            for (language, currency, gross) in largest.into_iter().chain(others) {
                let mut document = over(kind, paper, currency, gross);
                document.content.language = language.to_owned();
                let found = read(&draw(&document));
                let what = format!("{} over {gross} in {language} on {}", kind.word(), paper.word());
                assert_eq!(overprinted(&found), None, "{what}");
                let labels = labels::Language::of(language).unwrap();
                let totals = &document.totals;
                for amount in [totals.net, totals.tax, totals.gross] {
                    let amount = labels.amount(amount);
                    assert!(found.iter().any(|f| f.text == amount), "{what} lacks {amount}");
                }
            }
        }
    }
}

#[test]
fn what_is_called_the_total_is_the_total_and_the_rest_stands_below_it() {
    for (kind, language, name, taken, rest) in [
        (Kind::JobCard, "en", "Estimated total", "Already paid", "To pay"),
        (Kind::Offer, "de", "Gesamtbetrag", "Bereits bezahlt", "Zu zahlen"),
        (Kind::SalesOrder, "fr", "Total", "Déjà réglé", "À payer"),
        (Kind::PurchaseOrder, "pl", "Razem", "Zapłacono", "Do zapłaty"),
        (Kind::CreditNote, "en", "Credited", "Already paid back", "To be paid back"),
        (Kind::CreditNote, "nl", "Gecrediteerd", "Reeds terugbetaald", "Terug te betalen"),
    ] {
        for (paid, left) in [(20, "179.20"), (199, "0.20"), (0, "")] {
            let mut document = over(kind, Paper::A4, "KWD", Decimal::new(19_920, 2));
            document.content.language = language.to_owned();
            document.content.paid = Decimal::from(paid);
            recount(&mut document);
            let found = read(&draw(&document));
            let labels = labels::Language::of(language).unwrap();
            let beside = |name: &str| {
                let label = found.iter().find(|f| f.text == name)?;
                let level = |f: &&Found| f.page == label.page && (f.y - label.y).abs() < 0.1 && f.x > label.x;
                Some((label.y, found.iter().find(level)?.text.clone()))
            };
            let money = |amount| labels.money(amount, document.content.currency);
            let what = format!("{} in {language}, {paid} paid", kind.word());
            let (top, total) = beside(name).unwrap();
            assert_eq!(total, money(document.totals.gross), "{what}");
            if paid == 0 {
                assert!(beside(taken).is_none() && beside(rest).is_none(), "{what}");
                continue;
            }
            let (middle, paid) = beside(taken).unwrap();
            assert_eq!(paid, labels.amount(-document.totals.paid), "{what}");
            let (bottom, rest) = beside(rest).unwrap();
            let mut left: Decimal = left.parse().unwrap();
            left.rescale(3);
            assert_eq!(rest, labels.amount(left), "{what}");
            assert!(top > middle && middle > bottom, "{what}");
        }
    }
    let mut document = over(Kind::CreditNote, Paper::A4, "GBP", Decimal::from(100));
    document.content.paid = Decimal::from(101);
    recount(&mut document);
    let found = read(&draw(&document));
    let says = |text: &str| found.iter().any(|f| f.text == text);
    assert!(says("£100.00") && says("To pay") && says("1.00"), "paid back too much");
}

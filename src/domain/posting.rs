//! A sale on its way into the shop's accounts: what is entered, in which steps, and in which state it is.
//!
//! A posting has the states of a mail's recipient ([`super::mail::State`]), for it meets the same troubles:
//! *accepted* is "it is in the books", *uncertain* is "it may be, the answer was lost". It takes several
//! steps, and each of them goes through mark, answer or doubt by itself.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::document::{Adjustment, Document, Kind, Party, Prices, Tax, TaxCategory};
use super::mail::{Event, State};
use super::net::NetParts;

/// How long a posting whose answer was lost rests before the books are searched: twice as long as an
/// answer is waited for, so that a slow request has come to its end.
pub const SETTLE_SECONDS: i64 = 120;

/// The steps of a posting, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The customer is found, entered or completed.
    Customer,
    /// The invoice is entered.
    Invoice,
    /// The PDF is attached to it.
    File,
    /// The payment is entered.
    Payment,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Invoice, Self::File, Self::Payment];

    /// The word in the data file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Invoice => "invoice",
            Self::File => "file",
            Self::Payment => "payment",
        }
    }

    /// Reads [`Step::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// What the accounting system calls what is done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// The customer's id.
    pub customer: Option<i64>,
    /// The invoice's number.
    pub invoice: Option<i64>,
    /// The file's id; 0 when the file was refused, which leaves the books right.
    pub file: Option<i64>,
    /// The payment's id.
    pub payment: Option<i64>,
}

impl Done {
    /// Notes that `step` gave `id`.
    #[must_use]
    pub fn with(mut self, step: Step, id: i64) -> Self {
        match step {
            Step::Customer => self.customer = Some(id),
            Step::Invoice => self.invoice = Some(id),
            Step::File => self.file = Some(id),
            Step::Payment => self.payment = Some(id),
        }
        self
    }

    /// The step to do next; `None` when the sale is in the books whole. A sale of which nothing is paid
    /// has no payment.
    #[must_use]
    pub fn next(self, paid: bool) -> Option<Step> {
        Step::ALL.into_iter().find(|step| match step {
            Step::Customer => self.customer.is_none(),
            Step::Invoice => self.invoice.is_none(),
            Step::File => self.file.is_none(),
            Step::Payment => paid && self.payment.is_none(),
        })
    }
}

/// What happened to a posting's step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The step is in the books, and others follow.
    StepDone,
    /// The last step is in the books.
    Finished,
    /// The same as with a mail's recipient.
    As(Event),
}

/// The state of a posting after `turn`, or `None` when that makes no sense.
#[must_use]
pub fn after(state: State, turn: Turn) -> Option<State> {
    let open = matches!(state, State::Waiting | State::Deferred | State::Offered | State::Uncertain);
    match turn {
        // A step found in the books by searching needs no mark.
        Turn::StepDone if open => Some(State::Waiting),
        Turn::Finished if open => Some(State::Accepted),
        Turn::StepDone | Turn::Finished => None,
        // Whatever keeps the books from being searched, what is in doubt stays in doubt.
        Turn::As(Event::NotSent | Event::Lose | Event::Refuse | Event::Defer)
            if state == State::Uncertain =>
        {
            Some(state)
        }
        Turn::As(Event::Mark) if state == State::Uncertain => Some(State::Offered),
        // What the books refused, a person enters there by hand or lets be.
        Turn::As(Event::Cancel) if state == State::Refused => Some(State::Cancelled),
        Turn::As(event) => state.after(event),
    }
}

/// What a channel chose from what the accounting system lists: the ids there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choices {
    /// Where customers come from.
    pub customer_source: Option<i64>,
    /// How sales are paid.
    pub payment_method: Option<i64>,
    /// The account the payments go to.
    pub bank_account: Option<i64>,
}

/// An entry of one of the accounting system's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its id there.
    pub id: i64,
    /// Its name there.
    pub name: String,
}

/// A currency the accounting system knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCurrency {
    /// Its letters of ISO 4217.
    pub code: String,
    /// How many of it are one of the accounts' own currency.
    pub rate: Decimal,
    /// Whether it is the accounts' own.
    pub own: bool,
}

/// What an accounting system lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lists {
    /// The company the books are of.
    pub company: String,
    /// Where customers come from.
    pub customer_sources: Vec<Choice>,
    /// Ways to pay.
    pub payment_methods: Vec<Choice>,
    /// Bank accounts.
    pub bank_accounts: Vec<Choice>,
    /// Currencies.
    pub currencies: Vec<KnownCurrency>,
}

/// One line as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleLine {
    /// What it is, in one line.
    pub description: String,
    /// How many.
    pub quantity: Decimal,
    /// The price of one without tax; times the quantity it is the line's net amount exactly.
    pub rate: Decimal,
    /// The tax of the whole line.
    pub tax: Decimal,
    /// Its rate in percent; `None` where the sale is exempt from tax, or outside its scope.
    pub tax_rate: Option<Decimal>,
}

/// A sale as it is entered in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Our reference, by which it is found again: unique in the world.
    pub reference: String,
    /// The document's number.
    pub number: String,
    /// The channel it came by.
    pub channel: String,
    /// The customer; none for a sale to nobody in particular.
    pub buyer: Option<Party>,
    /// The date on it.
    pub date: NaiveDate,
    /// When it is due.
    pub due: NaiveDate,
    /// Letters of ISO 4217.
    pub currency: String,
    /// Its lines; allowances and charges are lines too.
    pub lines: Vec<SaleLine>,
    /// What all of it comes to, tax included.
    pub total: Decimal,
    /// What of it is paid.
    pub paid: Decimal,
    /// What the channel chose.
    pub choices: Choices,
}

/// Whether documents of `kind` are entered in the books by themselves.
#[must_use]
pub fn is_posted(kind: Kind) -> bool {
    matches!(kind, Kind::Invoice | Kind::Receipt)
}

impl Sale {
    /// What is entered for `document`. What is handed over with a till receipt is paid for, unless the
    /// receipt `says_paid`: names how much was paid, or by what.
    ///
    /// Each line is entered so that price times quantity is its net amount to the cent; where division
    /// does not give that, it becomes one piece whose text says how many it was. The tax of a group is
    /// shared out to its lines by largest remainders, so that lines add up to the document's own sums.
    ///
    /// # Errors
    /// Why it cannot be entered: its lines do not add up to its total.
    pub fn of(
        document: &Document,
        reference: String,
        channel: &str,
        choices: Choices,
        says_paid: bool,
    ) -> Result<Self, String> {
        let content = &document.content;
        let totals = &document.totals;
        let parts = NetParts::of(content, totals);
        let mut items: Vec<Item> = Vec::new();
        for ((line, net), shown) in content.lines.iter().zip(&parts.lines).zip(&totals.lines) {
            items.push(Item::new(&line.description, line.quantity, &line.unit, *net, *shown, line.tax));
        }
        let adjust = |a: &Adjustment, net: Decimal, sign: Decimal| {
            let shown = content.currency.round(a.amount);
            Item::new(&a.reason, Decimal::ONE, "", net * sign, shown * sign, a.tax)
        };
        let minus = -Decimal::ONE;
        items.extend(content.allowances.iter().zip(&parts.allowances).map(|(a, net)| adjust(a, *net, minus)));
        items
            .extend(content.charges.iter().zip(&parts.charges).map(|(c, net)| adjust(c, *net, Decimal::ONE)));
        let unit = Decimal::new(1, content.currency.exponent());
        for group in &totals.tax_groups {
            for item in items.iter_mut().filter(|item| item.tax == group.tax) {
                item.vat = match content.prices {
                    Prices::Net => content.currency.round(item.net * group.tax.rate / Decimal::ONE_HUNDRED),
                    Prices::Gross => item.shown - item.net,
                };
            }
            share_out(&mut items, group.tax, group.amount, unit);
        }
        let sale = Self {
            reference,
            number: document.number.clone(),
            channel: channel.to_owned(),
            buyer: content.buyer.clone(),
            date: content.issue_date,
            due: content.due_date.unwrap_or(content.issue_date),
            currency: content.currency.code().to_owned(),
            lines: items.into_iter().map(Item::line).collect(),
            total: totals.gross,
            paid: if content.kind == Kind::Receipt && !says_paid { totals.gross } else { totals.paid },
            choices,
        };
        sale.agrees()?;
        Ok(sale)
    }

    /// Whether the lines add up to the total, to the last decimal place.
    ///
    /// # Errors
    /// Both figures, in a sentence.
    pub fn agrees(&self) -> Result<(), String> {
        let sum: Decimal = self.lines.iter().map(|l| l.quantity * l.rate + l.tax).sum();
        if sum == self.total {
            return Ok(());
        }
        Err(format!(
            "Its lines add up to {sum} and its total is {}. Nothing was entered; enter it by hand.",
            self.total
        ))
    }
}

/// A line, allowance or charge on its way to its net amount and tax.
struct Item {
    text: String,
    quantity: Decimal,
    unit: String,
    net: Decimal,
    shown: Decimal,
    tax: Tax,
    vat: Decimal,
}

impl Item {
    fn new(text: &str, quantity: Decimal, unit: &str, net: Decimal, shown: Decimal, tax: Tax) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, quantity, unit: unit.to_owned(), net, shown, tax, vat: Decimal::ZERO }
    }

    fn line(self) -> SaleLine {
        let rate = self.net.checked_div(self.quantity).map(|rate| rate.round_dp(2));
        let divides =
            rate.filter(|rate| self.quantity.is_sign_positive() && rate * self.quantity == self.net);
        let taxed = matches!(self.tax.category, TaxCategory::Standard | TaxCategory::Zero);
        let tax_rate = taxed.then_some(self.tax.rate);
        match divides {
            Some(rate) => SaleLine {
                description: self.text,
                quantity: self.quantity.normalize(),
                rate,
                tax: self.vat,
                tax_rate,
            },
            None => SaleLine {
                description: format!("{} {} x {}", self.quantity.normalize(), self.unit, self.text)
                    .replace("  ", " "),
                quantity: Decimal::ONE,
                rate: self.net,
                tax: self.vat,
                tax_rate,
            },
        }
    }
}

/// Moves single units of money between the taxes of a group until they add up to `amount`: first where
/// most tax is, so that no line without tax gets any.
fn share_out(items: &mut [Item], tax: Tax, amount: Decimal, unit: Decimal) {
    let mut group: Vec<&mut Item> = items.iter_mut().filter(|item| item.tax == tax).collect();
    group.sort_by_key(|item| std::cmp::Reverse(item.vat.abs()));
    let mut left = amount - group.iter().map(|item| item.vat).sum::<Decimal>();
    for item in group {
        if left.abs() < unit {
            return;
        }
        let step = if left.is_sign_negative() { -unit } else { unit };
        item.vat += step;
        left -= step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_books_stays_there() {
        for event in Event::ALL {
            assert_eq!(after(State::Accepted, Turn::As(event)), None, "{event:?}");
        }
        assert_eq!(after(State::Accepted, Turn::StepDone), None);
        assert_eq!(after(State::Cancelled, Turn::Finished), None);
    }

    #[test]
    fn a_doubt_ends_with_an_answer_or_with_a_person_and_never_with_a_refusal() {
        let ends = |turn| after(State::Uncertain, turn).is_some_and(|state| state != State::Uncertain);
        let by: Vec<Event> = Event::ALL.into_iter().filter(|event| ends(Turn::As(*event))).collect();
        assert_eq!(by, [Event::Mark, Event::Arrived, Event::SendAgain, Event::GiveUp]);
        assert!(ends(Turn::StepDone) && ends(Turn::Finished));
    }

    #[test]
    fn the_steps_come_in_their_order_and_payment_only_where_something_is_paid() {
        let mut done = Done::default();
        let mut seen = Vec::new();
        while let Some(step) = done.next(true) {
            seen.push(step);
            done = done.with(step, 7);
        }
        assert_eq!(seen, Step::ALL);
        assert_eq!(Done { payment: None, ..done }.next(false), None);
    }

    #[test]
    fn lines_that_do_not_add_up_are_named_with_both_sums() {
        let line = SaleLine {
            description: "x".into(),
            quantity: Decimal::TWO,
            rate: Decimal::new(333, 2),
            tax: Decimal::ONE,
            tax_rate: None,
        };
        let sale = Sale {
            reference: String::new(),
            number: String::new(),
            channel: String::new(),
            buyer: None,
            date: NaiveDate::default(),
            due: NaiveDate::default(),
            currency: "GBP".into(),
            lines: vec![line],
            total: Decimal::new(767, 2),
            paid: Decimal::ZERO,
            choices: Choices::default(),
        };
        let why = sale.agrees().unwrap_err();
        assert!(why.contains("7.66") && why.contains("7.67"), "{why}");
    }
}

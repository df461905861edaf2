//! What the types of a document cannot rule out: dates in order, texts of sensible length, quantities
//! that make sense.

use rust_decimal::Decimal;

use super::{
    Address, Adjustment, Content, Draft, Kind, Line, MOST_PICTURES, Party, Signature, Tax, TaxCategory,
};
use crate::domain::invalid::{at_most, one_line, several_lines};
use crate::domain::money::{LARGEST, LARGEST_QUANTITY};
use crate::domain::payment::reference::iban_is_valid;
use crate::domain::totals::Totals;
use crate::domain::{Invalid, say};

/// The most lines, allowances or charges of one document.
pub const MOST_LINES: usize = 5000;
/// The most notes, accessories or condition rows of one document.
pub const MOST_NOTES: usize = 100;

impl Draft {
    /// Checks what the types cannot: dates in order, texts of sensible length, quantities that make sense.
    ///
    /// # Errors
    /// The first field that cannot stand, by its path in the document file.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(number) = &self.number {
            at_most("number", number, 50)?;
            one_line("number", number)?;
            if number.trim().is_empty() {
                return Err(Invalid::new("number", "the number is empty", "Leave it out to have one given"));
            }
        }
        if let Some(seller) = &self.seller {
            seller.check().map_err(|e| e.within("seller"))?;
        }
        self.content.check()
    }
}

impl Content {
    fn check(&self) -> Result<(), Invalid> {
        if let Some(due) = self.due_date
            && due < self.issue_date
        {
            return Err(Invalid::new(
                "due_date",
                say!("{due} is before the issue date {issue_date}", due, issue_date = self.issue_date),
                "Set a later date or leave it out",
            ));
        }
        match &self.buyer {
            Some(buyer) => buyer.check().map_err(|e| e.within("buyer"))?,
            None if self.kind.needs_buyer() => {
                return Err(Invalid::new(
                    "buyer",
                    say!("a document of kind {kind} needs a buyer", kind = self.kind.word()),
                    "Give at least the buyer's name",
                ));
            }
            None => {}
        }
        if self.lines.is_empty() && self.kind.needs_lines() {
            return Err(Invalid::new(
                "lines",
                say!("a document of kind {kind} needs at least one line", kind = self.kind.word()),
                "Add what is sold",
            ));
        }
        for (name, length) in [
            ("lines", self.lines.len()),
            ("allowances", self.allowances.len()),
            ("charges", self.charges.len()),
        ] {
            bounded(name, length, MOST_LINES)?;
        }
        bounded("notes", self.notes.len(), MOST_NOTES)?;
        for (i, line) in self.lines.iter().enumerate() {
            line.check(self.kind).map_err(|e| e.within(&format!("lines[{i}]")))?;
        }
        for (name, list) in [("allowances", &self.allowances), ("charges", &self.charges)] {
            for (i, adjustment) in list.iter().enumerate() {
                adjustment.check().map_err(|e| e.within(&format!("{name}[{i}]")))?;
            }
        }
        if self.paid.is_sign_negative() && !self.paid.is_zero() {
            return Err(Invalid::new("paid", "the amount paid is negative", "Use 0.00 or more"));
        }
        for (i, note) in self.notes.iter().enumerate() {
            text(&format!("notes[{i}]"), note, 4000)?;
        }
        for (i, term) in self.terms.iter().enumerate() {
            text(&format!("terms[{i}]"), term, 10_000)?;
        }
        bounded("terms", self.terms.len(), MOST_NOTES)?;
        self.check_extras()?;
        self.check_sums()?;
        self.check_billing()?;
        optional("payment.terms", self.payment.terms.as_deref(), 500)?;
        optional("payment.reference", self.payment.reference.as_deref(), 140)?;
        self.job.as_ref().map_or(Ok(()), |job| job.check().map_err(|e| e.within("job")))
    }

    fn check_extras(&self) -> Result<(), Invalid> {
        bounded("figures", self.figures.len(), MOST_LINES)?;
        for (i, (label, value)) in self.figures.iter().enumerate() {
            text(&format!("figures[{i}].label"), label, 200)?;
            text(&format!("figures[{i}].value"), value, 200)?;
        }
        bounded("signatures", self.signatures.len(), MOST_PICTURES)?;
        for (i, signature) in self.signatures.iter().enumerate() {
            let at = format!("signatures[{i}]");
            signature.check().map_err(|e| e.within(&at))?;
            let same = |s: &&Signature| (s.moment, s.signer) == (signature.moment, signature.signer);
            if self.signatures.iter().take(i).any(|s| same(&s)) {
                return Err(Invalid::new(at, "the same signer signs twice at the same moment", "Give one"));
            }
        }
        bounded("payment.tenders", self.payment.tenders.len(), MOST_NOTES)?;
        for (i, (name, _)) in self.payment.tenders.iter().enumerate() {
            optional(&format!("payment.tenders[{i}].name"), Some(name), 100)?;
        }
        if !self.payment.tenders.is_empty() {
            let given: Decimal = self.payment.tenders.iter().map(|(_, amount)| *amount).sum();
            if given - self.payment.change != self.paid {
                return Err(Invalid::new(
                    "payment.tenders",
                    say!(
                        "{given} given less {change} given back is not the {paid} that is paid",
                        given,
                        change = self.payment.change,
                        paid = self.paid
                    ),
                    "Correct the tenders, the change or paid",
                ));
            }
        }
        Ok(())
    }

    /// Refuses sums larger than an amount may be: what is issued is read again with its sums.
    fn check_sums(&self) -> Result<(), Invalid> {
        let totals = Totals::of(self);
        let within = |path: String, amount: Decimal| {
            if amount.abs() <= LARGEST {
                return Ok(());
            }
            Err(Invalid::new(
                path,
                say!("adds up to {amount}, which is more than {most}", amount, most = LARGEST),
                "Check quantities, prices and amounts",
            ))
        };
        for (i, amount) in totals.lines.iter().enumerate() {
            within(format!("lines[{i}]"), *amount)?;
        }
        within("allowances".to_owned(), totals.allowances)?;
        within("charges".to_owned(), totals.charges)?;
        within("paid".to_owned(), totals.paid)?;
        let groups = totals.tax_groups.iter().flat_map(|g| [g.basis, g.amount]);
        let sums = [totals.line_total, totals.net, totals.tax, totals.gross, totals.payable];
        groups.chain(sums).try_for_each(|amount| within("lines".to_owned(), amount))
    }

    fn check_billing(&self) -> Result<(), Invalid> {
        self.supply.map_or(Ok(()), |s| s.check())?;
        self.original.as_ref().map_or(Ok(()), |o| o.check(self.issue_date))?;
        self.tax_notes.check()?;
        optional("buyer_reference", self.buyer_reference.as_deref(), 200)?;
        optional("order_reference", self.order_reference.as_deref(), 200)?;
        optional("payment.link", self.payment.link.as_deref(), 1000)?;
        match &self.payment.link {
            Some(link) if !link.starts_with("https://") || !link.bytes().all(|b| b.is_ascii_graphic()) => {
                Err(Invalid::new(
                    "payment.link",
                    say!("\"{link}\" is not a link to pay on", link),
                    "Write a whole address that starts with https://",
                ))
            }
            _ => Ok(()),
        }
    }
}

impl Party {
    /// Checks lengths, characters, the country code and the IBAN's check digits.
    ///
    /// # Errors
    /// The first field that cannot stand, by its path within the party.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.name.trim().is_empty() {
            return Err(Invalid::new("name", "the name is empty", "Write who it is"));
        }
        at_most("name", &self.name, 200)?;
        one_line("name", &self.name)?;
        if let Some(address) = &self.address {
            address.check().map_err(|e| e.within("address"))?;
        }
        for (path, value) in [("tax_id", &self.tax_id), ("phone", &self.phone), ("bic", &self.bic)] {
            optional(path, value.as_deref(), 60)?;
        }
        for (path, value, most) in [
            ("company_number", &self.company_number, 60),
            ("legal_note", &self.legal_note, 500),
            ("contact", &self.contact, 200),
        ] {
            optional(path, value.as_deref(), most)?;
        }
        self.electronic_address.as_ref().map_or(Ok(()), super::ElectronicAddress::check)?;
        match &self.iban {
            Some(iban) if !iban_is_valid(iban) => Err(Invalid::new(
                "iban",
                say!("\"{iban}\" is not a valid IBAN (its check digits do not match)", iban),
                "Copy it again from the bank",
            )),
            _ => Ok(()),
        }
    }
}

impl Address {
    fn check(&self) -> Result<(), Invalid> {
        bounded("lines", self.lines.len(), 6)?;
        for (i, line) in self.lines.iter().enumerate() {
            at_most(&format!("lines[{i}]"), line, 200)?;
            one_line(&format!("lines[{i}]"), line)?;
        }
        optional("postcode", self.postcode.as_deref(), 20)?;
        optional("city", self.city.as_deref(), 200)?;
        if self.country.len() != 2 || !self.country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(Invalid::new(
                "country",
                say!("\"{country}\" is not a country code", country = self.country),
                "Use the two capital letters of ISO 3166, like GB or PL",
            ));
        }
        Ok(())
    }
}

impl Line {
    fn check(&self, kind: Kind) -> Result<(), Invalid> {
        if self.description.trim().is_empty() {
            return Err(Invalid::new("description", "the line has no description", "Say what it is"));
        }
        text("description", &self.description, 2000)?;
        optional("item_number", self.item_number.as_deref(), 60)?;
        at_most("unit", &self.unit, 20)?;
        one_line("unit", &self.unit)?;
        if self.quantity < Decimal::ZERO && !kind.allows_returns() {
            return Err(Invalid::new(
                "quantity",
                say!(
                    "{quantity} is negative, which makes no sense on a document of kind {kind}",
                    quantity = self.quantity,
                    kind = kind.word()
                ),
                "Use a positive quantity; goods taken back stand on an invoice, a receipt or a credit note",
            ));
        }
        if self.quantity.abs() > LARGEST_QUANTITY {
            return Err(Invalid::new(
                "quantity",
                say!("{text} is larger than {most}", text = self.quantity, most = LARGEST_QUANTITY),
                "Check the quantity",
            ));
        }
        if self.unit_price < Decimal::ZERO {
            return Err(Invalid::new(
                "unit_price",
                say!("{amount} is negative", amount = self.unit_price),
                "Use a discount, an allowance, or a negative quantity for goods taken back",
            ));
        }
        if self.discount_percent < Decimal::ZERO || self.discount_percent > Decimal::ONE_HUNDRED {
            return Err(Invalid::new(
                "discount_percent",
                say!("{value} is not between 0 and 100", value = self.discount_percent),
                "",
            ));
        }
        self.tax.check()
    }
}

impl Adjustment {
    fn check(&self) -> Result<(), Invalid> {
        at_most("reason", &self.reason, 200)?;
        one_line("reason", &self.reason)?;
        if self.amount < Decimal::ZERO {
            return Err(Invalid::new(
                "amount",
                say!("{amount} is negative", amount = self.amount),
                "What is taken off stands under allowances, what is added under charges, both without a sign",
            ));
        }
        self.tax.check()
    }
}

impl Tax {
    fn check(&self) -> Result<(), Invalid> {
        let standard = self.category == TaxCategory::Standard;
        if self.rate < Decimal::ZERO || self.rate > Decimal::ONE_HUNDRED {
            return Err(Invalid::new(
                "tax.rate",
                say!("{value} is not between 0 and 100", value = self.rate),
                "",
            ));
        }
        if standard && self.rate.is_zero() {
            return Err(Invalid::new(
                "tax.rate",
                "category S has a rate above 0",
                "Use category Z for zero rated goods",
            ));
        }
        if !standard && !self.rate.is_zero() {
            return Err(Invalid::new(
                "tax.rate",
                say!(
                    "category {category} has no rate, but {rate} is given",
                    category = self.category.code(),
                    rate = self.rate
                ),
                "Use category S, or the rate 0",
            ));
        }
        Ok(())
    }
}

pub(super) fn bounded(path: &str, length: usize, most: usize) -> Result<(), Invalid> {
    if length > most {
        return Err(Invalid::new(
            path,
            say!("has {length} entries; at most {most} are allowed", length, most),
            "Split it",
        ));
    }
    Ok(())
}

pub(super) fn text(path: &str, value: &str, max: usize) -> Result<(), Invalid> {
    at_most(path, value, max)?;
    several_lines(path, value)
}

pub(super) fn optional(path: &str, value: Option<&str>, max: usize) -> Result<(), Invalid> {
    value.map_or(Ok(()), |v| at_most(path, v, max).and_then(|()| one_line(path, v)))
}

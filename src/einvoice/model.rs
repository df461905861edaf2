//! A document in the terms of EN 16931.

use chrono::{Datelike, NaiveDate};
use en16931::codes::generated::COUNTRY_CODES;
use en16931::invoice::{
    Code, Contact, CreditTransfer, Delivery, DocumentAllowanceCharge, DocumentTotals, Item, ItemAttribute,
    LineVat, Party as InvoiceParty, PaymentInstructions, PaymentMeans, Period, PostalAddress,
    PrecedingInvoice, PriceDetails, VatBreakdown,
};
use en16931::{
    Date, DocumentKind, DocumentReference, Identifier, Invoice, InvoiceAmount, InvoiceLine, InvoiceNote,
    Percentage, Quantity, UnitPriceAmount,
};
use rust_decimal::{Decimal, RoundingStrategy};

use super::units;
use crate::domain::document::{
    Address, Adjustment, Content, Document, Exemption, Kind, Line, Party, Prices, Tax, TaxCategory,
};
use crate::domain::law::national_currency;
use crate::domain::net::NetParts;
use crate::domain::{Invalid, say};

/// Decimal places of a net price that comes out of one with tax: enough that a million pieces are
/// right to the cent.
const PRICE_PLACES: u32 = 9;

/// The document as the norm sees it; its sums are the document's own.
pub(super) fn invoice(
    document: &Document,
    process: Option<&str>,
    reason: &dyn Fn(TaxCategory) -> Option<String>,
) -> Result<Invoice, Invalid> {
    let content = &document.content;
    if content.currency.exponent() > 2 {
        return Err(Invalid::new(
            "currency",
            say!(
                "an e-invoice has two decimal places, {currency} has more",
                currency = content.currency.code()
            ),
            "Set e_invoice to none for this document (EN 16931, BR-DEC)",
        ));
    }
    let credit = content.kind == Kind::CreditNote;
    let net = NetParts::of(content, &document.totals);
    let buyer = content.buyer.as_ref().ok_or_else(|| {
        Invalid::new("buyer", "an e-invoice needs a buyer (EN 16931, BR-07)", "Give the buyer")
    })?;
    let mut invoice = Invoice::default();
    invoice.kind = if credit { DocumentKind::CreditNote } else { DocumentKind::Invoice };
    invoice.business_process = process.map(str::to_owned);
    invoice.number = Some(text(&document.number));
    invoice.issue_date = Some(date("issue_date", content.issue_date)?);
    // UNTDID 1001: commercial invoice, credit note.
    invoice.type_code = Some(Code::new(if credit { "381" } else { "380" }));
    invoice.currency = Some(Code::new(content.currency.code()));
    invoice.buyer_reference = optional(content.buyer_reference.as_ref());
    invoice.purchase_order_reference = content.order_reference.as_deref().map(reference);
    invoice.payment_terms = optional(content.payment.terms.as_ref());
    if credit {
        // A credit note in UBL has no place for a date; BR-CO-25 takes it as the terms. What is paid
        // back is due at once unless the document says otherwise.
        let due = content.due_date.unwrap_or(content.issue_date);
        invoice.payment_terms.get_or_insert_with(|| due.to_string());
    } else {
        invoice.due_date = content.due_date.map(|d| date("due_date", d)).transpose()?;
    }
    invoice.notes = content.notes.iter().map(|n| InvoiceNote::new(text(n))).filter(said).collect();
    invoice.preceding_invoices = preceding(content)?;
    invoice.seller = party(&document.seller, "seller", category_o(content))?;
    invoice.buyer = party(buyer, "buyer", category_o(content))?;
    invoice.payment = Some(payment(document));
    invoice.allowances = adjustments("allowances", &content.allowances, &net.allowances)?;
    invoice.charges = adjustments("charges", &content.charges, &net.charges)?;
    invoice.lines = lines(content, &net)?;
    supply(&mut invoice, content, buyer)?;
    for group in &document.totals.tax_groups {
        let code = exemption_code(group.tax.category, content.tax_notes.exemption);
        invoice.vat_breakdown.push(VatBreakdown {
            taxable_amount: amount("lines", group.basis)?,
            tax_amount: amount("lines", group.amount)?,
            category: Code::new(group.tax.category.code()),
            // Here even category O has one: XRechnung asks for it (BR-DE-14).
            rate: Some(Percentage::new(group.tax.rate.normalize())),
            exemption_reason: needs_reason(group.tax.category).then(|| reason(group.tax.category)).flatten(),
            exemption_reason_code: code.map(Code::new),
        });
    }
    invoice.totals = totals(document, &net)?;
    if let Some(tax) = content.tax_notes.national_tax {
        let country = document.seller.address.as_ref().map(|a| a.country.as_str());
        if let Some(currency) = country.and_then(national_currency).filter(|c| *c != content.currency.code())
        {
            invoice.vat_accounting_currency = Some(Code::new(currency));
            invoice.totals.vat_total_accounting = Some(amount("tax_notes.national_tax", tax)?);
        }
    }
    Ok(invoice)
}

/// Text without the few characters that XML cannot hold (XML 1.0, production 2); control characters
/// never come this far.
fn text(text: &str) -> String {
    text.trim()
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !matches!(c, '\u{FFFE}' | '\u{FFFF}') && (!c.is_control() || matches!(c, '\n' | '\t')))
        .collect()
}

fn optional(value: Option<&String>) -> Option<String> {
    value.map(|v| text(v)).filter(|v| !v.is_empty())
}

fn said(note: &InvoiceNote) -> bool {
    note.note.as_ref().is_some_and(|n| !n.is_empty())
}

fn reference(value: &str) -> DocumentReference {
    DocumentReference::new(text(value))
}

fn date(path: &str, date: NaiveDate) -> Result<Date, Invalid> {
    let wrong = || Invalid::new(path, say!("{date} cannot stand on an e-invoice", date), "Correct the year");
    let month = u8::try_from(date.month()).map_err(|_| wrong())?;
    let day = u8::try_from(date.day()).map_err(|_| wrong())?;
    Date::new(date.year(), month, day).map_err(|_| wrong())
}

fn amount(path: &str, amount: Decimal) -> Result<InvoiceAmount, Invalid> {
    InvoiceAmount::from_decimal_exact(amount).map_err(|why| {
        Invalid::new(path, say!("the amount {amount} cannot stand on an e-invoice ({why})", amount, why), "")
    })
}

/// The rate of a line, which category O does not have (BR-O-05).
fn rate(tax: Tax) -> Option<Percentage> {
    (tax.category != TaxCategory::OutsideScope).then(|| Percentage::new(tax.rate.normalize()))
}

fn vat(tax: Tax) -> LineVat {
    LineVat { category: Code::new(tax.category.code()), rate: rate(tax) }
}

fn needs_reason(category: TaxCategory) -> bool {
    !matches!(category, TaxCategory::Standard | TaxCategory::Zero)
}

/// Whether the document is outside the scope of VAT, so that no VAT number may stand on it (BR-O-02).
fn category_o(content: &Content) -> bool {
    content.lines.iter().any(|l| l.tax.category == TaxCategory::OutsideScope)
}

/// The code list VATEX of the Connecting Europe Facility.
fn exemption_code(category: TaxCategory, exemption: Option<Exemption>) -> Option<&'static str> {
    match (category, exemption) {
        (TaxCategory::ReverseCharge, _) => Some("VATEX-EU-AE"),
        (TaxCategory::IntraCommunity, _) => Some("VATEX-EU-IC"),
        (TaxCategory::Export, _) => Some("VATEX-EU-G"),
        (TaxCategory::OutsideScope, _) => Some("VATEX-EU-O"),
        (TaxCategory::Exempt, Some(Exemption::SecondHand)) => Some("VATEX-EU-F"),
        (TaxCategory::Exempt, Some(Exemption::Art)) => Some("VATEX-EU-I"),
        (TaxCategory::Exempt, Some(Exemption::Antiques)) => Some("VATEX-EU-J"),
        (TaxCategory::Exempt, Some(Exemption::Travel)) => Some("VATEX-EU-D"),
        // Small enterprises have no code of the Union; the words say it (BT-120).
        (TaxCategory::Exempt, _) | (TaxCategory::Standard | TaxCategory::Zero, _) => None,
    }
}

fn party(party: &Party, path: &str, no_vat_number: bool) -> Result<InvoiceParty, Invalid> {
    let id = optional(party.tax_id.as_ref());
    // A VAT identifier starts with its country (BR-CO-09); anything else is a tax number.
    let is_vat = id.as_deref().is_some_and(|id| {
        let head = id.get(..2).unwrap_or_default();
        !no_vat_number && (COUNTRY_CODES.contains(&head) || matches!(head, "EL" | "XI"))
    });
    let (vat_identifier, tax_registration) = if is_vat { (id, None) } else { (None, id) };
    let email = party.email.as_ref().map(ToString::to_string);
    let seller = path == "seller";
    Ok(InvoiceParty {
        name: Some(text(&party.name)),
        legal_registration: optional(party.company_number.as_ref()).map(Identifier::new),
        vat_identifier,
        // Buyers have no place for a number that is no VAT identifier.
        tax_registration: tax_registration.filter(|_| seller),
        additional_legal_information: optional(party.legal_note.as_ref()).filter(|_| seller),
        electronic_address: match &party.electronic_address {
            Some(address) => Some(Identifier::schemed(text(&address.id), text(&address.scheme))),
            // EM: electronic mail, of the EAS code list.
            None => email.clone().map(|e| Identifier::schemed(e, "EM")),
        },
        address: address(party.address.as_ref(), path)?,
        contact: Contact {
            name: optional(party.contact.as_ref()).or_else(|| seller.then(|| text(&party.name))),
            phone: optional(party.phone.as_ref()),
            email,
        },
        ..InvoiceParty::default()
    })
}

fn address(address: Option<&Address>, path: &str) -> Result<PostalAddress, Invalid> {
    let address = address.ok_or_else(|| {
        Invalid::new(
            format!("{path}.address"),
            "an e-invoice needs both parties' addresses (EN 16931, BR-08 and BR-10)",
            "Give at least the country",
        )
    })?;
    let mut lines = address.lines.iter().map(|l| text(l)).filter(|l| !l.is_empty());
    let (line1, line2) = (lines.next(), lines.next());
    // The norm has three lines; a longer address keeps its rest in the last.
    let rest: Vec<String> = lines.collect();
    Ok(PostalAddress {
        line1,
        line2,
        line3: Some(rest.join(", ")).filter(|r| !r.is_empty()),
        city: optional(address.city.as_ref()),
        post_code: optional(address.postcode.as_ref()),
        subdivision: None,
        country: Some(Code::new(address.country.as_str())),
    })
}

fn preceding(content: &Content) -> Result<Vec<PrecedingInvoice>, Invalid> {
    let original = content.original.as_ref().map(|original| {
        Ok(PrecedingInvoice {
            reference: reference(&original.number),
            issue_date: original.issue_date.map(|d| date("original.issue_date", d)).transpose()?,
        })
    });
    original.transpose().map(|o| o.into_iter().collect())
}

/// When and, for a supply to another country of the Union, where it went (BR-IC-11, BR-IC-12).
fn supply(invoice: &mut Invoice, content: &Content, buyer: &Party) -> Result<(), Invalid> {
    let abroad = content.lines.iter().any(|l| l.tax.category == TaxCategory::IntraCommunity);
    let delivered_to = if abroad { Some(address(buyer.address.as_ref(), "buyer")?) } else { None };
    let mut day = None;
    match content.supply {
        Some(supply) if supply.from == supply.until => day = Some(date("supply_date", supply.from)?),
        Some(supply) => {
            invoice.invoicing_period = Some(Period {
                start: Some(date("supply_date", supply.from)?),
                end: Some(date("supply_until", supply.until)?),
            });
        }
        None => {}
    }
    if day.is_some() || delivered_to.is_some() {
        invoice.delivery = Some(Delivery { date: day, address: delivered_to, ..Delivery::default() });
    }
    Ok(())
}

/// How the document is to be paid.
///
/// # Source
/// UNTDID 4461: 58 SEPA credit transfer, 30 credit transfer, 1 not defined (cash, card, a link).
fn payment(document: &Document) -> PaymentInstructions {
    let seller = &document.seller;
    let content = &document.content;
    let quote = content.payment.reference.as_ref().unwrap_or(&document.number);
    let Some(iban) = &seller.iban else {
        return PaymentInstructions { means_code: Some(Code::new("1")), ..PaymentInstructions::default() };
    };
    let sepa = content.currency.code() == "EUR";
    PaymentInstructions {
        means_code: Some(Code::new(if sepa { "58" } else { "30" })),
        remittance_information: optional(Some(quote)),
        means: Some(PaymentMeans::CreditTransfer(vec![CreditTransfer {
            account_identifier: Some(iban.clone()),
            account_name: Some(text(&seller.name)),
            provider_identifier: optional(seller.bic.as_ref()),
        }])),
        ..PaymentInstructions::default()
    }
}

fn adjustments(
    path: &str,
    list: &[Adjustment],
    net: &[Decimal],
) -> Result<Vec<DocumentAllowanceCharge>, Invalid> {
    list.iter()
        .zip(net)
        .enumerate()
        .map(|(i, (adjustment, net))| {
            Ok(DocumentAllowanceCharge {
                amount: amount(&format!("{path}[{i}].amount"), *net)?,
                base_amount: None,
                percentage: None,
                vat: vat(adjustment.tax),
                reason: optional(Some(&adjustment.reason)),
                reason_code: None,
            })
        })
        .collect()
}

fn lines(content: &Content, net: &NetParts) -> Result<Vec<InvoiceLine>, Invalid> {
    content
        .lines
        .iter()
        .zip(&net.lines)
        .enumerate()
        .map(|(i, (line, net))| {
            let unit = units::code(&line.unit);
            // `InvoiceLine::new` derives a price by dividing; the line's own price takes its place.
            let written = InvoiceLine::new(
                (i + 1).to_string(),
                "",
                Quantity::new(line.quantity.normalize()),
                unit.unwrap_or("C62"),
                amount(&format!("lines[{i}]"), *net)?,
                line.tax.category.code(),
                rate(line.tax),
            );
            Ok(written.with_price(price(content.prices, line)).with_item(item(line, unit.is_none())))
        })
        .collect()
}

/// The price of one without tax, and how a discount led to it.
fn price(prices: Prices, line: &Line) -> PriceDetails {
    let hundred = Decimal::ONE_HUNDRED;
    let before = match prices {
        Prices::Net => line.unit_price,
        Prices::Gross => line.unit_price * hundred / (hundred + line.tax.rate),
    };
    let places = |p: Decimal| match prices {
        Prices::Net => p.normalize(),
        Prices::Gross => {
            p.round_dp_with_strategy(PRICE_PLACES, RoundingStrategy::MidpointAwayFromZero).normalize()
        }
    };
    let before = places(before);
    let off = places(before * line.discount_percent / hundred);
    let discounted = !off.is_zero();
    PriceDetails {
        net_price: UnitPriceAmount::new((before - off).normalize()),
        price_discount: discounted.then(|| UnitPriceAmount::new(off)),
        gross_price: discounted.then(|| UnitPriceAmount::new(before)),
        base_quantity: None,
        base_quantity_code: None,
    }
}

/// The first line of the description is the item's name, the rest describes it.
fn item(line: &Line, unit_unknown: bool) -> Item {
    let described = text(&line.description);
    let (name, rest) = described.split_once('\n').unwrap_or((&described, ""));
    Item {
        name: Some(name.trim().to_owned()),
        description: Some(rest.trim().to_owned()).filter(|r| !r.is_empty()),
        // A unit without a code is counted as "one"; its word is kept.
        attributes: if unit_unknown {
            vec![ItemAttribute { name: Some("Unit".to_owned()), value: Some(text(&line.unit)) }]
        } else {
            Vec::new()
        },
        ..Item::default()
    }
}

fn totals(document: &Document, net: &NetParts) -> Result<DocumentTotals, Invalid> {
    let totals = &document.totals;
    let content = &document.content;
    let sum = |list: &[Decimal]| content.currency.round(list.iter().sum());
    let some = |list: &[Decimal]| {
        if list.is_empty() { Ok(None) } else { amount("lines", sum(list)).map(Some) }
    };
    Ok(DocumentTotals {
        line_total: amount("lines", sum(&net.lines))?,
        allowance_total: some(&net.allowances)?,
        charge_total: some(&net.charges)?,
        taxable_total: amount("lines", totals.net)?,
        vat_total: Some(amount("lines", totals.tax)?),
        vat_total_accounting: None,
        gross_total: amount("lines", totals.gross)?,
        paid: if totals.paid.is_zero() { None } else { Some(amount("paid", totals.paid)?) },
        rounding: None,
        due: amount("lines", totals.payable)?,
    })
}

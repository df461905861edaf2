//! The document file.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::billing::{self, OriginalShape, TaxNotesShape};
use super::party::PartyShape;
use super::{Amount, MailShape};
use crate::domain::Invalid;
use crate::domain::document::{
    Adjustment, Condition, Content, Document, Draft, Item, Job, Kind, Line, LineKind, Payment, PaymentCode,
    Prices, Tax, TaxCategory, TaxNotes,
};
use crate::domain::money::Currency;

/// A document as a file: what to put on paper, and who to mail it to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentFile {
    /// What the document is: invoice, credit_note, receipt, job_card, offer, sales_order,
    /// purchase_order, delivery_note, report or notification.
    #[schemars(extend("enum" = ["invoice", "credit_note", "receipt", "job_card", "offer", "sales_order",
        "purchase_order", "delivery_note", "report", "notification"]))]
    pub kind: String,
    /// Your own id for this document, best a UUID: the same one again answers with the same document
    /// and sends nothing twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub client_ref: Option<String>,
    /// The number; left out, the next of the kind's series is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// 2 or more for a corrected document under the same number: one more than its latest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub version: Option<u32>,
    /// The date on the document, YYYY-MM-DD.
    #[schemars(extend("format" = "date"))]
    pub issue_date: String,
    /// When payment is due, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub due_date: Option<String>,
    /// When the goods or the work were supplied, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub supply_date: Option<String>,
    /// The last day of the supply, when it took longer than a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub supply_until: Option<String>,
    /// The invoice that a credit note takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<OriginalShape>,
    /// What the buyer wants quoted, like a Leitweg-ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_reference: Option<String>,
    /// The number of the buyer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_reference: Option<String>,
    /// What the document says about its tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_notes: Option<TaxNotesShape>,
    /// The language of the document as a BCP 47 tag, like en-GB; left out, the shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The currency, three letters of ISO 4217.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// Whether prices are without tax (net, the default) or with it (gross).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["net", "gross", null]))]
    pub prices: Option<String>,
    /// Who issues the document; left out, the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<PartyShape>,
    /// Who the document is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<PartyShape>,
    /// What is sold, one entry a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineShape>,
    /// Taken off the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<AdjustmentShape>,
    /// Put on the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<AdjustmentShape>,
    /// What has been paid already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Amount>,
    /// How to pay the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentShape>,
    /// Remarks, a paragraph each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The sums as you computed them; checked against ours, a difference is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<TotalsShape>,
    /// The job, on a job card and on what follows from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobShape>,
    /// The mail that carries the document; left out, nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailShape>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineShape {
    /// What it is.
    pub description: String,
    /// What it is for: part (the default), labour, fee or shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["part", "labour", "fee", "shipping", null]))]
    pub kind: Option<String>,
    /// How many.
    pub quantity: Amount,
    /// Of what, like pcs or h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The price of one.
    pub unit_price: Amount,
    /// Discount on this line in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_percent: Option<Amount>,
    /// Its tax.
    pub tax: TaxShape,
}

/// The tax on a line, an allowance or a charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxShape {
    /// The category of EN 16931: S standard, Z zero, E exempt, AE reverse charge, K within the
    /// Community, G export, O outside the scope.
    #[schemars(extend("enum" = ["S", "Z", "E", "AE", "K", "G", "O"]))]
    pub category: String,
    /// The rate in percent; 0 or left out in every category but S.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Amount>,
}

/// An allowance or charge on the whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentShape {
    /// Why.
    pub reason: String,
    /// How much, without a sign.
    pub amount: Amount,
    /// Its tax.
    pub tax: TaxShape,
}

/// How the document is to be paid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentShape {
    /// Terms in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// What the payer is to quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The payment code to print: epc for a SEPA transfer, swiss for the payment part of a Swiss
    /// QR-bill, link for a page to pay on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["epc", "swiss", "link", null]))]
    pub qr: Option<String>,
    /// The page to pay on, starting with https://.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The sums as the sender computed them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotalsShape {
    /// What is still to pay.
    pub payable: Amount,
}

/// The job a card is about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobShape {
    /// The thing handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemShape>,
    /// The fault in the customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_fault: Option<String>,
    /// What was handed in with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accessories: Vec<String>,
    /// Its condition at hand-in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition: Vec<ConditionShape>,
    /// When it should be ready, in the shop's own time: YYYY-MM-DDTHH:MM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_at: Option<String>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<String>,
}

/// The thing that is repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemShape {
    /// What it is: phone, bicycle, car.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// Model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Serial number, IMEI or VIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// The state of one part at hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionShape {
    /// Which part.
    pub part: String,
    /// In which state.
    pub state: String,
}

impl DocumentFile {
    /// The draft this file describes, checked.
    ///
    /// # Errors
    /// The first field that cannot stand, by its path.
    pub fn to_draft(&self, default_language: &str) -> Result<Draft, Invalid> {
        let currency = Currency::from_code(&self.currency)?;
        if let Some(client_ref) = &self.client_ref {
            check_client_ref(client_ref)?;
        }
        let content = Content {
            kind: word("kind", &self.kind, &Kind::ALL, Kind::word)?,
            issue_date: date("issue_date", &self.issue_date)?,
            due_date: self.due_date.as_deref().map(|d| date("due_date", d)).transpose()?,
            supply: billing::supply(self.supply_date.as_deref(), self.supply_until.as_deref())?,
            original: self.original.as_ref().map(OriginalShape::to_original).transpose()?,
            buyer_reference: filled(self.buyer_reference.as_ref()),
            order_reference: filled(self.order_reference.as_ref()),
            tax_notes: self
                .tax_notes
                .as_ref()
                .map_or_else(|| Ok(TaxNotes::default()), TaxNotesShape::to_tax_notes)?,
            language: self.language.clone().unwrap_or_else(|| default_language.to_owned()),
            currency,
            prices: match self.prices.as_deref() {
                None | Some("net") => Prices::Net,
                Some("gross") => Prices::Gross,
                Some(other) => return Err(not_one_of("prices", other, "net, gross")),
            },
            buyer: self.buyer.as_ref().map(|b| b.to_party().map_err(|e| e.within("buyer"))).transpose()?,
            lines: each("lines", &self.lines, LineShape::to_line)?,
            allowances: each("allowances", &self.allowances, |a| a.to_adjustment(currency))?,
            charges: each("charges", &self.charges, |a| a.to_adjustment(currency))?,
            paid: self
                .paid
                .as_ref()
                .map_or(Ok(Decimal::ZERO), |p| currency.check_places("paid", p.value("paid")?))?,
            payment: self
                .payment
                .as_ref()
                .map_or_else(|| Ok(Payment::default()), PaymentShape::to_payment)?,
            notes: self.notes.clone(),
            job: self.job.as_ref().map(|j| j.to_job().map_err(|e| e.within("job"))).transpose()?,
        };
        let stated =
            |t: &TotalsShape| currency.check_places("totals.payable", t.payable.value("totals.payable")?);
        let draft = Draft {
            number: self.number.clone(),
            version: self.corrected()?,
            seller: self.seller.as_ref().map(|s| s.to_party().map_err(|e| e.within("seller"))).transpose()?,
            stated_payable: self.totals.as_ref().map(stated).transpose()?,
            content,
        };
        draft.check()?;
        Ok(draft)
    }

    fn corrected(&self) -> Result<i64, Invalid> {
        let version = self.version.unwrap_or(1);
        match version {
            0 | 1001.. => {
                Err(Invalid::new("version", format!("{version} is not a version"), "Use 1 to 1000"))
            }
            2.. if self.number.is_none() => Err(Invalid::new(
                "version",
                "a corrected document keeps its number, and none is given",
                "Give the number of the document that is corrected",
            )),
            version => Ok(i64::from(version)),
        }
    }

    /// This file as it was issued: with its number, seller, language and sums.
    #[must_use]
    pub fn as_issued(&self, document: &Document) -> Self {
        Self {
            number: Some(document.number.clone()),
            seller: Some(PartyShape::from(&document.seller)),
            language: Some(document.content.language.clone()),
            totals: Some(TotalsShape { payable: document.totals.payable.into() }),
            ..self.clone()
        }
    }
}

/// Checks a sender's own id.
pub(super) fn check_client_ref(client_ref: &str) -> Result<(), Invalid> {
    if client_ref.trim().is_empty() {
        return Err(Invalid::new(
            "client_ref",
            "it is empty",
            "Leave it out or give an id that is yours alone",
        ));
    }
    crate::domain::invalid::at_most("client_ref", client_ref, 200)?;
    crate::domain::invalid::one_line("client_ref", client_ref)
}

impl LineShape {
    fn to_line(&self) -> Result<Line, Invalid> {
        Ok(Line {
            description: self.description.clone(),
            kind: self
                .kind
                .as_deref()
                .map_or(Ok(LineKind::Part), |k| word("kind", k, &LineKind::ALL, LineKind::word))?,
            quantity: self.quantity.value("quantity")?,
            unit: self.unit.clone().unwrap_or_default(),
            unit_price: self.unit_price.value("unit_price")?,
            discount_percent: self
                .discount_percent
                .as_ref()
                .map_or(Ok(Decimal::ZERO), |d| d.value("discount_percent"))?,
            tax: self.tax.to_tax()?,
        })
    }
}

impl AdjustmentShape {
    fn to_adjustment(&self, currency: Currency) -> Result<Adjustment, Invalid> {
        Ok(Adjustment {
            reason: self.reason.clone(),
            amount: currency.check_places("amount", self.amount.value("amount")?)?,
            tax: self.tax.to_tax()?,
        })
    }
}

impl TaxShape {
    fn to_tax(&self) -> Result<Tax, Invalid> {
        Ok(Tax {
            category: word("tax.category", &self.category, &TaxCategory::ALL, TaxCategory::code)?,
            rate: self.rate.as_ref().map_or(Ok(Decimal::ZERO), |r| r.value("tax.rate"))?.normalize(),
        })
    }
}

impl PaymentShape {
    fn to_payment(&self) -> Result<Payment, Invalid> {
        Ok(Payment {
            terms: filled(self.terms.as_ref()),
            reference: filled(self.reference.as_ref()),
            code: self
                .qr
                .as_deref()
                .map(|q| word("payment.qr", q, &PaymentCode::ALL, PaymentCode::word))
                .transpose()?,
            link: filled(self.link.as_ref()),
        })
    }
}

impl JobShape {
    fn to_job(&self) -> Result<Job, Invalid> {
        let item = self.item.clone().unwrap_or_default();
        let promised = |text: &str| {
            ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                .ok_or_else(|| {
                    Invalid::new(
                        "promised_at",
                        format!("\"{text}\" is not a date and time"),
                        "Write it like 2026-11-25T17:00",
                    )
                })
        };
        Ok(Job {
            item: Item { kind: item.kind, make: item.make, model: item.model, serial: item.serial },
            reported_fault: filled(self.reported_fault.as_ref()),
            accessories: self.accessories.clone(),
            condition: self
                .condition
                .iter()
                .map(|c| Condition { part: c.part.clone(), state: c.state.clone() })
                .collect(),
            promised_at: self.promised_at.as_deref().map(promised).transpose()?,
            technician: filled(self.technician.as_ref()),
        })
    }
}

/// Text that is there and not blank.
pub(super) fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|t| !t.trim().is_empty()).cloned()
}

fn each<S, T>(
    path: &str,
    shapes: &[S],
    convert: impl Fn(&S) -> Result<T, Invalid>,
) -> Result<Vec<T>, Invalid> {
    shapes
        .iter()
        .enumerate()
        .map(|(i, shape)| convert(shape).map_err(|e| e.within(&format!("{path}[{i}]"))))
        .collect()
}

pub(super) fn date(path: &str, text: &str) -> Result<NaiveDate, Invalid> {
    let well_formed = text.len() == 10;
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| well_formed).ok_or_else(|| {
        Invalid::new(path, format!("\"{text}\" is not a date of the calendar"), "Write it like 2026-11-21")
    })
}

pub(super) fn word<T: Copy>(
    path: &str,
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Invalid> {
    all.iter().copied().find(|t| name(*t) == text).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|t| name(*t)).collect();
        not_one_of(path, text, &known.join(", "))
    })
}

fn not_one_of(path: &str, text: &str, known: &str) -> Invalid {
    Invalid::new(path, format!("\"{text}\" is not one of: {known}"), "Use one of these words")
}

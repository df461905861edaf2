//! Invoices, the page that belongs to them, and their payments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;

use super::{Client, Done, Element, Failure, Sale, Wire, date, is_not_there};

/// What KashFlow takes for the rate of a line that has no tax: exempt, or outside its scope.
const NO_TAX: &str = "-1";

/// How amounts are said: in the accounts' own currency or another.
struct Money {
    rate: Decimal,
    foreign: bool,
}

impl<W: Wire> Client<'_, W> {
    /// The invoice that carries our reference.
    pub(super) async fn find_invoice(&self, sale: &Sale, done: Done) -> Result<Option<i64>, Failure> {
        let customer = needed(done.customer, "customer")?;
        let method = "GetInvoicesForCustomer";
        let found = match self.list(method, vec![Element::leaf("CustID", customer)]).await {
            Ok(found) => found,
            Err(failure) if is_not_there(&failure, "invoice") => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let ours = found.iter().find(|i| i.text_of("CustomerReference") == sale.reference);
        Ok(ours.and_then(|i| i.number_of("InvoiceNumber")).filter(|number| *number > 0))
    }

    pub(super) async fn enter_invoice(&self, sale: &Sale, done: Done) -> Result<i64, Failure> {
        sale.agrees().map_err(Failure::Refused)?;
        let customer = needed(done.customer, "customer")?;
        let money = self.money(sale).await?;
        let mut lines = Vec::new();
        for (n, line) in (1..).zip(&sale.lines) {
            if line.rate.normalize().scale() > 2 || line.tax.normalize().scale() > 2 {
                return Err(Failure::Refused(format!(
                    "line {n} needs more than the two decimal places KashFlow has. Enter it by hand."
                )));
            }
            let rate = line.tax_rate.map_or_else(|| NO_TAX.to_owned(), |rate| rate.to_string());
            lines.push(Element::branch(
                "InvoiceLine",
                vec![
                    Element::leaf("Quantity", line.quantity),
                    Element::leaf("Description", &line.description),
                    Element::leaf("Rate", line.rate),
                    Element::leaf("ChargeType", 0),
                    Element::leaf("VatRate", rate),
                    Element::leaf("VatAmount", line.tax),
                    Element::leaf("ProductID", 0),
                    Element::leaf("Sort", n),
                    Element::leaf("ProjID", 0),
                    Element::leaf("LineID", 0),
                    Element::leaf("ValuesInCurrency", i32::from(money.foreign)),
                ],
            ));
        }
        // Number 0 has KashFlow give the next one; any other would overwrite the invoice that has it.
        let invoice = Element::branch(
            "Inv_TD",
            vec![
                Element::leaf("InvoiceDBID", 0),
                Element::leaf("InvoiceNumber", 0),
                Element::leaf("InvoiceDate", date(sale.date)),
                Element::leaf("DueDate", date(sale.due)),
                Element::leaf("CustomerID", customer),
                Element::leaf("Paid", 0),
                Element::leaf("CustomerReference", &sale.reference),
                Element::leaf("SuppressTotal", 0),
                Element::leaf("ProjectID", 0),
                Element::leaf("CurrencyCode", &sale.currency),
                Element::leaf("ExchangeRate", money.rate),
                Element::branch("Lines", lines),
                Element::leaf("NetAmount", 0),
                Element::leaf("VATAmount", 0),
                Element::leaf("AmountPaid", 0),
            ],
        );
        self.insert("InsertInvoice_TypeDefined", vec![invoice]).await
    }

    async fn money(&self, sale: &Sale) -> Result<Money, Failure> {
        let known = self.currencies().await?;
        match known.iter().find(|c| c.code == sale.currency) {
            Some(currency) if currency.own => Ok(Money { rate: Decimal::ONE, foreign: false }),
            Some(currency) => Ok(Money { rate: currency.rate, foreign: true }),
            None => Err(Failure::Refused(format!(
                "the accounts do not know the currency {}. Add it there, then try again.",
                sale.currency
            ))),
        }
    }

    pub(super) async fn attach(&self, sale: &Sale, done: Done, pdf: &[u8]) -> Result<i64, Failure> {
        let name: String =
            sale.number.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect::<String>();
        let arguments = vec![
            Element::leaf("InvoiceNo", needed(done.invoice, "invoice")?),
            Element::leaf("Base64String", STANDARD.encode(pdf)),
            Element::leaf("ContentType", "application/pdf"),
            Element::leaf("Filename", format!("{name}.pdf")),
            Element::leaf("FileExtension", "pdf"),
            Element::leaf("FileSize", pdf.len()),
        ];
        let answer = self.call("AttachFileToInvoice", arguments).await?;
        // What the number means is not described; that it says OK is what counts.
        Ok(answer.number_of("AttachFileToInvoiceResult").filter(|id| *id > 0).unwrap_or(1))
    }

    /// The payment that carries our reference, whatever a bookkeeper made of its amount since.
    pub(super) async fn find_payment(&self, sale: &Sale, done: Done) -> Result<Option<i64>, Failure> {
        let number = needed(done.invoice, "invoice")?;
        let method = "GetInvoicePayment";
        let found = match self.list(method, vec![Element::leaf("InvoiceNumber", number)]).await {
            Ok(found) => found,
            Err(failure) if is_not_there(&failure, "payment") => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let ours = found.iter().find(|p| p.text_of("PayNote") == sale.reference);
        Ok(ours.and_then(|p| p.number_of("PayID")).filter(|id| *id > 0))
    }

    pub(super) async fn enter_payment(&self, sale: &Sale, done: Done) -> Result<i64, Failure> {
        let missing = |what: &str| {
            Failure::Refused(format!(
                "its payment has no {what}. Choose one for the channel \"{}\", then try again.",
                sale.channel
            ))
        };
        let payment = Element::branch(
            "InvoicePayment",
            vec![
                Element::leaf("PayID", 0),
                Element::leaf("PayInvoice", needed(done.invoice, "invoice")?),
                Element::leaf("PayDate", date(sale.date)),
                Element::leaf("PayNote", &sale.reference),
                Element::leaf(
                    "PayMethod",
                    sale.choices.payment_method.ok_or_else(|| missing("payment method"))?,
                ),
                Element::leaf(
                    "PayAccount",
                    sale.choices.bank_account.ok_or_else(|| missing("bank account"))?,
                ),
                Element::leaf("PayAmount", sale.paid),
            ],
        );
        self.insert("InsertInvoicePayment", vec![payment]).await
    }
}

/// What an earlier step gave.
fn needed(id: Option<i64>, what: &str) -> Result<i64, Failure> {
    id.ok_or_else(|| Failure::Refused(format!("its {what} is not in the books yet.")))
}

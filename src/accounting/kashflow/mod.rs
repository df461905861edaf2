//! KashFlow over SOAP 1.1.
//!
//! Every answer carries a status: a failure comes with HTTP 200, so only `OK` together with an id above
//! zero is a success. Nothing there knows repetition: what is sent twice is entered twice.
//!
//! # Source
//! The service's own description (WSDL, 2017 and 2026) and www.kashflow.com/developers/soap-api. Not
//! established, and therefore read by parts of sentences: what it says when its API is switched off and
//! when nothing is found; how large an attached file may be; how often it may be called.

mod customer;
mod invoice;

use rust_decimal::Decimal;

use super::soap::{self, Element};
use super::{Access, Failure, Request, Wire};
use crate::domain::Secret;
use crate::domain::posting::{Choice, Done, KnownCurrency, Lists, Sale, Step};

/// Where KashFlow answers.
pub(super) const ENDPOINT: &str = "https://securedwebapp.com/api/service.asmx";
/// The namespace of its messages, which is no address.
const NAMESPACE: &str = "KashFlow";
/// How Tillpost is listed among the programs that added an address.
const APPLICATION: &str = "Tillpost";

/// KashFlow, opened for one shop.
pub(super) struct Client<'a, W> {
    pub(super) access: &'a Access,
    pub(super) wire: &'a W,
}

impl<W: Wire> Client<'_, W> {
    /// Calls `method` and returns its answer, which says `OK`.
    async fn call(&self, method: &str, arguments: Vec<Element>) -> Result<Element, Failure> {
        let mut children = vec![
            Element::leaf("UserName", &self.access.user),
            Element::leaf("Password", self.access.password.expose()),
        ];
        children.extend(arguments);
        let request = Request {
            headers: vec![
                ("content-type", "text/xml; charset=utf-8".to_owned()),
                ("soapaction", format!("\"{NAMESPACE}/{method}\"")),
            ],
            body: Secret::new(soap::envelope(&Element::branch(method, children), NAMESPACE)),
        };
        let (status, bytes) = self.wire.send(&self.access.endpoint, request).await?;
        let lost = |why: String| Failure::Lost(format!("status {status}, and {why}"));
        let body = soap::body(&bytes).map_err(lost)?;
        if body.name == "Fault" {
            return Err(fault(body.text_of("faultstring")));
        }
        if body.name != format!("{method}Response") {
            return Err(lost(format!("it answers with {}", body.name)));
        }
        match body.text_of("Status") {
            "OK" => Ok(body),
            "NO" => Err(refused(body.text_of("StatusDetail"))),
            other => Err(lost(format!("its state is \"{other}\""))),
        }
    }

    /// Calls a method that changes nothing: an answer that is lost costs nothing.
    async fn ask(&self, method: &str, arguments: Vec<Element>) -> Result<Element, Failure> {
        self.call(method, arguments).await.map_err(|failure| match failure {
            Failure::Lost(why) => Failure::NotReached(why),
            other => other,
        })
    }

    /// Calls a method that enters something, and returns the id it got.
    async fn insert(&self, method: &str, arguments: Vec<Element>) -> Result<i64, Failure> {
        let answer = self.call(method, arguments).await?;
        match answer.number_of(&format!("{method}Result")) {
            Some(id) if id > 0 => Ok(id),
            // It says OK and names nothing: only the books can tell.
            _ => Err(Failure::Lost("it says OK and gives no number".into())),
        }
    }

    /// The entries of the list that `method` answers with.
    async fn list(&self, method: &str, arguments: Vec<Element>) -> Result<Vec<Element>, Failure> {
        let answer = self.ask(method, arguments).await?;
        Ok(answer.child(&format!("{method}Result")).map(|list| list.children.clone()).unwrap_or_default())
    }

    async fn choices(&self, method: &str, id: &str, name: &str) -> Result<Vec<Choice>, Failure> {
        let entries = self.list(method, vec![]).await?;
        let choice = |e: &Element| Some(Choice { id: e.number_of(id)?, name: e.text_of(name).to_owned() });
        Ok(entries.iter().filter_map(choice).collect())
    }

    pub(super) async fn lists(&self) -> Result<Lists, Failure> {
        let company = self.ask("GetCompanyDetails", vec![]).await?;
        let company = company.child("GetCompanyDetailsResult").map(|c| c.text_of("CompanyName").to_owned());
        Ok(Lists {
            company: company.unwrap_or_default(),
            customer_sources: self.choices("GetCustomerSources", "ID", "Name").await?,
            payment_methods: self.choices("GetInvPayMethods", "MethodID", "MethodName").await?,
            bank_accounts: self.choices("GetBankAccounts", "AccountID", "AccountName").await?,
            currencies: self.currencies().await?,
        })
    }

    async fn currencies(&self) -> Result<Vec<KnownCurrency>, Failure> {
        let entries = self.list("GetCurrencies", vec![]).await?;
        let known = |e: &Element| {
            Some(KnownCurrency {
                code: e.text_of("CurrencyCode").to_owned(),
                rate: e.text_of("ExchangeRate").parse::<Decimal>().ok()?,
                own: matches!(e.text_of("isDefault"), "1" | "true"),
            })
        };
        Ok(entries.iter().filter_map(known).collect())
    }

    pub(super) async fn remote_login(&self) -> Result<String, Failure> {
        let answer = self.ask("GetRemoteLoginURL", vec![]).await?;
        let url = answer.text_of("GetRemoteLoginURLResult");
        if url.starts_with("https://") || url.starts_with("http://127.0.0.1") {
            return Ok(url.to_owned());
        }
        Err(Failure::Again("it gave no address".into()))
    }

    pub(super) async fn allow_this_address(&self, key: &Secret) -> Result<(), Failure> {
        let arguments =
            vec![Element::leaf("appName", APPLICATION), Element::leaf("AutoAuthKey", key.expose())];
        // Which number it answers with is not described; that it says OK is what counts.
        self.ask("AutoAuthIP", arguments).await.map(drop)
    }

    pub(super) async fn find(&self, step: Step, sale: &Sale, done: Done) -> Result<Option<i64>, Failure> {
        match step {
            // Entering a customer begins with looking for it.
            Step::Customer => Ok(None),
            Step::Invoice => self.find_invoice(sale, done).await,
            // Nothing lists what is attached. Twice the same page beside one invoice leaves the books right.
            Step::File => Ok(None),
            Step::Payment => self.find_payment(sale, done).await,
        }
    }

    pub(super) async fn enter(
        &self,
        step: Step,
        sale: &Sale,
        done: Done,
        pdf: &[u8],
    ) -> Result<i64, Failure> {
        match step {
            Step::Customer => self.enter_customer(sale).await,
            Step::Invoice => self.enter_invoice(sale, done).await,
            Step::File => self.attach(sale, done, pdf).await,
            Step::Payment => self.enter_payment(sale, done).await,
        }
    }
}

/// What a SOAP fault means. One that says the request could not be read was not worked on.
fn fault(said: &str) -> Failure {
    let unread = ["unable to read request", "did not recognize the value of HTTP Header SOAPAction"];
    if unread.iter().any(|part| said.contains(part)) {
        return Failure::Refused(format!("the accounting system does not understand it: \"{said}\"."));
    }
    Failure::Lost(format!("it broke off with \"{said}\""))
}

/// What a status of `NO` means, by what is said with it.
fn refused(said: &str) -> Failure {
    let lower = said.to_lowercase();
    let said = said.to_owned();
    if lower.contains("incorrect username or password") {
        Failure::SignIn(said)
    } else if lower.contains("is not in the access list") {
        Failure::Address(said)
    } else if lower.contains("api")
        && ["enabled", "disabled", "switched off"].iter().any(|w| lower.contains(w))
    {
        // The exact sentence is not known.
        Failure::Off(said)
    } else if lower.contains("code is not unique") {
        // Somebody entered this customer a moment ago: next time it is found.
        Failure::Again(said)
    } else {
        Failure::Refused(format!("the accounting system says \"{said}\"."))
    }
}

/// Whether a refusal says that what was looked for is not there; its wording is only known in part.
fn is_not_there(failure: &Failure, what: &str) -> bool {
    let Failure::Refused(said) = failure else { return false };
    let said = said.to_lowercase();
    said.contains(&format!("no {what}"))
        || (said.contains(what) && ["not found", "not exist"].iter().any(|w| said.contains(w)))
}

/// A date as its messages have it.
fn date(date: chrono::NaiveDate) -> String {
    format!("{}T00:00:00", date.format("%Y-%m-%d"))
}

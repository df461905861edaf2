//! Customers: found by e-mail address, then by code; entered when they are not there.

use sha2::{Digest, Sha256};

use super::{Client, Element, Failure, Sale, Wire, is_not_there};
use crate::domain::document::Party;

/// The members of a customer in the order of the description, and what those that must be there are
/// when nothing is known.
const MEMBERS: &[(&str, Option<&str>)] = &[
    ("CustomerID", Some("0")),
    ("Code", None),
    ("Name", None),
    ("Contact", None),
    ("Telephone", None),
    ("Mobile", None),
    ("Fax", None),
    ("Email", None),
    ("Address1", None),
    ("Address2", None),
    ("Address3", None),
    ("Address4", None),
    ("CountryName", None),
    ("CountryCode", None),
    ("Postcode", None),
    ("Website", None),
    ("EC", Some("0")),
    ("OutsideEC", Some("0")),
    ("Notes", None),
    ("Source", Some("0")),
    ("Discount", Some("0")),
    ("ShowDiscount", Some("false")),
    ("PaymentTerms", Some("0")),
];
/// The numbered ones behind them.
const NUMBERED: i32 = 20;
/// Those behind the numbered ones.
const LAST: &[(&str, Option<&str>)] = &[
    ("Created", Some("0001-01-01T00:00:00")),
    ("Updated", Some("0001-01-01T00:00:00")),
    ("CurrencyID", Some("0")),
    ("ContactTitle", None),
    ("ContactFirstName", None),
    ("ContactLastName", None),
    ("CustHasDeliveryAddress", None),
    ("DeliveryAddress1", None),
    ("DeliveryAddress2", None),
    ("DeliveryAddress3", None),
    ("DeliveryAddress4", None),
    ("DeliveryCountryName", None),
    ("DeliveryCountryCode", None),
    ("DeliveryPostcode", None),
    ("VATNumber", None),
];

impl<W: Wire> Client<'_, W> {
    /// The customer of `sale`: completed where it is there, entered where it is not.
    pub(super) async fn enter_customer(&self, sale: &Sale) -> Result<i64, Failure> {
        let ours = known(sale);
        let Some(theirs) = self.find_customer(sale).await? else {
            return self.insert("InsertCustomer", vec![customer(&ours, &Element::default())]).await;
        };
        let id = theirs.number_of("CustomerID").unwrap_or_default();
        let merged = customer(&ours, &theirs);
        if merged.children.iter().any(|m| theirs.text_of(&m.name) != m.text && !m.text.is_empty()) {
            let whole = with_what_else_it_has(merged, &theirs);
            // To set the same once more changes nothing.
            self.ask("UpdateCustomer", vec![whole]).await?;
        }
        Ok(id)
    }

    async fn find_customer(&self, sale: &Sale) -> Result<Option<Element>, Failure> {
        let email = sale.buyer.as_ref().and_then(|b| b.email.as_ref());
        if let Some(email) = email {
            let by_email = Element::leaf("CustomerEmail", email.as_str());
            if let Some(found) = self.one_customer("GetCustomerByEmail", by_email).await? {
                return Ok(Some(found));
            }
        }
        self.one_customer("GetCustomer", Element::leaf("CustomerCode", code(sale))).await
    }

    async fn one_customer(&self, method: &str, by: Element) -> Result<Option<Element>, Failure> {
        let answer = match self.ask(method, vec![by]).await {
            Ok(answer) => answer,
            Err(failure) if is_not_there(&failure, "customer") => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let found = answer.child(&format!("{method}Result"));
        // An empty customer is none.
        Ok(found.filter(|c| c.number_of("CustomerID").is_some_and(|id| id > 0)).cloned())
    }
}

/// The code of a customer in the books. The same person has the same one, whichever till asks, so that
/// two tills at once cannot enter somebody twice: codes are unique there.
fn code(sale: &Sale) -> String {
    let who = match &sale.buyer {
        None => return format!("TP-{}", short(&format!("channel {}", sale.channel))),
        Some(buyer) => match &buyer.email {
            Some(email) => email.as_str().to_lowercase(),
            None => {
                let postcode = buyer.address.as_ref().and_then(|a| a.postcode.clone()).unwrap_or_default();
                format!("{} {postcode}", buyer.name.to_lowercase())
            }
        },
    };
    format!("TP-{}", short(&who))
}

fn short(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(5).map(|b| format!("{b:02X}")).collect()
}

/// What a sale says about its customer.
fn known(sale: &Sale) -> Vec<(&'static str, String)> {
    let mut known = vec![("Code", code(sale))];
    match &sale.buyer {
        Some(buyer) => person(buyer, &mut known),
        None => known.push(("Name", format!("Sales without a name ({})", sale.channel))),
    }
    if let Some(source) = sale.choices.customer_source {
        known.push(("Source", source.to_string()));
    }
    known
}

fn person(buyer: &Party, known: &mut Vec<(&'static str, String)>) {
    known.push(("Name", buyer.name.clone()));
    known.extend(buyer.contact.clone().map(|c| ("Contact", c)));
    known.extend(buyer.phone.clone().map(|p| ("Telephone", p)));
    known.extend(buyer.email.as_ref().map(|e| ("Email", e.as_str().to_owned())));
    known.extend(buyer.tax_id.clone().map(|t| ("VATNumber", t)));
    let Some(address) = &buyer.address else { return };
    // Four lines are all there is; the town comes last.
    let mut lines: Vec<String> = address.lines.iter().take(3).cloned().collect();
    lines.extend(address.city.clone());
    known.extend(["Address1", "Address2", "Address3", "Address4"].into_iter().zip(lines));
    known.extend(address.postcode.clone().map(|p| ("Postcode", p)));
    // KashFlow has ISO 3166 except for Greece.
    let country = if address.country == "GR" { "EL" } else { address.country.as_str() };
    known.push(("CountryCode", country.to_owned()));
}

/// A customer with what the books have of it, and ours where they have nothing. What a bookkeeper wrote
/// stands; where the customer comes from is the channel's to say.
fn customer(ours: &[(&'static str, String)], theirs: &Element) -> Element {
    let members = |list: &[(&str, Option<&str>)]| {
        let member = |(name, default): &(&str, Option<&str>)| {
            let own = ours.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
            let has = theirs.text_of(name);
            let value = match own {
                Some(own) if *name == "Source" || has.is_empty() => own,
                _ if !has.is_empty() => has,
                _ => (*default)?,
            };
            Some(Element::leaf(name, value))
        };
        list.iter().filter_map(member).collect::<Vec<_>>()
    };
    let mut children = members(MEMBERS);
    for n in 1..=NUMBERED {
        let text = theirs.text_of(&format!("ExtraText{n}"));
        if !text.is_empty() {
            children.push(Element::leaf(&format!("ExtraText{n}"), text));
        }
    }
    for n in 1..=NUMBERED {
        let name = format!("CheckBox{n}");
        let checked = theirs.number_of(&name).unwrap_or_default();
        children.push(Element::leaf(&name, checked));
    }
    children.extend(members(LAST));
    Element::branch("custr", children)
}

/// A newer KashFlow may keep more of a customer than is described: it gets that back too.
fn with_what_else_it_has(mut merged: Element, theirs: &Element) -> Element {
    let more = theirs.children.iter().filter(|c| merged.child(&c.name).is_none() && c.children.is_empty());
    let more: Vec<Element> = more.filter(|c| !c.text.trim().is_empty()).cloned().collect();
    merged.children.extend(more);
    merged
}

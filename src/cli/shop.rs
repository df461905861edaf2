//! `shop`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Context, read_file};
use crate::app::{App, Error};
use crate::domain::Invalid;
use crate::wire::{AddressShape, PartyShape, parse};

#[derive(Debug, Subcommand)]
pub(super) enum Shop {
    /// Show the shop's details.
    Show,
    /// Change the shop's details; what is not named stays as it is.
    Set(Box<Set>),
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// A JSON file with all details, in the shape of a document's seller; replaces what was there.
    #[arg(long, value_name = "FILE.json")]
    file: Option<PathBuf>,
    /// Name of the shop.
    #[arg(long)]
    name: Option<String>,
    /// Street and house number; may be given several times, a line each.
    #[arg(long = "address", value_name = "LINE")]
    address: Vec<String>,
    /// Postal code.
    #[arg(long)]
    postcode: Option<String>,
    /// Town.
    #[arg(long)]
    city: Option<String>,
    /// Country, two letters of ISO 3166.
    #[arg(long)]
    country: Option<String>,
    /// VAT or other tax number.
    #[arg(long)]
    tax_id: Option<String>,
    /// E-mail address for customers.
    #[arg(long)]
    email: Option<String>,
    /// Telephone number.
    #[arg(long)]
    phone: Option<String>,
    /// Account for payments.
    #[arg(long)]
    iban: Option<String>,
    /// Bank of that account.
    #[arg(long)]
    bic: Option<String>,
    /// Number in the register of companies.
    #[arg(long, value_name = "NUMBER")]
    company_number: Option<String>,
    /// Register, registered office, directors: what business letters must say.
    #[arg(long, value_name = "TEXT")]
    legal_note: Option<String>,
    /// The person to ask; e-invoices to authorities name one.
    #[arg(long, value_name = "NAME")]
    contact: Option<String>,
    /// A picture for the head of documents, PNG, JPEG or SVG.
    #[arg(long, value_name = "FILE", conflicts_with = "no_logo")]
    logo: Option<PathBuf>,
    /// Remove the picture.
    #[arg(long)]
    no_logo: bool,
}

impl Shop {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        if let Self::Set(set) = self {
            set.apply(&app)?;
        }
        let (shop, logo) = app.shop()?;
        context.out.show(&serde_json::json!({ "shop": shop, "logo": logo }), || match &shop {
            None => "the shop's details are not set; set them with `tillpost shop set --name ...`".to_owned(),
            Some(shop) => text(shop, logo),
        });
        Ok(0)
    }
}

impl Set {
    fn apply(self, app: &App) -> Result<(), Error> {
        // Read before anything is stored, so that a missing picture changes nothing.
        let logo = self.logo.as_deref().map(|path| read_file(path, 8 * 1024 * 1024)).transpose()?;
        let (before, _) = app.shop()?;
        let drop_logo = self.no_logo;
        let details = match &self.file {
            Some(path) => parse(&read_file(path, 1024 * 1024)?)?,
            None => self.merged(before)?,
        };
        app.set_shop(&details)?;
        if logo.is_some() || drop_logo {
            app.set_logo(logo)?;
        }
        Ok(())
    }

    fn merged(self, before: Option<PartyShape>) -> Result<PartyShape, Error> {
        let mut shop = before.unwrap_or_default();
        if let Some(name) = self.name {
            shop.name = name;
        }
        let speaks_of_address = !self.address.is_empty()
            || self.postcode.is_some()
            || self.city.is_some()
            || self.country.is_some();
        if speaks_of_address {
            let mut address = shop.address.take().unwrap_or_default();
            if !self.address.is_empty() {
                address.lines = self.address;
            }
            address.postcode = self.postcode.or(address.postcode);
            address.city = self.city.or(address.city);
            address.country = self.country.unwrap_or(address.country);
            if address.country.is_empty() {
                return Err(
                    Invalid::new("country", "the address has no country", "Add --country, like GB").into()
                );
            }
            shop.address = Some(AddressShape { ..address });
        }
        shop.tax_id = self.tax_id.or(shop.tax_id);
        shop.email = self.email.or(shop.email);
        shop.phone = self.phone.or(shop.phone);
        shop.iban = self.iban.or(shop.iban);
        shop.bic = self.bic.or(shop.bic);
        shop.company_number = self.company_number.or(shop.company_number);
        shop.legal_note = self.legal_note.or(shop.legal_note);
        shop.contact = self.contact.or(shop.contact);
        Ok(shop)
    }
}

fn text(shop: &PartyShape, logo: bool) -> String {
    let mut lines = vec![shop.name.clone()];
    if let Some(address) = &shop.address {
        lines.extend(address.lines.iter().cloned());
        let town: Vec<&str> =
            [&address.postcode, &address.city].into_iter().filter_map(|p| p.as_deref()).collect();
        lines.push(format!("{} {}", town.join(" "), address.country).trim().to_owned());
    }
    for (label, value) in [
        ("tax number", &shop.tax_id),
        ("e-mail", &shop.email),
        ("phone", &shop.phone),
        ("IBAN", &shop.iban),
        ("BIC", &shop.bic),
        ("company number", &shop.company_number),
        ("legal note", &shop.legal_note),
        ("contact", &shop.contact),
    ] {
        if let Some(value) = value {
            lines.push(format!("{label}: {value}"));
        }
    }
    lines.push(format!("logo: {}", if logo { "yes" } else { "no" }));
    lines.join("\n")
}

//! Countries, and what depends on nothing else.

/// The member states of the European Union.
pub(super) const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The currency in which a country's tax office wants the tax (article 230 of Directive 2006/112/EC);
/// nothing where Tillpost does not know it.
///
/// # Source
/// ISO 4217; Bulgaria has the euro since 1 January 2026 (Regulation (EU) 2025/1407).
#[must_use]
pub fn national_currency(country: &str) -> Option<&'static str> {
    Some(match country {
        "CZ" => "CZK",
        "DK" => "DKK",
        "HU" => "HUF",
        "PL" => "PLN",
        "RO" => "RON",
        "SE" => "SEK",
        "GB" => "GBP",
        "CH" | "LI" => "CHF",
        "US" => "USD",
        member if UNION.contains(&member) => "EUR",
        _ => return None,
    })
}

/// Whether the country has a sales tax rather than a value added tax.
#[must_use]
pub fn has_sales_tax(country: &str) -> bool {
    country == "US"
}

/// Up to which total with tax the simplified invoice is enough.
///
/// # Source
/// Article 220a of Directive 2006/112/EC (at least 100 euro); § 33 UStDV (DE), § 11 Abs. 6 UStG 1994
/// (AT), art. 4 RD 1619/2012 (ES), art. 21-bis DPR 633/1972 with DM 10 May 2019 (IT), art. 106e ust. 5
/// pkt 3 ustawy o VAT (PL). Elsewhere the least the directive gives; nothing in other currencies.
pub(super) fn simplified(country: &str) -> Option<(&'static str, u32)> {
    match country {
        "DE" => Some(("EUR", 250)),
        "AT" | "ES" | "IT" => Some(("EUR", 400)),
        "PL" => Some(("PLN", 450)),
        _ => (national_currency(country) == Some("EUR")).then_some(("EUR", 100)),
    }
}

/// The paragraph under which a country's small enterprises charge no tax.
///
/// # Source
/// Title XII chapter 1 of Directive 2006/112/EC (article 284), and the national laws as they have it.
#[must_use]
pub fn small_business_law(country: &str) -> Option<&'static str> {
    Some(match country {
        "AT" => "§ 6 Abs. 1 Z 27 UStG 1994",
        "BE" => "art. 56bis W.BTW / CTVA",
        "DE" => "§ 19 UStG",
        "FR" => "art. 293 B du CGI",
        "IT" => "art. 1, commi 54-89, L. 190/2014",
        "NL" => "art. 25 Wet OB 1968",
        "PL" => "art. 113 ust. 1 ustawy o VAT",
        member if UNION.contains(&member) => "Art. 284 Directive 2006/112/EC",
        _ => return None,
    })
}

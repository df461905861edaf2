//! Countries and what depends on nothing else.

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

//! Addresses as the post reads them, and account numbers as banks print them.

use super::text::clean;
use crate::domain::document::Address;

/// An address from the street down; the country only when it is not `home`.
///
/// # Source
/// Universal Postal Union: the country last, in capitals, in a language known internationally.
pub(super) fn address_lines(address: Option<&Address>, home: Option<&str>) -> Vec<String> {
    let Some(address) = address else {
        return Vec::new();
    };
    let mut lines: Vec<String> = address.lines.iter().map(|l| clean(l)).collect();
    let part = |p: &Option<String>| p.as_deref().map(clean).unwrap_or_default();
    let (code, city) = (part(&address.postcode), part(&address.city));
    // Where the post writes the code behind the town or below it, one line after the other serves.
    let town = if matches!(address.country.as_str(), "GB" | "IE" | "US" | "CA" | "AU") {
        format!("{city} {code}")
    } else {
        format!("{code} {city}")
    };
    lines.push(town.trim().to_owned());
    if home.is_some_and(|home| home != address.country) {
        lines.push(country(&address.country).to_owned());
    }
    lines.retain(|l| !l.is_empty());
    lines
}

/// The name of a country on an envelope; its code where the list has none.
fn country(code: &str) -> &str {
    const NAMES: &str = "AT AUSTRIA,AU AUSTRALIA,BE BELGIUM,BG BULGARIA,CA CANADA,CH SWITZERLAND,\
        CY CYPRUS,CZ CZECHIA,DE GERMANY,DK DENMARK,EE ESTONIA,ES SPAIN,FI FINLAND,FR FRANCE,\
        GB UNITED KINGDOM,GR GREECE,HR CROATIA,HU HUNGARY,IE IRELAND,IN INDIA,IS ICELAND,IT ITALY,\
        JP JAPAN,LI LIECHTENSTEIN,LT LITHUANIA,LU LUXEMBOURG,LV LATVIA,MT MALTA,NL NETHERLANDS,\
        NO NORWAY,NZ NEW ZEALAND,PL POLAND,PT PORTUGAL,RO ROMANIA,RS SERBIA,SE SWEDEN,SI SLOVENIA,\
        SK SLOVAKIA,TR TURKEY,UA UKRAINE,US UNITED STATES OF AMERICA,ZA SOUTH AFRICA";
    NAMES.split(',').find_map(|n| n.strip_prefix(code)?.strip_prefix(' ')).unwrap_or(code)
}

/// An IBAN in groups of four (ISO 13616-1, print format), never torn apart.
pub(super) fn iban(iban: &str) -> String {
    let mut text = String::new();
    for (i, c) in iban.chars().filter(|c| !c.is_whitespace()).enumerate() {
        if i > 0 && i.is_multiple_of(4) {
            text.push('\u{A0}');
        }
        text.push(c);
    }
    clean(&text)
}

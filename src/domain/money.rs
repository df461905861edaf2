//! Currencies, decimal amounts and how they are rounded.

use rust_decimal::{Decimal, RoundingStrategy};

use super::Invalid;
use crate::domain::say;

/// A currency of ISO 4217, by its three letters and the number of its decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    code: &'static str,
    exponent: u32,
}

/// ISO 4217 active currencies whose minor unit is the usual hundredth.
const HUNDREDTHS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD", "BND", "BOB",
    "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK",
    "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ",
    "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
    "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP",
    "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS",
    "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH",
    "USD", "UYU", "UZS", "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG",
];
/// ISO 4217 currencies without a minor unit.
const WHOLE: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
/// ISO 4217 currencies whose minor unit is a thousandth.
const THOUSANDTHS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

impl Currency {
    /// The currency with the ISO 4217 letters `code`.
    ///
    /// # Errors
    /// When no active currency has that code.
    pub fn from_code(code: &str) -> Result<Self, Invalid> {
        [(HUNDREDTHS, 2), (WHOLE, 0), (THOUSANDTHS, 3)]
            .into_iter()
            .find_map(|(list, exponent)| {
                list.iter().find(|known| **known == code).map(|code| Self { code, exponent })
            })
            .ok_or_else(|| {
                Invalid::new(
                    "currency",
                    say!("\"{code}\" is not a currency of ISO 4217", code),
                    "Use its three capital letters, like EUR, GBP or USD",
                )
            })
    }

    /// The three letters of ISO 4217.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.code
    }

    /// How many decimal places an amount has: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.exponent
    }

    /// `amount` rounded to this currency's places, halves away from zero, with exactly that many places.
    ///
    /// # Source
    /// Commercial rounding as EN 16931-1 section 6.5.2 has it for amounts.
    #[must_use]
    pub fn round(self, amount: Decimal) -> Decimal {
        let mut rounded =
            amount.round_dp_with_strategy(self.exponent, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(self.exponent);
        if rounded.is_zero() {
            rounded.set_sign_positive(true);
        }
        rounded
    }

    /// Refuses an amount with more decimal places than this currency has.
    ///
    /// # Errors
    /// Names `path`, the amount and the places.
    pub fn check_places(self, path: &str, amount: Decimal) -> Result<Decimal, Invalid> {
        if amount.normalize().scale() > self.exponent {
            return Err(Invalid::new(
                path,
                say!(
                    "{amount} has more than the {exponent} decimal places of {code}",
                    amount,
                    exponent = self.exponent,
                    code = self.code
                ),
                "Round it",
            ));
        }
        Ok(self.round(amount))
    }
}

/// The largest amount a document may carry, whether it is written on it or comes of adding it up: a million
/// million, which spreadsheets and screens still hold to the last of three decimal places.
pub const LARGEST: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);
/// The largest quantity of a line: times a price it stays within what a decimal number holds.
pub const LARGEST_QUANTITY: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// Reads a decimal written as text: digits, at most one point, an optional minus sign.
///
/// # Errors
/// Names `path` when `text` is anything else (a comma, an exponent, a currency sign), has more than
/// eight decimal places, or is larger than [`LARGEST`].
pub fn decimal(path: &str, text: &str) -> Result<Decimal, Invalid> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.chars().filter(|c| *c == '.').count() <= 1
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    let wrong = || {
        Invalid::new(
            path,
            say!("\"{text}\" is not a decimal number", text),
            "Write digits with a point, like \"99.00\"",
        )
    };
    if !plain || digits.len() > 28 {
        return Err(wrong());
    }
    let value: Decimal = text.parse().map_err(|_| wrong())?;
    if value.normalize().scale() > 8 {
        return Err(Invalid::new(path, say!("{text} has more than 8 decimal places", text), "Round it"));
    }
    if value.abs() > LARGEST {
        return Err(Invalid::new(
            path,
            say!("{text} is larger than {most}", text, most = LARGEST),
            "Check the amount",
        ));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_places_of_their_currency() {
        for (code, text, want) in [
            ("EUR", "1.005", "1.01"),
            ("EUR", "-1.005", "-1.01"),
            ("EUR", "-0.001", "0.00"),
            ("JPY", "99.5", "100"),
            ("KWD", "1.0005", "1.001"),
        ] {
            let currency = Currency::from_code(code).unwrap();
            let got = currency.round(decimal("x", text).unwrap());
            assert_eq!(got.to_string(), want, "{code} {text}");
        }
    }

    #[test]
    fn the_largest_amount_is_a_million_million() {
        assert_eq!(LARGEST.to_string(), "1000000000000");
        assert_eq!(decimal("x", "-1000000000000.00").unwrap(), -LARGEST);
    }

    #[test]
    fn only_plain_decimals_are_numbers() {
        for bad in [
            "",
            "-",
            "1,5",
            "1e3",
            "+1",
            ".5",
            "5.",
            "1.2.3",
            "£5",
            " 1",
            "1_0",
            "NaN",
            "1.123456789",
            "1000000000000.00000001",
            "99999999999999999999999999999",
        ] {
            assert!(decimal("x", bad).is_err(), "{bad:?} was taken");
        }
        assert_eq!(decimal("x", "-0.50").unwrap().to_string(), "-0.50");
    }
}

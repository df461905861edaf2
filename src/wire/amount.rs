//! Amounts in files: decimal numbers written as text.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use crate::domain::{Invalid, money};

/// A decimal number as the sender wrote it: an amount of at most [`money::LARGEST`], a quantity of at most
/// [`money::LARGEST_QUANTITY`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount(pub String);

impl Amount {
    /// The number.
    ///
    /// # Errors
    /// Names `path` when the text is not a plain decimal number.
    pub fn value(&self, path: &str) -> Result<Decimal, Invalid> {
        money::decimal(path, &self.0)
    }
}

impl From<Decimal> for Amount {
    fn from(value: Decimal) -> Self {
        Self(value.to_string())
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Amount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number in quotes, like \"99.00\" (a bare number could lose a cent)")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^-?[0-9]+(\.[0-9]{1,8})?$",
            "description": format!(
                "A decimal number in quotes, with a point, like \"99.00\"; an amount, given or added up, is at \
                 most {}, a quantity at most {}.",
                money::LARGEST,
                money::LARGEST_QUANTITY
            )
        })
    }
}

//! ISO 4217 currencies, and how many minor units card processors count in one of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A currency we can hold balances in, by its upper-case ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency code of ISO 4217, such as USD")]
pub struct UnknownCurrency(pub String);

impl Currency {
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// What people write beside an amount: `$`, `€`.
    pub fn sign(self) -> String {
        self.0.symbol().symbol
    }

    /// Decimal digits of the minor unit that card processors count in (source: Stripe's page on currencies).
    /// ISK and UGX have no minor unit any more, but are still sent with two digits.
    pub fn minor_digits(self) -> u32 {
        match self.code() {
            "ISK" | "UGX" => 2,
            // Stripe counts ariary whole, ISO 4217 does not.
            "MGA" => 0,
            _ => u32::from(self.0.exponent().unwrap_or(2)),
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        let upper = code.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&upper).map(Self).ok_or_else(|| UnknownCurrency(code.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

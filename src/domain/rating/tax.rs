//! A tax on what a leg costs: inside the prices, or added to them.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::cost::div_up;
use crate::domain::money::Money;

/// Digits after the point a percentage may have.
const PERCENT_DIGITS: u32 = 4;
/// A hundred per cent.
const WHOLE: i128 = 100 * 10_i128.pow(PERCENT_DIGITS);

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tax {
    /// Whose tax it is: two letters, or [`ELSEWHERE`].
    pub country: String,
    pub percent: Decimal,
    /// Part of the prices already.
    pub included: bool,
}

/// The line of a plan for countries that have none of their own.
pub const ELSEWHERE: &str = "*";

impl Tax {
    pub fn new(country: &str, percent: &str, included: bool) -> Result<Self, String> {
        let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        if country != ELSEWHERE && !letters {
            return Err(format!("{country:?} is not a country of two capital letters, or {ELSEWHERE}"));
        }
        let read = Decimal::from_str_exact(percent).map(|percent| percent.normalize());
        match read {
            Ok(percent)
                if percent.scale() <= PERCENT_DIGITS && percent >= Decimal::ZERO && percent <= Decimal::ONE_HUNDRED =>
            {
                Ok(Self { country: country.to_owned(), percent, included })
            }
            Ok(_) | Err(_) => {
                Err(format!("{percent:?} is not a percentage from 0 to 100 with at most {PERCENT_DIGITS} digits"))
            }
        }
    }

    /// What a net amount is multiplied by, as a fraction.
    pub(super) fn added(&self) -> (i128, i128) {
        if self.included { (1, 1) } else { (WHOLE + self.parts(), WHOLE) }
    }

    /// The part of a gross amount that is the tax, rounded up at the micro-unit.
    pub fn within(&self, gross: Money) -> Money {
        let tax = div_up(i128::from(gross.micros()) * self.parts(), WHOLE + self.parts());
        Money::from_micros(i64::try_from(tax).expect("a tax is less than what it is part of"))
    }

    fn parts(&self) -> i128 {
        self.percent.mantissa() * 10_i128.pow(PERCENT_DIGITS - self.percent.scale())
    }
}

/// A plan's, each country once: `DE 19; GB 20 included; * 0`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Taxes(Vec<Tax>);

impl Taxes {
    /// Of a caller whose own number is of this country. A number of no country's is elsewhere.
    pub fn of(&self, country: Option<&str>) -> Option<&Tax> {
        let named = |name: &str| self.0.iter().find(|tax| tax.country == name);
        country.and_then(named).or_else(|| named(ELSEWHERE)).filter(|tax| !tax.percent.is_zero())
    }
}

impl FromStr for Taxes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut taxes: Vec<Tax> = vec![];
        for one in text.split(';').map(str::trim).filter(|one| !one.is_empty()) {
            let words: Vec<_> = one.split_whitespace().collect();
            let tax = match words[..] {
                [country, percent] => Tax::new(country, percent, false),
                [country, percent, "included"] => Tax::new(country, percent, true),
                _ => Err(format!("{one:?} is not a tax such as DE 19, or GB 20 included")),
            }?;
            if taxes.iter().any(|known| known.country == tax.country) {
                return Err(format!("{} has two taxes", tax.country));
            }
            taxes.push(tax);
        }
        Ok(Self(taxes))
    }
}

impl fmt::Display for Taxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, tax) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            let included = if tax.included { " included" } else { "" };
            write!(f, "{separator}{} {}{included}", tax.country, tax.percent)?;
        }
        Ok(())
    }
}

//! Money as a whole number of micro-units (a millionth of the currency). What currency it is stands beside it: an
//! account has exactly one, so amounts of different currencies never meet.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::currency::Currency;

/// Micro-units per unit of currency.
pub const MICROS: i64 = 1_000_000;

/// The largest amount anybody may type: a thousand millions. Sums of many of them still fit 64 bits.
pub const LARGEST: Money = Money(1_000_000_000 * MICROS);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money(i64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    #[error("{0:?} is not a decimal amount such as 12.50")]
    NotANumber(String),
    #[error("{0:?} has more than six digits after the point")]
    TooFine(String),
    #[error("{0:?} is larger than 1000000000")]
    TooLarge(String),
}

impl Money {
    pub const ZERO: Self = Self(0);

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Rounded up to the next micro-unit: the one rounding of a price, at the end, in the seller's favour by less than
    /// a millionth. `None` if it does not fit.
    pub fn round_up(exact: Decimal) -> Option<Self> {
        let micros = exact.checked_mul(Decimal::from(MICROS))?;
        i64::try_from(micros.round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity)).ok().map(Self)
    }

    pub fn to_decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.0), 6)
    }

    /// From what a card processor counts in.
    pub fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        minor.checked_mul(MICROS / 10_i64.pow(currency.minor_digits())).map(Self)
    }

    /// To what a card processor counts in; `None` if the amount has a finer fraction than the currency.
    pub fn to_minor(self, currency: Currency) -> Option<i64> {
        let unit = MICROS / 10_i64.pow(currency.minor_digits());
        (self.0 % unit == 0).then_some(self.0 / unit)
    }
}

impl FromStr for Money {
    type Err = BadAmount;

    fn from_str(text: &str) -> Result<Self, BadAmount> {
        let exact = Decimal::from_str_exact(text.trim()).map_err(|_| BadAmount::NotANumber(text.to_owned()))?;
        if exact.normalize().scale() > 6 {
            return Err(BadAmount::TooFine(text.to_owned()));
        }
        let money = Self::round_up(exact).ok_or_else(|| BadAmount::TooLarge(text.to_owned()))?;
        if money > LARGEST || -money > LARGEST {
            return Err(BadAmount::TooLarge(text.to_owned()));
        }
        Ok(money)
    }
}

impl TryFrom<String> for Money {
    type Error = BadAmount;

    fn try_from(text: String) -> Result<Self, BadAmount> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.to_string()
    }
}

/// At least two digits after the point, more only where they say something: `12.50`, `0.004`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.to_decimal().normalize();
        if shown.scale() < 2 {
            shown.rescale(2);
        }
        f.pad(&shown.to_string())
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("amounts are bounded far below 64 bits"))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("amounts are bounded far below 64 bits"))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_and_show_as_decimals() {
        for (text, micros, shown) in [
            ("12.5", 12_500_000, "12.50"),
            ("0.004", 4000, "0.004"),
            ("-1", -1_000_000, "-1.00"),
            ("0.000001", 1, "0.000001"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.micros(), money.to_string().as_str()), (micros, shown));
        }
    }

    #[test]
    fn bad_amounts_are_refused_by_name() {
        assert_eq!("1,5".parse::<Money>(), Err(BadAmount::NotANumber("1,5".into())));
        assert_eq!("0.0000001".parse::<Money>(), Err(BadAmount::TooFine("0.0000001".into())));
        assert_eq!("9999999999".parse::<Money>(), Err(BadAmount::TooLarge("9999999999".into())));
        assert_eq!("99999999999999999999".parse::<Money>(), Err(BadAmount::TooLarge("99999999999999999999".into())));
    }

    #[test]
    fn minor_units_follow_the_currency() {
        let ten: Money = "10".parse().unwrap();
        for (code, minor) in [("USD", 1000), ("JPY", 10), ("KWD", 10_000), ("ISK", 1000)] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(ten.to_minor(currency), Some(minor), "{code}");
            assert_eq!(Money::from_minor(minor, currency), Some(ten), "{code}");
        }
        assert_eq!("0.001".parse::<Money>().unwrap().to_minor("USD".parse().unwrap()), None);
    }
}

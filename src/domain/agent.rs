//! Agents sell for the house, vouchers and cash for accounts, from a balance of their own that was paid beforehand.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::money::Money;

const WHOLE: i64 = 10_000;
const MOST: i64 = WHOLE / 2;

/// What an agent keeps of each sale, in hundredths of a percent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Commission(i64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a percentage from 0 to 50 with at most two digits after the point, such as 2.5")]
pub struct BadCommission(pub String);

impl Commission {
    pub fn of_basis_points(points: i64) -> Option<Self> {
        (0..=MOST).contains(&points).then_some(Self(points))
    }

    pub fn basis_points(self) -> i64 {
        self.0
    }

    /// How what a customer pays is shared. A part of a micro-unit is the house's.
    pub fn share(self, amount: Money) -> Sale {
        let kept = i128::from(amount.micros()) * i128::from(self.0) / i128::from(WHOLE);
        let commission = Money::from_micros(i64::try_from(kept).expect("a part is smaller than the whole"));
        Sale { paid: amount - commission, commission }
    }
}

/// In percent.
impl FromStr for Commission {
    type Err = BadCommission;

    fn from_str(text: &str) -> Result<Self, BadCommission> {
        let bad = || BadCommission(text.to_owned());
        let percent = Decimal::from_str_exact(text.trim()).map_err(|_| bad())?;
        let points = percent.checked_mul(Decimal::ONE_HUNDRED).filter(|points| points.fract().is_zero());
        points.and_then(|points| points.to_i64()).and_then(Self::of_basis_points).ok_or_else(bad)
    }
}

impl fmt::Display for Commission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Both parts together are what the customer pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sale {
    /// Leaves the agent's balance.
    pub paid: Money,
    /// Spent by the house.
    pub commission: Money,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    pub account: String,
    pub commission: Commission,
    pub appointed_by: String,
    pub appointed_at: DateTime<Utc>,
    pub dismissed_at: Option<DateTime<Utc>>,
}

impl Agent {
    pub fn sells(&self) -> bool {
        self.dismissed_at.is_none()
    }
}

/// Why nothing is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSale {
    #[error("This account is no agent's. An administrator appoints agents.")]
    NotAnAgent,
    #[error("The agent's account is blocked or closed.")]
    AgentNotOpen,
    #[error("The agent's balance has {free} free, and this takes {needed}. Pay in first.")]
    NotEnough { free: Money, needed: Money },
}

impl NoSale {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnAgent => "not_an_agent",
            Self::AgentNotOpen => "agent_not_open",
            Self::NotEnough { .. } => "agent_without_money",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_commission_is_read_and_shown_in_percent() {
        for (text, points) in [("0", 0), ("2.5", 250), ("2.50", 250), ("50", 5000), (" 7.25 ", 725)] {
            assert_eq!(text.parse::<Commission>().map(Commission::basis_points), Ok(points), "{text}");
        }
        for bad in ["", "-1", "50.01", "2.505", "a", "1e1"] {
            assert!(bad.parse::<Commission>().is_err(), "{bad}");
        }
        assert_eq!(Commission(5).to_string(), "0.05");
    }

    proptest! {
        #[test]
        fn no_part_of_a_sale_is_lost(points in 0..=MOST, micros in 1..1_000_000_000_000_000_i64) {
            let (commission, amount) = (Commission(points), Money::from_micros(micros));
            let sale = commission.share(amount);
            prop_assert_eq!(sale.paid + sale.commission, amount);
            prop_assert!(sale.paid.is_positive() && sale.commission >= Money::ZERO);
        }
    }
}

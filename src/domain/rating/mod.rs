//! What a deck asks for seconds of talk. The formula is in [`cost`]; everything it needs is frozen in a [`Rate`], so that
//! it is integer arithmetic without time zones: what changes at certain hours stands there as moments ([`bands`]).

pub mod allowance;
pub mod bands;
pub mod cost;
pub mod explain;
pub mod margin;
pub mod markup;
pub mod notation;
pub mod tax;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use self::allowance::Allowance;
use self::markup::MadeOf;
use self::tax::Tax;
use super::money::Money;

/// Digits after the point a price may have; with [`HIGHEST_PRICE`] it keeps all arithmetic inside 128 bits.
pub const PRICE_DIGITS: u32 = 9;
pub const HIGHEST_PRICE: i64 = 1_000_000;
/// No second count is ever larger: about 31 years.
pub const LONGEST_SECONDS: i64 = 1_000_000_000;

/// The terms of one destination, as frozen on a leg when its money is held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rate {
    /// Leading digits of the numbers it is for, without the plus sign.
    pub prefix: String,
    /// Leading digits of the payers' own numbers it is for; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origination: String,
    /// The deck it was frozen from, if from one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deck: String,
    /// What the destination is called on a bill.
    pub destination: String,
    /// In units of the plan's currency. It holds until the first of the changes, and after the tiers.
    pub price_per_minute: Decimal,
    pub connection_fee: Money,
    pub minimum_seconds: i64,
    /// At least 1.
    pub increment_seconds: i64,
    /// A call shorter than this is free.
    pub grace_seconds: i64,
    /// Other prices from certain moments on, in their order. A rate has changes or tiers, never both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The first seconds of a call, in their order; with them there is no minimum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Maximum>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
    /// If it is a cost deck's with a markup: nothing of what is billed depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_of: Option<MadeOf>,
    /// Of one leg: the first seconds of it, which are paid for already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<Allowance>,
}

/// What holds from a moment on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// A whole second.
    pub from: DateTime<Utc>,
    pub price_per_minute: Decimal,
    /// Of a leg that begins from then on.
    pub connection_fee: Money,
}

/// So many seconds of a call at a price of their own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tier {
    pub seconds: i64,
    pub price_per_minute: Decimal,
    /// Counted from the tier's beginning, and never beyond its end.
    pub increment_seconds: i64,
    /// For reaching it.
    #[serde(default)]
    pub fee: Money,
}

/// No leg costs more, before a tax that is added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Maximum {
    pub cost: Money,
    pub then: Then,
}

/// What follows when the maximum is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Whatever is talked beyond it costs nothing.
    Free,
    /// The time of the call ends there.
    End,
}

/// How long an amount lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Affordable {
    Seconds(i64),
    /// Nothing limits it.
    Unlimited,
}

impl Affordable {
    pub fn capped_at(self, most: i64) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds.min(most),
            Self::Unlimited => most,
        }
    }
}

impl Rate {
    /// A rate at which everything is free: the payer's own leg under a plan that makes it so.
    pub fn free(destination: &str) -> Self {
        Self {
            prefix: String::new(),
            origination: String::new(),
            deck: String::new(),
            destination: destination.to_owned(),
            price_per_minute: Decimal::ZERO,
            connection_fee: Money::ZERO,
            minimum_seconds: 0,
            increment_seconds: 1,
            grace_seconds: 0,
            changes: vec![],
            tiers: vec![],
            maximum: None,
            tax: None,
            made_of: None,
            allowances: vec![],
        }
    }

    /// The price of a second of a leg, counted from its start.
    pub fn price_at(&self, start: DateTime<Utc>, second: i64) -> Decimal {
        let (start, second) = self.beyond(start, second);
        if second < 0 {
            return Decimal::ZERO;
        }
        let mut before = 0;
        let tier = self.tiers.iter().find(|tier| {
            before += tier.seconds;
            second < before
        });
        tier.map_or_else(|| self.in_force(start + TimeDelta::seconds(second)).0, |tier| tier.price_per_minute)
    }

    /// The price in force at a moment and the fee of a leg that begins then.
    pub fn in_force(&self, at: DateTime<Utc>) -> (Decimal, Money) {
        let begun = self.changes.iter().rev().find(|change| change.from.timestamp() <= at.timestamp());
        begun.map_or((self.price_per_minute, self.connection_fee), |change| {
            (change.price_per_minute, change.connection_fee)
        })
    }
}

#[cfg(test)]
pub mod strategies {
    //! Random rates and amounts for property tests.
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        /// As many of each kind as of plain ones. Prices change within some hours of the epoch.
        pub fn rates()(
            price in prices(),
            fee in prop_oneof![Just(0_i64), 1..3_000_000_i64],
            minimum in prop_oneof![Just(0_i64), 1..120_i64],
            increment in prop_oneof![Just(1_i64), 1..90_i64],
            grace in prop_oneof![Just(0_i64), 0..30_i64],
            (changes, tiers) in prop_oneof![
                2 => Just((vec![], vec![])),
                1 => (prop::collection::vec(change(), 1..6), Just(vec![])),
                1 => (Just(vec![]), prop::collection::vec(tier(), 1..4)),
            ],
            maximum in prop_oneof![4 => Just(None), 1 => maximum().prop_map(Some)],
            tax in prop_oneof![2 => Just(None), 1 => tax().prop_map(Some)],
            allowances in prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(allowance(), 1..3)],
        ) -> Rate {
            let minimum_seconds = if tiers.is_empty() { minimum } else { 0 };
            let mut changes: Vec<Change> = changes;
            changes.sort_by_key(|change| change.from);
            changes.dedup_by_key(|change| change.from);
            let plain = Rate { price_per_minute: price, connection_fee: Money::from_micros(fee), minimum_seconds,
                increment_seconds: increment, grace_seconds: grace, changes, tiers, tax, ..Rate::free("anywhere") };
            Rate { prefix: "1".into(), maximum, allowances, ..plain }
        }
    }

    fn prices() -> impl Strategy<Value = Decimal> {
        let mantissa = prop_oneof![Just(0_i64), 1..2_000_i64, 1..5_000_000_000_i64];
        (mantissa, 0..=PRICE_DIGITS)
            .prop_map(|(price, scale)| Decimal::new(price, scale).min(Decimal::from(HIGHEST_PRICE)))
    }

    prop_compose! {
        fn change()(seconds in 0..20_000_i64, price_per_minute in prices(), fee in 0..3_000_000_i64) -> Change {
            let from = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
            Change { from, price_per_minute, connection_fee: Money::from_micros(fee) }
        }
    }

    prop_compose! {
        fn tier()(seconds in 1..600_i64, price_per_minute in prices(), increment_seconds in 1..90_i64, fee in 0..500_000_i64) -> Tier {
            Tier { seconds, price_per_minute, increment_seconds, fee: Money::from_micros(fee) }
        }
    }

    prop_compose! {
        fn maximum()(micros in 0..50_000_000_i64, free in any::<bool>()) -> Maximum {
            Maximum { cost: Money::from_micros(micros), then: if free { Then::Free } else { Then::End } }
        }
    }

    prop_compose! {
        fn allowance()(bundle in 0..100_u8, seconds in 1..700_i64, increment_seconds in 1..90_i64) -> Allowance {
            Allowance { bundle: format!("bnd_{bundle}"), name: "Minutes".to_owned(), seconds, increment_seconds }
        }
    }

    prop_compose! {
        fn tax()(ten_thousandths in 1..=1_000_000_i64, included in any::<bool>()) -> Tax {
            Tax::new("DE", &Decimal::new(ten_thousandths, 4).to_string(), included).expect("it is a percentage")
        }
    }

    pub fn funds() -> impl Strategy<Value = Money> {
        prop_oneof![0..1_000_i64, 0..100_000_000_i64, 0..1_000_000_000_000_i64].prop_map(Money::from_micros)
    }
}

#[cfg(test)]
mod peers_tests;
#[cfg(test)]
mod tests;

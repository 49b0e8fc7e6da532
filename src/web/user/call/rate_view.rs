//! What a browser needs to move the cost of a leg by itself: the rate, with amounts in millionths and moments in
//! milliseconds.

use serde::Serialize;

use super::snapshot::millis;
use crate::domain::rating::{Maximum, Rate, Then};

#[derive(Serialize, PartialEq, Debug)]
pub struct RateView {
    /// By the minute, in units of the currency.
    price: String,
    fee: i64,
    minimum: i64,
    increment: i64,
    grace: i64,
    changes: Vec<ChangeView>,
    tiers: Vec<TierView>,
    /// What is beyond it is free.
    maximum: Option<i64>,
    /// Added to all of it.
    percent: String,
}

#[derive(Serialize, PartialEq, Debug)]
struct ChangeView {
    from: i64,
    price: String,
    fee: i64,
}

#[derive(Serialize, PartialEq, Debug)]
struct TierView {
    seconds: i64,
    price: String,
    increment: i64,
    fee: i64,
}

impl RateView {
    pub fn of(rate: &Rate) -> Self {
        let added = rate.tax.as_ref().filter(|tax| !tax.included);
        Self {
            price: rate.price_per_minute.normalize().to_string(),
            fee: rate.connection_fee.micros(),
            minimum: rate.minimum_seconds,
            increment: rate.increment_seconds,
            grace: rate.grace_seconds,
            changes: rate
                .changes
                .iter()
                .map(|change| ChangeView {
                    from: millis(change.from),
                    price: change.price_per_minute.to_string(),
                    fee: change.connection_fee.micros(),
                })
                .collect(),
            tiers: rate
                .tiers
                .iter()
                .map(|tier| TierView {
                    seconds: tier.seconds,
                    price: tier.price_per_minute.to_string(),
                    increment: tier.increment_seconds,
                    fee: tier.fee.micros(),
                })
                .collect(),
            maximum: match rate.maximum {
                Some(Maximum { cost, then: Then::Free }) => Some(cost.micros()),
                Some(Maximum { then: Then::End, .. }) | None => None,
            },
            percent: added.map_or_else(|| "0".to_owned(), |tax| tax.percent.to_string()),
        }
    }
}

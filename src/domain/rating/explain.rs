//! A bill that explains itself: every step from seconds to an amount, for people and programs.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::Rate;
use super::allowance::Allowance;
use super::cost::{Cost, Piece};
use crate::domain::money::Money;

/// How a cost came about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    pub start: DateTime<Utc>,
    pub seconds: i64,
    /// Of those that no bundle paid for.
    pub billed_seconds: i64,
    /// What bundles paid for: the first seconds.
    pub from_bundles: Vec<Allowance>,
    /// Of the moment it began.
    pub connection_fee: Money,
    /// Several, if the price changed on the way.
    pub pieces: Vec<Stretch>,
    /// The amount beyond which the rest was free, if it was reached.
    pub capped_at: Option<Money>,
    pub cost: Cost,
}

/// Billed seconds at one price, and when they began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub from: DateTime<Utc>,
    pub piece: Piece,
    /// Exact as far as a decimal can be; rounded nowhere but in the sum.
    pub amount: Decimal,
}

impl Rate {
    pub fn explain(&self, start: DateTime<Utc>, seconds: i64) -> Explanation {
        let (mut pieces, beyond) = (vec![], self.beyond(start, seconds).0);
        let mut at = beyond;
        self.each_piece(start, seconds, |piece| {
            let amount =
                piece.price_per_minute * Decimal::from(piece.seconds) / Decimal::from(60) + piece.fee.to_decimal();
            pieces.push(Stretch { from: at, piece, amount: amount.normalize() });
            at += TimeDelta::seconds(piece.seconds);
        });
        let billed_seconds = self.billed_seconds(seconds);
        let connection_fee = if billed_seconds == 0 { Money::ZERO } else { self.in_force(beyond).1 };
        Explanation {
            start,
            seconds,
            billed_seconds,
            from_bundles: self.used(seconds),
            connection_fee,
            pieces,
            capped_at: self.capped_at(start, seconds),
            cost: self.taxed(start, seconds),
        }
    }
}

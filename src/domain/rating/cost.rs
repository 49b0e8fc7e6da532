//! What seconds cost, and its exact inverse: how many seconds an amount buys.
//!
//! The rule: nothing for 0 s or for a call shorter than the grace. Otherwise billed seconds are the minimum, or the
//! minimum plus whole increments counted from its end; with tiers, each tier in its own increments, but never beyond its
//! end. Each billed second has the price in force at that second, counted from the leg's start in whole seconds; the
//! connection fee is that of the start. All is summed exactly and rounded up once, at the micro-unit, with a tax that is
//! added. It never falls with time, which bisections rely on.
//!
//! What a bundle allows is nothing to pay (`allowance.rs`): all of this is about the seconds beyond it, as a call that
//! begins there.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Affordable, LONGEST_SECONDS, Maximum, PRICE_DIGITS, Rate, Then};
use crate::domain::money::{MICROS, Money};

/// Amounts are summed in these parts of a micro-unit: prices have nine digits, and are per minute.
pub(super) const PARTS: i128 = 60 * 10_i128.pow(PRICE_DIGITS) / MICROS as i128;

/// What a leg costs. The net and the tax are what is paid, to the micro-unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// Billed seconds one after another at one price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    pub seconds: i64,
    pub price_per_minute: Decimal,
    /// For reaching it, if it is a tier that has one.
    pub fee: Money,
}

impl Rate {
    /// Seconds that appear on the bill for `seconds` of talk.
    pub fn billed_seconds(&self, seconds: i64) -> i64 {
        self.billed_beyond(seconds - self.allowed_seconds())
    }

    /// As all that is called so: of seconds that no bundle allows.
    fn billed_beyond(&self, seconds: i64) -> i64 {
        if seconds <= 0 || seconds < self.grace_seconds {
            return 0;
        }
        let (mut left, mut billed) = (seconds, 0);
        for tier in &self.tiers {
            billed += whole_increments(left, tier.increment_seconds).min(tier.seconds);
            left -= tier.seconds;
            if left <= 0 {
                return billed;
            }
        }
        billed + self.minimum_seconds.max(0) + whole_increments(left - self.minimum_seconds, self.increment_seconds)
    }

    /// What `seconds` from `start` cost, tax included.
    pub fn cost(&self, start: DateTime<Utc>, seconds: i64) -> Money {
        self.rounded(self.exact(start, seconds))
    }

    pub fn taxed(&self, start: DateTime<Utc>, seconds: i64) -> Cost {
        let gross = self.cost(start, seconds);
        let tax = self.tax.as_ref().map_or(Money::ZERO, |tax| tax.within(gross));
        Cost { net: gross - tax, tax, gross }
    }

    /// The most that a leg may cost that ends at `deadline` and is answered at any moment from `now` on. With one price
    /// that is what it costs from now on; where the price changes on the way, a later answer may have a higher fee, and
    /// what is rounded up may fall into dearer hours.
    pub fn dearest(&self, now: DateTime<Utc>, deadline: DateTime<Utc>) -> Money {
        self.rounded(self.exact_dearest(now, deadline))
    }

    /// Whether its maximum lets a leg last so long.
    pub fn may_last(&self, start: DateTime<Utc>, seconds: i64) -> bool {
        self.within_maximum(self.exact(start, seconds))
    }

    /// The same for a leg that is answered at any moment from `now` on.
    pub fn may_last_until(&self, deadline: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.within_maximum(self.exact_dearest(now, deadline))
    }

    /// The greatest whole number of seconds from `start` that costs no more than `funds` and that the maximum allows:
    /// `cost(n) <= funds < cost(n + 1)`.
    pub fn longest_affordable(&self, start: DateTime<Utc>, funds: Money) -> Affordable {
        let fits = |seconds| {
            let exact = self.exact(start, seconds);
            self.rounded(exact) <= funds && self.within_maximum(exact)
        };
        if fits(LONGEST_SECONDS) {
            return Affordable::Unlimited;
        }
        Affordable::Seconds(last_that_fits(LONGEST_SECONDS, fits).unwrap_or(0))
    }

    /// The pieces that are billed for `seconds` from `start`, in their order.
    pub fn each_piece(&self, start: DateTime<Utc>, seconds: i64, each: impl FnMut(Piece)) {
        let (start, seconds) = self.beyond(start, seconds);
        self.each_piece_beyond(start, seconds, each);
    }

    fn each_piece_beyond(&self, start: DateTime<Utc>, seconds: i64, mut each: impl FnMut(Piece)) {
        let mut left = self.billed_beyond(seconds);
        for tier in &self.tiers {
            if left == 0 {
                return;
            }
            let seconds = left.min(tier.seconds);
            each(Piece { seconds, price_per_minute: tier.price_per_minute, fee: tier.fee });
            left -= seconds;
        }
        self.each_price(start.timestamp(), start.timestamp() + left, each);
    }

    /// The prices in force from one whole second to another.
    fn each_price(&self, mut begin: i64, end: i64, mut each: impl FnMut(Piece)) {
        let (fee, mut price_per_minute) = (Money::ZERO, self.price_per_minute);
        for change in &self.changes {
            let until = change.from.timestamp().min(end);
            if until > begin {
                each(Piece { seconds: until - begin, price_per_minute, fee });
                begin = until;
            }
            price_per_minute = change.price_per_minute;
        }
        if end > begin {
            each(Piece { seconds: end - begin, price_per_minute, fee });
        }
    }

    /// In parts of a micro-unit, whatever its maximum, and without a tax that is added.
    fn sum_beyond(&self, start: DateTime<Utc>, seconds: i64) -> i128 {
        if self.billed_beyond(seconds) == 0 {
            return 0;
        }
        let mut sum = parts(self.in_force(start).1);
        self.each_piece_beyond(start, seconds, |piece| sum += of(piece));
        sum
    }

    pub(super) fn exact(&self, start: DateTime<Utc>, seconds: i64) -> i128 {
        let (start, seconds) = self.beyond(start, seconds);
        self.exact_beyond(start, seconds)
    }

    fn exact_beyond(&self, start: DateTime<Utc>, seconds: i64) -> i128 {
        self.free_beyond_maximum(self.sum_beyond(start, seconds))
    }

    fn exact_dearest(&self, now: DateTime<Utc>, deadline: DateTime<Utc>) -> i128 {
        // Whenever it is answered, what is beyond its allowances begins so much later.
        let (now, _) = self.beyond(now, 0);
        // Whole seconds of the clock, of which a fraction may belong to each end.
        let (begin, end) = (now.timestamp(), deadline.timestamp());
        let last = end + self.most_rounded_up();
        let coming = self.changes.iter().filter(|change| (begin + 1..=last).contains(&change.from.timestamp()));
        if coming.clone().next().is_none() || self.billed_beyond(end - begin) == 0 {
            return self.exact_beyond(now, (deadline - now).num_seconds());
        }
        let (price, fee) = self.in_force(now);
        let highest_fee = coming.clone().map(|change| change.connection_fee).fold(fee, Money::max);
        let price_per_minute = coming.map(|change| change.price_per_minute).fold(price, Decimal::max);
        // Every second from now on that may be billed, or as many as are billed, all at the highest price.
        let mut every = 0;
        self.each_price(begin, last, |piece| every += of(piece));
        let seconds = self.billed_beyond(end - begin);
        let at_the_highest = of(Piece { seconds, price_per_minute, fee: Money::ZERO });
        self.free_beyond_maximum(parts(highest_fee) + every.min(at_the_highest))
    }

    /// The maximum, if more than that would have been to pay.
    pub fn capped_at(&self, start: DateTime<Utc>, seconds: i64) -> Option<Money> {
        let (start, seconds) = self.beyond(start, seconds);
        let sum = self.sum_beyond(start, seconds);
        (self.free_beyond_maximum(sum) < sum).then(|| self.maximum.expect("only a maximum makes it less").cost)
    }

    /// Billed seconds are never more than so many beyond those talked.
    fn most_rounded_up(&self) -> i64 {
        self.minimum_seconds.max(self.increment_seconds) - 1
    }

    fn free_beyond_maximum(&self, exact: i128) -> i128 {
        match self.maximum {
            Some(Maximum { cost, then: Then::Free }) => exact.min(parts(cost)),
            Some(Maximum { then: Then::End, .. }) | None => exact,
        }
    }

    fn within_maximum(&self, exact: i128) -> bool {
        match self.maximum {
            Some(Maximum { cost, then: Then::End }) => exact <= parts(cost),
            Some(Maximum { then: Then::Free, .. }) | None => true,
        }
    }

    /// Up to the next micro-unit, with the tax that is added: the only rounding of a price.
    fn rounded(&self, exact: i128) -> Money {
        let (over, under) = self.tax.as_ref().map_or((1, 1), |tax| tax.added());
        // No account holds so much, so it is the same as too dear.
        Money::from_micros(i64::try_from(div_up(exact * over, PARTS * under)).unwrap_or(i64::MAX))
    }
}

/// The greatest number up to `most` that fits, of which all smaller ones do; `None` if 0 does not.
pub fn last_that_fits(most: i64, fits: impl Fn(i64) -> bool) -> Option<i64> {
    if !fits(0) {
        return None;
    }
    let (mut fitting, mut beyond) = (0, most + 1);
    while beyond - fitting > 1 {
        let middle = fitting + (beyond - fitting) / 2;
        if fits(middle) { fitting = middle } else { beyond = middle }
    }
    Some(fitting)
}

fn whole_increments(seconds: i64, increment: i64) -> i64 {
    (seconds.max(0) + increment - 1) / increment * increment
}

fn parts(amount: Money) -> i128 {
    i128::from(amount.micros()) * PARTS
}

pub(super) fn of(piece: Piece) -> i128 {
    let Piece { seconds, price_per_minute: price, fee } = piece;
    price.mantissa() * 10_i128.pow(PRICE_DIGITS - price.scale()) * i128::from(seconds) + parts(fee)
}

pub(super) fn div_up(numerator: i128, denominator: i128) -> i128 {
    (numerator + denominator - 1) / denominator
}

//! Several legs, one deadline: the last whole second of a call that its funds pay for.

use chrono::{DateTime, TimeDelta, Utc};

use super::money::Money;
use super::rating::Rate;

/// A leg as the meter sees it.
#[derive(Clone, Debug)]
pub struct Metered<'a> {
    pub rate: &'a Rate,
    pub meter: Meter,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meter {
    /// Not answered yet: counted as if it were answered now, so that it may be.
    Waiting,
    Since(DateTime<Utc>),
    /// Over, after so many billable seconds.
    Stopped(i64),
}

/// What all legs together cost if every one still metered ends at `deadline`.
pub fn cost_until(deadline: DateTime<Utc>, legs: &[Metered], now: DateTime<Utc>) -> Money {
    legs.iter()
        .map(|leg| match leg.meter {
            Meter::Waiting => leg.rate.cost(whole_seconds(deadline - now)),
            Meter::Since(start) => leg.rate.cost(whole_seconds(deadline - start)),
            Meter::Stopped(seconds) => leg.rate.cost(seconds),
        })
        .sum()
}

/// The greatest whole number of seconds after `start`, at most `most`, until which `funds` pay for all legs.
/// Fees and minimums are paid once, since each leg is rated from its own start. The cost never falls with time, so a
/// bisection finds it. `None` if the funds do not even pay for what has been used.
pub fn longest(start: DateTime<Utc>, funds: Money, legs: &[Metered], most: i64, now: DateTime<Utc>) -> Option<i64> {
    let fits = |seconds: i64| cost_until(start + TimeDelta::seconds(seconds), legs, now) <= funds;
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

/// Whole seconds in a span, rounded down, never below zero.
pub fn whole_seconds(span: TimeDelta) -> i64 {
    span.num_seconds().max(0)
}

#[cfg(test)]
mod tests {
    use super::super::rating::strategies::{funds, rates};
    use super::super::rating::{Affordable, Rate};
    use super::*;
    use proptest::prelude::*;

    fn waiting(rate: &Rate) -> Metered<'_> {
        Metered { rate, meter: Meter::Waiting }
    }

    proptest! {
        #[test]
        fn for_one_leg_the_bisection_agrees_with_the_closed_form(rate in rates(), funds in funds()) {
            let now = DateTime::UNIX_EPOCH;
            let closed = rate.longest_affordable(funds);
            prop_assert_eq!(longest(now, funds, &[waiting(&rate)], 14_400, now), Some(closed.capped_at(14_400)));
            prop_assert!(closed == Affordable::Unlimited || closed.capped_at(i64::MAX) >= 0);
        }

        #[test]
        fn the_limit_of_several_legs_is_the_last_second_that_fits(
            a in rates(), b in rates(), c in rates(), funds in funds(), elapsed in 0..500_i64, stopped in 0..200_i64,
        ) {
            let start = DateTime::UNIX_EPOCH;
            let now = start + TimeDelta::milliseconds(elapsed * 1000 + 250);
            let legs = [
                Metered { rate: &a, meter: Meter::Since(start) },
                waiting(&b),
                Metered { rate: &c, meter: Meter::Stopped(stopped) },
            ];
            match longest(start, funds, &legs, 14_400, now) {
                None => prop_assert!(cost_until(start, &legs, now) > funds),
                Some(n) => {
                    prop_assert!(cost_until(start + TimeDelta::seconds(n), &legs, now) <= funds);
                    prop_assert!(n == 14_400 || cost_until(start + TimeDelta::seconds(n + 1), &legs, now) > funds);
                }
            }
        }
    }
}

//! Several legs, one deadline: the last whole second of a call that its funds pay for.

use chrono::{DateTime, TimeDelta, Utc};

use super::money::Money;
use super::rating::Rate;
use super::rating::cost::last_that_fits;

/// A leg as the meter sees it.
#[derive(Clone, Debug)]
pub struct Metered<'a> {
    pub rate: &'a Rate,
    pub meter: Meter,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meter {
    /// Not answered yet: counted as if it were answered when that is dearest, so that it may be at any moment.
    Waiting,
    Since(DateTime<Utc>),
    /// Over, after so many billable seconds.
    Stopped {
        start: DateTime<Utc>,
        seconds: i64,
    },
}

/// What all legs together cost if every one still metered ends at `deadline`.
pub fn cost_until(deadline: DateTime<Utc>, legs: &[Metered], now: DateTime<Utc>) -> Money {
    legs.iter()
        .map(|leg| match leg.meter {
            Meter::Waiting => leg.rate.dearest(now, deadline),
            Meter::Since(start) => leg.rate.cost(start, whole_seconds(deadline - start)),
            Meter::Stopped { start, seconds } => leg.rate.cost(start, seconds),
        })
        .sum()
}

/// Whether the maximums of those who are not over let the call last so long.
pub fn may_last_until(deadline: DateTime<Utc>, legs: &[Metered], now: DateTime<Utc>) -> bool {
    legs.iter().all(|leg| match leg.meter {
        Meter::Waiting => leg.rate.may_last_until(deadline, now),
        Meter::Since(start) => leg.rate.may_last(start, whole_seconds(deadline - start)),
        Meter::Stopped { .. } => true,
    })
}

/// The greatest whole number of seconds after `start`, at most `most`, until which `funds` pay for all legs and no leg
/// exceeds a maximum that ends it.
/// Fees and minimums are paid once, since each leg is rated from its own start. The cost never falls with time, so a
/// bisection finds it. `None` if the funds do not even pay for what has been used.
pub fn longest(start: DateTime<Utc>, funds: Money, legs: &[Metered], most: i64, now: DateTime<Utc>) -> Option<i64> {
    last_that_fits(most, |seconds| {
        let deadline = start + TimeDelta::seconds(seconds);
        cost_until(deadline, legs, now) <= funds && may_last_until(deadline, legs, now)
    })
}

/// Of the seconds that the money lasts, those that a slice of it gives, and those after them that cost nothing more.
pub fn in_a_slice(start: DateTime<Utc>, lasts: i64, slice: i64, legs: &[Metered], now: DateTime<Utc>) -> i64 {
    if slice >= lasts {
        return lasts;
    }
    let cost = cost_until(start + TimeDelta::seconds(slice), legs, now);
    longest(start, cost, legs, lasts, now).unwrap_or(slice)
}

/// Whole seconds in a span, rounded down, never below zero.
pub fn whole_seconds(span: TimeDelta) -> i64 {
    span.num_seconds().max(0)
}

#[cfg(test)]
mod tests {
    use super::super::rating::strategies::{funds, rates};
    use super::*;
    use proptest::prelude::*;

    fn waiting(rate: &Rate) -> Metered<'_> {
        Metered { rate, meter: Meter::Waiting }
    }

    proptest! {
        #[test]
        fn for_one_leg_at_one_price_the_limit_is_what_it_affords(rate in rates(), funds in funds()) {
            let now = DateTime::UNIX_EPOCH;
            let rate = Rate { changes: vec![], ..rate };
            let affordable = rate.longest_affordable(now, funds).capped_at(14_400);
            prop_assert_eq!(longest(now, funds, &[waiting(&rate)], 14_400, now), Some(affordable));
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
                Metered { rate: &c, meter: Meter::Stopped { start, seconds: stopped } },
            ];
            let fits = |seconds| {
                let deadline = start + TimeDelta::seconds(seconds);
                cost_until(deadline, &legs, now) <= funds && may_last_until(deadline, &legs, now)
            };
            match longest(start, funds, &legs, 14_400, now) {
                None => prop_assert!(!fits(0)),
                Some(n) => prop_assert!(fits(n) && (n == 14_400 || !fits(n + 1))),
            }
        }

        #[test]
        fn a_slice_is_given_whole_and_no_more_than_what_it_costs(
            a in rates(), b in rates(), funds in funds(), slice in 1..400_i64,
        ) {
            let now = DateTime::UNIX_EPOCH;
            let legs = [waiting(&a), waiting(&b)];
            let lasts = longest(now, funds, &legs, 14_400, now).unwrap_or(0);
            let given = in_a_slice(now, lasts, slice, &legs, now);
            let cost = |seconds| cost_until(now + TimeDelta::seconds(seconds), &legs, now);
            prop_assert!(given >= slice.min(lasts) && given <= lasts);
            prop_assert!(cost(given) <= cost(slice).max(cost(slice.min(lasts))));
        }

        #[test]
        fn whoever_answers_whenever_costs_no_more_than_was_held_for_it(
            rate in rates(), dialled in 0..7_200_000_i64, length in 0..8_000_000_i64,
            waits in prop_oneof![Just(0_i64), 0..8_000_000_i64],
        ) {
            let at = |millis| DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis);
            let (dialled, deadline) = (at(dialled), at(dialled + length));
            let answered = at((dialled.timestamp_millis() + waits).min(deadline.timestamp_millis()));
            let held = cost_until(deadline, &[waiting(&rate)], dialled);
            let since = Metered { rate: &rate, meter: Meter::Since(answered) };
            prop_assert!(cost_until(deadline, &[waiting(&rate)], answered) <= held, "still waiting");
            prop_assert!(cost_until(deadline, &[since], answered) <= held);
            prop_assert!(held <= cost_until(deadline + TimeDelta::milliseconds(waits), &[waiting(&rate)], dialled));
        }
    }
}

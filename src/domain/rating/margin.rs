//! What is left of a price after the carrier's bill. The carrier counts every begun minute of a call, and of each of its
//! phones in a conference, as a whole one; a deck that counts seconds may lose at short calls what it earns at long ones.
//!
//! A charge never falls with time and the carrier's bill only rises with a new minute, so within a minute the worst is its
//! first second. With one price on each side the margin changes by the same from one period of all steps to the next: the
//! worst of all is in the first periods, where minimum and grace still count, or in the last. So a few seconds are looked
//! at, and not all.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::Rate;
use super::cost::{PARTS, Piece, last_that_fits, of};
use super::markup::{Markup, TooHigh};
use crate::domain::conversion::Conversion;
use crate::domain::money::Money;

/// Durations of which the margin is shown, in seconds.
pub const SHOWN: [i64; 4] = [1, 6, 30, 61];
/// Spans of losing durations that are shown.
const MOST_SPANS: usize = 3;
const MINUTE: i64 = 60;

/// What the carrier takes besides the price of a call. Its public figure may be another by contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CarrierBilling {
    /// Of each phone in a conference.
    pub participant_per_minute: Decimal,
}

/// How many minutes the carrier bills for a call that was answered.
pub fn carrier_minutes(seconds: i64) -> i64 {
    (seconds.max(1) + MINUTE - 1) / MINUTE
}

/// One rate beside what the carrier asks for the same number, in one currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    pub rate: Rate,
    pub cost: Rate,
    participant_per_minute: Decimal,
}

/// The duration at which least is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Worst {
    pub start: DateTime<Utc>,
    pub seconds: i64,
    /// In parts of a micro-unit.
    exact: i128,
}

/// First and last second of durations that lose money.
pub type Span = (i64, i64);

impl Worst {
    pub fn loses(&self) -> bool {
        self.exact < 0
    }

    pub fn margin(&self) -> Money {
        rounded(self.exact)
    }
}

impl Compared {
    /// `cost` is as the cost deck has it, in its own currency.
    pub fn new(
        rate: Rate,
        cost: Rate,
        billing: CarrierBilling,
        conversion: Option<&Conversion>,
    ) -> Result<Self, TooHigh> {
        let as_it_is = Markup::default();
        let participant_per_minute = as_it_is.price(billing.participant_per_minute, conversion)?;
        let maximum = cost.maximum;
        // A maximum in another currency is left out: without it the cost is more, if anything.
        let cost = match conversion {
            Some(_) => as_it_is.over(cost, conversion.cloned())?,
            None => Rate { maximum, ..cost },
        };
        Ok(Self { rate, cost, participant_per_minute })
    }

    /// What is left of a call of so many seconds, before any tax, rounded down.
    pub fn margin(&self, start: DateTime<Utc>, seconds: i64) -> Money {
        rounded(self.exact(start, seconds))
    }

    fn exact(&self, start: DateTime<Utc>, seconds: i64) -> i128 {
        let billed = carrier_minutes(seconds) * MINUTE;
        let in_the_room = Piece { seconds: billed, price_per_minute: self.participant_per_minute, fee: Money::ZERO };
        self.rate.exact(start, seconds) - self.cost.exact(start, billed) - of(in_the_room)
    }

    /// Of all durations up to `most` seconds. Prices by the hour are tried from each of their changes.
    pub fn worst(&self, at: DateTime<Utc>, most: i64) -> Worst {
        let changes = self.rate.changes.iter().chain(&self.cost.changes).map(|change| change.from);
        let starts = std::iter::once(at).chain(changes.filter(|from| *from > at));
        let worst = starts.map(|start| self.worst_from(start, most));
        worst.min_by_key(|worst| worst.exact).expect("there is a start")
    }

    fn worst_from(&self, start: DateTime<Utc>, most: i64) -> Worst {
        let minutes = carrier_minutes(most);
        let (head, tail) = self.minutes_to_try(minutes);
        let one = |minute: i64| {
            let seconds = minute * MINUTE + 1;
            Worst { start, seconds, exact: self.exact(start, seconds) }
        };
        let tried = (0..head).chain(tail..minutes).map(one);
        let possible = tried.filter(|worst| worst.seconds == 1 || self.rate.may_last(start, worst.seconds));
        possible.min_by_key(|worst| worst.exact).expect("the first minute is tried")
    }

    /// The first so many, and from which on to the end.
    fn minutes_to_try(&self, minutes: i64) -> (i64, i64) {
        if [&self.rate, &self.cost].iter().any(|rate| !is_plain(rate)) {
            return (minutes, minutes);
        }
        let (rate, cost) = (&self.rate, &self.cost);
        let until = [rate.minimum_seconds, rate.grace_seconds, cost.minimum_seconds, cost.grace_seconds];
        let settled = until.into_iter().max().unwrap_or(0) / MINUTE + 1;
        let period = common_multiple(common_multiple(MINUTE, rate.increment_seconds), cost.increment_seconds) / MINUTE;
        let head = settled.saturating_add(period).min(minutes);
        (head, (minutes - period).max(head))
    }

    /// The first durations that lose money, and whether there are more.
    pub fn losing(&self, start: DateTime<Utc>, most: i64) -> (Vec<Span>, bool) {
        let mut spans: Vec<Span> = vec![];
        for minute in 0..carrier_minutes(most) {
            let begin = minute * MINUTE + 1;
            let loses = |more: i64| self.exact(start, begin + more) < 0 && self.rate.may_last(start, begin + more);
            let Some(more) = last_that_fits((most - begin).min(MINUTE - 1), loses) else { continue };
            let is_full = spans.len() == MOST_SPANS;
            match spans.last_mut() {
                Some(last) if last.1 + 1 == begin => last.1 = begin + more,
                _ if is_full => return (spans, true),
                _ => spans.push((begin, begin + more)),
            }
        }
        (spans, false)
    }
}

fn is_plain(rate: &Rate) -> bool {
    rate.changes.is_empty() && rate.tiers.is_empty() && rate.maximum.is_none()
}

fn common_multiple(a: i64, b: i64) -> i64 {
    let (mut divisor, mut rest) = (a, b);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (a / divisor).saturating_mul(b)
}

/// Down, so that a loss is never made smaller.
fn rounded(exact: i128) -> Money {
    Money::from_micros(i64::try_from(exact.div_euclid(PARTS)).unwrap_or(i64::MIN))
}

#[cfg(test)]
mod tests {
    use super::super::strategies::rates;
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
    }

    fn rate(price: &str, minimum: i64, increment: i64) -> Rate {
        let price_per_minute = price.parse().unwrap();
        Rate { price_per_minute, minimum_seconds: minimum, increment_seconds: increment, ..Rate::free("anywhere") }
    }

    fn compared(rate: Rate, cost: Rate, participant: &str) -> Compared {
        let billing = CarrierBilling { participant_per_minute: participant.parse().unwrap() };
        Compared::new(rate, cost, billing, None).unwrap()
    }

    /// A bundle belongs to one leg of one account, a tax to nobody's margin.
    fn of_a_deck(rate: Rate) -> Rate {
        Rate { tax: None, allowances: vec![], ..rate }
    }

    /// 0.03 sold by the second against 0.014 and 0.0018 bought by the minute.
    #[test]
    fn a_deck_by_the_second_loses_at_short_calls_what_the_carrier_bills_by_the_minute() {
        let by_the_second = compared(rate("0.03", 0, 1), rate("0.014", 0, 1), "0.0018");
        let margins = SHOWN.map(|seconds| by_the_second.margin(at(0), seconds).to_string());
        assert_eq!(margins, ["-0.0153", "-0.0128", "-0.0008", "-0.0011"]);
        let worst = by_the_second.worst(at(0), 14_400);
        assert_eq!((worst.seconds, worst.margin().to_string()), (1, "-0.0153".to_owned()));
        assert_eq!(by_the_second.losing(at(0), 14_400), (vec![(1, 31), (61, 63)], false));
        let by_the_minute = compared(rate("0.03", 60, 60), rate("0.014", 0, 1), "0.0018");
        assert!(!by_the_minute.worst(at(0), 14_400).loses());
        assert_eq!(by_the_minute.losing(at(0), 14_400), (vec![], false));
    }

    #[test]
    fn what_is_sold_below_cost_is_worst_at_the_longest_call() {
        let below = compared(rate("0.01", 60, 60), rate("0.014", 60, 60), "0");
        let worst = below.worst(at(0), 14_400);
        assert_eq!((worst.seconds, worst.margin().to_string()), (14_341, "-0.96".to_owned()));
        assert_eq!(below.losing(at(0), 14_400), (vec![(1, 14_400)], false));
    }

    #[test]
    fn a_grace_is_given_away_and_a_minute_begun_counts_whole() {
        assert_eq!([0, 1, 60, 61, 120, 121].map(carrier_minutes), [1, 1, 1, 2, 2, 3]);
        let graced = compared(Rate { grace_seconds: 6, ..rate("0.10", 60, 60) }, rate("0.01", 0, 1), "0");
        assert_eq!((graced.losing(at(0), 600), graced.worst(at(0), 600).seconds), ((vec![(1, 5)], false), 1));
    }

    proptest! {
        #[test]
        fn the_worst_is_the_worst_of_all_durations(
            sold in rates(), bought in rates(), start in 0..20_000_i64, participant in 0..20_000_i64,
        ) {
            let billing = CarrierBilling { participant_per_minute: Decimal::new(participant, 6) };
            let compared = Compared::new(of_a_deck(sold), of_a_deck(bought), billing, None).unwrap();
            let most = 4_000;
            let durations = (1..=most).filter(|seconds| *seconds == 1 || compared.rate.may_last(at(start), *seconds));
            let brute = durations.map(|seconds| compared.exact(at(start), seconds)).min().unwrap();
            prop_assert_eq!(compared.worst_from(at(start), most).exact, brute);
        }

        #[test]
        fn the_spans_that_lose_are_those_durations_and_no_others(
            sold in rates(), bought in rates(), start in 0..20_000_i64,
        ) {
            let billing = CarrierBilling { participant_per_minute: Decimal::ZERO };
            let compared = Compared::new(of_a_deck(sold), of_a_deck(bought), billing, None).unwrap();
            let (spans, more) = compared.losing(at(start), 1_200);
            let last = if more { spans.last().unwrap().1 } else { 1_200 };
            for seconds in 1..=last {
                let inside = spans.iter().any(|(from, to)| (*from..=*to).contains(&seconds));
                let loses = compared.exact(at(start), seconds) < 0 && compared.rate.may_last(at(start), seconds);
                prop_assert_eq!(inside, loses, "{}", seconds);
            }
        }
    }
}

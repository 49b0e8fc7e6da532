//! Defects of rating that other systems have published, by the names they have there: what a call costs here instead.

use chrono::{DateTime, TimeDelta, Utc};

use super::tests::{cost, rate};
use super::*;
use crate::domain::money::Money;

fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(12)
}

fn buys(rate: &Rate, funds: &str) -> i64 {
    match rate.longest_affordable(noon(), funds.parse().unwrap()) {
        Affordable::Seconds(seconds) => seconds,
        Affordable::Unlimited => panic!("{funds} do not buy everything"),
    }
}

/// Billed piece by piece as it goes on, a call has no piece that gives money back, and costs what it costs at once.
#[test]
fn cgrates_3018_a_negative_increment_and_prepaid_costing_other_than_postpaid() {
    for rate in [rate("0.15", "0.05", 60, 30, 6), rate("0.07", "0.10", 30, 6, 0), rate("0.000007", "0", 0, 1, 0)] {
        for piece in [1, 7, 30, 59, 61] {
            let ends: Vec<i64> = (0..=40).map(|count| count * piece).collect();
            let steps = ends.windows(2).map(|two| rate.cost(noon(), two[1]) - rate.cost(noon(), two[0]));
            let steps: Vec<Money> = steps.collect();
            assert!(steps.iter().all(|step| *step >= Money::ZERO), "{piece}: {steps:?}");
            assert_eq!(steps.into_iter().sum::<Money>(), rate.cost(noon(), 40 * piece), "{piece}");
        }
    }
}

/// A fee and a minimum are of calls that were answered.
#[test]
fn cgrates_1357_a_debit_on_zero_length_calls() {
    assert_eq!(cost(&rate("0.30", "0.25", 60, 60, 0), 0), "0.00");
    assert_eq!(rate("0.30", "0.25", 60, 60, 0).billed_seconds(0), 0);
}

/// Nothing is rounded on the way, so a price per minute is that price after a minute, and a thousandth of it counts.
#[test]
fn cgrates_118_and_361_costs_that_rounding_made_strange() {
    assert_eq!(cost(&rate("0.10", "0", 0, 1, 0), 60), "0.10");
    assert_eq!(cost(&rate("0.014", "0", 0, 1, 0), 180), "0.042");
    assert_eq!(cost(&rate("0.000000001", "0", 0, 1, 0), 59), "0.000001", "rounded up once, at the end");
    assert_eq!(cost(&rate("1.234567891", "0", 0, 1, 0), 3600), "74.074074");
}

/// Three hours at one-second increments take as many steps as one minute: counting each would never end here.
#[test]
fn cgrates_1629_and_423_cost_that_takes_longer_the_longer_the_call() {
    let second_by_second = rate("0.07", "0.01", 0, 1, 0);
    let mut sum = Money::ZERO;
    for more in 0..20_000 {
        sum += second_by_second.cost(noon(), LONGEST_SECONDS - more)
            - second_by_second.cost(noon(), LONGEST_SECONDS - more - 1);
        assert!(buys(&second_by_second, "1000000") < LONGEST_SECONDS);
    }
    assert!(sum > Money::ZERO);
}

/// The limit of a call is of whole increments that its money pays.
#[test]
fn astpp_a_limit_that_ignores_increments_and_minimum() {
    let by_the_minute = rate("0.60", "0", 60, 60, 0);
    assert_eq!(buys(&by_the_minute, "0.59"), 0);
    assert_eq!(buys(&by_the_minute, "0.60"), 60);
    assert_eq!(buys(&by_the_minute, "1.79"), 120, "the third minute would cost a cent more than there is");
    for funds in ["0.60", "0.61", "1.19", "1.79"] {
        let bought = by_the_minute.cost(noon(), buys(&by_the_minute, funds));
        assert!(bought <= funds.parse().unwrap(), "{funds} {bought}");
    }
}

/// 0.01 in the balance and a call billed 0.04.
#[test]
fn a2billing_22_a_minimum_block_that_nobody_looked_at_when_authorizing() {
    assert_eq!(buys(&rate("0.04", "0", 60, 60, 0), "0.01"), 0);
    assert_eq!(buys(&rate("0.04", "0", 60, 60, 0), "0.04"), 60);
}

/// 1.40 at 0.05 a minute is 28 minutes; a float makes 27 of them.
#[test]
fn magnusbilling_a_minute_lost_to_a_float() {
    assert_eq!(buys(&rate("0.05", "0", 60, 60, 0), "1.40"), 1680);
}

/// What is shown to people is what is computed with: no separator that a database or a program reads otherwise.
#[test]
fn astpp_a_thousands_separator_in_an_amount() {
    let thousand: Money = "1250".parse().unwrap();
    assert_eq!(thousand.to_string(), "1250.00");
    assert_eq!(cost(&rate("1250", "0", 60, 60, 0), 60), "1250.00");
    for misread in ["1,250.0000", "1.250,00", "1'250", "1 250"] {
        assert!(misread.parse::<Money>().is_err(), "{misread} is not read as anything");
    }
}

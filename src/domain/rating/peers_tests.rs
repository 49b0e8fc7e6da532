//! Defects of rating that other systems have published, by the names they have there: what a call costs here instead.

use chrono::{DateTime, TimeDelta, Utc};

use super::allowance::Allowance;
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

/// A call in steps of a second that begins off-peak and goes on into peak: what is counted are the prices it meets.
#[test]
fn cgrates_397_a_processor_that_was_busy_with_a_call_that_crossed_into_peak() {
    let peak = "UTC; 08:00-18:00 0.30".parse().unwrap();
    let at = |hour, minute| DateTime::UNIX_EPOCH + TimeDelta::hours(hour) + TimeDelta::minutes(minute);
    let crossing = rate("0.10", "0.01", 0, 1, 0).with_bands(&peak, at(0, 0), at(48, 0));
    let pieces = |seconds| {
        let mut met = vec![];
        crossing.each_piece(at(7, 59), seconds, |piece| met.push(piece.seconds));
        met
    };
    assert_eq!(pieces(60), [60]);
    assert_eq!(pieces(3 * 3600), [60, 3 * 3600 - 60]);
    assert_eq!(pieces(12 * 3600), [60, 10 * 3600, 2 * 3600 - 60]);
    assert_eq!(
        crossing.cost(at(7, 59), 3 * 3600).to_string(),
        "53.81",
        "a minute off-peak, the rest at peak, and the fee"
    );
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

fn with_free_seconds(seconds: i64, rate: Rate) -> Rate {
    let (bundle, name) = ("bnd_1".to_owned(), "free seconds".to_owned());
    Rate { allowances: vec![Allowance { bundle, name, seconds, increment_seconds: 1 }], ..rate }
}

/// There 300 free seconds made the call longer, and were charged all the same: 1.00 in the balance became less than nothing.
#[test]
fn a2billing_26_a_package_that_made_the_account_negative() {
    let by_the_minute = with_free_seconds(300, rate("0.14", "0", 60, 60, 0));
    assert_eq!(cost(&by_the_minute, 300), "0.00");
    assert_eq!(cost(&by_the_minute, 420), "0.28");
    assert_eq!(buys(&by_the_minute, "1.00"), 300 + 7 * 60);
    assert_eq!(cost(&by_the_minute, 300 + 7 * 60), "0.98");
}

/// Nobody is charged for a call this short, so it uses nothing that was bought.
#[test]
fn a2billing_9_free_minutes_that_were_used_by_calls_too_short_to_be_charged() {
    let graced = with_free_seconds(300, rate("0.14", "0", 60, 60, 15));
    let used = |seconds| graced.used(seconds).iter().map(|one| one.seconds).sum::<i64>();
    assert_eq!((used(14), used(15)), (0, 15));
}

/// The fee to connect is of the part that is charged.
#[test]
fn cgrates_181_free_minutes_that_were_charged_a_fee_to_connect() {
    let with_fee = with_free_seconds(60, rate("0.60", "0.25", 0, 1, 0));
    assert_eq!((cost(&with_fee, 60), cost(&with_fee, 61)), ("0.00".to_owned(), "0.26".to_owned()));
}

/// There such a call was wholly free, and a begun minute of the package counted as used.
#[test]
fn astpp_a_call_that_partly_fitted_a_package_and_was_wholly_free() {
    let partly = with_free_seconds(90, rate("0.60", "0", 0, 1, 0));
    let used = |seconds| partly.used(seconds).iter().map(|one| one.seconds).sum::<i64>();
    assert_eq!((cost(&partly, 91), cost(&partly, 150)), ("0.01".to_owned(), "0.60".to_owned()));
    assert_eq!((used(61), used(90), used(150)), (61, 90, 90), "seconds, and no begun minutes");
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

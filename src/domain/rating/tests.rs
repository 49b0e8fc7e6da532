//! The formula against an oracle that counts second by second, and against other systems' cases.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::strategies::{funds, rates};
use super::tax::{Tax, Taxes};
use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

pub(super) fn rate(price: &str, fee: &str, minimum: i64, increment: i64, grace: i64) -> Rate {
    Rate {
        price_per_minute: price.parse().unwrap(),
        connection_fee: fee.parse().unwrap(),
        minimum_seconds: minimum,
        increment_seconds: increment,
        grace_seconds: grace,
        ..Rate::free("US")
    }
}

pub(super) fn cost(rate: &Rate, seconds: i64) -> String {
    rate.cost(at(0), seconds).to_string()
}

/// The rule in words, second by second: slow, and written without a look at the formula.
fn oracle(rate: &Rate, start: i64, seconds: i64) -> Money {
    let allowed: i64 = rate.allowances.iter().map(|allowance| allowance.seconds).sum();
    let (start, seconds) = (start + allowed, seconds - allowed);
    if seconds <= 0 || seconds < rate.grace_seconds {
        return Money::ZERO;
    }
    let force = |moment: i64| {
        let begun = rate.changes.iter().rfind(|change| change.from <= at(moment));
        begun.map_or((rate.price_per_minute, rate.connection_fee), |c| (c.price_per_minute, c.connection_fee))
    };
    let mut sum = force(start).1.to_decimal() * Decimal::from(60);
    let (mut second, mut tier_ends) = (0, 0);
    for tier in &rate.tiers {
        if second >= seconds {
            break;
        }
        sum += tier.fee.to_decimal() * Decimal::from(60);
        let begin = second;
        tier_ends += tier.seconds;
        while second < tier_ends && (second < seconds || (second - begin) % tier.increment_seconds != 0) {
            sum += tier.price_per_minute;
            second += 1;
        }
    }
    let begin = second + rate.minimum_seconds;
    while second < seconds || (second > tier_ends && (second < begin || (second - begin) % rate.increment_seconds != 0))
    {
        sum += force(start + second).0;
        second += 1;
    }
    if let Some(Maximum { cost, then: Then::Free }) = rate.maximum {
        sum = sum.min(cost.to_decimal() * Decimal::from(60));
    }
    let percent = rate.tax.as_ref().filter(|tax| !tax.included).map_or(Decimal::ZERO, |tax| tax.percent);
    let whole = |mut number: Decimal, digits| {
        number.rescale(digits);
        number.mantissa()
    };
    // Sixtieths of a unit with nine digits, times a percentage with four: one division, rounded up.
    let (top, bottom) = (whole(sum, 9) * whole(Decimal::ONE_HUNDRED + percent, 4), 60 * 1_000_000_000);
    Money::from_micros(i64::try_from((top + bottom - 1) / bottom).unwrap())
}

#[test]
fn increments_are_counted_from_the_end_of_the_minimum() {
    let forty_fifteen = rate("0.09", "0", 40, 15, 0);
    assert_eq!(forty_fifteen.billed_seconds(45), 55);
    assert_eq!(cost(&forty_fifteen, 45), "0.0825");
}

#[test]
fn a_call_within_the_grace_is_free_and_one_second_more_pays_from_the_first() {
    let graced = rate("0.60", "0.05", 0, 1, 6);
    assert_eq!((cost(&graced, 5), cost(&graced, 6)), ("0.00".to_owned(), "0.11".to_owned()));
}

#[test]
fn sums_that_floats_get_wrong_are_exact() {
    let lasts = |rate: Rate, funds: &str| rate.longest_affordable(at(0), funds.parse().unwrap());
    assert_eq!(lasts(rate("0.05", "0", 60, 60, 0), "1.00"), Affordable::Seconds(1200));
    assert_eq!(lasts(rate("0.05", "0", 60, 60, 0), "1.40"), Affordable::Seconds(1680));
    assert_eq!(lasts(rate("0.014", "0", 0, 1, 0), "1.4"), Affordable::Seconds(6000));
    assert_eq!(lasts(rate("0.014", "0", 60, 1, 0), "0.01"), Affordable::Seconds(0), "less than the minimum");
    assert_eq!(lasts(rate("0", "0.01", 0, 1, 0), "0.01"), Affordable::Unlimited);
}

#[test]
fn a_tier_is_rounded_up_in_its_own_steps_but_never_beyond_its_end() {
    let tiers = notation::read_tiers("60@0.30/40+0.02; 120@0.10/10+0.01").unwrap();
    let tiered = Rate { tiers, ..rate("0.05", "0", 0, 6, 0) };
    assert_eq!([1, 40, 41, 60, 61, 180, 181].map(|n| tiered.billed_seconds(n)), [40, 40, 60, 60, 70, 180, 186]);
    assert_eq!([1, 41, 61, 181].map(|n| cost(&tiered, n)), ["0.22", "0.32", "0.346667", "0.535"]);
}

#[test]
fn a_maximum_makes_the_rest_free_or_ends_the_time() {
    let until = |text: &str| Rate { maximum: notation::read_maximum(text).ok(), ..rate("60", "0", 0, 1, 0) };
    let ten = "10".parse().unwrap();
    assert_eq!(cost(&until("10"), 1800), "10.00");
    assert_eq!(until("10").longest_affordable(at(0), ten), Affordable::Unlimited);
    assert_eq!(until("10 end").longest_affordable(at(0), "11".parse().unwrap()), Affordable::Seconds(10));
    assert_eq!(until("10 end").longest_affordable(at(0), "9".parse().unwrap()), Affordable::Seconds(9));
    assert!(until("10 end").may_last(at(0), 10) && !until("10 end").may_last(at(0), 11));
}

#[test]
fn the_gross_is_rounded_once_and_is_the_net_and_the_tax_exactly() {
    let taxed = |included| Rate { tax: Tax::new("DE", "19", included).ok(), ..rate("0.10", "0", 0, 1, 0) };
    let added = taxed(false).taxed(at(0), 61);
    // 0.101666… × 1.19 = 0.120983…
    assert_eq!([added.net, added.tax, added.gross].map(|m| m.to_string()), ["0.101667", "0.019317", "0.120984"]);
    let included = taxed(true).taxed(at(0), 60);
    assert_eq!([included.net, included.tax, included.gross].map(|m| m.to_string()), ["0.084033", "0.015967", "0.10"]);
    assert_eq!(added.net + added.tax, added.gross);
}

#[test]
fn a_country_has_its_own_tax_or_that_of_all_others() {
    let taxes: Taxes = "DE 19; GB 20 included; FR 0; * 7.5".parse().unwrap();
    let of = |country| taxes.of(country).map(|tax| tax.percent.to_string());
    assert_eq!(of(Some("DE")), Some("19".to_owned()));
    assert_eq!(of(Some("FR")), None);
    assert_eq!([of(Some("US")), of(None)], [Some("7.5".to_owned()), Some("7.5".to_owned())]);
    assert_eq!(taxes.to_string().parse::<Taxes>().unwrap(), taxes);
    for bad in ["DE", "DE 19 added", "de 19", "DE 101", "DE -1", "DE 1.23456", "DE 1; DE 2", "Germany 19"] {
        assert!(bad.parse::<Taxes>().is_err(), "{bad}");
    }
}

#[test]
fn a_rate_frozen_before_there_were_bands_is_still_read() {
    let old = r#"{"prefix":"1","destination":"US","price_per_minute":"0.60","connection_fee":"0.05","minimum_seconds":0,"increment_seconds":1,"grace_seconds":6}"#;
    let read: Rate = serde_json::from_str(old).unwrap();
    assert_eq!(read, Rate { prefix: "1".into(), ..rate("0.60", "0.05", 0, 1, 6) });
    assert_eq!(serde_json::to_string(&read).unwrap(), old, "and what is plain is written as before");
}

proptest! {
    #[test]
    fn the_formula_says_what_the_rule_says(rate in rates(), start in 0..20_000_i64, seconds in 0..5_000_i64) {
        prop_assert_eq!(rate.cost(at(start), seconds), oracle(&rate, start, seconds));
    }

    #[test]
    fn the_longest_affordable_is_the_exact_inverse_of_cost(rate in rates(), start in 0..20_000_i64, funds in funds()) {
        let fits = |seconds| rate.cost(at(start), seconds) <= funds && rate.may_last(at(start), seconds);
        match rate.longest_affordable(at(start), funds) {
            Affordable::Unlimited => prop_assert!(fits(LONGEST_SECONDS)),
            Affordable::Seconds(n) => prop_assert!(fits(n) && !fits(n + 1), "{n}"),
        }
    }

    #[test]
    fn cost_never_falls_with_time(rate in rates(), start in 0..20_000_i64, seconds in 0..20_000_i64) {
        prop_assert!(rate.cost(at(start), seconds) <= rate.cost(at(start), seconds + 1));
    }

    #[test]
    fn the_pieces_are_the_billed_seconds_and_what_is_paid_is_net_and_tax(
        rate in rates(), start in 0..20_000_i64, seconds in 0..20_000_i64,
    ) {
        let explained = rate.explain(at(start), seconds);
        let pieces: i64 = explained.pieces.iter().map(|piece| piece.piece.seconds).sum();
        prop_assert_eq!(pieces, explained.billed_seconds);
        prop_assert_eq!(explained.cost.net + explained.cost.tax, explained.cost.gross);
        prop_assert!(explained.cost.tax >= Money::ZERO && explained.cost.net >= Money::ZERO);
    }

    #[test]
    fn what_is_frozen_is_read_as_it_was(rate in rates()) {
        let read: Rate = serde_json::from_str(&serde_json::to_string(&rate).unwrap()).unwrap();
        prop_assert_eq!(read, rate);
    }
}

//! What seconds cost, and its exact inverse: how many seconds an amount buys.
//!
//! The rule: nothing for 0 s or for a call shorter than the grace; otherwise billed seconds are the minimum, or the
//! minimum plus whole increments counted from its end; cost = connection fee + price × billed / 60, exact, rounded up
//! once at the micro-unit. Both directions are integer arithmetic, so neither ever rounds twice.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::{MICROS, Money};

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
    /// What the destination is called on a bill.
    pub destination: String,
    /// In units of the plan's currency.
    pub price_per_minute: Decimal,
    pub connection_fee: Money,
    pub minimum_seconds: i64,
    /// At least 1.
    pub increment_seconds: i64,
    /// A call shorter than this is free.
    pub grace_seconds: i64,
}

/// How long an amount lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Affordable {
    Seconds(i64),
    /// Nothing limits it: the destination costs nothing by the minute.
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
            destination: destination.to_owned(),
            price_per_minute: Decimal::ZERO,
            connection_fee: Money::ZERO,
            minimum_seconds: 0,
            increment_seconds: 1,
            grace_seconds: 0,
        }
    }

    pub fn is_free(&self) -> bool {
        self.price_per_minute.is_zero() && self.connection_fee == Money::ZERO
    }

    /// Seconds that appear on the bill for `seconds` of talk.
    pub fn billed_seconds(&self, seconds: i64) -> i64 {
        if seconds <= 0 || seconds < self.grace_seconds {
            0
        } else if seconds <= self.minimum_seconds {
            self.minimum_seconds
        } else {
            let beyond = seconds - self.minimum_seconds;
            let increments = (beyond + self.increment_seconds - 1) / self.increment_seconds;
            self.minimum_seconds + increments * self.increment_seconds
        }
    }

    pub fn cost(&self, seconds: i64) -> Money {
        let billed = self.billed_seconds(seconds);
        if billed == 0 {
            return Money::ZERO;
        }
        let numerator = self.price_per_minute.mantissa() * i128::from(billed) * i128::from(MICROS);
        let price_of_time = div_up(numerator, self.price_denominator());
        let micros = i64::try_from(price_of_time).expect("prices and seconds are bounded when a rate is read");
        self.connection_fee + Money::from_micros(micros)
    }

    /// The greatest whole number of seconds that costs no more than `funds`:
    /// `cost(n) <= funds < cost(the next billable step after n)`.
    pub fn longest_affordable(&self, funds: Money) -> Affordable {
        let free_by_grace = (self.grace_seconds - 1).max(0);
        let for_time = i128::from((funds - self.connection_fee).micros());
        if for_time < 0 {
            return Affordable::Seconds(free_by_grace);
        }
        let price = self.price_per_minute.mantissa() * i128::from(MICROS);
        if price == 0 {
            return Affordable::Unlimited;
        }
        let billable =
            i64::try_from(for_time * self.price_denominator() / price).unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS);
        if billable < self.minimum_seconds {
            return Affordable::Seconds(free_by_grace);
        }
        let increments = (billable - self.minimum_seconds) / self.increment_seconds;
        Affordable::Seconds((self.minimum_seconds + increments * self.increment_seconds).max(free_by_grace))
    }

    /// Sixty seconds, in the price's own decimal scale.
    fn price_denominator(&self) -> i128 {
        60 * 10_i128.pow(self.price_per_minute.scale())
    }
}

fn div_up(numerator: i128, denominator: i128) -> i128 {
    (numerator + denominator - 1) / denominator
}

#[cfg(test)]
pub mod strategies {
    //! Random rates and amounts for property tests.
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        pub fn rates()(
            price in prop_oneof![Just(0_i64), 1..2_000_i64, 1..5_000_000_000_i64],
            scale in 0..=PRICE_DIGITS,
            fee in prop_oneof![Just(0_i64), 1..3_000_000_i64],
            minimum in prop_oneof![Just(0_i64), 1..120_i64],
            increment in prop_oneof![Just(1_i64), 1..90_i64],
            grace in prop_oneof![Just(0_i64), 0..30_i64],
        ) -> Rate {
            let price = Decimal::new(price, scale).min(Decimal::from(HIGHEST_PRICE));
            Rate { prefix: "1".into(), destination: "anywhere".into(), price_per_minute: price,
                connection_fee: Money::from_micros(fee), minimum_seconds: minimum, increment_seconds: increment, grace_seconds: grace }
        }
    }

    pub fn funds() -> impl Strategy<Value = Money> {
        prop_oneof![0..1_000_i64, 0..100_000_000_i64, 0..1_000_000_000_000_i64].prop_map(Money::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::strategies::{funds, rates};
    use super::*;
    use proptest::prelude::*;

    fn rate(price: &str, fee: &str, minimum: i64, increment: i64, grace: i64) -> Rate {
        Rate {
            prefix: "1".into(),
            destination: "US".into(),
            price_per_minute: price.parse().unwrap(),
            connection_fee: fee.parse().unwrap(),
            minimum_seconds: minimum,
            increment_seconds: increment,
            grace_seconds: grace,
        }
    }

    #[test]
    fn increments_are_counted_from_the_end_of_the_minimum() {
        let forty_fifteen = rate("0.09", "0", 40, 15, 0);
        assert_eq!(forty_fifteen.billed_seconds(45), 55);
        assert_eq!(forty_fifteen.cost(45).to_string(), "0.0825");
    }

    #[test]
    fn a_call_within_the_grace_is_free_and_one_second_more_pays_from_the_first() {
        let graced = rate("0.60", "0.05", 0, 1, 6);
        assert_eq!(graced.cost(5), Money::ZERO);
        assert_eq!(graced.cost(6).to_string(), "0.11");
    }

    #[test]
    fn sums_that_floats_get_wrong_are_exact() {
        let whole_minutes = rate("0.05", "0", 60, 60, 0);
        assert_eq!(whole_minutes.longest_affordable("1.00".parse().unwrap()), Affordable::Seconds(1200));
        assert_eq!(whole_minutes.longest_affordable("1.40".parse().unwrap()), Affordable::Seconds(1680));
        let by_second = rate("0.014", "0", 0, 1, 0);
        assert_eq!(by_second.longest_affordable("1.4".parse().unwrap()), Affordable::Seconds(6000));
    }

    #[test]
    fn less_than_the_minimum_buys_nothing() {
        assert_eq!(rate("0.014", "0", 60, 1, 0).longest_affordable("0.01".parse().unwrap()), Affordable::Seconds(0));
    }

    /// The rating cases of other systems in `fixtures/rates/cases.json`, judged by exact arithmetic.
    #[test]
    fn the_cases_of_other_systems_come_out_exactly() {
        #[derive(serde::Deserialize)]
        struct Case {
            id: String,
            price_per_minute: String,
            connection_fee: String,
            minimum_seconds: i64,
            increment_seconds: i64,
            seconds: Option<i64>,
            cost: Option<String>,
            funds: Option<String>,
            affordable_seconds: Option<i64>,
        }
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../fixtures/rates/cases.json")).unwrap();
        assert!(cases.len() > 50);
        for case in cases {
            let rate =
                rate(&case.price_per_minute, &case.connection_fee, case.minimum_seconds, case.increment_seconds, 0);
            if let (Some(seconds), Some(cost)) = (case.seconds, case.cost) {
                assert_eq!(rate.cost(seconds), Money::round_up(cost.parse().unwrap()).unwrap(), "{}", case.id);
            }
            if let (Some(funds), Some(seconds)) = (case.funds, case.affordable_seconds) {
                assert_eq!(
                    rate.longest_affordable(funds.parse().unwrap()),
                    Affordable::Seconds(seconds),
                    "{}",
                    case.id
                );
            }
        }
    }

    proptest! {
        #[test]
        fn the_longest_affordable_is_the_exact_inverse_of_cost(rate in rates(), funds in funds()) {
            match rate.longest_affordable(funds) {
                Affordable::Unlimited => prop_assert!(rate.cost(LONGEST_SECONDS) <= funds),
                Affordable::Seconds(n) => {
                    prop_assert!(rate.cost(n) <= funds);
                    if n < LONGEST_SECONDS - 1_000 {
                        prop_assert!(rate.cost(n + 1) > funds, "{} more for {funds}", n + 1);
                    }
                }
            }
        }

        #[test]
        fn cost_never_falls_with_time(rate in rates(), seconds in 0..20_000_i64) {
            prop_assert!(rate.cost(seconds) <= rate.cost(seconds + 1));
        }
    }
}

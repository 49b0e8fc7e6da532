//! Seconds of a leg that are paid for already: they come from bundles of the account's, and are held for this leg alone.
//!
//! The rule: nothing for these seconds, which are used up in the bundle's own steps; what is talked beyond them is charged
//! as a call that begins there, with its fee, minimum, tiers and grace. A call shorter than the rate's grace uses nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Affordable, Rate};
use crate::domain::money::Money;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Allowance {
    /// The account's bundle.
    pub bundle: String,
    /// What the bundle is called on a bill.
    pub name: String,
    /// Above zero.
    pub seconds: i64,
    /// At least 1: the steps in which the bundle counts.
    pub increment_seconds: i64,
}

impl Rate {
    pub fn allowed_seconds(&self) -> i64 {
        self.allowances.iter().map(|allowance| allowance.seconds).sum()
    }

    /// When what is to be paid begins, and how long it lasts.
    pub(super) fn beyond(&self, start: DateTime<Utc>, seconds: i64) -> (DateTime<Utc>, i64) {
        let allowed = self.allowed_seconds();
        (start + TimeDelta::seconds(allowed), seconds - allowed)
    }

    /// What so many seconds use of each allowance, in their order.
    pub fn used(&self, seconds: i64) -> Vec<Allowance> {
        let mut left = if seconds < self.grace_seconds { 0 } else { seconds };
        let of = |allowance: &Allowance| {
            let seconds = whole_steps(left, allowance.increment_seconds).min(allowance.seconds);
            left -= seconds;
            Allowance { seconds, ..allowance.clone() }
        };
        self.allowances.iter().map(of).filter(|used| used.seconds > 0).collect()
    }

    /// Without what so many seconds cannot use; up to them it costs the same.
    pub fn trim_allowances(&mut self, seconds: i64) {
        self.allowances = self.used(seconds);
    }

    /// Takes more of a bundle.
    pub fn allow(&mut self, more: Allowance) {
        match self.allowances.iter_mut().find(|known| known.bundle == more.bundle) {
            Some(known) => known.seconds += more.seconds,
            None => self.allowances.push(more),
        }
    }

    /// Whether a leg may cost anything at all.
    pub fn asks_for_money(&self, start: DateTime<Utc>) -> bool {
        self.longest_affordable(start, Money::ZERO) != Affordable::Unlimited
    }
}

fn whole_steps(seconds: i64, step: i64) -> i64 {
    (seconds.max(0) + step - 1) / step * step
}

#[cfg(test)]
mod tests {
    use super::super::strategies::rates;
    use super::*;
    use proptest::prelude::*;

    fn allowance(bundle: &str, seconds: i64, increment_seconds: i64) -> Allowance {
        Allowance { bundle: bundle.to_owned(), name: bundle.to_owned(), seconds, increment_seconds }
    }

    #[test]
    fn a_bundle_counts_in_its_own_steps_and_never_beyond_its_end() {
        let allowances = vec![allowance("a", 100, 60), allowance("b", 30, 1)];
        let rate = Rate { allowances, grace_seconds: 6, ..Rate::free("US") };
        let used = |seconds| rate.used(seconds).iter().map(|used| used.seconds).collect::<Vec<_>>();
        assert_eq!([5, 6, 61, 101, 500].map(used), [vec![], vec![60], vec![100], vec![100, 1], vec![100, 30]]);
    }

    #[test]
    fn a_call_that_only_partly_fits_is_charged_for_the_rest_as_one_that_begins_there() {
        let rate = Rate {
            allowances: vec![allowance("a", 60, 60)],
            price_per_minute: "0.60".parse().unwrap(),
            connection_fee: "0.05".parse().unwrap(),
            minimum_seconds: 30,
            grace_seconds: 3,
            ..Rate::free("US")
        };
        let costs = [60, 62, 63, 120].map(|seconds| rate.cost(DateTime::UNIX_EPOCH, seconds).to_string());
        assert_eq!(costs, ["0.00", "0.00", "0.35", "0.65"]);
        assert_eq!([60, 63, 120].map(|seconds| rate.billed_seconds(seconds)), [0, 30, 60]);
    }

    proptest! {
        #[test]
        fn letting_go_of_what_cannot_be_used_changes_no_cost(
            rate in rates(), start in 0..20_000_i64, most in 0..5_000_i64, seconds in 0..5_000_i64,
        ) {
            let (start, seconds) = (DateTime::UNIX_EPOCH + TimeDelta::seconds(start), seconds.min(most));
            let mut trimmed = rate.clone();
            trimmed.trim_allowances(most);
            prop_assert_eq!(trimmed.taxed(start, seconds), rate.taxed(start, seconds));
            prop_assert_eq!(trimmed.used(seconds), rate.used(seconds));
            prop_assert!(trimmed.allowed_seconds() <= rate.allowed_seconds());
        }

        #[test]
        fn what_is_used_is_at_least_what_nobody_pays_for(rate in rates(), seconds in 0..5_000_i64) {
            let used: i64 = rate.used(seconds).iter().map(|used| used.seconds).sum();
            prop_assert!(used <= rate.allowed_seconds());
            prop_assert!(seconds < rate.grace_seconds || used >= seconds.min(rate.allowed_seconds()));
        }
    }
}

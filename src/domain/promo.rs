//! Promotional credit: what the house gives away, until a day. What expires first is spent first, and what calls hold is
//! counted the same way: from the grants that expire first. So an expiry takes nothing that a call was promised.

use chrono::{DateTime, Utc};

use super::money::Money;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    pub id: String,
    pub account: String,
    pub amount: Money,
    /// Neither spent nor expired.
    pub remaining: Money,
    pub expired: Money,
    pub expires_at: DateTime<Utc>,
    pub reason: String,
    pub granted_by: String,
    pub granted_at: DateTime<Utc>,
    /// Made up once by whoever grants: asking again grants nothing.
    pub key: String,
}

/// How much of each grant an amount comes from; they are given in the order in which they expire.
pub fn spent(grants: &[Grant], amount: Money) -> Vec<Money> {
    let mut left = amount;
    let from = |grant: &Grant| {
        let spent = grant.remaining.min(left);
        left -= spent;
        spent
    };
    grants.iter().map(from).collect()
}

/// What of each grant is over: past its time, and not held by a call.
pub fn over(grants: &[Grant], held: Money, now: DateTime<Utc>) -> Vec<Money> {
    let is_over = |grant: &Grant, stays| if grant.expires_at <= now { grant.remaining - stays } else { Money::ZERO };
    grants.iter().zip(spent(grants, held)).map(|(grant, stays)| is_over(grant, stays)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn grant(remaining: i64, ends: i64) -> Grant {
        let remaining = Money::from_micros(remaining);
        Grant {
            id: "prm_1".to_owned(),
            account: "acc_1".to_owned(),
            amount: remaining,
            remaining,
            expired: Money::ZERO,
            expires_at: at(ends),
            reason: "welcome".to_owned(),
            granted_by: "ops".to_owned(),
            granted_at: at(0),
            key: "k".to_owned(),
        }
    }

    fn micros(amounts: Vec<Money>) -> Vec<i64> {
        amounts.into_iter().map(Money::micros).collect()
    }

    #[test]
    fn what_expires_first_is_spent_and_held_first() {
        let grants = [grant(5, 1), grant(7, 2), grant(9, 3)];
        assert_eq!(micros(spent(&grants, Money::from_micros(8))), [5, 3, 0]);
        assert_eq!(micros(over(&grants, Money::from_micros(8), at(2))), [0, 4, 0]);
        assert_eq!(micros(over(&grants, Money::ZERO, at(1))), [5, 0, 0]);
    }

    proptest! {
        #[test]
        fn an_expiry_never_takes_what_calls_hold(
            grants in proptest::collection::vec((0..100_i64, 0..10_i64), 0..6), held in 0..600_i64, day in 0..12_i64,
        ) {
            let mut grants: Vec<_> = grants.into_iter().map(|(left, ends)| grant(left, ends)).collect();
            grants.sort_by_key(|grant| grant.expires_at);
            let all: i64 = grants.iter().map(|grant| grant.remaining.micros()).sum();
            let gone = micros(over(&grants, Money::from_micros(held), at(day)));
            prop_assert!(all - gone.iter().sum::<i64>() >= held.min(all));
            for (grant, gone) in grants.iter().zip(gone) {
                prop_assert!(gone == 0 || (gone <= grant.remaining.micros() && grant.expires_at <= at(day)));
            }
        }
    }
}

//! Bundles: minutes to a set of prefixes, bought from the balance, spent before money, gone at their end. A plan offers
//! them; an account has them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::money::Money;
use super::phone_number::PhoneNumber;
use super::rating::Rate;
use super::rating::allowance::Allowance;

pub const MOST_PREFIXES: usize = 50;
pub const MOST_SECONDS: i64 = 1_000_000_000;
pub const MOST_DAYS: i64 = 5 * 366;
pub const MOST_STEP: i64 = 3600;
pub const LONGEST_NAME: usize = 60;

/// What a plan offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    pub id: String,
    pub plan: String,
    pub terms: BundleTerms,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    /// Nobody can have one any more; those who have one keep it.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BundleTerms {
    pub name: String,
    pub prefixes: Prefixes,
    pub seconds: i64,
    /// The steps in which a call uses it up.
    pub increment_seconds: i64,
    /// How long it lasts from when it is bought.
    pub days: i64,
    /// Before a tax that is added.
    pub price: Money,
}

/// What an account has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    pub id: String,
    pub account: String,
    pub offer: String,
    pub name: String,
    pub prefixes: Prefixes,
    pub seconds: i64,
    pub increment_seconds: i64,
    /// Neither used nor held by a call.
    pub remaining: i64,
    /// What was paid, with its tax; nothing for one that was granted.
    pub price: Money,
    pub bought_at: DateTime<Utc>,
    /// What calls hold then stays theirs.
    pub expires_at: DateTime<Utc>,
    pub bought_by: String,
    /// Made up once by whoever buys.
    pub key: String,
}

/// Leading digits of numbers, without the plus sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prefixes(Vec<String>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadOffer {
    #[error("Give a name of up to {LONGEST_NAME} letters.")]
    Name,
    #[error("Give one to {MOST_PREFIXES} prefixes of up to 15 digits, such as 1, 44 20.")]
    Prefixes,
    #[error("Give a whole number of minutes above 0.")]
    Seconds,
    #[error("Give steps of 1 to {MOST_STEP} seconds.")]
    Increment,
    #[error("Give 1 to {MOST_DAYS} days.")]
    Days,
    #[error("Give a price of 0 or more.")]
    Price,
}

impl Prefixes {
    /// How many digits of the number its longest one that fits has.
    pub fn longest(&self, number: &PhoneNumber) -> Option<usize> {
        self.0.iter().filter(|prefix| number.digits().starts_with(prefix.as_str())).map(String::len).max()
    }
}

impl FromStr for Prefixes {
    type Err = BadOffer;

    fn from_str(text: &str) -> Result<Self, BadOffer> {
        let separate = |letter: char| letter == ',' || letter.is_whitespace();
        let prefix = |text: &str| text.strip_prefix('+').unwrap_or(text).to_owned();
        let mut prefixes: Vec<_> = text.split(separate).filter(|text| !text.is_empty()).map(prefix).collect();
        prefixes.sort();
        prefixes.dedup();
        let digits = |text: &String| (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let good = (1..=MOST_PREFIXES).contains(&prefixes.len()) && prefixes.iter().all(digits);
        if good { Ok(Self(prefixes)) } else { Err(BadOffer::Prefixes) }
    }
}

impl fmt::Display for Prefixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl BundleTerms {
    pub fn checked(self) -> Result<Self, BadOffer> {
        let within = |number: i64, most: i64| (1..=most).contains(&number);
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            Err(BadOffer::Name)
        } else if !within(self.seconds, MOST_SECONDS) {
            Err(BadOffer::Seconds)
        } else if !within(self.increment_seconds, MOST_STEP) {
            Err(BadOffer::Increment)
        } else if !within(self.days, MOST_DAYS) {
            Err(BadOffer::Days)
        } else if self.price < Money::ZERO || self.price > super::money::LARGEST {
            Err(BadOffer::Price)
        } else {
            Ok(Self { name, ..self })
        }
    }

    pub fn expires_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::days(self.days)
    }
}

impl Bundle {
    /// Something is left that a call could still have.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.remaining > 0 && now < self.expires_at
    }

    fn take(&mut self, seconds: i64) -> Allowance {
        let seconds = seconds.min(self.remaining);
        self.remaining -= seconds;
        Allowance {
            bundle: self.id.clone(),
            name: self.name.clone(),
            seconds,
            increment_seconds: self.increment_seconds,
        }
    }
}

/// A leg that bundles may pay for, up to so many seconds in all.
pub struct Need<'a> {
    pub number: &'a PhoneNumber,
    pub rate: &'a mut Rate,
    pub seconds: i64,
}

/// Gives legs what bundles have for them: of several that fit the one with the longest prefix, then that which expires
/// first. Legs that would use the same one share it evenly, since they talk side by side.
pub fn allot(needs: &mut [Need], bundles: &mut [Bundle], now: DateTime<Utc>) {
    loop {
        let picks: Vec<_> = needs.iter().map(|need| best(need, bundles, now)).collect();
        if picks.iter().all(Option::is_none) {
            return;
        }
        let free: Vec<_> = bundles.iter().map(|bundle| bundle.remaining).collect();
        for (need, pick) in needs.iter_mut().zip(&picks) {
            let Some(pick) = *pick else { continue };
            let sharing = i64::try_from(picks.iter().filter(|other| **other == Some(pick)).count()).unwrap_or(1);
            let step = bundles[pick].increment_seconds;
            let share = (free[pick] / sharing / step * step).max(step);
            let wanted = need.seconds - need.rate.allowed_seconds();
            let taken = bundles[pick].take(share.min((wanted + step - 1) / step * step));
            if taken.seconds > 0 {
                need.rate.allow(taken);
            }
        }
    }
}

/// The bundle to take from next; none if the leg has enough.
fn best(need: &Need, bundles: &[Bundle], now: DateTime<Utc>) -> Option<usize> {
    if need.rate.allowed_seconds() >= need.seconds {
        return None;
    }
    let fitting = bundles.iter().enumerate().filter(|(_, bundle)| bundle.is_usable(now));
    let ranked = fitting.filter_map(|(place, bundle)| Some((bundle.prefixes.longest(need.number)?, place)));
    let rank = |(length, place): &(usize, usize)| (std::cmp::Reverse(*length), bundles[*place].expires_at, *place);
    ranked.min_by_key(rank).map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bundle(id: &str, prefixes: &str, remaining: i64, days: i64, step: i64) -> Bundle {
        Bundle {
            id: id.to_owned(),
            account: "acc_1".to_owned(),
            offer: "off_1".to_owned(),
            name: id.to_owned(),
            prefixes: prefixes.parse().unwrap(),
            seconds: remaining,
            increment_seconds: step,
            remaining,
            price: Money::ZERO,
            bought_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::days(days),
            bought_by: "ops".to_owned(),
            key: id.to_owned(),
        }
    }

    /// What each number gets of which bundle.
    fn allotted(numbers: &[&str], bundles: &mut [Bundle], seconds: i64) -> Vec<Vec<(String, i64)>> {
        let numbers: Vec<PhoneNumber> = numbers.iter().map(|number| number.parse().unwrap()).collect();
        let mut rates = vec![Rate::free("anywhere"); numbers.len()];
        let needs = numbers.iter().zip(&mut rates).map(|(number, rate)| Need { number, rate, seconds });
        allot(&mut needs.collect::<Vec<_>>(), bundles, DateTime::UNIX_EPOCH);
        let got = |rate: &Rate| rate.allowances.iter().map(|one| (one.bundle.clone(), one.seconds)).collect();
        rates.iter().map(got).collect()
    }

    #[test]
    fn the_longest_prefix_is_used_first_then_what_expires_first() {
        let mut bundles = [
            bundle("world", "1 44", 1000, 1, 1),
            bundle("late", "1415", 100, 9, 1),
            bundle("soon", "1415", 100, 2, 1),
            bundle("gone", "1415", 100, 0, 1),
        ];
        let got = allotted(&["+14155550101"], &mut bundles, 250);
        let of = |id: &str, seconds| (id.to_owned(), seconds);
        assert_eq!(got, [vec![of("soon", 100), of("late", 100), of("world", 50)]]);
        assert_eq!(bundles.map(|bundle| bundle.remaining), [950, 0, 0, 100]);
    }

    #[test]
    fn legs_of_one_call_share_a_bundle_evenly() {
        let mut bundles = [bundle("a", "1", 601, 1, 60)];
        let got = allotted(&["+14155550101", "+14155550102", "+442079460000"], &mut bundles, 14_400);
        let seconds: Vec<i64> = got.iter().map(|leg| leg.iter().map(|(_, seconds)| seconds).sum()).collect();
        assert_eq!(seconds, [301, 300, 0]);
    }

    #[test]
    fn prefixes_are_read_as_they_are_written() {
        let read: Prefixes = "+44, 1 1\n49".parse().unwrap();
        assert_eq!((read.to_string().as_str(), read.to_string().parse::<Prefixes>()), ("1, 44, 49", Ok(read.clone())));
        for bad in ["", "abc", "1234567890123456", "1;2"] {
            assert_eq!(bad.parse::<Prefixes>(), Err(BadOffer::Prefixes), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_second_is_given_twice_and_none_is_left_that_somebody_wants(
            left in proptest::collection::vec((0..500_i64, 1..90_i64), 0..4), legs in 1..4_usize, seconds in 0..600_i64,
        ) {
            let mut bundles: Vec<_> =
                left.iter().enumerate().map(|(place, (left, step))| bundle(&place.to_string(), "1", *left, 1, *step)).collect();
            let numbers = ["+14155550101", "+14155550102", "+14155550103"];
            let got = allotted(&numbers[..legs], &mut bundles, seconds);
            for (place, bundle) in bundles.iter().enumerate() {
                let given: i64 = got.iter().flatten().filter(|(id, _)| *id == bundle.id).map(|(_, seconds)| seconds).sum();
                prop_assert_eq!(given + bundle.remaining, left[place].0);
            }
            let is_short = got.iter().any(|leg| leg.iter().map(|(_, seconds)| seconds).sum::<i64>() < seconds);
            prop_assert!(!is_short || bundles.iter().all(|bundle| bundle.remaining == 0));
        }
    }
}

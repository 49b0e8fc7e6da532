//! All caps that apply to an account, together.

use std::fmt;

use chrono::TimeDelta;

use super::{Caps, Word};
use crate::domain::country::Country;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::special_number::Special;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Combined {
    pub house: Caps,
    pub plan: Caps,
    pub account: Caps,
}

/// What an account has used of its caps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spent {
    /// Charged in the past sixty minutes and 24 hours.
    pub hour: Money,
    pub day: Money,
    /// By all its running calls.
    pub held: Money,
    /// Since its money first came in.
    pub age: TimeDelta,
}

/// What the nearest cap on spending leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    pub left: Money,
    pub most: Money,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span {
    Hour,
    Day,
    WhileNew,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hour => "an hour",
            Self::Day => "a day",
            Self::WhileNew => "a day while it is new",
        })
    }
}

impl Combined {
    /// The nearest last.
    fn all(&self) -> [&Caps; 3] {
        [&self.house, &self.plan, &self.account]
    }

    fn least(&self, of: fn(&Caps) -> u16) -> Option<i64> {
        self.all().into_iter().map(of).filter(|most| *most > 0).min().map(i64::from)
    }

    pub fn live_calls(&self) -> Option<i64> {
        self.least(|caps| caps.most_live_calls)
    }

    pub fn calls_a_minute(&self) -> Option<i64> {
        self.least(|caps| caps.most_calls_a_minute)
    }

    /// Whether [`room`](Self::room) needs to know what was spent.
    pub fn limit_spending(&self) -> bool {
        let limits =
            |caps: &Caps| caps.most_an_hour.is_some() || caps.most_a_day.is_some() || !caps.most_while_new.is_empty();
        self.all().into_iter().any(limits)
    }

    /// The smallest that any cap leaves.
    pub fn room(&self, spent: &Spent) -> Option<Room> {
        let of_one = |caps: &Caps| {
            let room = |most: Option<Money>, charged: Money, span| {
                most.map(|most| Room { left: (most - charged - spent.held).max(Money::ZERO), most, span })
            };
            [
                room(caps.most_an_hour, spent.hour, Span::Hour),
                room(caps.most_a_day, spent.day, Span::Day),
                room(caps.most_while_new.most(spent.age), spent.day, Span::WhileNew),
            ]
        };
        self.all().into_iter().flat_map(of_one).flatten().min_by_key(|room| room.left)
    }

    /// To what calls are not allowed, if the number is of that; a number that may be called is of nothing such.
    pub fn bars(&self, number: &PhoneNumber) -> Option<String> {
        let country = || number.country().map_or("that part of the world", Country::name).to_owned();
        if let Some(special) = Special::of(number)
            && !self.allows(special)
        {
            return Some(special.plural().to_owned());
        }
        let left_out = |caps: &Caps| !caps.only_to.is_empty() && !caps.only_to.include(number);
        let barred = |caps: &Caps| caps.not_to.include(number) || left_out(caps);
        self.all().into_iter().any(barred).then(country)
    }

    fn allows(&self, special: Special) -> bool {
        let word = |caps: &Caps| match special {
            Special::Premium => caps.premium_numbers,
            Special::Satellite => caps.satellite_numbers,
            Special::SharedCost => caps.shared_cost_numbers,
        };
        let said = self.all().into_iter().rev().map(word).find(|word| *word != Word::Unsaid);
        said == Some(Word::Allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn the_smallest_wins_and_none_is_none() {
        let caps = |most_live_calls| Caps { most_live_calls, ..Caps::default() };
        let combined = |house, plan, account| Combined { house: caps(house), plan: caps(plan), account: caps(account) };
        assert_eq!(combined(0, 0, 0).live_calls(), None);
        assert_eq!(combined(5, 3, 9).live_calls(), Some(3));
        assert_eq!(combined(5, 0, 9).live_calls(), Some(5));
    }

    #[test]
    fn what_is_charged_and_what_is_held_count_together() {
        let house = Caps { most_an_hour: Some(money("5")), most_a_day: Some(money("6")), ..Caps::default() };
        let account = Caps { most_while_new: "1: 2, 7: 20".parse().unwrap(), ..Caps::default() };
        let combined = Combined { house, account, ..Combined::default() };
        let spent = |hour, day, held, days| Spent {
            hour: money(hour),
            day: money(day),
            held: money(held),
            age: TimeDelta::days(days),
        };
        let room = |spent| combined.room(&spent).map(|room| (room.left.to_string(), room.span)).unwrap();
        assert_eq!(room(spent("1", "1", "0.50", 0)), ("0.50".to_owned(), Span::WhileNew));
        assert_eq!(room(spent("1", "1", "0.50", 1)), ("3.50".to_owned(), Span::Hour));
        assert_eq!(room(spent("0", "5", "0.50", 9)), ("0.50".to_owned(), Span::Day));
        assert_eq!(room(spent("0", "9", "0.50", 9)), ("0.00".to_owned(), Span::Day), "never below nothing");
    }

    #[test]
    fn special_numbers_are_blocked_until_the_nearest_word_allows_them() {
        let (premium, satellite) = ("+19002345678".parse().unwrap(), "+881612345678".parse().unwrap());
        let said = |premium_numbers| Caps { premium_numbers, ..Caps::default() };
        let mut combined = Combined::default();
        assert_eq!(combined.bars(&premium).as_deref(), Some("premium-rate numbers"));
        combined.house = said(Word::Allowed);
        assert!(combined.bars(&premium).is_none() && combined.bars(&satellite).is_some());
        combined.plan = said(Word::Blocked);
        assert!(combined.bars(&premium).is_some());
        combined.account = said(Word::Allowed);
        assert!(combined.bars(&premium).is_none(), "the account is nearer than its plan");
    }

    #[test]
    fn a_list_of_the_plan_and_one_of_the_account_both_count() {
        let plan = Caps { only_to: "US, GB".parse().unwrap(), ..Caps::default() };
        let account = Caps { not_to: "+1900, +4420".parse().unwrap(), ..Caps::default() };
        let combined = Combined { plan, account, ..Combined::default() };
        let bars = |number: &str| combined.bars(&number.parse().unwrap());
        assert_eq!(bars("+14155550101"), None);
        assert_eq!(bars("+442079460000").as_deref(), Some("United Kingdom"));
        assert_eq!(bars("+441612345678"), None);
        assert_eq!(bars("+33142685300").as_deref(), Some("France"));
    }

    proptest! {
        #[test]
        fn one_more_cap_never_leaves_more(
            caps in proptest::collection::vec((0..900_i64, 0..900_i64, 0..5_u16), 3), hour in 0..900_i64, more in 0..900_i64, held in 0..900_i64,
        ) {
            let caps: Vec<_> = caps.into_iter().map(|(hour, day, calls)| Caps {
                most_an_hour: (hour > 99).then(|| Money::from_micros(hour)),
                most_a_day: (day > 99).then(|| Money::from_micros(day)),
                most_live_calls: calls,
                ..Caps::default()
            }).collect();
            let spent = Spent {
                hour: Money::from_micros(hour), day: Money::from_micros(hour + more), held: Money::from_micros(held), ..Spent::default()
            };
            let two = Combined { house: caps[0].clone(), plan: caps[1].clone(), account: Caps::default() };
            let three = Combined { account: caps[2].clone(), ..two.clone() };
            let left = |combined: &Combined| combined.room(&spent).map_or(Money::from_micros(i64::MAX), |room| room.left);
            prop_assert!(left(&three) <= left(&two));
            prop_assert!(three.live_calls().unwrap_or(i64::MAX) <= two.live_calls().unwrap_or(i64::MAX));
        }
    }
}

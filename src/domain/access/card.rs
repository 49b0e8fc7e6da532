//! An account's card for calling in: a number by which it is found and a PIN by which it is believed, dialled in one go.

use chrono::{DateTime, TimeDelta, Utc};

pub const NUMBER_DIGITS: usize = 8;
pub const PIN_DIGITS: usize = 6;

/// Wrong PINs in a row, from wherever, after which none is believed for a while.
const MOST_WRONG: i32 = 10;
const LOCKED_FOR: TimeDelta = TimeDelta::hours(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub account: String,
    pub number: String,
    pub pin_hash: String,
    pub set_at: DateTime<Utc>,
    /// Since the PIN was last right, or set.
    pub wrong_tries: i32,
    pub last_wrong_at: Option<DateTime<Utc>>,
}

/// What was dialled to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered<'a> {
    CardAndPin {
        card: &'a str,
        pin: &'a str,
    },
    /// Of the card of whoever's phone it is.
    Pin(&'a str),
}

/// `None` if it can be neither.
pub fn entered(digits: &str) -> Option<Entered<'_>> {
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match digits.len() {
        PIN_DIGITS => Some(Entered::Pin(digits)),
        length if length == NUMBER_DIGITS + PIN_DIGITS => {
            let (card, pin) = digits.split_at(NUMBER_DIGITS);
            Some(Entered::CardAndPin { card, pin })
        }
        _ => None,
    }
}

impl Card {
    pub fn is_locked(&self, now: DateTime<Utc>) -> bool {
        self.wrong_tries >= MOST_WRONG && self.last_wrong_at.is_some_and(|at| now < at + LOCKED_FOR)
    }

    /// A PIN was tried. While the card is locked a right one is none; its tries count no more, or whoever goes on guessing
    /// would keep it locked for ever.
    pub fn believes(&mut self, pin_fits: bool, now: DateTime<Utc>) -> bool {
        if self.is_locked(now) {
            return false;
        }
        if pin_fits {
            (self.wrong_tries, self.last_wrong_at) = (0, None);
        } else {
            (self.wrong_tries, self.last_wrong_at) = (self.wrong_tries.saturating_add(1), Some(now));
        }
        pin_fits
    }
}

/// In groups that can be read out: `4821 7730`.
pub fn grouped(digits: &str) -> String {
    let size = if digits.len() == NUMBER_DIGITS { 4 } else { 3 };
    let groups = digits.as_bytes().chunks(size).map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        Card {
            account: "acc_1".to_owned(),
            number: "48217730".to_owned(),
            pin_hash: String::new(),
            set_at: DateTime::UNIX_EPOCH,
            wrong_tries: 0,
            last_wrong_at: None,
        }
    }

    #[test]
    fn card_and_pin_are_told_apart_by_their_length_alone() {
        assert_eq!(entered("123456"), Some(Entered::Pin("123456")));
        assert_eq!(entered("48217730123456"), Some(Entered::CardAndPin { card: "48217730", pin: "123456" }));
        for digits in ["", "12345", "1234567", "12345*", "4821773012345", "482177301234567", "4821773012345#"] {
            assert_eq!(entered(digits), None, "{digits}");
        }
    }

    #[test]
    fn guessing_locks_the_card_for_an_hour_and_a_right_pin_forgives_the_wrong_ones_before() {
        let (mut card, now) = (card(), DateTime::UNIX_EPOCH);
        for _ in 0..MOST_WRONG - 1 {
            assert!(!card.believes(false, now));
        }
        assert!(card.believes(true, now) && card.wrong_tries == 0);
        for _ in 0..MOST_WRONG {
            assert!(!card.believes(false, now));
        }
        assert!(!card.believes(true, now), "not even a right one");
        assert!(!card.believes(false, now + LOCKED_FOR - TimeDelta::seconds(1)));
        assert!(card.clone().believes(true, now + LOCKED_FOR));
        card.believes(false, now + LOCKED_FOR);
        assert!(!card.believes(true, now + LOCKED_FOR), "one more wrong one locks it again");
    }

    #[test]
    fn digits_are_shown_in_groups() {
        assert_eq!((grouped("48217730").as_str(), grouped("615204").as_str()), ("4821 7730", "615 204"));
    }
}

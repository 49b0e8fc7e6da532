//! Numbers an account has dialled lately: the latest to be offered, and the most dialled.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::phone_number::PhoneNumber;
use crate::storage::{StorageError, Tx, call_lists};

/// Older calls say little of whom somebody will call next.
const LATELY: TimeDelta = TimeDelta::days(90);
const MOST_CALLS: i64 = 200;

/// Each number once, the latest first, with how often it was dialled.
pub struct Dialled(Vec<(PhoneNumber, usize)>);

impl Dialled {
    pub fn read(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<Self, StorageError> {
        let mut counted: Vec<(PhoneNumber, usize)> = vec![];
        for number in call_lists::dialled(tx, account, now - LATELY, MOST_CALLS)? {
            match counted.iter_mut().find(|(known, _)| *known == number) {
                Some((_, times)) => *times += 1,
                None => counted.push((number, 1)),
            }
        }
        Ok(Self(counted))
    }

    pub fn latest(&self, most: usize) -> impl Iterator<Item = &PhoneNumber> {
        self.0.iter().take(most).map(|(number, _)| number)
    }

    /// Of those dialled equally often, the latest first.
    pub fn most_dialled(mut self, most: usize) -> Vec<PhoneNumber> {
        self.0.sort_by_key(|(_, times)| Reverse(*times));
        self.0.into_iter().take(most).map(|(number, _)| number).collect()
    }
}

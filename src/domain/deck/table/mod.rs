//! All rates of a deck in little memory, and which of them a number has: that of its longest prefix, of these that of the
//! longest beginning of the caller's number, of these the newest in effect.
//!
//! ```text
//! prefixes  1     1212  1415  44    4420        in the order of their digits
//! parents   none  1     1     none  44          the longest other prefix that each begins with
//! rows      ·     ·     · ·   ·     ·           of each prefix by origination and time
//! terms, names                                  each only once, however many rows have it
//! ```
//!
//! Whatever prefix a number has is the last one that is not above it in that order, or one of those it begins with.

mod builder;
#[cfg(test)]
pub mod strategies;
#[cfg(test)]
mod tests;

use std::iter::successors;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub use self::builder::{Builder, Twice};
use super::DeckRate;
use super::digits::Digits;
use crate::domain::money::Money;
use crate::domain::rating::bands::Bands;
use crate::domain::rating::{Maximum, PRICE_DIGITS, Rate, Tier};

const NONE: u32 = u32::MAX;

#[derive(Debug, Default)]
pub struct RateTable {
    prefixes: Vec<Digits>,
    parents: Vec<u32>,
    /// Where the rows of each prefix begin, and where the last one's end.
    rows_from: Vec<u32>,
    /// Where the prefixes begin that are not below each [`Digits::beginning`]; empty if there are few.
    beginnings: Vec<u32>,
    rows: Vec<Row>,
    terms: Vec<Terms>,
    extras: Vec<Extra>,
    names: Vec<Box<str>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Row {
    origination: Digits,
    /// Microseconds, as everywhere.
    effective_from: i64,
    terms: u32,
    /// [`NONE`]: the destination is called as its prefix.
    name: u32,
}

/// What a call costs, without whatever few rates have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Terms {
    /// In the smallest parts a price may have.
    price_per_minute: i64,
    connection_fee: Money,
    minimum_seconds: i64,
    increment_seconds: i64,
    grace_seconds: i64,
    /// [`NONE`] for most.
    extra: u32,
    blocked: bool,
}

#[derive(Clone, PartialEq, Debug)]
struct Extra {
    bands: Option<Bands>,
    tiers: Vec<Tier>,
    maximum: Option<Maximum>,
}

/// One rate of a table.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    table: &'a RateTable,
    prefix: Digits,
    row: &'a Row,
}

impl RateTable {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What one of so many rates takes if each has terms and a name of its own, as a guess before it is read.
    pub fn bytes_for(rates: usize) -> usize {
        let each = size_of::<Digits>() + 2 * size_of::<u32>() + size_of::<Row>() + size_of::<Terms>();
        rates.saturating_mul(each + size_of::<Box<str>>() + 20) + (Digits::BEGINNINGS + 1) * size_of::<u32>()
    }

    /// What it takes of memory, nearly.
    pub fn bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + size_of::<Box<str>>()).sum();
        size_of::<Self>()
            + names
            + size_of_val(&self.prefixes[..])
            + size_of_val(&self.parents[..])
            + size_of_val(&self.rows_from[..])
            + size_of_val(&self.beginnings[..])
            + size_of_val(&self.rows[..])
            + size_of_val(&self.terms[..])
            + size_of_val(&self.extras[..])
    }

    /// The rate of a number for who calls from there, both without the plus sign.
    pub fn find(&self, number: &str, caller: &str, now: DateTime<Utc>) -> Option<Entry<'_>> {
        let (number, caller) = (Digits::read(number)?, Digits::read(caller)?);
        let now = now.timestamp_micros();
        self.places(number).find_map(|place| {
            let prefix = self.prefixes[place];
            let row = if number.begins_with(prefix) { best(self.rows_of(place), caller, now) } else { None };
            Some(Entry { table: self, prefix, row: row? })
        })
    }

    /// Where its prefixes are, the longest first, and perhaps others: however many there are, no more than a prefix may
    /// have digits.
    fn places(&self, number: Digits) -> impl Iterator<Item = usize> {
        let parent = move |place: &usize| match self.parents[*place] {
            NONE => None,
            parent => Some(parent as usize),
        };
        successors(self.last_not_above(number), parent)
    }

    fn last_not_above(&self, number: Digits) -> Option<usize> {
        let (from, to) = match self.beginnings.get(number.beginning()..number.beginning() + 2) {
            Some(range) => (range[0] as usize, range[1] as usize),
            None => (0, self.prefixes.len()),
        };
        let above = from + self.prefixes[from..to].partition_point(|prefix| *prefix <= number);
        above.checked_sub(1)
    }

    fn rows_of(&self, place: usize) -> &[Row] {
        &self.rows[self.rows_from[place] as usize..self.rows_from[place + 1] as usize]
    }

    /// By prefix, origination and time.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.iter_from(0)
    }

    /// Without so many that come first.
    pub fn iter_from(&self, first: usize) -> impl Iterator<Item = Entry<'_>> {
        let prefixes = self.rows_from.partition_point(|row| *row as usize <= first);
        let mut place = prefixes.saturating_sub(1);
        self.rows.iter().enumerate().skip(first).map(move |(at, row)| {
            while self.rows_from[place + 1] as usize <= at {
                place += 1;
            }
            Entry { table: self, prefix: self.prefixes[place], row }
        })
    }

    pub fn of(rates: &[DeckRate]) -> Result<Self, Vec<Twice>> {
        let mut builder = Builder::default();
        for (rate, line) in rates.iter().zip(1..) {
            builder.push(rate, line).expect("a rate made here is one of digits and prices");
        }
        builder.finish()
    }
}

/// The last that fits: among those that fit a longer origination comes later, and so does a later time.
fn best(rows: &[Row], caller: Digits, now: i64) -> Option<&Row> {
    let candidates = &rows[..rows.partition_point(|row| row.origination <= caller)];
    candidates.iter().rev().find(|row| row.effective_from <= now && caller.begins_with(row.origination))
}

impl Entry<'_> {
    pub fn to_rate(&self) -> DeckRate {
        let terms = self.terms();
        let prefix = self.prefix.to_string();
        let rate = Rate {
            origination: self.row.origination.to_string(),
            price_per_minute: self.price_per_minute(),
            connection_fee: terms.connection_fee,
            minimum_seconds: terms.minimum_seconds,
            increment_seconds: terms.increment_seconds,
            grace_seconds: terms.grace_seconds,
            tiers: self.extra().map(|extra| extra.tiers.clone()).unwrap_or_default(),
            maximum: self.extra().and_then(|extra| extra.maximum),
            ..Rate::free(self.name().unwrap_or(&prefix))
        };
        DeckRate {
            rate: Rate { prefix, ..rate },
            bands: self.extra().and_then(|extra| extra.bands.clone()),
            blocked: terms.blocked,
            effective_from: self.effective_from(),
        }
    }

    /// Rates of two tables that hold for the same calls have the same key.
    pub fn key(&self) -> (Digits, Digits) {
        (self.prefix, self.row.origination)
    }

    pub fn price_per_minute(&self) -> Decimal {
        Decimal::new(self.terms().price_per_minute, PRICE_DIGITS).normalize()
    }

    pub fn is_blocked(&self) -> bool {
        self.terms().blocked
    }

    pub fn effective_from(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.row.effective_from).expect("it was a time when it came in")
    }

    /// Whenever each of them holds.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let plain = |entry: &Self| Terms { extra: NONE, ..*entry.terms() };
        plain(self) == plain(other) && self.extra() == other.extra() && self.name() == other.name()
    }

    /// `None`: it is called as its prefix.
    fn name(&self) -> Option<&str> {
        self.table.names.get(self.row.name as usize).map(|name| &**name)
    }

    fn terms(&self) -> &Terms {
        &self.table.terms[self.row.terms as usize]
    }

    fn extra(&self) -> Option<&Extra> {
        self.table.extras.get(self.terms().extra as usize)
    }
}

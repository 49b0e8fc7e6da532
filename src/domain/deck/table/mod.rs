//! All rates of a deck in little memory, and which of them a number has: that of its longest prefix, of these that of the
//! longest beginning of the caller's number, of these the newest in effect.
//!
//! ```text
//! nodes     1     1212  1415  44    4420        the prefixes in the order of their digits
//! parents   none  1     1     none  44          the longest other prefix that each begins with
//! rows      ·     ·     · ·   ·     ·           of each prefix by origination and time
//! terms, names                                  each only once, however many rows have it
//! ```
//!
//! Whatever prefix a number has is the last one that is not above it in that order, or one of those it begins with. What
//! costs time in a large deck is memory that no cache holds, so a look-up reads as few places of it as can be: where to
//! look ([`beginnings`]), one node or a few beside one another, and no more of a deck of one row a prefix.

mod beginnings;
mod builder;
#[cfg(test)]
pub mod strategies;
#[cfg(test)]
mod tests;

use std::iter::successors;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use self::beginnings::Beginnings;
pub use self::builder::{Builder, Twice};
use super::DeckRate;
use super::digits::Digits;
use crate::domain::money::Money;
use crate::domain::rating::bands::Bands;
use crate::domain::rating::{Maximum, PRICE_DIGITS, Rate, Tier};

const NONE: u32 = u32::MAX;

#[derive(Debug, Default)]
pub struct RateTable {
    nodes: Vec<Node>,
    beginnings: Beginnings,
    rows: Vec<Row>,
    /// If each prefix has one row only, and that for every caller: from when all of them are in effect.
    plain_from: Option<i64>,
    terms: Vec<Terms>,
    extras: Vec<Extra>,
    names: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    prefix: Digits,
    parent: Parent,
    /// Where its rows begin; they end where the next one's do.
    rows_from: u32,
}

/// How many digits the parent has, in four bits, and which node it is, so that nobody who is too far from it for a number
/// has to look at it. Zero is none.
#[derive(Clone, Copy, Debug)]
struct Parent(u32);

impl Parent {
    const NONE: Self = Self(0);

    fn new(length: u32, place: u32) -> Self {
        assert!(length < 16 && place < 1 << 28, "a parent is shorter than a number, and so many do not fit the memory");
        Self(length << 28 | place)
    }

    /// Its length and its place.
    fn get(self) -> Option<(u32, usize)> {
        (self.0 != 0).then_some((self.0 >> 28, (self.0 & 0x0fff_ffff) as usize))
    }
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
        let each = size_of::<Node>() + size_of::<Row>() + size_of::<Terms>();
        rates.saturating_mul(each + size_of::<Box<str>>() + 20) + beginnings::bytes_for(rates)
    }

    /// What it takes of memory, nearly.
    pub fn bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + size_of::<Box<str>>()).sum();
        size_of::<Self>()
            + names
            + size_of_val(&self.nodes[..])
            + self.beginnings.bytes()
            + size_of_val(&self.rows[..])
            + size_of_val(&self.terms[..])
            + size_of_val(&self.extras[..])
    }

    /// The rate of a number for who calls from there, both without the plus sign.
    pub fn find(&self, number: &str, caller: &str, now: DateTime<Utc>) -> Option<Entry<'_>> {
        let (number, caller) = (Digits::read(number)?, Digits::read(caller)?);
        let now = now.timestamp_micros();
        let last = self.last_not_above(number)?;
        // Whatever the node begins with, the number begins with as far as they are alike.
        let alike = number.alike(self.nodes[last].prefix);
        self.lineage(last).find_map(|(length, place)| {
            let row = if length <= alike { self.row(place, caller, now) } else { None };
            Some(Entry { table: self, prefix: number.first(length), row: row? })
        })
    }

    /// Lengths and places of a prefix and of those it begins with, the longest first: however many prefixes there are, no
    /// more than one may have digits.
    fn lineage(&self, place: usize) -> impl Iterator<Item = (u32, usize)> {
        successors(Some((self.nodes[place].prefix.len(), place)), |(_, place)| self.nodes[*place].parent.get())
    }

    fn last_not_above(&self, number: Digits) -> Option<usize> {
        let range = self.beginnings.range(number);
        let above = range.start + self.nodes[range].partition_point(|node| node.prefix <= number);
        above.checked_sub(1)
    }

    fn row(&self, place: usize, caller: Digits, now: i64) -> Option<&Row> {
        if self.plain_from.is_some_and(|from| from <= now) {
            return self.rows.get(place);
        }
        let end = self.nodes.get(place + 1).map_or(self.rows.len(), |next| next.rows_from as usize);
        best(&self.rows[self.nodes[place].rows_from as usize..end], caller, now)
    }

    /// By prefix, origination and time.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.iter_from(0)
    }

    /// Without so many that come first.
    pub fn iter_from(&self, first: usize) -> impl Iterator<Item = Entry<'_>> {
        let mut place = self.nodes.partition_point(|node| node.rows_from as usize <= first).saturating_sub(1);
        self.rows.iter().enumerate().skip(first).map(move |(at, row)| {
            while self.nodes.get(place + 1).is_some_and(|next| next.rows_from as usize <= at) {
                place += 1;
            }
            Entry { table: self, prefix: self.nodes[place].prefix, row }
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

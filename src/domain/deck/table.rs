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

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::DeckRate;
use super::digits::Digits;
use crate::domain::money::Money;
use crate::domain::rating::bands::Bands;
use crate::domain::rating::{Maximum, PRICE_DIGITS, Rate, Tier};

const NONE: u32 = u32::MAX;
/// With fewer prefixes a table of their beginnings is not worth its memory.
const MANY: usize = 4096;

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
        let mut place = self.last_not_above(number)?;
        loop {
            let prefix = self.prefixes[place];
            if number.begins_with(prefix)
                && let Some(row) = best(self.rows_of(place), caller, now)
            {
                return Some(Entry { table: self, prefix, row });
            }
            place = match self.parents[place] {
                NONE => return None,
                parent => parent as usize,
            };
        }
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

/// Takes rates in any order.
#[derive(Default)]
pub struct Builder {
    /// Each with the line of the file it stands in, if it is from one.
    rows: Vec<(Digits, Row, u32)>,
    terms: Distinct<Terms>,
    names: Distinct<Box<str>>,
    extras: Distinct<String>,
    read_extras: Vec<Extra>,
}

/// Two rates for the same calls from the same moment on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Twice {
    pub prefix: String,
    pub first_line: u32,
    pub line: u32,
}

/// Why a rate cannot be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoRow {
    #[error("a prefix is not digits")]
    NotDigits,
    #[error("a price has more than nine digits after the point")]
    TooFine,
}

impl Builder {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn push(&mut self, rate: &DeckRate, line: u32) -> Result<(), NoRow> {
        let prefix = Digits::read(&rate.rate.prefix).filter(|prefix| !prefix.is_empty()).ok_or(NoRow::NotDigits)?;
        let origination = Digits::read(&rate.rate.origination).ok_or(NoRow::NotDigits)?;
        let extra = self.extra(rate);
        let terms = self.terms.place(terms(rate, extra).ok_or(NoRow::TooFine)?);
        let named = rate.rate.destination != rate.rate.prefix;
        let name = if named { self.names.place_of(&*rate.rate.destination) } else { NONE };
        let row = Row { origination, effective_from: rate.effective_from.timestamp_micros(), terms, name };
        self.rows.push((prefix, row, line));
        Ok(())
    }

    fn extra(&mut self, DeckRate { rate, bands, .. }: &DeckRate) -> u32 {
        if bands.is_none() && rate.tiers.is_empty() && rate.maximum.is_none() {
            return NONE;
        }
        let extra = Extra { bands: bands.clone(), tiers: rate.tiers.clone(), maximum: rate.maximum };
        let place = self.extras.place(format!("{extra:?}"));
        if self.read_extras.len() == place as usize {
            self.read_extras.push(extra);
        }
        place
    }

    /// All of it, or whatever is there twice, in the order of the lines.
    pub fn finish(mut self) -> Result<RateTable, Vec<Twice>> {
        let key = |(prefix, row, line): &(Digits, Row, u32)| (*prefix, row.origination, row.effective_from, *line);
        self.rows.sort_unstable_by_key(key);
        let twice = self.twice();
        if !twice.is_empty() {
            return Err(twice);
        }
        let mut table = RateTable { rows: Vec::with_capacity(self.rows.len()), ..RateTable::default() };
        for (prefix, row, _) in self.rows {
            if table.prefixes.last() != Some(&prefix) {
                table.rows_from.push(small(table.rows.len()));
                table.parents.push(table.parent(prefix));
                table.prefixes.push(prefix);
            }
            table.rows.push(row);
        }
        table.rows_from.push(small(table.rows.len()));
        table.beginnings = beginnings(&table.prefixes);
        table.prefixes.shrink_to_fit();
        table.parents.shrink_to_fit();
        table.rows_from.shrink_to_fit();
        (table.terms, table.names, table.extras) = (self.terms.all(), self.names.all(), self.read_extras);
        Ok(table)
    }

    fn twice(&self) -> Vec<Twice> {
        let mut found = vec![];
        let mut first = 0;
        for (place, (prefix, row, line)) in self.rows.iter().enumerate() {
            let (first_prefix, first_row, first_line) = &self.rows[first];
            let same = (first_prefix, first_row.origination, first_row.effective_from)
                == (prefix, row.origination, row.effective_from);
            if !same {
                first = place;
            } else if place > first {
                found.push(Twice { prefix: prefix.to_string(), first_line: *first_line, line: *line });
            }
        }
        found.sort_by_key(|twice| twice.line);
        found
    }
}

impl RateTable {
    /// Of a prefix that is above all that are there.
    fn parent(&self, prefix: Digits) -> u32 {
        let mut place = small(self.prefixes.len()).wrapping_sub(1);
        while let Some(candidate) = self.prefixes.get(place as usize) {
            if prefix.begins_with(*candidate) {
                return place;
            }
            place = self.parents[place as usize];
        }
        NONE
    }
}

fn beginnings(prefixes: &[Digits]) -> Vec<u32> {
    if prefixes.len() < MANY {
        return vec![];
    }
    let mut places = Vec::with_capacity(Digits::BEGINNINGS + 1);
    for (place, prefix) in prefixes.iter().enumerate() {
        places.resize(places.len().max(prefix.beginning() + 1), small(place));
    }
    places.resize(Digits::BEGINNINGS + 1, small(prefixes.len()));
    places
}

fn terms(DeckRate { rate, blocked, .. }: &DeckRate, extra: u32) -> Option<Terms> {
    let price = rate.price_per_minute.normalize();
    let factor = 10_i128.pow(PRICE_DIGITS.checked_sub(price.scale())?);
    Some(Terms {
        price_per_minute: i64::try_from(price.mantissa() * factor).ok()?,
        connection_fee: rate.connection_fee,
        minimum_seconds: rate.minimum_seconds,
        increment_seconds: rate.increment_seconds,
        grace_seconds: rate.grace_seconds,
        extra,
        blocked: *blocked,
    })
}

fn small(place: usize) -> u32 {
    u32::try_from(place).expect("four thousand million rates do not fit the memory")
}

/// Values by the order in which they first came.
struct Distinct<T>(HashMap<T, u32>);

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Distinct<T> {
    fn place(&mut self, value: T) -> u32 {
        let next = small(self.0.len());
        *self.0.entry(value).or_insert(next)
    }

    /// Makes one of its own only if it is new.
    fn place_of<B>(&mut self, value: &B) -> u32
    where
        T: std::borrow::Borrow<B> + for<'a> From<&'a B>,
        B: Eq + Hash + ?Sized,
    {
        match self.0.get(value) {
            Some(place) => *place,
            None => self.place(T::from(value)),
        }
    }

    fn all(self) -> Vec<T> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_unstable_by_key(|(_, place)| *place);
        all.into_iter().map(|(value, _)| value).collect()
    }
}

#[cfg(test)]
pub mod strategies {
    //! Random decks that are dense: many prefixes begin with one another, many rates are for the same prefix.
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::rating::strategies::rates;

    pub fn digits(most: usize) -> impl Strategy<Value = String> {
        prop::collection::vec(prop_oneof![Just('1'), Just('2'), Just('9')], 0..=most).prop_map(String::from_iter)
    }

    prop_compose! {
        fn deck_rate()(
            rate in rates(),
            prefix in digits(6),
            origination in prop_oneof![Just(String::new()), digits(3)],
            named in any::<bool>(),
            blocked in any::<bool>(),
            bands in prop_oneof![3 => Just(None), 1 => Just(Some("UTC; 08:00-18:00 0.30+0.05"))],
            hours in 0..4_i64,
        ) -> DeckRate {
            let prefix = format!("1{prefix}");
            let destination = if named { format!("to {}", prefix.len()) } else { prefix.clone() };
            let bands: Option<Bands> = bands.map(|bands| bands.parse().expect("a band"));
            let tiers = if bands.is_some() { vec![] } else { rate.tiers };
            let rate = Rate { prefix, origination, destination, tiers, changes: vec![], tax: None, ..rate };
            let price_per_minute = rate.price_per_minute.normalize();
            let effective_from = DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
            DeckRate { rate: Rate { price_per_minute, ..rate }, bands, blocked, effective_from }
        }
    }

    /// No two for the same calls from the same moment on.
    pub fn decks(most: usize) -> impl Strategy<Value = Vec<DeckRate>> {
        prop::collection::vec(deck_rate(), 0..most).prop_map(|mut deck| {
            let key = |line: &DeckRate| (line.rate.prefix.clone(), line.rate.origination.clone(), line.effective_from);
            deck.sort_by_key(key);
            deck.dedup_by_key(|line| key(line));
            deck
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::strategies::{decks, digits};
    use super::*;

    fn table(deck: &[DeckRate]) -> RateTable {
        RateTable::of(deck).expect("no two are the same")
    }

    /// The rule as it is said.
    fn expected<'a>(deck: &'a [DeckRate], number: &str, caller: &str, now: DateTime<Utc>) -> Option<&'a DeckRate> {
        let fitting = deck.iter().filter(|line| number.starts_with(&line.rate.prefix));
        let fitting = fitting.filter(|line| caller.starts_with(&line.rate.origination) && line.effective_from <= now);
        fitting.max_by_key(|line| (line.rate.prefix.len(), line.rate.origination.len(), line.effective_from))
    }

    proptest! {
        #[test]
        fn a_number_has_the_rate_that_the_rule_gives_it(
            deck in decks(40), number in digits(8), caller in digits(4), hours in -1..5_i64,
        ) {
            let (number, now) = (format!("1{number}"), DateTime::UNIX_EPOCH + TimeDelta::hours(hours));
            let table = table(&deck);
            let found = table.find(&number, &caller, now).map(|entry| entry.to_rate());
            prop_assert_eq!(found.as_ref(), expected(&deck, &number, &caller, now));
        }

        #[test]
        fn what_went_in_comes_out(deck in decks(40)) {
            let table = table(&deck);
            let out: Vec<_> = table.iter().map(|entry| entry.to_rate()).collect();
            prop_assert_eq!(&out, &deck);
            let rest: Vec<_> = table.iter_from(deck.len() / 3).map(|entry| entry.to_rate()).collect();
            prop_assert_eq!(&rest[..], &deck[deck.len() / 3..]);
        }
    }

    /// So many that their beginnings have a table.
    #[test]
    fn a_number_of_a_large_deck_has_its_longest_prefix() {
        let rate = |prefix: String| DeckRate::plain(Rate { prefix, ..Rate::free("x") }, DateTime::UNIX_EPOCH);
        let mut deck: Vec<_> = (10_000..20_000).map(|prefix| rate(prefix.to_string())).collect();
        deck.extend(["1", "2", "9", "99"].map(|prefix| rate(prefix.to_owned())));
        let table = table(&deck);
        assert!(!table.beginnings.is_empty());
        for number in ["1234567", "199990", "1999", "20000", "3", "9", "98", "999999999999999", "1"] {
            let found = table.find(number, "", DateTime::UNIX_EPOCH).map(|entry| entry.to_rate());
            assert_eq!(found.as_ref(), expected(&deck, number, "", DateTime::UNIX_EPOCH), "{number}");
        }
    }

    #[test]
    fn what_is_there_twice_is_named_by_both_lines() {
        let rate =
            |prefix: &str| DeckRate::plain(Rate { prefix: prefix.to_owned(), ..Rate::free("x") }, DateTime::UNIX_EPOCH);
        let twice = RateTable::of(&["44", "1", "44", "44", "1"].map(rate)).expect_err("two are there twice");
        let lines: Vec<_> = twice.iter().map(|twice| (&*twice.prefix, twice.first_line, twice.line)).collect();
        assert_eq!(lines, [("44", 1, 3), ("44", 1, 4), ("1", 2, 5)]);
    }

    #[test]
    fn equal_terms_are_kept_once() {
        let rate = |prefix: u32| {
            let maximum = crate::domain::rating::notation::read_maximum("5 end").ok();
            let rate = Rate { prefix: prefix.to_string(), maximum, ..Rate::free("everywhere") };
            DeckRate::plain(rate, DateTime::UNIX_EPOCH)
        };
        let deck: Vec<_> = (1..=1000).map(rate).collect();
        let table = table(&deck);
        assert_eq!((table.terms.len(), table.extras.len(), table.names.len()), (1, 1, 1));
        assert!(table.bytes() < 1000 * 60, "{} bytes", table.bytes());
    }
}

//! How a table comes about: rates in any order, terms and names each kept once.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Extra, NONE, RateTable, Row, Terms};
use crate::domain::deck::DeckRate;
use crate::domain::deck::digits::Digits;
use crate::domain::rating::PRICE_DIGITS;

/// With fewer prefixes a table of their beginnings is not worth its memory.
const MANY: usize = 4096;

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

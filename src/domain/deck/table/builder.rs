//! How a table comes about: rates in any order, terms and names each kept once.

use std::collections::HashMap;
use std::hash::Hash;

use super::beginnings::Beginnings;
use super::{Extra, NONE, Node, Parent, RateTable, Row, Terms};
use crate::domain::deck::DeckRate;
use crate::domain::deck::digits::Digits;
use crate::domain::rating::PRICE_DIGITS;

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
            if table.nodes.last().is_none_or(|last| last.prefix != prefix) {
                let rows_from = small(table.rows.len());
                table.nodes.push(Node { prefix, parent: table.parent(prefix), rows_from });
            }
            table.rows.push(row);
        }
        table.nodes.shrink_to_fit();
        table.beginnings = Beginnings::of(&table.nodes);
        table.plain_from = table.plain_from();
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
    fn parent(&self, prefix: Digits) -> Parent {
        let mut place = self.nodes.len().checked_sub(1);
        while let Some(candidate) = place {
            let node = self.nodes[candidate];
            if prefix.begins_with(node.prefix) {
                return Parent::new(node.prefix.len(), small(candidate));
            }
            place = node.parent.get().map(|(_, place)| place);
        }
        Parent::NONE
    }

    fn plain_from(&self) -> Option<i64> {
        let plain = self.rows.len() == self.nodes.len() && self.rows.iter().all(|row| row.origination.is_empty());
        self.rows.iter().map(|row| row.effective_from).max().filter(|_| plain)
    }
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

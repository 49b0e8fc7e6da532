//! Reading a rate deck: every line is read, every bad one is named with its reason, and nothing is taken if one is bad.

use chrono::{DateTime, Utc};

use super::cells::{self, Comma};
use super::header::{CURRENCY, Columns, NoHeader};
use super::mapping::Mapping;
use super::table::{Builder, RateTable};
use super::text::decode;
use super::{BadLine, COLUMNS, DeckRate, bad};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::rating::notation::{self, fee, price};
use crate::domain::rating::{Rate, Then};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Above the header people write what the list is and when it was made.
const LINES_ABOVE: usize = 20;
const LONGEST_DESTINATION: usize = 200;
const NUL: &str = "holds a NUL character; save the file as UTF-8";
/// Whoever has more has another problem.
pub const MOST_RATES: usize = 5_000_000;

/// How a file is to be read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// From when on a line holds that has no time of its own.
    pub otherwise: DateTime<Utc>,
    /// The plan's: amounts in another are refused.
    pub currency: Option<Currency>,
    pub mapping: Mapping,
}

impl Reading {
    /// With columns by their names, in whatever currency.
    pub fn from(otherwise: DateTime<Utc>) -> Self {
        Self { otherwise, currency: None, mapping: Mapping::default() }
    }
}

pub fn read(file: &[u8], how: &Reading) -> Result<RateTable, Vec<BadLine>> {
    read_text(&decode(file)?, how)
}

pub fn read_text(text: &str, how: &Reading) -> Result<RateTable, Vec<BadLine>> {
    let layout = Layout::find(text, how).map_err(|why| vec![why])?;
    let mut reader = reader(text, layout.delimiter);
    let mut above = layout.above;
    let mut lines = Lines::new(layout, how);
    let mut record = csv::StringRecord::new();
    while !lines.is_full {
        match reader.read_record(&mut record) {
            Ok(true) if above > 0 => above -= 1,
            Ok(true) => lines.take(&record, line_of(record.position(), text)),
            Ok(false) => break,
            Err(error) => lines.bad.push(bad(line_of(error.position(), text), "line", error.to_string())),
        }
    }
    match lines.finish() {
        // No database takes it, even where nobody reads it.
        Ok(_) if text.contains('\0') => Err(vec![bad(1, "file", NUL.to_owned())]),
        finished => finished,
    }
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).trim(csv::Trim::All).delimiter(delimiter);
    builder.from_reader(text.as_bytes())
}

/// A record is said to begin where the one before it ends, and that may be before the line feed after its carriage return.
fn line_of(position: Option<&csv::Position>, text: &str) -> u64 {
    let Some(position) = position else { return 0 };
    let rest = usize::try_from(position.byte()).ok().and_then(|begin| text.as_bytes().get(begin..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + ends.filter(|byte| **byte == b'\n').map(|_| 1).sum::<u64>()
}

/// Where the header is, and what it says.
struct Layout {
    delimiter: u8,
    /// Records up to the header, itself among them.
    above: usize,
    width: usize,
    columns: Columns,
}

impl Layout {
    /// The first line in which prefix and price are known, whatever stands between its cells.
    fn find(text: &str, how: &Reading) -> Result<Self, BadLine> {
        let mut nearest = NoHeader { known: 0, why: bad(1, "header", "there is no line in it".to_owned()) };
        let mut widest = 0;
        for delimiter in DELIMITERS {
            for (place, record) in reader(text, delimiter).into_records().take(LINES_ABOVE).flatten().enumerate() {
                let (line, width) = (line_of(record.position(), text), record.len());
                match Columns::find(&record, line, &how.mapping, how.currency) {
                    Ok(columns) => return Ok(Self { delimiter, above: place + 1, width, columns }),
                    Err(no) if no.known > nearest.known || (nearest.known == 0 && place == 0 && width > widest) => {
                        (nearest, widest) = (no, width);
                    }
                    Err(_) => {}
                }
            }
        }
        Err(nearest.why)
    }
}

/// What has been read so far.
struct Lines<'a> {
    layout: Layout,
    how: &'a Reading,
    rates: Builder,
    bad: Vec<BadLine>,
    /// Amounts with a comma that may be for thousands, until another line shows that it is not.
    doubtful: Vec<BadLine>,
    decimal_commas: bool,
    is_full: bool,
}

impl<'a> Lines<'a> {
    fn new(layout: Layout, how: &'a Reading) -> Self {
        let (rates, bad, doubtful) = (Builder::default(), vec![], vec![]);
        Self { layout, how, rates, bad, doubtful, decimal_commas: false, is_full: false }
    }

    fn take(&mut self, record: &csv::StringRecord, line: u64) {
        if record.iter().all(str::is_empty) {
            return;
        }
        if let Err(bad_line) = self.rates_of(record, line) {
            self.bad.push(bad_line);
        }
    }

    /// For each of its prefixes and each of its callers'.
    fn rates_of(&mut self, record: &csv::StringRecord, line: u64) -> Result<(), BadLine> {
        let width = self.layout.width;
        if record.len() < width || record.iter().skip(width).any(|cell| !cell.is_empty()) {
            return Err(bad(line, "line", format!("has {} fields where the header has {width}", record.len())));
        }
        let Columns { currency, many_prefixes, many_originations, .. } = self.layout.columns;
        self.is_our_money(currency.and_then(|place| record.get(place)), line)?;
        let cell = |column: usize| self.layout.columns.place(column).and_then(|place| record.get(place));
        let prefixes = cells::prefixes(cell(0).unwrap_or_default(), many_prefixes);
        let prefixes = prefixes.map_err(|why| bad(line, COLUMNS[0], why))?;
        let originations = cells::originations(cell(8).unwrap_or_default(), many_originations);
        let originations = originations.map_err(|why| bad(line, COLUMNS[8], why))?;
        let named = cell(2).is_some_and(|name| !name.is_empty());
        let mut rate = self.rate(record, line)?;
        if record.as_slice().contains('\0') {
            return Err(bad(line, "line", NUL.to_owned()));
        }
        for prefix in prefixes {
            if !named {
                rate.rate.destination.clone_from(&prefix);
            }
            rate.rate.prefix = prefix;
            for origination in &originations {
                rate.rate.origination.clone_from(origination);
                self.push(&rate, line)?;
            }
        }
        Ok(())
    }

    fn is_our_money(&self, cell: Option<&str>, line: u64) -> Result<(), BadLine> {
        match (cell, self.how.currency) {
            (Some(cell), Some(ours)) if !cell.is_empty() && !cell.eq_ignore_ascii_case(ours.code()) => {
                Err(bad(line, CURRENCY, format!("{cell:?} is not {ours}, the plan’s currency")))
            }
            _ => Ok(()),
        }
    }

    fn push(&mut self, rate: &DeckRate, line: u64) -> Result<(), BadLine> {
        if self.rates.len() == MOST_RATES {
            self.is_full = true;
            return Err(bad(line, "file", format!("there are more than {MOST_RATES} rates in it")));
        }
        let pushed = self.rates.push(rate, u32::try_from(line).unwrap_or(u32::MAX));
        pushed.map_err(|why| bad(line, "line", why.to_string()))
    }

    /// All but whom it is for.
    fn rate(&mut self, record: &csv::StringRecord, line: u64) -> Result<DeckRate, BadLine> {
        let mut cells = [None; COLUMNS.len()];
        for (column, cell) in cells.iter_mut().enumerate() {
            let place = self.layout.columns.place(column);
            *cell = place.and_then(|place| record.get(place)).filter(|cell| !cell.is_empty());
        }
        let at = |column: usize, why: String| bad(line, COLUMNS[column], why);
        let blocked = cells[12].map_or(Ok(false), cells::yes_or_no).map_err(|why| at(12, why))?;
        // What is blocked needs no price.
        let unpriced = if blocked { "0" } else { "" };
        let price_per_minute = self.amount(cells[1].unwrap_or(unpriced), 1, line, price)?;
        let connection_fee = cells[3].map_or(Ok(Money::ZERO), |cell| self.amount(cell, 3, line, fee))?;
        // `60/6`: at least the first, and then in steps of the second.
        let (least, step) = match cells[5].and_then(|cell| cell.split_once('/')) {
            Some((least, step)) if cells[4].is_none() => (Some(least.trim()), Some(step.trim())),
            _ => (cells[4], cells[5]),
        };
        let seconds = |cell: Option<&str>, column: usize, least: i64| {
            cell.map_or(Ok(least), |cell| cells::seconds(cell, least)).map_err(|why| at(column, why))
        };
        let rate = Rate {
            price_per_minute,
            connection_fee,
            minimum_seconds: seconds(least, 4, 0)?,
            increment_seconds: seconds(step, 5, 1)?,
            grace_seconds: seconds(cells[6], 6, 0)?,
            tiers: cells[10].map_or(Ok(vec![]), notation::read_tiers).map_err(|why| at(10, why))?,
            maximum: cells[11].map(notation::read_maximum).transpose().map_err(|why| at(11, why))?,
            ..Rate::free(&destination(cells[2].unwrap_or_default()).map_err(|why| at(2, why))?)
        };
        let effective_from = cells[7].map_or(Ok(self.how.otherwise), cells::time).map_err(|why| at(7, why))?;
        let bands = cells[9].map(str::parse).transpose().map_err(|why| at(9, why))?;
        let rate = DeckRate { rate, bands, blocked, effective_from };
        is_clear(&rate).map_err(|(column, why)| at(column, why.to_owned()))?;
        Ok(rate)
    }

    fn amount<T>(
        &mut self,
        cell: &str,
        column: usize,
        line: u64,
        read: fn(&str) -> Result<T, String>,
    ) -> Result<T, BadLine> {
        let at = |why: String| bad(line, COLUMNS[column], why);
        let amount = cells::amount(cell, self.how.currency).map_err(at)?;
        match amount.comma {
            Comma::No => {}
            Comma::Decimal => self.decimal_commas = true,
            Comma::Doubtful => {
                let text = &amount.text;
                self.doubtful.push(at(format!("{cell:?} may be {text} or thousands: write it with a point")));
            }
        }
        read(&amount.text).map_err(at)
    }

    fn finish(mut self) -> Result<RateTable, Vec<BadLine>> {
        if !self.decimal_commas {
            self.bad.append(&mut self.doubtful);
        }
        if self.rates.is_empty() && self.bad.is_empty() {
            return Err(vec![bad(1, "file", "there is no rate in it".to_owned())]);
        }
        let twice = match self.rates.finish() {
            Ok(table) if self.bad.is_empty() => return Ok(table),
            Ok(_) => vec![],
            Err(twice) => twice,
        };
        self.bad.extend(twice.into_iter().map(|twice| {
            let why = format!("{} stands in line {} already", twice.prefix, twice.first_line);
            bad(twice.line.into(), "prefix", why)
        }));
        self.bad.sort_by_key(|bad| bad.line);
        Err(self.bad)
    }
}

/// What cannot be read in two ways. Otherwise the column at fault and why.
fn is_clear(DeckRate { rate, bands, .. }: &DeckRate) -> Result<(), (usize, &'static str)> {
    let Rate { tiers, minimum_seconds, maximum, .. } = rate;
    if !tiers.is_empty() && bands.is_some() {
        return Err((10, "a rate has bands or tiers, not both"));
    }
    if !tiers.is_empty() && *minimum_seconds > 0 {
        return Err((10, "with tiers there is no minimum_seconds: what is charged at least is the first tier's step"));
    }
    if maximum.is_some_and(|maximum| maximum.then == Then::End) && !rate.may_last(DateTime::UNIX_EPOCH, 1) {
        return Err((11, "the first second costs more than the maximum at which the call would end"));
    }
    Ok(())
}

fn destination(text: &str) -> Result<String, String> {
    if text.chars().count() > LONGEST_DESTINATION || text.chars().any(char::is_control) {
        return Err(format!("is longer than {LONGEST_DESTINATION} characters or contains control characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

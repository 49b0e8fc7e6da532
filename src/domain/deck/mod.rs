//! A rate deck: what a plan asks for each destination, as a file and in memory.

mod cells;
pub mod digits;
mod header;
pub mod mapping;
mod read;
pub mod table;
mod text;

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, TimeDelta, Utc};

pub use read::{MOST_RATES, Reading, read, read_text};
pub use text::decode;

use self::table::RateTable;
use super::rating::bands::Bands;
use super::rating::{Rate, notation};

/// The header's names. Only the first two columns of this list are required; the order in a file is free.
pub const COLUMNS: [&str; 13] = [
    "prefix",
    "price_per_minute",
    "destination",
    "connection_fee",
    "minimum_seconds",
    "increment_seconds",
    "grace_seconds",
    "effective_from",
    "origination",
    "bands",
    "tiers",
    "maximum_cost",
    "blocked",
];

/// Years every database can keep.
const YEARS: RangeInclusive<i32> = 1970..=9999;

/// How long a frozen rate knows the hours: twice the longest a carrier lets a call last.
const KNOWS_HOURS: TimeDelta = TimeDelta::days(2);

/// A rate and when it begins to hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeckRate {
    /// Outside the bands.
    pub rate: Rate,
    pub bands: Option<Bands>,
    /// Its numbers may not be called at all.
    pub blocked: bool,
    pub effective_from: DateTime<Utc>,
}

impl DeckRate {
    /// At all hours, from then on.
    pub fn plain(rate: Rate, effective_from: DateTime<Utc>) -> Self {
        Self { rate, bands: None, blocked: false, effective_from }
    }

    /// As it is frozen for a call that is dialled now and lasts no longer than calls may; or, to show it, for as long as
    /// `at_least`.
    pub fn frozen(&self, deck: &str, now: DateTime<Utc>, at_least: TimeDelta) -> Rate {
        let rate = Rate { deck: deck.to_owned(), ..self.rate.clone() };
        match &self.bands {
            Some(bands) => rate.with_bands(bands, now, now + at_least.max(KNOWS_HOURS)),
            None => rate,
        }
    }
}

/// A line that cannot be taken. `line` counts from 1 and includes the header, as editors do.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct BadLine {
    pub line: u64,
    pub field: String,
    pub reason: String,
}

/// Writes rates as [`read`] takes them.
pub fn write(rates: &RateTable, to: impl std::io::Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(COLUMNS)?;
    for entry in rates.iter() {
        writer.write_record(cells_of(&entry.to_rate()))?;
    }
    Ok(writer.flush()?)
}

/// In the order of [`COLUMNS`].
pub fn cells_of(DeckRate { rate, bands, blocked, effective_from }: &DeckRate) -> [String; COLUMNS.len()] {
    [
        rate.prefix.clone(),
        rate.price_per_minute.to_string(),
        rate.destination.clone(),
        rate.connection_fee.to_string(),
        rate.minimum_seconds.to_string(),
        rate.increment_seconds.to_string(),
        rate.grace_seconds.to_string(),
        effective_from.to_rfc3339(),
        rate.origination.clone(),
        bands.as_ref().map(Bands::to_string).unwrap_or_default(),
        notation::write_tiers(&rate.tiers),
        rate.maximum.as_ref().map(notation::write_maximum).unwrap_or_default(),
        if *blocked { "yes" } else { "" }.to_owned(),
    ]
}

/// A day (its first moment, UTC) or a moment in RFC 3339.
pub fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let day = text.parse::<NaiveDate>().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
    let moment = day.or_else(|_| DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()));
    moment
        .ok()
        .filter(|moment| YEARS.contains(&moment.year()))
        .map(|moment| moment.trunc_subsecs(6))
        .ok_or_else(|| format!("{text:?} is neither a day such as 2026-12-31 nor a time such as 2026-12-31T22:00:00Z"))
}

fn bad(line: u64, field: &str, reason: String) -> BadLine {
    BadLine { line, field: field.to_owned(), reason }
}

//! Reading a rate deck: every line is read, every bad one is named with its reason, and nothing is taken if one is bad.

pub mod digits;
pub mod table;

use std::collections::HashMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, TimeDelta, Utc};

use super::rating::bands::Bands;
use super::rating::notation::{self, fee, price, whole_seconds};
use super::rating::{Rate, Then};

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

const LONGEST_DESTINATION: usize = 200;

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

    /// Whenever each of them holds.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.rate == other.rate && self.bands == other.bands && self.blocked == other.blocked
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

/// A line without a time of its own holds from `otherwise`.
pub fn read(csv: &[u8], otherwise: DateTime<Utc>) -> Result<Vec<DeckRate>, Vec<BadLine>> {
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(csv);
    let header = reader.headers().map_err(|error| vec![bad(1, "header", error.to_string())])?.clone();
    let columns = Columns::find(&header).map_err(|bad_line| vec![bad_line])?;
    let (mut rates, mut bad_lines, mut first_seen) = (vec![], vec![], HashMap::new());
    for record in reader.byte_records() {
        let read = record.map_err(|error| bad(error_line(&error), "line", error.to_string())).and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            let record = csv::StringRecord::from_byte_record(record)
                .map_err(|_| bad(line, "line", "is not text in UTF-8".to_owned()))?;
            let rate = columns.read(&record, header.len(), line, otherwise)?;
            let key = (rate.rate.prefix.clone(), rate.rate.origination.clone(), rate.effective_from);
            match first_seen.insert(key, line) {
                Some(first) => Err(bad(line, "prefix", format!("{} stands in line {first} already", rate.rate.prefix))),
                None => Ok(rate),
            }
        });
        match read {
            Ok(rate) => rates.push(rate),
            Err(bad_line) => bad_lines.push(bad_line),
        }
    }
    if rates.is_empty() && bad_lines.is_empty() {
        bad_lines.push(bad(1, "file", "there is no rate in it".to_owned()));
    }
    if bad_lines.is_empty() { Ok(rates) } else { Err(bad_lines) }
}

/// Writes rates as [`read`] takes them.
pub fn write(rates: &[DeckRate], to: impl std::io::Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(COLUMNS)?;
    for DeckRate { rate, bands, blocked, effective_from } in rates {
        writer.write_record([
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
        ])?;
    }
    Ok(writer.flush()?)
}

/// Where each of [`COLUMNS`] stands in the file at hand.
struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, BadLine> {
        let mut places = [None; COLUMNS.len()];
        for (place, name) in header.iter().enumerate() {
            let Some(column) = COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
                let known = COLUMNS.join(", ");
                return Err(bad(1, "header", format!("there is no column {name:?}; known are {known}")));
            };
            if places[column].replace(place).is_some() {
                return Err(bad(1, "header", format!("the column {name} stands there twice")));
            }
        }
        match COLUMNS[..2].iter().zip(places).find(|(_, place)| place.is_none()) {
            Some((missing, _)) => Err(bad(1, "header", format!("the column {missing} is missing"))),
            None => Ok(Self(places)),
        }
    }

    fn read(
        &self,
        record: &csv::StringRecord,
        width: usize,
        line: u64,
        otherwise: DateTime<Utc>,
    ) -> Result<DeckRate, BadLine> {
        if record.len() != width {
            return Err(bad(line, "line", format!("has {} fields where the header has {width}", record.len())));
        }
        let field = |column: usize| {
            let text = self.0[column].and_then(|place| record.get(place)).unwrap_or_default();
            (!text.is_empty()).then_some(text)
        };
        let at = |column: usize, reason: String| bad(line, COLUMNS[column], reason);
        let seconds = |column: usize, least: i64, otherwise: i64| match field(column) {
            None => Ok(otherwise),
            Some(text) => whole_seconds(text, least).map_err(|reason| at(column, reason)),
        };
        let prefix = prefix(field(0).unwrap_or_default()).map_err(|reason| at(0, reason))?;
        let blocked = field(12).map_or(Ok(false), yes_or_no).map_err(|reason| at(12, reason))?;
        // What is blocked needs no price.
        let unpriced = if blocked { "0" } else { "" };
        let rate = Rate {
            price_per_minute: price(field(1).unwrap_or(unpriced)).map_err(|reason| at(1, reason))?,
            connection_fee: fee(field(3).unwrap_or("0")).map_err(|reason| at(3, reason))?,
            minimum_seconds: seconds(4, 0, 0)?,
            increment_seconds: seconds(5, 1, 1)?,
            grace_seconds: seconds(6, 0, 0)?,
            origination: field(8).map_or(Ok(String::new()), self::prefix).map_err(|reason| at(8, reason))?,
            tiers: field(10).map_or(Ok(vec![]), notation::read_tiers).map_err(|reason| at(10, reason))?,
            maximum: field(11).map(notation::read_maximum).transpose().map_err(|reason| at(11, reason))?,
            prefix: prefix.clone(),
            ..Rate::free(&destination(field(2).unwrap_or(&prefix)).map_err(|reason| at(2, reason))?)
        };
        let effective_from = field(7).map_or(Ok(otherwise), time).map_err(|reason| at(7, reason))?;
        let bands = field(9).map(str::parse).transpose().map_err(|reason| at(9, reason))?;
        let rate = DeckRate { rate, bands, blocked, effective_from };
        rate.is_clear().map_err(|(column, reason)| at(column, reason.to_owned()))?;
        Ok(rate)
    }
}

impl DeckRate {
    /// What cannot be read in two ways. Otherwise the column at fault and why.
    fn is_clear(&self) -> Result<(), (usize, &'static str)> {
        let Rate { tiers, minimum_seconds, maximum, .. } = &self.rate;
        if !tiers.is_empty() && self.bands.is_some() {
            return Err((10, "a rate has bands or tiers, not both"));
        }
        if !tiers.is_empty() && *minimum_seconds > 0 {
            return Err((
                10,
                "with tiers there is no minimum_seconds: what is charged at least is the first tier's step",
            ));
        }
        if maximum.is_some_and(|maximum| maximum.then == Then::End) && !self.rate.may_last(DateTime::UNIX_EPOCH, 1) {
            return Err((11, "the first second costs more than the maximum at which the call would end"));
        }
        Ok(())
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(format!("{text:?} is neither yes nor no")),
    }
}

fn prefix(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("{text:?} is not 1 to 15 digits"));
    }
    Ok(digits.to_owned())
}

fn destination(text: &str) -> Result<String, String> {
    if text.chars().count() > LONGEST_DESTINATION || text.chars().any(char::is_control) {
        return Err(format!("is longer than {LONGEST_DESTINATION} characters or contains control characters"));
    }
    Ok(text.to_owned())
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

fn error_line(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &[u8]) -> Result<Vec<DeckRate>, Vec<BadLine>> {
        super::read(csv, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_deck_of_two_columns_is_enough() {
        let rates = read(b"prefix,price_per_minute\n1,0.01\n+44,0.02\n").unwrap();
        assert_eq!(rates[1].rate.prefix, "44");
        assert_eq!((rates[0].rate.increment_seconds, rates[0].rate.destination.as_str()), (1, "1"));
    }

    #[test]
    fn every_bad_line_is_named_with_its_field_and_reason() {
        let csv = b"prefix,price_per_minute,increment_seconds,effective_from\n1,0.01,1,\nx,0.01,1,\n44,-1,1,\n45,1,0,\n46,abc,1,\n1,0.02,1,\n47,1,1,soon\n48,1\n\xff,1,1,\n";
        let bad = read(csv).unwrap_err();
        let named: Vec<_> = bad.iter().map(|b| (b.line, b.field.as_str())).collect();
        assert_eq!(
            named,
            [
                (3, "prefix"),
                (4, "price_per_minute"),
                (5, "increment_seconds"),
                (6, "price_per_minute"),
                (7, "prefix"),
                (8, "effective_from"),
                (9, "line"),
                (10, "line")
            ]
        );
        assert_eq!(bad[4].reason, "1 stands in line 2 already");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let csv = b"prefix,price_per_minute,destination,connection_fee,minimum_seconds,increment_seconds,grace_seconds,effective_from\n1,0.01,\"US, all\",0.05,30,6,3,2026-01-01\n";
        let rates = read(csv).unwrap();
        let mut written = vec![];
        write(&rates, &mut written).unwrap();
        assert_eq!(read(&written).unwrap(), rates);
    }

    #[test]
    fn hours_tiers_maximums_origins_and_blocks_are_written_as_they_are_read() {
        let csv = b"prefix,price_per_minute,connection_fee,origination,bands,tiers,maximum_cost,blocked\n\
            44,0.02,,,Europe/London; Mo-Fr 08:00-18:00 0.30+0.05,,5,\n\
            44,0.03,,49,,60@0.30/30+0.02; 120@0.1/10,2.50 end,no\n\
            881,,,,,,,yes\n";
        let rates = read(csv).unwrap();
        assert_eq!((rates[0].rate.maximum.unwrap().then, rates[1].rate.tiers.len()), (Then::Free, 2));
        assert_eq!((rates[1].rate.origination.as_str(), rates[2].blocked), ("49", true));
        let mut written = vec![];
        write(&rates, &mut written).unwrap();
        assert_eq!(read(&written).unwrap(), rates);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused_with_its_column() {
        let csv = b"prefix,price_per_minute,minimum_seconds,bands,tiers,maximum_cost,blocked,origination\n\
            1,1,,UTC; 1,60@1/1,,,\n2,1,30,,60@1/1,,,\n3,60,,,,0.50 end,,\n4,1,,,,5 perhaps,,\n5,1,,,,,maybe,\n6,,,,,,,\n\
            7,1,,,60@1/0,,,\n8,1,,noon,,,,\n9,1,,,,,,x\n10,1,,,,,,49\n10,2,,,,,,49\n10,3,,,,,,\n";
        let bad = read(csv).unwrap_err();
        let named: Vec<_> = bad.iter().map(|b| (b.line, b.field.as_str())).collect();
        let expected = [
            (2, "tiers"),
            (3, "tiers"),
            (4, "maximum_cost"),
            (5, "maximum_cost"),
            (6, "blocked"),
            (7, "price_per_minute"),
            (8, "tiers"),
            (9, "bands"),
            (10, "origination"),
            (12, "prefix"),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn a_file_without_rates_or_with_an_unknown_column_is_refused() {
        assert_eq!(read(b"").unwrap_err()[0].field, "header");
        assert_eq!(read(b"prefix,price_per_minute\n").unwrap_err()[0].field, "file");
        assert_eq!(
            read(b"prefix,price\n1,1\n").unwrap_err()[0].reason.split(';').next(),
            Some("there is no column \"price\"")
        );
    }
}

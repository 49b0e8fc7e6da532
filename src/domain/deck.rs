//! Reading a rate deck: every line is read, every bad one is named with its reason, and nothing is taken if one is bad.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, Utc};
use rust_decimal::Decimal;

use super::money::Money;
use super::rating::{HIGHEST_PRICE, PRICE_DIGITS, Rate};

/// The header's names. Only the first two columns of this list are required; the order in a file is free.
pub const COLUMNS: [&str; 8] = [
    "prefix",
    "price_per_minute",
    "destination",
    "connection_fee",
    "minimum_seconds",
    "increment_seconds",
    "grace_seconds",
    "effective_from",
];

const LONGEST_DESTINATION: usize = 200;

/// Years every database can keep.
const YEARS: RangeInclusive<i32> = 1970..=9999;

/// A rate and when it begins to hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeckRate {
    pub rate: Rate,
    pub effective_from: DateTime<Utc>,
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
            let key = (rate.rate.prefix.clone(), rate.effective_from);
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
    for DeckRate { rate, effective_from } in rates {
        writer.write_record([
            rate.prefix.clone(),
            rate.price_per_minute.to_string(),
            rate.destination.clone(),
            rate.connection_fee.to_string(),
            rate.minimum_seconds.to_string(),
            rate.increment_seconds.to_string(),
            rate.grace_seconds.to_string(),
            effective_from.to_rfc3339(),
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
        let rate = Rate {
            price_per_minute: price(field(1).unwrap_or_default()).map_err(|reason| at(1, reason))?,
            destination: destination(field(2).unwrap_or(&prefix)).map_err(|reason| at(2, reason))?,
            connection_fee: fee(field(3).unwrap_or("0")).map_err(|reason| at(3, reason))?,
            minimum_seconds: seconds(4, 0, 0)?,
            increment_seconds: seconds(5, 1, 1)?,
            grace_seconds: seconds(6, 0, 0)?,
            prefix,
        };
        let effective_from = field(7).map_or(Ok(otherwise), time).map_err(|reason| at(7, reason))?;
        Ok(DeckRate { rate, effective_from })
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

fn price(text: &str) -> Result<Decimal, String> {
    let price = Decimal::from_str_exact(text)
        .map_err(|_| format!("{text:?} is not a decimal number such as 0.015"))?
        .normalize();
    if price.is_sign_negative() && !price.is_zero() {
        return Err(format!("{text} is below zero"));
    }
    if price > Decimal::from(HIGHEST_PRICE) || price.scale() > PRICE_DIGITS {
        return Err(format!("{text} is above {HIGHEST_PRICE} or has more than {PRICE_DIGITS} digits after the point"));
    }
    Ok(price)
}

fn fee(text: &str) -> Result<Money, String> {
    let fee: Money = text.parse().map_err(|error: super::money::BadAmount| error.to_string())?;
    if fee < Money::ZERO || fee > Money::from_micros(HIGHEST_PRICE * super::money::MICROS) {
        return Err(format!("{text} is not between 0 and {HIGHEST_PRICE}"));
    }
    Ok(fee)
}

fn whole_seconds(text: &str, least: i64) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(seconds) if (least..=86_400).contains(&seconds) => Ok(seconds),
        Ok(_) | Err(_) => Err(format!("{text:?} is not a whole number of seconds from {least} to 86400")),
    }
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
    fn a_file_without_rates_or_with_an_unknown_column_is_refused() {
        assert_eq!(read(b"").unwrap_err()[0].field, "header");
        assert_eq!(read(b"prefix,price_per_minute\n").unwrap_err()[0].field, "file");
        assert_eq!(
            read(b"prefix,price\n1,1\n").unwrap_err()[0].reason.split(';').next(),
            Some("there is no column \"price\"")
        );
    }
}

//! What one unit of a currency is in another: rows that somebody keeps, each from a moment on, and how old the one in
//! effect may be. Decks are priced across currencies by them; nothing else is. (`exchange` is about requests.)

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::deck::{BadLine, time};
use super::money::Money;

/// Digits after the point a conversion may have.
pub const CONVERSION_DIGITS: u32 = 12;
const HIGHEST: i64 = 1_000_000;

/// The header's names; the order in a file is free.
pub const COLUMNS: [&str; 4] = ["from", "to", "rate", "effective_from"];

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Conversion {
    pub from: Currency,
    pub to: Currency,
    /// So much of `to` is one unit of `from`.
    pub rate: Decimal,
    pub effective_from: DateTime<Utc>,
}

/// Why a price cannot be told in another currency: for operators, who mend it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoConversion {
    #[error("there is no conversion from {from} to {to}; add one")]
    Missing { from: Currency, to: Currency },
    #[error(
        "the conversion from {} to {} is of {}, more than {at_most_days} days old; add a newer one",
        of.from, of.to, of.effective_from.format("%Y-%m-%d %H:%M UTC")
    )]
    Stale { of: Box<Conversion>, at_most_days: u16 },
}

impl Conversion {
    pub fn new(from: Currency, to: Currency, rate: Decimal, effective_from: DateTime<Utc>) -> Result<Self, String> {
        if from == to {
            return Err(format!("{from} is not converted to itself"));
        }
        Ok(Self { from, to, rate, effective_from })
    }

    /// An amount in the other currency, rounded up; nothing that does not fit.
    pub fn converted(&self, amount: Money) -> Option<Money> {
        let (exact, parts) =
            (i128::from(amount.micros()).checked_mul(self.rate.mantissa())?, 10_i128.pow(self.rate.scale()));
        i64::try_from(-(-exact).div_euclid(parts)).ok().map(Money::from_micros)
    }

    /// The newest that has begun, unless it is too old: a price is refused rather than wrong.
    pub fn usable(
        newest: Option<Self>,
        (from, to): (Currency, Currency),
        at_most_days: u16,
        at: DateTime<Utc>,
    ) -> Result<Self, NoConversion> {
        match newest {
            None => Err(NoConversion::Missing { from, to }),
            Some(of) if at - of.effective_from > TimeDelta::days(at_most_days.into()) => {
                Err(NoConversion::Stale { of: Box::new(of), at_most_days })
            }
            Some(usable) => Ok(usable),
        }
    }
}

/// What one unit is in another currency: above zero.
pub fn rate(text: &str) -> Result<Decimal, String> {
    let read = Decimal::from_str_exact(text.trim()).map(|rate| rate.normalize());
    match read {
        Ok(rate) if rate > Decimal::ZERO && rate <= Decimal::from(HIGHEST) && rate.scale() <= CONVERSION_DIGITS => {
            Ok(rate)
        }
        Ok(_) | Err(_) => Err(format!(
            "{text:?} is not a number above 0, up to {HIGHEST}, with at most {CONVERSION_DIGITS} digits after the point"
        )),
    }
}

/// Reads a whole file, or names every line that is bad. A line without a time of its own holds from `otherwise`.
pub fn read(csv: &[u8], otherwise: DateTime<Utc>) -> Result<Vec<Conversion>, Vec<BadLine>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
    let header = reader.headers().map_err(|error| vec![unreadable(&error)])?.clone();
    let mut places = [None; COLUMNS.len()];
    for (place, name) in header.iter().enumerate() {
        let Some(column) = COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            return Err(vec![bad(
                1,
                "header",
                format!("there is no column {name:?}; known are {}", COLUMNS.join(", ")),
            )]);
        };
        places[column] = Some(place);
    }
    let (mut conversions, mut bad_lines, mut first_seen) = (vec![], vec![], HashMap::new());
    for record in reader.records() {
        let read = record.map_err(|error| unreadable(&error)).and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            let field = |column: usize| places[column].and_then(|place| record.get(place)).unwrap_or_default();
            let conversion = one(field, otherwise).map_err(|(column, why)| bad(line, COLUMNS[column], why))?;
            match first_seen.insert((conversion.from, conversion.to, conversion.effective_from), line) {
                Some(first) => Err(bad(line, "from", format!("the same stands in line {first} already"))),
                None => Ok(conversion),
            }
        });
        match read {
            Ok(conversion) => conversions.push(conversion),
            Err(bad_line) => bad_lines.push(bad_line),
        }
    }
    if conversions.is_empty() && bad_lines.is_empty() {
        bad_lines.push(bad(1, "file", "there is no conversion in it".to_owned()));
    }
    if bad_lines.is_empty() { Ok(conversions) } else { Err(bad_lines) }
}

fn one<'a>(field: impl Fn(usize) -> &'a str, otherwise: DateTime<Utc>) -> Result<Conversion, (usize, String)> {
    let currency = |column: usize| field(column).parse::<Currency>().map_err(|error| (column, error.to_string()));
    let effective_from = match field(3) {
        "" => otherwise,
        given => time(given).map_err(|why| (3, why))?,
    };
    let rate = rate(field(2)).map_err(|why| (2, why))?;
    Conversion::new(currency(0)?, currency(1)?, rate, effective_from).map_err(|why| (1, why))
}

fn unreadable(error: &csv::Error) -> BadLine {
    bad(error.position().map_or(1, csv::Position::line), "line", error.to_string())
}

fn bad(line: u64, field: &str, reason: String) -> BadLine {
    BadLine { line, field: field.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    #[test]
    fn a_file_is_taken_whole_or_every_bad_line_is_named() {
        let good = b"to,from,rate\nEUR,USD,0.92\nusd,EUR,1.086956521739\n";
        let read_good = read(good, at(1)).unwrap();
        assert_eq!((read_good[0].from.code(), read_good[0].rate.to_string()), ("USD", "0.92".to_owned()));
        assert_eq!(read_good[1].effective_from, at(1));
        let bad = b"from,to,rate,effective_from\nUSD,EUR,0,\nUSD,USD,1,\nUSD,XXZ,1,\nUSD,EUR,1,soon\nUSD,EUR,1,\nUSD,EUR,2,\nUSD,EUR\n";
        let named: Vec<_> = read(bad, at(1)).unwrap_err().into_iter().map(|b| (b.line, b.field)).collect();
        let expected = [(2, "rate"), (3, "to"), (4, "to"), (5, "effective_from"), (7, "from"), (8, "line")];
        assert_eq!(named, expected.map(|(line, field)| (line, field.to_owned())));
        assert_eq!(read(b"from,to,rate\n", at(1)).unwrap_err()[0].field, "file");
        assert_eq!(read(b"from,to,price\n", at(1)).unwrap_err()[0].field, "header");
    }

    #[test]
    fn one_that_is_too_old_is_refused_with_its_day_and_what_to_do() {
        let (usd, eur): (Currency, Currency) = ("USD".parse().unwrap(), "EUR".parse().unwrap());
        let newest = Conversion::new(usd, eur, Decimal::ONE, at(1)).ok();
        assert!(Conversion::usable(newest.clone(), (usd, eur), 7, at(8)).is_ok());
        let stale = Conversion::usable(newest, (usd, eur), 7, at(8) + TimeDelta::seconds(1)).unwrap_err();
        let said = "the conversion from USD to EUR is of 1970-01-02 00:00 UTC, more than 7 days old; add a newer one";
        assert_eq!(stale.to_string(), said);
        let missing = Conversion::usable(None, (usd, eur), 7, at(1)).unwrap_err();
        assert_eq!(missing.to_string(), "there is no conversion from USD to EUR; add one");
    }
}

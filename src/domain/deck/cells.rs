//! Cells as people and their spreadsheets write them. What can be read in two ways is refused with both.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::domain::currency::Currency;
use crate::domain::rating::notation::whole_seconds;

/// Between the prefixes of a cell, whatever stands between the cells.
const BETWEEN: [char; 6] = [',', ';', '|', '/', '\n', '\r'];
const LONGEST_PREFIX: usize = 15;

/// The prefixes of a cell, each once. `many`: the column's name is in the plural.
pub fn prefixes(cell: &str, many: bool) -> Result<Vec<String>, String> {
    let mut found = vec![];
    for part in unforced(cell).split(BETWEEN).map(str::trim).filter(|part| !part.is_empty()) {
        if are_several(part, many)? {
            for one in part.split_whitespace() {
                found.push(prefix(one)?);
            }
        } else {
            found.push(prefix(part)?);
        }
    }
    if found.len() > 1 {
        found.sort_unstable();
        found.dedup();
    }
    if found.is_empty() { prefix("").map(|none| vec![none]) } else { Ok(found) }
}

/// Of callers: nothing, or a word for everybody, is everybody.
pub fn originations(cell: &str, many: bool) -> Result<Vec<String>, String> {
    let everybody = ["", "*", "all", "any"].iter().any(|word| word.eq_ignore_ascii_case(cell));
    if everybody { Ok(vec![String::new()]) } else { prefixes(cell, many) }
}

/// `93701 93702` are two prefixes, `44 20` is one: prefixes of one destination begin alike. If the column's name says
/// otherwise nobody knows.
fn are_several(part: &str, many: bool) -> Result<bool, String> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let dressed = |word: &&str| word.starts_with('+') || word.starts_with("00");
    if words.len() < 2 || dressed(&words[0]) {
        return Ok(words.len() > 1 && words.iter().all(dressed));
    }
    let alike = words.iter().all(|word| word.as_bytes()[0] == words[0].as_bytes()[0]);
    if alike == many {
        return Ok(many);
    }
    Err(format!("{part:?} may be one prefix with spaces or several: separate several by commas, and write one without"))
}

fn prefix(text: &str) -> Result<String, String> {
    if let Some((from, to)) = text.split_once('-')
        && from.len() == to.len()
        && from.as_bytes().first() == to.as_bytes().first()
        && from < to
    {
        return Err(format!("{text:?} may be a range: name every prefix, separated by commas"));
    }
    let plain: String = text.chars().filter(|c| !is_dress(*c)).collect();
    let digits = ["+", "00", "011"].iter().find_map(|abroad| plain.strip_prefix(abroad)).unwrap_or(&plain);
    if digits.is_empty() || digits.len() > LONGEST_PREFIX || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("{text:?} is not 1 to {LONGEST_PREFIX} digits"));
    }
    if digits.starts_with('0') {
        return Err(format!("{text:?} begins with 0, and no country code does"));
    }
    Ok(digits.to_owned())
}

fn is_dress(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '(' | ')' | '\u{2010}'..='\u{2015}')
}

/// How spreadsheets are told that digits are a text: `="44"`, `'44`.
fn unforced(cell: &str) -> &str {
    let quoted = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    quoted.unwrap_or_else(|| cell.strip_prefix('\'').unwrap_or(cell))
}

/// An amount without its currency, with a point.
#[derive(Debug, PartialEq, Eq)]
pub struct Amount<'a> {
    pub text: Cow<'a, str>,
    pub comma: Comma,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Comma {
    No,
    /// It can be nothing else than where the parts begin.
    Decimal,
    /// `1,234` may be a thousand as well.
    Doubtful,
}

pub fn amount(cell: &str, currency: Option<Currency>) -> Result<Amount<'_>, String> {
    let text = without_currency(cell, currency)?;
    let Some((whole, parts)) = text.split_once(',') else { return Ok(Amount { text: text.into(), comma: Comma::No }) };
    if parts.contains(',') || text.contains('.') {
        return Err(format!("{cell:?} has a mark for thousands: write it without"));
    }
    let doubtful = parts.len() == 3 && whole.len() <= 3 && !whole.is_empty() && !whole.starts_with('0');
    let comma = if doubtful { Comma::Doubtful } else { Comma::Decimal };
    Ok(Amount { text: format!("{whole}.{parts}").into(), comma })
}

/// Only the plan's own currency may stand there.
fn without_currency(cell: &str, currency: Option<Currency>) -> Result<&str, String> {
    if cell.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',') {
        return Ok(cell);
    }
    let mut text = cell;
    if let Some(ours) = currency {
        let sign = ours.sign();
        let names = [format!("{}{sign}", &ours.code()[..2]), ours.code().to_owned(), sign];
        let stripped = |name: &String| text.strip_prefix(name.as_str()).or_else(|| text.strip_suffix(name.as_str()));
        text = names.iter().find_map(stripped).unwrap_or(text).trim();
        let letters = |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
        let ends = [text.get(..3), text.len().checked_sub(3).and_then(|from| text.get(from..))];
        if text.contains(is_currency_sign) || ends.into_iter().flatten().any(letters) {
            return Err(format!("{cell:?} is not in {ours}, the plan’s currency"));
        }
    }
    Ok(text)
}

/// A cent is none: it is no unit of an account.
pub fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '£'..='¥' | '\u{58f}' | '\u{60b}' | '\u{e3f}' | '\u{20a0}'..='\u{20cf}')
}

/// Whole seconds, with or without a word for them.
pub fn seconds(cell: &str, least: i64) -> Result<i64, String> {
    let number = ["seconds", "secs", "sec", "s"].iter().find_map(|unit| cell.strip_suffix(unit)).unwrap_or(cell);
    whole_seconds(number.trim_end(), least)
}

pub fn yes_or_no(cell: &str) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" => Ok(true),
        "no" | "n" | "false" | "0" => Ok(false),
        _ => Err(format!("{cell:?} is neither yes nor no")),
    }
}

/// A day (its first moment) or a time, UTC if it does not say.
pub fn time(cell: &str) -> Result<DateTime<Utc>, String> {
    let day = ["%d.%m.%Y", "%Y/%m/%d"].iter().find_map(|form| NaiveDate::parse_from_str(cell, form).ok());
    let moment = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"];
    let moment = moment.iter().find_map(|form| NaiveDateTime::parse_from_str(cell, form).ok());
    let known = day.map(|day| day.and_time(NaiveTime::MIN)).or(moment);
    match known {
        Some(known) => super::time(&known.and_utc().to_rfc3339()),
        None => super::time(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_read_in_their_dress() {
        for (cell, many, expected) in [
            ("44", false, vec!["44"]),
            ("+44", false, vec!["44"]),
            ("0044", false, vec!["44"]),
            ("011 44", false, vec!["44"]),
            ("+44 20", true, vec!["4420"]),
            ("44 20", false, vec!["4420"]),
            ("44-20", false, vec!["4420"]),
            ("1 (212)", false, vec!["1212"]),
            ("=\"44\"", false, vec!["44"]),
            ("'44", false, vec!["44"]),
            ("93701, 93702;93703|93704", false, vec!["93701", "93702", "93703", "93704"]),
            ("93701 93702", true, vec!["93701", "93702"]),
            ("+937 +938", false, vec!["937", "938"]),
            ("44,44", true, vec!["44"]),
        ] {
            assert_eq!(prefixes(cell, many).unwrap(), expected, "{cell}");
        }
        assert_eq!(originations("", true).unwrap(), originations("ALL", true).unwrap());
    }

    #[test]
    fn what_may_be_one_prefix_or_several_or_a_range_is_refused() {
        for (cell, many, words) in [
            ("93701 93702", false, "one prefix with spaces or several"),
            ("44 20", true, "one prefix with spaces or several"),
            ("9370-9375", false, "a range"),
            ("020", false, "begins with 0"),
            ("", false, "not 1 to 15 digits"),
            (",", true, "not 1 to 15 digits"),
            ("9.37E+09", false, "not 1 to 15 digits"),
            ("1234567890123456", false, "not 1 to 15 digits"),
        ] {
            let why = prefixes(cell, many).expect_err(cell);
            assert!(why.contains(words), "{cell}: {why}");
        }
    }

    #[test]
    fn amounts_may_have_a_comma_and_the_plans_currency() {
        let (usd, eur) = ("USD".parse().ok(), "EUR".parse().ok());
        for (cell, currency, expected, comma) in [
            ("0.0145", usd, "0.0145", Comma::No),
            ("0,0145", usd, "0.0145", Comma::Decimal),
            ("$0.0145", usd, "0.0145", Comma::No),
            ("US$ 0.0145", usd, "0.0145", Comma::No),
            ("0,0145 €", eur, "0.0145", Comma::Decimal),
            ("EUR 1,234", eur, "1.234", Comma::Doubtful),
            ("0,123", eur, "0.123", Comma::Decimal),
            ("1,2340", eur, "1.2340", Comma::Decimal),
            ("1E-5", eur, "1E-5", Comma::No),
        ] {
            assert_eq!(amount(cell, currency), Ok(Amount { text: expected.into(), comma }), "{cell}");
        }
        for (cell, words) in
            [("€0.01", "not in USD"), ("0.01 EUR", "not in USD"), ("1,234.5", "thousands"), ("1,2,3", "thousands")]
        {
            assert!(amount(cell, usd).expect_err(cell).contains(words), "{cell}");
        }
    }

    #[test]
    fn days_are_read_where_they_can_be_read_in_one_way() {
        let at = |text: &str| time(text).map(|moment| moment.to_rfc3339());
        let day = Ok("2026-12-31T00:00:00+00:00".to_owned());
        assert_eq!(
            [at("2026-12-31"), at("31.12.2026"), at("2026/12/31"), at("2026-12-31 00:00")],
            [0; 4].map(|_| day.clone())
        );
        assert!(at("12/31/2026").is_err() && at("1/2/2026").is_err());
    }
}

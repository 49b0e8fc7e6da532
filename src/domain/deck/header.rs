//! Which column of a file is what: by its own name, by the names carriers use, or by what somebody says ([`Mapping`]).
//! What can be read in two ways is not guessed.

use super::mapping::{IGNORE, Mapping};
use super::{BadLine, COLUMNS, bad};
use crate::domain::currency::Currency;

/// A column that must name the plan's currency, line by line.
pub const CURRENCY: &str = "currency";
const PRICES: [&str; 2] = ["price_per_minute", "connection_fee"];

/// Names in lower case, without anything but letters and digits. Of several for a destination the first counts.
#[rustfmt::skip]
const SYNONYMS: &[(&str, &[&str])] = &[
    ("prefix", &[
        "prefix", "prefixes", "destinationprefix", "destinationprefixes", "dialprefix", "dialprefixes",
        "dialcode", "dialcodes", "dialingcode", "dialingcodes", "diallingcode", "diallingcodes", "code", "codes",
        "destinationcode", "destinationcodes", "dstprefix", "destprefix", "destcode", "numberprefix", "e164prefix",
    ]),
    ("price_per_minute", &[
        "priceperminute", "pricepermin", "pricemin", "price", "rate", "rateperminute", "ratepermin", "ratemin",
        "costperminute", "costpermin", "costmin", "cost", "perminute", "permin", "minuteprice", "minuterate",
        "callrate", "voicerate", "tariff", "sellrate", "sellprice", "chargeperminute",
    ]),
    ("destination", &[
        "destination", "destinationname", "description", "destinationdescription", "name", "areaname", "area",
        "location", "zone", "region", "countryregion", "countryname", "country",
    ]),
    ("connection_fee", &[
        "connectionfee", "connectfee", "connectioncharge", "connectcharge", "connectioncost", "connectcost",
        "setupfee", "setupcharge", "setupcost", "setup", "callsetup", "callsetupfee", "callsetupcharge",
        "flagfall",
    ]),
    ("minimum_seconds", &[
        "minimumseconds", "minimum", "min", "minimumduration", "minduration", "minimumtime", "mintime", "minsec",
        "minsecs", "firstinterval", "firstincrement", "initialinterval", "initialincrement", "initialperiod",
        "interval1", "increment1",
    ]),
    ("increment_seconds", &[
        "incrementseconds", "increment", "increments", "nextinterval", "nextincrement", "subsequentinterval",
        "subsequentincrement", "additionalincrement", "intervaln", "incrementn", "interval2", "increment2",
        "interval", "billingincrement", "billingincrements", "billinginterval", "billingblock", "billingstep",
        "step", "rounding", "pulse",
    ]),
    ("grace_seconds", &["graceseconds", "grace", "graceperiod", "gracetime", "freeseconds"]),
    ("effective_from", &[
        "effectivefrom", "effective", "effectivedate", "effectiveon", "effectivestart", "validfrom", "startdate",
        "datefrom", "activationdate",
    ]),
    ("origination", &[
        "origination", "originationprefix", "originationprefixes", "originationcode", "originationcodes",
        "origin", "originprefix", "originprefixes", "origincode", "origincodes", "sourceprefix", "sourceprefixes",
        "callerprefix", "callerprefixes", "fromprefix", "fromprefixes",
    ]),
    ("bands", &["bands"]),
    ("tiers", &["tiers"]),
    ("maximum_cost", &["maximumcost", "maxcost"]),
    ("blocked", &["blocked", "barred"]),
    (CURRENCY, &["currency", "currencycode", "priceunit"]),
    (IGNORE, &[
        "", "iso", "isocode", "iso2", "iso3", "countryiso", "isocountry", "isocountrycode", "note", "notes",
        "comment", "comments", "remark", "remarks", "change", "changes", "ratechange", "pricechange", "oldrate",
        "oldprice", "previousrate", "previousprice",
    ]),
];

/// Where each of [`COLUMNS`] stands in the file at hand.
#[derive(Debug, PartialEq, Eq)]
pub struct Columns {
    places: [Option<usize>; COLUMNS.len()],
    pub currency: Option<usize>,
    /// A name in the plural: spaces stand between several prefixes.
    pub many_prefixes: bool,
    pub many_originations: bool,
}

/// Why a line is no header.
pub struct NoHeader {
    /// How many of its names were known.
    pub known: usize,
    pub why: BadLine,
}

impl Columns {
    pub fn place(&self, column: usize) -> Option<usize> {
        self.places[column]
    }

    pub fn find(
        header: &csv::StringRecord,
        line: u64,
        mapping: &Mapping,
        currency: Option<Currency>,
    ) -> Result<Self, NoHeader> {
        let mut found: Vec<Found> = vec![];
        let (mut unknown, mut wrong_money) = (vec![], None);
        for (place, name) in header.iter().enumerate() {
            match meaning(name, mapping, currency) {
                Meaning::Column(column, rank) => found.push(Found { column, rank, place, name }),
                Meaning::OtherMoney => wrong_money = Some(name),
                Meaning::Unknown => unknown.push(name),
            }
        }
        let known = found.iter().filter(|found| found.column != IGNORE).count();
        let no = |reason: String| NoHeader { known, why: bad(line, "header", reason) };
        if let Some(missing) = mapping.missing(|said| header.iter().any(|name| name.eq_ignore_ascii_case(said))) {
            return Err(no(format!("there is no column {missing:?}; there are {}", listed(header.iter()))));
        }
        let columns = Self::of(&found).map_err(|twice| {
            let [first, second, column] = twice;
            no(format!("{first:?} and {second:?} can both be {column}: say which it is, as in {column}={first}"))
        })?;
        if let Some(name) = wrong_money {
            let ours = currency.map_or("", Currency::code);
            return Err(no(format!("{name:?} is not in {ours}, the plan’s currency")));
        }
        if let Some(missing) = (0..2).find(|column| columns.places[*column].is_none()) {
            let missing = COLUMNS[missing];
            let example = unknown.first().copied().unwrap_or("its name");
            let seen = listed(header.iter());
            return Err(no(format!(
                "no column is known as {missing}: say which it is, as in {missing}={example}; there are {seen}"
            )));
        }
        if let (Some(name), false) = (unknown.first(), mapping.ignores_the_rest()) {
            let all = listed(unknown.iter().copied());
            return Err(no(format!("what is {all}? Say what it is, as in price_per_minute={name}, or ignore={name}")));
        }
        Ok(columns)
    }

    /// Or two names for one column.
    fn of<'a>(found: &[Found<'a>]) -> Result<Self, [&'a str; 3]> {
        let the = |column: &'static str| {
            let mut all: Vec<&Found> = found.iter().filter(|found| found.column == column).collect();
            all.sort_by_key(|found| found.rank);
            match all[..] {
                // What somebody said counts; of names of destinations, the first.
                [first, second, ..] if first.rank == second.rank || (first.rank > 0 && column != "destination") => {
                    Err([first.name, second.name, column])
                }
                [first, ..] => Ok(Some(first)),
                [] => Ok(None),
            }
        };
        let mut places = [None; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = the(column)?.map(|found| found.place);
        }
        let many = |found: Option<&Found>| found.is_some_and(|found| plain(found.name).ends_with('s'));
        Ok(Self {
            places,
            currency: the(CURRENCY)?.map(|found| found.place),
            many_prefixes: many(the("prefix")?),
            many_originations: many(the("origination")?),
        })
    }
}

struct Found<'a> {
    column: &'static str,
    /// 0: somebody said so.
    rank: usize,
    place: usize,
    name: &'a str,
}

enum Meaning {
    Column(&'static str, usize),
    /// A price in another currency than the plan's.
    OtherMoney,
    Unknown,
}

fn meaning(name: &str, mapping: &Mapping, currency: Option<Currency>) -> Meaning {
    if let Some(column) = mapping.of(name) {
        return Meaning::Column(column, 0);
    }
    let (name, other_money) = without_money(name, currency);
    let name = plain(&name);
    for (column, names) in SYNONYMS {
        if let Some(rank) = names.iter().position(|known| *known == name) {
            let priced = PRICES.contains(column);
            return if priced && other_money { Meaning::OtherMoney } else { Meaning::Column(column, rank + 1) };
        }
    }
    Meaning::Unknown
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `Rate (USD)` is a rate; whether its money is another than the plan's.
fn without_money(name: &str, currency: Option<Currency>) -> (String, bool) {
    let mut other = false;
    let is_money = |word: &str| {
        word.len() == 3
            && word.bytes().all(|b| b.is_ascii_uppercase())
            && word != "MIN"
            && word.parse::<Currency>().is_ok()
    };
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric() && !super::cells::is_currency_sign(c)).collect();
    let mut kept = vec![];
    for word in words.iter().filter(|word| !word.is_empty()) {
        let sign = word.chars().all(super::cells::is_currency_sign);
        if words.len() > 1 && (sign || is_money(word)) {
            let ours = currency.is_none_or(|ours| *word == ours.code() || *word == ours.sign());
            other |= !ours;
        } else {
            kept.push(*word);
        }
    }
    match plain(&kept.concat()).as_str() {
        // What is paid for a minute is no least time.
        "min" | "minute" if kept.len() < words.iter().filter(|word| !word.is_empty()).count() => {
            ("per min".to_owned(), other)
        }
        _ => (kept.concat(), other),
    }
}

/// The first ten of them.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.filter(|name| !name.is_empty()).take(10).map(|name| format!("{name:?}")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &str, mapping: &str) -> Result<Columns, String> {
        let header = csv::StringRecord::from(header.split(',').collect::<Vec<_>>());
        let usd = "USD".parse().ok();
        Columns::find(&header, 1, &mapping.parse().unwrap(), usd).map_err(|no| no.why.reason)
    }

    /// Where prefix, price and destination stand.
    fn places(header: &str, mapping: &str) -> [Option<usize>; 3] {
        find(header, mapping).unwrap_or_else(|why| panic!("{header}: {why}")).places[..3].try_into().unwrap()
    }

    #[test]
    fn columns_are_known_by_the_names_carriers_give_them() {
        for (header, expected) in [
            ("prefix,price_per_minute", [Some(0), Some(1), None]),
            ("Destination,Code,Rate (USD)", [Some(1), Some(2), Some(0)]),
            (
                "ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes",
                [Some(5), Some(3), Some(2)],
            ),
            ("Country,Dial Code,$ per min,Connect Fee,Notes", [Some(1), Some(2), Some(0)]),
            ("Code,USD/min,Country", [Some(0), Some(1), Some(2)]),
            ("Rate $/min,COUNTRY,PREFIX,", [Some(2), Some(0), Some(1)]),
        ] {
            assert_eq!(places(header, ""), expected, "{header}");
        }
        let twilio = find("Price / min,Origination Prefixes,Destination Prefixes", "").unwrap();
        assert!(twilio.many_prefixes && twilio.many_originations);
        assert!(!find("Code,Rate", "").unwrap().many_prefixes);
    }

    #[test]
    fn what_somebody_says_goes_before_what_the_names_say() {
        assert_eq!(places("Code,Rate,Price", "price_per_minute=Price"), [Some(0), Some(2), None]);
        assert_eq!(places("A,B,C", "prefix=b\nprice_per_minute=A\nignore=*"), [Some(1), Some(0), None]);
    }

    #[test]
    fn what_is_not_clear_is_asked_for() {
        for (header, mapping, words) in [
            ("Code,Rate,Price", "", "can both be price_per_minute"),
            (
                "Code,Amount",
                "",
                "no column is known as price_per_minute: say which it is, as in price_per_minute=Amount",
            ),
            ("Code,Rate,Off-peak", "", "what is \"Off-peak\"? Say what it is"),
            ("Code,Rate,minimun", "", "what is \"minimun\"?"),
            ("Code,Rate (EUR)", "", "not in USD"),
            ("Code,Rate (€)", "", "not in USD"),
            ("Code,Rate,Setup fee EUR", "", "not in USD"),
            ("Code,Rate", "prefix=Prefix", "there is no column \"Prefix\""),
            ("44,0.01", "", "no column is known as prefix"),
        ] {
            let why = find(header, mapping).expect_err(header);
            assert!(why.contains(words), "{header}: {why}");
        }
    }
}

//! Two plans with one large deck each, decks of the past and one that waits, and the numbers that are called.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::domain::currency::Currency;
use crate::domain::deck::table::RateTable;
use crate::domain::deck::{self, DeckRate};
use crate::domain::deck_change::compare;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::flows::FlowError;
use crate::ids;
use crate::storage::accounts::{self, Plan};
use crate::storage::deck_drafts::{self, Draft};
use crate::storage::rates::{self, Deck};
use crate::storage::{StorageError, Tx};

/// Name, currency, and whether the caller's own phone is free.
const PLANS: [(&str, &str, bool); 2] = [("standard", "USD", true), ("europe", "EUR", false)];
/// Prefix, destination, price a minute in thousandths, and how a number begins that can be called: two digits follow.
const DESTINATIONS: [(&str, &str, i64, &str); 12] = [
    ("1", "North America", 20, "+141555501"),
    ("44", "United Kingdom", 35, "+4420794600"),
    ("49", "Germany", 40, "+493012345"),
    ("33", "France", 45, "+3314020300"),
    ("34", "Spain", 50, "+349112345"),
    ("39", "Italy", 55, "+39061234500"),
    ("31", "Netherlands", 45, "+312012345"),
    ("91", "India", 90, "+9198765432"),
    ("81", "Japan", 120, "+8131234567"),
    ("61", "Australia", 95, "+6129374400"),
    ("55", "Brazil", 150, "+55119876543"),
    ("234", "Nigeria", 240, "+23480312345"),
];
/// Prefixes of each destination with a price of their own, as decks have them.
const CITIES: usize = 840;
const NUMBERS_EACH: usize = 40;
/// Smaller decks that were in effect before, of the first plan.
const PAST_DECKS: i64 = 60;

pub struct PlanPrices {
    pub id: String,
    pub currency: Currency,
    pub own_phone_free: bool,
}

pub struct Prices {
    pub plans: Vec<PlanPrices>,
    /// Numbers with their rates: of every plan the same.
    pub numbers: Vec<(PhoneNumber, Rate)>,
    /// The deck of each plan.
    lines: Vec<DeckRate>,
}

impl Prices {
    pub fn make(tx: &mut Tx, at: DateTime<Utc>) -> Result<Self, FlowError> {
        let milliseconds = milliseconds_of(at);
        let lines: Vec<_> = rates().into_iter().map(|rate| DeckRate::plain(rate, at)).collect();
        let table = table_of(&lines);
        let mut plans = vec![];
        for (number, (name, currency, own_phone_free)) in (1..).zip(PLANS) {
            let currency: Currency = currency.parse().expect("the table above has currencies");
            let id = ids::at("plan", milliseconds, number);
            let plan = Plan::new(id.clone(), name, currency, own_phone_free);
            accounts::insert_plan(tx, &plan, at)?;
            let deck = Deck {
                id: ids::at("deck", milliseconds, number),
                plan: id.clone(),
                effective_from: at,
                uploaded_by: super::people::OWNER.to_owned(),
                rates: 0,
            };
            rates::insert_deck(tx, &deck, &table, at)?;
            plans.push(PlanPrices { id, currency, own_phone_free });
        }
        for number in 1..=PAST_DECKS {
            let from = at - TimeDelta::days(7 * number);
            let (id, plan) = (ids::at("deck", milliseconds_of(from), 0), plans[0].id.clone());
            let uploaded_by = super::people::OWNER.to_owned();
            let deck = Deck { id, plan, effective_from: from, uploaded_by, rates: 0 };
            let countries = DESTINATIONS.map(|(prefix, name, price, _)| {
                DeckRate::plain(rate(prefix.to_owned(), name.to_owned(), price + number % 9), from)
            });
            rates::insert_deck(tx, &deck, &table_of(&countries), from)?;
        }
        Ok(Self { plans, numbers: numbers(), lines })
    }

    /// A deck of the first plan that was read and is not taken yet: some prices rise and fall, some prefixes are new,
    /// some are gone.
    pub fn draft(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), FlowError> {
        let changed = self.lines.iter().enumerate().filter(|(place, _)| place % 11 != 1).map(|(place, line)| {
            let mut line = line.clone();
            match place % 5 {
                0 => line.rate.price_per_minute += Decimal::new(i64::try_from(place % 17).unwrap_or(0), 3),
                1 => line.rate.price_per_minute -= Decimal::new(i64::try_from(place % 13).unwrap_or(0), 3),
                2 => line.rate.prefix.push('0'),
                _ => {}
            }
            line
        });
        let after = table_of(&changed.collect::<Vec<DeckRate>>());
        let comparison =
            serde_json::to_string(&compare(&table_of(&self.lines), &after, now)).expect("it is plain data");
        let mut csv = vec![];
        deck::write(&after, &mut csv).map_err(|error| StorageError::unreadable("rates", error))?;
        let draft = Draft {
            id: super::DRAFT.to_owned(),
            plan: self.plans[0].id.clone(),
            effective_from: None,
            uploaded_by: super::people::OWNER.to_owned(),
            created_at: now - TimeDelta::hours(1),
            comparison,
            rates: i64::try_from(after.len()).expect("a deck has fewer"),
            state: "waiting".to_owned(),
            deck: None,
            imported: 0,
            mapping: String::new(),
        };
        Ok(deck_drafts::insert(tx, &draft, std::str::from_utf8(&csv).expect("it was written from text"))?)
    }
}

fn table_of(rates: &[DeckRate]) -> RateTable {
    RateTable::of(rates).expect("every prefix is made once")
}

fn milliseconds_of(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}

/// Whole countries, and within each its cities.
fn rates() -> Vec<Rate> {
    let mut rates = vec![];
    for (prefix, destination, thousandths, _) in DESTINATIONS {
        rates.push(rate(prefix.to_owned(), destination.to_owned(), thousandths));
        for city in 0..CITIES {
            let more = i64::try_from(city % 7).expect("it is small");
            rates.push(rate(format!("{prefix}{city:03}"), format!("{destination}, area {city}"), thousandths + more));
        }
    }
    rates
}

fn rate(prefix: String, destination: String, thousandths: i64) -> Rate {
    Rate {
        prefix,
        price_per_minute: Decimal::new(thousandths, 3),
        connection_fee: if thousandths > 100 { Money::from_micros(10_000) } else { Money::ZERO },
        minimum_seconds: if thousandths > 50 { 30 } else { 0 },
        increment_seconds: if thousandths > 40 { 6 } else { 1 },
        ..Rate::free(&destination)
    }
}

fn numbers() -> Vec<(PhoneNumber, Rate)> {
    let rates = rates();
    let mut numbers = vec![];
    for (_, _, _, begin) in DESTINATIONS {
        for last in 0..NUMBERS_EACH {
            let Ok(number) = format!("{begin}{last:02}").parse::<PhoneNumber>() else { continue };
            let fitting = rates.iter().filter(|rate| number.digits().starts_with(&rate.prefix));
            if let Some(rate) = fitting.max_by_key(|rate| rate.prefix.len()).cloned() {
                numbers.push((number, rate));
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_can_be_read_and_has_its_rate() {
        assert_eq!(numbers().len(), DESTINATIONS.len() * NUMBERS_EACH);
    }
}

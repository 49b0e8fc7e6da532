//! Decks and their rates.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::{deck_drafts, decks, rates};
use super::{StorageError, Tx, dialect, utc};
use crate::domain::deck::DeckRate;
use crate::domain::deck::table::{Builder, Entry, RateTable};
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::{Rate, notation};

/// Fewer bind parameters at once than either database allows.
const ROWS_AT_ONCE: usize = 1000;

#[derive(Insertable, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = rates, treat_none_as_default_value = false)]
pub(super) struct RateRow {
    deck_id: String,
    prefix: String,
    effective_from: NaiveDateTime,
    destination: String,
    price_per_minute: String,
    connection_fee: i64,
    minimum_seconds: i64,
    increment_seconds: i64,
    grace_seconds: i64,
    origination: String,
    bands: String,
    tiers: String,
    maximum_cost: String,
    blocked: bool,
}

impl RateRow {
    fn line(&self) -> Result<DeckRate, StorageError> {
        let bad = |error: String| StorageError::unreadable("rates", format!("{}: {error}", self.prefix));
        let rate = Rate {
            price_per_minute: notation::price(&self.price_per_minute).map_err(bad)?,
            prefix: self.prefix.clone(),
            origination: self.origination.clone(),
            connection_fee: Money::from_micros(self.connection_fee),
            minimum_seconds: self.minimum_seconds,
            increment_seconds: self.increment_seconds,
            grace_seconds: self.grace_seconds,
            tiers: notation::read_tiers(&self.tiers).map_err(bad)?,
            maximum: written(&self.maximum_cost).map(notation::read_maximum).transpose().map_err(bad)?,
            ..Rate::free(&self.destination)
        };
        let bands = written(&self.bands).map(str::parse).transpose().map_err(bad)?;
        Ok(DeckRate { rate, bands, blocked: self.blocked, effective_from: utc(self.effective_from) })
    }
}

fn written(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[derive(Debug, Clone)]
pub struct Deck {
    pub id: String,
    pub plan: String,
    pub effective_from: DateTime<Utc>,
    pub uploaded_by: String,
    /// How many it has, once it is complete.
    pub rates: usize,
}

/// Takes a whole deck, or, in a transaction that fails, nothing of it.
pub fn insert_deck(tx: &mut Tx, deck: &Deck, rates: &RateTable, now: DateTime<Utc>) -> Result<(), StorageError> {
    begin_deck(tx, deck, now)?;
    insert_rates(tx, &deck.id, rates.iter())?;
    complete_deck(tx, &deck.id, rates.len())
}

/// A deck that counts for nothing until it is complete.
pub fn begin_deck(tx: &mut Tx, deck: &Deck, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(decks::table)
        .values((
            decks::id.eq(&deck.id),
            decks::plan_id.eq(&deck.plan),
            decks::effective_from.eq(deck.effective_from.naive_utc()),
            decks::uploaded_by.eq(&deck.uploaded_by),
            decks::created_at.eq(now.naive_utc()),
            decks::complete.eq(false),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// From here on nothing of it changes: whoever knows it may go on without asking.
pub fn complete_deck(tx: &mut Tx, deck: &str, rates: usize) -> Result<(), StorageError> {
    let rates = i64::try_from(rates).expect("a deck has fewer");
    diesel::update(decks::table.find(deck))
        .set((decks::complete.eq(true), decks::rate_count.eq(rates)))
        .execute(tx.conn)?;
    Ok(())
}

pub fn insert_rates<'a>(tx: &mut Tx, deck: &str, rates: impl Iterator<Item = Entry<'a>>) -> Result<(), StorageError> {
    let mut rows = rates.map(|entry| row(deck, entry.to_rate()));
    loop {
        let some: Vec<RateRow> = rows.by_ref().take(ROWS_AT_ONCE).collect();
        if some.is_empty() {
            return Ok(());
        }
        dialect::insert_rates(tx.conn, &some)?;
    }
}

fn row(deck: &str, DeckRate { rate, bands, blocked, effective_from }: DeckRate) -> RateRow {
    RateRow {
        deck_id: deck.to_owned(),
        prefix: rate.prefix,
        effective_from: effective_from.naive_utc(),
        destination: rate.destination,
        price_per_minute: rate.price_per_minute.to_string(),
        connection_fee: rate.connection_fee.micros(),
        minimum_seconds: rate.minimum_seconds,
        increment_seconds: rate.increment_seconds,
        grace_seconds: rate.grace_seconds,
        origination: rate.origination,
        bands: bands.as_ref().map(ToString::to_string).unwrap_or_default(),
        tiers: notation::write_tiers(&rate.tiers),
        maximum_cost: rate.maximum.as_ref().map(notation::write_maximum).unwrap_or_default(),
        blocked,
    }
}

/// Throws away a little of what an import that was given up, since nobody has gone on with it, has left. `false` if there
/// is nothing any more.
pub fn discard_some(tx: &mut Tx, begun_before: DateTime<Utc>, most: i64) -> Result<bool, StorageError> {
    let begun: Vec<String> = decks::table
        .filter(decks::complete.eq(false))
        .filter(decks::created_at.lt(begun_before.naive_utc()))
        .select(decks::id)
        .load(tx.conn)?;
    let mut given_up = None;
    for deck in begun {
        // A job goes on with a draft's, however late.
        let drafts: i64 = deck_drafts::table.filter(deck_drafts::deck_id.eq(&deck)).count().get_result(tx.conn)?;
        given_up = given_up.or((drafts == 0).then_some(deck));
    }
    let Some(deck) = given_up else { return Ok(false) };
    let of_deck = rates::table.filter(rates::deck_id.eq(&deck)).order(rates::prefix).select(rates::prefix);
    let some: Vec<String> = of_deck.limit(most).load(tx.conn)?;
    match some.last() {
        Some(last) => {
            let up_to = rates::table.filter(rates::deck_id.eq(&deck)).filter(rates::prefix.le(last));
            diesel::delete(up_to).execute(tx.conn)?;
        }
        None => {
            diesel::delete(decks::table.find(&deck)).execute(tx.conn)?;
        }
    }
    Ok(true)
}

/// The deck of a plan that is in effect: the newest whose time has come; of two for one moment, the later upload.
pub fn current_deck(tx: &mut Tx, plan: &str, now: DateTime<Utc>) -> Result<Option<Deck>, StorageError> {
    let row: Option<DeckRow> = decks::table
        .filter(decks::plan_id.eq(plan))
        .filter(decks::complete.eq(true))
        .filter(decks::effective_from.le(now.naive_utc()))
        .order((decks::effective_from.desc(), decks::created_at.desc(), decks::id.desc()))
        .select(DECK)
        .first(tx.conn)
        .optional()?;
    Ok(row.map(deck))
}

/// The newest decks of a plan, those of the future among them.
pub fn decks_of(tx: &mut Tx, plan: &str, most: i64) -> Result<Vec<Deck>, StorageError> {
    let rows: Vec<DeckRow> = decks::table
        .filter(decks::plan_id.eq(plan))
        .filter(decks::complete.eq(true))
        .order((decks::effective_from.desc(), decks::created_at.desc(), decks::id.desc()))
        .select(DECK)
        .limit(most)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(deck).collect())
}

pub fn find_deck(tx: &mut Tx, id: &str) -> Result<Option<Deck>, StorageError> {
    let row: Option<DeckRow> =
        decks::table.find(id).filter(decks::complete.eq(true)).select(DECK).first(tx.conn).optional()?;
    Ok(row.map(deck))
}

type DeckRow = (String, String, NaiveDateTime, String, i64);
type DeckColumns = (decks::id, decks::plan_id, decks::effective_from, decks::uploaded_by, decks::rate_count);
const DECK: DeckColumns = (decks::id, decks::plan_id, decks::effective_from, decks::uploaded_by, decks::rate_count);

fn deck((id, plan, from, uploaded_by, rates): DeckRow) -> Deck {
    let rates = usize::try_from(rates).unwrap_or_default();
    Deck { id, plan, effective_from: utc(from), uploaded_by, rates }
}

/// What the plan's current deck has for each number: the row of its longest prefix, of these that of the longest
/// beginning of the caller's number, of these the newest in effect. And which deck that is.
pub fn find(
    tx: &mut Tx,
    plan: &str,
    caller: Option<&PhoneNumber>,
    numbers: &[&PhoneNumber],
    now: DateTime<Utc>,
) -> Result<(String, Vec<Option<DeckRate>>), StorageError> {
    let Some(deck) = current_deck(tx, plan, now)? else { return Ok((String::new(), vec![None; numbers.len()])) };
    let caller = caller.map_or("", PhoneNumber::digits);
    let lines = match tx.kept_deck(&deck.id) {
        Some(table) => {
            let rate = |number: &&PhoneNumber| table.find(number.digits(), caller, now).map(|entry| entry.to_rate());
            numbers.iter().map(rate).collect()
        }
        None => find_in_database(tx, &deck.id, caller, numbers, now)?,
    };
    Ok((deck.id, lines))
}

fn find_in_database(
    tx: &mut Tx,
    deck: &str,
    caller: &str,
    numbers: &[&PhoneNumber],
    now: DateTime<Utc>,
) -> Result<Vec<Option<DeckRate>>, StorageError> {
    let mut prefixes: Vec<&str> = numbers.iter().flat_map(|number| prefixes(number)).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    let rows = dialect::rates_of_prefixes(tx.conn, deck, &prefixes, now.naive_utc())?;
    let best = |number: &PhoneNumber| {
        let fitting = rows.iter().filter(|row| number.digits().starts_with(&row.prefix));
        let fitting = fitting.filter(|row| caller.starts_with(&row.origination));
        let best = fitting.max_by_key(|row| (row.prefix.len(), row.origination.len(), row.effective_from));
        best.map(RateRow::line).transpose()
    };
    numbers.iter().map(|number| best(number)).collect()
}

fn prefixes(number: &PhoneNumber) -> impl Iterator<Item = &str> {
    let digits = number.digits();
    (1..=digits.len()).map(|length| &digits[..length])
}

/// All rates of a deck.
pub fn table(tx: &mut Tx, deck: &str) -> Result<RateTable, StorageError> {
    let mut rates = Builder::default();
    dialect::each_rate(tx.conn, deck, |row| {
        let taken = rates.push(&row.line()?, 0);
        taken.map_err(|why| StorageError::unreadable("rates", format!("{}: {why}", row.prefix)))
    })?;
    rates.finish().map_err(|_| StorageError::unreadable("rates", "one prefix twice, which its key forbids"))
}

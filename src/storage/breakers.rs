//! How card processors have answered of late, and whether new payments are begun with them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::{processor_breakers, processor_failures};
use super::{StorageError, Tx, dialect, utc};
use crate::domain::breaker::{Breaker, State};
use crate::ids;

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = processor_breakers, treat_none_as_null = true)]
pub(super) struct BreakerRow {
    pub(super) processor: String,
    pub(super) state: String,
    pub(super) since: NaiveDateTime,
    pub(super) probe: Option<String>,
}

pub fn find(tx: &mut Tx, processor: &str) -> Result<Breaker, StorageError> {
    let row: Option<BreakerRow> = processor_breakers::table.find(processor).first(tx.conn).optional()?;
    row.map_or_else(|| Ok(Breaker::default()), breaker)
}

/// Nobody else changes it until the transaction ends.
pub fn lock(tx: &mut Tx, processor: &str) -> Result<Breaker, StorageError> {
    dialect::insert_breaker(tx.conn, &row(processor, &Breaker::default()))?;
    breaker(dialect::lock_breaker(tx.conn, processor)?)
}

pub fn save(tx: &mut Tx, processor: &str, breaker: &Breaker) -> Result<(), StorageError> {
    diesel::update(processor_breakers::table.find(processor)).set(row(processor, breaker)).execute(tx.conn)?;
    Ok(())
}

/// Those with which no payment is begun as usual.
pub fn count_not_closed(tx: &mut Tx) -> Result<i64, StorageError> {
    Ok(processor_breakers::table.filter(processor_breakers::state.ne("closed")).count().get_result(tx.conn)?)
}

pub fn note_failure(tx: &mut Tx, processor: &str, what: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(processor_failures::table)
        .values((
            processor_failures::id.eq(ids::new("fail")),
            processor_failures::processor.eq(processor),
            processor_failures::at.eq(now.naive_utc()),
            processor_failures::what.eq(what),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn count_failures(tx: &mut Tx, processor: &str, since: DateTime<Utc>) -> Result<i64, StorageError> {
    let those = processor_failures::table.filter(processor_failures::processor.eq(processor));
    Ok(those.filter(processor_failures::at.ge(since.naive_utc())).count().get_result(tx.conn)?)
}

/// The latest first: when, and what was asked for.
pub fn failures(tx: &mut Tx, processor: &str, most: i64) -> Result<Vec<(DateTime<Utc>, String)>, StorageError> {
    let those = processor_failures::table.filter(processor_failures::processor.eq(processor));
    let rows: Vec<(NaiveDateTime, String)> = those
        .order(processor_failures::id.desc())
        .limit(most)
        .select((processor_failures::at, processor_failures::what))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(|(at, what)| (utc(at), what)).collect())
}

pub fn forget_failures_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::delete(processor_failures::table.filter(processor_failures::at.lt(before.naive_utc()))).execute(tx.conn)?;
    Ok(())
}

fn row(processor: &str, breaker: &Breaker) -> BreakerRow {
    let probe = match &breaker.state {
        State::Probing { payment } => Some(payment.clone()),
        State::Closed | State::Open => None,
    };
    let (processor, state) = (processor.to_owned(), breaker.state.code().to_owned());
    BreakerRow { processor, state, since: breaker.since.naive_utc(), probe }
}

fn breaker(row: BreakerRow) -> Result<Breaker, StorageError> {
    let state = match (row.state.as_str(), row.probe) {
        ("closed", None) => State::Closed,
        ("open", None) => State::Open,
        ("probing", Some(payment)) => State::Probing { payment },
        (state, _) => return Err(StorageError::unreadable("processor_breakers", state.to_owned())),
    };
    Ok(Breaker { state, since: utc(row.since) })
}

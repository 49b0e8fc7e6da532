//! What card processors told of money that is nobody's of ours, until somebody has looked.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::unassigned;
use super::{StorageError, Tx, dialect, utc, utc_option};
use crate::domain::money::Money;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = unassigned)]
pub(super) struct StrayRow {
    id: String,
    processor: String,
    what: String,
    reference: String,
    amount: Option<i64>,
    currency: Option<String>,
    told: String,
    at: NaiveDateTime,
    done: Option<String>,
    done_by: Option<String>,
    done_at: Option<NaiveDateTime>,
}

/// Something of nobody's. Its amount is told as it came: nothing is ever booked from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub id: String,
    pub processor: String,
    /// `payment`, `refund` or `dispute`.
    pub what: String,
    pub reference: String,
    pub amount: Option<Money>,
    pub currency: Option<String>,
    pub told: String,
    pub at: DateTime<Utc>,
    /// What somebody did about it, who, and when.
    pub done: Option<Done>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub note: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// `true` if it was not known before.
pub fn insert(tx: &mut Tx, stray: &Stray) -> Result<bool, StorageError> {
    let row = StrayRow {
        id: stray.id.clone(),
        processor: stray.processor.clone(),
        what: stray.what.clone(),
        reference: stray.reference.clone(),
        amount: stray.amount.map(|amount| amount.micros()),
        currency: stray.currency.clone(),
        told: stray.told.clone(),
        at: stray.at.naive_utc(),
        done: None,
        done_by: None,
        done_at: None,
    };
    Ok(dialect::insert_stray(tx.conn, &row)?)
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Stray>, StorageError> {
    let row: Option<StrayRow> = unassigned::table.find(id).select(StrayRow::as_select()).first(tx.conn).optional()?;
    Ok(row.map(stray))
}

/// The processor's thing of this name, while nobody has looked at it.
pub fn open(tx: &mut Tx, processor: &str, what: &str, reference: &str) -> Result<Option<String>, StorageError> {
    let query = unassigned::table
        .filter(unassigned::processor.eq(processor))
        .filter(unassigned::what.eq(what))
        .filter(unassigned::reference.eq(reference))
        .filter(unassigned::done.is_null());
    Ok(query.select(unassigned::id).first(tx.conn).optional()?)
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<Stray>, StorageError> {
    let mut query =
        unassigned::table.order(unassigned::id.desc()).limit(most).select(StrayRow::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(unassigned::id.lt(after.to_owned()));
    }
    Ok(query.load(tx.conn)?.into_iter().map(stray).collect())
}

/// Nobody has looked at them yet.
pub fn count_open(tx: &mut Tx) -> Result<i64, StorageError> {
    Ok(unassigned::table.filter(unassigned::done.is_null()).count().get_result(tx.conn)?)
}

pub fn mark_done(tx: &mut Tx, id: &str, done: &Done) -> Result<(), StorageError> {
    diesel::update(unassigned::table.find(id))
        .set((
            unassigned::done.eq(&done.note),
            unassigned::done_by.eq(&done.by),
            unassigned::done_at.eq(done.at.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn stray(row: StrayRow) -> Stray {
    let done = match (row.done, row.done_by, row.done_at) {
        (Some(note), Some(by), at) => Some(Done { note, by, at: utc_option(at).unwrap_or(utc(row.at)) }),
        _ => None,
    };
    Stray {
        id: row.id,
        processor: row.processor,
        what: row.what,
        reference: row.reference,
        amount: row.amount.map(Money::from_micros),
        currency: row.currency,
        told: row.told,
        at: utc(row.at),
        done,
    }
}

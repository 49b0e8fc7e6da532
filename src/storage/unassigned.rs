//! What card processors told of money that is nobody's of ours, until somebody has looked.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;

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
    charge_ref: Option<String>,
    message: Option<String>,
    assigned_to: Option<String>,
}

/// Something of nobody's. Its amount is as it was told; it is credited only when somebody says whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub id: String,
    pub processor: String,
    /// `payment`, `refund` or `dispute`.
    pub what: String,
    pub reference: String,
    /// The processor's name of the charge that a refund or dispute is of.
    pub charge: Option<String>,
    pub amount: Option<Money>,
    pub currency: Option<String>,
    pub told: String,
    /// The processor's names of the messages that told of it, one a line.
    pub message: Option<String>,
    pub at: DateTime<Utc>,
    /// What somebody did about it, who, and when.
    pub done: Option<Done>,
    /// Whose it is after all.
    pub assigned_to: Option<String>,
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
        charge_ref: stray.charge.clone(),
        message: stray.message.clone(),
        assigned_to: None,
    };
    Ok(dialect::insert_stray(tx.conn, &row)?)
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Stray>, StorageError> {
    let row: Option<StrayRow> = unassigned::table.find(id).select(StrayRow::as_select()).first(tx.conn).optional()?;
    Ok(row.map(stray))
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

/// One more message tells of it, while nobody has looked; the same one may tell it again at every look.
pub fn told_again(tx: &mut Tx, stray: &Stray) -> Result<(), StorageError> {
    let line = format!("%\n{}\n%", stray.message.as_deref().unwrap_or_default());
    let messages = "\n".into_sql::<Text>().concat(unassigned::message.assume_not_null()).concat("\n");
    let known = unassigned::table
        .filter(unassigned::message.is_null().or(messages.not_like(line)))
        .filter(unassigned::processor.eq(&stray.processor))
        .filter(unassigned::what.eq(&stray.what))
        .filter(unassigned::reference.eq(&stray.reference))
        .filter(unassigned::done.is_null());
    diesel::update(known)
        .set((
            unassigned::told.eq(&stray.told),
            unassigned::message.eq(unassigned::message.concat("\n").concat(stray.message.clone())),
            unassigned::charge_ref.eq(&stray.charge),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Refunds and disputes of a charge that nobody has looked at yet.
pub fn waiting_for(tx: &mut Tx, processor: &str, charge: &str) -> Result<Vec<String>, StorageError> {
    Ok(unassigned::table
        .filter(unassigned::processor.eq(processor))
        .filter(unassigned::charge_ref.eq(charge))
        .filter(unassigned::done.is_null())
        .select(unassigned::id)
        .load(tx.conn)?)
}

/// The same of whichever charge, told since then, with processor and charge.
pub fn waiting_since(tx: &mut Tx, since: DateTime<Utc>) -> Result<Vec<(String, String, String)>, StorageError> {
    Ok(unassigned::table
        .filter(unassigned::at.ge(since.naive_utc()))
        .filter(unassigned::done.is_null())
        .filter(unassigned::charge_ref.is_not_null())
        .select((unassigned::id, unassigned::processor, unassigned::charge_ref.assume_not_null()))
        .load(tx.conn)?)
}

/// `false` if somebody was sooner.
pub fn mark_done(tx: &mut Tx, id: &str, done: &Done, whose: Option<&str>) -> Result<bool, StorageError> {
    let open = unassigned::table.filter(unassigned::id.eq(id)).filter(unassigned::done.is_null());
    Ok(diesel::update(open).set(how(done, whose)).execute(tx.conn)? == 1)
}

/// The same, if nothing more was told of it than these messages.
pub fn mark_taken(tx: &mut Tx, id: &str, messages: &str, done: &Done, whose: &str) -> Result<bool, StorageError> {
    let open = unassigned::table.filter(unassigned::id.eq(id)).filter(unassigned::done.is_null());
    let same = open.filter(unassigned::message.eq(messages));
    Ok(diesel::update(same).set(how(done, Some(whose))).execute(tx.conn)? == 1)
}

/// The payment of this name is an account's, if nobody has looked at it yet. Whoever does the same waits until here.
pub fn mark_payment_done(
    tx: &mut Tx,
    processor: &str,
    reference: &str,
    done: &Done,
    whose: &str,
) -> Result<(), StorageError> {
    let open = unassigned::table
        .filter(unassigned::processor.eq(processor))
        .filter(unassigned::what.eq("payment"))
        .filter(unassigned::reference.eq(reference))
        .filter(unassigned::done.is_null());
    diesel::update(open).set(how(done, Some(whose))).execute(tx.conn)?;
    Ok(())
}

#[derive(AsChangeset)]
#[diesel(table_name = unassigned)]
struct How<'a> {
    done: &'a str,
    done_by: &'a str,
    done_at: NaiveDateTime,
    assigned_to: Option<&'a str>,
}

fn how<'a>(done: &'a Done, whose: Option<&'a str>) -> How<'a> {
    How { done: &done.note, done_by: &done.by, done_at: done.at.naive_utc(), assigned_to: whose }
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
        charge: row.charge_ref,
        amount: row.amount.map(Money::from_micros),
        currency: row.currency,
        told: row.told,
        message: row.message,
        at: utc(row.at),
        done,
        assigned_to: row.assigned_to,
    }
}

//! Saved cards as their owner handles them. Which of them may be charged is asked in `payments.rs`.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::payment_methods;
use super::{StorageError, Tx, utc};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payment_methods)]
struct CardRow {
    id: String,
    account_id: String,
    processor: String,
    method_ref: String,
    label: String,
    expires: Option<String>,
    usable: bool,
    created_at: NaiveDateTime,
    removed_at: Option<NaiveDateTime>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub id: String,
    pub account: String,
    pub processor: String,
    /// The processor's name of it.
    pub method_ref: String,
    /// What its owner knows it by.
    pub label: String,
    /// Its last month: `2030-12`.
    pub expires: Option<String>,
    /// It may be charged: not removed, and never refused for good.
    pub usable: bool,
    pub saved_at: DateTime<Utc>,
    pub removed: bool,
}

/// Those not removed, in the order they are charged in.
pub fn list(tx: &mut Tx, account: &str) -> Result<Vec<Card>, StorageError> {
    let rows: Vec<CardRow> = payment_methods::table
        .filter(payment_methods::account_id.eq(account))
        .filter(payment_methods::removed_at.is_null())
        .order((payment_methods::position, payment_methods::id))
        .select(CardRow::as_select())
        .load(tx.conn)?;
    Ok(rows.into_iter().map(card).collect())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Card>, StorageError> {
    let row: Option<CardRow> =
        payment_methods::table.find(id).select(CardRow::as_select()).first(tx.conn).optional()?;
    Ok(row.map(card))
}

/// The account's card that the processor knows by this name, removed or not.
pub fn by_reference(
    tx: &mut Tx,
    account: &str,
    processor: &str,
    method_ref: &str,
) -> Result<Option<Card>, StorageError> {
    let row: Option<CardRow> = payment_methods::table
        .filter(payment_methods::account_id.eq(account))
        .filter(payment_methods::processor.eq(processor))
        .filter(payment_methods::method_ref.eq(method_ref))
        .select(CardRow::as_select())
        .first(tx.conn)
        .optional()?;
    Ok(row.map(card))
}

/// Cards of whoever's that the processor knows by this name, but those removed.
pub fn of_reference(tx: &mut Tx, processor: &str, method_ref: &str) -> Result<Vec<String>, StorageError> {
    Ok(payment_methods::table
        .filter(payment_methods::processor.eq(processor))
        .filter(payment_methods::method_ref.eq(method_ref))
        .filter(payment_methods::removed_at.is_null())
        .select(payment_methods::id)
        .load(tx.conn)?)
}

/// May it be charged?
pub fn is_usable(tx: &mut Tx, id: &str) -> Result<bool, StorageError> {
    Ok(payment_methods::table.find(id).select(payment_methods::usable).first(tx.conn).optional()?.unwrap_or(false))
}

pub fn set_expiry(tx: &mut Tx, id: &str, expires: &str) -> Result<(), StorageError> {
    diesel::update(payment_methods::table.find(id)).set(payment_methods::expires.eq(expires)).execute(tx.conn)?;
    Ok(())
}

/// What is printed on it, if it is known.
pub fn set_face(tx: &mut Tx, id: &str, label: &str, expires: Option<&str>) -> Result<(), StorageError> {
    let label = payment_methods::label.eq(label);
    diesel::update(payment_methods::table.find(id)).set(label).execute(tx.conn)?;
    match expires {
        Some(expires) => set_expiry(tx, id, expires),
        None => Ok(()),
    }
}

pub fn make_usable(tx: &mut Tx, id: &str) -> Result<(), StorageError> {
    diesel::update(payment_methods::table.find(id)).set(payment_methods::usable.eq(true)).execute(tx.conn)?;
    Ok(())
}

pub fn set_position(tx: &mut Tx, id: &str, position: i32) -> Result<(), StorageError> {
    diesel::update(payment_methods::table.find(id)).set(payment_methods::position.eq(position)).execute(tx.conn)?;
    Ok(())
}

pub fn set_removed(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(payment_methods::table.find(id))
        .set((payment_methods::usable.eq(false), payment_methods::removed_at.eq(now.naive_utc())))
        .execute(tx.conn)?;
    Ok(())
}

/// The processor has forgotten it.
pub fn set_detached(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(payment_methods::table.find(id))
        .set(payment_methods::detached_at.eq(now.naive_utc()))
        .execute(tx.conn)?;
    Ok(())
}

/// Removed before `before`, and still known to the processor.
pub fn to_detach(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    Ok(payment_methods::table
        .filter(payment_methods::removed_at.lt(before.naive_utc()))
        .filter(payment_methods::detached_at.is_null())
        .select(payment_methods::id)
        .load(tx.conn)?)
}

fn card(row: CardRow) -> Card {
    Card {
        id: row.id,
        account: row.account_id,
        processor: row.processor,
        method_ref: row.method_ref,
        label: row.label,
        expires: row.expires,
        usable: row.usable,
        saved_at: utc(row.created_at),
        removed: row.removed_at.is_some(),
    }
}

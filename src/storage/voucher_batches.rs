//! Batches of vouchers.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::voucher_batches;
use super::{StorageError, Tx, dialect, utc, utc_option};
use crate::domain::money::Money;
use crate::domain::voucher::Batch;

#[derive(Queryable, Insertable)]
#[diesel(table_name = voucher_batches)]
pub(super) struct BatchRow {
    id: String,
    prefix: String,
    label: String,
    currency: String,
    face: i64,
    pieces: i64,
    valid_until: Option<NaiveDateTime>,
    request_key: String,
    made_by: String,
    made_at: NaiveDateTime,
    approved: bool,
    printed_by: Option<String>,
    printed_at: Option<NaiveDateTime>,
    voided_at: Option<NaiveDateTime>,
}

/// One that is not printed yet.
pub fn insert(tx: &mut Tx, batch: &Batch) -> Result<(), StorageError> {
    let row = BatchRow {
        id: batch.id.clone(),
        prefix: batch.prefix.clone(),
        label: batch.label.clone(),
        currency: batch.currency.code().to_owned(),
        face: batch.face.micros(),
        pieces: batch.pieces,
        valid_until: batch.valid_until.map(|until| until.naive_utc()),
        request_key: batch.key.clone(),
        made_by: batch.made_by.clone(),
        made_at: batch.made_at.naive_utc(),
        approved: batch.approved,
        printed_by: None,
        printed_at: None,
        voided_at: None,
    };
    diesel::insert_into(voucher_batches::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Batch>, StorageError> {
    voucher_batches::table.find(id).first(tx.conn).optional()?.map(batch).transpose()
}

/// Nobody else prints or voids it until the transaction ends.
pub fn lock(tx: &mut Tx, id: &str) -> Result<Option<Batch>, StorageError> {
    dialect::lock_voucher_batch(tx.conn, id).optional()?.map(batch).transpose()
}

pub fn by_key(tx: &mut Tx, key: &str) -> Result<Option<Batch>, StorageError> {
    let keyed = voucher_batches::table.filter(voucher_batches::request_key.eq(key));
    keyed.first(tx.conn).optional()?.map(batch).transpose()
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<Batch>, StorageError> {
    let mut query = voucher_batches::table.order(voucher_batches::id.desc()).limit(most).into_boxed();
    if let Some(after) = after {
        query = query.filter(voucher_batches::id.lt(after.to_owned()));
    }
    query.load::<BatchRow>(tx.conn)?.into_iter().map(batch).collect()
}

pub fn approve(tx: &mut Tx, id: &str) -> Result<(), StorageError> {
    diesel::update(voucher_batches::table.find(id)).set(voucher_batches::approved.eq(true)).execute(tx.conn)?;
    Ok(())
}

pub fn note_printed(tx: &mut Tx, id: &str, by: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(voucher_batches::table.find(id))
        .set((voucher_batches::printed_by.eq(by), voucher_batches::printed_at.eq(now.naive_utc())))
        .execute(tx.conn)?;
    Ok(())
}

pub fn note_voided(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(voucher_batches::table.find(id))
        .set(voucher_batches::voided_at.eq(now.naive_utc()))
        .execute(tx.conn)?;
    Ok(())
}

fn batch(row: BatchRow) -> Result<Batch, StorageError> {
    Ok(Batch {
        currency: row.currency.parse().map_err(|error| StorageError::unreadable("voucher_batches", error))?,
        id: row.id,
        prefix: row.prefix,
        label: row.label,
        face: Money::from_micros(row.face),
        pieces: row.pieces,
        valid_until: utc_option(row.valid_until),
        key: row.request_key,
        made_by: row.made_by,
        made_at: utc(row.made_at),
        approved: row.approved,
        printed_at: utc_option(row.printed_at),
        voided_at: utc_option(row.voided_at),
    })
}

//! Phones by which their owners are known when they call in.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::known_phones;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::access::KnownPhone;
use crate::domain::phone_number::PhoneNumber;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = known_phones)]
struct Row {
    id: String,
    account_id: String,
    number: String,
    added_by: String,
    added_at: NaiveDateTime,
    proven_at: Option<NaiveDateTime>,
}

pub fn insert(tx: &mut Tx, one: &KnownPhone) -> Result<(), StorageError> {
    let row = Row {
        id: one.id.clone(),
        account_id: one.account.clone(),
        number: one.number.to_string(),
        added_by: one.added_by.clone(),
        added_at: one.added_at.naive_utc(),
        proven_at: one.proven_at.map(|at| at.naive_utc()),
    };
    diesel::insert_into(known_phones::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<KnownPhone>, StorageError> {
    known_phones::table.find(id).select(Row::as_select()).first(tx.conn).optional()?.map(phone).transpose()
}

/// Oldest first. An account has few.
pub fn of_account(tx: &mut Tx, account: &str) -> Result<Vec<KnownPhone>, StorageError> {
    let query = known_phones::table.filter(known_phones::account_id.eq(account)).order(known_phones::id);
    query.select(Row::as_select()).load(tx.conn)?.into_iter().map(phone).collect()
}

/// The one phone of this number that makes somebody known.
pub fn proven(tx: &mut Tx, number: &PhoneNumber) -> Result<Option<KnownPhone>, StorageError> {
    let query = known_phones::table
        .filter(known_phones::number.eq(number.as_str()))
        .filter(known_phones::proven_at.is_not_null());
    query.select(Row::as_select()).first(tx.conn).optional()?.map(phone).transpose()
}

pub fn prove(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    let one = known_phones::table.find(id);
    diesel::update(one).set(known_phones::proven_at.eq(now.naive_utc())).execute(tx.conn)?;
    Ok(())
}

pub fn delete(tx: &mut Tx, id: &str) -> Result<(), StorageError> {
    diesel::delete(known_phones::table.find(id)).execute(tx.conn)?;
    Ok(())
}

fn phone(row: Row) -> Result<KnownPhone, StorageError> {
    let number = PhoneNumber::kept(&row.number);
    Ok(KnownPhone {
        number: number.map_err(|error| StorageError::unreadable("known_phones", format!("{}: {error}", row.id)))?,
        id: row.id,
        account: row.account_id,
        added_by: row.added_by,
        added_at: utc(row.added_at),
        proven_at: utc_option(row.proven_at),
    })
}

//! Receipts of cash that was taken for accounts.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::cash_receipts;
use super::{StorageError, Tx, utc};
use crate::domain::cash::{Receipt, State};
use crate::domain::money::Money;

#[derive(Queryable, Insertable)]
#[diesel(table_name = cash_receipts)]
struct Row {
    id: String,
    account_id: String,
    number: i64,
    customer_id: String,
    amount: i64,
    currency: String,
    reason: String,
    request_key: String,
    taken_by: String,
    taken_at: NaiveDateTime,
    state: String,
}

pub fn insert(tx: &mut Tx, receipt: &Receipt) -> Result<(), StorageError> {
    let row = Row {
        id: receipt.id.clone(),
        account_id: receipt.issuer.clone(),
        number: receipt.number,
        customer_id: receipt.customer.clone(),
        amount: receipt.amount.micros(),
        currency: receipt.currency.code().to_owned(),
        reason: receipt.reason.clone(),
        request_key: receipt.key.clone(),
        taken_by: receipt.taken_by.clone(),
        taken_at: receipt.taken_at.naive_utc(),
        state: receipt.state.code().to_owned(),
    };
    diesel::insert_into(cash_receipts::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Receipt>, StorageError> {
    cash_receipts::table.find(id).first(tx.conn).optional()?.map(receipt).transpose()
}

pub fn by_key(tx: &mut Tx, issuer: &str, key: &str) -> Result<Option<Receipt>, StorageError> {
    let of_issuer = cash_receipts::table.filter(cash_receipts::account_id.eq(issuer));
    of_issuer.filter(cash_receipts::request_key.eq(key)).first(tx.conn).optional()?.map(receipt).transpose()
}

/// The last number this issuer gave; 0 before its first.
pub fn last_number(tx: &mut Tx, issuer: &str) -> Result<i64, StorageError> {
    let of_issuer = cash_receipts::table.filter(cash_receipts::account_id.eq(issuer));
    let last: Option<i64> = of_issuer.select(diesel::dsl::max(cash_receipts::number)).first(tx.conn)?;
    Ok(last.unwrap_or(0))
}

/// Newest first, those after `after` in that order; of one issuer, if asked for.
pub fn list(tx: &mut Tx, issuer: Option<&str>, after: Option<&str>, most: i64) -> Result<Vec<Receipt>, StorageError> {
    let mut query = cash_receipts::table.order(cash_receipts::id.desc()).limit(most).into_boxed();
    if let Some(issuer) = issuer {
        query = query.filter(cash_receipts::account_id.eq(issuer.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(cash_receipts::id.lt(after.to_owned()));
    }
    query.load::<Row>(tx.conn)?.into_iter().map(receipt).collect()
}

/// Taken before then, and still on its way.
pub fn on_their_way(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    // Written out, for the index that holds only these.
    let taken = cash_receipts::table.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'taken'"));
    Ok(taken.filter(cash_receipts::taken_at.lt(before.naive_utc())).select(cash_receipts::id).load(tx.conn)?)
}

pub fn mark_credited(tx: &mut Tx, id: &str) -> Result<(), StorageError> {
    diesel::update(cash_receipts::table.find(id))
        .set(cash_receipts::state.eq(State::Credited.code()))
        .execute(tx.conn)?;
    Ok(())
}

fn receipt(row: Row) -> Result<Receipt, StorageError> {
    let unreadable = |what: &dyn ToString| StorageError::unreadable("cash_receipts", what.to_string());
    Ok(Receipt {
        state: State::named(&row.state).ok_or_else(|| unreadable(&row.state))?,
        currency: row.currency.parse().map_err(|error| unreadable(&error))?,
        id: row.id,
        issuer: row.account_id,
        number: row.number,
        customer: row.customer_id,
        amount: Money::from_micros(row.amount),
        reason: row.reason,
        key: row.request_key,
        taken_by: row.taken_by,
        taken_at: utc(row.taken_at),
    })
}

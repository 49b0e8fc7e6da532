//! Promotional credit as it was granted, and what is left of it.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::promo_grants;
use super::{StorageError, Tx, utc};
use crate::domain::money::Money;
use crate::domain::promo::Grant;

#[derive(Queryable, Insertable)]
#[diesel(table_name = promo_grants)]
struct Row {
    id: String,
    account_id: String,
    amount: i64,
    remaining: i64,
    expired: i64,
    expires_at: NaiveDateTime,
    reason: String,
    granted_by: String,
    granted_at: NaiveDateTime,
    grant_key: String,
}

pub fn insert(tx: &mut Tx, grant: &Grant) -> Result<(), StorageError> {
    let row = Row {
        id: grant.id.clone(),
        account_id: grant.account.clone(),
        amount: grant.amount.micros(),
        remaining: grant.remaining.micros(),
        expired: grant.expired.micros(),
        expires_at: grant.expires_at.naive_utc(),
        reason: grant.reason.clone(),
        granted_by: grant.granted_by.clone(),
        granted_at: grant.granted_at.naive_utc(),
        grant_key: grant.key.clone(),
    };
    diesel::insert_into(promo_grants::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn by_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<Grant>, StorageError> {
    let found =
        promo_grants::table.filter(promo_grants::account_id.eq(account)).filter(promo_grants::grant_key.eq(key));
    Ok(found.first(tx.conn).optional()?.map(grant))
}

/// Those of which something is left, in the order in which they expire.
pub fn left(tx: &mut Tx, account: &str) -> Result<Vec<Grant>, StorageError> {
    let rows: Vec<Row> = promo_grants::table
        .filter(promo_grants::account_id.eq(account))
        .filter(promo_grants::remaining.gt(0))
        .order((promo_grants::expires_at, promo_grants::id))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(grant).collect())
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, account: &str, after: Option<&str>, most: i64) -> Result<Vec<Grant>, StorageError> {
    let mut query = promo_grants::table
        .filter(promo_grants::account_id.eq(account))
        .order(promo_grants::id.desc())
        .limit(most)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(promo_grants::id.lt(after.to_owned()));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(grant).collect())
}

pub fn save(tx: &mut Tx, grant: &Grant) -> Result<(), StorageError> {
    diesel::update(promo_grants::table.find(&grant.id))
        .set((promo_grants::remaining.eq(grant.remaining.micros()), promo_grants::expired.eq(grant.expired.micros())))
        .execute(tx.conn)?;
    Ok(())
}

/// Accounts with something left of a grant whose time is over.
pub fn accounts_with_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    // Written out, for the index that holds only these.
    let left = diesel::dsl::sql::<diesel::sql_types::Bool>("remaining > 0");
    let over = promo_grants::table.filter(left).filter(promo_grants::expires_at.le(now.naive_utc()));
    Ok(over.select(promo_grants::account_id).distinct().load(tx.conn)?)
}

fn grant(row: Row) -> Grant {
    Grant {
        id: row.id,
        account: row.account_id,
        amount: Money::from_micros(row.amount),
        remaining: Money::from_micros(row.remaining),
        expired: Money::from_micros(row.expired),
        expires_at: utc(row.expires_at),
        reason: row.reason,
        granted_by: row.granted_by,
        granted_at: utc(row.granted_at),
        key: row.grant_key,
    }
}

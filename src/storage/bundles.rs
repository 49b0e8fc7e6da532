//! Bundles of accounts, and what legs hold and have used of them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::calls::is_live;
use super::schema::{bundle_seconds, bundles, calls};
use super::{StorageError, Tx, utc};
use crate::domain::bundle::Bundle;
use crate::domain::money::Money;

#[derive(Queryable, Insertable)]
#[diesel(table_name = bundles)]
struct Row {
    id: String,
    account_id: String,
    offer_id: String,
    name: String,
    prefixes: String,
    seconds: i64,
    increment_seconds: i64,
    remaining: i64,
    price: i64,
    bought_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    bought_by: String,
    bundle_key: String,
}

pub fn insert(tx: &mut Tx, bundle: &Bundle) -> Result<(), StorageError> {
    let row = Row {
        id: bundle.id.clone(),
        account_id: bundle.account.clone(),
        offer_id: bundle.offer.clone(),
        name: bundle.name.clone(),
        prefixes: bundle.prefixes.to_string(),
        seconds: bundle.seconds,
        increment_seconds: bundle.increment_seconds,
        remaining: bundle.remaining,
        price: bundle.price.micros(),
        bought_at: bundle.bought_at.naive_utc(),
        expires_at: bundle.expires_at.naive_utc(),
        bought_by: bundle.bought_by.clone(),
        bundle_key: bundle.key.clone(),
    };
    diesel::insert_into(bundles::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn by_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<Bundle>, StorageError> {
    let found = bundles::table.filter(bundles::account_id.eq(account)).filter(bundles::bundle_key.eq(key));
    found.first(tx.conn).optional()?.map(bundle).transpose()
}

/// Those with something left that have not expired.
pub fn usable(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<Vec<Bundle>, StorageError> {
    // Written out, for the index that holds only these.
    let left = bundles::table.filter(bundles::account_id.eq(account)).filter(sql::<Bool>("remaining > 0"));
    let usable = left.filter(bundles::expires_at.gt(now.naive_utc())).order((bundles::expires_at, bundles::id));
    let rows: Vec<Row> = usable.load(tx.conn)?;
    rows.into_iter().map(bundle).collect()
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, account: &str, after: Option<&str>, most: i64) -> Result<Vec<Bundle>, StorageError> {
    let mut query =
        bundles::table.filter(bundles::account_id.eq(account)).order(bundles::id.desc()).limit(most).into_boxed();
    if let Some(after) = after {
        query = query.filter(bundles::id.lt(after.to_owned()));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    rows.into_iter().map(bundle).collect()
}

/// What a leg holds of a bundle.
#[derive(Debug, Clone, Copy)]
pub struct Share<'a> {
    pub account: &'a str,
    pub call: &'a str,
    pub leg: &'a str,
    pub bundle: &'a str,
}

/// The leg holds so many seconds now, `more` than before. The table's CHECK refuses more than are left.
pub fn hold(tx: &mut Tx, share: Share, seconds: i64, more: i64) -> Result<(), StorageError> {
    let bundle = bundles::table.find(share.bundle);
    diesel::update(bundle).set(bundles::remaining.eq(bundles::remaining - more)).execute(tx.conn)?;
    let row = bundle_seconds::table.find((share.leg, share.bundle));
    if diesel::update(row).set(bundle_seconds::seconds.eq(seconds)).execute(tx.conn)? == 0 {
        diesel::insert_into(bundle_seconds::table)
            .values((
                bundle_seconds::leg_id.eq(share.leg),
                bundle_seconds::bundle_id.eq(share.bundle),
                bundle_seconds::account_id.eq(share.account),
                bundle_seconds::call_id.eq(share.call),
                bundle_seconds::seconds.eq(seconds),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Leg, bundle and seconds of all that legs of a call hold or have used.
pub fn of_call(tx: &mut Tx, call: &str) -> Result<Vec<(String, String, i64)>, StorageError> {
    let of_call = bundle_seconds::table.filter(bundle_seconds::call_id.eq(call)).filter(bundle_seconds::seconds.gt(0));
    Ok(of_call.select((bundle_seconds::leg_id, bundle_seconds::bundle_id, bundle_seconds::seconds)).load(tx.conn)?)
}

/// Those of these bundles of which nothing is left, neither free nor held by another call than this one.
pub fn used_up(tx: &mut Tx, ids: &[String], but: &str) -> Result<Vec<Bundle>, StorageError> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let live = calls::table.filter(is_live()).filter(calls::id.ne(but)).select(calls::id);
    let held =
        bundle_seconds::table.filter(bundle_seconds::bundle_id.eq_any(ids)).filter(bundle_seconds::seconds.gt(0));
    let held: Vec<String> =
        held.filter(bundle_seconds::call_id.eq_any(live)).select(bundle_seconds::bundle_id).load(tx.conn)?;
    let rows: Vec<Row> =
        bundles::table.filter(bundles::id.eq_any(ids)).filter(bundles::remaining.eq(0)).load(tx.conn)?;
    rows.into_iter().filter(|row| !held.contains(&row.id)).map(bundle).collect()
}

/// Seconds that live calls hold, by bundle.
pub fn held(tx: &mut Tx, account: &str) -> Result<Vec<(String, i64)>, StorageError> {
    let live = calls::table.filter(is_live()).select(calls::id);
    let rows = bundle_seconds::table
        .filter(bundle_seconds::account_id.eq(account))
        .filter(bundle_seconds::call_id.eq_any(live))
        .filter(bundle_seconds::seconds.gt(0));
    Ok(rows.select((bundle_seconds::bundle_id, bundle_seconds::seconds)).load(tx.conn)?)
}

fn bundle(row: Row) -> Result<Bundle, StorageError> {
    let prefixes = row.prefixes.parse().map_err(|error| StorageError::unreadable("bundles", error))?;
    Ok(Bundle {
        id: row.id,
        account: row.account_id,
        offer: row.offer_id,
        name: row.name,
        prefixes,
        seconds: row.seconds,
        increment_seconds: row.increment_seconds,
        remaining: row.remaining,
        price: Money::from_micros(row.price),
        bought_at: utc(row.bought_at),
        expires_at: utc(row.expires_at),
        bought_by: row.bought_by,
        key: row.bundle_key,
    })
}

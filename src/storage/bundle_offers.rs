//! Bundles as plans offer them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::bundle_offers;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::bundle::{BundleTerms, Offer};
use crate::domain::money::Money;

#[derive(Queryable, Insertable)]
#[diesel(table_name = bundle_offers)]
struct Row {
    id: String,
    plan_id: String,
    name: String,
    prefixes: String,
    seconds: i64,
    increment_seconds: i64,
    days: i64,
    price: i64,
    made_by: String,
    made_at: NaiveDateTime,
    withdrawn_at: Option<NaiveDateTime>,
}

pub fn insert(tx: &mut Tx, offer: &Offer) -> Result<(), StorageError> {
    let row = Row {
        id: offer.id.clone(),
        plan_id: offer.plan.clone(),
        name: offer.terms.name.clone(),
        prefixes: offer.terms.prefixes.to_string(),
        seconds: offer.terms.seconds,
        increment_seconds: offer.terms.increment_seconds,
        days: offer.terms.days,
        price: offer.terms.price.micros(),
        made_by: offer.made_by.clone(),
        made_at: offer.made_at.naive_utc(),
        withdrawn_at: offer.withdrawn_at.map(|at| at.naive_utc()),
    };
    diesel::insert_into(bundle_offers::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Offer>, StorageError> {
    bundle_offers::table.find(id).first(tx.conn).optional()?.map(offer).transpose()
}

/// Newest first, those after `after` in that order; withdrawn ones too.
pub fn list(tx: &mut Tx, plan: &str, after: Option<&str>, most: i64) -> Result<Vec<Offer>, StorageError> {
    let mut query = bundle_offers::table
        .filter(bundle_offers::plan_id.eq(plan))
        .order(bundle_offers::id.desc())
        .limit(most)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(bundle_offers::id.lt(after.to_owned()));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    rows.into_iter().map(offer).collect()
}

/// Those that can be bought, the cheapest first.
pub fn open(tx: &mut Tx, plan: &str) -> Result<Vec<Offer>, StorageError> {
    let open =
        bundle_offers::table.filter(bundle_offers::plan_id.eq(plan)).filter(bundle_offers::withdrawn_at.is_null());
    let rows: Vec<Row> = open.order((bundle_offers::price, bundle_offers::id)).load(tx.conn)?;
    rows.into_iter().map(offer).collect()
}

pub fn set_withdrawn(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    let withdrawn = bundle_offers::withdrawn_at.eq(now.naive_utc());
    diesel::update(bundle_offers::table.find(id)).set(withdrawn).execute(tx.conn)?;
    Ok(())
}

fn offer(row: Row) -> Result<Offer, StorageError> {
    let prefixes = row.prefixes.parse().map_err(|error| StorageError::unreadable("bundle_offers", error))?;
    let terms = BundleTerms {
        name: row.name,
        prefixes,
        seconds: row.seconds,
        increment_seconds: row.increment_seconds,
        days: row.days,
        price: Money::from_micros(row.price),
    };
    Ok(Offer {
        id: row.id,
        plan: row.plan_id,
        terms,
        made_by: row.made_by,
        made_at: utc(row.made_at),
        withdrawn_at: utc_option(row.withdrawn_at),
    })
}

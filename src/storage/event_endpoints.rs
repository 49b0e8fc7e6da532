//! Where integrators want to be told what happens.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::event_endpoints;
use super::{StorageError, Tx, utc};
use crate::domain::event::Kind;
use crate::domain::money::Money;

#[derive(Debug, Clone)]
pub struct Endpoint {
    pub id: String,
    pub url: String,
    pub secret: String,
    pub kinds: Vec<Kind>,
    /// An account's free balance is low below this.
    pub low_balance: Money,
    pub active: bool,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

type Row = (String, String, String, String, i64, bool, String, NaiveDateTime);

fn endpoint(
    (id, url, secret, kinds, low_balance, active, created_by, created_at): Row,
) -> Result<Endpoint, StorageError> {
    let kinds = kinds.split_whitespace().map(str::parse).collect::<Result<_, _>>();
    let kinds = kinds.map_err(|error| StorageError::unreadable("event_endpoints", error))?;
    let (low_balance, created_at) = (Money::from_micros(low_balance), utc(created_at));
    Ok(Endpoint { id, url, secret, kinds, low_balance, active, created_by, created_at })
}

pub fn insert(tx: &mut Tx, endpoint: &Endpoint) -> Result<(), StorageError> {
    let kinds: Vec<_> = endpoint.kinds.iter().map(|kind| kind.code()).collect();
    diesel::insert_into(event_endpoints::table)
        .values((
            event_endpoints::id.eq(&endpoint.id),
            event_endpoints::url.eq(&endpoint.url),
            event_endpoints::secret.eq(&endpoint.secret),
            event_endpoints::kinds.eq(kinds.join(" ")),
            event_endpoints::low_balance.eq(endpoint.low_balance.micros()),
            event_endpoints::active.eq(endpoint.active),
            event_endpoints::created_by.eq(&endpoint.created_by),
            event_endpoints::created_at.eq(endpoint.created_at.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// All of them, the newest first: they are few.
pub fn all(tx: &mut Tx) -> Result<Vec<Endpoint>, StorageError> {
    let rows: Vec<Row> = event_endpoints::table.order(event_endpoints::id.desc()).load(tx.conn)?;
    rows.into_iter().map(endpoint).collect()
}

/// Those that are told.
pub fn active(tx: &mut Tx) -> Result<Vec<Endpoint>, StorageError> {
    let rows: Vec<Row> = event_endpoints::table.filter(event_endpoints::active.eq(true)).load(tx.conn)?;
    rows.into_iter().map(endpoint).collect()
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Endpoint>, StorageError> {
    event_endpoints::table.find(id).first(tx.conn).optional()?.map(endpoint).transpose()
}

pub fn set_active(tx: &mut Tx, id: &str, active: bool) -> Result<(), StorageError> {
    diesel::update(event_endpoints::table.find(id)).set(event_endpoints::active.eq(active)).execute(tx.conn)?;
    Ok(())
}

//! What integrators are told, on its way to whom, and what they answered.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::Eq;
use diesel::prelude::*;

use super::schema::{event_deliveries, event_tries, events};
use super::{StorageError, Tx, dialect, utc};

#[derive(Debug, Clone)]
pub struct Told {
    pub id: String,
    pub account: String,
    pub kind: String,
    pub at: DateTime<Utc>,
    pub body: String,
}

#[derive(Debug, Clone, Queryable)]
pub struct Delivery {
    pub id: String,
    pub event: String,
    pub endpoint: String,
    pub account: String,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    pub tries: i64,
    next_try_at: NaiveDateTime,
}

impl Delivery {
    pub fn next_try_at(&self) -> DateTime<Utc> {
        utc(self.next_try_at)
    }
}

#[derive(Debug, Clone)]
pub struct Try {
    pub at: DateTime<Utc>,
    /// `None`: there was no answer.
    pub status: Option<i32>,
    pub outcome: String,
}

pub fn insert(tx: &mut Tx, event: &Told) -> Result<(), StorageError> {
    diesel::insert_into(events::table)
        .values((
            events::id.eq(&event.id),
            events::account_id.eq(&event.account),
            events::kind.eq(&event.kind),
            events::at.eq(event.at.naive_utc()),
            events::body.eq(&event.body),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn insert_delivery(tx: &mut Tx, id: &str, event: &Told, endpoint: &str) -> Result<(), StorageError> {
    diesel::insert_into(event_deliveries::table)
        .values((
            event_deliveries::id.eq(id),
            event_deliveries::event_id.eq(&event.id),
            event_deliveries::endpoint_id.eq(endpoint),
            event_deliveries::account_id.eq(&event.account),
            event_deliveries::state.eq("waiting"),
            event_deliveries::tries.eq(0_i64),
            event_deliveries::next_try_at.eq(event.at.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

type EventRow = (String, String, String, NaiveDateTime, String);

fn told((id, account, kind, at, body): EventRow) -> Told {
    Told { id, account, kind, at: utc(at), body }
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Told>, StorageError> {
    let row: Option<EventRow> = events::table.find(id).first(tx.conn).optional()?;
    Ok(row.map(told))
}

/// Newest first, of one account or of all.
pub fn list(tx: &mut Tx, account: Option<&str>, after: Option<&str>, most: i64) -> Result<Vec<Told>, StorageError> {
    let mut query = events::table.order(events::id.desc()).limit(most).into_boxed();
    if let Some(account) = account {
        query = query.filter(events::account_id.eq(account.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(events::id.lt(after.to_owned()));
    }
    let rows: Vec<EventRow> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(told).collect())
}

/// The delivery of an endpoint that is to be tried next.
pub fn next_of(tx: &mut Tx, endpoint: &str) -> Result<Option<Delivery>, StorageError> {
    Ok(event_deliveries::table
        .filter(event_deliveries::endpoint_id.eq(endpoint))
        .filter(event_deliveries::state.eq("waiting"))
        .order((event_deliveries::next_try_at, event_deliveries::id))
        .first(tx.conn)
        .optional()?)
}

pub fn delivery(tx: &mut Tx, id: &str) -> Result<Option<Delivery>, StorageError> {
    Ok(event_deliveries::table.find(id).first(tx.conn).optional()?)
}

/// Newest first, of one state or of all.
pub fn deliveries(
    tx: &mut Tx,
    state: Option<&str>,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<(Delivery, String)>, StorageError> {
    let mut query = event_deliveries::table
        .inner_join(events::table.on(events::id.eq(event_deliveries::event_id)))
        .order(event_deliveries::id.desc())
        .select((event_deliveries::all_columns, events::kind))
        .limit(most)
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(event_deliveries::state.eq(state.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(event_deliveries::id.lt(after.to_owned()));
    }
    Ok(query.load(tx.conn)?)
}

pub fn save_delivery(
    tx: &mut Tx,
    id: &str,
    state: &str,
    tries: i64,
    next_try_at: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(event_deliveries::table.find(id))
        .set((
            event_deliveries::state.eq(state),
            event_deliveries::tries.eq(tries),
            event_deliveries::next_try_at.eq(next_try_at.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn note_try(tx: &mut Tx, delivery: &Delivery, made: &Try) -> Result<(), StorageError> {
    let known = event_tries::table.filter(event_tries::delivery_id.eq(&delivery.id)).count();
    let seq: i64 = known.get_result(tx.conn)?;
    diesel::insert_into(event_tries::table)
        .values((
            event_tries::delivery_id.eq(&delivery.id),
            event_tries::seq.eq(seq),
            event_tries::account_id.eq(&delivery.account),
            event_tries::at.eq(made.at.naive_utc()),
            event_tries::status.eq(made.status),
            event_tries::outcome.eq(&made.outcome),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn tries(tx: &mut Tx, delivery: &str) -> Result<Vec<Try>, StorageError> {
    let rows: Vec<(NaiveDateTime, Option<i32>, String)> = event_tries::table
        .filter(event_tries::delivery_id.eq(delivery))
        .order(event_tries::seq)
        .select((event_tries::at, event_tries::status, event_tries::outcome))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(|(at, status, outcome)| Try { at: utc(at), status, outcome }).collect())
}

/// An event with the one endpoint it goes to and what became of it: for made-up books.
pub struct WholeDelivery {
    pub id: String,
    pub event: Told,
    pub endpoint: String,
    pub state: &'static str,
    pub next_try_at: DateTime<Utc>,
    pub tries: Vec<Try>,
}

pub(super) type WholeEventRow = (
    Eq<events::id, String>,
    Eq<events::account_id, String>,
    Eq<events::kind, String>,
    Eq<events::at, NaiveDateTime>,
    Eq<events::body, String>,
);
pub(super) type WholeDeliveryRow = (
    Eq<event_deliveries::id, String>,
    Eq<event_deliveries::event_id, String>,
    Eq<event_deliveries::endpoint_id, String>,
    Eq<event_deliveries::account_id, String>,
    Eq<event_deliveries::state, &'static str>,
    Eq<event_deliveries::tries, i64>,
    Eq<event_deliveries::next_try_at, NaiveDateTime>,
);
pub(super) type TryRow = (
    Eq<event_tries::delivery_id, String>,
    Eq<event_tries::seq, i64>,
    Eq<event_tries::account_id, String>,
    Eq<event_tries::at, NaiveDateTime>,
    Eq<event_tries::status, Option<i32>>,
    Eq<event_tries::outcome, String>,
);

pub fn insert_many(tx: &mut Tx, all: &[WholeDelivery]) -> Result<(), StorageError> {
    for some in all.chunks(1000) {
        let rows: Vec<_> = some.iter().map(|whole| event_row(&whole.event)).collect();
        dialect::insert_events(tx.conn, &rows)?;
        let rows: Vec<_> = some.iter().map(delivery_row).collect();
        dialect::insert_deliveries(tx.conn, &rows)?;
        let rows: Vec<_> = some.iter().flat_map(try_rows).collect();
        for rows in rows.chunks(1000) {
            dialect::insert_tries(tx.conn, rows)?;
        }
    }
    Ok(())
}

fn event_row(event: &Told) -> WholeEventRow {
    (
        events::id.eq(event.id.clone()),
        events::account_id.eq(event.account.clone()),
        events::kind.eq(event.kind.clone()),
        events::at.eq(event.at.naive_utc()),
        events::body.eq(event.body.clone()),
    )
}

fn delivery_row(whole: &WholeDelivery) -> WholeDeliveryRow {
    (
        event_deliveries::id.eq(whole.id.clone()),
        event_deliveries::event_id.eq(whole.event.id.clone()),
        event_deliveries::endpoint_id.eq(whole.endpoint.clone()),
        event_deliveries::account_id.eq(whole.event.account.clone()),
        event_deliveries::state.eq(whole.state),
        event_deliveries::tries.eq(i64::try_from(whole.tries.len()).unwrap_or(i64::MAX)),
        event_deliveries::next_try_at.eq(whole.next_try_at.naive_utc()),
    )
}

fn try_rows(whole: &WholeDelivery) -> impl Iterator<Item = TryRow> {
    whole.tries.iter().zip(0..).map(|(made, seq)| {
        (
            event_tries::delivery_id.eq(whole.id.clone()),
            event_tries::seq.eq(seq),
            event_tries::account_id.eq(whole.event.account.clone()),
            event_tries::at.eq(made.at.naive_utc()),
            event_tries::status.eq(made.status),
            event_tries::outcome.eq(made.outcome.clone()),
        )
    })
}

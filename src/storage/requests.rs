//! What waits for a second person, and what was decided.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::requests;
use super::{StorageError, Tx, dialect, utc};
use crate::domain::money::Money;
use crate::domain::two_persons::{Kind, Request, State, Who};

#[derive(Queryable, Insertable)]
#[diesel(table_name = requests)]
pub(super) struct RequestRow {
    id: String,
    kind: String,
    account_id: Option<String>,
    subject: String,
    amount: i64,
    currency: String,
    reason: String,
    request_key: String,
    asked_by: String,
    asking_person: String,
    asked_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    state: String,
    decided_by: Option<String>,
    deciding_person: Option<String>,
    decided_at: Option<NaiveDateTime>,
    valid_until: Option<NaiveDateTime>,
}

/// One that waits.
pub fn insert(tx: &mut Tx, request: &Request) -> Result<(), StorageError> {
    let row = RequestRow {
        id: request.id.clone(),
        kind: request.kind.code().to_owned(),
        account_id: request.account.clone(),
        subject: request.subject.clone(),
        amount: request.amount.micros(),
        currency: request.currency.code().to_owned(),
        reason: request.reason.clone(),
        request_key: request.key.clone(),
        asked_by: request.asked.actor.clone(),
        asking_person: request.asked.person.clone(),
        asked_at: request.asked_at.naive_utc(),
        expires_at: request.expires_at.naive_utc(),
        state: request.state.code().to_owned(),
        decided_by: None,
        deciding_person: None,
        decided_at: None,
        valid_until: request.valid_until.map(|until| until.naive_utc()),
    };
    diesel::insert_into(requests::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Request>, StorageError> {
    requests::table.find(id).first(tx.conn).optional()?.map(request).transpose()
}

/// Nobody else decides it until the transaction ends.
pub fn lock(tx: &mut Tx, id: &str) -> Result<Option<Request>, StorageError> {
    dialect::lock_request(tx.conn, id).optional()?.map(request).transpose()
}

pub fn by_key(tx: &mut Tx, account: &str, kind: Kind, key: &str) -> Result<Option<Request>, StorageError> {
    let of_account = requests::table.filter(requests::account_id.eq(account)).filter(requests::kind.eq(kind.code()));
    of_account.filter(requests::request_key.eq(key)).first(tx.conn).optional()?.map(request).transpose()
}

/// Newest first, those after `after` in that order; only those that wait, if asked for.
pub fn list(
    tx: &mut Tx,
    waiting_since: Option<DateTime<Utc>>,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<Request>, StorageError> {
    let mut query = requests::table.order(requests::id.desc()).limit(most).into_boxed();
    if let Some(now) = waiting_since {
        // Written out, for the index that holds only these.
        let waits = diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'waiting'");
        query = query.filter(waits).filter(requests::expires_at.gt(now.naive_utc()));
    }
    if let Some(after) = after {
        query = query.filter(requests::id.lt(after.to_owned()));
    }
    query.load(tx.conn)?.into_iter().map(request).collect()
}

pub fn decide(tx: &mut Tx, id: &str, state: State, by: &Who, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(requests::table.find(id))
        .set((
            requests::state.eq(state.code()),
            requests::decided_by.eq(&by.actor),
            requests::deciding_person.eq(&by.person),
            requests::decided_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn request(row: RequestRow) -> Result<Request, StorageError> {
    let unreadable = |error| StorageError::unreadable("requests", error);
    let decided = match (row.decided_by, row.deciding_person, row.decided_at) {
        (Some(actor), Some(person), Some(at)) => Some((Who { actor, person }, utc(at))),
        _ => None,
    };
    Ok(Request {
        kind: row.kind.parse().map_err(unreadable)?,
        state: row.state.parse().map_err(unreadable)?,
        currency: row.currency.parse().map_err(|error| StorageError::unreadable("requests", error))?,
        id: row.id,
        account: row.account_id,
        subject: row.subject,
        amount: Money::from_micros(row.amount),
        reason: row.reason,
        key: row.request_key,
        asked: Who { actor: row.asked_by, person: row.asking_person },
        asked_at: utc(row.asked_at),
        expires_at: utc(row.expires_at),
        valid_until: row.valid_until.map(utc),
        decided,
    })
}

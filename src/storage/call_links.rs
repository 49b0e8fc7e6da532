//! Links that start calls, by the hash of their secret.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::call_links;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::call_link::CallLink;
use crate::domain::phone_number::PhoneNumber;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = call_links)]
struct Row {
    id: String,
    account_id: String,
    label: String,
    own_number: String,
    numbers: String,
    secret_hash: String,
    request_key: String,
    most_calls: i64,
    calls_made: i64,
    last_call_id: Option<String>,
    made_by: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
}

pub fn insert(tx: &mut Tx, link: &CallLink, secret_hash: &str, request_key: &str) -> Result<(), StorageError> {
    let numbers: Vec<&str> = link.numbers.iter().map(|number| number.as_str()).collect();
    let row = Row {
        id: link.id.clone(),
        account_id: link.account.clone(),
        label: link.label.clone(),
        own_number: link.own_number.to_string(),
        numbers: numbers.join(" "),
        secret_hash: secret_hash.to_owned(),
        request_key: request_key.to_owned(),
        most_calls: link.most_calls,
        calls_made: link.calls_made,
        last_call_id: link.last_call.clone(),
        made_by: link.made_by.clone(),
        created_at: link.created_at.naive_utc(),
        expires_at: link.expires_at.naive_utc(),
        revoked_at: link.revoked_at.map(|at| at.naive_utc()),
    };
    diesel::insert_into(call_links::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// With the hash of its secret.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<(CallLink, String)>, StorageError> {
    let row: Option<Row> = call_links::table.find(id).first(tx.conn).optional()?;
    row.map(|row| {
        let secret_hash = row.secret_hash.clone();
        Ok((link(row)?, secret_hash))
    })
    .transpose()
}

pub fn by_request_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<CallLink>, StorageError> {
    let query = call_links::table.filter(call_links::account_id.eq(account)).filter(call_links::request_key.eq(key));
    query.first(tx.conn).optional()?.map(link).transpose()
}

/// Of an account, newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, account: &str, after: Option<&str>, most: i64) -> Result<Vec<CallLink>, StorageError> {
    let mut query = call_links::table
        .filter(call_links::account_id.eq(account))
        .order((call_links::account_id.desc(), call_links::id.desc()))
        .limit(most)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(call_links::id.lt(after.to_owned()));
    }
    query.load::<Row>(tx.conn)?.into_iter().map(link).collect()
}

pub fn note_call(tx: &mut Tx, id: &str, call: &str) -> Result<(), StorageError> {
    diesel::update(call_links::table.find(id))
        .set((call_links::calls_made.eq(call_links::calls_made + 1), call_links::last_call_id.eq(call)))
        .execute(tx.conn)?;
    Ok(())
}

/// `false` if it was revoked before.
pub fn note_revoked(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let living = call_links::table.find(id).filter(call_links::revoked_at.is_null());
    let changed = diesel::update(living).set(call_links::revoked_at.eq(now.naive_utc())).execute(tx.conn)?;
    Ok(changed == 1)
}

fn link(row: Row) -> Result<CallLink, StorageError> {
    let unreadable = |error| StorageError::unreadable("call_links", error);
    let numbers = row.numbers.split(' ').map(|number| PhoneNumber::kept(number).map_err(unreadable));
    Ok(CallLink {
        numbers: numbers.collect::<Result<_, _>>()?,
        own_number: PhoneNumber::kept(&row.own_number).map_err(unreadable)?,
        id: row.id,
        account: row.account_id,
        label: row.label,
        most_calls: row.most_calls,
        calls_made: row.calls_made,
        last_call: row.last_call_id,
        made_by: row.made_by,
        created_at: utc(row.created_at),
        expires_at: utc(row.expires_at),
        revoked_at: utc_option(row.revoked_at),
    })
}

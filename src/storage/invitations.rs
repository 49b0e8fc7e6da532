//! Invitations into running calls, by the hash of their secret.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::invitations;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::invitation::Invitation;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations)]
struct Row {
    id: String,
    account_id: String,
    call_id: String,
    secret_hash: String,
    request_key: String,
    made_by: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    used_by: Option<String>,
    revoked_at: Option<NaiveDateTime>,
}

pub fn insert(tx: &mut Tx, made: &Invitation, secret_hash: &str, request_key: &str) -> Result<(), StorageError> {
    let row = Row {
        id: made.id.clone(),
        account_id: made.account.clone(),
        call_id: made.call.clone(),
        secret_hash: secret_hash.to_owned(),
        request_key: request_key.to_owned(),
        made_by: made.made_by.clone(),
        created_at: made.created_at.naive_utc(),
        expires_at: made.expires_at.naive_utc(),
        used_by: made.used_by.clone(),
        revoked_at: made.revoked_at.map(|at| at.naive_utc()),
    };
    diesel::insert_into(invitations::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// With the hash of its secret.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<(Invitation, String)>, StorageError> {
    let row: Option<Row> = invitations::table.find(id).first(tx.conn).optional()?;
    Ok(row.map(|row| {
        let secret_hash = row.secret_hash.clone();
        (invitation(row), secret_hash)
    }))
}

pub fn by_request_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<Invitation>, StorageError> {
    let query = invitations::table.filter(invitations::account_id.eq(account)).filter(invitations::request_key.eq(key));
    Ok(query.first(tx.conn).optional()?.map(invitation))
}

/// Of a call, oldest first.
pub fn of_call(tx: &mut Tx, call: &str) -> Result<Vec<Invitation>, StorageError> {
    let query = invitations::table.filter(invitations::call_id.eq(call)).order(invitations::id);
    Ok(query.load::<Row>(tx.conn)?.into_iter().map(invitation).collect())
}

/// `None`: whoever came could not stay, and it is open again.
pub fn note_used(tx: &mut Tx, id: &str, leg: Option<&str>) -> Result<(), StorageError> {
    diesel::update(invitations::table.find(id)).set(invitations::used_by.eq(leg)).execute(tx.conn)?;
    Ok(())
}

/// `false` if it was revoked before.
pub fn note_revoked(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let living = invitations::table.find(id).filter(invitations::revoked_at.is_null());
    let changed = diesel::update(living).set(invitations::revoked_at.eq(now.naive_utc())).execute(tx.conn)?;
    Ok(changed == 1)
}

fn invitation(row: Row) -> Invitation {
    Invitation {
        id: row.id,
        account: row.account_id,
        call: row.call_id,
        made_by: row.made_by,
        created_at: utc(row.created_at),
        expires_at: utc(row.expires_at),
        used_by: row.used_by,
        revoked_at: utc_option(row.revoked_at),
    }
}

//! Browsers that are signed in, by the hash of their key.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::sessions;
use super::{StorageError, Tx, dialect};

pub fn save(
    tx: &mut Tx,
    key_hash: &str,
    user: &str,
    state: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), StorageError> {
    dialect::upsert_session(tx.conn, key_hash, user, state, expires_at.naive_utc())?;
    Ok(())
}

pub fn find(tx: &mut Tx, key_hash: &str, now: DateTime<Utc>) -> Result<Option<String>, StorageError> {
    let query = sessions::table.find(key_hash).select((sessions::state, sessions::expires_at));
    let row: Option<(String, NaiveDateTime)> = query.first(tx.conn).optional()?;
    Ok(row.filter(|(_, expires_at)| *expires_at > now.naive_utc()).map(|(state, _)| state))
}

pub fn delete(tx: &mut Tx, key_hash: &str) -> Result<(), StorageError> {
    diesel::delete(sessions::table.find(key_hash)).execute(tx.conn)?;
    Ok(())
}

/// Signs somebody out everywhere, but for the browser whose key hashes to `except`.
pub fn delete_of_user(tx: &mut Tx, user: &str, except: Option<&str>) -> Result<usize, StorageError> {
    let theirs = sessions::table.filter(sessions::user_id.eq(user));
    // No hash is empty.
    Ok(diesel::delete(theirs.filter(sessions::key_hash.ne(except.unwrap_or_default()))).execute(tx.conn)?)
}

pub fn delete_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize, StorageError> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.le(now.naive_utc()))).execute(tx.conn)?)
}

//! Tokens of the API, by the hash of their secret.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::api_tokens;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::scope::Scopes;

#[derive(Debug, Clone)]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    pub secret_hash: String,
    pub scopes: Scopes,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    /// To the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

type Row = (
    String,
    String,
    String,
    String,
    String,
    NaiveDateTime,
    Option<NaiveDateTime>,
    Option<NaiveDateTime>,
    Option<NaiveDateTime>,
);

pub fn insert(tx: &mut Tx, token: &ApiToken) -> Result<(), StorageError> {
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(&token.id),
            api_tokens::name.eq(&token.name),
            api_tokens::secret_hash.eq(&token.secret_hash),
            api_tokens::scopes.eq(token.scopes.to_string()),
            api_tokens::created_by.eq(&token.created_by),
            api_tokens::created_at.eq(token.created_at.naive_utc()),
            api_tokens::expires_at.eq(token.expires_at.map(|at| at.naive_utc())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<ApiToken>, StorageError> {
    let row: Option<Row> = api_tokens::table.find(id).first(tx.conn).optional()?;
    row.map(token).transpose()
}

pub fn is_name_taken(tx: &mut Tx, name: &str) -> Result<bool, StorageError> {
    let found: Option<String> =
        api_tokens::table.filter(api_tokens::name.eq(name)).select(api_tokens::id).first(tx.conn).optional()?;
    Ok(found.is_some())
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<ApiToken>, StorageError> {
    let mut query = api_tokens::table.order(api_tokens::id.desc()).limit(most).into_boxed();
    if let Some(after) = after {
        query = query.filter(api_tokens::id.lt(after.to_owned()));
    }
    query.load::<Row>(tx.conn)?.into_iter().map(token).collect()
}

/// `false` if it was revoked before.
pub fn revoke(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let living = api_tokens::table.find(id).filter(api_tokens::revoked_at.is_null());
    let changed = diesel::update(living).set(api_tokens::revoked_at.eq(now.naive_utc())).execute(tx.conn)?;
    Ok(changed == 1)
}

pub fn note_use(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(api_tokens::table.find(id)).set(api_tokens::last_used_at.eq(now.naive_utc())).execute(tx.conn)?;
    Ok(())
}

fn token(row: Row) -> Result<ApiToken, StorageError> {
    let (id, name, secret_hash, scopes, created_by, created_at, last_used_at, expires_at, revoked_at) = row;
    Ok(ApiToken {
        id,
        name,
        secret_hash,
        scopes: scopes.parse().map_err(|error| StorageError::unreadable("api_tokens", error))?,
        created_by,
        created_at: utc(created_at),
        last_used_at: utc_option(last_used_at),
        expires_at: utc_option(expires_at),
        revoked_at: utc_option(revoked_at),
    })
}

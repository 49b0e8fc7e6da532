//! What was answered to requests of the API that named a key, so that it can be answered again.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::api_replies;
use super::{StorageError, Tx, dialect};

/// Whose key, and what for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub token: String,
    pub key: String,
    /// Of method, address and body.
    pub digest: String,
}

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
    pub location: Option<String>,
    pub body: String,
}

#[derive(Debug)]
pub struct Kept {
    pub digest: String,
    pub started_at: DateTime<Utc>,
    /// `None`: it still runs, or died.
    pub reply: Option<Reply>,
}

pub type ReplyRow = (String, NaiveDateTime, Option<i32>, Option<String>, Option<String>, Option<String>);

/// `true` if nobody has asked with this key before.
pub fn start(tx: &mut Tx, asked: &Asked, lease: &str, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let Asked { token, key, digest } = asked;
    Ok(dialect::insert_api_reply(tx.conn, token, key, digest, lease, now.naive_utc())?)
}

/// Nobody else changes it until the transaction ends.
pub fn lock(tx: &mut Tx, asked: &Asked) -> Result<Option<Kept>, StorageError> {
    let row: Option<ReplyRow> = dialect::lock_api_reply(tx.conn, &asked.token, &asked.key).optional()?;
    row.map(kept).transpose()
}

pub fn take_over(tx: &mut Tx, asked: &Asked, lease: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(api_replies::table.find((&asked.token, &asked.key)))
        .set((api_replies::lease.eq(lease), api_replies::started_at.eq(now.naive_utc())))
        .execute(tx.conn)?;
    Ok(())
}

/// Nothing, if somebody else has taken over.
pub fn keep(tx: &mut Tx, asked: &Asked, lease: &str, reply: &Reply) -> Result<(), StorageError> {
    let mine = api_replies::table.find((&asked.token, &asked.key)).filter(api_replies::lease.eq(lease));
    diesel::update(mine)
        .set((
            api_replies::status.eq(i32::from(reply.status)),
            api_replies::content_type.eq(&reply.content_type),
            api_replies::location.eq(&reply.location),
            api_replies::body.eq(&reply.body),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn forget(tx: &mut Tx, asked: &Asked, lease: &str) -> Result<(), StorageError> {
    let mine = api_replies::table.find((&asked.token, &asked.key)).filter(api_replies::lease.eq(lease));
    diesel::delete(mine).execute(tx.conn)?;
    Ok(())
}

pub fn delete_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<usize, StorageError> {
    let old = api_replies::table.filter(api_replies::started_at.lt(before.naive_utc()));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

fn kept((digest, started_at, status, content_type, location, body): ReplyRow) -> Result<Kept, StorageError> {
    let reply = match status {
        None => None,
        Some(status) => Some(Reply {
            status: u16::try_from(status).map_err(|error| StorageError::unreadable("api_replies", error))?,
            content_type,
            location,
            body: body.unwrap_or_default(),
        }),
    };
    Ok(Kept { digest, started_at: started_at.and_utc(), reply })
}

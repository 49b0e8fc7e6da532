//! Signed messages from outside, kept as they came.

use chrono::{DateTime, Utc};

use diesel::prelude::*;

use super::schema::webhooks;
use super::{StorageError, Tx, dialect};

/// `true` if this message was not kept before.
pub fn keep(
    tx: &mut Tx,
    source: &str,
    message: &str,
    path: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    // A NUL byte is text to HTTP, but not to PostgreSQL.
    let body = String::from_utf8_lossy(body).replace('\0', "\u{fffd}");
    Ok(dialect::insert_webhook(tx.conn, source, message, path, &body, now.naive_utc())?)
}

/// As it came.
pub fn body(tx: &mut Tx, source: &str, message: &str) -> Result<Option<String>, StorageError> {
    Ok(webhooks::table.find((source, message)).select(webhooks::body).first(tx.conn).optional()?)
}

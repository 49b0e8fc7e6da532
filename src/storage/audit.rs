//! Who did what: one row a deed, never changed. How it is read is `audit_search`'s.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::audit;
use super::{StorageError, Tx};
use crate::ids;

/// Something that was one way and is another now.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    pub actor: &'a str,
    pub action: &'a str,
    /// What was changed: an id, or a name where there is no id.
    pub subject: &'a str,
    /// Whose account it belongs to, if it is a customer's.
    pub account: Option<&'a str>,
    /// Why, or what else is worth knowing.
    pub detail: &'a str,
    /// A word or compact JSON; nothing where there was nothing.
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

/// A deed that has no before and after. An account is noted as such.
pub fn record(
    tx: &mut Tx,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let account = subject.starts_with("acc_").then_some(subject);
    change(tx, &Change { actor, action, subject, account, detail, before: None, after: None }, now)
}

pub fn change(tx: &mut Tx, change: &Change, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(audit::table)
        .values((
            audit::id.eq(ids::new("aud")),
            audit::at.eq(now.naive_utc()),
            audit::actor.eq(change.actor),
            audit::action.eq(change.action),
            audit::subject.eq(change.subject),
            audit::detail.eq(change.detail),
            audit::account_id.eq(change.account),
            audit::before_text.eq(change.before),
            audit::after_text.eq(change.after),
            audit::from_address.eq(tx.asked_from.clone()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

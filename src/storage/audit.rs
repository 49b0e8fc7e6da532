//! Who did what.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::audit;
use super::{StorageError, Tx};
use crate::ids;

pub fn record(
    tx: &mut Tx,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::insert_into(audit::table)
        .values((
            audit::id.eq(ids::new("aud")),
            audit::at.eq(now.naive_utc()),
            audit::actor.eq(actor),
            audit::action.eq(action),
            audit::subject.eq(subject),
            audit::detail.eq(detail),
        ))
        .execute(tx.conn)?;
    Ok(())
}

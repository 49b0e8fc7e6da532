//! The operator's switch over all charging: one row, or none while it was never touched.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::charging;
use super::{StorageError, Tx, utc};
use crate::domain::charging::Charging;
use crate::domain::setting::Choice;

/// How it stands, and who has set it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switched {
    pub state: Charging,
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

pub fn find(tx: &mut Tx) -> Result<Option<Switched>, StorageError> {
    let columns = (charging::state, charging::reason, charging::changed_by, charging::changed_at);
    let row: Option<(String, String, String, NaiveDateTime)> =
        charging::table.select(columns).first(tx.conn).optional()?;
    let switched = |(state, reason, by, at): (String, String, String, NaiveDateTime)| {
        let state =
            Charging::read(&state).map_err(|why| StorageError::unreadable("charging", format!("{state} {why}")))?;
        Ok(Switched { state, reason, by, at: utc(at) })
    };
    row.map(switched).transpose()
}

pub fn state(tx: &mut Tx) -> Result<Charging, StorageError> {
    Ok(find(tx)?.map(|switched| switched.state).unwrap_or_default())
}

pub fn put(tx: &mut Tx, switched: &Switched) -> Result<(), StorageError> {
    diesel::delete(charging::table).execute(tx.conn)?;
    diesel::insert_into(charging::table)
        .values((
            charging::one.eq(1),
            charging::state.eq(switched.state.code()),
            charging::reason.eq(&switched.reason),
            charging::changed_by.eq(&switched.by),
            charging::changed_at.eq(switched.at.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

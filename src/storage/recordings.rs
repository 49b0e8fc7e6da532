//! Recordings of calls, as far as they are known here: the files are the carrier's.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::{calls, recordings};
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::recording::{Recording, RecordingState};

#[derive(Queryable, Insertable, AsChangeset, Selectable)]
#[diesel(table_name = recordings, treat_none_as_null = true)]
struct Row {
    id: String,
    account_id: String,
    call_id: String,
    carrier_sid: String,
    leg_id: Option<String>,
    state: String,
    started_at: NaiveDateTime,
    duration_seconds: Option<i64>,
    media_url: Option<String>,
    keep_until: NaiveDateTime,
    deleted_at: Option<NaiveDateTime>,
}

impl Row {
    fn of(one: &Recording) -> Self {
        Self {
            id: one.id.clone(),
            account_id: one.account.clone(),
            call_id: one.call.clone(),
            carrier_sid: one.carrier_sid.clone(),
            leg_id: one.leg.clone(),
            state: one.state.code().to_owned(),
            started_at: one.started_at.naive_utc(),
            duration_seconds: one.seconds,
            media_url: one.media_url.clone(),
            keep_until: one.keep_until.naive_utc(),
            deleted_at: one.deleted_at.map(|at| at.naive_utc()),
        }
    }

    fn recording(self) -> Result<Recording, StorageError> {
        let state = self.state.parse().map_err(|error| StorageError::unreadable("recordings", error))?;
        Ok(Recording {
            id: self.id,
            account: self.account_id,
            call: self.call_id,
            carrier_sid: self.carrier_sid,
            leg: self.leg_id,
            state,
            started_at: utc(self.started_at),
            seconds: self.duration_seconds,
            media_url: self.media_url,
            keep_until: utc(self.keep_until),
            deleted_at: utc_option(self.deleted_at),
        })
    }
}

pub fn insert(tx: &mut Tx, recording: &Recording) -> Result<(), StorageError> {
    diesel::insert_into(recordings::table).values(Row::of(recording)).execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, recording: &Recording) -> Result<(), StorageError> {
    diesel::update(recordings::table.find(&recording.id)).set(Row::of(recording)).execute(tx.conn)?;
    Ok(())
}

pub fn by_sid(tx: &mut Tx, account: &str, carrier_sid: &str) -> Result<Option<Recording>, StorageError> {
    let of_account = recordings::table.filter(recordings::account_id.eq(account));
    let one = of_account.filter(recordings::carrier_sid.eq(carrier_sid)).select(Row::as_select());
    one.first(tx.conn).optional()?.map(Row::recording).transpose()
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Recording>, StorageError> {
    let one = recordings::table.find(id).select(Row::as_select());
    one.first(tx.conn).optional()?.map(Row::recording).transpose()
}

/// Oldest first.
pub fn of_call(tx: &mut Tx, account: &str, call: &str) -> Result<Vec<Recording>, StorageError> {
    let of_account = recordings::table.filter(recordings::account_id.eq(account).and(recordings::call_id.eq(call)));
    let rows = of_account.order((recordings::started_at, recordings::id)).select(Row::as_select());
    rows.load(tx.conn)?.into_iter().map(Row::recording).collect()
}

/// Those of settled calls whose end has not been told by `before`.
pub fn untold(tx: &mut Tx, before: DateTime<Utc>, most: i64) -> Result<Vec<String>, StorageError> {
    let open = [RecordingState::InProgress, RecordingState::Paused, RecordingState::Stopped].map(RecordingState::code);
    let of_calls = recordings::table.inner_join(calls::table.on(calls::id.eq(recordings::call_id)));
    let open = of_calls.filter(recordings::state.eq_any(open)).filter(calls::settled_at.le(before.naive_utc()));
    Ok(open.order(recordings::started_at).limit(most).select(recordings::id).load(tx.conn)?)
}

/// Those whose time is over and that the carrier still has.
pub fn past_keeping(tx: &mut Tx, now: DateTime<Utc>, most: i64) -> Result<Vec<String>, StorageError> {
    let over = [RecordingState::Stopped, RecordingState::Completed, RecordingState::Absent].map(RecordingState::code);
    let due = recordings::table.filter(recordings::state.eq_any(over));
    let due = due.filter(recordings::keep_until.le(now.naive_utc())).order(recordings::keep_until).limit(most);
    Ok(due.select(recordings::id).load(tx.conn)?)
}

//! What is known of recordings: what the carrier reports of them, and that it has deleted one.

use chrono::{DateTime, Utc};

use super::report::Message;
use super::{FlowError, call_changed};
use crate::domain::recording::{Recording, RecordingChange, RecordingSeen};
use crate::ids;
use crate::storage::{Tx, audit, recordings};

/// The carrier says something of a recording of that call.
pub fn recording_reported(
    tx: &mut Tx,
    call: &str,
    seen: &RecordingSeen,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let account = call_changed::lock(tx, call)?.call.account;
    if message.keep(tx, now)? {
        take_down(tx, &account, call, seen, now)?;
    }
    Ok(())
}

/// The carrier has answered an order about a recording of that call. `change`: what it was told to do, if anything.
pub fn recording_answered(
    tx: &mut Tx,
    call: &str,
    seen: &RecordingSeen,
    change: Option<RecordingChange>,
    now: DateTime<Utc>,
) -> Result<Recording, FlowError> {
    let account = call_changed::lock(tx, call)?.call.account;
    let mut recording = take_down(tx, &account, call, seen, now)?;
    if let Some(change) = change {
        recording.changed(change);
        recordings::save(tx, &recording)?;
    }
    Ok(recording)
}

fn take_down(
    tx: &mut Tx,
    account: &str,
    call: &str,
    seen: &RecordingSeen,
    now: DateTime<Utc>,
) -> Result<Recording, FlowError> {
    let Some(mut recording) = recordings::by_sid(tx, account, &seen.carrier_sid)? else {
        let recording = Recording::new(ids::new("rec"), account, call, seen, now);
        recordings::insert(tx, &recording)?;
        return Ok(recording);
    };
    recording.apply(seen);
    recordings::save(tx, &recording)?;
    Ok(recording)
}

/// The recording if it is to be deleted now.
pub fn due(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<Option<Recording>, FlowError> {
    Ok(recordings::find(tx, id)?.filter(|recording| recording.is_due(now)))
}

/// The carrier has it no longer.
pub fn recording_deleted(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Some(found) = recordings::find(tx, id)? else { return Ok(()) };
    call_changed::lock(tx, &found.call)?;
    let Some(mut recording) = recordings::find(tx, id)?.filter(|recording| recording.deleted_at.is_none()) else {
        return Ok(());
    };
    recording.delete(now);
    recordings::save(tx, &recording)?;
    let detail = format!("{} of {}, its time was over", recording.id, recording.call);
    audit::record(tx, "system", "delete_recording", &recording.account, &detail, now)?;
    Ok(())
}

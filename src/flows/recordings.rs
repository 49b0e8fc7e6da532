//! What is known of recordings: what the carrier reports and shows of them, who was told that there is one, and that it
//! has deleted one.

use chrono::{DateTime, Utc};

use super::report::Message;
use super::{FlowError, Job, call_changed};
use crate::domain::call::announcement::Announcement;
use crate::domain::call::record::{Record, RecordingStep};
use crate::domain::call::{Call, Command};
use crate::domain::recording::{Forgotten, Recording, RecordingSeen};
use crate::ids;
use crate::storage::{Tx, audit, recordings};

/// The carrier says something of a recording of that call. One that begins may be one that nobody wants.
pub fn recording_reported(
    tx: &mut Tx,
    call: &str,
    seen: &RecordingSeen,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let change = call_changed::lock(tx, call)?;
    if !message.keep(tx, now)? {
        return Ok(());
    }
    let step = take_down(tx, &change.call, seen, Recording::apply, now)?;
    let begins = seen.state.is_going_on() && change.call.is_running();
    let commands = step.into_iter().chain(begins.then_some(Command::KeepRecorded)).collect();
    call_changed::save(tx, change, commands, now)
}

/// The carrier has shown recordings of that call as they are.
pub fn recordings_seen(tx: &mut Tx, call: &str, seen: &[RecordingSeen], now: DateTime<Utc>) -> Result<(), FlowError> {
    let change = call_changed::lock(tx, call)?;
    let mut commands = vec![];
    for seen in seen {
        commands.extend(take_down(tx, &change.call, seen, Recording::look, now)?);
    }
    call_changed::save(tx, change, commands, now)
}

fn take_down(
    tx: &mut Tx,
    call: &Call,
    seen: &RecordingSeen,
    learn: fn(&mut Recording, &RecordingSeen),
    now: DateTime<Utc>,
) -> Result<Option<Command>, FlowError> {
    let known = recordings::by_sid(tx, &call.account, &seen.carrier_sid)?;
    let before = known.as_ref().map(|known| known.state);
    let is_new = known.is_none();
    let mut recording = known.clone().unwrap_or_else(|| Recording::new(ids::new("rec"), call, seen, now));
    learn(&mut recording, seen);
    if is_new {
        recordings::insert(tx, &recording)?;
    } else if known.as_ref() != Some(&recording) {
        recordings::save(tx, &recording)?;
    }
    let step = RecordingStep::between(before, recording.state);
    Ok(step.map(|step| Command::Record(Record::Recording { step })))
}

/// Legs were told that the call is recorded; `all`: by one word to the whole room.
pub fn recording_told(
    tx: &mut Tx,
    call: &str,
    legs: &[String],
    all: bool,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    change.call.told_of_recording(legs);
    let listeners = if all { vec![None] } else { legs.iter().cloned().map(Some).collect() };
    let told = |leg| Record::Announced { announcement: Announcement::Recording, leg, heard: true };
    let commands = listeners.into_iter().map(|leg| Command::Record(told(leg))).collect();
    call_changed::save(tx, change, commands, now)
}

/// The carrier would not record the call, or not say that it is recorded.
pub fn recording_refused(tx: &mut Tx, call: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    let commands = change.call.give_up_recording();
    call_changed::save(tx, change, commands, now)
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
    let why = if recording.is_due(now) { "its time was over" } else { "the carrier has it no longer" };
    recording.delete(now);
    recordings::save(tx, &recording)?;
    let detail = format!("{} of {}, {why}", recording.id, recording.call);
    audit::record(tx, "system", "delete_recording", &recording.account, &detail, now)?;
    Ok(())
}

/// Somebody does not want it to be kept until its time is over. It is gone when the carrier has deleted it.
pub fn forget_recording(
    tx: &mut Tx,
    id: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(Recording, Forgotten), FlowError> {
    let unknown = || FlowError::not_found("recording", id);
    let found = recordings::find(tx, id)?.ok_or_else(unknown)?;
    call_changed::lock(tx, &found.call)?;
    let mut recording = recordings::find(tx, id)?.ok_or_else(unknown)?;
    let before = recording.keep_until;
    let forgotten = recording.forget(now);
    if forgotten == Forgotten::Now {
        recordings::save(tx, &recording)?;
        Job::DeleteRecording { recording: recording.id.clone() }.enqueue(tx, now)?;
        let detail =
            format!("{} of {}, which was kept until {}", recording.id, recording.call, before.format("%Y-%m-%d"));
        audit::record(tx, actor, "delete_recording", &recording.account, &detail, now)?;
    }
    Ok((recording, forgotten))
}

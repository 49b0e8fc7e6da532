//! The orders of the API about recordings: start, pause, resume, stop and delete.

use chrono::{DateTime, Utc};

use super::World;
use super::call::CallStatus;
use super::call_orders::hook;
use super::form::{Form, Refusal};
use super::recording::{Recording, RecordingSource, RecordingStatus};
use crate::sandbox::carrier::twiml::{ConferenceCallback, Recorded, words};

/// Stands in an address for the one recording that is going on.
const CURRENT: &str = "Twilio.CURRENT";

/// Whose recordings an address names.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    Account,
    Call(&'a str),
    Room(&'a str),
}

impl Of<'_> {
    pub fn holds(self, one: &Recording) -> bool {
        match self {
            Self::Account => true,
            Self::Call(call) => one.call_sid == call && one.room_sid.is_none(),
            Self::Room(room) => one.room_sid.as_deref() == Some(room),
        }
    }
}

impl World {
    pub fn record_call(&mut self, sid: &str, form: &Form, now: DateTime<Utc>) -> Result<Recording, Refusal> {
        let call = self.calls.get(sid).ok_or_else(|| Refusal::not_found(sid))?;
        if call.status != CallStatus::InProgress {
            return Err(not_eligible());
        }
        let recorded = recorded_of(form, false)?;
        let started = self.start_recording(sid, None, RecordingSource::StartedByApi, recorded, now);
        Ok(self.recordings[&started].clone())
    }

    pub fn update_recording(
        &mut self,
        of: Of,
        sid: &str,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<Recording, Refusal> {
        let sid = self.find_recording(of, sid)?.sid.clone();
        let status = form.filled("Status").ok_or_else(|| Refusal::bad(20001, "Status is required"))?;
        let counts_on = match form.filled("PauseBehavior") {
            None | Some("silence") => true,
            Some("skip") => false,
            Some(other) => return Err(Refusal::bad(20001, &format!("PauseBehavior '{other}' is not allowed"))),
        };
        let wanted = match status {
            "paused" => RecordingStatus::Paused,
            "in-progress" => RecordingStatus::InProgress,
            "stopped" => RecordingStatus::Stopped,
            other => return Err(Refusal::bad(20001, &format!("Status '{other}' is not allowed"))),
        };
        let one = self.recording_mut(&sid);
        if !one.is_active() {
            return Err(not_eligible());
        }
        if wanted == RecordingStatus::Stopped {
            self.stop_recording(&sid, RecordingStatus::Stopped, now);
        } else {
            one.stop_counting(now);
            // A pause kept as silence is as long in the file as it was.
            one.counts_from = (wanted == RecordingStatus::InProgress || counts_on).then_some(now);
            one.status = wanted;
            one.updated_at = now;
        }
        Ok(self.recordings[&sid].clone())
    }

    pub fn delete_recording(&mut self, of: Of, sid: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let sid = self.find_recording(of, sid)?.sid.clone();
        if self.recordings[&sid].is_unfinished() && !self.switches.deletes_unfinished_recordings {
            let message = "The recording cannot be deleted before it is complete".to_owned();
            return Err(Refusal { http: 409, code: 20009, message });
        }
        self.stop_recording(&sid, RecordingStatus::Processing, now);
        let one = self.recording_mut(&sid);
        one.is_deleted = true;
        one.updated_at = now;
        Ok(())
    }

    /// By its SID, or the one that is going on.
    pub fn find_recording(&self, of: Of, sid: &str) -> Result<&Recording, Refusal> {
        let is_meant = |one: &&Recording| {
            of.holds(one) && !one.is_deleted && if sid == CURRENT { one.is_active() } else { one.sid == sid }
        };
        let mut found = self.recordings.values().filter(is_meant);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(Refusal::bad(16108, "There is more than one active recording")),
            (None, _) => Err(Refusal::not_found(sid)),
        }
    }
}

/// `Record` of an order that makes a call.
pub(super) fn recorded_call(form: &Form) -> Result<Option<Recorded>, Refusal> {
    if form.flag("Record") == Some(true) { recorded_of(form, true).map(Some) } else { Ok(None) }
}

/// `ConferenceRecord` of an order that adds a participant.
pub(super) fn recorded_room(form: &Form) -> Result<Option<Recorded>, Refusal> {
    if !matches!(form.filled("ConferenceRecord"), Some("true" | "record-from-start")) {
        return Ok(None);
    }
    let callback = callback_of(form, "Conference")?;
    let trims_silence = form.get("ConferenceTrim") != Some("do-not-trim");
    Ok(Some(Recorded { callback, channels: 1, track: None, trims_silence, from_ringing: false }))
}

fn recorded_of(form: &Form, trims: bool) -> Result<Recorded, Refusal> {
    let channels = match form.filled("RecordingChannels") {
        None | Some("mono") => 1,
        Some("dual") => 2,
        Some(other) => return Err(Refusal::bad(20001, &format!("RecordingChannels '{other}' is not allowed"))),
    };
    let track = form.filled("RecordingTrack").unwrap_or("both");
    if !["inbound", "outbound", "both"].contains(&track) {
        return Err(Refusal::bad(20001, &format!("RecordingTrack '{track}' is not allowed")));
    }
    let trims_silence = form.filled("Trim").map_or(trims, |trim| trim == "trim-silence");
    let callback = callback_of(form, "")?;
    Ok(Recorded { callback, channels, track: Some(track.to_owned()), trims_silence, from_ringing: false })
}

/// The events may be repeated, or several words in one.
fn callback_of(form: &Form, before: &str) -> Result<Option<ConferenceCallback>, Refusal> {
    let name = |what: &str| format!("{before}RecordingStatusCallback{what}");
    let asked = words(&form.all(&name("Event")).join(" "));
    let events = if asked.is_empty() { vec!["completed".to_owned()] } else { asked };
    Ok(hook(form, &name(""), &name("Method"), 21609)?.map(|hook| ConferenceCallback { hook, events }))
}

fn not_eligible() -> Refusal {
    Refusal::bad(21220, "Requested resource is not eligible for recording")
}

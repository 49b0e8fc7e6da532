//! Recordings: what is recorded from when to when, and what the customer is told of it. The verb and the orders of the
//! API stand beside it.
//!
//! ```text
//! in-progress ⇄ paused → stopped (by the API) or processing (all else) → completed or absent
//! ```

use chrono::{DateTime, Utc};

use super::events::rfc2822;
use super::form::{Params, params};
use super::timers::Timer;
use super::{Action, World};
use crate::sandbox::carrier::twiml::{ConferenceCallback, Recorded};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingStatus {
    InProgress,
    Paused,
    Stopped,
    Processing,
    Completed,
    Absent,
}

impl RecordingStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Absent => "absent",
        }
    }
}

/// Who asked for the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingSource {
    Dial,
    Conference,
    /// The order that made the call.
    Outbound,
    RecordVerb,
    /// An order about a call that was up.
    StartedByApi,
}

impl RecordingSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dial => "DialVerb",
            Self::Conference => "Conference",
            Self::Outbound => "OutboundAPI",
            Self::RecordVerb => "RecordVerb",
            Self::StartedByApi => "StartCallRecordingAPI",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Recording {
    pub sid: String,
    pub call_sid: String,
    /// Only of a recording of a whole conference.
    pub room_sid: Option<String>,
    pub source: RecordingSource,
    pub status: RecordingStatus,
    pub channels: u8,
    pub track: Option<String>,
    pub started_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Known once it is completed.
    pub seconds: Option<i64>,
    pub is_deleted: bool,
    pub(super) recorded_ms: i64,
    /// From when it has been counting, if it counts now.
    pub(super) counts_from: Option<DateTime<Utc>>,
    callback: Option<ConferenceCallback>,
}

impl Recording {
    /// Whether it goes on, or may go on.
    pub fn is_active(&self) -> bool {
        matches!(self.status, RecordingStatus::InProgress | RecordingStatus::Paused)
    }

    pub fn has_file(&self) -> bool {
        self.status == RecordingStatus::Completed && !self.is_deleted
    }

    /// Whether the file is still to come.
    pub(super) fn is_unfinished(&self) -> bool {
        !matches!(self.status, RecordingStatus::Completed | RecordingStatus::Absent)
    }

    pub(super) fn stop_counting(&mut self, now: DateTime<Utc>) {
        if let Some(from) = self.counts_from.take() {
            self.recorded_ms += (now - from).num_milliseconds();
        }
    }
}

impl World {
    pub fn recording(&self, sid: &str) -> Option<&Recording> {
        self.recordings.get(sid)
    }

    /// Oldest first.
    pub fn recordings(&self) -> impl DoubleEndedIterator<Item = &Recording> {
        self.recordings.values()
    }

    pub(super) fn recording_mut(&mut self, sid: &str) -> &mut Recording {
        self.recordings.get_mut(sid).expect("recordings are marked as deleted and never forgotten")
    }

    pub(super) fn start_recording(
        &mut self,
        call: &str,
        room: Option<&str>,
        source: RecordingSource,
        recorded: Recorded,
        now: DateTime<Utc>,
    ) -> String {
        let sid = self.new_sid("RE");
        let recording = Recording {
            sid: sid.clone(),
            call_sid: call.to_owned(),
            room_sid: room.map(str::to_owned),
            source,
            status: RecordingStatus::InProgress,
            channels: recorded.channels,
            track: recorded.track,
            started_at: now,
            updated_at: now,
            seconds: None,
            is_deleted: false,
            recorded_ms: 0,
            counts_from: Some(now),
            callback: recorded.callback,
        };
        self.recordings.insert(sid.clone(), recording);
        self.tell_recording(&sid);
        sid
    }

    pub(super) fn stop_recording(&mut self, sid: &str, as_status: RecordingStatus, now: DateTime<Utc>) {
        let ready_after_ms = self.switches.recording_ready_after_ms;
        let recording = self.recording_mut(sid);
        if recording.is_active() {
            recording.stop_counting(now);
            recording.status = as_status;
            recording.updated_at = now;
            self.set_timer_in_ms(Timer::RecordingReady(sid.to_owned()), ready_after_ms, now);
        }
    }

    pub(super) fn recording_ready(&mut self, sid: &str, now: DateTime<Utc>) {
        let shortest_ms = self.switches.shortest_recording_ms;
        let recording = self.recording_mut(sid);
        recording.updated_at = now;
        recording.status = match recording.recorded_ms < shortest_ms {
            true => RecordingStatus::Absent,
            false => RecordingStatus::Completed,
        };
        recording.seconds = Some((recording.recorded_ms + 500) / 1_000);
        self.tell_recording(sid);
    }

    /// The conference has started: two are together, and what they say is recorded from here on.
    pub(super) fn record_room(&mut self, room_sid: &str, now: DateTime<Utc>) {
        let room = &self.rooms[room_sid];
        let first = room.participants.iter().find(|one| one.joined).map(|one| one.call_sid.clone());
        if let (Some(recorded), Some(first)) = (room.recorded.clone(), first) {
            self.start_recording(&first, Some(room_sid), RecordingSource::Conference, recorded, now);
        }
    }

    pub(super) fn stop_recording_room(&mut self, room_sid: &str, now: DateTime<Utc>) {
        self.stop_recordings(|one| one.room_sid.as_deref() == Some(room_sid), now);
    }

    pub(super) fn stop_recording_call(&mut self, sid: &str, now: DateTime<Utc>) {
        self.stop_recordings(|one| one.call_sid == sid && one.room_sid.is_none(), now);
    }

    /// Begins what the leg's Dial wants recorded, once.
    pub(super) fn record_dial(&mut self, sid: &str, now: DateTime<Utc>) {
        if let Some(recorded) = self.call_mut(sid).line.dial_recorded.take() {
            self.start_recording(sid, None, RecordingSource::Dial, recorded, now);
        }
    }

    /// The leg's Dial is over: what its action is told of the recording.
    pub(super) fn stop_recording_dial(&mut self, sid: &str, now: DateTime<Utc>) -> Params {
        self.call_mut(sid).line.dial_recorded = None;
        let is_its = |one: &Recording| one.call_sid == sid && one.source == RecordingSource::Dial && one.is_active();
        let Some(found) = self.recordings.values().find(|one| is_its(one)).map(|one| one.sid.clone()) else {
            return Vec::new();
        };
        self.stop_recording(&found, RecordingStatus::Processing, now);
        params(&[("RecordingUrl", &self.recording_url(&found))])
    }

    fn stop_recordings(&mut self, which: impl Fn(&Recording) -> bool, now: DateTime<Utc>) {
        let found: Vec<String> = self.recordings.values().filter(|one| which(one)).map(|one| one.sid.clone()).collect();
        for sid in found {
            self.stop_recording(&sid, RecordingStatus::Processing, now);
        }
    }

    pub fn recording_url(&self, sid: &str) -> String {
        format!("{}/2010-04-01/Accounts/{}/Recordings/{sid}", self.base_url, self.account_sid)
    }

    /// What the last callback of a call says of the recording that was ordered with it.
    pub(super) fn ordered_recording_params(&self, call: &str) -> Params {
        let is_its = |one: &&Recording| one.call_sid == call && one.source == RecordingSource::Outbound;
        let Some(found) = self.recordings.values().find(is_its) else { return Vec::new() };
        params(&[
            ("RecordingUrl", &self.recording_url(&found.sid)),
            ("RecordingSid", &found.sid),
            ("RecordingDuration", &((found.recorded_ms + 500) / 1_000).to_string()),
        ])
    }

    fn tell_recording(&mut self, sid: &str) {
        let one = &self.recordings[sid];
        let status = one.status.as_str();
        let Some(callback) = one.callback.as_ref().filter(|told| told.events.iter().any(|word| word == status)) else {
            return;
        };
        let mut told = params(&[
            ("AccountSid", &self.account_sid),
            ("RecordingSid", sid),
            ("RecordingUrl", &self.recording_url(sid)),
            ("RecordingStatus", status),
            ("RecordingChannels", &one.channels.to_string()),
            ("RecordingStartTime", &rfc2822(one.started_at)),
            ("RecordingSource", one.source.as_str()),
        ]);
        let about = one.room_sid.clone().map(|room| ("ConferenceSid".to_owned(), room));
        told.push(about.unwrap_or_else(|| ("CallSid".to_owned(), one.call_sid.clone())));
        told.extend(one.track.iter().map(|track| ("RecordingTrack".to_owned(), track.clone())));
        told.extend(one.seconds.map(|seconds| ("RecordingDuration".to_owned(), seconds.to_string())));
        let hook = callback.hook.clone();
        self.actions.push(Action::Callback { subject: sid.to_owned(), hook, params: told });
    }
}

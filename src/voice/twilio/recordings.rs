//! Recordings at Twilio: the orders about them as requests, and what its answers and reports call their states.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::requests::Parameters;
use super::room::trim;
use crate::voice::{Recorded, RecordingChange, RecordingSeen, RecordingState, Trim};
use crate::wire::Method;

/// What is reported of a recording.
pub const EVENTS: [&str; 3] = ["in-progress", "completed", "absent"];

pub fn start(call_sid: &str, lost: Trim, status_url: &str) -> (Method, String, Parameters) {
    let mut parameters = vec![
        ("Trim", trim(lost).to_owned()),
        ("RecordingStatusCallback", status_url.to_owned()),
        ("RecordingStatusCallbackMethod", "POST".to_owned()),
    ];
    parameters.extend(EVENTS.map(|event| ("RecordingStatusCallbackEvent", event.to_owned())));
    (Method::Post, all_of(&Recorded::Call(call_sid.to_owned())), parameters)
}

pub fn all_of(of: &Recorded) -> String {
    format!("{}/Recordings.json", address(of))
}

fn address(of: &Recorded) -> String {
    match of {
        Recorded::Call(call_sid) => format!("Calls/{call_sid}"),
        Recorded::Conference(conference_sid) => format!("Conferences/{conference_sid}"),
    }
}

/// What is said in a pause is left out, and the pause itself is heard as silence.
pub fn update(of: &Recorded, recording_sid: &str, change: RecordingChange) -> (Method, String, Parameters) {
    let parameters = match change {
        RecordingChange::Pause => vec![("Status", "paused".to_owned()), ("PauseBehavior", "silence".to_owned())],
        RecordingChange::Resume => vec![("Status", "in-progress".to_owned())],
        RecordingChange::Stop => vec![("Status", "stopped".to_owned())],
    };
    (Method::Post, format!("{}/Recordings/{recording_sid}.json", address(of)), parameters)
}

/// A state that Twilio invents after this was written is none.
pub fn state(word: &str) -> Option<RecordingState> {
    match word {
        "processing" => Some(RecordingState::Stopped),
        other => other.parse().ok(),
    }
}

pub fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc())
}

#[derive(Deserialize)]
pub struct Recordings {
    recordings: Vec<Recording>,
}

impl Recordings {
    /// Those of which it can be said how they are.
    pub fn seen(self) -> Vec<RecordingSeen> {
        self.recordings.into_iter().filter_map(Recording::seen).collect()
    }
}

#[derive(Deserialize)]
pub struct Recording {
    sid: String,
    status: String,
    call_sid: String,
    /// Only of the recording of a whole conference.
    conference_sid: Option<String>,
    start_time: Option<String>,
    /// Whole seconds, as text.
    duration: Option<String>,
    media_url: Option<String>,
}

impl Recording {
    pub fn seen(self) -> Option<RecordingSeen> {
        Some(RecordingSeen {
            state: state(&self.status)?,
            of: self.conference_sid.map_or(Recorded::Call(self.call_sid), Recorded::Conference),
            carrier_sid: self.sid,
            started_at: self.start_time.as_deref().and_then(time),
            seconds: self.duration.and_then(|text| text.parse().ok()).filter(|seconds| *seconds >= 0),
            media_url: self.media_url,
        })
    }
}

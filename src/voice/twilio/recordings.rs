//! Recordings at Twilio: the orders about them as requests, and what its answers and reports call their states.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::requests::Parameters;
use crate::voice::{Recorded, RecordingChange, RecordingSeen, RecordingState};
use crate::wire::Method;

pub fn start(call_sid: &str, status_url: &str) -> (Method, String, Parameters) {
    let mut parameters =
        vec![("RecordingStatusCallback", status_url.to_owned()), ("RecordingStatusCallbackMethod", "POST".to_owned())];
    let events = ["in-progress", "completed", "absent"];
    parameters.extend(events.map(|event| ("RecordingStatusCallbackEvent", event.to_owned())));
    (Method::Post, format!("Calls/{call_sid}/Recordings.json"), parameters)
}

/// What is said in a pause is left out, and the pause itself is heard as silence.
pub fn update(of: &Recorded, recording_sid: &str, change: RecordingChange) -> (Method, String, Parameters) {
    let whose = match of {
        Recorded::Call(call_sid) => format!("Calls/{call_sid}"),
        Recorded::Conference(conference_sid) => format!("Conferences/{conference_sid}"),
    };
    let parameters = match change {
        RecordingChange::Pause => vec![("Status", "paused".to_owned()), ("PauseBehavior", "silence".to_owned())],
        RecordingChange::Resume => vec![("Status", "in-progress".to_owned())],
        RecordingChange::Stop => vec![("Status", "stopped".to_owned())],
    };
    (Method::Post, format!("{whose}/Recordings/{recording_sid}.json"), parameters)
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
    pub fn seen(self) -> Option<Vec<RecordingSeen>> {
        self.recordings.into_iter().map(Recording::seen).collect()
    }
}

#[derive(Deserialize)]
pub struct Recording {
    sid: String,
    status: String,
    start_time: Option<String>,
    /// Whole seconds, as text.
    duration: Option<String>,
    media_url: Option<String>,
}

impl Recording {
    pub fn seen(self) -> Option<RecordingSeen> {
        Some(RecordingSeen {
            state: state(&self.status)?,
            carrier_sid: self.sid,
            started_at: self.start_time.as_deref().and_then(time),
            seconds: self.duration.and_then(|text| text.parse().ok()).filter(|seconds| *seconds >= 0),
            media_url: self.media_url,
        })
    }
}

//! A recording of a call at the carrier: what each report makes of it, and when it is to be deleted. Its file stays with
//! the carrier.
//!
//! ```text
//! in-progress ⇄ paused → stopped → completed or absent → deleted
//! ```

use chrono::{DateTime, TimeDelta, Utc};

use super::call::Call;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingState {
    InProgress,
    Paused,
    /// Over, and its file is being made.
    Stopped,
    Completed,
    /// There was nothing to record, or too little of it.
    Absent,
    Deleted,
}

impl RecordingState {
    pub const ALL: [Self; 6] =
        [Self::InProgress, Self::Paused, Self::Stopped, Self::Completed, Self::Absent, Self::Deleted];

    pub fn code(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Completed => "completed",
            Self::Absent => "absent",
            Self::Deleted => "deleted",
        }
    }

    pub fn is_going_on(self) -> bool {
        self.step() == 0
    }

    /// States of one step exclude each other or, in the first, take turns.
    fn step(self) -> u8 {
        match self {
            Self::InProgress | Self::Paused => 0,
            Self::Stopped => 1,
            Self::Completed | Self::Absent => 2,
            Self::Deleted => 3,
        }
    }
}

impl std::str::FromStr for RecordingState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.code() == text).ok_or_else(|| format!("{text:?} is no state"))
    }
}

/// What is wanted of a recording that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingChange {
    Pause,
    Resume,
    Stop,
}

/// What a recording is of, by the carrier's name of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    Call(String),
    Conference(String),
}

/// What the carrier says of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingSeen {
    pub carrier_sid: String,
    pub of: Recorded,
    pub state: RecordingState,
    pub started_at: Option<DateTime<Utc>>,
    pub seconds: Option<i64>,
    pub media_url: Option<String>,
}

/// What came of the wish that a recording be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    Now,
    Already,
    /// It has to be stopped first.
    GoesOn,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub id: String,
    pub account: String,
    pub call: String,
    pub carrier_sid: String,
    /// Only where one leg is recorded and not the whole call.
    pub leg: Option<String>,
    pub state: RecordingState,
    pub started_at: DateTime<Utc>,
    pub seconds: Option<i64>,
    pub media_url: Option<String>,
    pub keep_until: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Recording {
    /// One that is heard of for the first time.
    pub fn new(id: String, call: &Call, seen: &RecordingSeen, now: DateTime<Utc>) -> Self {
        let started_at = seen.started_at.unwrap_or(now);
        let leg = match &seen.of {
            Recorded::Call(call_sid) => call.legs.iter().find(|leg| leg.call_sid.as_ref() == Some(call_sid)),
            Recorded::Conference(_) => None,
        };
        Self {
            id,
            account: call.account.clone(),
            call: call.id.clone(),
            carrier_sid: seen.carrier_sid.clone(),
            leg: leg.map(|leg| leg.id.clone()),
            state: seen.state,
            started_at,
            seconds: seen.seconds,
            media_url: seen.media_url.clone(),
            keep_until: started_at + TimeDelta::days(call.terms.recording.kept_days.into()),
            deleted_at: None,
        }
    }

    /// Reports may repeat and arrive in any order: a state never goes back, and what is known is not forgotten.
    pub fn apply(&mut self, seen: &RecordingSeen) {
        if seen.state.step() > self.state.step() {
            self.state = seen.state;
        }
        if self.state != RecordingState::Deleted {
            self.seconds = seen.seconds.or(self.seconds);
            self.media_url = seen.media_url.clone().or(self.media_url.take());
        }
    }

    /// The carrier shows how it is now. Pausing and going on take turns, which no report tells of.
    pub fn look(&mut self, seen: &RecordingSeen) {
        self.apply(seen);
        if self.state.is_going_on() {
            self.state = seen.state;
        }
    }

    /// There is something to listen to.
    pub fn has_file(&self) -> bool {
        self.state == RecordingState::Completed && self.media_url.is_some()
    }

    /// Its end has still to be told.
    pub fn is_unfinished(&self) -> bool {
        self.state.step() < RecordingState::Completed.step()
    }

    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.state != RecordingState::Deleted && !self.state.is_going_on() && self.keep_until <= now
    }

    /// Somebody does not want it to be kept until its time is over.
    pub fn forget(&mut self, now: DateTime<Utc>) -> Forgotten {
        if self.state.is_going_on() {
            return Forgotten::GoesOn;
        }
        if self.state == RecordingState::Deleted || self.keep_until <= now {
            return Forgotten::Already;
        }
        self.keep_until = now;
        Forgotten::Now
    }

    /// The carrier has it no longer.
    pub fn delete(&mut self, now: DateTime<Utc>) {
        self.state = RecordingState::Deleted;
        self.media_url = None;
        self.deleted_at = self.deleted_at.or(Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    fn seen(state: RecordingState) -> RecordingSeen {
        let (started_at, media_url) = (Some(DateTime::UNIX_EPOCH), Some("https://carrier.example/RE1".to_owned()));
        let of = Recorded::Conference("CF1".to_owned());
        RecordingSeen { carrier_sid: "RE1".to_owned(), of, state, started_at, seconds: Some(9), media_url }
    }

    fn new(state: RecordingState) -> Recording {
        let now = DateTime::UNIX_EPOCH;
        let mut call = Call::new("call_1".into(), "acc_1".into(), "room_1".into(), Money::ZERO, vec![], now);
        call.terms.recording.kept_days = 7;
        Recording::new("rec_1".to_owned(), &call, &seen(state), now)
    }

    #[test]
    fn no_report_takes_a_recording_back() {
        for before in RecordingState::ALL {
            for said in RecordingState::ALL {
                let mut recording = new(before);
                recording.apply(&seen(said));
                assert!(recording.state.step() >= before.step());
                assert!(recording.state == before || recording.state == said);
                let once = recording.clone();
                recording.apply(&seen(said));
                assert_eq!(recording, once, "the same again changes nothing");
            }
        }
    }

    #[test]
    fn a_pause_is_not_ended_by_a_late_report_but_by_a_look_that_shows_it_going_on() {
        let mut recording = new(RecordingState::InProgress);
        recording.look(&seen(RecordingState::Paused));
        recording.apply(&seen(RecordingState::InProgress));
        assert_eq!(recording.state, RecordingState::Paused);
        recording.look(&seen(RecordingState::InProgress));
        assert_eq!(recording.state, RecordingState::InProgress);
        recording.look(&seen(RecordingState::Stopped));
        recording.look(&seen(RecordingState::InProgress));
        assert_eq!(recording.state, RecordingState::Stopped, "what was stopped does not go on");
    }

    #[test]
    fn a_recording_is_due_after_its_days_and_only_once() {
        let mut recording = new(RecordingState::Completed);
        let end = DateTime::UNIX_EPOCH + TimeDelta::days(7);
        assert!(!recording.is_due(end - TimeDelta::seconds(1)));
        assert!(recording.is_due(end));
        recording.delete(end);
        assert!(!recording.is_due(end));
        assert_eq!((recording.media_url.as_ref(), recording.deleted_at), (None, Some(end)));
        recording.apply(&seen(RecordingState::Completed));
        assert_eq!(recording.media_url, None, "where its file was is not learnt again");
    }

    #[test]
    fn who_wants_it_deleted_has_it_deleted_at_once_but_not_while_it_goes_on() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        for state in [RecordingState::InProgress, RecordingState::Paused] {
            let mut recording = new(state);
            assert_eq!(recording.forget(now), Forgotten::GoesOn);
            assert!(!recording.is_due(now + TimeDelta::days(100)));
        }
        let mut recording = new(RecordingState::Completed);
        assert_eq!(recording.forget(now), Forgotten::Now);
        assert!(recording.is_due(now));
        assert_eq!(recording.forget(now), Forgotten::Already);
        recording.delete(now);
        assert_eq!(recording.forget(now), Forgotten::Already);
    }
}

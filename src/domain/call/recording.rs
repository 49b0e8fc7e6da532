//! Whether a call is recorded, as the books want it. A job makes it so, as often as it takes: after each rejoin, too,
//! which may lead to a new conference. Nobody is recorded unnoticed: who comes into a recorded call hears so before, who
//! is in it when it begins to be recorded hears so first, and as long as somebody in the room was not told it pauses.
//!
//! What is recorded is what the anchor's phone says and hears, or the whole room, if the profile of the room has it so.

use serde::{Deserialize, Serialize};

use super::announcement::Hearing;
use super::operation::OperationRefusal;
use super::record::{Record, RecordingStep};
use super::terms::CallTerms;
use super::{Call, Command, Leg, Role, Whereabouts};
use crate::domain::admission::Refusal;
use crate::domain::recording::{Recorded, RecordingChange, RecordingSeen, RecordingState};
use crate::domain::room_profile;
use crate::domain::setting::Choice;

/// For how long recordings are kept unless something else is said, and the longest.
pub const KEPT_DAYS: u16 = 30;
pub const MOST_KEPT_DAYS: u16 = 3650;

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallRecording {
    pub wanted: Wanted,
    /// The legs that know of it.
    pub told: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    #[default]
    Off,
    On,
    Paused,
}

impl Wanted {
    pub fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Paused => "paused",
        }
    }
}

/// What a plan says of recording its calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordingTerms {
    pub when: When,
    pub kept_days: u16,
    /// The caller sees recordings and may listen to them; otherwise they are the house's alone.
    pub shown: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Never,
    OnRequest,
    Always,
}

impl Default for RecordingTerms {
    fn default() -> Self {
        Self { when: When::Never, kept_days: KEPT_DAYS, shown: true }
    }
}

impl Choice for When {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Never, "never", "never"),
        (Self::OnRequest, "on_request", "when somebody wants it"),
        (Self::Always, "always", "always, from the start"),
    ];
}

impl CallTerms {
    /// The profile of the room has the carrier record it by itself.
    pub fn room_is_recorded(&self) -> bool {
        self.room.record == room_profile::Record::FromStart
    }

    /// Who dials may say whether the call is recorded.
    pub fn recording_is_a_choice(&self) -> bool {
        self.recording.when == When::OnRequest && !self.room_is_recorded()
    }

    /// Whether a call is recorded from its start; `asked`: what who dials wants, if they said so.
    pub fn recorded_from_start(&self, asked: Option<bool>) -> Result<bool, Refusal> {
        let always = self.recording.when == When::Always || self.room_is_recorded();
        match (always, asked) {
            (true, Some(false)) => Err(Refusal::AlwaysRecorded),
            (false, Some(true)) if self.recording.when == When::Never => Err(Refusal::NeverRecorded),
            (always, asked) => Ok(always || asked.unwrap_or(false)),
        }
    }
}

/// What is to be done next at the carrier for the call to be recorded as it is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NextStep {
    Nothing,
    /// Tell these legs that it is recorded.
    Tell(Vec<String>),
    /// Record this call of the carrier's.
    Start {
        call_sid: String,
    },
    Change {
        of: Recorded,
        recording_sid: String,
        change: RecordingChange,
    },
}

impl Call {
    pub(super) fn start_recording(&mut self) -> Result<Vec<Command>, OperationRefusal> {
        if self.terms.recording.when == When::Never && !self.terms.room_is_recorded() {
            return Err(OperationRefusal::NeverRecorded);
        }
        match self.recording.wanted {
            Wanted::On => Ok(vec![]),
            Wanted::Paused => Err(OperationRefusal::IsPaused),
            Wanted::Off => {
                self.recording = CallRecording { wanted: Wanted::On, told: vec![] };
                Ok(vec![Command::KeepRecorded])
            }
        }
    }

    /// Paused, or going on again.
    pub(super) fn change_recording(&mut self, to: Wanted) -> Result<Vec<Command>, OperationRefusal> {
        match self.recording.wanted {
            Wanted::Off => Err(OperationRefusal::NotRecorded),
            before if before == to => Ok(vec![]),
            Wanted::On | Wanted::Paused => {
                self.recording.wanted = to;
                Ok(vec![Command::KeepRecorded])
            }
        }
    }

    pub(super) fn stop_recording(&mut self) -> Result<Vec<Command>, OperationRefusal> {
        if self.terms.recording.when == When::Always {
            return Err(OperationRefusal::AlwaysRecorded);
        }
        if self.recording.wanted == Wanted::Off {
            return Ok(vec![]);
        }
        self.recording.wanted = Wanted::Off;
        Ok(vec![Command::KeepRecorded])
    }

    /// Something happened after which it may have to be made so again.
    pub(super) fn keep_recorded(&self) -> Option<Command> {
        // The room of a guest is its host's to record.
        let recorded = self.host.is_none() && (self.recording.wanted != Wanted::Off || self.terms.room_is_recorded());
        (self.is_running() && recorded).then_some(Command::KeepRecorded)
    }

    /// These legs have been told that the call is recorded.
    pub fn told_of_recording(&mut self, legs: &[String]) {
        let new: Vec<_> = legs.iter().filter(|leg| !self.recording.told.contains(leg)).cloned().collect();
        self.recording.told.extend(new);
    }

    /// It cannot be recorded, or not so that everybody knows.
    pub fn give_up_recording(&mut self) -> Vec<Command> {
        self.recording.wanted = Wanted::Off;
        vec![Command::Record(Record::Recording { step: RecordingStep::Refused }), Command::KeepRecorded]
    }

    /// Before it joins for the first time, a leg hears that the call is recorded.
    pub(super) fn hears_of_recording_first(&self, leg: &Leg) -> bool {
        let to_be_told = self.terms.announcements.recording && self.recording.wanted == Wanted::On;
        to_be_told && leg.role == Role::Other && !self.recording.told.contains(&leg.id)
    }

    /// `seen`: what the carrier has of the anchor's call and of the room.
    pub fn next_recording_step(&self, seen: &[RecordingSeen]) -> NextStep {
        let is = |state| move |one: &&RecordingSeen| one.state == state;
        let change = |one: &RecordingSeen, change| NextStep::Change {
            of: one.of.clone(),
            recording_sid: one.carrier_sid.clone(),
            change,
        };
        let going = seen.iter().find(is(RecordingState::InProgress));
        let paused = seen.iter().find(is(RecordingState::Paused));
        match self.recording.wanted {
            Wanted::Off => going.or(paused).map_or(NextStep::Nothing, |one| change(one, RecordingChange::Stop)),
            Wanted::Paused => going.map_or(NextStep::Nothing, |one| change(one, RecordingChange::Pause)),
            Wanted::On => {
                let untold = self.untold();
                match (untold.is_empty(), going, paused) {
                    (false, Some(one), _) => change(one, RecordingChange::Pause),
                    (false, None, _) => NextStep::Tell(untold),
                    (true, None, Some(one)) => change(one, RecordingChange::Resume),
                    (true, Some(_), _) => NextStep::Nothing,
                    // A room that is recorded by itself begins so as soon as two are in it.
                    (true, None, None) if self.terms.room_is_recorded() && !seen.iter().any(is_of_the_room) => {
                        NextStep::Nothing
                    }
                    (true, None, None) => self.start_when_they_talk(),
                }
            }
        }
    }

    /// Those in the room who do not know. Who is on hold is not recorded either.
    fn untold(&self) -> Vec<String> {
        if !self.terms.announcements.recording {
            return vec![];
        }
        let ignorant = self.parties().filter(|leg| {
            leg.joined && !self.recording.told.contains(&leg.id) && self.hears(Some(&leg.id)) == Hearing::Now
        });
        ignorant.map(|leg| leg.id.clone()).collect()
    }

    /// A conversation is recorded, not somebody who waits for one.
    fn start_when_they_talk(&self) -> NextStep {
        let anchor = self.anchor();
        let is_there = |leg: &Leg| leg.is_in() && leg.joined && leg.whereabouts == Whereabouts::Room && !leg.away;
        let they_talk =
            is_there(anchor) && !anchor.stance.hold && self.parties().filter(|leg| is_there(leg)).count() >= 2;
        match anchor.call_sid.clone().filter(|_| they_talk) {
            Some(call_sid) => NextStep::Start { call_sid },
            None => NextStep::Nothing,
        }
    }
}

fn is_of_the_room(seen: &RecordingSeen) -> bool {
    matches!(seen.of, Recorded::Conference(_))
}

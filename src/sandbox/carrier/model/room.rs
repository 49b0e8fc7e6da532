//! What the carrier knows of one conference and who is in it.

use chrono::{DateTime, Utc};

use super::switches::LeaveReason;
use crate::sandbox::carrier::twiml::{Conference, ConferenceCallback, Recorded, Wait};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomStatus {
    Init,
    InProgress,
    Completed,
}

impl RoomStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Room {
    pub sid: String,
    pub name: String,
    pub status: RoomStatus,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub participants: Vec<Participant>,
    pub ended: Option<Ended>,
    /// Taken from whoever came first; what later participants bring is ignored.
    pub(super) callback: Option<ConferenceCallback>,
    pub(super) recorded: Option<Recorded>,
    pub(super) next_sequence: u32,
}

#[derive(Debug, Clone)]
pub struct Ended {
    pub reason: EndReason,
    pub by_call: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Participant {
    pub call_sid: String,
    pub label: Option<String>,
    pub muted: bool,
    pub hold: bool,
    pub coaching: bool,
    pub coached_call: Option<String>,
    pub start_on_enter: bool,
    pub end_on_exit: bool,
    pub beep: bool,
    pub beep_on_exit: bool,
    pub wait: Wait,
    /// False while the Participants API is still dialling it.
    pub joined: bool,
    /// Counts what this participant alone hears, so that audio of an earlier wait or hold is known to be stale.
    pub(super) audio: u64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The documented values of ReasonConferenceEnded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    ViaApi,
    EnderLeft,
    EnderKicked,
    LastKicked,
    LastLeft,
}

impl EndReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViaApi => "conference-ended-via-api",
            Self::EnderLeft => "participant-with-end-conference-on-exit-left",
            Self::EnderKicked => "participant-with-end-conference-on-exit-kicked",
            Self::LastKicked => "last-participant-kicked",
            Self::LastLeft => "last-participant-left",
        }
    }

    /// Why those left who were still there.
    pub(super) fn others_leave_as(self) -> LeaveReason {
        match self {
            Self::ViaApi => LeaveReason::ConferenceEndedViaApi,
            Self::EnderLeft | Self::EnderKicked | Self::LastKicked | Self::LastLeft => {
                LeaveReason::ModeratorEndedConference
            }
        }
    }
}

impl Room {
    pub fn is_active(&self) -> bool {
        self.status != RoomStatus::Completed
    }

    /// By CallSid or by label.
    pub fn participant(&self, who: &str) -> Option<&Participant> {
        self.participants.iter().find(|one| one.call_sid == who || one.label.as_deref() == Some(who))
    }

    pub(super) fn participant_mut(&mut self, who: &str) -> Option<&mut Participant> {
        self.participants.iter_mut().find(|one| one.call_sid == who || one.label.as_deref() == Some(who))
    }

    pub(super) fn has_label(&self, label: &str) -> bool {
        self.participants.iter().any(|one| one.label.as_deref() == Some(label))
    }

    /// Two who have joined, and one of them may start it.
    pub(super) fn may_start(&self) -> bool {
        let joined: Vec<_> = self.participants.iter().filter(|one| one.joined).collect();
        self.status == RoomStatus::Init && joined.len() >= 2 && joined.iter().any(|one| one.start_on_enter)
    }
}

impl Participant {
    /// By CallSid or by label.
    pub(super) fn is_called(&self, who: &str) -> bool {
        self.call_sid == who || self.label.as_deref() == Some(who)
    }

    pub(super) fn from_noun(call_sid: &str, noun: &Conference, joined: bool, now: DateTime<Utc>) -> Self {
        Self {
            call_sid: call_sid.to_owned(),
            label: noun.label.clone(),
            muted: noun.muted,
            hold: false,
            coaching: noun.coach.is_some(),
            coached_call: noun.coach.clone(),
            start_on_enter: noun.start_on_enter,
            end_on_exit: noun.end_on_exit,
            beep: noun.beep,
            beep_on_exit: noun.beep_on_exit,
            audio: 0,
            wait: noun.wait.clone(),
            joined,
            created_at: now,
            updated_at: now,
        }
    }
}

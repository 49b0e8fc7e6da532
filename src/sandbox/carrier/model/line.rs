//! How a call came about, whom it is joined to outside of conferences, and what its phone is pressing.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::call::{Activity, Call, CallStatus};
use crate::sandbox::carrier::twiml::{Gather, Hook, Recorded};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Inbound,
    #[default]
    OutboundApi,
    OutboundDial,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundDial => "outbound-dial",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Line {
    pub direction: Direction,
    /// The call whose Dial rang this one.
    pub parent: Option<String>,
    /// The owned number that was called.
    pub number: Option<String>,
    /// The call at the other end, when an application rings an owned number: one is outbound, the other inbound.
    pub far_side: Option<String>,
    pub(super) send_digits: Option<String>,
    pub(super) gathering: Option<Gathering>,
    /// What the order that made the call wants recorded, until it is.
    pub(super) recorded: Option<Recorded>,
    /// What the Dial under way wants recorded, until it is.
    pub(super) dial_recorded: Option<Recorded>,
    /// The key that ended a Record.
    pub(super) key: Option<char>,
}

/// A Gather under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gathering {
    pub gather: Gather,
    pub digits: String,
    /// The key that ended them.
    pub finished_on: Option<char>,
}

/// A Dial of numbers under way, on the call that dials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialling {
    pub action: Option<Hook>,
    pub time_limit_seconds: i64,
    pub hangup_on_star: bool,
    /// Those who are rung, or who answered and hear their whisper.
    pub children: Vec<String>,
    pub bridge: Option<Connection>,
}

/// Two legs joined by a plain Dial: on the parent it names the child, on the child the parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection {
    pub other: String,
    pub ends_at: DateTime<Utc>,
}

impl Call {
    /// The other leg of a plain Dial, once the two are connected.
    pub fn partner(&self) -> Option<&str> {
        self.connection().map(|connection| connection.other.as_str())
    }

    pub(super) fn connection(&self) -> Option<&Connection> {
        match &self.activity {
            Activity::Dials(dialling) => dialling.bridge.as_ref(),
            Activity::Connected(connection) => Some(connection),
            Activity::Nothing
            | Activity::Asking
            | Activity::Hearing { .. }
            | Activity::InRoom(_)
            | Activity::DialsQueue(_)
            | Activity::Talking(_)
            | Activity::Redirected => None,
        }
    }

    /// Whether a document may run: also before an inbound call is answered.
    pub(super) fn may_run(&self) -> bool {
        match self.status {
            CallStatus::InProgress => true,
            CallStatus::Ringing => self.line.direction == Direction::Inbound,
            CallStatus::Queued
            | CallStatus::Completed
            | CallStatus::Busy
            | CallStatus::Failed
            | CallStatus::NoAnswer
            | CallStatus::Canceled => false,
        }
    }
}

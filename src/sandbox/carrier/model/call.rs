//! What the carrier knows of one call: its progress, the document its leg runs, and what the phone heard.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::billing::Slip;
use super::bridge::Talk;
use super::detection::Detection;
use super::form::Params;
use super::line::{Connection, Dialling, Direction, Line};
use super::numbers::Behaviour;
use super::queue::{QueueDial, Waiting};
use super::switches::WaitFailure;
use crate::sandbox::carrier::twiml::{Conference, Hook, LONGEST_CALL_SECONDS, Notice, Verb};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    Queued,
    Ringing,
    InProgress,
    Completed,
    Busy,
    Failed,
    NoAnswer,
    Canceled,
}

impl CallStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Ringing | Self::InProgress => false,
            Self::Completed | Self::Busy | Self::Failed | Self::NoAnswer | Self::Canceled => true,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Call {
    pub sid: String,
    pub to: String,
    pub from: String,
    pub status: CallStatus,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub dialled_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub behaviour: Behaviour,
    pub ring_seconds: i64,
    pub start: Start,
    pub fallback: Option<Hook>,
    pub callback: Option<CallCallback>,
    pub detection: Option<Detection>,
    pub line: Line,
    /// A limit of the whole call, asked for by the customer.
    pub limit_seconds: Option<i64>,
    /// From when `limit_seconds` counts, if not from the answer.
    pub limit_from: Option<DateTime<Utc>>,
    pub(super) limit_number: u64,
    pub(super) next_sequence: u32,
    pub(super) activity: Activity,
    /// Counts changes of activity, so that a timer or an answer that belongs to an earlier one is known to be stale.
    pub(super) step: u64,
    pub(super) program: VecDeque<Verb>,
    /// While set the leg is in a queue, and `program` is what it hears there.
    pub(super) waiting: Option<Waiting>,
    pub(super) redirect: Option<Redirect>,
    pub(super) redirects: u64,
    pub notices: Vec<Notice>,
    pub heard: Vec<Heard>,
    pub(super) slip: Slip,
}

/// What the leg does once it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    Ask(Hook),
    Run(String),
    /// Dialled by the Participants API: joins at once and is hung up when it leaves.
    Join {
        room: String,
        noun: Box<Conference>,
    },
    /// Rung by a Dial: is connected with who dialled.
    Connect,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCallback {
    pub hook: Hook,
    pub events: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Activity {
    Nothing,
    /// The customer has been asked for a document.
    Asking,
    /// Something is said, played or waited for.
    Hearing {
        until: DateTime<Utc>,
    },
    InRoom(Stay),
    /// Rings numbers, or is connected with one that answered.
    Dials(Dialling),
    /// Was rung by a Dial and is connected with who dialled.
    Connected(Connection),
    /// Dials a queue and waits for somebody to come, or to have heard what is heard before the two are connected.
    DialsQueue(QueueDial),
    Talking(Talk),
    /// Between leaving and the new document of a redirect.
    Redirected,
}

/// A Dial into a conference that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stay {
    pub room: String,
    pub action: Option<Hook>,
    pub ends_at: Option<DateTime<Utc>>,
    pub hangup_on_star: bool,
    pub by_api: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redirect {
    pub number: u64,
    pub to: Start,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heard {
    pub at: DateTime<Utc>,
    pub line: String,
}

/// What an outsider may know of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallSnapshot {
    pub sid: String,
    pub to: String,
    pub from: String,
    pub direction: Direction,
    /// The call whose Dial rang this one.
    pub parent: Option<String>,
    pub status: CallStatus,
    pub answered_by: Option<&'static str>,
    pub created_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub duration: Option<i64>,
    pub room: Option<String>,
    pub queue: Option<String>,
    pub bridge: Option<String>,
    /// How many seconds more the carrier would let this leg talk if the customer vanished now: what is left of the
    /// Dial's timeLimit or of the call's TimeLimit. `None` when the leg is not up or no such limit is running.
    pub still_allows: Option<i64>,
    /// For how many seconds more what it hears goes on, outside of conferences.
    pub hears_for: Option<i64>,
    /// How it is in its conference.
    pub flags: Option<Flags>,
    pub heard: Vec<Heard>,
    pub notices: Vec<Notice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Flags {
    pub hold: bool,
    pub muted: bool,
    pub ends_room: bool,
    pub coaches: Option<String>,
}

impl Call {
    /// Whole seconds, rounded to the nearest, at least one; none for a call that was never answered or goes on.
    pub fn duration_seconds(&self) -> Option<i64> {
        let passed = self.ended_at? - self.answered_at?;
        Some(((passed.num_milliseconds() + 500) / 1000).max(1))
    }

    /// The conference the leg is in, or will join when answered.
    pub fn room(&self) -> Option<&str> {
        match (&self.activity, &self.start) {
            (Activity::InRoom(stay), _) => Some(&stay.room),
            (_, Start::Join { room, .. }) if self.answered_at.is_none() && !self.status.is_final() => Some(room),
            _ => None,
        }
    }

    /// A queue's music goes on for ever, unless it is asked for anew and the carrier does not go on without an answer.
    fn hears_until(&self, unanswered: WaitFailure) -> Option<DateTime<Utc>> {
        let asks_no_more = |waiting: &Waiting| waiting.goes_on_without_answer(unanswered);
        match &self.activity {
            Activity::Hearing { .. } | Activity::Asking if self.waiting.as_ref().is_some_and(asks_no_more) => {
                self.ends_at()
            }
            Activity::Hearing { until } => Some(*until),
            Activity::Nothing
            | Activity::Asking
            | Activity::InRoom(_)
            | Activity::DialsQueue(_)
            | Activity::Talking(_)
            | Activity::Dials(_)
            | Activity::Connected(_)
            | Activity::Redirected => None,
        }
    }

    /// The queue the leg waits in.
    pub fn queue(&self) -> Option<&str> {
        self.waiting.as_ref().map(|waiting| waiting.queue.as_str())
    }

    pub fn bridge(&self) -> Option<&str> {
        match &self.activity {
            Activity::Talking(talk) => Some(&talk.bridge),
            Activity::Nothing
            | Activity::Asking
            | Activity::Hearing { .. }
            | Activity::InRoom(_)
            | Activity::DialsQueue(_)
            | Activity::Dials(_)
            | Activity::Connected(_)
            | Activity::Redirected => None,
        }
    }

    /// When the carrier ends the whole call by itself.
    pub(super) fn ends_at(&self) -> Option<DateTime<Utc>> {
        let answered_at = self.answered_at?;
        let asked = self.limit_seconds.map(|limit| self.limit_from.unwrap_or(answered_at) + TimeDelta::seconds(limit));
        let longest = answered_at + TimeDelta::seconds(LONGEST_CALL_SECONDS);
        Some(asked.map_or(longest, |asked| asked.min(longest)))
    }

    pub fn still_allows(&self, now: DateTime<Utc>) -> Option<i64> {
        if self.status != CallStatus::InProgress {
            return None;
        }
        let ends_at = self.ends_at()?;
        let until = match &self.activity {
            Activity::InRoom(stay) => stay.ends_at.map_or(ends_at, |limit| limit.min(ends_at)),
            Activity::Connected(connection) | Activity::Dials(Dialling { bridge: Some(connection), .. }) => {
                connection.ends_at.min(ends_at)
            }
            Activity::Talking(talk) => talk.ends_at.map_or(ends_at, |limit| limit.min(ends_at)),
            _ if self.limit_seconds.is_some() => ends_at,
            _ => return None,
        };
        Some((until - now).num_seconds().max(0))
    }

    pub fn snapshot(&self, unanswered: WaitFailure, now: DateTime<Utc>) -> CallSnapshot {
        CallSnapshot {
            sid: self.sid.clone(),
            to: self.to.clone(),
            from: self.from.clone(),
            direction: self.line.direction,
            parent: self.line.parent.clone(),
            status: self.status,
            answered_by: self.detection.as_ref().and_then(|detection| detection.verdict),
            created_at: self.created_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            duration: self.duration_seconds(),
            room: self.room().map(str::to_owned),
            queue: self.queue().map(str::to_owned),
            bridge: self.bridge().map(str::to_owned),
            still_allows: self.still_allows(now),
            hears_for: self.hears_until(unanswered).map(|until| (until - now).num_seconds().max(0)),
            flags: None,
            heard: self.heard.clone(),
            notices: self.notices.clone(),
        }
    }

    pub(super) fn hear(&mut self, line: &str, now: DateTime<Utc>) {
        self.heard.push(Heard { at: now, line: line.to_owned() });
    }

    /// What every voice request carries.
    pub(super) fn voice_params(&self, account_sid: &str, old_names: bool) -> Params {
        let mut pairs = vec![
            ("CallSid", self.sid.as_str()),
            ("AccountSid", account_sid),
            ("From", &self.from),
            ("To", &self.to),
            ("CallStatus", self.status.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("Direction", self.line.direction.as_str()),
        ];
        if let Some(parent) = &self.line.parent {
            pairs.push(("ParentCallSid", parent));
        }
        if old_names {
            pairs.extend([("Caller", self.from.as_str()), ("Called", &self.to)]);
        }
        super::form::params(&pairs)
    }
}

//! Answering machines: the carrier may listen for one before a leg that is called is let in. Nobody hears anything
//! meanwhile, and nothing is paid for it: a leg's time begins with its first instructions.
//!
//! | the carrier says | what becomes of the leg |
//! | --- | --- |
//! | a person; it cannot tell, or says nothing | it is let in: better a machine in the call than a person hung up on |
//! | a machine, and there is a message | it hears the message and is hung up; it never enters the room |
//! | a machine, and there is none; a fax | it is hung up |
//!
//! The first word counts, before the leg is let in. A machine keeps nobody company: for the others it is gone at once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::message::Message;
use super::record::Record;
use super::{Call, Command, Leg, Role, Whereabouts};
use crate::domain::setting::Choice;

/// The carrier gives up listening after so long.
pub const MOST_SECONDS: i64 = 30;

/// Whether the carrier listens for a machine, and until when.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detection {
    #[default]
    Off,
    /// Until it knows.
    Detect,
    /// Until a machine's greeting is over, so that a message is recorded from its first word.
    GreetingEnd,
}

/// What is done about answering machines.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MachineTerms {
    pub detection: Detection,
    /// What a machine is left. `None`: it is hung up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

/// What whoever dials wants instead of what is usual.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MachineChoice {
    detection: Option<Detection>,
    message: Option<Message>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a message is left only where the carrier listens for a machine")]
pub struct NobodyListens;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnsweredBy {
    Human,
    Machine,
    Fax,
    /// The carrier could not tell.
    Unknown,
}

/// What the carrier found, and how long it listened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    pub by: AnsweredBy,
    pub seconds: i64,
}

impl Choice for Detection {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Off, "off", "not listened for"),
        (Self::Detect, "detect", "found as soon as can be"),
        (Self::GreetingEnd, "greeting_end", "found, and its greeting waited for"),
    ];
}

impl Choice for AnsweredBy {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Human, "human", "a person"),
        (Self::Machine, "machine", "an answering machine"),
        (Self::Fax, "fax", "a fax machine"),
        (Self::Unknown, "unknown", "a person or a machine"),
    ];
}

impl Verdict {
    pub fn after_millis(by: AnsweredBy, millis: i64) -> Self {
        Self { by, seconds: (millis / 1000).clamp(0, MOST_SECONDS) }
    }
}

impl MachineChoice {
    /// A message alone is left after the greeting, unless it is usual to listen otherwise.
    pub fn new(detection: Option<Detection>, message: Option<Message>) -> Result<Self, NobodyListens> {
        if detection == Some(Detection::Off) && message.is_some() {
            return Err(NobodyListens);
        }
        Ok(Self { detection, message })
    }

    pub fn over(&self, usual: &MachineTerms) -> MachineTerms {
        let message = self.message.clone();
        match (self.detection, usual.detection, message.is_some()) {
            (Some(detection), ..) => MachineTerms { detection, message },
            (None, _, false) => usual.clone(),
            (None, Detection::Off, true) => MachineTerms { detection: Detection::GreetingEnd, message },
            (None, detection, true) => MachineTerms { detection, message },
        }
    }
}

impl Leg {
    fn awaits_verdict(&self) -> bool {
        let asked = self.machine.detection != Detection::Off && self.role == Role::Other;
        let is_new = self.verdict.is_none() && self.started_at.is_none() && !self.is_over();
        asked && is_new && self.whereabouts == Whereabouts::Room
    }

    /// The carrier listens to it at this moment.
    pub fn is_listened_to(&self) -> bool {
        self.state == super::LegState::Answered && self.awaits_verdict()
    }

    pub fn answered_by(&self) -> Option<AnsweredBy> {
        self.verdict.map(|verdict| verdict.by)
    }

    pub fn is_machine(&self) -> bool {
        matches!(self.answered_by(), Some(AnsweredBy::Machine | AnsweredBy::Fax))
    }

    /// The carrier counts these, too; they are before the leg's time.
    pub fn detection_seconds(&self) -> i64 {
        self.verdict.map_or(0, |verdict| verdict.seconds)
    }
}

impl Call {
    pub(super) fn answered(&mut self, leg: &str, verdict: Verdict, now: DateTime<Utc>) -> Vec<Command> {
        let running = self.is_running();
        let Some(found) = self.leg_mut(leg).filter(|leg| leg.awaits_verdict()) else { return vec![] };
        found.verdict = Some(verdict);
        let (outcome, to) = match (verdict.by, found.machine.message.clone()) {
            (AnsweredBy::Human | AnsweredBy::Unknown, _) => ("connected", Whereabouts::Room),
            (AnsweredBy::Machine, Some(message)) => ("message", Whereabouts::Leaving(message)),
            (AnsweredBy::Machine, None) | (AnsweredBy::Fax, _) => ("hung_up", Whereabouts::Dropped),
        };
        found.whereabouts = to.clone();
        let (by, outcome) = (verdict.by.code().to_owned(), outcome.to_owned());
        let mut commands = vec![Command::Record(Record::AnsweredBy { leg: leg.to_owned(), by, outcome })];
        if running && to != Whereabouts::Room {
            commands.extend(self.transfer_after_end(leg, now));
        }
        if running && to == Whereabouts::Dropped {
            commands.extend(self.go_on_without(now));
        }
        commands
    }

    /// No word came with the leg's first question.
    pub(super) fn answered_by_nobody_knows(&mut self, leg: &str, now: DateTime<Utc>) -> Vec<Command> {
        if self.is_running() { self.answered(leg, Verdict::after_millis(AnsweredBy::Unknown, 0), now) } else { vec![] }
    }
}

//! What a call's record keeps: the lines of its bill, what its page shows and what the demo tells.

use serde::{Deserialize, Serialize};

use super::announcement::Announcement;
use super::message::Message;
use crate::domain::money::Money;
use crate::domain::recording::RecordingState;

/// One line of a call's record; its time stands beside it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Record {
    Dialled {
        funds: Money,
        seconds: i64,
    },
    /// A number was added to the running call; `held` is what is held besides for it.
    Added {
        leg: String,
        held: Money,
    },
    /// Somebody did something to the running call; `operation` is its word.
    Operated {
        operation: String,
        leg: Option<String>,
    },
    /// A transfer went on; `step` is a word, the leg whom it is about.
    Transfer {
        step: String,
        leg: Option<String>,
    },
    /// The carrier has listened. `by` is who answered; `outcome` is `connected`, `message` if it is left one, or `hung_up`.
    AnsweredBy {
        leg: String,
        by: String,
        outcome: String,
    },
    /// Somebody left a message on this leg's answering machine.
    VoicemailDropped {
        leg: String,
        message: Message,
    },
    /// Somebody wants this said, to one leg or to everybody.
    Message {
        leg: Option<String>,
        message: Message,
    },
    /// Something was said in the call; or it was not heard, because nobody who should hear it came off hold or back in
    /// time.
    Announced {
        announcement: Announcement,
        leg: Option<String>,
        heard: bool,
    },
    /// What the recording at the carrier came to: a word.
    Recording {
        step: RecordingStep,
    },
    /// Held for time that nobody will use, and free again while the call goes on.
    GaveBack {
        amount: Money,
    },
    LegRinging {
        leg: String,
    },
    LegEnded {
        leg: String,
        how: String,
    },
    /// A leg was told how long it may stay; `funds` is what is held for all legs.
    LimitSet {
        leg: String,
        seconds: i64,
        funds: Money,
    },
    Checkpoint,
    /// The saved card is being charged.
    Charging {
        amount: Money,
    },
    Charged {
        amount: Money,
    },
    Declined {
        reason: String,
    },
    /// `seconds` is the call's whole new length, from the payer's start.
    Extended {
        seconds: i64,
        funds: Money,
    },
    Warned,
    Notice {
        leg: String,
    },
    Ended {
        reason: String,
    },
    Billed {
        leg: String,
        seconds: i64,
        billed_seconds: i64,
        cost: Money,
    },
    /// Of this leg's seconds, those that a bundle paid for.
    FromBundle {
        leg: String,
        bundle: String,
        seconds: i64,
    },
    /// The phone called in, and was greeted for so long before the call began; nobody pays for that.
    Greeted {
        leg: String,
        seconds: i64,
    },
    /// The carrier counted more seconds than were authorised; nobody pays for them.
    HouseTime {
        leg: String,
        seconds: i64,
    },
    Released {
        amount: Money,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingStep {
    Started,
    Paused,
    Resumed,
    Stopped,
    /// The carrier would not have it.
    Refused,
}

impl RecordingStep {
    /// What it is that a recording came from one state to another; `None`: it was not known.
    pub fn between(before: Option<RecordingState>, after: RecordingState) -> Option<Self> {
        use RecordingState::{InProgress, Paused, Stopped};
        match (before, after) {
            (None, InProgress | Paused) => Some(Self::Started),
            (Some(InProgress), Paused) => Some(Self::Paused),
            (Some(Paused), InProgress) => Some(Self::Resumed),
            (Some(InProgress | Paused), Stopped) => Some(Self::Stopped),
            _ => None,
        }
    }
}

impl Record {
    /// The leg it is about.
    pub fn leg(&self) -> Option<&str> {
        match self {
            Self::Added { leg, .. }
            | Self::AnsweredBy { leg, .. }
            | Self::VoicemailDropped { leg, .. }
            | Self::LegRinging { leg }
            | Self::LegEnded { leg, .. }
            | Self::LimitSet { leg, .. }
            | Self::Notice { leg }
            | Self::Billed { leg, .. }
            | Self::Greeted { leg, .. }
            | Self::HouseTime { leg, .. }
            | Self::FromBundle { leg, .. } => Some(leg),
            Self::Operated { leg, .. }
            | Self::Transfer { leg, .. }
            | Self::Message { leg, .. }
            | Self::Announced { leg, .. } => leg.as_deref(),
            Self::Dialled { .. }
            | Self::Recording { .. }
            | Self::GaveBack { .. }
            | Self::Checkpoint
            | Self::Charging { .. }
            | Self::Charged { .. }
            | Self::Declined { .. }
            | Self::Extended { .. }
            | Self::Warned
            | Self::Ended { .. }
            | Self::Released { .. } => None,
        }
    }
}

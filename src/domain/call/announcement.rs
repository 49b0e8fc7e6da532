//! What is said into a running call, to one leg or to all: by itself, as the call's terms have it, or because somebody
//! wants it said. What is said to one waits until that one is in the room and off hold; what is said to all is heard by
//! those who are there then, and by nobody later. What is not true any more is not said.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Call, Command, Leg, Timing, Whereabouts};
use crate::domain::setting::Choice;

/// What an announcement says besides its sentence stands in the call's record, at `line`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Announcement {
    /// The balance is nearly used up and could not be topped up.
    TimeIsNearlyUp,
    OneMinuteLeft,
    /// The saved card was charged.
    ToppedUp {
        line: i64,
    },
    Recording,
    /// Somebody's own words or sound.
    Message {
        line: i64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an announcement")]
pub struct UnknownAnnouncement(pub String);

/// Which of them are said by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Announcements {
    pub time_is_nearly_up: bool,
    pub one_minute_left: bool,
    pub topped_up: bool,
    pub recording: bool,
    /// Who hears those about time and money.
    pub to: Listeners,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listeners {
    #[default]
    Payer,
    Everybody,
}

impl Choice for Listeners {
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Payer, "payer", "the payer alone"), (Self::Everybody, "everybody", "everybody in the call")];
}

impl Default for Announcements {
    fn default() -> Self {
        Self { time_is_nearly_up: true, one_minute_left: true, topped_up: true, recording: true, to: Listeners::Payer }
    }
}

/// Can it be heard now?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hearing {
    Now,
    /// On hold, or out of the room for now.
    NotYet,
    /// Gone.
    Never,
}

/// What is to be done about the last minute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LastMinute {
    Say(Command),
    LookAgain(DateTime<Utc>),
    Nothing,
}

/// The words need a moment to be spoken before the notice comes.
const WORTH_WARNING: TimeDelta = TimeDelta::seconds(4);
const MINUTE: TimeDelta = TimeDelta::seconds(60);
/// With less left, "one minute" would not be true.
const STILL_A_MINUTE: TimeDelta = TimeDelta::seconds(50);
/// Two announcements closer to each other would be spoken over each other.
const APART: TimeDelta = TimeDelta::seconds(10);
/// The rejoin that more money leads to would cut short what is said before it.
const AFTER_A_REJOIN: TimeDelta = TimeDelta::seconds(5);
/// How long something waits to be heard.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);
const WHILE_BEING_PAID: TimeDelta = TimeDelta::seconds(2);

impl Call {
    /// The time is nearly up: the payer is told, once.
    pub fn warn(&mut self, now: DateTime<Utc>) -> Option<Command> {
        if self.warned {
            return None;
        }
        self.warned = true;
        let until = self.deadline.map_or(now, |deadline| deadline - WORTH_WARNING);
        let on = self.terms.announcements.time_is_nearly_up;
        on.then(|| self.by_itself(Announcement::TimeIsNearlyUp, now, until))
    }

    /// The saved card was charged, as this line of the record says.
    pub fn topped_up(&self, line: i64, now: DateTime<Utc>) -> Option<Command> {
        let on = self.is_running() && self.terms.announcements.topped_up;
        on.then(|| self.by_itself(Announcement::ToppedUp { line }, now + AFTER_A_REJOIN, now + PATIENCE))
    }

    /// `leg`: the only one who hears it; `None` is everybody.
    pub(super) fn to(&self, leg: Option<&str>, announcement: Announcement, now: DateTime<Utc>) -> Command {
        Command::Announce { announcement, leg: leg.map(str::to_owned), at: now, until: now + PATIENCE }
    }

    /// To whom the terms say.
    fn by_itself(&self, announcement: Announcement, at: DateTime<Utc>, until: DateTime<Utc>) -> Command {
        let leg = match self.terms.announcements.to {
            Listeners::Payer => Some(self.anchor().id.clone()),
            Listeners::Everybody => None,
        };
        Command::Announce { announcement, leg, at, until }
    }

    /// When there will be a last minute to speak of: a call shorter than that has none.
    pub(super) fn look_at_last_minute(&self, now: DateTime<Utc>) -> Option<Command> {
        let at = self.deadline? - MINUTE;
        (self.terms.announcements.one_minute_left && at > now).then_some(Command::LookAtLastMinute { at })
    }

    /// `paying`: a payment is on its way that may still lengthen the call.
    pub fn last_minute(&self, paying: bool, timing: &Timing, now: DateTime<Utc>) -> LastMinute {
        let wanted = self.is_running() && self.terms.announcements.one_minute_left;
        let Some(deadline) = self.deadline.filter(|_| wanted) else { return LastMinute::Nothing };
        let left = deadline - now;
        // A warning at the beginning of the last minute says the same, and more.
        let just_warned = self.warned && timing.lead < MINUTE + APART;
        if left > MINUTE {
            LastMinute::LookAgain(deadline - MINUTE)
        } else if left <= STILL_A_MINUTE || just_warned {
            LastMinute::Nothing
        } else if paying || self.checkpoint_at.is_some_and(|due| due <= now) {
            LastMinute::LookAgain(now + WHILE_BEING_PAID)
        } else if let Some(due) = self.checkpoint_at.filter(|_| self.terms.slice(timing).is_some()) {
            // It may well go on with the next slice.
            LastMinute::LookAgain(due)
        } else {
            LastMinute::Say(self.by_itself(Announcement::OneMinuteLeft, now, deadline - STILL_A_MINUTE))
        }
    }

    /// Nothing has made it untrue since it was decided.
    pub fn still_true(&self, announcement: Announcement, now: DateTime<Utc>) -> bool {
        let near = |length| self.deadline.is_some_and(|deadline| deadline - now <= length);
        self.is_running()
            && match announcement {
                Announcement::TimeIsNearlyUp => self.warned,
                Announcement::OneMinuteLeft => near(MINUTE),
                Announcement::ToppedUp { .. } | Announcement::Recording | Announcement::Message { .. } => true,
            }
    }

    pub fn hears(&self, leg: Option<&str>) -> Hearing {
        let in_room = |leg: &Leg| {
            let there = leg.is_in() && leg.served == Some(leg.turn) && leg.whereabouts == Whereabouts::Room;
            there && !leg.away && !leg.stance.hold
        };
        let heard = match leg {
            None => self.legs.iter().any(in_room),
            Some(id) => match self.leg(id) {
                None => return Hearing::Never,
                Some(leg) if leg.is_over() || matches!(leg.whereabouts, Whereabouts::Leaving(_)) => {
                    return Hearing::Never;
                }
                Some(leg) => in_room(leg),
            },
        };
        if heard { Hearing::Now } else { Hearing::NotYet }
    }
}

impl Announcement {
    /// Somebody asked for it, and so is told if it was not heard.
    pub fn is_asked_for(self) -> bool {
        match self {
            Self::Recording | Self::Message { .. } => true,
            Self::TimeIsNearlyUp | Self::OneMinuteLeft | Self::ToppedUp { .. } => false,
        }
    }
}

/// One word, as it stands in an address.
impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeIsNearlyUp => f.write_str("time-is-nearly-up"),
            Self::OneMinuteLeft => f.write_str("one-minute-left"),
            Self::ToppedUp { line } => write!(f, "topped-up-{line}"),
            Self::Recording => f.write_str("recording"),
            Self::Message { line } => write!(f, "message-{line}"),
        }
    }
}

impl FromStr for Announcement {
    type Err = UnknownAnnouncement;

    fn from_str(word: &str) -> Result<Self, UnknownAnnouncement> {
        let line = |beginning: &str| word.strip_prefix(beginning).and_then(|line| line.parse::<u32>().ok());
        match word {
            "time-is-nearly-up" => Ok(Self::TimeIsNearlyUp),
            "one-minute-left" => Ok(Self::OneMinuteLeft),
            "recording" => Ok(Self::Recording),
            _ => match (line("topped-up-"), line("message-")) {
                (Some(line), _) => Ok(Self::ToppedUp { line: line.into() }),
                (_, Some(line)) => Ok(Self::Message { line: line.into() }),
                (None, None) => Err(UnknownAnnouncement(word.to_owned())),
            },
        }
    }
}

impl TryFrom<String> for Announcement {
    type Error = UnknownAnnouncement;

    fn try_from(word: String) -> Result<Self, UnknownAnnouncement> {
        word.parse()
    }
}

impl From<Announcement> for String {
    fn from(announcement: Announcement) -> Self {
        announcement.to_string()
    }
}

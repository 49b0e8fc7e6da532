//! The sentences the house itself speaks into calls. Their words, by language, are a carrier's matter; an operator may
//! have a sound file played instead of any of them.

use std::str::FromStr;

use super::instruction::Notice;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sentence {
    /// The paid time is over.
    TimeIsUp,
    /// The other side could not be reached, or has gone.
    NobodyThere,
    /// The balance is nearly used up and could not be topped up.
    TimeIsNearlyUp,
    OneMinuteLeft,
    /// The saved card was charged; names the amount.
    ToppedUp,
    /// The call is being recorded.
    Recording,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a sentence; there are time_is_up, nobody_there, time_is_nearly_up, one_minute_left, topped_up and \
     recording"
)]
pub struct UnknownSentence(pub String);

impl Sentence {
    pub const ALL: [Self; 6] =
        [Self::TimeIsUp, Self::NobodyThere, Self::TimeIsNearlyUp, Self::OneMinuteLeft, Self::ToppedUp, Self::Recording];

    pub fn code(self) -> &'static str {
        match self {
            Self::TimeIsUp => "time_is_up",
            Self::NobodyThere => "nobody_there",
            Self::TimeIsNearlyUp => "time_is_nearly_up",
            Self::OneMinuteLeft => "one_minute_left",
            Self::ToppedUp => "topped_up",
            Self::Recording => "recording",
        }
    }
}

impl FromStr for Sentence {
    type Err = UnknownSentence;

    fn from_str(code: &str) -> Result<Self, UnknownSentence> {
        Self::ALL.into_iter().find(|known| known.code() == code).ok_or_else(|| UnknownSentence(code.to_owned()))
    }
}

impl From<Notice> for Sentence {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::TimeIsUp => Self::TimeIsUp,
            Notice::NobodyThere => Self::NobodyThere,
        }
    }
}

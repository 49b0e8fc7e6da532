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
    // What somebody who calls in hears.
    /// Card number and PIN are asked for.
    AskCode,
    AskPin,
    WrongCode,
    /// No code is taken for a while.
    TooManyTries,
    /// Names the amount.
    Balance,
    AskNumber,
    NotANumber,
    NoRate,
    TooManyCalls,
    NotEnoughCredit,
    /// The card is being charged; whoever waits can call then.
    BeingToppedUp,
    CallAgain,
    /// The account is blocked, or it is not known any more who calls.
    CannotCall,
    /// The number that was called is closed.
    NotInService,
    /// Names for how long.
    TimeToTalk,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a sentence; there are {known}", known = Sentence::ALL.map(Sentence::code).join(", "))]
pub struct UnknownSentence(pub String);

impl Sentence {
    pub const ALL: [Self; 21] = [
        Self::TimeIsUp,
        Self::NobodyThere,
        Self::TimeIsNearlyUp,
        Self::OneMinuteLeft,
        Self::ToppedUp,
        Self::Recording,
        Self::AskCode,
        Self::AskPin,
        Self::WrongCode,
        Self::TooManyTries,
        Self::Balance,
        Self::AskNumber,
        Self::NotANumber,
        Self::NoRate,
        Self::TooManyCalls,
        Self::NotEnoughCredit,
        Self::BeingToppedUp,
        Self::CallAgain,
        Self::CannotCall,
        Self::NotInService,
        Self::TimeToTalk,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::TimeIsUp => "time_is_up",
            Self::NobodyThere => "nobody_there",
            Self::TimeIsNearlyUp => "time_is_nearly_up",
            Self::OneMinuteLeft => "one_minute_left",
            Self::ToppedUp => "topped_up",
            Self::Recording => "recording",
            Self::AskCode => "ask_code",
            Self::AskPin => "ask_pin",
            Self::WrongCode => "wrong_code",
            Self::TooManyTries => "too_many_tries",
            Self::Balance => "balance",
            Self::AskNumber => "ask_number",
            Self::NotANumber => "not_a_number",
            Self::NoRate => "no_rate",
            Self::TooManyCalls => "too_many_calls",
            Self::NotEnoughCredit => "not_enough_credit",
            Self::BeingToppedUp => "being_topped_up",
            Self::CallAgain => "call_again",
            Self::CannotCall => "cannot_call",
            Self::NotInService => "not_in_service",
            Self::TimeToTalk => "time_to_talk",
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

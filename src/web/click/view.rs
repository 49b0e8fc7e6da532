//! What a visitor of a link is shown of it and of the call they started.

use crate::domain::admission::Refusal;
use crate::domain::call::{Call, LegState};
use crate::domain::call_link::{CallLink, masked};

/// The page at one moment.
pub enum View {
    /// With the button; above it what was wrong with pressing it.
    Offer {
        key: String,
        message: Option<String>,
    },
    /// It calls no more, for one of several reasons that are nobody's business.
    Gone,
    Call {
        step: Step,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    RingingFirst,
    RingingOther,
    Connected,
    Over,
}

/// What is known of the link to everybody who has it.
pub struct LinkView {
    pub label: String,
    pub first: String,
    /// `the phone ending in …45`, or several.
    pub others: String,
}

impl From<&CallLink> for LinkView {
    fn from(link: &CallLink) -> Self {
        let ends: Vec<_> = link.numbers.iter().map(masked).collect();
        let phones = if ends.len() == 1 { "the phone" } else { "the phones" };
        Self {
            label: link.label.clone(),
            first: masked(&link.own_number),
            others: format!("{phones} ending in {}", ends.join(" and ")),
        }
    }
}

impl Step {
    pub fn of(call: &Call) -> Self {
        let is_answered = |state: LegState| match state {
            LegState::Answered => true,
            LegState::Planned | LegState::Calling | LegState::Ringing | LegState::Over(_) => false,
        };
        if !call.is_running() {
            Self::Over
        } else if !is_answered(call.payer().state) {
            Self::RingingFirst
        } else if !call.others().any(|leg| is_answered(leg.state)) {
            Self::RingingOther
        } else {
            Self::Connected
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::RingingFirst => "The first phone is ringing",
            Self::RingingOther => "Somebody has answered",
            Self::Connected => "Connected",
            Self::Over => "The call is over",
        }
    }

    pub fn is_over(self) -> bool {
        self == Self::Over
    }
}

/// What lies in the account is not told, nor when it would be otherwise.
pub fn words(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::BeingToppedUp => "The call cannot be started yet. Try again in a minute.",
        Refusal::TooManyCalls { .. } | Refusal::TooFast { .. } | Refusal::HouseIsFull => {
            "All lines are busy. Try again later."
        }
        Refusal::AccountNotOpen
        | Refusal::AccountFrozen
        | Refusal::NobodyToDial
        | Refusal::TooManyNumbers { .. }
        | Refusal::SameNumberTwice { .. }
        | Refusal::NoRate { .. }
        | Refusal::DestinationBlocked { .. }
        | Refusal::NotEnoughCredit { .. }
        | Refusal::SpendCap { .. }
        | Refusal::NeverRecorded
        | Refusal::AlwaysRecorded => "The call cannot be started now. Nothing was dialled.",
    }
}

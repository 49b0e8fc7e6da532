//! The state of an agreement in plain words, and what to do about it.

use crate::storage::agreements::Kept;

pub struct Standing {
    /// `on`, `off` or `paused`.
    pub state: &'static str,
    pub what: String,
    /// It can be resumed as it is.
    pub may_resume: bool,
}

pub fn standing(kept: Option<&Kept>, has_card: bool) -> Standing {
    let Some(kept) = kept else {
        return Standing {
            state: "off",
            what: "No card is charged without you: when your money is used up, a call ends.".to_owned(),
            may_resume: false,
        };
    };
    match (&kept.paused_because, has_card) {
        (Some(because), _) => Standing { state: "paused", what: paused(because), may_resume: true },
        (None, false) => Standing {
            state: "on",
            what: "You have agreed, but no saved card can be charged. Add a card, and it works again.".to_owned(),
            may_resume: false,
        },
        (None, true) => Standing {
            state: "on",
            what: "A saved card is charged when it is needed, as you agreed below.".to_owned(),
            may_resume: false,
        },
    }
}

fn paused(because: &str) -> String {
    let why = match because {
        "authentication_required" | "authentication_not_handled" => {
            "Your bank wants you to confirm a payment yourself."
        }
        "incorrect_cvc" | "incorrect_zip" | "incorrect_pin" | "pin_try_exceeded" => {
            "Your bank says that something about the card is not right."
        }
        _ => "Your bank refused a charge that only you can allow.",
    };
    format!("{why} Top up once by hand or save the card again, then turn automatic recharge on again here.")
}

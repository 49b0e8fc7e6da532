//! The state of an agreement in plain words, and what to do about it.

use chrono::{DateTime, Utc};

use crate::storage::agreements::Kept;
use crate::web::pages::show::Moment;

pub struct Standing {
    /// `on`, `off` or `paused`.
    pub state: &'static str,
    pub what: String,
    /// The owner may say yes once more to the words that stand.
    pub may_resume: bool,
}

/// `resting`: the first card was declined of late, and is left alone until then.
pub fn standing(kept: Option<&Kept>, has_card: bool, resting: Option<DateTime<Utc>>) -> Standing {
    let Some(kept) = kept else {
        return Standing {
            state: "off",
            what: "No card is charged without you: when your money is used up, a call ends.".to_owned(),
            may_resume: false,
        };
    };
    match (&kept.paused_because, has_card) {
        (Some(because), _) => Standing { state: "paused", what: because.sentence().to_owned(), may_resume: has_card },
        (None, false) => Standing {
            state: "on",
            what: "You have agreed, but no saved card can be charged. Add a card, and it works again.".to_owned(),
            may_resume: false,
        },
        (None, true) => Standing {
            state: "on",
            what: match resting {
                Some(until) => format!(
                    "Your bank has declined your card, so it is left alone until {}. If it has money now, say so below.",
                    Moment(until).text()
                ),
                None => "A saved card is charged when it is needed, as you agreed below.".to_owned(),
            },
            may_resume: resting.is_some(),
        },
    }
}

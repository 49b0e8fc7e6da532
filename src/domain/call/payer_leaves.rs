//! What becomes of a call whose paying phone is transferred away.

use serde::{Deserialize, Serialize};

use crate::domain::setting::Choice;

/// Who pays from then on is for the operator to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayerLeaves {
    /// The call ends with the paying phone, so only the others may transfer.
    #[default]
    EndsTheCall,
    /// The account goes on paying for those who stay.
    KeepsPaying,
}

impl Choice for PayerLeaves {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::EndsTheCall, "ends_the_call", "the call ends with it, so only others transfer"),
        (Self::KeepsPaying, "keeps_paying", "the account goes on paying"),
    ];
}

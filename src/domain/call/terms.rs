//! What a plan settles for a call besides prices, frozen when it is dialled.

use serde::{Deserialize, Serialize};

use super::payer_leaves::PayerLeaves;

/// What is not mentioned is as it always was, so that calls and plans from before a rule have it off.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallTerms {
    pub payer_leaves: PayerLeaves,
}

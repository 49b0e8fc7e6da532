//! What a plan settles for a call besides prices, frozen when it is dialled.

use serde::{Deserialize, Serialize};

use super::extension_way::ExtensionWay;

/// What is not mentioned is as it always was, so that calls and plans from before a rule have it off.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallTerms {
    pub extension: ExtensionWay,
    /// Two may be held in a queue of the carrier's.
    pub queue_hold: bool,
}

//! What a plan settles for a call besides prices, frozen when it is dialled.

use serde::{Deserialize, Serialize};

use crate::domain::room_profile::RoomProfile;
use crate::domain::setting::Setting;

/// What is not mentioned is as it always was, so that calls and plans from before a rule have it off.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallTerms {
    /// As the plan's profile was when the call was dialled. A plan names its profile instead.
    #[serde(skip_serializing_if = "is_usual")]
    pub room: RoomProfile,
}

impl CallTerms {
    /// Legs at one time, of those that the house allows: nobody is rung who would be turned away from the room.
    pub fn most_legs(&self, of_the_house: usize) -> usize {
        of_the_house.min(usize::from(self.room.max_participants))
    }
}

/// One line a term: its field on the plan's page, in the API and in the audit, and how it is read.
pub const TERMS: &[Setting<CallTerms>] = &[];

fn is_usual(room: &RoomProfile) -> bool {
    *room == RoomProfile::default()
}

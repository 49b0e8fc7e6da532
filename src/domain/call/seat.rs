//! How a leg enters the room: what the profile of its call says, and what follows from who is in the call.

use super::supervision::MOST_AT_ONCE;
use super::{Call, Leg, Role};
use crate::domain::room_profile::{RoomProfile, Starts};

/// The carrier takes no more.
const MOST_PARTICIPANTS: u16 = 250;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub profile: RoomProfile,
    /// The conversation may start with it.
    pub starts_room: bool,
    pub label: Option<String>,
    pub max_participants: u16,
}

impl Call {
    /// A label is new for each of the leg's instructions, for the carrier turns away one that is in use. Supervisors
    /// take nobody's place.
    pub(super) fn seat(&self, leg: &Leg) -> Seat {
        let profile = self.terms.room.clone();
        let supervisors = match self.host {
            // Its host's books know.
            Some(_) => MOST_AT_ONCE,
            None => self.legs.iter().filter(|leg| leg.is_supervisor() && !leg.is_over()).count(),
        };
        let supervisors = u16::try_from(supervisors).unwrap_or(MOST_PARTICIPANTS);
        Seat {
            starts_room: (leg.id == self.anchor().id && self.host.is_none()) || profile.starts == Starts::Anybody,
            label: profile.labelled.then(|| format!("{}-{}", leg.id, leg.turn)),
            max_participants: profile.max_participants.saturating_add(supervisors).min(MOST_PARTICIPANTS),
            profile,
        }
    }

    /// Who has come for the first time is as the profile says, whatever is done to it later.
    pub(super) fn welcome(&mut self, leg: &str) {
        let muted = self.terms.room.muted;
        if let Some(leg) = self.leg_mut(leg).filter(|leg| leg.role == Role::Other) {
            leg.stance.muted |= muted;
        }
    }
}

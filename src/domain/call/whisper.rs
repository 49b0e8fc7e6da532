//! A leg that is called may hear a word before it joins. Its time runs while it listens, so the word is given only
//! where it ends within what is paid; it is a document of its own, after which the leg asks again.

use chrono::{DateTime, TimeDelta, Utc};

use super::message::Message;
use super::{Call, Leg, Role, Whereabouts};

/// How long a sound to be whispered may last; nobody knows how long a file at an address is.
const LONGEST_SOUND: TimeDelta = TimeDelta::seconds(60);
/// Nobody has heard anything so soon: the same question has come twice.
const SAME_QUESTION: TimeDelta = TimeDelta::seconds(1);

impl Call {
    /// A leg that asks hears the whisper first, if there is one for it, and after that is led into the room.
    pub(super) fn lead_through_whisper(&mut self, leg: &str, deadline: DateTime<Utc>, now: DateTime<Utc>) {
        let fits =
            self.terms.whisper.as_ref().is_some_and(|whisper| whisper.lasts_at_most(LONGEST_SOUND) <= deadline - now);
        let leg = self.leg_mut(leg).expect("the caller found it");
        match (&leg.whereabouts, leg.started_at) {
            (Whereabouts::Room, None) if fits && leg.role == Role::Other => leg.whereabouts = Whereabouts::Whisper,
            (Whereabouts::Whisper, Some(start)) if now - start >= SAME_QUESTION => leg.whereabouts = Whereabouts::Room,
            (
                Whereabouts::Room
                | Whereabouts::Whisper
                | Whereabouts::Music
                | Whereabouts::Queue
                | Whereabouts::Bridge { .. }
                | Whereabouts::Leaving(_)
                | Whereabouts::Dropped,
                _,
            ) => {}
        }
    }

    pub(super) fn whisper(&self, leg: &Leg) -> Option<Message> {
        self.terms.whisper.clone().filter(|_| leg.whereabouts == Whereabouts::Whisper)
    }
}

//! A leg that is called may hear a word before it joins, or that the call is recorded, or both. Its time runs while it
//! listens, so that is given only where it ends within what is paid; it is a document of its own, after which the leg
//! asks again.

use chrono::{DateTime, TimeDelta, Utc};

use super::announcement::Announcement;
use super::instruction::Instruction;
use super::record::Record;
use super::{Call, Command, Leg, Role, Whereabouts};

/// How long a sound to be whispered may last; nobody knows how long a file at an address is.
const LONGEST_SOUND: TimeDelta = TimeDelta::seconds(60);
/// No language needs more to say that a call is recorded; a test of the words compares.
pub const LONGEST_RECORDING_NOTICE: TimeDelta = TimeDelta::seconds(8);
/// Nobody has heard anything so soon: the same question has come twice.
const SAME_QUESTION: TimeDelta = TimeDelta::seconds(1);

impl Call {
    /// A leg that asks hears the whisper first, if there is one for it, and after that is led into the room. Then it
    /// knows that the call is recorded, if it was told so.
    pub(super) fn lead_through_whisper(
        &mut self,
        leg: &str,
        deadline: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Command> {
        let first = self.leg(leg).and_then(|leg| self.first_word(leg, deadline - now));
        let leg = self.leg_mut(leg).expect("the caller found it");
        match (&leg.whereabouts, leg.started_at) {
            (Whereabouts::Room, None) => {
                leg.whereabouts = first.unwrap_or_default();
                None
            }
            (Whereabouts::Whisper, Some(start)) if now - start >= SAME_QUESTION => {
                leg.whereabouts = Whereabouts::Room;
                None
            }
            // An answer that was thrown away has told nobody.
            (Whereabouts::RecordingNotice, Some(start))
                if now - start >= SAME_QUESTION && leg.served == Some(leg.turn) =>
            {
                leg.whereabouts = Whereabouts::Room;
                let leg = leg.id.clone();
                self.told_of_recording(std::slice::from_ref(&leg));
                let (announcement, leg, heard) = (Announcement::Recording, Some(leg), true);
                Some(Command::Record(Record::Announced { announcement, leg, heard }))
            }
            (
                Whereabouts::Room
                | Whereabouts::Whisper
                | Whereabouts::RecordingNotice
                | Whereabouts::Music
                | Whereabouts::Queue
                | Whereabouts::Bridge { .. }
                | Whereabouts::Leaving(_)
                | Whereabouts::Dropped,
                _,
            ) => None,
        }
    }

    /// Who can be told of the recording before joining is; whom there is no time for is told in the room.
    fn first_word(&self, leg: &Leg, left: TimeDelta) -> Option<Whereabouts> {
        let whisper = self.terms.whisper.as_ref().map(|whisper| whisper.lasts_at_most(LONGEST_SOUND));
        let notice = match self.terms.recording_sound {
            Some(_) => LONGEST_SOUND,
            None => LONGEST_RECORDING_NOTICE,
        };
        if self.hears_of_recording_first(leg) && notice + whisper.unwrap_or_default() <= left {
            return Some(Whereabouts::RecordingNotice);
        }
        let whispers = leg.role == Role::Other && whisper.is_some_and(|whisper| whisper <= left);
        whispers.then_some(Whereabouts::Whisper)
    }

    pub(super) fn whisper(&self, leg: &Leg) -> Option<Instruction> {
        let recorded = leg.whereabouts == Whereabouts::RecordingNotice;
        let message = self.terms.whisper.clone();
        let hears = recorded || (leg.whereabouts == Whereabouts::Whisper && message.is_some());
        hears.then_some(Instruction::Whisper { message, recorded })
    }
}

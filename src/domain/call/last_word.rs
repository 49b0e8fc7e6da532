//! A leg on its way out: it hears a last word and is hung up. From when it is told so its time is the word's, at most what
//! it had; the rest is free at once, and nobody waits for it. The word is heard to its end whatever becomes of the call.

use chrono::{DateTime, TimeDelta, Utc};

use super::instruction::Asked;
use super::message::Message;
use super::operation::OperationRefusal;
use super::record::Record;
use super::{Call, Command, Leg, Role, Whereabouts};
use crate::domain::time_limit::whole_seconds;

/// Nobody knows how long a file at an address is: after so long the leg is hung up.
const LONGEST_SOUND: TimeDelta = TimeDelta::seconds(120);
const UNTIL_IT_IS_HUNG_UP: TimeDelta = TimeDelta::seconds(2);

impl Leg {
    /// It hears a last word, or is being hung up.
    pub fn is_going(&self) -> bool {
        matches!(self.whereabouts, Whereabouts::Leaving(_) | Whereabouts::Dropped)
    }

    /// When a sound that it hears as its last word is cut off.
    fn last_sound_ends(&self) -> Option<DateTime<Utc>> {
        let hears = matches!(self.whereabouts, Whereabouts::Leaving(Message::Sound(_))) && self.away && !self.is_over();
        self.authorised_until.filter(|_| hears).map(|until| until + UNTIL_IT_IS_HUNG_UP)
    }
}

impl Call {
    pub(super) fn dismiss(
        &mut self,
        leg: &str,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<Vec<Command>, OperationRefusal> {
        if self.present(leg)?.role == Role::Payer {
            return Err(OperationRefusal::PayerStays);
        }
        self.lead(leg, Whereabouts::Leaving(message.clone()), now)
    }

    /// Leaves a message on the machine at which the caller has arrived; without one, what machines are left anyway.
    pub(super) fn drop_voicemail(
        &mut self,
        leg: &str,
        message: Option<&Message>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Command>, OperationRefusal> {
        let usual = self.leg(leg).and_then(|leg| self.message_for_machines(leg));
        let message = message.or(usual).cloned().ok_or(OperationRefusal::NoMessage)?;
        let mut commands = self.dismiss(leg, &message, now)?;
        commands.insert(0, Command::Record(Record::VoicemailDropped { leg: leg.to_owned(), message }));
        commands.extend(self.meet_in_the_room(now));
        Ok(commands)
    }

    fn message_for_machines<'a>(&'a self, leg: &'a Leg) -> Option<&'a Message> {
        leg.machine.message.as_ref().or(self.terms.machine.message.as_ref())
    }

    /// There is a message for it without anybody saying one.
    pub fn may_drop_voicemail(&self, leg: &Leg) -> bool {
        let may_go = leg.role == Role::Other && leg.is_in() && !leg.is_going();
        may_go && self.is_running() && self.message_for_machines(leg).is_some()
    }

    /// It is told its last word. Before its redirect is carried out that changes nothing; when the call is over, whatever
    /// it asks for is carried out.
    pub(super) fn take_leave(
        &mut self,
        leg: &str,
        message: &Message,
        asked: Asked,
        now: DateTime<Utc>,
    ) -> Vec<Command> {
        let asked = if self.is_running() { asked } else { Asked::ForInstructions };
        self.serve(leg, asked, now);
        let (deadline, funds) = (self.deadline.unwrap_or(now), self.held);
        let found = self.leg_mut(leg).expect("the caller found it");
        if found.served != Some(found.turn) {
            return vec![];
        }
        let ends = deadline.min(now + message.lasts_at_most(LONGEST_SOUND));
        let until = found.authorised_until.map_or(ends, |until| until.min(ends));
        found.authorised_until = Some(until);
        let mut commands = vec![];
        if found.started_at.is_none() {
            found.started_at = Some(now);
            let seconds = whole_seconds(until - now);
            commands.push(Command::Record(Record::LimitSet { leg: leg.to_owned(), seconds, funds }));
        }
        commands.extend(found.last_sound_ends().map(|at| Command::EndAtDeadline { at }));
        commands.extend(self.go_on_without(now));
        commands
    }

    /// Somebody who is still up is gone for the others: they have what is not needed any more, or nobody to wait for.
    pub(super) fn go_on_without(&mut self, now: DateTime<Utc>) -> Vec<Command> {
        let mut commands: Vec<_> = self.give_back(now).into_iter().collect();
        commands.extend(self.look_again_after_leaving(now));
        if self.is_running() {
            commands.extend(self.end_if_nobody_is_left());
        }
        commands
    }

    /// When somebody has to look whether a last sound is still heard.
    pub(super) fn last_sounds_end(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.legs.iter().filter_map(Leg::last_sound_ends)
    }

    pub(super) fn cut_last_sounds(&self, now: DateTime<Utc>) -> Vec<Command> {
        let overdue = self.legs.iter().filter(|leg| leg.last_sound_ends().is_some_and(|end| end <= now));
        overdue.filter_map(|leg| leg.call_sid.clone()).map(|call_sid| Command::HangUp { call_sid }).collect()
    }
}

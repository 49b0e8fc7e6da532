//! Hold without a conference, while two are in the call: one waits in a queue of the carrier's, the other with music. To
//! talk again the other dials the queue, and its Dial limits both; whatever else is wanted of them leads both to the room.

use chrono::{DateTime, TimeDelta, Utc};

use super::extension_way::ExtensionWay;
use super::instruction::Asked;
use super::operation::OperationRefusal;
use super::record::Record;
use super::{Call, Command, EndReason, Leg, Phase, Whereabouts};

/// At the deadline the queue's music ends with the notice. Who has not asked for it by then is hung up.
const UNTIL_THE_NOTICE_IS_ASKED: TimeDelta = TimeDelta::seconds(2);

impl Leg {
    /// In a queue, as far as it has followed.
    pub fn is_queued(&self) -> bool {
        matches!(self.whereabouts, Whereabouts::Queue | Whereabouts::Bridge { dials: false })
    }
}

impl Call {
    /// Whether a leg may be put into a queue now.
    pub fn may_enqueue(&self, leg: &str) -> bool {
        self.terms.queue_hold && self.is_running() && self.other_of_two(leg).is_ok()
    }

    pub(super) fn enqueue(&mut self, leg: &str, now: DateTime<Utc>) -> Result<Vec<Command>, OperationRefusal> {
        if !self.terms.queue_hold {
            return Err(OperationRefusal::QueueHoldOff);
        }
        let other = self.other_of_two(leg)?;
        let mut commands = self.lead(leg, Whereabouts::Queue, now)?;
        if commands.is_empty() {
            return Ok(commands);
        }
        commands.extend(self.lead(&other, Whereabouts::Music, now)?);
        commands.extend(self.deadline.map(|at| Command::EndAtDeadline { at: at + UNTIL_THE_NOTICE_IS_ASKED }));
        Ok(commands)
    }

    /// The queue is dialled only when the leg has been told to wait in it, so that the Dial, whose limit counts from when
    /// it has connected the two, connects at once. Otherwise, and if they are not alone any more, they meet in the room.
    pub(super) fn dequeue(&mut self, leg: &str, now: DateTime<Utc>) -> Result<Vec<Command>, OperationRefusal> {
        let found = self.leg(leg).ok_or(OperationRefusal::NoSuchLeg)?;
        match found.whereabouts {
            Whereabouts::Queue => {}
            Whereabouts::Bridge { dials: false } => return Ok(vec![]),
            Whereabouts::Bridge { dials: true }
            | Whereabouts::Room
            | Whereabouts::Whisper
            | Whereabouts::RecordingNotice
            | Whereabouts::Music
            | Whereabouts::Leaving(_)
            | Whereabouts::Dropped => {
                return Err(OperationRefusal::NotInTheQueue);
            }
        }
        match self.other_of_two(leg) {
            Ok(other) if found.served == Some(found.turn) => {
                self.leg_mut(leg).expect("it was found above").whereabouts = Whereabouts::Bridge { dials: false };
                self.lead(&other, Whereabouts::Bridge { dials: true }, now)
            }
            Ok(_) | Err(_) => {
                Ok(self.lead_to_the_room(|leg| matches!(leg.whereabouts, Whereabouts::Queue | Whereabouts::Music), now))
            }
        }
    }

    /// Leads back who talks outside the room.
    pub(super) fn meet_in_the_room(&mut self, now: DateTime<Utc>) -> Vec<Command> {
        self.lead_to_the_room(|leg| matches!(leg.whereabouts, Whereabouts::Bridge { .. }), now)
    }

    fn lead_to_the_room(&mut self, who: impl Fn(&Leg) -> bool, now: DateTime<Utc>) -> Vec<Command> {
        let meant = self.legs.iter().filter(|leg| leg.is_in() && who(leg));
        let meant: Vec<_> = meant.map(|leg| leg.id.clone()).collect();
        // A leg that is being hung up cannot be led anywhere, and need not.
        meant.iter().flat_map(|leg| self.lead(leg, Whereabouts::Room, now).unwrap_or_default()).collect()
    }

    /// The leg's conversation, or its waiting, has ended by itself, so that it does what it is told now; after a redirect
    /// of ours its newest instructions are still to come. Who fell out of the queue waits on with music.
    pub(super) fn let_go(&mut self, leg: &str, asked: Asked, now: DateTime<Utc>, commands: &mut Vec<Command>) -> Asked {
        let found = self.leg_mut(leg).expect("the caller found it");
        let is_meant = match (asked, &found.whereabouts) {
            (Asked::AfterItsStay, Whereabouts::Bridge { dials: true }) => true,
            (Asked::AfterTheQueue, Whereabouts::Bridge { dials: false } | Whereabouts::Queue) => true,
            (Asked::ForInstructions | Asked::WhileQueued | Asked::AfterItsStay | Asked::AfterTheQueue, _) => false,
        };
        if !is_meant || found.served != Some(found.turn) {
            return asked;
        }
        if found.whereabouts == Whereabouts::Queue {
            found.whereabouts = Whereabouts::Music;
        } else {
            found.whereabouts = Whereabouts::Room;
            found.turn += 1;
            commands.extend(self.meet_in_the_room(now));
        }
        Asked::ForInstructions
    }

    /// It hears the notice now and is hung up after it.
    pub(super) fn out_of_the_queue(&mut self, leg: &str) {
        if let Some(leg) = self.leg_mut(leg).filter(|leg| leg.is_queued()) {
            leg.whereabouts = Whereabouts::Room;
        }
    }

    /// When somebody has to look whether the call went on past its deadline.
    pub fn next_look_at_the_deadline(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let looks = self.look_after_the_deadline().into_iter().chain(self.last_sounds_end());
        looks.filter(|at| *at > now).min()
    }

    fn look_after_the_deadline(&self) -> Option<DateTime<Utc>> {
        let later = match self.terms.extension {
            ExtensionWay::Watchdog => TimeDelta::zero(),
            ExtensionWay::Rejoin | ExtensionWay::Update if self.legs.iter().any(Leg::is_queued) => {
                UNTIL_THE_NOTICE_IS_ASKED
            }
            ExtensionWay::Rejoin | ExtensionWay::Update => return None,
        };
        self.deadline.map(|deadline| deadline + later).filter(|_| self.is_running())
    }

    /// Nobody limits a leg in a queue but the music it asks us for. If its question never came, it is hung up.
    pub(super) fn overdue_in_the_queue(&mut self, now: DateTime<Utc>) -> Vec<Command> {
        let overdue = self.deadline.is_some_and(|deadline| deadline + UNTIL_THE_NOTICE_IS_ASKED <= now)
            && matches!(self.phase, Phase::Running | Phase::Ending(EndReason::TimeIsUp));
        let queued = self.legs.iter().filter(|leg| overdue && !leg.is_over() && leg.is_queued());
        let mut commands: Vec<_> =
            queued.filter_map(|leg| leg.call_sid.clone()).map(|call_sid| Command::HangUp { call_sid }).collect();
        if !commands.is_empty() && self.is_running() {
            self.phase = Phase::Ending(EndReason::TimeIsUp);
            self.checkpoint_at = None;
            commands.insert(0, Command::Record(Record::Ended { reason: EndReason::TimeIsUp.code().to_owned() }));
        }
        commands
    }

    /// The other one, if nobody else is in the call or on the way to it.
    fn other_of_two(&self, leg: &str) -> Result<String, OperationRefusal> {
        let meant = self.leg(leg).ok_or(OperationRefusal::NoSuchLeg)?;
        let talks = |leg: &Leg| leg.is_in() && !leg.is_going();
        if !talks(meant) {
            return Err(OperationRefusal::NotInTheCall);
        }
        let others: Vec<_> = self.legs.iter().filter(|other| other.id != leg && !other.is_over()).collect();
        match others[..] {
            [other] if talks(other) && !other.is_guest() && !meant.is_guest() => Ok(other.id.clone()),
            _ => Err(OperationRefusal::NotTwoParties),
        }
    }
}

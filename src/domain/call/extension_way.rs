//! The ways to make a live call longer, and what each leaves to the carrier.
//!
//! | way | who keeps the limit | what is at risk |
//! | --- | --- | --- |
//! | rejoin | the Dial of each leg; a redirect gives it a new one | about a second of silence for each leg |
//! | update | the carrier's limit of the whole call, moved in place | what the carrier does at that limit and from when it counts is documented by nobody; no notice is heard at the end |
//! | watchdog | this service: it ends the call at the end of the paid time | with the service away the call goes on, at the house's cost, to the carrier's longest |

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::machine::Detection;
use super::record::Record;
use super::{Call, Command, EndReason, Leg, Phase, Role, Timing, Whereabouts};
use crate::domain::setting::Choice;
use crate::domain::time_limit::{longest, whole_seconds};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionWay {
    #[default]
    Rejoin,
    Update,
    Watchdog,
}

impl Choice for ExtensionWay {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Rejoin, "rejoin", "coming into the room anew, with a second of silence"),
        (Self::Update, "update", "moving the carrier\u{2019}s limit, which is not well documented"),
        (Self::Watchdog, "watchdog", "a watchdog of this service alone"),
    ];
}

/// How a leg is to be rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ringing {
    pub ring_seconds: u32,
    pub detection: Detection,
    /// The carrier's limit of the whole call, from its answer.
    pub limit_seconds: Option<i64>,
}

/// A phone may ring on for so long after its time.
const RINGS_ON: i64 = 5;

impl Call {
    /// Under `update` a leg has its limit before it is answered: no more than it may have if it is answered last.
    pub fn ringing(&self, leg: &str, ring_seconds: u32, timing: &Timing, now: DateTime<Utc>) -> Ringing {
        let detection = self.leg(leg).map_or(Detection::Off, |leg| leg.machine.detection);
        let plain = Ringing { ring_seconds, detection, limit_seconds: None };
        let found = self.leg(leg).filter(|_| self.terms.extension == ExtensionWay::Update);
        match (found.map(|leg| leg.role), self.deadline) {
            (Some(Role::Payer), None) => {
                let length = longest(now, self.held, &self.metered(), timing.most_seconds, now);
                Ringing { limit_seconds: Some(length.unwrap_or(0).max(1)), ..plain }
            }
            (Some(Role::Other | Role::Bot), Some(deadline)) => {
                let left = whole_seconds(deadline - now);
                let rings = u32::try_from(left / 2).unwrap_or(u32::MAX).clamp(1, ring_seconds);
                let limit_seconds = Some((left - i64::from(rings) - RINGS_ON).max(1));
                Ringing { ring_seconds: rings, limit_seconds, ..plain }
            }
            (Some(Role::Payer | Role::Other | Role::Bot | Role::Supervisor | Role::Guest) | None, _) => plain,
        }
    }

    /// Whether its Dial may last as long as can be, because something else keeps the leg to its time.
    fn is_kept_otherwise(&self, leg: &Leg) -> bool {
        match self.terms.extension {
            ExtensionWay::Rejoin => false,
            ExtensionWay::Update => leg.call_limit.is_some(),
            ExtensionWay::Watchdog => true,
        }
    }

    pub(super) fn dial_limit(&self, leg: &Leg, to_the_deadline: i64, timing: &Timing) -> i64 {
        if self.is_kept_otherwise(leg) { timing.most_seconds } else { to_the_deadline }
    }

    /// A leg is let in: a limit that its order gave it counts if it cannot reach past the deadline, however late the
    /// carrier came to ring it. Otherwise its Dial has the limit, as in a call that rejoins.
    pub(super) fn let_in(&mut self, leg: &str, now: DateTime<Utc>) -> Option<Command> {
        let deadline = self.deadline?;
        let found = self.leg_mut(leg).expect("the caller found it");
        let reaches = |limit: &i64| now + TimeDelta::seconds(*limit) <= deadline;
        found.call_limit = found.call_limit.filter(reaches);
        self.guard(leg)
    }

    /// What else must know of the time a leg may have. A phone that called in has no limit of its call: nobody ordered
    /// it with one.
    fn guard(&self, leg: &str) -> Option<Command> {
        let called_in = self.leg(leg).is_some_and(|leg| leg.called_in_at.is_some());
        match self.terms.extension {
            ExtensionWay::Rejoin => None,
            ExtensionWay::Update if called_in => None,
            ExtensionWay::Update => Some(Command::LimitCall { leg: leg.to_owned() }),
            ExtensionWay::Watchdog => self.deadline.map(|at| Command::EndAtDeadline { at }),
        }
    }

    /// The deadline has been moved: whoever needs no rejoin has the new one at once.
    pub(super) fn extend_in_place(&mut self) -> Vec<Command> {
        let here = self.legs.iter().filter(|leg| leg.is_in() && leg.is_limited() && !leg.is_going());
        let meant: Vec<_> = here.filter(|leg| self.is_kept_otherwise(leg)).map(|leg| leg.id.clone()).collect();
        let mut commands = vec![];
        for id in &meant {
            let (deadline, anchor) = (self.deadline, self.anchor().id.clone());
            self.leg_mut(id).expect("it was found above").authorised_until = deadline;
            if *id == anchor {
                self.told = self.extension;
                let length = deadline.zip(self.started_at).map_or(TimeDelta::zero(), |(end, start)| end - start);
                let extended = Record::Extended { seconds: whole_seconds(length), funds: self.held };
                commands.push(Command::Record(extended));
            }
            commands.extend(self.guard(id).filter(|guard| !commands.contains(guard)));
        }
        commands
    }

    pub(super) fn rejoins(&self, leg: &Leg) -> bool {
        let here = leg.is_in() && leg.is_limited() && leg.whereabouts == Whereabouts::Room;
        here && !self.is_kept_otherwise(leg)
    }

    /// It is over because its time is up, or its host's, and nobody but us says so.
    pub fn ends_by_us(&self) -> bool {
        match self.phase {
            Phase::Ending(EndReason::TimeIsUp) => self.terms.extension == ExtensionWay::Watchdog,
            Phase::Ending(EndReason::HostEnded | EndReason::Removed) => true,
            Phase::Ending(_) | Phase::Running | Phase::Settled(_) => false,
        }
    }

    /// Under `watchdog` nobody but us ends the call: the payer hears the notice, the others are hung up.
    pub(super) fn deadline_passed(&mut self, now: DateTime<Utc>) -> Vec<Command> {
        let passed = self.deadline.is_some_and(|deadline| deadline <= now);
        if !passed || !self.is_running() || self.terms.extension != ExtensionWay::Watchdog {
            return self.overdue_in_the_queue(now);
        }
        self.phase = Phase::Ending(EndReason::TimeIsUp);
        self.checkpoint_at = None;
        self.transfer = None;
        let mut commands = vec![Command::Record(Record::Ended { reason: EndReason::TimeIsUp.code().to_owned() })];
        let anchor = self.anchor().id.clone();
        for leg in self.legs.iter_mut().filter(|leg| !leg.is_over() && !leg.is_guest()) {
            if leg.id == anchor {
                leg.turn += 1;
                commands.push(Command::Renew { leg: anchor.clone() });
            } else if let Some(call_sid) = &leg.call_sid {
                commands.push(Command::HangUp { call_sid: call_sid.clone() });
            }
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use super::super::instruction::{Asked, Instruction, Notice};
    use super::super::progress::Event;
    use super::super::tests::{TIMING, at, dialled, sid};
    use super::*;

    fn call(way: ExtensionWay) -> Call {
        let mut call = dialled(2);
        call.terms.extension = way;
        if way == ExtensionWay::Update {
            (call.legs[0].call_limit, call.legs[1].call_limit) = (Some(100), Some(50));
        }
        call
    }

    fn ask(call: &mut Call, place: usize, now: i64) -> (Instruction, Vec<Command>) {
        call.instruct(&format!("leg_{place}"), &sid(place), Asked::ForInstructions, &TIMING, at(now))
    }

    fn ringing(call: &Call, place: usize, now: i64) -> Ringing {
        call.ringing(&format!("leg_{place}"), 45, &TIMING, at(now))
    }

    #[test]
    fn under_update_no_leg_is_ever_allowed_more_than_the_deadline_however_long_it_rings() {
        let mut call = call(ExtensionWay::Update);
        let plain =
            |ring_seconds, limit| Ringing { ring_seconds, detection: Detection::Off, limit_seconds: Some(limit) };
        assert_eq!(ringing(&call, 0, 0), plain(45, 100));
        let (told, commands) = ask(&mut call, 0, 0);
        assert!(matches!(told, Instruction::Join { limit_seconds: 14_400, .. }), "{told:?}");
        assert!(commands.contains(&Command::LimitCall { leg: "leg_0".into() }));
        assert_eq!(ringing(&call, 1, 0), plain(45, 50));
        // Late in the call it rings for half of what is left.
        assert_eq!(ringing(&call, 1, 80), plain(10, 5));
        let (_, commands) = ask(&mut call, 1, 20);
        assert!(commands.contains(&Command::LimitCall { leg: "leg_1".into() }));
        assert_eq!(call.legs[1].authorised_seconds(), 80);
        assert_eq!(call.legs[1].call_limit, Some(50));
    }

    #[test]
    fn a_leg_that_the_carrier_rang_too_late_is_kept_by_its_dial_and_rejoins() {
        let mut call = call(ExtensionWay::Update);
        ask(&mut call, 0, 0);
        assert!(matches!(ask(&mut call, 1, 60).0, Instruction::Join { limit_seconds: 40, .. }));
        let gain = call.gain("1".parse().unwrap(), &TIMING, at(70)).unwrap();
        let commands = call.extend(&gain, &TIMING, at(70));
        assert!(commands.contains(&Command::Renew { leg: "leg_1".into() }), "{commands:?}");
        assert!(!commands.iter().any(|command| matches!(command, Command::RenewPayer { .. })), "{commands:?}");
    }

    #[test]
    fn in_place_nobody_rejoins_and_everybody_has_the_new_limit() {
        for way in [ExtensionWay::Update, ExtensionWay::Watchdog] {
            let mut call = call(way);
            ask(&mut call, 0, 0);
            ask(&mut call, 1, 0);
            let gain = call.gain("1".parse().unwrap(), &TIMING, at(40)).unwrap();
            let commands = call.extend(&gain, &TIMING, at(40));
            let rejoins = |command: &Command| matches!(command, Command::Renew { .. } | Command::RenewPayer { .. });
            assert!(!commands.iter().any(rejoins), "{commands:?}");
            assert!(commands.iter().any(|command| matches!(command, Command::Record(Record::Extended { .. }))));
            assert!(
                call.legs.iter().all(|leg| leg.authorised_until == call.deadline && leg.authorised_seconds() > 100)
            );
            let guards =
                commands.iter().filter(|one| matches!(one, Command::LimitCall { .. } | Command::EndAtDeadline { .. }));
            assert_eq!(guards.count(), if way == ExtensionWay::Update { 2 } else { 1 });
        }
    }

    #[test]
    fn the_watchdog_ends_the_call_at_its_deadline_and_not_before() {
        let mut call = call(ExtensionWay::Watchdog);
        let (told, commands) = ask(&mut call, 0, 0);
        assert!(matches!(told, Instruction::Join { limit_seconds: 14_400, .. }), "{told:?}");
        assert!(commands.contains(&Command::EndAtDeadline { at: at(100) }));
        ask(&mut call, 1, 1);
        assert_eq!(call.apply(&Event::DeadlinePassed, at(99)), []);
        let commands = call.apply(&Event::DeadlinePassed, at(100));
        assert!(
            commands.contains(&Command::HangUp { call_sid: sid(1) })
                && commands.contains(&Command::Renew { leg: "leg_0".into() })
        );
        assert_eq!(ask(&mut call, 0, 101).0, Instruction::Notice(Notice::TimeIsUp));
        assert_eq!(call.apply(&Event::DeadlinePassed, at(102)), []);
    }

    #[test]
    fn the_other_ways_leave_a_rejoin_alone() {
        let mut call = call(ExtensionWay::Rejoin);
        assert_eq!(ringing(&call, 0, 0).limit_seconds, None);
        assert!(matches!(ask(&mut call, 0, 0).0, Instruction::Join { limit_seconds: 100, .. }));
        assert_eq!(call.apply(&Event::DeadlinePassed, at(200)), []);
    }
}

//! The ways to make a live call longer, and what each leaves to the carrier.
//!
//! | way | who keeps the limit | what is at risk |
//! | --- | --- | --- |
//! | rejoin | the Dial of each leg; a redirect gives it a new one | about a second of silence for each leg |
//! | update | the carrier's limit of the whole call, moved in place | what the carrier does at that limit and from when it counts is documented by nobody; no notice is heard at the end |
//! | watchdog | this service: it ends the call at the end of the paid time | with the service away the call goes on, at the house's cost, to the carrier's longest |

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::record::Record;
use super::{Call, Command, EndReason, Phase, Role, Timing};
use crate::domain::time_limit::{longest, whole_seconds};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionWay {
    #[default]
    Rejoin,
    Update,
    Watchdog,
}

/// How a leg is to be rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ringing {
    pub ring_seconds: u32,
    /// The carrier's limit of the whole call, from its answer.
    pub limit_seconds: Option<i64>,
}

impl Call {
    /// Under `update` a leg has its limit before it is answered: never more than it may have when it is answered last.
    pub fn ringing(&self, leg: &str, ring_seconds: u32, timing: &Timing, now: DateTime<Utc>) -> Ringing {
        let is_payer = self.payer().id == leg;
        let plain = Ringing { ring_seconds, limit_seconds: None };
        if self.terms.extension != ExtensionWay::Update || self.leg(leg).is_some_and(|leg| leg.role == Role::Supervisor)
        {
            return plain;
        }
        match self.deadline {
            None if is_payer => {
                let length = longest(now, self.held, &self.metered(), timing.most_seconds, now);
                Ringing { limit_seconds: Some(length.unwrap_or(0).max(1)), ..plain }
            }
            None => plain,
            Some(deadline) => {
                let left = whole_seconds(deadline - now);
                let rings = u32::try_from(left / 2).unwrap_or(u32::MAX).clamp(1, ring_seconds);
                Ringing { ring_seconds: rings, limit_seconds: Some((left - i64::from(rings)).max(1)) }
            }
        }
    }

    /// How long a leg's Dial may last: to the deadline, or as long as can be where something else keeps the limit.
    pub(super) fn dial_limit(&self, to_the_deadline: i64, timing: &Timing) -> i64 {
        match self.terms.extension {
            ExtensionWay::Rejoin => to_the_deadline,
            ExtensionWay::Update | ExtensionWay::Watchdog => timing.most_seconds,
        }
    }

    /// What keeps the limit of a leg that was just let in.
    pub(super) fn guard(&self, leg: &str) -> Option<Command> {
        match self.terms.extension {
            ExtensionWay::Rejoin => None,
            ExtensionWay::Update => Some(Command::LimitCall { leg: leg.to_owned() }),
            ExtensionWay::Watchdog => self.deadline.map(|at| Command::EndAtDeadline { at }),
        }
    }

    /// The deadline has been moved and nobody rejoins: everybody who is in has it.
    pub(super) fn extend_in_place(&mut self) -> Vec<Command> {
        let (deadline, start) = (self.deadline, self.started_at);
        self.told = self.extension;
        for leg in self.legs.iter_mut().filter(|leg| leg.is_in() && leg.role != Role::Supervisor) {
            leg.authorised_until = deadline;
        }
        let length = deadline.zip(start).map_or(TimeDelta::zero(), |(deadline, start)| deadline - start);
        let extended = Record::Extended { seconds: whole_seconds(length), funds: self.held };
        let meant = self.legs.iter().filter(|leg| leg.is_in() && leg.role != Role::Supervisor);
        let guards = meant.filter_map(|leg| self.guard(&leg.id));
        let mut commands: Vec<_> = [Command::Record(extended)].into_iter().chain(guards).collect();
        commands.dedup();
        commands
    }

    /// It is over because its time is up, and nobody but us says so.
    pub fn ends_by_us(&self) -> bool {
        self.terms.extension == ExtensionWay::Watchdog && self.phase == Phase::Ending(EndReason::TimeIsUp)
    }

    /// Under `watchdog` nobody but us ends the call: the payer hears the notice, the others are hung up.
    pub(super) fn deadline_passed(&mut self, now: DateTime<Utc>) -> Vec<Command> {
        let passed = self.deadline.is_some_and(|deadline| deadline <= now);
        if !passed || !self.is_running() || self.terms.extension != ExtensionWay::Watchdog {
            return self.overdue_in_the_queue(now);
        }
        self.phase = Phase::Ending(EndReason::TimeIsUp);
        self.checkpoint_at = None;
        let mut commands = vec![Command::Record(Record::Ended { reason: EndReason::TimeIsUp.code().to_owned() })];
        let payer = self.payer().id.clone();
        for leg in self.legs.iter_mut().filter(|leg| !leg.is_over()) {
            if leg.id == payer {
                leg.turn += 1;
                commands.push(Command::Renew { leg: payer.clone() });
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
        assert_eq!(ringing(&call, 0, 0), Ringing { ring_seconds: 45, limit_seconds: Some(100) });
        let (told, commands) = ask(&mut call, 0, 0);
        assert!(matches!(told, Instruction::Join { limit_seconds: 14_400, .. }), "{told:?}");
        assert!(commands.contains(&Command::LimitCall { leg: "leg_0".into() }));
        assert_eq!(ringing(&call, 1, 0), Ringing { ring_seconds: 45, limit_seconds: Some(55) });
        // Late in the call it rings for half of what is left.
        assert_eq!(ringing(&call, 1, 80), Ringing { ring_seconds: 10, limit_seconds: Some(10) });
        let (_, commands) = ask(&mut call, 1, 20);
        assert!(commands.contains(&Command::LimitCall { leg: "leg_1".into() }));
        assert_eq!(call.legs[1].authorised_seconds(), 80);
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

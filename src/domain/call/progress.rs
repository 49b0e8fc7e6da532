//! What the carrier reports, applied. Every event may come twice, late or out of order; what is known already or comes
//! too late changes nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::guest::GuestSeen;
use super::machine::Verdict;
use super::record::Record;
use super::{Call, Command, EndReason, Leg, LegEnd, LegProgress, LegState, Phase, Role, Stance, Whereabouts};
use crate::domain::money::Money;
use crate::domain::time_limit::cost_until;

/// How long to wait after somebody left the room before asking whether the leg is gone: a rejoin leaves, too.
const GRACE_AFTER_LEAVING: TimeDelta = TimeDelta::seconds(3);

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The carrier has made, or names, a call for this leg.
    Named {
        leg: String,
        call_sid: String,
    },
    /// The order to ring this leg is about to be given.
    Ordering {
        leg: String,
    },
    /// The order certainly did not arrive, and may be given again.
    NotOrdered {
        leg: String,
    },
    /// The carrier refused to ring this leg: there certainly is no call.
    NotMade {
        leg: String,
    },
    Progress {
        leg: String,
        call_sid: String,
        progress: LegProgress,
    },
    /// The carrier has listened, and says who answered.
    AnsweredBy {
        leg: String,
        call_sid: String,
        verdict: Verdict,
    },
    Joined {
        call_sid: String,
        conference_sid: String,
    },
    Left {
        call_sid: String,
    },
    /// What the books of a guest say of the leg that mirrors it.
    Guest {
        leg: String,
        seen: GuestSeen,
    },
    /// The call whose guest this one is goes on without it.
    HostGone {
        removed: bool,
    },
    /// The paid time may be over; asked only where nobody else ends the call.
    DeadlinePassed,
    /// Somebody entitled wants the call to end.
    HangUp,
}

impl Call {
    pub fn apply(&mut self, event: &Event, now: DateTime<Utc>) -> Vec<Command> {
        match event {
            Event::Named { leg, call_sid } => self.named(leg, call_sid),
            Event::Ordering { leg } => self.ordered(leg, LegState::Planned, LegState::Calling, now),
            Event::NotOrdered { leg } => self.ordered(leg, LegState::Calling, LegState::Planned, now),
            Event::NotMade { leg } => self.ended(leg, LegEnd::Failed, now),
            Event::Progress { leg, call_sid, progress } => {
                let mut commands = self.named(leg, call_sid);
                if self.leg(leg).is_some_and(|leg| leg.call_sid.as_ref() == Some(call_sid)) {
                    commands.extend(self.progressed(leg, *progress, now));
                }
                commands
            }
            Event::AnsweredBy { leg, call_sid, verdict } => {
                let mut commands = self.named(leg, call_sid);
                if self.leg(leg).is_some_and(|leg| leg.call_sid.as_ref() == Some(call_sid)) {
                    commands.extend(self.answered(leg, *verdict, now));
                }
                commands
            }
            Event::Joined { call_sid, conference_sid } => self.joined(call_sid, conference_sid, now),
            Event::Left { call_sid } => self.left(call_sid, now),
            Event::Guest { leg, seen } => self.guest_seen(leg, seen, now),
            Event::HostGone { removed } => self.host_gone(*removed),
            Event::DeadlinePassed => {
                let mut commands = self.cut_last_sounds(now);
                commands.extend(self.deadline_passed(now));
                commands
            }
            Event::HangUp => self.end(EndReason::HungUp),
        }
    }

    fn ordered(&mut self, leg: &str, from: LegState, to: LegState, now: DateTime<Utc>) -> Vec<Command> {
        let running = self.is_running();
        let Some(leg) = self.leg_mut(leg).filter(|leg| leg.state == from && leg.call_sid.is_none()) else {
            return vec![];
        };
        if running {
            leg.state = to;
            return vec![];
        }
        // The call ended meanwhile: a leg that was certainly not rung is over.
        let leg = leg.id.clone();
        self.ended(&leg, LegEnd::Canceled, now)
    }

    /// Learns which call of the carrier's is this leg. The first one counts; a second is a duplicate nobody pays for.
    pub(super) fn named(&mut self, leg: &str, call_sid: &str) -> Vec<Command> {
        let running = self.is_running();
        let Some(leg) = self.leg_mut(leg) else { return vec![hang_up(call_sid)] };
        match &leg.call_sid {
            Some(known) if known == call_sid => vec![],
            Some(_) => vec![hang_up(call_sid)],
            None => {
                leg.call_sid = Some(call_sid.to_owned());
                if running && !leg.is_over() && leg.whereabouts != Whereabouts::Dropped {
                    vec![]
                } else {
                    vec![hang_up(call_sid)]
                }
            }
        }
    }

    fn progressed(&mut self, leg_id: &str, progress: LegProgress, now: DateTime<Utc>) -> Vec<Command> {
        let Some(leg) = self.leg_mut(leg_id) else { return vec![] };
        match (leg.state, progress) {
            (LegState::Over(_), _) | (_, LegProgress::Queued) => vec![],
            (_, LegProgress::Ended(end)) => self.ended(leg_id, end, now),
            (LegState::Planned | LegState::Calling, LegProgress::Ringing) => {
                leg.state = LegState::Ringing;
                vec![Command::Record(Record::LegRinging { leg: leg_id.to_owned() })]
            }
            (LegState::Ringing | LegState::Answered, LegProgress::Ringing) => vec![],
            (LegState::Planned | LegState::Calling | LegState::Ringing | LegState::Answered, LegProgress::Answered) => {
                leg.state = LegState::Answered;
                vec![]
            }
        }
    }

    pub(super) fn ended(&mut self, leg_id: &str, end: LegEnd, now: DateTime<Utc>) -> Vec<Command> {
        let Some(leg) = self.leg_mut(leg_id).filter(|leg| !leg.is_over()) else { return vec![] };
        leg.state = LegState::Over(end);
        let (role, was_in, dropped) = (leg.role, leg.started_at.is_some(), leg.whereabouts == Whereabouts::Dropped);
        let called_in = leg.called_in_at.is_some();
        let mut commands =
            vec![Command::Record(Record::LegEnded { leg: leg_id.to_owned(), how: end.code().to_owned() })];
        commands.extend(self.transfer_after_end(leg_id, now));
        commands.extend(self.stop_whispering_to(leg_id));
        commands.extend(self.keep_recorded());
        commands.extend(match role {
            // It was transferred away, and the account goes on paying.
            Role::Payer if dropped => self.end_if_nobody_is_left(),
            Role::Payer if was_in || called_in => self.end(EndReason::PayerLeft),
            Role::Payer => self.end(EndReason::PayerNotReached),
            Role::Other | Role::Bot | Role::Guest => self.end_if_nobody_is_left(),
            Role::Supervisor => self.settle_if_over(),
        });
        // No money of this account was held for it, and none is free when it leaves.
        if matches!(role, Role::Supervisor | Role::Guest) {
            return commands;
        }
        commands.extend(self.give_back(now));
        commands.extend(self.look_again_after_leaving(now));
        commands
    }

    /// What the time to the deadline does not cost any more is free at once.
    pub(super) fn give_back(&mut self, now: DateTime<Utc>) -> Option<Command> {
        let deadline = self.deadline.filter(|_| self.is_running())?;
        let amount = self.held - cost_until(deadline, &self.metered(), now);
        if amount <= Money::ZERO {
            return None;
        }
        self.held -= amount;
        Some(Command::GiveBack { amount })
    }

    /// Somebody left, or never came, after the checkpoint had passed: what their leg does not use may now lengthen the
    /// call for those who stay, or another of the account.
    pub(super) fn look_again_after_leaving(&self, now: DateTime<Utc>) -> Option<Command> {
        let passed = self.deadline.is_some_and(|deadline| now < deadline) && self.checkpoint_at.is_none();
        (self.is_running() && passed).then_some(Command::LookAgain)
    }

    pub(super) fn end_if_nobody_is_left(&mut self) -> Vec<Command> {
        if !self.is_deserted() {
            return self.settle_if_over();
        }
        let hears_a_last_word = |leg: &Leg| leg.is_in() && matches!(leg.whereabouts, Whereabouts::Leaving(_));
        let reason = if self.others().any(hears_a_last_word) {
            EndReason::MessageLeft
        } else if self.second_leg_answered() {
            EndReason::OthersLeft
        } else {
            EndReason::NobodyAnswered
        };
        self.end(reason)
    }

    /// Nobody may join any more: hangs up who is up, forgets who was not rung yet, and settles if that was all.
    pub(super) fn end(&mut self, reason: EndReason) -> Vec<Command> {
        let mut commands = vec![];
        if self.is_running() {
            self.phase = Phase::Ending(reason);
            self.checkpoint_at = None;
            (self.transfer, self.alone_since) = (None, None);
            commands.push(Command::Record(Record::Ended { reason: reason.code().to_owned() }));
            // Who hears a last word is hung up after it.
            let stays = |leg: &Leg| leg.is_in() && matches!(leg.whereabouts, Whereabouts::Leaving(_));
            for leg in self.legs.iter_mut().filter(|leg| !leg.is_over() && !leg.is_guest() && !stays(leg)) {
                match (&leg.call_sid, leg.state) {
                    (Some(call_sid), _) => commands.push(hang_up(call_sid)),
                    (None, LegState::Planned) => leg.state = LegState::Over(LegEnd::Canceled),
                    // The order to ring it is on its way; when it gets a name it is hung up.
                    (None, _) => {}
                }
            }
        }
        commands.extend(self.settle_if_over());
        commands
    }

    fn settle_if_over(&mut self) -> Vec<Command> {
        match self.phase {
            Phase::Ending(reason) if self.legs.iter().all(|leg| leg.is_over() || leg.is_guest()) => {
                self.phase = Phase::Settled(reason);
                vec![Command::Settle]
            }
            Phase::Running | Phase::Ending(_) | Phase::Settled(_) => vec![],
        }
    }

    fn joined(&mut self, call_sid: &str, conference_sid: &str, now: DateTime<Utc>) -> Vec<Command> {
        let Some(leg) = self.legs.iter_mut().find(|leg| leg.call_sid.as_deref() == Some(call_sid)) else {
            return vec![];
        };
        leg.joined = true;
        let (id, follows_its_own) = (leg.id.clone(), leg.is_guest());
        let mut commands = vec![];
        if leg.stance != Stance::default() || (follows_its_own && self.terms.room.muted) {
            commands.push(Command::Adjust { leg: id.clone() });
        }
        // Nobody may be there any more, though its host has not said so.
        commands.extend(self.host.is_some().then_some(Command::CountRoom));
        // A coach hears and speaks through whom it coaches: who was away has to be coached anew.
        commands.extend(self.adjust_coaches_of(&id));
        self.conference_sid = Some(conference_sid.to_owned());
        if self.host.is_none() && self.others_are_renewed() && self.anchor_needs_renewal() {
            commands.push(Command::RenewPayer { at: now });
        }
        commands.extend(self.transfer_after_join(&id, now));
        commands.extend(self.keep_recorded());
        commands
    }

    /// Leaving the room is not the end of a leg: a rejoin leaves, too. So ask, a little later.
    fn left(&mut self, call_sid: &str, now: DateTime<Utc>) -> Vec<Command> {
        match self.legs.iter().find(|leg| leg.call_sid.as_deref() == Some(call_sid)) {
            Some(leg) if leg.is_guest() && !leg.is_over() => vec![Command::CountRoom],
            Some(leg) if !leg.is_over() => {
                vec![Command::AskCarrier { leg: leg.id.clone(), at: now + GRACE_AFTER_LEAVING }, Command::CountRoom]
            }
            Some(_) | None => vec![],
        }
    }
}

impl LegEnd {
    pub fn code(self) -> &'static str {
        match self {
            Self::Completed { .. } => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

fn hang_up(call_sid: &str) -> Command {
    Command::HangUp { call_sid: call_sid.to_owned() }
}

//! What a leg that asks is told. The answer follows from the books alone, never from what the URL claims: money held,
//! payer in and somebody else in or coming means join; otherwise a notice. Asking again gets the same answer.

use chrono::{DateTime, TimeDelta, Utc};

use super::message::Message;
use super::record::Record;
use super::seat::Seat;
use super::{Call, Command, EndReason, Leg, LegState, Phase, Role, Timing, Whereabouts};
use crate::domain::time_limit::{longest, whole_seconds};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// Join the room for at most so many seconds.
    Join {
        limit_seconds: i64,
        end_room_on_exit: bool,
        muted: bool,
        /// The carrier's call of the one who hears it.
        coaches: Option<String>,
        seat: Seat,
    },
    /// Wait outside the room for at most so many seconds, then ask again.
    Music {
        seconds: i64,
    },
    /// Wait in the call's queue, until the other dials it.
    Enqueue,
    /// Talk with who waits in the call's queue for at most so many seconds.
    DialQueue {
        limit_seconds: i64,
    },
    /// Hear this, or that the call is recorded, or both, then ask again.
    Whisper {
        message: Option<Message>,
        recorded: bool,
    },
    /// Hear this, and be hung up.
    Farewell(Message),
    /// Say this, then hang up.
    Notice(Notice),
    HangUp,
}

/// Music is given in pieces: with us away, a leg that waits outside ends with its piece.
const MUSIC_AT_ONCE: i64 = 20;
/// For a leg whose redirect is under way and will come any moment.
const A_MOMENT: i64 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The paid time is over.
    TimeIsUp,
    /// The other side could not be reached, or has gone.
    NobodyThere,
}

/// Why a leg asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It was answered, or redirected: it will do what it is told.
    ForInstructions,
    /// Its stay in the room ended. After a redirect this is asked too, and the answer is then thrown away.
    AfterItsStay,
    /// It waits in a queue and wants to hear something there.
    WhileQueued,
    /// It is out of the queue, or out of the conversation that followed, and does what it is told.
    AfterTheQueue,
}

impl Call {
    pub fn instruct(
        &mut self,
        leg: &str,
        call_sid: &str,
        asked: Asked,
        timing: &Timing,
        now: DateTime<Utc>,
    ) -> (Instruction, Vec<Command>) {
        let mut commands = self.named(leg, call_sid);
        if !self.leg(leg).is_some_and(|leg| leg.call_sid.as_deref() == Some(call_sid) && !leg.is_over()) {
            return (Instruction::HangUp, commands);
        }
        commands.extend(self.answered_by_nobody_knows(leg, now));
        if self.leg(leg).is_some_and(|leg| leg.whereabouts == Whereabouts::Dropped) {
            self.serve(leg, asked, now);
            return (Instruction::HangUp, commands);
        }
        let leaving = self.leg(leg).is_some_and(|leg| matches!(leg.whereabouts, Whereabouts::Leaving(_)));
        let supervises = self.leg(leg).is_some_and(Leg::is_supervisor);
        let is_party = self.leg(leg).is_some_and(Leg::is_party);
        match self.phase {
            Phase::Running => {}
            Phase::Ending(_) | Phase::Settled(_) if !is_party => return (Instruction::HangUp, commands),
            Phase::Ending(_) if leaving => {}
            Phase::Ending(EndReason::TimeIsUp) => {
                self.serve(leg, asked, now);
                return (self.notice(leg, Notice::TimeIsUp, &mut commands), commands);
            }
            Phase::Ending(EndReason::HostEnded | EndReason::Removed) => {
                return (self.hears_of_its_end(leg, asked, now, &mut commands), commands);
            }
            Phase::Ending(EndReason::HungUp) | Phase::Settled(_) => return (Instruction::HangUp, commands),
            Phase::Ending(_) => return (Instruction::Notice(Notice::NobodyThere), commands),
        }
        self.leg_mut(leg).expect("it was found above").state = LegState::Answered;
        if supervises {
            return (self.let_supervisor_in(leg, asked, timing, now), commands);
        }
        if self.started_at.is_none() && self.payer().id == leg {
            commands.extend(self.start(timing, now));
        }
        let instruction = self.join(leg, asked, timing, now, &mut commands);
        (instruction, commands)
    }

    /// The payer has answered: the deadline stands from here, and the others are rung.
    fn start(&mut self, timing: &Timing, now: DateTime<Utc>) -> Vec<Command> {
        let seconds = longest(now, self.held, &self.metered(), timing.most_seconds, now).unwrap_or(0);
        self.started_at = Some(now);
        self.deadline = Some(now + TimeDelta::seconds(seconds));
        self.checkpoint_at = self.next_checkpoint(timing, now);
        let mut commands: Vec<_> = self.checkpoint_at.map(|at| Command::Checkpoint { at }).into_iter().collect();
        commands.extend(self.look_at_last_minute(now));
        let planned = self.legs.iter().filter(|leg| leg.state == LegState::Planned);
        commands.extend(planned.map(|leg| Command::Ring { leg: leg.id.clone() }));
        commands
    }

    fn join(
        &mut self,
        leg_id: &str,
        asked: Asked,
        timing: &Timing,
        now: DateTime<Utc>,
        commands: &mut Vec<Command>,
    ) -> Instruction {
        let leg = self.leg(leg_id).expect("the caller found it");
        if let Whereabouts::Leaving(message) = &leg.whereabouts {
            let message = message.clone();
            commands.extend(self.take_leave(leg_id, &message, asked, now));
            return Instruction::Farewell(message);
        }
        let is_payer = leg.role == Role::Payer;
        let is_bot = leg.is_bot();
        let Some(deadline) = self.deadline.filter(|_| self.has_company(leg_id)) else {
            return if is_bot { Instruction::HangUp } else { Instruction::Notice(Notice::NobodyThere) };
        };
        let limit_seconds = whole_seconds(deadline - now);
        if limit_seconds == 0 {
            if self.anchor().id == leg_id {
                self.wind_up(EndReason::TimeIsUp, commands);
            }
            return self.notice(leg_id, Notice::TimeIsUp, commands);
        }
        let may_wait = self.may_wait(timing.most_queued, now).map(whole_seconds);
        if may_wait == Some(0) {
            self.wind_up(EndReason::NobodyTook, commands);
            return self.notice(leg_id, Notice::NobodyThere, commands);
        }
        let asked = self.let_go(leg_id, asked, now, commands);
        if self.lost_its_room(leg_id, asked, now) {
            commands.push(Command::CountRoom);
            return Instruction::Music { seconds: limit_seconds.min(A_MOMENT) };
        }
        commands.extend(self.lead_through_whisper(leg_id, deadline, now));
        self.authorise(leg_id, asked, deadline, timing, now, commands);
        commands.extend(self.anchor_follows(leg_id, now));
        let leg = self.leg(leg_id).expect("the caller found it");
        let has_left = matches!(asked, Asked::AfterItsStay | Asked::AfterTheQueue);
        if has_left && leg.away && leg.served != Some(leg.turn) {
            return Instruction::Music { seconds: limit_seconds.min(A_MOMENT) };
        }
        if let Some(whisper) = self.whisper(leg) {
            return whisper;
        }
        match &leg.whereabouts {
            _ if asked == Asked::WhileQueued => Instruction::Music { seconds: limit_seconds.min(MUSIC_AT_ONCE) },
            Whereabouts::Music => {
                let seconds = limit_seconds.min(MUSIC_AT_ONCE).min(may_wait.unwrap_or(MUSIC_AT_ONCE));
                Instruction::Music { seconds }
            }
            Whereabouts::Queue | Whereabouts::Bridge { dials: false } => Instruction::Enqueue,
            Whereabouts::Bridge { dials: true } => Instruction::DialQueue { limit_seconds },
            Whereabouts::Room
            | Whereabouts::Whisper
            | Whereabouts::RecordingNotice
            | Whereabouts::Leaving(_)
            | Whereabouts::Dropped => Instruction::Join {
                limit_seconds: self.dial_limit(leg, limit_seconds, timing),
                end_room_on_exit: is_payer && self.host.is_none() && self.terms.room.ends_with_payer,
                muted: leg.stance.muted || self.enters_muted(),
                coaches: None,
                seat: self.seat(leg),
            },
        }
    }

    /// The anchor in the room is redirected after all others; who is led out of it never joins, and so is looked at here.
    fn anchor_follows(&self, leg: &str, now: DateTime<Utc>) -> Option<Command> {
        let anchor = self.anchor();
        let is_out = anchor.id != leg && self.leg(leg).is_some_and(|leg| leg.away);
        let follows = is_out && !anchor.away && self.others_are_renewed() && self.anchor_needs_renewal();
        follows.then_some(Command::RenewPayer { at: now })
    }

    /// Notes that the carrier is being told a limit, before it is told.
    fn authorise(
        &mut self,
        leg_id: &str,
        asked: Asked,
        deadline: DateTime<Utc>,
        timing: &Timing,
        now: DateTime<Utc>,
        commands: &mut Vec<Command>,
    ) {
        self.serve(leg_id, asked, now);
        let (held, called) = (self.held, self.started_at);
        let (is_payer, is_anchor) = (self.payer().id == leg_id, self.anchor().id == leg_id);
        let leg = self.leg_mut(leg_id).expect("the caller found it");
        let (first, told) = (leg.started_at.is_none(), leg.served == Some(leg.turn));
        leg.authorised_until = Some(deadline);
        let start = *leg.started_at.get_or_insert(now);
        if first {
            self.welcome(leg_id);
            let seconds = whole_seconds(deadline - now);
            commands.push(Command::Record(Record::LimitSet { leg: leg_id.to_owned(), seconds, funds: held }));
            commands.extend(self.let_in(leg_id, now));
            if !is_payer {
                self.look_again_after_ringing(timing, now, commands);
            }
        }
        // An answer that is thrown away tells nobody of more time.
        if is_anchor && told && self.told < self.extension {
            self.told = self.extension;
            commands.push(Command::Record(Record::Extended {
                seconds: whole_seconds(deadline - called.unwrap_or(start)),
                funds: held,
            }));
        }
    }

    /// Notes which instructions it has. An answer that is thrown away confirms nothing; at the end of the stay it is
    /// carried out.
    pub(super) fn serve(&mut self, leg: &str, asked: Asked, now: DateTime<Utc>) {
        let leg = self.leg_mut(leg).expect("the caller found it");
        if asked == Asked::ForInstructions || leg.stay_is_over(now) {
            if leg.served != Some(leg.turn) {
                leg.joined = false;
            }
            leg.served = Some(leg.turn);
            leg.away = leg.whereabouts != Whereabouts::Room;
        }
    }

    /// Somebody answered after the checkpoint had passed: the ringing time it gives back, and a recharge that had to
    /// wait for an answer, may now lengthen the call.
    fn look_again_after_ringing(&mut self, timing: &Timing, now: DateTime<Utc>, commands: &mut Vec<Command>) {
        let late = self.deadline.is_some_and(|deadline| deadline - now <= timing.redirect_by);
        if self.checkpoint_at.is_none() && !late {
            self.checkpoint_at = Some(now);
            commands.push(Command::Checkpoint { at: now });
        }
    }

    /// It is over for all, who hear so when they ask: nobody rejoins. At the end of the paid time that is now, by their
    /// own limits; of those who wait in a queue, at the end of their piece of music.
    fn wind_up(&mut self, reason: EndReason, commands: &mut Vec<Command>) {
        self.phase = Phase::Ending(reason);
        self.checkpoint_at = None;
        self.transfer = None;
        commands.push(Command::Record(Record::Ended { reason: reason.code().to_owned() }));
        // Nobody asks from within the room before the limit.
        let stays = |leg: &Leg| leg.started_at.is_some() && (reason == EndReason::TimeIsUp || leg.away);
        for leg in self.legs.iter_mut().filter(|leg| leg.is_party() && !leg.is_guest() && !leg.is_over() && !stays(leg))
        {
            if let Some(call_sid) = &leg.call_sid {
                commands.push(Command::HangUp { call_sid: call_sid.clone() });
            }
        }
        commands.extend(self.dismiss_company());
    }

    pub(super) fn notice(&mut self, leg: &str, notice: Notice, commands: &mut Vec<Command>) -> Instruction {
        // Nobody listens to it.
        if self.leg(leg).is_some_and(Leg::is_bot) {
            return Instruction::HangUp;
        }
        self.out_of_the_queue(leg);
        commands.push(Command::Record(Record::Notice { leg: leg.to_owned() }));
        Instruction::Notice(notice)
    }
}

impl Leg {
    /// The carrier's limit has been reached, or will be in a moment.
    pub(super) fn stay_is_over(&self, now: DateTime<Utc>) -> bool {
        self.authorised_until.is_some_and(|until| now + TimeDelta::seconds(1) >= until)
    }
}

//! A leg that another account pays for. In that account's books it is a call of its own, the *guest call*: one leg, its own
//! hold, limit, extensions and bill, in the room of its *host*. In the host's books a leg mirrors it, so that it keeps
//! company and counts; it costs nothing there, and nobody there rings, redirects or hangs it up. What happens on one side
//! the other is told later, in any order, perhaps twice: the mirror never goes back, and an end is an end.

use chrono::{DateTime, Utc};

use super::addition::MOST_LEGS_EVER;
use super::instruction::{Asked, Instruction, Notice};
use super::record::Record;
use super::{Call, Command, EndReason, Leg, LegEnd, LegState, Phase, Role, Whereabouts};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;

/// Whose guest a call is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    pub call: String,
    /// The leg there that mirrors the guest.
    pub leg: String,
}

/// As much of a guest call as its host may know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuestSeen {
    pub state: LegState,
    pub call_sid: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
}

/// Why a call takes no guest; each says what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GuestRefusal {
    #[error("The call is over.")]
    CallIsOver,
    #[error("The call has not begun. Try again when its own phone has answered.")]
    NotBegun,
    #[error("This call is itself a guest in another. Join that one instead.")]
    IsAGuest,
    #[error("This account pays for the call already. Add the number to it instead.")]
    ItsOwn,
    #[error("{number} is in this call already.")]
    InTheCall { number: PhoneNumber },
    #[error("The call has room for {most} phones. Somebody has to leave first.")]
    TooManyNumbers { most: usize },
}

impl GuestRefusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CallIsOver => "call_is_over",
            Self::NotBegun => "call_not_begun",
            Self::IsAGuest => "is_a_guest",
            Self::ItsOwn => "pays_already",
            Self::InTheCall { .. } => "same_number_twice",
            Self::TooManyNumbers { .. } => "too_many_numbers",
        }
    }
}

impl GuestSeen {
    pub fn of(guest: &Call) -> Self {
        let leg = guest.payer();
        Self { state: leg.state, call_sid: leg.call_sid.clone(), started_at: leg.started_at }
    }

    /// Its own call was not made.
    pub fn never_came() -> Self {
        Self { state: LegState::Over(LegEnd::Canceled), call_sid: None, started_at: None }
    }
}

impl Leg {
    pub fn is_guest(&self) -> bool {
        self.role == Role::Guest
    }

    /// This call's account pays for it, so this call limits it.
    pub fn is_limited(&self) -> bool {
        match self.role {
            Role::Payer | Role::Other | Role::Bot => true,
            Role::Supervisor | Role::Guest => false,
        }
    }
}

/// How far a leg is: it never goes back.
fn rank(state: LegState) -> u8 {
    match state {
        LegState::Planned => 0,
        LegState::Calling => 1,
        LegState::Ringing => 2,
        LegState::Answered => 3,
        LegState::Over(_) => 4,
    }
}

impl Call {
    pub fn guests(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| leg.is_guest())
    }

    /// May others be asked into the room of this call?
    pub fn may_invite(&self) -> Result<(), GuestRefusal> {
        match &self.host {
            Some(_) => Err(GuestRefusal::IsAGuest),
            None if !self.is_running() => Err(GuestRefusal::CallIsOver),
            None if !self.anchor().is_in() => Err(GuestRefusal::NotBegun),
            None => Ok(()),
        }
    }

    /// May another account's phone come into it?
    pub fn may_seat(&self, account: &str, number: &PhoneNumber, most_legs: usize) -> Result<(), GuestRefusal> {
        self.may_invite()?;
        if self.account == account {
            return Err(GuestRefusal::ItsOwn);
        }
        let parties = || self.legs.iter().filter(|leg| !leg.is_supervisor());
        if parties().any(|leg| leg.number == *number && !leg.is_over()) {
            return Err(GuestRefusal::InTheCall { number: number.clone() });
        }
        let here = parties().filter(|leg| !leg.is_over()).count();
        if here >= most_legs || parties().count() >= MOST_LEGS_EVER {
            return Err(GuestRefusal::TooManyNumbers { most: most_legs });
        }
        Ok(())
    }

    /// Keeps a place for a guest, whose own call is still to be made.
    pub fn seat_guest(
        &mut self,
        guest_call: String,
        number: PhoneNumber,
        id: String,
        now: DateTime<Utc>,
    ) -> Vec<Command> {
        let mut leg = Leg::new(id.clone(), Role::Guest, number, Rate::free("guest"));
        (leg.added_at, leg.guest) = (Some(now), Some(guest_call));
        // Its instructions are its own call's matter, so here it is never behind.
        (leg.state, leg.served) = (LegState::Calling, Some(leg.turn));
        leg.stance.muted = self.terms.room.muted;
        self.legs.push(leg);
        let mut commands = vec![operated("seat_guest", id)];
        commands.extend(self.meet_in_the_room(now));
        commands
    }

    pub(super) fn guest_seen(&mut self, leg: &str, seen: &GuestSeen, now: DateTime<Utc>) -> Vec<Command> {
        let Some(found) = self.leg_mut(leg).filter(|leg| leg.is_guest() && !leg.is_over()) else { return vec![] };
        found.call_sid = found.call_sid.take().or_else(|| seen.call_sid.clone());
        found.started_at = found.started_at.or(seen.started_at);
        if rank(seen.state) <= rank(found.state) {
            return vec![];
        }
        if let LegState::Over(end) = seen.state {
            return self.ended(leg, end, now);
        }
        found.state = seen.state;
        let rings = seen.state == LegState::Ringing;
        rings.then(|| Command::Record(Record::LegRinging { leg: leg.to_owned() })).into_iter().collect()
    }

    /// Its own call learns that it is not wanted, and ends.
    pub(super) fn remove_guest(&mut self, leg: &str) -> Vec<Command> {
        self.leg_mut(leg).expect("the caller found it").whereabouts = Whereabouts::Dropped;
        self.stop_whispering_to(leg)
    }

    /// May the guest whom this leg mirrors stay? `Err` says whether it was removed.
    pub fn keeps(&self, leg: &str) -> Result<(), Removed> {
        let found = self.leg(leg).filter(|leg| leg.is_guest());
        match found {
            Some(leg) if leg.whereabouts == Whereabouts::Dropped => Err(Removed(true)),
            Some(leg) if self.is_running() && !leg.is_over() => Ok(()),
            Some(_) | None => Err(Removed(false)),
        }
    }

    /// Whose guest it is goes on without it. A phone that is in hears so; one that is not is not rung any more.
    pub(super) fn host_gone(&mut self, removed: bool) -> Vec<Command> {
        if !self.is_running() || self.host.is_none() {
            return vec![];
        }
        let reason = if removed { EndReason::Removed } else { EndReason::HostEnded };
        if !self.payer().is_in() {
            return self.end(reason);
        }
        (self.phase, self.checkpoint_at, self.alone_since) = (Phase::Ending(reason), None, None);
        let leg = self.payer().id.clone();
        self.leg_mut(&leg).expect("it has a payer").turn += 1;
        vec![Command::Record(Record::Ended { reason: reason.code().to_owned() }), Command::Renew { leg }]
    }

    /// What it hears then is house time.
    pub(super) fn hears_of_its_end(
        &mut self,
        leg: &str,
        asked: Asked,
        now: DateTime<Utc>,
        commands: &mut Vec<Command>,
    ) -> Instruction {
        self.serve(leg, asked, now);
        let found = self.leg_mut(leg).expect("the caller found it");
        found.authorised_until = found.authorised_until.map(|until| until.min(now));
        self.notice(leg, Notice::NobodyThere, commands)
    }

    /// A guest comes out of the room though its time is not over: its host may have closed it, and may go on. It waits a
    /// moment, in which one hears of the other, and is then let in again or told that nobody is there.
    pub(super) fn lost_its_room(&self, leg: &str, asked: Asked, now: DateTime<Utc>) -> bool {
        let leg = self.leg(leg).expect("the caller found it");
        let led_out = leg.served != Some(leg.turn);
        self.host.is_some() && asked == Asked::AfterItsStay && !led_out && !leg.stay_is_over(now)
    }

    /// As the room wants it. Its host makes it otherwise when it has joined.
    pub(super) fn enters_muted(&self) -> bool {
        self.host.is_some() && self.terms.room.muted
    }
}

/// Why a guest may not stay: it was removed, or the call it is in has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removed(pub bool);

fn operated(operation: &str, leg: String) -> Command {
    Command::Record(Record::Operated { operation: operation.to_owned(), leg: Some(leg) })
}

//! Supervisors: legs that listen, whisper to one or speak to all on behalf of the house. They cost nothing, keep nobody
//! company, are not renewed with the others, and whose call it is does not see them unless its terms announce them.
//!
//! Who whispers is muted while the one who is to hear it is not there to hear it, or might be leaving: a carrier may let a
//! coach who has lost its leg be heard by everybody.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::instruction::{Asked, Instruction};
use super::operation::{Operation, OperationRefusal};
use super::record::Record;
use super::seat::Seat;
use super::{Call, Command, Leg, Role, Stance, Timing};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::room_profile::Beep;

/// In a call at one time.
pub(super) const MOST_AT_ONCE: usize = 3;
/// Those that have left among them: a call's page stays readable.
const MOST_EVER: usize = 30;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Hears all and is heard by nobody.
    Monitor,
    /// Hears all and is heard by this leg.
    Whisper { to: String },
    /// Hears all and is heard by all.
    Barge,
}

/// Why words are no mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadMode {
    #[error("a supervisor may monitor, whisper or barge")]
    Unknown,
    #[error("say which leg is to hear the whispering")]
    NoListener,
}

impl Mode {
    pub const WORDS: [&str; 3] = ["monitor", "whisper", "barge"];

    /// The mode of this word; `to` is the leg that hears the whispering.
    pub fn read(word: &str, to: Option<String>) -> Result<Self, BadMode> {
        match (word, to) {
            ("monitor", _) => Ok(Self::Monitor),
            ("whisper", Some(to)) => Ok(Self::Whisper { to }),
            ("whisper", None) => Err(BadMode::NoListener),
            ("barge", _) => Ok(Self::Barge),
            _ => Err(BadMode::Unknown),
        }
    }

    /// A stable word for programs and for the record.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Whisper { .. } => "whisper",
            Self::Barge => "barge",
        }
    }

    fn stance(&self) -> Stance {
        match self {
            Self::Monitor => Stance { muted: true, ..Stance::default() },
            Self::Whisper { to } => Stance { coaches: Some(to.clone()), ..Stance::default() },
            Self::Barge => Stance::default(),
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whisper { to } => write!(f, "whisper to {to}"),
            Self::Monitor | Self::Barge => f.write_str(self.code()),
        }
    }
}

/// What a plan settles about supervisors.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SupervisionTerms {
    /// The caller sees supervisors in the call.
    pub announced: bool,
}

/// Who looks at a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Onlooker {
    /// Whose call it is, and whoever shows it to them.
    Caller,
    /// Somebody of the house who may know who listens.
    House,
}

/// Why a supervisor was not let in.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SuperviseRefusal {
    #[error("The call is over.")]
    CallIsOver,
    #[error("{number} is in this call already.")]
    InTheCall { number: PhoneNumber },
    #[error("A call has room for {MOST_AT_ONCE} supervisors at once and {MOST_EVER} in all.")]
    TooMany,
    #[error("Only a phone that takes part in the call can be whispered to.")]
    CannotBeCoached,
    #[error("This call is a guest in the room of {host}. Supervise that call instead.")]
    IsAGuest { host: String },
}

impl SuperviseRefusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CallIsOver => "call_is_over",
            Self::InTheCall { .. } => "same_number_twice",
            Self::TooMany => "too_many_supervisors",
            Self::CannotBeCoached => "cannot_be_coached",
            Self::IsAGuest { .. } => "is_a_guest",
        }
    }
}

/// How a leg is to be in the room at this moment, as far as the carrier can make it so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posture {
    pub hold: bool,
    pub muted: bool,
    /// The carrier's call of the one that hears it.
    pub coaches: Option<String>,
}

impl Call {
    pub fn supervisors(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| leg.is_supervisor())
    }

    /// Takes a supervisor in. It is rung at once if the payer is in, otherwise with the others.
    pub fn supervise(
        &mut self,
        number: &PhoneNumber,
        mode: &Mode,
        id: String,
        now: DateTime<Utc>,
    ) -> Result<Vec<Command>, SuperviseRefusal> {
        if !self.is_running() {
            return Err(SuperviseRefusal::CallIsOver);
        }
        if let Some(host) = &self.host {
            return Err(SuperviseRefusal::IsAGuest { host: host.call.clone() });
        }
        if self.legs.iter().any(|leg| leg.number == *number && !leg.is_over()) {
            return Err(SuperviseRefusal::InTheCall { number: number.clone() });
        }
        let here = self.supervisors().filter(|leg| !leg.is_over()).count();
        if here >= MOST_AT_ONCE || self.supervisors().count() >= MOST_EVER {
            return Err(SuperviseRefusal::TooMany);
        }
        if !self.can_be_in(mode) {
            return Err(SuperviseRefusal::CannotBeCoached);
        }
        let mut leg = Leg::new(id.clone(), Role::Supervisor, number.clone(), Rate::free("supervisor"));
        (leg.added_at, leg.stance) = (Some(now), mode.stance());
        self.legs.push(leg);
        let mut commands = vec![operated("supervise", &id), operated(mode.code(), &id)];
        if self.started_at.is_some() {
            commands.push(Command::Ring { leg: id });
        }
        Ok(commands)
    }

    pub(super) fn set_mode(&mut self, leg: &str, mode: &Mode) -> Result<Vec<Command>, OperationRefusal> {
        let found = self.leg(leg).ok_or(OperationRefusal::NoSuchLeg)?;
        match (found.is_supervisor(), found.is_over(), self.can_be_in(mode)) {
            (false, ..) => return Err(OperationRefusal::NotASupervisor),
            (true, true, _) => return Err(OperationRefusal::NotInTheCall),
            (true, false, false) => return Err(OperationRefusal::CannotBeCoached),
            (true, false, true) => {}
        }
        let found = self.leg_mut(leg).expect("it was found above");
        if found.stance == mode.stance() {
            return Ok(vec![]);
        }
        found.stance = mode.stance();
        let mut commands = vec![operated(mode.code(), leg)];
        if found.is_in() {
            commands.push(Command::Adjust { leg: leg.to_owned() });
        }
        Ok(commands)
    }

    /// Is there somebody to hear the whispering? A guest is redirected by its own call, which mutes no coach before.
    fn can_be_in(&self, mode: &Mode) -> bool {
        match mode {
            Mode::Whisper { to } => self.leg(to).is_some_and(|leg| leg.is_party() && !leg.is_guest() && !leg.is_over()),
            Mode::Monitor | Mode::Barge => true,
        }
    }

    /// Who whispers to this leg.
    pub fn coaches_of<'a>(&'a self, leg: &'a str) -> impl Iterator<Item = &'a Leg> {
        self.legs.iter().filter(move |coach| coach.stance.coaches.as_deref() == Some(leg) && !coach.is_over())
    }

    /// The leg can be whispered to again, or no longer for a while.
    pub(super) fn adjust_coaches_of(&self, leg: &str) -> Vec<Command> {
        self.coaches_of(leg)
            .filter(|coach| coach.is_in())
            .map(|coach| Command::Adjust { leg: coach.id.clone() })
            .collect()
    }

    /// The leg goes for good: who whispered to it listens.
    pub(super) fn stop_whispering_to(&mut self, leg: &str) -> Vec<Command> {
        let coaches: Vec<_> = self.coaches_of(leg).map(|coach| coach.id.clone()).collect();
        coaches.iter().flat_map(|coach| self.set_mode(coach, &Mode::Monitor).unwrap_or_default()).collect()
    }

    pub fn posture(&self, leg: &Leg) -> Posture {
        let coaches = leg.stance.coaches.as_ref().and_then(|coached| self.leg(coached)).and_then(|coached| {
            let stays = coached.is_in() && coached.joined && coached.served == Some(coached.turn);
            coached.call_sid.clone().filter(|_| stays && !coached.away && !coached.stance.hold)
        });
        let waits = leg.stance.coaches.is_some() && coaches.is_none();
        Posture { hold: leg.stance.hold, muted: leg.stance.muted || waits, coaches }
    }

    /// What a supervisor who asks is told. It costs nothing, so only the carrier limits it; it leaves with the call.
    pub(super) fn let_supervisor_in(
        &mut self,
        leg_id: &str,
        asked: Asked,
        timing: &Timing,
        now: DateTime<Utc>,
    ) -> Instruction {
        if !self.payer().is_in() || self.deadline.is_none_or(|deadline| deadline <= now) {
            return Instruction::HangUp;
        }
        self.serve(leg_id, asked, now);
        let leg = self.leg_mut(leg_id).expect("the caller found it");
        leg.started_at.get_or_insert(now);
        leg.authorised_until = Some(now + TimeDelta::seconds(timing.most_seconds));
        let leg = self.leg(leg_id).expect("the caller found it");
        let (Posture { muted, coaches, .. }, seat) = (self.posture(leg), self.quiet_seat(leg));
        Instruction::Join { limit_seconds: timing.most_seconds, end_room_on_exit: false, muted, coaches, seat }
    }

    /// A tone would tell of it.
    fn quiet_seat(&self, leg: &Leg) -> Seat {
        let mut seat = self.seat(leg);
        if !self.terms.supervision.announced {
            seat.profile.beep = Beep::Off;
        }
        seat
    }

    /// The paid time is over: nothing but us ends a supervisor's leg, and no bot need hear of it.
    pub(super) fn dismiss_company(&self) -> Vec<Command> {
        let here = self.legs.iter().filter(|leg| !leg.is_party() && !leg.is_over());
        here.filter_map(|leg| leg.call_sid.clone()).map(|call_sid| Command::HangUp { call_sid }).collect()
    }

    pub fn without_supervisors(mut self) -> Self {
        self.legs.retain(|leg| !leg.is_supervisor());
        self
    }

    /// The call with the legs that this onlooker may know of. What is not in it is not shown.
    pub fn seen_by(self, onlooker: Onlooker) -> Self {
        match onlooker {
            Onlooker::Caller if !self.terms.supervision.announced => self.without_supervisors(),
            Onlooker::Caller | Onlooker::House => self,
        }
    }

    /// Lines about legs that are not in it, because the onlooker may not know of them, are no lines of it.
    pub fn shows(&self, record: &Record) -> bool {
        record.leg().is_none_or(|leg| self.leg(leg).is_some())
    }

    /// Is this about a supervisor, and so nothing that whose call it is may do or learn of?
    pub fn is_about_a_supervisor(&self, operation: &Operation) -> bool {
        let leg = operation.leg().and_then(|leg| self.leg(leg));
        matches!(operation, Operation::SetMode { .. }) || leg.is_some_and(Leg::is_supervisor)
    }
}

impl Leg {
    /// What a supervisor does.
    pub fn mode(&self) -> Option<Mode> {
        self.is_supervisor().then(|| match (&self.stance.coaches, self.stance.muted) {
            (Some(to), _) => Mode::Whisper { to: to.clone() },
            (None, true) => Mode::Monitor,
            (None, false) => Mode::Barge,
        })
    }
}

fn operated(operation: &str, leg: &str) -> Command {
    Command::Record(Record::Operated { operation: operation.to_owned(), leg: Some(leg.to_owned()) })
}

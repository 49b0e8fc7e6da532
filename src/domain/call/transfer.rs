//! Handing a call over: one phone, the transferor, leaves the others to somebody else, the target.
//!
//! ```text
//!                       target in the room: transferor dropped
//! cold      Ringing ───────────────────────────────────────────────────► done
//!                       target in the room          connect: transferor dropped, others off hold
//! warm      Ringing ─────────────────► Consulting ─────────────────────► done
//! queue     Waiting ─► (taken) Ringing ────────────────────────────────► done, others back from the music
//!              ▲───────────┘ target gone
//! ```
//!
//! From Ringing and Consulting of the first two it also goes back to how it was: taken back, or the target is busy,
//! gone, or does not answer. A transferor who hangs up while consulting has connected. Where a transfer stands follows
//! from the legs, so nothing is said twice. The legs' own rules hold all the while: they are rung, billed, limited and
//! renewed like any others.

use std::fmt::{self, Display};
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::addition::AddRefusal;
use super::operation::OperationRefusal;
use super::payer_leaves::PayerLeaves;
use super::record::Record;
use super::{Call, Command, Leg, LegEnd, LegState, Role, Whereabouts};

/// A transfer under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Transfer {
    pub kind: Kind,
    pub transferor: String,
    /// Those put on hold or out of the room for it, and nobody who was before.
    pub held: Vec<String>,
    /// The leg that takes over; nobody has taken it yet.
    pub target: Option<String>,
    pub queue: Option<Queued>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The transferor is gone as soon as the target is in; to a queue: at once.
    Cold,
    /// The others are on hold while the transferor talks with the target.
    Warm,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Queued {
    pub name: QueueName,
    pub since: DateTime<Utc>,
}

/// A name people give to a queue; it comes into being with the first call in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct QueueName(String);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a queue's name has 1 to 40 letters a-z, digits and hyphens")]
pub struct BadQueueName;

/// Why there is no transfer; each says what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransferRefusal {
    #[error(transparent)]
    Operation(#[from] OperationRefusal),
    /// The target may not be added.
    #[error(transparent)]
    Add(#[from] AddRefusal),
    #[error("A transfer of this call is under way. Connect it or take it back first.")]
    UnderWay,
    #[error("The call ends with the paying phone, so it cannot be the one that leaves. Let another phone transfer.")]
    PayerEndsTheCall,
    #[error("Nobody else is in the call who could be transferred.")]
    NobodyToTransfer,
    #[error("Nobody waits in this call. Somebody else may have taken it.")]
    NobodyWaits,
    #[error("A bot keeps nobody company, so no call can be handed to it. Transfer to somebody else.")]
    ToABot,
}

impl TransferRefusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Operation(refusal) => refusal.code(),
            Self::Add(refusal) => refusal.code(),
            Self::UnderWay => "transfer_under_way",
            Self::PayerEndsTheCall => "payer_ends_the_call",
            Self::NobodyToTransfer => "nobody_to_transfer",
            Self::NobodyWaits => "nobody_waits",
            Self::ToABot => "transfer_to_a_bot",
        }
    }
}

impl Kind {
    pub fn code(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }
}

impl Call {
    /// May this leg hand the others over now?
    pub fn may_transfer(&self, transferor: &str) -> Result<(), TransferRefusal> {
        if !self.is_running() {
            return Err(OperationRefusal::CallIsOver.into());
        }
        if self.transfer.is_some() {
            return Err(TransferRefusal::UnderWay);
        }
        if self.host.is_some() {
            return Err(OperationRefusal::InAnothersRoom.into());
        }
        let leg = self.leg(transferor).ok_or(OperationRefusal::NoSuchLeg)?;
        if leg.is_guest() {
            return Err(OperationRefusal::IsAGuest.into());
        }
        if !leg.is_in() || !leg.is_party() || leg.is_going() {
            return Err(OperationRefusal::NotInTheCall.into());
        }
        if leg.role == Role::Payer && self.terms.payer_leaves == PayerLeaves::EndsTheCall {
            return Err(TransferRefusal::PayerEndsTheCall);
        }
        let somebody = self.customers(transferor, None).next().is_some();
        if somebody { Ok(()) } else { Err(TransferRefusal::NobodyToTransfer) }
    }

    /// Into a queue only phones go that this call leads.
    pub fn may_queue(&self, transferor: &str) -> Result<(), TransferRefusal> {
        self.may_transfer(transferor)?;
        let somebody = self.customers(transferor, None).any(|leg| !leg.is_guest());
        if somebody { Ok(()) } else { Err(TransferRefusal::NobodyToTransfer) }
    }

    /// Those who are in and are handed over.
    fn customers<'a>(&'a self, transferor: &'a str, target: Option<&'a str>) -> impl Iterator<Item = &'a Leg> {
        let parties = self.parties().filter(|leg| leg.is_in() && !leg.is_going());
        parties.filter(move |leg| leg.id != transferor && Some(leg.id.as_str()) != target)
    }

    /// Begins a transfer to a leg that was added for it.
    pub fn transfer_to(&mut self, transferor: &str, target: String, kind: Kind) -> Vec<Command> {
        let customers = self.customers(transferor, Some(&target));
        let free =
            customers.filter(|leg| kind == Kind::Warm && !leg.stance.hold && leg.whereabouts == Whereabouts::Room);
        let held: Vec<_> = free.map(|leg| leg.id.clone()).collect();
        let mut commands = vec![self.transfer_record(kind.code(), Some(transferor))];
        commands.extend(self.hold_for_transfer(&held, true));
        let transferor = transferor.to_owned();
        self.transfer = Some(Transfer { kind, transferor, held, target: Some(target), queue: None });
        commands
    }

    /// The transferor leaves at once, and the others wait with music until somebody takes the call.
    pub fn transfer_to_queue(&mut self, transferor: &str, name: QueueName, now: DateTime<Utc>) -> Vec<Command> {
        // A guest waits in the room, where it is.
        let held = self.customers(transferor, None).filter(|leg| !leg.is_guest());
        let held: Vec<_> = held.map(|leg| leg.id.clone()).collect();
        let mut commands = vec![self.transfer_record("queued", Some(transferor))];
        for leg in &held {
            self.leg_mut(leg).expect("it is one of its legs").stance.hold = false;
            commands.extend(self.lead(leg, Whereabouts::Music, now).unwrap_or_default());
        }
        let queue = Some(Queued { name, since: now });
        let transfer = Transfer { kind: Kind::Cold, transferor: transferor.to_owned(), held, target: None, queue };
        self.transfer = Some(transfer);
        commands.extend(self.drop_leg(transferor, now));
        commands
    }

    pub fn may_take(&self) -> Result<(), TransferRefusal> {
        let waits =
            self.transfer.as_ref().is_some_and(|transfer| transfer.queue.is_some() && transfer.target.is_none());
        if self.is_running() && waits { Ok(()) } else { Err(TransferRefusal::NobodyWaits) }
    }

    /// Somebody takes it from its queue: with a leg that was added for that.
    pub fn taken_by(&mut self, target: String) -> Vec<Command> {
        let record = self.transfer_record("taken", Some(&target));
        if let Some(transfer) = &mut self.transfer {
            transfer.target = Some(target);
        }
        vec![record]
    }

    /// The end of a warm transfer that was wanted.
    pub(super) fn connect(&mut self, now: DateTime<Utc>) -> Result<Vec<Command>, OperationRefusal> {
        let transfer = self.transfer.as_ref().ok_or(OperationRefusal::NoTransfer)?;
        let target = transfer.target.as_ref().and_then(|target| self.leg(target));
        if !target.is_some_and(|leg| leg.is_in() && leg.joined) {
            return Err(OperationRefusal::NobodyToConnect);
        }
        Ok(self.finish_transfer(now))
    }

    /// As if it had not been begun. Who was put into a queue cannot be given back: the transferor is gone.
    pub(super) fn take_back(&mut self, now: DateTime<Utc>) -> Result<Vec<Command>, OperationRefusal> {
        let transfer = self.transfer.take_if(|transfer| transfer.queue.is_none());
        let transfer = transfer.ok_or(OperationRefusal::NoTransfer)?;
        let mut commands = self.hold_for_transfer(&transfer.held, false);
        commands.extend(transfer.target.map(|target| self.drop_leg(&target, now)).unwrap_or_default());
        Ok(commands)
    }

    /// A leg has entered the room: the target of a cold transfer has taken over.
    pub(super) fn transfer_after_join(&mut self, leg: &str, now: DateTime<Utc>) -> Vec<Command> {
        match &self.transfer {
            Some(Transfer { kind: Kind::Cold, target: Some(target), .. }) if target == leg => self.finish_transfer(now),
            Some(_) | None => vec![],
        }
    }

    /// A leg is over, for which the transfer may have waited.
    pub(super) fn transfer_after_end(&mut self, leg: &str, now: DateTime<Utc>) -> Vec<Command> {
        let Some(mut transfer) = self.transfer.take() else { return vec![] };
        transfer.held.retain(|held| held != leg);
        let Transfer { kind, transferor, target, queue, .. } = &mut transfer;
        if self.customers(transferor, target.as_deref()).next().is_none() {
            // They are gone: nobody is left to hand over.
            return vec![];
        }
        if target.as_deref() == Some(leg) {
            *target = None;
            let failed = self.transfer_record("failed", Some(leg));
            if queue.is_none() {
                let mut commands = self.hold_for_transfer(&transfer.held, false);
                commands.insert(0, failed);
                return commands;
            }
            self.transfer = Some(transfer);
            return vec![failed];
        }
        let consulting =
            target.as_ref().and_then(|target| self.leg(target)).is_some_and(|leg| leg.is_in() && leg.joined);
        if transferor == leg && *kind == Kind::Warm {
            *kind = Kind::Cold;
            self.transfer = Some(transfer);
            return if consulting { self.finish_transfer(now) } else { vec![] };
        }
        self.transfer = Some(transfer);
        vec![]
    }

    /// The others are with the target, and the transferor goes.
    fn finish_transfer(&mut self, now: DateTime<Utc>) -> Vec<Command> {
        let Some(transfer) = self.transfer.take() else { return vec![] };
        let mut commands = vec![self.transfer_record("done", transfer.target.as_deref())];
        if transfer.queue.is_some() {
            for leg in &transfer.held {
                commands.extend(self.lead(leg, Whereabouts::Room, now).unwrap_or_default());
            }
        } else {
            commands.extend(self.hold_for_transfer(&transfer.held, false));
        }
        commands.extend(self.drop_leg(&transfer.transferor, now));
        commands
    }

    fn hold_for_transfer(&mut self, legs: &[String], hold: bool) -> Vec<Command> {
        let mut commands = vec![];
        for leg in self.legs.iter_mut().filter(|leg| legs.contains(&leg.id) && !leg.is_over()) {
            leg.stance.hold = hold;
            commands.push(Command::Adjust { leg: leg.id.clone() });
        }
        commands
    }

    /// Nobody wants this leg any more: it is hung up as soon as that can be done. The payer is led out of the room,
    /// which would close if it were hung up in it.
    fn drop_leg(&mut self, leg: &str, now: DateTime<Utc>) -> Vec<Command> {
        let Some(found) = self.leg_mut(leg).filter(|leg| !leg.is_over()) else { return vec![] };
        found.whereabouts = Whereabouts::Dropped;
        match (found.role, found.state, found.call_sid.clone()) {
            (Role::Payer, ..) => {
                found.turn += 1;
                vec![self.renew(leg, now)]
            }
            (_, LegState::Planned, None) => self.ended(leg, LegEnd::Canceled, now),
            (.., Some(call_sid)) => vec![Command::HangUp { call_sid }],
            // The order to ring it is on its way; when it gets a name it is hung up.
            (.., None) => vec![],
        }
    }

    /// Somebody waits in a queue, so somebody may still come.
    pub fn waits_in_queue(&self) -> bool {
        self.queued().is_some()
    }

    /// The queue in which the call is.
    pub fn queued(&self) -> Option<&Queued> {
        self.transfer.as_ref()?.queue.as_ref()
    }

    /// Those who were put into it.
    pub fn who_waits(&self) -> impl Iterator<Item = &Leg> {
        let held = self.transfer.as_ref().map(|transfer| transfer.held.as_slice()).unwrap_or_default();
        self.legs.iter().filter(|leg| held.contains(&leg.id))
    }

    /// How long the call may still wait in its queue; `None`: it does not wait there.
    pub(super) fn may_wait(&self, most: TimeDelta, now: DateTime<Utc>) -> Option<TimeDelta> {
        let transfer = self.transfer.as_ref().filter(|transfer| transfer.target.is_none())?;
        transfer.queue.as_ref().map(|queue| queue.since + most - now)
    }

    fn transfer_record(&self, step: &str, leg: Option<&str>) -> Command {
        Command::Record(Record::Transfer { step: step.to_owned(), leg: leg.map(str::to_owned) })
    }
}

impl FromStr for QueueName {
    type Err = BadQueueName;

    fn from_str(text: &str) -> Result<Self, BadQueueName> {
        let text = text.trim();
        let plain = text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
        if plain && (1..=40).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(BadQueueName) }
    }
}

impl Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

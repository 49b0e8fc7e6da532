//! A call and its legs as the books know them, and the words in which they change.
//!
//! ```text
//!            payer answers             a leg says its time is up,
//! Running ──────────────────► Running  everybody else left, or hang-up    all legs over
//!  (dialling)                 (live)  ────────────────────────────────► Ending ───────► Settled
//! ```
//!
//! A leg goes Planned → Calling → Ringing → Answered → Over, may skip states, and never goes back: reports that come
//! late, twice or in the wrong order find nothing to change. [`progress`] takes what the carrier reports,
//! [`instruction`] says what a leg that asks is told, [`addition`] takes in one more, [`bundled`] uses minutes that were bought, [`operation`] is what people do to
//! a running call, [`transfer`] hands it over, [`company`] says who must stay for it to go on, [`last_word`] lets one go,
//! [`machine`] keeps answering machines out, [`supervision`] lets the house listen in, [`guest`] has another account pay
//! for a leg, [`recording`] keeps what is said, [`extension`] moves the deadline, [`bill`] adds up.
//!
//! How a leg should be is in the books first ([`Stance`], [`Whereabouts`]) and then made so at the carrier, as often as it
//! takes: after each rejoin, too. What somebody changes at the carrier behind our back does not outlast a rejoin.

pub mod addition;
pub mod announcement;
#[cfg(test)]
mod announcement_tests;
pub mod bill;
mod bundled;
pub mod company;
pub mod extension;
pub mod extension_way;
pub mod guest;
#[cfg(test)]
mod guest_tests;
pub mod holding;
pub mod instruction;
mod last_word;
pub mod machine;
#[cfg(test)]
mod machine_tests;
pub mod message;
pub mod operation;
#[cfg(test)]
mod operation_tests;
pub mod payer_leaves;
pub mod progress;
pub mod queue_hold;
#[cfg(test)]
mod queue_hold_tests;
pub mod record;
pub mod recording;
#[cfg(test)]
mod recording_tests;
pub mod seat;
pub mod sentence;
#[cfg(test)]
mod sequences;
#[cfg(test)]
mod slices_tests;
pub mod supervision;
#[cfg(test)]
mod supervision_tests;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod transfer;
#[cfg(test)]
mod transfer_tests;
pub mod whisper;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::phone_number::PhoneNumber;
use super::rating::Rate;
use super::time_limit::{Meter, Metered, whole_seconds};
use announcement::Announcement;
use guest::Host;
use machine::{MachineTerms, Verdict};
use message::Message;
use record::Record;
use recording::CallRecording;
use terms::CallTerms;
use transfer::Transfer;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    pub id: String,
    pub account: String,
    /// The conference's name at the carrier: random, nothing personal.
    pub room: String,
    pub created_at: DateTime<Utc>,
    /// When the payer's first instructions were given. Time is measured from here.
    pub started_at: Option<DateTime<Utc>>,
    /// Until when money is held for every leg. A leg itself may still be limited to an earlier one, never to a later.
    pub deadline: Option<DateTime<Utc>>,
    pub held: Money,
    /// How often the deadline has been moved.
    pub extension: i32,
    /// The extension that the payer was last told of.
    pub told: i32,
    pub phase: Phase,
    /// When the next checkpoint is due; `None` once it ran and nothing new is known.
    pub checkpoint_at: Option<DateTime<Utc>>,
    /// The payer has been told that the time is nearly up.
    pub warned: bool,
    /// The carrier's newest name of the conference: a payer alone who rejoins makes a new one.
    pub conference_sid: Option<String>,
    /// How many lines its record has.
    pub records: i64,
    /// What was settled for it when it was dialled.
    pub terms: CallTerms,
    /// One that is under way.
    pub transfer: Option<Transfer>,
    /// Since when the room was counted with fewer than two in it.
    pub alone_since: Option<DateTime<Utc>>,
    /// Whose room it is in, if that is another call's.
    pub host: Option<Host>,
    pub recording: CallRecording,
    /// The payer's leg first.
    pub legs: Vec<Leg>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    Running,
    /// No leg may join any more; some may still be up.
    Ending(EndReason),
    /// Charged, and the rest of the hold released.
    Settled(EndReason),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndReason {
    /// The payer's own phone was not reached.
    PayerNotReached,
    /// None of the others was reached.
    NobodyAnswered,
    PayerLeft,
    OthersLeft,
    /// Nobody is left but phones that hear a last word, such as a message for their answering machine.
    MessageLeft,
    /// It waited in a queue for as long as a call may.
    NobodyTook,
    /// Ended from the page, the API or the board.
    HungUp,
    TimeIsUp,
    /// It was a guest in a call that ended.
    HostEnded,
    /// It was a guest, and whose call it was removed it.
    Removed,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leg {
    pub id: String,
    pub role: Role,
    pub number: PhoneNumber,
    /// Frozen when the money was held.
    pub rate: Rate,
    /// When it was added to the running call; `None`: the call was dialled with it.
    pub added_at: Option<DateTime<Utc>>,
    /// The carrier's name of the leg's call, once known. Any other call that claims to be this leg is hung up.
    pub call_sid: Option<String>,
    pub state: LegState,
    /// When its first instructions were given: its meter runs from here. Fetching them is house time.
    pub started_at: Option<DateTime<Utc>>,
    /// Until when the carrier was told it may stay.
    pub authorised_until: Option<DateTime<Utc>>,
    /// The number of its newest instructions: each redirect is for a new one.
    pub turn: i32,
    /// The number of the instructions it was last given.
    pub served: Option<i32>,
    /// It has entered the room since then.
    pub joined: bool,
    /// What it was last told keeps it out of the room.
    pub away: bool,
    pub whereabouts: Whereabouts,
    pub stance: Stance,
    /// The carrier's limit of the whole call, in seconds from its answer, where that keeps it to its time.
    pub call_limit: Option<i64>,
    /// When the phone called us; nothing if it was rung. The carrier counts from here, and what it counts before the
    /// first instructions is house time.
    pub called_in_at: Option<DateTime<Utc>>,
    /// What is done if a machine answers, settled when it was dialled.
    pub machine: MachineTerms,
    /// Who answered, once the carrier has listened.
    pub verdict: Option<Verdict>,
    /// The call of another account that this leg mirrors.
    pub guest: Option<String>,
}

/// Where a leg is wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    #[default]
    Room,
    /// On its way into the room: it hears a word first, and then asks again.
    Whisper,
    /// The same with the word that the call is recorded after it.
    RecordingNotice,
    /// Out of the room, with music, until it is brought back.
    Music,
    /// Out of the room, in a queue of the carrier's, with music.
    Queue,
    /// Out of the room, talking with the other of two: one dials the queue in which the other waits.
    Bridge { dials: bool },
    /// On its way out: it hears this and is hung up.
    Leaving(Message),
    /// Nobody wants it any more: it is hung up as soon as that can be done.
    Dropped,
}

/// How a leg is wanted in the room.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stance {
    /// Hears music and nobody, and nobody hears it. It burns all the same.
    pub hold: bool,
    pub muted: bool,
    /// The one leg that hears it.
    pub coaches: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The one whose account pays. The room closes when this leg leaves.
    Payer,
    Other,
    /// Answered by a script of the house: says things, hears keys, and keeps nobody company.
    Bot,
    /// Listens, whispers or joins in on behalf of the house, which pays for it.
    Supervisor,
    /// Another account pays for it and has a call for it, which alone rings, leads and limits it.
    Guest,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegState {
    /// Not rung yet: no order has left the house.
    Planned,
    /// The order to ring is going out, or is out, perhaps without an answer. It is never given twice.
    Calling,
    Ringing,
    Answered,
    Over(LegEnd),
}

/// What the carrier says of a leg. Reports repeat and arrive in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegProgress {
    Queued,
    Ringing,
    Answered,
    Ended(LegEnd),
}

/// How a leg's call ended, by the carrier's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegEnd {
    /// `seconds` is the carrier's whole-second count from the leg's answer.
    Completed {
        seconds: i64,
    },
    Busy,
    NoAnswer,
    Failed,
    Canceled,
}

/// What must happen because of a change. The flow books and records at once, and makes a job of the rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Ring this leg.
    Ring { leg: String },
    /// Hang up this call of the carrier's.
    HangUp { call_sid: String },
    /// Fetch what became of a leg, at the earliest then.
    AskCarrier { leg: String, at: DateTime<Utc> },
    /// Decide about money and time again, then.
    Checkpoint { at: DateTime<Utc> },
    /// The account's calls whose last look at the money found none decide again; this may be one of them.
    LookAgain,
    /// Redirect a leg to its newest instructions.
    Renew { leg: String },
    /// Redirect the payer, at the latest then, sooner if all others are confirmed.
    RenewPayer { at: DateTime<Utc> },
    /// Make a leg in the room as it is wanted.
    Adjust { leg: String },
    /// Move the carrier's limit of the whole call to what the leg is authorised to.
    LimitCall { leg: String },
    /// End the call then, unless there is more time by then.
    EndAtDeadline { at: DateTime<Utc> },
    /// So much of the hold is not needed any more.
    GiveBack { amount: Money },
    /// Ask the carrier who is in the room.
    CountRoom,
    /// Say something to a leg, or to everybody, then; past `until` it is not worth saying any more.
    Announce { announcement: Announcement, leg: Option<String>, at: DateTime<Utc>, until: DateTime<Utc> },
    /// Record the call at the carrier as it is wanted.
    KeepRecorded,
    /// Decide then whether to say that one minute is left.
    LookAtLastMinute { at: DateTime<Utc> },
    /// Charge the legs and release the rest of the hold.
    Settle,
    /// Keep this in the call's record.
    Record(Record),
}

/// Seconds before the deadline at which things happen, and other lengths of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// The checkpoint: extend, or charge the card.
    pub lead: TimeDelta,
    /// Past this a payment that is still open will not help any more: warn.
    pub decide: TimeDelta,
    /// Past this no leg is redirected any more.
    pub redirect_by: TimeDelta,
    /// How long somebody may be alone in the room.
    pub alone: TimeDelta,
    /// How long a call may wait in a queue.
    pub most_queued: TimeDelta,
    /// The carrier's maximum length of a call, in seconds.
    pub most_seconds: i64,
}

impl Call {
    /// A call whose payer is about to be rung; `held` pays for the whole of it.
    pub fn new(id: String, account: String, room: String, held: Money, legs: Vec<Leg>, now: DateTime<Utc>) -> Self {
        Self {
            id,
            account,
            room,
            created_at: now,
            started_at: None,
            deadline: None,
            held,
            extension: 0,
            told: 0,
            phase: Phase::Running,
            checkpoint_at: None,
            warned: false,
            conference_sid: None,
            records: 0,
            terms: CallTerms::default(),
            transfer: None,
            alone_since: None,
            host: None,
            recording: CallRecording::default(),
            legs,
        }
    }

    pub fn payer(&self) -> &Leg {
        self.legs.iter().find(|leg| leg.role == Role::Payer).expect("a call is made with its payer's leg")
    }

    pub fn leg(&self, id: &str) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    pub fn leg_mut(&mut self, id: &str) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    pub fn others(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| leg.role == Role::Other)
    }

    pub fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Somebody the payer wanted to reach has been in the call.
    pub fn second_leg_answered(&self) -> bool {
        let answered = |leg: &Leg| leg.started_at.is_some() && !leg.is_machine();
        self.host.is_some() || self.others().chain(self.guests()).any(answered)
    }

    pub fn metered(&self) -> Vec<Metered<'_>> {
        self.legs.iter().map(|leg| Metered { rate: &leg.rate, meter: leg.meter() }).collect()
    }

    /// When the next look at the money is due: the lead before the deadline, or half way there if that is near.
    pub fn next_checkpoint(&self, timing: &Timing, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let deadline = self.deadline?;
        let remaining = deadline - now;
        if remaining <= timing.redirect_by {
            None
        } else if remaining < timing.lead * 2 {
            // Later nobody could be redirected any more.
            Some((now + remaining / 2).min(deadline - timing.redirect_by - TimeDelta::seconds(1)).max(now))
        } else {
            Some(deadline - timing.lead)
        }
    }
}

impl Leg {
    pub fn new(id: String, role: Role, number: PhoneNumber, rate: Rate) -> Self {
        Self {
            id,
            role,
            number,
            rate,
            added_at: None,
            call_sid: None,
            state: LegState::Planned,
            started_at: None,
            authorised_until: None,
            turn: 0,
            served: None,
            joined: false,
            away: false,
            whereabouts: Whereabouts::Room,
            stance: Stance::default(),
            call_limit: None,
            called_in_at: None,
            machine: MachineTerms::default(),
            verdict: None,
            guest: None,
        }
    }

    /// A phone that has called us and becomes the payer's leg: it is up, and nobody rings it.
    #[must_use]
    pub fn called_in(self, call_sid: &str, at: DateTime<Utc>) -> Self {
        Self { call_sid: Some(call_sid.to_owned()), state: LegState::Answered, called_in_at: Some(at), ..self }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, LegState::Over(_))
    }

    pub fn is_supervisor(&self) -> bool {
        self.role == Role::Supervisor
    }

    pub fn is_bot(&self) -> bool {
        self.role == Role::Bot
    }

    /// Somebody who talks: the call goes on for those, and whoever is left alone by them is not kept.
    pub fn is_party(&self) -> bool {
        match self.role {
            Role::Payer | Role::Other | Role::Guest => true,
            Role::Bot | Role::Supervisor => false,
        }
    }

    /// In the call now, as far as anybody has told us.
    pub fn is_in(&self) -> bool {
        self.started_at.is_some() && !self.is_over()
    }

    /// It has its newest instructions and is where they lead.
    pub fn is_settled(&self) -> bool {
        self.served == Some(self.turn) && (self.joined || self.whereabouts != Whereabouts::Room)
    }

    /// Seconds from its first instructions that money was held and the carrier was told for.
    pub fn authorised_seconds(&self) -> i64 {
        match (self.started_at, self.authorised_until) {
            (Some(start), Some(until)) => whole_seconds(until - start),
            _ => 0,
        }
    }

    /// The carrier's seconds from the first instructions on, as far as they were authorised. The rest is house time: the
    /// greeting of a phone that called in, listening for a machine, and what comes after the limit. A guest's seconds are authorised elsewhere.
    pub fn billable_seconds(&self) -> i64 {
        if self.is_guest() {
            return self.carrier_seconds();
        }
        let before = self.greeting_seconds() + self.detection_seconds();
        (self.carrier_seconds() - before).clamp(0, self.authorised_seconds())
    }

    /// Seconds of a phone that called in, before its call began. A part of one is a whole one: nobody pays for it.
    pub fn greeting_seconds(&self) -> i64 {
        let greeted = self.called_in_at.zip(self.started_at);
        greeted.map_or(0, |(called, started)| whole_seconds(started - called + TimeDelta::milliseconds(999)))
    }

    pub fn carrier_seconds(&self) -> i64 {
        match self.state {
            LegState::Over(LegEnd::Completed { seconds }) => seconds,
            LegState::Over(LegEnd::Busy | LegEnd::NoAnswer | LegEnd::Failed | LegEnd::Canceled)
            | LegState::Planned
            | LegState::Calling
            | LegState::Ringing
            | LegState::Answered => 0,
        }
    }

    /// What so many seconds from its first instructions cost.
    pub fn cost(&self, seconds: i64) -> Money {
        self.rate.cost(self.start(), seconds)
    }

    /// From when its seconds count. Who was never in the call has none.
    pub fn start(&self) -> DateTime<Utc> {
        self.started_at.unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn meter(&self) -> Meter {
        let stopped = |seconds| Meter::Stopped { start: self.start(), seconds };
        match (self.is_over(), self.started_at, &self.whereabouts) {
            (true, ..) => stopped(self.billable_seconds()),
            // It is never authorised to more.
            (false, Some(_), Whereabouts::Leaving(_)) => stopped(self.authorised_seconds()),
            (false, Some(start), _) => Meter::Since(start),
            (false, None, Whereabouts::Dropped) => stopped(0),
            (false, None, _) => Meter::Waiting,
        }
    }
}

impl EndReason {
    pub fn code(self) -> &'static str {
        match self {
            Self::PayerNotReached => "payer_not_reached",
            Self::NobodyAnswered => "nobody_answered",
            Self::PayerLeft => "payer_left",
            Self::OthersLeft => "others_left",
            Self::MessageLeft => "message_left",
            Self::NobodyTook => "nobody_took",
            Self::HungUp => "hung_up",
            Self::TimeIsUp => "time_is_up",
            Self::HostEnded => "host_ended",
            Self::Removed => "removed",
        }
    }

    pub const ALL: [Self; 10] = [
        Self::PayerNotReached,
        Self::NobodyAnswered,
        Self::PayerLeft,
        Self::OthersLeft,
        Self::MessageLeft,
        Self::NobodyTook,
        Self::HungUp,
        Self::TimeIsUp,
        Self::HostEnded,
        Self::Removed,
    ];
}

//! What people do to a running call: one word each for its page, the API and its record. The books say at once how the
//! leg is wanted; commands make it so. Doing what is done already changes nothing.

use chrono::{DateTime, Utc};

use super::announcement::Announcement;
use super::message::Message;
use super::record::Record;
use super::recording::Wanted;
use super::supervision::{BadMode, Mode};
use super::{Call, Command, Leg, LegEnd, LegState, Role, Whereabouts};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operation {
    /// In the room, with music, hearing nobody and heard by nobody. The leg burns all the same.
    Hold {
        leg: String,
    },
    Unhold {
        leg: String,
    },
    Mute {
        leg: String,
    },
    Unmute {
        leg: String,
    },
    /// Hang it up; what was held for the rest of its time is free again.
    Remove {
        leg: String,
    },
    /// Out of the room, with music, until it is brought back.
    Park {
        leg: String,
    },
    Unpark {
        leg: String,
    },
    /// Into a queue of the carrier's, while two are in the call; the other waits with music.
    Enqueue {
        leg: String,
    },
    /// Out of the queue: the two talk again.
    Dequeue {
        leg: String,
    },
    /// Hang it up with a last word.
    Dismiss {
        leg: String,
        message: Message,
    },
    /// Leave it a message and hang it up; without one, what machines are left anyway.
    VoicemailDrop {
        leg: String,
        message: Option<Message>,
    },
    /// End a warm transfer: the others talk with the target, and the transferor goes.
    Connect,
    /// Undo a transfer: the target goes, and all is as before.
    TakeBack,
    /// What a supervisor does from now on.
    SetMode {
        leg: String,
        mode: Mode,
    },
    /// Say something to one leg; `None` is everybody.
    Announce {
        leg: Option<String>,
        message: Message,
    },
    /// Say that the call is being recorded.
    AnnounceRecording {
        leg: Option<String>,
    },
    StartRecording,
    PauseRecording,
    ResumeRecording,
    StopRecording,
}

/// What a form or a program says besides the operation's word.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Given {
    pub leg: Option<String>,
    pub message: Option<Message>,
    pub mode: Option<Mode>,
}

/// Why words are no operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadOperation {
    #[error("there is no such operation")]
    Unknown,
    #[error("this operation is about one leg; name it")]
    NoLeg,
    #[error("say what the leg is to hear")]
    NoMessage,
    #[error("{}", BadMode::Unknown)]
    NoMode,
}

/// Why nothing was done; each says what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OperationRefusal {
    #[error("The call is over.")]
    CallIsOver,
    #[error("There is no such phone in this call.")]
    NoSuchLeg,
    #[error("This phone is not in the call at the moment.")]
    NotInTheCall,
    #[error("The call ends with the paying phone. Hang up the whole call instead.")]
    PayerStays,
    #[error("No transfer of this call is under way that could be connected or taken back.")]
    NoTransfer,
    #[error("The phone it is transferred to is not in the call yet.")]
    NobodyToConnect,
    #[error("This phone is no supervisor's.")]
    NotASupervisor,
    #[error("A supervisor's phone listens, whispers or speaks to all: set its mode, or remove it.")]
    IsASupervisor,
    #[error("Only a phone that takes part in the call can be whispered to.")]
    CannotBeCoached,
    #[error("Holding in a queue is switched off here. Use hold or park instead.")]
    QueueHoldOff,
    #[error("Only a call of two phones, both in it, can be held in a queue. Use hold or park instead.")]
    NotTwoParties,
    #[error("This phone does not wait in a queue.")]
    NotInTheQueue,
    #[error("Another account pays for this phone: it can be held, muted or removed, and nothing else.")]
    IsAGuest,
    #[error("You are a guest in this call, which is another account's. Hang up to leave it.")]
    InAnothersRoom,
    #[error("Calls of this plan are not recorded. Ask your provider for a plan that allows it.")]
    NeverRecorded,
    #[error("Calls of this plan are always recorded. Pause the recording instead.")]
    AlwaysRecorded,
    #[error("The call is not being recorded. Start a recording first.")]
    NotRecorded,
    #[error("The recording is paused. Resume it instead.")]
    IsPaused,
    #[error("There is no message that machines are left. Say what this one is to hear.")]
    NoMessage,
}

impl OperationRefusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CallIsOver => "call_is_over",
            Self::NoSuchLeg => "no_such_leg",
            Self::NotInTheCall => "not_in_the_call",
            Self::PayerStays => "payer_stays",
            Self::NoTransfer => "no_transfer",
            Self::NobodyToConnect => "nobody_to_connect",
            Self::NotASupervisor => "not_a_supervisor",
            Self::IsASupervisor => "is_a_supervisor",
            Self::CannotBeCoached => "cannot_be_coached",
            Self::QueueHoldOff => "queue_hold_off",
            Self::NotTwoParties => "not_two_parties",
            Self::NotInTheQueue => "not_in_the_queue",
            Self::IsAGuest => "is_a_guest",
            Self::InAnothersRoom => "in_anothers_room",
            Self::NeverRecorded => "never_recorded",
            Self::AlwaysRecorded => "always_recorded",
            Self::NotRecorded => "not_recorded",
            Self::IsPaused => "recording_is_paused",
            Self::NoMessage => "no_message",
        }
    }
}

impl Operation {
    pub const WORDS: [&str; 18] = [
        "hold",
        "unhold",
        "mute",
        "unmute",
        "remove",
        "park",
        "unpark",
        "enqueue",
        "dequeue",
        "dismiss",
        "voicemail_drop",
        "connect",
        "take_back",
        "set_mode",
        "start_recording",
        "pause_recording",
        "resume_recording",
        "stop_recording",
    ];

    /// The operation of this word.
    pub fn read(word: &str, given: Given) -> Result<Self, BadOperation> {
        let leg = given.leg.ok_or(BadOperation::NoLeg);
        match word {
            "hold" => Ok(Self::Hold { leg: leg? }),
            "unhold" => Ok(Self::Unhold { leg: leg? }),
            "mute" => Ok(Self::Mute { leg: leg? }),
            "unmute" => Ok(Self::Unmute { leg: leg? }),
            "remove" => Ok(Self::Remove { leg: leg? }),
            "park" => Ok(Self::Park { leg: leg? }),
            "unpark" => Ok(Self::Unpark { leg: leg? }),
            "enqueue" => Ok(Self::Enqueue { leg: leg? }),
            "dequeue" => Ok(Self::Dequeue { leg: leg? }),
            "dismiss" => Ok(Self::Dismiss { leg: leg?, message: given.message.ok_or(BadOperation::NoMessage)? }),
            "voicemail_drop" => Ok(Self::VoicemailDrop { leg: leg?, message: given.message }),
            "connect" => Ok(Self::Connect),
            "take_back" => Ok(Self::TakeBack),
            "set_mode" => Ok(Self::SetMode { leg: leg?, mode: given.mode.ok_or(BadOperation::NoMode)? }),
            "announce" => Ok(Self::Announce { leg: leg.ok(), message: given.message.ok_or(BadOperation::NoMessage)? }),
            "announce_recording" => Ok(Self::AnnounceRecording { leg: leg.ok() }),
            "start_recording" => Ok(Self::StartRecording),
            "pause_recording" => Ok(Self::PauseRecording),
            "resume_recording" => Ok(Self::ResumeRecording),
            "stop_recording" => Ok(Self::StopRecording),
            _ => Err(BadOperation::Unknown),
        }
    }

    /// A stable word for programs and for the record.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hold { .. } => "hold",
            Self::Unhold { .. } => "unhold",
            Self::Mute { .. } => "mute",
            Self::Unmute { .. } => "unmute",
            Self::Remove { .. } => "remove",
            Self::Park { .. } => "park",
            Self::Unpark { .. } => "unpark",
            Self::Enqueue { .. } => "enqueue",
            Self::Dequeue { .. } => "dequeue",
            Self::Dismiss { .. } => "dismiss",
            Self::VoicemailDrop { .. } => "voicemail_drop",
            Self::Connect => "connect",
            Self::TakeBack => "take_back",
            Self::SetMode { .. } => "set_mode",
            Self::Announce { .. } => "announce",
            Self::AnnounceRecording { .. } => "announce_recording",
            Self::StartRecording => "start_recording",
            Self::PauseRecording => "pause_recording",
            Self::ResumeRecording => "resume_recording",
            Self::StopRecording => "stop_recording",
        }
    }

    /// The leg it is about.
    pub fn leg(&self) -> Option<&str> {
        match self {
            Self::Hold { leg }
            | Self::Unhold { leg }
            | Self::Mute { leg }
            | Self::Unmute { leg }
            | Self::Remove { leg }
            | Self::Park { leg }
            | Self::Unpark { leg }
            | Self::Enqueue { leg }
            | Self::Dequeue { leg }
            | Self::Dismiss { leg, .. }
            | Self::VoicemailDrop { leg, .. }
            | Self::SetMode { leg, .. } => Some(leg),
            Self::Connect
            | Self::TakeBack
            | Self::StartRecording
            | Self::PauseRecording
            | Self::ResumeRecording
            | Self::StopRecording => None,
            Self::Announce { leg, .. } | Self::AnnounceRecording { leg } => leg.as_deref(),
        }
    }
}

impl Call {
    pub fn operate(&mut self, operation: &Operation, now: DateTime<Utc>) -> Result<Vec<Command>, OperationRefusal> {
        if !self.is_running() {
            return Err(OperationRefusal::CallIsOver);
        }
        if self.host.is_some() {
            return Err(OperationRefusal::InAnothersRoom);
        }
        let before = self.clone();
        let mut commands = match operation {
            // Their own words stand in the record.
            Operation::VoicemailDrop { leg, message } => return self.drop_voicemail(leg, message.as_ref(), now),
            Operation::SetMode { leg, mode } => return self.set_mode(leg, mode),
            Operation::Hold { leg } => self.stand(leg, |leg| leg.stance.hold = true)?,
            Operation::Unhold { leg } => {
                let commands = self.stand(leg, |leg| leg.stance.hold = false)?;
                commands.into_iter().chain(self.keep_recorded()).collect()
            }
            Operation::Mute { leg } => self.stand(leg, |leg| leg.stance.muted = true)?,
            Operation::Unmute { leg } => self.stand(leg, |leg| leg.stance.muted = false)?,
            Operation::Remove { leg } => self.remove(leg, now)?,
            Operation::Park { leg } => self.lead(leg, Whereabouts::Music, now)?,
            Operation::Unpark { leg } => self.lead(leg, Whereabouts::Room, now)?,
            Operation::Enqueue { leg } => self.enqueue(leg, now)?,
            Operation::Dequeue { leg } => self.dequeue(leg, now)?,
            Operation::Dismiss { leg, message } => self.dismiss(leg, message, now)?,
            Operation::Connect => self.connect(now)?,
            Operation::TakeBack => self.take_back(now)?,
            Operation::Announce { leg, message } => return self.announce(leg.as_deref(), message, now),
            Operation::AnnounceRecording { leg } => {
                let leg = self.listener(leg.as_deref())?;
                vec![self.to(leg.as_deref(), Announcement::Recording, now)]
            }
            Operation::StartRecording => self.start_recording()?,
            Operation::PauseRecording => self.change_recording(Wanted::Paused)?,
            Operation::ResumeRecording => self.change_recording(Wanted::On)?,
            Operation::StopRecording => self.stop_recording()?,
        };
        if *self != before || !commands.is_empty() {
            // These do not bring two who talk outside the room back into it.
            use Operation::{Dequeue, PauseRecording, Remove, StopRecording};
            if !matches!(operation, Dequeue { .. } | Remove { .. } | PauseRecording | StopRecording) {
                commands.extend(self.meet_in_the_room(now));
            }
            let (operation, leg) = (operation.code().to_owned(), operation.leg().map(str::to_owned));
            commands.insert(0, Command::Record(Record::Operated { operation, leg }));
        }
        Ok(commands)
    }

    /// A leg that may be told something.
    pub(super) fn present(&mut self, leg: &str) -> Result<&mut Leg, OperationRefusal> {
        let leg = self.leg_mut(leg).ok_or(OperationRefusal::NoSuchLeg)?;
        if leg.is_supervisor() {
            return Err(OperationRefusal::IsASupervisor);
        }
        if leg.is_in() && !leg.is_going() { Ok(leg) } else { Err(OperationRefusal::NotInTheCall) }
    }

    /// Who is to hear something; everybody, if anybody is there.
    fn listener(&mut self, leg: Option<&str>) -> Result<Option<String>, OperationRefusal> {
        match leg {
            Some(leg) => Ok(Some(self.present(leg)?.id.clone())),
            None if self.legs.iter().any(Leg::is_in) => Ok(None),
            None => Err(OperationRefusal::NotInTheCall),
        }
    }

    /// Its words stand in the record, where they are looked up when they are said.
    fn announce(
        &mut self,
        leg: Option<&str>,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<Vec<Command>, OperationRefusal> {
        let leg = self.listener(leg)?;
        let said = self.to(leg.as_deref(), Announcement::Message { line: self.records }, now);
        Ok(vec![Command::Record(Record::Message { leg, message: message.clone() }), said])
    }

    fn stand(&mut self, leg: &str, change: impl FnOnce(&mut Leg)) -> Result<Vec<Command>, OperationRefusal> {
        let found = self.present(leg)?;
        let before = found.stance.clone();
        change(found);
        if found.stance == before {
            return Ok(vec![]);
        }
        // On hold nobody can be whispered to.
        let itself = Command::Adjust { leg: leg.to_owned() };
        Ok([itself].into_iter().chain(self.adjust_coaches_of(leg)).collect())
    }

    /// Redirects a leg to where it is wanted.
    pub(super) fn lead(
        &mut self,
        leg: &str,
        to: Whereabouts,
        now: DateTime<Utc>,
    ) -> Result<Vec<Command>, OperationRefusal> {
        let found = self.present(leg)?;
        if found.is_guest() {
            return Err(OperationRefusal::IsAGuest);
        }
        if found.whereabouts == to {
            return Ok(vec![]);
        }
        found.whereabouts = to;
        found.turn += 1;
        Ok(vec![self.renew(leg, now)])
    }

    fn remove(&mut self, leg: &str, now: DateTime<Utc>) -> Result<Vec<Command>, OperationRefusal> {
        let found = self.leg(leg).ok_or(OperationRefusal::NoSuchLeg)?;
        match (found.role, found.state, found.call_sid.clone()) {
            (Role::Payer, ..) => Err(OperationRefusal::PayerStays),
            (_, LegState::Over(_), _) => Err(OperationRefusal::NotInTheCall),
            (Role::Guest, ..) => Ok(self.remove_guest(leg)),
            (.., Some(call_sid)) => {
                let silenced = self.stop_whispering_to(leg);
                Ok(silenced.into_iter().chain([Command::HangUp { call_sid }]).collect())
            }
            (_, LegState::Planned, None) => Ok(self.ended(leg, LegEnd::Canceled, now)),
            // The order to ring it is on its way: nobody knows yet what to hang up.
            (.., None) => Err(OperationRefusal::NotInTheCall),
        }
    }
}

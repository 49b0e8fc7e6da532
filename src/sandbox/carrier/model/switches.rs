//! Every guess about the carrier that its documents leave open, each behind one switch with a default.
//! The letter at the end is how well it is known: `D` documented, `P` measured by somebody once, `U` unverified.

use serde::{Deserialize, Serialize};

use super::call::CallStatus;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// From the request to the leg's leaving what it did. `P`
    pub redirect_leaves_after_ms: i64,
    /// From the request to the old Dial's action being asked. `P`
    pub redirect_asks_action_after_ms: i64,
    /// From the request to the new document being asked. `P`
    pub redirect_starts_after_ms: i64,
    /// A redirect asks the old Dial's action also when the Dial held a conference. `U`
    pub redirect_asks_action: bool,
    /// A caller who hangs up in a conference makes the carrier ask the action once more, as a notification. `U`
    pub hang_up_asks_action: bool,
    /// Why a leg left whose timeLimit was reached. `U`
    pub limit_leaves_as: LeaveReason,
    /// Why a leg left whose call was completed over the API. `U`
    pub completed_leaves_as: LeaveReason,
    /// Why a leg left that was removed with DELETE. `U`
    pub removed_leaves_as: LeaveReason,
    /// A removed leg that came by TwiML goes on with its document instead of being hung up. `U`
    pub removed_leg_continues: bool,
    /// A TimeLimit set by an update counts from the answer; if false, from the update. `U`
    pub time_limit_counts_from_answer: bool,
    /// Status=completed on something that has ended is refused (400) instead of answered as it stands. `U`
    pub ended_refuses_completed: bool,
    /// The number of a conference's first event. `U`
    pub first_conference_sequence: u32,
    /// Voice requests also carry the old names Called and Caller. `U`
    pub old_parameter_names: bool,
    /// How a call ends that was rejected for no reason given. `U`
    pub rejected_ends_as: CallStatus,
    /// How fast Say speaks. `U`
    pub spoken_characters_per_second: u32,
    /// How long every played file is, since the carrier of this sandbox has no ears. `U`
    pub played_file_seconds: u32,
    /// What becomes of a leg in a queue whose wait document cannot be asked or read. `U`
    pub failed_queue_wait: WaitFailure,
    /// Hold audio starts anew when it has run out; if false, silence follows, as it does for conference wait audio. `U`
    pub hold_audio_repeats: bool,
    /// What becomes of a coach when the one it coaches leaves. `U`
    pub coach_left_alone: CoachAlone,
    /// How long the verdict about an answering machine takes. `D`
    pub machine_verdict_after_ms: i64,
    /// A redirect ends the recording of the call that an order began; if false, it goes on. `P`
    pub redirect_ends_recording: bool,
    /// From the end of a recording to its file. `U`
    pub recording_ready_after_ms: i64,
    /// What is shorter has no file: the recording is absent. `U`
    pub shortest_recording_ms: i64,
    /// How long everybody speaks into a Record, since this carrier has no ears. `U`
    pub recorded_words_seconds: u32,
    /// A recording can be deleted before it is complete. `U`
    pub deletes_unfinished_recordings: bool,
    /// The files of recordings are only handed to who may use the API; a setting of the account. `D`
    pub media_needs_password: bool,
    /// From the end of a call to its price. `U`
    pub price_known_after_ms: i64,
    /// Of each begun minute of a call, in hundred-thousandths of a dollar. `U`
    pub call_minute_price: i64,
    /// How much longer than their whole seconds phones stay that hang up by themselves, so that a limit which is as long
    /// ends before. No guess, but people.
    pub phones_hang_up_later_ms: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            redirect_leaves_after_ms: 170,
            redirect_asks_action_after_ms: 320,
            redirect_starts_after_ms: 650,
            redirect_asks_action: true,
            hang_up_asks_action: false,
            limit_leaves_as: LeaveReason::HungUp,
            completed_leaves_as: LeaveReason::HungUp,
            removed_leaves_as: LeaveReason::UpdatedViaApi,
            removed_leg_continues: true,
            time_limit_counts_from_answer: true,
            ended_refuses_completed: false,
            first_conference_sequence: 1,
            old_parameter_names: true,
            rejected_ends_as: CallStatus::NoAnswer,
            spoken_characters_per_second: 15,
            played_file_seconds: 3,
            failed_queue_wait: WaitFailure::EndsCall,
            hold_audio_repeats: false,
            coach_left_alone: CoachAlone::StaysBound,
            machine_verdict_after_ms: 4_000,
            redirect_ends_recording: false,
            recording_ready_after_ms: 2_000,
            shortest_recording_ms: 500,
            recorded_words_seconds: 10,
            deletes_unfinished_recordings: false,
            media_needs_password: false,
            price_known_after_ms: 300_000,
            call_minute_price: 1_400,
            phones_hang_up_later_ms: 0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitFailure {
    /// With the words about an application error.
    EndsCall,
    /// The Enqueue is over with QueueResult `error`.
    LeavesQueue,
    Silence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoachAlone {
    /// Nobody hears it until a leg of the same CallSid is back.
    StaysBound,
    /// It becomes a participant whom everybody hears.
    StopsCoaching,
}

/// The documented values of ReasonParticipantLeft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaveReason {
    #[serde(rename = "conference_ended_via_api")]
    ConferenceEndedViaApi,
    #[serde(rename = "moderator_ended_conference")]
    ModeratorEndedConference,
    #[serde(rename = "participant_updated_via_api")]
    UpdatedViaApi,
    #[serde(rename = "participant_hung_up")]
    HungUp,
    #[serde(rename = "participant_add_failed")]
    AddFailed,
}

impl LeaveReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConferenceEndedViaApi => "conference_ended_via_api",
            Self::ModeratorEndedConference => "moderator_ended_conference",
            Self::UpdatedViaApi => "participant_updated_via_api",
            Self::HungUp => "participant_hung_up",
            Self::AddFailed => "participant_add_failed",
        }
    }
}

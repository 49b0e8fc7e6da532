//! Carriers, without I/O. A carrier verifies and reads what arrives, renders what it expects in reply, builds the
//! request for an order and reads the answer. It sends nothing and decides nothing.

use std::time::Duration;

pub use crate::domain::call::announcement::Announcement;
pub use crate::domain::call::machine::{AnsweredBy, Detection, Verdict};
pub use crate::domain::call::message::Message;
pub use crate::domain::call::seat::Seat;
pub use crate::domain::call::{LegEnd, LegProgress};
pub use crate::domain::carrier_calls::ListedCall;
pub use crate::domain::carrier_price::CarrierPrice;
use crate::domain::phone_number::PhoneNumber;
pub use crate::domain::recording::{Recorded, RecordingChange, RecordingSeen, RecordingState};
pub use crate::domain::room_profile::Trim;
use crate::wire::{HttpRequest, HttpResponse, Incoming};

pub mod twilio;
pub mod words;

pub use words::Speech;

/// One carrier. All functions are pure; adding one is a folder here and a line in `config.rs`.
pub trait Carrier: Send + Sync {
    /// The public URL the carrier is given for a place; `read` recognises it again.
    fn url(&self, place: &Place) -> String;

    /// Is this request from the carrier? Nothing of a request that is not may be stored.
    fn verify(&self, incoming: &Incoming) -> bool;

    /// What a verified request says.
    fn read(&self, incoming: &Incoming) -> Result<Report, Unreadable>;

    /// The body, with its content type, that answers a request for instructions.
    fn document(&self, document: &Document) -> Body;

    /// The reply to a report that expects no instructions.
    fn acknowledgement(&self) -> Body;

    fn request(&self, order: &Order) -> HttpRequest;

    fn response(&self, order: &Order, response: &HttpResponse) -> Outcome;
}

/// Where the carrier reaches us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Instructions for a leg. Their number makes each URL new; the answer follows from our books alone.
    Document {
        leg: String,
        turn: i32,
    },
    /// What follows when a leg's stay in the room has ended.
    After {
        leg: String,
    },
    LegStatus {
        leg: String,
    },
    Conference {
        call: String,
    },
    Announcement {
        call: String,
        announcement: Announcement,
    },
    /// What a leg on hold hears.
    HoldMusic {
        call: String,
    },
    Recording {
        call: String,
    },
    /// What a leg in a queue hears.
    QueueMusic {
        leg: String,
    },
    /// What follows when a leg is out of a queue, or out of the conversation that began there.
    AfterQueue {
        leg: String,
    },
    /// Somebody calls an access number: the operator gives it to the carrier for each of them.
    CalledIn,
    /// The same for what becomes of such a call.
    CalledInStatus,
    /// What was pressed as the answer to a question of somebody who has called in.
    Pressed {
        turn: i32,
    },
    /// What a bot does that somebody calls, and, in a later round, after the wait for a key.
    Bot {
        bot: String,
        round: u16,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub content_type: &'static str,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the carrier's request cannot be read: {0}")]
pub struct Unreadable(pub String);

/// Something the carrier tells or asks. `leg` and `call` are our own ids, taken from the URL we gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A leg was answered or redirected and wants its instructions. `verdict`: who answered, if the carrier has listened.
    DocumentWanted {
        leg: String,
        call_sid: String,
        verdict: Option<Verdict>,
    },
    /// A leg's stay in the conference ended (limit reached, room closed) and it wants to know what follows. After a
    /// redirect this comes too, and its answer is then not carried out.
    DialEnded {
        leg: String,
        call_sid: String,
    },
    /// An announcement to one leg wants its words.
    AnnouncementWanted {
        call: String,
        announcement: Announcement,
    },
    HoldMusicWanted,
    /// Somebody has called one of our numbers. `from`: not if it is withheld, or the networks know it to be forged.
    CalledIn {
        call_sid: String,
        from: Option<PhoneNumber>,
        to: PhoneNumber,
    },
    /// Somebody who has called in has answered a question of this number, or it was time to ask again.
    Pressed {
        call_sid: String,
        turn: i32,
        pressed: Pressed,
    },
    /// A call that came in moved on.
    CalledInStatus {
        call_sid: String,
        progress: LegProgress,
    },
    /// A leg in a queue wants to hear something.
    QueueMusicWanted {
        leg: String,
        call_sid: String,
    },
    /// A leg is out of a queue, or out of the conversation that began there. `goes_on`: it does what it is told; if not,
    /// it was hung up, or a redirect has other instructions for it.
    QueueLeft {
        leg: String,
        call_sid: String,
        goes_on: bool,
    },
    /// A leg's own call moved on. Reports may repeat and arrive in any order.
    LegProgress {
        leg: String,
        call_sid: String,
        progress: LegProgress,
    },
    /// Something happened in the conference of `call`.
    Conference {
        call: String,
        conference_sid: String,
        event: ConferenceEvent,
    },
    /// A recording of `call` began or is over.
    Recording {
        call: String,
        seen: RecordingSeen,
    },
    /// Somebody called a bot's number, or the bot's wait for a key is over.
    BotWanted {
        bot: String,
        round: u16,
        pressed: Pressed,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConferenceEvent {
    Started,
    Ended,
    Joined {
        call_sid: String,
    },
    Left {
        call_sid: String,
    },
    /// Mute, hold, speech, announcements and whatever the carrier invents next.
    Other,
}

/// Instructions for one leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// Join the room for at most `limit_seconds`, then ask `after_url` what follows.
    Join(Join),
    /// Hear this, then be hung up.
    Farewell(Speech),
    /// Hear all of this, then ask again.
    Whisper {
        speeches: Vec<Speech>,
        again_url: String,
    },
    /// Music for at most so many seconds, then ask again.
    Music(Music),
    /// Wait in a queue.
    Enqueue(Enqueue),
    /// Talk with who waits in a queue.
    DialQueue(DialQueue),
    /// Music in the room for a leg on hold, over and over.
    HoldMusic {
        sound: String,
    },
    /// Heard in a running conference, by one leg or by all.
    Announce(Speech),
    /// Hear a question and press keys.
    Gather(Gather),
    HangUp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    pub room: String,
    pub limit_seconds: i64,
    /// Asked when the stay ends (`<Dial action>`).
    pub after_url: String,
    /// Told of everything in the room. Only the first joiner's counts, so every document carries it.
    pub conference_url: String,
    /// Told of the recording, if the profile has the room recorded.
    pub recording_url: String,
    /// The room closes when this leg leaves.
    pub end_room_on_exit: bool,
    pub muted: bool,
    /// The carrier's call of the one participant that hears this leg.
    pub coaches: Option<String>,
    pub seat: Seat,
    /// Asked for what a leg hears while it waits, if the profile wants our music.
    pub music_url: String,
}

/// A piece of waiting outside the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Music {
    pub seconds: i64,
    /// The file and how long it lasts; silence where it is longer than what may be waited.
    pub sound: String,
    pub sound_seconds: i64,
    pub again_url: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enqueue {
    pub queue: String,
    /// Asked for what is heard, again whenever that is over.
    pub music_url: String,
    pub after_url: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialQueue {
    pub queue: String,
    /// Of the conversation, from its beginning.
    pub limit_seconds: i64,
    pub after_url: String,
}

/// A question, interrupted by the first key, and the wait for keys after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gather {
    /// Silence before the prompt, where those who are to hear it are still on their way. Keys count already.
    pub silence_seconds: u32,
    pub prompt: Speech,
    /// As many digits end it at once; without a number only the finish key or the wait does.
    pub most_digits: Option<u32>,
    /// After the prompt, and anew after each digit.
    pub wait_seconds: u32,
    /// Ends the digits and is not one of them; without one every key is a digit.
    pub finish_key: Option<char>,
    /// Asked for what follows, also if nothing was pressed: `Pressed` is what it is told.
    pub answer_url: String,
}

/// What was pressed when a document gathers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pressed {
    /// Without the finish key. Empty: nothing was pressed in time, or only the finish key.
    pub digits: String,
    /// The finish key ended them. Not every carrier says so.
    pub finished: bool,
    /// The phone was hung up meanwhile: whatever is answered, nobody hears it.
    pub hung_up: bool,
}

/// Something we want of the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Ring a number; when it answers, its instructions are asked at `document_url`.
    CreateCall {
        to: PhoneNumber,
        from: PhoneNumber,
        document_url: String,
        status_url: String,
        ring_seconds: u32,
        /// Of the whole call, from its answer.
        limit_seconds: Option<i64>,
        /// Its instructions are asked for only when the carrier knows who answered.
        detection: Detection,
    },
    /// Ring a number and read it a finished document.
    CreateCallWithDocument {
        to: PhoneNumber,
        from: PhoneNumber,
        document: Document,
        status_url: String,
    },
    Redirect {
        call_sid: String,
        document_url: String,
    },
    /// Redirect a call to a finished document.
    RedirectTo {
        call_sid: String,
        document: Document,
    },
    /// Set the limit of the whole call, from its answer.
    LimitCall {
        call_sid: String,
        limit_seconds: i64,
    },
    /// Hang up, whatever the call is doing.
    Complete {
        call_sid: String,
    },
    /// Give up a call that is still queued or ringing.
    Cancel {
        call_sid: String,
    },
    FetchCall {
        call_sid: String,
    },
    /// Calls to a number on a day and the day after (UTC), for finding one whose creation was never answered.
    FindCalls {
        to: PhoneNumber,
        since: chrono::DateTime<chrono::Utc>,
    },
    /// All calls of some days (UTC), those that came in among them, a page at a time.
    ListCalls {
        from: chrono::NaiveDate,
        /// Included.
        to: chrono::NaiveDate,
        /// As the page before named it.
        page: Option<String>,
    },
    /// Those whom a call has dialled and who are on the phone.
    FindChildren {
        parent_sid: String,
    },
    FindConference {
        room: String,
    },
    EndConference {
        conference_sid: String,
    },
    ListParticipants {
        conference_sid: String,
    },
    FetchParticipant {
        conference_sid: String,
        call_sid: String,
    },
    UpdateParticipant {
        conference_sid: String,
        call_sid: String,
        change: ParticipantChange,
    },
    /// Dial a number straight into a conference; never for a leg that is billed, since its limit could not be moved.
    AddParticipant {
        conference_sid: String,
        to: PhoneNumber,
        from: PhoneNumber,
        status_url: String,
        conference_url: String,
        limit_seconds: i64,
    },
    RemoveParticipant {
        conference_sid: String,
        call_sid: String,
    },
    Announce {
        conference_sid: String,
        call_sid: String,
        announcement_url: String,
    },
    /// To everybody in the room.
    AnnounceRoom {
        conference_sid: String,
        announcement_url: String,
    },
    /// Record one leg from now on.
    StartRecording {
        call_sid: String,
        trim: Trim,
        status_url: String,
    },
    UpdateRecording {
        of: Recorded,
        recording_sid: String,
        change: RecordingChange,
    },
    FindRecordings {
        of: Recorded,
    },
    FetchRecording {
        recording_sid: String,
    },
    /// The file and all the carrier knows of it.
    DeleteRecording {
        recording_sid: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParticipantChange {
    pub end_room_on_exit: Option<bool>,
    pub hold: Option<bool>,
    /// Asked for what a held participant hears.
    pub hold_url: Option<String>,
    pub muted: Option<bool>,
    pub coaching: Option<Coaching>,
}

/// Who hears a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coaching {
    /// Only the participant with this call of the carrier's.
    Of(String),
    /// It is no coach: everybody hears it unless it is muted.
    Nobody,
}

/// What an order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Call(CallSeen),
    Calls(Vec<CallSeen>),
    CallsListed {
        calls: Vec<ListedCall>,
        /// Names the next page, if there is one.
        next: Option<String>,
    },
    Conferences(Vec<ConferenceSeen>),
    Participant(ParticipantSeen),
    Recordings(Vec<RecordingSeen>),
    /// The calls of those who are in a conference.
    Participants(Vec<String>),
    Done,
    /// The call, conference or participant does not exist or is over.
    Gone,
    /// The carrier refused; doing it again would be refused again.
    Refused {
        code: i64,
        message: String,
    },
    /// Certainly not done; try again, not before the given wait.
    NotDone {
        retry_after: Option<Duration>,
    },
    /// Perhaps done.
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSeen {
    pub call_sid: String,
    pub progress: LegProgress,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    /// What we pay for it; known some minutes after its end.
    pub price: Option<CarrierPrice>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConferenceSeen {
    pub conference_sid: String,
    pub room: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantSeen {
    pub end_room_on_exit: bool,
    pub hold: bool,
    pub muted: bool,
    /// The call it whispers to.
    pub coaches: Option<String>,
}

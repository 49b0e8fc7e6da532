//! The carrier as a pure model: events and the present go in, requests to the customer and timers come out. It does no
//! I/O and knows no clock; `exchange.rs` drives it.
//!
//! ```text
//! call:       queued → ringing → in-progress → completed
//!                └────────┴─→ busy, no-answer, failed, canceled
//! conference: init → in-progress → completed
//! ```

mod billing;
mod bridge;
mod call;
mod call_orders;
mod dequeue;
mod detection;
#[cfg(test)]
mod detection_tests;
mod digits;
#[cfg(test)]
mod digits_tests;
mod events;
mod form;
mod hearing;
mod inbound;
#[cfg(test)]
mod inbound_tests;
mod leg;
mod life;
mod line;
mod meeting;
mod number_orders;
mod numbers;
mod plain_dial;
#[cfg(test)]
mod plain_dial_tests;
mod queue;
mod queue_orders;
#[cfg(test)]
mod queue_tests;
mod record_verb;
mod recording;
mod recording_orders;
#[cfg(test)]
mod recording_tests;
mod room;
mod room_orders;
#[cfg(test)]
mod room_tests;
mod sounds;
#[cfg(test)]
mod story;
mod switches;
#[cfg(test)]
mod tests;
mod timers;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use billing::Misbilling;
pub use bridge::{Bridge, BridgeEnd};
pub use call::{Call, CallSnapshot, CallStatus, Flags};
pub(super) use events::rfc2822;
pub use form::{Form, Params, Refusal};
pub use inbound::OwnedNumber;
pub use line::Direction;
pub use numbers::NUMBERS;
pub use queue::{Member, Queue};
pub use recording::Recording;
pub use recording_orders::Of;
pub use room::{Participant, Room};
pub use switches::{CoachAlone, LeaveReason, Switches, WaitFailure};

use super::twiml::Hook;
use timers::Timer;

/// What happens to the carrier from outside, besides the orders of its API.
#[derive(Debug, Clone)]
pub enum Event {
    TimePassed,
    Fetched {
        request: u64,
        reply: Reply,
    },
    PhoneAnswers(String),
    PhoneHangsUp(String),
    PhonePressesStar(String),
    /// With `w` for waits of half a second between them.
    PhonePresses {
        call: String,
        digits: String,
    },
}

/// What came back for an [`Action::Fetch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Document { content_type: String, body: String },
    Failed { code: u32, why: String },
}

/// What the carrier wants of the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ask for a document and bring it back as [`Event::Fetched`].
    Fetch { request: u64, call: Option<String>, hook: Hook, params: Params },
    /// Tell; the answer controls nothing. Callbacks about one subject go out in order.
    Callback { subject: String, hook: Hook, params: Params },
}

pub struct World {
    pub switches: Switches,
    /// Where this carrier is reached, as it stands in the addresses of recordings.
    pub base_url: String,
    account_sid: String,
    seed: String,
    named: u64,
    calls: BTreeMap<String, Call>,
    rooms: BTreeMap<String, Room>,
    numbers: BTreeMap<String, OwnedNumber>,
    queues: BTreeMap<String, Queue>,
    bridges: Vec<Bridge>,
    recordings: BTreeMap<String, Recording>,
    timers: BTreeMap<(DateTime<Utc>, u64), Timer>,
    timers_set: u64,
    asked: BTreeMap<u64, Purpose>,
    actions: Vec<Action>,
}

/// Why a document was asked, and so what becomes of the answer.
#[derive(Debug, Clone)]
enum Purpose {
    /// It will control the leg, if the leg is still at `step`.
    Control { call: String, step: u64, hook: Hook, is_fallback: bool },
    /// The action of a Dial that is over for other reasons: asked, but not run.
    Notification,
    /// Hold music, wait music or an announcement.
    Audio { room: String, call: Option<String>, hook: Hook, what: Audio, audio: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audio {
    Wait,
    Hold,
    Announcement,
}

impl World {
    /// `seed`: at least 22 hexadecimal digits, which make the SIDs of this carrier its own.
    pub fn new(account_sid: &str, seed: &str, switches: Switches) -> Self {
        Self {
            switches,
            base_url: "https://api.twilio.com".to_owned(),
            account_sid: account_sid.to_owned(),
            seed: seed.chars().take(22).collect(),
            named: 0,
            calls: BTreeMap::new(),
            rooms: BTreeMap::new(),
            numbers: BTreeMap::new(),
            queues: BTreeMap::new(),
            bridges: Vec::new(),
            recordings: BTreeMap::new(),
            timers: BTreeMap::new(),
            timers_set: 0,
            asked: BTreeMap::new(),
            actions: Vec::new(),
        }
    }

    pub fn handle(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Action> {
        self.advance(now);
        match event {
            Event::TimePassed => {}
            Event::Fetched { request, reply } => self.fetched(request, reply, now),
            Event::PhoneAnswers(call) => self.answer(&call, now),
            Event::PhoneHangsUp(call) => self.phone_hangs_up(&call, now),
            Event::PhonePressesStar(call) => self.press(&call, "*", now),
            Event::PhonePresses { call, digits } => self.press(&call, &digits, now),
        }
        self.take_actions()
    }

    /// Orders of the API leave their actions here.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    pub fn call(&self, sid: &str) -> Option<&Call> {
        self.calls.get(sid)
    }

    /// Oldest first.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls.values()
    }

    /// Every call as an outsider may see it, oldest first.
    pub fn snapshots(&self, now: DateTime<Utc>) -> Vec<CallSnapshot> {
        let unanswered = self.switches.failed_queue_wait;
        let snapshot = |call: &Call| CallSnapshot { flags: self.flags(call), ..call.snapshot(unanswered, now) };
        self.calls.values().map(snapshot).collect()
    }

    fn flags(&self, call: &Call) -> Option<Flags> {
        let one = self.rooms.get(call.room()?)?.participant(&call.sid)?;
        let coaches = one.coached_call.clone().filter(|_| one.coaching);
        Some(Flags { hold: one.hold, muted: one.muted, ends_room: one.end_on_exit, coaches })
    }

    pub fn room(&self, sid: &str) -> Option<&Room> {
        self.rooms.get(sid)
    }

    /// Oldest first.
    pub fn rooms(&self) -> impl DoubleEndedIterator<Item = &Room> {
        self.rooms.values()
    }

    /// The conference of that SID, or the living one of that name.
    pub fn room_called(&self, sid_or_name: &str) -> Option<&Room> {
        self.rooms
            .get(sid_or_name)
            // The living are among the youngest.
            .or_else(|| self.rooms.values().rev().find(|room| room.is_active() && room.name == sid_or_name))
    }

    /// SIDs count up, so that their order is the order of creation.
    fn new_sid(&mut self, kind: &str) -> String {
        self.named += 1;
        format!("{kind}{}{:010x}", self.seed, self.named)
    }

    fn call_mut(&mut self, sid: &str) -> &mut Call {
        self.calls.get_mut(sid).expect("calls are forgotten only by the order that names them, after they ended")
    }

    fn ask(&mut self, purpose: Purpose, call: Option<&str>, hook: Hook, params: Params) {
        self.named += 1;
        let request = self.named;
        self.asked.insert(request, purpose);
        self.actions.push(Action::Fetch { request, call: call.map(str::to_owned), hook, params });
    }
}

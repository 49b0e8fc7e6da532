//! Inbound calls: somebody rings an owned number, a person from outside or an application that placed a call to it.

use chrono::{DateTime, Utc};

use super::World;
use super::call::{Call, CallCallback, CallStatus, Start};
use super::call_orders::is_address;
use super::form::Refusal;
use super::line::Direction;
use super::numbers::Behaviour;
use crate::sandbox::carrier::twiml::{Hook, Verb, notice};

/// A number that the customer owns at this carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedNumber {
    pub sid: String,
    pub number: String,
    pub friendly_name: String,
    pub voice: Option<Hook>,
    pub fallback: Option<Hook>,
    pub callback: Option<Hook>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a caller is told to be who withholds the number.
pub const WITHHELD: &str = "anonymous";

impl World {
    /// Somebody calls an owned number; without `from` the number is withheld.
    pub fn phone_calls(&mut self, from: Option<&str>, to: &str, now: DateTime<Utc>) -> Result<Call, Refusal> {
        let from = from.unwrap_or(WITHHELD);
        if from != WITHHELD && !is_address(from) {
            return Err(Refusal::bad(21212, &format!("{from} is not a valid phone number")));
        }
        let Some(number) = self.owned(to).cloned() else { return Err(Refusal::not_found(to)) };
        // Who calls has answered already: what the number does when called is not waited for.
        let sid = self.ring_owned(from, &number, Behaviour::of(from), now);
        self.ask_voice(&sid, &number, now);
        Ok(self.calls[&sid].clone())
    }

    pub(super) fn owned(&self, number: &str) -> Option<&OwnedNumber> {
        self.numbers.values().find(|one| one.number == number)
    }

    /// An application's call to an owned number rings there as a second call. `false`: it is nobody's here.
    pub(super) fn ring_far_side(&mut self, sid: &str, now: DateTime<Utc>) -> bool {
        let call = &self.calls[sid];
        let Some(number) = self.owned(&call.to).cloned() else { return false };
        let from = call.from.clone();
        let far = self.ring_owned(&from, &number, Behaviour::WaitsForHuman, now);
        self.call_mut(sid).behaviour = Behaviour::WaitsForHuman;
        self.call_mut(sid).line.far_side = Some(far.clone());
        self.call_mut(&far).line.far_side = Some(sid.to_owned());
        self.ask_voice(&far, &number, now);
        true
    }

    fn ring_owned(&mut self, from: &str, number: &OwnedNumber, behaviour: Behaviour, now: DateTime<Utc>) -> String {
        let start = number.voice.clone().map_or_else(|| Start::Run(String::new()), Start::Ask);
        let sid = self.enter_call(&number.number, from, start, now);
        let completed = |hook| CallCallback { hook, events: vec!["completed".to_owned()] };
        let call = self.call_mut(&sid);
        call.status = CallStatus::Ringing;
        call.dialled_at = Some(now);
        call.behaviour = behaviour;
        call.fallback = number.fallback.clone();
        call.callback = number.callback.clone().map(completed);
        call.line.direction = Direction::Inbound;
        call.line.number = Some(number.sid.clone());
        call.hear("hears it ring", now);
        sid
    }

    fn ask_voice(&mut self, sid: &str, number: &OwnedNumber, now: DateTime<Utc>) {
        if number.voice.is_some() {
            return self.begin(sid, now);
        }
        self.call_mut(sid).notices.push(notice(21205, "the number has no voice URL"));
        self.end_call(sid, CallStatus::Failed, now);
    }

    /// An inbound call is answered by the first verb that needs it to be.
    pub(super) fn meet(&mut self, sid: &str, now: DateTime<Utc>) {
        let lets_it_ring = match self.calls[sid].program.front() {
            Some(Verb::Pause { .. } | Verb::Reject { .. } | Verb::Redirect(_)) => true,
            Some(Verb::Dial(dial)) => dial.answer_on_bridge && dial.conference.is_none(),
            Some(_) | None => false,
        };
        if !lets_it_ring {
            self.pick_up(sid, now);
        }
    }

    /// Answers an inbound call that rings; any other is left as it is.
    pub(super) fn pick_up(&mut self, sid: &str, now: DateTime<Utc>) {
        let call = &self.calls[sid];
        if call.line.direction != Direction::Inbound || call.status != CallStatus::Ringing {
            return;
        }
        self.goes_up(sid, now);
        if let Some(far) = self.calls[sid].line.far_side.clone() {
            self.answer(&far, now);
        }
    }

    /// Only a call that rings can be rejected; later the verb hangs up.
    pub(super) fn reject(&mut self, sid: &str, is_busy: bool, now: DateTime<Utc>) {
        let status = match self.calls[sid].status {
            CallStatus::Ringing if is_busy => CallStatus::Busy,
            CallStatus::Ringing => self.switches.rejected_ends_as,
            CallStatus::Queued
            | CallStatus::InProgress
            | CallStatus::Completed
            | CallStatus::Busy
            | CallStatus::Failed
            | CallStatus::NoAnswer
            | CallStatus::Canceled => CallStatus::Completed,
        };
        self.end_call(sid, status, now);
    }

    /// What the end of one side of a line is for the other.
    pub(super) fn end_far_side(&mut self, sid: &str, status: CallStatus, now: DateTime<Utc>) {
        let Some(far) = self.calls[sid].line.far_side.clone() else { return };
        let Some(far_status) = self.calls.get(&far).map(|far| far.status) else { return };
        let status = match (far_status, status) {
            (CallStatus::InProgress, _) => CallStatus::Completed,
            // One who was not answered yet and is hung up on was refused.
            (_, CallStatus::Completed) => CallStatus::Busy,
            (_, over) => over,
        };
        self.end_call(&far, status, now);
    }
}

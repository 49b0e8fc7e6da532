//! The orders of the API about calls: create, update and delete. What is accepted happens in `life.rs` and `leg.rs`.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::World;
use super::billing::Slip;
use super::call::{Activity, Call, CallCallback, CallStatus, Start};
use super::detection::{Detection, detection};
use super::form::{Form, Refusal};
use super::line::Line;
use super::numbers::Behaviour;
use super::recording_orders::recorded_call;
use crate::sandbox::carrier::twiml::{Hook, is_dialable, method_named, notice};

const LONGEST_TWIML: usize = 4_000;
const MOST_DIGITS: usize = 32;

impl World {
    pub fn create_call(&mut self, form: &Form, now: DateTime<Utc>) -> Result<Call, Refusal> {
        let start = match (hook(form, "Url", "Method", 21205)?, form.filled("Twiml")) {
            (Some(url), _) => Start::Ask(url),
            (None, Some(twiml)) => Start::Run(short_enough(twiml)?.to_owned()),
            (None, None) => return Err(Refusal::bad(21205, "Url parameter is required.")),
        };
        let digits = form.filled("SendDigits").map(str::to_owned);
        if digits.as_ref().is_some_and(|digits| digits.len() > MOST_DIGITS || !is_dialable(digits)) {
            return Err(Refusal::bad(21206, "SendDigits is invalid"));
        }
        let detection = detection(form)?;
        let tells_nobody = detection.as_ref().is_some_and(|found| !found.blocks && found.callback.is_none());
        let sid = self.new_call(form, start, self.call_callback(form)?, detection, now)?;
        let call = self.call_mut(&sid);
        call.line.send_digits = digits;
        if tells_nobody {
            call.notices.push(notice(21262, "AsyncAmd without an address for the verdict"));
        }
        if form.get("StatusCallbackEvent").is_some() && form.all("StatusCallbackEvent").iter().any(|one| !is_event(one))
        {
            self.call_mut(&sid).notices.push(notice(21626, "StatusCallbackEvent is malformed: nothing will be told"));
        }
        Ok(self.calls[&sid].clone())
    }

    /// The part that both ways to dial share.
    pub(super) fn new_call(
        &mut self,
        form: &Form,
        start: Start,
        callback: Option<CallCallback>,
        detection: Option<Detection>,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let to = form.filled("To").ok_or_else(|| Refusal::bad(21201, "No 'To' number is specified"))?;
        let from = form.filled("From").ok_or_else(|| Refusal::bad(21213, "'From' phone number is required"))?;
        if !is_address(to) || to == from {
            return Err(Refusal::bad(21211, &format!("The 'To' number {to} is not a valid phone number.")));
        }
        if !is_address(from) {
            return Err(Refusal::bad(21212, &format!("The 'From' number {from} is not a valid phone number.")));
        }
        let ring_seconds = form.number("Timeout", 21208)?.unwrap_or(60);
        if ring_seconds > 600 {
            return Err(Refusal::bad(21208, "Timeout is at most 600 seconds"));
        }
        let limit_seconds = form.number("TimeLimit", 20001)?;
        let fallback = hook(form, "FallbackUrl", "FallbackMethod", 21205)?;
        let recorded = recorded_call(form)?;
        let sid = self.enter_call(to, from, start, now);
        let call = self.call_mut(&sid);
        call.ring_seconds = ring_seconds;
        call.line.recorded = recorded;
        call.fallback = fallback;
        call.callback = callback;
        call.detection = detection;
        call.limit_seconds = limit_seconds;
        self.call_ordered(&sid, now);
        Ok(sid)
    }

    /// A call with the usual properties; nothing happens to it yet.
    pub(super) fn enter_call(&mut self, to: &str, from: &str, start: Start, now: DateTime<Utc>) -> String {
        let sid = self.new_sid("CA");
        let call = Call {
            sid: sid.clone(),
            to: to.to_owned(),
            from: from.to_owned(),
            status: CallStatus::Queued,
            created_at: now,
            updated_at: now,
            dialled_at: None,
            answered_at: None,
            ended_at: None,
            behaviour: Behaviour::of(to),
            ring_seconds: 60,
            start,
            fallback: None,
            callback: None,
            detection: None,
            line: Line::default(),
            limit_seconds: None,
            limit_from: None,
            limit_number: 0,
            next_sequence: 0,
            activity: Activity::Nothing,
            step: 0,
            program: VecDeque::new(),
            waiting: None,
            redirect: None,
            redirects: 0,
            notices: Vec::new(),
            heard: Vec::new(),
            slip: Slip::default(),
        };
        self.calls.insert(sid.clone(), call);
        sid
    }

    /// On Calls each event is a parameter of its own; one that holds several words is accepted and then never told.
    fn call_callback(&self, form: &Form) -> Result<Option<CallCallback>, Refusal> {
        let Some(hook) = hook(form, "StatusCallback", "StatusCallbackMethod", 21609)? else { return Ok(None) };
        let asked = form.all("StatusCallbackEvent");
        let events = match asked.is_empty() {
            true => vec!["completed".to_owned()],
            false if asked.iter().all(|event| is_event(event)) => asked.into_iter().map(str::to_owned).collect(),
            false => Vec::new(),
        };
        Ok(Some(CallCallback { hook, events }))
    }

    pub fn update_call(&mut self, sid: &str, form: &Form, now: DateTime<Utc>) -> Result<Call, Refusal> {
        let status = self.calls.get(sid).ok_or_else(|| Refusal::not_found(sid))?.status;
        let url = hook(form, "Url", "Method", 21205)?;
        let to = match (url, form.filled("Twiml")) {
            (Some(_), Some(_)) => return Err(Refusal::bad(21205, "Url and Twiml exclude each other")),
            (Some(url), None) => Some(Start::Ask(url)),
            (None, Some(twiml)) => Some(Start::Run(short_enough(twiml)?.to_owned())),
            (None, None) => None,
        };
        let limit = form.number("TimeLimit", 20001)?;
        match (form.filled("Status"), to) {
            (Some("completed"), _) => self.complete_call(sid, status, now)?,
            (Some("canceled"), _) => {
                if matches!(status, CallStatus::Queued | CallStatus::Ringing) {
                    self.end_call(sid, CallStatus::Canceled, now);
                }
            }
            (Some(other), _) => return Err(Refusal::bad(20001, &format!("Status '{other}' is not allowed"))),
            (None, Some(to)) => self.accept_redirect(sid, form, status, to, now)?,
            (None, None) => {}
        }
        if let Some(limit) = limit {
            self.change_limit(sid, limit, now);
        }
        Ok(self.calls[sid].clone())
    }

    fn complete_call(&mut self, sid: &str, status: CallStatus, now: DateTime<Utc>) -> Result<(), Refusal> {
        match status {
            CallStatus::InProgress => {
                self.end_call_as(sid, CallStatus::Completed, self.switches.completed_leaves_as, now);
            }
            CallStatus::Queued | CallStatus::Ringing => self.end_call(sid, CallStatus::Canceled, now),
            CallStatus::Completed
            | CallStatus::Busy
            | CallStatus::Failed
            | CallStatus::NoAnswer
            | CallStatus::Canceled => {
                if self.switches.ended_refuses_completed {
                    return Err(not_in_progress("Cannot complete."));
                }
            }
        }
        Ok(())
    }

    fn accept_redirect(
        &mut self,
        sid: &str,
        form: &Form,
        status: CallStatus,
        to: Start,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if status != CallStatus::InProgress {
            return Err(not_in_progress("Cannot redirect."));
        }
        let fallback = hook(form, "FallbackUrl", "FallbackMethod", 21205)?;
        let callback = hook(form, "StatusCallback", "StatusCallbackMethod", 21609)?;
        let is_url = matches!(to, Start::Ask(_));
        let call = self.call_mut(sid);
        call.updated_at = now;
        call.fallback = fallback.or(call.fallback.take());
        // A new StatusCallback is only taken together with a new Url; which events are told cannot be changed.
        if let (Some(hook), true) = (callback, is_url) {
            let events = call.callback.take().map_or_else(|| vec!["completed".to_owned()], |old| old.events);
            call.callback = Some(CallCallback { hook, events });
        }
        self.redirect(sid, to, now);
        Ok(())
    }

    fn change_limit(&mut self, sid: &str, seconds: i64, now: DateTime<Utc>) {
        let counts_from_answer = self.switches.time_limit_counts_from_answer;
        let call = self.call_mut(sid);
        if call.status.is_final() {
            return;
        }
        call.limit_seconds = Some(seconds);
        call.limit_from = (!counts_from_answer).then_some(now);
        call.updated_at = now;
        self.set_call_limit(sid);
        self.advance(now);
    }

    pub fn delete_call(&mut self, sid: &str) -> Result<(), Refusal> {
        let call = self.calls.get(sid).ok_or_else(|| Refusal::not_found(sid))?;
        if !call.status.is_final() {
            let message = "The call cannot be deleted before it is complete".to_owned();
            return Err(Refusal { http: 409, code: 20009, message });
        }
        self.calls.remove(sid);
        Ok(())
    }
}

fn not_in_progress(what: &str) -> Refusal {
    Refusal::bad(21220, &format!("Unable to update record: Call is not in-progress. {what}"))
}

pub(super) fn is_event(word: &str) -> bool {
    ["initiated", "ringing", "answered", "completed"].contains(&word)
}

/// A `+` and up to 15 digits, or an address of the kinds client and sip.
pub(super) fn is_address(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number || ["client:", "sip:", "sips:"].iter().any(|kind| text.len() > kind.len() && text.starts_with(kind))
}

fn short_enough(twiml: &str) -> Result<&str, Refusal> {
    if twiml.chars().count() > LONGEST_TWIML {
        return Err(Refusal::bad(20001, &format!("Twiml is longer than {LONGEST_TWIML} characters")));
    }
    Ok(twiml)
}

pub(super) fn hook(form: &Form, url: &str, method: &str, code: u32) -> Result<Option<Hook>, Refusal> {
    let Some(address) = form.filled(url) else { return Ok(None) };
    let is_web = url::Url::parse(address).is_ok_and(|parsed| matches!(parsed.scheme(), "http" | "https"));
    if !is_web {
        return Err(Refusal::bad(code, &format!("{url} is not a valid URL: {address}")));
    }
    Ok(Some(Hook { url: address.to_owned(), method: method_named(form.get(method)) }))
}

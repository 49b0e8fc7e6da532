//! A Dial of numbers: child calls that ring, a whisper to whoever answers, the connection, and how each leg goes on.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::call::{Activity, CallCallback, CallStatus, Start};
use super::call_orders::is_address;
use super::detection::Detection;
use super::form::{Params, params};
use super::line::{Connection, Dialling, Direction};
use super::timers::Timer;
use crate::sandbox::carrier::twiml::{Dial, NumberNoun, notice};

/// What the carrier adds to every Dial's timeout.
const EXTRA_RING_SECONDS: i64 = 5;

impl World {
    /// The dialling leg waits from here on; every way out of it is `dial_over`.
    pub(super) fn dial_numbers(&mut self, sid: &str, dial: Dial, now: DateTime<Utc>) {
        let from = dial.caller_id.unwrap_or_else(|| self.calls[sid].from.clone());
        self.call_mut(sid).hear("ringing tone", now);
        let ring_seconds = i64::from(dial.timeout_seconds.clamp(5, 600)) + EXTRA_RING_SECONDS;
        let children: Vec<String> =
            dial.numbers.into_iter().filter_map(|noun| self.ring_child(sid, &from, noun, ring_seconds, now)).collect();
        let is_vain = children.is_empty();
        if dial.recorded.is_some_and(|recorded| recorded.from_ringing) {
            self.record_dial(sid, now);
        }
        let dialling = Dialling {
            action: dial.action,
            time_limit_seconds: dial.time_limit_seconds,
            hangup_on_star: dial.hangup_on_star,
            children,
            bridge: None,
        };
        self.enter(sid, Activity::Dials(dialling));
        if is_vain {
            self.dial_over(sid, None, true, now);
        }
    }

    fn ring_child(
        &mut self,
        parent: &str,
        from: &str,
        noun: NumberNoun,
        ring_seconds: i64,
        now: DateTime<Utc>,
    ) -> Option<String> {
        if !is_address(&noun.number) || noun.number == from {
            self.call_mut(parent).notices.push(notice(13223, &format!("{} is not a number to dial", noun.number)));
            return None;
        }
        let start = noun.whisper.map_or(Start::Connect, Start::Ask);
        let sid = self.enter_call(&noun.number, from, start, now);
        let call = self.call_mut(&sid);
        call.ring_seconds = ring_seconds;
        call.callback = noun.callback.map(|told| CallCallback { hook: told.hook, events: told.events });
        call.detection = noun.detection.and_then(|(kind, hook)| Detection::beside(&kind, hook));
        call.line.direction = Direction::OutboundDial;
        call.line.parent = Some(parent.to_owned());
        call.line.send_digits = noun.send_digits;
        self.call_ordered(&sid, now);
        Some(sid)
    }

    /// The parent whose Dial still counts on this child.
    fn dialled_by(&self, sid: &str) -> Option<(String, &Dialling)> {
        let parent = self.calls[sid].line.parent.as_ref()?;
        match &self.calls.get(parent)?.activity {
            Activity::Dials(dialling) if dialling.children.iter().any(|child| child == sid) => {
                Some((parent.clone(), dialling))
            }
            Activity::Nothing
            | Activity::Asking
            | Activity::Hearing { .. }
            | Activity::InRoom(_)
            | Activity::DialsQueue(_)
            | Activity::Talking(_)
            | Activity::Dials(_)
            | Activity::Connected(_)
            | Activity::Redirected => None,
        }
    }

    /// Whether what the leg runs is heard before a Dial connects it.
    pub(super) fn is_whispered_to(&self, sid: &str) -> bool {
        self.dialled_by(sid).is_some_and(|(_, dialling)| dialling.bridge.is_none())
    }

    /// The first answer wins: the others stop ringing.
    pub(super) fn silence_siblings(&mut self, sid: &str, now: DateTime<Utc>) {
        let Some((_, dialling)) = self.dialled_by(sid) else { return };
        let others: Vec<String> = dialling.children.iter().filter(|child| *child != sid).cloned().collect();
        for other in others {
            self.end_call(&other, CallStatus::Canceled, now);
        }
    }

    /// A child whose whisper is over is connected; any other leg without a verb left is hung up.
    pub(super) fn connect_or_end(&mut self, sid: &str, now: DateTime<Utc>) {
        let Some((parent, dialling)) = self.dialled_by(sid).filter(|(_, dialling)| dialling.bridge.is_none()) else {
            return self.end_call(sid, CallStatus::Completed, now);
        };
        let ends_at = now + TimeDelta::seconds(dialling.time_limit_seconds);
        self.pick_up(&parent, now);
        let call = self.call_mut(&parent);
        let step = call.step;
        if let Activity::Dials(dialling) = &mut call.activity {
            dialling.bridge = Some(Connection { other: sid.to_owned(), ends_at });
        }
        call.hear("is connected", now);
        self.set_timer(Timer::DialEnds { call: parent.clone(), step }, ends_at);
        self.record_dial(&parent, now);
        self.enter(sid, Activity::Connected(Connection { other: parent, ends_at }));
        self.call_mut(sid).hear("is connected", now);
    }

    /// The timeLimit is reached, or the caller has pressed `*`.
    pub(super) fn end_plain_dial(&mut self, sid: &str, now: DateTime<Utc>) {
        if let Some(child) = self.calls[sid].partner().map(str::to_owned) {
            self.end_call(&child, CallStatus::Completed, now);
        }
    }

    /// A call has ended: what that is for the Dial that rang it.
    pub(super) fn child_ended(&mut self, sid: &str, now: DateTime<Utc>) {
        let Some((parent, _)) = self.dialled_by(sid) else { return };
        let Activity::Dials(dialling) = &mut self.call_mut(&parent).activity else { return };
        if dialling.children.len() > 1 {
            return dialling.children.retain(|child| child != sid);
        }
        self.dial_over(&parent, Some(sid), true, now);
    }

    /// A call that dialled has ended, or has been redirected: those it rang or talked to have nothing to go on with.
    pub(super) fn end_children(&mut self, dialling: &Dialling, now: DateTime<Utc>) {
        for child in &dialling.children {
            let was_answered = self.calls.get(child).is_some_and(|child| child.answered_at.is_some());
            let status = if was_answered { CallStatus::Completed } else { CallStatus::Canceled };
            self.end_call(child, status, now);
        }
    }

    /// A child that is redirected leaves its Dial, which is over for the parent.
    pub(super) fn release_parent(&mut self, sid: &str, now: DateTime<Utc>) {
        if let Some((parent, _)) = self.dialled_by(sid) {
            self.dial_over(&parent, Some(sid), false, now);
        }
    }

    fn dial_over(&mut self, sid: &str, child: Option<&str>, child_ended: bool, now: DateTime<Utc>) {
        let Activity::Dials(dialling) = self.calls[sid].activity.clone() else { return };
        let mut told = self.dialled_params(&dialling, child, child_ended);
        told.extend(self.stop_recording_dial(sid, now));
        match dialling.action {
            Some(action) => self.ask_document(sid, action, told, false),
            None => self.run(sid, now),
        }
    }

    /// What a Dial's action is told. A child that goes on by itself has no duration yet.
    pub(super) fn dialled_params(&self, dialling: &Dialling, child: Option<&str>, child_ended: bool) -> Params {
        let child = child.or(dialling.children.first().map(String::as_str)).and_then(|child| self.calls.get(child));
        let status = match child {
            Some(child) if child.answered_at.is_some() => CallStatus::Completed,
            Some(child) => child.status,
            None => CallStatus::Failed,
        };
        let bridged = if dialling.bridge.is_some() { "true" } else { "false" };
        let mut told = params(&[("DialCallStatus", status.as_str()), ("DialBridged", bridged)]);
        if let Some(child) = child {
            told.extend(params(&[("DialCallSid", &child.sid)]));
            let seconds = child.duration_seconds().filter(|_| child_ended);
            told.extend(seconds.map(|seconds| ("DialCallDuration".to_owned(), seconds.to_string())));
        }
        told
    }
}

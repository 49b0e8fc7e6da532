//! The life of a call from the order to its end: dialling, ringing, the phone's own doings, and limits of the whole call.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::bridge::BridgeEnd;
use super::call::{Activity, Call, CallStatus, Start};
use super::form::params;
use super::leg::DIALLED_CONFERENCE;
use super::line::Direction;
use super::numbers::Behaviour;
use super::recording::RecordingSource;
use super::switches::LeaveReason;
use super::timers::Timer;

/// From the order to dialling, and from dialling to ringing.
const STEP_MS: i64 = 100;
const REFUSES_AFTER_MS: i64 = 1_000;

impl World {
    pub(super) fn call_ordered(&mut self, sid: &str, now: DateTime<Utc>) {
        if self.calls[sid].behaviour != Behaviour::StaysQueued {
            self.set_timer_in_ms(Timer::Dials(sid.to_owned()), STEP_MS, now);
        }
    }

    pub(super) fn dial_out(&mut self, sid: &str, now: DateTime<Utc>) {
        self.call_mut(sid).dialled_at = Some(now);
        self.tell_progress(sid, "initiated", now);
        self.set_timer_in_ms(Timer::Rings(sid.to_owned()), STEP_MS, now);
    }

    pub(super) fn ring(&mut self, sid: &str, now: DateTime<Utc>) {
        let call = self.call_mut(sid);
        call.status = CallStatus::Ringing;
        call.updated_at = now;
        call.hear("rings", now);
        let (behaviour, created_at, ring_seconds) = (call.behaviour, call.created_at, call.ring_seconds);
        self.tell_progress(sid, "ringing", now);
        self.set_timer(Timer::RingsOut(sid.to_owned()), now + TimeDelta::seconds(ring_seconds));
        if self.ring_far_side(sid, now) {
            return;
        }
        let refused_at = created_at + TimeDelta::milliseconds(REFUSES_AFTER_MS);
        match behaviour {
            Behaviour::Busy => self.set_timer(Timer::Refuses(sid.to_owned(), CallStatus::Busy), refused_at),
            Behaviour::Fails => self.set_timer(Timer::Refuses(sid.to_owned(), CallStatus::Failed), refused_at),
            Behaviour::NeverAnswers | Behaviour::WaitsForHuman | Behaviour::StaysQueued => {}
            Behaviour::Answers { .. }
            | Behaviour::HangsUp { .. }
            | Behaviour::PressesStar { .. }
            | Behaviour::Presses { .. }
            | Behaviour::Machine { .. }
            | Behaviour::Fax
            | Behaviour::Mumbles => {
                let after = behaviour.answers_after_seconds().expect("all of these answer by themselves");
                let at = (created_at + TimeDelta::seconds(after)).max(now);
                self.set_timer(Timer::Answers(sid.to_owned()), at);
            }
        }
    }

    pub(super) fn answer(&mut self, sid: &str, now: DateTime<Utc>) {
        let is_rung = |call: &Call| call.status == CallStatus::Ringing && call.line.direction != Direction::Inbound;
        if !self.calls.get(sid).is_some_and(is_rung) {
            return;
        }
        self.goes_up(sid, now);
        self.silence_siblings(sid, now);
        self.send_digits(sid, now);
        self.detect_or_begin(sid, now);
    }

    /// The line is up, whoever answered.
    pub(super) fn goes_up(&mut self, sid: &str, now: DateTime<Utc>) {
        let call = self.call_mut(sid);
        call.status = CallStatus::InProgress;
        call.answered_at = Some(now);
        call.updated_at = now;
        call.hear("is answered", now);
        let behaviour = call.behaviour;
        self.tell_progress(sid, "answered", now);
        match behaviour {
            Behaviour::HangsUp { after_seconds } => {
                let after =
                    TimeDelta::seconds(after_seconds) + TimeDelta::milliseconds(self.switches.phones_hang_up_later_ms);
                self.set_timer(Timer::PhoneHangsUp(sid.to_owned()), now + after);
            }
            Behaviour::PressesStar { after_seconds } => {
                self.set_timer(Timer::PhonePressesStar(sid.to_owned()), now + TimeDelta::seconds(after_seconds));
            }
            Behaviour::Presses { digit, after_seconds } => {
                let timer = Timer::PhonePresses { call: sid.to_owned(), digits: digit.to_string() };
                self.set_timer(timer, now + TimeDelta::seconds(after_seconds));
            }
            Behaviour::Machine { greeting_seconds } => self.greets(sid, greeting_seconds, now),
            Behaviour::Answers { .. }
            | Behaviour::Busy
            | Behaviour::NeverAnswers
            | Behaviour::Fails
            | Behaviour::Fax
            | Behaviour::Mumbles
            | Behaviour::StaysQueued
            | Behaviour::WaitsForHuman => {}
        }
        self.set_call_limit(sid);
        if let Some(recorded) = self.call_mut(sid).line.recorded.take() {
            self.start_recording(sid, None, RecordingSource::Outbound, recorded, now);
        }
    }

    /// Starts the timer of the whole call's limit anew.
    pub(super) fn set_call_limit(&mut self, sid: &str) {
        let call = self.call_mut(sid);
        call.limit_number += 1;
        let limit_number = call.limit_number;
        if let Some(at) = call.ends_at() {
            self.set_timer(Timer::CallEnds { call: sid.to_owned(), limit_number }, at);
        }
    }

    pub(super) fn phone_hangs_up(&mut self, sid: &str, now: DateTime<Utc>) {
        match self.calls.get(sid).map(|call| call.status) {
            Some(CallStatus::InProgress) => {
                let activity = self.calls[sid].activity.clone();
                self.end_call(sid, CallStatus::Completed, now);
                let (action, told) = match activity {
                    Activity::InRoom(stay) => (stay.action, params(&DIALLED_CONFERENCE)),
                    Activity::Dials(dialling) => (dialling.action.clone(), self.dialled_params(&dialling, None, true)),
                    Activity::Nothing
                    | Activity::Asking
                    | Activity::Hearing { .. }
                    | Activity::DialsQueue(_)
                    | Activity::Talking(_)
                    | Activity::Connected(_)
                    | Activity::Redirected => (None, Vec::new()),
                };
                if let Some(action) = action.filter(|_| self.switches.hang_up_asks_action) {
                    self.notify_action(sid, action, told);
                }
            }
            // Declining a ringing phone is what a busy one looks like from afar.
            Some(CallStatus::Ringing) => {
                let gave_up = self.calls[sid].line.direction == Direction::Inbound;
                self.end_call(sid, if gave_up { CallStatus::NoAnswer } else { CallStatus::Busy }, now);
            }
            Some(_) | None => {}
        }
    }

    pub(super) fn press_star(&mut self, sid: &str, now: DateTime<Utc>) {
        match self.calls.get(sid).map(|call| &call.activity) {
            Some(Activity::InRoom(stay)) if stay.hangup_on_star => {
                self.leave_room(sid, LeaveReason::HungUp, now);
                self.dial_finished(sid, now);
            }
            Some(Activity::Dials(dialling)) if dialling.hangup_on_star => self.end_plain_dial(sid, now),
            Some(Activity::Talking(talk)) if talk.hangup_on_star => {
                self.end_bridge_of(sid, BridgeEnd::StarPressed, now);
            }
            Some(_) | None => {}
        }
    }

    /// Ends the call for good; a leg in a conference leaves it first.
    pub(super) fn end_call(&mut self, sid: &str, status: CallStatus, now: DateTime<Utc>) {
        self.end_call_as(sid, status, LeaveReason::HungUp, now);
    }

    pub(super) fn end_call_as(&mut self, sid: &str, status: CallStatus, reason: LeaveReason, now: DateTime<Utc>) {
        if self.calls.get(sid).is_none_or(|call| call.status.is_final()) {
            return;
        }
        let was_added = matches!(self.calls[sid].start, Start::Join { .. }) && self.calls[sid].answered_at.is_none();
        let room = self.calls[sid].room().map(str::to_owned);
        let held_by = self.let_go(sid);
        let call = self.call_mut(sid);
        call.status = status;
        call.ended_at = Some(now);
        call.updated_at = now;
        call.step += 1;
        let left = std::mem::replace(&mut call.activity, Activity::Nothing);
        let verb = call.program.pop_front();
        call.program.clear();
        call.redirect = None;
        call.hear(if status == CallStatus::Completed { "hang-up" } else { status.as_str() }, now);
        if let Some(room) = room {
            let reason = if was_added { LeaveReason::AddFailed } else { reason };
            self.take_from_room(&room, sid, reason, false, now);
        }
        self.bill(sid, now);
        self.hung_up_recording(sid, verb, now);
        self.stop_recording_call(sid, now);
        self.tell_progress(sid, "completed", now);
        if let Activity::Dials(dialling) = left {
            self.end_children(&dialling, now);
        }
        self.child_ended(sid, now);
        self.end_far_side(sid, status, now);
        self.left_by_ending(sid, held_by, now);
    }
}

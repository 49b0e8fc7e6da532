//! The life of a call from the order to its end: dialling, ringing, the phone's own doings, and limits of the whole call.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::bridge::BridgeEnd;
use super::call::{Activity, CallStatus, Start};
use super::form::params;
use super::leg::DIALLED_CONFERENCE;
use super::numbers::Behaviour;
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
        let refused_at = created_at + TimeDelta::milliseconds(REFUSES_AFTER_MS);
        match behaviour {
            Behaviour::Busy => self.set_timer(Timer::Refuses(sid.to_owned(), CallStatus::Busy), refused_at),
            Behaviour::Fails => self.set_timer(Timer::Refuses(sid.to_owned(), CallStatus::Failed), refused_at),
            Behaviour::NeverAnswers | Behaviour::WaitsForHuman | Behaviour::StaysQueued => {}
            Behaviour::Answers { .. }
            | Behaviour::HangsUp { .. }
            | Behaviour::PressesStar { .. }
            | Behaviour::Machine => {
                let after = behaviour.answers_after_seconds().expect("all four answer by themselves");
                let at = (created_at + TimeDelta::seconds(after)).max(now);
                self.set_timer(Timer::Answers(sid.to_owned()), at);
            }
        }
    }

    pub(super) fn answer(&mut self, sid: &str, now: DateTime<Utc>) {
        if self.calls.get(sid).is_none_or(|call| call.status != CallStatus::Ringing) {
            return;
        }
        let call = self.call_mut(sid);
        call.status = CallStatus::InProgress;
        call.answered_at = Some(now);
        call.updated_at = now;
        call.hear("is answered", now);
        let behaviour = call.behaviour;
        self.tell_progress(sid, "answered", now);
        match behaviour {
            Behaviour::HangsUp { after_seconds } => {
                self.set_timer(Timer::PhoneHangsUp(sid.to_owned()), now + TimeDelta::seconds(after_seconds));
            }
            Behaviour::PressesStar { after_seconds } => {
                self.set_timer(Timer::PhonePressesStar(sid.to_owned()), now + TimeDelta::seconds(after_seconds));
            }
            Behaviour::Answers { .. }
            | Behaviour::Busy
            | Behaviour::NeverAnswers
            | Behaviour::Fails
            | Behaviour::Machine
            | Behaviour::StaysQueued
            | Behaviour::WaitsForHuman => {}
        }
        self.set_call_limit(sid);
        self.detect_or_begin(sid, now);
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

    fn detect_or_begin(&mut self, sid: &str, now: DateTime<Utc>) {
        let Some(blocks) = self.calls[sid].detection.as_ref().map(|detection| detection.blocks) else {
            return self.begin(sid, now);
        };
        let after_ms = self.switches.machine_verdict_after_ms;
        self.set_timer_in_ms(Timer::MachineVerdict(sid.to_owned()), after_ms, now);
        if blocks {
            self.call_mut(sid).hear("silence", now);
        } else {
            self.begin(sid, now);
        }
    }

    pub(super) fn machine_verdict(&mut self, sid: &str, now: DateTime<Utc>) {
        let is_machine = self.calls[sid].behaviour == Behaviour::Machine;
        let Some(detection) = self.call_mut(sid).detection.as_mut() else { return };
        detection.verdict = Some(match (is_machine, detection.waits_for_end) {
            (false, _) => "human",
            (true, false) => "machine_start",
            (true, true) => "machine_end_beep",
        });
        let (blocks, callback) = (detection.blocks, detection.callback.clone());
        if let Some(hook) = callback {
            self.tell_verdict(sid, hook);
        }
        // A blocked leg that was redirected meanwhile has its new document to run.
        if blocks && self.calls[sid].redirect.is_none() && self.calls[sid].step == 0 {
            self.begin(sid, now);
        }
    }

    pub(super) fn phone_hangs_up(&mut self, sid: &str, now: DateTime<Utc>) {
        match self.calls.get(sid).map(|call| call.status) {
            Some(CallStatus::InProgress) => {
                let action = match &self.calls[sid].activity {
                    Activity::InRoom(stay) if self.switches.hang_up_asks_action => stay.action.clone(),
                    _ => None,
                };
                self.end_call(sid, CallStatus::Completed, now);
                if let Some(action) = action {
                    self.notify_action(sid, action, params(&DIALLED_CONFERENCE));
                }
            }
            // Declining a ringing phone is what a busy one looks like from afar.
            Some(CallStatus::Ringing) => self.end_call(sid, CallStatus::Busy, now),
            Some(_) | None => {}
        }
    }

    pub(super) fn press_star(&mut self, sid: &str, now: DateTime<Utc>) {
        match self.calls.get(sid).map(|call| &call.activity) {
            Some(Activity::InRoom(stay)) if stay.hangup_on_star => {
                self.leave_room(sid, LeaveReason::HungUp, now);
                self.dial_finished(sid, now);
            }
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
        call.activity = Activity::Nothing;
        call.program.clear();
        call.redirect = None;
        call.hear(if status == CallStatus::Completed { "hang-up" } else { status.as_str() }, now);
        if let Some(room) = room {
            let reason = if was_added { LeaveReason::AddFailed } else { reason };
            self.take_from_room(&room, sid, reason, false, now);
        }
        self.tell_progress(sid, "completed", now);
        self.left_by_ending(sid, held_by, now);
    }
}

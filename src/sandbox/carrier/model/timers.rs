//! What the model waits for. A timer that belongs to something that is over is dropped, so that the next one is true.

use chrono::{DateTime, TimeDelta, Utc};

use super::call::CallStatus;
use super::form::Params;
use super::{Audio, World};
use crate::sandbox::carrier::twiml::Hook;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Timer {
    Dials(String),
    Rings(String),
    Answers(String),
    Refuses(String, CallStatus),
    /// The ring time is over.
    RingsOut(String),
    PhoneHangsUp(String),
    PhonePressesStar(String),
    PhonePresses {
        call: String,
        digits: String,
    },
    /// With a step they belong to a document, without to the call.
    SendsDigits {
        call: String,
        digits: String,
        step: Option<u64>,
    },
    MachineVerdict(String),
    MachineBeeps(String),
    /// The call as a whole has reached its limit.
    CallEnds {
        call: String,
        limit_number: u64,
    },
    /// What is said, played or waited for is over.
    VerbEnds {
        call: String,
        step: u64,
    },
    /// The Dial has reached its timeLimit.
    DialEnds {
        call: String,
        step: u64,
    },
    /// Nobody came into the queue that is dialled.
    DialTimesOut {
        call: String,
        step: u64,
    },
    /// Wait or hold audio has run out.
    AudioEnds {
        room: String,
        call: String,
        audio: u64,
        next: Option<Hook>,
        what: Audio,
    },
    RedirectLeaves {
        call: String,
        number: u64,
    },
    RedirectAsksAction {
        call: String,
        action: Hook,
        told: Params,
    },
    RedirectStarts {
        call: String,
        number: u64,
    },
    RecordingReady(String),
    AnnouncementEnds {
        room: String,
        call: Option<String>,
        url: String,
    },
}

impl World {
    pub fn next_timer(&self) -> Option<DateTime<Utc>> {
        self.timers.iter().find(|(_, timer)| self.is_live(timer)).map(|((at, _), _)| *at)
    }

    /// Everything that is due by `now`, each at its own moment.
    pub fn advance(&mut self, now: DateTime<Utc>) {
        self.drop_stale_timers();
        while let Some(entry) = self.timers.first_entry() {
            let at = entry.key().0;
            if at > now {
                return;
            }
            let timer = entry.remove();
            if self.is_live(&timer) {
                self.fire(timer, at);
            }
        }
    }

    pub(super) fn set_timer(&mut self, timer: Timer, at: DateTime<Utc>) {
        self.timers_set += 1;
        self.timers.insert((at, self.timers_set), timer);
    }

    pub(super) fn set_timer_in_ms(&mut self, timer: Timer, milliseconds: i64, now: DateTime<Utc>) {
        self.set_timer(timer, now + TimeDelta::milliseconds(milliseconds));
    }

    fn drop_stale_timers(&mut self) {
        let timers = std::mem::take(&mut self.timers);
        self.timers = timers.into_iter().filter(|(_, timer)| self.is_live(timer)).collect();
    }

    fn fire(&mut self, timer: Timer, at: DateTime<Utc>) {
        match timer {
            Timer::Dials(call) => self.dial_out(&call, at),
            Timer::Rings(call) => self.ring(&call, at),
            Timer::Answers(call) => self.answer(&call, at),
            Timer::Refuses(call, status) => self.end_call(&call, status, at),
            Timer::RingsOut(call) => self.end_call(&call, CallStatus::NoAnswer, at),
            Timer::PhoneHangsUp(call) => self.phone_hangs_up(&call, at),
            Timer::PhonePressesStar(call) => self.digits_pressed(&call, "*", at),
            Timer::PhonePresses { call, digits } => self.digits_pressed(&call, &digits, at),
            Timer::SendsDigits { call, digits, .. } => self.tones_sound(&call, &digits, at),
            Timer::MachineBeeps(call) => self.machine_beeps(&call, at),
            Timer::MachineVerdict(call) => self.machine_verdict(&call, at),
            Timer::CallEnds { call, .. } => self.end_call(&call, CallStatus::Completed, at),
            Timer::VerbEnds { call, .. } => self.run(&call, at),
            Timer::DialEnds { call, .. } => self.dial_limit_reached(&call, at),
            Timer::DialTimesOut { call, .. } => self.queue_dial_timed_out(&call, at),
            Timer::AudioEnds { room, call, next, what, .. } => self.audio_ended(&room, &call, next, what, at),
            Timer::RedirectLeaves { call, .. } => self.redirect_leaves(&call, at),
            Timer::RedirectAsksAction { call, action, told } => self.notify_action(&call, action, told),
            Timer::RedirectStarts { call, .. } => self.redirect_starts(&call, at),
            Timer::RecordingReady(recording) => self.recording_ready(&recording, at),
            Timer::AnnouncementEnds { room, call, url } => self.announcement_ended(&room, call.as_deref(), &url, at),
        }
    }

    fn is_live(&self, timer: &Timer) -> bool {
        let status = |call: &str| self.calls.get(call).map(|call| call.status);
        let is_up = |call: &str| status(call) == Some(CallStatus::InProgress);
        match timer {
            Timer::Dials(call) | Timer::Rings(call) => status(call) == Some(CallStatus::Queued),
            Timer::Answers(call) | Timer::Refuses(call, _) | Timer::RingsOut(call) => {
                matches!(status(call), Some(CallStatus::Queued | CallStatus::Ringing))
            }
            Timer::PhoneHangsUp(call)
            | Timer::PhonePressesStar(call)
            | Timer::PhonePresses { call, .. }
            | Timer::MachineVerdict(call)
            | Timer::MachineBeeps(call) => is_up(call),
            Timer::SendsDigits { call, step, .. } => {
                is_up(call) && step.is_none_or(|step| self.calls[call].step == step)
            }
            Timer::RedirectAsksAction { call, .. } => is_up(call),
            Timer::CallEnds { call, limit_number } => is_up(call) && self.calls[call].limit_number == *limit_number,
            Timer::VerbEnds { call, step } => {
                self.calls.get(call).is_some_and(|call| call.may_run() && call.step == *step)
            }
            Timer::DialEnds { call, step } | Timer::DialTimesOut { call, step } => {
                is_up(call) && self.calls[call].step == *step
            }
            Timer::RedirectLeaves { call, number } | Timer::RedirectStarts { call, number } => {
                is_up(call) && self.calls[call].redirect.as_ref().is_some_and(|redirect| redirect.number == *number)
            }
            Timer::AudioEnds { room, call, audio, .. } => {
                self.rooms.get(room).and_then(|room| room.participant(call)).is_some_and(|one| one.audio == *audio)
            }
            Timer::RecordingReady(recording) => {
                self.recordings.get(recording).is_some_and(super::Recording::is_unfinished)
            }
            Timer::AnnouncementEnds { room, .. } => self.rooms.get(room).is_some_and(super::Room::is_active),
        }
    }
}

//! Answering machine detection: when the verdict comes, what it says, and whether the document waits for it.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::call_orders::hook;
use super::form::{Form, Refusal};
use super::numbers::Behaviour;
use super::timers::Timer;
use crate::sandbox::carrier::twiml::Hook;

const USUAL_TIMEOUT_SECONDS: i64 = 30;

/// A parameter and what it may be.
const RANGES: [(&str, i64, i64); 4] = [
    ("MachineDetectionTimeout", 3, 60),
    ("MachineDetectionSpeechThreshold", 1_000, 6_000),
    ("MachineDetectionSpeechEndThreshold", 500, 5_000),
    ("MachineDetectionSilenceTimeout", 2_000, 10_000),
];

/// What is asked about a leg, and what has been found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    pub waits_for_end: bool,
    pub timeout_seconds: i64,
    pub callback: Option<Hook>,
    /// The document is asked only after the verdict and carries it.
    pub blocks: bool,
    pub verdict: Option<&'static str>,
    pub took_ms: i64,
}

impl Detection {
    /// Beside the call, as for every noun of a Dial. `None`: there is no such kind.
    pub(super) fn beside(kind: &str, callback: Option<Hook>) -> Option<Self> {
        let waits_for_end = match kind {
            "Enable" => false,
            "DetectMessageEnd" => true,
            _ => return None,
        };
        let timeout_seconds = USUAL_TIMEOUT_SECONDS;
        Some(Self { waits_for_end, timeout_seconds, callback, blocks: false, verdict: None, took_ms: 0 })
    }

    /// After how many milliseconds something is known about a phone, and what.
    fn of(&self, behaviour: Behaviour, usual_ms: i64) -> (i64, &'static str) {
        let most_ms = self.timeout_seconds * 1_000;
        let (after_ms, found, too_late) = match behaviour {
            Behaviour::Machine { greeting_seconds } if self.waits_for_end => {
                ((greeting_seconds * 1_000).max(usual_ms), "machine_end_beep", "machine_end_other")
            }
            Behaviour::Machine { .. } => (usual_ms, "machine_start", "unknown"),
            Behaviour::Fax => (usual_ms, "fax", "unknown"),
            Behaviour::Mumbles => (most_ms, "unknown", "unknown"),
            Behaviour::Answers { .. }
            | Behaviour::HangsUp { .. }
            | Behaviour::PressesStar { .. }
            | Behaviour::Presses { .. }
            | Behaviour::Busy
            | Behaviour::NeverAnswers
            | Behaviour::Fails
            | Behaviour::StaysQueued
            | Behaviour::WaitsForHuman => (usual_ms, "human", "unknown"),
        };
        if after_ms > most_ms { (most_ms, too_late) } else { (after_ms, found) }
    }
}

/// What an order to call asks for. Digits to send switch the detection off.
pub(super) fn detection(form: &Form) -> Result<Option<Detection>, Refusal> {
    let Some(kind) = form.filled("MachineDetection") else { return Ok(None) };
    let refused = |what: &str| Refusal::bad(21234, &format!("{what} is not allowed"));
    for (name, least, most) in RANGES {
        if form.number(name, 21234)?.is_some_and(|value| !(least..=most).contains(&value)) {
            return Err(refused(name));
        }
    }
    let callback = hook(form, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", 21262)?;
    let found = Detection::beside(kind, None).ok_or_else(|| refused(&format!("MachineDetection '{kind}'")))?;
    if form.filled("SendDigits").is_some() {
        return Ok(None);
    }
    let blocks = form.flag("AsyncAmd") != Some(true);
    let timeout_seconds = form.number("MachineDetectionTimeout", 21234)?.unwrap_or(USUAL_TIMEOUT_SECONDS);
    Ok(Some(Detection { timeout_seconds, callback: callback.filter(|_| !blocks), blocks, ..found }))
}

impl World {
    pub(super) fn detect_or_begin(&mut self, sid: &str, now: DateTime<Utc>) {
        let Some(detection) = &self.calls[sid].detection else { return self.begin(sid, now) };
        let (after_ms, _) = detection.of(self.calls[sid].behaviour, self.switches.machine_verdict_after_ms);
        let blocks = detection.blocks;
        self.set_timer_in_ms(Timer::MachineVerdict(sid.to_owned()), after_ms, now);
        if blocks {
            self.call_mut(sid).hear("silence", now);
        } else {
            self.begin(sid, now);
        }
    }

    pub(super) fn machine_verdict(&mut self, sid: &str, now: DateTime<Utc>) {
        let usual_ms = self.switches.machine_verdict_after_ms;
        let call = self.call_mut(sid);
        let behaviour = call.behaviour;
        let Some(detection) = call.detection.as_mut() else { return };
        let (after_ms, verdict) = detection.of(behaviour, usual_ms);
        detection.verdict = Some(verdict);
        detection.took_ms = after_ms;
        let (blocks, callback) = (detection.blocks, detection.callback.clone());
        if let Some(hook) = callback {
            self.tell_verdict(sid, hook);
        }
        // A blocked leg that was redirected meanwhile has its new document to run.
        if blocks && self.calls[sid].redirect.is_none() && self.calls[sid].step == 0 {
            self.begin(sid, now);
        }
    }

    /// A machine speaks its greeting to whoever calls, and then records what it hears.
    pub(super) fn greets(&mut self, sid: &str, greeting_seconds: i64, now: DateTime<Utc>) {
        self.call_mut(sid).hear("the machine greets", now);
        let beeps_at = now + TimeDelta::seconds(greeting_seconds);
        self.set_timer(Timer::MachineBeeps(sid.to_owned()), beeps_at);
    }

    pub(super) fn machine_beeps(&mut self, sid: &str, now: DateTime<Utc>) {
        self.call_mut(sid).hear("the machine beeps and records", now);
    }
}

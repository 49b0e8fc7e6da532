//! Digits: pressed on phones, sent by documents and orders, and gathered.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::call::Activity;
use super::form::params;
use super::line::Gathering;
use super::sounds::TONES;
use super::timers::Timer;
use crate::sandbox::carrier::twiml::{Gather, Verb};

/// How long one digit sounds and the silence after it.
const DIGIT_MS: i64 = 100;

impl World {
    /// Somebody presses digits on the call's phone, with `w` and `W` as waits.
    pub(super) fn press(&mut self, sid: &str, digits: &str, now: DateTime<Utc>) {
        for (after_ms, run) in runs(digits).0 {
            let timer = Timer::PhonePresses { call: sid.to_owned(), digits: run };
            self.set_timer_in_ms(timer, after_ms, now);
        }
        self.advance(now);
    }

    pub(super) fn digits_pressed(&mut self, sid: &str, digits: &str, now: DateTime<Utc>) {
        self.utter(sid, &format!("{TONES}{digits}"), now);
    }

    /// `SendDigits`: tones for the phone, beside whatever the document does.
    pub(super) fn send_digits(&mut self, sid: &str, now: DateTime<Utc>) {
        let Some(digits) = self.call_mut(sid).line.send_digits.take() else { return };
        for (after_ms, digits) in runs(&digits).0 {
            self.set_timer_in_ms(Timer::SendsDigits { call: sid.to_owned(), digits, step: None }, after_ms, now);
        }
    }

    /// `Play` with digits, for as long as they take.
    pub(super) fn play_tones(&mut self, sid: &str, digits: &str, now: DateTime<Utc>) {
        let (runs, length_ms) = runs(digits);
        let until = now + TimeDelta::milliseconds(length_ms);
        let step = self.enter(sid, Activity::Hearing { until });
        for (after_ms, digits) in runs {
            let timer = Timer::SendsDigits { call: sid.to_owned(), digits, step: Some(step) };
            self.set_timer_in_ms(timer, after_ms, now);
        }
        self.set_timer(Timer::VerbEnds { call: sid.to_owned(), step }, until);
    }

    pub(super) fn tones_sound(&mut self, sid: &str, digits: &str, now: DateTime<Utc>) {
        self.sound(sid, &format!("{TONES}{digits}"), now);
    }

    /// The prompt, the wait and the end of a Gather stand in the program like other verbs.
    pub(super) fn begin_gather(&mut self, sid: &str, gather: Gather) {
        let call = self.call_mut(sid);
        let mut program = VecDeque::from(gather.prompt.clone());
        program.push_back(Verb::Pause { seconds: gather.timeout_seconds });
        program.push_back(Verb::GatherEnds(Box::new(gather.clone())));
        program.append(&mut call.program);
        call.program = program;
        call.line.gathering = Some(Gathering { gather, digits: String::new(), finished_on: None });
    }

    /// What was pressed reaches the carrier's end of the call: a Gather takes it, `*` may leave a Dial.
    pub(super) fn digits_arrive(&mut self, sid: &str, digits: &str, now: DateTime<Utc>) {
        if digits.contains('*') {
            self.press_star(sid, now);
        }
        self.record_takes(sid, digits, now);
        let call = self.call_mut(sid);
        let is_heard = matches!(call.activity, Activity::Hearing { .. })
            && call.program.iter().any(|verb| matches!(verb, Verb::GatherEnds(_)));
        let Some(gathering) = call.line.gathering.as_mut().filter(|_| is_heard) else { return };
        let gather = &gathering.gather;
        let mut is_complete = false;
        for digit in digits.chars() {
            if gather.finish_on_key == Some(digit) {
                gathering.finished_on = Some(digit);
                is_complete = true;
                break;
            }
            gathering.digits.push(digit);
            if gather.most_digits == Some(gathering.digits.len()) {
                is_complete = true;
                break;
            }
        }
        let timeout = gather.timeout_seconds;
        // The prompt is interrupted by the first digit, and each digit starts the wait anew.
        while call.program.front().is_some_and(|verb| !matches!(verb, Verb::GatherEnds(_))) {
            call.program.pop_front();
        }
        if is_complete {
            return self.run(sid, now);
        }
        self.hear_for(sid, "silence", i64::from(timeout), now);
    }

    /// Whether the leg goes on with the next verb.
    pub(super) fn gather_ends(&mut self, sid: &str, gather: Gather) -> bool {
        let gathering = self.call_mut(sid).line.gathering.take();
        let (digits, key) = gathering.map(|one| (one.digits, one.finished_on)).unwrap_or_default();
        match gather.action {
            Some(action) if !digits.is_empty() || gather.asks_on_empty => {
                let key = key.map(String::from).unwrap_or_default();
                self.ask_document(sid, action, params(&[("Digits", &digits), ("FinishedOnKey", &key)]), false);
                false
            }
            Some(_) | None => true,
        }
    }
}

/// Digits that follow each other without a wait, each run with its start, and how long all of it takes.
fn runs(digits: &str) -> (Vec<(i64, String)>, i64) {
    let (mut found, mut at, mut run) = (Vec::new(), 0, (0, String::new()));
    for one in digits.chars() {
        let wait = match one {
            'w' => 500,
            'W' => 1_000,
            _ => 0,
        };
        if wait == 0 {
            if run.1.is_empty() {
                run.0 = at;
            }
            run.1.push(one);
            at += DIGIT_MS;
        } else {
            if !run.1.is_empty() {
                found.push(std::mem::take(&mut run));
            }
            at += wait;
        }
    }
    if !run.1.is_empty() {
        found.push(run);
    }
    (found, at)
}

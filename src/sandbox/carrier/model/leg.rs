//! A leg running TwiML: top to bottom, one document at a time, until the document ends or something takes it over.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::bridge::BridgeEnd;
use super::call::{Activity, CallStatus, Redirect, Start, Stay};
use super::form::{Params, params};
use super::switches::LeaveReason;
use super::timers::Timer;
use super::{Purpose, Reply, World};
use crate::sandbox::carrier::twiml::{self, Dial, Hook, LONGEST_CALL_SECONDS, Notice, Verb};

impl World {
    /// The leg is up: runs what it was ordered with.
    pub(super) fn begin(&mut self, sid: &str, now: DateTime<Utc>) {
        let start = self.calls[sid].start.clone();
        self.start(sid, start, now);
    }

    fn start(&mut self, sid: &str, start: Start, now: DateTime<Utc>) {
        match start {
            Start::Ask(hook) => self.ask_document(sid, hook, Vec::new(), false),
            Start::Connect => self.connect_or_end(sid, now),
            Start::Run(text) => self.run_text(sid, &text, None, now),
            Start::Join { room, noun } => {
                let stay = Stay { room, action: None, ends_at: None, hangup_on_star: false, by_api: true };
                self.stay(sid, stay, &noun, now);
            }
        }
    }

    pub(super) fn ask_document(&mut self, sid: &str, hook: Hook, extra: Params, is_fallback: bool) {
        let old_names = self.switches.old_parameter_names;
        let step = self.enter(sid, Activity::Asking);
        let call = &self.calls[sid];
        let mut params = call.voice_params(&self.account_sid, old_names);
        if let Some(found) = call.detection.as_ref().filter(|one| one.blocks)
            && let Some(verdict) = found.verdict
        {
            params.push(("AnsweredBy".to_owned(), verdict.to_owned()));
            params.push(("MachineDetectionDuration".to_owned(), found.took_ms.to_string()));
        }
        params.extend(extra);
        let purpose = Purpose::Control { call: sid.to_owned(), step, hook: hook.clone(), is_fallback };
        self.ask(purpose, Some(sid), hook, params);
    }

    pub(super) fn fetched(&mut self, request: u64, reply: Reply, now: DateTime<Utc>) {
        match self.asked.remove(&request) {
            Some(Purpose::Control { call, step, hook, is_fallback }) => {
                // The leg has gone on meanwhile: a document for what is over controls nothing.
                let is_awaited = |leg: &super::Call| leg.step == step && leg.may_run();
                if self.calls.get(&call).is_some_and(is_awaited) {
                    self.document_arrived(&call, &hook, is_fallback, reply, now);
                }
            }
            Some(Purpose::Audio { room, call, hook, what, audio }) => {
                self.audio_arrived(&room, call.as_deref(), &hook, (what, audio), reply, now);
            }
            Some(Purpose::Notification) | None => {}
        }
    }

    fn document_arrived(&mut self, sid: &str, hook: &Hook, is_fallback: bool, reply: Reply, now: DateTime<Utc>) {
        let problem = match reply {
            Reply::Failed { code, why } => Notice { code, text: why },
            Reply::Document { content_type, body } => match verbs_of(&content_type, &body, &hook.url) {
                Ok(document) => return self.run_document(sid, document, now),
                Err(notice) => notice,
            },
        };
        if self.calls[sid].waiting.is_some() {
            return self.wait_document_failed(sid, problem, now);
        }
        let fallback = self.calls[sid].fallback.clone().filter(|_| !is_fallback);
        let code = problem.code.to_string();
        self.call_mut(sid).notices.push(problem);
        match fallback {
            Some(fallback) => {
                let extra = params(&[("ErrorCode", &code), ("ErrorUrl", &hook.url)]);
                self.ask_document(sid, fallback, extra, true);
            }
            None => {
                self.pick_up(sid, now);
                self.call_mut(sid).hear("an application error has occurred", now);
                self.end_call(sid, CallStatus::Completed, now);
            }
        }
    }

    fn run_text(&mut self, sid: &str, text: &str, base: Option<&str>, now: DateTime<Utc>) {
        match twiml::parse(text, base) {
            Ok(document) => self.run_document(sid, document, now),
            Err(notice) => {
                self.call_mut(sid).notices.push(notice);
                self.pick_up(sid, now);
                self.call_mut(sid).hear("an application error has occurred", now);
                self.end_call(sid, CallStatus::Completed, now);
            }
        }
    }

    fn run_document(&mut self, sid: &str, document: twiml::Document, now: DateTime<Utc>) {
        let call = self.call_mut(sid);
        call.notices.extend(document.warnings);
        call.program = VecDeque::from(document.verbs);
        self.run(sid, now);
    }

    /// Runs verbs until one takes time, hands control away, or none is left, which ends the call.
    pub(super) fn run(&mut self, sid: &str, now: DateTime<Utc>) {
        self.enter(sid, Activity::Nothing);
        self.meet(sid, now);
        loop {
            let Some(verb) = self.call_mut(sid).program.pop_front() else {
                return self.document_over(sid, now);
            };
            if self.is_out_of_place(sid, &verb) {
                continue;
            }
            match verb {
                Verb::Say { text, loops } => {
                    let seconds = self.spoken_seconds(&text) * loops_of(loops);
                    return self.hear_for(sid, &format!("Say: {text}"), seconds, now);
                }
                Verb::Play { url, loops } => {
                    let seconds = i64::from(self.switches.played_file_seconds) * loops_of(loops);
                    return self.hear_for(sid, &format!("Play: {url}"), seconds, now);
                }
                Verb::Pause { seconds } => return self.hear_for(sid, "silence", i64::from(seconds), now),
                Verb::Tones(digits) => return self.play_tones(sid, &digits, now),
                Verb::Gather(gather) => self.begin_gather(sid, *gather),
                Verb::GatherEnds(gather) => {
                    if !self.gather_ends(sid, *gather) {
                        return;
                    }
                }
                Verb::Redirect(hook) => {
                    let told = self.queue_params(sid, now);
                    return self.ask_document(sid, hook, told, false);
                }
                Verb::Hangup => return self.end_call(sid, CallStatus::Completed, now),
                Verb::Reject { is_busy } => return self.reject(sid, is_busy, now),
                Verb::Dial(dial) => {
                    if self.dial(sid, *dial, now) == Went::Away {
                        return;
                    }
                }
                Verb::Enqueue(enqueue) => {
                    if self.enqueue(sid, *enqueue, now) == Went::Away {
                        return;
                    }
                }
                Verb::Leave => return self.leave_queue(sid, "leave", now),
                Verb::Record(record) => return self.begin_record(sid, *record, now),
                Verb::RecordEnds { record, recording, words_end_at } => {
                    if !self.record_ends(sid, *record, &recording, words_end_at, now) {
                        return;
                    }
                }
            }
        }
    }

    /// Whether the Dial took the leg over, or was passed by.
    fn dial(&mut self, sid: &str, dial: Dial, now: DateTime<Utc>) -> Went {
        if self.is_whispered_to(sid) {
            self.call_mut(sid).notices.push(twiml::notice(13201, "Dial cannot stand in a Number's document"));
            return Went::On;
        }
        self.call_mut(sid).line.dial_recorded = dial.recorded.clone();
        if let Some(noun) = dial.queue.clone() {
            return self.dial_queue(sid, &dial, noun, now);
        }
        if !dial.numbers.is_empty() {
            self.dial_numbers(sid, dial, now);
            return Went::Away;
        }
        let Some(noun) = dial.conference else {
            self.call_mut(sid).notices.push(twiml::notice(13223, "this carrier does not know whom to dial"));
            return self.dial_failed(sid, dial.action);
        };
        if noun.name.is_empty() || noun.name.chars().count() > 128 {
            self.call_mut(sid).notices.push(twiml::notice(13237, "a conference name has 1 to 128 characters"));
            return self.dial_failed(sid, dial.action);
        }
        if let Err(refused) = self.may_join(&noun) {
            self.call_mut(sid).notices.push(refused.clone());
            // A taken label passes on to the next verb; everything else asks the action.
            return if refused.code == 16025 { Went::On } else { self.dial_failed(sid, dial.action) };
        }
        let room = self.room_for(&noun, now);
        let ends_at = Some(now + TimeDelta::seconds(dial.time_limit_seconds));
        let stay = Stay { room, action: dial.action, ends_at, hangup_on_star: dial.hangup_on_star, by_api: false };
        self.stay(sid, stay, &noun, now);
        Went::Away
    }

    pub(super) fn dial_failed(&mut self, sid: &str, action: Option<Hook>) -> Went {
        let Some(action) = action else { return Went::On };
        self.ask_document(sid, action, params(&[("DialCallStatus", "failed")]), false);
        Went::Away
    }

    fn stay(&mut self, sid: &str, stay: Stay, noun: &twiml::Conference, now: DateTime<Utc>) {
        let (room, ends_at) = (stay.room.clone(), stay.ends_at);
        let step = self.enter(sid, Activity::InRoom(stay));
        if let Some(at) = ends_at {
            self.set_timer(Timer::DialEnds { call: sid.to_owned(), step }, at);
        }
        self.join_room(&room, sid, noun, now);
        self.record_dial(sid, now);
    }

    pub(super) fn dial_limit_reached(&mut self, sid: &str, now: DateTime<Utc>) {
        if self.calls[sid].partner().is_some() {
            return self.end_plain_dial(sid, now);
        }
        if self.calls[sid].bridge().is_some() {
            return self.end_bridge_of(sid, BridgeEnd::LimitReached, now);
        }
        let reason = self.switches.limit_leaves_as;
        self.leave_room(sid, reason, now);
        self.dial_finished(sid, now);
    }

    /// The leg is out of the conference: its action's document, or the next verb, goes on. A leg that the Participants
    /// API dialled has no document to go on with.
    pub(super) fn dial_finished(&mut self, sid: &str, now: DateTime<Utc>) {
        let Activity::InRoom(stay) = self.calls[sid].activity.clone() else { return };
        let recorded = self.stop_recording_dial(sid, now);
        if stay.by_api {
            return self.end_call(sid, CallStatus::Completed, now);
        }
        match stay.action {
            Some(action) => {
                let mut told = params(&DIALLED_CONFERENCE);
                told.extend(recorded);
                self.ask_document(sid, action, told, false);
            }
            None => self.run(sid, now),
        }
    }

    /// Asks a Dial's action without running what it answers.
    pub(super) fn notify_action(&mut self, sid: &str, action: Hook, told: Params) {
        let old_names = self.switches.old_parameter_names;
        let mut voice = self.calls[sid].voice_params(&self.account_sid, old_names);
        voice.extend(told);
        self.ask(Purpose::Notification, Some(sid), action, voice);
    }

    /// Accepts a redirect. Nothing has happened yet when the order is answered.
    pub(super) fn redirect(&mut self, sid: &str, to: Start, now: DateTime<Utc>) {
        let call = self.call_mut(sid);
        call.redirects += 1;
        let number = call.redirects;
        call.redirect = Some(Redirect { number, to });
        let (leaves_after, starts_after) =
            (self.switches.redirect_leaves_after_ms, self.switches.redirect_starts_after_ms);
        self.set_timer_in_ms(Timer::RedirectLeaves { call: sid.to_owned(), number }, leaves_after, now);
        self.set_timer_in_ms(Timer::RedirectStarts { call: sid.to_owned(), number }, starts_after, now);
    }

    /// Abandons whatever the leg does. Its old action is asked a little later, as a notification only.
    pub(super) fn redirect_leaves(&mut self, sid: &str, now: DateTime<Utc>) {
        let recorded = self.stop_recording_dial(sid, now);
        let (action, mut told) = match self.calls[sid].activity.clone() {
            Activity::InRoom(stay) => {
                self.leave_room(sid, LeaveReason::UpdatedViaApi, now);
                (stay.action, params(&DIALLED_CONFERENCE))
            }
            Activity::Dials(dialling) => {
                self.enter(sid, Activity::Redirected);
                self.end_children(&dialling, now);
                let told = self.dialled_params(&dialling, None, true);
                (dialling.action, told)
            }
            Activity::Nothing
            | Activity::Asking
            | Activity::Hearing { .. }
            | Activity::DialsQueue(_)
            | Activity::Talking(_)
            | Activity::Connected(_)
            | Activity::Redirected => self.redirected_from_queue(sid, now),
        };
        told.extend(recorded);
        self.stop_record_verb(sid, now);
        if self.switches.redirect_ends_recording {
            self.stop_recording_call(sid, now);
        }
        self.enter(sid, Activity::Redirected);
        self.release_parent(sid, now);
        self.call_mut(sid).program.clear();
        let after = self.switches.redirect_asks_action_after_ms - self.switches.redirect_leaves_after_ms;
        self.ask_action_later(sid, action, told, after, now);
    }

    /// The action of what a redirect abandoned.
    pub(super) fn ask_action_later(
        &mut self,
        sid: &str,
        action: Option<Hook>,
        told: Params,
        after_ms: i64,
        now: DateTime<Utc>,
    ) {
        if let Some(action) = action.filter(|_| self.switches.redirect_asks_action) {
            self.set_timer_in_ms(Timer::RedirectAsksAction { call: sid.to_owned(), action, told }, after_ms, now);
        }
    }

    pub(super) fn redirect_starts(&mut self, sid: &str, now: DateTime<Utc>) {
        let redirect = self.call_mut(sid).redirect.take().expect("the timer lives only with its redirect");
        self.start(sid, redirect.to, now);
    }

    pub(super) fn hear_for(&mut self, sid: &str, line: &str, seconds: i64, now: DateTime<Utc>) {
        let until = now + TimeDelta::seconds(seconds);
        let step = self.enter(sid, Activity::Hearing { until });
        self.sound(sid, line, now);
        self.set_timer(Timer::VerbEnds { call: sid.to_owned(), step }, until);
    }

    pub(super) fn spoken_seconds(&self, text: &str) -> i64 {
        let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        i64::from(characters.div_ceil(self.switches.spoken_characters_per_second.max(1)).max(1))
    }

    pub(super) fn enter(&mut self, sid: &str, activity: Activity) -> u64 {
        let call = self.call_mut(sid);
        call.activity = activity;
        call.step += 1;
        call.step
    }
}

/// The action of a Dial that held a conference gets no DialCallSid and no DialCallDuration.
pub(super) const DIALLED_CONFERENCE: [(&str, &str); 2] = [("DialCallStatus", "answered"), ("DialBridged", "true")];

#[derive(PartialEq, Eq)]
pub(super) enum Went {
    On,
    Away,
}

/// `loop="0"` goes on until somebody hangs up.
fn loops_of(loops: u32) -> i64 {
    if loops == 0 { LONGEST_CALL_SECONDS } else { i64::from(loops) }
}

/// What an answer means by its type: audio is played, plain text that is no TwiML is read aloud.
fn verbs_of(content_type: &str, body: &str, url: &str) -> Result<twiml::Document, Notice> {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let only = |verb| twiml::Document { verbs: vec![verb], warnings: Vec::new() };
    match kind.as_str() {
        "text/xml" | "application/xml" | "text/html" => twiml::parse(body, Some(url)),
        "text/plain" => {
            Ok(twiml::parse(body, Some(url)).unwrap_or_else(|_| only(Verb::Say { text: body.to_owned(), loops: 1 })))
        }
        audio if audio.starts_with("audio/") => Ok(only(Verb::Play { url: url.to_owned(), loops: 1 })),
        other => Err(twiml::notice(12300, &format!("'{other}' is not a type of document a call can run"))),
    }
}

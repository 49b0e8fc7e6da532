//! The Record verb: a beep, one caller's words, and on to the action with what became of them.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::call::Activity;
use super::form::{Params, params};
use super::recording::{RecordingSource, RecordingStatus};
use crate::sandbox::carrier::twiml::{Record, Verb};

impl World {
    /// The beep and the words; the end of the Record stands in the program like another verb. This carrier has no ears,
    /// so everybody speaks for as long as the switch says and then is silent.
    pub(super) fn begin_record(&mut self, sid: &str, record: Record, now: DateTime<Utc>) {
        if record.beep {
            self.sound(sid, "beep", now);
        }
        let speaks = i64::from(self.switches.recorded_words_seconds);
        let seconds = (speaks + i64::from(record.timeout_seconds)).min(i64::from(record.longest_seconds));
        let recording = self.start_recording(sid, None, RecordingSource::RecordVerb, record.recorded.clone(), now);
        let words_end_at = now + TimeDelta::seconds(speaks);
        let call = self.call_mut(sid);
        call.line.key = None;
        call.program.push_front(Verb::RecordEnds { record: Box::new(record), recording, words_end_at });
        self.hear_for(sid, "is recorded", seconds, now);
    }

    /// A key that ends the Record, if the leg runs one.
    pub(super) fn record_takes(&mut self, sid: &str, digits: &str, now: DateTime<Utc>) {
        let call = self.call_mut(sid);
        let Some(Verb::RecordEnds { record, .. }) = call.program.front() else { return };
        let key = digits.chars().find(|digit| record.finish_on_key.contains(*digit));
        if key.is_some() && matches!(call.activity, Activity::Hearing { .. }) {
            call.line.key = key;
            self.run(sid, now);
        }
    }

    /// Whether the leg goes on with the next verb, which it does when nothing was said.
    pub(super) fn record_ends(
        &mut self,
        sid: &str,
        record: Record,
        recording: &str,
        words_end_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        let key = self.call_mut(sid).line.key.take().map(String::from).unwrap_or_default();
        let told = self.end_of_record(&record, recording, words_end_at, &key, now);
        match record.action {
            Some(action) if self.switches.recorded_words_seconds > 0 => {
                self.ask_document(sid, action, told, false);
                false
            }
            Some(_) | None => true,
        }
    }

    /// The caller has hung up in a Record: its action is told, and what it answers is not run.
    pub(super) fn hung_up_recording(&mut self, sid: &str, verb: Option<Verb>, now: DateTime<Utc>) {
        if let Some(Verb::RecordEnds { record, recording, words_end_at }) = verb {
            let told = self.end_of_record(&record, &recording, words_end_at, "hangup", now);
            if let Some(action) = record.action {
                self.notify_action(sid, action, told);
            }
        }
    }

    /// The leg is redirected away from a Record, which tells nobody.
    pub(super) fn stop_record_verb(&mut self, sid: &str, now: DateTime<Utc>) {
        if let Some(Verb::RecordEnds { recording, .. }) = self.calls[sid].program.front().cloned() {
            self.stop_recording(&recording, RecordingStatus::Processing, now);
        }
    }

    fn end_of_record(
        &mut self,
        record: &Record,
        recording: &str,
        words_end_at: DateTime<Utc>,
        digits: &str,
        now: DateTime<Utc>,
    ) -> Params {
        let until = if record.recorded.trims_silence { now.min(words_end_at) } else { now };
        let one = self.recording_mut(recording);
        one.stop_counting(until);
        let seconds = (one.recorded_ms + 500) / 1_000;
        self.stop_recording(recording, RecordingStatus::Processing, now);
        let url = self.recording_url(recording);
        params(&[("RecordingUrl", &url), ("RecordingDuration", &seconds.to_string()), ("Digits", digits)])
    }
}

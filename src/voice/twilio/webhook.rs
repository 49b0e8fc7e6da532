//! A verified request's form, read. Parameters we do not know are ignored: there are new ones every year.

use std::collections::HashMap;

use super::digits::pressed;
use super::recordings;
use super::urls::{Visited, visited};
use crate::domain::phone_number::PhoneNumber;
use crate::voice::{
    AnsweredBy, ConferenceEvent, LegEnd, LegProgress, Recorded, RecordingSeen, Report, Unreadable, Verdict,
};
use crate::wire::Incoming;

pub type Form = HashMap<String, String>;

pub fn read(incoming: &Incoming) -> Result<Report, Unreadable> {
    let visited =
        visited(&incoming.path).ok_or_else(|| Unreadable(format!("there is nothing at {}", incoming.path)))?;
    let form: Form = url::form_urlencoded::parse(&incoming.body).into_owned().collect();
    match visited {
        Visited::Document { leg } => {
            Ok(Report::DocumentWanted { leg, call_sid: need(&form, "CallSid")?, verdict: verdict(&form) })
        }
        Visited::After { leg } => Ok(Report::DialEnded { leg, call_sid: need(&form, "CallSid")? }),
        Visited::LegStatus { leg } => {
            let progress = progress(&need(&form, "CallStatus")?, form.get("CallDuration").map(String::as_str))?;
            Ok(Report::LegProgress { leg, call_sid: need(&form, "CallSid")?, progress })
        }
        Visited::Conference { call } => {
            let event = conference_event(&form)?;
            Ok(Report::Conference { call, conference_sid: need(&form, "ConferenceSid")?, event })
        }
        Visited::Recording { call } => Ok(Report::Recording { call, seen: recording(&form)? }),
        Visited::HoldMusic => Ok(Report::HoldMusicWanted),
        Visited::QueueMusic { leg } => Ok(Report::QueueMusicWanted { leg, call_sid: need(&form, "CallSid")? }),
        Visited::AfterQueue { leg } => {
            let goes_on = goes_on(form.get("QueueResult").map(String::as_str).unwrap_or_default());
            Ok(Report::QueueLeft { leg, call_sid: need(&form, "CallSid")?, goes_on })
        }
        Visited::CalledIn => {
            let to = need(&form, "To")?.parse().map_err(|bad| Unreadable(format!("To: {bad}")))?;
            Ok(Report::CalledIn { call_sid: need(&form, "CallSid")?, from: caller(&form), to })
        }
        Visited::CalledInStatus => {
            let progress = progress(&need(&form, "CallStatus")?, form.get("CallDuration").map(String::as_str))?;
            Ok(Report::CalledInStatus { call_sid: need(&form, "CallSid")?, progress })
        }
        Visited::Pressed { turn } => {
            Ok(Report::Pressed { call_sid: need(&form, "CallSid")?, turn, pressed: pressed(&form) })
        }
        Visited::Bot { bot, round } => Ok(Report::BotWanted { bot, round, pressed: pressed(&form) }),
        Visited::Announcement { call, announcement } => Ok(Report::AnnouncementWanted { call, announcement }),
    }
}

/// What stands for a number that is withheld: words, or the digits on which they are typed.
const WITHHELD: [&str; 5] = ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"];

/// Who calls, as far as that is said and believed.
fn caller(form: &Form) -> Option<PhoneNumber> {
    let from = form.get("From").filter(|from| !WITHHELD.contains(&from.as_str()))?;
    let forged = form.get("StirVerstat").is_some_and(|verdict| verdict.starts_with("TN-Validation-Failed"));
    from.parse().ok().filter(|_| !forged)
}

/// A word that nobody knows yet is as good as one that says nothing. `machine_end_other` is also said when the time to
/// listen was over in the middle of a greeting.
fn verdict(form: &Form) -> Option<Verdict> {
    let by = match form.get("AnsweredBy")?.as_str() {
        "human" => AnsweredBy::Human,
        "machine_start" | "machine_end_beep" | "machine_end_silence" | "machine_end_other" => AnsweredBy::Machine,
        "fax" => AnsweredBy::Fax,
        _ => AnsweredBy::Unknown,
    };
    let millis = form.get("MachineDetectionDuration").and_then(|text| text.parse().ok());
    Some(Verdict::after_millis(by, millis.unwrap_or(0)))
}

/// `duration`: whole seconds, present once a call is completed. (Twilio's `Duration` is minutes.)
pub fn progress(status: &str, duration: Option<&str>) -> Result<LegProgress, Unreadable> {
    Ok(match status {
        "queued" | "initiated" => LegProgress::Queued,
        "ringing" => LegProgress::Ringing,
        "in-progress" => LegProgress::Answered,
        "completed" => {
            // Without its seconds nobody could say what it costs: ask again rather than give it away.
            let text = duration.ok_or_else(|| Unreadable("CallDuration is missing".to_owned()))?;
            let seconds: i64 = text.parse().map_err(|_| Unreadable(format!("CallDuration is {text:?}")))?;
            LegProgress::Ended(LegEnd::Completed { seconds: seconds.max(0) })
        }
        "busy" => LegProgress::Ended(LegEnd::Busy),
        "no-answer" => LegProgress::Ended(LegEnd::NoAnswer),
        "failed" => LegProgress::Ended(LegEnd::Failed),
        "canceled" => LegProgress::Ended(LegEnd::Canceled),
        other => return Err(Unreadable(format!("CallStatus is {other:?}"))),
    })
}

/// Does a leg that has left a queue do what the Enqueue's action answers? With every other result it does.
fn goes_on(queue_result: &str) -> bool {
    !matches!(queue_result, "hangup" | "redirected" | "redirected-from-bridged")
}

fn conference_event(form: &Form) -> Result<ConferenceEvent, Unreadable> {
    Ok(match need(form, "StatusCallbackEvent")?.as_str() {
        "conference-start" => ConferenceEvent::Started,
        "conference-end" => ConferenceEvent::Ended,
        "participant-join" => ConferenceEvent::Joined { call_sid: need(form, "CallSid")? },
        "participant-leave" => ConferenceEvent::Left { call_sid: need(form, "CallSid")? },
        _ => ConferenceEvent::Other,
    })
}

fn recording(form: &Form) -> Result<RecordingSeen, Unreadable> {
    let status = need(form, "RecordingStatus")?;
    let state = recordings::state(&status).ok_or_else(|| Unreadable(format!("RecordingStatus is {status:?}")))?;
    let of = match form.get("ConferenceSid").filter(|sid| !sid.is_empty()) {
        Some(conference_sid) => Recorded::Conference(conference_sid.clone()),
        None => Recorded::Call(need(form, "CallSid")?),
    };
    Ok(RecordingSeen {
        carrier_sid: need(form, "RecordingSid")?,
        of,
        state,
        started_at: form.get("RecordingStartTime").and_then(|text| recordings::time(text)),
        seconds: form.get("RecordingDuration").and_then(|text| text.parse().ok()).filter(|seconds| *seconds >= 0),
        media_url: form.get("RecordingUrl").filter(|url| !url.is_empty()).cloned(),
    })
}

fn need(form: &Form, name: &str) -> Result<String, Unreadable> {
    form.get(name).filter(|value| !value.is_empty()).cloned().ok_or_else(|| Unreadable(format!("{name} is missing")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::Pressed;
    use chrono::DateTime;

    fn read_form(path: &str, body: &str) -> Result<Report, Unreadable> {
        let incoming = Incoming {
            url: format!("https://talk.example{path}"),
            path: path.to_owned(),
            headers: vec![],
            body: body.trim().as_bytes().to_vec(),
            now: DateTime::UNIX_EPOCH,
        };
        assert_eq!(read(&incoming), read(&incoming), "reading twice gives the same");
        read(&incoming)
    }

    const SID: &str = "CA00000000000000000000000000000001";

    #[test]
    fn every_state_of_a_leg_is_read_from_what_twilio_sends() {
        let status = "/webhooks/twilio/legs/leg_1/status";
        for (body, expected) in [
            (include_str!("../../../fixtures/twilio/status_initiated.form"), LegProgress::Queued),
            (include_str!("../../../fixtures/twilio/status_ringing.form"), LegProgress::Ringing),
            (include_str!("../../../fixtures/twilio/status_answered.form"), LegProgress::Answered),
            (
                include_str!("../../../fixtures/twilio/status_completed.form"),
                LegProgress::Ended(LegEnd::Completed { seconds: 61 }),
            ),
            (include_str!("../../../fixtures/twilio/status_busy.form"), LegProgress::Ended(LegEnd::Busy)),
            (include_str!("../../../fixtures/twilio/status_no_answer.form"), LegProgress::Ended(LegEnd::NoAnswer)),
        ] {
            let report = Report::LegProgress { leg: "leg_1".into(), call_sid: SID.into(), progress: expected };
            assert_eq!(read_form(status, body), Ok(report));
        }
    }

    #[test]
    fn documents_and_conference_events_are_read() {
        let voice = include_str!("../../../fixtures/twilio/voice.form");
        let wanted = |verdict| Ok(Report::DocumentWanted { leg: "leg_1".into(), call_sid: SID.into(), verdict });
        assert_eq!(read_form("/webhooks/twilio/legs/leg_1/document", voice), wanted(None));
        for (answered, by, seconds) in [
            ("human&MachineDetectionDuration=4012", AnsweredBy::Human, 4),
            ("machine_start&MachineDetectionDuration=3999", AnsweredBy::Machine, 3),
            ("machine_end_beep&MachineDetectionDuration=9000", AnsweredBy::Machine, 9),
            ("machine_end_silence", AnsweredBy::Machine, 0),
            ("machine_end_other&MachineDetectionDuration=999999999", AnsweredBy::Machine, 30),
            ("fax&MachineDetectionDuration=-5", AnsweredBy::Fax, 0),
            ("unknown&MachineDetectionDuration=many", AnsweredBy::Unknown, 0),
            ("robot", AnsweredBy::Unknown, 0),
        ] {
            let body = format!("{}&AnsweredBy={answered}", voice.trim());
            let verdict = Some(Verdict { by, seconds });
            assert_eq!(read_form("/webhooks/twilio/legs/leg_1/document", &body), wanted(verdict), "{answered}");
        }
        let after = include_str!("../../../fixtures/twilio/dial_action.form");
        let ended = Report::DialEnded { leg: "leg_1".into(), call_sid: SID.into() };
        assert_eq!(read_form("/webhooks/twilio/legs/leg_1/after", after), Ok(ended));
        let conference_sid = "CF00000000000000000000000000000001".to_owned();
        for (body, event) in [
            (include_str!("../../../fixtures/twilio/conference_start.form"), ConferenceEvent::Started),
            (
                include_str!("../../../fixtures/twilio/conference_join.form"),
                ConferenceEvent::Joined { call_sid: SID.into() },
            ),
            (
                include_str!("../../../fixtures/twilio/conference_leave.form"),
                ConferenceEvent::Left { call_sid: SID.into() },
            ),
            (include_str!("../../../fixtures/twilio/conference_end.form"), ConferenceEvent::Ended),
        ] {
            let report = Report::Conference { call: "call_1".into(), conference_sid: conference_sid.clone(), event };
            assert_eq!(read_form("/webhooks/twilio/calls/call_1/conference", body), Ok(report));
        }
    }

    #[test]
    fn a_call_that_comes_in_is_read_and_who_calls_as_far_as_that_is_believed() {
        let inbound = include_str!("../../../fixtures/twilio/inbound_voice.form");
        let from = |body: &str| match read_form("/webhooks/twilio/access", body) {
            Ok(Report::CalledIn { call_sid, from, to }) => {
                assert_eq!((call_sid.as_str(), to.as_str()), (SID, "+14155550200"));
                from.map(|from| from.to_string())
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(from(inbound).as_deref(), Some("+14155550100"));
        for withheld in ["anonymous", "%2B266696687", "Restricted", ""] {
            assert_eq!(
                from(&inbound.replace("&From=%2B14155550100", &format!("&From={withheld}"))),
                None,
                "{withheld}"
            );
        }
        assert_eq!(from(&inbound.replace("Validation-Passed-A", "Validation-Failed-C")), None);
        let no_number = inbound.replace("&To=%2B14155550200", "&To=sip");
        assert!(read_form("/webhooks/twilio/access", &no_number).is_err());
    }

    #[test]
    fn what_is_pressed_comes_with_the_number_of_its_question_and_the_end_with_its_seconds() {
        let digits = include_str!("../../../fixtures/twilio/gather_digits.form").replace("0002&", "0001&");
        let pressed = Pressed { digits: "1234".into(), finished: true, hung_up: false };
        let report = Report::Pressed { call_sid: SID.into(), turn: 3, pressed };
        assert_eq!(read_form("/webhooks/twilio/access/3", &digits), Ok(report));
        let completed = include_str!("../../../fixtures/twilio/inbound_completed.form");
        let progress = LegProgress::Ended(LegEnd::Completed { seconds: 42 });
        let report = Report::CalledInStatus { call_sid: SID.into(), progress };
        assert_eq!(read_form("/webhooks/twilio/access/status", completed), Ok(report));
        assert!(read_form("/webhooks/twilio/access/x", &digits).is_err());
    }

    #[test]
    fn a_bot_is_asked_by_its_name_and_told_what_was_pressed() {
        let called = include_str!("../../../fixtures/twilio/voice_inbound.form");
        let begins = Report::BotWanted { bot: "weather-2".into(), round: 0, pressed: Pressed::default() };
        assert_eq!(read_form("/webhooks/twilio/bots/weather-2", called), Ok(begins));
        let pressed = Pressed { digits: "*".into(), ..Pressed::default() };
        let hears = Report::BotWanted { bot: "weather-2".into(), round: 3, pressed };
        let body = include_str!("../../../fixtures/twilio/gather_one_digit.form");
        assert_eq!(read_form("/webhooks/twilio/bots/weather-2/round/3", body), Ok(hears));
        assert!(read_form("/webhooks/twilio/bots/weather-2/round/-1", body).is_err());
    }

    #[test]
    fn a_recording_is_read_with_its_file() {
        let body = include_str!("../../../fixtures/twilio/recording_completed.form");
        let report = read_form("/webhooks/twilio/calls/call_1/recording", body).unwrap();
        let Report::Recording { call, seen } = report else { panic!("{report:?}") };
        assert_eq!((call.as_str(), seen.state.code(), seen.seconds), ("call_1", "completed", Some(31)));
        assert_eq!(seen.started_at.unwrap().to_rfc3339(), "2026-11-21T04:30:00+00:00");
        assert!(seen.media_url.unwrap().ends_with(&seen.carrier_sid));
    }

    #[test]
    fn what_a_queue_asks_is_read_and_whether_the_leg_goes_on() {
        let wait = include_str!("../../../fixtures/twilio/queue_wait.form");
        let wanted = Report::QueueMusicWanted { leg: "leg_1".into(), call_sid: SID.into() };
        assert_eq!(read_form("/webhooks/twilio/legs/leg_1/queue-music", wait), Ok(wanted));
        let action = include_str!("../../../fixtures/twilio/enqueue_action.form");
        for (result, goes_on) in
            [("bridged", true), ("error", true), ("leave", true), ("hangup", false), ("redirected", false)]
        {
            let body = action.replace("QueueResult=bridged", &format!("QueueResult={result}"));
            let left = Report::QueueLeft { leg: "leg_1".into(), call_sid: SID.into(), goes_on };
            assert_eq!(read_form("/webhooks/twilio/legs/leg_1/after-queue", &body), Ok(left));
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (path, body, why) in [
            ("/webhooks/twilio/legs/leg_1/status", "CallSid=CA1", "CallStatus is missing"),
            ("/webhooks/twilio/legs/leg_1/status", "CallSid=CA1&CallStatus=asleep", "CallStatus is \"asleep\""),
            ("/webhooks/twilio/nowhere", "", "there is nothing at /webhooks/twilio/nowhere"),
        ] {
            assert_eq!(read_form(path, body), Err(Unreadable(why.to_owned())));
        }
    }
}

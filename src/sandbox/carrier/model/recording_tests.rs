//! Recordings, each as a claim about the pure model.

use super::story::Story;
use super::*;

const TOLD: &str = "recordingStatusCallback='recorded' recordingStatusCallbackEvent='in-progress completed absent'";

fn rooms(attributes: &str) -> Story {
    let mut story = Story::new();
    story.document("room", &format!("<Dial><Conference beep='false' {attributes} {TOLD}>r1</Conference></Dial>"));
    story
}

/// The statuses told to the address of recordings.
fn statuses(story: &Story) -> Vec<&str> {
    story.asked("recorded").iter().filter_map(|form| form.get("RecordingStatus")).collect()
}

fn only(story: &Story) -> &Recording {
    let mut all = story.model.recordings();
    let one = all.next().unwrap();
    assert!(all.next().is_none(), "there is one recording");
    one
}

#[test]
fn a_conference_is_recorded_from_its_second_participant_to_its_end() {
    let mut story = rooms("record='record-from-start'");
    let first = story.call("0101", "room");
    story.run(20);
    assert_eq!(story.model.recordings().count(), 0, "wait music is not recorded");
    let second = story.call("0102", "room");
    let began = story.now;
    assert_eq!(statuses(&story), ["in-progress"]);
    story.run(30);
    story.hang_up(&first);
    story.hang_up(&second);
    assert_eq!(statuses(&story), ["in-progress"], "the file takes a moment");
    story.run(3);
    assert_eq!(statuses(&story), ["in-progress", "completed"]);
    let told = story.asked("recorded")[1].clone();
    let is = |name: &str| told.get(name).unwrap_or_default().to_owned();
    assert_eq!((is("ConferenceSid"), told.get("CallSid")), (story.room().sid.clone(), None));
    assert_eq!((is("RecordingSource").as_str(), is("RecordingChannels").as_str()), ("Conference", "1"));
    let seconds: i64 = is("RecordingDuration").parse().unwrap();
    assert!((30..=31).contains(&seconds), "{seconds}");
    assert!(is("RecordingUrl").ends_with(&format!("/Recordings/{}", only(&story).sid)));
    assert!(only(&story).started_at <= began);
}

#[test]
fn a_conference_that_nobody_asked_to_record_is_not() {
    let mut story = rooms("record='do-not-record'");
    story.call("0101", "room");
    story.call("0102", "room");
    assert_eq!(story.model.recordings().count(), 0);
}

#[test]
fn a_pause_is_left_out_or_kept_as_silence() {
    for (behaviour, seconds) in [("skip", 20), ("silence", 30)] {
        let mut story = Story::new();
        story.document("stays", "<Pause length='600'/>");
        let call = story.call("0101", "stays");
        let begun = story.model.record_call(&call, &Form::of(&[]), story.now).unwrap();
        assert_eq!((begun.source.as_str(), begun.channels), ("StartCallRecordingAPI", 1));
        let of = Of::Call(&call);
        let update = |story: &mut Story, form: &[(&str, &str)]| {
            story.model.update_recording(of, "Twilio.CURRENT", &Form::of(form), story.now)
        };
        story.run(10);
        update(&mut story, &[("Status", "paused"), ("PauseBehavior", behaviour)]).unwrap();
        story.run(10);
        update(&mut story, &[("Status", "in-progress")]).unwrap();
        story.run(10);
        assert_eq!(update(&mut story, &[("Status", "stopped")]).unwrap().status.as_str(), "stopped");
        assert_eq!(update(&mut story, &[("Status", "paused")]).unwrap_err().code, 20404, "none is going on");
        let gone = story.model.update_recording(of, &begun.sid, &Form::of(&[("Status", "paused")]), story.now);
        assert_eq!(gone.unwrap_err().code, 21220, "what was stopped stays so");
        assert_eq!(story.model.delete_recording(of, &begun.sid, story.now).unwrap_err().code, 20009);
        story.run(3);
        assert_eq!((only(&story).status.as_str(), only(&story).seconds), ("completed", Some(seconds)), "{behaviour}");
        story.model.delete_recording(of, &begun.sid, story.now).unwrap();
        assert_eq!(story.model.find_recording(of, &begun.sid).unwrap_err().code, 20404);
    }
}

#[test]
fn which_one_is_meant_has_to_be_said_when_two_are_going_on() {
    let mut story = Story::new();
    story.document("stays", "<Pause length='600'/>");
    let call = story.call("0101", "stays");
    for _ in 0..2 {
        story.model.record_call(&call, &Form::of(&[]), story.now).unwrap();
    }
    let form = Form::of(&[("Status", "paused")]);
    let refused = story.model.update_recording(Of::Call(&call), "Twilio.CURRENT", &form, story.now);
    assert_eq!(refused.unwrap_err().code, 16108);
    story.hang_up(&call);
    assert_eq!(story.model.record_call(&call, &Form::of(&[]), story.now).unwrap_err().code, 21220);
}

#[test]
fn a_call_ordered_with_a_recording_survives_redirects_and_tells_at_its_end() {
    let mut story = Story::new();
    story.document("stays", "<Pause length='600'/>");
    let form = [
        ("To", "+15005550101"),
        ("From", "+15005550100"),
        ("Url", "http://app.test/stays"),
        ("Record", "true"),
        ("RecordingStatusCallback", "http://app.test/recorded"),
        ("StatusCallback", "http://app.test/status"),
    ];
    let call = story.model.create_call(&Form::of(&form), story.now).unwrap().sid;
    story.run(10);
    story.redirect(&call, "stays");
    assert!(only(&story).is_active());
    story.hang_up(&call);
    assert_eq!(story.told("status", "RecordingSid"), Some(only(&story).sid.clone()));
    story.run(3);
    assert_eq!(story.told("recorded", "RecordingSource").as_deref(), Some("OutboundAPI"));
    assert_eq!(story.told("recorded", "CallSid"), Some(call));
}

#[test]
fn a_dial_records_what_it_connects_and_tells_its_action() {
    let mut story = Story::new();
    let dial = "<Dial record='record-from-answer-dual' action='over'><Number>+15005550102</Number></Dial>";
    story.document("dials", dial);
    story.document("over", "<Hangup/>");
    story.call("0101", "dials");
    story.run(10);
    assert_eq!((only(&story).channels, only(&story).source.as_str()), (2, "DialVerb"));
    let child = story.model.calls().next_back().unwrap().sid.clone();
    story.hang_up(&child);
    assert!(story.told("over", "RecordingUrl").unwrap().contains(&only(&story).sid));
    story.run(3);
    assert_eq!(only(&story).status.as_str(), "completed");
}

#[test]
fn a_message_ends_with_silence_a_key_or_the_end_of_the_call() {
    let record = format!("<Record action='kept' {TOLD}/><Say>nothing was heard</Say>");
    let open = || {
        let mut story = Story::new();
        story.document("message", &record);
        story.document("kept", "<Say>thank you</Say>");
        let call = story.call("0101", "message");
        assert!(story.heard(&call, "beep"));
        (story, call)
    };
    let told = |story: &Story, name: &str| story.told("kept", name).unwrap();

    let (mut story, call) = open();
    story.run(20);
    assert_eq!((told(&story, "RecordingDuration").as_str(), told(&story, "Digits").as_str()), ("10", ""));
    assert!(story.heard(&call, "Say: thank you"));
    assert_eq!(statuses(&story), ["in-progress", "completed"]);

    let (mut story, call) = open();
    story.run(3);
    story.happen(Event::PhonePresses { call: call.clone(), digits: "#".to_owned() });
    story.run(1);
    assert_eq!(told(&story, "Digits"), "#");

    let (mut story, call) = open();
    story.hang_up(&call);
    assert_eq!(told(&story, "Digits"), "hangup");
    story.run(3);

    let (mut story, call) = open();
    story.model.switches.recorded_words_seconds = 0;
    story.redirect(&call, "message");
    story.run(10);
    assert!(story.asked("kept").is_empty());
    assert!(story.heard(&call, "Say: nothing was heard"), "without words the next verb goes on");
    assert!(statuses(&story).contains(&"absent"));
}

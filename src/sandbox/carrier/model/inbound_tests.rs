//! Inbound calls as claims about the pure model.

use super::story::Story;
use super::*;

pub const OWNED: &str = "+15005550900";

/// The customer owns a number whose voice URL answers what `voice` holds.
pub fn story(voice: &str) -> Story {
    let mut story = Story::new();
    story.document("voice", voice);
    let form =
        [("PhoneNumber", OWNED), ("VoiceUrl", "http://app.test/voice"), ("StatusCallback", "http://app.test/over")];
    story.model.own_number(&Form::of(&form), story.now).unwrap();
    story
}

pub fn call_in(story: &mut Story, from: Option<&str>) -> String {
    let sid = story.model.phone_calls(from, OWNED, story.now).unwrap().sid;
    story.run(0);
    sid
}

/// The call at the other end of an application's call to the owned number.
pub fn far_side(story: &Story, sid: &str) -> String {
    story.model.call(sid).unwrap().line.far_side.clone().unwrap()
}

#[test]
fn the_voice_url_is_asked_at_once_while_it_rings_and_its_document_answers() {
    let mut story = story("<Say>welcome</Say><Hangup/>");
    let sid = call_in(&mut story, Some("+15005550123"));
    let asked = |name: &str| story.told("voice", name).unwrap();
    assert_eq!(asked("CallStatus"), "ringing");
    assert_eq!(
        (asked("Direction"), asked("From"), asked("To")),
        ("inbound".into(), "+15005550123".into(), OWNED.into())
    );
    assert_eq!(story.status(&sid), CallStatus::InProgress);
    assert!(story.heard(&sid, "Say: welcome"));
    story.run(5);
    assert_eq!(story.status(&sid), CallStatus::Completed);
    assert_eq!(story.told("over", "CallStatus").as_deref(), Some("completed"), "only the end is told");
    assert_eq!(story.told("over", "CallDuration").as_deref(), Some("1"));
}

#[test]
fn a_withheld_number_is_called_anonymous() {
    let mut story = story("<Pause length='60'/>");
    call_in(&mut story, None);
    assert_eq!(story.told("voice", "From").as_deref(), Some("anonymous"));
    assert_eq!(story.model.phone_calls(None, "+15005550901", story.now).unwrap_err().code, 20404, "owned by nobody");
}

#[test]
fn a_leading_pause_lets_it_ring_and_a_reject_never_answers() {
    for (verb, status) in [
        ("<Reject/>", CallStatus::NoAnswer),
        ("<Reject reason='busy'/>", CallStatus::Busy),
        ("<Say>hello</Say><Pause length='9'/>", CallStatus::InProgress),
    ] {
        let mut story = story(&format!("<Pause length='4'/>{verb}"));
        let sid = call_in(&mut story, Some("+15005550123"));
        story.run(3);
        assert_eq!(story.status(&sid), CallStatus::Ringing, "{verb}");
        story.run(2);
        assert_eq!(story.status(&sid), status, "{verb}");
        let was_answered = story.model.call(&sid).unwrap().answered_at.is_some();
        assert_eq!(was_answered, status == CallStatus::InProgress, "{verb}");
    }
}

#[test]
fn who_gives_up_before_the_answer_was_not_answered() {
    let mut story = story("<Pause length='20'/><Say>too late</Say>");
    let sid = call_in(&mut story, Some("+15005550123"));
    story.hang_up(&sid);
    story.run(30);
    assert_eq!(story.status(&sid), CallStatus::NoAnswer);
    assert!(!story.heard(&sid, "Say: too late"));
}

#[test]
fn a_document_that_fails_goes_to_the_numbers_fallback_and_a_number_without_a_url_fails_at_once() {
    let mut story = story("<Say>never asked</Say>");
    let sid = story.model.numbers().next().unwrap().sid.clone();
    story.document("spare", "<Say>the spare one</Say>");
    let change = [("VoiceUrl", "http://app.test/nothing"), ("VoiceFallbackUrl", "http://app.test/spare")];
    story.model.update_number(&sid, &Form::of(&change), story.now).unwrap();
    let saved = call_in(&mut story, Some("+15005550123"));
    assert!(story.heard(&saved, "Say: the spare one"));
    story.model.update_number(&sid, &Form::of(&[("VoiceUrl", "")]), story.now).unwrap();
    let lost = call_in(&mut story, Some("+15005550123"));
    story.run(1);
    assert_eq!(story.status(&lost), CallStatus::Failed);
}

#[test]
fn a_caller_does_what_its_number_says_once_it_is_answered() {
    let mut story = story("<Pause length='1'/><Say>hello</Say><Pause length='600'/>");
    let sid = call_in(&mut story, Some("+15005551030"));
    story.run(60);
    assert_eq!(story.model.call(&sid).unwrap().duration_seconds(), Some(30));
}

#[test]
fn an_application_that_calls_an_owned_number_rings_there_and_the_two_hear_each_other() {
    let mut story = story("<Pause length='3'/><Say>this is the callee</Say><Pause length='600'/>");
    story.document("caller", "<Say>this is the caller</Say><Pause length='600'/>");
    let form = Form::of(&[("To", OWNED), ("From", "+15005550100"), ("Url", "http://app.test/caller")]);
    let caller = story.model.create_call(&form, story.now).unwrap().sid;
    story.run(2);
    let callee = far_side(&story, &caller);
    assert_ne!(callee, caller);
    assert_eq!((story.status(&caller), story.status(&callee)), (CallStatus::Ringing, CallStatus::Ringing));
    assert_eq!(story.told("voice", "Direction").as_deref(), Some("inbound"));
    assert_eq!(story.told("voice", "CallSid").as_deref(), Some(callee.as_str()));
    story.run(5);
    assert_eq!(story.told("caller", "Direction").as_deref(), Some("outbound-api"));
    assert!(story.heard(&callee, "Say: this is the callee"));
    assert!(story.heard(&caller, "the other side, Say: this is the callee"));
    assert!(story.heard(&callee, "the other side, Say: this is the caller"));
    story.hang_up(&caller);
    assert_eq!((story.status(&caller), story.status(&callee)), (CallStatus::Completed, CallStatus::Completed));
}

#[test]
fn the_callee_hangs_up_on_the_caller_or_does_not_take_the_call() {
    for (voice, status) in [
        ("<Say>no</Say><Hangup/>", CallStatus::Completed),
        ("<Reject reason='busy'/>", CallStatus::Busy),
        ("<Reject/>", CallStatus::NoAnswer),
    ] {
        let mut story = story(voice);
        story.document("caller", "<Pause length='600'/>");
        let form = Form::of(&[("To", OWNED), ("From", "+15005550100"), ("Url", "http://app.test/caller")]);
        let caller = story.model.create_call(&form, story.now).unwrap().sid;
        story.run(10);
        assert_eq!(story.status(&caller), status, "{voice}");
    }
}

#[test]
fn a_caller_whose_patience_ends_stops_the_ringing() {
    let mut story = story("<Pause length='100'/><Say>late</Say>");
    let form = [("To", OWNED), ("From", "+15005550100"), ("Url", "http://app.test/caller"), ("Timeout", "10")];
    let caller = story.model.create_call(&Form::of(&form), story.now).unwrap().sid;
    story.run(12);
    let callee = far_side(&story, &caller);
    assert_eq!((story.status(&caller), story.status(&callee)), (CallStatus::NoAnswer, CallStatus::NoAnswer));
}

#[test]
fn what_an_owned_number_says_is_heard_in_the_conference_that_called_it() {
    let mut story = story("<Pause length='5'/><Say>hello</Say><Say>press one</Say><Pause length='600'/>");
    story.document("room", "<Dial><Conference beep='false'>r1</Conference></Dial>");
    let person = story.call("0101", "room");
    let form = Form::of(&[("To", OWNED), ("From", "+15005550100"), ("Url", "http://app.test/room")]);
    let line = story.model.create_call(&form, story.now).unwrap().sid;
    story.run(20);
    assert!(story.heard(&line, "the other side, Say: press one"));
    assert!(story.heard(&person, "Say: press one"));
    story.document("news", "<Say>one minute left</Say>");
    let room = story.room().sid.clone();
    story.model.update_room(&room, &Form::of(&[("AnnounceUrl", "http://app.test/news")]), story.now).unwrap();
    story.run(3);
    let callee = far_side(&story, &line);
    assert!(story.heard(&callee, "the other side, announcement, Say: one minute left"));
}

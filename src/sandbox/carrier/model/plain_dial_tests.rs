//! Dials of numbers as claims about the pure model.

use super::inbound_tests::{call_in, story as owning};
use super::story::Story;
use super::*;

const ACTION: &str = "action='http://app.test/dialled'";

fn story(dial: &str) -> Story {
    let mut story = Story::new();
    story.document("dial", &format!("{dial}<Say>behind</Say><Pause length='600'/>"));
    story.document("dialled", "<Say>that was all</Say><Pause length='600'/>");
    story.document("drop", "<Say>please call back</Say><Hangup/>");
    story
}

fn children(story: &Story, parent: &str) -> Vec<String> {
    let of_parent = |call: &&Call| call.line.parent.as_deref() == Some(parent);
    story.model.calls().filter(of_parent).map(|call| call.sid.clone()).collect()
}

fn dialled(story: &Story) -> [Option<String>; 3] {
    ["DialCallStatus", "DialCallSid", "DialCallDuration"].map(|name| story.told("dialled", name))
}

#[test]
fn a_child_call_is_connected_and_its_end_asks_the_action() {
    let mut story = story(&format!(
        "<Dial {ACTION}><Number statusCallback='http://app.test/child' statusCallbackEvent='initiated answered \
         completed'>+15005551020</Number></Dial>"
    ));
    let parent = story.call("0101", "dial");
    story.run(2);
    let child = children(&story, &parent).pop().unwrap();
    assert_eq!(story.model.call(&child).unwrap().partner(), Some(parent.as_str()));
    assert_eq!(story.model.call(&parent).unwrap().partner(), Some(child.as_str()));
    let told = story.asked("child")[0];
    assert_eq!((told.get("ParentCallSid"), told.get("Direction")), (Some(parent.as_str()), Some("outbound-dial")));
    story.run(20);
    assert_eq!(dialled(&story), [Some("completed".to_owned()), Some(child), Some("20".to_owned())]);
    assert!(story.heard(&parent, "Say: that was all") && !story.heard(&parent, "Say: behind"));
    assert_eq!(story.asked("child").len(), 3);
}

#[test]
fn the_first_answer_wins_and_the_others_are_canceled() {
    let numbers = "<Number>+15005552009</Number><Number>+15005552004</Number><Number>+15005550003</Number>";
    let mut story = story(&format!("<Dial {ACTION}>{numbers}</Dial>"));
    let parent = story.call("0101", "dial");
    story.run(10);
    let ends: Vec<CallStatus> = children(&story, &parent).iter().map(|child| story.status(child)).collect();
    assert_eq!(ends, [CallStatus::Canceled, CallStatus::InProgress, CallStatus::Canceled]);
    story.hang_up(&parent);
    let ends: Vec<CallStatus> = children(&story, &parent).iter().map(|child| story.status(child)).collect();
    assert_eq!(ends[1], CallStatus::Completed, "the end of the caller is the end of the callee");
}

#[test]
fn nobody_answers_for_the_timeout_and_five_seconds_or_is_busy_or_is_no_number() {
    for (number, after, status) in [
        ("+15005550003", 15, "no-answer"),
        ("+15005550002", 1, "busy"),
        ("+15005550004", 1, "failed"),
        ("12", 1, "failed"),
    ] {
        let mut story = story(&format!("<Dial timeout='10' {ACTION}>{number}</Dial>"));
        story.call("0101", "dial");
        // The call that dials was answered a second ago.
        story.run(after - 1);
        assert!(after < 15 || story.asked("dialled").is_empty(), "{number}");
        story.run(2);
        assert_eq!(dialled(&story)[0].as_deref(), Some(status), "{number}");
        assert_eq!(dialled(&story)[2], None, "{number}");
    }
}

#[test]
fn without_an_action_the_next_verb_follows() {
    let mut story = story("<Dial>+15005551005</Dial>");
    let parent = story.call("0101", "dial");
    story.run(10);
    assert!(story.heard(&parent, "Say: behind"));
}

#[test]
fn a_time_limit_ends_the_child_and_bounds_both_legs() {
    let mut story = story(&format!("<Dial timeLimit='30' {ACTION}>+15005550102</Dial>"));
    let parent = story.call("0101", "dial");
    story.run(1);
    let child = children(&story, &parent).pop().unwrap();
    for leg in [&parent, &child] {
        assert_eq!(story.model.call(leg).unwrap().still_allows(story.now), Some(29));
    }
    story.run(30);
    assert_eq!(story.status(&child), CallStatus::Completed);
    assert_eq!(dialled(&story)[2].as_deref(), Some("30"));
    assert_eq!(story.status(&parent), CallStatus::InProgress);
}

#[test]
fn a_callee_hears_a_whisper_before_it_is_connected_and_may_decline_in_it() {
    let dial = format!("<Dial {ACTION}><Number url='http://app.test/whisper'>+15005550102</Number></Dial>");
    let mut story = story(&dial);
    story.document("whisper", "<Dial>+15005550103</Dial><Say>a call for you, somebody waits at the other end</Say>");
    let parent = story.call("0101", "dial");
    story.run(1);
    let child = children(&story, &parent).pop().unwrap();
    assert!(story.heard(&child, "Say: a call for you, somebody waits at the other end"));
    assert_eq!(story.codes(&child), [13201], "a Dial cannot stand there");
    assert_eq!(story.model.call(&parent).unwrap().partner(), None);
    story.run(5);
    assert_eq!(story.model.call(&parent).unwrap().partner(), Some(child.as_str()));
    story.hang_up(&parent);

    story.document("whisper", "<Gather numDigits='1' timeout='3' action='http://app.test/taken'/><Hangup/>");
    story.document("taken", "");
    let parent = story.call("0101", "dial");
    story.run(8);
    let child = children(&story, &parent).pop().unwrap();
    assert_eq!(story.status(&child), CallStatus::Completed);
    assert_eq!(story.told("dialled", "DialBridged").as_deref(), Some("false"));

    let parent = story.call("0101", "dial");
    story.run(1);
    let child = children(&story, &parent).pop().unwrap();
    story.model.press(&child, "1", story.now);
    story.run(1);
    assert_eq!(story.model.call(&child).unwrap().partner(), Some(parent.as_str()), "who presses takes the call");
}

#[test]
fn a_redirected_child_goes_its_own_way_and_the_parents_action_is_asked_without_a_duration() {
    let mut story = story(&format!("<Dial {ACTION}>+15005550102</Dial>"));
    let parent = story.call("0101", "dial");
    story.run(2);
    let child = children(&story, &parent).pop().unwrap();
    story.redirect(&child, "drop");
    assert!(story.heard(&child, "Say: please call back"));
    assert!(story.heard(&parent, "Say: that was all"));
    assert_eq!(dialled(&story), [Some("completed".to_owned()), Some(child.clone()), None]);
    story.run(10);
    assert_eq!((story.status(&child), story.status(&parent)), (CallStatus::Completed, CallStatus::InProgress));
}

#[test]
fn a_redirected_parent_lets_the_callee_go_and_its_old_action_is_only_told() {
    let mut story = story(&format!("<Dial {ACTION}>+15005550102</Dial>"));
    let parent = story.call("0101", "dial");
    story.run(2);
    let child = children(&story, &parent).pop().unwrap();
    story.redirect(&parent, "drop");
    assert_eq!(story.status(&child), CallStatus::Completed);
    assert_eq!(dialled(&story)[0].as_deref(), Some("completed"));
    assert!(story.heard(&parent, "Say: please call back") && !story.heard(&parent, "Say: that was all"));
}

#[test]
fn star_ends_a_plain_dial_where_it_is_allowed_and_for_the_caller_only() {
    for (allows, presses_parent, ends) in [("true", true, true), ("true", false, false), ("false", true, false)] {
        let mut story = story(&format!("<Dial hangupOnStar='{allows}' {ACTION}>+15005550102</Dial>"));
        let parent = story.call("0101", "dial");
        story.run(2);
        let child = children(&story, &parent).pop().unwrap();
        let (presses, hears) = if presses_parent { (&parent, &child) } else { (&child, &parent) };
        story.model.press(presses, "*", story.now);
        story.run(1);
        assert!(story.heard(hears, "tones *"), "each hears the other's tones");
        assert_eq!(story.asked("dialled").len(), usize::from(ends));
    }
}

#[test]
fn with_answer_on_bridge_an_inbound_call_rings_until_the_callee_answers() {
    let mut story = owning("<Dial answerOnBridge='true'>+15005552005</Dial>");
    let caller = call_in(&mut story, Some("+15005550123"));
    story.run(4);
    assert_eq!(story.status(&caller), CallStatus::Ringing);
    story.run(2);
    assert_eq!(story.status(&caller), CallStatus::InProgress);
    story.hang_up(&caller);
    assert_eq!(story.model.call(&caller).unwrap().duration_seconds(), Some(1));
}

#[test]
fn a_number_can_ask_for_detection_beside_its_call() {
    let mut story = story(
        "<Dial><Number machineDetection='Enable' amdStatusCallback='http://app.test/verdict'>+15005550005</Number></Dial>",
    );
    story.call("0101", "dial");
    story.run(10);
    assert_eq!(story.told("verdict", "AnsweredBy").as_deref(), Some("machine_start"));
}

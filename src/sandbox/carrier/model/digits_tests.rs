//! Digits and Gather as claims about the pure model.

use super::inbound_tests::{OWNED, call_in, far_side, story as owning};
use super::story::Story;
use super::*;

const GATHER: &str = "<Gather numDigits='4' timeout='5' action='http://app.test/pin'><Say>your code please, all four \
                      digits of it</Say></Gather><Say>nothing came</Say><Pause length='600'/>";

fn story(document: &str) -> Story {
    let mut story = Story::new();
    story.document("menu", document);
    story.document("pin", "<Say>thank you</Say><Pause length='600'/>");
    story
}

fn press(story: &mut Story, sid: &str, digits: &str) {
    story.model.press(sid, digits, story.now);
    story.run(0);
}

#[test]
fn digits_interrupt_the_prompt_and_the_last_one_asks_the_action() {
    let mut story = story(GATHER);
    let sid = story.call("0101", "menu");
    press(&mut story, &sid, "12");
    assert_eq!(story.last_heard(&sid), "silence", "the prompt is over");
    assert!(story.asked("pin").is_empty());
    press(&mut story, &sid, "3456");
    assert_eq!(story.told("pin", "Digits").as_deref(), Some("1234"));
    assert!(story.heard(&sid, "Say: thank you") && !story.heard(&sid, "Say: nothing came"));
}

#[test]
fn the_key_that_finishes_is_not_among_the_digits() {
    for (attributes, pressed, digits, key) in [
        ("", "12#34", "12", "#"),
        ("finishOnKey='*'", "1#*", "1#", "*"),
        ("finishOnKey='' numDigits='3'", "1#*", "1#*", ""),
    ] {
        let mut story = story(&format!("<Gather {attributes} action='pin'/><Pause length='600'/>"));
        let sid = story.call("0101", "menu");
        press(&mut story, &sid, pressed);
        assert_eq!(story.told("pin", "Digits").as_deref(), Some(digits), "{attributes}");
        assert_eq!(story.told("pin", "FinishedOnKey").as_deref(), Some(key), "{attributes}");
    }
}

#[test]
fn the_timeout_begins_after_the_prompt_and_anew_with_each_digit() {
    let mut story = story("<Gather timeout='5' action='pin'><Pause length='3'/></Gather><Pause length='600'/>");
    let sid = story.call("0101", "menu");
    story.run(6);
    press(&mut story, &sid, "7");
    story.run(4);
    press(&mut story, &sid, "8");
    story.run(4);
    assert!(story.asked("pin").is_empty());
    story.run(1);
    assert_eq!(story.told("pin", "Digits").as_deref(), Some("78"));
}

#[test]
fn without_a_digit_the_next_verb_follows_unless_the_empty_result_is_wanted() {
    let mut plain = story(GATHER);
    let sid = plain.call("0101", "menu");
    plain.run(12);
    assert!(plain.heard(&sid, "Say: nothing came") && plain.asked("pin").is_empty());
    press(&mut plain, &sid, "1234");
    assert!(plain.asked("pin").is_empty(), "nobody gathers any more");
    let mut eager = story("<Gather action='pin' actionOnEmptyResult='true' timeout='2'/><Say>nothing came</Say>");
    eager.call("0101", "menu");
    eager.run(5);
    assert_eq!(eager.told("pin", "Digits").as_deref(), Some(""));
}

#[test]
fn without_an_action_the_document_itself_is_asked_again() {
    let mut story = story("<Gather numDigits='1'/><Pause length='600'/>");
    let sid = story.call("0101", "menu");
    press(&mut story, &sid, "5");
    let asked = story.asked("menu");
    assert_eq!(asked.iter().map(|form| form.get("Digits")).collect::<Vec<_>>(), [None, Some("5")]);
}

#[test]
fn a_number_can_press_a_digit_by_itself() {
    let mut story = story("<Gather numDigits='1' timeout='30' action='pin'/>");
    story.call("4503", "menu");
    story.run(2);
    assert_eq!(story.told("pin", "Digits").as_deref(), Some("5"));
}

#[test]
fn digits_pressed_in_a_conference_are_heard_by_the_others_and_pass_down_a_line_to_its_gather() {
    let mut story = owning(GATHER);
    story.document("pin", "<Say>thank you</Say><Pause length='600'/>");
    story.document("room", "<Dial><Conference beep='false'>r1</Conference></Dial>");
    let (person, other) = (story.call("0101", "room"), story.call("0102", "room"));
    let form = Form::of(&[("To", OWNED), ("From", "+15005550100"), ("Url", "http://app.test/room")]);
    let line = story.model.create_call(&form, story.now).unwrap().sid;
    story.run(2);
    press(&mut story, &person, "98w76");
    assert!(story.heard(&other, "tones 98") && story.heard(&line, "tones 98"));
    assert!(!story.heard(&person, "tones 98"));
    assert!(story.asked("pin").is_empty());
    story.run(1);
    assert_eq!(story.told("pin", "Digits").as_deref(), Some("9876"));
    assert_eq!(story.told("pin", "CallSid"), Some(far_side(&story, &line)));
    assert!(story.heard(&person, "Say: thank you"), "and the answer comes back into the conference");
}

#[test]
fn a_muted_participants_digits_are_heard_by_nobody() {
    let mut story = story("<Dial><Conference beep='false'>r1</Conference></Dial>");
    let (person, other) = (story.call("0101", "menu"), story.call("0102", "menu"));
    story.participant(&person, &[("Muted", "true")]).unwrap();
    press(&mut story, &person, "5");
    assert!(!story.heard(&other, "tones 5"));
}

#[test]
fn played_and_sent_digits_reach_the_gather_at_the_other_side() {
    let caller = "<Pause length='3'/><Play digits='w12W34'/><Pause length='600'/>";
    for (send, document) in [("", caller), ("WWW12ww34", "<Pause length='600'/>")] {
        let mut story = owning(GATHER);
        story.document("pin", "<Pause length='600'/>");
        story.document("caller", document);
        let form = [("To", OWNED), ("From", "+15005550100"), ("Url", "http://app.test/caller"), ("SendDigits", send)];
        let caller = story.model.create_call(&Form::of(&form), story.now).unwrap().sid;
        story.run(4);
        assert!(story.asked("pin").is_empty(), "{send}");
        story.run(5);
        assert_eq!(story.told("pin", "Digits").as_deref(), Some("1234"), "{send}");
        assert!(story.heard(&caller, "tones 12"), "{send}");
    }
    let refused = [("To", OWNED), ("From", "+15005550100"), ("Url", "http://a.test/"), ("SendDigits", "1x")];
    let mut story = Story::new();
    assert_eq!(story.model.create_call(&Form::of(&refused), story.now).unwrap_err().code, 21206);
}

#[test]
fn an_inbound_caller_can_press_digits() {
    let mut story = owning(GATHER);
    story.document("pin", "<Say>thank you</Say>");
    let sid = call_in(&mut story, Some("+15005550123"));
    press(&mut story, &sid, "1234");
    assert!(story.heard(&sid, "Say: thank you"));
}

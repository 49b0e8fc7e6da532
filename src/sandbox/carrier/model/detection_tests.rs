//! Answering machine detection as claims about the pure model.

use super::story::Story;
use super::*;

fn call(story: &mut Story, ending: &str, more: &[(&str, &str)]) -> String {
    let to = format!("+1500555{ending}");
    let mut form = Form::of(&[("To", &to), ("From", "+15005550100"), ("Url", "http://app.test/talk")]);
    form.0.extend(form::params(more));
    story.document("talk", "<Say>hello there</Say><Pause length='600'/>");
    story.model.create_call(&form, story.now).unwrap().sid
}

#[test]
fn each_kind_of_phone_gets_its_verdict_before_its_document() {
    for (ending, kind, verdict, after_ms) in [
        ("0101", "Enable", "human", "4000"),
        ("0101", "DetectMessageEnd", "human", "4000"),
        ("0005", "Enable", "machine_start", "4000"),
        ("0005", "DetectMessageEnd", "machine_end_beep", "8000"),
        ("6012", "DetectMessageEnd", "machine_end_beep", "12000"),
        ("6045", "DetectMessageEnd", "machine_end_other", "30000"),
        ("0007", "Enable", "fax", "4000"),
        ("0008", "DetectMessageEnd", "unknown", "30000"),
    ] {
        let mut story = Story::new();
        call(&mut story, ending, &[("MachineDetection", kind)]);
        let after: i64 = after_ms.parse().unwrap();
        story.run(after / 1_000);
        assert!(story.asked("talk").is_empty(), "{ending} {kind}: until then it hears silence");
        story.run(1);
        assert_eq!(story.told("talk", "AnsweredBy").as_deref(), Some(verdict), "{ending} {kind}");
        assert_eq!(story.told("talk", "MachineDetectionDuration").as_deref(), Some(after_ms), "{ending} {kind}");
        assert_eq!(story.model.snapshots(story.now)[0].answered_by, Some(verdict));
    }
}

#[test]
fn a_message_left_after_the_verdict_is_recorded_from_its_first_word() {
    let mut story = Story::new();
    let sid = call(&mut story, "6010", &[("MachineDetection", "DetectMessageEnd")]);
    story.run(13);
    let heard: Vec<&str> = story.model.call(&sid).unwrap().heard.iter().map(|heard| heard.line.as_str()).collect();
    let at = |line: &str| heard.iter().position(|heard| *heard == line).unwrap();
    assert!(at("the machine greets") < at("the machine beeps and records"));
    assert!(at("the machine beeps and records") < at("Say: hello there"), "{heard:?}");
}

#[test]
fn a_verdict_beside_the_call_is_told_when_it_is_known() {
    let mut story = Story::new();
    let beside = [
        ("MachineDetection", "DetectMessageEnd"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", "http://app.test/verdict"),
    ];
    let sid = call(&mut story, "6020", &beside);
    story.run(2);
    assert_eq!(story.asked("talk").len(), 1, "the call is connected at once");
    story.run(18);
    assert!(story.asked("verdict").is_empty());
    story.run(2);
    let told = ["CallSid", "AnsweredBy", "MachineDetectionDuration"].map(|name| story.told("verdict", name).unwrap());
    assert_eq!(told, [sid.as_str(), "machine_end_beep", "20000"]);
    story.redirect(&sid, "talk");
    assert_eq!(story.asked("talk")[1].get("AnsweredBy"), None, "only who waited for the verdict carries it");
}

#[test]
fn odd_orders_are_refused_warned_of_or_go_without_detection() {
    let mut story = Story::new();
    let refused = |more: &[(&str, &str)]| {
        let mut form = Form::of(&[("To", "+15005550101"), ("From", "+15005550100"), ("Url", "http://app.test/talk")]);
        form.0.extend(form::params(more));
        Story::new().model.create_call(&form, DateTime::UNIX_EPOCH).unwrap_err().code
    };
    assert_eq!(refused(&[("MachineDetection", "Perhaps")]), 21234);
    assert_eq!(refused(&[("MachineDetection", "Enable"), ("MachineDetectionTimeout", "90")]), 21234);
    let lonely = call(&mut story, "0101", &[("MachineDetection", "Enable"), ("AsyncAmd", "true")]);
    assert_eq!(story.codes(&lonely), [21262]);
    call(&mut story, "0102", &[("MachineDetection", "Enable"), ("SendDigits", "1")]);
    story.run(2);
    assert_eq!(story.asked("talk").len(), 2, "digits to send switch the detection off");
}

#[test]
fn a_short_timeout_gives_up_before_anything_is_known() {
    let mut story = Story::new();
    call(&mut story, "0101", &[("MachineDetection", "Enable"), ("MachineDetectionTimeout", "3")]);
    story.run(5);
    assert_eq!(story.told("talk", "AnsweredBy").as_deref(), Some("unknown"));
}

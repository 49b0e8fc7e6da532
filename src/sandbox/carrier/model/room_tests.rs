//! Who hears whom in a conference, and what is heard there: hold, mute, coach, announcements and beeps.

use super::story::Story;
use super::*;

fn room(attributes: &str) -> String {
    format!(
        "<Dial action='http://app.test/after'><Conference statusCallback='http://app.test/events' {attributes} \
         statusCallbackEvent='start end join leave mute hold modify announcement'>r1</Conference></Dial>"
    )
}

fn story() -> Story {
    let mut story = Story::new();
    story.document("room", &room("beep='false'"));
    story.document("after", "<Say>goes on</Say><Pause length='600'/>");
    story.document("tune", "<Play>tune.mp3</Play>");
    story
}

fn three(story: &mut Story) -> [String; 3] {
    let legs = ["0101", "0102", "0103"].map(|ending| story.call(ending, "room"));
    story.seen.clear();
    legs
}

#[test]
fn a_muted_leg_hears_all_and_is_not_heard() {
    let mut story = story();
    let [a, b, _] = three(&mut story);
    story.participant(&a, &[("Muted", "true")]).unwrap();
    assert!(story.model.hears(&a, &b) && !story.model.hears(&b, &a));
    story.participant(&a, &[("Muted", "anything else")]).unwrap();
    assert!(story.model.hears(&b, &a));
    assert_eq!(story.events(), ["participant-mute", "participant-unmute"]);
}

#[test]
fn a_leg_on_hold_neither_hears_nor_is_heard() {
    let mut story = story();
    let [a, b, c] = three(&mut story);
    story.participant(&a, &[("Hold", "true"), ("HoldUrl", "http://app.test/tune")]).unwrap();
    assert!(!story.model.hears(&a, &b) && !story.model.hears(&b, &a) && story.model.hears(&b, &c));
    assert!(story.heard(&a, "on hold, Play: http://app.test/tune.mp3"));
    story.run(5);
    assert_eq!(story.last_heard(&a), "silence", "what has run out is not asked again");
    story.participant(&a, &[("Hold", "false")]).unwrap();
    assert!(story.model.hears(&a, &b) && story.model.hears(&b, &a));
    assert_eq!(story.events(), ["participant-hold", "participant-unhold"]);
    assert_eq!(story.model.hearers().len(), 6);
}

#[test]
fn hold_audio_that_redirects_goes_on_until_the_hold_ends() {
    let mut story = story();
    story.document("tune", "<Play>tune.mp3</Play><Redirect>/tune</Redirect>");
    let [a, ..] = three(&mut story);
    story.participant(&a, &[("Hold", "true"), ("HoldUrl", "http://app.test/tune")]).unwrap();
    story.run(31);
    assert_eq!(story.asked("tune").len(), 11);
    story.participant(&a, &[("Hold", "false")]).unwrap();
    story.run(31);
    assert_eq!(story.asked("tune").len(), 11);
    assert_eq!(story.last_heard(&a), "is connected");
}

#[test]
fn hold_audio_starts_anew_only_where_the_switch_says_so() {
    let mut story = story();
    story.model.switches.hold_audio_repeats = true;
    let [a, ..] = three(&mut story);
    story.participant(&a, &[("Hold", "true"), ("HoldUrl", "http://app.test/tune")]).unwrap();
    story.run(31);
    assert_eq!(story.asked("tune").len(), 11);
}

#[test]
fn a_verb_that_may_not_be_heard_in_a_conference_is_noted_and_nothing_is_heard() {
    let mut story = story();
    story.document("tune", "<Say>hello</Say><Hangup/>");
    let [a, b, _] = three(&mut story);
    story.participant(&a, &[("Hold", "true"), ("HoldUrl", "http://app.test/tune")]).unwrap();
    assert_eq!((story.codes(&a), story.codes(&b)), (vec![13238], vec![]));
    assert!(!story.heard(&a, "on hold, Say: hello"));
}

#[test]
fn a_coach_hears_all_and_only_the_coached_one_hears_it() {
    let mut story = story();
    let [a, b, coach] = three(&mut story);
    story.participant(&coach, &[("CallSidToCoach", &a)]).unwrap();
    assert!(story.model.hears(&a, &coach) && !story.model.hears(&b, &coach));
    assert!(story.model.hears(&coach, &a) && story.model.hears(&coach, &b));
    assert_eq!(story.events(), ["participant-modify"]);
    story.participant(&coach, &[("Coaching", "false")]).unwrap();
    assert!(story.model.hears(&b, &coach), "a coach who stops is heard by all");
}

#[test]
fn nobody_on_hold_or_absent_can_be_coached() {
    let mut story = story();
    let [a, b, coach] = three(&mut story);
    story.participant(&a, &[("Hold", "true")]).unwrap();
    assert_eq!(story.participant(&coach, &[("CallSidToCoach", &a)]).unwrap_err().code, 16027);
    story.hang_up(&b);
    assert_eq!(story.participant(&coach, &[("CallSidToCoach", &b)]).unwrap_err().code, 16028);
    let form = Form::of(&[("To", "+15005550104"), ("From", "+15005550100"), ("CallSidToCoach", &b)]);
    assert_eq!(story.model.add_participant("r1", &form, story.now).unwrap_err().code, 16028);
}

#[test]
fn a_coach_by_document_whispers_from_the_start() {
    let mut story = story();
    let [a, b, _] = three(&mut story);
    story.document("coaches", &room(&format!("beep='false' coach='{a}'")));
    let coach = story.call("0105", "coaches");
    assert!(story.model.hears(&a, &coach) && !story.model.hears(&b, &coach));
}

#[test]
fn a_coached_leg_that_comes_back_is_coached_again_unless_the_switch_frees_its_coach() {
    for (switch, is_bound) in [(CoachAlone::StaysBound, true), (CoachAlone::StopsCoaching, false)] {
        let mut story = story();
        story.model.switches.coach_left_alone = switch;
        let [a, b, coach] = three(&mut story);
        story.participant(&coach, &[("CallSidToCoach", &a)]).unwrap();
        story.redirect(&a, "room");
        assert!(story.model.hears(&a, &coach));
        assert_eq!(story.model.hears(&b, &coach), !is_bound);
        let modified = story.events().iter().filter(|event| **event == "participant-modify").count();
        assert_eq!(modified, if is_bound { 1 } else { 2 });
    }
}

#[test]
fn who_may_not_start_the_conference_waits_with_music_and_hears_nobody() {
    let mut story = story();
    story.document("waits", &room("startConferenceOnEnter='false' waitUrl='/tune'"));
    let (one, two) = (story.call("0101", "waits"), story.call("0102", "waits"));
    assert!(!story.model.hears(&one, &two));
    assert!(story.heard(&two, "while waiting, Play: http://app.test/tune.mp3"));
    let host = story.call("0103", "room");
    assert!(story.model.hears(&one, &two) && story.model.hears(&one, &host));
    story.run(10);
    assert_eq!(story.last_heard(&two), "is connected", "what was heard while waiting is over");
}

#[test]
fn a_full_conference_sends_the_next_leg_to_its_action() {
    let mut story = story();
    three(&mut story);
    story.document("full", &room("maxParticipants='3'"));
    let late = story.call("0104", "full");
    assert_eq!(story.codes(&late), [16020]);
    assert_eq!(story.told("after", "DialCallStatus").as_deref(), Some("failed"));
    assert!(story.heard(&late, "Say: goes on"));
}

#[test]
fn beeps_are_heard_by_the_others_when_they_are_asked_for() {
    for (beep, on_enter, on_exit) in [("true", 1, 1), ("onEnter", 1, 0), ("onExit", 0, 1), ("false", 0, 0)] {
        let mut story = story();
        let [a, b, _] = three(&mut story);
        let beeps = |story: &Story, sid: &str| {
            story.model.call(sid).unwrap().heard.iter().filter(|heard| heard.line == "beep").count()
        };
        story.participant(&b, &[("Hold", "true")]).unwrap();
        story.document("beeps", &room(&format!("beep='{beep}'")));
        let late = story.call("0104", "beeps");
        assert_eq!((beeps(&story, &a), beeps(&story, &b), beeps(&story, &late)), (on_enter, 0, 0));
        story.hang_up(&late);
        assert_eq!(beeps(&story, &a), on_enter + on_exit);
    }
}

#[test]
fn an_announcement_to_all_is_heard_by_all_and_its_end_told_once() {
    let mut story = story();
    let legs = three(&mut story);
    let form = Form::of(&[("AnnounceUrl", "http://app.test/tune")]);
    let sid = story.room().sid.clone();
    story.model.update_room(&sid, &form, story.now).unwrap();
    story.run(4);
    assert!(legs.iter().all(|leg| story.heard(leg, "announcement, Play: http://app.test/tune.mp3")));
    assert_eq!(story.events(), ["announcement-end"]);
}

#[test]
fn the_end_flag_does_not_change_on_hold() {
    let mut story = story();
    let [a, ..] = three(&mut story);
    story.participant(&a, &[("Hold", "true")]).unwrap();
    assert!(!story.participant(&a, &[("EndConferenceOnExit", "true")]).unwrap().end_on_exit);
    assert_eq!(story.events(), ["participant-hold"]);
    story.participant(&a, &[("Hold", "false")]).unwrap();
    assert!(story.participant(&a, &[("EndConferenceOnExit", "true")]).unwrap().end_on_exit);
}

//! Queues and bridges as claims about the pure model.

use super::story::Story;
use super::*;

/// Legs that run `waits` are put into a queue, those that run `takes` dial it.
fn story() -> Story {
    let mut story = Story::new();
    let action = "http://app.test/left";
    let wait = "http://app.test/music";
    story.document("waits", &format!("<Enqueue action='{action}' waitUrl='{wait}'>q1</Enqueue><Say>behind</Say>"));
    story.document("takes", "<Dial timeLimit='60' action='http://app.test/dialled'><Queue>q1</Queue></Dial>");
    story.document("music", "<Play>tune.mp3</Play>");
    story.document("left", "<Say>goes on</Say><Pause length='600'/>");
    story.document("dialled", "<Say>that was all</Say><Pause length='600'/>");
    story.document("elsewhere", "<Say>elsewhere</Say><Pause length='600'/>");
    story
}

fn result(story: &Story) -> Option<String> {
    story.told("left", "QueueResult")
}

#[test]
fn a_wait_document_is_asked_for_ever_and_told_where_the_leg_stands() {
    let mut story = story();
    story.call("0101", "waits");
    story.run(1);
    let second = story.call("0102", "waits");
    story.run(60);
    let asked = story.asked("music");
    assert!(asked.len() > 20, "every file lasts three seconds: {}", asked.len());
    let last = asked.iter().rev().find(|form| form.get("CallSid") == Some(&second)).unwrap();
    let told = ["QueuePosition", "CurrentQueueSize", "MaxQueueSize"].map(|name| last.get(name).unwrap());
    assert_eq!(told, ["2", "2", "1000"]);
    assert_eq!(last.get("QueueSid"), Some(story.queue().sid.as_str()));
    assert!(last.get("QueueTime").unwrap().parse::<i64>().unwrap() >= 57);
    assert!(last.get("AvgQueueTime").unwrap().parse::<i64>().unwrap() >= 57);
}

#[test]
fn a_wait_document_that_takes_no_time_is_asked_once_a_second() {
    let mut story = story();
    story.document("music", "");
    story.call("0101", "waits");
    story.run(9);
    assert_eq!(story.asked("music").len(), 11);
}

#[test]
fn leave_goes_on_with_the_action_or_with_the_verb_behind() {
    let mut story = story();
    story.document("music", "<Leave/><Say>never heard</Say>");
    let leg = story.call("0101", "waits");
    assert_eq!(result(&story).as_deref(), Some("leave"));
    assert!(story.heard(&leg, "Say: goes on") && !story.heard(&leg, "Say: behind"));
    story.document("waits", "<Enqueue waitUrl='http://app.test/music'>q1</Enqueue><Say>behind</Say>");
    let other = story.call("0102", "waits");
    assert!(story.heard(&other, "Say: behind") && !story.heard(&other, "Say: never heard"));
    assert!(story.queue().members.is_empty());
}

#[test]
fn a_leg_that_hangs_up_in_a_queue_has_its_action_told_so() {
    let mut story = story();
    let leg = story.call("0101", "waits");
    story.run(10);
    story.hang_up(&leg);
    assert_eq!(result(&story).as_deref(), Some("hangup"));
    assert_eq!(story.told("left", "QueueTime").as_deref(), Some("11"));
    assert_eq!(story.told("left", "CallStatus").as_deref(), Some("completed"));
    assert!(!story.heard(&leg, "Say: goes on"));
}

#[test]
fn a_full_queue_refuses_and_a_name_too_long_is_an_error() {
    let mut story = story();
    story.document("waits", "<Enqueue maxQueueSize='1' action='http://app.test/left'>q1</Enqueue>");
    story.call("0101", "waits");
    let refused = story.call("0102", "waits");
    assert_eq!((result(&story).as_deref(), story.codes(&refused)), (Some("queue-full"), vec![14207]));
    assert_eq!(story.told("left", "QueueSid"), None);
    story.document("waits", &format!("<Enqueue>{}</Enqueue><Say>behind</Say>", "x".repeat(65)));
    let odd = story.call("0103", "waits");
    assert_eq!(story.codes(&odd), [14205]);
    assert!(story.heard(&odd, "Say: behind"), "without an action the next verb runs");
}

#[test]
fn a_dialler_gets_the_front_and_the_limit_parts_the_two() {
    let mut story = story();
    let (front, next) = (story.call("0101", "waits"), story.call("0102", "waits"));
    let dialler = story.call("0103", "takes");
    assert_eq!(story.last_heard(&front), format!("is connected with {dialler}"));
    assert_eq!(story.model.call(&next).unwrap().queue(), Some(story.queue().sid.as_str()));
    assert!(story.model.hears(&front, &dialler) && story.model.hears(&dialler, &front));
    assert!(!story.model.hears(&front, &next));
    assert!(story.asked("left").is_empty(), "the Enqueue's action waits till the two have parted");
    assert!(story.model.call(&front).unwrap().still_allows(story.now).unwrap() <= 60);
    story.run(60);
    assert_eq!(result(&story).as_deref(), Some("bridged"));
    let told = ["DialCallStatus", "DialCallSid", "DialCallDuration"].map(|name| story.told("dialled", name).unwrap());
    assert_eq!(told, ["completed".to_owned(), front.clone(), "60".to_owned()]);
    assert!(story.heard(&front, "Say: goes on") && story.heard(&dialler, "Say: that was all"));
    assert_eq!(story.model.bridges()[0].end, Some(BridgeEnd::LimitReached));
    assert!(!story.model.hears(&front, &dialler));
}

#[test]
fn either_leg_that_hangs_up_lets_the_other_go_on() {
    for dialler_hangs_up in [true, false] {
        let mut story = story();
        let (queued, dialler) = (story.call("0101", "waits"), story.call("0102", "takes"));
        story.run(5);
        let (gone, stays) = if dialler_hangs_up { (&dialler, &queued) } else { (&queued, &dialler) };
        story.hang_up(gone);
        assert_eq!(story.status(gone), CallStatus::Completed);
        assert_eq!(story.status(stays), CallStatus::InProgress);
        assert_eq!(story.model.bridges()[0].end, Some(BridgeEnd::HungUp(gone.clone())));
        assert_eq!(result(&story).as_deref(), Some("bridged"), "told once, whoever hung up");
        assert_eq!(story.asked("dialled").len(), usize::from(!dialler_hangs_up));
    }
}

#[test]
fn a_redirect_of_either_leg_ends_the_bridge() {
    for redirects_dialler in [true, false] {
        let mut story = story();
        let (queued, dialler) = (story.call("0101", "waits"), story.call("0102", "takes"));
        let gone = if redirects_dialler { dialler } else { queued };
        story.redirect(&gone, "elsewhere");
        let wanted = if redirects_dialler { "bridged" } else { "redirected-from-bridged" };
        assert_eq!(result(&story).as_deref(), Some(wanted));
        assert_eq!(story.told("dialled", "DialCallStatus").as_deref(), Some("completed"));
        assert_eq!(story.told("dialled", "DialCallDuration"), None);
        assert!(story.heard(&gone, "Say: elsewhere"));
        assert_eq!(story.model.bridges()[0].end, Some(BridgeEnd::Redirected(gone)));
    }
}

#[test]
fn an_empty_queue_is_waited_at_till_somebody_comes_or_the_timeout() {
    let mut story = story();
    story.document("takes", "<Dial timeout='10' action='http://app.test/dialled'><Queue>q1</Queue></Dial>");
    let early = story.call("0101", "takes");
    assert_eq!(story.told("dialled", "DialCallStatus").as_deref(), Some("failed"), "there is no such queue yet");
    assert!(story.heard(&early, "Say: that was all"));
    story.seen.clear();
    let form = Form::of(&[("FriendlyName", "q1")]);
    story.model.create_queue(&form, story.now).unwrap();
    story.call("0102", "takes");
    story.run(10);
    assert_eq!(story.told("dialled", "DialCallStatus").as_deref(), Some("no-answer"));
    let dialler = story.call("0103", "takes");
    let queued = story.call("0104", "waits");
    assert!(story.model.hears(&dialler, &queued));
    story.run(30);
    assert!(story.model.hears(&dialler, &queued), "the timeout is about waiting only");
}

#[test]
fn the_queued_leg_hears_the_words_before_it_is_connected() {
    let mut story = story();
    story.document("takes", "<Dial><Queue url='http://app.test/before'>q1</Queue></Dial><Say>alone</Say>");
    story.document("before", "<Say>one is coming now</Say><Dial><Queue>q1</Queue></Dial>");
    let queued = story.call("0101", "waits");
    let dialler = story.call("0102", "takes");
    assert_eq!(story.told("before", "DequeingCallSid"), Some(dialler.clone()));
    assert_eq!(story.told("before", "QueueTime").as_deref(), Some("2"));
    assert!(!story.model.hears(&queued, &dialler));
    story.run(3);
    assert!(story.model.hears(&queued, &dialler));
    assert_eq!(story.codes(&queued), [12200], "another Dial is not allowed there");
    let next = story.call("0103", "waits");
    story.document("takes", "<Dial><Queue url='http://app.test/before'>q1</Queue></Dial>");
    let gone = story.call("0104", "takes");
    story.hang_up(&gone);
    assert_eq!(result(&story).as_deref(), Some("bridging-in-process"));
    assert!(story.heard(&next, "Say: goes on"));
}

#[test]
fn the_api_takes_members_out_one_after_the_other() {
    let mut story = story();
    let (first, second) = (story.call("0101", "waits"), story.call("0102", "waits"));
    let queue = story.queue().sid.clone();
    let form = Form::of(&[("Url", "http://app.test/elsewhere")]);
    let (member, position) = story.model.dequeue(&queue, "Front", &form, story.now).unwrap();
    assert_eq!((member.call_sid, position), (first.clone(), 1));
    assert_eq!(story.model.member(&queue, "Front").unwrap().call_sid, second);
    assert_eq!(story.model.member(&queue, &first).unwrap_err().code, 20404);
    assert_eq!(story.model.dequeue(&queue, &second, &Form::of(&[]), story.now).unwrap_err().code, 21205);
    assert_eq!(story.model.delete_queue(&queue).unwrap_err().http, 409);
    story.run(2);
    assert_eq!(result(&story).as_deref(), Some("redirected"));
    assert!(story.heard(&first, "Say: elsewhere") && !story.heard(&first, "Say: goes on"));
    story.redirect(&second, "elsewhere");
    assert_eq!(story.asked("left").len(), 2, "a redirect of the leg is told the same way");
    story.model.delete_queue(&queue).unwrap();
}

#[test]
fn a_wait_document_that_cannot_be_had_does_what_the_switch_says() {
    for (switch, line, is_up) in [
        (WaitFailure::EndsCall, "an application error has occurred", false),
        (WaitFailure::LeavesQueue, "Say: goes on", true),
        (WaitFailure::Silence, "silence", true),
    ] {
        let mut story = story();
        story.model.switches.failed_queue_wait = switch;
        story.document("waits", "<Enqueue waitUrl='/gone' action='/left'>q1</Enqueue>");
        let leg = story.call("0101", "waits");
        assert!(story.heard(&leg, line), "{line}");
        assert_eq!(story.status(&leg) == CallStatus::InProgress, is_up);
        assert_eq!(story.codes(&leg), [11200]);
    }
}

#[test]
fn a_queue_has_a_name_of_its_own_and_a_sound_size() {
    let mut story = story();
    let mut create = |pairs: &[(&str, &str)]| story.model.create_queue(&Form::of(pairs), story.now);
    assert_eq!(create(&[("FriendlyName", "a")]).unwrap().max_size, 1000);
    assert_eq!(create(&[("FriendlyName", "a")]).unwrap_err().code, 20409);
    assert_eq!(create(&[]).unwrap_err().code, 20001);
    assert_eq!(create(&[("FriendlyName", "b"), ("MaxSize", "5001")]).unwrap_err().code, 20001);
    assert_eq!(create(&[("FriendlyName", &"x".repeat(65))]).unwrap_err().code, 20001);
}

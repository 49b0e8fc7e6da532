//! The awkward facts about the carrier, each as a claim about the pure model.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::sandbox::carrier::twiml::Method;

const ACTION: &str = "http://app.test/action";
const ROOM: &str = "http://app.test/room";

/// A model with a hand on its clock, and a customer who answers documents from a list.
struct Story {
    model: World,
    now: DateTime<Utc>,
    seen: Vec<Seen>,
    join: String,
}

/// Something the carrier asked or told, and when, in milliseconds from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    ms: i64,
    url: String,
    params: Form,
}

impl Story {
    fn new() -> Self {
        Self::with_flag(false)
    }

    fn with_flag(ends_room: bool) -> Self {
        Self {
            model: World::new("AC00000000000000000000000000000001", "0123456789abcdef012345", Switches::default()),
            now: DateTime::UNIX_EPOCH,
            seen: Vec::new(),
            join: conference(600, ends_room),
        }
    }

    fn call(&mut self, to: &str, more: &[(&str, &str)]) -> String {
        let mut form = Form::of(&[("To", to), ("From", "+15005550100"), ("Url", "http://app.test/room")]);
        form.0.extend(form::params(more));
        let sid = self.model.create_call(&form, self.now).unwrap().sid;
        self.settle();
        sid
    }

    fn update(&mut self, sid: &str, form: &[(&str, &str)]) -> Result<Call, Refusal> {
        let answer = self.model.update_call(sid, &Form::of(form), self.now);
        self.settle();
        answer
    }

    fn run(&mut self, milliseconds: i64) {
        let until = self.now + TimeDelta::milliseconds(milliseconds);
        while let Some(next) = self.model.next_timer().filter(|next| *next <= until) {
            self.now = next;
            self.happen(Event::TimePassed);
        }
        self.now = until;
        self.happen(Event::TimePassed);
    }

    fn happen(&mut self, event: Event) {
        let actions = self.model.handle(event, self.now);
        self.answer(actions);
    }

    fn settle(&mut self) {
        let actions = self.model.take_actions();
        self.answer(actions);
    }

    fn answer(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Callback { hook, params, .. } => self.see(hook.url, params),
                Action::Fetch { request, hook, params, .. } => {
                    let body = match hook.url.as_str() {
                        ROOM => self.join.clone(),
                        ACTION => say("your time is over"),
                        _ => say("a new document"),
                    };
                    let content_type = "text/xml".to_owned();
                    let reply = if hook.url.contains("broken") {
                        Reply::Failed { code: 11200, why: "404".to_owned() }
                    } else {
                        Reply::Document { content_type, body }
                    };
                    self.see(hook.url, params);
                    self.happen(Event::Fetched { request, reply });
                }
            }
        }
    }

    fn see(&mut self, url: String, params: Params) {
        let ms = (self.now - DateTime::UNIX_EPOCH).num_milliseconds();
        self.seen.push(Seen { ms, url, params: Form(params) });
    }

    fn two_in_a_room(&mut self) -> (String, String) {
        let legs = (self.call("+15005550101", &[]), self.call("+15005550102", &[]));
        self.run(10_000);
        self.seen.clear();
        legs
    }

    /// The conference events told of since, with the reason if there is one.
    fn told(&self) -> Vec<String> {
        let of = |seen: &Seen| {
            let event = seen.params.get("StatusCallbackEvent")?.to_owned();
            let reason = seen.params.get("ReasonParticipantLeft").or(seen.params.get("ReasonConferenceEnded"));
            Some(reason.map_or(event.clone(), |reason| format!("{event} {reason}")))
        };
        self.seen.iter().filter_map(of).collect()
    }

    fn asked(&self, url: &str) -> Vec<i64> {
        self.seen.iter().filter(|seen| seen.url == url).map(|seen| seen.ms).collect()
    }

    fn heard(&self, sid: &str, line: &str) -> bool {
        self.model.call(sid).unwrap().heard.iter().any(|heard| heard.line == line)
    }

    fn status(&self, sid: &str) -> CallStatus {
        self.model.call(sid).unwrap().status
    }

    fn room(&self) -> &Room {
        self.model.rooms().next_back().unwrap()
    }
}

fn conference(limit: u32, ends_room: bool) -> String {
    format!(
        "<Response><Dial timeLimit='{limit}' action='{ACTION}'><Conference endConferenceOnExit='{ends_room}' \
         beep='false' statusCallback='http://app.test/room-events' statusCallbackEvent='start end join leave mute hold \
         modify announcement'>r1</Conference></Dial></Response>"
    )
}

fn say(text: &str) -> String {
    format!("<Response><Say>{text}</Say></Response>")
}

#[test]
fn a_redirect_leaves_then_asks_the_old_action_then_runs_the_new_document() {
    let mut story = Story::new();
    let (payer, other) = story.two_in_a_room();
    let answer = story.update(&payer, &[("Url", "http://app.test/new")]).unwrap();
    assert_eq!(answer.status, CallStatus::InProgress);
    assert_eq!(story.seen, [], "the answer comes before anything happens");
    story.run(5_000);
    assert_eq!(story.told(), ["participant-leave participant_updated_via_api"]);
    assert_eq!(story.seen[0].ms, 10_170);
    assert_eq!(story.asked(ACTION), [10_320]);
    assert_eq!(story.asked("http://app.test/new"), [10_650]);
    let action = &story.seen.iter().find(|seen| seen.url == ACTION).unwrap().params;
    assert_eq!(action.get("DialCallStatus"), Some("answered"));
    assert_eq!((action.get("DialCallSid"), action.get("DialCallDuration")), (None, None));
    assert!(story.heard(&payer, "Say: a new document"));
    assert!(!story.heard(&payer, "Say: your time is over"), "the action's document is not run");
    assert_eq!(story.status(&other), CallStatus::InProgress, "the other leg stays");
}

#[test]
fn redirecting_a_leg_that_ends_the_conference_ends_it_for_everybody() {
    let mut story = Story::with_flag(true);
    let (payer, other) = story.two_in_a_room();
    story.update(&payer, &[("Twiml", &say("hello again"))]).unwrap();
    story.run(1_000);
    assert_eq!(
        story.told(),
        [
            "participant-leave participant_updated_via_api",
            "participant-leave moderator_ended_conference",
            "conference-end participant-with-end-conference-on-exit-left",
        ]
    );
    assert_eq!(story.asked(ACTION), [10_170, 10_320], "first the other's, which goes on, then the redirected one's");
    assert!(story.heard(&other, "Say: your time is over"));
    assert!(story.heard(&payer, "Say: hello again"));
}

#[test]
fn a_leg_whose_flag_was_taken_off_first_can_be_redirected_alone() {
    let mut story = Story::with_flag(true);
    let (payer, other) = story.two_in_a_room();
    let room = story.room().sid.clone();
    let form = Form::of(&[("EndConferenceOnExit", "false")]);
    // Both came with the flag; a conference ends only by the one who leaves.
    let one = story.model.update_participant(&room, &payer, &form, story.now).unwrap();
    assert!(!one.end_on_exit);
    story.settle();
    story.update(&payer, &[("Url", ROOM)]).unwrap();
    story.run(2_000);
    assert_eq!(
        story.told(),
        ["participant-modify", "participant-leave participant_updated_via_api", "participant-join"]
    );
    assert_eq!(story.room().participants.len(), 2);
    assert_eq!(story.status(&other), CallStatus::InProgress);
}

#[test]
fn on_hold_the_flag_is_answered_normally_and_does_not_change() {
    let mut story = Story::with_flag(true);
    let (payer, _) = story.two_in_a_room();
    let room = story.room().sid.clone();
    story.model.update_participant(&room, &payer, &Form::of(&[("Hold", "true")]), story.now).unwrap();
    let form = Form::of(&[("EndConferenceOnExit", "false")]);
    let one = story.model.update_participant(&room, &payer, &form, story.now).unwrap();
    assert!(one.end_on_exit && one.hold);
    story.settle();
    assert_eq!(story.told(), ["participant-hold"]);
}

#[test]
fn a_redirect_of_a_call_that_is_not_in_progress_is_refused() {
    let mut story = Story::new();
    let ringing = story.call("+15005550003", &[]);
    story.run(1_000);
    assert_eq!(story.update(&ringing, &[("Url", ROOM)]).unwrap_err().code, 21220);
    let over = story.call("+15005550002", &[]);
    story.run(2_000);
    assert_eq!(story.status(&over), CallStatus::Busy);
    assert_eq!(story.update(&over, &[("Twiml", &say("x"))]).unwrap_err().code, 21220);
}

#[test]
fn url_and_twiml_exclude_each_other_on_update_and_on_create_twiml_is_ignored() {
    let mut story = Story::new();
    let call = story.call("+15005550101", &[("Twiml", "<Response><Hangup/></Response>")]);
    story.run(2_000);
    assert_eq!(story.asked(ROOM), [1_000]);
    let refused = story.update(&call, &[("Url", ROOM), ("Twiml", &say("x"))]).unwrap_err();
    assert_eq!(refused.http, 400);
    let long = say(&"x".repeat(4_001));
    assert_eq!(story.update(&call, &[("Twiml", &long)]).unwrap_err().http, 400);
}

#[test]
fn at_the_time_limit_the_leg_leaves_and_the_action_goes_on() {
    let mut story = Story::new();
    let (payer, other) = story.two_in_a_room();
    assert_eq!(story.model.call(&payer).unwrap().still_allows(story.now), Some(591));
    story.run(600_000);
    assert_eq!(story.asked(ACTION), [601_000, 601_000]);
    assert!(story.heard(&payer, "Say: your time is over") && story.heard(&other, "Say: your time is over"));
    assert_eq!(
        story.told(),
        [
            "participant-leave participant_hung_up",
            "participant-leave participant_hung_up",
            "conference-end last-participant-left"
        ]
    );
    assert_eq!(story.model.call(&payer).unwrap().duration_seconds(), Some(602), "a notice of 17 letters takes 2 s");
}

#[test]
fn a_caller_who_hangs_up_is_asked_about_only_by_the_switch() {
    for asks in [false, true] {
        let mut story = Story::new();
        story.model.switches.hang_up_asks_action = asks;
        let (payer, _) = story.two_in_a_room();
        story.happen(Event::PhoneHangsUp(payer.clone()));
        assert_eq!(story.told(), ["participant-leave participant_hung_up"]);
        assert_eq!(story.asked(ACTION).len(), usize::from(asks));
        assert_eq!(story.status(&payer), CallStatus::Completed);
    }
}

#[test]
fn a_conference_that_was_left_by_the_last_comes_back_as_another() {
    let mut story = Story::new();
    let payer = story.call("+15005550101", &[]);
    story.run(5_000);
    let first = story.room().sid.clone();
    story.update(&payer, &[("Url", ROOM)]).unwrap();
    story.run(5_000);
    assert_ne!(story.room().sid, first);
    assert_eq!(story.model.room(&first).unwrap().ended.as_ref().unwrap().reason.as_str(), "last-participant-left");
    let form = Form::of(&[("To", "+15005550109"), ("From", "+15005550100")]);
    assert_eq!(story.model.add_participant(&first, &form, story.now).unwrap_err().http, 400, "by a dead SID");
    assert!(story.model.add_participant("lonely", &form, story.now).is_ok(), "by an unknown name");
}

#[test]
fn only_the_first_participants_callback_counts() {
    let mut story = Story::new();
    story.call("+15005550101", &[]);
    story.run(3_000);
    story.join = story.join.replace("room-events", "other-events");
    story.call("+15005550102", &[]);
    story.run(3_000);
    assert!(story.asked("http://app.test/other-events").is_empty());
    assert_eq!(story.told(), ["participant-join", "participant-join", "conference-start"]);
}

#[test]
fn a_label_that_is_taken_passes_on_to_the_next_verb() {
    let mut story = Story::new();
    story.join = "<Response><Dial action='http://app.test/action'><Conference participantLabel='a'>r1</Conference>\
                  </Dial><Say>no room</Say></Response>"
        .to_owned();
    let (_, second) = story.two_in_a_room();
    assert_eq!(story.model.call(&second).unwrap().notices[0].code, 16025);
    assert!(story.heard(&second, "Say: no room"));
}

#[test]
fn progress_is_told_as_ordered_and_malformed_orders_silence_it() {
    let callback = ("StatusCallback", "http://app.test/progress");
    let events = ["initiated", "ringing", "answered", "completed"].map(|event| ("StatusCallbackEvent", event));
    let mut story = Story::new();
    story.call("+15005551090", &[callback, events[0], events[1], events[2], events[3]]);
    story.call("+15005551091", &[callback, ("StatusCallbackEvent", "initiated ringing")]);
    story.run(200_000);
    let told: Vec<_> = story.seen.iter().filter(|seen| seen.url == callback.1).map(|seen| &seen.params).collect();
    let of = |name| told.iter().map(|form| form.get(name).unwrap_or("-")).collect::<Vec<_>>();
    assert_eq!(of("CallStatus"), ["initiated", "ringing", "in-progress", "completed"]);
    assert_eq!(of("SequenceNumber"), ["0", "1", "2", "3"]);
    assert_eq!(of("CallDuration"), ["-", "-", "-", "90"]);
    assert_eq!(of("Duration"), ["-", "-", "-", "2"]);
    assert_eq!(of("Timestamp")[0], "Thu, 01 Jan 1970 00:00:00 +0000");
}

#[test]
fn a_document_that_fails_goes_to_the_fallback_and_else_ends_the_call() {
    let mut story = Story::new();
    let saved =
        story.call("+15005550101", &[("Url", "http://app.test/broken"), ("FallbackUrl", "http://app.test/spare")]);
    let lost = story.call("+15005550102", &[("Url", "http://app.test/broken")]);
    story.run(1_500);
    assert!(story.heard(&saved, "Say: a new document"));
    assert_eq!(story.status(&lost), CallStatus::Completed);
    assert!(story.heard(&lost, "an application error has occurred"));
}

#[test]
fn a_phone_that_is_not_answered_rings_for_its_timeout() {
    let mut story = Story::new();
    let silent = story.call("+15005550003", &[("Timeout", "20")]);
    let queued = story.call("+15005550006", &[]);
    story.run(20_100);
    assert_eq!(story.status(&silent), CallStatus::Ringing);
    story.run(100);
    assert_eq!(story.status(&silent), CallStatus::NoAnswer);
    assert_eq!(story.status(&queued), CallStatus::Queued);
    story.update(&queued, &[("Status", "canceled")]).unwrap();
    assert_eq!(story.status(&queued), CallStatus::Canceled);
}

#[test]
fn a_time_limit_of_the_call_ends_it_and_can_be_moved() {
    let mut story = Story::new();
    let call = story.call("+15005550101", &[("TimeLimit", "30")]);
    story.run(11_000);
    assert_eq!(story.model.call(&call).unwrap().still_allows(story.now), Some(20));
    story.update(&call, &[("TimeLimit", "60")]).unwrap();
    story.run(49_999);
    assert_eq!(story.status(&call), CallStatus::InProgress);
    story.run(1);
    assert_eq!(story.status(&call), CallStatus::Completed);
}

#[test]
fn a_conference_ended_by_the_api_lets_every_leg_go_on() {
    let mut story = Story::new();
    let (payer, other) = story.two_in_a_room();
    let room = story.room().sid.clone();
    story.model.update_room(&room, &Form::of(&[("Status", "completed")]), story.now).unwrap();
    story.settle();
    story.run(100);
    assert_eq!(story.asked(ACTION).len(), 2);
    assert!(story.heard(&payer, "Say: your time is over") && story.heard(&other, "Say: your time is over"));
    assert_eq!(story.told()[2], "conference-end conference-ended-via-api");
}

#[test]
fn a_participant_that_cannot_be_reached_is_told_as_a_failed_addition() {
    let mut story = Story::new();
    story.two_in_a_room();
    let room = story.room().sid.clone();
    let form = Form::of(&[("To", "+15005550002"), ("From", "+15005550100"), ("Label", "guest")]);
    story.model.add_participant(&room, &form, story.now).unwrap();
    assert_eq!(story.model.add_participant(&room, &form, story.now).unwrap_err().code, 16026);
    story.run(2_000);
    assert_eq!(story.told(), ["participant-leave participant_add_failed"]);
    assert_eq!(story.room().participants.len(), 2);
}

#[test]
fn a_removed_participant_that_came_by_twiml_goes_on_with_its_document() {
    let mut story = Story::new();
    let (payer, other) = story.two_in_a_room();
    let room = story.room().sid.clone();
    story.model.remove_participant(&room, &other, story.now).unwrap();
    story.settle();
    assert!(story.heard(&other, "Say: your time is over"));
    story.model.remove_participant(&room, &payer, story.now).unwrap();
    story.settle();
    assert_eq!(story.told().last().unwrap(), "conference-end last-participant-kicked");
}

#[test]
fn an_announcement_is_heard_and_its_end_told() {
    let mut story = Story::new();
    let (payer, other) = story.two_in_a_room();
    let room = story.room().sid.clone();
    let form = Form::of(&[("AnnounceUrl", "http://app.test/warning")]);
    story.model.update_participant(&room, &payer, &form, story.now).unwrap();
    story.settle();
    story.run(1_000);
    assert!(story.heard(&payer, "announcement, Say: a new document"));
    assert!(!story.heard(&other, "announcement, Say: a new document"));
    assert_eq!(story.told(), ["announcement-end"]);
}

#[test]
fn a_second_redirect_replaces_the_first_and_asks_the_action_once() {
    let mut story = Story::new();
    let (payer, _) = story.two_in_a_room();
    story.update(&payer, &[("Url", "http://app.test/first")]).unwrap();
    story.run(200);
    story.update(&payer, &[("Url", "http://app.test/second"), ("Method", "GET")]).unwrap();
    story.run(3_000);
    assert_eq!(story.asked(ACTION), [10_320]);
    assert!(story.asked("http://app.test/first").is_empty());
    assert_eq!(story.asked("http://app.test/second"), [10_850]);
    assert_eq!(crate::sandbox::carrier::twiml::method_named(Some("get")), Method::Get);
}

#[test]
fn a_coach_of_nobody_goes_to_the_action_and_leaves_no_conference_behind() {
    let mut story = Story::new();
    story.join = story.join.replace("beep=", "coach='CA00000000000000000000000000000009' beep=");
    let coach = story.call("+15005550101", &[]);
    story.run(2_000);
    assert_eq!(story.model.call(&coach).unwrap().notices[0].code, 13240);
    assert!(story.heard(&coach, "Say: your time is over"));
    assert_eq!(story.model.rooms().count(), 0);
}

#[test]
fn star_leaves_the_conference_only_where_the_dial_allows_it() {
    for allows in [false, true] {
        let mut story = Story::new();
        if allows {
            story.join = story.join.replace("<Dial", "<Dial hangupOnStar='true'");
        }
        let call = story.call("+15005553005", &[]);
        story.run(7_000);
        assert_eq!(story.asked(ACTION).len(), usize::from(allows));
        assert_eq!(story.heard(&call, "Say: your time is over"), allows);
    }
}

#[test]
fn a_verdict_about_a_machine_comes_before_the_document_or_beside_it() {
    let mut story = Story::new();
    let enable = ("MachineDetection", "Enable");
    story.call("+15005550005", &[enable]);
    story.run(6_000);
    assert_eq!(story.asked(ROOM), [5_000]);
    assert_eq!(story.seen[0].params.get("AnsweredBy"), Some("machine_start"));
    let beside = [enable, ("AsyncAmd", "true"), ("AsyncAmdStatusCallback", "http://app.test/verdict")];
    story.call("+15005550101", &beside);
    story.run(6_000);
    assert_eq!(story.asked(ROOM), [5_000, 7_000]);
    assert_eq!(story.asked("http://app.test/verdict"), [11_000]);
}

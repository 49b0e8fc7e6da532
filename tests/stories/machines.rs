//! An answering machine answers: nobody waits for it in the room, it hears what it is to be left, and costs what that lasts.
//! A caller who has arrived at one leaves a message and goes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use talktime::cli::voicemail;
use talktime::domain::call::machine::{AnsweredBy, Detection, MachineChoice};
use talktime::domain::call::message::Message;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, EndReason, Phase};
use talktime::domain::language::Language;
use talktime::sandbox::carrier::{CallSnapshot, Fault, FaultKind};
use talktime::voice::Speech;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::world::{ACCOUNT_SID, AUTH_TOKEN};

const FRIEND: &str = "+14155550101";
const OTHER: &str = "+14155550102";
/// Greets for twelve seconds and beeps.
const MACHINE: &str = "+14155556012";
const FAX: &str = "+14155550007";
const MUMBLES: &str = "+14155550008";
const MESSAGE: &str = "This is the shop. Your parcel is here and may be fetched until Friday. Please call us back if you \
                       would rather have it sent to you.";

fn words() -> Message {
    Message::words(MESSAGE).expect("words")
}

fn wants(world: &mut World, detection: Detection, message: Option<Message>) {
    world.machine = MachineChoice::new(Some(detection), message).expect("a choice");
}

fn comes_before(seen: &CallSnapshot, first: &str, second: &str) -> bool {
    let place = |what| seen.heard.iter().position(|heard| heard.line.contains(what));
    place(first).zip(place(second)).is_some_and(|(first, second)| first < second)
}

fn count(seen: &CallSnapshot, what: &str) -> usize {
    seen.heard.iter().filter(|heard| heard.line.contains(what)).count()
}

fn answered(record: &[Record]) -> Vec<(&str, &str)> {
    let mut found = vec![];
    for line in record {
        if let Record::AnsweredBy { by, outcome, .. } = line {
            found.push((by.as_str(), outcome.as_str()));
        }
    }
    found
}

/// Time goes on until somebody has been let in or turned away.
async fn until_answered(world: &mut World, call: &str, place: usize) {
    for _ in 0..60 {
        if world.look(call).await.legs[place].verdict.is_some() {
            return;
        }
        world.wait(1).await;
    }
    panic!("the carrier has said who answers within a minute");
}

async fn api(world: &World, path: &str, body: Option<Value>) -> (u16, Value) {
    let request = HttpRequest {
        method: if body.is_some() { Method::Post } else { Method::Get },
        url: format!("{}/api/v1{path}", world.service.app.config.public_url),
        headers: vec![
            ("authorization", "Bearer admin-of-the-story".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", talktime::ids::new("key")),
        ],
        body: body.map(|body| body.to_string()).unwrap_or_default(),
    };
    let HttpResponse::Answered { status, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("the service answers");
    };
    (status, serde_json::from_slice(&body).expect("JSON"))
}

/// Another application at the same carrier rings its user, who is connected to a number.
async fn somebody_elses_dial(world: &World, number: &str) -> String {
    let twiml = format!("<Response><Dial><Number>{number}</Number></Dial><Pause length=\"60\"/></Response>");
    let form = [("To", FRIEND), ("From", "+15005550006"), ("Twiml", &twiml)];
    let request = HttpRequest {
        method: Method::Post,
        url: format!("{}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json", world.carrier.base_url()),
        headers: vec![
            ("authorization", format!("Basic {}", STANDARD.encode(format!("{ACCOUNT_SID}:{AUTH_TOKEN}")))),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ],
        body: url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish(),
    };
    let HttpResponse::Answered { status: 201, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("the carrier rings");
    };
    let call: Value = serde_json::from_slice(&body).expect("JSON");
    call["sid"].as_str().expect("a name").to_owned()
}

/// The message was heard to its end, and then the phone was hung up.
fn heard_it_all(seen: &CallSnapshot) {
    let began = seen.heard.iter().rfind(|heard| heard.line.contains(MESSAGE)).map(|heard| heard.at);
    let began = began.unwrap_or_else(|| panic!("it is left the message: {seen:?}"));
    let ended = seen.ended_at.expect("it is hung up");
    assert!((ended - began).num_seconds() >= 6, "{seen:?}");
}

fn is_billed_for_the_message(call: &Call, place: usize) {
    let (leg, most) = (&call.legs[place], i64::try_from(MESSAGE.len().div_ceil(8)).expect("a length") + 1);
    assert!((3..=most).contains(&leg.billable_seconds()) && leg.authorised_seconds() <= most, "{leg:#?}");
    assert_eq!(leg.cost(leg.billable_seconds()), call.charges()[place].cost);
}

on_both_databases! {
    async fn a_person_is_connected_and_the_seconds_of_listening_are_the_houses(world: World) {
        wants(world, Detection::Detect, Some(words()));
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        until_answered(world, &call, 1).await;
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.is_running() && live.legs[1].answered_by() == Some(AnsweredBy::Human), "{live:#?}");
        assert!(world.at_the_carrier(&call, 1).await.room.is_some());
        world.carrier.hang_up(&world.at_the_carrier(&call, 1).await.sid);
        let over = world.until_settled(&call).await;
        let friend = &over.legs[1];
        assert!((19..=22).contains(&friend.billable_seconds()), "{friend:#?}");
        assert_eq!(friend.carrier_seconds() - friend.billable_seconds(), 4);
        assert_eq!(answered(&world.record(&call).await), [("human", "connected")]);
    }

    async fn a_machine_is_hung_up_and_nobody_has_answered(world: World) {
        wants(world, Detection::Detect, None);
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[MACHINE]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::NobodyAnswered));
        assert_eq!((over.legs[1].billable_seconds(), over.charges()[1].cost), (0, "0".parse().unwrap()));
        let seen = world.at_the_carrier(&call, 1).await;
        assert!(count(&seen, "hello") == 0 && seen.room.is_none() && seen.ended_at.is_some(), "{seen:?}");
        assert_eq!(answered(&world.record(&call).await), [("machine", "hung_up")]);
        assert_eq!(world.wallet(&account).await.reserved, "0".parse().unwrap());
    }

    async fn the_others_go_on_without_a_machine_and_with_its_money(world: World) {
        wants(world, Detection::Detect, None);
        let account = world.caller("1.50").await;
        let call = world.call(&account, &[FRIEND, MACHINE]).await;
        until_answered(world, &call, 1).await;
        until_answered(world, &call, 2).await;
        let live = world.look(&call).await;
        assert!(live.is_running() && live.held < "1.50".parse().unwrap(), "{}", live.held);
        world.wait(30).await;
        assert!(world.at_the_carrier(&call, 1).await.room.is_some());
        // A third of the money is not needed, and lengthens the call of the two.
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        assert!(over.legs[0].billable_seconds() >= 149, "{over:#?}");
    }

    async fn a_machine_is_left_the_message_after_its_greeting_and_it_is_paid_for(world: World) {
        wants(world, Detection::GreetingEnd, Some(words()));
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[MACHINE]).await;
        until_answered(world, &call, 1).await;
        let live = world.look(&call).await;
        assert_eq!(live.phase, Phase::Ending(EndReason::MessageLeft));
        world.wait(2).await;
        assert!(world.at_the_carrier(&call, 0).await.ended_at.is_some(), "the caller is not kept");
        assert!(world.at_the_carrier(&call, 1).await.ended_at.is_none());
        let over = world.until_settled(&call).await;
        let seen = world.at_the_carrier(&call, 1).await;
        heard_it_all(&seen);
        assert_eq!(count(&seen, MESSAGE), 1, "{seen:?}");
        assert!(comes_before(&seen, "beeps and records", MESSAGE), "{seen:?}");
        is_billed_for_the_message(&over, 1);
        assert_eq!(over.legs[1].detection_seconds(), 12);
        assert_eq!(answered(&world.record(&call).await), [("machine", "message")]);
    }

    async fn a_sound_is_left_as_soon_as_the_machine_is_known_if_that_is_wanted(world: World) {
        wants(world, Detection::Detect, Some(Message::sound("https://media.example/shop.mp3").unwrap()));
        let account = world.caller("2.00").await;
        let call = world.call(&account, &[MACHINE, FRIEND]).await;
        until_answered(world, &call, 1).await;
        world.wait(25).await;
        let seen = world.at_the_carrier(&call, 1).await;
        assert_eq!((count(&seen, "shop.mp3"), count(&seen, "beeps and records")), (1, 0), "{seen:?}");
        assert!(seen.ended_at.is_some() && world.look(&call).await.is_running());
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_fax_is_hung_up_and_who_cannot_be_told_is_let_in(world: World) {
        wants(world, Detection::GreetingEnd, Some(words()));
        let account = world.caller("1.50").await;
        let call = world.call(&account, &[FAX, MUMBLES]).await;
        until_answered(world, &call, 1).await;
        until_answered(world, &call, 2).await;
        world.wait(3).await;
        let live = world.look(&call).await;
        let found = [&live.legs[1], &live.legs[2]].map(|leg| leg.answered_by());
        assert_eq!(found, [Some(AnsweredBy::Fax), Some(AnsweredBy::Unknown)]);
        assert!(live.legs[1].is_over() && world.at_the_carrier(&call, 2).await.room.is_some());
        assert_eq!(count(&world.at_the_carrier(&call, 1).await, MESSAGE), 0);
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        assert_eq!(answered(&world.record(&call).await), [("fax", "hung_up"), ("unknown", "connected")]);
    }

    async fn messages_of_the_carrier_that_are_lost_or_doubled_change_nothing(world: World) {
        wants(world, Detection::GreetingEnd, Some(words()));
        for kind in [FaultKind::WebhookTwice, FaultKind::WebhookLate, FaultKind::WebhookLost] {
            // Documents are asked for twice or late; of reports, any may be lost.
            let path = if kind == FaultKind::WebhookLost { "/status" } else { "/webhooks/" };
            world.carrier.add_fault(Fault { times: 0, ..Fault::next(kind, "", path) });
            let account = world.caller("1.00").await;
            let call = world.call(&account, &[MACHINE]).await;
            let over = world.until_settled(&call).await;
            world.carrier.clear_faults();
            assert_eq!(over.phase, Phase::Settled(EndReason::MessageLeft), "{kind:?}");
            heard_it_all(&world.at_the_carrier(&call, 1).await);
            is_billed_for_the_message(&over, 1);
            assert_eq!(answered(&world.record(&call).await), [("machine", "message")], "{kind:?}");
        }
    }

    async fn a_plan_says_what_is_usual_and_a_program_chooses_otherwise(world: World) {
        let account = world.caller("500.00").await;
        let (_, plans) = api(world, "/plans", None).await;
        let plan = plans["items"].as_array().unwrap().iter().find(|plan| plan["name"] == "standard").unwrap();
        let terms = format!("/plans/{}/terms", plan["id"].as_str().unwrap());
        let usual = json!({ "machine_detection": "greeting_end", "machine_message": MESSAGE });
        let (status, answer) = api(world, &terms, Some(usual)).await;
        assert_eq!((status, &answer["machine_message"]), (200, &json!(MESSAGE)), "{answer}");
        let mut dial = json!({ "account": account, "own_number": world.own_number, "numbers": [MACHINE] });
        let (status, call) = api(world, "/calls", Some(dial.clone())).await;
        assert_eq!(status, 201, "{call}");
        let id = call["id"].as_str().unwrap().to_owned();
        world.until_settled(&id).await;
        heard_it_all(&world.at_the_carrier(&id, 1).await);
        let (_, call) = api(world, &format!("/calls/{id}"), None).await;
        assert_eq!((&call["legs"][1]["answered_by"], &call["end_reason"]), (&json!("machine"), &json!("message_left")));
        // Another is connected like a person.
        dial["machine_detection"] = json!("off");
        dial["machine_message"] = json!("Hi.");
        let (status, refused) = api(world, "/calls", Some(dial.clone())).await;
        assert_eq!((status, &refused["code"]), (422, &json!("invalid_field")), "{refused}");
        dial.as_object_mut().unwrap().remove("machine_message");
        let (status, call) = api(world, "/calls", Some(dial)).await;
        assert_eq!(status, 201, "{call}");
        let id = call["id"].as_str().unwrap().to_owned();
        world.wait(10).await;
        assert!(world.at_the_carrier(&id, 1).await.room.is_some());
        // A machine that is added to it is hung up.
        let added = json!({ "number": "+14155556005", "machine_detection": "detect" });
        let (status, call) = api(world, &format!("/calls/{id}/legs"), Some(added)).await;
        assert_eq!(status, 201, "{call}");
        until_answered(world, &id, 2).await;
        world.wait(3).await;
        let live = world.look(&id).await;
        assert!(live.legs[2].is_over() && live.legs[2].is_machine() && live.is_running(), "{live:#?}");
        assert_eq!(live.legs[1].answered_by(), None);
        world.hang_up(&id).await;
        world.until_settled(&id).await;
    }

    async fn a_caller_leaves_a_message_and_goes(world: World) {
        for goes_at_once in [false, true] {
            let account = world.caller("1.00").await;
            let call = world.call(&account, &[MACHINE]).await;
            world.wait(20).await;
            assert!(world.at_the_carrier(&call, 1).await.room.is_some(), "nobody listened for a machine");
            let operations = format!("/calls/{call}/operations");
            let mut drop = json!({ "operation": "voicemail_drop", "leg": world.look(&call).await.legs[1].id });
            let (status, refused) = api(world, &operations, Some(drop.clone())).await;
            assert_eq!((status, &refused["code"]), (409, &json!("no_message")));
            drop["message"] = json!(MESSAGE);
            let (status, answer) = api(world, &operations, Some(drop)).await;
            assert_eq!(status, 202, "{answer}");
            if goes_at_once {
                world.carrier.hang_up(&world.at_the_carrier(&call, 0).await.sid);
            }
            world.wait(2).await;
            assert!(world.at_the_carrier(&call, 0).await.ended_at.is_some() && world.look(&call).await.legs[1].is_in());
            let over = world.until_settled(&call).await;
            heard_it_all(&world.at_the_carrier(&call, 1).await);
            let reason = if goes_at_once { EndReason::PayerLeft } else { EndReason::MessageLeft };
            assert_eq!(over.phase, Phase::Settled(reason));
            let record = world.record(&call).await;
            assert!(record.iter().any(|line| matches!(line, Record::VoicemailDropped { .. })), "{record:?}");
            assert!((20..=40).contains(&over.legs[1].billable_seconds()), "{over:#?}");
        }
    }

    async fn a_message_is_left_though_the_redirect_is_lost_or_its_answer(world: World) {
        for kind in [FaultKind::LostBefore, FaultKind::LostAfter, FaultKind::ServerError] {
            let account = world.caller("1.50").await;
            let call = world.call(&account, &[MACHINE, OTHER]).await;
            world.wait(20).await;
            let sid = world.at_the_carrier(&call, 1).await.sid;
            world.carrier.add_fault(Fault::next(kind, "POST", &sid));
            let drop = Operation::VoicemailDrop { leg: world.look(&call).await.legs[1].id.clone(), message: Some(words()) };
            world.operate(&call, drop).await;
            world.wait(30).await;
            heard_it_all(&world.at_the_carrier(&call, 1).await);
            assert!(world.look(&call).await.is_running(), "the others go on");
            world.hang_up(&call).await;
            world.until_settled(&call).await;
        }
    }

    async fn one_of_two_who_talk_outside_the_room_is_left_a_message(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let friend = world.look(&call).await.legs[1].id.clone();
        world.operate(&call, Operation::Enqueue { leg: friend.clone() }).await;
        world.wait(5).await;
        world.operate(&call, Operation::Dequeue { leg: friend.clone() }).await;
        world.wait(3).await;
        assert!(world.at_the_carrier(&call, 1).await.bridge.is_some());
        world.operate(&call, Operation::VoicemailDrop { leg: friend, message: Some(words()) }).await;
        let over = world.until_settled(&call).await;
        heard_it_all(&world.at_the_carrier(&call, 1).await);
        assert_eq!(over.phase, Phase::Settled(EndReason::MessageLeft));
    }

    async fn the_other_leg_of_a_plain_dial_is_found_through_its_parent(world: World) {
        let parent = somebody_elses_dial(world, MACHINE).await;
        let app = world.service.app.clone();
        let leave = async || {
            let speech = Speech::message(words(), Language::English);
            voicemail::leave(&*app.carrier, &app.outbound, &parent, speech).await
        };
        let refused = leave().await.expect_err("nobody has answered yet").to_string();
        assert!(refused.starts_with("Nobody whom CA"), "{refused}");
        world.wait(10).await;
        let child = leave().await.expect("it is left");
        world.wait(30).await;
        let seen = world.carrier.call(&child).expect("the carrier forgets no call");
        assert_eq!((seen.to.as_str(), count(&seen, MESSAGE)), (MACHINE, 1));
        heard_it_all(&seen);
        assert!(world.carrier.call(&parent).expect("a call").ended_at.is_none(), "it goes on with its document");
        leave().await.expect_err("it is gone");
        world.wait(60).await;
    }
}

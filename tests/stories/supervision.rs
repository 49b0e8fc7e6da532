//! Supervisors of running calls: let in and steered by a program, heard as they should be at the carrier, and noticed by
//! nobody whose call it is.

use serde_json::{Value, json};
use talktime::domain::call::supervision::Mode;
use talktime::domain::call::{Call, EndReason, Phase};
use talktime::domain::scope::{Scope, Scopes};
use talktime::flows::api_tokens::{Made, NewToken, make_token};
use talktime::sandbox::carrier::{CoachAlone, Flags};
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
const SPY: &str = "+14155550190";
const OPERATOR: &str = "admin-of-the-story";

async fn ask(world: &World, method: Method, token: &str, path: &str, body: &str) -> (u16, Value) {
    let request = HttpRequest {
        method,
        url: format!("{}/api/v1{path}", world.service.app.config.public_url),
        headers: vec![
            ("authorization", format!("Bearer {token}")),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", talktime::ids::new("key")),
        ],
        body: body.to_owned(),
    };
    let HttpResponse::Answered { status, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("{path} answers");
    };
    (status, serde_json::from_slice(&body).expect("JSON"))
}

async fn get(world: &World, token: &str, path: &str) -> Value {
    ask(world, Method::Get, token, path, "").await.1
}

async fn operates(world: &World, token: &str, call: &str, body: Value) -> (u16, Value) {
    ask(world, Method::Post, token, &format!("/calls/{call}/operations"), &body.to_string()).await
}

async fn let_in(world: &World, call: &str, mode: Value) {
    let mut body = json!({ "operation": "supervise", "number": SPY });
    body.as_object_mut().expect("an object").extend(mode.as_object().expect("an object").clone());
    let (status, answer) = operates(world, OPERATOR, call, body).await;
    assert_eq!(status, 202, "{answer}");
}

async fn set_mode(world: &World, call: &str, mode: &str, coaches: Option<&str>) {
    let leg = leg(world, call, 2).await;
    let body = json!({ "operation": "set_mode", "leg": leg, "mode": mode, "coaches": coaches });
    let (status, answer) = operates(world, OPERATOR, call, body).await;
    assert_eq!(status, 202, "{answer}");
}

async fn token(world: &World, scopes: &[Scope]) -> String {
    let (now, scopes) = (world.now(), scopes.iter().copied().collect::<Scopes>());
    let wanted = NewToken { name: talktime::ids::new("shop"), scopes, expires_at: None };
    let made = world.service.app.db.write(move |tx| make_token(tx, &wanted, "story", now)).await;
    match made.expect("the books answer") {
        Made::Token { bearer, .. } => bearer,
        other => panic!("{other:?}"),
    }
}

async fn leg(world: &World, call: &str, place: usize) -> String {
    world.look(call).await.legs[place].id.clone()
}

async fn flags(world: &World, call: &str, place: usize) -> Flags {
    world.at_the_carrier(call, place).await.flags.expect("it is in the room")
}

async fn sid(world: &World, call: &str, place: usize) -> String {
    world.look(call).await.legs[place].call_sid.clone().expect("it has one")
}

/// Muted, and whom it whispers to: the third leg is the supervisor's.
async fn supervisor(world: &World, call: &str) -> (bool, Option<String>) {
    let Flags { muted, coaches, ends_room, hold } = flags(world, call, 2).await;
    assert!(!ends_room && !hold);
    (muted, coaches)
}

/// Whether the supervisor is heard by payer and friend.
async fn is_heard(world: &World, call: &str) -> [bool; 2] {
    let spy = sid(world, call, 2).await;
    let hearers = world.carrier.hearers();
    let mut heard = [false; 2];
    for (place, heard) in heard.iter_mut().enumerate() {
        let party = sid(world, call, place).await;
        assert!(hearers.contains(&(spy.clone(), party.clone())), "a supervisor hears everybody");
        *heard = hearers.contains(&(party, spy.clone()));
    }
    heard
}

fn billed(call: &Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

on_both_databases! {
    async fn a_supervisor_listens_whispers_and_speaks_to_all_while_the_call_goes_on(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let_in(world, &call, json!({ "mode": "monitor" })).await;
        world.wait(5).await;
        assert_eq!(supervisor(world, &call).await, (true, None));
        assert_eq!(is_heard(world, &call).await, [false, false]);
        let friend = leg(world, &call, 1).await;
        set_mode(world, &call, "whisper", Some(&friend)).await;
        world.wait(2).await;
        assert_eq!(supervisor(world, &call).await, (false, Some(sid(world, &call, 1).await)));
        assert_eq!(is_heard(world, &call).await, [false, true]);
        set_mode(world, &call, "barge", None).await;
        world.wait(2).await;
        assert_eq!(is_heard(world, &call).await, [true, true]);
        let payer = leg(world, &call, 0).await;
        set_mode(world, &call, "whisper", Some(&payer)).await;
        world.wait(2).await;
        assert_eq!(is_heard(world, &call).await, [true, false]);
        set_mode(world, &call, "monitor", None).await;
        world.wait(2).await;
        assert_eq!((supervisor(world, &call).await, is_heard(world, &call).await), ((true, None), [false, false]));
        // Nobody paid a second for it, and nobody lost one.
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        assert_eq!(billed(&over)[..2], [100, 99]);
        assert!(world.at_the_carrier(&call, 2).await.ended_at.is_some());
        assert_eq!(world.wallet(&account).await.posted.to_string(), "0.005");
        assert!(over.charges()[2].cost.micros() == 0 && over.charges()[2].billed_seconds == 0);
    }

    async fn who_is_whispered_to_rejoins_and_hears_it_again_and_nobody_else_in_between(world: World) {
        // A carrier may free a coach whose leg has gone: it would be heard by all.
        for switch in [CoachAlone::StaysBound, CoachAlone::StopsCoaching] {
            world.carrier.change_switches(|switches| switches.coach_left_alone = switch);
            for place in [1, 0] {
                let account = world.caller("1.00").await;
                let call = world.call(&account, &[FRIEND]).await;
                world.wait(8).await;
                let to = leg(world, &call, place).await;
                let_in(world, &call, json!({ "mode": "whisper", "coaches": to })).await;
                world.wait(4).await;
                let whispers = (false, Some(sid(world, &call, place).await));
                assert_eq!(supervisor(world, &call).await, whispers);
                let before = (flags(world, &call, 0).await, flags(world, &call, 1).await);
                world.credit(&account, "1.00").await;
                for _ in 0..20 {
                    world.wait(1).await;
                    let (other, spy) = (sid(world, &call, 1 - place).await, sid(world, &call, 2).await);
                    assert!(!world.carrier.hearers().contains(&(other, spy)), "{switch:?} {place}");
                }
                let live = world.look(&call).await;
                assert!(live.extension >= 1 && live.legs.iter().all(|leg| leg.is_in() && leg.is_settled()), "{live:#?}");
                assert_eq!(live.legs[2].turn, 0, "the supervisor stays where it is");
                assert_eq!((flags(world, &call, 0).await, flags(world, &call, 1).await), before);
                assert_eq!(supervisor(world, &call).await, whispers);
                let over = world.until_settled(&call).await;
                assert_eq!((over.phase, &billed(&over)[..2]), (Phase::Settled(EndReason::TimeIsUp), &[200, 199][..]));
            }
        }
    }

    async fn a_whisperer_waits_while_the_other_is_on_hold_or_parked_and_listens_when_it_has_left(world: World) {
        let account = world.caller("3.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(8).await;
        let friend = leg(world, &call, 1).await;
        let_in(world, &call, json!({ "mode": "whisper", "coaches": friend })).await;
        world.wait(4).await;
        let whispers = (false, Some(sid(world, &call, 1).await));
        for (done, undone) in [("hold", "unhold"), ("park", "unpark")] {
            assert_eq!(operates(world, OPERATOR, &call, json!({ "operation": done, "leg": friend })).await.0, 202);
            world.wait(4).await;
            assert!(supervisor(world, &call).await.0, "{done}: nobody hears it meanwhile");
            assert_eq!(operates(world, OPERATOR, &call, json!({ "operation": undone, "leg": friend })).await.0, 202);
            world.wait(5).await;
            assert_eq!(supervisor(world, &call).await, whispers, "{undone}");
        }
        world.carrier.hang_up(&sid(world, &call, 1).await);
        world.wait(5).await;
        let live = world.look(&call).await;
        assert_eq!(live.legs[2].mode(), Some(Mode::Monitor));
        world.until_settled(&call).await;
    }

    async fn nobody_whose_call_it_is_learns_of_it_and_the_audit_has_all_of_it(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        let shop = token(world, &[Scope::CallsRead, Scope::CallsWrite]).await;
        let both = [Scope::CallsRead, Scope::CallsWrite, Scope::CallsSupervise];
        let house = token(world, &both).await;
        world.wait(10).await;
        let body = json!({ "operation": "supervise", "number": SPY, "mode": "monitor" });
        let (status, answer) = operates(world, &shop, &call, body.clone()).await;
        assert_eq!((status, answer["code"].as_str()), (403, Some("missing_scope")));
        let (status, answer) = operates(world, &house, &call, body.clone()).await;
        assert_eq!((status, answer["legs"][2]["mode"].as_str()), (202, Some("monitor")), "{answer}");
        world.wait(5).await;
        let (status, answer) = operates(world, &house, &call, body).await;
        assert_eq!((status, answer["code"].as_str()), (422, Some("same_number_twice")), "{answer}");
        let spy = leg(world, &call, 2).await;
        // To everybody else there is no such leg, and so nothing that could be done to it.
        for operation in ["remove", "mute"] {
            let (status, answer) = operates(world, &shop, &call, json!({ "operation": operation, "leg": spy })).await;
            assert_eq!((status, answer["code"].as_str()), (409, Some("no_such_leg")), "{answer}");
        }
        set_mode(world, &call, "barge", None).await;
        let removed = operates(world, &house, &call, json!({ "operation": "remove", "leg": spy })).await;
        assert_eq!(removed.0, 202);
        world.wait(3).await;
        assert!(world.look(&call).await.is_running() && world.look(&call).await.legs[2].is_over());
        for path in ["", "/records", "/bill"] {
            let path = format!("/calls/{call}{path}");
            let seen = get(world, &shop, &path).await.to_string();
            assert!(!seen.contains(&spy) && !seen.contains(SPY) && seen.len() > 100, "{path}: {seen}");
            let house_sees = get(world, &house, &path).await.to_string();
            assert_eq!(house_sees.contains(&spy), !path.ends_with("/bill"), "{path}: {house_sees}");
        }
        let found = get(world, &shop, &format!("/calls?account={account}&number=%2B14155550190")).await;
        assert_eq!(found["items"], json!([]), "nobody finds a call by a supervisor's number");
        let list = get(world, &shop, &format!("/calls?account={account}")).await;
        assert!(!list.to_string().contains(&spy));
        let audit = get(world, OPERATOR, "/audit").await.to_string();
        for told in ["\"supervise\"", "\"set_mode\"", "\"monitor\"", "\"barge\"", "\"remove\"", SPY] {
            assert!(audit.contains(told), "{told}: {audit}");
        }
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        let bill = get(world, OPERATOR, &format!("/calls/{call}/bill")).await;
        assert!(bill["legs"].as_array().is_some_and(|legs| legs.len() == 2) && bill["agrees"] == true, "{bill}");
    }
}

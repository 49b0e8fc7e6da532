//! Two who are held in a queue of the carrier's and talk again outside the room: nobody is dropped, both are billed all
//! the same, and nobody stays a second longer than is paid for.

use serde_json::json;
use talktime::domain::call::machine::MachineChoice;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, EndReason, Phase};
use talktime::flows::add_leg::{AddRequest, Added, add_leg};
use talktime::flows::credit::credit_account;
use talktime::flows::open_account::add_user;
use talktime::sandbox::carrier::{CallSnapshot, Fault, FaultKind, WaitFailure};
use talktime::web::auth::password;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
const OTHER: &str = "+14155550102";

async fn leg(world: &World, call: &str, place: usize) -> String {
    world.look(call).await.legs[place].id.clone()
}

/// Seconds on the bill, the payer's leg first.
fn billed(call: &Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

fn heard(seen: &CallSnapshot, what: &str) -> bool {
    seen.heard.iter().any(|heard| heard.line.contains(what))
}

/// A call of two, one of them in the queue.
async fn queued(world: &mut World, funds: &str, place: usize) -> (String, String) {
    let account = world.caller(funds).await;
    let call = world.call(&account, &[FRIEND]).await;
    world.wait(10).await;
    world.operate(&call, Operation::Enqueue { leg: leg(world, &call, place).await }).await;
    world.wait(5).await;
    let (waits, other) = (world.at_the_carrier(&call, place).await, world.at_the_carrier(&call, 1 - place).await);
    assert!(waits.queue.is_some() && heard(&waits, "hold-music"), "{waits:?}");
    assert!(other.queue.is_none() && other.room.is_none() && heard(&other, "hold-music"), "{other:?}");
    (account, call)
}

async fn reunite(world: &mut World, call: &str, place: usize) {
    world.operate(call, Operation::Dequeue { leg: leg(world, call, place).await }).await;
    world.wait(3).await;
    are_reunited(world, call).await;
}

async fn are_reunited(world: &World, call: &str) {
    let (one, other) = (world.at_the_carrier(call, 0).await, world.at_the_carrier(call, 1).await);
    assert!(one.bridge.is_some() && one.bridge == other.bridge, "{one:?} {other:?}");
}

async fn are_in_the_room(world: &World, call: &str, legs: usize) {
    for place in 0..legs {
        let flags = world.at_the_carrier(call, place).await.flags.expect("it is in the room");
        assert_eq!(flags.ends_room, place == 0);
    }
}

async fn by_api(world: &World, call: &str, operation: &str, leg: &str) -> (u16, String) {
    let request = HttpRequest {
        method: Method::Post,
        url: format!("{}/api/v1/calls/{call}/operations", world.service.app.config.public_url),
        headers: vec![
            ("authorization", "Bearer admin-of-the-story".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", talktime::ids::new("key")),
        ],
        body: json!({ "operation": operation, "leg": leg }).to_string(),
    };
    let HttpResponse::Answered { status, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("the service answers");
    };
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn by_page(world: &World, account: &str, call: &str, operation: &str, label: &str, leg: &str) {
    let (hash, of, now) = (password::hash("a good password"), Some(account.to_owned()), world.now());
    let user = world.service.app.db.write(move |tx| add_user(tx, "ann@example.org", hash, "caller", of, "story", now));
    user.await.expect("she can sign in");
    let (mut ann, ours) = (world.person(), &world.service.app.config.public_url);
    let csrf = ann.get(&format!("{ours}/sign-in")).await.hidden("csrf");
    let fields = [("csrf", csrf.as_str()), ("email", "ann@example.org"), ("password", "a good password")];
    assert_eq!(ann.send(&format!("{ours}/sign-in"), &fields).await.status, 303);
    let page = ann.get(&format!("{ours}/calls/{call}")).await;
    assert!(page.page.contains(label), "{label} is on {}", page.page);
    let fields = [("csrf", page.hidden("csrf")), ("leg", leg.to_owned()), ("operation", operation.to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(ann.send(&format!("{ours}/calls/{call}/operations"), &fields).await.status, 303);
}

on_both_databases! {
    async fn two_are_held_in_a_queue_talk_again_and_burn_all_the_same(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let friend = leg(world, &call, 1).await;
        let (status, body) = by_api(world, &call, "enqueue", &friend).await;
        assert_eq!(status, 202, "{body}");
        world.wait(30).await;
        assert!(world.at_the_carrier(&call, 1).await.queue.is_some());
        by_page(world, &account, &call, "dequeue", "Take out of the queue", &friend).await;
        world.wait(3).await;
        are_reunited(world, &call).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, billed(&over)), (Phase::Settled(EndReason::TimeIsUp), vec![100, 99]));
        for place in [0, 1] {
            assert!(heard(&world.at_the_carrier(&call, place).await, "prepaid time is used up"));
        }
        let record = world.record(&call).await;
        for word in ["enqueue", "dequeue"] {
            assert!(record.iter().any(|line| matches!(line, Record::Operated { operation, .. } if operation == word)));
        }
    }

    async fn the_deadline_comes_while_they_wait(world: World) {
        for place in [1, 0] {
            let (_, call) = queued(world, "1.00", place).await;
            let over = world.until_settled(&call).await;
            assert_eq!(billed(&over), [100, 99]);
            for place in [0, 1] {
                assert!(heard(&world.at_the_carrier(&call, place).await, "prepaid time is used up"), "{place}");
            }
        }
    }

    async fn a_recharge_while_they_wait_lets_both_stay(world: World) {
        let (account, call) = queued(world, "1.00", 1).await;
        world.credit(&account, "1.00").await;
        world.wait(25).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.legs.iter().all(|leg| leg.authorised_until == live.deadline), "{live:#?}");
        assert!(world.at_the_carrier(&call, 1).await.queue.is_some());
        reunite(world, &call, 1).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, billed(&over)), (Phase::Settled(EndReason::TimeIsUp), vec![200, 199]));
    }

    async fn a_recharge_while_they_talk_again_leads_both_to_the_room(world: World) {
        for place in [1, 0] {
            let (account, call) = queued(world, "1.00", place).await;
            reunite(world, &call, place).await;
            world.credit(&account, "1.00").await;
            world.wait(10).await;
            are_in_the_room(world, &call, 2).await;
            let over = world.until_settled(&call).await;
            assert_eq!((over.phase, billed(&over)), (Phase::Settled(EndReason::TimeIsUp), vec![200, 199]));
        }
    }

    async fn they_go_to_the_queue_and_back_as_often_as_they_like(world: World) {
        let (_, call) = queued(world, "1.00", 1).await;
        reunite(world, &call, 1).await;
        for place in [0, 1] {
            world.operate(&call, Operation::Enqueue { leg: leg(world, &call, place).await }).await;
            world.wait(5).await;
            assert!(world.at_the_carrier(&call, place).await.queue.is_some());
            reunite(world, &call, place).await;
        }
        world.operate(&call, Operation::Hold { leg: leg(world, &call, 1).await }).await;
        world.wait(5).await;
        are_in_the_room(world, &call, 2).await;
        assert!(world.at_the_carrier(&call, 1).await.flags.is_some_and(|flags| flags.hold));
        assert_eq!(billed(&world.until_settled(&call).await), [100, 99]);
    }

    async fn whoever_hangs_up_ends_the_call(world: World) {
        for (who, again) in [(0, false), (1, false), (0, true), (1, true)] {
            let (_, call) = queued(world, "1.00", 1).await;
            if again {
                reunite(world, &call, 1).await;
            }
            world.carrier.hang_up(&world.at_the_carrier(&call, who).await.sid);
            let over = world.until_settled(&call).await;
            let reason = if who == 0 { EndReason::PayerLeft } else { EndReason::OthersLeft };
            assert_eq!(over.phase, Phase::Settled(reason));
            assert!(billed(&over).iter().all(|seconds| (12..=21).contains(seconds)), "{:?}", billed(&over));
        }
    }

    async fn a_third_leads_them_to_the_room_and_three_are_too_many_for_a_queue(world: World) {
        let (account, call) = queued(world, "2.00", 1).await;
        reunite(world, &call, 1).await;
        let request = AddRequest { call: call.clone(), number: OTHER.parse().unwrap(), machine: MachineChoice::default(), request_key: "once".to_owned() };
        let (rules, now, amount) = (world.service.app.config.rules, world.now(), "2.00".parse().unwrap());
        // The money is used for the number before the call can be made longer with it.
        let added = world.service.app.db.write(move |tx| {
            credit_account(tx, &account, "once", amount, "a gift", "story", now)?;
            add_leg(tx, &request, None, &rules, now)
        });
        let added = added.await;
        assert!(matches!(added, Ok(Added::Leg { .. })), "{added:?}");
        world.wait(15).await;
        are_in_the_room(world, &call, 3).await;
        let (status, body) = by_api(world, &call, "enqueue", &leg(world, &call, 1).await).await;
        assert!(status == 409 && body.contains("not_two_parties"), "{body}");
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn with_us_out_of_reach_for_a_while_no_second_is_given_away(world: World) {
        for unanswered in [WaitFailure::EndsCall, WaitFailure::LeavesQueue, WaitFailure::Silence] {
            world.carrier.change_switches(|switches| switches.failed_queue_wait = unanswered);
            for place in [1, 0] {
                let (_, call) = queued(world, "1.00", place).await;
                // Whatever comes is refused, as if nobody were there.
                let lost = Fault { times: 0, ..Fault::next(FaultKind::WrongSignature, "", "") };
                world.carrier.add_fault(lost);
                world.wait(40).await;
                world.carrier.clear_faults();
                let over = world.until_settled(&call).await;
                for leg in &over.legs {
                    assert!(leg.billable_seconds() >= 12, "{unanswered:?}: {over:#?}");
                    assert!(leg.carrier_seconds() - leg.billable_seconds() <= 3, "{unanswered:?}: {over:#?}");
                    assert!(leg.authorised_seconds() <= 100);
                }
                let stayed = over.legs[place].billable_seconds() >= 99;
                assert_eq!(stayed, unanswered == WaitFailure::Silence, "{unanswered:?}: {over:#?}");
            }
        }
    }
}

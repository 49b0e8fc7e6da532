//! Calls handed over, with and without the paying phone, and rooms in which somebody is left alone.

use serde_json::{Value, json};
use talktime::domain::call::operation::Operation;
use talktime::domain::call::payer_leaves::PayerLeaves;
use talktime::domain::call::record::Record;
use talktime::domain::call::transfer::Kind;
use talktime::domain::call::{Call, EndReason, Phase, Whereabouts};
use talktime::domain::money::Money;
use talktime::flows::FlowError;
use talktime::flows::call_changed;
use talktime::flows::credit::credit_account;
use talktime::flows::transfer::{To, TransferRequest, Transferred, transfer as transfer_call};
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::world::{ACCOUNT_SID, AUTH_TOKEN};

const AGENT: &str = "+14155550101";
const OTHER: &str = "+14155550102";
const BUSY: &str = "+14155550002";
const SLOW: &str = "+14155550030";

async fn send(
    world: &World,
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
) -> (u16, Value) {
    let request = HttpRequest { method, url, headers, body };
    let HttpResponse::Answered { status, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("it answers");
    };
    (status, serde_json::from_slice(&body).expect("JSON"))
}

/// Somebody's program asks.
async fn api(world: &World, method: Method, path: &str, body: Value) -> (u16, Value) {
    let headers = vec![
        ("authorization", "Bearer admin-of-the-story".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("idempotency-key", talktime::ids::new("key")),
    ];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(world, method, format!("{}/api/v1{path}", world.service.app.config.public_url), headers, body).await
}

async fn leg(world: &World, call: &str, place: usize) -> String {
    world.look(call).await.legs[place].id.clone()
}

/// The leg at this place hands the call over.
async fn transfer(world: &World, call: &str, place: usize, to: Value) -> (u16, Value) {
    let mut body = to;
    body["leg"] = leg(world, call, place).await.into();
    api(world, Method::Post, &format!("/calls/{call}/transfers"), body).await
}

async fn transfers(world: &World, call: &str, place: usize, to: Value) {
    let (status, answer) = transfer(world, call, place, to).await;
    assert_eq!(status, 202, "{answer}");
}

/// Money comes in, and is used for the transfer before the call can be extended into it.
pub async fn credit_and_transfer(world: &World, call: &str, amount: &str, place: usize, to: &str, kind: Kind) {
    let (found, now) = (world.look(call).await, world.now());
    let request = TransferRequest {
        call: call.to_owned(),
        transferor: found.legs[place].id.clone(),
        to: To::Number { number: to.parse().expect("a number"), kind },
        request_key: talktime::ids::new("key"),
    };
    let (rules, amount) = (world.service.app.config.rules, amount.parse().expect("an amount"));
    let answer = world.service.app.db.write(move |tx| {
        credit_account(tx, &found.account, &request.request_key, amount, "a gift", "story", now)?;
        transfer_call(tx, &request, None, &rules, now)
    });
    assert_eq!(answer.await.expect("the books answer"), Transferred::UnderWay);
}

async fn keep_paying(world: &World, call: &str) {
    let (call, now) = (call.to_owned(), world.now());
    let changed = world.service.app.db.write(move |tx| {
        let mut change = call_changed::lock(tx, &call)?;
        change.call.terms.payer_leaves = PayerLeaves::KeepsPaying;
        call_changed::save(tx, change, vec![], now)?;
        Ok::<_, FlowError>(())
    });
    changed.await.expect("the terms are kept");
}

/// Who is in the room at the carrier, and who of them is on hold.
async fn room(world: &World, call: &str) -> (Vec<usize>, Vec<usize>) {
    let legs = world.look(call).await.legs;
    let (mut present, mut held) = (vec![], vec![]);
    // Who was called off before it was rung has no name.
    for (place, _) in legs.iter().enumerate().filter(|(_, leg)| leg.call_sid.is_some()) {
        if let Some(flags) = world.at_the_carrier(call, place).await.flags {
            present.push(place);
            held.extend(flags.hold.then_some(place));
        }
    }
    (present, held)
}

async fn adds_up(world: &World, account: &str, over: &Call, funds: &str) {
    let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
    let wallet = world.wallet(account).await;
    assert_eq!((wallet.posted + cost, wallet.available()), (funds.parse().expect("an amount"), wallet.posted));
}

fn billed(call: &Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

on_both_databases! {
    async fn an_agent_hands_the_caller_over_and_is_dropped_when_the_other_is_in(world: World) {
        let account = world.caller("1000.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        transfers(world, &call, 1, json!({ "number": SLOW })).await;
        world.wait(20).await;
        assert_eq!(room(world, &call).await, (vec![0, 1], vec![]), "they go on talking");
        assert_eq!(transfer(world, &call, 0, json!({ "number": OTHER })).await.1["code"], "transfer_under_way");
        world.wait(15).await;
        let live = world.look(&call).await;
        assert!(live.legs[1].is_over() && live.is_running() && live.transfer.is_none(), "{live:#?}");
        assert_eq!(room(world, &call).await, (vec![0, 2], vec![]));
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        adds_up(world, &account, &over, "1000.00").await;
    }

    async fn the_paying_phone_may_not_leave_where_the_call_ends_with_it(world: World) {
        let account = world.caller("2.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        let (status, answer) = transfer(world, &call, 0, json!({ "number": OTHER })).await;
        assert_eq!((status, answer["code"].as_str()), (409, Some("payer_ends_the_call")));
        assert_eq!((world.rings(OTHER), world.look(&call).await.legs.len()), (0, 2));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn the_account_goes_on_paying_after_its_phone_was_transferred_away(world: World) {
        let account = world.caller("1.50").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &[AGENT]).await;
        keep_paying(world, &call).await;
        world.wait(10).await;
        credit_and_transfer(world, &call, "1.00", 0, OTHER, Kind::Cold).await;
        world.wait(10).await;
        let live = world.look(&call).await;
        assert!(live.legs[0].is_over() && live.is_running(), "{live:#?}");
        assert_eq!(room(world, &call).await, (vec![1, 2], vec![]));
        assert_eq!(live.anchor().number.as_str(), AGENT);
        // Recharged and extended without a payer in the room; it says so in the record.
        for _ in 0..400 {
            world.wait(1).await;
            if world.look(&call).await.told >= 2 { break; }
        }
        let live = world.look(&call).await;
        assert!(live.told >= 2 && live.is_running(), "{live:#?}");
        let record = world.record(&call).await;
        assert!(record.iter().any(|line| matches!(line, Record::Charged { .. })), "{record:?}");
        assert_eq!(room(world, &call).await, (vec![1, 2], vec![]));
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert!(billed(&over)[0] < 20, "{:?}", billed(&over));
    }

    async fn without_a_payer_the_time_still_ends_with_a_warning_and_a_notice(world: World) {
        let account = world.caller("1.50").await;
        let call = world.call(&account, &[AGENT]).await;
        keep_paying(world, &call).await;
        world.wait(10).await;
        credit_and_transfer(world, &call, "1.00", 0, OTHER, Kind::Cold).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        let record = world.record(&call).await;
        assert!(record.contains(&Record::Warned) && record.iter().any(|line| matches!(line, Record::Notice { .. })), "{record:?}");
        adds_up(world, &account, &over, "2.50").await;
    }

    async fn a_busy_number_leaves_the_call_as_it_was(world: World) {
        let account = world.caller("1000.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        for warm in [false, true] {
            transfers(world, &call, 1, json!({ "number": BUSY, "warm": warm })).await;
            world.wait(6).await;
            assert_eq!((room(world, &call).await, world.look(&call).await.transfer), ((vec![0, 1], vec![]), None));
        }
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_warm_transfer_is_connected(world: World) {
        let account = world.caller("1000.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        transfers(world, &call, 1, json!({ "number": OTHER, "warm": true })).await;
        world.wait(6).await;
        assert_eq!(room(world, &call).await, (vec![0, 1, 2], vec![0]), "the customer is on hold");
        let connect = json!({ "operation": "connect" });
        assert_eq!(api(world, Method::Post, &format!("/calls/{call}/operations"), connect).await.0, 202);
        world.wait(4).await;
        assert_eq!(room(world, &call).await, (vec![0, 2], vec![]));
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        adds_up(world, &account, &over, "1000.00").await;
    }

    async fn the_payer_connects_warmly_and_leaves_while_the_account_keeps_paying(world: World) {
        let account = world.caller("1000.00").await;
        let call = world.call(&account, &[AGENT]).await;
        keep_paying(world, &call).await;
        world.wait(10).await;
        transfers(world, &call, 0, json!({ "number": OTHER, "warm": true })).await;
        world.wait(6).await;
        assert_eq!(room(world, &call).await, (vec![0, 1, 2], vec![1]));
        world.operate(&call, Operation::Connect).await;
        world.wait(6).await;
        assert_eq!(room(world, &call).await, (vec![1, 2], vec![]));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_warm_transfer_is_taken_back(world: World) {
        let account = world.caller("1000.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        for wait in [0, 6] {
            transfers(world, &call, 1, json!({ "number": OTHER, "warm": true })).await;
            world.wait(wait).await;
            world.operate(&call, Operation::TakeBack).await;
            world.wait(6).await;
            assert_eq!(room(world, &call).await, (vec![0, 1], vec![]), "{wait}");
        }
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn nobody_is_dropped_and_the_customer_stays_on_hold_when_a_recharge_comes_meanwhile(world: World) {
        let account = world.caller("2.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        credit_and_transfer(world, &call, "2.00", 1, OTHER, Kind::Warm).await;
        world.wait(6).await;
        let before = world.look(&call).await.extension;
        world.credit(&account, "3.00").await;
        world.wait(25).await;
        let live = world.look(&call).await;
        assert!(live.extension > before && live.legs.iter().all(|leg| leg.is_settled() && !leg.is_over()), "{live:#?}");
        assert_eq!(room(world, &call).await, (vec![0, 1, 2], vec![0]));
        world.operate(&call, Operation::Connect).await;
        world.wait(4).await;
        assert_eq!(room(world, &call).await, (vec![0, 2], vec![]));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn the_caller_waits_in_a_queue_with_music_until_somebody_takes_the_call(world: World) {
        let account = world.caller("5.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        transfers(world, &call, 1, json!({ "queue": "support" })).await;
        world.wait(30).await;
        let live = world.look(&call).await;
        assert!(live.legs[1].is_over() && live.is_running() && live.legs[0].whereabouts == Whereabouts::Music);
        let (_, listed) = api(world, Method::Get, "/queues/support", Value::Null).await;
        assert_eq!((listed["items"][0]["call"].as_str(), listed["items"].as_array().map(Vec::len)), (Some(call.as_str()), Some(1)));
        assert_eq!(api(world, Method::Get, "/queues/sales", Value::Null).await.1["items"], json!([]));
        let take = format!("/calls/{call}/take");
        assert_eq!(api(world, Method::Post, &take, json!({ "number": BUSY })).await.0, 202);
        world.wait(5).await;
        assert_eq!(api(world, Method::Get, "/queues/support", Value::Null).await.1["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(api(world, Method::Post, &take, json!({ "number": OTHER })).await.0, 202);
        assert_eq!(api(world, Method::Post, &take, json!({ "number": AGENT })).await.1["code"], "nobody_waits");
        world.wait(8).await;
        assert_eq!(room(world, &call).await, (vec![0, 3], vec![]));
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        adds_up(world, &account, &over, "5.00").await;
    }

    async fn a_customer_waits_in_a_queue_though_the_payer_left(world: World) {
        let account = world.caller("5.00").await;
        let call = world.call(&account, &[AGENT]).await;
        keep_paying(world, &call).await;
        world.wait(10).await;
        transfers(world, &call, 0, json!({ "queue": "support" })).await;
        world.wait(15).await;
        let live = world.look(&call).await;
        assert!(live.legs[0].is_over() && live.is_running(), "{live:#?}");
        assert_eq!(api(world, Method::Post, &format!("/calls/{call}/take"), json!({ "number": OTHER })).await.0, 202);
        world.wait(8).await;
        assert_eq!(room(world, &call).await, (vec![1, 2], vec![]));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn in_a_queue_the_paid_time_ends_with_the_notice(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        transfers(world, &call, 1, json!({ "queue": "support" })).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, over.transfer.clone()), (Phase::Settled(EndReason::TimeIsUp), None));
        adds_up(world, &account, &over, "1.00").await;
    }

    async fn whoever_is_left_alone_though_the_others_call_is_still_up_is_not_kept(world: World) {
        let account = world.caller("3.00").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        // Somebody at the carrier leads the agent away, behind our back.
        let sid = world.look(&call).await.legs[1].call_sid.clone().expect("it is named");
        let url = format!("{}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls/{sid}.json", world.carrier.base_url());
        let basic = {
            use base64::Engine;
            base64::engine::general_purpose::STANDARD.encode(format!("{ACCOUNT_SID}:{AUTH_TOKEN}"))
        };
        let headers = vec![
            ("authorization", format!("Basic {basic}")),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let twiml = "Twiml=%3CResponse%3E%3CPause%20length%3D%22100%22%2F%3E%3C%2FResponse%3E".to_owned();
        let (status, answer) = send(world, Method::Post, url, headers, twiml).await;
        assert_eq!(status, 200, "{answer}");
        world.wait(8).await;
        assert!(world.look(&call).await.is_running(), "not before the grace is over");
        world.wait(8).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::OthersLeft));
        assert!((18..=25).contains(&billed(&over)[0]), "{:?}", billed(&over));
    }

    async fn who_is_alone_only_for_a_rejoin_or_while_the_other_is_parked_is_kept(world: World) {
        let account = world.caller("1.50").await;
        let call = world.call(&account, &[AGENT]).await;
        world.wait(10).await;
        let parked = leg(world, &call, 1).await;
        world.operate(&call, Operation::Park { leg: parked.clone() }).await;
        world.wait(40).await;
        assert!(world.look(&call).await.is_running());
        world.operate(&call, Operation::Unpark { leg: parked }).await;
        world.wait(5).await;
        world.credit(&account, "3.00").await;
        world.wait(60).await;
        let live = world.look(&call).await;
        assert!(live.is_running() && live.extension >= 1 && live.alone_since.is_none(), "{live:#?}");
        assert_eq!(room(world, &call).await, (vec![0, 1], vec![]));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }
}

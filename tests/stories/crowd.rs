//! Two hundred people, or programs, want something of one account at the same moment, through two nodes: the balance never
//! passes zero, nothing is lost, and whoever is refused is told of something they can understand.

use std::collections::BTreeMap;
use std::net::TcpListener;

use futures_util::future::join_all;
use serde_json::{Value, json};
use talktime::app::Service;
use talktime::domain::money::Money;
use talktime::domain::recharge::Agreement;
use talktime::storage::{StorageError, statements};

use crate::support::twin::Name;
use crate::support::{Kind, World};

/// Different things that are wanted; each is asked of both nodes at once, under one key.
const WISHES: usize = 100;

/// Another node on the same books.
async fn second_node(world: &World) -> (Service, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let config = world.service.app.config.clone();
    (Service::start(config, world.clock.clone(), listener).await.expect("another node starts"), address)
}

/// Where it is asked, and for what: a fifth is a call, a fifth money that goes away by hand, a fifth a refund, and the
/// others bring money.
fn wish(number: usize, account: &str, payment: &str) -> (&'static str, String, Value) {
    let key = format!("wish {number}");
    match number % 5 {
        0 => {
            let others = [format!("+1415555{:04}", 5000 + number)];
            let call = json!({ "account": account, "own_number": "+14155550100", "numbers": others, "key": key });
            ("call", "calls".to_owned(), call)
        }
        1 => {
            let debit = json!({ "amount": "0.30", "reason": "moved away", "key": key });
            ("debit", format!("accounts/{account}/debits"), debit)
        }
        2 => {
            let refund = json!({ "amount": "0.07", "reason": "as a favour", "key": key });
            ("refund", format!("payments/{payment}/refunds"), refund)
        }
        3 => {
            let cash = json!({ "amount": "0.05", "reason": "at the counter", "key": key });
            ("cash", format!("accounts/{account}/cash-receipts"), cash)
        }
        _ => {
            let credit = json!({ "amount": "0.02", "reason": "a gift", "key": key });
            ("credit", format!("accounts/{account}/credits"), credit)
        }
    }
}

/// The status and the code of a refusal.
async fn asked(client: &reqwest::Client, node: &str, path: &str, body: &Value) -> (u16, String) {
    let request = client.post(format!("{node}/api/v1/{path}")).bearer_auth("admin-of-the-story");
    let request = request.header("content-type", "application/json").body(body.to_string());
    let answer = request.send().await.expect("it is answered");
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.bytes().await.expect("it is read")).expect("JSON");
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

/// What moved, by kind of fact: how often, and how much in the balance's favour.
async fn moved(world: &World, account: &str) -> BTreeMap<String, (i64, Money)> {
    let id = account.to_owned();
    let found = world.service.app.db.read(move |tx| statements::page(tx, &id, None, 10_000)).await;
    let found = found.map_err(|error: StorageError| error).expect("the statement is read");
    let mut moved = BTreeMap::<String, (i64, Money)>::new();
    for line in found {
        let kind = line.fact_key.split(':').next().unwrap_or_default().to_owned();
        let (count, sum) = moved.entry(kind).or_default();
        let comes_in = line.credit == format!("wallet:{account}");
        (*count, *sum) = (*count + 1, *sum + if comes_in { line.amount } else { -line.amount });
    }
    moved
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_attempts_at_one_account_through_two_nodes_lose_nothing() {
    let settings = [("TALKTIME_MOST_LIVE_CALLS", "100"), ("TALKTIME_MOST_CALL_SECONDS", "60")];
    let mut world = World::set(Kind::Postgres, Name::Stripe, &settings).await;
    // 1.00 comes from a card and can go back to it.
    let account = world.caller("0.01").await;
    world.agree(&account, &["pm_card_visa"]).await;
    let once = Agreement { most_per_day: 1, ..Agreement::of("1.00".parse().expect("an amount")) };
    world.agree_to(&account, once).await;
    world.dial(&account, &["+14155550101"]).await;
    world.wait(10).await;
    let (node, other) = (world.service.app.config.public_url.clone(), second_node(&world).await);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    world.credit(&account, "4.00").await;
    let id = account.clone();
    let paid = world.service.app.db.read(move |tx| talktime::storage::payments::list(tx, Some(&id), 1)).await;
    let payment = paid.map_err(|error: StorageError| error).expect("payments are read").remove(0).id;

    let wishes: Vec<_> = (0..WISHES).map(|number| wish(number, &account, &payment)).collect();
    let attempts = wishes.iter().flat_map(|(_, path, body)| {
        [&node, &other.1].map(|node| {
            let (client, node, path, body) = (client.clone(), node.clone(), path.clone(), body.clone());
            tokio::spawn(async move { asked(&client, &node, &path, &body).await })
        })
    });
    let attempts: Vec<_> = attempts.collect();
    assert_eq!(attempts.len(), 200);
    let answers: Vec<_> = join_all(attempts).await.into_iter().map(|one| one.expect("no panic")).collect();

    let mut granted = BTreeMap::<&str, i64>::new();
    for ((what, ..), pair) in wishes.iter().zip(answers.chunks(2)) {
        for (status, code) in pair {
            let done = matches!(status, 200 | 201);
            let theirs = ["not_enough_credit", "not_enough_free", "more_than_charged"].contains(&code.as_str());
            assert!(done || (*status == 422 && theirs), "{what} fails for nothing its user did: {status} {code}");
        }
        *granted.entry(*what).or_default() += i64::from(pair.iter().any(|(status, _)| *status < 300));
    }
    assert_eq!((granted["cash"], granted["credit"]), (20, 20), "what brings money is never refused");
    assert!(granted["refund"] <= 14, "never more than was charged: {granted:?}");
    let wallet = world.wallet(&account).await;
    assert!(wallet.reserved <= wallet.posted, "{wallet:?}");

    for _ in 0..20 {
        world.pass(chrono::TimeDelta::seconds(10)).await;
    }
    let moved = moved(&world, &account).await;
    let count = |kind: &str| moved.get(kind).map_or(0, |(count, _)| *count);
    let booked = ["debit", "refund", "cash"].map(|kind| (kind, count(kind)));
    assert_eq!(
        booked,
        ["debit", "refund", "cash"].map(|kind| (kind, granted[kind])),
        "each wish is booked once: {moved:?}"
    );
    // The first money and the 4.00 besides.
    assert_eq!(count("adjust"), granted["credit"] + 2, "{moved:?}");
    let left = world.wallet(&account).await;
    assert_eq!(left.posted, moved.values().map(|(_, sum)| *sum).sum(), "the balance is what its facts add up to");
    assert_eq!(left.reserved, Money::ZERO, "every call is over");
    let calls = world.carrier.calls().iter().filter(|call| call.to != "+14155550100").count();
    assert!(i64::try_from(calls).expect("few") <= granted["call"] && granted["call"] > 0, "{calls} {granted:?}");
    other.0.stop().await;
    world.close().await;
}

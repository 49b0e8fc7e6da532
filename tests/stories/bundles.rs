//! Bundles of minutes: bought, spent before money, gone at their end.

use chrono::TimeDelta;
use serde_json::json;
use talktime::domain::bundle::{Bundle, BundleTerms};
use talktime::domain::call::Call;
use talktime::domain::event::Kind;
use talktime::domain::money::Money;
use talktime::flows::bundle_offers::{
    Bought, BundleWish, NoBundle, Offered, PaidBy, buy_bundle, offer_bundle, withdraw_offer,
};
use talktime::flows::itemise::{Bill, itemise};
use talktime::flows::place_call::Placed;
use talktime::flows::quote_number::{NumberQuestion, quote_number};
use talktime::sandbox::carrier::{Fault, FaultKind};
use talktime::storage::{StorageError, accounts, bundles, statements};

use super::two_persons::{api, signed_in};
use crate::on_both_databases;
use crate::rates::taxes;
use crate::support::World;

const A_DAY: i64 = 86_400;

/// Offers so many seconds to numbers that begin so, for a day, under the plan of the account.
pub async fn offer(world: &World, account: &str, prefixes: &str, seconds: i64, price: &str) -> String {
    let terms = BundleTerms {
        name: format!("{seconds} s to {prefixes}"),
        prefixes: prefixes.parse().expect("prefixes"),
        seconds,
        increment_seconds: 1,
        days: 1,
        price: price.parse().expect("an amount"),
    };
    let (id, now) = (account.to_owned(), world.now());
    let offered = world.service.app.db.write(move |tx| {
        let account = accounts::find(tx, &id)?.expect("the account is there");
        offer_bundle(tx, &account.plan, terms, "story", now)
    });
    match offered.await.expect("it is offered") {
        Offered::Now(offer) => offer.id,
        Offered::Bad(bad) => panic!("{bad}"),
    }
}

async fn buy(world: &World, account: &str, offer: &str, key: &str, paid_by: PaidBy) -> Bought {
    let (account, offer, key, now) = (account.to_owned(), offer.to_owned(), key.to_owned(), world.now());
    let wish = BundleWish { account, offer, paid_by, key };
    world.service.app.db.write(move |tx| buy_bundle(tx, &wish, "story", now)).await.expect("it is decided")
}

/// Grants so many seconds to numbers that begin so.
pub async fn grant(world: &World, account: &str, prefixes: &str, seconds: i64) -> Bundle {
    let offer = offer(world, account, prefixes, seconds, "1.00").await;
    match buy(world, account, &offer, &talktime::ids::new("key"), PaidBy::House).await {
        Bought::Now(bundle) => *bundle,
        other => panic!("{other:?}"),
    }
}

/// What is left of the account's bundles, by their names.
pub async fn left(world: &World, account: &str) -> Vec<i64> {
    let id = account.to_owned();
    let found = world.service.app.db.read(move |tx| bundles::list(tx, &id, None, 10)).await;
    let found = found.map_err(|error: StorageError| error).expect("they are read");
    let mut found = found;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.into_iter().map(|bundle| bundle.remaining).collect()
}

async fn bill(world: &World, call: &str) -> Bill {
    let id = call.to_owned();
    let bill = world.service.app.db.read(move |tx| itemise(tx, &id)).await.expect("there is a bill");
    assert!(bill.agrees_with_the_ledger(), "{bill:?}");
    bill
}

fn used(call: &Call) -> i64 {
    call.legs.iter().map(|leg| leg.rate.allowed_seconds()).sum()
}

on_both_databases! {
    async fn a_call_inside_a_bundle_costs_nothing_also_without_any_money(world: World) {
        let account = world.caller_on("own phone free", "0").await;
        grant(world, &account, "1415", 100).await;
        let placed = world.dial(&account, &["+14155551030"]).await;
        let Placed::Call { id, admitted } = placed else { panic!("{placed:?}") };
        assert_eq!((admitted.limit_seconds, admitted.hold), (100, Money::ZERO));
        assert_eq!(left(world, &account).await, [0], "held by the call");
        let over = world.until_settled(&id).await;
        assert_eq!((over.legs[1].billable_seconds(), used(&over)), (30, 30));
        assert_eq!(left(world, &account).await, [70]);
        let bill = bill(world, &id).await;
        assert_eq!((bill.total(), bill.lines[1].explanation.from_bundles[0].seconds), (Money::ZERO, 30));
    }

    async fn a_call_that_only_partly_fits_is_charged_for_the_rest(world: World) {
        let account = world.caller_on("own phone free", "1.00").await;
        grant(world, &account, "1", 20).await;
        let call = world.call(&account, &["+14155551030"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.legs[1].billable_seconds(), 30);
        // Ten seconds at half a cent.
        assert_eq!(over.charges()[1].cost.to_string(), "0.05");
        assert_eq!((left(world, &account).await, world.wallet(&account).await.posted.to_string()), (vec![0], "0.95".to_owned()));
        bill(world, &call).await;
    }

    async fn without_money_a_call_ends_at_the_last_second_of_its_bundle(world: World) {
        let account = world.caller_on("own phone free", "0").await;
        grant(world, &account, "1", 40).await;
        // It rings for half a minute, which costs the paid time nothing.
        let call = world.call(&account, &["+14155550030"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.legs[1].billable_seconds(), over.charges()[1].cost), (40, Money::ZERO));
        assert_eq!(left(world, &account).await, [0]);
        let refused = world.dial(&account, &["+14155550101"]).await;
        assert!(matches!(refused, Placed::Refused(_)), "{refused:?}");
    }

    async fn two_calls_at_once_never_use_the_same_second(world: World) {
        let account = world.caller_on("own phone free", "200.00").await;
        grant(world, &account, "1", 60).await;
        let one = world.call(&account, &["+14155551030"]).await;
        let other = world.call(&account, &["+14155551020"]).await;
        assert_eq!(left(world, &account).await, [0]);
        world.wait(5).await;
        let (first, second) = (world.until_settled(&one).await, world.until_settled(&other).await);
        let cost: Money = [&first, &second].iter().flat_map(|call| call.charges()).map(|charge| charge.cost).sum();
        // Both talked for less than the bundle has, but the first one had it: the other paid, or took what it left.
        let talked: i64 = [&first, &second].iter().map(|call| call.legs[1].billable_seconds()).sum();
        let from_the_bundle = used(&first) + used(&second);
        assert_eq!(cost.micros(), (talked - from_the_bundle) * 5_000, "{first:?} {second:?}");
        assert_eq!(left(world, &account).await, [60 - from_the_bundle]);
        bill(world, &one).await;
        bill(world, &other).await;
    }

    async fn legs_of_one_call_share_a_bundle(world: World) {
        // The caller's own phone begins with the same digit, and costs the same.
        let account = world.caller("0").await;
        grant(world, &account, "1", 80).await;
        let placed = world.dial(&account, &["+14155550101"]).await;
        let Placed::Call { id, admitted } = placed else { panic!("{placed:?}") };
        assert_eq!((admitted.limit_seconds, admitted.hold), (40, Money::ZERO));
        let over = world.until_settled(&id).await;
        let billed: Vec<_> = over.legs.iter().map(|leg| leg.billable_seconds()).collect();
        assert_eq!(billed.iter().sum::<i64>(), used(&over));
        assert_eq!(left(world, &account).await, [80 - used(&over)]);
    }

    async fn a_bundle_bought_during_a_call_lengthens_it_before_money_does(world: World) {
        let account = world.caller_on("own phone free", "1.00").await;
        let first = grant(world, &account, "1", 40).await;
        let call = world.call(&account, &["+14155551100"]).await;
        world.wait(20).await;
        grant(world, &account, "1", 200).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.legs[1].billable_seconds(), 100);
        assert_eq!(over.charges()[1].cost, Money::ZERO, "{over:?}");
        assert_eq!(left(world, &account).await, [140, 0], "{first:?}");
        assert_eq!(world.wallet(&account).await.posted.to_string(), "1.00");
        bill(world, &call).await;
    }

    async fn a_bundle_bought_while_two_calls_run_goes_to_the_one_that_would_end_first(world: World) {
        let account = world.caller_on("own phone free", "0").await;
        let mut calls = vec![];
        for number in ["+14155550101", "+14155550102"] {
            grant(world, &account, "1", 90).await;
            calls.push(world.call(&account, &[number]).await);
            world.wait(1).await;
        }
        grant(world, &account, "1", 100).await;
        let (first, second) = (world.until_settled(&calls[0]).await, world.until_settled(&calls[1]).await);
        // Of the second's ninety seconds one rang; it is too little to lengthen a call.
        assert_eq!((first.legs[1].billable_seconds(), second.legs[1].billable_seconds()), (190, 89));
    }

    async fn an_empty_wallet_is_extended_by_a_bundle_alone(world: World) {
        let account = world.caller_on("own phone free", "0").await;
        grant(world, &account, "1", 40).await;
        let call = world.call(&account, &["+14155551100"]).await;
        world.wait(20).await;
        grant(world, &account, "1", 35).await;
        let over = world.until_settled(&call).await;
        let talked = over.legs[1].billable_seconds();
        assert!((74..=75).contains(&talked) && over.extension > 0, "{over:?}");
        assert_eq!((over.charges()[1].cost, left(world, &account).await), (Money::ZERO, vec![75 - talked, 0]));
    }

    async fn what_a_call_holds_of_a_bundle_outlasts_it_and_a_new_call_has_none(world: World) {
        let account = world.caller_on("own phone free", "1.00").await;
        grant(world, &account, "1", 1000).await;
        world.pass(TimeDelta::seconds(A_DAY - 20)).await;
        let call = world.call(&account, &["+14155551060"]).await;
        world.wait(40).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.legs[1].billable_seconds(), over.charges()[1].cost), (60, Money::ZERO));
        assert_eq!(left(world, &account).await, [940], "given back, and nobody's");
        let call = world.call(&account, &["+14155551020"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!((used(&over), over.charges()[1].cost.to_string()), (0, "0.10".to_owned()));
    }

    async fn the_longest_prefix_is_used_first_and_other_numbers_not_at_all(world: World) {
        let account = world.caller_on("own phone free", "5.00").await;
        grant(world, &account, "1, 44", 500).await;
        grant(world, &account, "1415", 500).await;
        let call = world.call(&account, &["+14155551020"]).await;
        world.until_settled(&call).await;
        assert_eq!(left(world, &account).await, [500, 480]);
        let call = world.call(&account, &["+442079461020"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(left(world, &account).await, [500 - over.legs[1].billable_seconds(), 480]);
    }

    async fn messages_twice_and_late_use_no_second_twice(world: World) {
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookTwice, "POST", "") });
        let late = Fault::next(FaultKind::WebhookLate, "POST", "status");
        world.carrier.add_fault(Fault { times: 0, percent: 40, seconds: 3, ..late });
        let account = world.caller_on("own phone free", "0.10").await;
        grant(world, &account, "1", 50).await;
        let call = world.call(&account, &["+14155551030"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(left(world, &account).await, [50 - used(&over)]);
        bill(world, &call).await;
    }

    /// The seconds are another's until somebody knows that the call is over, and then exactly those it used are gone.
    async fn messages_that_never_come_use_no_second_twice_and_lose_none(world: World) {
        let account = world.caller_on("own phone free", "0.50").await;
        taxes(world, "own phone free", "US 10").await;
        grant(world, &account, "1", 50).await;
        let call = world.call(&account, &["+14155551030"]).await;
        world.wait(10).await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookLost, "", "") });
        world.wait(40).await;
        assert_eq!(left(world, &account).await, [0], "nobody has told that it is over");
        let over = world.until_settled(&call).await;
        assert_eq!((over.legs[1].billable_seconds(), used(&over), left(world, &account).await), (30, 30, vec![20]));
        world.carrier.clear_faults();
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookTwice, "POST", "") });
        let again = world.call(&account, &["+14155551030"]).await;
        let over = world.until_settled(&again).await;
        assert_eq!((used(&over), left(world, &account).await), (20, vec![0]));
        // Ten seconds at half a cent, and a tenth of it.
        assert_eq!((over.charges()[1].cost.to_string(), world.wallet(&account).await.posted.to_string()), ("0.055".to_owned(), "0.445".to_owned()));
        bill(world, &call).await;
        bill(world, &again).await;
    }

    async fn its_price_is_taxed_as_calls_of_its_account_are(world: World) {
        let account = world.caller("5.00").await;
        taxes(world, "standard", "US 10; * 50").await;
        let offered = offer(world, &account, "1", 600, "2.00").await;
        // From the first call on it is known where the account's phone is.
        let call = world.call(&account, &["+14155550002"]).await;
        world.until_settled(&call).await;
        let before = world.wallet(&account).await.posted;
        let Bought::Now(bundle) = buy(world, &account, &offered, "k", PaidBy::Account).await else { panic!("it is bought") };
        assert_eq!((bundle.price.to_string(), (before - world.wallet(&account).await.posted).to_string()), ("2.20".to_owned(), "2.20".to_owned()));
        let id = account.clone();
        let entries = world.service.app.db.read(move |tx| statements::page(tx, &id, None, 2)).await;
        let entries = entries.map_err(|error: StorageError| error).expect("they are read");
        let mut booked: Vec<_> = entries.iter().map(|entry| (entry.credit.as_str(), entry.amount.to_string())).collect();
        booked.sort();
        assert_eq!(booked, [("revenue:bundles", "2.00".to_owned()), ("tax:US", "0.20".to_owned())]);
        let call = world.call(&account, &["+14155551020"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.charges().iter().map(|charge| charge.cost).sum::<Money>(), Money::ZERO, "what is paid is taxed once");
        bill(world, &call).await;
    }

    async fn it_is_bought_once_a_key_and_from_cash(world: World) {
        let account = world.caller("3.00").await;
        let dear = offer(world, &account, "1", 600, "2.00").await;
        let Bought::Now(bundle) = buy(world, &account, &dear, "k", PaidBy::Account).await else { panic!("it is bought") };
        assert_eq!(buy(world, &account, &dear, "k", PaidBy::Account).await, Bought::Already(bundle));
        let needed = Bought::Refused(NoBundle::NotFree { free: "1".parse().unwrap(), needed: "2".parse().unwrap() });
        assert_eq!(buy(world, &account, &dear, "l", PaidBy::Account).await, needed);
        crate::promo::grant(world, &account, "9.00", A_DAY).await;
        assert_eq!(buy(world, &account, &dear, "l", PaidBy::Account).await, needed, "only cash buys");
        let other = offer(world, &account, "44", 60, "0.10").await;
        assert_eq!(buy(world, &account, &other, "k", PaidBy::Account).await, Bought::OtherOffer);
        let (id, now) = (other.clone(), world.now());
        world.service.app.db.write(move |tx| withdraw_offer(tx, &id, "story", now)).await.expect("it is withdrawn");
        let gone = Bought::Refused(NoBundle::NotOffered);
        assert_eq!(buy(world, &account, &other, "m", PaidBy::Account).await, gone);
        let elsewhere = world.caller_on("own phone free", "9.00").await;
        assert_eq!(buy(world, &elsewhere, &dear, "m", PaidBy::Account).await, gone, "another plan's");
        assert_eq!(world.wallet(&account).await.posted.to_string(), "1.00");
    }

    async fn a_quote_says_what_bundles_pay_for(world: World) {
        let account = world.caller_on("own phone free", "0").await;
        grant(world, &account, "1", 90).await;
        let question = NumberQuestion {
            plan: "own phone free".to_owned(),
            to: "+14155550101".parse().expect("a number"),
            from: None,
            seconds: Some(100),
            funds: Some(Money::ZERO),
            account: Some(account.clone()),
            explain: true,
            at: world.now(),
        };
        let quoted = world.service.app.db.read(move |tx| quote_number(tx, &question, 14_400)).await;
        let quoted = quoted.expect("rates are read").expect("there is a rate");
        let (seconds, funds) = (quoted.for_seconds.expect("asked"), quoted.for_funds.expect("asked"));
        assert_eq!((quoted.bundle_seconds, seconds.billed_seconds, seconds.cost.to_string()), (Some(90), 10, "0.05".to_owned()));
        assert_eq!(funds.affordable_seconds, Some(90));
        let (status, body) =
            api(world, "quotes", json!({ "account": account, "own_number": "+14155550100", "numbers": ["+14155550101"] })).await;
        assert_eq!((status, &body["legs"][1]["rate"]["bundle_seconds"], &body["time_limit_seconds"]), (200, &json!(90), &json!(90)), "{body}");
    }

    async fn people_offer_buy_and_grant_on_pages_and_programs_do_too(world: World) {
        let account = world.caller("5.00").await;
        let base = world.service.app.config.public_url.clone();
        let id = account.clone();
        let plan = world.service.app.db.read(move |tx| Ok::<_, StorageError>(accounts::find(tx, &id)?.expect("it is there").plan));
        let plan = plan.await.expect("it is read");
        let mut ops = signed_in(world, "ops@example.com", "owner", None).await;
        let place = format!("{base}/admin/plans/{plan}/bundles");
        let csrf = ops.get(&place).await.hidden("csrf");
        for (minutes, status) in [("some", 422), ("100", 303)] {
            let fields = [("csrf", csrf.as_str()), ("name", "To the USA"), ("prefixes", "1"), ("minutes", minutes),
                ("increment_seconds", "60"), ("days", "30"), ("price", "2.50")];
            assert_eq!(ops.send(&place, &fields).await.status, status, "{minutes}");
        }
        let mut caller = signed_in(world, "caller@example.com", "caller", Some(account.clone())).await;
        let page = caller.get(&format!("{base}/bundles")).await;
        assert!(page.page.contains("To the USA") && page.page.contains("1:40:00 to +1, in steps of 60 s, for 30 days, 2.50 USD"), "{}", page.page);
        let (offer, key, csrf) = (page.hidden("offer"), page.hidden("key"), page.hidden("csrf"));
        let wish = [("csrf", csrf.as_str()), ("offer", offer.as_str()), ("key", key.as_str())];
        for _ in 0..2 {
            assert_eq!(caller.send(&format!("{base}/bundles/buy"), &wish).await.status, 303);
        }
        assert_eq!((left(world, &account).await, world.wallet(&account).await.posted.to_string()), (vec![6000], "2.50".to_owned()));

        let place = format!("{base}/admin/accounts/{account}/bundles");
        let page = ops.get(&place).await;
        let (csrf, key) = (page.hidden("csrf"), page.hidden("key"));
        let wish = [("csrf", csrf.as_str()), ("offer", offer.as_str()), ("key", key.as_str())];
        assert_eq!(ops.send(&place, &wish).await.status, 303);
        let wish = json!({ "offer": offer, "granted": true, "key": "k" });
        let (status, body) = api(world, &format!("accounts/{account}/bundles"), wish.clone()).await;
        assert_eq!((status, &body["remaining_seconds"], &body["price"]), (201, &json!(6000), &json!("0.00")), "{body}");
        assert_eq!(api(world, &format!("accounts/{account}/bundles"), wish).await.0, 200);
        assert_eq!(left(world, &account).await, [6000; 3]);
        assert_eq!(world.wallet(&account).await.posted.to_string(), "2.50");
        let (status, body) = api(world, &format!("bundle-offers/{offer}/withdraw"), json!({})).await;
        assert!(status == 200 && body["withdrawn_at"].is_string(), "{body}");
    }

    async fn integrators_hear_that_a_bundle_is_bought_and_used_up(world: World) {
        let ear = crate::events::Ear::listening(world, &[Kind::BundleBought, Kind::BundleUsedUp], 0).await;
        let account = world.caller_on("own phone free", "1.00").await;
        grant(world, &account, "1", 20).await;
        let call = world.call(&account, &["+14155551030"]).await;
        world.until_settled(&call).await;
        world.wait(5).await;
        assert_eq!(ear.kinds(), ["bundle.bought", "bundle.used_up"]);
    }
}

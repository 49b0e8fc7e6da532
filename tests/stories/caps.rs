//! Caps: how much an account may use at once, and where to, when dialling, when adding, for guests and while calls run.

use serde_json::json;
use talktime::domain::admission::Refusal;
use talktime::domain::call::addition::AddRefusal;
use talktime::domain::call::machine::MachineChoice;
use talktime::domain::call::record::Record;
use talktime::domain::call::{EndReason, Phase};
use talktime::flows::add_leg::{AddRequest, Added, add_leg};
use talktime::flows::caps::{CapsChanged, change_caps};
use talktime::flows::credit::credit_account;
use talktime::flows::place_call::Placed;
use talktime::storage::accounts;
use talktime::storage::caps::Whose;

use crate::calling_in::{friend_calls, press};
use crate::on_both_databases;
use crate::support::World;
use crate::two_persons::{api, shown};

const FRIEND: &str = "+14155550101";
const LONDON: &str = "+442079460000";
/// The payer's phone is busy, so that a call is over in a moment and costs nothing.
const BUSY: &str = "+14155550002";

pub async fn cap(world: &World, whose: Whose, caps: &[(&str, &str)]) {
    let given = caps.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let now = world.now();
    let changed = world.service.app.db.write(move |tx| change_caps(tx, &whose, &given, "story", now)).await;
    assert!(matches!(changed, Ok(CapsChanged::Now(_))), "{changed:?}");
}

async fn plan(world: &World) -> Whose {
    let found = world.service.app.db.read(|tx| accounts::plan_by_name(tx, "standard")).await;
    Whose::Plan(found.expect("the books answer").expect("the story's plan").id)
}

async fn refused(world: &World, account: &str, number: &str) -> &'static str {
    match world.dial(account, &[number]).await {
        Placed::Refused(refusal) => refusal.code(),
        other => panic!("{number} is refused: {other:?}"),
    }
}

async fn add(world: &World, call: &str, number: &str) -> Added {
    let request = AddRequest {
        call: call.to_owned(),
        number: number.parse().expect("a number"),
        machine: MachineChoice::default(),
        request_key: talktime::ids::new("key"),
    };
    let (rules, now) = (world.service.app.config.rules, world.now());
    world.service.app.db.write(move |tx| add_leg(tx, &request, None, &rules, now)).await.expect("the books answer")
}

on_both_databases! {
    async fn of_house_plan_and_account_the_smallest_number_of_calls_counts(world: World) {
        let (account, other) = (world.caller("9.00").await, world.caller("9.00").await);
        world.pay_in_slices().await;
        cap(world, Whose::Account(account.clone()), &[("most_live_calls", "1")]).await;
        world.call(&account, &[FRIEND]).await;
        assert_eq!(refused(world, &account, "+14155550102").await, "too_many_calls");
        world.call(&other, &["+14155550103"]).await;
        cap(world, plan(world).await, &[("most_live_calls", "1")]).await;
        assert_eq!(refused(world, &other, "+14155550104").await, "too_many_calls", "its plan has a cap now");
    }

    async fn who_dials_too_often_in_a_minute_waits(world: World) {
        let account = world.caller("9.00").await;
        cap(world, Whose::House, &[("most_calls_a_minute", "2")]).await;
        world.own_number = BUSY.to_owned();
        for _ in 0..2 {
            let call = world.call(&account, &[FRIEND]).await;
            world.until_settled(&call).await;
        }
        assert_eq!(refused(world, &account, FRIEND).await, "too_many_calls_a_minute");
        world.wait(60).await;
        world.call(&account, &[FRIEND]).await;
    }

    async fn all_accounts_together_have_no_more_calls_than_the_house_allows(world: World) {
        let (account, other) = (world.caller("1.00").await, world.caller("1.00").await);
        cap(world, Whose::House, &[("live_calls_in_all", "1")]).await;
        let call = world.call(&account, &[FRIEND]).await;
        assert_eq!(refused(world, &other, FRIEND).await, "lines_are_busy");
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        world.call(&other, &[FRIEND]).await;
    }

    async fn a_call_that_reaches_what_may_be_spent_is_warned_and_ends_and_no_card_is_charged(world: World) {
        let account = world.caller("9.00").await;
        world.agree(&account, &["pm_card_visa"]).await;
        cap(world, Whose::Account(account.clone()), &[("most_an_hour", "1.00")]).await;
        // Two legs of half a cent a second.
        let call = world.call(&account, &[FRIEND]).await;
        assert_eq!(world.look(&call).await.held.to_string(), "1.00");
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, over.payer().billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), 100));
        assert!(world.record(&call).await.contains(&Record::Warned));
        assert_eq!(refused(world, &account, FRIEND).await, "spend_cap");
        assert!(world.payments(&account).await.is_empty(), "money would have bought no time");
        world.pass(chrono::TimeDelta::minutes(60)).await;
        world.call(&account, &[FRIEND]).await;
    }

    async fn a_call_that_was_warned_for_its_cap_goes_on_when_that_is_raised(world: World) {
        for whose in [Whose::House, plan(world).await] {
            let account = world.caller("9.00").await;
            cap(world, whose.clone(), &[("most_an_hour", "1.00")]).await;
            let call = world.call(&account, &[FRIEND]).await;
            // Its minute before the end is past, and nothing was to be had.
            world.wait(60).await;
            assert!(world.record(&call).await.contains(&Record::Warned));
            cap(world, whose, &[("most_an_hour", "2.00")]).await;
            world.wait(60).await;
            assert_eq!(world.look(&call).await.phase, Phase::Running, "past its first limit of 100 s");
            let over = world.until_settled(&call).await;
            assert_eq!((over.phase, over.payer().billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), 200));
        }
    }

    async fn an_extension_stops_at_the_cap_whatever_money_comes(world: World) {
        let account = world.caller("0.40").await;
        cap(world, plan(world).await, &[("most_a_day", "1.00")]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        world.credit(&account, "5.00").await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, over.payer().billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), 100));
    }

    async fn what_parallel_calls_hold_counts_for_the_cap_together(world: World) {
        let account = world.caller("9.00").await;
        world.pay_in_slices().await;
        cap(world, Whose::Account(account.clone()), &[("most_an_hour", "2.00")]).await;
        let first = world.call(&account, &[FRIEND]).await;
        let second = world.call(&account, &["+14155550102"]).await;
        let (first, second) = (world.until_settled(&first).await, world.until_settled(&second).await);
        let charged = "9.00".parse::<talktime::domain::money::Money>().unwrap() - world.wallet(&account).await.posted;
        assert!(charged <= "2.00".parse().unwrap() && charged >= "1.95".parse().unwrap(), "{charged}: {first:?} {second:?}");
    }

    async fn a_number_is_not_added_past_the_cap(world: World) {
        let account = world.caller("9.00").await;
        cap(world, Whose::Account(account.clone()), &[("most_an_hour", "1.00")]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(5).await;
        let added = add(world, &call, "+14155550102").await;
        assert!(matches!(added, Added::Refused(AddRefusal::SpendCap { .. })), "{added:?}");
    }

    async fn a_place_that_is_blocked_is_so_for_every_way_there(world: World) {
        let (account, other) = (world.caller("9.00").await, world.caller("9.00").await);
        cap(world, plan(world).await, &[("not_to", "GB")]).await;
        assert_eq!(refused(world, &account, LONDON).await, "destination_blocked");
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(5).await;
        let added = add(world, &call, LONDON).await;
        assert!(matches!(added, Added::Refused(AddRefusal::DestinationBlocked { .. })), "{added:?}");
        let body = json!({ "account": other, "number": LONDON, "key": "guest" });
        let (status, guest) = api(world, &format!("calls/{call}/guests"), body).await;
        assert_eq!((status, &guest["code"]), (422, &json!("destination_blocked")), "{guest}");
        world.own_number = LONDON.to_owned();
        assert_eq!(refused(world, &other, FRIEND).await, "destination_blocked", "the caller's own phone too");
        world.own_number = "+14155550100".to_owned();
        cap(world, Whose::Account(other.clone()), &[("only_to", "+1212")]).await;
        assert_eq!(refused(world, &other, FRIEND).await, "destination_blocked");
    }

    async fn premium_rate_numbers_are_blocked_until_somebody_allows_them(world: World) {
        let account = world.caller("9.00").await;
        let premium = "+19002345678";
        let answer = world.dial(&account, &[premium]).await;
        let Placed::Refused(refusal @ Refusal::DestinationBlocked { .. }) = answer else { panic!("{answer:?}") };
        assert!(refusal.to_string().contains("premium-rate"), "{refusal}");
        cap(world, Whose::Account(account.clone()), &[("premium_numbers", "allowed")]).await;
        world.call(&account, &[premium]).await;
    }

    async fn new_money_may_spend_little_and_more_when_it_is_older(world: World) {
        cap(world, Whose::House, &[("most_while_new", "1: 0.50, 7: 1.00")]).await;
        for (days, held) in [(0, "0.50"), (1, "1.00"), (7, "9.00")] {
            let account = world.caller("0").await;
            let (id, amount, at) = (account.clone(), "9.00".parse().unwrap(), world.now() - chrono::TimeDelta::days(days));
            let credited = world.service.app.db.write(move |tx| {
                credit_account(tx, &id, "first", amount, "some days ago", "story", at)
            });
            credited.await.expect("the credit is booked");
            let call = world.call(&account, &[FRIEND]).await;
            assert_eq!(world.look(&call).await.held.to_string(), held, "money of {days} days");
        }
    }

    async fn an_access_number_that_is_blocked_calls_on_to_nobody(world: World) {
        let (account, sid) = friend_calls(world, "9.00").await;
        cap(world, Whose::Account(account.clone()), &[("not_to", "+14155550200")]).await;
        press(world, &sid, "4155550101#").await;
        assert_eq!(world.rings(FRIEND), 0);
        let kept = shown(world, &format!("refusals?account={account}")).await;
        assert_eq!((&kept["items"][0]["code"], &kept["items"][0]["way"]), (&json!("destination_blocked"), &json!("access_number")), "{kept}");
    }
}

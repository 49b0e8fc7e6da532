//! What went wrong in other systems of this kind, by their own trackers, and does not here.

use serde_json::json;
use talktime::domain::call::record::Record;
use talktime::domain::call::{EndReason, Phase};
use talktime::domain::money::Money;
use talktime::flows::place_call::Placed;
use talktime::sandbox::carrier::{Fault, FaultKind};
use talktime::storage::caps::Whose;

use crate::calling_in::{friend_calls, press};
use crate::caps::cap;
use crate::on_both_databases;
use crate::support::World;
use crate::two_persons::api;

const FRIEND: &str = "+14155550101";

on_both_databases! {
    /// There the minutes of somebody who called in were charged after the call, whatever was left.
    async fn astpp_476_and_474_calling_in_takes_no_balance_below_zero(world: World) {
        let (account, sid) = friend_calls(world, "0.20").await;
        press(world, &sid, "4155550101#").await;
        world.wait(120).await;
        let wallet = world.wallet(&account).await;
        assert!(wallet.posted >= Money::ZERO && wallet.debt == Money::ZERO && wallet.reserved == Money::ZERO, "{wallet:?}");
        assert!(wallet.posted < "0.02".parse().unwrap(), "and it was used: {wallet:?}");
    }

    /// There calls were not ended when the customer's pool was used up, and the balance went below zero.
    async fn cnxcc_1051_all_calls_of_a_used_up_balance_end_and_it_stays_above_zero(world: World) {
        world.pay_in_slices().await;
        let account = world.caller("3.00").await;
        let (first, second) = (world.call(&account, &[FRIEND]).await, world.call(&account, &["+14155550102"]).await);
        for call in [first, second] {
            let over = world.until_settled(&call).await;
            assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp), "{over:?}");
        }
        let wallet = world.wallet(&account).await;
        assert!(wallet.posted >= Money::ZERO && wallet.posted < "0.05".parse().unwrap(), "{wallet:?}");
    }

    /// There a call of the same customer that was not answered yet outlived the pool, and was then answered for nothing.
    async fn cnxcc_2346_a_call_that_still_rings_has_its_own_money_set_aside(world: World) {
        world.pay_in_slices().await;
        let account = world.caller("1.80").await;
        let first = world.call(&account, &[FRIEND]).await;
        let rings = world.call(&account, &["+14155550030"]).await;
        assert_eq!(world.wallet(&account).await.available(), Money::ZERO);
        assert!(matches!(world.dial(&account, &["+14155550104"]).await, Placed::Refused(_)));
        let (first, rings) = (world.until_settled(&first).await, world.until_settled(&rings).await);
        let charged: Money = [&first, &rings].into_iter().flat_map(|call| call.charges()).map(|charge| charge.cost).sum();
        assert!(charged <= "1.80".parse().unwrap(), "{charged}");
        assert_eq!(world.wallet(&account).await.posted, "1.80".parse::<Money>().unwrap() - charged);
    }

    /// There limits of accounts stand in the schema and nobody asks them.
    async fn jambonz_109_limits_that_can_be_set_are_enforced(world: World) {
        let account = world.caller("9.00").await;
        world.pay_in_slices().await;
        let (status, caps) = api(world, &format!("accounts/{account}/caps"), json!({ "most_live_calls": 1, "most_calls_a_minute": 2 })).await;
        assert_eq!((status, &caps["most_live_calls"]), (200, &json!(1)));
        let dial = async |world: &World, key: &str| {
            let body = json!({ "account": account, "own_number": "+14155550100", "numbers": [FRIEND], "key": key });
            let (status, answer) = api(world, "calls", body).await;
            (status, answer["code"].as_str().unwrap_or_default().to_owned(), answer["id"].as_str().unwrap_or_default().to_owned())
        };
        let (status, _, first) = dial(world, "one").await;
        assert_eq!(status, 201);
        assert_eq!(dial(world, "two").await.1, "too_many_calls");
        world.hang_up(&first).await;
        world.until_settled(&first).await;
        let (status, _, second) = dial(world, "three").await;
        assert_eq!(status, 201);
        world.hang_up(&second).await;
        world.until_settled(&second).await;
        assert_eq!(dial(world, "four").await.1, "too_many_calls_a_minute");
    }

    /// There the limit of an account counts the calls it makes, and not those it takes part in.
    async fn magnusbilling_475_a_limit_of_calls_counts_the_phones_an_account_pays_for_elsewhere(world: World) {
        let (host, guest) = (world.caller("9.00").await, world.caller("9.00").await);
        world.pay_in_slices().await;
        cap(world, Whose::Account(guest.clone()), &[("most_live_calls", "1")]).await;
        world.call(&guest, &["+14155550102"]).await;
        let call = world.call(&host, &[FRIEND]).await;
        world.wait(5).await;
        let body = json!({ "account": guest, "number": "+14155550177", "key": "guest" });
        let (status, refused) = api(world, &format!("calls/{call}/guests"), body).await;
        assert_eq!((status, &refused["code"]), (422, &json!("too_many_calls")), "{refused}");
    }

    /// There a cap on a day's spending keeps new calls away, and running ones pass it.
    async fn portabilling_a_days_cap_holds_for_running_calls_too(world: World) {
        let account = world.caller("0.40").await;
        cap(world, Whose::Account(account.clone()), &[("most_a_day", "0.80")]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        world.credit(&account, "5.00").await;
        world.until_settled(&call).await;
        let left = world.wallet(&account).await.posted;
        assert!(left >= "4.60".parse().unwrap(), "{left}");
    }

    /// There two minutes of balance were talked for ten, since nothing but the billing server would have ended the call.
    async fn magnusbilling_343_a_prepaid_user_who_talked_past_the_balance(world: World) {
        let account = world.caller("0.60").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        // From here on we hear of nothing, and nobody hangs up.
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookLost, "", "") });
        world.wait(600).await;
        assert!(world.carrier.calls().iter().all(|call| call.ended_at.is_some()), "the carrier has ended them by itself");
        world.carrier.clear_faults();
        let over = world.until_settled(&call).await;
        assert_eq!(over.payer().billable_seconds(), 60);
        let wallet = world.wallet(&account).await;
        assert!(wallet.posted >= Money::ZERO && wallet.debt == Money::ZERO, "{wallet:?}");
    }

    /// There the server died when the credit of several calls ended at one moment, and took all others along.
    async fn cnxcc_4009_408_and_417_a_server_that_died_when_credit_ended(world: World) {
        let rich = world.caller("9.00").await;
        let goes_on = world.call(&rich, &[FRIEND]).await;
        let mut ending = vec![];
        for friend in ["+14155550102", "+14155550103", "+14155550104"] {
            let account = world.caller("0.40").await;
            ending.push((world.call(&account, &[friend]).await, account));
        }
        world.wait(60).await;
        for (call, account) in ending {
            let over = world.until_settled(&call).await;
            assert_eq!((over.phase, over.payer().billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), 40));
            assert!(world.record(&call).await.iter().any(|line| matches!(line, Record::Notice { .. })), "they are told");
            let wallet = world.wallet(&account).await;
            assert!(wallet.posted >= Money::ZERO && wallet.reserved == Money::ZERO, "{wallet:?}");
        }
        assert!(world.look(&goes_on).await.is_running() && world.at_the_carrier(&goes_on, 1).await.ended_at.is_none());
        let another = json!({ "account": world.caller("1.00").await, "own_number": "+14155550100", "numbers": [FRIEND], "key": "k" });
        assert_eq!(api(world, "calls", another).await.0, 201, "and whoever comes is served");
    }
}

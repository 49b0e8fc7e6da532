//! The watch on accounts: what looks like fraud raises an alert, and freezes the account if the operator wants that.

use serde_json::{Value, json};
use talktime::domain::call::record::Record;
use talktime::domain::call::{EndReason, Phase};
use talktime::flows::watch::{WatchChanged, change_watch};

use crate::bundles::grant;
use crate::on_both_databases;
use crate::support::World;
use crate::two_persons::{api, shown};

/// Hangs up after five seconds.
const SHORT: &str = "+14155551005";
const FRIEND: &str = "+14155550101";

async fn watch(world: &World, settings: &[(&str, &str)]) {
    let given = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let now = world.now();
    let changed = world.service.app.db.write(move |tx| change_watch(tx, &given, "story", now)).await;
    assert!(matches!(changed, Ok(WatchChanged::Now(_))), "{changed:?}");
}

async fn alerts(world: &World, account: &str) -> Vec<Value> {
    let open = shown(world, &format!("alerts?open=true&account={account}")).await;
    open["items"].as_array().expect("a list").clone()
}

async fn short_calls(world: &mut World, account: &str, count: usize) {
    for _ in 0..count {
        let call = world.call(account, &[SHORT]).await;
        world.until_settled(&call).await;
    }
    world.wait(25).await;
}

on_both_databases! {
    async fn many_short_calls_raise_one_alert_that_counts(world: World) {
        watch(world, &[("short_calls_an_hour", "2")]).await;
        let account = world.caller("9.00").await;
        short_calls(world, &account, 1).await;
        assert!(alerts(world, &account).await.is_empty());
        short_calls(world, &account, 1).await;
        short_calls(world, &account, 1).await;
        let found = alerts(world, &account).await;
        assert_eq!((found.len(), &found[0]["kind"], &found[0]["times"]), (1, &json!("short_calls"), &json!(2)), "{found:?}");
        assert_eq!(found[0]["seen"], "3 calls under 10 seconds in an hour");
        world.call(&account, &[FRIEND]).await;
    }

    async fn long_calls_to_one_number_raise_none(world: World) {
        watch(world, &[("short_calls_an_hour", "1"), ("numbers_an_hour", "2")]).await;
        let account = world.caller("9.00").await;
        let call = world.call(&account, &["+14155551020"]).await;
        world.until_settled(&call).await;
        world.wait(25).await;
        assert!(alerts(world, &account).await.is_empty(), "{:?}", alerts(world, &account).await);
    }

    async fn a_frozen_account_makes_no_calls_takes_no_money_and_ends_what_runs_with_what_is_paid(world: World) {
        let account = world.caller("9.00").await;
        world.pay_in_slices().await;
        watch(world, &[("short_calls_an_hour", "1"), ("freezes", "short_calls")]).await;
        let running = world.call(&account, &[FRIEND]).await;
        short_calls(world, &account, 1).await;
        let found = shown(world, &format!("accounts/{account}")).await;
        assert!(found["frozen_because"].as_str().is_some_and(|why| why.contains("Many short calls")), "{found}");
        let dial = json!({ "account": account, "own_number": "+14155550100", "numbers": [FRIEND], "key": "again" });
        let (status, refused) = api(world, "calls", dial).await;
        assert_eq!((status, &refused["code"]), (422, &json!("account_frozen")), "{refused}");
        let (status, refused) = api(world, &format!("calls/{running}/legs"), json!({ "number": "+14155550103", "key": "leg" })).await;
        assert_eq!((status, &refused["code"]), (422, &json!("account_frozen")), "{refused}");
        let top_up = json!({ "purpose": "top_up", "amount": "10", "key": "up" });
        let (status, refused) = api(world, &format!("accounts/{account}/checkouts"), top_up).await;
        assert_eq!((status, &refused["code"]), (422, &json!("account_frozen")), "{refused}");
        let over = world.until_settled(&running).await;
        assert_eq!((over.phase, over.payer().billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), 120), "its first slice");
        let (status, freed) = api(world, &format!("accounts/{account}/unfreeze"), json!({ "reason": "a call centre" })).await;
        assert_eq!((status, &freed["frozen_because"]), (200, &Value::Null));
        world.call(&account, &[FRIEND]).await;
        let audit = shown(world, &format!("audit?subject={account}")).await;
        let deeds: Vec<_> = audit["items"].as_array().expect("a list").iter().filter_map(|line| line["action"].as_str()).collect();
        assert!(deeds.contains(&"freeze_account") && deeds.contains(&"unfreeze_account"), "{deeds:?}");
    }

    async fn a_call_that_was_warned_because_its_account_is_frozen_is_charged_when_that_ends(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &[FRIEND]).await;
        let frozen = api(world, &format!("accounts/{account}/freeze"), json!({ "reason": "a look" })).await;
        assert_eq!(frozen.0, 200, "{frozen:?}");
        world.wait(22).await;
        assert!(world.record(&call).await.contains(&Record::Warned) && world.payments(&account).await.is_empty());
        api(world, &format!("accounts/{account}/unfreeze"), json!({ "reason": "all is well" })).await;
        world.wait(40).await;
        assert_eq!((world.look(&call).await.phase, world.payments(&account).await), (Phase::Running, vec!["credited"]));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_frozen_account_uses_no_more_of_its_bundles_than_its_call_has(world: World) {
        world.pay_in_slices().await;
        let account = world.caller("9.00").await;
        let running = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        grant(world, &account, "1", 400).await;
        world.wait(10).await;
        let (status, _) = api(world, &format!("accounts/{account}/freeze"), json!({ "reason": "a hunch" })).await;
        assert_eq!(status, 200);
        let over = world.until_settled(&running).await;
        assert_eq!((over.phase, over.payer().billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), 240), "the bundle's of its first slice, and what its money pays");
    }

    async fn declined_cards_raise_an_alert(world: World) {
        watch(world, &[("declined_a_day", "1")]).await;
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_chargeCustomerFail"]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.until_settled(&call).await;
        world.wait(25).await;
        let found = alerts(world, &account).await;
        assert_eq!(found.iter().map(|alert| alert["kind"].clone()).collect::<Vec<_>>(), [json!("declined_cards")], "{found:?}");
    }
}

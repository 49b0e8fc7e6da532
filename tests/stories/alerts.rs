//! What somebody of the house should look at.

use serde_json::json;
use talktime::domain::alert::Kind;
use talktime::flows::alerts::{Sight, raise};

use crate::on_both_databases;
use crate::support::World;
use crate::two_persons::{api, shown};

async fn seen(world: &World, account: Option<&str>, seen: &str) {
    let sight = Sight {
        account: account.map(str::to_owned),
        kind: Kind::ShortCalls,
        subject: String::new(),
        seen: seen.to_owned(),
    };
    let now = world.now();
    world.service.app.db.write(move |tx| raise(tx, sight, now)).await.expect("the books answer");
}

on_both_databases! {
    async fn an_alert_is_one_until_somebody_has_looked(world: World) {
        let (account, other) = (world.caller("1.00").await, world.caller("1.00").await);
        for (account, what) in [(Some(&account), "5 calls"), (Some(&other), "7 calls"), (None, "9 calls"), (Some(&account), "6 calls")] {
            seen(world, account.map(String::as_str), what).await;
        }
        let open = shown(world, "alerts?open=true").await;
        let items = open["items"].as_array().expect("a list").clone();
        let mut found: Vec<_> = items.iter().filter_map(|alert| alert["seen"].as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, ["6 calls", "7 calls", "9 calls"], "{items:?}");
        let of_account = items.iter().find(|alert| alert["account"] == json!(account)).expect("there is one");
        assert_eq!(of_account["times"], 2);
        let place = format!("alerts/{}", of_account["id"].as_str().expect("an id"));
        let handled = api(world, &format!("{place}/handle"), json!({ "note": "all is well" })).await;
        assert_eq!((handled.0, &handled.1["state"], &handled.1["note"]), (200, &json!("handled"), &json!("all is well")));
        let again = api(world, &format!("{place}/handle"), json!({ "note": "or not" })).await;
        assert_eq!((again.0, &again.1["note"]), (200, &json!("all is well")), "the first counts");
        seen(world, Some(&account), "8 calls").await;
        let of_it = shown(world, &format!("alerts?account={account}")).await;
        assert_eq!(of_it["items"].as_array().expect("a list").len(), 2, "what is seen later is another");
    }
}

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

    async fn every_refusal_is_kept_with_what_was_said_and_like_ones_are_counted(world: World) {
        let account = world.caller("0.01").await;
        for _ in 0..3 {
            world.dial(&account, &["+14155550101"]).await;
        }
        let body = json!({ "account": account, "own_number": "+14155550100", "numbers": ["+882123456789"], "key": "one" });
        let (status, refused) = api(world, "calls", body).await;
        assert_eq!((status, &refused["code"]), (422, &json!("no_rate")), "{refused}");
        let kept = shown(world, &format!("refusals?account={account}")).await;
        let lines: Vec<_> = kept["items"].as_array().expect("a list").iter().map(|line| {
            let text = |name: &str| line[name].as_str().expect("text").to_owned();
            (text("code"), text("way"), text("beginning"), line["times"].as_i64().expect("a number"))
        }).collect();
        let line = |code: &str, way: &str, beginning: &str, times| (code.to_owned(), way.to_owned(), beginning.to_owned(), times);
        assert_eq!(lines, [line("no_rate", "api", "+882123", 1), line("not_enough_credit", "page", "+141555", 3)]);
        assert!(kept["items"][1]["sentence"].as_str().is_some_and(|said| said.contains("Top up first")), "{kept}");
        let few = shown(world, "refusals?code=no_rate&from=2026-11-21T12:00:00Z&until=2026-11-21T12:01:00Z").await;
        assert_eq!(few["items"].as_array().map(Vec::len), Some(1), "{few}");
        world.wait(61).await;
        world.dial(&account, &["+14155550101"]).await;
        let later = shown(world, &format!("refusals?account={account}")).await;
        assert_eq!(later["items"].as_array().map(Vec::len), Some(3), "another minute is another line: {later}");
    }

    async fn whoever_is_refused_in_a_flood_fills_no_table(world: World) {
        let account = world.caller("0.01").await;
        for place in 0..50 {
            world.dial(&account, &[&format!("+1{}5550101", 212 + place)]).await;
        }
        let kept = shown(world, &format!("refusals?account={account}&limit=100")).await;
        let times: i64 = kept["items"].as_array().expect("a list").iter().filter_map(|line| line["times"].as_i64()).sum();
        assert!(times == 50 && kept["items"].as_array().is_some_and(|lines| lines.len() <= 34), "{kept}");
    }

    async fn what_is_refused_in_a_running_call_is_kept_too(world: World) {
        let account = world.caller("2.00").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(5).await;
        let (status, _) = api(world, &format!("calls/{call}/legs"), json!({ "number": "+882123456789", "key": "leg" })).await;
        assert_eq!(status, 422);
        let body = json!({ "operation": "unpark", "leg": world.look(&call).await.legs[1].id });
        let (_, answer) = api(world, &format!("calls/{call}/operations"), body).await;
        let kept = shown(world, &format!("refusals?account={account}")).await;
        let wanted: Vec<_> = kept["items"].as_array().expect("a list").iter().map(|line| line["wanted"].clone()).collect();
        assert!(wanted.contains(&json!("add")), "{kept} {answer}");
    }
}

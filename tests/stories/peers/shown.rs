//! Balances that were shown with another sign than they had, moved the wrong way, or left out what was on its way.

use serde_json::{Value, json};
use talktime::storage::Db;

use crate::on_both_databases;
use crate::support::World;
use crate::two_persons::{api, shown, signed_in};

/// Balance, what calls hold of it, and what is left, as a program sees them.
async fn seen(world: &World, account: &str) -> [String; 3] {
    let seen = shown(world, &format!("accounts/{account}")).await;
    ["balance", "held", "available"].map(|name| seen[name].as_str().expect("an amount").to_owned())
}

on_both_databases! {
    /// There a credit of 500 became a balance of -500 when the software was updated, and nobody could call any more.
    async fn astpp_219_and_220_a_sign_that_an_update_changed(world: World) {
        let account = world.caller("0").await;
        let credit = json!({ "amount": "500", "reason": "x", "key": "k" });
        assert_eq!(api(world, &format!("accounts/{account}/credits"), credit).await.0, 201);
        let mut caller = signed_in(world, "caller@example.com", "caller", Some(account.clone())).await;
        for _ in 0..2 {
            assert_eq!(seen(world, &account).await, ["500.00", "0.00", "500.00"]);
            let page = caller.get(&format!("{}/", world.service.app.config.public_url)).await.page;
            assert!(page.contains("balance\">500.00"), "{page}");
            let month = shown(world, &format!("accounts/{account}/statements/2026-11")).await;
            assert_eq!((&month["closing"], &month["items"][0]["amount"]), (&json!("500.00"), &json!("500.00")), "{month}");
            // As each version does when it starts.
            Db::migrate(&world.database.url).expect("there is nothing to do");
        }
        world.call(&account, &["+14155550101"]).await;
    }

    /// There it rose with what was spent and fell with what was paid in.
    async fn a2billing_57_a_balance_that_was_shown_moving_the_wrong_way(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &["+14155551020"]).await;
        assert_eq!(seen(world, &account).await, ["1.00", "1.00", "0.00"], "what a call may use is not there for another");
        let over = world.until_settled(&call).await;
        let left = "1.00".parse::<talktime::domain::money::Money>().unwrap() - over.charges().iter().map(|charge| charge.cost).sum();
        assert!(left < "0.85".parse().unwrap(), "{left}");
        assert_eq!(seen(world, &account).await, [left.to_string(), "0.00".to_owned(), left.to_string()]);
        world.credit(&account, "2.00").await;
        let more = (left + "2.00".parse().unwrap()).to_string();
        assert_eq!(seen(world, &account).await, [more.clone(), "0.00".to_owned(), more]);
    }

    /// There what was spendable left out debits that waited their turn, so the same money could be promised twice.
    async fn blnk_90_a_balance_that_left_out_debits_on_their_way(world: World) {
        world.pay_in_slices().await;
        let account = world.caller("1.80").await;
        // It rings for half a minute, and another call is up: both have theirs set aside.
        world.call(&account, &["+14155550030"]).await;
        assert_eq!(seen(world, &account).await, ["1.80", "1.20", "0.60"]);
        let debit = |amount: &str| json!({ "amount": amount, "reason": "moved away", "key": amount });
        let (status, refused) = api(world, &format!("accounts/{account}/debits"), debit("0.61")).await;
        assert_eq!((status, &refused["code"]), (422, &Value::from("not_enough_free")), "{refused}");
        assert_eq!(api(world, &format!("accounts/{account}/debits"), debit("0.10")).await.0, 201);
        assert_eq!(seen(world, &account).await, ["1.70", "1.20", "0.50"]);
        world.call(&account, &["+14155550102"]).await;
        assert_eq!(seen(world, &account).await, ["1.70", "1.70", "0.00"]);
    }
}

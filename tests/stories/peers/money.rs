//! Balances: money that was moved while a call held it, given back twice, committed twice, or written so that a database
//! reads it otherwise.

use serde_json::json;
use talktime::domain::money::Money;
use talktime::domain::refund::Refusal;
use talktime::flows::by_hand::{Booked, NotBooked};
use talktime::flows::debit::debit_account;
use talktime::flows::refund::Refunded;

use super::{balance, booked, charged, give_back};
use crate::on_both_databases;
use crate::support::World;
use crate::two_persons::api;

async fn debit(world: &World, account: &str, amount: &str) -> Booked {
    let (id, now, amount) = (account.to_owned(), world.now(), amount.parse().expect("an amount"));
    let key = talktime::ids::new("key");
    let done = world.service.app.db.write(move |tx| debit_account(tx, &id, &key, amount, "moved", "story", now)).await;
    done.expect("it is decided")
}

on_both_databases! {
    /// Neither by hand nor to the card: what a call holds stays where it is, and the call goes on to its limit.
    async fn astpp_145_and_blnk_181_money_that_was_moved_away_while_a_call_held_it(world: World) {
        let (account, charge) = charged(world).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(5).await;
        assert!(matches!(debit(world, &account, "0.50").await, Booked::Refused(NotBooked::NotFree { .. })));
        let refunded = give_back(world, &account, &charge, "0.50").await;
        assert!(matches!(refunded, Refunded::Refused(Refusal::NotFree { .. })), "{refunded:?}");
        world.wait(20).await;
        assert!(world.look(&call).await.is_running());
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        assert!(world.wallet(&account).await.posted >= Money::ZERO);
    }

    /// Five at once want all of it back.
    async fn blnk_315_concurrent_refunds_that_gave_the_money_back_twice(world: World) {
        let (account, charge) = charged(world).await;
        world.credit(&account, "10.00").await;
        let (seen, account_, charge_): (&World, _, _) = (world, account.as_str(), charge.as_str());
        let give = || give_back(seen, account_, charge_, "1.00");
        let answers = tokio::join!(give(), give(), give(), give(), give());
        let answers = [answers.0, answers.1, answers.2, answers.3, answers.4];
        let begun = answers.iter().filter(|answer| matches!(answer, Refunded::Begun(_))).count();
        let refused = |answer: &&Refunded| matches!(answer, Refunded::Refused(Refusal::MoreThanCharged { .. }));
        assert_eq!((begun, answers.iter().filter(refused).count()), (1, 4), "{answers:?}");
        world.wait(10).await;
        assert_eq!(world.cards.refunds().iter().map(|refund| refund.amount).collect::<Vec<_>>(), [100]);
        assert_eq!(balance(world, &account).await, "10.01");
    }

    /// Everything that ends a call comes at the same moment: a program, a page and the phones.
    async fn blnk_171_a_hold_that_was_committed_twice(world: World) {
        let account = world.caller("2.00").await;
        let call = world.call(&account, &["+14155551020"]).await;
        world.wait(21).await;
        tokio::join!(world.hang_up(&call), world.hang_up(&call), world.hang_up(&call));
        let over = world.until_settled(&call).await;
        world.wait(30).await;
        let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
        assert_eq!(booked(world, &account, "leg").await.into_iter().sum::<Money>(), cost);
        let wallet = world.wallet(&account).await;
        assert_eq!((wallet.posted + cost, wallet.reserved), ("2.00".parse().unwrap(), Money::ZERO));
    }

    /// A transaction locks one account only, so two that pay each other's customers never wait for each other.
    async fn blnk_244_two_accounts_locked_in_opposite_orders(world: World) {
        let one = crate::vouchers::agent(world, "20.00").await;
        let other = crate::vouchers::agent(world, "20.00").await;
        let (ann, bob) = (world.caller("0").await, world.caller("0").await);
        let pairs = [(&one, &ann), (&other, &bob), (&one, &bob), (&other, &ann)];
        let seen: &World = world;
        let sales = (0..20).map(|number| {
            let (agent, customer) = pairs[number % 4];
            let cash = json!({ "amount": "1.00", "reason": "x", "agent": agent, "key": format!("sale {number}") });
            let path = format!("accounts/{customer}/cash-receipts");
            async move { api(seen, &path, cash).await }
        });
        let answers = futures_util::future::join_all(sales).await;
        assert!(answers.iter().all(|(status, _)| *status == 201), "{answers:?}");
        world.wait(10).await;
        assert_eq!((balance(world, &ann).await, balance(world, &bob).await), ("10.00".to_owned(), "10.00".to_owned()));
    }

    /// The balance above a thousand is one number everywhere, and one that could be read in two ways is not taken.
    async fn astpp_a_balance_above_a_thousand_that_became_1(world: World) {
        let account = world.caller("0").await;
        let path = format!("accounts/{account}/credits");
        let credit = |amount: &str, key: &str| json!({ "amount": amount, "reason": "x", "key": key });
        let (status, refused) = api(world, &path, credit("1,250.0000", "a")).await;
        assert_eq!((status, balance(world, &account).await.as_str()), (422, "0.00"), "{refused}");
        let (status, _) = api(world, &path, credit("1250.0000", "b")).await;
        assert_eq!((status, balance(world, &account).await.as_str()), (201, "1250.00"));
        let call = world.call(&account, &["+14155551010"]).await;
        world.until_settled(&call).await;
        let left = world.wallet(&account).await.posted;
        assert!(left > "1249.00".parse().unwrap() && left < "1250.00".parse().unwrap(), "{left}");
    }
}

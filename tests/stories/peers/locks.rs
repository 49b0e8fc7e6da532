//! Work that was lost, or done twice, because somebody else had the account at that moment.

use serde_json::json;
use talktime::domain::call::Phase;
use talktime::domain::money::Money;
use talktime::flows::change_account::{NewStatus, StatusChanged, change_status};
use talktime::flows::credit::credit_account;
use talktime::flows::end_call::end_call;
use talktime::storage::accounts;

use super::{balance, booked};
use crate::on_both_databases;
use crate::support::locks::{Holder, all_wait};
use crate::support::{Kind, World};
use crate::two_persons::shown;

/// There whoever could not have the account's lock gave up, and its payment or invoice was never made. Here they wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_bill_1889_and_1888_work_that_was_lost_while_an_account_was_locked() {
    let mut world = World::new(Kind::Postgres).await;
    let account = world.caller("1.00").await;
    let call = world.call(&account, &["+14155550101"]).await;
    world.wait(20).await;
    let (db, now) = (world.service.app.db.clone(), world.now());
    let id = account.clone();
    let holder = Holder::of(&world, move |tx| Ok(accounts::lock_wallet(tx, &id).map(drop)?));
    let (id, books) = (account.clone(), db.clone());
    let credit = tokio::spawn(async move {
        books
            .write(move |tx| credit_account(tx, &id, "k", "5.00".parse().unwrap(), "a gift", "story", now).map(drop))
            .await
    });
    let id = call.clone();
    let end = tokio::spawn(async move { db.write(move |tx| end_call(tx, &id, None, now)).await });
    assert!(all_wait(&world, &[&credit, &end]));
    holder.let_go().await;
    credit.await.expect("no panic").expect("it is booked");
    end.await.expect("no panic").expect("it is ended");
    let over = world.until_settled(&call).await;
    let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
    assert_eq!(booked(&world, &account, "leg").await.len(), 2);
    assert_eq!(balance(&world, &account).await, ("6.00".parse::<Money>().unwrap() - cost).to_string());
    world.close().await;
}

on_both_databases! {
    /// There two that came to the same conclusion at the same moment both cancelled.
    async fn kill_bill_94_a_race_in_which_two_cancelled_the_same(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(20).await;
        let block = |by: &'static str| {
            let (db, id, now) = (world.service.app.db.clone(), account.clone(), world.now());
            tokio::spawn(async move {
                db.write(move |tx| change_status(tx, &id, NewStatus::Blocked, "overdue", by, now)).await
            })
        };
        let (one, other) = tokio::join!(block("one"), block("the other"));
        let said = [one, other].map(|done| done.expect("no panic").expect("each is answered"));
        assert!(said.contains(&StatusChanged::Now) && said.contains(&StatusChanged::Already), "{said:?}");
        let over = world.until_settled(&call).await;
        assert!(matches!(over.phase, Phase::Settled(_)));
        let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
        assert_eq!(world.wallet(&account).await.posted + cost, "1.00".parse().unwrap());
        let audit = shown(world, &format!("audit?subject={account}")).await;
        let blocked = audit["items"].as_array().expect("a list").iter().filter(|line| line["action"] == json!("block_account"));
        assert_eq!(blocked.count(), 1, "{audit}");
    }
}

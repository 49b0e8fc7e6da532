//! What administrators do at the same moment, and what nobody may do to the audit.

use chrono::TimeDelta;
use diesel::{Connection, RunQueryDsl, sql_query};
use talktime::domain::admission::Refusal;
use talktime::domain::money::Money;
use talktime::flows::FlowError;
use talktime::flows::by_hand::Booked;
use talktime::flows::change_account::{NewStatus, StatusChanged, change_status};
use talktime::flows::debit::debit_account;
use talktime::flows::open_account::add_user;
use talktime::flows::people::{PersonChanged, change_role, remove_administrator};
use talktime::flows::place_call::Placed;
use talktime::storage::{StorageError, users};

use crate::on_both_databases;
use crate::support::World;

async fn owners(world: &World) -> Vec<String> {
    let people = world.service.app.db.read(users::administrators).await;
    let people = people.map_err(|error: StorageError| error).expect("they are read");
    people.into_iter().filter(|person| person.role == "owner").map(|person| person.id).collect()
}

async fn add_owner(world: &World, name: String) {
    let now = world.now();
    let hash = "not a password".to_owned();
    let added = world.service.app.db.write(move |tx| add_user(tx, &name, hash, "owner", None, "story", now));
    added.await.expect("they are added");
}

/// Whatever is done with it must fail, and say why.
fn refused(url: &str, order: &str) -> String {
    let failed = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut conn = diesel::SqliteConnection::establish(path).expect("the file opens");
            sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn).expect("it can wait");
            sql_query(order).execute(&mut conn)
        }
        None => {
            let mut conn = diesel::PgConnection::establish(url).expect("the server answers");
            sql_query(order).execute(&mut conn)
        }
    };
    failed.expect_err("it must fail").to_string()
}

on_both_databases! {
    async fn two_owners_who_put_each_other_out_at_the_same_moment_leave_one(world: World) {
        for round in 0..10 {
            while owners(world).await.len() < 2 {
                add_owner(world, format!("{}@example.com", talktime::ids::new("owner"))).await;
            }
            let ids = owners(world).await;
            let puts_out = |id: String| {
                let (db, now) = (world.service.app.db.clone(), world.now());
                tokio::spawn(async move {
                    let work = db.write(move |tx| match round % 2 {
                        0 => change_role(tx, &id, "viewer", "the other", now),
                        _ => remove_administrator(tx, &id, "the other", now),
                    });
                    work.await
                })
            };
            let (one, other) = tokio::join!(puts_out(ids[0].clone()), puts_out(ids[1].clone()));
            let said = [one, other].map(|done| done.expect("no panic").expect("each is answered"));
            assert!(said.contains(&PersonChanged::Now) && said.contains(&PersonChanged::LastOwner), "{said:?}");
            assert_eq!(owners(world).await.len(), 1, "round {round}");
        }
    }

    async fn a_debit_and_a_call_at_the_same_moment_never_take_the_same_money(world: World) {
        for _ in 0..10 {
            // Enough for the debit or for the shortest call, not for both.
            let account = world.caller("0.15").await;
            let (db, id, now) = (world.service.app.db.clone(), account.clone(), world.now());
            let debit = tokio::spawn(async move {
                let amount = "0.10".parse().expect("an amount");
                db.write(move |tx| debit_account(tx, &id, "key", amount, "a fee", "story", now)).await
            });
            let (debited, placed) = tokio::join!(debit, world.dial(&account, &["+14155550101"]));
            let debited: Result<Booked, FlowError> = debited.expect("no panic");
            let (debited, called) = (debited.expect("it is answered"), matches!(placed, Placed::Call { .. }));
            assert!((debited == Booked::Now) != called, "{debited:?} {placed:?}");
            let wallet = world.wallet(&account).await;
            assert!(wallet.reserved <= wallet.posted, "{wallet:?}");
        }
        for (call, _) in world.live_calls().await {
            world.hang_up(&call.id).await;
            world.until_settled(&call.id).await;
        }
    }

    async fn a_blocked_account_is_billed_for_what_was_talked_and_dials_no_more(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        let (id, now) = (account.clone(), world.now());
        let blocked = world.service.app.db.write(move |tx| {
            change_status(tx, &id, NewStatus::Blocked, "fraud", "story", now)
        });
        assert_eq!(blocked.await.expect("it is answered"), StatusChanged::Now);
        world.until_settled(&call).await;
        assert!(world.now() < now + TimeDelta::seconds(10), "the call ended at once");
        let wallet = world.wallet(&account).await;
        assert!(wallet.reserved == Money::ZERO && wallet.posted.to_string() != "1.00", "{wallet:?}");
        let refused = world.dial(&account, &["+14155550101"]).await;
        assert!(matches!(refused, Placed::Refused(Refusal::AccountNotOpen)), "{refused:?}");
    }

    async fn the_audit_can_neither_be_changed_nor_deleted(world: World) {
        add_owner(world, "owner@example.com".to_owned()).await;
        let url = world.service.app.config.database.url.clone();
        for order in ["UPDATE audit SET after_text = 'nothing'", "UPDATE audit SET detail = ''", "DELETE FROM audit"] {
            let said = refused(&url, order);
            assert!(said.contains("append-only"), "{order}: {said}");
        }
    }
}

//! The database keeps the promises when many write at once, and refuses what would break them.

use std::collections::HashMap;

use chrono::TimeDelta;
use talktime::domain::money::Money;
use talktime::flows::credit::credit_account;
use talktime::flows::{FlowError, Job};
use talktime::storage::{StorageError, Tx, accounts, jobs};

use crate::on_both_databases;
use crate::support::locks::{Holder, all_wait};
use crate::support::{Kind, World};

on_both_databases! {
    async fn credits_at_the_same_time_all_arrive(world: World) {
        let account = world.caller("0").await;
        let credits = (0..60).map(|number| {
            let (db, id, now) = (world.service.app.db.clone(), account.clone(), world.now());
            tokio::spawn(async move {
                let (key, amount) = (format!("credit {number}"), Money::from_micros(1000 + number));
                db.write(move |tx| credit_account(tx, &id, &key, amount, "at once", "story", now)).await
            })
        });
        for credit in credits.collect::<Vec<_>>() {
            credit.await.expect("no panic").expect("each is booked");
        }
        let expected: i64 = (0..60).map(|number| 1000 + number).sum();
        assert_eq!(world.wallet(&account).await.posted, Money::from_micros(expected));
    }

    async fn the_same_credit_many_times_at_once_arrives_once(world: World) {
        let account = world.caller("0").await;
        let credits = (0..20).map(|_| {
            let (db, id, now) = (world.service.app.db.clone(), account.clone(), world.now());
            tokio::spawn(async move {
                db.write(move |tx| credit_account(tx, &id, "one key", Money::from_micros(7), "again", "story", now)).await
            })
        });
        for credit in credits.collect::<Vec<_>>() {
            credit.await.expect("no panic").expect("each is answered");
        }
        assert_eq!(world.wallet(&account).await.posted, Money::from_micros(7));
    }

    async fn calls_dialled_at_the_same_time_never_hold_more_than_there_is(world: World) {
        let account = world.caller("0.50").await;
        let (first, second, third) = tokio::join!(
            world.dial(&account, &["+14155550101"]),
            world.dial(&account, &["+14155550102"]),
            world.dial(&account, &["+14155550103"]),
        );
        let placed = [first, second, third];
        let wallet = world.wallet(&account).await;
        assert!(wallet.reserved <= wallet.posted, "{wallet:?}, {placed:?}");
        for (call, _) in world.live_calls().await {
            world.hang_up(&call.id).await;
            world.until_settled(&call.id).await;
        }
    }

    async fn each_job_is_taken_once_however_many_take(world: World) {
        let (db, now) = (world.service.app.db.clone(), world.now());
        // Due only after the story, so that nobody but the takers below takes them.
        let due = now + TimeDelta::days(1);
        let made = db.write(move |tx| {
            (0..60).try_for_each(|number| Job::HangUp { call_sid: format!("CA{number}") }.enqueue(tx, due))
        });
        made.await.map_err(|error: StorageError| error).expect("the jobs are made");
        let takers = (0..8).map(|taker| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut taken = vec![];
                loop {
                    let lease = format!("taker {taker}");
                    let jobs = db.write(move |tx| jobs::claim(tx, &lease, due + TimeDelta::minutes(1), 3, due)).await;
                    let jobs = jobs.map_err(|error: StorageError| error).expect("jobs are taken");
                    if jobs.is_empty() {
                        return taken;
                    }
                    taken.extend(jobs.into_iter().map(|job| job.key));
                }
            })
        });
        let mut times = HashMap::new();
        for taker in takers.collect::<Vec<_>>() {
            for key in taker.await.expect("no panic") {
                *times.entry(key).or_insert(0) += 1;
            }
        }
        times.retain(|key, _| key.starts_with("hang_up:CA"));
        assert!(times.len() == 60 && times.values().all(|taken| *taken == 1), "{times:?}");
    }

    async fn a_failed_transaction_leaves_nothing(world: World) {
        let account = world.caller("1.00").await;
        let (id, now) = (account.clone(), world.now());
        let failed = world.service.app.db.write(move |tx| {
            credit_account(tx, &id, "half done", Money::from_micros(5), "never", "story", now)?;
            Err::<(), _>(FlowError::not_found("end", "of this transaction"))
        });
        assert!(failed.await.is_err());
        assert_eq!(world.wallet(&account).await.posted.to_string(), "1.00");
    }
}

/// Locks a wallet by some name: is there one?
type Lock = fn(&mut Tx, &str) -> Result<bool, StorageError>;

/// By whichever name it was found: nobody else changes it, nor reads it to change it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_a_wallet_locked_has_it_alone() {
    let mut world = World::new(Kind::Postgres).await;
    let account = world.caller("1.00").await;
    let call = world.call(&account, &["+14155550101"]).await;
    let leg = world.look(&call).await.legs[0].id.clone();
    let locks: [Lock; 3] = [
        |tx, account| Ok(accounts::lock_wallet(tx, account)?.is_some()),
        |tx, call| Ok(accounts::lock_wallet_of_call(tx, call)?.is_some()),
        |tx, leg| Ok(accounts::lock_wallet_of_leg(tx, leg)?.is_some()),
    ];
    for (lock, name) in locks.into_iter().zip([&account, &call, &leg]) {
        let found = name.clone();
        let holder = Holder::of(&world, move |tx| {
            assert!(lock(tx, &found)?, "{found} has a wallet");
            Ok(())
        });
        let (db, id, key, now) = (world.service.app.db.clone(), account.clone(), name.clone(), world.now());
        let credit = tokio::spawn(async move {
            db.write(move |tx| credit_account(tx, &id, &key, Money::from_micros(1), "at once", "story", now)).await
        });
        assert!(all_wait(&world, &[&credit]), "it is locked by {name}");
        holder.let_go().await;
        credit.await.expect("no panic").expect("it is booked");
    }
    world.hang_up(&call).await;
    world.until_settled(&call).await;
    world.close().await;
}

//! Calls that were billed twice, for nothing, after their end, or not at all.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use talktime::domain::call::{EndReason, Phase};
use talktime::domain::money::Money;
use talktime::sandbox::carrier::{Fault, FaultKind};

use super::{balance, booked};
use crate::on_both_databases;
use crate::support::World;

/// Done to the tables past the service.
fn to_the_tables(world: &World, sqlite: &str, postgres: &str) {
    let done = match world.database.url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path).expect("it opens").batch_execute(sqlite),
        None => PgConnection::establish(&world.database.url).expect("it opens").batch_execute(postgres),
    };
    done.expect("the tables take it");
}

/// The database refuses every charge of a leg.
fn refuse_charges(world: &World) {
    to_the_tables(
        world,
        "CREATE TRIGGER broken BEFORE INSERT ON transfers WHEN NEW.fact_key LIKE 'leg:%'
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;",
        "CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$ LANGUAGE plpgsql;
         CREATE TRIGGER broken BEFORE INSERT ON transfers FOR EACH ROW WHEN (NEW.fact_key LIKE 'leg:%')
         EXECUTE FUNCTION broken();",
    );
}

fn take_charges_again(world: &World) {
    to_the_tables(world, "DROP TRIGGER broken;", "DROP TRIGGER broken ON transfers;");
}

on_both_databases! {
    /// The end of a call is told four times.
    async fn ivozprovider_703_a_call_that_was_charged_twice(world: World) {
        let account = world.caller("1.00").await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookTwice, "POST", "/status") });
        let call = world.call(&account, &["+14155551020"]).await;
        let over = world.until_settled(&call).await;
        world.wait(60).await;
        let costs: Vec<Money> = over.charges().iter().map(|charge| charge.cost).collect();
        assert_eq!((costs.len(), booked(world, &account, "leg").await.len()), (2, 2), "one charge a leg");
        let cost: Money = costs.into_iter().sum();
        assert_eq!(world.wallet(&account).await.posted + cost, "1.00".parse().unwrap());
    }

    /// Nobody was reached: no hold is kept and nothing is booked, not even nothing.
    async fn cgrates_1357_a_debit_on_a_call_of_no_length(world: World) {
        let account = world.caller("1.00").await;
        world.own_number = "+14155550002".to_owned();
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        assert_eq!(booked(world, &account, "leg").await, []);
        assert_eq!((balance(world, &account).await.as_str(), world.wallet(&account).await.reserved), ("1.00", Money::ZERO));
    }

    /// The phones are down, whatever is told of them later, and so is the meter.
    async fn cgrates_2220_and_1490_billing_that_carries_on_after_the_call(world: World) {
        let account = world.caller("5.00").await;
        world.carrier.add_fault(Fault { times: 4, seconds: 90, ..Fault::next(FaultKind::WebhookLate, "POST", "/status") });
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(20).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        let after = balance(world, &account).await;
        world.wait(300).await;
        assert_eq!(balance(world, &account).await, after, "nothing more is taken");
        assert!(over.legs.iter().all(|leg| leg.billable_seconds() <= 21), "{over:#?}");
        assert_eq!(world.wallet(&account).await.reserved, Money::ZERO);
    }

    /// A call of somebody with money is not cut before that is used up.
    async fn cgrates_1303_a_prepaid_call_that_was_cut_too_early(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        assert_eq!(over.legs[0].billable_seconds(), 40);
        assert!(world.wallet(&account).await.posted < "0.01".parse().unwrap(), "all that buys a second is used");
    }

    /// Both phones of a call from a web page are up until the money is used up, and no longer.
    async fn a2billing_90_a_web_callback_that_went_below_zero_and_was_not_disconnected(world: World) {
        let account = world.caller("0.30").await;
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, over.payer().billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), 30));
        assert!(world.carrier.calls().iter().all(|call| call.ended_at.is_some()), "nobody is on the line");
        assert!(world.wallet(&account).await.posted >= Money::ZERO);
    }

    /// The books are not moved on before the database has said yes: what it refused is charged when it takes it.
    async fn nibblebill_money_that_was_lost_when_the_database_failed(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &["+14155551020"]).await;
        world.wait(10).await;
        refuse_charges(world);
        world.wait(60).await;
        assert_eq!(balance(world, &account).await, "1.00", "nothing could be booked");
        assert!(world.wallet(&account).await.reserved > Money::ZERO, "and nothing was given up");
        assert!(!matches!(world.look(&call).await.phase, Phase::Settled(_)));
        take_charges_again(world);
        let over = world.until_settled(&call).await;
        let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
        assert!(cost > "0.20".parse().unwrap(), "{cost}");
        assert_eq!(world.wallet(&account).await.posted + cost, "1.00".parse().unwrap());
    }

    /// Money that comes afterwards pays for nothing that was used before it.
    async fn openmeter_4920_later_credits_that_pay_for_earlier_usage(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        let left = world.wallet(&account).await.posted;
        world.credit(&account, "5.00").await;
        world.wait(120).await;
        assert_eq!(world.wallet(&account).await.posted, left + "5.00".parse().unwrap());
        assert_eq!(booked(world, &account, "leg").await.len(), 2);
    }

    /// A hold is over with its call, and counts against nobody afterwards.
    async fn tigerbeetle_2118_a_hold_that_had_expired_and_still_counted(world: World) {
        let account = world.caller("1.00").await;
        for _ in 0..3 {
            let call = world.call(&account, &["+14155550002"]).await;
            assert!(world.wallet(&account).await.available() < "0.01".parse().unwrap(), "all that buys a second is held");
            world.until_settled(&call).await;
            let wallet = world.wallet(&account).await;
            assert_eq!((wallet.reserved, wallet.available()), (Money::ZERO, wallet.posted));
        }
    }
}

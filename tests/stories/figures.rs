//! Figures of an hour are what the books say of it, however often it is counted.

use chrono::{DateTime, TimeDelta, Utc};
use talktime::domain::figures::{Period, Point};
use talktime::domain::money::Money;
use talktime::flows::figures::{Answered, Counted, add_webhooks, close_hours, look_at_live_calls, of_period};
use talktime::storage::StorageError;
use talktime::storage::statements;

use crate::on_both_databases;
use crate::support::World;

async fn points(world: &World, period: Period, now: DateTime<Utc>) -> Vec<Point> {
    world.service.app.db.read(move |tx| of_period(tx, period, now)).await.expect("the figures are read")
}

async fn count(world: &World, now: DateTime<Utc>) -> Counted {
    world.service.app.db.write(move |tx| close_hours(tx, now)).await.expect("the hours are counted")
}

/// What the account was charged for calls, from its own transfers.
async fn charged(world: &World, account: &str) -> Money {
    let id = account.to_owned();
    let entries = world.service.app.db.read(move |tx| statements::page(tx, &id, None, 1000)).await;
    let entries: Vec<statements::Entry> = entries.map_err(|error: StorageError| error).expect("the transfers are read");
    entries.iter().filter(|entry| entry.credit == "revenue:calls").map(|entry| entry.amount).sum()
}

on_both_databases! {
    async fn figures_equal_the_books_and_counting_again_changes_nothing(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let poor = world.caller("0.30").await;
        world.agree(&poor, &["pm_card_chargeDeclined"]).await;
        for who in [&account, &poor] {
            let call = world.call(who, &["+14155550101"]).await;
            let now = world.now();
            world.service.app.db.write(move |tx| look_at_live_calls(tx, now)).await.expect("a look");
            world.wait(70).await;
            world.hang_up(&call).await;
            world.until_settled(&call).await;
        }
        let (now, mut revenue) = (world.now(), Money::ZERO);
        for who in [&account, &poor] {
            revenue += charged(world, who).await;
        }
        assert!(revenue.is_positive());
        // The hour is not over: it is counted when it is looked at.
        let shown = points(world, Period::Today, now).await;
        let present = shown.last().expect("a day has hours").clone();
        assert_eq!(Money::from_micros(present.revenue["USD"]), revenue);
        assert_eq!((present.calls_started, present.calls_settled, present.live_calls_peak), (2, 2, 1));
        assert!(present.seconds_billed > 0);
        assert_eq!(present.recharges_credited(), 1, "{present:?}");
        assert_eq!(present.recharges_lost() + present.recharges.get("open").unwrap_or(&0), 1, "{present:?}");

        let later = now + TimeDelta::hours(2);
        assert_eq!(count(world, later).await, Counted::All);
        let first = points(world, Period::Today, later).await;
        assert_eq!(first[..shown.len()], shown[..], "counted or looked at, an hour is the same");
        assert_eq!(count(world, later).await, Counted::All);
        assert_eq!(points(world, Period::Today, later).await, first);
        // By days it is the same sum.
        let days = points(world, Period::Week, later).await;
        assert_eq!(Money::from_micros(days.last().expect("a week has days").revenue["USD"]), revenue);
    }

    async fn hours_missed_while_switched_off_are_caught_up_in_bounded_steps(world: World) {
        world.caller("1.00").await;
        let later = world.now() + TimeDelta::hours(30);
        let mut runs = 1;
        while count(world, later).await == Counted::More {
            runs += 1;
        }
        assert_eq!(runs, 3, "29 hours are over, twelve at a time");
    }

    async fn an_hour_with_an_open_payment_is_counted_again_once_it_has_ended(world: World) {
        let account = world.caller("0.40").await;
        // The processor thinks about it for ten seconds.
        world.agree(&account, &["pm_card_processing_succeeds"]).await;
        let call = world.call(&account, &["+14155550101"]).await;
        while world.payments(&account).await != ["processing"] {
            world.wait(1).await;
        }
        // As if the payment were still open long after its hour.
        let later = world.now() + TimeDelta::hours(2);
        count(world, later).await;
        let hour = points(world, Period::Today, later).await.into_iter().find(|point| !point.recharges.is_empty());
        assert_eq!(hour.expect("there is a payment").recharges["open"], 1);
        world.wait(15).await;
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        count(world, later).await;
        let hour = points(world, Period::Today, later).await.into_iter().find(|point| !point.recharges.is_empty());
        let hour = hour.expect("there was a payment");
        assert!(hour.recharges_credited() == 1 && !hour.recharges.contains_key("open"), "{hour:?}");
    }

    async fn webhooks_of_two_processes_add_up(world: World) {
        let now = world.now();
        let mut tally = talktime::domain::figures::Tally::default();
        [700, 30_000, 30_000].into_iter().for_each(|micros| tally.note(micros));
        for _ in 0..2 {
            let part = Answered { hour: talktime::domain::figures::hour_of(now), sender: "twilio", tally: tally.clone() };
            world.service.app.db.write(move |tx| add_webhooks(tx, &[part])).await.expect("they are kept");
        }
        let shown = points(world, Period::Today, now).await;
        let webhooks = &shown.last().expect("a day has hours").webhooks["twilio"];
        assert_eq!((webhooks.count, webhooks.micros, webhooks.buckets[0]), (6, 121_400, 2));
    }
}

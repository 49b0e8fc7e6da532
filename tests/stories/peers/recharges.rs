//! Cards that were charged once for every look at a small balance, twice because an answer was lost, or silently not at
//! all.

use chrono::TimeDelta;
use serde_json::json;
use talktime::domain::recharge::{Agreement, WhyNot};
use talktime::flows::recharge_outlook::{Outlook, outlook};
use talktime::flows::{FlowError, Job};
use talktime::sandbox::cards::{Fault, FaultKind};
use talktime::storage::accounts;

use super::balance;
use crate::on_both_databases;
use crate::support::World;
use crate::two_persons::api;

fn fault(world: &World, matching: &str, kind: FaultKind, times: u32) {
    world.cards.fault(Fault { matching: matching.to_owned(), kind, times });
}

/// Somebody looks at the balance again, and again.
async fn look_often(world: &mut World, account: &str, times: usize) {
    for _ in 0..times {
        let (account, now) = (account.to_owned(), world.now());
        let made = world.service.app.db.write(move |tx| {
            Job::Sweep.enqueue(tx, now)?;
            Job::ConsiderRecharge { account }.enqueue(tx, now).map_err(FlowError::from)
        });
        made.await.expect("the jobs are made");
        world.wait(2).await;
    }
}

/// Wants 1.00 whenever less than 3.00 is free.
async fn below_its_threshold(world: &mut World, card: &str, most_per_day: i64) -> String {
    let account = world.caller("0.01").await;
    world.agree(&account, &[card]).await;
    let amount = "1.00".parse().expect("an amount");
    let agreement = Agreement { threshold: "3.00".parse().expect("an amount"), most_per_day, ..Agreement::of(amount) };
    world.agree_to(&account, agreement).await;
    account
}

on_both_databases! {
    /// As long as one payment may still succeed there is no other, however often somebody looks.
    async fn lago_1962_several_top_ups_one_for_every_refresh(world: World) {
        let account = below_its_threshold(world, "pm_card_processing_succeeds", 3).await;
        look_often(world, &account, 4).await;
        assert_eq!(world.payments(&account).await, ["processing"]);
        assert_eq!(world.cards.requests().iter().filter(|(_, path, _)| path.ends_with("/confirm")).count(), 1);
    }

    /// A balance far below its threshold is no reason to charge again at once, nor to pass what was agreed to for a day.
    async fn lago_6177_one_charge_for_every_increment_until_it_had_caught_up(world: World) {
        let account = below_its_threshold(world, "pm_card_visa", 2).await;
        look_often(world, &account, 20).await;
        assert_eq!((world.cards.charges().len(), balance(world, &account).await.as_str()), (1, "1.01"));
        for _ in 0..23 {
            look_often(world, &account, 1).await;
            world.pass(TimeDelta::hours(1)).await;
        }
        assert_eq!((world.cards.charges().len(), balance(world, &account).await.as_str()), (2, "2.01"));
    }

    /// Where a limit stops it, whoever looks is told which.
    async fn lago_5992_a_top_up_that_silently_stopped_above_a_limit(world: World) {
        let account = below_its_threshold(world, "pm_card_visa", 1).await;
        look_often(world, &account, 5).await;
        assert_eq!(world.cards.charges().len(), 1);
        let (forms, rules, now) = (world.service.app.forms.clone(), world.service.app.config.rules, world.now());
        let seen = world.service.app.db.read(move |tx| {
            let account = accounts::find(tx, &account)?.expect("it is there");
            outlook(tx, &account, &forms, &rules, now)
        });
        let seen = seen.await.expect("it is known");
        let rests = matches!(seen, Outlook::Rests { why_not: WhyNot::DailyLimit, paused_because: None, .. });
        assert!(rests, "{seen:?}");
    }

    async fn lago_2007_a_threshold_below_zero(world: World) {
        let account = world.caller("0").await;
        let agreement = json!({ "amount": "1.00", "threshold": "-5.00", "consent_text": "Yes.", "consent_from": "here" });
        let (status, body) = api(world, &format!("accounts/{account}/recharge"), agreement).await;
        assert_eq!(status, 422, "{body}");
    }

    /// Nobody can say what became of it, the processor least of all: no second payment, and the first is credited.
    async fn kill_bill_338_a_payment_of_unknown_state_that_was_made_twice(world: World) {
        fault(world, "/confirm", FaultKind::LostAfter, 3);
        fault(world, "GET /v1/payment_intents", FaultKind::LostBefore, 4);
        fault(world, "payment_intent", FaultKind::DropWebhook, 50);
        let account = below_its_threshold(world, "pm_card_visa", 1).await;
        look_often(world, &account, 20).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (1, vec!["credited"]));
        assert_eq!(balance(world, &account).await, "1.01");
    }

    /// What was unknown and turns out to have failed is over, and the next need of money is met by a new payment.
    async fn kill_bill_1832_no_retry_once_an_unknown_payment_had_turned_out_to_have_failed(world: World) {
        fault(world, "/confirm", FaultKind::LostBefore, 50);
        fault(world, "payment_intent", FaultKind::DropWebhook, 50);
        let account = world.caller("0.01").await;
        world.agree(&account, &["pm_card_visa"]).await;
        world.dial(&account, &["+14155550101"]).await;
        world.wait(200).await;
        assert_eq!(world.cards.charges().len(), 0);
        world.cards.calm();
        world.pass(TimeDelta::hours(1)).await;
        world.dial(&account, &["+14155550101"]).await;
        world.wait(30).await;
        assert_eq!(world.cards.charges().len(), 1, "{:?}", world.payments(&account).await);
        assert_eq!(balance(world, &account).await, "1.01");
    }
}

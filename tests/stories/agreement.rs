//! What an owner agreed to bounds what is charged: amounts, a threshold, how much money in a day and a month. What banks
//! say bounds it too: a card rests, and the agreement pauses until its owner acts.

use chrono::TimeDelta;
use talktime::domain::call::Phase;
use talktime::domain::event::Kind;
use talktime::domain::money::Money;
use talktime::domain::recharge::Agreement;
use talktime::domain::recharge::pause::PauseReason;
use talktime::flows::agreement::{Resumed, resume_recharge};
use talktime::flows::credit::credit_account;
use talktime::flows::tell::{NewEndpoint, add_endpoint};
use talktime::storage::{StorageError, Tx, agreements, events};

use crate::on_both_databases;
use crate::support::World;

fn money(amount: &str) -> Money {
    amount.parse().expect("an amount")
}

/// A call of a few seconds that costs a few cents.
async fn short_call(world: &mut World, account: &str) {
    let call = world.call(account, &["+14155550101"]).await;
    world.wait(8).await;
    world.hang_up(&call).await;
    world.until_settled(&call).await;
    world.wait(10).await;
}

/// Why it is paused, if it is.
pub async fn paused(world: &World, account: &str) -> Option<PauseReason> {
    let account = account.to_owned();
    let kept = world.service.app.db.read(move |tx| agreements::find(tx, &account)).await;
    kept.map_err(|error: StorageError| error).expect("it is read").expect("it was agreed").paused_because
}

pub async fn turn_on_again(world: &World, account: &str) {
    let (account, now) = (account.to_owned(), world.now());
    let resumed = world.service.app.db.write(move |tx| resume_recharge(tx, &account, "127.0.0.1", "owner", now)).await;
    assert_eq!(resumed.expect("it is turned on"), Resumed::Now);
}

/// A call for 40 seconds that uses them up.
async fn used_up_call(world: &mut World, account: &str) {
    let (id, key, now) = (account.to_owned(), talktime::ids::new("key"), world.now());
    let credit = move |tx: &mut Tx| credit_account(tx, &id, &key, money("0.40"), "for a call", "story", now);
    world.service.app.db.write(credit).await.expect("it is credited");
    let call = world.call(account, &["+14155550101"]).await;
    world.until_settled(&call).await;
}

on_both_databases! {
    async fn a_card_without_enough_is_asked_once_for_the_smaller_amount_and_the_call_goes_on(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_littleMoney"]).await;
        world.agree_to(&account, Agreement { smaller: Some(money("0.60")), ..Agreement::of(money("1.00")) }).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(60).await;
        assert_eq!(world.look(&call).await.phase, Phase::Running, "{:?}", world.record(&call).await);
        let over = world.until_settled(&call).await;
        // 0.40 and 0.60; the bank is not asked a third time.
        assert_eq!(over.legs.iter().map(|leg| leg.billable_seconds()).collect::<Vec<_>>(), [100, 99]);
        assert_eq!(world.payments(&account).await, ["credited", "failed"]);
        assert_eq!(world.cards.charges().iter().map(|charge| charge.amount).collect::<Vec<_>>(), [60]);
    }

    async fn without_that_consent_a_card_without_enough_is_not_asked_for_less(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_littleMoney"]).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (0, vec!["failed"]));
    }

    async fn a_declined_card_rests_for_a_day_and_is_tried_at_once_when_its_owner_says_so(world: World) {
        let account = world.caller("0.50").await;
        world.agree(&account, &["pm_card_littleMoney"]).await;
        world.agree_to(&account, Agreement { threshold: money("0.75"), ..Agreement::of(money("1.00")) }).await;
        world.wait(10).await;
        assert_eq!(world.payments(&account).await, ["failed"]);
        world.pass(TimeDelta::hours(23)).await;
        assert_eq!(world.payments(&account).await.len(), 1, "it rests");
        world.pass(TimeDelta::hours(2)).await;
        assert_eq!(world.payments(&account).await.len(), 2, "its day is over");
        turn_on_again(world, &account).await;
        world.wait(10).await;
        assert_eq!(world.payments(&account).await.len(), 3, "its owner has spoken");
    }

    async fn outside_calls_there_are_five_minutes_between_two_charges(world: World) {
        let account = world.caller("0.50").await;
        world.agree(&account, &["pm_card_visa"]).await;
        world.agree_to(&account, Agreement { threshold: money("1.99"), ..Agreement::of(money("0.50")) }).await;
        world.wait(5).await;
        assert_eq!(world.cards.charges().len(), 1);
        short_call(world, &account).await;
        assert_eq!(world.cards.charges().len(), 1, "a moment ago");
        world.pass(TimeDelta::minutes(5)).await;
        assert_eq!(world.cards.charges().len(), 2);
    }

    async fn the_last_card_declined_for_good_pauses_and_one_of_two_does_not(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_chargeDeclinedExpiredCard", "pm_card_chargeDeclinedLostCard"]).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        assert_eq!(world.payments(&account).await, ["failed", "failed"], "the second is asked when the first is gone");
        assert_eq!(paused(world, &account).await, Some(PauseReason::CardDeclined));
    }

    async fn three_soft_declines_in_a_row_pause_it_until_its_owner_turns_it_on_again(world: World) {
        let told = NewEndpoint {
            url: "http://127.0.0.1:9/nobody".to_owned(),
            kinds: vec![Kind::RechargePaused, Kind::RechargeResumed],
            low_balance: Money::ZERO,
        };
        let now = world.now();
        world.service.app.db.write(move |tx| add_endpoint(tx, told, "story", now)).await.expect("it is added");
        let account = world.caller("0").await;
        world.agree(&account, &["pm_card_littleMoney"]).await;
        world.agree_to(&account, Agreement { smaller: Some(money("0.80")), ..Agreement::of(money("1.00")) }).await;
        for (tries, because) in [(2, None), (3, Some(PauseReason::DeclinedRepeatedly)), (3, Some(PauseReason::DeclinedRepeatedly))] {
            used_up_call(world, &account).await;
            assert_eq!((world.payments(&account).await.len(), paused(world, &account).await), (tries, because));
            world.pass(TimeDelta::hours(25)).await;
        }
        turn_on_again(world, &account).await;
        assert_eq!(paused(world, &account).await, None);
        let id = account.clone();
        let told = world.service.app.db.read(move |tx| events::list(tx, Some(&id), None, 10)).await;
        let told = told.map_err(|error: StorageError| error).expect("events are read");
        assert_eq!(told.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["recharge.resumed", "recharge.paused"]);
        assert!(told[1].body.contains("declined_repeatedly") && told[1].body.contains("turn it on again"), "{}", told[1].body);
        used_up_call(world, &account).await;
        assert_eq!(world.payments(&account).await.len(), 5, "it is tried again, in full and for less");
    }

    async fn a_bank_that_wants_its_customer_pauses_it_and_another_dial_charges_nothing(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_authenticationRequired", "pm_card_visa"]).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        assert_eq!(paused(world, &account).await, Some(PauseReason::CustomerNeeded));
        world.dial(&account, &["+14155550101"]).await;
        world.wait(10).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (0, vec!["failed"]));
    }

    async fn a_balance_below_the_threshold_after_a_call_is_recharged_without_any_call(world: World) {
        let account = world.caller("2.00").await;
        world.agree(&account, &["pm_card_visa"]).await;
        world.agree_to(&account, Agreement { threshold: money("1.99"), ..Agreement::of(money("1.00")) }).await;
        world.wait(5).await;
        assert_eq!(world.cards.charges().len(), 0, "it is not below yet");
        short_call(world, &account).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (1, vec!["credited"]));
        assert!(world.wallet(&account).await.posted > money("2.50"));
        short_call(world, &account).await;
        assert_eq!(world.cards.charges().len(), 1, "it is above now");
    }

    async fn an_agreement_with_a_threshold_above_the_balance_is_acted_upon_at_once(world: World) {
        let account = world.caller("0.50").await;
        world.agree(&account, &["pm_card_visa"]).await;
        world.agree_to(&account, Agreement { threshold: money("1.00"), ..Agreement::of(money("5.00")) }).await;
        world.wait(5).await;
        assert_eq!((world.cards.charges().len(), world.wallet(&account).await.posted), (1, money("5.50")));
    }

    async fn a_cap_on_the_money_of_a_day_stops_charging_before_the_count_does(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_visa"]).await;
        world.agree_to(&account, Agreement { cap_per_day: Some(money("2.50")), ..Agreement::of(money("1.00")) }).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        assert_eq!(world.cards.charges().len(), 2, "a third would pass 2.50");
        world.wait(60).await;
        world.dial(&account, &["+14155550101"]).await;
        world.wait(10).await;
        assert_eq!(world.cards.charges().len(), 2);
    }

    async fn money_that_failed_to_come_does_not_count_towards_a_cap(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_chargeCustomerFail", "pm_card_visa"]).await;
        world.agree_to(&account, Agreement { cap_per_month: Some(money("1.00")), ..Agreement::of(money("1.00")) }).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (1, vec!["credited", "failed"]));
    }
}

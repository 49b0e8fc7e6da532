//! What an owner agreed to bounds what is charged: a threshold, and how much money in a day and a month.

use talktime::domain::money::Money;
use talktime::domain::recharge::Agreement;

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

on_both_databases! {
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

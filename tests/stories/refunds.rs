//! Money goes back to a card, and what can go wrong with that: it is never in two places, and never lost.

use talktime::domain::refund::Refusal;
use talktime::flows::refund::{RefundWish, Refunded, refund};
use talktime::sandbox::cards::{Fault, FaultKind};
use talktime::storage::{StorageError, exchanges, payments, refunds};

use crate::on_both_databases;
use crate::support::World;

fn fault(matching: &str, kind: FaultKind) -> Fault {
    Fault { matching: matching.to_owned(), kind, times: 1 }
}

/// An account that was charged 1.00 automatically and spent nothing of it; and what the processor calls the charge.
pub async fn charged(world: &mut World, card: &str) -> (String, String) {
    let account = world.caller("0.01").await;
    world.agree(&account, &[card]).await;
    world.dial(&account, &["+14155550101"]).await;
    world.wait(10).await;
    let id = account.clone();
    let paid = world.service.app.db.read(move |tx| payments::list(tx, Some(&id), 1)).await;
    let paid = paid.map_err(|error: StorageError| error).expect("the payments are read").remove(0);
    assert_eq!(posted(world, &account).await, "1.01");
    (account, paid.reference.expect("it is credited"))
}

pub async fn give_back(world: &World, account: &str, charge: &str, amount: &str, key: &str) -> Refunded {
    let wish = RefundWish {
        account: account.to_owned(),
        charge: charge.to_owned(),
        amount: amount.parse().expect("an amount"),
        reason: "not what was wanted".to_owned(),
        key: key.to_owned(),
        actor: "story".to_owned(),
    };
    let (forms, now) = (world.service.app.forms.clone(), world.now());
    world.service.app.db.write(move |tx| refund(tx, &wish, &forms, now)).await.expect("it is decided")
}

/// A refund that was begun.
pub async fn begun(world: &World, account: &str, charge: &str, amount: &str) -> String {
    match give_back(world, account, charge, amount, &talktime::ids::new("key")).await {
        Refunded::Begun(refund) => refund.id,
        other => panic!("the refund is begun: {other:?}"),
    }
}

async fn state(world: &World, id: &str) -> &'static str {
    let id = id.to_owned();
    let found = world.service.app.db.read(move |tx| refunds::find(tx, &id)).await;
    found.map_err(|error: StorageError| error).expect("the refund is read").expect("it is there").0.state.code()
}

async fn history(world: &World, id: &str) -> Vec<String> {
    let id = id.to_owned();
    let lines = world.service.app.db.read(move |tx| exchanges::page(tx, &id, None, 100)).await;
    let lines = lines.map_err(|error: StorageError| error).expect("the history is read");
    lines.into_iter().map(|line| format!("{} {} {:?}", line.step, line.method, line.status)).collect()
}

async fn posted(world: &World, account: &str) -> String {
    world.wallet(account).await.posted.to_string()
}

/// What the processor has really given back.
fn given_back(world: &World) -> Vec<i64> {
    world.cards.refunds().iter().filter(|refund| refund.status != "failed").map(|refund| refund.amount).collect()
}

on_both_databases! {
    async fn a_charge_is_given_back_in_parts_and_never_beyond_its_amount(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let first = begun(world, &account, &charge, "0.40").await;
        assert_eq!(posted(world, &account).await, "0.61", "the money leaves the wallet before the processor is asked");
        world.wait(5).await;
        let second = begun(world, &account, &charge, "0.60").await;
        world.wait(5).await;
        assert_eq!((state(world, &first).await, state(world, &second).await), ("succeeded", "succeeded"));
        assert_eq!((given_back(world), posted(world, &account).await.as_str()), (vec![40, 60], "0.01"));
        world.credit(&account, "5.00").await;
        let refused = give_back(world, &account, &charge, "0.01", "more").await;
        assert!(matches!(refused, Refunded::Refused(Refusal::MoreThanCharged { .. })), "{refused:?}");
        let lines = history(world, &first).await;
        assert!(lines.contains(&"refund POST Some(200)".to_owned()), "{lines:?}");
    }

    async fn the_whole_charge_is_given_back_once_however_often_the_form_is_sent(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        assert!(matches!(give_back(world, &account, &charge, "1.00", "form").await, Refunded::Begun(_)));
        assert!(matches!(give_back(world, &account, &charge, "1.00", "form").await, Refunded::Already(_)));
        assert!(matches!(give_back(world, &account, &charge, "0.50", "form").await, Refunded::OtherWish));
        world.wait(5).await;
        assert_eq!((given_back(world), posted(world, &account).await.as_str()), (vec![100], "0.01"));
    }

    async fn money_that_a_running_call_holds_is_not_given_back(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let call = world.call(&account, &["+14155550101"]).await;
        let refused = give_back(world, &account, &charge, "1.00", "held").await;
        assert!(matches!(refused, Refunded::Refused(Refusal::NotFree { .. })), "{refused:?}");
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        assert_eq!(given_back(world).len(), 0);
        let spent = give_back(world, &account, &charge, "1.00", "after").await;
        assert!(matches!(spent, Refunded::Begun(_) | Refunded::Refused(Refusal::NotFree { .. })), "{spent:?}");
    }

    async fn a_refund_that_the_processor_refuses_books_the_money_back(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        // Somebody gave it back at the processor's own page, so that there is nothing left there.
        world.at_the_processor("refunds", &format!("payment_intent={charge}")).await;
        let id = begun(world, &account, &charge, "1.00").await;
        assert_eq!(posted(world, &account).await, "0.01");
        world.wait(5).await;
        // What was given back elsewhere is gone, and ours came back.
        assert_eq!((state(world, &id).await, posted(world, &account).await.as_str()), ("failed", "0.01"));
    }

    async fn a_refund_that_the_bank_sends_back_later_books_the_money_back(world: World) {
        let (account, charge) = charged(world, "pm_card_refundFail").await;
        let id = begun(world, &account, &charge, "1.00").await;
        world.wait(5).await;
        assert_eq!((state(world, &id).await, posted(world, &account).await.as_str()), ("succeeded", "0.01"));
        world.wait(120).await;
        assert_eq!((state(world, &id).await, posted(world, &account).await.as_str()), ("failed", "1.01"));
        let lines = history(world, &id).await;
        assert!(lines.iter().any(|line| line.starts_with("webhook refund.failed")), "{lines:?}");
    }

    async fn a_refund_may_wait_at_the_processor(world: World) {
        let (account, charge) = charged(world, "pm_card_pendingRefund").await;
        let id = begun(world, &account, &charge, "1.00").await;
        world.wait(2).await;
        assert_eq!(state(world, &id).await, "pending");
        world.wait(300).await;
        assert_eq!((state(world, &id).await, posted(world, &account).await.as_str()), ("succeeded", "0.01"));
    }

    async fn a_lost_answer_never_gives_back_twice(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        world.cards.fault(Fault { times: 3, ..fault("POST /v1/refunds", FaultKind::LostAfter) });
        world.cards.fault(Fault { times: 50, ..fault("refund", FaultKind::DropWebhook) });
        let id = begun(world, &account, &charge, "0.40").await;
        world.wait(60).await;
        assert_eq!((given_back(world), state(world, &id).await), (vec![40], "succeeded"));
        assert_eq!(posted(world, &account).await, "0.61");
    }

    async fn a_request_that_never_arrived_is_sent_again(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        world.cards.fault(Fault { times: 2, ..fault("POST /v1/refunds", FaultKind::LostBefore) });
        world.cards.fault(fault("POST /v1/refunds", FaultKind::TooMany429));
        let id = begun(world, &account, &charge, "0.40").await;
        world.wait(90).await;
        assert_eq!((given_back(world), state(world, &id).await), (vec![40], "succeeded"));
    }

    async fn an_error_after_the_money_went_back_is_looked_into_and_not_booked_back(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        world.cards.fault(fault("POST /v1/refunds", FaultKind::Error500After));
        let id = begun(world, &account, &charge, "1.00").await;
        world.wait(120).await;
        assert_eq!((given_back(world), state(world, &id).await), (vec![100], "succeeded"));
        assert_eq!(posted(world, &account).await, "0.01");
    }

    async fn every_request_and_message_about_a_payment_is_kept_without_secrets(world: World) {
        let (account, _) = charged(world, "pm_card_visa").await;
        let id = account.clone();
        let kept = world.service.app.db.read(move |tx| {
            let payment = payments::list(tx, Some(&id), 1)?.remove(0);
            exchanges::page(tx, &payment.id, None, 100)
        });
        let kept = kept.await.map_err(|error: StorageError| error).expect("the history is read");
        let steps: Vec<&str> = kept.iter().map(|line| line.step.as_str()).collect();
        for step in ["create", "confirm", "webhook payment_intent.succeeded"] {
            assert!(steps.contains(&step), "{step}: {steps:?}");
        }
        assert!(kept.iter().all(|line| line.answered_at.is_some()), "{kept:?}");
        let all = format!("{kept:?}");
        assert!(all.contains("status") && all.contains("amount=100"), "{all}");
        assert!(!all.contains("_secret_") && !all.contains(crate::support::world::CARDS_KEY), "{all}");
    }
}

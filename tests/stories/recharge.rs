//! A call that recharges itself while it is live, and everything that can go wrong with that.

use talktime::domain::admission::Refusal;
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, EndReason, Phase};
use talktime::domain::exchange::Sent;
use talktime::domain::payment::{Payment, Receipt};
use talktime::flows::place_call::Placed;
use talktime::flows::report::Message;
use talktime::flows::settle_payment::{ProcessorSays, reported};
use talktime::sandbox::cards::{Fault, FaultKind};
use talktime::storage::payments;

use crate::on_both_databases;
use crate::support::World;

fn billed(call: &Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

fn fault(matching: &str, kind: FaultKind) -> Fault {
    Fault { matching: matching.to_owned(), kind, times: 1 }
}

/// A caller with money for 40 seconds and a card, in a call with one other phone.
async fn talking(world: &mut World, cards: &[&str]) -> (String, String) {
    let account = world.caller("0.40").await;
    world.agree(&account, cards).await;
    let call = world.call(&account, &["+14155550101"]).await;
    (account, call)
}

/// The call talked on past its first limit, and exactly one charge of 1.00 was made for it.
async fn assert_recharged_once(world: &mut World, account: &str, call: &str) {
    world.wait(60).await;
    let live = world.look(call).await;
    assert_eq!(live.phase, Phase::Running, "talking past the first limit: {:?}", world.record(call).await);
    assert_eq!((world.cards.charges().len(), world.payments(account).await), (1, vec!["credited"]));
    world.hang_up(call).await;
    let over = world.until_settled(call).await;
    assert!(billed(&over).iter().all(|seconds| (58..=62).contains(seconds)), "{:?}", billed(&over));
}

/// The processor's own message about the account's payment.
async fn succeeded_after_all(world: &World, account: &str, message: &str) {
    let (account, now) = (account.to_owned(), world.now());
    let message =
        Message { source: "stripe", id: message.to_owned(), path: "/webhooks/stripe".to_owned(), body: vec![] };
    let told = world.service.app.db.write(move |tx| {
        let Payment { id, reference, amount, currency, customer_ref, .. } =
            payments::list(tx, Some(&account), 1)?.remove(0);
        let says = ProcessorSays {
            payment: Some(id),
            reference: reference.expect("it was begun there"),
            succeeded: Some(Receipt { amount, currency, customer_ref: Some(customer_ref), live: false }),
            kind: "payment_intent.succeeded".to_owned(),
            told: Sent { method: "POST", path: "/webhooks/stripe".to_owned(), body: "{}".to_owned() },
        };
        reported(tx, &says, &message, "stripe", false, now)
    });
    told.await.expect("it is heard");
}

on_both_databases! {
    async fn the_main_story(world: World) {
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        world.wait(60).await;
        let record = world.record(&call).await;
        assert!(record.contains(&Record::Charged { amount: "1.00".parse().unwrap() }), "{record:?}");
        // 1.40 buys 140 seconds for two legs, of which one joined a second later.
        let extended = record.iter().find_map(|line| match line {
            Record::Extended { seconds, .. } => Some(*seconds),
            _ => None,
        });
        assert_eq!(extended, Some(140));
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert_eq!(world.cards.charges().len(), 1);
        let cost = over.charges().iter().map(|charge| charge.cost).sum::<talktime::domain::money::Money>();
        let left = world.wallet(&account).await;
        assert_eq!(left.posted + cost, "1.40".parse().unwrap());
        assert_eq!(left.available(), left.posted);
    }

    async fn a_bad_card_warns_and_the_call_ends_at_its_limit(world: World) {
        let (account, call) = talking(world, &["pm_card_chargeCustomerFail"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        assert_eq!(billed(&over), [40, 39]);
        let record = world.record(&call).await;
        assert!(record.iter().any(|line| matches!(line, Record::Declined { .. })), "{record:?}");
        assert!(record.contains(&Record::Warned), "{record:?}");
        assert!(record.iter().any(|line| matches!(line, Record::Notice { .. })), "{record:?}");
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (0, vec!["failed"]));
    }

    async fn the_second_card_is_asked_when_the_first_is_declined(world: World) {
        let (account, call) = talking(world, &["pm_card_chargeCustomerFail", "pm_card_visa"]).await;
        world.wait(60).await;
        assert_eq!(world.look(&call).await.phase, Phase::Running);
        assert_eq!(world.payments(&account).await, ["credited", "failed"]);
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_small_credit_long_before_the_checkpoint_charges_no_card(world: World) {
        let account = world.caller("3.00").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(20).await;
        world.credit(&account, "0.10").await;
        world.wait(200).await;
        assert_eq!((world.cards.charges().len(), world.look(&call).await.extension), (0, 0));
        world.wait(100).await;
        assert_eq!((world.cards.charges().len(), world.look(&call).await.phase), (1, Phase::Running));
    }

    async fn nobody_is_charged_while_nobody_has_answered(world: World) {
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &["+14155550003"]).await;
        world.until_settled(&call).await;
        assert_eq!(world.cards.charges().len(), 0);
    }

    async fn an_answer_lost_after_the_money_moved_is_found_out(world: World) {
        world.cards.fault(fault("/confirm", FaultKind::LostAfter));
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn a_confirmation_that_never_arrived_is_sent_again(world: World) {
        world.cards.fault(fault("/confirm", FaultKind::LostBefore));
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn a_lost_creation_is_repeated_under_its_key(world: World) {
        world.cards.fault(fault("POST /v1/payment_intents", FaultKind::LostAfter));
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn an_error_500_after_the_money_moved_is_looked_into(world: World) {
        world.cards.fault(fault("/confirm", FaultKind::Error500After));
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn a_busy_key_and_a_busy_processor_are_waited_for(world: World) {
        world.cards.fault(fault("/confirm", FaultKind::Conflict409));
        world.cards.fault(fault("POST /v1/payment_intents", FaultKind::TooMany429));
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn the_webhook_alone_is_enough(world: World) {
        // Everything we send is lost after it was done; only the processor's own message reaches us.
        world.cards.fault(fault("/confirm", FaultKind::LostAfter));
        world.cards.fault(Fault { times: 50, ..fault("GET /v1/payment_intents", FaultKind::LostBefore) });
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn processing_is_no_money_until_it_has_succeeded(world: World) {
        // The processor takes ten seconds; the checkpoint leaves twenty.
        let (account, call) = talking(world, &["pm_card_processing_succeeds"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn processing_that_fails_ends_the_call_at_its_limit(world: World) {
        let (account, call) = talking(world, &["pm_card_processing_fails"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!((billed(&over), world.cards.charges().len()), (vec![40, 39], 0));
        assert_eq!(world.wallet(&account).await.posted.to_string(), "0.005");
    }

    async fn a_card_that_wants_its_owner_pauses_the_agreement(world: World) {
        let (account, call) = talking(world, &["pm_card_authenticationRequired"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!((billed(&over), world.cards.charges().len()), (vec![40, 39], 0));
        assert_eq!(world.payments(&account).await, ["failed"]);
    }

    async fn a_processor_that_is_away_is_not_paid_and_the_call_keeps_its_limit(world: World) {
        world.cards.fault(Fault { times: 500, ..fault("/v1/", FaultKind::LostBefore) });
        let account = world.caller("0.40").await;
        world.cards.fault(Fault { times: 0, ..fault("nothing", FaultKind::LostBefore) });
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [40, 39]);
    }

    async fn every_message_of_the_processor_twice_credits_once(world: World) {
        world.cards.fault(Fault { times: 50, ..fault("", FaultKind::DuplicateWebhook) });
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn a_forged_message_credits_nothing(world: World) {
        world.cards.fault(Fault { times: 50, ..fault("", FaultKind::ForgeWebhook) });
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        assert_recharged_once(world, &account, &call).await;
    }

    async fn money_that_comes_after_the_call_stays_in_the_wallet(world: World) {
        // Told to move the money, and nobody hears the outcome before the call is over.
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        world.cards.fault(fault("/confirm", FaultKind::LostAfter));
        world.cards.fault(Fault { times: 6, ..fault("GET /v1/payment_intents", FaultKind::LostBefore) });
        world.cards.fault(Fault { times: 4, ..fault("/cancel", FaultKind::LostBefore) });
        world.cards.fault(Fault { times: 50, ..fault("payment_intent", FaultKind::DropWebhook) });
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [40, 39]);
        world.wait(600).await;
        assert_eq!(world.payments(&account).await, ["credited"]);
        assert_eq!(world.wallet(&account).await.posted.to_string(), "1.005");
    }

    /// A processor that changes its mind, or a fence that did not hold: the card has paid, so the account has the money.
    async fn a_success_that_is_told_when_the_payment_had_ended_is_credited_once(world: World) {
        let (account, call) = talking(world, &["pm_card_chargeCustomerFail"]).await;
        world.until_settled(&call).await;
        assert_eq!((world.payments(&account).await, world.wallet(&account).await.posted.to_string()), (vec!["failed"], "0.005".to_owned()));
        for message in ["evt_first", "evt_second"] {
            succeeded_after_all(world, &account, message).await;
        }
        assert_eq!((world.payments(&account).await, world.wallet(&account).await.posted.to_string()), (vec!["credited"], "1.005".to_owned()));
    }

    async fn a_recharge_goes_on_and_on_up_to_its_daily_limit(world: World) {
        let (account, call) = talking(world, &["pm_card_visa"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        // 0.40 and three times 1.00 for two legs, one of which joined a second later.
        assert_eq!(billed(&over), [340, 339]);
        assert_eq!((world.cards.charges().len(), world.payments(&account).await.len()), (3, 3));
    }

    async fn a_balance_too_small_to_dial_is_topped_up_first(world: World) {
        let account = world.caller("0.01").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let first = world.dial(&account, &["+14155550101"]).await;
        assert!(matches!(first, Placed::Refused(Refusal::BeingToppedUp)), "{first:?}");
        world.wait(5).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (1, vec!["credited"]));
    }
}

//! Saved cards that are changed without their owner: renewed, replaced, corrected or taken away at the card processor. The
//! books follow whatever is told, and charge nobody's card but the one that was agreed to.

use chrono::TimeDelta;
use serde_json::{Value, json};
use talktime::domain::recharge::pause::PauseReason;
use talktime::flows::Job;
use talktime::flows::saved_cards::remove_card;
use talktime::sandbox::cards::{CardTurn, Fault, FaultKind};
use talktime::storage::cards::Card;
use talktime::storage::{StorageError, payments};

use crate::agreement::{paused, turn_on_again};
use crate::api;
use crate::checkouts::saved;
use crate::on_both_databases;
use crate::support::World;
use crate::support::twin::Name;

const EXPIRED: &str = "pm_card_chargeDeclinedExpiredCard";

/// A card attached to a customer of its own, by both their names at the processor.
async fn attached(world: &World, card: &str) -> (String, String) {
    let customer = world.at_the_processor("customers", "").await["id"].as_str().expect("a customer").to_owned();
    let attach = format!("payment_methods/{card}/attach");
    let method = world.at_the_processor(&attach, &format!("customer={customer}")).await;
    (customer, method["id"].as_str().expect("a card").to_owned())
}

/// What a program is answered that wants this card saved.
async fn save(world: &World, account: &str, customer: &str, method: &str) -> (u16, Value) {
    save_as(world, account, customer, method, "Visa ••4242").await
}

async fn save_as(world: &World, account: &str, customer: &str, method: &str, label: &str) -> (u16, Value) {
    let card = json!({ "customer": customer, "method": method, "label": label });
    let service = world.service.app.config.public_url.as_str().into();
    let (status, _, body) =
        api::post(service, format!("/api/v1/accounts/{account}/cards"), talktime::ids::new("key"), card).await;
    (status, body)
}

/// An account with little money and this card, which its owner has agreed to, and the processor's name of it.
async fn with_card(world: &World, card: &str) -> (String, String) {
    let account = world.caller("0.01").await;
    let (customer, method) = attached(world, card).await;
    let label = if card == EXPIRED { "Visa ••0069" } else { "Visa ••4242" };
    assert_eq!(save_as(world, &account, &customer, &method, label).await.0, 201);
    world.agree(&account, &[]).await;
    (account, method)
}

async fn only_card(world: &World, account: &str) -> Card {
    let mut cards = saved(world, account).await;
    assert_eq!(cards.len(), 1, "{cards:?}");
    cards.remove(0)
}

/// Somebody dials who has no money, and the card is asked.
async fn wants_to_call(world: &mut World, account: &str) {
    world.dial(account, &["+14155550101"]).await;
    world.wait(10).await;
}

fn messages(matching: &str, kind: FaultKind, times: u32) -> Fault {
    Fault { matching: matching.to_owned(), kind, times }
}

async fn ask_what_was_missed(world: &mut World) {
    let now = world.now();
    let asked: Result<(), StorageError> = world.service.app.db.write(move |tx| Job::CatchUp.enqueue(tx, now)).await;
    asked.expect("it is asked for");
    world.wait(5).await;
}

on_both_databases! {
    async fn a_renewed_card_is_charged_again_and_what_had_waited_for_it_goes_on(world: World) {
        let (account, method) = with_card(world, EXPIRED).await;
        assert_eq!(only_card(world, &account).await.expires.as_deref(), Some("2099-12"));
        wants_to_call(world, &account).await;
        assert_eq!(paused(world, &account).await, Some(PauseReason::CardDeclined));
        assert!(!only_card(world, &account).await.usable);
        assert!(world.cards.turn_card(&method, CardTurn::Renew));
        world.wait(5).await;
        let card = only_card(world, &account).await;
        assert_eq!((card.usable, card.expires.as_deref(), card.label.as_str()), (true, Some("2104-12"), "Visa ••0069"));
        assert_eq!(paused(world, &account).await, None);
        // Outside calls there are five minutes between two charges.
        world.wait(300).await;
        wants_to_call(world, &account).await;
        assert_eq!(world.payments(&account).await, ["credited", "failed"]);
    }

    async fn a_card_with_another_number_waits_for_its_owners_word(world: World) {
        let (account, method) = with_card(world, "pm_card_visa").await;
        assert!(world.cards.turn_card(&method, CardTurn::Replace));
        world.wait(5).await;
        let card = only_card(world, &account).await;
        assert_eq!((card.usable, card.label.as_str()), (true, "Mastercard ••4444"));
        assert_eq!(paused(world, &account).await, Some(PauseReason::CardChanged));
        wants_to_call(world, &account).await;
        assert_eq!(world.cards.charges().len(), 0);
        turn_on_again(world, &account).await;
        wants_to_call(world, &account).await;
        assert_eq!(world.cards.charges().len(), 1);
    }

    async fn a_card_that_was_taken_away_is_charged_no_more_in_whatever_order_that_is_told(world: World) {
        let (account, method) = with_card(world, "pm_card_visa").await;
        world.cards.fault(messages("automatically_updated", FaultKind::DelayWebhook { seconds: 30 }, 1));
        world.cards.fault(messages("detached", FaultKind::DuplicateWebhook, 1));
        assert!(world.cards.turn_card(&method, CardTurn::Renew));
        assert!(world.cards.turn_card(&method, CardTurn::TakeAway));
        world.wait(5).await;
        assert_eq!(saved(world, &account).await, []);
        assert_eq!(paused(world, &account).await, Some(PauseReason::CardChanged));
        world.wait(40).await;
        assert_eq!(saved(world, &account).await, [], "the older word changes nothing");
        wants_to_call(world, &account).await;
        assert_eq!(world.payments(&account).await, Vec::<&str>::new());
    }

    async fn a_change_that_nobody_told_is_found_in_the_list_of_what_was_told(world: World) {
        let (account, method) = with_card(world, "pm_card_visa").await;
        world.cards.fault(messages("payment_method", FaultKind::DropWebhook, 9));
        let date = "card[exp_month]=3&card[exp_year]=2031";
        world.at_the_processor(&format!("payment_methods/{method}"), date).await;
        world.wait(5).await;
        assert_eq!(only_card(world, &account).await.expires.as_deref(), Some("2099-12"));
        ask_what_was_missed(world).await;
        assert_eq!(only_card(world, &account).await.expires.as_deref(), Some("2031-03"));
        assert_eq!(paused(world, &account).await, None, "a date that was corrected is the same card");
    }

    async fn what_its_owner_removes_here_is_no_change_elsewhere(world: World) {
        let (account, _) = with_card(world, "pm_card_visa").await;
        let (card, now) = (only_card(world, &account).await.id, world.now());
        world.service.app.db.write(move |tx| remove_card(tx, &card, "owner", now)).await.expect("it is removed");
        world.wait(10).await;
        assert_eq!(paused(world, &account).await, None);
    }

    async fn a_program_can_save_no_card_but_the_customers_own(world: World) {
        let (account, other) = (world.caller("0").await, world.caller("0").await);
        let ((customer, method), (stranger, its)) =
            (attached(world, "pm_card_visa").await, attached(world, "pm_card_mastercard").await);
        let refused = |(status, body): (u16, Value)| (status, body["code"].as_str().map(str::to_owned), body["field"].clone());
        let not_theirs = (422, Some("card_not_theirs".to_owned()), json!("method"));
        for unseen in [its.as_str(), "pm_nobody", "pm_card_visa"] {
            assert_eq!(refused(save(world, &account, &customer, unseen).await), not_theirs, "{unseen}");
        }
        assert_eq!(save(world, &account, &customer, &method).await.0, 201);
        assert_eq!(save(world, &account, &customer, &method).await.1["code"], "already_exists");
        let refusal = |code: &str| (422, Some(code.to_owned()), json!("customer"));
        assert_eq!(refused(save(world, &account, &stranger, &its).await), refusal("other_customer"));
        assert_eq!(refused(save(world, &other, &customer, &method).await), refusal("customer_taken"));
        world.cards.fault(messages("GET /v1/payment_methods", FaultKind::LostBefore, 1));
        assert_eq!(save(world, &other, &stranger, &its).await.1["code"], "processor_down");
        assert_eq!(saved(world, &other).await, []);
        assert_eq!(save(world, &other, &stranger, &its).await.0, 201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_processor_is_asked_too() {
    let mut world = World::with(crate::support::Kind::Sqlite, Name::Hyperswitch).await;
    let account = world.caller("0").await;
    let twin = world.hyperswitch.clone().expect("it takes new cards");
    let method = twin.save_card(&account, "pm_card_visa").expect("it is a test card");
    let stranger = twin.save_card("somebody", "pm_card_visa").expect("it is a test card");
    assert_eq!(save(&world, &account, &account, &stranger).await.1["code"], "card_not_theirs");
    assert_eq!(save(&world, &account, &account, &method).await.0, 201);
    assert_eq!(only_card(&world, &account).await.expires.as_deref(), Some("2099-12"));
    world.pass(TimeDelta::seconds(1)).await;
    let id = account.clone();
    let customer = world.service.app.db.read(move |tx| payments::customer(tx, &id, "hyperswitch")).await;
    assert_eq!(customer.map_err(|error: StorageError| error).expect("it is read"), Some(account));
    world.close().await;
}

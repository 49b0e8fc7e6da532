//! Money that comes in through the card processor's own pages: credited once, whoever tells of it, and whether or not
//! anybody does.

use talktime::domain::call::Phase;
use talktime::domain::checkout::{Checkout, Purpose, State};
use talktime::flows::begin_checkout::{Begun, CheckoutWish, begin_checkout};
use talktime::flows::refund::{RefundWish, Refunded, refund};
use talktime::flows::saved_cards::remove_card;
use talktime::flows::settle_checkout::{cancel_checkout, look_soon};
use talktime::sandbox::cards::{Fault, FaultKind};
use talktime::storage::StorageError;
use talktime::storage::cards::{self, Card};
use talktime::storage::checkouts::{self, Consent};
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::hosted::Hosted;

fn hosted(world: &World) -> Hosted {
    world.hosted.clone().expect("the story is about pages")
}

fn top_up(save_card: bool) -> Purpose {
    Purpose::TopUp { amount: "10.00".parse().expect("an amount"), save_card }
}

async fn begin(world: &World, account: &str, purpose: Purpose) -> String {
    let consent = Consent { text: "Yes.".to_owned(), version: "1".to_owned(), from: "127.0.0.1".to_owned() };
    let wish = CheckoutWish {
        account: account.to_owned(),
        purpose,
        consent: purpose.saves_card().then_some(consent),
        key: talktime::ids::new("key"),
        actor: "story".to_owned(),
    };
    let (forms, now) = (world.service.app.forms.clone(), world.now());
    let begun = world.service.app.db.write(move |tx| begin_checkout(tx, &wish, &forms, now)).await;
    match begun.expect("a checkout is begun") {
        Begun::Checkout(checkout) => checkout.id,
        other => panic!("{other:?}"),
    }
}

async fn look(world: &World, checkout: &str) -> Checkout {
    let id = checkout.to_owned();
    let found = world.service.app.db.read(move |tx| checkouts::find(tx, &id)).await;
    found.map_err(|error: StorageError| error).expect("it is read").expect("it is there")
}

/// Begins, and waits for the page's address.
async fn opened(world: &mut World, account: &str, purpose: Purpose) -> (String, String) {
    let id = begin(world, account, purpose).await;
    world.wait(2).await;
    let url = look(world, &id).await.url.expect("the page is open");
    (id, url)
}

async fn returns(world: &World, checkout: &str) {
    let (id, now) = (checkout.to_owned(), world.now());
    world.service.app.db.write(move |tx| look_soon(tx, &id, now)).await.expect("the processor is looked at");
}

async fn saved(world: &World, account: &str) -> Vec<Card> {
    let id = account.to_owned();
    let listed = world.service.app.db.read(move |tx| cards::list(tx, &id)).await;
    listed.map_err(|error: StorageError| error).expect("the cards are read")
}

/// The processor says nothing of its payments by itself.
fn silence(world: &World) {
    world.cards.fault(Fault { matching: String::new(), kind: FaultKind::DropWebhook, times: 500 });
}

async fn report(world: &World, url: &str, kind: &str) {
    let to = format!("{}/webhooks/stripe", world.service.app.config.public_url);
    assert_eq!(hosted(world).report(url, kind, &to).await, 200);
}

async fn posted(world: &World, account: &str) -> String {
    world.wallet(account).await.posted.to_string()
}

async fn agree_to_recharge(world: &World, account: &str) {
    let url = format!("{}/api/v1/accounts/{account}/recharge", world.service.app.config.public_url);
    let headers = vec![
        ("authorization", "Bearer admin-of-the-story".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    let body = r#"{"amount": "1.00", "consent_text": "Yes.", "consent_from": "127.0.0.1"}"#.to_owned();
    let request = HttpRequest { method: Method::Post, url, headers, body };
    let answer = world.service.app.outbound.send(&request).await;
    assert!(matches!(answer, HttpResponse::Answered { status: 201, .. }), "{answer:?}");
}

on_both_databases! { in hosted;
    async fn a_top_up_is_credited_once_though_message_look_and_return_all_come(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        report(world, &url, "checkout.session.completed").await;
        returns(world, &id).await;
        world.wait(5).await;
        report(world, &url, "checkout.session.completed").await;
        returns(world, &id).await;
        world.wait(4000).await;
        assert_eq!((posted(world, &account).await, look(world, &id).await.state), ("10.00".to_owned(), State::Complete));
        assert!(saved(world, &account).await.is_empty());
    }

    async fn a_lost_message_changes_nothing(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(true)).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        assert_eq!(posted(world, &account).await, "0.00");
        world.wait(60).await;
        assert_eq!((posted(world, &account).await, look(world, &id).await.state), ("10.00".to_owned(), State::Complete));
        assert_eq!(saved(world, &account).await[0].label, "Visa ••4242");
    }

    async fn whoever_returns_does_not_wait_for_the_message(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        returns(world, &id).await;
        world.wait(1).await;
        assert_eq!(posted(world, &account).await, "10.00");
    }

    async fn a_page_that_nobody_used_expires_and_late_money_is_credited_all_the_same(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        // Paid in the last moment, and nobody can be asked before we believe it expired.
        let mut believed = look(world, &id).await;
        believed.state = State::Expired;
        let copy = believed.clone();
        world.service.app.db.write::<_, StorageError>(move |tx| checkouts::save(tx, &copy)).await.expect("it is saved");
        hosted(world).pay(&url, "pm_card_visa").await;
        report(world, &url, "checkout.session.completed").await;
        world.wait(5).await;
        assert_eq!((posted(world, &account).await, look(world, &id).await.state), ("10.00".to_owned(), State::Complete));
        let (other, _) = opened(world, &account, top_up(false)).await;
        world.wait(3700).await;
        assert_eq!(look(world, &other).await.state, State::Expired);
    }

    async fn lost_answers_open_one_page_for_one_customer(world: World) {
        let pages = hosted(world);
        pages.lose("POST /v1/customers", 1);
        pages.lose("POST /v1/checkout/sessions", 2);
        let account = world.caller("0").await;
        let id = begin(world, &account, top_up(false)).await;
        world.wait(20).await;
        let url = look(world, &id).await.url.expect("the page is open");
        assert_eq!(pages.sessions().len(), 1, "the same key asks for the same page");
        pages.lose("GET /v1/checkout/sessions", 3);
        pages.pay(&url, "pm_card_visa").await;
        world.wait(300).await;
        assert_eq!(posted(world, &account).await, "10.00");
    }

    async fn a_cancelled_page_is_closed_unless_it_was_paid(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (unpaid, _) = opened(world, &account, top_up(false)).await;
        let (paid, url) = opened(world, &account, top_up(false)).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        for id in [unpaid.clone(), paid.clone()] {
            let now = world.now();
            world.service.app.db.write(move |tx| cancel_checkout(tx, &id, now)).await.expect("it is cancelled");
        }
        world.wait(10).await;
        assert_eq!(look(world, &unpaid).await.state, State::Expired);
        assert_eq!((look(world, &paid).await.state, posted(world, &account).await), (State::Complete, "10.00".to_owned()));
    }

    async fn a_saved_card_recharges_a_live_call(world: World) {
        let account = world.caller("0.40").await;
        let (id, url) = opened(world, &account, Purpose::SaveCard).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        for _ in 0..2 {
            report(world, &url, "checkout.session.completed").await;
            returns(world, &id).await;
            world.wait(3).await;
        }
        let cards = saved(world, &account).await;
        assert_eq!((cards.len(), cards[0].label.as_str()), (1, "Visa ••4242"));
        assert_eq!(cards[0].expires.as_deref(), Some("2034-12"));
        agree_to_recharge(world, &account).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(60).await;
        assert_eq!(world.look(&call).await.phase, Phase::Running, "{:?}", world.record(&call).await);
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (1, vec!["credited"]));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_removed_card_is_charged_no_more_and_the_processor_forgets_it(world: World) {
        let account = world.caller("0.40").await;
        let (id, url) = opened(world, &account, Purpose::SaveCard).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        returns(world, &id).await;
        world.wait(3).await;
        agree_to_recharge(world, &account).await;
        let (card, now) = (saved(world, &account).await.remove(0).id, world.now());
        world.service.app.db.write(move |tx| remove_card(tx, &card, "story", now)).await.expect("it is removed");
        let call = world.call(&account, &["+14155550101"]).await;
        world.until_settled(&call).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await.len()), (0, 0));
        assert!(world.cards.requests().iter().any(|(_, path, _)| path.ends_with("/detach")), "{:?}", world.cards.requests());
        assert!(saved(world, &account).await.is_empty());
        // A late word about it does not bring it back.
        report(world, &url, "checkout.session.completed").await;
        world.wait(5).await;
        assert!(saved(world, &account).await.is_empty());
    }

    async fn a_payment_by_a_card_that_is_removed_meanwhile_is_given_up(world: World) {
        let account = world.caller("0.40").await;
        let (id, url) = opened(world, &account, Purpose::SaveCard).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        returns(world, &id).await;
        world.wait(3).await;
        agree_to_recharge(world, &account).await;
        world.cards.fault(Fault { matching: "POST /v1/payment_intents".to_owned(), kind: FaultKind::LostBefore, times: 2 });
        // Were it asked, the processor would still charge the card.
        world.cards.fault(Fault { matching: "/detach".to_owned(), kind: FaultKind::LostBefore, times: 500 });
        let call = world.call(&account, &["+14155550101"]).await;
        while world.payments(&account).await.is_empty() {
            world.wait(1).await;
        }
        let (card, now) = (saved(world, &account).await.remove(0).id, world.now());
        world.service.app.db.write(move |tx| remove_card(tx, &card, "story", now)).await.expect("it is removed");
        world.until_settled(&call).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (0, vec!["failed"]));
    }

    async fn a_top_up_is_given_back_like_any_charge(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        hosted(world).pay(&url, "pm_card_visa").await;
        returns(world, &id).await;
        world.wait(5).await;
        let wish = RefundWish {
            account: account.clone(),
            charge: look(world, &id).await.paid_by.expect("it is paid"),
            amount: "4.00".parse().expect("an amount"),
            reason: "not needed".to_owned(),
            key: "once".to_owned(),
            actor: "story".to_owned(),
        };
        let (forms, now) = (world.service.app.forms.clone(), world.now());
        let refunded = world.service.app.db.write(move |tx| refund(tx, &wish, &forms, now)).await;
        assert!(matches!(refunded, Ok(Refunded::Begun(_))), "{refunded:?}");
        world.wait(10).await;
        let refunds: Vec<(i64, &str)> = world.cards.refunds().iter().map(|it| (it.amount, it.status)).collect();
        assert_eq!((refunds, posted(world, &account).await), (vec![(400, "succeeded")], "6.00".to_owned()));
    }
}

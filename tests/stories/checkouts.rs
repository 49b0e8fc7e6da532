//! Money and cards that come in through the card processor's own page: credited once and saved once, whoever tells of it
//! and whether or not anybody does.

use talktime::domain::call::record::Record;
use talktime::domain::call::{EndReason, Phase};
use talktime::domain::checkout::{Checkout, Purpose, State};
use talktime::flows::begin_checkout::{Begun, CheckoutWish, begin_checkout};
use talktime::flows::open_account::add_user;
use talktime::flows::refund::{RefundWish, Refunded, refund};
use talktime::flows::saved_cards::remove_card;
use talktime::flows::settle_checkout::{cancel_checkout, look_soon};
use talktime::sandbox::cards::{Fault, FaultKind};
use talktime::storage::StorageError;
use talktime::storage::cards::{self, Card};
use talktime::storage::checkouts::{self, Consent};
use talktime::web::auth::password;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::person::GOOD_CARD;
use crate::support::world::CARDS_KEY;

const DECLINED: &str = "4000000000000002";
const NO_MONEY: &str = "4000000000009995";
/// Can be saved, and declines whenever it is charged.
const BAD_LATER: &str = "4000000000000341";
/// Its bank asks when it is saved, and not later.
const ASKS_ONCE: &str = "4000002500003155";
const ASKS_ALWAYS: &str = "4000002760003184";
/// Processing at first.
const SLOW: &str = "4000000000009001";
const SLOW_AND_DECLINED: &str = "4000000000009002";

pub fn top_up(save_card: bool) -> Purpose {
    Purpose::TopUp { amount: "10.00".parse().expect("an amount"), save_card }
}

pub async fn begin(world: &World, account: &str, purpose: Purpose) -> String {
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

pub async fn look(world: &World, checkout: &str) -> Checkout {
    let id = checkout.to_owned();
    let found = world.service.app.db.read(move |tx| checkouts::find(tx, &id)).await;
    found.map_err(|error: StorageError| error).expect("it is read").expect("it is there")
}

/// Begins, and waits for the page's address.
pub async fn opened(world: &mut World, account: &str, purpose: Purpose) -> (String, String) {
    let id = begin(world, account, purpose).await;
    world.wait(2).await;
    let checkout = look(world, &id).await;
    let url = checkout.url.clone().unwrap_or_else(|| panic!("the page is open: {checkout:?}"));
    (id, url)
}

/// Types the card on the page, and is sent back to ours.
pub async fn pay(world: &World, checkout: &str, url: &str, number: &str) {
    let seen = world.person().type_card(url, number).await;
    let back = format!("/money/checkouts/{checkout}?back=1");
    assert!(seen.status == 303 && seen.goes_to.contains(&back), "{seen:?}");
}

/// A card saved at the page, in the books and at the processor.
pub async fn save(world: &mut World, account: &str, number: &str) -> Card {
    let (id, url) = opened(world, account, Purpose::SaveCard).await;
    match [ASKS_ONCE, ASKS_ALWAYS].contains(&number) {
        true => assert_eq!(world.person().authenticate(&url, number, "complete").await.status, 303),
        false => pay(world, &id, &url, number).await,
    }
    returns(world, &id).await;
    world.wait(3).await;
    saved(world, account).await.pop().expect("it is saved")
}

pub async fn returns(world: &World, checkout: &str) {
    let (id, now) = (checkout.to_owned(), world.now());
    world.service.app.db.write(move |tx| look_soon(tx, &id, now)).await.expect("the processor is looked at");
}

pub async fn saved(world: &World, account: &str) -> Vec<Card> {
    let id = account.to_owned();
    let listed = world.service.app.db.read(move |tx| cards::list(tx, &id)).await;
    listed.map_err(|error: StorageError| error).expect("the cards are read")
}

async fn remove(world: &World, account: &str) {
    let (card, now) = (saved(world, account).await.remove(0).id, world.now());
    world.service.app.db.write(move |tx| remove_card(tx, &card, "story", now)).await.expect("it is removed");
}

fn fault(world: &World, matching: &str, kind: FaultKind, times: u32) {
    world.cards.fault(Fault { matching: matching.to_owned(), kind, times });
}

/// The processor says nothing of its payments by itself.
fn silence(world: &World) {
    fault(world, "", FaultKind::DropWebhook, 500);
}

pub async fn posted(world: &World, account: &str) -> String {
    world.wallet(account).await.posted.to_string()
}

/// Credited once, charged once, and over.
async fn assert_paid_once(world: &World, account: &str, checkout: &str) {
    let found = look(world, checkout).await;
    assert_eq!((posted(world, account).await.as_str(), found.state), ("10.00", State::Complete), "{found:?}");
    assert_eq!(world.cards.charges().len(), 1);
}

async fn asked(world: &World, method: Method, url: String, token: &str, body: &str) -> serde_json::Value {
    let headers = vec![
        ("authorization", format!("Bearer {token}")),
        ("content-type", "application/json".to_owned()),
        ("idempotency-key", talktime::ids::new("key")),
    ];
    let request = HttpRequest { method, url, headers, body: body.to_owned() };
    match world.service.app.outbound.send(&request).await {
        HttpResponse::Answered { status: 200..=299, body, .. } => serde_json::from_slice(&body).expect("JSON"),
        other => panic!("{other:?}"),
    }
}

/// Our API.
async fn api(world: &World, method: Method, path: &str, body: &str) -> serde_json::Value {
    let url = format!("{}/api/v1/{path}", world.service.app.config.public_url);
    asked(world, method, url, "admin-of-the-story", body).await
}

/// Pages the processor was made to open.
async fn pages(world: &World) -> usize {
    let url = format!("{}/v1/checkout/sessions?limit=100", world.cards.base_url());
    asked(world, Method::Get, url, CARDS_KEY, "").await["data"].as_array().expect("a list").len()
}

async fn agree_to_recharge(world: &World, account: &str) {
    let body = r#"{"amount": "1.00", "consent_text": "Yes.", "consent_from": "127.0.0.1"}"#;
    api(world, Method::Post, &format!("accounts/{account}/recharge"), body).await;
}

/// A minute of a call for which there is money for 40 seconds.
async fn talks_past_the_first_limit(world: &mut World, account: &str) {
    agree_to_recharge(world, account).await;
    let call = world.call(account, &["+14155550101"]).await;
    world.wait(60).await;
    assert_eq!(world.look(&call).await.phase, Phase::Running, "{:?}", world.record(&call).await);
    assert_eq!((world.cards.charges().len(), world.payments(account).await), (1, vec!["credited"]));
    world.hang_up(&call).await;
    world.until_settled(&call).await;
}

/// The call is warned of and ended at its limit.
async fn ends_at_the_first_limit(world: &mut World, account: &str) -> Vec<Record> {
    agree_to_recharge(world, account).await;
    let call = world.call(account, &["+14155550101"]).await;
    let over = world.until_settled(&call).await;
    assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
    assert_eq!(world.cards.charges().len(), 0);
    world.record(&call).await
}

on_both_databases! {
    async fn a_top_up_is_credited_once_though_message_look_and_return_all_come(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        pay(world, &id, &url, GOOD_CARD).await;
        for _ in 0..3 {
            returns(world, &id).await;
            world.wait(1).await;
        }
        world.wait(4000).await;
        assert_paid_once(world, &account, &id).await;
        assert!(saved(world, &account).await.is_empty());
    }

    async fn a_caller_tops_up_through_the_pages(world: World) {
        let (account, ours) = (world.caller("0").await, world.service.app.config.public_url.clone());
        let (hash, of, now) = (password::hash("a good password"), Some(account.clone()), world.now());
        let user = world.service.app.db.write(move |tx| add_user(tx, "ann@example.org", hash, "caller", of, "story", now));
        user.await.expect("she can sign in");
        let mut ann = world.person();
        let csrf = ann.get(&format!("{ours}/sign-in")).await.hidden("csrf");
        let fields = [("csrf", csrf.as_str()), ("email", "ann@example.org"), ("password", "a good password")];
        assert_eq!(ann.send(&format!("{ours}/sign-in"), &fields).await.status, 303);
        let money = ann.get(&format!("{ours}/money")).await;
        let (csrf, key) = (money.hidden("csrf"), money.hidden("key"));
        let fields = [("csrf", csrf.as_str()), ("key", &key), ("amount", "10"), ("save_card", "yes")];
        let place = ann.send(&format!("{ours}/money/top-up"), &fields).await.goes_to;
        world.wait(1).await;
        let page = ann.get(&format!("{ours}{}", place.trim_end_matches("?new=1"))).await.goes_to;
        let there = ann.get(&page).await;
        assert!(there.page.contains("Calling credit") && there.page.contains("10.00"), "{there:?}");
        let done = ann.type_card(&page, GOOD_CARD).await;
        ann.get(&done.goes_to).await;
        world.wait(2).await;
        let back = ann.get(&done.goes_to).await.page;
        assert!(back.contains("10.00 USD arrived.") && back.contains("Visa ••4242 is saved."), "{back}");
        assert_eq!((posted(world, &account).await.as_str(), world.cards.charges().len()), ("10.00", 1));
    }

    async fn a_program_sends_its_customer_to_the_page(world: World) {
        let account = world.caller("0").await;
        let body = r#"{"purpose": "top_up", "amount": "10.00", "save_card": true, "consent_text": "Yes.", "consent_from": "127.0.0.1"}"#;
        let begun = api(world, Method::Post, &format!("accounts/{account}/checkouts"), body).await;
        let id = begun["id"].as_str().expect("an id").to_owned();
        world.wait(1).await;
        let open = api(world, Method::Get, &format!("checkouts/{id}"), "").await;
        pay(world, &id, open["url"].as_str().expect("the page is open"), GOOD_CARD).await;
        world.wait(3).await;
        let done = api(world, Method::Get, &format!("checkouts/{id}"), "").await;
        assert_eq!((&done["state"], &done["credited"], &done["card_saved"]), (&"complete".into(), &true.into(), &true.into()));
        let cards = api(world, Method::Get, &format!("accounts/{account}/cards"), "").await;
        assert_eq!(cards["items"][0]["label"], "Visa ••4242");
        assert_paid_once(world, &account, &id).await;
    }

    async fn a_lost_message_changes_nothing(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(true)).await;
        pay(world, &id, &url, GOOD_CARD).await;
        assert_eq!(posted(world, &account).await, "0.00");
        world.wait(60).await;
        assert_paid_once(world, &account, &id).await;
        assert_eq!(saved(world, &account).await[0].label, "Visa ••4242");
    }

    async fn whoever_returns_does_not_wait_for_the_message(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        pay(world, &id, &url, GOOD_CARD).await;
        returns(world, &id).await;
        world.wait(1).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn the_message_alone_is_enough(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        fault(world, "GET /v1/checkout/sessions", FaultKind::LostBefore, 500);
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(3).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn every_message_twice_credits_and_saves_once(world: World) {
        fault(world, "", FaultKind::DuplicateWebhook, 50);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(true)).await;
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(120).await;
        assert_paid_once(world, &account, &id).await;
        assert_eq!(saved(world, &account).await.len(), 1);
    }

    async fn messages_in_another_order_credit_and_save_once(world: World) {
        // The page's word comes before those about its beginnings, and the payment's a day after all is over.
        fault(world, "created", FaultKind::DelayWebhook { seconds: 90 }, 5);
        fault(world, "attached", FaultKind::DelayWebhook { seconds: 60 }, 5);
        fault(world, "payment_intent.succeeded", FaultKind::DelayWebhook { seconds: 7000 }, 5);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(true)).await;
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(5).await;
        assert_paid_once(world, &account, &id).await;
        world.wait(7100).await;
        assert_paid_once(world, &account, &id).await;
        assert_eq!(saved(world, &account).await.len(), 1);
    }

    async fn a_forged_message_credits_nothing(world: World) {
        fault(world, "", FaultKind::ForgeWebhook, 50);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(120).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn a_page_that_nobody_used_expires(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        world.wait(3700).await;
        assert_eq!(look(world, &id).await.state, State::Expired);
        assert_eq!(world.person().type_card(&url, GOOD_CARD).await.status, 410);
        world.wait(60).await;
        assert_eq!((posted(world, &account).await.as_str(), world.cards.charges().len()), ("0.00", 0));
    }

    async fn late_money_is_credited_although_we_believed_the_page_had_expired(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        let mut believed = look(world, &id).await;
        believed.state = State::Expired;
        world.service.app.db.write::<_, StorageError>(move |tx| checkouts::save(tx, &believed)).await.expect("it is saved");
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(5).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn a_declined_card_leaves_the_page_open_for_another(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(true)).await;
        for (number, said) in [(DECLINED, "Your card was declined."), (NO_MONEY, "insufficient funds")] {
            let seen = world.person().type_card(&url, number).await;
            assert!(seen.status == 402 && seen.page.contains(said), "{seen:?}");
            world.wait(20).await;
            let found = look(world, &id).await;
            assert_eq!((found.state, found.verdict), (State::Open, None));
        }
        assert_eq!((posted(world, &account).await.as_str(), saved(world, &account).await.len()), ("0.00", 0));
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(5).await;
        assert_paid_once(world, &account, &id).await;
        assert_eq!(saved(world, &account).await[0].label, "Visa ••4242");
    }

    async fn a_bank_that_asks_is_answered_and_the_money_comes(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        assert_eq!(world.person().type_card(&url, ASKS_ALWAYS).await.status, 303);
        world.wait(20).await;
        assert_eq!((look(world, &id).await.state, posted(world, &account).await.as_str()), (State::Open, "0.00"));
        let answered = world.person().send(&format!("{url}/authenticate"), &[("outcome", "complete")]).await;
        assert!(answered.goes_to.ends_with("?back=1"), "{answered:?}");
        world.wait(3).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn a_bank_that_says_no_costs_nothing_and_another_card_pays(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        let seen = world.person().authenticate(&url, ASKS_ALWAYS, "fail").await;
        assert!(seen.status == 402 && seen.page.contains("unable to authenticate"), "{seen:?}");
        world.wait(20).await;
        assert_eq!((look(world, &id).await.state, world.cards.charges().len()), (State::Open, 0));
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(3).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn money_on_its_way_is_credited_when_it_has_come(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        pay(world, &id, &url, SLOW).await;
        returns(world, &id).await;
        world.wait(5).await;
        assert_eq!((look(world, &id).await.state, posted(world, &account).await.as_str()), (State::Processing, "0.00"));
        world.wait(8).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn money_on_its_way_is_found_without_a_word_of_it(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(true)).await;
        pay(world, &id, &url, SLOW).await;
        world.wait(90).await;
        assert_paid_once(world, &account, &id).await;
        assert_eq!(saved(world, &account).await.len(), 1);
    }

    async fn money_that_does_not_come_after_all_is_not_credited(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(true)).await;
        pay(world, &id, &url, SLOW_AND_DECLINED).await;
        world.wait(60).await;
        let found = look(world, &id).await;
        assert_eq!((found.state, found.verdict.as_deref()), (State::Failed, Some("generic_decline")));
        assert_eq!((posted(world, &account).await.as_str(), saved(world, &account).await.len()), ("0.00", 0));
    }

    async fn lost_answers_open_one_page_for_one_customer(world: World) {
        fault(world, "POST /v1/customers", FaultKind::LostAfter, 1);
        fault(world, "POST /v1/checkout/sessions", FaultKind::LostAfter, 1);
        fault(world, "POST /v1/checkout/sessions", FaultKind::Conflict409, 1);
        fault(world, "POST /v1/checkout/sessions", FaultKind::TooMany429, 1);
        let account = world.caller("0").await;
        let id = begin(world, &account, top_up(false)).await;
        world.wait(30).await;
        let url = look(world, &id).await.url.expect("the page is open");
        assert_eq!(pages(world).await, 1, "the same key asks for the same page");
        fault(world, "GET /v1/checkout/sessions", FaultKind::LostAfter, 3);
        pay(world, &id, &url, GOOD_CARD).await;
        world.wait(300).await;
        assert_paid_once(world, &account, &id).await;
    }

    async fn a_page_whose_address_never_reaches_us_is_given_up_and_costs_nothing(world: World) {
        fault(world, "POST /v1/checkout/sessions", FaultKind::Error500After, 1);
        let account = world.caller("0").await;
        let id = begin(world, &account, top_up(false)).await;
        world.wait(1200).await;
        let found = look(world, &id).await;
        assert_eq!((found.state, found.verdict.as_deref()), (State::Failed, Some("not_opened")));
        assert_eq!((pages(world).await, world.cards.charges().len()), (1, 0));
        let (again, url) = opened(world, &account, top_up(false)).await;
        pay(world, &again, &url, GOOD_CARD).await;
        world.wait(3).await;
        assert_paid_once(world, &account, &again).await;
    }

    async fn a_customer_whose_making_was_never_answered_stands_in_nobodys_way_for_long(world: World) {
        fault(world, "POST /v1/customers", FaultKind::Error500After, 1);
        let account = world.caller("0").await;
        let id = begin(world, &account, top_up(false)).await;
        world.wait(1200).await;
        assert_eq!(look(world, &id).await.verdict.as_deref(), Some("not_opened"));
        let (again, url) = opened(world, &account, top_up(false)).await;
        pay(world, &again, &url, GOOD_CARD).await;
        world.wait(3).await;
        assert_paid_once(world, &account, &again).await;
    }

    async fn a_cancelled_page_is_closed_unless_it_was_paid(world: World) {
        silence(world);
        let account = world.caller("0").await;
        let (unpaid, dead) = opened(world, &account, top_up(false)).await;
        let (paid, url) = opened(world, &account, top_up(false)).await;
        pay(world, &paid, &url, GOOD_CARD).await;
        for id in [unpaid.clone(), paid.clone()] {
            let now = world.now();
            world.service.app.db.write(move |tx| cancel_checkout(tx, &id, now)).await.expect("it is cancelled");
        }
        world.wait(10).await;
        assert_eq!(look(world, &unpaid).await.state, State::Expired);
        assert_eq!(world.person().type_card(&dead, GOOD_CARD).await.status, 410);
        assert_paid_once(world, &account, &paid).await;
    }

    async fn a_saved_card_recharges_a_live_call(world: World) {
        let account = world.caller("0.40").await;
        let card = save(world, &account, GOOD_CARD).await;
        assert_eq!((card.label.as_str(), card.expires.as_deref()), ("Visa ••4242", Some("2034-12")));
        assert_eq!(saved(world, &account).await.len(), 1, "however many tell of it");
        talks_past_the_first_limit(world, &account).await;
    }

    async fn a_card_whose_bank_has_asked_recharges_a_live_call(world: World) {
        let account = world.caller("0.40").await;
        save(world, &account, ASKS_ONCE).await;
        talks_past_the_first_limit(world, &account).await;
    }

    async fn a_card_that_declines_later_warns_and_the_call_ends(world: World) {
        let account = world.caller("0.40").await;
        assert_eq!(save(world, &account, BAD_LATER).await.label, "Visa ••0341");
        let record = ends_at_the_first_limit(world, &account).await;
        assert!(record.iter().any(|line| matches!(line, Record::Declined { .. })), "{record:?}");
        assert!(record.contains(&Record::Warned), "{record:?}");
        assert_eq!(world.payments(&account).await, ["failed"]);
    }

    async fn a_card_whose_bank_always_asks_cannot_recharge_a_call(world: World) {
        let account = world.caller("0.40").await;
        save(world, &account, ASKS_ALWAYS).await;
        let record = ends_at_the_first_limit(world, &account).await;
        assert!(record.contains(&Record::Warned), "{record:?}");
        assert_eq!(world.payments(&account).await, ["failed"]);
    }

    async fn a_card_that_cannot_be_saved_is_not(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, Purpose::SaveCard).await;
        assert_eq!(world.person().type_card(&url, DECLINED).await.status, 402);
        assert_eq!(world.person().authenticate(&url, ASKS_ALWAYS, "fail").await.status, 402);
        world.wait(3700).await;
        assert_eq!((look(world, &id).await.state, saved(world, &account).await.len()), (State::Expired, 0));
    }

    async fn a_removed_card_is_charged_no_more_and_the_processor_forgets_it(world: World) {
        // What the processor has to say of the saving comes after the removal.
        fault(world, "", FaultKind::DelayWebhook { seconds: 900 }, 50);
        let account = world.caller("0.40").await;
        save(world, &account, GOOD_CARD).await;
        remove(world, &account).await;
        ends_at_the_first_limit(world, &account).await;
        assert!(world.payments(&account).await.is_empty());
        let detached = |(_, path, status): &(String, String, u16)| path.ends_with("/detach") && *status == 200;
        assert!(world.cards.requests().iter().any(detached), "{:?}", world.cards.requests());
        world.wait(1000).await;
        assert!(saved(world, &account).await.is_empty(), "a late word does not bring it back");
    }

    async fn a_payment_by_a_card_that_is_removed_meanwhile_is_given_up(world: World) {
        let account = world.caller("0.40").await;
        save(world, &account, GOOD_CARD).await;
        agree_to_recharge(world, &account).await;
        fault(world, "POST /v1/payment_intents", FaultKind::LostBefore, 2);
        // Were it asked, the processor would still charge the card.
        fault(world, "/detach", FaultKind::LostBefore, 500);
        let call = world.call(&account, &["+14155550101"]).await;
        while world.payments(&account).await.is_empty() {
            world.wait(1).await;
        }
        remove(world, &account).await;
        world.until_settled(&call).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (0, vec!["failed"]));
    }

    async fn a_top_up_is_given_back_like_any_charge(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        pay(world, &id, &url, "4242424242424242").await;
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

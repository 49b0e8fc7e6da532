//! Topping up and saving cards, as far as our own pages go: the processor's page is somebody else's.

use chrono::TimeDelta;

use super::browser::{Browser, House};
use crate::domain::checkout::{Card, Paid, Seen, Standing, Step};
use crate::domain::exchange::Sent;
use crate::domain::payment::Receipt;
use crate::domain::recharge::Agreement;
use crate::domain::recharge::pause::PauseReason;
use crate::flows::FlowError;
use crate::flows::agreement::{agree_to_recharge, pause_recharge};
use crate::flows::report::Message;
use crate::flows::save_card::{Saved, SavedCard, save_card};
use crate::flows::settle_checkout::{ProcessorSays, answered, customer_made, reported};
use crate::storage::agreements::Consent;
use crate::storage::{Tx, cards, checkouts};

async fn ann(house: &House) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    browser
}

/// The processor answers that its page is ready.
async fn opens(house: &House, id: &str) {
    seen(house, id, Standing::Open { url: "https://pay.example/c/1".to_owned() }, true).await;
}

async fn seen(house: &House, id: &str, standing: Standing, first: bool) {
    let (id, now) = (id.to_owned(), house.app.clock.now());
    let work = move |tx: &mut Tx| {
        if first {
            customer_made(tx, &id, "cus_1", "stripe", now)?;
        }
        let answer = Ok(Seen { reference: "cs_1".to_owned(), standing });
        answered(tx, &id, Step::Look, &answer, "stripe", false, now)
    };
    house.app.db.write::<_, FlowError>(work).await.unwrap();
}

fn paid(amount: &str) -> Paid {
    let receipt = Receipt {
        amount: amount.parse().unwrap(),
        currency: "USD".parse().unwrap(),
        customer_ref: Some("cus_1".to_owned()),
        live: false,
    };
    Paid { payment: "pi_1".to_owned(), receipt }
}

fn visa() -> Card {
    Card {
        method_ref: "pm_1".to_owned(),
        label: "Visa ••4242".to_owned(),
        expires: Some("2020-01".to_owned()),
        customer_ref: Some("cus_1".to_owned()),
        live: false,
    }
}

/// Begins a top-up and answers with its id.
async fn top_up(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let page = browser.post("/money", "/money/top-up", fields).await;
    assert_eq!(page.status, 303, "{}", page.text);
    let place = page.location().trim_start_matches("/money/checkouts/").to_owned();
    place.trim_end_matches("?new=1").to_owned()
}

#[actix_web::test]
async fn a_form_leads_to_a_page_of_ours_and_that_to_the_processors() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let id = top_up(&mut browser, &[("amount", "10")]).await;
    let place = format!("/money/checkouts/{id}");
    let page = browser.get(&format!("{place}?new=1")).await;
    assert_eq!(page.status, 200, "no redirection follows a form to another origin");
    assert!(page.text.contains(&format!("content=\"0; url={place}\"")), "{}", page.text);
    opens(&house, &id).await;
    let page = browser.get(&place).await;
    assert_eq!((page.status, page.location()), (303, "https://pay.example/c/1"));
}

#[actix_web::test]
async fn a_processor_that_does_not_answer_is_not_waited_for_long() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let id = top_up(&mut browser, &[("amount", "10")]).await;
    let begun = house.app.clock.now();
    let page = browser.get(&format!("/money/checkouts/{id}")).await;
    assert!(house.app.clock.now() - begun < TimeDelta::seconds(6));
    assert!(page.status == 200 && page.text.contains("http-equiv=\"refresh\" content=\"2;"), "{}", page.text);
}

#[actix_web::test]
async fn whoever_returns_reads_how_it_stands() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let id = top_up(&mut browser, &[("amount", "10"), ("save_card", "yes")]).await;
    opens(&house, &id).await;
    let undone = browser.get(&format!("/money/checkouts/{id}?back=0")).await;
    assert!(undone.text.contains("Not finished") && undone.text.contains("https://pay.example/c/1"), "{}", undone.text);
    assert!(!undone.text.contains("http-equiv=\"refresh\""));
    let waiting = browser.get(&format!("/money/checkouts/{id}?back=1")).await;
    assert!(waiting.text.contains("has not told us yet"), "{}", waiting.text);
    assert!(waiting.text.contains(&format!("content=\"3; url=/money/checkouts/{id}?back=1\"")), "{}", waiting.text);
    assert!(browser.get("/money").await.text.contains("A top-up of 10.00 USD"));

    seen(&house, &id, Standing::Complete { paid: Some(paid("10")), card: Some(visa()) }, false).await;
    for way in ["?back=1", "?back=0", "", "?new=1"] {
        let done = browser.get(&format!("/money/checkouts/{id}{way}")).await;
        assert!(
            done.text.contains("10.00 USD arrived.") && done.text.contains("Visa ••4242 is saved."),
            "{}",
            done.text
        );
        assert!(!done.text.contains("http-equiv=\"refresh\""));
    }
    let money = browser.get("/money").await;
    for shown in ["20.00 USD", "Visa ••4242", "expired", "/money/charges/tr_"] {
        assert!(money.text.contains(shown), "{shown}: {}", money.text);
    }
    assert!(!money.text.contains("A top-up of 10.00 USD"));
}

#[actix_web::test]
async fn look_and_message_together_credit_once() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let id = top_up(&mut browser, &[("amount", "10")]).await;
    opens(&house, &id).await;
    for event in ["evt_1", "evt_2", "evt_1"] {
        let message = Message { source: "stripe", id: event.to_owned(), path: String::new(), body: vec![] };
        let told = Sent { method: "POST", path: String::new(), body: String::new() };
        let says = ProcessorSays { checkout: Some(id.clone()), reference: None, paid: Some(paid("10")), told };
        let now = house.app.clock.now();
        let work = move |tx: &mut Tx| reported(tx, &says, &message, "stripe", false, now);
        house.app.db.write::<_, FlowError>(work).await.unwrap();
        seen(&house, &id, Standing::Complete { paid: Some(paid("10")), card: None }, false).await;
    }
    let money = browser.get("/money").await;
    assert!(money.text.contains("20.00 USD") && money.text.matches("/money/charges/").count() == 1, "{}", money.text);
}

#[actix_web::test]
async fn another_amount_than_was_asked_for_is_not_credited() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let id = top_up(&mut browser, &[("amount", "10")]).await;
    opens(&house, &id).await;
    seen(&house, &id, Standing::Complete { paid: Some(paid("9.99")), card: None }, false).await;
    assert!(browser.get(&format!("/money/checkouts/{id}?back=1")).await.text.contains("We are looking into it"));
    assert!(browser.get("/money").await.text.contains("<p class=\"big\">10.00 USD</p>"));
}

#[actix_web::test]
async fn a_bad_amount_is_named_and_a_form_sent_twice_begins_once() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    for amount in ["", "ten", "0.49", "1000.01", "10.001", "-5", "<b>"] {
        let page = browser.post("/money", "/money/top-up", &[("amount", amount), ("save_card", "yes")]).await;
        assert!(page.status == 422 && page.text.contains("id=\"amount_error\""), "{amount}: {}", page.text);
        assert!(page.text.contains(" checked") && !page.text.contains("<b>"), "{}", page.text);
    }
    let key = browser.get("/money").await.hidden("key");
    let form = [("amount", "10"), ("key", key.as_str())];
    let first = top_up(&mut browser, &form).await;
    assert_eq!(top_up(&mut browser, &form).await, first);
    let other = browser.post("/money", "/money/top-up", &[("amount", "11"), ("key", key.as_str())]).await;
    assert_eq!(other.status, 400);
    for _ in 0..4 {
        top_up(&mut browser, &[("amount", "10")]).await;
    }
    let sixth = browser.post("/money", "/money/top-up", &[("amount", "10")]).await;
    assert!(sixth.status == 422 && sixth.text.contains("5 payments are open already"), "{}", sixth.text);
    let place = format!("/money/checkouts/{first}");
    assert_eq!(browser.post("/money", &format!("{place}/cancel"), &[]).await.status, 303);
    assert!(browser.get(&format!("{place}?back=0")).await.text.contains("Cancelled"));
    top_up(&mut browser, &[("amount", "10")]).await;
}

#[actix_web::test]
async fn a_card_is_saved_only_with_consent_that_is_kept() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let page = browser.post("/money/cards/new", "/money/cards", &[]).await;
    assert!(page.status == 422 && page.text.contains("id=\"agree_error\""), "{}", page.text);
    let page = browser.post("/money/cards/new", "/money/cards", &[("agree", "yes")]).await;
    assert_eq!(page.status, 303);
    let id = page.location().trim_start_matches("/money/checkouts/").trim_end_matches("?new=1").to_owned();
    opens(&house, &id).await;
    seen(&house, &id, Standing::Complete { paid: None, card: Some(visa()) }, false).await;
    let done = browser.get(&format!("/money/checkouts/{id}?back=1")).await;
    assert!(done.text.contains("Visa ••4242 is saved."), "{}", done.text);
}

#[actix_web::test]
async fn cards_are_put_first_and_removed_by_their_owner_alone() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let (account, now) = (house.account.clone(), house.app.clock.now());
    let work = move |tx: &mut Tx| {
        for name in ["pm_a", "pm_b"] {
            let card = SavedCard {
                processor: "stripe",
                customer_ref: "cus_1".to_owned(),
                method_ref: name.to_owned(),
                label: format!("Card {name}"),
                expires: None,
            };
            assert_eq!(save_card(tx, &account, &card, "test", now)?, Saved::Now);
        }
        Ok(cards::list(tx, &account)?)
    };
    let saved = house.app.db.write::<_, FlowError>(work).await.unwrap();
    let second = saved[1].id.clone();
    let id = top_up(&mut browser, &[("amount", "10"), ("save_card", "yes")]).await;
    opens(&house, &id).await;
    let again = Card { method_ref: "pm_a".to_owned(), ..visa() };
    seen(&house, &id, Standing::Complete { paid: Some(paid("10")), card: Some(again) }, false).await;
    assert!(!browser.get("/money").await.text.contains("Visa"), "a card that is known is not saved again");
    let mut bob = house.browser().await;
    bob.sign_in("bob@example.org").await;
    for act in ["earlier", "later", "remove"] {
        assert_eq!(bob.post("/money", &format!("/money/cards/{second}/{act}"), &[]).await.status, 404);
    }
    let place = |act: &str| format!("/money/cards/{second}/{act}");
    assert_eq!(browser.post("/money", &place("earlier"), &[]).await.location(), "/money#cards");
    let page = browser.get("/money").await.text;
    assert!(page.find("Card pm_b").unwrap() < page.find("Card pm_a").unwrap(), "{page}");
    assert!(!page.contains(&place("earlier")), "the first cannot go higher: {page}");
    for (act, first, then) in [("earlier", "b", "a"), ("later", "a", "b"), ("later", "a", "b"), ("earlier", "b", "a")] {
        assert_eq!(browser.post("/money", &place(act), &[]).await.status, 303);
        let page = browser.get("/money").await.text;
        let at = |card: &str| page.find(&format!("Card pm_{card}")).unwrap();
        assert!(at(first) < at(then), "{act}: {page}");
    }
    browser.post("/money", &format!("/money/cards/{second}/remove"), &[]).await;
    let page = browser.get("/money").await.text;
    assert!(!page.contains("Card pm_b") && page.contains("Card pm_a"), "{page}");
    assert_eq!(browser.post("/money", &place("earlier"), &[]).await.status, 404);
}

#[actix_web::test]
async fn a_pause_that_waits_for_the_customer_ends_when_the_bank_has_seen_her_and_another_does_not() {
    for (because, pauses) in [(PauseReason::CustomerNeeded, false), (PauseReason::Disputed, true)] {
        let house = House::build().await;
        let mut browser = ann(&house).await;
        let (account, now) = (house.account.clone(), house.app.clock.now());
        let work = move |tx: &mut Tx| {
            let consent = Consent { text: "Yes.".into(), version: "1".into(), at: now, from: "here".into() };
            agree_to_recharge(tx, &account, &Agreement::of("10".parse().unwrap()), &consent, "test", now)?;
            pause_recharge(tx, &account, because, now)
        };
        house.app.db.write::<_, FlowError>(work).await.unwrap();
        let page = browser.get("/money/recharge").await.text;
        assert!(page.contains("<strong>paused</strong>") && page.contains(because.sentence()), "{page}");
        let id = top_up(&mut browser, &[("amount", "10")]).await;
        opens(&house, &id).await;
        seen(&house, &id, Standing::Complete { paid: Some(paid("10")), card: None }, false).await;
        let page = browser.get("/money/recharge").await.text;
        assert_eq!(page.contains("<strong>paused</strong>"), pauses, "{page}");
    }
}

#[actix_web::test]
async fn somebody_elses_checkout_looks_like_none() {
    let house = House::build().await;
    let mut browser = ann(&house).await;
    let id = top_up(&mut browser, &[("amount", "10")]).await;
    opens(&house, &id).await;
    for email in ["bob@example.org", "owner@example.org"] {
        let mut other = house.browser().await;
        other.sign_in(email).await;
        for way in ["", "?back=1", "?new=1"] {
            let status = other.get(&format!("/money/checkouts/{id}{way}")).await.status;
            assert!([403, 404].contains(&status), "{email} {way}: {status}");
        }
    }
    let mut bob = house.browser().await;
    bob.sign_in("bob@example.org").await;
    assert_eq!(bob.post("/money", &format!("/money/checkouts/{id}/cancel"), &[]).await.status, 404);
    let wanted = id.clone();
    let kept = house.app.db.read(move |tx| checkouts::find(tx, &wanted)).await;
    assert!(kept.map_err(|error: crate::storage::StorageError| error).unwrap().unwrap().state.is_open());
}

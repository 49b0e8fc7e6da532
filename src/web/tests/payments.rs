//! Agreeing to be charged, receipts, and what administrators see and give back.

use actix_web::test::TestRequest;

use super::browser::{Browser, House, PROXY};
use super::charged::{CHARGE, charged};
use crate::domain::consent;
use crate::domain::recharge::pause::PauseReason;
use crate::flows::agreement::{agree_to_recharge, pause_recharge};
use crate::storage::{StorageError, accounts, agreements, receipts};

async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(email).await;
    browser
}

async fn kept(house: &House) -> Option<agreements::Kept> {
    let account = house.account.clone();
    house.app.db.read(move |tx| agreements::find(tx, &account)).await.map_err(|error: StorageError| error).unwrap()
}

const FIGURES: [(&str, &str); 4] =
    [("amount", "10"), ("threshold", "5"), ("cap_per_day", "20"), ("cap_per_month", "50")];

#[actix_web::test]
async fn a_caller_agrees_to_the_words_with_the_figures_in_them_and_not_without_the_tick() {
    let house = House::build().await;
    let mut browser = signed_in(&house, "ann@example.org").await;
    let page = browser.get("/money/recharge").await;
    assert!(page.status == 200 && page.text.contains("<strong>off</strong>") && !page.text.contains("Do you agree"));
    let shown = browser.get("/money/recharge?amount=10&smaller=4&threshold=5&cap_per_day=20&cap_per_month=50").await;
    for words in [
        "Do you agree",
        "charge 10.00 USD",
        "try once in the call with 4.00 USD",
        "name=\"smaller\" value=\"4\"",
        "below 5.00 USD",
        "20.00 USD in 24 hours",
        consent::VERSION,
    ] {
        assert!(shown.text.contains(words), "{words}: {}", shown.text);
    }
    let unticked: Vec<_> = FIGURES.into_iter().chain([("version", consent::VERSION)]).collect();
    let page = browser.post("/money/recharge", "/money/recharge", &unticked).await;
    assert!(page.status == 422 && page.text.contains("agreed_error") && page.text.contains("charge 10.00 USD"));
    let old: Vec<_> = FIGURES.into_iter().chain([("version", "2001-01-01"), ("agreed", "yes")]).collect();
    assert_eq!(browser.post("/money/recharge", "/money/recharge", &old).await.status, 422, "words never seen");
    assert!(kept(&house).await.is_none(), "nothing was agreed to");

    let ticked: Vec<_> = unticked.into_iter().chain([("agreed", "yes")]).collect();
    let agreed = browser.post("/money/recharge", "/money/recharge", &ticked).await;
    assert_eq!((agreed.status, agreed.location()), (303, "/money/recharge"));
    let kept = kept(&house).await.unwrap();
    assert!(kept.consent.text.contains("charge 10.00 USD") && kept.consent.version == consent::VERSION);
    assert!(!kept.consent.from.is_empty());
    let page = browser.get("/money/recharge").await;
    assert!(
        page.text.contains("no saved card can be charged") && page.text.contains("value=\"5.00\""),
        "{}",
        page.text
    );
}

#[actix_web::test]
async fn wrong_figures_are_named_beside_their_fields_and_stay() {
    let house = House::build().await;
    let mut browser = signed_in(&house, "ann@example.org").await;
    let page = browser.get("/money/recharge?amount=0.01&threshold=x%3Cb%3E&cap_per_day=1").await;
    assert_eq!(page.status, 422);
    for shown in ["id=\"amount_error\"", "id=\"threshold_error\"", "value=\"0.01\""] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(!page.text.contains("x<b>") && !page.text.contains("Do you agree"));
}

#[actix_web::test]
async fn a_pause_is_explained_and_ended_by_its_owner_who_can_also_turn_it_off() {
    let house = House::build().await;
    charged(&house.app, &house.account).await;
    let (account, now) = (house.account.clone(), house.app.clock.now());
    let paused = house.app.db.write(move |tx| {
        let agreement = crate::domain::recharge::Agreement::of("10".parse().unwrap());
        let consent = agreements::Consent {
            text: "Yes.".to_owned(),
            version: "1".to_owned(),
            at: now,
            from: "127.0.0.1".to_owned(),
        };
        agree_to_recharge(tx, &account, &agreement, &consent, "test", now)?;
        pause_recharge(tx, &account, PauseReason::CustomerNeeded, now)?;
        Ok::<_, crate::flows::FlowError>(())
    });
    paused.await.unwrap();
    let mut browser = signed_in(&house, "ann@example.org").await;
    let page = browser.get("/money/recharge").await;
    assert!(page.text.contains("<strong>paused</strong>") && page.text.contains("confirm a payment yourself"));
    let before = kept(&house).await.unwrap();
    assert_eq!(before.paused_because, Some(PauseReason::CustomerNeeded));
    assert_eq!(browser.post("/money/recharge", "/money/recharge/resume", &[]).await.status, 303);
    let after = kept(&house).await.unwrap();
    assert!(after.consent.at > before.consent.at && after.consent.from != before.consent.from, "{after:?}");
    let page = browser.get("/money/recharge").await;
    assert!(
        page.text.contains("<strong>on</strong>") && !page.text.contains("/money/recharge/resume"),
        "{}",
        page.text
    );
    assert_eq!(browser.post("/money/recharge", "/money/recharge/stop", &[]).await.status, 303);
    assert!(browser.get("/money/recharge").await.text.contains("<strong>off</strong>"));
}

#[actix_web::test]
async fn a_receipt_says_what_was_paid_with_which_card_and_is_nobody_elses() {
    let house = House::build().await;
    charged(&house.app, &house.account).await;
    let mut browser = signed_in(&house, "ann@example.org").await;
    let list = browser.get("/money/charges").await;
    assert!(list.text.contains("10.00 USD"), "{}", list.text);
    let account = house.account.clone();
    let found = house.app.db.read(move |tx| receipts::page(tx, &account, None, 10)).await;
    let found = found.map_err(|error: StorageError| error).unwrap();
    let place = format!("/money/charges/{}", found[0].id);
    assert!(list.text.contains(&place));
    let receipt = browser.get(&place).await;
    for shown in ["10.00 USD", "Visa ••4242", CHARGE, &house.account, &found[0].id, "ann"] {
        assert!(receipt.text.contains(shown), "{shown}: {}", receipt.text);
    }
    let file = browser.get("/money/charges.csv").await;
    let line = file.text.lines().nth(1).unwrap();
    assert!(line.starts_with(&found[0].id) && line.ends_with("charge,10.00,USD,pi_charged"), "{line}");

    let mut other = signed_in(&house, "bob@example.org").await;
    assert_eq!(other.get(&place).await.status, 404);
    assert!(!other.get("/money/charges").await.text.contains("10.00"));
    assert_eq!(other.get("/money/charges.csv").await.text.lines().count(), 1);
    assert!(!other.get(&format!("/money/charges?after={}", found[0].id)).await.text.contains("10.00"));
}

#[actix_web::test]
async fn administrators_find_a_payment_by_state_and_account_and_see_all_that_was_said() {
    let house = House::build().await;
    let payment = charged(&house.app, &house.account).await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    let place = format!("/admin/payments/{payment}");
    for (query, listed) in [
        ("", true),
        ("?state=credited", true),
        ("?state=failed", false),
        ("?account=ann%40example.org", true),
        ("?account=bob%40example.org", false),
        (&format!("?account={}&state=credited", house.account), true),
        (&format!("?after={payment}"), false),
    ] {
        let page = owner.get(&format!("/admin/payments{query}")).await;
        assert_eq!((page.status, page.text.contains(&place)), (200, listed), "{query}");
    }
    assert!(owner.get("/admin/payments?account=nobody").await.text.contains("Nobody has this address or id."));
    let page = owner.get(&place).await;
    for shown in [
        "charged and credited",
        "Visa ••4242",
        "amount=1000",
        "HTTP 200",
        "webhook payment_intent.succeeded",
        "no button to charge again",
        "value=\"10.00\"",
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(owner.get("/").await.status == 303 && page.text.contains("href=\"/admin/payments\""));
    let mut viewer = signed_in(&house, "viewer@example.org").await;
    for path in ["/admin/payments", &place] {
        assert_eq!(viewer.get(path).await.status, 403, "{path}");
    }
    assert!(!viewer.get("/admin/accounts").await.text.contains("/admin/payments"));
    let mut caller = signed_in(&house, "ann@example.org").await;
    assert_eq!(caller.get(&place).await.status, 403);
}

#[actix_web::test]
async fn a_refund_form_sent_twice_counts_once_and_too_much_is_refused_beside_the_amount() {
    let house = House::build().await;
    let payment = charged(&house.app, &house.account).await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    let place = format!("/admin/payments/{payment}");
    let key = owner.get(&place).await.hidden("key");
    let form = [("amount", "4"), ("reason", "too long"), ("key", key.as_str())];
    for _ in 0..2 {
        assert_eq!(owner.post(&place, &format!("{place}/refund"), &form).await.location(), place);
    }
    let account = house.account.clone();
    let wallet = house.app.db.read(move |tx| accounts::wallet(tx, &account)).await;
    let wallet = wallet.map_err(|error: StorageError| error).unwrap().unwrap();
    assert_eq!(wallet.posted.to_string(), "16.00", "10 to begin with, 10 charged, 4 on their way back");
    let page = owner.get(&place).await;
    assert!(
        page.text.contains("the processor is being asked") && page.text.contains("value=\"6.00\""),
        "{}",
        page.text
    );
    for (amount, reason, error) in
        [("6.01", "x", "can still be given back"), ("x", "x", "amount_error"), ("1", "", "reason_error")]
    {
        let page = owner.post(&place, &format!("{place}/refund"), &[("amount", amount), ("reason", reason)]).await;
        assert!(page.status == 422 && page.text.contains(error), "{amount}: {}", page.text);
    }
    let mut viewer = signed_in(&house, "viewer@example.org").await;
    assert_eq!(viewer.post("/admin/accounts", &format!("{place}/refund"), &form).await.status, 403);
    let mut caller = signed_in(&house, "ann@example.org").await;
    assert_eq!(caller.post("/dial", &format!("{place}/refund"), &form).await.status, 403);
}

/// What is kept as proof is the customer's address, not that of the operator's proxy.
#[actix_web::test]
async fn a_consent_is_kept_with_the_address_that_a_trusted_proxy_heard() {
    let house = House::build().await;
    let mut browser = signed_in(&house, "ann@example.org").await;
    let csrf = browser.get("/me").await.hidden("csrf");
    let agreed =
        [("amount", "10"), ("version", consent::VERSION), ("agreed", "yes"), ("agree", "yes"), ("csrf", &csrf)];
    for (place, table) in [("/money/recharge", "recharge_agreements "), ("/money/cards", "checkouts ")] {
        let request = TestRequest::post().uri(place).peer_addr(format!("{PROXY}:4711").parse().unwrap());
        let heard = request.insert_header(("x-forwarded-for", "192.0.2.1, 203.0.113.7")).set_form(agreed);
        assert_eq!(browser.send(heard).await.status, 303, "{place}");
        let lines = house.lines(Some(&house.account)).await;
        let kept = lines.iter().find(|line| line.starts_with(table)).unwrap();
        assert!(kept.contains("'203.0.113.7'"), "{kept}");
    }
}

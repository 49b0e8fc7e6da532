//! Payments, refunds and agreements as a program meets them.

use super::*;
use crate::web::tests::charged::charged;

#[actix_web::test]
async fn an_agreement_is_made_with_its_limits_shown_and_ended() {
    let api = Api::new();
    let id = api.account("1").await;
    let place = format!("/api/v1/accounts/{id}/recharge");
    assert_eq!(api.get(&place).await.problem().0, 404);
    let none = api.post(&format!("{place}/resume"), json!({})).await;
    assert_eq!(none.problem(), (409, "recharge_not_agreed", ""));
    let agreement = json!({"amount": "10", "smaller_amount": "4", "threshold": "5", "cap_per_day": "20", "cap_per_month": "50.5", "most_per_day": 2,
        "consent_text": "Yes.", "consent_version": "7", "consent_from": "203.0.113.7"});
    assert_eq!(api.post(&place, agreement).await.status, 201);
    let shown = api.get(&place).await;
    for (field, value) in [
        ("amount", json!("10.00")),
        ("smaller_amount", json!("4.00")),
        ("threshold", json!("5.00")),
        ("cap_per_day", json!("20.00")),
        ("cap_per_month", json!("50.50")),
        ("most_per_day", json!(2)),
        ("most_per_month", json!(10)),
        ("paused", json!(false)),
        ("paused_because", json!(null)),
        ("pause_sentence", json!(null)),
        ("consent_version", json!("7")),
        ("consent_from", json!("203.0.113.7")),
    ] {
        assert_eq!(shown.body[field], value, "{field}");
    }
    for (field, bad) in
        [("smaller_amount", "10"), ("cap_per_day", "0"), ("cap_per_month", "-1"), ("threshold", "-1"), ("amount", "0")]
    {
        let mut agreement = json!({"amount": "10", "consent_text": "x", "consent_from": "x"});
        agreement[field] = bad.into();
        assert_eq!(api.post(&place, agreement).await.problem(), (422, "invalid_field", field));
    }
    assert_eq!(api.post(&format!("{place}/resume"), json!({})).await.status, 200);
    let stopped = api.post(&format!("{place}/stop"), json!({})).await;
    assert_eq!((stopped.status, &stopped.body["recharge"]), (200, &json!(null)));
}

#[actix_web::test]
async fn the_words_of_our_own_pages_can_be_agreed_to() {
    use crate::domain::{consent, recharge::Agreement};
    let api = Api::new();
    let place = format!("/api/v1/accounts/{}/recharge", api.account("1").await);
    let most = "1000000.00".parse().unwrap();
    let agreed = Agreement {
        smaller: Some(most),
        threshold: most,
        cap_per_day: Some(most),
        cap_per_month: Some(most),
        ..Agreement::of(most)
    };
    let words = consent::text(&agreed, "USD".parse().unwrap());
    for (text, status) in [(words.as_str(), 201), (&"x".repeat(2000), 201), (&"x".repeat(2001), 422)] {
        let agreement = json!({"amount": "10", "consent_text": text, "consent_from": "203.0.113.7"});
        assert_eq!(api.post(&place, agreement).await.status, status, "{text}");
    }
}

#[actix_web::test]
async fn payments_are_listed_by_account_and_state_and_told_with_their_history() {
    let api = Api::new();
    let id = api.account("1").await;
    let payment = charged(&api.app, &id).await;
    for (query, count) in
        [("", 1), ("?state=credited", 1), ("?state=failed", 0), (&format!("?account={id}"), 1), ("?account=x", 0)]
    {
        let listed = api.get(&format!("/api/v1/payments{query}")).await;
        assert_eq!(listed.body["items"].as_array().unwrap().len(), count, "{query}");
    }
    assert_eq!(api.get("/api/v1/payments?state=wrong").await.problem(), (422, "invalid_field", "state"));
    let story = api.get(&format!("/api/v1/payments/{payment}")).await;
    assert_eq!((&story.body["state"], &story.body["card"]), (&json!("credited"), &json!("Visa ••4242")));
    let steps: Vec<_> =
        story.body["history"].as_array().unwrap().iter().map(|line| line["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["create", "webhook payment_intent.succeeded"]);
    assert_eq!(api.get("/api/v1/payments/pay_none").await.problem().0, 404);
}

#[actix_web::test]
async fn a_payment_is_given_back_once_a_key_and_never_beyond_what_it_brought() {
    let api = Api::new();
    let id = api.account("1").await;
    let payment = charged(&api.app, &id).await;
    let place = format!("/api/v1/payments/{payment}/refunds");
    let wish = json!({"amount": "4.50", "reason": "by mistake"});
    assert_eq!(api.post(&place, wish.clone()).await.problem().1, "missing_idempotency_key");
    let begun = api.post_with_key(&place, "k1", wish.clone()).await;
    assert_eq!((begun.status, &begun.body["state"]), (201, &json!("asking")), "{begun:?}");
    let again = api.post_with_key(&place, "k1", wish).await;
    assert_eq!((again.status, &again.body["id"]), (201, &begun.body["id"]));
    let other = api.post_with_key(&place, "k1", json!({"amount": "1", "reason": "x"})).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused", "Idempotency-Key"));
    let over = api.post_with_key(&place, "k2", json!({"amount": "5.51", "reason": "x"})).await;
    assert_eq!(over.problem(), (422, "more_than_charged", "amount"));
    let shown = api.get(begun.headers.get(header::LOCATION).unwrap().to_str().unwrap()).await;
    assert_eq!((&shown.body["amount"], &shown.body["reason"]), (&json!("4.50"), &json!("by mistake")));
    let account = api.get(&format!("/api/v1/accounts/{id}")).await;
    assert_eq!(account.body["balance"], "6.50");
    assert_eq!(api.get("/api/v1/refunds/ref_none").await.problem().0, 404);
}

//! Checkouts and saved cards, as a program meets them.

use super::*;

#[actix_web::test]
async fn a_checkout_is_begun_once_a_key_and_shown_until_it_is_cancelled() {
    let api = Api::new();
    let account = api.account("1").await;
    let uri = format!("/api/v1/accounts/{account}/checkouts");
    let wish = json!({"purpose": "top_up", "amount": "20"});
    let begun = api.post_with_key(&uri, "k1", wish.clone()).await;
    assert_eq!((begun.status, &begun.body["state"], &begun.body["url"]), (201, &json!("planned"), &Value::Null));
    assert_eq!((&begun.body["amount"], &begun.body["save_card"]), (&json!("20.00"), &json!(false)));
    let place = format!("/api/v1/checkouts/{}", begun.body["id"].as_str().unwrap());
    assert_eq!(begun.headers.get(header::LOCATION).unwrap().to_str().unwrap(), place);
    assert_eq!(api.post_with_key(&uri, "k1", wish).await.body, begun.body, "the same key begins nothing");
    let other = api.post_with_key(&uri, "k1", json!({"purpose": "top_up", "amount": "21"})).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused", "Idempotency-Key"));
    assert_eq!(api.get(&place).await.body, begun.body);
    assert_eq!(api.get(&uri).await.body, json!({"items": [begun.body], "next": null}));
    let canceled = api.post(&format!("{place}/cancel"), json!({})).await;
    assert_eq!((canceled.status, &canceled.body["reason"]), (200, &json!("canceled")));
    assert_eq!(api.get("/api/v1/checkouts/chk_1").await.problem(), (404, "not_found", ""));
}

#[actix_web::test]
async fn every_mistake_of_a_checkout_is_named() {
    let api = Api::new();
    let account = api.account("1").await;
    let uri = format!("/api/v1/accounts/{account}/checkouts");
    let top_up =
        json!({"purpose": "top_up", "amount": "20", "save_card": true, "consent_text": "Yes.", "consent_from": "here"});
    for (field, value, status, code, at) in [
        ("purpose", json!("gift"), 422, "invalid_field", "purpose"),
        ("amount", Value::Null, 422, "missing_field", "amount"),
        ("amount", json!("0.49"), 422, "amount_too_small", "amount"),
        ("amount", json!("1000.01"), 422, "amount_too_large", "amount"),
        ("amount", json!("10.001"), 422, "amount_too_fine", "amount"),
        ("save_card", json!("yes"), 422, "invalid_field", "save_card"),
        ("consent_text", Value::Null, 422, "missing_field", "consent_text"),
        ("consent_from", Value::Null, 422, "missing_field", "consent_from"),
        ("colour", json!("blue"), 422, "unknown_field", "colour"),
    ] {
        let mut wish = top_up.clone();
        wish[field] = value;
        assert_eq!(
            api.post_with_key(&uri, &crate::ids::new("k"), wish.clone()).await.problem(),
            (status, code, at),
            "{wish}"
        );
    }
    let nobody = api.post_with_key("/api/v1/accounts/acc_nobody/checkouts", "k", top_up.clone()).await;
    assert_eq!(nobody.problem().0, 404);
    assert_eq!(api.post(&uri, top_up).await.problem(), (400, "missing_idempotency_key", "Idempotency-Key"));
    for n in 0..5 {
        let card = json!({"purpose": "save_card", "consent_text": "Yes.", "consent_from": "here"});
        assert_eq!(api.post_with_key(&uri, &format!("k{n}"), card).await.status, 201);
    }
    let sixth = api.post_with_key(&uri, "k5", json!({"purpose": "top_up", "amount": "20"})).await;
    assert_eq!(sixth.problem(), (422, "too_many_checkouts", ""));
}

#[actix_web::test]
async fn cards_are_listed_in_their_order_and_a_removed_one_is_gone() {
    let api = Api::new();
    let account = api.account("1").await;
    let uri = format!("/api/v1/accounts/{account}/cards");
    api.cards(&account, &["pm_1", "pm_2"]).await;
    let listed = api.get(&uri).await.body["items"].clone();
    let ids = [0, 1].map(|n: usize| listed[n]["id"].as_str().unwrap().to_owned());
    assert_eq!(api.post(&format!("/api/v1/cards/{}/prefer", ids[1]), json!({})).await.status, 200);
    assert_eq!(api.get(&uri).await.body["items"][0]["label"], "Visa pm_2");
    let order = format!("{uri}/order");
    let ordered = api.post(&order, json!({"cards": ids})).await;
    assert_eq!((ordered.status, &ordered.body["items"][0]["label"]), (200, &json!("Visa pm_1")));
    for wrong in [json!([]), json!([ids[0]]), json!([ids[0], ids[0]]), json!([ids[0], ids[1], "pm_none"])] {
        let refused = api.post(&order, json!({"cards": wrong})).await;
        assert_eq!(refused.problem(), (422, "invalid_field", "cards"), "{wrong}");
    }
    for _ in 0..2 {
        let removed = api.post(&format!("/api/v1/cards/{}/remove", ids[1]), json!({})).await;
        assert_eq!(
            (removed.status, &removed.body["usable"], &removed.body["removed"]),
            (200, &json!(false), &json!(true))
        );
    }
    assert_eq!(api.get(&uri).await.body["items"].as_array().unwrap().len(), 1);
    let gone = api.post(&format!("/api/v1/cards/{}/prefer", ids[1]), json!({})).await;
    assert_eq!(gone.problem().0, 404);
    assert_eq!(api.post("/api/v1/cards/pm_nobody/remove", json!({})).await.problem().0, 404);
}

#[actix_web::test]
async fn charging_is_switched_with_a_reason_and_top_ups_are_refused_while_it_is_off() {
    let api = Api::new();
    let account = api.account("1").await;
    let shown = api.get("/api/v1/charging").await;
    assert_eq!((&shown.body["state"], &shown.body["reason"]), (&json!("on"), &Value::Null));
    assert_eq!(shown.body["processors"][0], json!({"name": "stripe", "breaker": "closed", "since": null}));
    let wrong = api.post("/api/v1/charging", json!({"state": "maybe", "reason": "x"})).await;
    assert_eq!(wrong.problem(), (422, "invalid_field", "state"));
    let uri = format!("/api/v1/accounts/{account}/checkouts");
    let top_up = json!({"purpose": "top_up", "amount": "20"});
    let save = json!({"purpose": "save_card", "consent_text": "Yes.", "consent_from": "here"});
    for (state, status) in [("no_automatic", 201), ("off", 422), ("on", 201)] {
        let switched = api.post("/api/v1/charging", json!({"state": state, "reason": "a test"})).await;
        assert_eq!((switched.status, &switched.body["state"]), (200, &json!(state)));
        let begun = api.post_with_key(&uri, &crate::ids::new("k"), top_up.clone()).await;
        assert_eq!(begun.status, status, "{state}: {:?}", begun.body);
        if state == "off" {
            assert_eq!(begun.problem().1, "charging_off");
            assert_eq!(api.post_with_key(&uri, "a card", save.clone()).await.status, 201, "saving charges nothing");
        }
    }
    let audit = api.get("/api/v1/audit?action=switch_charging").await;
    assert_eq!(audit.body["items"].as_array().unwrap().len(), 3);
}

//! Checkout sessions as their merchant sees them: opened once for a key, refused when asked for wrongly, and closed by the
//! clock or by hand.

use serde_json::{Value, json};

use super::faults::FaultKind;
use super::hosted_tests::BACK;
use super::tests::world;

#[actix_web::test]
async fn a_key_opens_one_session() {
    let world = world(0).await;
    let body = format!("mode=setup&currency=usd&success_url={BACK}");
    world.fault("checkout/sessions", FaultKind::LostAfter);
    assert!(world.post("checkout/sessions", "k", &body).await.is_none());
    let again = world.post("checkout/sessions", "k", &body).await.unwrap();
    assert!(again.replayed);
    let all = world.get("checkout/sessions").await;
    assert_eq!((all["data"].as_array().map(Vec::len), &all["data"][0]["id"]), (Some(1), &again.json["id"]));
    let other = world.post("checkout/sessions", "k", &body.replace("usd", "eur")).await.unwrap();
    assert_eq!(other.json["error"]["type"], "idempotency_error");
}

#[actix_web::test]
async fn wrong_sessions_are_refused_in_stripes_words() {
    let world = world(0).await;
    let now = world.clock.now().timestamp();
    let setup = "mode=setup&currency=usd&success_url=https://shop.example";
    let line = "line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=A";
    let payment = format!("mode=payment&success_url=https://shop.example&{line}");
    for (body, code, param) in [
        ("currency=usd".to_owned(), "parameter_missing", "mode"),
        ("mode=subscription".to_owned(), "", "mode"),
        ("mode=setup&success_url=https://shop.example".to_owned(), "parameter_missing", "currency"),
        ("mode=setup&currency=usd".to_owned(), "parameter_missing", "success_url"),
        ("mode=setup&currency=usd&success_url=javascript:1".to_owned(), "url_invalid", "success_url"),
        (format!("{setup}&payment_method_types[0]=card"), "parameter_unknown", "payment_method_types"),
        (format!("{setup}&payment_intent_data[description]=a"), "parameter_unknown", "payment_intent_data"),
        (format!("{setup}&setup_intent_data[x]=a"), "parameter_unknown", "setup_intent_data[x]"),
        (format!("{setup}&customer=cus_nobody"), "resource_missing", "id"),
        (format!("{setup}&expires_at={}", now + 1799), "", "expires_at"),
        (format!("{setup}&expires_at={}", now + 86401), "", "expires_at"),
        ("mode=payment&success_url=https://shop.example".to_owned(), "parameter_missing", "line_items"),
        (payment.clone(), "parameter_missing", "line_items[0][quantity]"),
        (
            format!("{payment}&line_items[0][quantity]=1&line_items[0][price_data][unit_amount]=49"),
            "amount_too_small",
            "line_items",
        ),
    ] {
        let refused = world.post("checkout/sessions", "k", &body).await.unwrap();
        let error = &refused.json["error"];
        assert!((400..=404).contains(&refused.status), "{body}");
        let said = (error["code"].as_str().unwrap_or_default(), error["param"].as_str().unwrap_or_default());
        assert_eq!(said, (code, param), "{body}");
    }
    assert_eq!(world.get("checkout/sessions").await["data"], json!([]));
}

#[actix_web::test]
async fn a_session_ends_by_the_clock_or_by_its_merchant_and_takes_no_card_then() {
    let mut world = world(0).await;
    let now = world.clock.now().timestamp();
    let by_clock = world.open("payment", &format!("expires_at={}", now + 1800)).await;
    let by_hand = world.open("setup", "").await;
    let expire = format!("checkout/sessions/{}/expire", by_hand["id"].as_str().unwrap());
    assert_eq!(world.post(&expire, "e1", "").await.unwrap().json["status"], "expired");
    assert_eq!(world.post(&expire, "e2", "").await.unwrap().status, 400);
    assert_eq!(world.type_card(&by_hand, "4242424242424242").await.status, 410);
    world.type_card(&by_clock, "4000000000000002").await;
    let (told, _) = world.event("checkout.session.expired").await;
    assert_eq!(told["data"]["object"]["id"], by_hand["id"]);
    let (told, _) = world.event("checkout.session.expired").await;
    assert_eq!((&told["data"]["object"]["id"], &told["created"]), (&by_clock["id"], &json!(now + 1800)));
    let url = by_clock["url"].as_str().unwrap();
    let page = world.browse(url, None).await;
    assert!(page.status == 410 && page.page.contains("expired"));
    assert_eq!(world.type_card(&by_clock, "4242424242424242").await.status, 410);
    assert_eq!(world.session(&by_clock).await["payment_intent"]["status"], "canceled");
    assert_eq!(world.session(&by_hand).await["setup_intent"]["status"], "canceled");
    assert_eq!(world.get("checkout/sessions?status=expired").await["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(world.cards.charges(), []);
    assert_eq!(world.browse(&format!("{url}x"), None).await.status, 404);
}

#[actix_web::test]
async fn the_address_of_the_page_is_the_one_the_sandbox_was_asked_by() {
    let world = world(0).await;
    let url = format!("{}/v1/checkout/sessions", world.cards.base_url());
    let request = world.client.post(url).bearer_auth("sk_test_1").header("host", "cards.example:8092");
    let body = format!("mode=setup&currency=usd&success_url={BACK}");
    let answer = request.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
    let session: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let expected = format!("http://cards.example:8092/c/pay/{}", session["id"].as_str().unwrap());
    assert_eq!(session["url"], expected);
}

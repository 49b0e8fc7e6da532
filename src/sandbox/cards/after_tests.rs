//! What comes after a payment: money goes back, at once, later or not at all, and cards are put away.

use serde_json::{Value, json};

use super::RefundEnd;
use super::faults::FaultKind;
use super::tests::{World, world};

impl World {
    /// A paid intent over 5.00.
    async fn paid(&self, card: &str) -> String {
        let confirm = self.intent(card).await;
        assert_eq!(self.post(&confirm, "pay", "").await.unwrap().json["status"], "succeeded");
        confirm.split('/').nth(1).unwrap().to_owned()
    }

    async fn give_back(&self, intent: &str, key: &str, more: &str) -> (u16, Value) {
        let body = format!("payment_intent={intent}&metadata[reason]=r_1&{more}");
        let answer = self.post("refunds", key, &body).await.unwrap();
        (answer.status, answer.json)
    }

    async fn left(&self, intent: &str) -> i64 {
        let read = self.get(&format!("payment_intents/{intent}?expand[0]=latest_charge")).await;
        500 - read["latest_charge"]["amount_refunded"].as_i64().unwrap()
    }
}

#[actix_web::test]
async fn money_goes_back_in_parts_and_never_more_than_was_paid() {
    let mut world = world(0).await;
    let intent = world.paid("pm_card_visa").await;
    for _ in 0..2 {
        let (status, part) = world.give_back(&intent, "1", "amount=200&reason=requested_by_customer").await;
        assert_eq!((status, &part["status"], &part["amount"]), (200, &json!("succeeded"), &json!(200)));
    }
    assert_eq!(world.left(&intent).await, 300, "a key gives back once");
    let (status, error) = world.give_back(&intent, "2", "amount=301").await;
    assert_eq!((status, &error["error"]["param"]), (400, &json!("amount")));
    assert_eq!(world.give_back(&intent, "3", "reason=regret").await.1["error"]["param"], "reason");
    let (_, rest) = world.give_back(&intent, "4", "").await;
    assert_eq!(rest["amount"], 300);
    let (status, error) = world.give_back(&intent, "5", "").await;
    assert_eq!((status, &error["error"]["code"]), (400, &json!("charge_already_refunded")));
    let list = world.get(&format!("refunds?payment_intent={intent}")).await;
    assert_eq!((list["data"].as_array().map(Vec::len), &list["data"][0]["id"]), (Some(2), &rest["id"]));
    assert_eq!(world.get(&format!("refunds/{}", rest["id"].as_str().unwrap())).await["metadata"]["reason"], "r_1");
    let witness: Vec<(i64, &str)> = world.cards.refunds().iter().map(|it| (it.amount, it.status)).collect();
    assert_eq!(witness, [(200, "succeeded"), (300, "succeeded")]);
    let [created, charge] = world.objects(["refund.created", "charge.refunded"]).await;
    assert_eq!((&created["payment_intent"], &charge["payment_intent"]), (&json!(intent), &json!(intent)));
}

#[actix_web::test]
async fn a_refund_told_to_wait_is_pending_until_somebody_ends_it() {
    for (end, status, left) in [(RefundEnd::Succeeds, "succeeded", 0), (RefundEnd::Fails, "failed", 500)] {
        let mut world = world(0).await;
        let intent = world.paid("pm_card_visa").await;
        world.fault("", FaultKind::PendingRefund);
        let (_, refund) = world.give_back(&intent, "1", "").await;
        assert_eq!((&refund["status"], &refund["pending_reason"]), (&json!("pending"), &json!("processing")));
        assert_eq!(world.left(&intent).await, 0, "it cannot be given back twice meanwhile");
        let id = refund["id"].as_str().unwrap();
        assert!(world.cards.end_refund(id, end));
        let [updated] = world.objects(["refund.updated"]).await;
        assert_eq!((&updated["id"], &updated["status"]), (&json!(id), &json!(status)));
        assert_eq!(world.left(&intent).await, left);
        assert!(!world.cards.end_refund(id, RefundEnd::Succeeds), "an end is an end");
    }
}

#[actix_web::test]
async fn a_refund_can_come_back_long_after_it_succeeded() {
    for by_fault in [false, true] {
        let mut world = world(0).await;
        let intent = world.paid(if by_fault { "pm_card_visa" } else { "pm_card_refundFail" }).await;
        if by_fault {
            world.fault("", FaultKind::FailingRefund);
        }
        let (_, refund) = world.give_back(&intent, "1", "").await;
        assert_eq!(refund["status"], "succeeded");
        let before = world.clock.now();
        let [failed] = world.objects(["refund.failed"]).await;
        assert_eq!((&failed["id"], &failed["status"]), (&refund["id"], &json!("failed")));
        assert_eq!(failed["failure_reason"], "expired_or_canceled_card");
        assert!((world.clock.now() - before).num_seconds() >= 60);
        assert_eq!(world.left(&intent).await, 500);
    }
}

#[actix_web::test]
async fn a_refund_can_be_pending_at_first() {
    let mut world = world(0).await;
    let intent = world.paid("pm_card_pendingRefund").await;
    assert_eq!(world.give_back(&intent, "1", "").await.1["status"], "pending");
    let [updated] = world.objects(["refund.updated"]).await;
    assert_eq!(updated["status"], "succeeded");
}

#[actix_web::test]
async fn the_overview_shows_sessions_and_refunds_and_lets_a_refund_fail() {
    let world = world(0).await;
    let intent = world.paid("pm_card_visa").await;
    let (_, refund) = world.give_back(&intent, "1", "").await;
    let body = "mode=setup&currency=usd&success_url=https://shop.example";
    let session = world.post("checkout/sessions", "s", body).await.unwrap().json;
    let base = world.cards.base_url();
    let read = async |path: &str| {
        let answer = world.client.get(format!("{base}{path}")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        answer.text().await.unwrap()
    };
    let page = read("/").await;
    assert!(page.contains(&format!("href=\"{}\"", session["url"].as_str().unwrap())), "{page}");
    let button = format!("/_sandbox/refunds/{}/fail", refund["id"].as_str().unwrap());
    assert!(page.contains(&format!("action=\"{button}\"")), "{page}");
    let pressed = world.client.post(format!("{base}{button}")).send().await.unwrap();
    assert_eq!(pressed.status().as_u16(), 200, "it leads back to the page");
    assert_eq!(world.client.post(format!("{base}{button}")).send().await.unwrap().status().as_u16(), 404);
    assert!(read("/").await.contains("failed") && read("/_sandbox/refunds").await.contains("\"failed\""));
    assert!(read("/sandbox.css").await.contains("color-scheme"));
}

#[actix_web::test]
async fn a_card_that_was_put_away_is_never_charged_again() {
    let mut world = world(0).await;
    let customer = world.post("customers", "c", "email=a@example.com").await.unwrap().json["id"].clone();
    let customer = customer.as_str().unwrap();
    assert_eq!(world.get(&format!("customers/{customer}")).await["email"], "a@example.com");
    let attach = world.post("payment_methods/pm_card_visa/attach", "a", &format!("customer={customer}")).await.unwrap();
    let method = attach.json["id"].as_str().unwrap();
    assert_eq!(
        world.post(&format!("payment_methods/{method}/detach"), "d", "").await.unwrap().json["customer"],
        Value::Null
    );
    let body = format!("amount=500&currency=usd&customer={customer}&payment_method={method}");
    for (path, body) in [
        ("payment_intents".to_owned(), body),
        (format!("payment_methods/{method}/attach"), format!("customer={customer}")),
        ("setup_intents".to_owned(), format!("payment_method={method}")),
    ] {
        let refused = world.post(&path, "k", &body).await.unwrap();
        assert_eq!(refused.json["error"]["code"], "payment_method_unexpected_state", "{path}");
    }
    assert_eq!(world.cards.charges(), []);
    let (detached, genuine) = world.event("payment_method.detached").await;
    assert!(genuine && detached["data"]["object"]["id"] == method);
}

#[actix_web::test]
async fn a_card_without_a_customer_pays_once() {
    let world = world(0).await;
    let made = world.post("payment_methods", "m", "type=card&card[token]=tok_visa").await.unwrap().json;
    let body = format!("amount=500&currency=usd&confirm=true&payment_method={}", made["id"].as_str().unwrap());
    assert_eq!(world.post("payment_intents", "1", &body).await.unwrap().json["status"], "succeeded");
    let again = world.post("payment_intents", "2", &body).await.unwrap();
    assert_eq!(again.json["error"]["code"], "payment_method_unexpected_state");
}

#[actix_web::test]
async fn a_set_up_without_a_page_saves_the_card_or_says_why_not() {
    let mut world = world(0).await;
    let customer = world.post("customers", "c", "").await.unwrap().json["id"].as_str().unwrap().to_owned();
    let body = format!("customer={customer}&usage=off_session&metadata[wallet]=w_1");
    let setup = world.post("setup_intents", "s", &body).await.unwrap().json;
    assert_eq!(setup["status"], "requires_payment_method");
    let path = format!("setup_intents/{}", setup["id"].as_str().unwrap());
    let confirm = format!("{path}/confirm");
    let declined = world.post(&confirm, "1", "payment_method=pm_card_chargeDeclined").await.unwrap();
    assert_eq!((declined.status, &declined.json["error"]["setup_intent"]["id"]), (402, &setup["id"]));
    let asks = world.post(&confirm, "2", "payment_method=pm_card_authenticationRequired").await.unwrap();
    assert_eq!(asks.json["status"], "requires_action");
    let done = world.post(&confirm, "3", "payment_method=pm_card_visa").await.unwrap();
    assert_eq!(done.json["status"], "succeeded");
    assert_eq!(world.post(&confirm, "4", "").await.unwrap().json["error"]["code"], "setup_intent_unexpected_state");
    let read = world.get(&format!("{path}?expand[0]=payment_method")).await;
    assert_eq!(read["payment_method"]["customer"], json!(customer));
    let removed = world.post("setup_intents", "5", "payment_method_types[0]=card").await.unwrap();
    assert_eq!(removed.json["error"]["code"], "parameter_unknown");
    let [failed, succeeded] = world.objects(["setup_intent.setup_failed", "setup_intent.succeeded"]).await;
    assert_eq!((&failed["id"], &succeeded["payment_method"]), (&setup["id"], &read["payment_method"]["id"]));
}

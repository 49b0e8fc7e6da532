//! Vouchers, agents, cash and requests as a program meets them.

use super::*;

impl Api {
    async fn agent(&self, funds: &str) -> String {
        let account = self.account(funds).await;
        let appointed = self.post("/api/v1/agents", json!({"account": account, "commission": "5"})).await;
        assert_eq!((appointed.status, &appointed.body["commission"]), (200, &json!("5.00")), "{appointed:?}");
        account
    }

    /// A second account under the same plan.
    async fn customer(&self) -> String {
        let new = json!({"email": "bob@example.com", "currency": "USD", "plan": "standard"});
        self.post("/api/v1/accounts", new).await.body["id"].as_str().unwrap().to_owned()
    }
}

#[actix_web::test]
async fn a_voucher_goes_from_the_printer_over_an_agent_to_a_customer() {
    let api = Api::new();
    let (agent, customer) = (api.agent("100").await, api.customer().await);
    let new = json!({"label": "cards", "currency": "USD", "face": "10", "pieces": 3});
    let batch = api.post_with_key("/api/v1/voucher-batches", "b", new.clone()).await;
    assert_eq!((batch.status, &batch.body["approved"]), (201, &json!(true)), "{batch:?}");
    let place = format!("/api/v1/voucher-batches/{}", batch.body["id"].as_str().unwrap());
    let printed = api.post_with_key(&format!("{place}/print"), "p", json!({})).await;
    assert_eq!((printed.status, printed.body["cards"].as_array().map(Vec::len)), (201, Some(3)), "{printed:?}");
    let again = api.post_with_key(&format!("{place}/print"), "p", json!({})).await;
    assert_eq!(again.problem(), (409, "secret_shown_once", ""));
    let (serial, pin) = (&printed.body["cards"][0]["serial"], &printed.body["cards"][0]["pin"]);
    let redeem = format!("/api/v1/accounts/{customer}/vouchers");
    assert_eq!(api.post(&redeem, json!({"pin": pin})).await.problem(), (422, "wrong_pin", "pin"), "not activated");

    let activate = format!("/api/v1/agents/{agent}/activations");
    let activated = api.post(&activate, json!({"first": serial})).await;
    assert_eq!((activated.status, &activated.body["paid"]), (200, &json!("9.50")), "{activated:?}");
    assert_eq!(api.post(&activate, json!({"first": serial})).await.body["pieces"], 0);
    for (status, balance) in [(201, "10.00"), (200, "10.00")] {
        let redeemed = api.post(&redeem, json!({"pin": pin})).await;
        assert_eq!((redeemed.status, &redeemed.body["balance"]), (status, &json!(balance)), "{redeemed:?}");
    }
    let statement = api.get(&format!("/api/v1/accounts/{agent}/transfers")).await;
    let moved: Vec<_> =
        statement.body["items"].as_array().unwrap().iter().map(|one| one["amount"].as_str().unwrap()).collect();
    assert_eq!(moved, ["-9.50", "100.00"], "its commission is the house's expense");
    let voucher = format!("/api/v1/vouchers/{}", serial.as_str().unwrap());
    let shown = api.get(&voucher).await;
    assert_eq!((&shown.body["state"], &shown.body["redeemed_by"]), (&json!("redeemed"), &json!(customer)));
    assert!(shown.body["pin"].is_null());
    assert_eq!(api.post(&format!("{voucher}/void"), json!({"reason": "x"})).await.problem(), (409, "voucher_over", ""));
    let voided = api.post(&format!("{place}/void"), json!({"reason": "lost"})).await;
    assert!(voided.status == 200 && voided.body["voided_at"].is_string(), "{voided:?}");
    let listed = api.get(&format!("{place}/vouchers")).await;
    let states: Vec<_> =
        listed.body["items"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["redeemed", "voided", "voided"]);
}

#[actix_web::test]
async fn bad_batches_serials_and_pins_are_named() {
    let api = Api::new();
    let agent = api.agent("1").await;
    for (change, field) in [
        (json!({"label": ""}), "label"),
        (json!({"face": "0"}), "face"),
        (json!({"pieces": 0}), "pieces"),
        (json!({"pieces": 10001}), "pieces"),
        (json!({"currency": "XXY"}), "currency"),
        (json!({"valid_until": "2001-01-01"}), "valid_until"),
    ] {
        let mut new = json!({"label": "cards", "currency": "USD", "face": "10", "pieces": 3});
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = api.post_with_key("/api/v1/voucher-batches", &crate::ids::new("k"), new).await;
        assert_eq!(refused.problem(), (422, "invalid_field", field));
    }
    let activate = format!("/api/v1/agents/{agent}/activations");
    assert_eq!(api.post(&activate, json!({"first": "AAAAAA-00001"})).await.problem(), (422, "unknown_voucher", ""));
    assert_eq!(api.post(&activate, json!({"first": "A-2", "last": "B-3"})).await.problem(), (422, "no_range", ""));
    let redeem = format!("/api/v1/accounts/{}/vouchers", api.customer().await);
    assert_eq!(api.post(&redeem, json!({"pin": "12"})).await.problem(), (422, "invalid_field", "pin"));
    for tried in 0..6 {
        let refused = api.post(&redeem, json!({"pin": "1234567890123456"})).await;
        assert_eq!(refused.problem().0, if tried < 5 { 422 } else { 429 }, "{tried}");
    }
}

#[actix_web::test]
async fn cash_has_a_receipt_and_an_agent_pays_for_it() {
    let api = Api::new();
    let (agent, customer) = (api.agent("10").await, api.customer().await);
    let place = format!("/api/v1/accounts/{customer}/cash-receipts");
    let cash = json!({"amount": "5", "reason": "counter"});
    let house = api.post_with_key(&place, "h", cash.clone()).await;
    assert_eq!(
        (house.status, &house.body["state"], &house.body["agent"]),
        (201, &json!("credited"), &json!(null)),
        "{house:?}"
    );
    let by_agent = json!({"amount": "5", "reason": "counter", "agent": agent});
    let taken = api.post_with_key(&place, "a", by_agent.clone()).await;
    assert_eq!((taken.status, &taken.body["state"]), (201, &json!("taken")), "{taken:?}");
    let receipt = api.get(&format!("/api/v1/cash-receipts/{}", taken.body["id"].as_str().unwrap())).await;
    assert_eq!(receipt.body, taken.body);
    let more = json!({"amount": "50", "reason": "counter", "agent": agent});
    assert_eq!(api.post_with_key(&place, "m", more).await.problem(), (422, "agent_without_money", ""));
    assert_eq!(api.post(&format!("/api/v1/agents/{agent}/dismiss"), json!({})).await.status, 200);
    assert_eq!(api.post_with_key(&place, "d", by_agent).await.problem(), (422, "not_an_agent", ""));
    assert_eq!(api.get("/api/v1/cash-receipts").await.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(api.get(&format!("/api/v1/accounts/{agent}")).await.body["balance"], "5.25");
}

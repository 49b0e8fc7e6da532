//! The processor as a merchant meets it, over HTTP and on a stepped clock.

use std::net::TcpListener;

use chrono::DateTime;
use serde_json::{Value, json};

use super::*;
use crate::clock::Busy;

const KEY: &str = "snd_test";
const PAY: &str = "pay_01kah300000000000000000000";
const CHK: &str = "chk_01kah300000000000000000000";
const REF: &str = "ref_01kah300000000000000000000";

struct Merchant {
    processor: Hyperswitch,
    client: reqwest::Client,
    _busy: Busy,
}

impl Merchant {
    async fn new() -> Self {
        let (clock, busy) = Clock::stepped(DateTime::from_timestamp(1_795_226_206, 0).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let settings =
            HyperswitchSettings { api_key: KEY.to_owned(), webhook_url: None, webhook_secret: "x".to_owned() };
        let processor = start(listener, settings, clock).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { processor, client, _busy: busy }
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method = method.parse().unwrap();
        let url = format!("{}{path}", self.processor.base_url());
        let sending = self.client.request(method, url).header("api-key", KEY).body(body.to_string());
        let answer = sending.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask("POST", path, body).await
    }

    /// A payment with this card, created and confirmed.
    async fn charged(&self, id: &str, card: &str) -> Value {
        let method = self.processor.save_card("acc_1", card).unwrap();
        assert_eq!(self.post("/payments", payment(id)).await.1["status"], "requires_payment_method");
        self.post(&format!("/payments/{id}/confirm"), by(&method)).await.1
    }

    async fn typed(&self, page: &str, number: &str) -> (u16, String) {
        let form = format!("card_number={number}&expiry=12%2F34&cvc=123");
        let answer = self.client.post(page).body(form).send().await.unwrap();
        let place = answer.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
        (answer.status().as_u16(), place.unwrap_or_default())
    }
}

fn payment(id: &str) -> Value {
    json!({"payment_id": id, "amount": 2500, "currency": "USD", "customer_id": "acc_1", "confirm": false})
}

fn by(method: &str) -> Value {
    json!({"off_session": true, "recurring_details": {"type": "payment_method_id", "data": method}})
}

fn refusal((status, body): (u16, Value)) -> (u16, String) {
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_payment_is_there_once_and_takes_money_once() {
    let merchant = Merchant::new().await;
    assert_eq!(merchant.charged(PAY, "pm_card_visa").await["status"], "succeeded");
    assert_eq!(refusal(merchant.post("/payments", payment(PAY)).await), (400, "HE_01".to_owned()));
    let again = merchant.post(&format!("/payments/{PAY}/confirm"), by("pm_1")).await;
    assert_eq!(refusal(again), (400, "IR_16".to_owned()));
    let cancelled = merchant.post(&format!("/payments/{PAY}/cancel"), json!({})).await;
    assert_eq!(refusal(cancelled), (400, "IR_16".to_owned()));
    let charges = merchant.processor.charges();
    assert_eq!((charges.len(), charges[0].amount, charges[0].currency.as_str()), (1, 2500, "USD"));
}

#[tokio::test]
async fn cards_fail_for_good_wait_for_their_owner_or_think() {
    let merchant = Merchant::new().await;
    for (number, card, status, code) in [
        (1, "pm_card_chargeCustomerFail", "failed", json!("generic_decline")),
        (2, "pm_card_visa_chargeDeclinedLostCard", "failed", json!("lost_card")),
        (3, "pm_card_authenticationRequired", "requires_customer_action", Value::Null),
        (4, "pm_card_processing_succeeds", "processing", Value::Null),
        (5, "pm_card_authenticationRequiredOnSetup", "succeeded", Value::Null),
    ] {
        let id = format!("pay_01kah30000000000000000000{number}");
        let seen = merchant.charged(&id, card).await;
        assert_eq!((&seen["status"], &seen["error_code"]), (&json!(status), &code), "{card}");
    }
    assert_eq!(merchant.processor.charges().len(), 1);
}

#[tokio::test]
async fn a_cancelled_payment_is_never_charged() {
    let merchant = Merchant::new().await;
    merchant.post("/payments", payment(PAY)).await;
    let method = merchant.processor.save_card("acc_1", "pm_card_visa").unwrap();
    assert_eq!(merchant.post(&format!("/payments/{PAY}/cancel"), json!({})).await.1["status"], "cancelled");
    let confirmed = merchant.post(&format!("/payments/{PAY}/confirm"), by(&method)).await;
    assert_eq!((refusal(confirmed).1.as_str(), merchant.processor.charges().len()), ("IR_16", 0));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let merchant = Merchant::new().await;
    let changed = |field: &str, value: Value| {
        let mut body = payment(PAY);
        body[field] = value;
        body
    };
    for (body, code) in [
        (changed("payment_id", json!("short")), "IR_05"),
        (changed("amount", json!("0.005")), "IR_05"),
        (changed("amount", json!(0)), "IR_05"),
        (changed("currency", json!("usd")), "IR_05"),
        (changed("currency", Value::Null), "IR_04"),
        (changed("of_next_year", json!(1)), "IR_06"),
        (changed("setup_future_usage", json!("off_session")), "IR_04"),
        (json!([]), "IR_06"),
    ] {
        assert_eq!(refusal(merchant.post("/payments", body.clone()).await).1, code, "{body}");
    }
    let stranger = merchant.client.get(format!("{}/payments/{PAY}", merchant.processor.base_url())).send().await;
    assert_eq!(stranger.unwrap().status(), 401);
    assert_eq!(refusal(merchant.ask("GET", "/payments/nothing", json!({})).await), (404, "HE_02".to_owned()));
    assert_eq!(refusal(merchant.ask("GET", "/nothing", json!({})).await), (404, "IR_02".to_owned()));
    merchant.post("/payments", payment(PAY)).await;
    let other = merchant.processor.save_card("acc_2", "pm_card_visa").unwrap();
    for (body, code) in [(by(&other), "HE_02"), (json!({}), "IR_04")] {
        assert_eq!(refusal(merchant.post(&format!("/payments/{PAY}/confirm"), body).await).1, code);
    }
}

#[tokio::test]
async fn a_page_takes_a_card_keeps_it_and_leads_back() {
    let merchant = Merchant::new().await;
    let mut wanted = payment(CHK);
    wanted["payment_link"] = json!(true);
    wanted["return_url"] = json!("https://shop.example/done?back=1");
    wanted["setup_future_usage"] = json!("off_session");
    wanted["customer_acceptance"] = json!({"acceptance_type": "offline"});
    let opened = merchant.post("/payments", wanted).await.1;
    let page = opened["payment_link"]["link"].as_str().unwrap();
    let (status, bank) = merchant.typed(page, "4000002500003155").await;
    assert_eq!((status, bank.ends_with("/authenticate")), (303, true));
    let answer = merchant.client.post(format!("{page}/authenticate")).body("outcome=complete").send().await.unwrap();
    let back = answer.headers()["location"].to_str().unwrap();
    assert!(back.starts_with("https://shop.example/done?back=1&payment_id="), "{back}");
    let paid = merchant.ask("GET", &format!("/payments/{CHK}"), json!({})).await.1;
    assert_eq!((&paid["status"], &paid["payment_method_data"]["card"]["last4"]), (&json!("succeeded"), &json!("3155")));
    let method = paid["payment_method_id"].as_str().unwrap().to_owned();
    merchant.post("/payments", payment(PAY)).await;
    let charged = merchant.post(&format!("/payments/{PAY}/confirm"), by(&method)).await.1;
    assert_eq!(charged["status"], "succeeded", "its owner was asked when it was saved");
    assert_eq!(merchant.ask("DELETE", &format!("/payment_methods/{method}"), json!({})).await.1["deleted"], true);
    assert_eq!(refusal(merchant.ask("DELETE", &format!("/payment_methods/{method}"), json!({})).await).0, 404);
    assert_eq!(merchant.typed(page, "4242424242424242").await.0, 200, "it is done");
}

#[tokio::test]
async fn a_refund_is_there_once_and_never_more_than_was_paid() {
    let merchant = Merchant::new().await;
    merchant.charged(PAY, "pm_card_visa").await;
    let refund = |id: &str, amount: i64| json!({"refund_id": id, "payment_id": PAY, "amount": amount});
    assert_eq!(merchant.post("/refunds", refund(REF, 2000)).await.1["status"], "succeeded");
    assert_eq!(refusal(merchant.post("/refunds", refund(REF, 2000)).await), (400, "HE_01".to_owned()));
    let other = "ref_01kah300000000000000000001";
    assert_eq!(refusal(merchant.post("/refunds", refund(other, 501)).await), (400, "IR_13".to_owned()));
    assert!(merchant.processor.end_refund(REF, RefundEnd::Fails));
    assert_eq!(merchant.ask("GET", &format!("/refunds/{REF}"), json!({})).await.1["status"], "failed");
    assert_eq!(merchant.post("/refunds", refund(other, 2500)).await.0, 200, "what came back can be given again");
}

#[tokio::test]
async fn faults_do_what_they_say() {
    use crate::sandbox::cards::FaultKind::{Conflict409, Error500After, Garbled200, OtherAmount, TooMany429};
    let merchant = Merchant::new().await;
    let method = merchant.processor.save_card("acc_1", "pm_card_visa").unwrap();
    merchant.post("/payments", payment(PAY)).await;
    let confirm = format!("/payments/{PAY}/confirm");
    for (kind, status) in [(TooMany429, 429), (Conflict409, 422)] {
        merchant.processor.fault(Fault { matching: "/confirm".to_owned(), kind, times: 1 });
        assert_eq!(merchant.post(&confirm, by(&method)).await.0, status);
        assert_eq!(merchant.processor.charges().len(), 0, "{kind:?}");
    }
    merchant.processor.fault(Fault { matching: String::new(), kind: OtherAmount, times: 1 });
    merchant.processor.fault(Fault { matching: "/confirm".to_owned(), kind: Error500After, times: 1 });
    assert_eq!(merchant.post(&confirm, by(&method)).await.0, 500);
    assert_eq!(merchant.processor.charges()[0].amount, 2501);
    merchant.processor.fault(Fault { matching: String::new(), kind: Garbled200, times: 1 });
    assert_eq!(merchant.ask("GET", &format!("/payments/{PAY}"), json!({})).await, (200, Value::Null));
}

//! What Stripe answers about its pages, and what is made of answers that are no answers.

use serde_json::json;

use super::super::super::tests::fixture;
use super::*;
use crate::payments::Receipt;
use crate::payments::checkouts::{Card, Paid, Standing};

const SESSION: &str = "cs_test_a1SVxQ2Lkd0aT1YzW";

fn look() -> CheckoutOrder {
    CheckoutOrder::Look { reference: SESSION.to_owned() }
}

fn answer(order: &CheckoutOrder, status: u16, body: &[u8]) -> Result<CheckoutAnswer, Doubt> {
    let headers = vec![("retry-after".to_owned(), "7".to_owned())];
    meaning(order, &HttpResponse::Answered { status, headers, body: body.to_vec() })
}

fn standing(body: &[u8]) -> Standing {
    match answer(&look(), 200, body) {
        Ok(CheckoutAnswer::Checkout(seen)) => seen.standing,
        other => panic!("{other:?}"),
    }
}

fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&fixture(name)).unwrap();
    change(&mut json);
    json.to_string().into_bytes()
}

fn card() -> Card {
    Card {
        method_ref: "pm_1SVxPfLkd0aT1YzWg7HnR2sE".to_owned(),
        label: "Visa ••4242".to_owned(),
        expires: Some("2030-12".to_owned()),
        customer_ref: Some("cus_TQ2mJr8aWc5LxV".to_owned()),
        live: false,
    }
}

#[test]
fn an_open_page_has_an_address_of_the_web() {
    let Standing::Open { url } = standing(&fixture("checkout_open.json")) else { panic!("it is open") };
    assert!(url.starts_with("https://checkout.stripe.com/"));
    for bad in [json!("javascript:alert(1)"), json!("/relative"), Value::Null] {
        let body = changed("checkout_open.json", |json| json["url"] = bad.clone());
        assert!(matches!(answer(&look(), 200, &body), Err(Doubt::Unknown(_))), "{bad}");
    }
}

#[test]
fn a_paid_page_says_what_was_taken_from_whom_and_by_which_card() {
    let receipt = Receipt {
        amount: "10".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        customer_ref: Some("cus_TQ2mJr8aWc5LxV".to_owned()),
        live: false,
    };
    let paid = Paid { payment: "pi_3SVxQ2Lkd0aT1YzW0kq8mN4c".to_owned(), receipt };
    let expected = Standing::Complete { paid: Some(paid.clone()), card: Some(card()) };
    assert_eq!(standing(&fixture("checkout_paid.json")), expected);
    let named_only = changed("checkout_paid.json", |json| json["payment_intent"] = paid.payment.clone().into());
    assert_eq!(standing(&named_only), Standing::Complete { paid: Some(paid), card: None });
}

#[test]
fn a_saved_card_is_known_by_what_its_owner_sees_on_it() {
    let saved = Standing::Complete { paid: None, card: Some(card()) };
    assert_eq!(standing(&fixture("checkout_saved.json")), saved);
    let bare = changed("checkout_saved.json", |json| json["setup_intent"]["payment_method"] = json!("pm_2"));
    let Standing::Complete { card: Some(bare), .. } = standing(&bare) else { panic!("it is complete") };
    assert_eq!((bare.label.as_str(), bare.expires), ("Card", None));
}

#[test]
fn money_on_its_way_is_neither_success_nor_failure_until_it_is() {
    let unpaid = |change: fn(&mut Value)| {
        changed("checkout_paid.json", |json| {
            json["payment_status"] = "unpaid".into();
            change(json);
        })
    };
    assert_eq!(standing(&unpaid(|json| json["payment_intent"]["status"] = "processing".into())), Standing::Processing);
    assert_eq!(standing(&unpaid(|json| json["payment_intent"] = "pi_1".into())), Standing::Processing);
    let declined = unpaid(|json| {
        json["payment_intent"]["status"] = "requires_payment_method".into();
        json["payment_intent"]["last_payment_error"] =
            json!({"code": "card_declined", "decline_code": "insufficient_funds"});
    });
    assert_eq!(standing(&declined), Standing::Failed("insufficient_funds".to_owned()));
    assert_eq!(standing(&fixture("checkout_expired.json")), Standing::Expired);
    let strange = changed("checkout_open.json", |json| json["status"] = "of_next_year".into());
    assert_eq!(standing(&strange), Standing::Processing);
}

#[test]
fn a_success_that_cannot_be_read_is_in_doubt() {
    let bodies = [
        changed("checkout_paid.json", |json| json["currency"] = "doubloon".into()),
        changed("checkout_paid.json", |json| json["amount_total"] = Value::Null),
        changed("checkout_paid.json", |json| json["id"] = "cs_other".into()),
        changed("checkout_saved.json", |json| json["setup_intent"] = "seti_1".into()),
        b"{}".to_vec(),
        b"<html>".to_vec(),
    ];
    for body in bodies {
        assert!(matches!(answer(&look(), 200, &body), Err(Doubt::Unknown(_))), "{}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn the_status_says_whether_to_ask_again() {
    let error = br#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such customer"}}"#;
    for status in [400, 401, 402, 403, 404] {
        assert!(matches!(answer(&look(), status, error), Err(Doubt::Rejected { .. })), "{status}");
    }
    for status in [408, 409, 424, 500, 503, 302] {
        assert!(matches!(answer(&look(), status, error), Err(Doubt::Unknown(_))), "{status}");
    }
    let wait = Some(std::time::Duration::from_secs(7));
    assert_eq!(answer(&look(), 429, error), Err(Doubt::NotDone { retry_after: wait }));
    assert_eq!(answer(&look(), 400, &fixture("error_400_idempotency.json")), Err(Doubt::KeyReused));
    assert!(matches!(meaning(&look(), &HttpResponse::NotSent("x".into())), Err(Doubt::NotSent(_))));
    assert!(matches!(meaning(&look(), &HttpResponse::Lost("x".into())), Err(Doubt::Unknown(_))));
}

#[test]
fn customers_and_cards_are_answered_by_their_names() {
    let customer = CheckoutOrder::MakeCustomer { key: String::new(), body: String::new() };
    let made = answer(&customer, 200, br#"{"id":"cus_1","object":"customer"}"#);
    assert_eq!(made, Ok(CheckoutAnswer::Customer("cus_1".to_owned())));
    let detach = CheckoutOrder::Detach { method_ref: "pm_1".to_owned(), key: String::new() };
    assert_eq!(answer(&detach, 200, br#"{"id":"pm_1","customer":null}"#), Ok(CheckoutAnswer::Detached));
    assert!(answer(&detach, 200, br#"{"id":"pm_2"}"#).is_err());
}

#[test]
fn a_saved_card_is_with_its_customer_with_nobody_or_not_there() {
    let look = CheckoutOrder::LookAtCard { method_ref: "pm_1".to_owned(), customer_ref: "cus_1".to_owned() };
    let event: Value = serde_json::from_slice(&fixture("event_card_updated.json")).unwrap();
    let mut method = event["data"]["object"].clone();
    let kept = Card {
        method_ref: "pm_1".to_owned(),
        label: "Visa ••4242".to_owned(),
        expires: Some("2034-04".to_owned()),
        customer_ref: Some("cus_1".to_owned()),
        live: false,
    };
    let there = |card| Ok(CheckoutAnswer::Card(card));
    assert_eq!(answer(&look, 200, method.to_string().as_bytes()), there(Some(kept.clone())));
    method["customer"] = Value::Null;
    let nobodys = there(Some(Card { customer_ref: None, ..kept }));
    assert_eq!(answer(&look, 200, method.to_string().as_bytes()), nobodys);
    let missing =
        br#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such PaymentMethod"}}"#;
    assert_eq!(answer(&look, 404, missing), there(None));
    assert!(matches!(answer(&look, 404, b"a stranger's page"), Err(Doubt::Rejected { .. })));
    assert!(answer(&look, 200, br#"{"id":"pm_2","object":"payment_method"}"#).is_err());
}

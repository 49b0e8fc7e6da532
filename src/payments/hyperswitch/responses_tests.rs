//! What each answer about a payment means, in the shape of Hyperswitch's documentation.

use serde_json::json;

use super::super::tests::fixture;
use super::*;
use crate::payments::{Decline, DeclineClass, Receipt};

const ID: &str = "pay_01kah300000000000000000000";

fn create() -> Order {
    Order::Create { key: "k".to_owned(), body: json!({"payment_id": ID}).to_string() }
}

fn confirm() -> Order {
    Order::Confirm { reference: ID.to_owned(), key: "k".to_owned(), body: "{}".to_owned() }
}

fn look() -> Order {
    Order::Get { reference: ID.to_owned() }
}

fn fence() -> Order {
    Order::Cancel { reference: ID.to_owned(), key: "k".to_owned() }
}

fn told(order: &Order, status: u16, body: &[u8]) -> Result<Seen, Doubt> {
    meaning(order, &HttpResponse::Answered { status, headers: vec![], body: body.to_vec() }, false)
}

fn with_status(status: &str) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&fixture("payment.json")).unwrap();
    json["status"] = status.into();
    json.to_string().into_bytes()
}

fn stands(standing: Standing) -> Result<Seen, Doubt> {
    Ok(Seen { reference: ID.to_owned(), standing })
}

fn is_unknown(told: &Result<Seen, Doubt>) -> bool {
    matches!(told, Err(Doubt::Unknown(_)))
}

#[test]
fn each_status_of_a_payment_has_its_standing() {
    let receipt = Receipt {
        amount: "25".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        customer_ref: Some("acc_01kah300000000000000000000".to_owned()),
        live: false,
    };
    for (status, standing) in [
        ("requires_payment_method", Standing::Created),
        ("requires_confirmation", Standing::Created),
        ("succeeded", Standing::Succeeded(receipt)),
        ("processing", Standing::Processing),
        ("requires_capture", Standing::Processing),
        ("of_next_year", Standing::Processing),
        ("requires_customer_action", Standing::NeedsCustomer),
        ("cancelled", Standing::Canceled),
        ("expired", Standing::Canceled),
    ] {
        for order in [create(), confirm(), look(), fence()] {
            assert_eq!(told(&order, 200, &with_status(status)), stands(standing.clone()), "{status} to {order:?}");
        }
    }
    let declined = Decline { class: DeclineClass::Funds, code: "insufficient_funds".to_owned() };
    assert_eq!(told(&confirm(), 200, &fixture("payment_failed.json")), stands(Standing::Failed(declined)));
}

#[test]
fn a_part_of_the_money_is_told_as_the_part_it_is() {
    let mut json: Value = serde_json::from_slice(&with_status("partially_captured")).unwrap();
    json["amount_received"] = 1000.into();
    let Ok(Seen { standing: Standing::Succeeded(receipt), .. }) = told(&look(), 200, json.to_string().as_bytes())
    else {
        panic!("money was taken")
    };
    assert_eq!(receipt.amount, "10".parse().unwrap());
}

#[test]
fn what_was_created_before_is_there_and_nothing_else_is_known_of_it() {
    for status in [400, 422] {
        assert_eq!(told(&create(), status, &fixture("error_duplicate.json")), stands(Standing::Created));
    }
    let nameless = Order::Create { key: "k".to_owned(), body: "{}".to_owned() };
    assert!(matches!(told(&nameless, 400, &fixture("error_duplicate.json")), Err(Doubt::Rejected { .. })));
}

#[test]
fn a_refusal_for_the_state_of_a_payment_says_nothing_about_its_money() {
    for order in [confirm(), fence()] {
        assert!(is_unknown(&told(&order, 400, &fixture("error_wrong_state.json"))), "{order:?}");
    }
    let refused = told(&create(), 400, &fixture("error_wrong_state.json"));
    assert!(matches!(refused, Err(Doubt::Rejected { .. })), "nothing was there to be in a state");
}

#[test]
fn whoever_is_busy_or_broken_or_speaks_for_another_may_have_done_it() {
    for (status, name) in [(422, "error_busy.json"), (500, "error_busy.json"), (400, "error_connector.json")] {
        assert!(is_unknown(&told(&confirm(), status, &fixture(name))), "{name}");
    }
    for status in [408, 409, 423, 424, 500, 502, 504, 302] {
        assert!(is_unknown(&told(&confirm(), status, b"")), "{status}");
    }
    let lost = HttpResponse::Lost("time is up".to_owned());
    assert!(is_unknown(&meaning(&confirm(), &lost, false)));
    assert_eq!(told(&confirm(), 429, b""), Err(Doubt::NotDone { retry_after: None }));
    let refused = HttpResponse::NotSent("refused".to_owned());
    assert_eq!(meaning(&confirm(), &refused, false), Err(Doubt::NotSent("refused".to_owned())));
}

#[test]
fn other_refusals_are_final() {
    for status in [400, 401, 403, 404, 422] {
        let told = told(&create(), status, br#"{"error": {"code": "IR_04", "message": "Missing required param"}}"#);
        let expected = Doubt::Rejected { code: "IR_04".to_owned(), message: "Missing required param".to_owned() };
        assert_eq!(told, Err(expected), "{status}");
    }
}

#[test]
fn an_answer_about_something_else_or_without_a_receipt_is_no_observation() {
    let foreign = with_status("succeeded");
    let foreign = String::from_utf8(foreign).unwrap().replace(ID, "pay_somebody_elses");
    for body in [foreign.as_bytes(), b"", b"[]", b"{}", br#"{"payment_id": ""#] {
        assert!(is_unknown(&told(&look(), 200, body)), "{body:?}");
    }
    let mut json: Value = serde_json::from_slice(&with_status("succeeded")).unwrap();
    json["currency"] = Value::Null;
    assert!(is_unknown(&told(&look(), 200, json.to_string().as_bytes())));
}

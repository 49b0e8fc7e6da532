//! Requests, answers and notices about refunds, in the shape of Hyperswitch's documentation.

use super::super::tests::{fixture, settings};
use super::*;
use crate::wire::Method;

const ID: &str = "ref_01kah300000000000000000000";
const CHARGE: &str = "pay_01kah300000000000000000000";

fn hyperswitch() -> Hyperswitch {
    Hyperswitch::new(settings())
}

fn ask() -> RefundOrder {
    let body = hyperswitch().refund_body(&NewRefund {
        refund: ID.to_owned(),
        account: "acc_1".to_owned(),
        charge: CHARGE.to_owned(),
        amount: "4.50".parse().unwrap(),
        currency: "USD".parse().unwrap(),
    });
    RefundOrder::Refund { key: format!("{ID}:refund"), body }
}

fn look() -> RefundOrder {
    RefundOrder::GetRefund { reference: ID.to_owned() }
}

fn find() -> RefundOrder {
    RefundOrder::FindRefund { charge: CHARGE.to_owned(), refund: ID.to_owned() }
}

fn told(order: &RefundOrder, status: u16, body: Vec<u8>) -> Result<Heard, Doubt> {
    hyperswitch().refund_response(order, &HttpResponse::Answered { status, headers: vec![], body })
}

fn with_status(status: &str) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&fixture("refund.json")).unwrap();
    json["status"] = status.into();
    json["error_code"] = if status == "failed" { "declined".into() } else { Value::Null };
    json.to_string().into_bytes()
}

#[test]
fn a_refund_is_asked_for_and_found_by_our_own_name() {
    let RefundOrder::Refund { body, .. } = ask() else { unreachable!() };
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["refund_id"], &body["payment_id"], &body["amount"]), (&json!(ID), &json!(CHARGE), &json!(450)));
    let asked = hyperswitch().refund_request(&ask());
    assert_eq!((asked.method, asked.url.as_str()), (Method::Post, "https://sandbox.hyperswitch.io/refunds"));
    for order in [look(), find()] {
        let url = hyperswitch().refund_request(&order).url;
        assert_eq!(url, format!("https://sandbox.hyperswitch.io/refunds/{ID}"));
    }
}

#[test]
fn each_status_of_a_refund_has_its_standing() {
    for (status, standing) in [
        ("succeeded", Standing::Succeeded),
        ("pending", Standing::Pending),
        ("review", Standing::Pending),
        ("of_next_year", Standing::Pending),
        ("failed", Standing::Failed("declined".to_owned())),
    ] {
        for order in [ask(), look(), find()] {
            let expected = Heard::Refund(Seen {
                reference: ID.to_owned(),
                standing: standing.clone(),
                amount: "4.50".parse().unwrap(),
                currency: "USD".parse().unwrap(),
                charge: Some(CHARGE.to_owned()),
            });
            assert_eq!(told(&order, 200, with_status(status)), Ok(expected), "{status}");
        }
    }
}

#[test]
fn one_that_is_there_or_is_not_is_told_from_one_that_was_refused() {
    let unknown = |order, status, name: &str| matches!(told(&order, status, fixture(name)), Err(Doubt::Unknown(_)));
    assert!(unknown(ask(), 400, "error_duplicate.json"), "asked for before: to be looked at");
    assert!(unknown(ask(), 400, "error_connector.json"), "perhaps done");
    assert_eq!(told(&find(), 404, fixture("error_not_found.json")), Ok(Heard::NoSuch));
    for (order, status) in [(look(), 404), (ask(), 404)] {
        assert!(matches!(told(&order, status, fixture("error_not_found.json")), Err(Doubt::Rejected { .. })));
    }
    let foreign = String::from_utf8(with_status("succeeded")).unwrap().replace(ID, "ref_other");
    assert!(matches!(told(&look(), 200, foreign.into_bytes()), Err(Doubt::Unknown(_))));
}

#[test]
fn a_notice_names_the_refund_and_its_charge_and_others_are_passed_over() {
    let read = |name: &str| {
        let incoming = Incoming {
            url: String::new(),
            path: String::new(),
            headers: vec![],
            body: fixture(name),
            now: chrono::DateTime::UNIX_EPOCH,
        };
        hyperswitch().read_refund(&incoming).unwrap()
    };
    let notice = read("event_refund_succeeded.json").unwrap();
    assert_eq!((notice.refund.as_deref(), notice.charge.as_deref()), (Some(ID), Some(CHARGE)));
    assert_eq!(notice.kind, "refund_succeeded");
    assert_eq!(read("event_succeeded.json"), None);
}

//! Requests, answers and notices about refunds, in the shape of Stripe's documentation.

use serde_json::json;
use url::form_urlencoded;

use super::super::tests::{fixture, settings};
use super::*;

fn stripe() -> Stripe {
    Stripe::new(settings())
}

fn body() -> String {
    stripe().refund_body(&NewRefund {
        refund: "ref_1".to_owned(),
        account: "acc_1".to_owned(),
        charge: "pi_1".to_owned(),
        amount: "4.50".parse().unwrap(),
        currency: "USD".parse().unwrap(),
    })
}

fn ask() -> RefundOrder {
    RefundOrder::Refund { key: "ref_1:refund".to_owned(), body: body() }
}

fn look() -> RefundOrder {
    RefundOrder::GetRefund { reference: "re_1".to_owned() }
}

fn find() -> RefundOrder {
    RefundOrder::FindRefund { charge: "pi_1".to_owned(), refund: "ref_1".to_owned() }
}

fn told(order: &RefundOrder, status: u16, body: Value) -> Result<Heard, Doubt> {
    let body = body.to_string().into_bytes();
    stripe().refund_response(order, &HttpResponse::Answered { status, headers: vec![], body })
}

fn refund(status: &str) -> Value {
    json!({"id": "re_1", "object": "refund", "amount": 450, "currency": "usd", "status": status, "payment_intent": "pi_1",
           "metadata": {"refund": "ref_1"}, "failure_reason": if status == "failed" { Some("declined") } else { None }})
}

fn seen(standing: Standing) -> Result<Heard, Doubt> {
    Ok(Heard::Refund(Seen {
        reference: "re_1".to_owned(),
        standing,
        amount: "4.50".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        charge: Some("pi_1".to_owned()),
    }))
}

#[test]
fn a_refund_is_asked_for_once_by_a_key_and_with_our_name() {
    let pairs: Vec<_> = form_urlencoded::parse(body().as_bytes()).into_owned().collect();
    let expected = [
        ("payment_intent", "pi_1"),
        ("amount", "450"),
        ("reason", "requested_by_customer"),
        ("metadata[refund]", "ref_1"),
        ("metadata[wallet]", "acc_1"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let request = stripe().refund_request(&ask());
    assert!(request.headers.contains(&("idempotency-key", "ref_1:refund".to_owned())));
    assert_eq!(request.url, "https://api.stripe.com/v1/refunds");
    assert_eq!(stripe().refund_request(&look()).url, "https://api.stripe.com/v1/refunds/re_1");
    let list = "https://api.stripe.com/v1/refunds?payment_intent=pi_1&limit=100";
    assert_eq!(stripe().refund_request(&find()).url, list);
}

#[test]
fn each_status_of_a_refund_has_its_standing() {
    for (status, standing) in [
        ("succeeded", Standing::Succeeded),
        ("pending", Standing::Pending),
        ("requires_action", Standing::Pending),
        ("of_next_year", Standing::Pending),
        ("failed", Standing::Failed("declined".to_owned())),
        ("canceled", Standing::Failed("canceled".to_owned())),
    ] {
        for order in [ask(), look()] {
            assert_eq!(told(&order, 200, refund(status)), seen(standing.clone()), "{status}");
        }
        let list = json!({"object": "list", "has_more": false, "data": [{"id": "re_0"}, refund(status)]});
        assert_eq!(told(&find(), 200, list), seen(standing), "{status}");
    }
}

#[test]
fn only_a_whole_list_says_that_a_refund_is_not_there() {
    assert_eq!(told(&find(), 200, json!({"data": [], "has_more": false})), Ok(Heard::NoSuch));
    for unclear in [json!({"data": [], "has_more": true}), json!({"data": []}), json!({}), json!(null)] {
        assert!(matches!(told(&find(), 200, unclear), Err(Doubt::Unknown(_))));
    }
}

#[test]
fn only_a_clear_refusal_is_one() {
    let refused =
        json!({"error": {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "x"}});
    for status in [400, 401, 402, 403, 404] {
        let told = told(&ask(), status, refused.clone());
        assert!(matches!(&told, Err(Doubt::Rejected { code, .. }) if code == "charge_already_refunded"), "{told:?}");
    }
    for status in [302, 408, 409, 424, 500, 503] {
        assert!(matches!(told(&ask(), status, refused.clone()), Err(Doubt::Unknown(_))), "{status}");
    }
    assert_eq!(told(&ask(), 400, json!({"error": {"type": "idempotency_error"}})), Err(Doubt::KeyReused));
    assert_eq!(told(&ask(), 429, json!({})), Err(Doubt::NotDone { retry_after: None }));
    assert!(matches!(told(&look(), 200, json!({"id": "re_other"})), Err(Doubt::Unknown(_))));
}

#[test]
fn notices_about_refunds_say_where_to_look() {
    let read = |body: Vec<u8>| {
        let incoming = Incoming {
            url: String::new(),
            path: String::new(),
            headers: vec![],
            body,
            now: chrono::DateTime::UNIX_EPOCH,
        };
        stripe().read_refund(&incoming)
    };
    let whole = read(fixture("event_charge_refunded.json")).unwrap().unwrap();
    assert_eq!((whole.charge.as_deref(), whole.refund), (Some("pi_3SVxQ2Lkd0aT1YzW0kq8mN4c"), None));
    let failed = json!({"id": "evt_1", "type": "refund.failed", "data": {"object": refund("failed")}});
    let failed = read(failed.to_string().into_bytes()).unwrap().unwrap();
    assert_eq!((failed.kind.as_str(), failed.refund.as_deref()), ("refund.failed", Some("ref_1")));
    assert_eq!(read(fixture("event_succeeded.json")), Ok(None));
    assert_eq!(read(b"{}".to_vec()), Ok(None));
}

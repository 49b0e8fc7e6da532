//! Every row of "HTTP status to meaning", from recorded and documented answers.

use std::time::Duration;

use super::super::tests::fixture;
use super::*;
use crate::payments::{Decline, DeclineClass, Receipt};

const STRIPES: &str = "pi_3SVxQ2Lkd0aT1YzW0kq8mN4c";
const LOCALS: [&str; 3] = ["pi_o7lq7XHssa7XnI", "pi_YJeUXgzyS9bwib", "pi_hvzwDcH8LZfyh9"];

fn create() -> Order {
    Order::Create { key: "k".to_owned(), body: "amount=2500".to_owned() }
}

fn confirm(reference: &str) -> Order {
    Order::Confirm { reference: reference.to_owned(), key: "k".to_owned(), body: "off_session=true".to_owned() }
}

fn get(reference: &str) -> Order {
    Order::Get { reference: reference.to_owned() }
}

fn cancel(reference: &str) -> Order {
    Order::Cancel { reference: reference.to_owned(), key: "k".to_owned() }
}

fn told(order: &Order, status: u16, body: &[u8]) -> Result<Seen, Doubt> {
    meaning(order, &HttpResponse::Answered { status, headers: vec![], body: body.to_vec() })
}

fn told_by(order: &Order, status: u16, name: &str) -> Result<Seen, Doubt> {
    told(order, status, &fixture(name))
}

fn stands(reference: &str, standing: Standing) -> Result<Seen, Doubt> {
    Ok(Seen { reference: reference.to_owned(), standing })
}

fn succeeded(amount: &str, customer: &str) -> Standing {
    Standing::Succeeded(Receipt {
        amount: amount.parse().unwrap(),
        currency: "USD".parse().unwrap(),
        customer_ref: Some(customer.to_owned()),
        live: false,
    })
}

fn declined_as(class: DeclineClass, code: &str) -> Standing {
    Standing::Declined(Decline { class, code: code.to_owned() })
}

fn is_unknown(told: &Result<Seen, Doubt>) -> bool {
    matches!(told, Err(Doubt::Unknown(_)))
}

#[test]
fn each_status_of_a_payment_has_its_standing() {
    for (name, standing) in [
        ("created.json", Standing::Created),
        ("requires_payment_method.json", Standing::Created),
        ("succeeded.json", succeeded("25", "cus_TQ2mJr8aWc5LxV")),
        ("succeeded_expanded.json", succeeded("25", "cus_TQ2mJr8aWc5LxV")),
        ("processing.json", Standing::Processing),
        ("requires_capture.json", Standing::Processing),
        ("unknown_status.json", Standing::Processing),
        ("requires_action.json", Standing::NeedsCustomer),
        ("declined.json", declined_as(DeclineClass::Funds, "insufficient_funds")),
        ("canceled.json", Standing::Canceled),
    ] {
        for order in [create(), confirm(STRIPES), get(STRIPES), cancel(STRIPES)] {
            assert_eq!(told_by(&order, 200, name), stands(STRIPES, standing.clone()), "{name} to {order:?}");
        }
    }
}

#[test]
fn the_shapes_of_localstripe_read_the_same() {
    let [paid, asked, refused] = LOCALS;
    assert_eq!(told_by(&create(), 200, "localstripe_created.json"), stands(paid, Standing::Created));
    let success = stands(paid, succeeded("10", "cus_7kVFxmVVrqm9Ri"));
    assert_eq!(told_by(&confirm(paid), 200, "localstripe_succeeded.json"), success);
    assert_eq!(
        told_by(&confirm(asked), 200, "localstripe_requires_action.json"),
        stands(asked, Standing::NeedsCustomer)
    );
    assert_eq!(told_by(&cancel(asked), 200, "localstripe_canceled.json"), stands(asked, Standing::Canceled));
    let vague = declined_as(DeclineClass::Vague, "card_declined");
    assert_eq!(told_by(&get(refused), 200, "localstripe_declined.json"), stands(refused, vague.clone()));
    assert_eq!(told_by(&confirm(refused), 402, "localstripe_error_402.json"), stands(refused, vague));
    assert!(is_unknown(&told_by(&cancel(paid), 400, "localstripe_error_400_cancel_refused.json")));
    assert!(matches!(told_by(&get("pi_none"), 404, "localstripe_error_404.json"), Err(Doubt::Rejected { .. })));
}

#[test]
fn a_402_is_a_decline_of_the_attempt_to_confirm() {
    for (name, class, code) in [
        ("error_402_insufficient_funds.json", DeclineClass::Funds, "insufficient_funds"),
        ("error_402_lost_card.json", DeclineClass::Hard, "lost_card"),
        ("error_402_authentication_required.json", DeclineClass::CustomerNeeded, "authentication_required"),
    ] {
        assert_eq!(told_by(&confirm(STRIPES), 402, name), stands(STRIPES, declined_as(class, code)), "{name}");
        assert_eq!(told_by(&create(), 402, name), stands(STRIPES, declined_as(class, code)), "{name}");
        assert!(is_unknown(&told_by(&cancel(STRIPES), 402, name)), "{name}");
        assert!(is_unknown(&told_by(&get(STRIPES), 402, name)), "{name}");
    }
    let unnamed = told(&confirm("pi_ours"), 402, b"not JSON at all");
    assert_eq!(unnamed, stands("pi_ours", declined_as(DeclineClass::Vague, "card_declined")));
    assert!(matches!(told_by(&create(), 402, "localstripe_error_402.json"), Err(Doubt::Rejected { .. })));
}

#[test]
fn a_refusal_for_the_state_of_the_payment_is_an_observation_or_a_reason_to_look() {
    let success = stands(STRIPES, succeeded("25", "cus_TQ2mJr8aWc5LxV"));
    for order in [cancel(STRIPES), confirm(STRIPES)] {
        assert_eq!(told_by(&order, 400, "error_400_unexpected_state.json"), success);
        assert!(is_unknown(&told_by(&order, 400, "error_400_unexpected_state_bare.json")));
        assert!(is_unknown(&told(&order, 400, b"<html>Bad Request</html>")));
    }
    assert!(is_unknown(&told_by(&cancel("pi_other"), 400, "error_400_unexpected_state.json")));
}

#[test]
fn a_refusal_of_key_or_data_is_final_and_named() {
    for (status, name, code) in [
        (400, "error_400_parameter_unknown.json", "parameter_unknown"),
        (401, "error_401.json", "HTTP 401"),
        (403, "error_403.json", "HTTP 403"),
        (404, "error_404.json", "resource_missing"),
    ] {
        for order in [create(), confirm(STRIPES)] {
            let Err(Doubt::Rejected { code: told, message }) = told_by(&order, status, name) else {
                panic!("{name} must be rejected")
            };
            assert_eq!(told, code, "{name}");
            assert!(!message.is_empty(), "{name}");
        }
    }
    assert!(matches!(told(&create(), 400, b""), Err(Doubt::Rejected { .. })));
}

#[test]
fn a_reused_key_is_our_bug_and_a_busy_key_is_not() {
    assert_eq!(told_by(&confirm(STRIPES), 400, "error_400_idempotency.json"), Err(Doubt::KeyReused));
    assert!(is_unknown(&told_by(&confirm(STRIPES), 409, "error_409_key_in_use.json")));
}

#[test]
fn too_many_requests_were_certainly_not_done() {
    let answer = |wait: Option<&str>| HttpResponse::Answered {
        status: 429,
        headers: wait.map(|wait| ("Retry-After".to_owned(), wait.to_owned())).into_iter().collect(),
        body: fixture("error_429_lock_timeout.json"),
    };
    for (wait, seconds) in [(Some("2"), Some(2)), (None, None), (Some("soon"), None), (Some("99999999"), Some(3600))] {
        let expected = Doubt::NotDone { retry_after: seconds.map(Duration::from_secs) };
        assert_eq!(meaning(&confirm(STRIPES), &answer(wait)), Err(expected), "{wait:?}");
    }
}

#[test]
fn whatever_leaves_it_open_whether_money_moved_is_unknown() {
    for status in [301, 408, 409, 424, 500, 502, 503, 504, 599] {
        for order in [create(), confirm(STRIPES), get(STRIPES), cancel(STRIPES)] {
            assert!(is_unknown(&told_by(&order, status, "error_500.json")), "{status} to {order:?}");
        }
    }
    for body in
        ["", "{", "[]", r#"{"id":"pi_1"}"#, r#"{"status":"succeeded"}"#, r#"{"id":"pi_1","status":"succeeded"}"#]
    {
        assert!(is_unknown(&told(&create(), 200, body.as_bytes())), "{body}");
    }
    assert!(is_unknown(&told_by(&get("pi_other"), 200, "succeeded.json")), "an answer about another payment");
}

#[test]
fn what_was_not_sent_and_what_was_lost_are_told_apart() {
    let not_sent = HttpResponse::NotSent("connection refused".to_owned());
    let lost = HttpResponse::Lost("timed out".to_owned());
    assert_eq!(meaning(&confirm(STRIPES), &not_sent), Err(Doubt::NotSent("connection refused".to_owned())));
    assert_eq!(meaning(&confirm(STRIPES), &lost), Err(Doubt::Unknown("timed out".to_owned())));
}

//! Notices about pages: what is believed, and what only sends us to look.

use super::super::super::tests::fixture;
use super::*;

fn notice(name: &str) -> CheckoutNotice {
    read(&fixture(name)).unwrap().unwrap()
}

fn changed(name: &str, change: impl FnOnce(&mut Value)) -> CheckoutNotice {
    let mut json: Value = serde_json::from_slice(&fixture(name)).unwrap();
    change(&mut json);
    read(json.to_string().as_bytes()).unwrap().unwrap()
}

#[test]
fn page_and_payment_tell_of_the_same_fact() {
    let (page, payment) = (notice("event_checkout_completed.json"), notice("event_checkout_payment_succeeded.json"));
    assert_eq!(page.paid, payment.paid);
    assert_eq!(page.paid.unwrap().payment, "pi_3SVxQ2Lkd0aT1YzW0kq8mN4c");
    assert_eq!((page.checkout.as_deref(), payment.checkout.as_deref()), (Some("chk_01kah3"), Some("chk_01kah3")));
    assert_eq!((page.reference.as_deref(), payment.reference), (Some("cs_test_a1SVxQ2Lkd0aT1YzW"), None));
}

#[test]
fn everything_but_money_that_was_taken_is_only_a_hint() {
    let hints = [
        changed("event_checkout_completed.json", |json| json["data"]["object"]["payment_status"] = "unpaid".into()),
        changed("event_checkout_completed.json", |json| json["data"]["object"]["currency"] = "doubloon".into()),
        changed("event_checkout_completed.json", |json| json["type"] = "checkout.session.expired".into()),
        changed("event_checkout_completed.json", |json| json["type"] = "checkout.session.async_payment_failed".into()),
        changed("event_checkout_payment_succeeded.json", |json| json["type"] = "payment_intent.processing".into()),
        changed("event_checkout_payment_succeeded.json", |json| json["type"] = "setup_intent.succeeded".into()),
    ];
    for hint in hints {
        assert_eq!((hint.paid, hint.checkout.as_deref()), (None, Some("chk_01kah3")), "{}", hint.kind);
    }
    let late = |json: &mut Value| json["type"] = "checkout.session.async_payment_succeeded".into();
    assert!(changed("event_checkout_completed.json", late).paid.is_some());
}

#[test]
fn payments_that_no_page_took_are_somebody_elses_to_read() {
    for name in ["event_succeeded.json", "event_charge_refunded.json"] {
        assert_eq!(read(&fixture(name)), Ok(None), "{name}");
    }
    assert_eq!(read(b"{}"), Ok(None));
    assert!(read(br#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{}}}"#).is_err());
    assert!(read(b"").is_err());
}

#[test]
fn a_card_that_was_changed_elsewhere_is_named() {
    let changed = |kind: &str| {
        let mut json: Value = serde_json::from_slice(&fixture("event_card_updated.json")).unwrap();
        json["type"] = kind.into();
        read_card(json.to_string().as_bytes()).unwrap()
    };
    let named = Some(CardNotice { event: "evt_pm1".to_owned(), method_ref: "pm_1".to_owned() });
    for kind in ["updated", "automatically_updated", "detached"] {
        assert_eq!(changed(&format!("payment_method.{kind}")), named, "{kind}");
    }
    assert_eq!(changed("payment_method.attached"), None);
    assert_eq!(changed("customer.deleted"), None);
    assert!(read_card(br#"{"id":"evt_1","type":"payment_method.updated","data":{"object":{}}}"#).is_err());
}

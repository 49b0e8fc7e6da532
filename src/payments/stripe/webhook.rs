//! What a notice from Stripe says, once `signature.rs` has found it genuine. Read leniently, since its version is a
//! property of the endpoint at Stripe; a notice lost to a strange field would be money lost from sight.

use chrono::DateTime;
use serde_json::Value;

use super::intent::Intent;
use crate::payments::{ProcessorNotice, Unreadable};

/// Every kind about a payment intent is worth a look at that payment. Anything else is of no use to us yet.
pub(super) fn read(body: &[u8]) -> Result<Option<ProcessorNotice>, Unreadable> {
    let json: Value = serde_json::from_slice(body).map_err(|error| Unreadable(error.to_string()))?;
    let event = json["id"].as_str().ok_or_else(|| Unreadable("it has no id".to_owned()))?;
    let kind = json["type"].as_str().ok_or_else(|| Unreadable(format!("{event} has no type")))?;
    if !kind.starts_with("payment_intent.") {
        return Ok(None);
    }
    let intent = Intent::of(&json["data"]["object"])
        .ok_or_else(|| Unreadable(format!("{event} is about a payment without an id")))?;
    Ok(Some(ProcessorNotice {
        event: event.to_owned(),
        kind: kind.to_owned(),
        payment: intent.payment().map(str::to_owned),
        reference: intent.id().to_owned(),
        // A body that contradicts its own kind is only a hint.
        succeeded: match (kind, intent.status()) {
            ("payment_intent.succeeded", None | Some("succeeded")) => intent.receipt(),
            _ => None,
        },
        live: json["livemode"].as_bool().unwrap_or(false),
        made_at: json["created"].as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::*;
    use crate::payments::Receipt;

    fn notice(name: &str) -> ProcessorNotice {
        read(&fixture(name)).unwrap().unwrap()
    }

    fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Result<Option<ProcessorNotice>, Unreadable> {
        let mut json: Value = serde_json::from_slice(&fixture(name)).unwrap();
        change(&mut json);
        read(json.to_string().as_bytes())
    }

    #[test]
    fn a_success_says_what_was_taken_from_whom() {
        assert_eq!(
            notice("event_succeeded.json"),
            ProcessorNotice {
                event: "evt_3SVxQ2Lkd0aT1YzW0aaaaaaa".to_owned(),
                kind: "payment_intent.succeeded".to_owned(),
                payment: Some("pay_01kah3".to_owned()),
                reference: "pi_3SVxQ2Lkd0aT1YzW0kq8mN4c".to_owned(),
                succeeded: Some(Receipt {
                    amount: "25".parse().unwrap(),
                    currency: "USD".parse().unwrap(),
                    customer_ref: Some("cus_TQ2mJr8aWc5LxV".to_owned()),
                    live: false,
                }),
                live: false,
                made_at: DateTime::from_timestamp(1_795_226_206, 0),
            }
        );
    }

    #[test]
    fn a_success_without_an_amount_received_took_the_amount() {
        let notice = notice("localstripe_event_succeeded.json");
        let receipt = notice.succeeded.unwrap();
        assert_eq!((notice.payment.as_deref(), receipt.amount), (Some("pay_1"), "10".parse().unwrap()));
    }

    #[test]
    fn everything_but_a_success_is_only_a_hint() {
        for name in [
            "event_payment_failed.json",
            "event_processing.json",
            "event_canceled.json",
            "event_requires_action.json",
            "localstripe_event_payment_failed.json",
        ] {
            let notice = notice(name);
            assert_eq!(notice.succeeded, None, "{name}");
            assert!(notice.payment.is_some() && notice.reference.starts_with("pi_"), "{name}");
        }
    }

    #[test]
    fn a_success_that_cannot_be_checked_is_only_a_hint() {
        let unchecked = [
            changed("event_succeeded.json", |json| json["data"]["object"]["status"] = "processing".into()),
            changed("event_succeeded.json", |json| json["data"]["object"]["currency"] = "doubloon".into()),
            changed("localstripe_event_succeeded.json", |json| json["data"]["object"]["amount"] = Value::Null),
        ];
        for notice in unchecked {
            assert_eq!(notice.unwrap().unwrap().succeeded, None);
        }
    }

    #[test]
    fn repeated_and_out_of_order_notices_read_the_same_each_time() {
        let order = ["event_succeeded.json", "event_processing.json", "event_succeeded.json"];
        let [first, early, again] = order.map(notice);
        assert_eq!(first, again, "the same event has the same name, for keeping it once");
        assert_eq!(early.reference, first.reference);
        assert_eq!(early.succeeded, None, "an older state is a hint, whenever it comes");
    }

    #[test]
    fn the_mode_is_told_for_the_message_and_for_the_payment() {
        let live = changed("event_succeeded.json", |json| {
            json["livemode"] = true.into();
            json["data"]["object"]["livemode"] = true.into();
        });
        let live = live.unwrap().unwrap();
        assert!(live.live && live.succeeded.unwrap().live);
    }

    #[test]
    fn a_payment_that_is_not_ours_has_no_id_of_ours() {
        let foreign = changed("event_succeeded.json", |json| json["data"]["object"]["metadata"] = Value::Null);
        assert_eq!(foreign.unwrap().unwrap().payment, None);
    }

    #[test]
    fn kinds_we_have_no_use_for_are_passed_over() {
        assert_eq!(read(&fixture("event_charge_refunded.json")), Ok(None));
        assert_eq!(read(br#"{"id":"evt_1","type":"a.kind.of.next.year"}"#), Ok(None));
    }

    #[test]
    fn what_is_no_event_cannot_be_read() {
        for body in ["", "id=evt_1", "[]", "{}", r#"{"id":"evt_1"}"#, r#"{"type":"payment_intent.succeeded"}"#] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(read(br#"{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{}}}"#).is_err());
    }
}

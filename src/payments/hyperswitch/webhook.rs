//! What a notice from Hyperswitch says, once `signature.rs` has found it genuine. Read leniently; a notice lost to a
//! strange field would be money lost from sight.

use chrono::DateTime;
use serde_json::Value;

use super::payment::PaymentObject;
use crate::payments::{ProcessorNotice, Unreadable};

/// What every notice has.
pub(super) struct Envelope<'a> {
    pub event: &'a str,
    pub kind: &'a str,
    /// `payment_details`, `refund_details` and the like.
    pub about: &'a str,
    pub object: &'a Value,
}

impl<'a> Envelope<'a> {
    pub(super) fn of(json: &'a Value) -> Result<Self, Unreadable> {
        let event = json["event_id"].as_str().ok_or_else(|| Unreadable("it has no id".to_owned()))?;
        let kind = json["event_type"].as_str().ok_or_else(|| Unreadable(format!("{event} has no type")))?;
        let about = json["content"]["type"].as_str().unwrap_or_default();
        Ok(Self { event, kind, about, object: &json["content"]["object"] })
    }

    /// A notice about a payment must say about which; `None` if it is about something else.
    pub(super) fn payment(&self, live: bool) -> Result<Option<PaymentObject<'a>>, Unreadable> {
        if self.about != "payment_details" {
            return Ok(None);
        }
        let nameless = || Unreadable(format!("{} is about a payment without an id", self.event));
        PaymentObject::of(self.object, live).map(Some).ok_or_else(nameless)
    }

    /// A body that contradicts its own kind is only a hint.
    pub(super) fn tells_success(&self, payment: &PaymentObject) -> bool {
        self.kind == "payment_succeeded" && matches!(payment.status(), None | Some("succeeded"))
    }
}

pub(super) fn parsed(body: &[u8]) -> Result<Value, Unreadable> {
    serde_json::from_slice(body).map_err(|error| Unreadable(error.to_string()))
}

/// Every kind about a payment is worth a look at that payment. Anything else is of no use to us yet.
pub(super) fn read(body: &[u8], live: bool) -> Result<Option<ProcessorNotice>, Unreadable> {
    let json = parsed(body)?;
    let envelope = Envelope::of(&json)?;
    let Some(payment) = envelope.payment(live)? else { return Ok(None) };
    let made_at = json["timestamp"].as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    Ok(Some(ProcessorNotice {
        event: envelope.event.to_owned(),
        kind: envelope.kind.to_owned(),
        payment: Some(payment.id().to_owned()),
        reference: payment.id().to_owned(),
        succeeded: payment.receipt().filter(|_| envelope.tells_success(&payment)),
        live,
        made_at: made_at.map(|at| at.to_utc()),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::*;
    use crate::payments::Receipt;

    fn notice(name: &str) -> ProcessorNotice {
        read(&fixture(name), false).unwrap().unwrap()
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Option<ProcessorNotice> {
        let mut json: Value = serde_json::from_slice(&fixture("event_succeeded.json")).unwrap();
        change(&mut json);
        read(json.to_string().as_bytes(), false).unwrap()
    }

    #[test]
    fn a_success_says_what_was_taken_from_whom() {
        assert_eq!(
            notice("event_succeeded.json"),
            ProcessorNotice {
                event: "evt_019a6f3c5d7e7b20a1b2c3d4e5f60718".to_owned(),
                kind: "payment_succeeded".to_owned(),
                payment: Some("pay_01kah300000000000000000000".to_owned()),
                reference: "pay_01kah300000000000000000000".to_owned(),
                succeeded: Some(Receipt {
                    amount: "25".parse().unwrap(),
                    currency: "USD".parse().unwrap(),
                    customer_ref: Some("acc_01kah300000000000000000000".to_owned()),
                    live: false,
                }),
                live: false,
                made_at: DateTime::from_timestamp(1_795_226_206, 0),
            }
        );
    }

    #[test]
    fn everything_but_a_success_that_can_be_checked_is_only_a_hint() {
        assert_eq!(notice("event_failed.json").succeeded, None);
        let hints = [
            changed(|json| json["event_type"] = "payment_processing".into()),
            changed(|json| json["content"]["object"]["status"] = "processing".into()),
            changed(|json| json["content"]["object"]["currency"] = "doubloon".into()),
            changed(|json| json["content"]["object"]["status"] = "failed".into()),
        ];
        for hint in hints {
            let hint = hint.unwrap();
            assert_eq!((hint.succeeded, hint.reference.len()), (None, 30));
        }
    }

    #[test]
    fn a_notice_twice_and_one_out_of_order_read_the_same_each_time() {
        let [first, early, again] = ["event_succeeded.json", "event_failed.json", "event_succeeded.json"].map(notice);
        assert_eq!(first, again, "the same event has the same name, for keeping it once");
        assert_eq!((early.reference, early.succeeded), (first.reference, None));
    }

    #[test]
    fn kinds_we_have_no_use_for_are_passed_over_and_what_is_no_notice_cannot_be_read() {
        assert_eq!(read(&fixture("event_refund_succeeded.json"), false), Ok(None));
        assert_eq!(changed(|json| json["content"]["type"] = "mandate_details".into()), None);
        for body in ["", "event_id=1", "[]", "{}", r#"{"event_id":"evt_1"}"#] {
            assert!(read(body.as_bytes(), false).is_err(), "{body}");
        }
        let nameless = r#"{"event_id":"e","event_type":"payment_succeeded","content":{"type":"payment_details"}}"#;
        assert!(read(nameless.as_bytes(), false).is_err());
    }
}

//! Disputes at Stripe, and the early warnings of card networks that come before some.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Stripe;
use super::intent::name_of;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::Unreadable;
use crate::payments::disputes::{DisputeNotice, Disputes, Phase, Seen};
use crate::wire::Incoming;

const TAKEN: &str = "charge.dispute.funds_withdrawn";
const RETURNED: &str = "charge.dispute.funds_reinstated";

impl Disputes for Stripe {
    fn read_dispute(&self, incoming: &Incoming) -> Result<Option<DisputeNotice>, Unreadable> {
        let json: Value = serde_json::from_slice(&incoming.body).map_err(|error| Unreadable(error.to_string()))?;
        let (Some(event), Some(kind)) = (json["id"].as_str(), json["type"].as_str()) else { return Ok(None) };
        let (object, said_at) = (&json["data"]["object"], moment(&json["created"]));
        let seen = match kind {
            _ if kind.starts_with("charge.dispute.") => dispute(object, kind, said_at),
            _ if kind.starts_with("radar.early_fraud_warning.") => warning(object, said_at),
            _ => return Ok(None),
        };
        let seen = seen.ok_or_else(|| Unreadable(format!("{event} is about a dispute that cannot be read")))?;
        Ok(Some(DisputeNotice { event: event.to_owned(), kind: kind.to_owned(), seen }))
    }
}

fn moment(json: &Value) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(json.as_i64()?, 0)
}

fn dispute(object: &Value, kind: &str, said_at: Option<DateTime<Utc>>) -> Option<Seen> {
    let currency: Currency = object["currency"].as_str()?.parse().ok()?;
    let amount = Money::from_minor(object["amount"].as_i64()?, currency)?;
    let moved = |sign: i64| moved(object, sign, amount, currency);
    Some(Seen {
        reference: object["id"].as_str()?.to_owned(),
        charge: name_of(&object["payment_intent"]).or_else(|| name_of(&object["charge"]))?.to_owned(),
        amount: Some((amount, currency)),
        reason: object["reason"].as_str().unwrap_or("no reason given").to_owned(),
        phase: phase(object["status"].as_str()?),
        due_by: moment(&object["evidence_details"]["due_by"]),
        taken: moved(-1).or((kind == TAKEN).then_some(amount)),
        returned: moved(1).or((kind == RETURNED).then_some(amount)),
        opened_at: moment(&object["created"])?,
        said_at: said_at.or_else(|| moment(&object["created"]))?,
    })
}

/// What was moved in this direction, by the dispute's own list. Where Stripe keeps another currency for us than the
/// customer paid in, the amount that is disputed.
fn moved(object: &Value, sign: i64, amount: Money, currency: Currency) -> Option<Money> {
    let listed = object["balance_transactions"].as_array()?.iter();
    let found: Vec<_> = listed.filter(|one| one["amount"].as_i64().is_some_and(|it| it.signum() == sign)).collect();
    let same = |one: &&Value| one["currency"].as_str().is_some_and(|it| it.parse() == Ok(currency));
    if found.is_empty() || !found.iter().all(same) {
        return (!found.is_empty()).then_some(amount);
    }
    let minor = found.iter().filter_map(|one| one["amount"].as_i64()).sum::<i64>();
    Money::from_minor(minor * sign, currency)
}

/// What Stripe may invent waits for somebody, too.
fn phase(status: &str) -> Phase {
    match status {
        "warning_needs_response" | "warning_under_review" => Phase::Inquiry,
        "needs_response" | "appeal_needs_response" => Phase::NeedsResponse,
        "warning_closed" | "prevented" => Phase::Closed,
        "won" => Phase::Won,
        "lost" => Phase::Lost,
        _ => Phase::UnderReview,
    }
}

fn warning(object: &Value, said_at: Option<DateTime<Utc>>) -> Option<Seen> {
    let opened_at = moment(&object["created"])?;
    Some(Seen {
        reference: object["id"].as_str()?.to_owned(),
        charge: name_of(&object["payment_intent"]).or_else(|| name_of(&object["charge"]))?.to_owned(),
        amount: None,
        reason: object["fraud_type"].as_str().unwrap_or("no reason given").to_owned(),
        phase: Phase::Warning,
        due_by: None,
        taken: None,
        returned: None,
        opened_at,
        said_at: said_at.unwrap_or(opened_at),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fixture, settings};
    use super::*;

    fn read(body: Vec<u8>) -> Result<Option<DisputeNotice>, Unreadable> {
        let now = DateTime::UNIX_EPOCH;
        let incoming = Incoming { url: String::new(), path: String::new(), headers: vec![], body, now };
        Stripe::new(settings()).read_dispute(&incoming)
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Seen {
        let mut json: Value = serde_json::from_slice(&fixture("event_dispute_withdrawn.json")).unwrap();
        change(&mut json);
        read(json.to_string().into()).unwrap().unwrap().seen
    }

    fn usd(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn a_dispute_says_what_was_taken_for_which_charge_and_until_when_one_can_answer() {
        let seen = changed(|_| {});
        assert_eq!((seen.reference.as_str(), seen.charge.as_str()), ("dp_1", "pi_1"));
        assert_eq!((seen.taken, seen.returned, seen.phase), (Some(usd("25")), None, Phase::NeedsResponse));
        assert_eq!(seen.due_by, DateTime::from_timestamp(1_796_428_799, 0));
        assert_eq!(seen.said_at, DateTime::from_timestamp(1_795_226_206, 0).unwrap());
    }

    #[test]
    fn only_what_moved_is_taken_or_returned() {
        let inquiry = changed(|json| {
            json["type"] = "charge.dispute.created".into();
            json["data"]["object"]["status"] = "warning_needs_response".into();
            json["data"]["object"]["balance_transactions"] = Value::Array(vec![]);
        });
        assert_eq!((inquiry.phase, inquiry.taken), (Phase::Inquiry, None));
        let won = changed(|json| {
            json["type"] = "charge.dispute.funds_reinstated".into();
            json["data"]["object"]["status"] = "won".into();
            let back = serde_json::json!({"id": "txn_2", "amount": 2500, "currency": "usd", "fee": 0});
            json["data"]["object"]["balance_transactions"].as_array_mut().unwrap().push(back);
        });
        assert_eq!((won.phase, won.taken, won.returned), (Phase::Won, Some(usd("25")), Some(usd("25"))));
        let bare = changed(|json| json["data"]["object"]["balance_transactions"] = Value::Null);
        assert_eq!(bare.taken, Some(usd("25")), "its kind says so");
        let other = changed(|json| json["data"]["object"]["balance_transactions"][0]["currency"] = "eur".into());
        assert_eq!(other.taken, Some(usd("25")), "our books are in the customer's currency");
    }

    #[test]
    fn a_warning_names_its_charge_and_no_amount() {
        let seen = read(fixture("event_early_fraud_warning.json")).unwrap().unwrap().seen;
        assert_eq!((seen.reference.as_str(), seen.charge.as_str(), seen.amount), ("issfr_1", "pi_1", None));
        assert_eq!((seen.phase, seen.reason.as_str()), (Phase::Warning, "made_with_stolen_card"));
    }

    #[test]
    fn other_kinds_are_passed_over_and_what_says_too_little_cannot_be_read() {
        assert_eq!(read(fixture("event_succeeded.json")), Ok(None));
        assert!(read(br#"{"id":"evt_1","type":"charge.dispute.created","data":{"object":{}}}"#.to_vec()).is_err());
    }
}

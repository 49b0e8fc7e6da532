//! Disputes at Hyperswitch. It tells how one stands, but not when money moves: who took it is whoever the payment was
//! routed to.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Hyperswitch;
use super::webhook::{Envelope, parsed};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::Unreadable;
use crate::payments::disputes::{DisputeNotice, Disputes, Phase, Seen};
use crate::wire::Incoming;

impl Disputes for Hyperswitch {
    fn read_dispute(&self, incoming: &Incoming) -> Result<Option<DisputeNotice>, Unreadable> {
        let json = parsed(&incoming.body)?;
        let envelope = Envelope::of(&json)?;
        if envelope.about != "dispute_details" {
            return Ok(None);
        }
        let seen = dispute(envelope.object, moment(&json["timestamp"]), self.settings.opening_takes_money);
        let seen =
            seen.ok_or_else(|| Unreadable(format!("{} is about a dispute that cannot be read", envelope.event)))?;
        Ok(Some(DisputeNotice { event: envelope.event.to_owned(), kind: envelope.kind.to_owned(), seen }))
    }
}

pub(super) fn moment(json: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(json.as_str()?).ok().map(|at| at.to_utc())
}

/// Its amounts are texts of minor units.
pub(super) fn amount(object: &Value) -> Option<(Money, Currency)> {
    let currency: Currency = object["currency"].as_str()?.parse().ok()?;
    let minor = object["amount"].as_i64().or_else(|| object["amount"].as_str()?.parse().ok())?;
    Some((Money::from_minor(minor, currency)?, currency))
}

pub(super) fn dispute(object: &Value, said_at: Option<DateTime<Utc>>, opening_takes_money: bool) -> Option<Seen> {
    let (amount, currency) = amount(object)?;
    let is_inquiry = object["dispute_stage"] == "pre_dispute";
    let phase = phase(object["dispute_status"].as_str()?, is_inquiry);
    let gives_back = matches!(phase, Phase::Won | Phase::Closed) && !is_inquiry;
    let taken = !is_inquiry && (opening_takes_money || phase == Phase::Lost);
    let opened_at = moment(&object["connector_created_at"]).or_else(|| moment(&object["created_at"])).or(said_at)?;
    Some(Seen {
        reference: object["dispute_id"].as_str()?.to_owned(),
        charge: object["payment_id"].as_str()?.to_owned(),
        amount: Some((amount, currency)),
        reason: object["connector_reason"].as_str().unwrap_or("no reason given").to_owned(),
        phase,
        due_by: moment(&object["challenge_required_by"]),
        taken: taken.then_some(amount),
        returned: (taken && gives_back).then_some(amount),
        opened_at,
        said_at: moment(&object["connector_updated_at"]).or(said_at).unwrap_or(opened_at),
    })
}

/// What may be invented waits for somebody, too.
fn phase(status: &str, is_inquiry: bool) -> Phase {
    match status {
        "dispute_opened" if is_inquiry => Phase::Inquiry,
        "dispute_opened" => Phase::NeedsResponse,
        "dispute_cancelled" => Phase::Closed,
        "dispute_won" => Phase::Won,
        "dispute_lost" | "dispute_accepted" | "dispute_expired" => Phase::Lost,
        _ => Phase::UnderReview,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fixture, settings};
    use super::*;

    fn changed(change: impl FnOnce(&mut Value)) -> Seen {
        let mut json: Value = serde_json::from_slice(&fixture("event_dispute_opened.json")).unwrap();
        change(&mut json);
        let (body, now) = (json.to_string().into_bytes(), DateTime::UNIX_EPOCH);
        let incoming = Incoming { url: String::new(), path: String::new(), headers: vec![], body, now };
        Hyperswitch::new(settings()).read_dispute(&incoming).unwrap().unwrap().seen
    }

    fn with_status(status: &str, stage: &str) -> Seen {
        changed(|json| {
            json["content"]["object"]["dispute_status"] = status.into();
            json["content"]["object"]["dispute_stage"] = stage.into();
        })
    }

    #[test]
    fn an_open_dispute_has_taken_the_money_and_one_that_is_won_gives_it_back() {
        let (seen, all) = (changed(|_| {}), Some("25".parse().unwrap()));
        assert_eq!((seen.reference.as_str(), seen.charge.as_str()), ("dispute_1", "pay_1"));
        assert_eq!((seen.phase, seen.taken, seen.returned), (Phase::NeedsResponse, all, None));
        let won = with_status("dispute_won", "dispute");
        assert_eq!((won.phase, won.taken, won.returned), (Phase::Won, all, all));
        let lost = with_status("dispute_expired", "dispute");
        assert_eq!((lost.phase, lost.returned), (Phase::Lost, None));
    }

    #[test]
    fn an_inquiry_moves_nothing() {
        for status in ["dispute_opened", "dispute_cancelled"] {
            let inquiry = with_status(status, "pre_dispute");
            assert_eq!((inquiry.taken, inquiry.returned), (None, None), "{status}");
        }
    }

    #[test]
    fn other_notices_are_passed_over() {
        let body = fixture("event_refund_succeeded.json");
        let now = DateTime::UNIX_EPOCH;
        let incoming = Incoming { url: String::new(), path: String::new(), headers: vec![], body, now };
        assert_eq!(Hyperswitch::new(settings()).read_dispute(&incoming), Ok(None));
    }
}

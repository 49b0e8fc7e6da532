//! Refunds at Hyperswitch: what is sent, what answers mean, and which notices are about one.

use serde_json::{Value, json};

use super::Hyperswitch;
use super::requests::{get, minor_units, plain, post};
use super::responses::{DUPLICATE, NOT_FOUND, read, refusal};
use super::webhook::{Envelope, parsed};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::answers::{unknown, word};
use crate::payments::refunds::{Heard, NewRefund, RefundNotice, RefundOrder, Refunds, Seen, Standing};
use crate::payments::{Doubt, Unreadable};
use crate::wire::{HttpRequest, HttpResponse, Incoming};

impl Refunds for Hyperswitch {
    fn refund_body(&self, refund: &NewRefund) -> String {
        json!({
            "refund_id": refund.refund, "payment_id": refund.charge,
            "amount": minor_units(refund.amount, refund.currency), "reason": "requested by customer",
            "metadata": {"refund": refund.refund, "wallet": refund.account},
        })
        .to_string()
    }

    fn refund_request(&self, order: &RefundOrder) -> HttpRequest {
        match order {
            RefundOrder::Refund { body, .. } => post("refunds", body, &self.settings),
            // Our name of it is theirs, so nothing has to be searched for.
            RefundOrder::GetRefund { reference: refund } | RefundOrder::FindRefund { refund, .. } => {
                get(&format!("refunds/{}", plain(refund)), &self.settings)
            }
        }
    }

    fn refund_response(&self, order: &RefundOrder, response: &HttpResponse) -> Result<Heard, Doubt> {
        let (status, headers, json) = read(response)?;
        let error = &json["error"];
        match (status, order) {
            (200..=299, _) => heard(order, &json).ok_or_else(|| unknown(status, "it does not read as this refund")),
            (404, RefundOrder::FindRefund { .. }) if error["code"] == NOT_FOUND => Ok(Heard::NoSuch),
            // Asked for before, and so to be looked at.
            (_, RefundOrder::Refund { .. }) if error["code"] == DUPLICATE => Err(unknown(status, word(error))),
            _ => Err(refusal(status, headers, error)),
        }
    }

    fn read_refund(&self, incoming: &Incoming) -> Result<Option<RefundNotice>, Unreadable> {
        let json = parsed(&incoming.body)?;
        let envelope = Envelope::of(&json)?;
        if envelope.about != "refund_details" {
            return Ok(None);
        }
        Ok(Some(RefundNotice {
            event: envelope.event.to_owned(),
            kind: envelope.kind.to_owned(),
            refund: envelope.object["refund_id"].as_str().map(str::to_owned),
            charge: envelope.object["payment_id"].as_str().map(str::to_owned),
            seen: seen(envelope.object),
        }))
    }
}

fn heard(order: &RefundOrder, json: &Value) -> Option<Heard> {
    let seen = seen(json)?;
    let same = match order {
        RefundOrder::Refund { .. } => true,
        RefundOrder::GetRefund { reference: refund } | RefundOrder::FindRefund { refund, .. } => {
            seen.reference == *refund
        }
    };
    same.then_some(Heard::Refund(seen))
}

fn seen(json: &Value) -> Option<Seen> {
    let currency: Currency = json["currency"].as_str()?.parse().ok()?;
    let why = || json["error_code"].as_str().or_else(|| json["error_message"].as_str()).unwrap_or("no reason given");
    let standing = match json["status"].as_str()? {
        "succeeded" => Standing::Succeeded,
        "failed" => Standing::Failed(why().to_owned()),
        // `pending`, `review`, and what may be invented.
        _ => Standing::Pending,
    };
    Some(Seen {
        reference: json["refund_id"].as_str()?.to_owned(),
        standing,
        amount: Money::from_minor(json["amount"].as_i64()?, currency)?,
        currency,
        charge: json["payment_id"].as_str().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;

//! Refunds at Stripe: what is sent, what answers mean, and which notices are about one.

use serde_json::Value;

use super::intent::name_of;
use super::requests::{common_headers, form, plain};
use super::{Stripe, StripeSettings};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::answers::{rejected, retry_after, unknown, word};
use crate::payments::refunds::{Heard, NewRefund, RefundNotice, RefundOrder, Refunds, Seen, Standing};
use crate::payments::{Doubt, Unreadable};
use crate::wire::{HttpRequest, HttpResponse, Incoming, Method};

/// As many as Stripe gives at once; nobody gives one charge back in more parts.
const LISTED: &str = "100";

impl Refunds for Stripe {
    fn refund_body(&self, refund: &NewRefund) -> String {
        let minor = refund.amount.to_minor(refund.currency);
        form(&[
            ("payment_intent", &refund.charge),
            // An amount finer than the currency is refused by Stripe, never rounded by us.
            ("amount", &minor.map_or_else(|| refund.amount.to_string(), |minor| minor.to_string())),
            // `fraudulent` would put the customer on a list of Stripe's.
            ("reason", "requested_by_customer"),
            ("metadata[refund]", &refund.refund),
            ("metadata[wallet]", &refund.account),
        ])
    }

    fn refund_request(&self, order: &RefundOrder) -> HttpRequest {
        let settings = &self.settings;
        match order {
            RefundOrder::Refund { key, body } => {
                let mut headers = common_headers(settings);
                headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
                headers.push(("idempotency-key", key.clone()));
                HttpRequest { method: Method::Post, url: url("", settings), headers, body: body.clone() }
            }
            RefundOrder::GetRefund { reference } => get(&format!("/{}", plain(reference)), settings),
            RefundOrder::FindRefund { charge, .. } => {
                get(&format!("?{}", form(&[("payment_intent", charge), ("limit", LISTED)])), settings)
            }
        }
    }

    fn refund_response(&self, order: &RefundOrder, response: &HttpResponse) -> Result<Heard, Doubt> {
        match response {
            HttpResponse::NotSent(why) => Err(Doubt::NotSent(why.clone())),
            HttpResponse::Lost(why) => Err(Doubt::Unknown(why.clone())),
            HttpResponse::Answered { status, headers, body } => {
                let json = serde_json::from_slice(body).unwrap_or(Value::Null);
                answered(order, *status, headers, &json)
            }
        }
    }

    fn read_refund(&self, incoming: &Incoming) -> Result<Option<RefundNotice>, Unreadable> {
        let json: Value = serde_json::from_slice(&incoming.body).map_err(|error| Unreadable(error.to_string()))?;
        let (Some(event), Some(kind)) = (json["id"].as_str(), json["type"].as_str()) else { return Ok(None) };
        // `charge.refund.updated` is the older name of `refund.updated`.
        if !kind.starts_with("refund.") && !kind.starts_with("charge.refund") {
            return Ok(None);
        }
        let object = &json["data"]["object"];
        Ok(Some(RefundNotice {
            event: event.to_owned(),
            kind: kind.to_owned(),
            refund: object["metadata"]["refund"].as_str().map(str::to_owned),
            charge: name_of(&object["payment_intent"]).map(str::to_owned),
            seen: if object["object"] == "refund" { seen(object) } else { None },
        }))
    }
}

fn url(rest: &str, settings: &StripeSettings) -> String {
    format!("{}/v1/refunds{rest}", settings.api_base.trim_end_matches('/'))
}

fn get(rest: &str, settings: &StripeSettings) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: url(rest, settings),
        headers: common_headers(settings),
        body: String::new(),
    }
}

/// The same table as for payments: what is certainly not done may be sent again, what is perhaps done is looked for.
fn answered(order: &RefundOrder, status: u16, headers: &[(String, String)], json: &Value) -> Result<Heard, Doubt> {
    let error = &json["error"];
    match status {
        200..=299 => heard(order, json).ok_or_else(|| unknown(status, "it does not read as this refund")),
        400 if error["type"] == "idempotency_error" => Err(Doubt::KeyReused),
        429 => Err(Doubt::NotDone { retry_after: retry_after(headers) }),
        408 | 409 | 424 => Err(unknown(status, word(error))),
        400..=499 => Err(rejected(status, error)),
        _ => Err(unknown(status, word(error))),
    }
}

fn heard(order: &RefundOrder, json: &Value) -> Option<Heard> {
    match order {
        RefundOrder::Refund { .. } => seen(json).map(Heard::Refund),
        RefundOrder::GetRefund { reference } => {
            seen(json).filter(|seen| seen.reference == *reference).map(Heard::Refund)
        }
        RefundOrder::FindRefund { refund, .. } => {
            let listed = json["data"].as_array()?;
            match listed.iter().find(|one| one["metadata"]["refund"] == refund.as_str()) {
                Some(found) => seen(found).map(Heard::Refund),
                // Only a list that is whole says that something is not there.
                None => (json["has_more"] == false).then_some(Heard::NoSuch),
            }
        }
    }
}

fn seen(json: &Value) -> Option<Seen> {
    let currency: Currency = json["currency"].as_str()?.parse().ok()?;
    let why = || json["failure_reason"].as_str().unwrap_or("no reason given").to_owned();
    let standing = match json["status"].as_str()? {
        "succeeded" => Standing::Succeeded,
        "failed" => Standing::Failed(why()),
        "canceled" => Standing::Failed("canceled".to_owned()),
        // `pending`, `requires_action`, and what Stripe may invent.
        _ => Standing::Pending,
    };
    Some(Seen {
        reference: json["id"].as_str()?.to_owned(),
        standing,
        amount: Money::from_minor(json["amount"].as_i64()?, currency)?,
        currency,
        charge: name_of(&json["payment_intent"]).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;

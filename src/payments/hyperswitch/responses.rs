//! What Hyperswitch's answers mean. The HTTP status decides first, then the code; what to do about it is for the domain.

use serde_json::Value;

use super::payment::PaymentObject;
use crate::payments::answers::{rejected, retry_after, unknown, word};
use crate::payments::{Doubt, Order, Seen, Standing};
use crate::wire::HttpResponse;

/// Something of this name is there already.
pub(super) const DUPLICATE: &str = "HE_01";
/// Nothing of this name is there.
pub(super) const NOT_FOUND: &str = "HE_02";
/// Somebody else is at work on the same payment, or the house is on fire: by the status alone one cannot tell.
const BUSY: &str = "HE_00";
/// What was asked does not go with the state the payment is in.
const WRONG_STATE: [&str; 2] = ["IR_14", "IR_16"];

pub(super) fn meaning(order: &Order, response: &HttpResponse, live: bool) -> Result<Seen, Doubt> {
    let (status, headers, json) = read(response)?;
    let error = &json["error"];
    match (status, order) {
        (200..=299, _) => {
            observed(order, &json, live).ok_or_else(|| unknown(status, "it does not read as this payment"))
        }
        // Under this name only we create, and nothing else happens to it before we know of it.
        (_, Order::Create { body, .. }) if error["code"] == DUPLICATE => {
            let reference = name_in(body, "payment_id").ok_or_else(|| rejected(status, error))?;
            Ok(Seen { reference, standing: Standing::Created })
        }
        // It may have succeeded, which the refusal does not say.
        (400..=499, Order::Confirm { .. } | Order::Cancel { .. })
            if WRONG_STATE.iter().any(|it| error["code"] == *it) =>
        {
            Err(unknown(status, word(error)))
        }
        _ => Err(refusal(status, headers, error)),
    }
}

/// An answer about another payment than the one asked for is no observation.
fn observed(order: &Order, json: &Value, live: bool) -> Option<Seen> {
    let seen = PaymentObject::of(json, live)?.seen()?;
    let asked = match order {
        Order::Create { body, .. } => name_in(body, "payment_id")?,
        Order::Confirm { reference, .. } | Order::Get { reference } | Order::Cancel { reference, .. } => {
            reference.clone()
        }
    };
    (asked == seen.reference).then_some(seen)
}

/// Status, headers and body.
type Answer<'a> = (u16, &'a [(String, String)], Value);

/// The parts of an answer; an error if there is none.
pub(super) fn read(response: &HttpResponse) -> Result<Answer<'_>, Doubt> {
    match response {
        HttpResponse::NotSent(why) => Err(Doubt::NotSent(why.clone())),
        HttpResponse::Lost(why) => Err(Doubt::Unknown(why.clone())),
        HttpResponse::Answered { status, headers, body } => {
            Ok((*status, headers, serde_json::from_slice(body).unwrap_or(Value::Null)))
        }
    }
}

/// What is no answer to what was asked. A code that begins with CE speaks of whoever it routed the request to, who may
/// have done it.
pub(super) fn refusal(status: u16, headers: &[(String, String)], error: &Value) -> Doubt {
    let code = error["code"].as_str().unwrap_or_default();
    match status {
        429 => Doubt::NotDone { retry_after: retry_after(headers) },
        408 | 409 | 423 | 424 => unknown(status, word(error)),
        400..=499 if code == BUSY || code.starts_with("CE") => unknown(status, word(error)),
        400..=499 => rejected(status, error),
        _ => unknown(status, word(error)),
    }
}

/// The name something has in the body that asked for it.
pub(super) fn name_in(body: &str, field: &str) -> Option<String> {
    let json: Value = serde_json::from_str(body).ok()?;
    json[field].as_str().map(str::to_owned)
}

#[cfg(test)]
#[path = "responses_tests.rs"]
mod tests;

//! What Stripe's answers mean. The HTTP status decides first, since bodies differ by version and are missing at times;
//! what to do about it is for the domain.

use serde_json::Value;

use super::declines;
use super::intent::Intent;
use crate::payments::answers::{rejected, retry_after, unknown, word};
use crate::payments::{Doubt, Order, Seen, Standing};
use crate::wire::HttpResponse;

pub(super) fn meaning(order: &Order, response: &HttpResponse) -> Result<Seen, Doubt> {
    match response {
        HttpResponse::NotSent(why) => Err(Doubt::NotSent(why.clone())),
        HttpResponse::Lost(why) => Err(Doubt::Unknown(why.clone())),
        HttpResponse::Answered { status, headers, body } => {
            let json = serde_json::from_slice(body).unwrap_or(Value::Null);
            answered(order, *status, headers, &json)
        }
    }
}

fn answered(order: &Order, status: u16, headers: &[(String, String)], json: &Value) -> Result<Seen, Doubt> {
    let error = &json["error"];
    match status {
        200..=299 => observed(order, json).ok_or_else(|| unknown(status, "it does not read as this payment")),
        400 => bad_request(order, error),
        402 => declined(order, error),
        429 => Err(Doubt::NotDone { retry_after: retry_after(headers) }),
        // 408 is a server that gave up reading, 409 the same key still at work, 424 a failure behind Stripe.
        408 | 409 | 424 => Err(unknown(status, word(error))),
        401..=499 => Err(rejected(status, error)),
        // A 500 may be kept under the key and repeated for ever although the money moved. Redirects we do not follow.
        _ => Err(unknown(status, word(error))),
    }
}

/// An answer about another payment than the one asked for is no observation.
fn observed(order: &Order, json: &Value) -> Option<Seen> {
    let seen = Intent::of(json)?.seen()?;
    reference(order).is_none_or(|asked| asked == seen.reference).then_some(seen)
}

/// Besides plain mistakes, this is how Stripe says that a payment is past being confirmed or canceled. It may then have
/// succeeded, so that refusal counts as an observation if it carries the payment, and else as a reason to look. So
/// does a refusal of an existing payment that gives no reason at all.
fn bad_request(order: &Order, error: &Value) -> Result<Seen, Doubt> {
    if error["type"] == "idempotency_error" {
        return Err(Doubt::KeyReused);
    }
    match (error["code"].as_str(), reference(order)) {
        (Some("payment_intent_unexpected_state"), _) => {
            observed(order, &error["payment_intent"]).ok_or_else(|| unknown(400, word(error)))
        }
        (None, Some(_)) => Err(unknown(400, "refused without a code")),
        (Some(_), _) | (None, None) => Err(rejected(400, error)),
    }
}

/// Only an attempt to confirm can be declined. Looking and canceling take no money, so there this status says nothing
/// about the payment; and without a payment there is nothing to stand anywhere.
fn declined(order: &Order, error: &Value) -> Result<Seen, Doubt> {
    let named = error["payment_intent"]["id"].as_str();
    let reference = match order {
        Order::Create { .. } => named.ok_or_else(|| rejected(402, error))?,
        Order::Confirm { reference, .. } => named.unwrap_or(reference),
        Order::Get { .. } | Order::Cancel { .. } => return Err(unknown(402, word(error))),
    };
    Ok(Seen { reference: reference.to_owned(), standing: Standing::Declined(declines::decline(error)) })
}

fn reference(order: &Order) -> Option<&str> {
    match order {
        Order::Create { .. } => None,
        Order::Confirm { reference, .. } | Order::Get { reference } | Order::Cancel { reference, .. } => {
            Some(reference)
        }
    }
}

#[cfg(test)]
#[path = "responses_tests.rs"]
mod tests;

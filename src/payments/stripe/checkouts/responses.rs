//! What Stripe's answers about its own pages mean. The HTTP status decides first; no money moves in any of these requests.

use serde_json::Value;

use super::session::{Session, card_of};
use crate::payments::Doubt;
use crate::payments::answers::{rejected, retry_after, unknown, word};
use crate::payments::checkouts::{CheckoutAnswer, CheckoutOrder};
use crate::wire::HttpResponse;

pub(super) fn meaning(order: &CheckoutOrder, response: &HttpResponse) -> Result<CheckoutAnswer, Doubt> {
    match response {
        HttpResponse::NotSent(why) => Err(Doubt::NotSent(why.clone())),
        HttpResponse::Lost(why) => Err(Doubt::Unknown(why.clone())),
        HttpResponse::Answered { status, headers, body } => {
            let json = serde_json::from_slice(body).unwrap_or(Value::Null);
            answered(order, *status, headers, &json)
        }
    }
}

fn answered(
    order: &CheckoutOrder,
    status: u16,
    headers: &[(String, String)],
    json: &Value,
) -> Result<CheckoutAnswer, Doubt> {
    let error = &json["error"];
    match status {
        200..=299 => read(order, json).ok_or_else(|| unknown(status, "it does not read as what was asked for")),
        404 if matches!(order, CheckoutOrder::LookAtCard { .. }) && error["code"] == "resource_missing" => {
            Ok(CheckoutAnswer::Card(None))
        }
        400 if error["type"] == "idempotency_error" => Err(Doubt::KeyReused),
        429 => Err(Doubt::NotDone { retry_after: retry_after(headers) }),
        // 408 is a server that gave up reading, 409 the same key still at work, 424 a failure behind Stripe.
        408 | 409 | 424 => Err(unknown(status, word(error))),
        400..=499 => Err(rejected(status, error)),
        _ => Err(unknown(status, word(error))),
    }
}

/// An answer about something else than what was asked for is no answer.
fn read(order: &CheckoutOrder, json: &Value) -> Option<CheckoutAnswer> {
    match order {
        CheckoutOrder::MakeCustomer { .. } => json["id"].as_str().map(|id| CheckoutAnswer::Customer(id.to_owned())),
        CheckoutOrder::Open { .. } => Session::of(json)?.seen().map(CheckoutAnswer::Checkout),
        CheckoutOrder::Look { reference } | CheckoutOrder::Expire { reference, .. } => {
            let seen = Session::of(json)?.seen()?;
            (seen.reference == *reference).then_some(CheckoutAnswer::Checkout(seen))
        }
        CheckoutOrder::LookAtCard { method_ref, .. } => {
            let card = card_of(json, &Value::Null, &json["livemode"])?;
            (card.method_ref == *method_ref).then_some(CheckoutAnswer::Card(Some(card)))
        }
        CheckoutOrder::Detach { method_ref, .. } => {
            (json["id"] == method_ref.as_str()).then_some(CheckoutAnswer::Detached)
        }
    }
}

#[cfg(test)]
#[path = "responses_tests.rs"]
mod tests;

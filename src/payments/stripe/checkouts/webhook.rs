//! What a notice from Stripe says about one of its pages, once `signature.rs` has found it genuine. The payment and the
//! set-up behind a page have messages of their own, which carry our id of the checkout too.

use serde_json::Value;

use super::super::intent::{Intent, name_of};
use super::session::Session;
use crate::payments::Unreadable;
use crate::payments::checkouts::{CardNotice, CheckoutNotice, Paid};

pub(super) fn read(body: &[u8]) -> Result<Option<CheckoutNotice>, Unreadable> {
    let json: Value = serde_json::from_slice(body).map_err(|error| Unreadable(error.to_string()))?;
    // Whoever reads all other kinds says what is wrong with these.
    let (Some(event), Some(kind)) = (json["id"].as_str(), json["type"].as_str()) else { return Ok(None) };
    let object = &json["data"]["object"];
    let (checkout, reference, paid) = match kind.split_once('.').map(|(about, _)| about) {
        Some("checkout") => {
            let session =
                Session::of(object).ok_or_else(|| Unreadable(format!("{event} is about a checkout without an id")))?;
            (session.checkout(), Some(session.id()), paid(kind, &session))
        }
        Some("payment_intent") => {
            let Some(checkout) = object["metadata"]["checkout"].as_str() else { return Ok(None) };
            let intent =
                Intent::of(object).ok_or_else(|| Unreadable(format!("{event} is about a payment without an id")))?;
            (Some(checkout), None, paid_intent(kind, &intent))
        }
        Some("setup_intent") => {
            let Some(checkout) = object["metadata"]["checkout"].as_str() else { return Ok(None) };
            (Some(checkout), None, None)
        }
        Some(_) | None => return Ok(None),
    };
    Ok(Some(CheckoutNotice {
        event: event.to_owned(),
        kind: kind.to_owned(),
        checkout: checkout.map(str::to_owned),
        reference: reference.map(str::to_owned),
        paid,
    }))
}

/// What is attached was saved at a page of ours, which tells of it, or past us, and is none of our cards yet.
pub(super) fn read_card(body: &[u8]) -> Result<Option<CardNotice>, Unreadable> {
    let json: Value = serde_json::from_slice(body).map_err(|error| Unreadable(error.to_string()))?;
    let (Some(event), Some(kind)) = (json["id"].as_str(), json["type"].as_str()) else { return Ok(None) };
    match kind.strip_prefix("payment_method.") {
        None | Some("attached") => return Ok(None),
        Some(_) => {}
    }
    let method_ref = name_of(&json["data"]["object"]);
    let method_ref = method_ref.ok_or_else(|| Unreadable(format!("{event} is about a card without an id")))?.to_owned();
    Ok(Some(CardNotice { event: event.to_owned(), method_ref }))
}

/// A body that contradicts its own kind is only a hint.
fn paid(kind: &str, session: &Session) -> Option<Paid> {
    match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session.paid(),
        _ => None,
    }
}

fn paid_intent(kind: &str, intent: &Intent) -> Option<Paid> {
    match (kind, intent.status()) {
        ("payment_intent.succeeded", None | Some("succeeded")) => {
            Some(Paid { payment: intent.id().to_owned(), receipt: intent.receipt()? })
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;

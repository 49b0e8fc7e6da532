//! What Hyperswitch's answers about its own pages mean. No money moves in any of these requests.

use serde_json::Value;

use super::super::payment::PaymentObject;
use super::super::responses::{DUPLICATE, name_in, read, refusal};
use super::page::{Page, listed_card};
use crate::payments::Doubt;
use crate::payments::answers::unknown;
use crate::payments::checkouts::{CheckoutAnswer, CheckoutOrder, Seen, Standing};
use crate::wire::HttpResponse;

/// How it says that a customer of this name is there: the first by its code, the second by its list of codes.
const CUSTOMER_IS_THERE: [&str; 2] = ["IR_12", DUPLICATE];

/// A customer whom it does not know has no cards.
const NOT_FOUND: &str = "HE_02";

pub(super) fn meaning(order: &CheckoutOrder, response: &HttpResponse, live: bool) -> Result<CheckoutAnswer, Doubt> {
    let (status, headers, json) = read(response)?;
    match status {
        200..=299 => {
            answered(order, &json, live).ok_or_else(|| unknown(status, "it does not read as what was asked for"))
        }
        _ => answered_by_refusal(order, &json["error"]).ok_or_else(|| refusal(status, headers, &json["error"])),
    }
}

/// Refusals that are answers. What was asked for before is there under our name, which is all there is to know of a
/// customer.
fn answered_by_refusal(order: &CheckoutOrder, error: &Value) -> Option<CheckoutAnswer> {
    match order {
        CheckoutOrder::MakeCustomer { body, .. } if CUSTOMER_IS_THERE.iter().any(|code| error["code"] == *code) => {
            name_in(body, "customer_id").map(CheckoutAnswer::Customer)
        }
        CheckoutOrder::Open { body, .. } if error["code"] == DUPLICATE => {
            let reference = name_in(body, "payment_id")?;
            Some(CheckoutAnswer::Checkout(Seen { reference, standing: Standing::There }))
        }
        CheckoutOrder::LookAtCard { .. } if error["code"] == NOT_FOUND => Some(CheckoutAnswer::Card(None)),
        CheckoutOrder::MakeCustomer { .. }
        | CheckoutOrder::Open { .. }
        | CheckoutOrder::Look { .. }
        | CheckoutOrder::Expire { .. }
        | CheckoutOrder::LookAtCard { .. }
        | CheckoutOrder::Detach { .. } => None,
    }
}

/// An answer about something else than what was asked for is no answer.
fn answered(order: &CheckoutOrder, json: &Value, live: bool) -> Option<CheckoutAnswer> {
    let asked = match order {
        CheckoutOrder::MakeCustomer { body, .. } => {
            let customer = name_in(body, "customer_id").filter(|name| json["customer_id"] == name.as_str());
            return customer.map(CheckoutAnswer::Customer);
        }
        CheckoutOrder::LookAtCard { method_ref, customer_ref } => {
            let theirs = json["customer_payment_methods"].as_array()?;
            let found = theirs.iter().find(|one| one["payment_method_id"] == method_ref.as_str());
            return Some(CheckoutAnswer::Card(found.map(|one| listed_card(one, method_ref, customer_ref, live))));
        }
        CheckoutOrder::Detach { method_ref, .. } => {
            return (json["payment_method_id"] == method_ref.as_str()).then_some(CheckoutAnswer::Detached);
        }
        CheckoutOrder::Open { body, .. } => name_in(body, "payment_id")?,
        CheckoutOrder::Look { reference } | CheckoutOrder::Expire { reference, .. } => reference.clone(),
    };
    let seen = Page::of(PaymentObject::of(json, live)?)?.seen()?;
    (seen.reference == asked).then_some(CheckoutAnswer::Checkout(seen))
}

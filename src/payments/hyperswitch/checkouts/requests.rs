//! What we send to Hyperswitch about its own pages: six requests, in JSON. What the answers mean is for `responses.rs`.

use serde_json::json;

use super::super::HyperswitchSettings;
use super::super::requests::{cancel, get, look, new_payment, plain, post};
use crate::domain::checkout::OPEN_FOR;
use crate::domain::money::Money;
use crate::payments::checkouts::{CheckoutOrder, NewCheckout, Purpose};
use crate::wire::{HttpRequest, Method};

/// What the customer reads on the page and on the receipt.
const PRODUCT: &str = "Calling credit";

/// Our name of the account is theirs of the customer.
pub(super) fn customer_body(account: &str) -> String {
    json!({"customer_id": account, "metadata": {"wallet": account}}).to_string()
}

/// A page is a payment that is confirmed there. Saving a card without paying is a payment of nothing.
pub(super) fn checkout_body(checkout: &NewCheckout, settings: &HyperswitchSettings) -> String {
    let amount = checkout.purpose.amount().unwrap_or(Money::ZERO);
    let mut body = new_payment(&checkout.checkout, amount, checkout.currency, &checkout.customer_ref, settings);
    body["metadata"] = json!({"checkout": checkout.checkout, "wallet": checkout.account});
    body["payment_link"] = json!(true);
    body["session_expiry"] = json!(OPEN_FOR.num_seconds());
    body["return_url"] = json!(checkout.success_url);
    body["description"] = json!(PRODUCT);
    if checkout.purpose == Purpose::SaveCard {
        body["payment_type"] = json!("setup_mandate");
    }
    if checkout.purpose.saves_card() {
        body["setup_future_usage"] = json!("off_session");
        // To whom, when and from where is in our books; a page of ours has asked.
        body["customer_acceptance"] = json!({"acceptance_type": "offline"});
    }
    body.to_string()
}

pub(super) fn request(order: &CheckoutOrder, settings: &HyperswitchSettings) -> HttpRequest {
    match order {
        CheckoutOrder::MakeCustomer { body, .. } => post("customers", body, settings),
        CheckoutOrder::Open { body, .. } => post("payments", body, settings),
        CheckoutOrder::Look { reference } => look(reference, settings),
        CheckoutOrder::Expire { reference, .. } => cancel(reference, settings),
        CheckoutOrder::LookAtCard { customer_ref, .. } => {
            get(&format!("customers/{}/payment_methods", plain(customer_ref)), settings)
        }
        CheckoutOrder::Detach { method_ref, .. } => {
            HttpRequest { method: Method::Delete, ..get(&format!("payment_methods/{}", plain(method_ref)), settings) }
        }
    }
}

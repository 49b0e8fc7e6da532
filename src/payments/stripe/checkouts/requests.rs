//! What we send to Stripe about its own pages: six requests, form-encoded. What the answers mean is for `responses.rs`.

use super::super::StripeSettings;
use super::super::requests::{common_headers, form, plain};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::checkouts::{CheckoutOrder, NewCheckout, Purpose};
use crate::wire::{HttpRequest, Method};

/// What the customer reads on the page and on the receipt.
const PRODUCT: &str = "Calling credit";

/// Nothing but our name of the account: whatever could change would make a repetition another request.
pub(super) fn customer_body(account: &str) -> String {
    form(&[("metadata[wallet]", account)])
}

/// Neither the types of payment methods nor "automatic" ones are named: Stripe has removed the one and chooses by itself.
/// Our id is on the session, and on the payment or the set-up besides, whose own messages may come first.
pub(super) fn checkout_body(checkout: &NewCheckout) -> String {
    let (currency, expires) =
        (checkout.currency.code().to_ascii_lowercase(), checkout.expires_at.timestamp().to_string());
    let common = [
        ("customer", checkout.customer_ref.as_str()),
        ("client_reference_id", &checkout.checkout),
        ("metadata[checkout]", &checkout.checkout),
        ("metadata[wallet]", &checkout.account),
        ("success_url", &checkout.success_url),
        ("cancel_url", &checkout.cancel_url),
        ("expires_at", &expires),
    ];
    match checkout.purpose {
        Purpose::SaveCard => {
            let setup = [
                ("mode", "setup"),
                ("currency", &currency),
                ("setup_intent_data[metadata][checkout]", &checkout.checkout),
                ("setup_intent_data[metadata][wallet]", &checkout.account),
            ];
            form(&[&setup[..], &common].concat())
        }
        Purpose::TopUp { amount, save_card } => {
            let amount = minor_units(amount, checkout.currency);
            let payment = [
                ("mode", "payment"),
                ("line_items[0][quantity]", "1"),
                ("line_items[0][price_data][currency]", &currency),
                ("line_items[0][price_data][unit_amount]", &amount),
                ("line_items[0][price_data][product_data][name]", PRODUCT),
                ("payment_intent_data[metadata][checkout]", &checkout.checkout),
                ("payment_intent_data[metadata][wallet]", &checkout.account),
            ];
            let kept = [("payment_intent_data[setup_future_usage]", "off_session")];
            form(&[&payment[..], if save_card { &kept } else { &[] }, &common].concat())
        }
    }
}

/// An amount finer than the currency is sent as it is and refused: rather no page than another amount.
fn minor_units(amount: Money, currency: Currency) -> String {
    amount.to_minor(currency).map_or_else(|| amount.to_string(), |minor| minor.to_string())
}

pub(super) fn request(order: &CheckoutOrder, settings: &StripeSettings) -> HttpRequest {
    match order {
        CheckoutOrder::MakeCustomer { key, body } => post("customers", key, body, settings),
        CheckoutOrder::Open { key, body } => post("checkout/sessions", key, body, settings),
        CheckoutOrder::Look { reference } => {
            // A payment or a set-up is expanded on the way to its card.
            let cards = [("expand[0]", "payment_intent.payment_method"), ("expand[1]", "setup_intent.payment_method")];
            get(&format!("checkout/sessions/{}?{}", plain(reference), form(&cards)), settings)
        }
        // Its customer is in the answer.
        CheckoutOrder::LookAtCard { method_ref, .. } => {
            get(&format!("payment_methods/{}", plain(method_ref)), settings)
        }
        CheckoutOrder::Expire { reference, key } => {
            post(&format!("checkout/sessions/{}/expire", plain(reference)), key, "", settings)
        }
        CheckoutOrder::Detach { method_ref, key } => {
            post(&format!("payment_methods/{}/detach", plain(method_ref)), key, "", settings)
        }
    }
}

fn get(path: &str, settings: &StripeSettings) -> HttpRequest {
    let headers = common_headers(settings);
    HttpRequest { method: Method::Get, url: url(path, settings), headers, body: String::new() }
}

/// Stripe wants the content type even of an empty body.
fn post(path: &str, key: &str, body: &str, settings: &StripeSettings) -> HttpRequest {
    let mut headers = common_headers(settings);
    headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    headers.push(("idempotency-key", key.to_owned()));
    HttpRequest { method: Method::Post, url: url(path, settings), headers, body: body.to_owned() }
}

fn url(path: &str, settings: &StripeSettings) -> String {
    format!("{}/v1/{path}", settings.api_base.trim_end_matches('/'))
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;

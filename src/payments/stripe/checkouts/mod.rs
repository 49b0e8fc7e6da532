//! Stripe's own pages, which it calls Checkout Sessions, in the shape every part of a processor has: `requests.rs`,
//! `responses.rs` and `webhook.rs`; `session.rs` reads the object that all three are about.

use super::Stripe;
use crate::payments::checkouts::{CardNotice, CheckoutAnswer, CheckoutNotice, CheckoutOrder, Checkouts, NewCheckout};
use crate::payments::{Doubt, Unreadable};
use crate::wire::{HttpRequest, HttpResponse, Incoming};

mod requests;
mod responses;
mod session;
mod webhook;

impl Checkouts for Stripe {
    fn customer_body(&self, account: &str) -> String {
        requests::customer_body(account)
    }

    fn checkout_body(&self, checkout: &NewCheckout) -> String {
        requests::checkout_body(checkout)
    }

    fn checkout_request(&self, order: &CheckoutOrder) -> HttpRequest {
        requests::request(order, &self.settings)
    }

    fn checkout_response(&self, order: &CheckoutOrder, response: &HttpResponse) -> Result<CheckoutAnswer, Doubt> {
        responses::meaning(order, response)
    }

    fn read_checkout(&self, incoming: &Incoming) -> Result<Option<CheckoutNotice>, Unreadable> {
        webhook::read(&incoming.body)
    }

    fn read_card(&self, incoming: &Incoming) -> Result<Option<CardNotice>, Unreadable> {
        webhook::read_card(&incoming.body)
    }
}

//! Hyperswitch's own pages, which it calls payment links, in the shape every part of a processor has: `requests.rs` and
//! `responses.rs`; `page.rs` reads the payment that a page is, in answers and notices.

use super::Hyperswitch;
use super::webhook::{Envelope, parsed};
use crate::payments::checkouts::{CardNotice, CheckoutAnswer, CheckoutNotice, CheckoutOrder, Checkouts, NewCheckout};
use crate::payments::{Doubt, Unreadable};
use crate::wire::{HttpRequest, HttpResponse, Incoming};
use page::Page;

mod page;
mod requests;
mod responses;

impl Checkouts for Hyperswitch {
    fn customer_body(&self, account: &str) -> String {
        requests::customer_body(account)
    }

    fn checkout_body(&self, checkout: &NewCheckout) -> String {
        requests::checkout_body(checkout, &self.settings)
    }

    fn checkout_request(&self, order: &CheckoutOrder) -> HttpRequest {
        requests::request(order, &self.settings)
    }

    fn checkout_response(&self, order: &CheckoutOrder, response: &HttpResponse) -> Result<CheckoutAnswer, Doubt> {
        responses::meaning(order, response, self.settings.live)
    }

    fn read_checkout(&self, incoming: &Incoming) -> Result<Option<CheckoutNotice>, Unreadable> {
        let json = parsed(&incoming.body)?;
        let envelope = Envelope::of(&json)?;
        let Some(payment) = envelope.payment(self.settings.live)? else { return Ok(None) };
        let told = envelope.tells_success(&payment);
        let Some(page) = Page::of(payment) else { return Ok(None) };
        Ok(Some(CheckoutNotice {
            event: envelope.event.to_owned(),
            kind: envelope.kind.to_owned(),
            checkout: Some(page.id().to_owned()),
            reference: Some(page.id().to_owned()),
            paid: page.paid().filter(|_| told),
        }))
    }

    /// It tells nothing of cards.
    fn read_card(&self, _: &Incoming) -> Result<Option<CardNotice>, Unreadable> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests;

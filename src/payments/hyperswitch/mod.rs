//! Hyperswitch, which routes payments to many processors: settings and the way into this folder. What is sent is in
//! `requests.rs`, what answers mean in `responses.rs`, and what it tells us unasked in `signature.rs` and `webhook.rs`.
//!
//! It knows no keys of requests. A payment, a page, a customer or a refund has one name, which is our own id of it, so
//! whatever is sent twice is there once: a second creation is refused as a duplicate, and a payment is confirmed only in
//! a state that says it was not. Our ids are as long as a name may be there, thirty characters.

use secrecy::SecretString;

use super::{Doubt, NewPayment, Order, Processor, ProcessorNotice, Seen, Unreadable, minimum};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::wire::{HttpRequest, HttpResponse, Incoming};

mod checkouts;
mod declines;
mod disputes;
mod missed;
mod payment;
mod refunds;
mod requests;
mod responses;
mod signature;
mod statements;
mod webhook;

#[derive(Debug)]
pub struct Hyperswitch {
    settings: HyperswitchSettings,
}

#[derive(Debug, Clone)]
pub struct HyperswitchSettings {
    pub api_key: SecretString,
    /// Several while a secret is being replaced; any of them may sign.
    pub webhook_secrets: Vec<SecretString>,
    /// `https://api.hyperswitch.io`, or a stand-in.
    pub api_base: String,
    /// Which of the merchant's profiles our payments belong to, if there are several.
    pub profile: Option<String>,
    /// Whether the key is one of real money. No answer says so, thus every receipt is taken to be of the same mode.
    pub live: bool,
    /// Looking makes it ask whoever it routed the payment to.
    pub force_sync: bool,
    /// A dispute that is opened has taken the money; otherwise one that is lost has.
    pub opening_takes_money: bool,
    /// The saved card is named when the payment is confirmed; otherwise when it is created.
    pub confirm_names_method: bool,
}

impl Hyperswitch {
    pub fn new(settings: HyperswitchSettings) -> Self {
        Self { settings }
    }
}

impl Processor for Hyperswitch {
    fn name(&self) -> &'static str {
        "hyperswitch"
    }

    fn live(&self) -> bool {
        self.settings.live
    }

    fn smallest(&self, currency: Currency) -> Money {
        minimum::smallest(currency)
    }

    fn create_body(&self, payment: &NewPayment) -> String {
        requests::create_body(payment, &self.settings)
    }

    fn confirm_body(&self, payment: &NewPayment) -> String {
        requests::confirm_body(payment, &self.settings)
    }

    fn request(&self, order: &Order) -> HttpRequest {
        requests::request(order, &self.settings)
    }

    fn response(&self, order: &Order, response: &HttpResponse) -> Result<Seen, Doubt> {
        responses::meaning(order, response, self.settings.live)
    }

    fn verify(&self, incoming: &Incoming) -> bool {
        signature::is_genuine(incoming, &self.settings.webhook_secrets)
    }

    fn read(&self, incoming: &Incoming) -> Result<Option<ProcessorNotice>, Unreadable> {
        webhook::read(&incoming.body, self.settings.live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn settings() -> HyperswitchSettings {
        HyperswitchSettings {
            api_key: "snd_very_secret".into(),
            webhook_secrets: vec!["very_secret".into()],
            api_base: "https://sandbox.hyperswitch.io".to_owned(),
            profile: None,
            live: false,
            force_sync: true,
            opening_takes_money: true,
            confirm_names_method: true,
        }
    }

    /// A file of `fixtures/hyperswitch`.
    pub(super) fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/fixtures/hyperswitch/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    #[test]
    fn secrets_do_not_print() {
        let printed = format!("{:?} {:?}", Hyperswitch::new(settings()), settings());
        assert!(!printed.contains("very_secret"), "{printed}");
    }
}

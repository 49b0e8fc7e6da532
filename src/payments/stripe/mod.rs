//! Stripe: settings and the way into this folder. What is sent is in `requests.rs`, what answers mean in
//! `responses.rs`, and what Stripe tells us unasked in `signature.rs` and `webhook.rs`.

use secrecy::SecretString;

use super::{Doubt, NewPayment, Order, Processor, ProcessorNotice, Seen, Unreadable, minimum};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::wire::{HttpRequest, HttpResponse, Incoming};

mod checkouts;
mod declines;
mod disputes;
mod intent;
mod missed;
mod refunds;
mod requests;
mod responses;
mod signature;
mod statements;
mod webhook;

/// Sent with every request, so that a release of Stripe's does not change what we read. The version of webhook bodies
/// belongs to the endpoint at Stripe, which is why reading is lenient.
pub const STRIPE_VERSION: &str = "2026-10-28.endive";

#[derive(Debug)]
pub struct Stripe {
    settings: StripeSettings,
}

#[derive(Debug, Clone)]
pub struct StripeSettings {
    pub secret_key: SecretString,
    /// Several while a secret is being replaced; any of them may sign.
    pub webhook_secrets: Vec<SecretString>,
    /// `https://api.stripe.com`, or a stand-in.
    pub api_base: String,
    /// Whether the key is one of live mode. Every receipt has to say the same before it is credited.
    pub live: bool,
    /// Confirming with methods that may redirect can demand a `return_url` although a card off-session never uses it.
    /// Stand-ins may refuse it.
    pub send_return_url: bool,
    /// A declined intent is said to lose its method, so that confirming once more has to name it again. Stand-ins may
    /// refuse it.
    pub confirm_names_method: bool,
}

impl Stripe {
    pub fn new(settings: StripeSettings) -> Self {
        Self { settings }
    }
}

impl Processor for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn live(&self) -> bool {
        self.settings.live
    }

    fn smallest(&self, currency: Currency) -> Money {
        minimum::smallest(currency)
    }

    fn create_body(&self, payment: &NewPayment) -> String {
        requests::create_body(payment)
    }

    fn confirm_body(&self, payment: &NewPayment) -> String {
        requests::confirm_body(payment, &self.settings)
    }

    fn request(&self, order: &Order) -> HttpRequest {
        requests::request(order, &self.settings)
    }

    fn response(&self, order: &Order, response: &HttpResponse) -> Result<Seen, Doubt> {
        responses::meaning(order, response)
    }

    fn verify(&self, incoming: &Incoming) -> bool {
        signature::is_genuine(incoming, &self.settings.webhook_secrets)
    }

    fn read(&self, incoming: &Incoming) -> Result<Option<ProcessorNotice>, Unreadable> {
        webhook::read(&incoming.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn settings() -> StripeSettings {
        StripeSettings {
            secret_key: "sk_test_very_secret".into(),
            webhook_secrets: vec!["whsec_very_secret".into()],
            api_base: "https://api.stripe.com".to_owned(),
            live: false,
            send_return_url: true,
            confirm_names_method: true,
        }
    }

    /// A file of `fixtures/stripe`.
    pub(super) fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/fixtures/stripe/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    #[test]
    fn secrets_do_not_print() {
        let printed = format!("{:?} {:?}", Stripe::new(settings()), settings());
        assert!(!printed.contains("very_secret"), "{printed}");
    }
}

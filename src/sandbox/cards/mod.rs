//! A card processor in the shape of Stripe, on loopback and reached only over HTTP. It moves no money, knows nothing of
//! the application, and remembers what it was asked: an independent witness of what was really charged.
//!
//! A request comes in by `rest.rs`, is counted and admitted by `processor.rs`, named by `operations.rs`, and decided by
//! `model.rs` and the files of its objects (`intents.rs`, `setups.rs`, `checkout.rs`, `refunds.rs`); `webhooks.rs` tells
//! what happened. A person who pays or saves a card comes to a page of the sandbox itself, `hosted.rs`.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Utc};

use super::watch::Watch;
use crate::clock::Clock;
use processor::Processor;
use webhooks::Webhooks;

#[cfg(test)]
mod after_tests;
mod balance;
mod changes;
mod checkout;
mod checkout_cards;
#[cfg(test)]
mod checkout_tests;
mod disputes;
mod errors;
pub(in crate::sandbox) mod faults;
pub(in crate::sandbox) mod form;
pub(in crate::sandbox) mod hosted;
mod hosted_operations;
pub(in crate::sandbox) mod hosted_page;
#[cfg(test)]
mod hosted_tests;
pub(in crate::sandbox) mod html;
mod idempotency;
mod intents;
mod lists;
mod model;
pub(in crate::sandbox) mod objects;
mod operations;
mod page;
mod params;
mod processor;
mod refunds;
pub(in crate::sandbox) mod rest;
mod setups;
pub(in crate::sandbox) mod test_cards;
#[cfg(test)]
mod tests;
pub(in crate::sandbox) mod webhooks;

pub use changes::CardTurn;
pub use disputes::Turn;
pub use faults::{Fault, FaultKind};
pub use refunds::RefundEnd;

pub struct CardsSettings {
    /// Whoever asks has to know it, as bearer or as the name in basic authentication.
    pub secret_key: String,
    pub webhook_url: Option<String>,
    pub webhook_secret: String,
}

/// Money that really moved.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Charge {
    pub payment_intent: String,
    /// In minor units.
    pub amount: i64,
    /// In small letters.
    pub currency: String,
    pub customer: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub at: DateTime<Utc>,
}

/// Money that went back, or is on its way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Refunded {
    pub id: String,
    pub payment_intent: String,
    /// In minor units.
    pub amount: i64,
    /// In small letters.
    pub currency: String,
    /// `pending`, `succeeded` or `failed`.
    pub status: &'static str,
    pub metadata: BTreeMap<String, String>,
    pub at: DateTime<Utc>,
}

/// A running processor. Clones are the same one.
#[derive(Clone)]
pub struct Cards {
    base_url: String,
    processor: Arc<Processor>,
    server: ServerHandle,
}

/// It serves until it is stopped, on whatever address the listener has.
pub async fn start(listener: TcpListener, settings: CardsSettings, clock: Clock) -> std::io::Result<Cards> {
    let base_url = format!("http://{}", listener.local_addr()?);
    let webhooks = Webhooks::new(settings.webhook_url, settings.webhook_secret, webhooks::signature, clock.clone())?;
    let processor = Arc::new(Processor::new(settings.secret_key, webhooks, clock));
    let server = rest::serve(listener, processor.clone())?;
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Cards { base_url, processor, server: handle })
}

impl Cards {
    /// Without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Oldest first.
    pub fn charges(&self) -> Vec<Charge> {
        self.processor.charges()
    }

    /// Oldest first.
    pub fn refunds(&self) -> Vec<Refunded> {
        self.processor.refunds()
    }

    /// What the bank decides about a refund that is pending, or has succeeded and comes back. Whether it could.
    pub fn end_refund(&self, id: &str, end: RefundEnd) -> bool {
        self.processor.end_refund(id, end)
    }

    /// What happens to the charge of a payment intent at its bank. Whether it could.
    pub fn turn(&self, intent: &str, turn: Turn) -> bool {
        self.processor.turn(intent, turn)
    }

    /// What happens to a saved card without its owner. Whether it could.
    pub fn turn_card(&self, method: &str, turn: CardTurn) -> bool {
        self.processor.turn_card(method, turn)
    }

    /// Pays out everything that is owed in this currency, in small letters. Says how much, in minor units.
    pub fn pay_out(&self, currency: &str) -> i64 {
        self.processor.pay_out(currency)
    }

    /// What it told, or would have if nothing had gone wrong, of kinds that begin so: whole messages, oldest first.
    pub fn told(&self, kind: &str) -> Vec<serde_json::Value> {
        self.processor.told(kind)
    }

    /// Method, path and status of every request of the API, oldest first. The status is 0 where no answer was given.
    pub fn requests(&self) -> Vec<(String, String, u16)> {
        self.processor.requests()
    }

    pub fn fault(&self, fault: Fault) {
        self.processor.fault(fault);
    }

    /// Goes wrong only for what speaks of this, such as the name of an account in the metadata.
    pub fn fault_of(&self, of: &str, fault: Fault) {
        self.processor.fault_of(of, fault);
    }

    /// Nothing goes wrong any more for this alone.
    pub fn calm_of(&self, of: &str) {
        self.processor.calm_of(of);
    }

    /// Nothing goes wrong on purpose from now on.
    pub fn calm(&self) {
        self.processor.calm();
    }

    /// Who is told of each request, and may cut it off.
    pub fn watch(&self) -> &Watch {
        &self.processor.watch
    }

    /// For deliveries from now on, those that wait included.
    pub fn set_webhook_url(&self, url: String) {
        self.processor.webhooks.set_url(Some(url));
    }

    /// Answers nobody any more, and delivers nothing that still waits.
    pub async fn stop(&self) {
        self.processor.stop();
        self.server.stop(false).await;
    }
}

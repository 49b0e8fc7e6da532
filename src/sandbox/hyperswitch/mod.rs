//! A card processor in the shape of Hyperswitch, on loopback and reached only over HTTP. Test cards, faults, webhooks and
//! the form for a card it has in common with the Stripe-shaped one; what a payment is and may become is its own.
//!
//! A request comes in by `rest.rs`, is counted and admitted by `service.rs`, named by `operations.rs`, and decided by
//! `model.rs`, `payments.rs` and `refunds.rs`. A person who pays or saves a card comes to a page of its own, `pages.rs`.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::cards::webhooks::Webhooks;
use super::cards::{Fault, RefundEnd, Turn};
use super::watch::Watch;
use crate::clock::Clock;
use service::Service;

mod disputes;
mod errors;
mod fields;
mod lists;
mod model;
mod operations;
mod overview;
mod pages;
mod payments;
mod refunds;
mod rest;
mod service;
mod signature;
#[cfg(test)]
mod tests;

pub struct HyperswitchSettings {
    /// Whoever asks has to know it, in the header `api-key`.
    pub api_key: String,
    pub webhook_url: Option<String>,
    pub webhook_secret: String,
}

/// Money that really moved.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Charge {
    pub payment_id: String,
    /// In minor units.
    pub amount: i64,
    /// In capitals.
    pub currency: String,
    pub customer: Option<String>,
    pub metadata: Value,
    pub at: DateTime<Utc>,
}

/// Money that went back, or is on its way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Refunded {
    pub refund_id: String,
    pub payment_id: String,
    /// In minor units.
    pub amount: i64,
    /// `pending`, `succeeded` or `failed`.
    pub status: &'static str,
    pub at: DateTime<Utc>,
}

/// A running processor. Clones are the same one.
#[derive(Clone)]
pub struct Hyperswitch {
    base_url: String,
    service: Arc<Service>,
    server: ServerHandle,
}

/// It serves until it is stopped, on whatever address the listener has.
pub async fn start(listener: TcpListener, settings: HyperswitchSettings, clock: Clock) -> std::io::Result<Hyperswitch> {
    let base_url = format!("http://{}", listener.local_addr()?);
    let webhooks = Webhooks::new(settings.webhook_url, settings.webhook_secret, signature::of_a_body, clock.clone())?;
    let service = Arc::new(Service::new(settings.api_key, webhooks, clock));
    let server = rest::serve(listener, service.clone())?;
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Hyperswitch { base_url, service, server: handle })
}

impl Hyperswitch {
    /// Without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Oldest first.
    pub fn charges(&self) -> Vec<Charge> {
        self.service.charges()
    }

    /// Oldest first.
    pub fn refunds(&self) -> Vec<Refunded> {
        self.service.refunds()
    }

    /// What the bank decides about a refund that is pending, or has succeeded and comes back. Whether it could.
    pub fn end_refund(&self, id: &str, end: RefundEnd) -> bool {
        self.service.end_refund(id, end)
    }

    /// What happens to a payment at its bank. Whether it could; of warnings nothing is told here.
    pub fn turn(&self, payment: &str, turn: Turn) -> bool {
        self.service.turn(payment, turn)
    }

    /// Saves a test card, by its name, as its owner would on a page, and says what it is called now.
    pub fn save_card(&self, customer: &str, card: &str) -> Option<String> {
        self.service.save_card(customer, card)
    }

    /// Method, path and status of every request of the API, oldest first. The status is 0 where no answer was given.
    pub fn requests(&self) -> Vec<(String, String, u16)> {
        self.service.requests()
    }

    pub fn fault(&self, fault: Fault) {
        self.service.fault(fault);
    }

    /// Nothing goes wrong on purpose from now on.
    pub fn calm(&self) {
        self.service.calm();
    }

    /// Who is told of each request, and may cut it off.
    pub fn watch(&self) -> &Watch {
        &self.service.watch
    }

    /// For deliveries from now on, those that wait included.
    pub fn set_webhook_url(&self, url: String) {
        self.service.webhooks.set_url(Some(url));
    }

    /// Answers nobody any more, and delivers nothing that still waits.
    pub async fn stop(&self) {
        self.service.stop();
        self.server.stop(false).await;
    }
}

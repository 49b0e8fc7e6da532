//! What the processor keeps, and how each thing looks in Stripe's JSON. What may happen to it is for `model.rs`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::test_cards::{self, Behaviour, TestCard};

pub(super) const API_VERSION: &str = "2026-10-28.endive";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Never had a method, or the last one declined.
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Intent {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub customer: Option<String>,
    pub method: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub description: Option<String>,
    pub receipt_email: Option<String>,
    pub status: Status,
    pub created: i64,
    pub canceled_at: Option<i64>,
    pub cancellation_reason: Option<String>,
    pub last_error: Option<Map<String, Value>>,
    pub latest_charge: Option<String>,
    /// `off_session` or `on_session`: the card that pays is saved with the customer.
    pub setup_future_usage: Option<String>,
}

impl Intent {
    pub(super) fn json(&self) -> Value {
        let succeeded = self.status == Status::Succeeded;
        let open = !matches!(self.status, Status::Succeeded | Status::Canceled);
        json!({
            "id": self.id, "object": "payment_intent", "amount": self.amount,
            "amount_capturable": 0, "amount_received": if succeeded { self.amount } else { 0 },
            "canceled_at": self.canceled_at, "cancellation_reason": self.cancellation_reason,
            "capture_method": "automatic_async", "client_secret": format!("{}_secret_sandbox", self.id),
            "confirmation_method": "automatic", "created": self.created, "currency": self.currency,
            "customer": self.customer, "description": self.description,
            "last_payment_error": self.last_error, "latest_charge": self.latest_charge,
            "livemode": false, "metadata": self.metadata,
            "next_action": (open && self.status == Status::RequiresAction)
                .then(|| json!({"type": "use_stripe_sdk", "use_stripe_sdk": {}})),
            "payment_method": self.method, "payment_method_types": ["card"], "processing": null,
            "receipt_email": self.receipt_email, "setup_future_usage": self.setup_future_usage,
            "status": self.status.word(),
        })
    }
}

/// What is printed on a card beside its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Expiry {
    pub month: u32,
    pub year: i32,
}

impl Expiry {
    pub(in crate::sandbox) const FAR: Self = Self { month: 12, year: 2099 };
}

#[derive(Debug, Clone)]
pub(super) struct Method {
    pub id: String,
    pub card: &'static TestCard,
    pub expiry: Expiry,
    /// Detached, or used once without a customer: it can never be charged again.
    pub spent: bool,
    /// The customer was there when it was saved for later, and its bank has seen him.
    pub agreed: bool,
    /// Its bank has sent another, with which nothing is wrong.
    pub renewed: bool,
    pub customer: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
}

impl Method {
    pub(super) fn behaviour(&self) -> Behaviour {
        if self.renewed { Behaviour::Succeeds } else { self.card.behaviour }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "payment_method", "type": "card", "created": self.created, "livemode": false,
            "customer": self.customer, "metadata": self.metadata, "allow_redisplay": "unspecified",
            "billing_details": {"address": null, "email": null, "name": null, "phone": null},
            "card": {"brand": self.card.brand(), "country": "US", "exp_month": self.expiry.month,
                     "exp_year": self.expiry.year, "funding": "credit", "last4": self.card.last4()},
        })
    }
}

#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub id: String,
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
}

impl Customer {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "customer", "created": self.created, "livemode": false, "email": self.email,
            "name": self.name, "phone": self.phone, "description": self.description, "metadata": self.metadata,
            "balance": 0, "invoice_settings": {"default_payment_method": null},
        })
    }
}

/// A try to take money; only those without a failure took any.
#[derive(Debug, Clone)]
pub(super) struct Try {
    pub id: String,
    pub intent: Intent,
    pub method: Method,
    pub failure: Option<(&'static str, &'static str)>,
    pub refunded: i64,
    pub at: DateTime<Utc>,
}

impl Try {
    pub(super) fn json(&self) -> Value {
        let paid = self.failure.is_none();
        let outcome = match self.failure {
            None => json!({"network_status": "approved_by_network", "reason": null, "type": "authorized",
                           "seller_message": "Payment complete."}),
            Some((_, decline)) => json!({"network_status": "declined_by_network", "reason": decline,
                           "type": "issuer_declined", "seller_message": test_cards::message(decline)}),
        };
        json!({
            "id": self.id, "object": "charge", "amount": self.intent.amount,
            "amount_captured": if paid { self.intent.amount } else { 0 }, "amount_refunded": self.refunded,
            "captured": paid, "created": self.at.timestamp(), "currency": self.intent.currency,
            "customer": self.intent.customer, "description": self.intent.description, "disputed": false,
            "failure_code": self.failure.map(|(code, _)| code),
            "failure_message": self.failure.map(|(_, decline)| test_cards::message(decline)),
            "livemode": false, "metadata": self.intent.metadata, "outcome": outcome, "paid": paid,
            "payment_intent": self.intent.id, "payment_method": self.method.id,
            "payment_method_details": {"type": "card", "card": self.method.json()["card"]},
            "receipt_url": null, "refunded": paid && self.refunded == self.intent.amount,
            "status": if paid { "succeeded" } else { "failed" },
        })
    }
}

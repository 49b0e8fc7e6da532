//! All that the processor knows of customers and saved cards, and what it tells. Payments and refunds each have a file of
//! their own. Pure: time is an argument, ids are counted.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::disputes::Dispute;
use super::errors::ApiError;
use super::payments::Payment;
use super::refunds::Refund;
use crate::sandbox::cards::FaultKind;
use crate::sandbox::cards::objects::Expiry;
use crate::sandbox::cards::test_cards::{Refunding, TestCard};

pub(super) const MERCHANT: &str = "merchant_sandbox";

/// A saved card. Its owner was there, and has agreed that it is charged without him.
#[derive(Debug, Clone)]
pub(super) struct Method {
    pub id: String,
    pub customer: String,
    pub card: &'static TestCard,
    pub expiry: Expiry,
}

/// What goes on by itself some time after it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Later {
    /// Wants [`Model::settle`].
    Payment(String),
    /// Wants [`Model::refund_goes_on`].
    Refund(String),
}

pub(super) struct Model {
    /// Part of every id, so that a sandbox started later does not give out the same ids again.
    run: i64,
    next: u64,
    pub customers: BTreeMap<String, Value>,
    pub methods: BTreeMap<String, Method>,
    pub payments: BTreeMap<String, Payment>,
    pub refunds: BTreeMap<String, Refund>,
    pub disputes: BTreeMap<String, Dispute>,
    /// What is wrong with the money that moves next.
    pub wrong: Option<FaultKind>,
    /// How the next refund goes, if not as its card has it.
    pub next_refund: Option<Refunding>,
    news: Vec<Value>,
    later: Vec<Later>,
}

impl Model {
    pub(super) fn new(started: DateTime<Utc>) -> Self {
        Self {
            run: started.timestamp(),
            next: 0,
            customers: BTreeMap::new(),
            methods: BTreeMap::new(),
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            disputes: BTreeMap::new(),
            wrong: None,
            next_refund: None,
            news: Vec::new(),
            later: Vec::new(),
        }
    }

    pub(super) fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}_{:08x}{:08}", self.run, self.next)
    }

    /// The events since the last call.
    pub(super) fn news(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.news)
    }

    /// What has begun since the last call and goes on by itself.
    pub(super) fn unsettled(&mut self) -> Vec<Later> {
        std::mem::take(&mut self.later)
    }

    pub(super) fn goes_on(&mut self, later: Later) {
        self.later.push(later);
    }

    /// `about`: `payment_details`, `refund_details` or `dispute_details`.
    pub(super) fn tell(&mut self, kind: &str, about: &str, object: &Value, now: DateTime<Utc>) {
        let event = self.id("evt");
        self.news.push(json!({
            "merchant_id": MERCHANT, "event_id": event, "event_type": kind,
            "content": {"type": about, "object": object},
            "timestamp": now.to_rfc3339_opts(SecondsFormat::Millis, true),
        }));
    }

    pub(super) fn create_customer(&mut self, id: &str, metadata: Value) -> Result<Value, ApiError> {
        if self.customers.contains_key(id) {
            let message = "Customer with the given `customer_id` already exists";
            return Err(ApiError::new(400, "IR_12", "invalid_request", message));
        }
        let customer = json!({"customer_id": id, "metadata": metadata});
        self.customers.insert(id.to_owned(), customer.clone());
        Ok(customer)
    }

    pub(super) fn save(&mut self, customer: &str, card: &'static TestCard, expiry: Expiry) -> Method {
        let method = Method { id: self.id("pm"), customer: customer.to_owned(), card, expiry };
        self.methods.insert(method.id.clone(), method.clone());
        method
    }

    pub(super) fn delete_method(&mut self, id: &str) -> Result<Value, ApiError> {
        self.methods.remove(id).ok_or_else(|| ApiError::not_found("Payment method"))?;
        Ok(json!({"payment_method_id": id, "deleted": true}))
    }

    pub(super) fn methods_of(&self, customer: &str) -> Value {
        let theirs = self.methods.values().filter(|method| method.customer == customer);
        let listed = theirs.map(|method| json!({"payment_method_id": method.id, "card": method.listed()}));
        json!({"customer_payment_methods": listed.collect::<Vec<_>>()})
    }
}

impl Method {
    pub(super) fn details(&self) -> Value {
        let network = if self.card.brand() == "visa" { "Visa" } else { "Mastercard" };
        json!({
            "last4": self.card.last4(), "card_network": network,
            "card_exp_month": format!("{:02}", self.expiry.month), "card_exp_year": self.expiry.year.to_string(),
        })
    }

    /// The list of a customer's cards has other names for the same.
    fn listed(&self) -> Value {
        json!({
            "last4_digits": self.card.last4(), "scheme": self.details()["card_network"],
            "expiry_month": format!("{:02}", self.expiry.month), "expiry_year": self.expiry.year.to_string(),
        })
    }
}

//! Customers, cards, payment intents and refunds, and what may happen to them. Pure: time is an argument, ids are
//! counted. HTTP, keys and webhooks are for the other files.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::objects::{API_VERSION, Customer, Intent, Method, Refund, Status, Try};
use super::test_cards::{self, Behaviour, TestCard};

/// What an object is created from; names as in Stripe's parameters.
pub(super) struct NewIntent {
    pub amount: i64,
    pub currency: String,
    pub customer: Option<String>,
    pub method: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub description: Option<String>,
    pub receipt_email: Option<String>,
}

pub(super) struct NewRefund {
    pub intent: String,
    pub amount: Option<i64>,
    pub reason: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

#[derive(Default)]
pub(super) struct CustomerDetails {
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

/// Which request makes things happen; events name it.
#[derive(Clone)]
pub(super) struct Cause {
    pub now: DateTime<Utc>,
    pub request: Option<String>,
    pub key: Option<String>,
}

pub(super) struct Model {
    /// Part of every id, so that a sandbox started later does not give out the same ids again.
    run: i64,
    next: u64,
    pub customers: BTreeMap<String, Customer>,
    pub methods: BTreeMap<String, Method>,
    pub intents: BTreeMap<String, Intent>,
    pub tries: BTreeMap<String, Try>,
    pub refunds: BTreeMap<String, Refund>,
    pub events: Vec<Value>,
    /// How many of the events have been taken by [`Model::news`].
    told: usize,
    /// Intents that have begun processing since the last [`Model::unsettled`].
    processing: Vec<String>,
}

impl Model {
    pub(super) fn new(started: DateTime<Utc>) -> Self {
        Self {
            run: started.timestamp(),
            next: 0,
            customers: BTreeMap::new(),
            methods: BTreeMap::new(),
            intents: BTreeMap::new(),
            tries: BTreeMap::new(),
            refunds: BTreeMap::new(),
            events: Vec::new(),
            told: 0,
            processing: Vec::new(),
        }
    }

    /// In the order they were given out, ids also sort.
    pub(super) fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}_{:08x}{:08}", self.run, self.next)
    }

    /// The events since the last call.
    pub(super) fn news(&mut self) -> Vec<Value> {
        let news = self.events[self.told..].to_vec();
        self.told = self.events.len();
        news
    }

    /// The intents that began processing since the last call; each wants [`Model::settle`] some time later.
    pub(super) fn unsettled(&mut self) -> Vec<String> {
        std::mem::take(&mut self.processing)
    }

    fn event(&mut self, kind: &str, object: Value, cause: &Cause) -> Value {
        json!({
            "id": self.id("evt"), "object": "event", "api_version": API_VERSION, "created": cause.now.timestamp(),
            "type": kind, "livemode": false, "pending_webhooks": 1,
            "request": {"id": cause.request, "idempotency_key": cause.key}, "data": {"object": object},
        })
    }

    fn tell(&mut self, kind: &str, object: Value, cause: &Cause) {
        let event = self.event(kind, object, cause);
        self.events.push(event);
    }

    pub(super) fn create_customer(&mut self, details: CustomerDetails, cause: &Cause) -> Value {
        let CustomerDetails { email, name, phone, description, metadata } = details;
        let id = self.id("cus");
        let created = cause.now.timestamp();
        let customer = Customer { id: id.clone(), email, name, phone, description, metadata, created };
        let json = customer.json();
        self.customers.insert(id, customer);
        self.tell("customer.created", json.clone(), cause);
        json
    }

    pub(super) fn customer(&self, id: &str) -> Result<&Customer, ApiError> {
        self.customers.get(id).ok_or_else(|| ApiError::missing("customer", id))
    }

    pub(super) fn create_method(
        &mut self,
        card: &'static TestCard,
        metadata: BTreeMap<String, String>,
        cause: &Cause,
    ) -> Method {
        let id = self.id("pm");
        let method = Method { id: id.clone(), card, customer: None, metadata, created: cause.now.timestamp() };
        self.methods.insert(id, method.clone());
        method
    }

    /// The names of test cards stand for a new method of that card each time, as at Stripe.
    fn method_named(&mut self, id: &str, cause: &Cause) -> Result<Method, ApiError> {
        match (self.methods.get(id), test_cards::find(id)) {
            (Some(method), _) => Ok(method.clone()),
            (None, Some(card)) => Ok(self.create_method(card, BTreeMap::new(), cause)),
            (None, None) => Err(ApiError::missing("PaymentMethod", id)),
        }
    }

    pub(super) fn attach(&mut self, id: &str, customer: &str, cause: &Cause) -> Result<Value, ApiError> {
        self.customer(customer)?;
        let method = self.method_named(id, cause)?;
        if method.customer.as_deref().is_some_and(|owner| owner != customer) {
            return Err(ApiError::invalid(
                "payment_method_unexpected_state",
                "The payment method you provided has already been attached to a customer.",
            ));
        }
        let method = Method { customer: Some(customer.to_owned()), ..method };
        let json = method.json();
        self.methods.insert(method.id.clone(), method);
        self.tell("payment_method.attached", json.clone(), cause);
        Ok(json)
    }

    pub(super) fn detach(&mut self, id: &str, cause: &Cause) -> Result<Value, ApiError> {
        let method = self.methods.get_mut(id).ok_or_else(|| ApiError::missing("PaymentMethod", id))?;
        if method.customer.take().is_none() {
            return Err(ApiError::invalid(
                "payment_method_unexpected_state",
                "The payment method you provided is not attached to a customer so detachment is impossible.",
            ));
        }
        let json = method.json();
        self.tell("payment_method.detached", json.clone(), cause);
        Ok(json)
    }

    pub(super) fn create_intent(&mut self, new: NewIntent, cause: &Cause) -> Result<Value, ApiError> {
        if let Some(customer) = &new.customer {
            self.customer(customer)?;
        }
        let method = new.method.as_deref().map(|id| self.method_of(id, new.customer.as_deref(), cause)).transpose()?;
        let status = if method.is_some() { Status::RequiresConfirmation } else { Status::RequiresPaymentMethod };
        let intent = Intent {
            id: self.id("pi"),
            amount: new.amount,
            currency: new.currency,
            customer: new.customer,
            method: method.map(|method| method.id),
            metadata: new.metadata,
            description: new.description,
            receipt_email: new.receipt_email,
            status,
            created: cause.now.timestamp(),
            canceled_at: None,
            cancellation_reason: None,
            last_error: None,
            latest_charge: None,
        };
        Ok(self.keep(intent, Some("payment_intent.created"), cause))
    }

    /// A saved card pays only for its own customer.
    fn method_of(&mut self, id: &str, customer: Option<&str>, cause: &Cause) -> Result<Method, ApiError> {
        let method = self.method_named(id, cause)?;
        match method.customer.as_deref() {
            Some(owner) if customer != Some(owner) => Err(ApiError::about(
                "payment_method",
                "",
                "The PaymentMethod belongs to a Customer. Please include that Customer as `customer`.",
            )),
            Some(_) | None => Ok(method),
        }
    }

    pub(super) fn intent(&self, id: &str) -> Result<&Intent, ApiError> {
        self.intents.get(id).ok_or_else(|| ApiError::missing("payment_intent", id))
    }

    /// The intent as it is from now on.
    fn keep(&mut self, intent: Intent, event: Option<&str>, cause: &Cause) -> Value {
        let json = intent.json();
        self.intents.insert(intent.id.clone(), intent);
        if let Some(event) = event {
            self.tell(event, json.clone(), cause);
        }
        json
    }

    pub(super) fn confirm(
        &mut self,
        id: &str,
        method: Option<&str>,
        off_session: bool,
        cause: &Cause,
    ) -> Result<Value, ApiError> {
        let intent = self.intent(id)?.clone();
        match intent.status {
            Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction => {}
            Status::Processing | Status::Succeeded | Status::Canceled => {
                let message = format!(
                    "You cannot confirm this PaymentIntent because it has a status of {}.",
                    intent.status.word()
                );
                return Err(ApiError::unexpected_state(&message, intent.json()));
            }
        }
        let Some(method) = method.or(intent.method.as_deref()) else {
            let message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
            return Err(ApiError::unexpected_state(message, intent.json()));
        };
        let method = self.method_of(method, intent.customer.as_deref(), cause)?;
        let intent = Intent { method: Some(method.id.clone()), ..intent };
        match method.card.behaviour {
            Behaviour::Succeeds => Ok(self.succeed(intent, method, cause)),
            Behaviour::Declines { code, decline_code } => {
                Err(self.decline(intent, method, (code, decline_code), cause))
            }
            Behaviour::WantsCustomer if off_session => {
                Err(self.decline(intent, method, ("authentication_required", "authentication_required"), cause))
            }
            Behaviour::WantsCustomer => {
                let intent = Intent { status: Status::RequiresAction, ..intent };
                Ok(self.keep(intent, Some("payment_intent.requires_action"), cause))
            }
            Behaviour::Processes { .. } => {
                self.processing.push(intent.id.clone());
                let intent = Intent { status: Status::Processing, last_error: None, ..intent };
                Ok(self.keep(intent, Some("payment_intent.processing"), cause))
            }
        }
    }

    /// The late outcome of a card that was processing. Nothing if there is none to come.
    pub(super) fn settle(&mut self, id: &str, cause: &Cause) {
        let Some(intent) = self.intents.get(id).filter(|intent| intent.status == Status::Processing).cloned() else {
            return;
        };
        let Some(method) = intent.method.as_ref().and_then(|id| self.methods.get(id)).cloned() else { return };
        let Behaviour::Processes { then } = method.card.behaviour else { return };
        match *then {
            Behaviour::Declines { code, decline_code } => {
                self.decline(intent, method, (code, decline_code), cause);
            }
            Behaviour::Succeeds | Behaviour::WantsCustomer | Behaviour::Processes { .. } => {
                self.succeed(intent, method, cause);
            }
        }
    }

    /// Here, and nowhere else, money moves.
    fn succeed(&mut self, intent: Intent, method: Method, cause: &Cause) -> Value {
        let id = self.id("ch");
        let intent = Intent { status: Status::Succeeded, last_error: None, latest_charge: Some(id.clone()), ..intent };
        let charge = self.record(id, &intent, method, None, cause);
        self.tell("charge.succeeded", charge, cause);
        self.keep(intent, Some("payment_intent.succeeded"), cause)
    }

    /// Back to the beginning, without the method that failed.
    fn decline(
        &mut self,
        intent: Intent,
        method: Method,
        (code, decline_code): (&'static str, &'static str),
        cause: &Cause,
    ) -> ApiError {
        let id = self.id("ch");
        let error = ApiError::new(402, "card_error", code, test_cards::message(decline_code))
            .with("decline_code", json!(decline_code))
            .with("charge", json!(id))
            .with("payment_method", method.json());
        let intent = Intent {
            status: Status::RequiresPaymentMethod,
            method: None,
            last_error: Some(error.error.clone()),
            latest_charge: Some(id.clone()),
            ..intent
        };
        let charge = self.record(id, &intent, method, Some((code, decline_code)), cause);
        self.tell("charge.failed", charge, cause);
        let json = self.keep(intent, Some("payment_intent.payment_failed"), cause);
        ApiError::declined(error.with("payment_intent", json).error)
    }

    fn record(
        &mut self,
        id: String,
        intent: &Intent,
        method: Method,
        failure: Option<(&'static str, &'static str)>,
        cause: &Cause,
    ) -> Value {
        let charge = Try { id: id.clone(), intent: intent.clone(), method, failure, refunded: 0, at: cause.now };
        let json = charge.json();
        self.tries.insert(id, charge);
        json
    }

    /// Afterwards it can never be charged. A card that is processing may yet succeed, so it is too late then.
    pub(super) fn cancel(&mut self, id: &str, reason: Option<String>, cause: &Cause) -> Result<Value, ApiError> {
        let intent = self.intent(id)?.clone();
        match intent.status {
            Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction => {
                let canceled_at = Some(cause.now.timestamp());
                let intent = Intent { status: Status::Canceled, canceled_at, cancellation_reason: reason, ..intent };
                Ok(self.keep(intent, Some("payment_intent.canceled"), cause))
            }
            Status::Processing | Status::Succeeded | Status::Canceled => {
                let message = format!(
                    "You cannot cancel this PaymentIntent because it has a status of {}.",
                    intent.status.word()
                );
                Err(ApiError::unexpected_state(&message, intent.json()))
            }
        }
    }

    pub(super) fn refund(&mut self, new: NewRefund, cause: &Cause) -> Result<Value, ApiError> {
        let intent = self.intent(&new.intent)?;
        let charge = intent.latest_charge.as_ref().and_then(|id| self.tries.get(id));
        let Some(charge) = charge.filter(|charge| charge.failure.is_none()) else {
            return Err(ApiError::about("payment_intent", "", "This PaymentIntent does not have a successful charge."));
        };
        let left = charge.intent.amount - charge.refunded;
        if left == 0 {
            let message = format!("Charge {} has already been refunded.", charge.id);
            return Err(ApiError::invalid("charge_already_refunded", &message));
        }
        let amount = new.amount.unwrap_or(left);
        if !(1..=left).contains(&amount) {
            let message = format!("Refund amount ({amount}) is not between 1 and the unrefunded amount ({left}).");
            return Err(ApiError::about("amount", "", &message));
        }
        let (charge, currency) = (charge.id.clone(), intent.currency.clone());
        let (intent, reason, metadata) = (new.intent, new.reason, new.metadata);
        let id = self.id("re");
        let created = cause.now.timestamp();
        let refund =
            Refund { id: id.clone(), intent, charge: charge.clone(), amount, currency, reason, metadata, created };
        let json = refund.json();
        self.refunds.insert(id, refund);
        let charge = self.tries.get_mut(&charge).expect("it has just been read, and tries are never forgotten");
        charge.refunded += amount;
        let charge = charge.json();
        self.tell("refund.created", json.clone(), cause);
        self.tell("charge.refunded", charge, cause);
        Ok(json)
    }

    /// Replies carry ids; who asks for it gets the last charge whole.
    pub(super) fn expand(&self, mut json: Value, names: &[String]) -> Value {
        if names.iter().any(|name| name == "latest_charge")
            && let Some(charge) = json["latest_charge"].as_str().and_then(|id| self.tries.get(id))
        {
            json["latest_charge"] = charge.json();
        }
        json
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;

//! All that the processor knows: customers, cards, refunds and events, and what may happen to them; payment intents
//! have `intents.rs`. Pure: time is an argument, ids are counted. HTTP, keys and webhooks are for the other files.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::objects::{API_VERSION, Customer, Intent, Method, Refund, Try};
use super::test_cards::{self, TestCard};

/// What an object is created from; names as in Stripe's parameters.
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
    pub processing: Vec<String>,
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

    pub(super) fn tell(&mut self, kind: &str, object: Value, cause: &Cause) {
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
    pub(super) fn method_named(&mut self, id: &str, cause: &Cause) -> Result<Method, ApiError> {
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

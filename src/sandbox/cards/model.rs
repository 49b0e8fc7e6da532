//! All that the processor knows, and what may happen to customers, cards and events. Payment intents, set-up intents,
//! checkout sessions and refunds each have a file of their own. Pure: time is an argument, ids are counted. HTTP, keys and webhooks are for the other files.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::balance::Transaction;
use super::checkout::Session;
use super::disputes::Dispute;
use super::errors::ApiError;
use super::faults::FaultKind;
use super::objects::{API_VERSION, Customer, Expiry, Intent, Method, Try};
use super::refunds::Refund;
use super::setups::Setup;
use super::test_cards::{self, Refunding, TestCard};

/// What an object is created from; names as in Stripe's parameters.
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
    /// How whoever asks addresses the sandbox; the addresses of its pages begin so. Without a slash at the end.
    pub base_url: String,
}

/// What goes on by itself some time after it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Later {
    /// A card that is processing; wants [`Model::settle`].
    Intent(String),
    /// Wants [`Model::refund_goes_on`].
    Refund(String),
    /// A checkout session stays open until then; wants [`Model::expire_due`].
    Session(DateTime<Utc>),
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
    pub setups: BTreeMap<String, Setup>,
    pub sessions: BTreeMap<String, Session>,
    /// What the merchant is owed, movement by movement.
    pub transactions: BTreeMap<String, Transaction>,
    pub disputes: BTreeMap<String, Dispute>,
    /// What is wrong with the money that moves next.
    pub wrong: Option<FaultKind>,
    /// How the next refund goes, if not as its card has it.
    pub next_refund: Option<Refunding>,
    pub events: Vec<Value>,
    /// How many of the events have been taken by [`Model::news`].
    told: usize,
    /// What has begun since the last [`Model::unsettled`].
    pub later: Vec<Later>,
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
            setups: BTreeMap::new(),
            sessions: BTreeMap::new(),
            transactions: BTreeMap::new(),
            disputes: BTreeMap::new(),
            wrong: None,
            next_refund: None,
            events: Vec::new(),
            told: 0,
            later: Vec::new(),
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

    /// What has begun since the last call and goes on by itself.
    pub(super) fn unsettled(&mut self) -> Vec<Later> {
        std::mem::take(&mut self.later)
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
        expiry: Expiry,
        metadata: BTreeMap<String, String>,
        cause: &Cause,
    ) -> Method {
        let id = self.id("pm");
        let created = cause.now.timestamp();
        let method = Method {
            id: id.clone(),
            card,
            expiry,
            spent: false,
            agreed: false,
            renewed: false,
            customer: None,
            metadata,
            created,
        };
        self.methods.insert(id, method.clone());
        method
    }

    /// The names of test cards stand for a new method of that card each time, as at Stripe.
    pub(super) fn method_named(&mut self, id: &str, cause: &Cause) -> Result<Method, ApiError> {
        match (self.methods.get(id), test_cards::find(id)) {
            (Some(method), _) => Ok(method.clone()),
            (None, Some(card)) => Ok(self.create_method(card, Expiry::FAR, BTreeMap::new(), cause)),
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
        if method.spent {
            return Err(spent());
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
        method.spent = true;
        let json = method.json();
        self.tell("payment_method.detached", json.clone(), cause);
        Ok(json)
    }

    /// Replies carry ids; who asks for it gets the thing itself. `a.b` is the b of the a.
    pub(super) fn expand(&self, mut json: Value, names: &[String]) -> Value {
        for name in names {
            let mut place = &mut json;
            for step in name.split('.') {
                let Some(deeper) = place.get_mut(step) else { break };
                if let Some(object) = deeper.as_str().and_then(|id| self.object(id)) {
                    *deeper = object;
                }
                place = deeper;
            }
        }
        json
    }

    /// The words of a request, and those of the objects it names.
    pub(super) fn spoken_of(&self, path: &str, params: &str) -> String {
        let values = params.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
        let named = path.split('/').chain(values).filter_map(|id| {
            let session = || self.sessions.get(id).map(Session::json);
            let refund = || self.refunds.get(id).map(Refund::json);
            self.object(id).or_else(session).or_else(refund)
        });
        named.fold(params.to_owned(), |words, object| format!("{words} {object}"))
    }

    pub(super) fn object(&self, id: &str) -> Option<Value> {
        let customer = || self.customers.get(id).map(Customer::json);
        let method = || self.methods.get(id).map(Method::json);
        let intent = || self.intents.get(id).map(Intent::json);
        let setup = || self.setups.get(id).map(Setup::json);
        let charge = || self.tries.get(id).map(Try::json);
        let refund = || self.refunds.get(id).map(Refund::json);
        let dispute = || self.disputes.get(id).map(|dispute| dispute.json(self));
        charge().or_else(refund).or_else(dispute).or_else(intent).or_else(setup).or_else(method).or_else(customer)
    }
}

pub(super) fn spent() -> ApiError {
    ApiError::invalid(
        "payment_method_unexpected_state",
        "The provided PaymentMethod was previously used without a customer, or was detached from one. It may not be \
         used again.",
    )
}

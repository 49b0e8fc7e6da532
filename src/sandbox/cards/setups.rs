//! Set-up intents: saving a card with its owner's agreement to later charges, without taking money.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::errors::ApiError;
use super::intents::Presence;
use super::model::{Cause, Model};
use super::objects::{Method, Status};
use super::test_cards::{self, Saving};

#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub id: String,
    pub customer: Option<String>,
    pub method: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub description: Option<String>,
    /// `off_session` or `on_session`.
    pub usage: String,
    pub status: Status,
    pub last_error: Option<Map<String, Value>>,
    pub created: i64,
}

impl Setup {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "setup_intent", "livemode": false, "created": self.created,
            "client_secret": format!("{}_secret_sandbox", self.id), "customer": self.customer,
            "description": self.description, "last_setup_error": self.last_error, "metadata": self.metadata,
            "next_action": (self.status == Status::RequiresAction)
                .then(|| json!({"type": "use_stripe_sdk", "use_stripe_sdk": {}})),
            "payment_method": self.method, "payment_method_types": ["card"], "status": self.status.word(),
            "usage": self.usage,
        })
    }
}

/// What an object is created from; names as in Stripe's parameters.
pub(super) struct NewSetup {
    pub customer: Option<String>,
    pub method: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub description: Option<String>,
    pub usage: Option<String>,
}

impl Model {
    pub(super) fn create_setup(&mut self, new: NewSetup, cause: &Cause) -> Result<Setup, ApiError> {
        if let Some(customer) = &new.customer {
            self.customer(customer)?;
        }
        let method = new.method.as_deref().map(|id| self.method_of(id, new.customer.as_deref(), cause)).transpose()?;
        let setup = Setup {
            id: self.id("seti"),
            customer: new.customer,
            status: if method.is_some() { Status::RequiresConfirmation } else { Status::RequiresPaymentMethod },
            method: method.map(|method| method.id),
            metadata: new.metadata,
            description: new.description,
            usage: new.usage.unwrap_or_else(|| "off_session".to_owned()),
            last_error: None,
            created: cause.now.timestamp(),
        };
        self.keep_setup(setup.clone(), Some("setup_intent.created"), cause);
        Ok(setup)
    }

    pub(super) fn setup(&self, id: &str) -> Result<&Setup, ApiError> {
        self.setups.get(id).ok_or_else(|| ApiError::missing("setup_intent", id))
    }

    /// The set-up as it is from now on.
    pub(super) fn keep_setup(&mut self, setup: Setup, event: Option<&str>, cause: &Cause) -> Value {
        let json = setup.json();
        self.setups.insert(setup.id.clone(), setup);
        if let Some(event) = event {
            self.tell(event, json.clone(), cause);
        }
        json
    }

    pub(super) fn confirm_setup(&mut self, id: &str, method: Option<&str>, cause: &Cause) -> Result<Value, ApiError> {
        let setup = self.setup(id)?.clone();
        let state = |message: &str| {
            let error = ApiError::invalid("setup_intent_unexpected_state", message).with("setup_intent", setup.json());
            ApiError { executed: true, ..error }
        };
        if self.sessions.values().any(|session| session.open() && session.setup_intent.as_deref() == Some(id)) {
            return Err(state("This SetupIntent belongs to an open Checkout Session."));
        }
        match setup.status {
            Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction => {}
            Status::Processing | Status::Succeeded | Status::Canceled => {
                let word = setup.status.word();
                return Err(state(&format!("You cannot confirm this SetupIntent because it has a status of {word}.")));
            }
        }
        let Some(method) = method.or(setup.method.as_deref()) else {
            return Err(state("You cannot confirm this SetupIntent because it's missing a payment method."));
        };
        let method = self.method_of(method, setup.customer.as_deref(), cause)?;
        self.set_up(setup, method, Presence::There, cause)
    }

    /// What the card says to being saved.
    pub(super) fn set_up(
        &mut self,
        setup: Setup,
        method: Method,
        presence: Presence,
        cause: &Cause,
    ) -> Result<Value, ApiError> {
        let setup = Setup { method: Some(method.id.clone()), ..setup };
        match (method.card.saving(), presence) {
            (Saving::Declines { code, decline_code }, _) => {
                let error = ApiError::new(402, "card_error", code, test_cards::message(decline_code))
                    .with("decline_code", json!(decline_code))
                    .with("payment_method", method.json());
                Err(self.fail_setup(setup, error, cause))
            }
            (Saving::WantsCustomer, Presence::Away | Presence::There) => {
                let setup = Setup { status: Status::RequiresAction, ..setup };
                Ok(self.keep_setup(setup, Some("setup_intent.requires_action"), cause))
            }
            (Saving::Succeeds, _) | (Saving::WantsCustomer, Presence::Agrees) => {
                if let (Some(customer), None) = (&setup.customer, &method.customer) {
                    self.attach(&method.id, customer, cause)?;
                }
                let saved = self.methods.get_mut(&method.id).expect("it was given, and methods are never forgotten");
                saved.agreed = true;
                let setup = Setup { status: Status::Succeeded, last_error: None, ..setup };
                Ok(self.keep_setup(setup, Some("setup_intent.succeeded"), cause))
            }
        }
    }

    /// Back to the beginning, without the method that failed.
    pub(super) fn fail_setup(&mut self, setup: Setup, error: ApiError, cause: &Cause) -> ApiError {
        let (status, last_error) = (Status::RequiresPaymentMethod, Some(error.error.clone()));
        let json = self.keep_setup(
            Setup { status, last_error, method: None, ..setup },
            Some("setup_intent.setup_failed"),
            cause,
        );
        ApiError::declined(error.with("setup_intent", json).error)
    }
}

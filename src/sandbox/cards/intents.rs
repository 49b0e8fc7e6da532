//! The life of a payment intent: created, confirmed, declined and confirmed again, settled late, or canceled. Money
//! moves at one place of this file and nowhere else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::balance::fee;
use super::errors::ApiError;
use super::faults::FaultKind;
use super::model::{Cause, Later, Model, spent};
use super::objects::{Intent, Method, Status, Try};
use super::test_cards::{self, Behaviour};

/// What an object is created from; names as in Stripe's parameters.
pub(super) struct NewIntent {
    pub amount: i64,
    pub currency: String,
    pub customer: Option<String>,
    pub method: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub description: Option<String>,
    pub receipt_email: Option<String>,
    pub setup_future_usage: Option<String>,
}

/// Where the customer is while his card is charged or saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Away,
    There,
    /// His bank has asked him, and he has agreed.
    Agrees,
}

impl Model {
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
            setup_future_usage: new.setup_future_usage,
        };
        Ok(self.keep(intent, Some("payment_intent.created"), cause))
    }

    /// A saved card pays only for its own customer.
    pub(super) fn method_of(&mut self, id: &str, customer: Option<&str>, cause: &Cause) -> Result<Method, ApiError> {
        let method = self.method_named(id, cause)?;
        if method.spent {
            return Err(spent());
        }
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
    pub(super) fn keep(&mut self, intent: Intent, event: Option<&str>, cause: &Cause) -> Value {
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
        self.at_no_page(&intent)?;
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
        let presence = if off_session { Presence::Away } else { Presence::There };
        self.charge(intent, method, presence, cause)
    }

    /// While somebody may pay it at a hosted page, nobody else pays or cancels it.
    fn at_no_page(&self, intent: &Intent) -> Result<(), ApiError> {
        let id = Some(&intent.id);
        if self.sessions.values().any(|session| session.open() && session.payment_intent.as_ref() == id) {
            let message = "This PaymentIntent belongs to an open Checkout Session. Expire the session instead.";
            return Err(ApiError::unexpected_state(message, intent.json()));
        }
        Ok(())
    }

    /// What the card says to it.
    pub(super) fn charge(
        &mut self,
        intent: Intent,
        method: Method,
        presence: Presence,
        cause: &Cause,
    ) -> Result<Value, ApiError> {
        let intent = Intent { method: Some(method.id.clone()), ..intent };
        let wants = match method.behaviour() {
            Behaviour::WantsCustomer => true,
            Behaviour::WantsCustomerOnce { .. } => !(method.agreed && presence == Presence::Away),
            Behaviour::Succeeds
            | Behaviour::HasOnly { .. }
            | Behaviour::Declines { .. }
            | Behaviour::DeclinesOnceSaved { .. }
            | Behaviour::Processes { .. } => false,
        };
        match presence {
            Presence::Away if wants => {
                Err(self.decline(intent, method, ("authentication_required", "authentication_required"), cause))
            }
            Presence::There if wants => {
                let intent = Intent { status: Status::RequiresAction, ..intent };
                Ok(self.keep(intent, Some("payment_intent.requires_action"), cause))
            }
            Presence::Away | Presence::There | Presence::Agrees => {
                self.conclude(method.behaviour(), intent, method, cause)
            }
        }
    }

    /// Nobody has to be asked any more.
    fn conclude(
        &mut self,
        behaviour: Behaviour,
        intent: Intent,
        method: Method,
        cause: &Cause,
    ) -> Result<Value, ApiError> {
        match behaviour {
            Behaviour::Succeeds | Behaviour::WantsCustomer => Ok(self.succeed(intent, method, cause)),
            Behaviour::HasOnly { minor } if intent.amount <= minor => Ok(self.succeed(intent, method, cause)),
            Behaviour::HasOnly { .. } => {
                Err(self.decline(intent, method, ("card_declined", "insufficient_funds"), cause))
            }
            Behaviour::WantsCustomerOnce { then } => self.conclude(*then, intent, method, cause),
            Behaviour::Declines { code, decline_code } | Behaviour::DeclinesOnceSaved { code, decline_code } => {
                Err(self.decline(intent, method, (code, decline_code), cause))
            }
            Behaviour::Processes { .. } => {
                self.later.push(Later::Intent(intent.id.clone()));
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
        let Behaviour::Processes { then } = method.behaviour() else { return };
        // A decline is told by its event.
        let _ = self.conclude(*then, intent, method, cause);
        self.session_settled(id, cause);
    }

    /// Here, and nowhere else, money moves.
    fn succeed(&mut self, mut intent: Intent, method: Method, cause: &Cause) -> Value {
        match self.wrong.take() {
            Some(FaultKind::OtherAmount) => intent.amount += 1,
            Some(FaultKind::OtherCurrency) => "eur".clone_into(&mut intent.currency),
            Some(FaultKind::OtherCustomer) => intent.customer = Some("cus_somebody_else".to_owned()),
            Some(_) | None => {}
        }
        let id = self.id("ch");
        let intent = Intent { status: Status::Succeeded, last_error: None, latest_charge: Some(id.clone()), ..intent };
        let charge = self.record(id, &intent, method, None, cause);
        let paid = (intent.amount, intent.currency.as_str());
        self.owe("charge", charge["id"].as_str().unwrap_or_default(), paid, fee(intent.amount), cause);
        self.tell("charge.succeeded", charge, cause);
        self.saved_or_spent(&intent, cause);
        self.keep(intent, Some("payment_intent.succeeded"), cause)
    }

    /// The card that has paid stays with its customer if that was agreed; one without a customer pays only once.
    fn saved_or_spent(&mut self, intent: &Intent, cause: &Cause) {
        let Some(method) = intent.method.as_ref().and_then(|id| self.methods.get_mut(id)) else { return };
        let (id, saved) = (method.id.clone(), method.customer.is_some());
        match (&intent.setup_future_usage, &intent.customer) {
            (Some(_), Some(customer)) => {
                method.agreed = true;
                if !saved {
                    self.attach(&id, customer, cause).expect("it is nobody's, not spent, and its customer is known");
                }
            }
            _ => method.spent = !saved,
        }
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

    /// His bank has asked the customer, and he did not agree.
    pub(super) fn fail_authentication(&mut self, intent: Intent, cause: &Cause) -> ApiError {
        let message = "We are unable to authenticate your payment method. Please choose a different payment method \
                       and try again.";
        let code = "payment_intent_authentication_failure";
        let error = ApiError::new(402, "card_error", code, message);
        let status = Status::RequiresPaymentMethod;
        let intent = Intent { status, method: None, last_error: Some(error.error.clone()), ..intent };
        let json = self.keep(intent, Some("payment_intent.payment_failed"), cause);
        ApiError::declined(error.with("payment_intent", json).error)
    }

    /// Afterwards it can never be charged. A card that is processing may yet succeed, so it is too late then.
    pub(super) fn cancel(&mut self, id: &str, reason: Option<String>, cause: &Cause) -> Result<Value, ApiError> {
        let intent = self.intent(id)?.clone();
        self.at_no_page(&intent)?;
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
}

#[cfg(test)]
#[path = "intents_tests.rs"]
mod tests;

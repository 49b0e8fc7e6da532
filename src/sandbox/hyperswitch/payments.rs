//! The life of a payment: created, confirmed, failed for good, settled late, or cancelled. One may be made at a page. Money
//! moves at one place of this file and nowhere else.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::model::{Later, Method, Model};
use crate::sandbox::cards::FaultKind;
use crate::sandbox::cards::test_cards::{self, Behaviour, Saving};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresCustomerAction,
    Processing,
    Succeeded,
    Failed,
    Cancelled,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresCustomerAction => "requires_customer_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a payment is created from; names as in Hyperswitch's fields.
#[derive(Debug, Clone)]
pub(super) struct NewPayment {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub customer: Option<String>,
    pub metadata: Value,
    pub description: Option<String>,
    pub return_url: Option<String>,
    /// The card is kept, with its owner's agreement.
    pub saves: bool,
    /// The saved card that will pay.
    pub method: Option<String>,
    /// Where its page is and until when, if it has one.
    pub page: Option<(String, TimeDelta)>,
}

#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub new: NewPayment,
    pub status: Status,
    /// The card that was used; saved only if it is among the methods.
    pub used: Option<Method>,
    pub failure: Option<&'static str>,
    pub refunded: i64,
    pub created: DateTime<Utc>,
    /// When the money moved.
    pub paid_at: Option<DateTime<Utc>>,
}

impl Payment {
    pub(super) fn json(&self) -> Value {
        let new = &self.new;
        let paid = self.status == Status::Succeeded;
        let expires =
            new.page.as_ref().map(|(_, open)| (self.created + *open).to_rfc3339_opts(SecondsFormat::Millis, true));
        let saved = self.used.as_ref().filter(|_| new.saves || new.method.is_some());
        json!({
            "payment_id": new.id, "merchant_id": super::model::MERCHANT, "status": self.status.word(),
            "amount": new.amount, "net_amount": new.amount, "amount_received": paid.then_some(new.amount),
            "amount_capturable": 0, "currency": new.currency, "customer_id": new.customer,
            "metadata": new.metadata, "description": new.description, "return_url": new.return_url,
            "capture_method": "automatic", "client_secret": format!("{}_secret_sandbox", new.id),
            "setup_future_usage": new.saves.then_some("off_session"), "payment_method": "card",
            "payment_method_id": saved.map(|method| &method.id),
            "payment_method_data": self.used.as_ref().map(|method| json!({"card": method.details()})),
            "error_code": self.failure, "error_message": self.failure.map(test_cards::message),
            "payment_link": new.page.as_ref().map(|(link, _)| json!({"link": link, "payment_link_id": format!("plink_{}", new.id)})),
            "expires_on": expires, "created": self.created.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
    }

    /// Its page is there for its customer.
    pub(super) fn is_open(&self, now: DateTime<Utc>) -> bool {
        let waits = matches!(self.status, Status::RequiresPaymentMethod | Status::RequiresCustomerAction);
        waits && self.new.page.as_ref().is_some_and(|(_, open)| now < self.created + *open)
    }
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
    pub(super) fn create_payment(&mut self, new: NewPayment, now: DateTime<Utc>) -> Result<Value, ApiError> {
        if self.payments.contains_key(&new.id) {
            return Err(ApiError::duplicate("payment"));
        }
        let used = new.method.as_deref().map(|id| self.method_of(id, new.customer.as_deref())).transpose()?;
        let status = if used.is_some() { Status::RequiresConfirmation } else { Status::RequiresPaymentMethod };
        let payment = Payment { new, status, used, failure: None, refunded: 0, created: now, paid_at: None };
        Ok(self.keep(payment, None, now))
    }

    pub(super) fn payment(&self, id: &str) -> Result<&Payment, ApiError> {
        self.payments.get(id).ok_or_else(|| ApiError::not_found("Payment"))
    }

    /// A saved card pays only for its own customer.
    fn method_of(&self, id: &str, customer: Option<&str>) -> Result<Method, ApiError> {
        let method = self.methods.get(id).filter(|method| customer == Some(&method.customer));
        method.cloned().ok_or_else(|| ApiError::not_found("Payment method"))
    }

    /// The payment as it is from now on.
    pub(super) fn keep(&mut self, payment: Payment, event: Option<&str>, now: DateTime<Utc>) -> Value {
        let json = payment.json();
        self.payments.insert(payment.new.id.clone(), payment);
        if let Some(event) = event {
            self.tell(event, "payment_details", &json, now);
        }
        json
    }

    /// Off-session, with the saved card that is named here or was named before.
    pub(super) fn confirm(&mut self, id: &str, method: Option<&str>, now: DateTime<Utc>) -> Result<Value, ApiError> {
        let payment = self.payment(id)?.clone();
        match payment.status {
            Status::RequiresPaymentMethod | Status::RequiresConfirmation => {}
            status @ (Status::RequiresCustomerAction
            | Status::Processing
            | Status::Succeeded
            | Status::Failed
            | Status::Cancelled) => return Err(ApiError::wrong_state("confirm", status.word())),
        }
        let method =
            method.or(payment.new.method.as_deref()).ok_or_else(|| ApiError::missing_field("recurring_details"))?;
        let method = self.method_of(method, payment.new.customer.as_deref())?;
        let new = NewPayment { method: Some(method.id.clone()), ..payment.new.clone() };
        Ok(self.charge(Payment { new, ..payment }, method, Presence::Away, now))
    }

    /// What the card says to it. Off-session some banks refuse, and others wait for the customer in vain.
    pub(super) fn charge(&mut self, payment: Payment, method: Method, presence: Presence, now: DateTime<Utc>) -> Value {
        let payment = Payment { used: Some(method.clone()), ..payment };
        if payment.new.amount == 0 {
            return self.only_save(payment, method, presence, now);
        }
        match (method.card.behaviour, presence) {
            (Behaviour::WantsCustomer, Presence::Away | Presence::There)
            | (Behaviour::WantsCustomerOnce { .. }, Presence::There) => self.ask_customer(payment, now),
            (Behaviour::WantsCustomerOnce { then }, _) => self.conclude(*then, payment, now),
            (behaviour, _) => self.conclude(behaviour, payment, now),
        }
    }

    fn only_save(&mut self, payment: Payment, method: Method, presence: Presence, now: DateTime<Utc>) -> Value {
        match (method.card.saving(), presence) {
            (Saving::Declines { decline_code, .. }, _) => self.fail(payment, decline_code, now),
            (Saving::WantsCustomer, Presence::Away | Presence::There) => self.ask_customer(payment, now),
            (Saving::Succeeds, _) | (Saving::WantsCustomer, Presence::Agrees) => self.succeed(payment, now),
        }
    }

    fn ask_customer(&mut self, payment: Payment, now: DateTime<Utc>) -> Value {
        self.keep(Payment { status: Status::RequiresCustomerAction, ..payment }, Some("action_required"), now)
    }

    /// Nobody has to be asked any more.
    fn conclude(&mut self, behaviour: Behaviour, payment: Payment, now: DateTime<Utc>) -> Value {
        match behaviour {
            Behaviour::Succeeds | Behaviour::WantsCustomer => self.succeed(payment, now),
            Behaviour::HasOnly { minor } if payment.new.amount <= minor => self.succeed(payment, now),
            Behaviour::HasOnly { .. } => self.fail(payment, "insufficient_funds", now),
            Behaviour::WantsCustomerOnce { then } => self.conclude(*then, payment, now),
            Behaviour::Declines { decline_code, .. } | Behaviour::DeclinesOnceSaved { decline_code, .. } => {
                self.fail(payment, decline_code, now)
            }
            Behaviour::Processes { .. } => {
                self.goes_on(Later::Payment(payment.new.id.clone()));
                self.keep(Payment { status: Status::Processing, ..payment }, Some("payment_processing"), now)
            }
        }
    }

    /// The late outcome of a card that was processing. Nothing if there is none to come.
    pub(super) fn settle(&mut self, id: &str, now: DateTime<Utc>) {
        let Some(payment) = self.payments.get(id).filter(|payment| payment.status == Status::Processing).cloned()
        else {
            return;
        };
        let behaviour = payment.used.as_ref().map(|method| method.card.behaviour);
        if let Some(Behaviour::Processes { then }) = behaviour {
            self.conclude(*then, payment, now);
        }
    }

    /// Here, and nowhere else, money moves. The card stays if that was agreed.
    fn succeed(&mut self, mut payment: Payment, now: DateTime<Utc>) -> Value {
        match self.wrong.take() {
            Some(FaultKind::OtherAmount) => payment.new.amount += 1,
            Some(FaultKind::OtherCurrency) => "EUR".clone_into(&mut payment.new.currency),
            Some(FaultKind::OtherCustomer) => payment.new.customer = Some("somebody_else".to_owned()),
            Some(_) | None => {}
        }
        if let (true, Some(customer), Some(used)) = (payment.new.saves, &payment.new.customer, &payment.used) {
            let (card, expiry) = (used.card, used.expiry);
            payment.used = Some(self.save(customer, card, expiry));
        }
        let paid_at = (payment.new.amount > 0).then_some(now);
        self.keep(Payment { status: Status::Succeeded, paid_at, ..payment }, Some("payment_succeeded"), now)
    }

    /// For good: such a payment is never confirmed again.
    pub(super) fn fail(&mut self, payment: Payment, why: &'static str, now: DateTime<Utc>) -> Value {
        self.keep(Payment { status: Status::Failed, failure: Some(why), ..payment }, Some("payment_failed"), now)
    }

    /// Afterwards it can never be charged. One that is processing may yet succeed, so it is too late then.
    pub(super) fn cancel(&mut self, id: &str, now: DateTime<Utc>) -> Result<Value, ApiError> {
        let payment = self.payment(id)?.clone();
        match payment.status {
            Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresCustomerAction => {
                Ok(self.keep(Payment { status: Status::Cancelled, ..payment }, Some("payment_cancelled"), now))
            }
            status @ (Status::Processing | Status::Succeeded | Status::Failed | Status::Cancelled) => {
                Err(ApiError::wrong_state("cancel", status.word()))
            }
        }
    }
}

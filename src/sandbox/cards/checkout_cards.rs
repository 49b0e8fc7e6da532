//! A card typed at a checkout session: it is charged or saved, its bank may ask for the person, and the session is
//! complete or stays open for another card.

use std::collections::BTreeMap;

use super::checkout::{Purpose, Session, Stage};
use super::errors::ApiError;
use super::intents::{NewIntent, Presence};
use super::model::{Cause, CustomerDetails, Model};
use super::objects::{Expiry, Intent, Status};
use super::setups::Setup;
use super::test_cards::TestCard;

/// What came of a card that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entered {
    Complete,
    WantsCustomer,
}

impl Model {
    /// A card was typed on the page of an open session. After a decline the session stays open for another.
    pub(super) fn enter_card(
        &mut self,
        id: &str,
        card: &'static TestCard,
        expiry: Expiry,
        cause: &Cause,
    ) -> Result<Entered, ApiError> {
        self.find_customer(id, cause)?;
        let session = self.open_session(id)?;
        let method = self.create_method(card, expiry, BTreeMap::new(), cause);
        match &session.setup_intent {
            Some(setup) => {
                let setup = Setup { customer: session.new.customer.clone(), ..self.setup(setup)?.clone() };
                self.set_up(setup, method, Presence::There, cause)?;
            }
            None => {
                let intent = self.intent_of(session, cause)?;
                self.charge(intent, method, Presence::There, cause)?;
            }
        }
        self.entered(id, cause)
    }

    /// The bank's question is answered.
    pub(super) fn answer_bank(&mut self, id: &str, agrees: bool, cause: &Cause) -> Result<Entered, ApiError> {
        let session = self.open_session(id)?;
        if let Some(setup) = &session.setup_intent {
            let setup = self.setup(setup)?.clone();
            let method = asked(setup.status, setup.method.as_deref())?;
            let method = self.method_named(method, cause)?;
            match agrees {
                true => self.set_up(setup, method, Presence::Agrees, cause)?,
                false => return Err(self.fail_setup(setup, not_authenticated(), cause)),
            };
        } else if let Some(intent) = &session.payment_intent {
            let intent = self.intent(intent)?.clone();
            let method = asked(intent.status, intent.method.as_deref())?;
            let method = self.method_named(method, cause)?;
            match agrees {
                true => self.charge(intent, method, Presence::Agrees, cause)?,
                false => return Err(self.fail_authentication(intent, cause)),
            };
        }
        self.entered(id, cause)
    }

    /// Whether the bank of the card that was typed waits for an answer.
    pub(super) fn bank_asks(&self, session: &Session) -> bool {
        let setup = session.setup_intent.as_ref().and_then(|id| Some(self.setups.get(id)?.status));
        let intent = session.payment_intent.as_ref().and_then(|id| Some(self.intents.get(id)?.status));
        session.open() && setup.or(intent) == Some(Status::RequiresAction)
    }

    fn open_session(&self, id: &str) -> Result<Session, ApiError> {
        let session = self.session(id)?;
        if session.open() {
            return Ok(session.clone());
        }
        let word = session.stage.word();
        Err(ApiError::invalid("", &format!("This Checkout Session is not open any more, it has a status of {word}.")))
    }

    /// Nothing can be saved for nobody: such a session gets a customer of its own.
    fn find_customer(&mut self, id: &str, cause: &Cause) -> Result<(), ApiError> {
        let mut session = self.open_session(id)?;
        let saves = !matches!(&session.new.purpose, Purpose::Pay { setup_future_usage: None, .. });
        if saves && session.new.customer.is_none() {
            let customer = self.create_customer(CustomerDetails::default(), cause);
            session.new.customer = customer["id"].as_str().map(str::to_owned);
            self.keep_session(session, None, cause);
        }
        Ok(())
    }

    /// One intent for all the cards that are tried.
    fn intent_of(&mut self, mut session: Session, cause: &Cause) -> Result<Intent, ApiError> {
        if let Some(intent) = &session.payment_intent {
            return self.intent(intent).cloned();
        }
        let Purpose::Pay { amount, setup_future_usage, .. } = session.new.purpose.clone() else {
            return Err(ApiError::invalid("", "Nothing is paid with this Checkout Session."));
        };
        let new = NewIntent {
            amount,
            currency: session.new.currency.clone(),
            customer: session.new.customer.clone(),
            method: None,
            metadata: session.new.intent_metadata.clone(),
            description: session.new.description.clone(),
            receipt_email: None,
            setup_future_usage,
        };
        let json = self.create_intent(new, cause)?;
        let id = json["id"].as_str().expect("an intent has an id").to_owned();
        session.payment_intent = Some(id.clone());
        self.keep_session(session, None, cause);
        self.intent(&id).cloned()
    }

    /// The card was not declined: is anything left to do on the page?
    fn entered(&mut self, id: &str, cause: &Cause) -> Result<Entered, ApiError> {
        let session = self.open_session(id)?;
        if self.bank_asks(&session) {
            return Ok(Entered::WantsCustomer);
        }
        let paid = self.paid(&session);
        let session = Session { stage: Stage::Complete, paid, ..session };
        self.keep_session(session, Some("checkout.session.completed"), cause);
        Ok(Entered::Complete)
    }

    fn paid(&self, session: &Session) -> bool {
        let intent = session.payment_intent.as_ref().and_then(|id| self.intents.get(id));
        intent.is_some_and(|intent| intent.status == Status::Succeeded)
    }

    /// A card that was processing when its session was completed has its outcome.
    pub(super) fn session_settled(&mut self, intent: &str, cause: &Cause) {
        let session = self.sessions.values().find(|session| session.payment_intent.as_deref() == Some(intent));
        let Some(session) = session.cloned() else { return };
        let paid = self.paid(&session);
        let word = if paid { "succeeded" } else { "failed" };
        let event = format!("checkout.session.async_payment_{word}");
        self.keep_session(Session { paid, ..session }, Some(&event), cause);
    }
}

/// The method the bank asks about.
fn asked(status: Status, method: Option<&str>) -> Result<&str, ApiError> {
    method
        .filter(|_| status == Status::RequiresAction)
        .ok_or_else(|| ApiError::invalid("", "Nothing waits for an answer of the customer."))
}

fn not_authenticated() -> ApiError {
    let message = "We are unable to authenticate your payment method. Please choose a different payment method and \
                   try again.";
    ApiError::new(402, "card_error", "setup_intent_authentication_failure", message)
}

//! Checkout sessions: a hosted page where a person types a card, and pays with it or saves it. Opened by the merchant;
//! closed by the person, the merchant or the clock. What a typed card does is for `checkout_cards.rs`, the page is for
//! `hosted.rs`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::model::{Cause, Later, Model};
use super::objects::Status;
use super::setups::{NewSetup, Setup};

const SHORTEST: TimeDelta = TimeDelta::minutes(30);
const LONGEST: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Complete,
    Expired,
}

impl Stage {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) enum Purpose {
    Save,
    Pay {
        amount: i64,
        /// What is bought, in the merchant's words.
        what: String,
        /// The card stays with the customer for this use.
        setup_future_usage: Option<String>,
    },
}

/// What a session is opened with; names as in Stripe's parameters.
#[derive(Debug, Clone)]
pub(super) struct NewSession {
    pub purpose: Purpose,
    pub currency: String,
    pub customer: Option<String>,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub client_reference_id: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub expires_at: Option<i64>,
    /// Of the intent that comes of the session.
    pub intent_metadata: BTreeMap<String, String>,
    pub description: Option<String>,
    /// The merchant's own words above the button.
    pub message: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub id: String,
    pub new: NewSession,
    pub stage: Stage,
    pub paid: bool,
    /// None until a card was typed.
    pub payment_intent: Option<String>,
    pub setup_intent: Option<String>,
    pub url: String,
    pub expires_at: i64,
    pub created: i64,
}

impl Session {
    pub(super) fn json(&self) -> Value {
        let (mode, amount, payment_status) = match (&self.new.purpose, self.paid) {
            (Purpose::Save, _) => ("setup", None, "no_payment_required"),
            (Purpose::Pay { amount, .. }, true) => ("payment", Some(amount), "paid"),
            (Purpose::Pay { amount, .. }, false) => ("payment", Some(amount), "unpaid"),
        };
        json!({
            "id": self.id, "object": "checkout.session", "amount_subtotal": amount, "amount_total": amount,
            "cancel_url": self.new.cancel_url, "client_reference_id": self.new.client_reference_id,
            "created": self.created, "currency": self.new.currency, "customer": self.new.customer,
            "expires_at": self.expires_at, "livemode": false, "metadata": self.new.metadata, "mode": mode,
            "payment_intent": self.payment_intent, "payment_method_types": ["card"],
            "payment_status": payment_status, "setup_intent": self.setup_intent, "status": self.stage.word(),
            "success_url": self.new.success_url, "ui_mode": "hosted", "url": self.open().then_some(&self.url),
        })
    }

    pub(super) fn open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Where the person goes afterwards.
    pub(super) fn way_back(&self) -> String {
        self.new.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }
}

impl Model {
    pub(super) fn create_session(&mut self, new: NewSession, cause: &Cause) -> Result<Value, ApiError> {
        if let Some(customer) = &new.customer {
            self.customer(customer)?;
        }
        let expires_at = ends(new.expires_at, cause.now)?;
        let setup = match &new.purpose {
            Purpose::Save => Some(self.create_setup(setup_of(&new), cause)?.id),
            Purpose::Pay { .. } => None,
        };
        let id = self.id("cs_test");
        let session = Session {
            url: format!("{}/c/pay/{id}", cause.base_url),
            id,
            new,
            stage: Stage::Open,
            paid: false,
            payment_intent: None,
            setup_intent: setup,
            expires_at: expires_at.timestamp(),
            created: cause.now.timestamp(),
        };
        self.later.push(Later::Session(expires_at));
        Ok(self.keep_session(session, None, cause))
    }

    pub(super) fn session(&self, id: &str) -> Result<&Session, ApiError> {
        self.sessions.get(id).ok_or_else(|| ApiError::missing("checkout.session", id))
    }

    pub(super) fn keep_session(&mut self, session: Session, event: Option<&str>, cause: &Cause) -> Value {
        let json = session.json();
        self.sessions.insert(session.id.clone(), session);
        if let Some(event) = event {
            self.tell(event, json.clone(), cause);
        }
        json
    }

    pub(super) fn expire_session(&mut self, id: &str, cause: &Cause) -> Result<Value, ApiError> {
        let session = self.session(id)?.clone();
        if session.open() {
            return Ok(self.expire(session, cause));
        }
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {}.",
            session.stage.word()
        );
        Err(ApiError { executed: true, ..ApiError::invalid("", &message) })
    }

    /// Every session that was open long enough.
    pub(super) fn expire_due(&mut self, cause: &Cause) {
        let now = cause.now.timestamp();
        let due = self.sessions.values().filter(|session| session.open() && session.expires_at <= now);
        for session in due.cloned().collect::<Vec<_>>() {
            self.expire(session, cause);
        }
    }

    /// What was begun with it ends, too.
    fn expire(&mut self, session: Session, cause: &Cause) -> Value {
        let json = self.keep_session(
            Session { stage: Stage::Expired, ..session.clone() },
            Some("checkout.session.expired"),
            cause,
        );
        if let Some(intent) = &session.payment_intent {
            // It can be canceled: had it been paid or begun to be, the session were complete.
            let _ = self.cancel(intent, Some("abandoned".to_owned()), cause);
        }
        if let Some(setup) = session.setup_intent.as_ref().and_then(|id| self.setups.get(id)).cloned() {
            self.keep_setup(Setup { status: Status::Canceled, ..setup }, Some("setup_intent.canceled"), cause);
        }
        json
    }
}

fn setup_of(new: &NewSession) -> NewSetup {
    NewSetup {
        customer: new.customer.clone(),
        method: None,
        metadata: new.intent_metadata.clone(),
        description: new.description.clone(),
        usage: None,
    }
}

fn ends(wanted: Option<i64>, now: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
    let Some(wanted) = wanted else { return Ok(now + LONGEST) };
    let allowed = (now + SHORTEST).timestamp()..=(now + LONGEST).timestamp();
    let wanted = DateTime::from_timestamp(wanted, 0).filter(|at| allowed.contains(&at.timestamp()));
    wanted.ok_or_else(|| {
        let message =
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.";
        ApiError::about("expires_at", "", message)
    })
}

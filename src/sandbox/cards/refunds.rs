//! Money given back: at once, later, or not at all in the end. Never more than was paid.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::model::{Cause, Later, Model};
use super::test_cards::Refunding;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

impl RefundStatus {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// How a refund ends, when somebody or time decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundEnd {
    Succeeds,
    /// Also one that had succeeded: the money is the merchant's again.
    Fails,
}

#[derive(Debug, Clone)]
pub(super) struct Refund {
    pub id: String,
    pub intent: String,
    pub charge: String,
    pub amount: i64,
    pub currency: String,
    pub reason: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub status: RefundStatus,
    pub at: DateTime<Utc>,
}

impl Refund {
    pub(super) fn json(&self) -> Value {
        let mut json = json!({
            "id": self.id, "object": "refund", "amount": self.amount, "balance_transaction": null,
            "charge": self.charge, "created": self.at.timestamp(), "currency": self.currency,
            "metadata": self.metadata, "payment_intent": self.intent, "reason": self.reason, "receipt_number": null,
            "status": self.status.word(),
        });
        match self.status {
            RefundStatus::Pending => json["pending_reason"] = json!("processing"),
            RefundStatus::Succeeded => {}
            RefundStatus::Failed => json["failure_reason"] = json!("expired_or_canceled_card"),
        }
        json
    }
}

/// What an object is created from; names as in Stripe's parameters.
pub(super) struct NewRefund {
    pub intent: String,
    pub amount: Option<i64>,
    pub reason: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

impl Model {
    pub(super) fn refund(&mut self, new: NewRefund, cause: &Cause) -> Result<Value, ApiError> {
        let intent = self.intent(&new.intent)?;
        let charge = intent.latest_charge.as_ref().and_then(|id| self.tries.get(id));
        let Some(charge) = charge.filter(|charge| charge.failure.is_none()) else {
            return Err(ApiError::about("payment_intent", "", "This PaymentIntent does not have a successful charge."));
        };
        if self.is_disputed(&charge.id) {
            return Err(ApiError::invalid("charge_disputed", "The charge is disputed, so it cannot be refunded."));
        }
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
        let (charge, currency, as_its_card) =
            (charge.id.clone(), intent.currency.clone(), charge.method.card.refunding());
        let course = self.next_refund.take().unwrap_or(as_its_card);
        let status = match course {
            Refunding::AtOnce | Refunding::ComesBack => RefundStatus::Succeeded,
            Refunding::Later | Refunding::Waits => RefundStatus::Pending,
        };
        let NewRefund { intent, reason, metadata, .. } = new;
        let id = self.id("re");
        if matches!(course, Refunding::Later | Refunding::ComesBack) {
            self.later.push(Later::Refund(id.clone()));
        }
        let refund = Refund { id, intent, charge, amount, currency, reason, metadata, status, at: cause.now };
        Ok(self.keep_refund(refund, "refund.created", amount, cause))
    }

    /// The refund as it is from now on, with what it adds to the refunded part of its charge.
    fn keep_refund(&mut self, refund: Refund, event: &str, more: i64, cause: &Cause) -> Value {
        let json = refund.json();
        let charge = self.tries.get_mut(&refund.charge).expect("a refund has its charge, and none is forgotten");
        charge.refunded += more;
        let charge = charge.json();
        let moved = match more {
            0 => None,
            1.. => Some("refund"),
            _ => Some("refund_failure"),
        };
        if let Some(category) = moved {
            self.owe(category, &refund.id, (-more, &refund.currency), 0, cause);
        }
        self.refunds.insert(refund.id.clone(), refund);
        self.tell(event, json.clone(), cause);
        if more > 0 {
            self.tell("charge.refunded", charge, cause);
        }
        json
    }

    /// One that is pending succeeds, one that has succeeded comes back. Nothing if somebody has ended it before.
    pub(super) fn refund_goes_on(&mut self, id: &str, cause: &Cause) {
        let end = match self.refunds.get(id).map(|refund| refund.status) {
            Some(RefundStatus::Pending) => RefundEnd::Succeeds,
            Some(RefundStatus::Succeeded) => RefundEnd::Fails,
            Some(RefundStatus::Failed) | None => return,
        };
        self.end_refund(id, end, cause);
    }

    /// Whether there was anything to end.
    pub(super) fn end_refund(&mut self, id: &str, end: RefundEnd, cause: &Cause) -> bool {
        let Some(refund) = self.refunds.get(id).cloned() else { return false };
        match (refund.status, end) {
            (RefundStatus::Pending, RefundEnd::Succeeds) => {
                let refund = Refund { status: RefundStatus::Succeeded, ..refund };
                self.keep_refund(refund, "refund.updated", 0, cause);
            }
            (RefundStatus::Pending | RefundStatus::Succeeded, RefundEnd::Fails) => {
                let refund = Refund { status: RefundStatus::Failed, ..refund };
                let amount = refund.amount;
                let json = self.keep_refund(refund, "refund.updated", -amount, cause);
                self.tell("refund.failed", json, cause);
            }
            (RefundStatus::Succeeded, RefundEnd::Succeeds) | (RefundStatus::Failed, _) => return false,
        }
        true
    }
}

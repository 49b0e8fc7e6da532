//! Money given back: at once, later, or not at all in the end. Never more than was paid.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::model::{Later, Model};
use super::payments::Status;
use crate::sandbox::cards::RefundEnd;
use crate::sandbox::cards::test_cards::Refunding;

#[derive(Debug, Clone)]
pub(super) struct Refund {
    pub id: String,
    pub payment: String,
    pub amount: i64,
    pub currency: String,
    pub reason: Option<String>,
    pub metadata: Value,
    /// `pending`, `succeeded` or `failed`.
    pub status: &'static str,
    pub at: DateTime<Utc>,
}

impl Refund {
    pub(super) fn json(&self) -> Value {
        let failed = self.status == "failed";
        json!({
            "refund_id": self.id, "payment_id": self.payment, "amount": self.amount, "currency": self.currency,
            "status": self.status, "reason": self.reason, "metadata": self.metadata,
            "error_code": failed.then_some("expired_or_canceled_card"),
            "error_message": failed.then_some("The card was closed."),
            "created_at": self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
    }
}

/// What a refund is made from; names as in Hyperswitch's fields.
pub(super) struct NewRefund {
    pub id: String,
    pub payment: String,
    pub amount: Option<i64>,
    pub reason: Option<String>,
    pub metadata: Value,
}

impl Model {
    pub(super) fn refund(&mut self, new: NewRefund, now: DateTime<Utc>) -> Result<Value, ApiError> {
        if self.refunds.contains_key(&new.id) {
            return Err(ApiError::duplicate("refund"));
        }
        let payment = self.payment(&new.payment)?;
        let card = payment.used.as_ref().filter(|_| payment.status == Status::Succeeded).map(|method| method.card);
        let Some(card) = card else {
            let message = "The payment has not succeeded yet. Please pass a successful payment to initiate refund";
            return Err(ApiError::new(400, "HE_03", "validation_error", message));
        };
        if self.is_disputed(&payment.new.id) {
            return Err(ApiError::new(400, "IR_16", "invalid_request", "The payment is disputed"));
        }
        let left = payment.new.amount - payment.refunded;
        let amount = new.amount.unwrap_or(left);
        if !(1..=left).contains(&amount) {
            let message = "The refund amount exceeds the amount captured";
            return Err(ApiError::new(400, "IR_13", "invalid_request", message));
        }
        let currency = payment.new.currency.clone();
        let course = self.next_refund.take().unwrap_or_else(|| card.refunding());
        let status = match course {
            Refunding::AtOnce | Refunding::ComesBack => "succeeded",
            Refunding::Later | Refunding::Waits => "pending",
        };
        if matches!(course, Refunding::Later | Refunding::ComesBack) {
            self.goes_on(Later::Refund(new.id.clone()));
        }
        let NewRefund { id, payment, reason, metadata, .. } = new;
        let refund = Refund { id, payment, amount, currency, reason, metadata, status, at: now };
        Ok(self.keep_refund(refund, amount, now))
    }

    /// The refund as it is from now on, with what it adds to the refunded part of its payment.
    fn keep_refund(&mut self, refund: Refund, more: i64, now: DateTime<Utc>) -> Value {
        let json = refund.json();
        self.payments.get_mut(&refund.payment).expect("a refund has its payment, and none is forgotten").refunded +=
            more;
        if refund.status != "pending" {
            self.tell(&format!("refund_{}", refund.status), "refund_details", &json, now);
        }
        self.refunds.insert(refund.id.clone(), refund);
        json
    }

    pub(super) fn refund_named(&self, id: &str) -> Result<Value, ApiError> {
        self.refunds.get(id).map(Refund::json).ok_or_else(|| ApiError::not_found("Refund"))
    }

    /// One that is pending succeeds, one that has succeeded comes back. Nothing if somebody has ended it before.
    pub(super) fn refund_goes_on(&mut self, id: &str, now: DateTime<Utc>) {
        let end = match self.refunds.get(id).map(|refund| refund.status) {
            Some("pending") => RefundEnd::Succeeds,
            Some("succeeded") => RefundEnd::Fails,
            Some(_) | None => return,
        };
        self.end_refund(id, end, now);
    }

    /// Whether there was anything to end.
    pub(super) fn end_refund(&mut self, id: &str, end: RefundEnd, now: DateTime<Utc>) -> bool {
        let Some(refund) = self.refunds.get(id).cloned() else { return false };
        let (status, more) = match (refund.status, end) {
            ("pending", RefundEnd::Succeeds) => ("succeeded", 0),
            ("pending" | "succeeded", RefundEnd::Fails) => ("failed", -refund.amount),
            _ => return false,
        };
        self.keep_refund(Refund { status, ..refund }, more, now);
        true
    }
}

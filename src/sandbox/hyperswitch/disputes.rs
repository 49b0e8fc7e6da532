//! Payments that are taken back through a bank. What happens to them is decided at the sandbox's page, or by a test.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::model::Model;
use crate::sandbox::cards::Turn;

const EVIDENCE_WITHIN: TimeDelta = TimeDelta::days(14);

#[derive(Debug, Clone)]
pub(super) struct Dispute {
    pub id: String,
    pub payment: String,
    pub amount: i64,
    pub currency: String,
    pub stage: &'static str,
    pub status: &'static str,
    pub at: DateTime<Utc>,
    pub changed: DateTime<Utc>,
}

impl Dispute {
    pub(super) fn json(&self) -> Value {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        json!({
            "dispute_id": self.id, "payment_id": self.payment, "attempt_id": format!("{}_1", self.payment),
            "amount": self.amount.to_string(), "currency": self.currency, "dispute_stage": self.stage,
            "dispute_status": self.status, "connector": "sandbox", "connector_status": self.status,
            "connector_dispute_id": format!("c_{}", self.id), "connector_reason": "fraudulent",
            "connector_reason_code": null, "challenge_required_by": text(self.at + EVIDENCE_WITHIN),
            "connector_created_at": text(self.at), "connector_updated_at": text(self.changed),
            "created_at": text(self.at), "is_already_refunded": false,
        })
    }

    fn is_over(&self) -> bool {
        self.status != "dispute_opened"
    }
}

impl Model {
    pub(super) fn is_disputed(&self, payment: &str) -> bool {
        self.disputes.values().any(|dispute| dispute.payment == payment && !dispute.is_over())
    }

    /// What happens to a payment at its bank; whether it could. Of warnings nothing is told here.
    pub(super) fn turn(&mut self, payment: &str, turn: Turn, now: DateTime<Utc>) -> bool {
        let Some(paid) = self.payments.get(payment).filter(|payment| payment.paid_at.is_some()) else { return false };
        let (amount, currency) = (paid.new.amount, paid.new.currency.clone());
        let open = self.disputes.values().find(|it| it.payment == payment && !it.is_over()).cloned();
        let new = |model: &mut Self, stage| Dispute {
            id: model.id("dispute"),
            payment: payment.to_owned(),
            amount,
            currency: currency.clone(),
            stage,
            status: "dispute_opened",
            at: now,
            changed: now,
        };
        let dispute = match (turn, open) {
            (Turn::Inquire, None) => new(self, "pre_dispute"),
            (Turn::Dispute, None) => new(self, "dispute"),
            (Turn::Dispute, Some(inquiry)) if inquiry.stage == "pre_dispute" => {
                Dispute { stage: "dispute", changed: now, ..inquiry }
            }
            (Turn::Win, Some(dispute)) => Dispute { status: "dispute_won", changed: now, ..dispute },
            (Turn::Lose, Some(dispute)) => Dispute { status: "dispute_lost", changed: now, ..dispute },
            (Turn::Warn, _) | (Turn::Inquire | Turn::Dispute, Some(_)) | (Turn::Win | Turn::Lose, None) => {
                return false;
            }
        };
        self.tell(dispute.status, "dispute_details", &dispute.json(), now);
        self.disputes.insert(dispute.id.clone(), dispute);
        true
    }
}

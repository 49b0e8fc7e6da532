//! Charges that cardholders take back through their banks, and warnings that they will. What happens to them is decided
//! at the sandbox's page, or by a test.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Cause, Model};

/// What a dispute costs the merchant besides, in minor units.
const FEE: i64 = 1500;
const EVIDENCE_WITHIN: TimeDelta = TimeDelta::days(14);

/// What happens to a charge at its bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The card's network fears fraud.
    Warn,
    /// The bank asks, and takes nothing yet.
    Inquire,
    /// The cardholder takes the charge back.
    Dispute,
    /// The bank gives it to the merchant after all.
    Win,
    Lose,
}

#[derive(Debug, Clone)]
pub(super) struct Dispute {
    pub id: String,
    pub charge: String,
    pub intent: String,
    pub amount: i64,
    pub currency: String,
    pub status: &'static str,
    /// Names of lines of the balance.
    pub moved: Vec<String>,
    pub created: DateTime<Utc>,
}

impl Dispute {
    pub(super) fn json(&self, model: &Model) -> Value {
        let moved = self.moved.iter().filter_map(|id| model.transactions.get(id)).map(|it| it.json(model, false));
        json!({
            "id": self.id, "object": "dispute", "amount": self.amount, "charge": self.charge,
            "balance_transactions": moved.collect::<Vec<_>>(), "created": self.created.timestamp(),
            "currency": self.currency, "is_charge_refundable": false, "livemode": false, "metadata": {},
            "evidence_details": {"due_by": (self.created + EVIDENCE_WITHIN).timestamp(), "has_evidence": false,
                                 "past_due": false, "submission_count": 0},
            "payment_intent": self.intent, "reason": "fraudulent", "status": self.status,
        })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.status, "won" | "lost" | "warning_closed")
    }
}

impl Model {
    /// The money of this charge is with the bank, or may soon be.
    pub(super) fn is_disputed(&self, charge: &str) -> bool {
        self.disputes.values().any(|dispute| dispute.charge == charge && !dispute.is_over())
    }

    /// What happens to the charge of an intent; whether it could.
    pub(super) fn turn(&mut self, intent: &str, turn: Turn, cause: &Cause) -> bool {
        let charge = self.intents.get(intent).and_then(|intent| intent.latest_charge.clone());
        let charge = charge.and_then(|id| self.tries.get(&id)).filter(|charge| charge.failure.is_none());
        let Some(charge) = charge.map(|charge| charge.id.clone()) else { return false };
        let open = self.disputes.values().find(|it| it.charge == charge && !it.is_over()).cloned();
        match (turn, open) {
            (Turn::Warn, None) => self.warn(&charge, intent, cause),
            (Turn::Inquire, None) => {
                self.open(&charge, "warning_needs_response", cause);
            }
            (Turn::Dispute, None) => {
                let dispute = self.open(&charge, "needs_response", cause);
                self.withdraw(dispute, cause);
            }
            (Turn::Dispute, Some(inquiry)) if inquiry.moved.is_empty() => self.withdraw(inquiry, cause),
            (Turn::Win, Some(dispute)) => self.win(dispute, cause),
            (Turn::Lose, Some(dispute)) => self.end(dispute, "lost", cause),
            (Turn::Warn | Turn::Inquire | Turn::Dispute, Some(_)) | (Turn::Win | Turn::Lose, None) => return false,
        }
        true
    }

    fn warn(&mut self, charge: &str, intent: &str, cause: &Cause) {
        let warning = json!({
            "id": self.id("issfr"), "object": "radar.early_fraud_warning", "actionable": true, "charge": charge,
            "created": cause.now.timestamp(), "fraud_type": "made_with_stolen_card", "livemode": false,
            "payment_intent": intent,
        });
        self.tell("radar.early_fraud_warning.created", warning, cause);
    }

    fn open(&mut self, charge: &str, status: &'static str, cause: &Cause) -> Dispute {
        let id = self.id("dp");
        let disputed = &self.tries[charge].intent;
        let dispute = Dispute {
            id,
            charge: charge.to_owned(),
            intent: disputed.id.clone(),
            amount: disputed.amount,
            currency: disputed.currency.clone(),
            status,
            moved: vec![],
            created: cause.now,
        };
        self.keep_dispute(&dispute, "charge.dispute.created", cause);
        dispute
    }

    fn withdraw(&mut self, mut dispute: Dispute, cause: &Cause) {
        let line = self.owe("dispute", &dispute.id, (-dispute.amount, &dispute.currency), FEE, cause);
        dispute.moved.push(line);
        dispute.status = "needs_response";
        self.keep_dispute(&dispute, "charge.dispute.funds_withdrawn", cause);
    }

    fn win(&mut self, mut dispute: Dispute, cause: &Cause) {
        if dispute.moved.is_empty() {
            return self.end(dispute, "warning_closed", cause);
        }
        let line = self.owe("dispute_reversal", &dispute.id, (dispute.amount, &dispute.currency), 0, cause);
        dispute.moved.push(line);
        dispute.status = "won";
        self.keep_dispute(&dispute, "charge.dispute.funds_reinstated", cause);
        self.end(dispute, "won", cause);
    }

    fn end(&mut self, dispute: Dispute, status: &'static str, cause: &Cause) {
        self.keep_dispute(&Dispute { status, ..dispute }, "charge.dispute.closed", cause);
    }

    fn keep_dispute(&mut self, dispute: &Dispute, event: &str, cause: &Cause) {
        self.disputes.insert(dispute.id.clone(), dispute.clone());
        let json = dispute.json(self);
        self.tell(event, json, cause);
    }
}

//! What the processor owes the merchant: a line for each time that money moves.

use serde_json::{Value, json};

use super::model::{Cause, Model};

pub(super) struct Transaction {
    pub id: String,
    /// `charge`, `refund`, `refund_failure`.
    pub kind: &'static str,
    /// What it is about.
    pub source: String,
    pub amount: i64,
    pub currency: String,
    pub created: i64,
}

impl Transaction {
    /// `whole`: with what it is about, instead of its id.
    pub(super) fn json(&self, model: &Model, whole: bool) -> Value {
        let source = if whole { model.object(&self.source) } else { None };
        json!({
            "id": self.id, "object": "balance_transaction", "amount": self.amount, "created": self.created,
            "currency": self.currency, "description": null, "exchange_rate": null, "fee": 0, "fee_details": [],
            "net": self.amount, "reporting_category": self.kind, "source": source.unwrap_or_else(|| json!(self.source)),
            "status": "available", "type": self.kind,
        })
    }
}

impl Model {
    /// So much more, in minor units; less if it is below zero.
    pub(super) fn owe(&mut self, kind: &'static str, source: &str, (amount, currency): (i64, &str), cause: &Cause) {
        let id = self.id("txn");
        let (source, currency, created) = (source.to_owned(), currency.to_owned(), cause.now.timestamp());
        self.transactions.insert(id.clone(), Transaction { id, kind, source, amount, currency, created });
    }
}

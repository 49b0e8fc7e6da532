//! What the processor owes the merchant: a line for each time that money moves, and what it paid out of it.

use serde_json::{Value, json};

use super::model::{Cause, Model};

pub(super) struct Transaction {
    pub id: String,
    /// `charge`, `refund`, `refund_failure`, `dispute`, `dispute_reversal` or `payout`.
    pub category: &'static str,
    /// What it is about.
    pub source: String,
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
    pub created: i64,
    pub paid_out: bool,
}

impl Transaction {
    /// `whole`: with what it is about, instead of its id.
    pub(super) fn json(&self, model: &Model, whole: bool) -> Value {
        let source = if whole { model.object(&self.source) } else { None };
        let kind = if self.category.starts_with("dispute") { "adjustment" } else { self.category };
        json!({
            "id": self.id, "object": "balance_transaction", "amount": self.amount, "created": self.created,
            "currency": self.currency, "description": null, "exchange_rate": null, "fee": self.fee, "fee_details": [],
            "net": self.amount - self.fee, "reporting_category": self.category,
            "source": source.unwrap_or_else(|| json!(self.source)), "status": "available", "type": kind,
        })
    }
}

/// What a charge costs the merchant.
pub(super) fn fee(amount: i64) -> i64 {
    amount * 29 / 1000 + 30
}

impl Model {
    /// So much more, in minor units, less the fee; less if it is below zero. Says what the line is called.
    pub(super) fn owe(
        &mut self,
        category: &'static str,
        source: &str,
        (amount, currency): (i64, &str),
        fee: i64,
        cause: &Cause,
    ) -> String {
        let id = self.id("txn");
        let (source, currency, created) = (source.to_owned(), currency.to_owned(), cause.now.timestamp());
        let line = Transaction { id: id.clone(), category, source, amount, fee, currency, created, paid_out: false };
        self.transactions.insert(id.clone(), line);
        id
    }

    /// Everything that is owed in this currency goes to the merchant's bank. Says how much, in minor units.
    pub(super) fn pay_out(&mut self, currency: &str, cause: &Cause) -> i64 {
        let mut owed = 0;
        for line in self.transactions.values_mut().filter(|it| it.currency == currency && !it.paid_out) {
            line.paid_out = true;
            owed += line.amount - line.fee;
        }
        if owed != 0 {
            let id = self.id("po");
            let line = self.owe("payout", &id, (-owed, currency), 0, cause);
            self.transactions.get_mut(&line).expect("it was made just now").paid_out = true;
        }
        owed
    }
}

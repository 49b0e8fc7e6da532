//! A payment intent in Stripe's JSON, read leniently: only the id and the status must be there. The same object comes
//! in replies, inside errors and inside notices, in whatever version the sender renders.

use serde_json::Value;

use super::declines;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::{Receipt, Seen, Standing};

pub(super) struct Intent<'a>(&'a Value);

impl<'a> Intent<'a> {
    /// `None` if this is not an object with an id.
    pub(super) fn of(json: &'a Value) -> Option<Self> {
        json["id"].as_str().map(|_| Self(json))
    }

    pub(super) fn id(&self) -> &'a str {
        self.0["id"].as_str().expect("`of` has seen an id")
    }

    pub(super) fn status(&self) -> Option<&'a str> {
        self.0["status"].as_str()
    }

    /// Our id of the payment.
    pub(super) fn payment(&self) -> Option<&'a str> {
        self.0["metadata"]["attempt"].as_str()
    }

    /// What was taken; `None` if no amount or no known currency is given. Intents of older versions have only the
    /// amount that was asked for, which of a success is the amount taken.
    pub(super) fn receipt(&self) -> Option<Receipt> {
        let minor = self.0["amount_received"].as_i64().or_else(|| self.0["amount"].as_i64())?;
        let currency: Currency = self.0["currency"].as_str()?.parse().ok()?;
        Some(Receipt {
            amount: Money::from_minor(minor, currency)?,
            currency,
            customer_ref: name_of(&self.0["customer"]).map(str::to_owned),
            live: self.0["livemode"].as_bool().unwrap_or(false),
        })
    }

    /// `None` if there is no status, or a success without a receipt: not to be believed, not to be dismissed.
    pub(super) fn seen(&self) -> Option<Seen> {
        let failure = &self.0["last_payment_error"];
        let standing = match self.status()? {
            "succeeded" => Standing::Succeeded(self.receipt()?),
            "canceled" => Standing::Canceled,
            "requires_action" => Standing::NeedsCustomer,
            "requires_confirmation" => Standing::Created,
            // A declined intent waits for a method again, and so does one that never had any.
            "requires_payment_method" if failure.is_object() => Standing::Declined(declines::decline(failure)),
            "requires_payment_method" => Standing::Created,
            // `processing`, `requires_capture`, and what Stripe may invent.
            _ => Standing::Processing,
        };
        Some(Seen { reference: self.id().to_owned(), standing })
    }
}

/// Other objects appear as their id, or whole when expanded.
pub(super) fn name_of(json: &Value) -> Option<&str> {
    json.as_str().or_else(|| json["id"].as_str())
}

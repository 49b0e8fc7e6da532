//! A payment in Hyperswitch's JSON, read leniently: only the id and the status must be there. The same object comes in
//! replies and inside notices, and a page is one too.

use serde_json::Value;

use super::declines;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::{Decline, Receipt, Seen, Standing};

pub(super) struct PaymentObject<'a> {
    json: &'a Value,
    live: bool,
}

impl<'a> PaymentObject<'a> {
    /// `None` if this is not an object with an id.
    pub(super) fn of(json: &'a Value, live: bool) -> Option<Self> {
        json["payment_id"].as_str().map(|_| Self { json, live })
    }

    /// Our own id of it.
    pub(super) fn id(&self) -> &'a str {
        self.json["payment_id"].as_str().expect("`of` has seen an id")
    }

    pub(super) fn status(&self) -> Option<&'a str> {
        self.json["status"].as_str()
    }

    pub(super) fn live(&self) -> bool {
        self.live
    }

    pub(super) fn field(&self, name: &str) -> &'a Value {
        &self.json[name]
    }

    pub(super) fn customer(&self) -> Option<String> {
        let named = self.json["customer_id"].as_str().or_else(|| self.json["customer"]["id"].as_str());
        named.map(str::to_owned)
    }

    /// What was taken; `None` if no amount or no known currency is given. Where it does not say what was received, a
    /// success took what was asked for.
    pub(super) fn receipt(&self) -> Option<Receipt> {
        let minor = self.json["amount_received"].as_i64().or_else(|| self.json["amount"].as_i64())?;
        let currency: Currency = self.json["currency"].as_str()?.parse().ok()?;
        Some(Receipt {
            amount: Money::from_minor(minor, currency)?,
            currency,
            customer_ref: self.customer(),
            live: self.live,
        })
    }

    pub(super) fn failure(&self) -> Decline {
        declines::decline(self.json)
    }

    /// `None` if there is no status, or a success without a receipt: not to be believed, not to be dismissed.
    pub(super) fn seen(&self) -> Option<Seen> {
        let standing = match self.status()? {
            // A part of the amount is not the amount: the receipt will not fit, and a human looks.
            "succeeded" | "partially_captured" => Standing::Succeeded(self.receipt()?),
            "failed" => Standing::Failed(self.failure()),
            "cancelled" | "expired" => Standing::Canceled,
            "requires_customer_action" => Standing::NeedsCustomer,
            "requires_payment_method" | "requires_confirmation" => Standing::Created,
            // `processing`, `requires_capture`, `requires_merchant_action`, and what may be invented.
            _ => Standing::Processing,
        };
        Some(Seen { reference: self.id().to_owned(), standing })
    }
}

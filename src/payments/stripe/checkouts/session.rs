//! A checkout session in Stripe's JSON, read leniently: only the id must be there. It comes in replies and inside notices,
//! with its payment, its set-up and their card expanded or named only.

use serde_json::Value;

use super::super::declines;
use super::super::intent::{Intent, name_of};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::Receipt;
use crate::payments::checkouts::{Card, Paid, Seen, Standing, address, last_month};

pub(super) struct Session<'a>(&'a Value);

impl<'a> Session<'a> {
    /// `None` if this is not an object with an id.
    pub(super) fn of(json: &'a Value) -> Option<Self> {
        json["id"].as_str().map(|_| Self(json))
    }

    pub(super) fn id(&self) -> &'a str {
        self.0["id"].as_str().expect("`of` has seen an id")
    }

    /// Our id of the checkout.
    pub(super) fn checkout(&self) -> Option<&'a str> {
        self.0["metadata"]["checkout"].as_str().or_else(|| self.0["client_reference_id"].as_str())
    }

    /// The money that was taken, if it was; `None` also if it cannot be read.
    pub(super) fn paid(&self) -> Option<Paid> {
        if self.0["payment_status"] != "paid" {
            return None;
        }
        let currency: Currency = self.0["currency"].as_str()?.parse().ok()?;
        Some(Paid {
            payment: name_of(&self.0["payment_intent"])?.to_owned(),
            receipt: Receipt {
                amount: Money::from_minor(self.0["amount_total"].as_i64()?, currency)?,
                currency,
                customer_ref: name_of(&self.0["customer"]).map(str::to_owned),
                live: self.live(),
            },
        })
    }

    /// `None` if it cannot be read far enough: not to be believed, not to be dismissed.
    pub(super) fn seen(&self) -> Option<Seen> {
        let standing = match self.0["status"].as_str()? {
            "open" => Standing::Open { url: address(self.0["url"].as_str()?)? },
            "expired" => Standing::Expired,
            "complete" => self.complete()?,
            // What Stripe may invent.
            _ => Standing::Processing,
        };
        Some(Seen { reference: self.id().to_owned(), standing })
    }

    /// The customer is done. Money of slow methods may still be on its way, or not come at all.
    fn complete(&self) -> Option<Standing> {
        let (payment, setup) = (&self.0["payment_intent"], &self.0["setup_intent"]);
        if self.0["mode"] == "setup" {
            return match setup["status"].as_str() {
                None | Some("succeeded") => Some(Standing::Complete { paid: None, card: Some(self.card(setup)?) }),
                Some("canceled") => Some(Standing::Failed("canceled".to_owned())),
                Some(_) => Some(Standing::Processing),
            };
        }
        if self.0["payment_status"] == "paid" {
            return Some(Standing::Complete { paid: Some(self.paid()?), card: self.card(payment) });
        }
        let failure = &payment["last_payment_error"];
        match Intent::of(payment).and_then(|intent| intent.status()) {
            Some("canceled") => Some(Standing::Failed("canceled".to_owned())),
            Some("requires_payment_method") if failure.is_object() => {
                Some(Standing::Failed(declines::decline(failure).code))
            }
            Some(_) | None => Some(Standing::Processing),
        }
    }

    /// The card of a payment or a set-up; `None` if none is named.
    fn card(&self, of: &Value) -> Option<Card> {
        card_of(&of["payment_method"], &self.0["customer"], &self.0["livemode"])
    }

    fn live(&self) -> bool {
        self.0["livemode"].as_bool().unwrap_or(false)
    }
}

/// `customer`: whose it is if it does not say so itself.
pub(super) fn card_of(method: &Value, customer: &Value, live: &Value) -> Option<Card> {
    Some(Card {
        method_ref: name_of(method)?.to_owned(),
        label: label(method),
        expires: last_month(method["card"]["exp_year"].as_i64(), method["card"]["exp_month"].as_i64()),
        customer_ref: name_of(&method["customer"]).or_else(|| name_of(customer)).map(str::to_owned),
        live: live.as_bool().unwrap_or(false),
    })
}

/// `Visa ••4242`; what is not a card is called by its own kind.
fn label(method: &Value) -> String {
    let brand = method["card"]["display_brand"].as_str().or_else(|| method["card"]["brand"].as_str());
    let name = capitalised(brand.or_else(|| method["type"].as_str()).unwrap_or("card"));
    match method["card"]["last4"].as_str() {
        Some(last4) => format!("{name} ••{last4}"),
        None => name,
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.replace('_', " ");
    if let Some(first) = letters.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    letters
}

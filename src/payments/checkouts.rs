//! The card processor's own pages, without I/O: how one is asked for, looked at and closed, and how a card is given
//! back. States, keys and timing belong to `domain/checkout.rs` and the jobs.

use super::{Doubt, Unreadable};
pub use crate::domain::checkout::{Card, NewCheckout, Paid, Purpose, Seen, Standing};
use crate::wire::{HttpRequest, HttpResponse, Incoming};

/// The part of a processor that has pages of its own.
pub trait Checkouts: Send + Sync {
    /// The exact body that makes an account known to the processor; the same each time.
    fn customer_body(&self, account: &str) -> String;

    /// The exact body that asks for a page; kept, and sent unchanged however often.
    fn checkout_body(&self, checkout: &NewCheckout) -> String;

    fn checkout_request(&self, order: &CheckoutOrder) -> HttpRequest;

    fn checkout_response(&self, order: &CheckoutOrder, response: &HttpResponse) -> Result<CheckoutAnswer, Doubt>;

    /// What a verified notice says about a checkout; `None` if it is about none.
    fn read_checkout(&self, incoming: &Incoming) -> Result<Option<CheckoutNotice>, Unreadable>;

    /// Which saved card a verified notice says was changed or taken away; `None` if it is about none.
    fn read_card(&self, incoming: &Incoming) -> Result<Option<CardNotice>, Unreadable>;
}

/// Something we want of the processor. Keys and bodies come frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckoutOrder {
    MakeCustomer {
        key: String,
        body: String,
    },
    /// Make a page for the customer to visit.
    Open {
        key: String,
        body: String,
    },
    /// Look, without side effect.
    Look {
        reference: String,
    },
    /// Close the page before anybody has used it.
    Expire {
        reference: String,
        key: String,
    },
    /// Look at a saved card, without side effect.
    LookAtCard {
        method_ref: String,
        customer_ref: String,
    },
    /// Forget a saved card.
    Detach {
        method_ref: String,
        key: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckoutAnswer {
    /// The processor's name of the customer.
    Customer(String),
    Checkout(Seen),
    /// With whichever customer it is, if it is there.
    Card(Option<Card>),
    Detached,
}

/// A signed message about a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutNotice {
    /// The processor's name of the message, for keeping it once.
    pub event: String,
    /// The processor's own word for what happened, for the log.
    pub kind: String,
    /// Our id of the checkout, if the message carries it.
    pub checkout: Option<String>,
    /// The processor's id of it, if the message carries it.
    pub reference: Option<String>,
    /// Only money that was taken may be believed from a message; anything else is a hint to go and look.
    pub paid: Option<Paid>,
}

/// A signed message about a saved card: a hint to look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardNotice {
    /// The processor's name of the message, for keeping it once.
    pub event: String,
    pub method_ref: String,
}

/// A browser is sent there: nothing but the web will do.
pub(super) fn address(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok()?;
    matches!(parsed.scheme(), "https" | "http").then(|| url.to_owned())
}

/// Of a card: `2030-12`.
pub(super) fn last_month(year: Option<i64>, month: Option<i64>) -> Option<String> {
    let (year, month) = (year?, month?);
    ((2000..10_000).contains(&year) && (1..=12).contains(&month)).then(|| format!("{year}-{month:02}"))
}

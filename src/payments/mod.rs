//! Card processors, without I/O. A processor builds requests, reads answers and verifies and reads notices. States,
//! keys, retries and timing belong to `domain/payment.rs` and the jobs.

use chrono::{DateTime, Utc};

use crate::domain::currency::Currency;
use crate::domain::money::Money;
pub use crate::domain::payment::{Decline, DeclineClass, Doubt, NewPayment, Receipt, Seen, Standing};
use crate::wire::{HttpRequest, HttpResponse, Incoming};

mod answers;
pub mod checkouts;
pub mod disputes;
pub mod exchange;
pub mod hyperswitch;
mod minimum;
pub mod missed;
mod processors;
pub mod refunds;
pub mod statements;
pub mod stripe;

pub use processors::{NotSetUp, Processors};

/// One card processor. All functions are pure; adding one is a folder here and a line in `config.rs`.
pub trait Processor:
    checkouts::Checkouts + refunds::Refunds + disputes::Disputes + statements::Statements + missed::Missed
{
    /// The name in fact keys and on payments: `stripe`.
    fn name(&self) -> &'static str;

    /// Whether it takes real money. Every receipt has to say the same before it is credited.
    fn live(&self) -> bool;

    /// The smallest amount it takes in this currency.
    fn smallest(&self, currency: Currency) -> Money;

    /// The exact body of a request that creates a payment which cannot move money yet. Kept with the payment and sent
    /// unchanged however often, since the processor compares.
    fn create_body(&self, payment: &NewPayment) -> String;

    /// The exact body that confirms it without the customer present.
    fn confirm_body(&self, payment: &NewPayment) -> String;

    fn request(&self, order: &Order) -> HttpRequest;

    fn response(&self, order: &Order, response: &HttpResponse) -> Result<Seen, Doubt>;

    /// Is this notice from the processor, and fresh?
    fn verify(&self, incoming: &Incoming) -> bool;

    /// What a verified notice says; `None` for kinds we have no use for.
    fn read(&self, incoming: &Incoming) -> Result<Option<ProcessorNotice>, Unreadable>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the processor's notice cannot be read: {0}")]
pub struct Unreadable(pub String);

/// Something we want of the processor. Keys and bodies come frozen from the payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Make a payment that cannot move money yet.
    Create { key: String, body: String },
    /// Move the money, once for each key.
    Confirm { reference: String, key: String, body: String },
    /// Look, without side effect.
    Get { reference: String },
    /// Make success impossible for ever: the fence.
    Cancel { reference: String, key: String },
}

/// A signed message from the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessorNotice {
    /// The processor's name of the message, for keeping it once.
    pub event: String,
    /// The processor's own word for what happened, for the log.
    pub kind: String,
    /// Our id of the payment, if the message carries it.
    pub payment: Option<String>,
    /// The processor's id of the payment.
    pub reference: String,
    /// Only a success may be believed from a message; anything else is a hint to go and look.
    pub succeeded: Option<Receipt>,
    pub live: bool,
    /// When the processor made the message, by its own clock.
    pub made_at: Option<DateTime<Utc>>,
}

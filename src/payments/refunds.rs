//! Giving charges back, without I/O. States, keys and timing belong to `domain/refund.rs` and the jobs.

use super::{Doubt, Unreadable};
pub use crate::domain::refund::{Heard, NewRefund, Seen, Standing};
use crate::wire::{HttpRequest, HttpResponse, Incoming};

/// The part of a processor that gives money back.
pub trait Refunds: Send + Sync {
    /// The exact body that asks for a refund; kept, and sent unchanged however often.
    fn refund_body(&self, refund: &NewRefund) -> String;

    fn refund_request(&self, order: &RefundOrder) -> HttpRequest;

    fn refund_response(&self, order: &RefundOrder, response: &HttpResponse) -> Result<Heard, Doubt>;

    /// What a verified notice says about a refund; `None` if it is about none.
    fn read_refund(&self, incoming: &Incoming) -> Result<Option<RefundNotice>, Unreadable>;
}

/// Something we want of the processor. Keys and bodies come frozen from the refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOrder {
    /// Give the money back, once for each key.
    Refund { key: String, body: String },
    /// Look, without side effect.
    GetRefund { reference: String },
    /// Look through the refunds of a charge for the one with our name.
    FindRefund { charge: String, refund: String },
}

/// A signed message that something happened to refunds: a hint to look. Only that there is one, which is not ours, is
/// believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNotice {
    /// The processor's name of the message, for keeping it once.
    pub event: String,
    /// The processor's own word for what happened.
    pub kind: String,
    /// Our id of the refund, if the message carries it.
    pub refund: Option<String>,
    /// The processor's name of the charge that was given back.
    pub charge: Option<String>,
    /// The refund as it is told, if the message is about one alone.
    pub seen: Option<Seen>,
}

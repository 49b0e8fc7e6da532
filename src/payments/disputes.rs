//! Charges that are taken back through a bank, without I/O: what a processor tells of them. What that leads to belongs to
//! `domain/dispute.rs`.

use super::Unreadable;
pub use crate::domain::dispute::{Phase, Seen};
use crate::wire::Incoming;

/// The part of a processor that tells of disputes, and of charges that will probably become one.
pub trait Disputes: Send + Sync {
    /// What a verified notice says about a dispute; `None` if it is about none.
    fn read_dispute(&self, incoming: &Incoming) -> Result<Option<DisputeNotice>, Unreadable>;
}

/// A signed message about a dispute, which says all there is to know of it at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeNotice {
    /// The processor's name of the message, for keeping it once.
    pub event: String,
    /// The processor's own word for what happened.
    pub kind: String,
    pub seen: Seen,
}

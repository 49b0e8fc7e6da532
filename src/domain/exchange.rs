//! What we and a card processor said to each other, as it may be kept: without secrets, without people's addresses, and
//! shortened. Taking those out is for `payments/exchange.rs`, which knows what was said.

use chrono::{DateTime, Utc};

/// A request of ours, or a message to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub method: &'static str,
    pub path: String,
    pub body: String,
}

/// What came back; no status if nothing readable did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: Option<u16>,
    pub body: String,
}

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// What it was for: `create`, `webhook refund.failed`.
    pub step: String,
    pub method: String,
    pub path: String,
    pub sent: String,
    /// `None` while no answer is known, also after a crash.
    pub answered_at: Option<DateTime<Utc>>,
    pub status: Option<i32>,
    pub reply: String,
    /// What it was taken to mean.
    pub outcome: String,
}

//! Talktime: prepaid calling billing over Twilio.
//!
//! A caller with a balance dials numbers from a web page. The balance becomes seconds, every leg of the call gets exactly
//! that limit, and before it runs out the saved card is charged and the live call rejoins with a new one.
//!
//! Where to start reading: a call's life is [`domain::call`]; its money is [`domain::time_limit`] and [`domain::rating`];
//! a payment is [`domain::payment`]. The stories that move them are in [`flows`], one transaction each; what happens
//! outside or later is in [`jobs`]; every route is in [`web`]. [`sandbox`] pretends the world outside.
//!
//! What holds, always:
//! 1. What the carrier alone still allows a call is paid for by money held, also with this program switched off.
//! 2. One decision to recharge charges a card at most once.
//! 3. A payment that succeeded is credited exactly once, also late.
//! 4. A limit grows only after money in the books, never by a payment's status.
//! 5. Every authorised second is billed once, at the rate frozen when its money was held.
//! 6. The books are double entry and append-only.
//! 7. Repeated, late, reordered, lost and forged messages change nothing in the end.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod flows;
pub mod forms;
pub mod ids;
pub mod jobs;
pub mod metrics;
pub mod outbound;
pub mod payments;
pub mod sandbox;
pub mod storage;
pub mod voice;
pub mod web;
pub mod wire;

//! Talktime: prepaid calling billing over Twilio.
//!
//! A caller with a balance dials numbers from a web page. The balance becomes seconds, every leg of the call gets exactly
//! that limit, and before it runs out the saved card is charged and the live call rejoins with a new one.
//!
//! Where to start reading: a call's life is [`domain::call`]; its money is [`domain::time_limit`] and [`domain::rating`];
//! a payment is [`domain::payment`]. The stories that move them are in [`flows`], one transaction each; what happens
//! outside or later is in [`jobs`]; every route is in [`web`]. [`sandbox`] pretends the world outside.
//!
//! Who may know whom (`tests/house/arrows.rs` has every arrow with its reason, and checks it):
//!
//! ```text
//! web, jobs ──► flows ──► storage ──► domain      the books: always one transaction, never a network
//! web, jobs ──► voice, payments ────► domain      translation: verify, read, render, build requests
//! jobs      ──► outbound                          the network: never inside a transaction
//! sandbox ──HTTP──► web                           the world, pretended: an independent witness
//! app, cli, demo ──► everything                   put it together
//! ```
//!
//! What holds, always:
//! 1. What the carrier alone still allows a call is paid for by money held, also with this program switched off.
//! 2. One decision to recharge charges a card at most once.
//! 3. A payment that succeeded is credited exactly once, also late.
//! 4. A limit grows only after money in the books, never by a payment's status.
//! 5. Every authorised second is billed once, at the rate frozen when its money was held.
//! 6. The books are double entry and append-only.
//! 7. Repeated, late, reordered, lost and forged messages change nothing in the end.

// Everything a handler or a job can reach; start and orderly stop.
pub mod app;
// The commands.
pub mod cli;
// The only home of now, and how tests drive it.
pub mod clock;
// Every setting.
pub mod config;
// The whole product and its world on one machine, with a story.
pub mod demo;
// The rules: no I/O, no clock, no chance.
pub mod domain;
// Stories of the books, one transaction each.
pub mod flows;
// What a flow needs of a card processor.
pub mod forms;
// The only home of random names.
pub mod ids;
// What happens later or outside.
pub mod jobs;
// What is counted.
pub mod metrics;
pub mod notices;
// The one place that sends a request.
pub mod outbound;
// Card processors, without I/O.
pub mod payments;
// A pretended carrier and card processor, reached over HTTP.
pub mod sandbox;
// The only SQL.
pub mod storage;
// Carriers, without I/O.
pub mod voice;
// Pages, API and webhooks: every route.
pub mod web;
// HTTP messages as values.
pub mod wire;

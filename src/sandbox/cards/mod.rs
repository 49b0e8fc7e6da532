//! A card processor in the shape of Stripe.

mod errors;
mod faults;
mod form;
mod idempotency;
mod model;
mod objects;
mod operations;
mod params;
mod test_cards;
mod webhooks;

pub use faults::{Fault, FaultKind};

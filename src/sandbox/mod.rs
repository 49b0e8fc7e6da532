//! The world outside, pretended: a carrier and two card processors on loopback that know nothing of the product but its
//! clock and ids, and that it reaches only over HTTP.

pub mod cards;
pub mod carrier;
pub mod hyperswitch;
pub mod watch;

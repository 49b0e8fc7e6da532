//! The rules. Events and present state in, decisions out: no I/O, no clock, no randomness, no async.

pub mod currency;
pub mod money;
pub mod phone_number;

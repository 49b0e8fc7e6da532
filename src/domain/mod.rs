//! The rules. Events and present state in, decisions out: no I/O, no clock, no randomness, no async.

pub mod admission;
pub mod call;
pub mod checkout;
pub mod checkpoint;
pub mod consent;
pub mod country;
pub mod currency;
pub mod deck;
pub mod deck_change;
pub mod event;
pub mod exchange;
pub mod figures;
pub mod language;
pub mod ledger;
pub mod money;
pub mod payment;
pub mod phone_number;
pub mod rating;
pub mod recharge;
pub mod recording;
pub mod refund;
pub mod room_profile;
pub mod scope;
pub mod setting;
pub mod time_limit;
pub mod wallet;

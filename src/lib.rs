//! Talktime: prepaid calling billing over Twilio.
pub mod clock;
pub mod ids;
pub mod sandbox;

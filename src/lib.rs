//! Talktime: prepaid calling billing over Twilio.
pub mod clock;
pub mod domain;
pub mod ids;
pub mod outbound;
pub mod payments;
pub mod voice;
pub mod wire;

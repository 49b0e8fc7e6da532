//! Talktime: prepaid calling billing over Twilio.
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod flows;
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

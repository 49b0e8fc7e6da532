//! `talktime sandbox`: the carrier alone, and the card processor alone, for anybody's application.

use std::process::ExitCode;

use clap::Args;
use secrecy::ExposeSecret;

use super::CommandError;
use super::serve::{listen, wait_for_the_end};
use crate::clock::Clock;
use crate::config::Settings;
use crate::sandbox::carrier::{self, CarrierSettings};

#[derive(Args)]
pub struct Sandbox {
    /// Where the Twilio-shaped API listens.
    #[arg(long, default_value = "127.0.0.1:8091")]
    carrier: String,
}

pub async fn run(sandbox: &Sandbox, settings: &Settings) -> Result<ExitCode, CommandError> {
    let config = settings.carrier()?;
    let clock = Clock::running(1);
    let carrier_settings = CarrierSettings::new(&config.account_sid, config.auth_token.expose_secret());
    let said = |error: std::io::Error| CommandError::Said(error.to_string());
    let carrier = carrier::start(listen(&sandbox.carrier)?, carrier_settings, clock).await.map_err(said)?;
    println!("carrier at {}", carrier.base_url());
    wait_for_the_end().await?;
    Ok(ExitCode::SUCCESS)
}

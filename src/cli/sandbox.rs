//! `talktime sandbox`: the carrier and the card processors alone, for anybody's application.

use std::process::ExitCode;

use clap::Args;
use secrecy::ExposeSecret;

use super::serve::{listen, wait_for_the_end};
use super::{CommandError, Pace};
use crate::clock::Clock;
use crate::config::Settings;
use crate::sandbox::cards::{self, CardsSettings};
use crate::sandbox::carrier::{self, CarrierSettings};
use crate::sandbox::hyperswitch::{self, Hyperswitch, HyperswitchSettings};

#[derive(Args)]
pub struct Sandbox {
    /// Where the Twilio-shaped API listens.
    #[arg(long, default_value = "127.0.0.1:8091")]
    carrier: String,
    /// Where the Stripe-shaped API listens.
    #[arg(long, default_value = "127.0.0.1:8092")]
    cards: String,
    /// Where the card processor sends its events.
    #[arg(long)]
    cards_webhook: Option<String>,
    /// Where the Hyperswitch-shaped API listens; without it there is none.
    #[arg(long)]
    hyperswitch: Option<String>,
    /// Where that one sends its events.
    #[arg(long, requires = "hyperswitch")]
    hyperswitch_webhook: Option<String>,
    #[command(flatten)]
    pace: Pace,
}

/// Its credentials are the settings of the service that will use it.
pub async fn run(sandbox: &Sandbox, settings: &Settings) -> Result<ExitCode, CommandError> {
    let (carrier_config, cards_config) = (settings.carrier()?, settings.stripe()?);
    let clock = sandbox.pace.clock();
    let said = |error: std::io::Error| CommandError::Said(error.to_string());
    let carrier_settings = CarrierSettings::new(&carrier_config.account_sid, carrier_config.auth_token.expose_secret());
    let carrier = carrier::start(listen(&sandbox.carrier)?, carrier_settings, clock.clone()).await.map_err(said)?;
    let cards_settings = CardsSettings {
        secret_key: cards_config.secret_key.expose_secret().to_owned(),
        webhook_url: sandbox.cards_webhook.clone(),
        webhook_secret: cards_config.webhook_secrets[0].expose_secret().to_owned(),
    };
    let cards = cards::start(listen(&sandbox.cards)?, cards_settings, clock.clone()).await.map_err(said)?;
    println!("carrier, and its phones:  {}", carrier.base_url());
    println!("card processor:           {}", cards.base_url());
    let other = match &sandbox.hyperswitch {
        Some(address) => Some(start_hyperswitch(address, sandbox, settings, clock).await?),
        None => None,
    };
    wait_for_the_end().await?;
    carrier.stop().await;
    cards.stop().await;
    if let Some(other) = other {
        other.stop().await;
    }
    Ok(ExitCode::SUCCESS)
}

async fn start_hyperswitch(
    address: &str,
    sandbox: &Sandbox,
    settings: &Settings,
    clock: Clock,
) -> Result<Hyperswitch, CommandError> {
    let config = settings.hyperswitch()?;
    let settings = HyperswitchSettings {
        api_key: config.api_key.expose_secret().to_owned(),
        webhook_url: sandbox.hyperswitch_webhook.clone(),
        webhook_secret: config.webhook_secrets[0].expose_secret().to_owned(),
    };
    let started = hyperswitch::start(listen(address)?, settings, clock).await;
    let started = started.map_err(|error| CommandError::Said(error.to_string()))?;
    println!("the other card processor: {}", started.base_url());
    Ok(started)
}

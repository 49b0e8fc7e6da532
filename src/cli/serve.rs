//! `talktime serve` and `talktime migrate`.

use std::net::TcpListener;
use std::process::ExitCode;

use super::CommandError;
use crate::app::{Service, StartError};
use crate::clock::Clock;
use crate::config::Settings;
use crate::jobs::schedule;

pub async fn serve(settings: &Settings, clock: Clock) -> Result<ExitCode, CommandError> {
    let config = settings.service()?;
    super::migrate(&config.database.url).await?;
    let listener = listen(&config.listen)?;
    tracing::info!(listen = config.listen, public_url = config.public_url, "serving");
    let service = Service::start(config, clock, listener).await?;
    let mut scheduler = schedule::start(&service.app).await.map_err(StartError::from)?;
    wait_for_the_end().await?;
    tracing::info!("stopping: what was begun comes to its end");
    scheduler.shutdown().await.map_err(StartError::from)?;
    service.stop().await;
    Ok(ExitCode::SUCCESS)
}

pub fn listen(address: &str) -> Result<TcpListener, CommandError> {
    let listener = TcpListener::bind(address)
        .map_err(|error| CommandError::Said(format!("cannot listen on {address}: {error}")))?;
    listener.set_nonblocking(true).map_err(|error| CommandError::Said(error.to_string()))?;
    Ok(listener)
}

/// Ctrl-C, or the signal of an orderly shutdown.
pub async fn wait_for_the_end() -> Result<(), CommandError> {
    use tokio::signal::unix::{SignalKind, signal};
    let said = |error: std::io::Error| CommandError::Said(error.to_string());
    let mut terminate = signal(SignalKind::terminate()).map_err(said)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(said),
        _ = terminate.recv() => Ok(()),
    }
}

pub async fn migrate(settings: &Settings) -> Result<ExitCode, CommandError> {
    let run = super::migrate(&settings.database()?.url).await?;
    println!("{} migrations run", run.len());
    Ok(ExitCode::SUCCESS)
}

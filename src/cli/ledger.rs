//! `talktime ledger check`.

use std::process::ExitCode;

use clap::Subcommand;

use super::CommandError;
use crate::config::Settings;
use crate::storage::ledger;

#[derive(Subcommand)]
pub enum Ledger {
    /// Check every promise about the books over the whole database.
    Check,
}

pub async fn run(command: &Ledger, settings: &Settings) -> Result<ExitCode, CommandError> {
    let Ledger::Check = command;
    let (db, _) = super::open(settings).await?;
    let broken = db.read(ledger::check).await.map_err(CommandError::from)?;
    for row in &broken {
        println!("{row}");
    }
    if broken.is_empty() {
        println!("The books balance.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

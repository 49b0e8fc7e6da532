//! `talktime ledger check | rerate`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{CommandError, rerate};
use crate::config::Settings;
use crate::storage::{Db, ledger};

#[derive(Subcommand)]
pub enum Ledger {
    /// Check every promise about the books over the whole database.
    Check,
    /// Compute a settled call anew from what is frozen and recorded, and say how; fails if other amounts are booked.
    Rerate {
        call: String,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(command: &Ledger, settings: &Settings) -> Result<ExitCode, CommandError> {
    let (db, _) = super::open(settings).await?;
    match command {
        Ledger::Check => check(&db).await,
        Ledger::Rerate { call, json } => rerate::run(&db, call, *json).await,
    }
}

async fn check(db: &Db) -> Result<ExitCode, CommandError> {
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

//! `talktime ledger check | clearing | rerate`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::{CommandError, output, rerate};
use crate::config::Settings;
use crate::domain::money::Money;
use crate::storage::house_ledger::{self, Standing};
use crate::storage::{Db, ledger};

#[derive(Subcommand)]
pub enum Ledger {
    /// Check every promise about the books over the whole database.
    Check,
    /// What card processors owe us by our books, and what that is made of.
    Clearing {
        #[arg(long)]
        json: bool,
    },
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
        Ledger::Clearing { json } => clearing(&db, *json).await,
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

#[derive(Serialize)]
struct Shown<'a> {
    place: &'a str,
    currency: &'a str,
    what: &'a str,
    amount: Money,
}

/// It drains to nothing when everything is paid out; what stays has not been, or is one side's alone.
async fn clearing(db: &Db, json: bool) -> Result<ExitCode, CommandError> {
    let parts = db.read(house_ledger::standings).await.map_err(CommandError::from)?;
    let mut sums: BTreeMap<(&str, &str), Money> = BTreeMap::new();
    for part in &parts {
        let Standing { place, currency, what, .. } = part;
        *sums.entry((place.as_str(), currency.as_str())).or_default() += part.amount();
        show(json, &Shown { place, currency, what, amount: part.amount() });
    }
    for ((place, currency), amount) in sums {
        show(json, &Shown { place, currency, what: "owed", amount });
    }
    Ok(ExitCode::SUCCESS)
}

fn show(json: bool, Shown { place, currency, what, amount }: &Shown) {
    if json {
        output::json(&Shown { place, currency, what, amount: *amount });
    } else {
        println!("{place} {what}: {amount} {currency}");
    }
}

//! `talktime rates exchange import | list`: conversions of currencies.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;

use super::{ACTOR, CommandError, output};
use crate::domain::conversion::{self, Conversion};
use crate::flows::keep_conversions::keep_conversions;
use crate::storage::Db;
use crate::storage::conversions::{self, Listed};

#[derive(Subcommand)]
pub enum Exchange {
    /// Take a CSV file with the columns from, to, rate and, if wanted, effective_from; or nothing of it.
    Import { file: PathBuf },
    /// Show the newest rows, the newest first.
    List {
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        most: i64,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(command: Exchange, db: &Db, now: DateTime<Utc>) -> Result<ExitCode, CommandError> {
    match command {
        Exchange::Import { file } => {
            let csv = std::fs::read(&file)
                .map_err(|error| CommandError::Said(format!("cannot read {}: {error}", file.display())))?;
            import(db, &csv, now).await?;
        }
        Exchange::List { most, json } => {
            let rows = db.read(move |tx| Ok::<_, CommandError>(conversions::list(tx, None, most)?)).await?;
            rows.iter().for_each(|row| show(row, json));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(db: &Db, csv: &[u8], now: DateTime<Utc>) -> Result<(), CommandError> {
    let given = conversion::read(csv, now).map_err(|bad_lines| {
        for bad in &bad_lines {
            println!("line {}: {}: {}", bad.line, bad.field, bad.reason);
        }
        CommandError::Said(format!("{} bad lines; nothing was imported", bad_lines.len()))
    })?;
    let kept = db.write(move |tx| keep_conversions(tx, &given, ACTOR, now)).await?;
    println!("{} conversions are new, {} stood there already", kept.added, kept.already);
    Ok(())
}

fn show(row: &Listed, as_json: bool) {
    let Conversion { from, to, rate, effective_from } = &row.conversion;
    if as_json {
        output::json(&json!({
            "id": row.id, "from": from, "to": to, "rate": rate, "effective_from": effective_from,
            "added_by": row.added_by, "added_at": row.added_at,
        }));
    } else {
        println!("1 {from} is {rate} {to} from {effective_from}, by {}", row.added_by);
    }
}

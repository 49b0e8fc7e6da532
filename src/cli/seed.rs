//! `talktime seed`: fills an empty database with made-up books, to measure with and to look at.

use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::CommandError;
use crate::config::Settings;
use crate::flows::FlowError;
use crate::flows::figures::{Counted, close_hours};
use crate::flows::seed::{Begun, Size, begin};
use crate::ids;
use crate::storage::Db;
use crate::web::auth::password;

#[derive(clap::Args)]
pub struct Seed {
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    #[arg(long, default_value_t = 1_000_000)]
    calls: usize,
    /// Another number makes other books.
    #[arg(long = "seed", default_value_t = 1)]
    number: u64,
}

pub async fn run(command: &Seed, settings: &Settings) -> Result<ExitCode, CommandError> {
    let (db, clock) = super::open(settings).await?;
    let password = ids::secret()[..16].to_owned();
    let size = Size { accounts: command.accounts, calls: command.calls, number: command.number };
    if !fill(&db, size, &password, clock.now()).await? {
        let said = "there are accounts in this database already; made-up books go into an empty one";
        return Err(CommandError::Said(said.to_owned()));
    }
    println!("{password}");
    eprintln!(
        "talktime: {} accounts with {} calls; caller1@example.com and owner@example.com sign in with this password",
        size.accounts, size.calls
    );
    Ok(ExitCode::SUCCESS)
}

/// `false` if the database is not empty. Everybody's password is hashed once, since that takes its time.
pub async fn fill(db: &Db, size: Size, password: &str, now: DateTime<Utc>) -> Result<bool, FlowError> {
    let hash = password::hash(password);
    let mut seed = match db.write(move |tx| begin(tx, size, &hash, now)).await? {
        Begun::Seed(seed) => seed,
        Begun::NotEmpty => return Ok(false),
    };
    let mut more = true;
    while more {
        (seed, more) = db
            .write(move |tx| {
                let more = seed.some_calls(tx)?;
                Ok::<_, FlowError>((seed, more))
            })
            .await?;
    }
    db.write(move |tx| seed.finish(tx)).await?;
    while db.write(move |tx| close_hours(tx, now)).await? == Counted::More {}
    Ok(true)
}

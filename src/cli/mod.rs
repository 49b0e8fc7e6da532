//! The command line. Every command ends with 0, or with 1 and one clear sentence on the error output; what cannot even
//! be read as a command ends with 2 and says what was expected.

mod account;
mod caps;
mod demo;
mod exchange;
mod ledger;
mod margin;
mod output;
mod payments;
mod rates;
mod reconcile;
mod rerate;
mod sandbox;
pub mod seed;
mod serve;
mod user;
pub mod voicemail;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{ConfigError, Settings};
use crate::flows::FlowError;
use crate::storage::{Db, StorageError};

#[derive(Parser)]
#[command(name = "talktime", version, about = "Prepaid calling billing over Twilio")]
struct Command {
    /// Settings from this TOML file; the environment goes before it.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve browsers, API and webhooks, and run jobs.
    Serve(Pace),
    /// Play the whole story on this machine: no account anywhere is needed.
    Demo(demo::Demo),
    /// Bring the database to the newest layout.
    Migrate,
    /// Play the carrier and the card processor for somebody's application.
    Sandbox(sandbox::Sandbox),
    /// Rate decks.
    #[command(subcommand)]
    Rates(rates::Rates),
    /// Fill an empty database with made-up books: to measure with, and to look at.
    Seed(seed::Seed),
    /// Customers' accounts.
    #[command(subcommand)]
    Account(account::Account),
    /// How much accounts may use at once, and where to.
    #[command(subcommand)]
    Caps(caps::Caps),
    /// People who sign in.
    #[command(subcommand)]
    User(user::User),
    /// Leave a message for whoever a plain <Dial> of another application has reached.
    VoicemailDrop(voicemail::VoicemailDrop),
    /// Our books beside somebody else's.
    #[command(subcommand)]
    Reconcile(reconcile::Reconcile),
    /// Whether cards are charged: stop it, start it again.
    #[command(subcommand)]
    Payments(payments::Payments),
    /// The books.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
}

/// How time passes, for stories of several processes.
#[derive(clap::Args)]
struct Pace {
    /// Let time pass so many times faster.
    #[arg(long, hide = true, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    speed: u32,
    /// Since when it has.
    #[arg(long, hide = true)]
    since: Option<DateTime<Utc>>,
}

impl Pace {
    fn clock(&self) -> Clock {
        match self.since {
            Some(anchor) => Clock::running_since(anchor, self.speed),
            None => Clock::running(self.speed),
        }
    }
}

/// Why a command failed, in a sentence for the person who gave it.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error(transparent)]
    Start(#[from] crate::app::StartError),
    #[error("{0}")]
    Said(String),
}

impl From<StorageError> for CommandError {
    fn from(error: StorageError) -> Self {
        Self::Flow(error.into())
    }
}

pub async fn run() -> ExitCode {
    let command = Command::parse();
    match obey(command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("talktime: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: Command) -> Result<ExitCode, CommandError> {
    let settings = Settings::from_environment(command.config.as_deref())?;
    output::log(&settings)?;
    match command.verb {
        Verb::Serve(pace) => serve::serve(&settings, pace.clock()).await,
        Verb::Demo(demo) => demo::run(demo).await,
        Verb::Migrate => serve::migrate(&settings).await,
        Verb::Sandbox(sandbox) => sandbox::run(&sandbox, &settings).await,
        Verb::Rates(rates) => rates::run(rates, &settings).await,
        Verb::Seed(seed) => seed::run(&seed, &settings).await,
        Verb::Account(account) => account::run(account, &settings).await,
        Verb::Caps(command) => caps::run(command, &settings).await,
        Verb::User(user) => user::run(user, &settings).await,
        Verb::VoicemailDrop(command) => voicemail::run(&command, &settings).await,
        Verb::Reconcile(command) => reconcile::run(&command, &settings).await,
        Verb::Payments(command) => payments::run(command, &settings).await,
        Verb::Ledger(ledger) => ledger::run(&ledger, &settings).await,
    }
}

/// The database a command works on, brought to the newest layout, and the clock.
async fn open(settings: &Settings) -> Result<(Db, Clock), CommandError> {
    let database = settings.database()?;
    migrate(&database.url).await?;
    Ok((Db::open(&database.url, 2, |_| {})?, Clock::running(1)))
}

async fn migrate(url: &str) -> Result<Vec<String>, CommandError> {
    let url = url.to_owned();
    let done = tokio::task::spawn_blocking(move || Db::migrate(&url)).await;
    Ok(done.map_err(|_| StorageError::ShuttingDown)??)
}

/// Who did it, in the audit.
const ACTOR: &str = "command line";

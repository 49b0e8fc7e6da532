//! `talktime rates import | export | exchange | margin | quote`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::exchange::{self, Exchange};
use super::{ACTOR, CommandError, margin, output};
use crate::config::Settings;
use crate::domain::currency::Currency;
use crate::domain::deck::mapping::Mapping;
use crate::domain::deck::{self, Reading};
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::flows::FlowError;
use crate::flows::check_margin::MarginQuestion;
use crate::flows::import_deck::{DeckUpload, Import, Imported};
use crate::flows::open_account::ensure_plan;
use crate::flows::quote_number::{NumberQuestion, quote_number};
use crate::storage::{Db, accounts, rates};

#[derive(Subcommand)]
pub enum Rates {
    /// Take a deck, or nothing of it and every bad line named.
    Import {
        file: PathBuf,
        #[arg(long)]
        plan: String,
        /// A day or a time; at once if not given.
        #[arg(long, value_parser = deck::time)]
        effective: Option<DateTime<Utc>>,
        /// Only read it and report.
        #[arg(long)]
        dry_run: bool,
        /// What a column of the file is, if its name does not say so: `price_per_minute=USD/min`, `ignore=Notes`,
        /// `ignore=*`. Once for each.
        #[arg(long = "map", value_name = "COLUMN=HEADER")]
        map: Vec<String>,
        /// The plan's currency, if the plan is not there yet and is made.
        #[arg(long, default_value = "USD")]
        currency: Currency,
    },
    /// Write the deck in effect as CSV.
    Export {
        #[arg(long)]
        plan: String,
    },
    /// Conversions of currencies, for plans that follow a cost deck in another.
    #[command(subcommand)]
    Exchange(Exchange),
    /// Where calls would lose money to the carrier, which bills every begun minute, and how much.
    Margin {
        #[arg(long)]
        plan: String,
        /// The plan whose deck says what the carrier asks.
        #[arg(long)]
        cost: String,
        #[arg(long)]
        json: bool,
    },
    /// What a number costs, what seconds cost, how long funds last.
    Quote {
        #[arg(long)]
        plan: String,
        #[arg(long)]
        to: PhoneNumber,
        /// The paying phone, on which price and tax may depend.
        #[arg(long)]
        from: Option<PhoneNumber>,
        /// Whose bundles count.
        #[arg(long)]
        account: Option<String>,
        /// When the call would begin; now if not given.
        #[arg(long, value_parser = deck::time)]
        at: Option<DateTime<Utc>>,
        #[arg(long)]
        seconds: Option<u32>,
        #[arg(long)]
        funds: Option<Money>,
        #[arg(long)]
        json: bool,
        /// Say how the cost came about, also in JSON.
        #[arg(long)]
        explain: bool,
    },
}

pub async fn run(command: Rates, settings: &Settings) -> Result<ExitCode, CommandError> {
    let (db, clock) = super::open(settings).await?;
    let now = clock.now();
    match command {
        Rates::Import { file, plan, effective, dry_run, map, currency } => {
            let csv = std::fs::read(&file)
                .map_err(|error| CommandError::Said(format!("cannot read {}: {error}", file.display())))?;
            let mapping =
                map.join("\n").parse::<Mapping>().map_err(|why| CommandError::Said(format!("--map: {why}")))?;
            let actor = ACTOR.to_owned();
            let upload = DeckUpload { plan_name: plan, csv, effective_from: effective, actor, dry_run };
            report(import(&db, upload, mapping, currency, now).await?)
        }
        Rates::Exchange(command) => exchange::run(command, &db, now).await,
        Rates::Margin { plan, cost, json } => {
            let (billing, most_seconds) = (settings.carrier_billing()?, settings.rules()?.timing.most_seconds);
            margin::run(&db, MarginQuestion { plan, cost_plan: cost, billing, most_seconds, at: now }, json).await
        }
        Rates::Export { plan } => export(&db, plan, now).await,
        Rates::Quote { plan, to, from, account, at, seconds, funds, json, explain } => {
            let most = settings.rules()?.timing.most_seconds;
            let (seconds, at) = (seconds.map(i64::from), at.unwrap_or(now));
            let explain = explain || !json;
            let asked = NumberQuestion { plan, to: to.clone(), from, seconds, funds, account, explain, at };
            let quote = db.read(move |tx| quote_number(tx, &asked, most)).await?;
            let quote = quote.map_err(|why| CommandError::Said(why.of_the_plan(&to)))?;
            if json {
                output::json(&quote);
            } else {
                println!("{}", serde_json::to_string_pretty(&quote).expect("a quote is plain data"));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// A dry run makes no plan, and a deck that is refused none either.
async fn import(
    db: &Db,
    upload: DeckUpload,
    mapping: Mapping,
    currency: Currency,
    now: DateTime<Utc>,
) -> Result<Imported, CommandError> {
    let read = db.read(move |tx| {
        let ours = accounts::plan_by_name(tx, &upload.plan_name)?.map_or(currency, |plan| plan.currency);
        let otherwise = upload.effective_from.unwrap_or(now);
        let rates = deck::read(&upload.csv, &Reading { otherwise, currency: Some(ours), mapping });
        Ok::<_, CommandError>((upload.without_file(), rates))
    });
    let (upload, rates) = match read.await? {
        (_, Err(bad_lines)) => return Ok(Imported::Refused(bad_lines)),
        (upload, Ok(rates)) if upload.dry_run => return Ok(Imported::Readable { rates: rates.len() }),
        (upload, Ok(rates)) => (upload, rates),
    };
    let mut import = Import::of(&upload, rates, db.rows_at_once(), now);
    db.write(move |tx| ensure_plan(tx, &upload.plan_name, currency, false, now)).await?;
    Ok(db.write_in_turns(move |tx| import.go_on(tx)).await?)
}

fn report(imported: Imported) -> Result<ExitCode, CommandError> {
    match imported {
        Imported::Deck { id, rates, effective_from } => {
            println!("{id}: {rates} rates, in effect from {effective_from}")
        }
        Imported::Readable { rates } => println!("{rates} rates could be imported; nothing was"),
        Imported::Refused(bad_lines) => {
            for bad in &bad_lines {
                println!("line {}: {}: {}", bad.line, bad.field, bad.reason);
            }
            return Err(CommandError::Said(format!("{} bad lines; nothing was imported", bad_lines.len())));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(db: &Db, plan: String, now: DateTime<Utc>) -> Result<ExitCode, CommandError> {
    let rates = db
        .read(move |tx| {
            let found = accounts::plan_by_name(tx, &plan)?.ok_or_else(|| FlowError::not_found("plan", &plan))?;
            let deck = rates::current_deck(tx, &found.id, now)?;
            let deck = deck.ok_or_else(|| FlowError::not_found("deck in effect for plan", &plan))?;
            Ok::<_, CommandError>(rates::table(tx, &deck.id)?)
        })
        .await?;
    deck::write(&rates, std::io::stdout()).map_err(|error| CommandError::Said(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

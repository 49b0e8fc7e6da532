//! `talktime account create | credit | promo | freeze | unfreeze | show`.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;

use super::{ACTOR, CommandError, output};
use crate::config::Settings;
use crate::domain::currency::Currency;
use crate::domain::deck;
use crate::domain::money::Money;
use crate::domain::two_persons::{Request, Who};
use crate::flows::FlowError;
use crate::flows::by_hand::{Booked, ByHand, by_hand};
use crate::flows::freeze::{freeze, unfreeze};
use crate::flows::open_account::{Opened, ensure_plan, open_account};
use crate::flows::promo::Granted;
use crate::flows::two_persons::{Asked, Deed, promo};
use crate::ids;
use crate::storage::{Db, accounts};

#[derive(Subcommand)]
pub enum Account {
    /// Open an account. The plan is made if it is not there yet.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        currency: Currency,
        #[arg(long)]
        plan: String,
    },
    /// Credit an account.
    Credit {
        id: String,
        amount: Money,
        #[arg(long)]
        reason: String,
        /// Made up once: the same key again changes nothing.
        #[arg(long)]
        key: Option<String>,
    },
    /// Grant promotional credit: spent before cash, and gone at its end.
    Promo {
        id: String,
        amount: Money,
        /// Its end, such as 2026-12-24 or 2026-12-24T18:00:00Z.
        #[arg(long, value_parser = deck::time)]
        until: DateTime<Utc>,
        #[arg(long)]
        reason: String,
        /// Made up once: the same key again changes nothing.
        #[arg(long)]
        key: Option<String>,
    },
    /// No calls and no money in but by hand, until somebody has looked. What runs ends with what is paid for.
    Freeze {
        id: String,
        #[arg(long)]
        reason: String,
    },
    /// Somebody has looked.
    Unfreeze {
        id: String,
        #[arg(long)]
        reason: String,
    },
    /// Show an account.
    Show {
        id: String,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(command: Account, settings: &Settings) -> Result<ExitCode, CommandError> {
    let (db, clock) = super::open(settings).await?;
    let now = clock.now();
    match command {
        Account::Create { email, currency, plan } => {
            let opened = db
                .write(move |tx| {
                    ensure_plan(tx, &plan, currency, false, now)?;
                    open_account(tx, &email, currency, &plan, ACTOR, now)
                })
                .await;
            let account = opened_account(opened?)?;
            println!("{}", account.id);
            eprintln!(
                "talktime: to let the caller sign in: talktime user add --email {} --role caller --account {}",
                account.email, account.id
            );
        }
        Account::Credit { id, amount, reason, key } => {
            let (deed, limits) = (deed(id, amount, reason, key)?, settings.two_persons()?);
            match db.write(move |tx| by_hand(tx, ByHand::Credit, &deed, &Who::person(ACTOR), &limits, now)).await? {
                Asked::Done(credited) => println!("{}", said(credited)?),
                Asked::Waits(request) => println!("{}", said_of_waiting(&request, now)),
            }
        }
        Account::Promo { id, amount, until, reason, key } => {
            let (deed, limits) = (deed(id, amount, reason, key)?, settings.two_persons()?);
            match db.write(move |tx| promo(tx, &deed, until, &Who::person(ACTOR), &limits, now)).await? {
                Asked::Done(granted) => println!("{}", said_of_promo(granted)?),
                Asked::Waits(request) => println!("{}", said_of_waiting(&request, now)),
            }
        }
        Account::Freeze { id, reason } => {
            let froze = db.write(move |tx| freeze(tx, &id, &reason, ACTOR, now)).await?;
            println!("{}", if froze { "frozen" } else { "it was frozen before" });
        }
        Account::Unfreeze { id, reason } => {
            let freed = db.write(move |tx| unfreeze(tx, &id, &reason, ACTOR, now)).await?;
            println!("{}", if freed { "not frozen any more" } else { "it was not frozen" });
        }
        Account::Show { id, json } => show(&db, id, json).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn deed(account: String, amount: Money, reason: String, key: Option<String>) -> Result<Deed, CommandError> {
    if !amount.is_positive() {
        return Err(CommandError::Said(format!("the amount {amount} is not above zero")));
    }
    Ok(Deed { account, key: key.unwrap_or_else(|| ids::new("cli")), amount, reason })
}

fn said_of_waiting(request: &Request, now: DateTime<Utc>) -> String {
    format!("{} is {}: a second person approves it", request.id, request.standing(now))
}

fn said_of_promo(granted: Granted) -> Result<&'static str, CommandError> {
    match granted {
        Granted::Now(_) => Ok("granted"),
        Granted::Already(_) => Ok("this key was used for the same grant before"),
        Granted::OtherAmount { was } => Err(CommandError::Said(format!("this key was used for a grant of {was}"))),
        Granted::Refused(why) => Err(CommandError::Said(why.to_string())),
    }
}

fn said(booked: Booked) -> Result<&'static str, CommandError> {
    match booked {
        Booked::Now => Ok("credited"),
        Booked::Already => Ok("this key was credited before"),
        Booked::Refused(why) => Err(CommandError::Said(why.to_string())),
    }
}

fn opened_account(opened: Opened) -> Result<accounts::Account, CommandError> {
    match opened {
        Opened::Account(account) => Ok(account),
        Opened::EmailTaken => Err(CommandError::Said("there is an account with this e-mail address".to_owned())),
        Opened::UnknownPlan => Err(CommandError::Said("there is no such plan".to_owned())),
        Opened::OtherCurrency { plan } => Err(CommandError::Said(format!("the plan's currency is {plan}"))),
        Opened::BadEmail => Err(CommandError::Said("this is not an e-mail address".to_owned())),
    }
}

async fn show(db: &Db, id: String, as_json: bool) -> Result<(), CommandError> {
    let (account, wallet) = db
        .read(move |tx| {
            let unknown = || FlowError::not_found("account", &id);
            let account = accounts::find(tx, &id)?.ok_or_else(unknown)?;
            Ok::<_, CommandError>((account, accounts::wallet(tx, &id)?.ok_or_else(unknown)?))
        })
        .await?;
    if as_json {
        output::json(&json!({
            "id": account.id, "email": account.email, "status": account.status, "currency": account.currency,
            "balance": wallet.balance(), "promo": wallet.promo, "held": wallet.reserved, "available": wallet.available(), "debt": wallet.debt,
            "frozen_because": account.frozen_because,
        }));
    } else {
        println!("{} {} ({})", account.id, account.email, account.status);
        if let Some(because) = &account.frozen_because {
            println!("frozen: {because}");
        }
        println!("balance {} {}, of which {} is held", wallet.balance(), account.currency, wallet.reserved);
        println!("promotional credit in it: {}", wallet.promo);
    }
    Ok(())
}

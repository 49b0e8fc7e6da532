//! `talktime caps show | set`: how much accounts may use at once, and where to.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{ACTOR, CommandError, output};
use crate::config::Settings;
use crate::domain::caps::Caps as Settled;
use crate::domain::setting::Setting;
use crate::flows::FlowError;
use crate::flows::caps::{CapsChanged, caps_of, change_caps, lines_of};
use crate::storage::caps::Whose;
use crate::storage::{Tx, accounts};

#[derive(Subcommand)]
pub enum Caps {
    /// Say which caps there are.
    Show {
        #[command(flatten)]
        of: Of,
        #[arg(long)]
        json: bool,
    },
    /// Set caps, such as most_an_hour=20.00; with nothing after the sign there is none. What is not named stays.
    Set {
        #[command(flatten)]
        of: Of,
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = pair)]
        caps: Vec<(String, String)>,
    },
}

/// Whose caps: the house's, if nobody is named.
#[derive(Args, Clone)]
pub struct Of {
    /// Of every account under this plan.
    #[arg(long, conflicts_with = "account")]
    plan: Option<String>,
    /// Of this account alone.
    #[arg(long)]
    account: Option<String>,
}

pub async fn run(command: Caps, settings: &Settings) -> Result<ExitCode, CommandError> {
    let (db, clock) = super::open(settings).await?;
    match command {
        Caps::Show { of, json } => {
            let read = move |tx: &mut Tx| {
                let whose = whose(tx, of)?;
                caps_of(tx, &whose).map(|caps| (whose, caps))
            };
            let (whose, caps) = db.read(read).await?;
            show(&whose, &caps, json);
        }
        Caps::Set { of, caps } => {
            let now = clock.now();
            let change = move |tx: &mut Tx| {
                let whose = whose(tx, of)?;
                refuse_unknown(&whose, &caps)?;
                Ok::<_, CommandError>((change_caps(tx, &whose, &caps, ACTOR, now)?, whose))
            };
            match db.write(change).await? {
                (CapsChanged::Now(caps) | CapsChanged::Already(caps), whose) => show(&whose, &caps, false),
                (CapsChanged::Bad(bad), _) => {
                    let said: Vec<_> = bad.into_iter().map(|bad| format!("{} {}", bad.name, bad.why)).collect();
                    return Err(CommandError::Said(said.join("; ")));
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn pair(given: &str) -> Result<(String, String), String> {
    let (name, value) = given.split_once('=').ok_or("a cap is given as name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn whose(tx: &mut Tx, of: Of) -> Result<Whose, FlowError> {
    match (of.account, of.plan) {
        (Some(account), _) => Ok(Whose::Account(account)),
        (None, Some(name)) => {
            let plan = accounts::plan_by_name(tx, &name)?.ok_or_else(|| FlowError::not_found("plan", &name))?;
            Ok(Whose::Plan(plan.id))
        }
        (None, None) => Ok(Whose::House),
    }
}

fn lines(whose: &Whose) -> impl Iterator<Item = &'static Setting<Settled>> {
    lines_of(whose).into_iter().flatten()
}

fn refuse_unknown(whose: &Whose, caps: &[(String, String)]) -> Result<(), CommandError> {
    let unknown = caps.iter().find(|(name, _)| lines(whose).all(|line| line.name != name));
    let Some((name, _)) = unknown else { return Ok(()) };
    let known: Vec<_> = lines(whose).map(|line| line.name).collect();
    Err(CommandError::Said(format!("there is no cap {name} here; there are {}", known.join(", "))))
}

fn show(whose: &Whose, caps: &Settled, as_json: bool) {
    let shown = lines(whose).map(|line| (line.name, (line.get)(caps)));
    if as_json {
        output::json(&shown.collect::<BTreeMap<_, _>>());
    } else {
        shown.for_each(|(name, value)| println!("{name}={value}"));
    }
}

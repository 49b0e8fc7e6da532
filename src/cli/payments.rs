//! `talktime payments stop | start | status`: the switch over all charging of cards, for when nothing else is at hand.

use std::process::ExitCode;

use clap::Subcommand;

use super::{ACTOR, CommandError};
use crate::config::Settings;
use crate::domain::charging::Charging;
use crate::domain::setting::Choice;
use crate::flows::FlowError;
use crate::flows::charging::switch_charging;
use crate::storage::{Db, Tx, breakers, charging};

/// Both are asked about, whichever are set up here.
const PROCESSORS: [&str; 2] = ["stripe", "hyperswitch"];

#[derive(Subcommand)]
pub enum Payments {
    /// Charge no cards any more, at once on every node. What was begun is looked after.
    Stop {
        #[arg(long)]
        reason: String,
        /// Customers may go on paying themselves.
        #[arg(long)]
        automatic_only: bool,
    },
    /// Charge cards again.
    Start {
        #[arg(long)]
        reason: String,
    },
    /// Say whether cards are charged, and whether the card processors answer.
    Status,
}

pub async fn run(command: Payments, settings: &Settings) -> Result<ExitCode, CommandError> {
    let (db, clock) = super::open(settings).await?;
    let wanted = match command {
        Payments::Stop { reason, automatic_only: true } => Some((Charging::NoAutomatic, reason)),
        Payments::Stop { reason, automatic_only: false } => Some((Charging::Off, reason)),
        Payments::Start { reason } => Some((Charging::On, reason)),
        Payments::Status => None,
    };
    if let Some((state, reason)) = wanted {
        let now = clock.now();
        db.write(move |tx| switch_charging(tx, state, &reason, ACTOR, now)).await?;
    }
    for line in status(&db).await? {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(db: &Db) -> Result<Vec<String>, FlowError> {
    let read = |tx: &mut Tx| {
        let mut lines = vec![match charging::find(tx)? {
            Some(switched) => format!("{}. {}: {}", switched.state.label(), switched.by, switched.reason),
            None => format!("{}.", Charging::default().label()),
        }];
        for name in PROCESSORS {
            let breaker = breakers::find(tx, name)?;
            if !breaker.is_closed() {
                lines.push(format!("{name} does not answer: {} since {}.", breaker.state.code(), breaker.since));
            }
        }
        Ok(lines)
    };
    db.read(read).await
}

//! `talktime user add`: lets somebody sign in. The password is made here and shown once.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::{ACTOR, CommandError};
use crate::config::Settings;
use crate::flows::FlowError;
use crate::flows::open_account::{add_user, is_email};
use crate::ids;
use crate::storage::accounts;
use crate::web::auth::password;

/// Long enough that nobody guesses it, short enough to be read out.
const PASSWORD_LENGTH: usize = 16;

#[derive(Subcommand)]
pub enum User {
    /// Let somebody sign in. The password is printed, this once.
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        role: Role,
        /// Whose calls and money a caller sees.
        #[arg(long)]
        account: Option<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Owner,
    Finance,
    Support,
    Viewer,
    Caller,
}

impl Role {
    fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Finance => "finance",
            Self::Support => "support",
            Self::Viewer => "viewer",
            Self::Caller => "caller",
        }
    }
}

pub async fn run(command: User, settings: &Settings) -> Result<ExitCode, CommandError> {
    let User::Add { email, role, account } = command;
    check(&email, role, account.as_deref())?;
    let (db, clock) = super::open(settings).await?;
    let password = ids::secret()[..PASSWORD_LENGTH].to_owned();
    let (hash, now, address) = (password::hash(&password), clock.now(), email.clone());
    let added = db.write(move |tx| {
        if let Some(id) = &account {
            accounts::find(tx, id)?.ok_or_else(|| FlowError::not_found("account", id))?;
        }
        add_user(tx, &address, hash, role.code(), account, ACTOR, now).map_err(|error| taken(error, &address))
    });
    added.await?;
    println!("{password}");
    eprintln!("talktime: {email} signs in with this password; it is not shown again");
    Ok(ExitCode::SUCCESS)
}

fn check(email: &str, role: Role, account: Option<&str>) -> Result<(), CommandError> {
    let said = |what: String| Err(CommandError::Said(what));
    match (role, account) {
        _ if !is_email(email.trim()) => said(format!("{email:?} is not an e-mail address")),
        (Role::Caller, None) => said("a caller needs an account: give it with --account".to_owned()),
        (Role::Owner | Role::Finance | Role::Support | Role::Viewer, Some(_)) => {
            said(format!("only callers have an account; the role {} goes without --account", role.code()))
        }
        (Role::Caller, Some(_)) | (Role::Owner | Role::Finance | Role::Support | Role::Viewer, None) => Ok(()),
    }
}

fn taken(error: FlowError, email: &str) -> CommandError {
    match error {
        FlowError::Storage(error) if error.is_duplicate() => {
            CommandError::Said(format!("somebody signs in as {email} already"))
        }
        error => error.into(),
    }
}

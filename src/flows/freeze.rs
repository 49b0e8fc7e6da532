//! An account is frozen until somebody has looked: no new calls, no recharges. What runs goes on as long as it is paid for.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::look_again::calls_without_money;
use crate::storage::audit::{self, Change};
use crate::storage::caps::Whose;
use crate::storage::{Tx, accounts};

/// `false`: it was frozen before, for the reason it has.
pub fn freeze(tx: &mut Tx, account: &str, because: &str, actor: &str, now: DateTime<Utc>) -> Result<bool, FlowError> {
    set(tx, account, Some(because), because, actor, now)
}

/// `false`: it was not frozen. Running calls may go on.
pub fn unfreeze(tx: &mut Tx, account: &str, reason: &str, actor: &str, now: DateTime<Utc>) -> Result<bool, FlowError> {
    let changed = set(tx, account, None, reason, actor, now)?;
    if changed {
        calls_without_money(tx, &Whose::Account(account.to_owned()), now)?;
    }
    Ok(changed)
}

fn set(
    tx: &mut Tx,
    account: &str,
    because: Option<&str>,
    detail: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<bool, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let found = accounts::find(tx, account)?.ok_or_else(unknown)?;
    if found.is_frozen() == because.is_some() {
        return Ok(false);
    }
    accounts::set_frozen(tx, account, because)?;
    let (action, before, after) = match because {
        Some(_) => ("freeze_account", "not frozen", "frozen"),
        None => ("unfreeze_account", "frozen", "not frozen"),
    };
    let (before, after) = (Some(before), Some(after));
    let deed = Change { actor, action, subject: account, account: Some(account), detail, before, after };
    audit::change(tx, &deed, now)?;
    Ok(true)
}

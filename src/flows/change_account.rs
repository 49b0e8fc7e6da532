//! An account is blocked, opened again, closed, or called by another plan. What a caller may not do any more ends at
//! once: calls of a blocked or closed account are hung up, and are billed for what was talked.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::end_call::end_call;
use crate::domain::money::Money;
use crate::storage::accounts::{Account, Plan};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, calls};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewStatus {
    /// No new calls, and the running ones end; money stays.
    Blocked,
    /// A blocked account may dial again.
    Open,
    /// For good. `anyway`: although calls are live, or there is a balance or a debt.
    Closed { anyway: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusChanged {
    Now,
    /// It was so before; nothing changed.
    Already,
    /// What is closed stays so: its owner may have been told that it is over.
    ClosedForGood,
    /// Closing would forget something: what live calls will cost is not known yet, and a balance is somebody's money,
    /// which wants to be paid back first.
    NotEmpty {
        live_calls: i64,
        balance: Money,
        debt: Money,
    },
}

pub fn change_status(
    tx: &mut Tx,
    account: &str,
    new: NewStatus,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<StatusChanged, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    // Dialling takes the same lock: nobody slips in between looking for calls and blocking.
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let found = accounts::find(tx, account)?.ok_or_else(unknown)?;
    let (status, action) = match new {
        NewStatus::Blocked => ("blocked", "block_account"),
        NewStatus::Open => ("open", "unblock_account"),
        NewStatus::Closed { .. } => ("closed", "close_account"),
    };
    if found.status == status {
        return Ok(StatusChanged::Already);
    }
    if found.status == "closed" {
        return Ok(StatusChanged::ClosedForGood);
    }
    if new == (NewStatus::Closed { anyway: false }) {
        let live_calls = calls::count_live(tx, account)?;
        if live_calls > 0 || wallet.posted.is_positive() || wallet.debt.is_positive() {
            return Ok(StatusChanged::NotEmpty { live_calls, balance: wallet.posted, debt: wallet.debt });
        }
    }
    accounts::set_status(tx, account, status)?;
    if status != "open" {
        for call in calls::live(tx, account)? {
            end_call(tx, &call, Some(actor), now)?;
        }
    }
    note(tx, &found, actor, action, reason, &found.status, status, now)?;
    Ok(StatusChanged::Now)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanChanged {
    Now,
    Already,
    UnknownPlan,
    /// The money of an account keeps its currency.
    OtherCurrency {
        plan: String,
    },
    ClosedForGood,
}

/// Calls that run keep the rates frozen when their money was held; the next one is rated by the new plan.
pub fn change_plan(
    tx: &mut Tx,
    account: &str,
    plan: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<PlanChanged, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let (found, old): (Account, Plan) = accounts::find_with_plan(tx, account)?.ok_or_else(unknown)?;
    let Some(new) = accounts::plan_by_name(tx, plan)? else { return Ok(PlanChanged::UnknownPlan) };
    if found.status == "closed" {
        return Ok(PlanChanged::ClosedForGood);
    }
    if new.id == old.id {
        return Ok(PlanChanged::Already);
    }
    if new.currency != found.currency {
        return Ok(PlanChanged::OtherCurrency { plan: new.currency.to_string() });
    }
    accounts::set_plan(tx, account, &new.id)?;
    note(tx, &found, actor, "change_plan", "", &old.name, &new.name, now)?;
    Ok(PlanChanged::Now)
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
fn note(
    tx: &mut Tx,
    account: &Account,
    actor: &str,
    action: &str,
    detail: &str,
    before: &str,
    after: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let change = Change {
        actor,
        action,
        subject: &account.id,
        account: Some(&account.id),
        detail,
        before: Some(before),
        after: Some(after),
    };
    Ok(audit::change(tx, &change, now)?)
}

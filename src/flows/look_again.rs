//! Money has come, or what kept calls from it is gone: an account's running calls look again, one after the other.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::storage::caps::Whose;
use crate::storage::{Tx, calls};

/// One job an account, so that its calls come in their order: of jobs of their own, chance would say which is first.
pub(super) fn all_calls(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    if !calls::running(tx, account)?.is_empty() {
        Job::LookAtCalls { account: account.to_owned() }.enqueue(tx, now)?;
    }
    Ok(())
}

/// Only those whose last look found none; the others look in their time.
pub(super) fn calls_without_money(tx: &mut Tx, whose: &Whose, now: DateTime<Utc>) -> Result<(), FlowError> {
    for account in calls::accounts_without_money(tx, whose)? {
        Job::LookAtCallsWithoutMoney { account }.enqueue(tx, now)?;
    }
    Ok(())
}

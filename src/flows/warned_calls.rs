//! What kept running calls from money is gone: those whose last look found none look again, while there is time.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::storage::caps::Whose;
use crate::storage::{Tx, calls};

/// Whose time runs out first is first.
pub(super) fn look_again(tx: &mut Tx, whose: &Whose, now: DateTime<Utc>) -> Result<(), FlowError> {
    let warned = match whose {
        Whose::House => calls::without_money_anywhere(tx, None)?,
        Whose::Plan(plan) => calls::without_money_anywhere(tx, Some(plan))?,
        Whose::Account(account) => calls::without_money(tx, account)?,
    };
    for call in warned {
        Job::Checkpoint { call }.enqueue(tx, now)?;
    }
    Ok(())
}

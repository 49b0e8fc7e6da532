//! What kept running calls from money is gone: those whose last look found none look again, while there is time.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::storage::caps::Whose;
use crate::storage::{Tx, calls};

/// Whose time runs out first is first.
pub(super) fn look_again(tx: &mut Tx, whose: &Whose, now: DateTime<Utc>) -> Result<(), FlowError> {
    for call in calls::without_money(tx, whose)? {
        Job::Checkpoint { call }.enqueue(tx, now)?;
    }
    Ok(())
}

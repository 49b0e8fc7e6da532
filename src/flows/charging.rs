//! The operator stops the charging of cards, or starts it again: in the database, so that every node obeys at once.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::look_again::calls_without_money;
use crate::domain::charging::Charging;
use crate::domain::setting::Choice;
use crate::storage::Tx;
use crate::storage::audit::{self, Change};
use crate::storage::caps::Whose;
use crate::storage::charging::{self, Switched};

/// Setting it as it stands changes nothing.
pub fn switch_charging(
    tx: &mut Tx,
    state: Charging,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let before = charging::state(tx)?;
    if before == state {
        return Ok(());
    }
    charging::put(tx, &Switched { state, reason: reason.to_owned(), by: actor.to_owned(), at: now })?;
    if state.allows_automatic() {
        calls_without_money(tx, &Whose::House, now)?;
    }
    let change = Change {
        actor,
        action: "switch_charging",
        subject: "charging",
        account: None,
        detail: reason,
        before: Some(before.code()),
        after: Some(state.code()),
    };
    tracing::warn!(state = state.code(), actor, reason, "the charging of cards was switched");
    Ok(audit::change(tx, &change, now)?)
}

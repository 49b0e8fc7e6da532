//! Somebody entitled ends a call: from its page, the API or the board.

use chrono::{DateTime, Utc};

use super::{FlowError, call_changed};
use crate::domain::call::progress::Event;
use crate::storage::{Tx, audit};

/// `by`: the administrator or program that does it, who stands in the audit then; `None` is the caller. Ending what has
/// ended changes nothing.
pub fn end_call(tx: &mut Tx, call: &str, by: Option<&str>, now: DateTime<Utc>) -> Result<(), FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    if let Some(actor) = by.filter(|_| change.call.is_running()) {
        audit::record(tx, actor, "end_call", call, &format!("of account {}", change.call.account), now)?;
    }
    let commands = change.call.apply(&Event::HangUp, now);
    call_changed::save(tx, change, commands, now)
}

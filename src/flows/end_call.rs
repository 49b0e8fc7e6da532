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
        let account = Some(change.call.account.as_str());
        let deed =
            audit::Change { actor, action: "end_call", subject: call, account, detail: "", before: None, after: None };
        audit::change(tx, &deed, now)?;
    }
    let commands = change.call.apply(&Event::HangUp, now);
    call_changed::save(tx, change, commands, now)
}

//! Somebody entitled does something to a running call.

use chrono::{DateTime, Utc};

use super::{FlowError, call_changed};
use crate::domain::call::operation::{Operation, OperationRefusal};
use crate::storage::{Tx, audit};

/// `by`: the administrator or program that does it, who stands in the audit then; `None` is the caller. A refusal changes
/// nothing.
pub fn operate(
    tx: &mut Tx,
    call: &str,
    operation: &Operation,
    by: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Result<(), OperationRefusal>, FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    let commands = match change.call.operate(operation, now) {
        Ok(commands) if commands.is_empty() => return Ok(Ok(())),
        Ok(commands) => commands,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(actor) = by {
        let (action, detail) = (operation.code(), operation.leg().unwrap_or_default());
        let account = Some(change.call.account.as_str());
        let deed = audit::Change { actor, action, subject: call, account, detail, before: None, after: None };
        audit::change(tx, &deed, now)?;
    }
    call_changed::save(tx, change, commands, now)?;
    Ok(Ok(()))
}

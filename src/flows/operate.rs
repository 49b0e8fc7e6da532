//! Somebody entitled does something to a running call.

use chrono::{DateTime, Utc};

use super::refusals::keep_of_call;
use super::{FlowError, call_changed};
use crate::domain::call::Call;
use crate::domain::call::operation::{Operation, OperationRefusal};
use crate::domain::call::supervision::Mode;
use crate::domain::refused::Deed;
use crate::storage::{Tx, audit};

/// `by`: the administrator or program that does it, who stands in the audit then; `None` is the caller, for whom there
/// are no supervisors. A refusal changes nothing.
pub fn operate(
    tx: &mut Tx,
    call: &str,
    operation: &Operation,
    by: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Result<(), OperationRefusal>, FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    if by.is_none() && change.call.is_about_a_supervisor(operation) {
        return Ok(Err(OperationRefusal::NoSuchLeg));
    }
    let was = mode(&change.call, operation);
    let commands = match change.call.operate(operation, now) {
        Ok(commands) if commands.is_empty() => return Ok(Ok(())),
        Ok(commands) => commands,
        Err(refusal) => {
            let said = (refusal.code(), refusal.to_string(), None);
            keep_of_call(tx, &change.call, Deed::Operate, by, said, now)?;
            return Ok(Err(refusal));
        }
    };
    if let Some(actor) = by {
        let (account, detail) = (change.call.account.as_str(), detail(&change.call, operation));
        let is = mode(&change.call, operation);
        let changed = was != is;
        let deed = audit::Change {
            actor,
            action: operation.code(),
            subject: call,
            account: Some(account),
            detail: &detail,
            before: was.as_deref().filter(|_| changed),
            after: is.as_deref().filter(|_| changed),
        };
        audit::change(tx, &deed, now)?;
    }
    call_changed::save(tx, change, commands, now)?;
    Ok(Ok(()))
}

/// What the supervisor it is about does.
fn mode(call: &Call, operation: &Operation) -> Option<String> {
    let leg = operation.leg().and_then(|leg| call.leg(leg))?;
    leg.mode().as_ref().map(Mode::to_string)
}

/// The leg; a supervisor with its number.
fn detail(call: &Call, operation: &Operation) -> String {
    let Some(leg) = operation.leg() else { return String::new() };
    let supervisor = call.leg(leg).filter(|leg| leg.is_supervisor());
    supervisor.map_or_else(|| leg.to_owned(), |found| format!("{}, {leg}", found.number))
}

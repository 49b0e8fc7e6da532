//! A call is handed over: to a number, or to whoever takes it from a queue. Whom it is handed to is added like anybody
//! else, with its money held; ending and undoing a warm transfer are operations.

use chrono::{DateTime, Utc};

use super::add_leg::{AddRequest, Added, added_before, take_in};
use super::call_changed::{self, Change};
use super::refusals::keep_of_call;
use super::{FlowError, Rules};
use crate::domain::call::Command;
use crate::domain::call::machine::MachineChoice;
use crate::domain::call::transfer::{Kind, QueueName, TransferRefusal};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::refused::Deed;
use crate::storage::{Tx, audit, bots};

#[derive(Debug, Clone)]
pub struct TransferRequest {
    pub call: String,
    /// The leg that hands the others over.
    pub transferor: String,
    pub to: To,
    /// Made once by whoever transfers: sending the request again adds nothing.
    pub request_key: String,
}

#[derive(Debug, Clone)]
pub enum To {
    Number { number: PhoneNumber, kind: Kind },
    Queue(QueueName),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transferred {
    UnderWay,
    /// This request was carried out before.
    Already,
    /// The key was used for another call or another number.
    OtherRequest,
    Refused(TransferRefusal),
}

/// `by`: the administrator or program that does it, who stands in the audit then; `None` is the caller. A refusal changes
/// nothing.
pub fn transfer(
    tx: &mut Tx,
    request: &TransferRequest,
    by: Option<&str>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Transferred, FlowError> {
    let TransferRequest { call, transferor, to, request_key } = request;
    let mut change = call_changed::lock(tx, call)?;
    let (commands, detail) = match to {
        To::Queue(name) => {
            if let Err(refusal) = change.call.may_queue(transferor) {
                return refused(tx, &change, by, Transferred::Refused(refusal), None, now);
            }
            (change.call.transfer_to_queue(transferor, name.clone(), now), format!("{transferor} to queue {name}"))
        }
        To::Number { number, kind } => {
            let add = AddRequest {
                call: call.clone(),
                number: number.clone(),
                machine: MachineChoice::default(),
                request_key: request_key.clone(),
            };
            let allowed = |change: &Change| change.call.may_transfer(transferor);
            let (id, mut commands) = match bring_in(tx, &mut change, &add, allowed, rules, now)? {
                Ok(brought) => brought,
                Err(answer) => return refused(tx, &change, by, answer, Some(number), now),
            };
            commands.extend(change.call.transfer_to(transferor, id, *kind));
            (commands, format!("{transferor} to {number}, {}", kind.code()))
        }
    };
    audit_of(tx, &change, by, "transfer", &detail, now)?;
    call_changed::save(tx, change, commands, now)?;
    Ok(Transferred::UnderWay)
}

/// Somebody takes a waiting call: this number is rung and talks with those who wait.
pub fn take(
    tx: &mut Tx,
    add: &AddRequest,
    by: Option<&str>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Transferred, FlowError> {
    let mut change = call_changed::lock(tx, &add.call)?;
    let (id, mut commands) = match bring_in(tx, &mut change, add, |change| change.call.may_take(), rules, now)? {
        Ok(brought) => brought,
        Err(answer) => return refused(tx, &change, by, answer, Some(&add.number), now),
    };
    commands.extend(change.call.taken_by(id));
    audit_of(tx, &change, by, "take", add.number.as_str(), now)?;
    call_changed::save(tx, change, commands, now)?;
    Ok(Transferred::UnderWay)
}

/// The new leg and what is to be done for it, or the answer that there is none.
fn bring_in(
    tx: &mut Tx,
    change: &mut Change,
    add: &AddRequest,
    allowed: impl FnOnce(&Change) -> Result<(), TransferRefusal>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Result<(String, Vec<Command>), Transferred>, FlowError> {
    match added_before(tx, &change.call, add)? {
        Some(Added::OtherRequest) => return Ok(Err(Transferred::OtherRequest)),
        Some(Added::Leg { .. } | Added::Already { .. } | Added::Refused(_)) => return Ok(Err(Transferred::Already)),
        None => {}
    }
    if let Err(refusal) = allowed(change) {
        return Ok(Err(Transferred::Refused(refusal)));
    }
    if !bots::of_numbers(tx, &[&add.number])?.is_empty() {
        return Ok(Err(Transferred::Refused(TransferRefusal::ToABot)));
    }
    let taken_in = take_in(tx, change, add, rules, now)?;
    Ok(taken_in.map_err(|refusal| Transferred::Refused(refusal.into())))
}

/// What is answered is also kept, if it is a refusal.
fn refused(
    tx: &mut Tx,
    change: &Change,
    by: Option<&str>,
    answer: Transferred,
    number: Option<&PhoneNumber>,
    now: DateTime<Utc>,
) -> Result<Transferred, FlowError> {
    if let Transferred::Refused(refusal) = &answer {
        let said = (refusal.code(), refusal.to_string(), number);
        keep_of_call(tx, &change.call, Deed::Transfer, by, said, now)?;
    }
    Ok(answer)
}

fn audit_of(
    tx: &mut Tx,
    change: &Change,
    by: Option<&str>,
    action: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let Some(actor) = by else { return Ok(()) };
    let (subject, account) = (change.call.id.as_str(), Some(change.call.account.as_str()));
    let deed = audit::Change { actor, action, subject, account, detail, before: None, after: None };
    Ok(audit::change(tx, &deed, now)?)
}

//! Money that is nobody's of ours: what a card processor tells of it is kept until somebody has looked, or until it turns
//! out whose it is.

use chrono::{DateTime, TimeDelta, Utc};

use super::alerts::{Sight, raise};
use super::{FlowError, Job};
use crate::domain::alert::Kind;
use crate::domain::currency::Currency;
use crate::domain::exchange::Sent;
use crate::domain::ledger::charge_facts;
use crate::domain::money::Money;
use crate::domain::payment::Receipt;
use crate::ids;
use crate::storage::unassigned::{self, Done, Stray};
use crate::storage::{Tx, audit, statements, webhooks};

/// Something of nobody's, as a processor tells it.
pub(super) struct Strange<'a> {
    pub processor: &'a str,
    /// A payment, refund or dispute, by the processor's name of it.
    pub what: &'a str,
    pub reference: &'a str,
    /// Of which charge, if it is none itself.
    pub charge: Option<&'a str>,
    pub amount: Option<(Money, Currency)>,
    pub told: &'a Sent,
    /// The processor's name of the message.
    pub message: &'a str,
}

/// A payment that succeeded, and we asked for none.
pub(super) fn keep_stray_payment(
    tx: &mut Tx,
    (processor, reference): (&str, &str),
    receipt: &Receipt,
    told: &Sent,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let amount = Some((receipt.amount, receipt.currency));
    keep_stray(tx, &Strange { processor, what: "payment", reference, charge: None, amount, told, message }, now)
}

pub(super) fn keep_stray(tx: &mut Tx, strange: &Strange, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Strange { processor, what, reference, .. } = *strange;
    let stray = Stray {
        id: ids::new("una"),
        processor: processor.to_owned(),
        what: what.to_owned(),
        reference: reference.to_owned(),
        charge: strange.charge.map(str::to_owned),
        amount: strange.amount.map(|(amount, _)| amount),
        currency: strange.amount.map(|(_, currency)| currency.code().to_owned()),
        told: strange.told.body.clone(),
        message: Some(strange.message.to_owned()),
        at: now,
        done: None,
        assigned_to: None,
    };
    if !unassigned::insert(tx, &stray)? {
        return Ok(unassigned::told_again(tx, &stray)?);
    }
    let seen = format!("{processor}: {what} {reference}");
    audit::record(tx, processor, "unassigned", &stray.id, &seen, now)?;
    raise(tx, Sight { account: None, kind: Kind::MoneyOfNobody, subject: stray.id, seen }, now)
}

/// A charge is somebody's from now on: what was told of it before is looked at again.
pub(super) fn look_at_strays_of(
    tx: &mut Tx,
    processor: &str,
    charge: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    for stray in unassigned::waiting_for(tx, processor, charge)? {
        Job::TakeStray { stray }.enqueue(tx, now)?;
    }
    Ok(())
}

/// Told at the very moment in which the charge was credited, neither saw the other.
const LATELY: TimeDelta = TimeDelta::hours(1);

pub(super) fn look_at_late_strays(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), FlowError> {
    for (stray, processor, charge) in unassigned::waiting_since(tx, now - LATELY)? {
        if statements::whose(tx, &charge_facts(&processor, &charge))?.is_some() {
            Job::TakeStray { stray }.enqueue(tx, now)?;
        }
    }
    Ok(())
}

/// The stray with all messages that told of it, as they came; `None` if nothing is left to do.
pub fn to_take(tx: &mut Tx, id: &str) -> Result<Option<(Stray, Vec<String>)>, FlowError> {
    let Some(stray) = unassigned::find(tx, id)?.filter(|stray| stray.done.is_none()) else { return Ok(None) };
    let mut bodies = vec![];
    for message in stray.message.iter().flat_map(|messages| messages.lines()) {
        bodies.extend(webhooks::body(tx, &stray.processor, message)?);
    }
    Ok(Some((stray, bodies)))
}

/// It was booked with this account. What was told of it meanwhile is found by the sweep.
pub fn taken(tx: &mut Tx, stray: &Stray, account: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Stray { id, processor, message, .. } = stray;
    let done = Done { note: format!("its charge is of {account}"), by: processor.clone(), at: now };
    if unassigned::mark_taken(tx, id, message.as_deref().unwrap_or_default(), &done, account)? {
        audit::record(tx, processor, "assign_unassigned", account, id, now)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Now,
    /// Somebody has settled it before.
    Already,
}

/// Somebody has looked at it and says what was done.
pub fn settle_stray(tx: &mut Tx, id: &str, note: &str, actor: &str, now: DateTime<Utc>) -> Result<Settled, FlowError> {
    unassigned::find(tx, id)?.ok_or_else(|| FlowError::not_found("unassigned thing", id))?;
    let done = Done { note: note.to_owned(), by: actor.to_owned(), at: now };
    if !unassigned::mark_done(tx, id, &done, None)? {
        return Ok(Settled::Already);
    }
    audit::record(tx, actor, "settle_unassigned", id, note, now)?;
    Ok(Settled::Now)
}

//! Money that is nobody's of ours: what a card processor tells of it is kept until somebody has looked.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::alerts::{Sight, raise};
use crate::domain::alert::Kind;
use crate::domain::currency::Currency;
use crate::domain::exchange::Sent;
use crate::domain::money::Money;
use crate::ids;
use crate::storage::unassigned::{self, Done, Stray};
use crate::storage::{Tx, audit};

/// `what`: a payment, refund or dispute, by the processor's name of it. The message about a refund or a dispute is not kept
/// as heard: its charge may have been paid at a page of which nothing is known yet, and what was missed is asked for soon.
pub(super) fn keep_stray(
    tx: &mut Tx,
    processor: &str,
    what: &str,
    reference: &str,
    amount: Option<(Money, Currency)>,
    told: &Sent,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let stray = Stray {
        id: ids::new("una"),
        processor: processor.to_owned(),
        what: what.to_owned(),
        reference: reference.to_owned(),
        amount: amount.map(|(amount, _)| amount),
        currency: amount.map(|(_, currency)| currency.code().to_owned()),
        told: told.body.clone(),
        at: now,
        done: None,
    };
    if unassigned::insert(tx, &stray)? {
        let seen = format!("{processor}: {what} {reference}");
        audit::record(tx, processor, "unassigned", &stray.id, &seen, now)?;
        raise(tx, Sight { account: None, kind: Kind::MoneyOfNobody, subject: stray.id, seen }, now)?;
    }
    Ok(())
}

/// An account was credited with its charge after all, and it is booked there.
pub(super) fn no_stray(
    tx: &mut Tx,
    processor: &str,
    what: &str,
    reference: &str,
    account: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    match unassigned::open(tx, processor, what, reference)? {
        Some(id) => settle_stray(tx, &id, &format!("its charge is of {account}"), processor, now).map(drop),
        None => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Now,
    /// Somebody has settled it before.
    Already,
}

/// Somebody has looked at it and says what was done.
pub fn settle_stray(tx: &mut Tx, id: &str, note: &str, actor: &str, now: DateTime<Utc>) -> Result<Settled, FlowError> {
    let stray = unassigned::find(tx, id)?.ok_or_else(|| FlowError::not_found("unassigned thing", id))?;
    if stray.done.is_some() {
        return Ok(Settled::Already);
    }
    unassigned::mark_done(tx, id, &Done { note: note.to_owned(), by: actor.to_owned(), at: now })?;
    audit::record(tx, actor, "settle_unassigned", id, note, now)?;
    Ok(Settled::Now)
}

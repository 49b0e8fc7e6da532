//! Saved cards: kept once, charged in the order their owner wants, and given back to the processor when removed.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::domain::checkout;
use crate::ids;
use crate::storage::cards::{self, Card};
use crate::storage::payments::{self, Method};
use crate::storage::{Tx, accounts, audit};

/// A card the processor has kept at its owner's wish. The same card told of again changes nothing, and one that was
/// removed meanwhile stays removed. The account's wallet is locked by the caller.
pub(super) fn keep_card(
    tx: &mut Tx,
    account: &str,
    processor: &'static str,
    card: &checkout::Card,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    if cards::by_reference(tx, account, processor, &card.method_ref)?.is_some() {
        return Ok(());
    }
    let method = Method {
        id: ids::new("pm"),
        processor: processor.to_owned(),
        method_ref: card.method_ref.clone(),
        label: card.label.clone(),
    };
    let position = i32::try_from(cards::list(tx, account)?.len()).unwrap_or(i32::MAX);
    payments::insert_method(tx, account, &method, position, now)?;
    if let Some(expires) = &card.expires {
        cards::set_expiry(tx, &method.id, expires)?;
    }
    Ok(audit::record(tx, processor, "save_card", account, &method.label, now)?)
}

/// From here on it is not charged; the processor is told to forget it.
pub fn remove_card(tx: &mut Tx, card: &str, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let card = lock(tx, card)?;
    if card.removed {
        return Ok(());
    }
    cards::set_removed(tx, &card.id, now)?;
    // A payment by it that could still be stopped is looked at now.
    if let Some(payment) = payments::open(tx, &card.account)? {
        Job::AdvancePayment { payment }.enqueue(tx, now)?;
    }
    Job::DetachCard { card: card.id.clone() }.enqueue(tx, now)?;
    Ok(audit::record(tx, actor, "remove_card", &card.account, &card.label, now)?)
}

/// Charged before all others from now on; those keep their order.
pub fn prefer_card(tx: &mut Tx, card: &str, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let card = lock(tx, card)?;
    if card.removed {
        return Err(FlowError::not_found("card", &card.id));
    }
    let others = cards::list(tx, &card.account)?.into_iter().map(|other| other.id).filter(|other| *other != card.id);
    for (position, id) in std::iter::once(card.id.clone()).chain(others).enumerate() {
        cards::set_position(tx, &id, i32::try_from(position).unwrap_or(i32::MAX))?;
    }
    Ok(audit::record(tx, actor, "prefer_card", &card.account, &card.label, now)?)
}

/// The processor has forgotten it, or never knew it.
pub fn detached(tx: &mut Tx, card: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let card = lock(tx, card)?;
    Ok(cards::set_detached(tx, &card.id, now)?)
}

fn lock(tx: &mut Tx, card: &str) -> Result<Card, FlowError> {
    let unknown = || FlowError::not_found("card", card);
    let found = cards::find(tx, card)?.ok_or_else(unknown)?;
    accounts::lock_wallet(tx, &found.account)?;
    cards::find(tx, card)?.ok_or_else(unknown)
}

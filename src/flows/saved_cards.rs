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
    let mut order = cards::list(tx, &card.account)?;
    order.sort_by_key(|other| other.id != card.id);
    write_order(tx, &order)?;
    Ok(audit::record(tx, actor, "prefer_card", &card.account, &card.label, now)?)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Up,
    Down,
}

/// Past its neighbour, if it has one on that side.
pub fn move_card(tx: &mut Tx, card: &str, way: Way, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let card = lock(tx, card)?;
    let mut order = cards::list(tx, &card.account)?;
    let place = order.iter().position(|other| other.id == card.id);
    let place = place.ok_or_else(|| FlowError::not_found("card", &card.id))?;
    let neighbour = match way {
        Way::Up => place.checked_sub(1),
        Way::Down => Some(place + 1).filter(|next| *next < order.len()),
    };
    let Some(neighbour) = neighbour else { return Ok(()) };
    order.swap(place, neighbour);
    put_in_order(tx, &card.account, &order, actor, now)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ordered {
    Done,
    /// Not each of the account's cards was named once.
    OtherCards,
}

pub fn order_cards(
    tx: &mut Tx,
    account: &str,
    wanted: &[String],
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Ordered, FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let mut order = cards::list(tx, account)?;
    let place = |card: &Card| wanted.iter().position(|id| *id == card.id);
    if order.len() != wanted.len() || order.iter().any(|card| place(card).is_none()) {
        return Ok(Ordered::OtherCards);
    }
    order.sort_by_key(place);
    put_in_order(tx, account, &order, actor, now)?;
    Ok(Ordered::Done)
}

fn put_in_order(tx: &mut Tx, account: &str, order: &[Card], actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    write_order(tx, order)?;
    let labels: Vec<_> = order.iter().map(|card| card.label.as_str()).collect();
    Ok(audit::record(tx, actor, "order_cards", account, &labels.join(", "), now)?)
}

fn write_order(tx: &mut Tx, order: &[Card]) -> Result<(), FlowError> {
    for (position, card) in order.iter().enumerate() {
        cards::set_position(tx, &card.id, i32::try_from(position).unwrap_or(i32::MAX))?;
    }
    Ok(())
}

/// The processor has forgotten it, or never knew it.
pub fn detached(tx: &mut Tx, card: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let card = lock(tx, card)?;
    Ok(cards::set_detached(tx, &card.id, now)?)
}

pub(super) fn lock(tx: &mut Tx, card: &str) -> Result<Card, FlowError> {
    let unknown = || FlowError::not_found("card", card);
    let found = cards::find(tx, card)?.ok_or_else(unknown)?;
    accounts::lock_wallet(tx, &found.account)?;
    cards::find(tx, card)?.ok_or_else(unknown)
}

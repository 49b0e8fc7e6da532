//! A card processor tells that a saved card was changed. It is looked at there, and kept as it is found.

use chrono::{DateTime, Utc};

use super::agreement::card_changed;
use super::report::Message;
use super::saved_cards::lock;
use super::{FlowError, Job};
use crate::domain::checkout;
use crate::domain::saved_card::{Change, Kept, change};
use crate::storage::cards::Card;
use crate::storage::{Tx, audit, cards, payments};

/// Whatever a message says of a card, it is a hint to look: messages overtake each other.
pub fn hinted(
    tx: &mut Tx,
    method_ref: &str,
    message: &Message,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    if !message.keep(tx, now)? {
        return Ok(());
    }
    for card in cards::of_reference(tx, processor, method_ref)? {
        Job::LookAtCard { card }.enqueue(tx, now)?;
    }
    Ok(())
}

/// Which card to look at, and whose it is there.
pub fn to_look_at(tx: &mut Tx, card: &str) -> Result<Option<(Card, String)>, FlowError> {
    let Some(card) = cards::find(tx, card)?.filter(|card| !card.removed) else { return Ok(None) };
    Ok(payments::customer(tx, &card.account, &card.processor)?.map(|customer| (card, customer)))
}

/// `there`: the card as the processor has it, if it has.
pub fn card_seen(tx: &mut Tx, card: &str, there: Option<&checkout::Card>, now: DateTime<Utc>) -> Result<(), FlowError> {
    let card = lock(tx, card)?;
    let customer_ref = payments::customer(tx, &card.account, &card.processor)?.unwrap_or_default();
    let kept = Kept { label: &card.label, expires: card.expires.as_deref(), customer_ref: &customer_ref };
    let Some(change) = change(kept, there).filter(|_| !card.removed) else { return Ok(()) };
    let label = there.filter(|_| change == Change::Replaced).map_or(&card.label, |there| &there.label);
    match there.filter(|_| change != Change::Gone) {
        Some(there) => cards::set_face(tx, &card.id, label, there.expires.as_deref())?,
        None => take_away(tx, &card, now)?,
    }
    if change.may_be_charged_again() {
        cards::make_usable(tx, &card.id)?;
    }
    let detail = format!("{}: {}, now {label}", card.label, change.code());
    audit::record(tx, &card.processor, "card_changed", &card.account, &detail, now)?;
    card_changed(tx, &card.account, change, card.usable, now)
}

/// The processor has forgotten it already.
fn take_away(tx: &mut Tx, card: &Card, now: DateTime<Utc>) -> Result<(), FlowError> {
    cards::set_removed(tx, &card.id, now)?;
    cards::set_detached(tx, &card.id, now)?;
    if let Some(payment) = payments::open(tx, &card.account)? {
        Job::AdvancePayment { payment }.enqueue(tx, now)?;
    }
    Ok(())
}

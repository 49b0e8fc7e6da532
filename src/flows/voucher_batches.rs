//! Batches of vouchers: ordered, approved by a second person if they are worth much, printed once, and voided. Until an
//! agent activates it no voucher is money, so a file that was lost costs nothing but paper.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::two_persons::{About, ask};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::two_persons::{Kind, Limits, Request, Who};
use crate::domain::voucher::{BadBatch, Batch, PIN_DIGITS, Pin, PinKey, State, Voucher, check};
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, voucher_batches, vouchers};

#[derive(Debug, Clone)]
pub struct NewBatch {
    pub label: String,
    pub currency: Currency,
    pub face: Money,
    pub pieces: i64,
    pub valid_until: Option<DateTime<Utc>>,
    /// Made once by whoever asks: asking again makes no second batch.
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// With the request that it waits for, if it does.
    Batch(Box<Batch>, Option<Box<Request>>),
    Already(Box<Batch>),
    /// The key was used for another batch.
    OtherBatch,
    Bad(BadBatch),
}

pub fn make_batch(
    tx: &mut Tx,
    new: &NewBatch,
    who: &Who,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Made, FlowError> {
    if let Some(batch) = voucher_batches::by_key(tx, &new.key)? {
        let same = (batch.face, batch.pieces, batch.currency) == (new.face, new.pieces, new.currency);
        return Ok(if same { Made::Already(Box::new(batch)) } else { Made::OtherBatch });
    }
    if let Err(bad) = check(&new.label, new.face, new.pieces, new.valid_until, now) {
        return Ok(Made::Bad(bad));
    }
    let id = ids::new("vba");
    let mut batch = Batch {
        prefix: id[id.len() - 6..].to_uppercase(),
        id,
        label: new.label.clone(),
        currency: new.currency,
        face: new.face,
        pieces: new.pieces,
        valid_until: new.valid_until,
        key: new.key.clone(),
        made_by: who.actor.clone(),
        made_at: now,
        approved: true,
        printed_at: None,
        voided_at: None,
    };
    batch.approved = !limits.need_another(batch.worth(), batch.currency);
    voucher_batches::insert(tx, &batch)?;
    note(tx, &batch, "make_voucher_batch", &who.actor, None, batch.standing(), now)?;
    let request = if batch.approved { None } else { Some(Box::new(ask_for(tx, &batch, who, now)?)) };
    Ok(Made::Batch(Box::new(batch), request))
}

fn ask_for(tx: &mut Tx, batch: &Batch, who: &Who, now: DateTime<Utc>) -> Result<Request, FlowError> {
    let about = About {
        kind: Kind::Batch,
        account: None,
        subject: &batch.id,
        amount: batch.worth(),
        currency: batch.currency,
        valid_until: None,
    };
    ask(tx, &about, &batch.key, &format!("{} vouchers: {}", batch.pieces, batch.label), who, now)
}

/// The second person's word.
pub(super) fn approve_batch(tx: &mut Tx, id: &str) -> Result<(), FlowError> {
    locked(tx, id)?;
    Ok(voucher_batches::approve(tx, id)?)
}

/// A serial and what opens it: shown now, and never again.
#[derive(Debug, Clone)]
pub struct Card {
    pub serial: String,
    pub pin: Pin,
}

#[derive(Debug)]
pub enum Printed {
    Cards(Box<Batch>, Vec<Card>),
    /// The PINs were shown, and are not known any more.
    Before,
    NotApproved,
    Voided,
}

pub fn print_batch(tx: &mut Tx, key: &PinKey, id: &str, actor: &str, now: DateTime<Utc>) -> Result<Printed, FlowError> {
    let batch = locked(tx, id)?;
    if batch.voided_at.is_some() {
        return Ok(Printed::Voided);
    }
    if batch.printed_at.is_some() {
        return Ok(Printed::Before);
    }
    if !batch.approved {
        return Ok(Printed::NotApproved);
    }
    let pin = || ids::digits(PIN_DIGITS).parse().expect("so many digits are a PIN");
    let cards: Vec<Card> = (1..=batch.pieces).map(|number| Card { serial: batch.serial(number), pin: pin() }).collect();
    let kept: Vec<_> = cards.iter().map(|card| (voucher(&batch, &card.serial), key.mac(&card.pin))).collect();
    vouchers::insert_printed(tx, &kept)?;
    voucher_batches::note_printed(tx, id, actor, now)?;
    note(tx, &batch, "print_voucher_batch", actor, Some(batch.standing()), "printed", now)?;
    Ok(Printed::Cards(Box::new(Batch { printed_at: Some(now), ..batch }), cards))
}

fn voucher(batch: &Batch, serial: &str) -> Voucher {
    Voucher {
        id: ids::new("vch"),
        batch: batch.id.clone(),
        serial: serial.to_owned(),
        face: batch.face,
        currency: batch.currency,
        valid_until: batch.valid_until,
        state: State::Printed,
        agent: None,
        activated_at: None,
        redeemed_by: None,
        ended_at: None,
    }
}

/// What of it is not money yet never will be. Those that are activated are voided one by one, since their agents get
/// money back. Voiding again changes nothing.
pub fn void_batch(tx: &mut Tx, id: &str, reason: &str, actor: &str, now: DateTime<Utc>) -> Result<Batch, FlowError> {
    let batch = locked(tx, id)?;
    if batch.voided_at.is_some() {
        return Ok(batch);
    }
    let voided = vouchers::void_printed(tx, id, now)?;
    voucher_batches::note_voided(tx, id, now)?;
    let after = format!("voided, {voided} vouchers: {reason}");
    note(tx, &batch, "void_voucher_batch", actor, Some(batch.standing()), &after, now)?;
    Ok(Batch { voided_at: Some(now), ..batch })
}

fn locked(tx: &mut Tx, id: &str) -> Result<Batch, FlowError> {
    voucher_batches::lock(tx, id)?.ok_or_else(|| FlowError::not_found("voucher batch", id))
}

fn note(
    tx: &mut Tx,
    batch: &Batch,
    action: &str,
    actor: &str,
    before: Option<&str>,
    after: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let detail = format!("{}: {} × {} {}", batch.label, batch.pieces, batch.face, batch.currency);
    let change =
        Change { actor, action, subject: &batch.id, account: None, detail: &detail, before, after: Some(after) };
    Ok(audit::change(tx, &change, now)?)
}

//! Phones by which their owners are known when they call in. Whoever adds one proves that it is theirs by calling from it
//! and giving the PIN; an administrator vouches for it.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::access::{KnownPhone, MOST_PHONES};
use crate::domain::phone_number::PhoneNumber;
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, known_phones};

#[derive(Debug)]
pub enum PhoneAdded {
    Now(KnownPhone),
    Already(KnownPhone),
    /// It makes another account known. Whose is not told.
    Taken,
    TooMany,
}

/// `vouched`: it need not be proven by a call.
pub fn add_known_phone(
    tx: &mut Tx,
    account: &str,
    number: &PhoneNumber,
    vouched: bool,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<PhoneAdded, FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    if known_phones::proven(tx, number)?.is_some_and(|known| known.account != account) {
        return Ok(PhoneAdded::Taken);
    }
    let phones = known_phones::of_account(tx, account)?;
    if let Some(known) = phones.iter().find(|known| known.number == *number) {
        let changes = vouched && known.proven_at.is_none();
        return if changes { prove(tx, known, actor, now) } else { Ok(PhoneAdded::Already(known.clone())) };
    }
    if phones.len() >= MOST_PHONES {
        return Ok(PhoneAdded::TooMany);
    }
    let phone = KnownPhone {
        id: ids::new("phn"),
        account: account.to_owned(),
        number: number.clone(),
        added_by: actor.to_owned(),
        added_at: now,
        proven_at: None,
    };
    known_phones::insert(tx, &phone)?;
    note(tx, "add_known_phone", &phone, actor, now)?;
    if vouched { prove(tx, &phone, actor, now) } else { Ok(PhoneAdded::Now(phone)) }
}

/// Its owner is known by it from now on.
fn prove(tx: &mut Tx, phone: &KnownPhone, actor: &str, now: DateTime<Utc>) -> Result<PhoneAdded, FlowError> {
    known_phones::prove(tx, &phone.id, now)?;
    note(tx, "prove_known_phone", phone, actor, now)?;
    Ok(PhoneAdded::Now(KnownPhone { proven_at: Some(now), ..phone.clone() }))
}

/// The PIN of this account was given from this phone. If its owner wants to be known by it, that is proven now.
pub(super) fn pin_given_from(
    tx: &mut Tx,
    account: &str,
    number: &PhoneNumber,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let phones = known_phones::of_account(tx, account)?;
    let wanted = phones.iter().find(|phone| phone.number == *number && phone.proven_at.is_none());
    let Some(phone) = wanted else { return Ok(()) };
    if known_phones::proven(tx, number)?.is_none() {
        prove(tx, phone, "the PIN, given from it", now)?;
    }
    Ok(())
}

/// Also for a caller who is just being greeted.
pub fn remove_known_phone(tx: &mut Tx, id: &str, actor: &str, now: DateTime<Utc>) -> Result<KnownPhone, FlowError> {
    let phone = known_phones::find(tx, id)?.ok_or_else(|| FlowError::not_found("phone", id))?;
    known_phones::delete(tx, id)?;
    note(tx, "remove_known_phone", &phone, actor, now)?;
    Ok(phone)
}

fn note(tx: &mut Tx, action: &str, phone: &KnownPhone, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let (subject, account, detail) = (phone.id.as_str(), Some(phone.account.as_str()), phone.number.as_str());
    Ok(audit::change(tx, &Change { actor, action, subject, account, detail, before: None, after: None }, now)?)
}

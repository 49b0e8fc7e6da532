//! A new PIN for calling in. It comes as a hash, and stands in no record.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::access::card::{Card, NUMBER_DIGITS};
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, access_cards, accounts};

/// It ends the old PIN, also for callers who have given that but have not called yet, and a lock by wrong tries. The
/// first PIN brings the card's number, which stays.
pub fn set_access_pin(
    tx: &mut Tx,
    account: &str,
    pin_hash: String,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Card, FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let before = access_cards::lock(tx, account)?;
    let number = match &before {
        Some(before) => before.number.clone(),
        None => new_number(tx)?,
    };
    let account = account.to_owned();
    let card = Card { account, number, pin_hash, set_at: now, wrong_tries: 0, last_wrong_at: None };
    match before {
        Some(_) => access_cards::save(tx, &card)?,
        None => access_cards::insert(tx, &card)?,
    }
    let change = Change {
        actor,
        action: "set_access_pin",
        subject: &card.account,
        account: Some(&card.account),
        detail: &card.number,
        before: None,
        after: None,
    };
    audit::change(tx, &change, now)?;
    Ok(card)
}

fn new_number(tx: &mut Tx) -> Result<String, FlowError> {
    loop {
        let number = ids::digits(NUMBER_DIGITS);
        if access_cards::by_number(tx, &number)?.is_none() {
            return Ok(number);
        }
    }
}

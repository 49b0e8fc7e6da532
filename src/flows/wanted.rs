//! The numbers of a call with what each costs under the account's plan.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::admission::Wanted;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::storage::accounts::{self, Account};
use crate::storage::{Tx, rates};

/// The payer's own number first. The payer's leg is free under a plan that makes it so.
pub fn wanted(
    tx: &mut Tx,
    account: &Account,
    own_number: &PhoneNumber,
    numbers: &[PhoneNumber],
    now: DateTime<Utc>,
) -> Result<Vec<Wanted>, FlowError> {
    let plan = accounts::plan_by_id(tx, &account.plan)?.ok_or_else(|| FlowError::not_found("plan", &account.plan))?;
    let deck = rates::current_deck(tx, &plan.id, now)?;
    let mut wanted = vec![];
    for (position, number) in std::iter::once(own_number).chain(numbers).enumerate() {
        let rate = match &deck {
            _ if position == 0 && plan.payer_leg_free => Some(Rate::free("your own phone")),
            Some(deck) => rates::find(tx, &deck.id, number, now)?,
            None => None,
        };
        wanted.push(Wanted { number: number.clone(), rate });
    }
    Ok(wanted)
}

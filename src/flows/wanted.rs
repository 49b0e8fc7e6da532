//! The numbers of a call with what each costs under a plan.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::admission::Wanted;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::storage::accounts::Plan;
use crate::storage::{Tx, rates};

/// The payer's own number first. The payer's leg is free under a plan that makes it so.
pub fn wanted(
    tx: &mut Tx,
    plan: &Plan,
    own_number: &PhoneNumber,
    numbers: &[PhoneNumber],
    now: DateTime<Utc>,
) -> Result<Vec<Wanted>, FlowError> {
    let numbers: Vec<&PhoneNumber> = std::iter::once(own_number).chain(numbers).collect();
    let mut rates = rates::find(tx, &plan.id, &numbers, now)?;
    if plan.payer_leg_free {
        // The first number is the payer's own.
        rates[0] = Some(Rate::free("your own phone"));
    }
    Ok(numbers.into_iter().zip(rates).map(|(number, rate)| Wanted { number: number.clone(), rate }).collect())
}

//! The numbers of a call with what each costs under a plan: frozen from its deck, with its tax.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use crate::domain::admission::{Unrated, Wanted};
use crate::domain::deck::DeckRate;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::rating::tax::Taxes;
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
    let caller = Caller { plan: &plan.id, taxes: &plan.terms.taxes, number: Some(own_number) };
    let numbers: Vec<&PhoneNumber> = std::iter::once(own_number).chain(numbers).collect();
    let mut rates = priced(tx, &caller, &numbers, TimeDelta::zero(), now)?;
    if plan.payer_leg_free {
        // The first number is the payer's own.
        rates[0] = Ok(Rate::free("your own phone"));
    }
    Ok(numbers.into_iter().zip(rates).map(|(number, rate)| Wanted { number: number.clone(), rate }).collect())
}

/// Whose prices are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    pub plan: &'a str,
    pub taxes: &'a Taxes,
    /// The paying phone's, on which prices and taxes may depend; without it they are those for everybody.
    pub number: Option<&'a PhoneNumber>,
}

/// The rate of each number as it is frozen now, with all changes by the hour for as long as a call may last, or for as
/// long as `at_least`.
pub fn priced(
    tx: &mut Tx,
    caller: &Caller,
    numbers: &[&PhoneNumber],
    at_least: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<Result<Rate, Unrated>>, FlowError> {
    let (deck, lines) = rates::find(tx, caller.plan, caller.number, numbers, now)?;
    let country = caller.number.and_then(PhoneNumber::country).map(|country| country.code());
    let tax = caller.taxes.of(country);
    let rate = |line| match line {
        None => Err(Unrated::NoRate),
        Some(DeckRate { blocked: true, rate, .. }) => Err(Unrated::Blocked { destination: rate.destination }),
        Some(line) => Ok(Rate { tax: tax.cloned(), ..line.frozen(&deck, now, at_least) }),
    };
    Ok(lines.into_iter().map(rate).collect())
}

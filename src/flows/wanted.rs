//! The numbers of a call with what each costs under a plan: frozen from its deck, with its tax.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use super::marked_up::mark_up_the_rest;
use crate::domain::admission::{Unrated, Wanted};
use crate::domain::deck::DeckRate;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::rating::tax::Taxes;
use crate::storage::accounts::Plan;
use crate::storage::bots::NamedBot;
use crate::storage::{Tx, bots, rates};

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
    let mut wanted = rated(tx, &caller, &numbers, now)?;
    if plan.payer_leg_free {
        // The first number is the payer's own.
        wanted[0].rate = Ok(Rate::free("your own phone"));
    }
    if wanted[0].is_bot {
        // Nobody talks there.
        wanted[0].rate = Err(Unrated::NoRate);
    }
    Ok(wanted)
}

pub fn rated(
    tx: &mut Tx,
    caller: &Caller,
    numbers: &[&PhoneNumber],
    now: DateTime<Utc>,
) -> Result<Vec<Wanted>, FlowError> {
    let rates = priced(tx, caller, numbers, TimeDelta::zero(), now)?;
    let bots = bots::of_numbers(tx, numbers)?;
    let one = |(number, rate): (&&PhoneNumber, Result<Rate, Unrated>)| {
        let bot = bots.iter().find(|known| known.bot.number.as_ref() == Some(*number));
        let is_bot = bot.is_some();
        let rate = match bot {
            Some(bot) => Ok(of_bot(bot, number, rate.ok())),
            None => rate,
        };
        Wanted { number: (*number).clone(), rate, is_bot }
    };
    Ok(numbers.iter().zip(rates).map(one).collect())
}

/// A bot is free, unless the plan has a rate for exactly its number: what calls to its country cost is no price of a bot.
fn of_bot(bot: &NamedBot, number: &PhoneNumber, rate: Option<Rate>) -> Rate {
    let destination = format!("bot {}", bot.name);
    let own = rate.filter(|rate| rate.prefix == number.digits());
    own.map_or_else(|| Rate::free(&destination), |rate| Rate { destination: destination.clone(), ..rate })
}

/// Whose prices are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    pub plan: &'a str,
    pub taxes: &'a Taxes,
    /// The paying phone's, on which prices and taxes may depend; without it they are those for everybody.
    pub number: Option<&'a PhoneNumber>,
}

/// The rate of each number as it is frozen now, by the plan's own deck, or else by the cost deck that it follows, with all
/// changes by the hour for as long as a call may last, or for as long as `at_least`.
pub fn priced(
    tx: &mut Tx,
    caller: &Caller,
    numbers: &[&PhoneNumber],
    at_least: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<Result<Rate, Unrated>>, FlowError> {
    let mut rates = of_decks(tx, caller, numbers, at_least, now)?;
    mark_up_the_rest(tx, caller, numbers, &mut rates, at_least, now)?;
    let country = caller.number.and_then(PhoneNumber::country).map(|country| country.code());
    let tax = caller.taxes.of(country);
    Ok(rates.into_iter().map(|rate| Ok(Rate { tax: tax.cloned(), ..rate? })).collect())
}

/// What the plan's own deck asks, before any tax.
pub(super) fn of_decks(
    tx: &mut Tx,
    caller: &Caller,
    numbers: &[&PhoneNumber],
    at_least: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<Result<Rate, Unrated>>, FlowError> {
    let (deck, lines) = rates::find(tx, caller.plan, caller.number, numbers, now)?;
    let rate = |line| match line {
        None => Err(Unrated::NoRate),
        Some(DeckRate { blocked: true, rate, .. }) => Err(Unrated::Blocked { destination: rate.destination }),
        Some(line) => Ok(line.frozen(&deck, now, at_least)),
    };
    Ok(lines.into_iter().map(rate).collect())
}

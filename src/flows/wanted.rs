//! The numbers of a call with what each costs under a plan.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::admission::Wanted;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
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
    let numbers: Vec<&PhoneNumber> = std::iter::once(own_number).chain(numbers).collect();
    let mut wanted = rated(tx, plan, &numbers, now)?;
    if plan.payer_leg_free {
        // The first number is the payer's own.
        wanted[0].rate = Some(Rate::free("your own phone"));
    }
    if wanted[0].is_bot {
        // Nobody talks there.
        wanted[0].rate = None;
    }
    Ok(wanted)
}

pub fn rated(tx: &mut Tx, plan: &Plan, numbers: &[&PhoneNumber], now: DateTime<Utc>) -> Result<Vec<Wanted>, FlowError> {
    let rates = rates::find(tx, &plan.id, numbers, now)?;
    let bots = bots::of_numbers(tx, numbers)?;
    let one = |(number, rate): (&&PhoneNumber, Option<Rate>)| {
        let bot = bots.iter().find(|known| known.bot.number.as_ref() == Some(*number));
        let rate = bot.map(|bot| of_bot(bot, number, rate.clone())).or(rate);
        Wanted { number: (*number).clone(), rate, is_bot: bot.is_some() }
    };
    Ok(numbers.iter().zip(rates).map(one).collect())
}

/// A bot is free, unless the plan has a rate for exactly its number: what calls to its country cost is no price of a bot.
fn of_bot(bot: &NamedBot, number: &PhoneNumber, rate: Option<Rate>) -> Rate {
    let destination = format!("bot {}", bot.name);
    let own = rate.filter(|rate| rate.prefix == number.digits());
    own.map_or_else(|| Rate::free(&destination), |rate| Rate { destination: destination.clone(), ..rate })
}

//! What a plan asks for numbers of which its own decks know nothing: the price of the cost deck it follows, converted at
//! the moment of asking, with its markup.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use super::keep_conversions::usable;
use super::wanted::{Caller, of_decks};
use crate::domain::admission::Unrated;
use crate::domain::conversion::{Conversion, NoConversion};
use crate::domain::currency::Currency;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::rating::markup::Markup;
use crate::storage::markups::{self, Following};
use crate::storage::{StorageError, Tx, accounts};

/// Fills in what is without a rate; where the cost deck has none either it stays so.
pub fn mark_up_the_rest(
    tx: &mut Tx,
    caller: &Caller,
    numbers: &[&PhoneNumber],
    rates: &mut [Result<Rate, Unrated>],
    at_least: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let open: Vec<usize> = (0..rates.len()).filter(|place| rates[*place] == Err(Unrated::NoRate)).collect();
    if open.is_empty() {
        return Ok(());
    }
    let Some(following) = markups::find(tx, caller.plan)? else { return Ok(()) };
    let conversion = conversion(tx, caller.plan, &following, now)?;
    let numbers: Vec<&PhoneNumber> = open.iter().map(|place| numbers[*place]).collect();
    let costs = of_decks(tx, &Caller { plan: &following.cost_plan, ..*caller }, &numbers, at_least, now)?;
    for (place, cost) in open.into_iter().zip(costs) {
        rates[place] = cost.and_then(|cost| marked_up(cost, &following.markup, &conversion));
        if let Err(Unrated::NotConverted(why)) = &rates[place] {
            tracing::warn!(plan = caller.plan, %why, "a number has no price");
        }
    }
    Ok(())
}

fn marked_up(
    cost: Rate,
    markup: &Markup,
    conversion: &Result<Option<Conversion>, NoConversion>,
) -> Result<Rate, Unrated> {
    let conversion = conversion.clone().map_err(Unrated::NotConverted)?;
    markup.over(cost, conversion).map_err(|_| Unrated::TooHigh)
}

/// From the cost deck's currency to the plan's; none if they are one.
pub fn conversion(
    tx: &mut Tx,
    plan: &str,
    following: &Following,
    at: DateTime<Utc>,
) -> Result<Result<Option<Conversion>, NoConversion>, FlowError> {
    let (from, to) = (currency_of(tx, &following.cost_plan)?, currency_of(tx, plan)?);
    if from == to {
        return Ok(Ok(None));
    }
    Ok(usable(tx, (from, to), following.markup.conversion_days, at)?.map(Some))
}

fn currency_of(tx: &mut Tx, plan: &str) -> Result<Currency, FlowError> {
    let found = accounts::plan_by_id(tx, plan)?;
    Ok(found.ok_or_else(|| StorageError::unreadable("markups", format!("there is no plan {plan}")))?.currency)
}

//! What is left of a plan's prices after the carrier's bill, by the deck of a plan that says what the carrier asks.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::FlowError;
use super::change_markup::plan_markup;
use super::keep_conversions::usable;
use crate::domain::conversion::{Conversion, NoConversion};
use crate::domain::currency::Currency;
use crate::domain::deck::table::RateTable;
use crate::domain::deck_margin::{DeckMargin, Losing, Priced, Terms, check, priced, with_markup};
use crate::domain::money::Money;
use crate::domain::rating::margin::{CarrierBilling, SHOWN};
use crate::storage::accounts::Plan;
use crate::storage::{Tx, accounts, rates};

/// Lines that are shown; all are counted.
pub const SHOWN_LINES: usize = 50;

#[derive(Debug, Clone)]
pub struct MarginQuestion {
    /// By their names.
    pub plan: String,
    pub cost_plan: String,
    pub billing: CarrierBilling,
    pub most_seconds: i64,
    pub at: DateTime<Utc>,
}

/// What is left of a deck's prices. Amounts are decimal strings in `currency`, before any tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarginReport {
    #[schema(example = "standard")]
    pub plan: String,
    #[schema(example = "carrier")]
    pub cost_plan: String,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// Pairs of a rate and a cost that some number has.
    #[schema(example = 120)]
    pub compared: usize,
    /// Rates for which the cost deck knows no cost.
    #[schema(example = 0)]
    pub without_cost: usize,
    /// Pairs that lose money at some duration.
    #[schema(example = 1)]
    pub losing: usize,
    /// Those that lose most, the greatest loss first; 50 at most.
    pub worst: Vec<LosingLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LosingLine {
    #[schema(example = "447")]
    pub prefix: String,
    pub destination: String,
    #[schema(example = "0.03")]
    pub price_per_minute: String,
    /// The carrier's, without what it takes for the conference.
    #[schema(example = "0.014")]
    pub cost_per_minute: String,
    /// What is left at some durations.
    pub margins: Vec<MarginAt>,
    /// The duration that loses most, and what is left then.
    pub worst: MarginAt,
    /// Durations that lose money.
    #[schema(example = "1–31 s, 61–63 s")]
    pub loses: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarginAt {
    #[schema(example = 1)]
    pub seconds: i64,
    #[schema(value_type = String, example = "-0.0153")]
    pub margin: Money,
}

/// The prices that a plan asks now.
pub fn check_margin(tx: &mut Tx, asked: &MarginQuestion) -> Result<Result<MarginReport, NoConversion>, FlowError> {
    let plan = named(tx, &asked.plan)?;
    let deck = rates::current_deck(tx, &plan.id, asked.at)?;
    let lines = match &deck {
        Some(deck) => rates::table(tx, &deck.id)?,
        None => RateTable::default(),
    };
    of_lines(tx, &plan, &lines, asked)
}

/// The prices that a plan would ask by a deck that is not there yet.
pub fn check_margin_of(
    tx: &mut Tx,
    lines: &RateTable,
    asked: &MarginQuestion,
) -> Result<Result<MarginReport, NoConversion>, FlowError> {
    let plan = named(tx, &asked.plan)?;
    of_lines(tx, &plan, lines, asked)
}

fn of_lines(
    tx: &mut Tx,
    plan: &Plan,
    lines: &RateTable,
    asked: &MarginQuestion,
) -> Result<Result<MarginReport, NoConversion>, FlowError> {
    let cost_plan = named(tx, &asked.cost_plan)?;
    let followed = plan_markup(tx, &plan.id)?;
    let costs = costs_of(tx, &cost_plan, asked.at)?;
    let days = followed.markup.conversion_days;
    let conversion = match conversion(tx, &cost_plan, plan, days, asked.at)? {
        Ok(conversion) => conversion,
        Err(why) => return Ok(Err(why)),
    };
    let mut rates = priced(lines, "", asked.at);
    if let Some(cost) = &followed.cost {
        let (costs, with) = (costs_of(tx, cost, asked.at)?, self::conversion(tx, cost, plan, days, asked.at)?);
        match with {
            Ok(with) => rates = with_markup(rates, &costs, &followed.markup, with.as_ref()),
            Err(why) => return Ok(Err(why)),
        }
    }
    let terms = Terms {
        billing: asked.billing,
        conversion,
        at: asked.at,
        most_seconds: asked.most_seconds,
        shown: SHOWN_LINES,
    };
    Ok(Ok(report(plan, &cost_plan, check(&rates, &costs, &terms))))
}

fn costs_of(tx: &mut Tx, plan: &Plan, at: DateTime<Utc>) -> Result<Vec<Priced>, FlowError> {
    let Some(deck) = rates::current_deck(tx, &plan.id, at)? else { return Ok(vec![]) };
    Ok(priced(&rates::table(tx, &deck.id)?, &deck.id, at))
}

fn conversion(
    tx: &mut Tx,
    from: &Plan,
    to: &Plan,
    at_most_days: u16,
    at: DateTime<Utc>,
) -> Result<Result<Option<Conversion>, NoConversion>, FlowError> {
    if from.currency == to.currency {
        return Ok(Ok(None));
    }
    Ok(usable(tx, (from.currency, to.currency), at_most_days, at)?.map(Some))
}

fn named(tx: &mut Tx, name: &str) -> Result<Plan, FlowError> {
    accounts::plan_by_name(tx, name)?.ok_or_else(|| FlowError::not_found("plan", name))
}

fn report(plan: &Plan, cost_plan: &Plan, found: DeckMargin) -> MarginReport {
    MarginReport {
        plan: plan.name.clone(),
        cost_plan: cost_plan.name.clone(),
        currency: plan.currency,
        compared: found.compared,
        without_cost: found.without_cost,
        losing: found.losing,
        worst: found.worst.iter().map(line).collect(),
    }
}

fn line(losing: &Losing) -> LosingLine {
    let at = |(seconds, margin): (i64, Money)| MarginAt { seconds, margin };
    LosingLine {
        prefix: losing.prefix.clone(),
        destination: losing.rate.destination.clone(),
        price_per_minute: losing.rate.price_per_minute.normalize().to_string(),
        cost_per_minute: losing.cost.price_per_minute.normalize().to_string(),
        margins: SHOWN.into_iter().zip(losing.margins).map(at).collect(),
        worst: at((losing.worst_seconds, losing.worst)),
        loses: losing.durations(),
    }
}

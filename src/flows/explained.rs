//! How an amount came about, for programs: the steps from seconds to what is paid.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::money::Money;
use crate::domain::rating::Rate;
use crate::domain::rating::allowance::Allowance;
use crate::domain::rating::explain::{Explanation, Stretch};
use crate::domain::rating::markup::MadeOf;
use crate::domain::time_limit::whole_seconds;

type Time = chrono::DateTime<chrono::Utc>;

/// Amounts are decimal strings. Each billed second has the price in force at that second; all is summed exactly and
/// rounded up once, at the millionth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explained {
    /// The deck the rate was frozen from; null for a leg that is free.
    #[schema(example = "deck_01ja0000000000000000000000")]
    pub deck: Option<String>,
    pub prefix: Option<String>,
    /// Leading digits of the payers' numbers the rate is for; null for all.
    #[schema(example = "49")]
    pub origination: Option<String>,
    /// From when seconds count.
    #[schema(value_type = String, format = DateTime)]
    pub start: Time,
    #[schema(example = 61)]
    pub seconds: i64,
    #[schema(example = 120)]
    pub billed_seconds: i64,
    /// What bundles paid for: the first seconds.
    pub from_bundles: Vec<FromBundle>,
    #[schema(value_type = String, example = "0")]
    pub connection_fee: Money,
    /// Several, if the price changed on the way.
    pub pieces: Vec<ExplainedPiece>,
    /// The line of the cost deck that was marked up; null for a price of the plan's own deck.
    pub markup: Option<ExplainedMarkup>,
    /// The maximum beyond which the rest was free, if it was reached.
    #[schema(value_type = Option<String>, example = "0.50")]
    pub capped_at: Option<Money>,
    #[schema(value_type = String, example = "1.20")]
    pub net: Money,
    /// Null without one.
    pub tax: Option<ExplainedTax>,
    /// What is paid.
    #[schema(value_type = String, example = "1.20")]
    pub gross: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FromBundle {
    #[schema(example = "bnd_01ja0000000000000000000000")]
    pub bundle: String,
    #[schema(example = "100 minutes to Europe")]
    pub name: String,
    /// In the bundle's own steps.
    #[schema(example = 60)]
    pub seconds: i64,
}

/// Billed seconds one after another at one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedPiece {
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    #[schema(example = 120)]
    pub seconds: i64,
    #[schema(example = "0.6")]
    pub price_per_minute: String,
    /// For reaching it.
    #[schema(value_type = String, example = "0")]
    pub fee: Money,
    /// Not rounded.
    #[schema(example = "1.2")]
    pub exact_amount: String,
    /// What the cost deck asks, in its own currency, before the markup; null for a price of the plan's own deck.
    #[schema(example = "0.5")]
    pub cost_price_per_minute: Option<String>,
}

/// From a cost deck's price to the plan's: converted, then the percentage, then the amount, then up to the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedMarkup {
    #[schema(example = "0.5")]
    pub cost_price_per_minute: String,
    #[schema(value_type = String, example = "0")]
    pub cost_connection_fee: Money,
    /// What was frozen with the rate: so much of the plan's currency was one unit of the cost deck's; null if they are one.
    #[schema(example = "0.92")]
    pub conversion: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub conversion_of: Option<Time>,
    #[schema(example = "20")]
    pub percent: String,
    #[schema(example = "0.002")]
    pub per_minute: String,
    #[schema(example = "0.005")]
    pub price_step: String,
    #[schema(value_type = String, example = "0")]
    pub per_call: Money,
    #[schema(value_type = String, example = "0.000001")]
    pub fee_step: Money,
    /// All of it in words.
    #[schema(example = "0.5 a minute by cost deck deck_01, prefix 44; 20 % more, up to the next 0.005")]
    pub says: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedTax {
    /// Two letters, or an asterisk for every country without a tax of its own.
    #[schema(example = "DE")]
    pub country: String,
    #[schema(example = "19")]
    pub percent: String,
    /// Part of the prices, instead of being added to them.
    pub included: bool,
    #[schema(value_type = String, example = "0.19")]
    pub amount: Money,
}

impl Explained {
    /// One piece alone is said by the rate already.
    pub fn needs_words(&self) -> bool {
        !self.from_bundles.is_empty() || self.pieces.len() > 1 || self.tax.is_some() || self.capped_at.is_some()
    }

    pub fn of(rate: &Rate, explanation: &Explanation) -> Self {
        let cost = explanation.cost;
        Self {
            deck: given(&rate.deck),
            prefix: given(&rate.prefix),
            origination: given(&rate.origination),
            start: explanation.start,
            seconds: explanation.seconds,
            billed_seconds: explanation.billed_seconds,
            from_bundles: explanation.from_bundles.iter().map(from_bundle).collect(),
            connection_fee: explanation.connection_fee,
            pieces: explanation.pieces.iter().map(|stretch| piece(rate, explanation.start, stretch)).collect(),
            markup: rate.made_of.as_ref().map(markup),
            capped_at: explanation.capped_at,
            net: cost.net,
            tax: rate.tax.as_ref().map(|tax| ExplainedTax {
                country: tax.country.clone(),
                percent: tax.percent.to_string(),
                included: tax.included,
                amount: cost.tax,
            }),
            gross: cost.gross,
        }
    }
}

fn from_bundle(used: &Allowance) -> FromBundle {
    FromBundle { bundle: used.bundle.clone(), name: used.name.clone(), seconds: used.seconds }
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn piece(rate: &Rate, start: Time, stretch: &Stretch) -> ExplainedPiece {
    let cost = |made_of: &MadeOf| made_of.cost.price_at(start, whole_seconds(stretch.from - start)).normalize();
    ExplainedPiece {
        cost_price_per_minute: rate.made_of.as_ref().map(|made_of| cost(made_of).to_string()),
        from: stretch.from,
        seconds: stretch.piece.seconds,
        price_per_minute: stretch.piece.price_per_minute.normalize().to_string(),
        fee: stretch.piece.fee,
        exact_amount: stretch.amount.to_string(),
    }
}

fn markup(made_of: &MadeOf) -> ExplainedMarkup {
    let MadeOf { cost, markup, conversion } = made_of;
    ExplainedMarkup {
        cost_price_per_minute: cost.price_per_minute.normalize().to_string(),
        cost_connection_fee: cost.connection_fee,
        conversion: conversion.as_ref().map(|conversion| conversion.rate.to_string()),
        conversion_of: conversion.as_ref().map(|conversion| conversion.effective_from),
        percent: markup.percent.normalize().to_string(),
        per_minute: markup.per_minute.normalize().to_string(),
        price_step: markup.price_step.normalize().to_string(),
        per_call: markup.per_call,
        fee_step: markup.fee_step,
        says: made_of.described(),
    }
}

//! What calling one number costs under a plan, and how long an amount lasts: for the API and the command line alike.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::FlowError;
use super::bundles;
use super::explained::Explained;
use super::wanted::{Caller, priced};
use crate::domain::admission::{Unrated, Wanted};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::{Affordable, Rate};
use crate::storage::{Tx, accounts};

/// The most seconds a price may be asked for (three years): any price times this still fits.
pub const MOST_QUOTED_SECONDS: i64 = 100_000_000;

/// Amounts are decimal strings in `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NumberQuote {
    /// Leading digits the rate is for.
    #[schema(example = "44")]
    pub prefix: String,
    #[schema(example = "United Kingdom")]
    pub destination: String,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    #[schema(example = "0.015")]
    pub price_per_minute: String,
    /// If an account was named: what its bundles would pay for first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 600)]
    pub bundle_seconds: Option<i64>,
    #[serde(flatten)]
    #[schema(inline)]
    pub for_seconds: Option<ForSeconds>,
    #[serde(flatten)]
    #[schema(inline)]
    pub for_funds: Option<ForFunds>,
}

/// Present if seconds were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForSeconds {
    #[schema(example = 60)]
    pub billed_seconds: i64,
    /// With the tax.
    #[schema(value_type = String, example = "0.015")]
    pub cost: Money,
    /// If it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<Explained>,
}

/// Present if funds were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForFunds {
    /// How long the funds last; null if nothing limits it.
    pub affordable_seconds: Option<i64>,
    /// The same, but never longer than the carrier lets a call last.
    #[schema(example = 14400)]
    pub time_limit_seconds: i64,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct NumberQuestion {
    pub plan: String,
    pub to: PhoneNumber,
    /// The paying phone, on which price and tax may depend.
    pub from: Option<PhoneNumber>,
    pub seconds: Option<i64>,
    pub funds: Option<Money>,
    /// Whose bundles count.
    pub account: Option<String>,
    /// Say how the cost came about.
    pub explain: bool,
    /// When the call would begin.
    pub at: DateTime<Utc>,
}

pub fn quote_number(
    tx: &mut Tx,
    asked: &NumberQuestion,
    most_seconds: i64,
) -> Result<Result<NumberQuote, Unrated>, FlowError> {
    let plan = accounts::plan_by_name(tx, &asked.plan)?.ok_or_else(|| FlowError::not_found("plan", &asked.plan))?;
    let caller = Caller { plan: &plan.id, taxes: &plan.terms.taxes, number: asked.from.as_ref() };
    let for_how_long = if asked.seconds.is_some() || asked.funds.is_some() { MOST_QUOTED_SECONDS } else { 0 };
    let rate = priced(tx, &caller, &[&asked.to], TimeDelta::seconds(for_how_long), asked.at)?.remove(0);
    let seconds = asked.seconds.map(|seconds| seconds.clamp(0, MOST_QUOTED_SECONDS));
    let mut wanted = [Wanted { number: asked.to.clone(), rate, is_bot: false }];
    if let Some(account) = &asked.account {
        accounts::find(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
        bundles::allot_to(tx, account, &mut wanted, seconds.unwrap_or(0).max(most_seconds), asked.at)?;
    }
    let [Wanted { rate, .. }] = wanted;
    let quote = |rate: Rate| NumberQuote {
        bundle_seconds: asked.account.as_ref().map(|_| rate.allowed_seconds()),
        for_seconds: seconds.map(|seconds| for_seconds(&rate, seconds, asked)),
        for_funds: asked.funds.map(|funds| for_funds(&rate, funds, most_seconds, asked.at)),
        currency: plan.currency,
        price_per_minute: rate.price_per_minute.normalize().to_string(),
        prefix: rate.prefix,
        destination: rate.destination,
    };
    Ok(rate.map(quote))
}

fn for_seconds(rate: &Rate, seconds: i64, asked: &NumberQuestion) -> ForSeconds {
    let explained = asked.explain.then(|| Explained::of(rate, &rate.explain(asked.at, seconds)));
    ForSeconds { billed_seconds: rate.billed_seconds(seconds), cost: rate.cost(asked.at, seconds), explained }
}

fn for_funds(rate: &Rate, funds: Money, most_seconds: i64, at: DateTime<Utc>) -> ForFunds {
    let affordable = rate.longest_affordable(at, funds);
    let affordable_seconds = match affordable {
        Affordable::Seconds(seconds) => Some(seconds),
        Affordable::Unlimited => None,
    };
    ForFunds { affordable_seconds, time_limit_seconds: affordable.capped_at(most_seconds) }
}

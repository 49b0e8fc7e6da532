//! What calling one number costs under a plan, and how long an amount lasts: for the API and the command line alike.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::FlowError;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::{Affordable, Rate};
use crate::storage::{Tx, accounts, rates};

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
    #[schema(value_type = String, example = "0.015")]
    pub cost: Money,
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

/// `None`: the plan has no rate for the number.
pub fn quote_number(
    tx: &mut Tx,
    plan_name: &str,
    number: &PhoneNumber,
    seconds: Option<i64>,
    funds: Option<Money>,
    most_seconds: i64,
    now: DateTime<Utc>,
) -> Result<Option<NumberQuote>, FlowError> {
    let plan = accounts::plan_by_name(tx, plan_name)?.ok_or_else(|| FlowError::not_found("plan", plan_name))?;
    let rate = rates::find(tx, &plan.id, &[number], now)?.remove(0);
    Ok(rate.map(|rate| NumberQuote {
        for_seconds: seconds.map(|seconds| for_seconds(&rate, seconds.clamp(0, MOST_QUOTED_SECONDS))),
        for_funds: funds.map(|funds| for_funds(&rate, funds, most_seconds)),
        currency: plan.currency,
        price_per_minute: rate.price_per_minute.normalize().to_string(),
        prefix: rate.prefix,
        destination: rate.destination,
    }))
}

fn for_seconds(rate: &Rate, seconds: i64) -> ForSeconds {
    ForSeconds { billed_seconds: rate.billed_seconds(seconds), cost: rate.cost(seconds) }
}

fn for_funds(rate: &Rate, funds: Money, most_seconds: i64) -> ForFunds {
    let affordable = rate.longest_affordable(funds);
    let affordable_seconds = match affordable {
        Affordable::Seconds(seconds) => Some(seconds),
        Affordable::Unlimited => None,
    };
    ForFunds { affordable_seconds, time_limit_seconds: affordable.capped_at(most_seconds) }
}

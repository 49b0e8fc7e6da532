//! How long the balance lasts to each of some numbers, if they were dialled one at a time; and their rates alone.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::FlowError;
use super::caps::bar;
use super::wanted::{Caller, priced, wanted};
use crate::domain::admission::Unrated;
use crate::domain::bundle::{Need, allot};
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::time_limit::{Meter, Metered, longest};
use crate::storage::accounts::{Account, Plan};
use crate::storage::{Tx, accounts, bundles, caps};

#[derive(Debug, Clone)]
pub struct TalkTime {
    pub number: PhoneNumber,
    /// `None` if the plan has no rate for it, or for the caller's own phone.
    pub lasts: Option<Lasts>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasts {
    /// With the caller's own phone.
    pub price_per_minute: Decimal,
    /// At most as long as a call may be.
    pub seconds: i64,
}

/// Of an account whose own number is known; of another nothing can be said.
pub fn talk_times(
    tx: &mut Tx,
    account: &Account,
    available: Money,
    numbers: &[PhoneNumber],
    most_seconds: i64,
    now: DateTime<Utc>,
) -> Result<Vec<TalkTime>, FlowError> {
    let Some(own_number) = account.own_number.as_ref().filter(|_| !numbers.is_empty()) else { return Ok(vec![]) };
    let plan = plan_of(tx, account)?;
    let mut legs = wanted(tx, &plan, own_number, numbers, now)?;
    bar(&caps::of_account(tx, &plan.id, &account.id)?, &mut legs);
    let bundles = bundles::usable(tx, &account.id, now)?;
    let (own, others) = legs.split_first().expect("the own number comes first");
    let talk_time = |number: &PhoneNumber, rates: [&Rate; 2]| {
        let mut usable = bundles.clone();
        let mut with_bundles = rates.map(Rate::clone);
        let both = [own_number, number].into_iter().zip(&mut with_bundles);
        let paid = both.filter(|(_, rate)| rate.asks_for_money(now));
        let mut needs: Vec<_> = paid.map(|(number, rate)| Need { number, rate, seconds: most_seconds }).collect();
        allot(&mut needs, &mut usable, now);
        let legs = with_bundles.each_ref().map(|rate| Metered { rate, meter: Meter::Waiting });
        let seconds = longest(now, available, &legs, most_seconds, now).unwrap_or(0);
        let price_per_minute = rates.iter().map(|rate| rate.price_per_minute).sum();
        TalkTime { number: number.clone(), lasts: Some(Lasts { price_per_minute, seconds }) }
    };
    let each = others.iter().map(|other| match (&own.rate, &other.rate) {
        (Ok(own), Ok(rate)) => talk_time(&other.number, [own, rate]),
        (Err(_), _) | (_, Err(_)) => TalkTime { number: other.number.clone(), lasts: None },
    });
    Ok(each.collect())
}

/// What the plan of an account has for each of these numbers. The first may be the caller's own phone, which is free
/// under a plan that makes it so.
pub fn rates_of(
    tx: &mut Tx,
    account: &Account,
    own_is_first: bool,
    numbers: &[PhoneNumber],
    now: DateTime<Utc>,
) -> Result<Vec<Result<Rate, Unrated>>, FlowError> {
    let plan = plan_of(tx, account)?;
    if let (true, Some((own_number, others))) = (own_is_first, numbers.split_first()) {
        let mut legs = wanted(tx, &plan, own_number, others, now)?;
        bar(&caps::of_account(tx, &plan.id, &account.id)?, &mut legs);
        return Ok(legs.into_iter().map(|leg| leg.rate).collect());
    }
    let caller = Caller { plan: &plan.id, taxes: &plan.terms.taxes, number: account.own_number.as_ref() };
    priced(tx, &caller, &numbers.iter().collect::<Vec<_>>(), TimeDelta::zero(), now)
}

fn plan_of(tx: &mut Tx, account: &Account) -> Result<Plan, FlowError> {
    accounts::plan_by_id(tx, &account.plan)?.ok_or_else(|| FlowError::not_found("plan", &account.plan))
}

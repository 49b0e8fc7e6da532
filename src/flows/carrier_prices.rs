//! What the carrier asks for the legs of a settled call, and what was earned by that.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::call::Phase;
use crate::domain::carrier_price::{Look, Standing, after, billed_legs};
use crate::domain::currency::Currency;
use crate::domain::margin_report::{Line, lines};
use crate::domain::rating::margin::CarrierBilling;
use crate::storage::carrier_prices::{self, Waiting};
use crate::storage::{Tx, accounts, calls, conversions};

/// Legs of a call whose price is not known yet. The first time all that were answered are noted.
pub fn to_be_priced(tx: &mut Tx, call: &str, now: DateTime<Utc>) -> Result<Vec<Waiting>, FlowError> {
    let unknown = || FlowError::not_found("call", call);
    accounts::lock_wallet_of_call(tx, call)?.ok_or_else(unknown)?;
    if !carrier_prices::has_call(tx, call)? {
        let found = calls::find(tx, call)?.ok_or_else(unknown)?;
        let settled_at = calls::settled_at(tx, call)?;
        let account =
            accounts::find(tx, &found.account)?.ok_or_else(|| FlowError::not_found("account", &found.account))?;
        if let Phase::Settled(_) = found.phase {
            carrier_prices::insert(tx, &billed_legs(&found, account.currency, settled_at.unwrap_or(now)))?;
        }
    }
    Ok(carrier_prices::waiting(tx, call)?)
}

/// `true`: one is still not known.
pub fn prices_looked_for(tx: &mut Tx, looks: Vec<(Waiting, Look)>, now: DateTime<Utc>) -> Result<bool, FlowError> {
    let mut open = false;
    for (leg, look) in looks {
        let standing = after(look, leg.settled_at, now);
        if standing == Standing::Missing {
            tracing::warn!(leg = leg.leg, call_sid = leg.call_sid, "the carrier has told no price");
        }
        carrier_prices::set(tx, &leg.leg, standing, now)?;
        open |= standing == Standing::Waiting;
    }
    Ok(open)
}

/// What was earned with calls that were settled from one moment to before another.
pub fn margins(
    tx: &mut Tx,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    billing: CarrierBilling,
) -> Result<Vec<Line>, FlowError> {
    let groups = carrier_prices::by_destination(tx, from, to)?;
    let mut known: Vec<((Currency, Currency), conversions::Listed)> = vec![];
    for group in &groups {
        let Some(cost) = group.cost_currency.filter(|cost| *cost != group.currency) else { continue };
        if known.iter().all(|(pair, _)| *pair != (cost, group.currency)) {
            known.extend(conversions::newest(tx, cost, group.currency, to)?.map(|row| ((cost, group.currency), row)));
        }
    }
    let conversion =
        |from, to| known.iter().find(|(pair, _)| *pair == (from, to)).map(|(_, row)| row.conversion.clone());
    Ok(lines(&groups, billing, conversion))
}

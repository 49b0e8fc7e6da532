//! What a call would cost and how long the balance would last, before anybody dials.

use chrono::{DateTime, Utc};

use super::bundles;
use super::caps::bar;
use super::change_terms::terms_of;
use super::place_call::terms;
use super::wanted::wanted;
use super::{FlowError, Rules};
use crate::domain::admission::{Admitted, Refusal, Wanted, admit};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::storage::{Tx, accounts, caps};

#[derive(Debug)]
pub struct Quote {
    pub currency: Currency,
    pub available: Money,
    /// The caller's own phone first.
    pub legs: Vec<Wanted>,
    pub answer: Result<Admitted, Refusal>,
}

pub fn quote(
    tx: &mut Tx,
    account: &str,
    own_number: &PhoneNumber,
    numbers: &[PhoneNumber],
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Quote, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    let (found, plan) = accounts::find_with_plan(tx, account)?.ok_or_else(unknown)?;
    let wallet = accounts::wallet(tx, account)?.ok_or_else(unknown)?;
    let caps = caps::of_account(tx, &plan.id, account)?;
    let mut legs = wanted(tx, &plan, own_number, numbers, now)?;
    bar(&caps, &mut legs);
    bundles::allot_to(tx, account, &mut legs, rules.timing.most_seconds, now)?;
    let settled = terms_of(tx, &plan)?;
    let answer = admit(&legs, &terms(tx, (&found, &caps), &settled, &wallet, rules, now)?, now);
    if let Ok(admitted) = &answer {
        bundles::let_go(legs.iter_mut().filter_map(|leg| leg.rate.as_mut().ok()), admitted.lasts_seconds);
    }
    Ok(Quote { currency: found.currency, available: wallet.available(), legs, answer })
}

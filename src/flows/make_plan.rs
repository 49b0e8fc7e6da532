//! A new plan, by somebody who expects it to be new.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::open_account::ensure_plan;
use crate::domain::currency::Currency;
use crate::storage::accounts::Plan;
use crate::storage::{Tx, accounts, audit};

#[derive(Debug)]
pub enum Made {
    Plan(Box<Plan>),
    NameTaken,
}

pub fn make_plan(
    tx: &mut Tx,
    name: &str,
    currency: Currency,
    payer_leg_free: bool,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Made, FlowError> {
    if accounts::plan_by_name(tx, name)?.is_some() {
        return Ok(Made::NameTaken);
    }
    let plan = ensure_plan(tx, name, currency, payer_leg_free, now)?;
    audit::record(tx, actor, "make_plan", &plan.id, &format!("{name} in {currency}"), now)?;
    Ok(Made::Plan(Box::new(plan)))
}

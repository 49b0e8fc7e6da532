//! An account under a plan, whose currency it takes, and if wanted somebody who signs in to it, in one go.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::open_account::{Opened, open_account};
use super::set_password::{PasswordSet, set_callers_password};
use crate::storage::{Tx, accounts, users};

pub fn open_with_caller(
    tx: &mut Tx,
    email: &str,
    plan_name: &str,
    password_hash: Option<String>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Opened, FlowError> {
    let Some(plan) = accounts::plan_by_name(tx, plan_name)? else { return Ok(Opened::UnknownPlan) };
    if password_hash.is_some() && users::by_email(tx, email)?.is_some() {
        return Ok(Opened::EmailTaken);
    }
    let opened = open_account(tx, email, plan.currency, plan_name, actor, now)?;
    if let (Opened::Account(account), Some(hash)) = (&opened, password_hash) {
        match set_callers_password(tx, &account.id, None, hash, actor, now)? {
            PasswordSet::Of(_) => {}
            // Somebody was quicker, and PostgreSQL takes the whole transaction back.
            PasswordSet::EmailTaken => return Ok(Opened::EmailTaken),
        }
    }
    Ok(opened)
}

//! Accounts, plans and people come to be.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::currency::Currency;
use crate::domain::language::Language;
use crate::ids;
use crate::storage::accounts::{Account, Plan};
use crate::storage::users::User;
use crate::storage::{Tx, accounts, audit, users};

#[derive(Debug)]
pub enum Opened {
    Account(Account),
    /// Somebody has an account with this address.
    EmailTaken,
    UnknownPlan,
    /// A plan has one currency, and its accounts have the same.
    OtherCurrency {
        plan: Currency,
    },
    BadEmail,
}

pub fn open_account(
    tx: &mut Tx,
    email: &str,
    currency: Currency,
    plan_name: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Opened, FlowError> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Ok(Opened::BadEmail);
    }
    let Some(plan) = accounts::plan_by_name(tx, plan_name)? else { return Ok(Opened::UnknownPlan) };
    if plan.currency != currency {
        return Ok(Opened::OtherCurrency { plan: plan.currency });
    }
    let account = Account {
        id: ids::new("acc"),
        email,
        plan: plan.id,
        currency,
        status: "open".to_owned(),
        own_number: None,
        language: Language::default(),
        frozen_because: None,
    };
    match accounts::insert(tx, &account, now) {
        Err(error) if error.is_duplicate() => return Ok(Opened::EmailTaken),
        inserted => inserted?,
    }
    audit::record(tx, actor, "open_account", &account.id, &account.email, now)?;
    Ok(Opened::Account(account))
}

/// Something on both sides of one @; whether it reaches anybody only a letter could tell.
pub fn is_email(text: &str) -> bool {
    let sides = text.split_once('@');
    text.len() <= 254
        && sides.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Finds the plan or makes it.
pub fn ensure_plan(
    tx: &mut Tx,
    name: &str,
    currency: Currency,
    payer_leg_free: bool,
    now: DateTime<Utc>,
) -> Result<Plan, FlowError> {
    if let Some(plan) = accounts::plan_by_name(tx, name)? {
        return Ok(plan);
    }
    let plan = Plan::new(ids::new("plan"), name, currency, payer_leg_free);
    accounts::insert_plan(tx, &plan, now)?;
    Ok(plan)
}

/// Lets somebody sign in. `role` is `caller` with an account, or an administrator's without.
pub fn add_user(
    tx: &mut Tx,
    email: &str,
    password_hash: String,
    role: &str,
    account: Option<String>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let user =
        User { id: ids::new("usr"), email: email.trim().to_lowercase(), password_hash, role: role.to_owned(), account };
    users::insert(tx, &user, now)?;
    Ok(audit::record(tx, actor, "add_user", &user.id, &format!("{} as {role}", user.email), now)?)
}

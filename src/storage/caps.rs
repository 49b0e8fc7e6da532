//! Caps of the house, of plans and of accounts, and what accounts have used of them.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::schema::{caps, transfers};
use super::{StorageError, Tx};
use crate::domain::caps::Caps;
use crate::domain::caps::combined::{Combined, Spent};
use crate::domain::ledger::Place;
use crate::domain::money::Money;

/// Whose caps they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    House,
    Plan(String),
    Account(String),
}

impl Whose {
    pub fn id(&self) -> &str {
        match self {
            Self::House => "house",
            Self::Plan(id) | Self::Account(id) => id,
        }
    }

    pub fn account(&self) -> Option<&str> {
        match self {
            Self::House | Self::Plan(_) => None,
            Self::Account(id) => Some(id),
        }
    }
}

pub fn find(tx: &mut Tx, whose: &Whose) -> Result<Caps, StorageError> {
    let found: Option<String> = caps::table.find(whose.id()).select(caps::settings).first(tx.conn).optional()?;
    found.map_or_else(|| Ok(Caps::default()), |text| read(whose.id(), &text))
}

/// All that apply to an account of this plan.
pub fn of_account(tx: &mut Tx, plan: &str, account: &str) -> Result<Combined, StorageError> {
    let rows: Vec<(String, String)> = caps::table
        .filter(caps::id.eq_any([Whose::House.id(), plan, account]))
        .select((caps::id, caps::settings))
        .load(tx.conn)?;
    let one = |wanted: &str| {
        let found = rows.iter().find(|(id, _)| id == wanted);
        found.map_or_else(|| Ok(Caps::default()), |(id, text)| read(id, text))
    };
    Ok(Combined { house: one(Whose::House.id())?, plan: one(plan)?, account: one(account)? })
}

pub fn save(tx: &mut Tx, whose: &Whose, settings: &Caps) -> Result<(), StorageError> {
    let text = serde_json::to_string(settings).expect("caps are plain data");
    let changed = diesel::update(caps::table.find(whose.id())).set(caps::settings.eq(&text)).execute(tx.conn)?;
    if changed == 0 {
        diesel::insert_into(caps::table)
            .values((caps::id.eq(whose.id()), caps::account_id.eq(whose.account()), caps::settings.eq(&text)))
            .execute(tx.conn)?;
    }
    Ok(())
}

fn read(id: &str, text: &str) -> Result<Caps, StorageError> {
    serde_json::from_str(text).map_err(|error| StorageError::unreadable("caps", format!("{id}: {error}")))
}

/// What calls were charged, and since when there is money. `held`: what the wallet has reserved.
pub fn spent(tx: &mut Tx, account: &str, held: Money, now: DateTime<Utc>) -> Result<Spent, StorageError> {
    Ok(Spent {
        hour: charged_since(tx, account, now - TimeDelta::hours(1))?,
        day: charged_since(tx, account, now - TimeDelta::days(1))?,
        held,
        age: money_since(tx, account)?.map_or(TimeDelta::zero(), |since| now - since),
    })
}

/// For calls, with taxes.
pub fn charged_since(tx: &mut Tx, account: &str, since: DateTime<Utc>) -> Result<Money, StorageError> {
    let calls = transfers::credit.eq(Place::CallRevenue.name()).or(transfers::credit.like("tax:%"));
    let sum: i64 = transfers::table
        .filter(transfers::account_id.eq(account))
        .filter(transfers::at.gt(since.naive_utc()))
        .filter(calls)
        .select(sql::<BigInt>("CAST(COALESCE(SUM(amount), 0) AS BIGINT)"))
        .first(tx.conn)?;
    Ok(Money::from_micros(sum))
}

/// The first card payment that was credited; without one the first credit of whatever kind.
fn money_since(tx: &mut Tx, account: &str) -> Result<Option<DateTime<Utc>>, StorageError> {
    let of_account = || transfers::table.filter(transfers::account_id.eq(account)).order(transfers::at);
    let wallet = Place::Wallet(account.to_owned());
    // Written out, for the index that holds only these.
    let by_card = sql::<Bool>("(debit LIKE 'clearing:%' OR credit LIKE 'clearing:%')");
    let first = of_account().filter(by_card).filter(transfers::debit.like("clearing:%")).select(transfers::at);
    let first: Option<NaiveDateTime> = first.first(tx.conn).optional()?;
    let first = match first {
        Some(first) => Some(first),
        None => {
            of_account().filter(transfers::credit.eq(wallet.name())).select(transfers::at).first(tx.conn).optional()?
        }
    };
    Ok(first.map(|at| at.and_utc()))
}

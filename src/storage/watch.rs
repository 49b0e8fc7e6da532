//! What is watched, and what accounts did lately.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{calls, legs, payments, transfers, voucher_guesses, watch};
use super::{StorageError, Tx, caps, utc_option};
use crate::domain::payment::State;
use crate::domain::watch::{Lately, Watch};

const ONE: &str = "house";
const MONTH: i64 = 30;

pub fn settings(tx: &mut Tx) -> Result<Watch, StorageError> {
    let found: Option<String> = watch::table.find(ONE).select(watch::settings).first(tx.conn).optional()?;
    let read = |text: String| serde_json::from_str(&text).map_err(|error| StorageError::unreadable("watch", error));
    found.map_or_else(|| Ok(Watch::default()), read)
}

pub fn save(tx: &mut Tx, settings: &Watch) -> Result<(), StorageError> {
    let text = serde_json::to_string(settings).expect("settings are plain data");
    let changed = diesel::update(watch::table.find(ONE)).set(watch::settings.eq(&text)).execute(tx.conn)?;
    if changed == 0 {
        diesel::insert_into(watch::table).values((watch::id.eq(ONE), watch::settings.eq(&text))).execute(tx.conn)?;
    }
    Ok(())
}

pub fn lately(tx: &mut Tx, account: &str, short_seconds: i64, now: DateTime<Utc>) -> Result<Lately, StorageError> {
    let (hour, day) = (now - TimeDelta::hours(1), now - TimeDelta::days(1));
    let day_spent = caps::charged_since(tx, account, day)?;
    let first: Option<chrono::NaiveDateTime> = transfers::table
        .filter(transfers::account_id.eq(account))
        .select(diesel::dsl::min(transfers::at))
        .first(tx.conn)?;
    let days_before = utc_option(first).map_or(0, |first| (day - first).num_days().clamp(0, MONTH));
    Ok(Lately {
        short_calls: short_calls(tx, account, short_seconds, hour)?,
        calls: super::calls::count_since(tx, Some(account), hour)?,
        numbers: numbers(tx, account, hour)?,
        day: day_spent,
        month_before: caps::charged_since(tx, account, day - TimeDelta::days(MONTH))? - day_spent,
        days_before,
        declined: declined(tx, account, day)?,
        wrong_vouchers: wrong_vouchers(tx, account)?,
    })
}

/// In which nobody talked for longer, though somebody answered.
fn short_calls(tx: &mut Tx, account: &str, seconds: i64, since: DateTime<Utc>) -> Result<i64, StorageError> {
    let longest = legs::table
        .inner_join(calls::table.on(calls::id.eq(legs::call_id)))
        .filter(calls::account_id.eq(account))
        .filter(calls::created_at.gt(since.naive_utc()))
        .filter(calls::phase.eq("settled"))
        .filter(legs::role.eq("other"))
        .filter(legs::kind.eq("party"))
        .filter(legs::carrier_seconds.gt(0))
        .select((legs::call_id, legs::carrier_seconds));
    let mut talked: Vec<(String, Option<i64>)> = longest.load(tx.conn)?;
    talked.sort();
    // The last of a call is its longest.
    let of_calls = talked.chunk_by(|a, b| a.0 == b.0).filter_map(|legs| legs.last());
    Ok(of_calls.filter(|(_, longest)| longest.is_some_and(|longest| longest < seconds)).count() as i64)
}

fn numbers(tx: &mut Tx, account: &str, since: DateTime<Utc>) -> Result<i64, StorageError> {
    Ok(legs::table
        .inner_join(calls::table.on(calls::id.eq(legs::call_id)))
        .filter(calls::account_id.eq(account))
        .filter(calls::created_at.gt(since.naive_utc()))
        .filter(legs::role.eq("other"))
        .filter(legs::kind.eq("party"))
        .select(sql::<BigInt>("COUNT(DISTINCT legs.number)"))
        .first(tx.conn)?)
}

fn declined(tx: &mut Tx, account: &str, since: DateTime<Utc>) -> Result<i64, StorageError> {
    let of_account = payments::table.filter(payments::account_id.eq(account));
    let failed = of_account.filter(payments::state.eq(State::Failed.code()));
    Ok(failed.filter(payments::created_at.gt(since.naive_utc())).count().get_result(tx.conn)?)
}

/// Those that still count; older ones are forgotten.
fn wrong_vouchers(tx: &mut Tx, account: &str) -> Result<i64, StorageError> {
    Ok(voucher_guesses::table.filter(voucher_guesses::account_id.eq(account)).count().get_result(tx.conn)?)
}

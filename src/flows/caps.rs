//! Caps: set for the house, a plan or an account, and asked whenever an account wants to use something.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use super::look_again::calls_without_money;
use crate::domain::admission::{Unrated, Wanted};
use crate::domain::caps::combined::{Combined, Room};
use crate::domain::caps::{CAPS, CAPS_IN_ALL, Caps};
use crate::domain::money::Money;
use crate::domain::setting::{BadSetting, Given, Setting, apply, written};
use crate::storage::audit::{self, Change};
use crate::storage::caps::{self, Whose};
use crate::storage::{Tx, accounts, calls};

const MINUTE: TimeDelta = TimeDelta::seconds(60);

/// Numbers that may not be called have no rate.
pub(super) fn bar(caps: &Combined, wanted: &mut [Wanted]) {
    // A bot's is a number of the house.
    for wanted in wanted.iter_mut().filter(|wanted| !wanted.is_bot && wanted.rate.is_ok()) {
        if let Some(destination) = caps.bars(&wanted.number) {
            wanted.rate = Err(Unrated::Blocked { destination });
        }
    }
}

/// What is left of caps on spending; `None` if there are none.
pub(super) fn room(
    tx: &mut Tx,
    combined: &Combined,
    account: &str,
    held: Money,
    now: DateTime<Utc>,
) -> Result<Option<Room>, FlowError> {
    if !combined.limit_spending() {
        return Ok(None);
    }
    Ok(combined.room(&caps::spent(tx, account, held, now)?))
}

/// Of the calls in the past minute, only counted where a cap needs it.
pub(super) fn dialled_lately(
    tx: &mut Tx,
    combined: &Combined,
    account: &str,
    now: DateTime<Utc>,
) -> Result<i64, FlowError> {
    Ok(if combined.calls_a_minute().is_some() { calls::count_since(tx, Some(account), now - MINUTE)? } else { 0 })
}

/// All accounts together use as much as they may. Counted without a lock, so that no row is everybody's.
pub(super) fn is_full(tx: &mut Tx, house: &Caps, now: DateTime<Utc>) -> Result<bool, FlowError> {
    let reached = |most: u16, count: i64| count >= i64::from(most);
    let live = house.live_calls_in_all;
    if live > 0 && reached(live, calls::count_all_live(tx)?) {
        return Ok(true);
    }
    let dialled = house.calls_a_minute_in_all;
    Ok(dialled > 0 && reached(dialled, calls::count_since(tx, None, now - MINUTE)?))
}

#[derive(Debug)]
pub enum CapsChanged {
    Now(Caps),
    /// It was all so before.
    Already(Caps),
    /// Nothing was changed.
    Bad(Vec<BadSetting>),
}

/// The lines that there are for somebody's caps.
pub fn lines_of(whose: &Whose) -> Vec<&'static [Setting<Caps>]> {
    match whose {
        Whose::House => vec![CAPS, CAPS_IN_ALL],
        Whose::Plan(_) | Whose::Account(_) => vec![CAPS],
    }
}

pub fn caps_of(tx: &mut Tx, whose: &Whose) -> Result<Caps, FlowError> {
    match whose {
        Whose::House => {}
        Whose::Plan(id) => {
            accounts::plan_by_id(tx, id)?.ok_or_else(|| FlowError::not_found("plan", id))?;
        }
        Whose::Account(id) => {
            accounts::find(tx, id)?.ok_or_else(|| FlowError::not_found("account", id))?;
        }
    }
    Ok(caps::find(tx, whose)?)
}

/// What is not given stays. They count at once, also for running calls when these next look at the money; those that were
/// warned look now.
pub fn change_caps(
    tx: &mut Tx,
    whose: &Whose,
    given: &Given,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<CapsChanged, FlowError> {
    let mut changed = caps_of(tx, whose)?;
    let before = all_written(whose, &changed);
    let mut bad = vec![];
    for lines in lines_of(whose) {
        let theirs = given.iter().filter(|(name, _)| lines.iter().any(|line| line.name == name)).cloned().collect();
        bad.extend(apply(lines, &mut changed, &theirs));
    }
    if !bad.is_empty() {
        return Ok(CapsChanged::Bad(bad));
    }
    let after = all_written(whose, &changed);
    if after == before {
        return Ok(CapsChanged::Already(changed));
    }
    caps::save(tx, whose, &changed)?;
    calls_without_money(tx, whose, now)?;
    let (before, after) = (Some(before.as_str()), Some(after.as_str()));
    let (subject, account) = (whose.id(), whose.account());
    audit::change(tx, &Change { actor, action: "change_caps", subject, account, detail: "", before, after }, now)?;
    Ok(CapsChanged::Now(changed))
}

fn all_written(whose: &Whose, caps: &Caps) -> String {
    let parts: Vec<_> = lines_of(whose).into_iter().map(|lines| written(lines, caps)).collect();
    parts.join(" ")
}

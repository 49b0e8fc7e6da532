//! The watch on accounts: what they did lately is held against the rules, in a job, and somebody is told.

use chrono::{DateTime, TimeDelta, Utc};

use super::alerts::{Sight, raise};
use super::freeze::freeze;
use super::{FlowError, Job};
use crate::domain::setting::{BadSetting, Choice, Given, apply, written};
use crate::domain::watch::{WATCH, Watch};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, watch};

/// Whatever an account does within it is looked at once.
const SOON: TimeDelta = TimeDelta::seconds(20);
const ACTOR: &str = "watch";

/// Something happened that a pattern may be made of.
pub(super) fn look_soon(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    Ok(Job::WatchAccount { account: account.to_owned() }.enqueue(tx, now + SOON)?)
}

pub fn look(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let settings = watch::settings(tx)?;
    let lately = watch::lately(tx, account, settings.short_seconds.into(), now)?;
    for finding in settings.findings(&lately) {
        if finding.freezes {
            let because = format!("{}: {}", finding.alarm.label(), finding.seen);
            freeze(tx, account, &because, ACTOR, now)?;
        }
        let account = Some(account.to_owned());
        raise(tx, Sight { account, kind: finding.alarm, subject: String::new(), seen: finding.seen }, now)?;
    }
    Ok(())
}

#[derive(Debug)]
pub enum WatchChanged {
    Now(Watch),
    /// It was all so before.
    Already(Watch),
    /// Nothing was changed.
    Bad(Vec<BadSetting>),
}

/// What is not given stays.
pub fn change_watch(tx: &mut Tx, given: &Given, actor: &str, now: DateTime<Utc>) -> Result<WatchChanged, FlowError> {
    let mut changed = watch::settings(tx)?;
    let before = written(WATCH, &changed);
    let bad = apply(WATCH, &mut changed, given);
    if !bad.is_empty() {
        return Ok(WatchChanged::Bad(bad));
    }
    let after = written(WATCH, &changed);
    if after == before {
        return Ok(WatchChanged::Already(changed));
    }
    watch::save(tx, &changed)?;
    let (before, after) = (Some(before.as_str()), Some(after.as_str()));
    let deed = Change { actor, action: "change_watch", subject: "watch", account: None, detail: "", before, after };
    audit::change(tx, &deed, now)?;
    Ok(WatchChanged::Now(changed))
}

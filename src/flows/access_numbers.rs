//! Access numbers: made, changed and removed. Calls that came in keep what they began with.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::access::{AccessNumber, AccessSettings, SETTINGS};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::setting::{BadSetting, Given, apply, written};
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, access_numbers};

#[derive(Debug)]
pub enum NumberKept {
    Now(AccessNumber),
    /// It was all so before.
    Already(AccessNumber),
    NumberTaken,
    /// Nothing was kept.
    Bad(Vec<BadSetting>),
}

pub fn make_access_number(
    tx: &mut Tx,
    number: &PhoneNumber,
    given: &Given,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<NumberKept, FlowError> {
    let mut settings = AccessSettings::default();
    let bad = apply(SETTINGS, &mut settings, given);
    if !bad.is_empty() {
        return Ok(NumberKept::Bad(bad));
    }
    if access_numbers::by_number(tx, number)?.is_some() {
        return Ok(NumberKept::NumberTaken);
    }
    let made = AccessNumber { id: ids::new("acn"), number: number.clone(), settings };
    match access_numbers::insert(tx, &made, now) {
        Err(error) if error.is_duplicate() => return Ok(NumberKept::NumberTaken),
        inserted => inserted?,
    }
    let after = written(SETTINGS, &made.settings);
    note(tx, "make_access_number", &made, (None, Some(&after)), actor, now)?;
    Ok(NumberKept::Now(made))
}

/// What is not given stays.
pub fn change_access_number(
    tx: &mut Tx,
    id: &str,
    given: &Given,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<NumberKept, FlowError> {
    let before = find(tx, id)?;
    let mut after = before.clone();
    let bad = apply(SETTINGS, &mut after.settings, given);
    if !bad.is_empty() {
        return Ok(NumberKept::Bad(bad));
    }
    if after == before {
        return Ok(NumberKept::Already(after));
    }
    access_numbers::save(tx, &after)?;
    let (was, is) = (written(SETTINGS, &before.settings), written(SETTINGS, &after.settings));
    note(tx, "change_access_number", &after, (Some(&was), Some(&is)), actor, now)?;
    Ok(NumberKept::Now(after))
}

/// Whoever calls it from then on is told that it is not in service.
pub fn remove_access_number(tx: &mut Tx, id: &str, actor: &str, now: DateTime<Utc>) -> Result<AccessNumber, FlowError> {
    let removed = find(tx, id)?;
    access_numbers::delete(tx, id)?;
    let before = written(SETTINGS, &removed.settings);
    note(tx, "remove_access_number", &removed, (Some(&before), None), actor, now)?;
    Ok(removed)
}

fn find(tx: &mut Tx, id: &str) -> Result<AccessNumber, FlowError> {
    access_numbers::find(tx, id)?.ok_or_else(|| FlowError::not_found("access number", id))
}

fn note(
    tx: &mut Tx,
    action: &str,
    number: &AccessNumber,
    (before, after): (Option<&str>, Option<&str>),
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (subject, detail) = (number.id.as_str(), number.number.as_str());
    Ok(audit::change(tx, &Change { actor, action, subject, account: None, detail, before, after }, now)?)
}

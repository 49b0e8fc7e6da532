//! From when on a card processor is asked what it has told, and that it was.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use crate::storage::{Tx, house_ledger};

/// What is told in the second of a look may stand in the list a little later.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// A processor repeats a message for three days; who has never asked wants all of them.
const AT_FIRST: TimeDelta = TimeDelta::days(3);
/// Nobody keeps them for longer than thirty.
const LONGEST: TimeDelta = TimeDelta::days(29);

pub fn since(tx: &mut Tx, processor: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, FlowError> {
    let last = house_ledger::caught_up_at(tx, processor)?;
    let since = last.map_or(now - AT_FIRST, |last| last - OVERLAP);
    Ok(since.max(now - LONGEST))
}

pub fn caught_up(tx: &mut Tx, processor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    Ok(house_ledger::catch_up(tx, processor, now)?)
}

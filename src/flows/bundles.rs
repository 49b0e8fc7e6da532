//! Bundles in calls: what is free of them is given to legs, what legs hold stands in the books, and what they did not use
//! goes back.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::tell::tell;
use crate::domain::admission::Wanted;
use crate::domain::bundle::{Need, allot};
use crate::domain::call::{Call, Leg};
use crate::domain::event::Event;
use crate::domain::rating::Rate;
use crate::storage::bundles::{self, Share};
use crate::storage::{StorageError, Tx};

/// Gives those who are to be rung what the account's bundles have for them, up to so many seconds each. What the call
/// turns out not to need is let go of when its length is known ([`let_go`]).
pub(super) fn allot_to(
    tx: &mut Tx,
    account: &str,
    wanted: &mut [Wanted],
    most_seconds: i64,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut usable = bundles::usable(tx, account, now)?;
    if usable.is_empty() {
        return Ok(());
    }
    let rates = wanted.iter_mut().filter_map(|one| Some((&one.number, one.rate.as_mut().ok()?)));
    let paid = rates.filter(|(_, rate)| rate.asks_for_money(now));
    let mut needs: Vec<_> = paid.map(|(number, rate)| Need { number, rate, seconds: most_seconds }).collect();
    allot(&mut needs, &mut usable, now);
    Ok(())
}

/// A call of this length needs no more.
pub(super) fn let_go<'a>(rates: impl Iterator<Item = &'a mut Rate>, seconds: i64) {
    rates.for_each(|rate| rate.trim_allowances(seconds));
}

/// Books what legs hold of bundles, where it differs from before. Under the lock of the account, like money.
pub(super) fn keep(tx: &mut Tx, before: &[Leg], call: &Call) -> Result<(), StorageError> {
    for leg in &call.legs {
        let was = before.iter().find(|earlier| earlier.id == leg.id).map(|earlier| &earlier.rate);
        if was.map_or(&[][..], |rate| &rate.allowances) != leg.rate.allowances {
            keep_leg(tx, was, leg, call)?;
        }
    }
    Ok(())
}

fn keep_leg(tx: &mut Tx, was: Option<&Rate>, leg: &Leg, call: &Call) -> Result<(), StorageError> {
    let held = |rate: Option<&Rate>, bundle: &str| -> i64 {
        let of = rate.into_iter().flat_map(|rate| &rate.allowances).filter(|one| one.bundle == bundle);
        of.map(|one| one.seconds).sum()
    };
    let both = was.into_iter().chain([&leg.rate]).flat_map(|rate| &rate.allowances);
    let mut ids: Vec<_> = both.map(|allowance| allowance.bundle.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    for bundle in ids {
        let (old, new) = (held(was, bundle), held(Some(&leg.rate), bundle));
        if old != new {
            bundles::hold(tx, Share { account: &call.account, call: &call.id, leg: &leg.id, bundle }, new, new - old)?;
        }
    }
    Ok(())
}

/// The call is over: is anything left of the bundles it used?
pub(super) fn tell_what_is_used_up(tx: &mut Tx, call: &Call, now: DateTime<Utc>) -> Result<(), FlowError> {
    let of_legs = call.legs.iter().flat_map(|leg| &leg.rate.allowances);
    let mut used: Vec<_> = of_legs.map(|allowance| allowance.bundle.clone()).collect();
    used.sort();
    used.dedup();
    for bundle in bundles::used_up(tx, &used, &call.id)? {
        tell(tx, &call.account, &Event::bundle_used_up(&bundle), now)?;
    }
    Ok(())
}

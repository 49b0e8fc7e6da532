//! The carrier's list of calls beside our legs, both ways. What differs is kept for people to look at; nothing changes.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use super::reconcile::keep;
use crate::domain::carrier_calls::{self, ListedCall, OurCall};
use crate::domain::reconcile::{Difference, Kind, Reconciliation, Row, Span, compare};
use crate::storage::Tx;
use crate::storage::carrier_calls::{greeted_between, legs_between, numbers_of_bots};

/// With whom.
const CARRIER: &str = "carrier";

/// A leg may ring so long after its call began, and no call lasts longer: what stands just outside of a span on one side
/// meets what is inside of it on the other.
const AROUND: TimeDelta = TimeDelta::days(1);

/// What is to be compared for a span.
pub fn around(span: &Span) -> Span {
    Span { from: span.from - AROUND, to: span.to + AROUND }
}

pub fn reconcile_calls(
    tx: &mut Tx,
    listed: &[ListedCall],
    span: Span,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(Reconciliation, Vec<Difference>), FlowError> {
    let ours = our_calls(tx, &around(&span))?;
    let bots = numbers_of_bots(tx)?;
    // What comes in at a bot is the other end of a leg of ours, and bills nothing that is not known.
    let theirs: Vec<&ListedCall> = listed.iter().filter(|call| !(call.came_in && bots.contains(&call.to))).collect();
    let ours_by_sid: HashMap<&str, &OurCall> = ours.iter().map(|call| (call.call_sid.as_str(), call)).collect();
    let theirs_by_sid: HashMap<&str, &ListedCall> = theirs.iter().map(|call| (call.call_sid.as_str(), *call)).collect();
    let our_rows = ours.iter().map(|call| Row {
        key: call.call_sid.clone(),
        account: call.account.clone(),
        at: call.at,
        fields: carrier_calls::ours(call, theirs_by_sid.get(call.call_sid.as_str()).copied()),
    });
    let their_rows = theirs.iter().map(|call| Row {
        key: call.call_sid.clone(),
        account: None,
        at: call.at.unwrap_or(span.from),
        fields: carrier_calls::theirs(call, ours_by_sid.get(call.call_sid.as_str()).copied(), now),
    });
    let comparison = compare(our_rows.collect(), their_rows.collect(), &span);
    keep(tx, Kind::Calls, CARRIER, span, comparison, actor, now)
}

/// Whoever called in and was put through is a leg, and is not counted again as somebody who was greeted.
fn our_calls(tx: &mut Tx, span: &Span) -> Result<Vec<OurCall>, FlowError> {
    let mut ours = legs_between(tx, span.from, span.to)?;
    let greeted = greeted_between(tx, span.from, span.to)?;
    let legs: HashSet<String> = ours.iter().map(|leg| leg.call_sid.clone()).collect();
    ours.extend(greeted.into_iter().filter(|call| !legs.contains(&call.call_sid)));
    Ok(ours)
}

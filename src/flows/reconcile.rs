//! Our books and somebody else's are compared, and what differs is kept for people to look at. Nothing else changes.

use std::collections::BTreeSet;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::alerts::{Sight, raise};
use super::{FlowError, Job};
use crate::domain::alert;
use crate::domain::clearing::{self, Line, Movement};
use crate::domain::reconcile::{Comparison, Difference, Kind, Reconciliation, Span};
use crate::ids;
use crate::storage::{Tx, audit, house_ledger, reconciliations, statement_lines};

/// Somebody wants the last day compared at once. Asking again before that has begun is asking once.
pub fn compare_now(tx: &mut Tx, processors: &[&str], actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let to = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
    let (span, asked) = (Span { from: to - TimeDelta::days(1), to }, Some(actor.to_owned()));
    for processor in processors {
        let processor = (*processor).to_owned();
        Job::ReconcilePayments { processor, span, actor: asked.clone() }.enqueue(tx, now)?;
    }
    Job::ReconcileCalls { span, actor: asked }.enqueue(tx, now)?;
    Ok(audit::record(tx, actor, "compare_books", "reconciliations", "the last 24 hours", now)?)
}

/// A page of a card processor's statement.
/// What only it tells of, fees and payouts, is booked from it, once.
pub fn take_in(tx: &mut Tx, processor: &'static str, lines: &[Line], now: DateTime<Utc>) -> Result<(), FlowError> {
    statement_lines::keep(tx, processor, lines)?;
    for line in lines {
        if let Some(transfer) = clearing::house_posting(line, processor) {
            house_ledger::post_for_house(tx, &transfer, line.moved.currency, processor, now)?;
        }
    }
    Ok(())
}

/// What either has of the span, and what both have of the same things at any time: a line that comes late meets its
/// posting all the same.
pub fn reconcile_payments(
    tx: &mut Tx,
    processor: &str,
    span: Span,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(Reconciliation, Vec<Difference>), FlowError> {
    let (ours, theirs) = (statement_lines::ours(tx, processor, &span)?, statement_lines::theirs(tx, processor, &span)?);
    let thing = |moved: &Movement| (moved.kind, moved.reference.clone());
    let things: BTreeSet<_> = ours.iter().chain(&theirs).map(thing).collect();
    let ours = statement_lines::ours_about(tx, processor, &things)?;
    let theirs = statement_lines::theirs_about(tx, processor, &things)?;
    let comparison = clearing::compare(&ours, &theirs, &span);
    keep(tx, Kind::Payments, processor, span, comparison, actor, now)
}

/// For whatever was compared with whomever.
pub fn keep(
    tx: &mut Tx,
    kind: Kind,
    source: &str,
    span: Span,
    comparison: Comparison,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(Reconciliation, Vec<Difference>), FlowError> {
    let Comparison { alike, differences } = comparison;
    let made = Reconciliation {
        id: ids::new("rcn"),
        kind,
        source: source.to_owned(),
        span,
        alike,
        differing: i64::try_from(differences.len()).expect("they were counted one by one"),
        actor: actor.to_owned(),
        at: now,
    };
    reconciliations::insert(tx, &made, &differences)?;
    if made.differing > 0 {
        let seen = format!("{} with {source}: {} differing", kind.code(), made.differing);
        raise(tx, Sight { account: None, kind: alert::Kind::BooksDiffer, subject: made.id.clone(), seen }, now)?;
    }
    Ok((made, differences))
}

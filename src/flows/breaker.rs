//! How a card processor answers is noted, and when it does not answer any more no payments are begun with it for a while.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use super::tell::tell;
use crate::domain::breaker::{Breaker, Evidence};
use crate::domain::event::Event;
use crate::domain::payment::Doubt;
use crate::storage::{Tx, audit, breakers};

/// Long enough to look at what has happened.
pub(super) const FAILURES_ARE_KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// May nothing new be begun there? What was begun is looked after.
pub fn is_down(tx: &mut Tx, processor: &str, now: DateTime<Utc>) -> Result<bool, FlowError> {
    Ok(!breakers::find(tx, processor)?.lets_begin(now))
}

/// `false`: it is down, or another payment, perhaps another node's, is the one that tries it.
pub(super) fn lets_begin(tx: &mut Tx, processor: &str, payment: &str, now: DateTime<Utc>) -> Result<bool, FlowError> {
    if breakers::find(tx, processor)?.is_closed() {
        return Ok(true);
    }
    let before = breakers::lock(tx, processor)?;
    if !before.lets_begin(now) {
        return Ok(false);
    }
    breakers::save(tx, processor, &before.begun(payment, now))?;
    Ok(true)
}

/// An answer, or none, to a request.
pub(super) struct Heard<'a> {
    pub processor: &'a str,
    /// The payment or checkout it was about, and whose that is.
    pub about: &'a str,
    pub account: &'a str,
    /// What was asked for.
    pub step: &'a str,
    pub evidence: Evidence,
}

pub(super) fn heard(tx: &mut Tx, heard: &Heard, now: DateTime<Utc>) -> Result<(), FlowError> {
    match heard.evidence {
        Evidence::Nothing => return Ok(()),
        Evidence::Works if breakers::find(tx, heard.processor)?.is_closed() => return Ok(()),
        Evidence::Works => {}
        Evidence::Fails => {
            breakers::note_failure(tx, heard.processor, &format!("{} {}", heard.about, heard.step), now)?;
        }
    }
    // One after the other from here on: of two failures at one moment the second counts both.
    let before = breakers::lock(tx, heard.processor)?;
    let failures = breakers::count_failures(tx, heard.processor, before.counts_from(now))?;
    let failures = usize::try_from(failures).unwrap_or_default();
    let after = before.heard(heard.about, heard.evidence, failures, now);
    if after == before {
        return Ok(());
    }
    breakers::save(tx, heard.processor, &after)?;
    announce(tx, heard, &before, &after, now)
}

/// Told once when it goes down and once when it is back, not for each probe between.
fn announce(
    tx: &mut Tx,
    heard: &Heard,
    before: &Breaker,
    after: &Breaker,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let processor = heard.processor;
    if after.is_closed() {
        tracing::warn!(processor, "the card processor answers again");
        audit::record(tx, "system", "close_breaker", processor, heard.about, now)?;
    } else if before.is_closed() {
        tracing::error!(processor, "the card processor does not answer: no payments are begun with it");
        audit::record(tx, "system", "open_breaker", processor, heard.about, now)?;
    } else {
        return Ok(());
    }
    Ok(tell(tx, heard.account, &Event::processor(processor, after.is_closed()), now)?)
}

/// What no answer, or an answer without a decision, says of whoever should have given it.
pub(super) fn evidence<T>(answer: &Result<T, Doubt>, decisive: bool) -> Evidence {
    match answer {
        Err(Doubt::NotSent(_) | Doubt::Unknown(_)) => Evidence::Fails,
        Ok(_) | Err(Doubt::Rejected { .. }) if decisive => Evidence::Works,
        Ok(_) | Err(Doubt::Rejected { .. } | Doubt::NotDone { .. } | Doubt::KeyReused) => Evidence::Nothing,
    }
}
